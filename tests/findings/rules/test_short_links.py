"""Short links that came in: which they are, and what a phone's notes say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phonegen import Phone
from phonegen.ios import sms, whatsapp
from sousveil.acquisition.model import Device
from sousveil.findings.rules.model import Kept
from sousveil.findings.rules.short_links import MAX_NOTES, RULE, SERVICES, short_links
from sousveil.hosts import canonical_host
from sousveil.records import Source
from tests.cli.cli_runner import Sousveil

AT = 1_740_000_000


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("your parcel: https://bit.ly/3abC and again https://bit.ly/3abC", ["bit.ly/3abC"]),
        ("tinyurl.com/x, T.CO/Y.", ["tinyurl.com/x", "T.CO/Y"]),
        ("https://www.bit.ly:443/a?b=c", ["www.bit.ly:443/a?b=c"]),
        ("https://bit.ly and https://bit.ly/ lead nowhere", []),
        ("https://notbit.ly/x https://bit.ly.example/x https://example.org/?u=bit.ly x@bit.ly", []),
        ("https://bit.ly@evil.example/x", []),
    ],
)
def test_which_links_are_short(text: str, links: list[str]) -> None:
    assert short_links(text) == links


def test_services_are_hosts() -> None:
    assert {canonical_host(service) for service in SERVICES} == SERVICES


def test_on_a_phone(tmp_path: Path) -> None:
    """Listed in the context of findings.json and in the report's annex, counted among what the check cannot show."""

    def messages(db: Any) -> None:
        sms.insert(db, 16, text="see https://bit.ly/3abC", handle="+15550100", at=AT)
        sms.insert(db, 16, text=None, attributed="and t.co/xYz or https://bit.ly/3abC", handle="+15550100", at=AT + 1)
        sms.insert(db, 16, text="I sent https://bit.ly/mine", handle="+15550100", from_me=True, at=AT + 2)

    with Phone(ios="16.5") as made:
        made.database(sms, messages)
        made.database(whatsapp, lambda db: whatsapp.insert(db, 16, text="is.gd/q", chat="1@s.whatsapp.net", at=AT + 3))
        backup = made.write(tmp_path / "b")
    sv = Sousveil(tmp_path, tmp_path / "cache")
    ran = sv.check(backup, options=["--out", tmp_path / "case"])
    assert ran.code == 3 and "bit[.]ly" not in ran.text
    assert "3 short links were received. This check opens no link, so nobody checked where they lead." in ran.text
    notes = json.loads((tmp_path / "case" / "findings.json").read_text())["context"]
    assert [(n["kind"], n["says"].split()[3].rstrip("."), n["artefact"], n["row"], n["at"]) for n in notes] == [
        ("short_link", "bit[.]ly/3abC", "ios.sms", 1, "2025-02-19T21:20:00.000000Z"),
        ("short_link", "t[.]co/xYz", "ios.sms", 2, "2025-02-19T21:20:01.000000Z"),
        ("short_link", "is[.]gd/q", "ios.whatsapp", 1, "2025-02-19T21:20:03.000000Z"),
    ]
    person, annex = (tmp_path / "case" / "report.html").read_text().split('<section class="annex">')
    assert "bit[.]ly" not in person and "3 short links were received." in person
    said = "The phone received bit[.]ly/3abC. Sousveil did not open it, so its target was not compared."
    assert f'<td class="v"><bdi>{said}</bdi></td><td><bdi>19 February 2025</bdi></td>' in annex


def test_they_are_capped() -> None:
    rows = [
        Kept(artefact="ios.sms", source=Source(file="f"), row={"text": f"bit.ly/{n}", "role": "received", "date": None})
        for n in range(MAX_NOTES + 9)
    ]
    assert len(list(RULE.find({"sms": rows, "whatsapp": []}, Device()))) == MAX_NOTES
