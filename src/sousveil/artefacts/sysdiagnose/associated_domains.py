"""Domains that apps are associated with: swcutil_show.txt."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import seconds
from sousveil.kinds import BundleId, Domain, Integer, Label, Role, Text, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class AssociatedDomain(Record):
    """One app and one domain whose links it may open or whose passwords it may use."""

    service: Label | None
    bundle: BundleId | None
    team: Label | None
    """The developer's team, which stands before the app's name."""
    version: Label | None
    domain: Domain | None
    user_approval: Label | None
    site_approval: Label | None
    last_checked: UnixTime | None
    next_check: UnixTime | None
    error: Text | None
    retries: Integer | None


_FIELDS = {
    "Service": "service",
    "App Version": "version",
    "User Approval": "user_approval",
    "Site/Fmwk Approval": "site_approval",
    "Error": "error",
}
_TITLE = lazy_pattern(r"={5,} ([A-Z][A-Z ]{1,40}) ={5,}")
_TEAM = lazy_pattern(r"([A-Z0-9]{10})\.(.{1,255})")
_FACT = lazy_pattern(r"\s*([A-Z][A-Za-z/ ]{1,40}):\s*(.*)")


def _row(facts: dict[str, str], line: int) -> Row:
    row = Row({field: facts[key] or None for key, field in _FIELDS.items() if key in facts}, line=line)
    app = facts.get("App ID", "")
    team = _TEAM.fullmatch(app)
    row["team"], row["bundle"] = (team[1], team[2]) if team else (None, app or None)
    row["domain"] = facts.get("Domain", "").partition("?")[0].removeprefix("*.") or None
    row["last_checked"], row["next_check"] = (seconds(facts.get(key, "")) for key in ("Last Checked", "Next Check"))
    row["retries"] = int(facts["Retries"]) if re.fullmatch(r"\d{1,9}", facts.get("Retries", "")) else None
    return row


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each block of the database; a line of hyphens or the next title ends a block."""
    inside, begun = False, 0
    facts: dict[str, str] = {}
    for number, line in lines:
        title = _TITLE.fullmatch(line.strip())
        if title or line.startswith("-----"):
            if "Domain" in facts or "App ID" in facts:
                yield _row(facts, begun)
            facts = {}
            inside = title[1].split()[0] == "DATABASE" if title else inside
        elif inside and (fact := _FACT.fullmatch(line)):
            begun = begun if facts else number
            facts.setdefault(fact[1], fact[2].strip()[:4000])
    if "Domain" in facts or "App ID" in facts:
        yield _row(facts, begun)


ARTEFACT = Artefact(
    name="sysdiagnose.associated_domains",
    title="Domains of apps (swcutil)",
    needs={"main": (At.sysdiagnose("swcutil_show.txt"),)},
    record=AssociatedDomain,
    role=Role.INSTALLED,
    read=text_rows(parse),
    events=(Event(at="last_checked", says="the phone looked up the domain of an app", shows="domain"),),
    expected=Expected(optional="the list is there where the phone could collect it"),
    seen=(
        Seen(
            versions="iOS 14 to 26",
            basis="blocks as Apple prints them in technote TN3155; sections from the source of the EC sysdiagnose framework",
            verified=True,
        ),
    ),
    means="An installed app declares that it belongs to this domain. The phone asks Apple about it, not the domain itself.",
)
