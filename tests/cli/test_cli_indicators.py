"""The verb `indicators`, in its own process and with its own folder of added sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_runner import LURE, Sousveil, safe
from nacl.signing import SigningKey

from scripts.sign_update import sign

KEY = SigningKey(b"\x01" * 32)
PUBLIC = bytes(KEY.verify_key).hex()


def update(sv: Sousveil, version: int, text: str, key: SigningKey = KEY) -> Path:
    path = sv.home / f"update-{version}"
    path.write_bytes(sign(key, version, "2026-01-02", {"fresh.txt": text.encode()}))
    return path


def test_list(sv: Sousveil) -> None:
    ran = sv("indicators", "list")
    assert (ran.code, ran.err) == (0, "") and safe(ran.out.decode())
    head, *rows = ran.out.decode().splitlines()
    assert head.split() == [
        "SET",
        "COUNT",
        "SKIPPED",
        "CONTEXT",
        "NEWEST",
        "FROM",
        "COMMERCIAL",
        "USE",
        "LICENCE",
        "PUBLISHER",
    ]
    sets = json.loads(sv("indicators", "list", "--json").out)["sets"]
    assert [row.split()[0] for row in rows[: len(sets)]] == [one["name"] for one in sets]
    assert {one["origin"] for one in sets} == {"bundled"} and all(one["publisher"] and one["licence"] for one in sets)
    assert f"{sum(one['count'] for one in sets):,} indicators in {len(sets)} sets" in ran.text
    assert all(isinstance(one["skipped"], list) for one in sets)


def test_add_then_used_everywhere(sv: Sousveil, lured: Path) -> None:
    assert sv("indicators", "test", LURE).code == 0
    source = sv.home / "mine.txt"
    source.write_text(f"{LURE}\nnodot\n")
    added = sv("indicators", "add", source)
    assert added.code == 0 and safe(added.out.decode())
    assert added.text.startswith(
        "Added mine: 1 indicator (1 domain-name:value). Every check uses this set from now on."
    )
    (line,) = (one for one in json.loads(sv("indicators", "list", "--json").out)["sets"] if one["name"] == "mine")
    assert (line["origin"], line["count"], line["publisher"]) == ("added", 1, None)
    assert line["skipped"] and all(entry["reason"] for entry in line["skipped"])
    assert line["commercial_use"] is None, "no licence is stated"
    (row,) = (one for one in sv("indicators", "list").out.decode().splitlines() if one.startswith("mine "))
    assert row.split("  ")[-1].strip() == "not stated" and "allowed" not in row and row.count("not stated") == 3
    shown = [one.split() for one in sv("indicators", "show", "mine").out.decode().splitlines()]
    assert ["commercial", "use", "not", "stated"] in shown
    assert sv("indicators", "test", LURE).code == 1
    assert sv("indicators", "test", LURE, "--no-bundled", "--indicators", sv.home / "other.txt").code == 2
    ran = sv.check(lured, bundled=True, options=["--json", "--no-files"])
    assert ran.code == 1 and json.loads(ran.out)["findings"][0]["indicator"]["value"] == LURE
    again = sv("indicators", "add", source)
    assert again.code == 2 and "exists already" in again.err


def test_show(sv: Sousveil) -> None:
    ran = sv("indicators", "show", "amnesty-pegasus-2021")
    assert ran.code == 0 and safe(ran.out.decode())
    assert "published by Amnesty International Security Lab" in ran.text and "https://" not in ran.text
    shown = json.loads(sv("indicators", "show", "amnesty-pegasus-2021", "--json").out)
    assert len(shown["indicators"]) == shown["listed"]["count"] > 1000
    none = sv("indicators", "show", "no\x1b[31mset")
    assert none.code == 2 and none.err.startswith("sousveil: There is no set named no\\u001b[31mset.\nSets: ")


def test_test_says_who_why_and_where(sv: Sousveil) -> None:
    options = ("--no-bundled", "--indicators", sv.iocs)
    ran = sv("indicators", "test", f"hxxps://a.{LURE.replace('.', '[.]')}/x", "other.example", *options)
    assert (ran.code, ran.err) == (1, "")
    text = ran.out.decode()
    assert text.splitlines()[:3] == [
        "hxxps://a[.]lure-for-tests[.]example/x matches 1 indicator of 1.",
        "  domain lure-for-tests[.]example: it is a name below the published domain.",
        "    no family named, a list without a publisher, set iocs",
    ]
    assert text.splitlines()[-1] == "other[.]example matches no indicator of 1."
    found = json.loads(sv("indicators", "test", f"https://a.{LURE}/x", "other.example", "--json", *options).out)
    assert [one["value"] for one in found["values"]] == [f"https://a.{LURE}/x", "other.example"]
    (match,) = found["values"][0]["matches"]
    assert (match["indicator"], match["kind"], match["how"]) == (LURE, "domain-name:value", "subdomain")
    assert "url" in match["counts_as"] and "process" not in match["counts_as"]
    assert "ios.sms.text" in match["counts_in"] and found["values"][1]["matches"] == []


def test_test_nothing_and_not_at_all(sv: Sousveil) -> None:
    options = ("--no-bundled", "--indicators", sv.iocs)
    assert sv("indicators", "test", "www.example.org", *options).code == 0
    assert sv("indicators", "test", "", *options).code == 2
    assert sv("indicators", "test", "x" * 5000, *options).code == 2
    assert sv("indicators", "test", "x", "--no-bundled").code == 2
    odd = sv("indicators", "test", f"\x1b[31m\u202e https://{LURE}/", *options)
    assert odd.code == 1 and safe(odd.out.decode())


@pytest.mark.parametrize(
    ("value", "kind"),
    [("bh", "process:name"), ("roleaboutd", "process:name"), ("https://www.smscentro.com/", "domain-name:value")],
)
def test_bundled_values(sv: Sousveil, value: str, kind: str) -> None:
    found = json.loads(sv("indicators", "test", value, "--json").out)["values"][0]["matches"]
    assert kind in {one["kind"] for one in found}
    assert all(said["publisher"] for one in found for said in one["attributions"])


def test_updates_keys_and_the_last_source(sv: Sousveil) -> None:
    none = sv("indicators", "update")
    assert (none.code, none.err) == (
        2,
        (
            "sousveil: no update was taken before, so there is no known address.\n"
            "Name one: sousveil indicators update --from URL|FILE.\n"
        ),
    )
    first = update(sv, 5, "fresh.example\n")
    unknown = sv("indicators", "update", "--from", first)
    assert unknown.code == 2 and "signed with a key that is not trusted here" in unknown.err
    key = sv.home / "key.txt"
    key.write_text(f"ed25519 {PUBLIC} Test publisher\n")
    trusted = sv("indicators", "update", "--key", key)
    assert (trusted.code, trusted.out.decode()) == (0, f"This key is trusted from now on: {PUBLIC} Test publisher\n")
    assert f"ed25519 {PUBLIC}  Test publisher  (added by you)\n" in sv("indicators", "keys").out.decode()
    done = sv("indicators", "update", "--from", first.name)
    assert (done.code, done.out.decode()) == (
        0,
        (
            "Installed update, version 5 of 2026-01-02, signed by Test publisher: 1 indicator in 1 set.\n"
            "  fresh: 1 new, 0 removed\n"
            "    new: fresh[.]example\n"
        ),
    )
    assert sv("indicators", "test", "fresh.example").code == 1
    again = sv("indicators", "update", cwd=sv.home.parent)
    assert again.code == 0 and again.text.startswith("Already installed: update, version 5 of 2026-01-02")
    first.write_bytes(update(sv, 4, "old.example\n").read_bytes())
    back = sv("indicators", "update")
    assert back.code == 2 and "An older release is never installed" in back.err
    first.write_bytes(update(sv, 6, "new.example\n", SigningKey(b"\x02" * 32)).read_bytes())
    assert sv("indicators", "update").code == 2
    assert (
        sv("indicators", "test", "fresh.example").code,
        sv("indicators", "test", "old.example", "new.example").code,
    ) == (1, 0)
    (line,) = (one for one in json.loads(sv("indicators", "list", "--json").out)["sets"] if one["name"] == "fresh")
    assert line["origin"] == "update"


def test_a_public_set_out_of_a_file(sv: Sousveil, lured: Path) -> None:
    """Fetched by name, listed, used by a check, newer only, removed; nothing is fetched for a check."""
    from tests.indicators.test_fetch import COMMIT, JUNE, MAY, archive, stix

    new, old = sv.home / "new.tar.gz", sv.home / "old.tar.gz"
    new.write_bytes(archive({"2026/evil.stix2": stix(f"[domain-name:value='{LURE}']")}, JUNE))
    old.write_bytes(archive({"2026/evil.stix2": stix("[domain-name:value='old.example']")}, MAY))
    done = sv("indicators", "fetch", "amnesty", "--from", new)
    assert (done.code, done.out.decode()) == (
        0,
        (
            f"Installed amnesty, version {JUNE} of 2026-06-01, commit {COMMIT[:12]}, not signed: 1 indicator in 1 set.\n"
            "  amnesty/2026/evil: 1 new, 0 removed\n"
            "    new: lure-for-tests[.]example\n"
        ),
    )
    sets = json.loads(sv("indicators", "list", "--json").out)["sets"]
    assert [one["origin"] for one in sets if one["name"] == "amnesty/2026/evil"] == ["amnesty"]
    ran = sv.check(lured, bundled=True, options=["--json", "--no-files"])
    (finding,) = json.loads(ran.out)["findings"]
    assert finding["attributions"][0]["publisher"] == "Amnesty International Security Lab"
    back = sv("indicators", "fetch", "amnesty", "--from", old)
    assert back.code == 2 and "An older release is never installed" in back.err
    assert sv("indicators", "remove", "amnesty").text == ("Removed amnesty. No check uses it any more.")
    assert sv("indicators", "test", LURE).code == 0
    unknown = sv("indicators", "fetch", "nobody")
    assert unknown.code == 2 and "Known public sets: amnesty, mvt-indicators, echap, citizenlab." in unknown.err
    assert sv("indicators", "fetch", "--from", new).code == 2
    assert sv("indicators", "remove", "amnesty-pegasus-2021").code == 2


def test_kinds_and_context_on_the_command_line(sv: Sousveil) -> None:
    names = sv.home / "file_names.txt"
    names.write_text("loader.js\nevil.com\n")
    assert "2 indicators (2 file:name)." in sv("indicators", "add", names).text
    odd = sv.home / "odd.txt"
    odd.write_text("roleaboutd\nbh\n")
    none = sv("indicators", "add", odd)
    assert none.code == 2 and "gives no indicator (2 entries skipped)" in none.err and "--kind" in none.err
    assert "2 indicators (2 process:name)." in sv("indicators", "add", odd, "--kind", "process").text
    assert sv("indicators", "test", "roleaboutd", "--no-bundled").code == 2  # what was added is left out too
    shown = json.loads(sv("indicators", "show", "odd", "--json").out)
    assert [one["value"] for one in shown["indicators"]] == ["roleaboutd", "bh"]
    assert "is not a kind of indicator" in sv("indicators", "add", odd, "--kind", "nonsense").err
    event = sv.home / "event.json"
    attributes = [
        {"type": "domain", "value": "evil.example", "to_ids": True},
        {"type": "domain", "value": LURE, "to_ids": False},
    ]
    event.write_text(json.dumps({"Event": {"Attribute": attributes, "Orgc": {"name": "Some Lab"}}}))
    options = ("--no-bundled", "--indicators", event)
    assert sv("indicators", "test", LURE, *options).code == 0
    leads = sv("indicators", "test", LURE, *options, "--context-as-leads")
    assert leads.code == 1 and "marked it as context only" in leads.text
    added = sv("indicators", "add", event)
    assert "1 indicator not used: its publisher marked it as context only." in added.text
