"""What a run leaves behind: the same bytes anywhere, private, encrypted where asked for, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pyrage
import pytest
from cli_runner import LURE, PASSWORD, Sousveil, hashes_in, hashes_of, small, tree

SAME = (
    "findings.json",
    "explain.json",
    "manifest.json",
    "timeline.parquet",
    "observables.parquet",
)
"""Files that depend on nothing but the backup and the indicators."""
EXAMINED = ("report.html", "report.json", "summary.txt")
"""Files that also name the time of the examination and, for the commands to copy, the folder."""


def masked(content: bytes) -> bytes:
    """A file without the time of the examination, the folder's path, and the hashes of other files that hold them."""
    content = re.sub(rb">Files of this case</h3><table.*?</table>", b"FILES", content)
    text = re.sub(rb"sousveil judge \S+ F1", b"sousveil judge FOLDER F1", content)
    text = re.sub(rb'"folder": "[^"]*"', b'"folder": ""', text)
    return re.sub(rb"\d\d:\d\d(:\d\d)?|20\d\d-\d\d-\d\dT[^\" ]*", b"TIME", text)


def read(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_bytes_on_any_machine(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    """Another time zone, language, user, folder, number of workers, an empty cache, a copy of the backup elsewhere."""
    key = sv.home / "key"
    assert sv("extract-key", locked, key, env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD}).code == 0
    one = sv.check(
        locked,
        options=["--out", sv.home / "one", "--key-file", key, "--full-records", "--jobs", "1"],
        env={"TZ": "UTC"},
    )
    copy = tmp_path / "élsewhere" / "copy of it"
    shutil.copytree(locked, copy)
    os.utime(copy / "Manifest.db", (1, 1))
    other = Sousveil(tmp_path / "other user", tmp_path / "empty cache")
    other.home.mkdir()
    (other.home / "iocs.txt").write_bytes(sv.iocs.read_bytes())
    environment = {
        "TZ": "Asia/Kathmandu",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "77",
        "USER": "nobody",
        "SOUSVEIL_BACKUP_PASSWORD": PASSWORD,
        "COLUMNS": "40",
    }
    two = other.check(copy, options=["--out", "two", "--full-records", "--jobs", "3"], env=environment, cwd=other.home)
    assert (one.code, two.code, two.err) == (1, 1, "")
    first, second = read(sv.home / "one"), read(other.home / "two")
    assert list(first) == list(second) and set(SAME) < set(first)
    assert any(name.startswith("records/") for name in first)
    own = {"run.json", *EXAMINED}
    assert [name for name in first if name not in own and first[name] != second[name]] == []
    for name in EXAMINED:
        assert masked(first[name]) == masked(second[name]), name
    for name, content in first.items():
        assert str(locked).encode() not in content or name == "run.json"


def test_folder_and_files_are_private(sv: Sousveil, lured: Path) -> None:
    ran = sv.check(
        lured, options=["--out", sv.home / "a/b/case", "--full-records"], before=lambda: os.umask(0) and None
    )
    assert ran.code == 1
    case = sv.home / "a/b/case"
    modes = {p: p.stat().st_mode & 0o777 for p in [case, *case.rglob("*")]}
    assert {modes[p] for p in modes if p.is_dir()} == {0o700}
    assert {modes[p] for p in modes if p.is_file()} == {0o600}
    assert set(SAME) | {"run.json"} <= set(read(case))


def test_a_folder_that_is_not_empty_is_refused(sv: Sousveil, lured: Path) -> None:
    case = sv.home / "case"
    case.mkdir()
    (case / "mine").write_text("keep")
    ran = sv.check(lured, options=["--out", case])
    assert ran.code == 2 and "is not empty; nothing in it was touched." in ran.err
    assert read(case) == {"mine": b"keep"}
    several = sv.check(lured, lured.parent, options=["--out", case])
    assert several.code == 2 and read(case) == {"mine": b"keep"}
    link = sv.home / "link"
    link.symlink_to(sv.home)
    assert sv.check(lured, options=["--out", link]).code == 2
    empty = sv.home / "empty"
    empty.mkdir()
    assert sv.check(lured, options=["--out", empty]).code == 1
    assert "findings.json" in read(empty)


def test_nothing_is_written_into_the_backup(sv: Sousveil, tmp_path: Path) -> None:
    backup = small(tmp_path / "b", "hello")
    for options, cwd in ((["--out", backup / "case"], None), ([], backup), (["--out", "x"], backup)):
        ran = sv.check(backup, options=options, cwd=cwd)
        assert ran.code == 2 and "lies inside the backup; evidence is never changed." in ran.err
    assert sv("extract-key", backup, backup / "key").code == 2
    before = tree(backup)
    assert sv("decrypt", backup, backup / "plain").code == 2
    assert tree(backup) == before


def test_no_files_writes_nothing(sv: Sousveil, lured: Path) -> None:
    before = tree(sv.iocs.parent)
    assert sv.check(lured, options=["--no-files", "--full-records"]).code == 1
    assert tree(sv.home) == before


def test_only_encrypted_files(sv: Sousveil, lured: Path) -> None:
    """Every file is there as .age only, and decrypts to the very bytes."""
    identity = pyrage.x25519.Identity.generate()
    second = pyrage.x25519.Identity.generate()
    plain = sv.check(lured, options=["--out", sv.home / "plain", "--full-records"])
    ran = sv.check(
        lured,
        options=[
            "--out",
            sv.home / "age",
            "--full-records",
            "--case-recipient",
            identity.to_public(),
            "--case-recipient",
            second.to_public(),
        ],
    )
    assert (plain.code, ran.code) == (1, 1)
    clear, closed = read(sv.home / "plain"), read(sv.home / "age")
    assert list(closed) == [name + ".age" for name in clear]
    for name, content in clear.items():
        assert closed[name + ".age"].startswith(b"age-encryption.org/v1\n")
        for key in (identity, second):
            opened = pyrage.decrypt(closed[name + ".age"], [key])
            if name in EXAMINED:
                assert masked(opened) == masked(content), name
            else:
                assert name == "run.json" or opened == content, name
    (sv.home / "identity").write_text(str(second))
    found = json.loads(clear["findings.json"])["findings"][0]["id"]
    assert sv("explain", "age", found, "--identity", "identity").text == sv("explain", "plain", found).text
    assert sv("timeline", "age", "--identity", "identity").text == sv("timeline", "plain").text
    words = ("confirmed", "--because", "Seen by hand.", "--by", "Ana", "--identity", "identity")
    assert sv("judge", "age", found, *words).code == 0
    assert {path.suffix for path in (sv.home / "age").rglob("*") if path.is_file()} == {".age"}
    assert "confirmed by Ana" in sv("explain", "age", found, "--identity", "identity").text
    bad = sv.check(lured, options=["--out", sv.home / "bad", "--case-recipient", "age1nonsense"])
    assert bad.code == 2 and "is no age recipient." in bad.err and not (sv.home / "bad").exists()


def test_the_timeline_and_observables_hold_no_words(sv: Sousveil, tmp_path: Path) -> None:
    backup = small(tmp_path / "b", f"sekrit-word https://{LURE}/sekrit-path?sekrit=1")
    assert sv.check(backup, options=["--out", sv.home / "case"]).code == 1
    case = read(sv.home / "case")
    for name in ("timeline.parquet", "observables.parquet"):
        assert b"sekrit" not in case[name] and b"15550100" not in case[name]


def test_suppressed_rows_are_listed(sv: Sousveil, lured: Path) -> None:
    known = sv.home / "known"
    known.write_text(f"# ours\n{LURE}\n")
    ran = sv.check(lured, options=["--json", "--out", sv.home / "case", "--suppress", known])
    case = json.loads(ran.out)
    assert (ran.code, case["verdict"], case["findings"]) == (3, "no_known_traces", [])
    (sms,) = (line["detail"] for line in case["coverage"] if line["artefact"] == "ios.sms")
    assert sms.endswith("; 1 known-good finding left out (--suppress)")
    assert b"lure-for-tests[.]example" in read(sv.home / "case")["report.html"]
    missing = sv.check(lured, options=["--no-files", "--suppress", sv.home / "none"])
    assert (missing.code, missing.err) == (
        2,
        (
            "sousveil: the list of known-good values 'none' cannot be read: there is no such file.\n"
            "It is a text file, one value a line.\n"
        ),
    )
    known.write_bytes(b"# \n" * (6 << 20))
    large = sv.check(lured, options=["--no-files", "--suppress", known])
    assert large.code == 2 and "'known' is larger than 16 MiB." in large.err
    known.write_bytes(b"\xff")
    odd = sv.check(lured, options=["--no-files", "--suppress", known])
    assert odd.code == 2 and "'known' cannot be read: it is not text in UTF-8." in odd.err


def test_the_phases_are_timed(sv: Sousveil, lured: Path) -> None:
    assert sv.check(lured, options=["--out", sv.home / "case"]).code == 1
    seconds = json.loads((sv.home / "case" / "run.json").read_text())["seconds"]
    assert list(seconds) == ["opening", "reading", "looking", "judging", "writing"]
    assert all(type(spent) is float and spent >= 0 for spent in seconds.values())


def test_case_verbs(sv: Sousveil, lured: Path) -> None:
    assert sv.check(lured, options=["--out", sv.home / "case"]).code == 1
    finding = json.loads((sv.home / "case/findings.json").read_text())["findings"][0]["id"]
    told = sv("explain", "case", finding)
    assert told.code == 0 and "lure-for-tests[.]example" in told.text and LURE not in told.text
    nothing = sv("explain", "case", "0" * 16)
    assert nothing.code == 2 and nothing.err
    rows = [json.loads(line) for line in sv("timeline", "case", "--jsonl").out.splitlines()]
    assert {row["data_type"] for row in rows} >= {"sousveil:ios.sms"}
    assert sv("timeline", "case", "--csv", "--grep", "no such text").out.count(b"\n") == 1
    report = (sv.home / "case/report.html").read_bytes()
    judged = sv("judge", "case", finding[:8], "harmless", "--because", "Our own test link.", "--by", "Ana Example")
    assert judged.code == 0 and judged.out.decode() == (
        f"Finding {finding} is recorded as harmless. The report shows it; the verdict stays.\n"
    )
    assert hashes_in(report.decode()) | {"judgements.json": ""} == hashes_of(sv.home / "case") | {"judgements.json": ""}
    again = (sv.home / "case/report.html").read_bytes()
    assert hashes_in(again.decode()) == hashes_of(sv.home / "case")
    assert again.startswith(report[:15]) and "harmless by Ana Example" in sv("explain", "case", finding).text
    assert sv("judge", "case", finding, "harmless", "--because", "x").code == 2
    gone = sv("timeline", "nowhere")
    assert gone.code == 2 and "There is no case folder" in gone.err


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_dates_narrow_the_display_never_the_verdict(sv: Sousveil, lured: Path, option: str) -> None:
    date = "2030-01-01" if option == "--since" else "2001-01-01"
    ran = sv.check(lured, options=["--no-files", option, date])
    assert ran.code == 1
    plain, narrowed = (sv.check(lured, options=["--json", "--no-files", *more]).out for more in ([], [option, date]))
    assert plain == narrowed


def test_a_cache_that_cannot_be_written_leaves_nothing_behind(sv: Sousveil, lured: Path, tmp_path: Path) -> None:
    """What the pass over every byte compiles then lies in a private folder, which goes with the process."""
    cache, scratch = tmp_path / "cache", tmp_path / "scratch"
    cache.write_text("a file, and no folder")
    scratch.mkdir()
    ran = sv.check(lured, scan=True, env={"XDG_CACHE_HOME": str(cache), "TMPDIR": str(scratch)})
    assert (ran.code, ran.err, list(scratch.iterdir())) == (1, "", [])
