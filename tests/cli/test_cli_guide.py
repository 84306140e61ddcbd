"""`sousveil guide`: the whole text of each guide, and the lines of coverage that lead to them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from cli_runner import PASSWORD, Ran, Sousveil

from phonegen.android import Android, androidqf, containers
from phonegen.android.background import populate
from sousveil.texts import BEGIN, CLOSE, END, OPEN, PSEUDO

GUIDES = Path(__file__).with_name("guides")
PLAIN = {"COLUMNS": "80"}
IPHONE = (
    "Only another acquisition can contain these: Call history, Safari tabs, Safari history, Safari tabs (newer systems), "
    "Safari history that was cleared, Sites seen by web views (observations.db). "
)
ANDROID = (
    "Only another acquisition can contain these: App copies (APK), Apps (adb backup), Calls (adb backup), Files of apps (adb backup), "
    "Messages (adb backup), History of Android's old browser, Files of the phone (AndroidQF), "
    "Connections (Intrusion Logging), Security events (Intrusion Logging), Host names looked up (Intrusion Logging), "
    "Starts of programs (Intrusion Logging), Installed apps and their files (AndroidQF), Root tools (AndroidQF). "
)


@pytest.mark.parametrize("name", ["ios", "android", "sysdiagnose"])
def test_a_guide_says_exactly_this_on_one_screen(sv: Sousveil, name: str) -> None:
    ran = sv("guide", name, env=PLAIN)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.decode() == (GUIDES / f"{name}.txt").read_text("utf-8")
    lines = ran.out.decode().splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 80


def test_a_narrow_terminal_gets_the_same_words(sv: Sousveil) -> None:
    ran = sv("guide", "sysdiagnose", env={"COLUMNS": "40"})
    assert ran.text == " ".join((GUIDES / "sysdiagnose.txt").read_text("utf-8").split())
    assert max(map(len, ran.out.decode().splitlines())) <= 40


def test_without_a_name_the_guides_are_listed(sv: Sousveil) -> None:
    ran = sv("guide", env=PLAIN)
    assert (ran.code, ran.out.decode().splitlines()) == (
        0,
        [
            "Show a guide: sousveil guide NAME",
            "  ios         Make an encrypted backup of an iPhone",
            "  android     Make a bug report of an Android phone, or more with AndroidQF",
            "  sysdiagnose Make a sysdiagnose of an iPhone",
        ],
    )
    wrong = sv("guide", "symbian")
    assert (wrong.code, wrong.out) == (2, b"")
    assert "'symbian' (choose from ios, android, sysdiagnose)" in wrong.err


def test_a_guide_speaks_the_chosen_language(sv: Sousveil) -> None:
    ran: Ran = sv("guide", "ios", "--language", PSEUDO, env=PLAIN)
    assert f"{OPEN}Make an encrypted backup of an iPhone{CLOSE}" in ran.out.decode()
    assert re.sub(f"[{OPEN}{CLOSE}{BEGIN}{END}]", "", ran.text) == " ".join((GUIDES / "ios.txt").read_text().split())


def lines_with_guide(sv: Sousveil, path: Path) -> dict[str, tuple[str, str]]:
    secret = {"SOUSVEIL_BACKUP_PASSWORD": PASSWORD}
    case = json.loads(sv.check(path, options=["--json", "--no-files"], env=secret).out)
    return {c["artefact"]: (c["outcome"], c["guide"]) for c in case["coverage"] if c["guide"]}


def shown(sv: Sousveil, path: Path) -> tuple[str, str]:
    """The words of the terminal, and of the report."""
    folder = sv.home / "case"
    ran = sv.check(path, options=["--full", "--out", folder], env=PLAIN)
    page = re.sub(r"<[^>]*>", " ", (folder / "report.html").read_text("utf-8"))
    return ran.text, " ".join(html.unescape(page).split())


def test_what_only_an_encrypted_backup_holds_leads_to_the_guide(sv: Sousveil, quiet: Path, complete: Path) -> None:
    found = lines_with_guide(sv, quiet)
    assert found["ios.calls"] == found["ios.safari_history"] == ("ABSENT_EXPECTED", "ios")
    assert set(found.values()) == {("ABSENT_EXPECTED", "ios"), ("ABSENT_EXPECTED", "sysdiagnose")}
    assert {guide for _, guide in lines_with_guide(sv, complete).values()} == {"sysdiagnose"}
    for text in shown(sv, quiet):
        assert IPHONE + "To make one, run: sousveil guide ios" in text


def test_what_only_androidqf_collects_leads_to_the_guide(sv: Sousveil, tmp_path: Path) -> None:
    phone = populate(Android(android=13), apps=2)
    report = containers.write(phone, "zip", tmp_path / "a")
    names = ["apks", "collected_files", "package_files", "root_binaries"]
    names += [f"intrusion_{name}" for name in ("connections", "events", "lookups", "starts")]
    names += ["backup_apps", "backup_calls", "backup_files", "backup_messages", "browser_history"]
    assert lines_with_guide(sv, report) == {f"android.{name}": ("ABSENT_EXPECTED", "android") for name in names}
    for text in shown(sv, report):
        assert ANDROID + "To make one, run: sousveil guide android" in text
    acquired = androidqf.write_archive(androidqf.Acquisition(phone=phone), tmp_path / "q")
    assert "android.package_files" not in lines_with_guide(sv, acquired)
