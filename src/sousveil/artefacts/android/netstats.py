"""Network traffic by app number (dumpsys netstats)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Integer, Label, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class UidTraffic(Record):
    """Traffic of one app number in one span of time."""

    uid: Integer
    """The number of the app; negative for what the system counts apart."""
    network: Label | None
    """Such as WIFI or MOBILE."""
    state: Label | None
    """`DEFAULT` in the background, `FOREGROUND`, or another."""
    start: UnixTime
    seconds: Integer | None
    """Length of the span."""
    bytes_in: Integer
    bytes_out: Integer


_HEADING = lazy_pattern(r"([A-Z][A-Za-z ]{1,40}) stats:\Z")
_OWNER = lazy_pattern(r"\s+ident=\[?(.{0,1000}) uid=(-?\d{1,9}) set=(\w{1,30}) tag=0x0\Z")
_NETWORK = lazy_pattern(r"\btype=(\w{1,30})")
_LENGTH = lazy_pattern(r"\s+NetworkStatsHistory: bucketDuration=(\d{1,9})")
_BUCKET = lazy_pattern(r"\s+st=(\d{1,11}) rb=(\d{1,18}) rp=\d{1,18} tb=(\d{1,18})\b")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """A row for each span below `UID stats:`; the sums by tag repeat them."""
    mine = False
    owner: dict[str, Any] = {}
    for number, line in text.lines():
        if heading := _HEADING.match(line):
            mine, owner = heading[1] == "UID", {}
        elif mine and "ident=" in line:
            owner = {}
            if found := _OWNER.match(line):
                network = _NETWORK.search(found[1])
                owner = {"uid": int(found[2]), "network": network[1] if network else None, "state": found[3]}
        elif owner and (length := _LENGTH.match(line)):
            owner["seconds"] = int(length[1])
        elif owner and (bucket := _BUCKET.match(line)):
            start, received, sent = map(int, bucket.groups())
            yield Row({**owner, "start": start, "bytes_in": received, "bytes_out": sent}, line=number)


ARTEFACT = Artefact(
    name="android.netstats",
    title="Network traffic by app number",
    needs={"main": (At.section("netstats"),)},
    record=UidTraffic,
    role=Role.RAN,
    read=section_rows(parse),
    events=(Event(at="start", says="traffic counted for an app number", shows="uid"),),
    expected=Expected(optional="many phones print the headings alone"),
    seen=(
        Seen(
            versions="all", basis="recalled; the report of a real phone (Android 10) has headings alone", verified=False
        ),
    ),
    means="Shows how much an app sent and received. It names the app by its number alone, so no published name is compared.",
)
