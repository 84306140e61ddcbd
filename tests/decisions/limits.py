"""What strangers and those who gain add to records that charge somebody: worlds in memory, each charge told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.model import Value, all_facts
from sousveil.decisions.index import Base, Signed
from sousveil.register import types
from sousveil.register.model import Recorded, Standing, Statement
from sousveil.register.types.model import Kind
from tests.decisions import moles
from tests.decisions.facts.test_blocking import BLOCKS, charges
from tests.decisions.moles import Bench, Mole
from tests.decisions.rig import DAY, Rig, ask, sid

GUILDS = {"guild-xa": "xa", "guild-xb": "xb"}
"""Organizations of the States of the deal that tell where they sit: nothing but that speaks against their word."""
ADDERS = ("rival", "vireo", "grey", "ministry", "averna", "league", "hermit", "third-office", "?Watch Foundation (invented)",
          *GUILDS)  # fmt: skip
"""A stranger in the trade, the supplier and its owner, the end user and its State, an organization of that State, and more strangers."""
UNVERIFIED = "passer-by"
"""A key that nobody verified, of somebody of whom nothing is on file."""
ROUTES = {
    "vendor.served_abuser": ("vireo", "sale"),
    "buyer.abused": ("ministry", "sale"),
    "buyer.watched_media": ("ministry", "use"),
    "state.operates_abusively": ("xb", "sale"),
    "state.touched_by_case": ("xb", "sale"),
    "state.halt_in_force": ("xb", "sale"),
    "state.remedy_barred": ("xb", "sale"),
    "state.request_overdue": ("xb", "sale"),
    "deal.licence_at_risk": ("", "transfer"),
    "deal.refused_elsewhere": ("", "transfer"),
    "product.listed_annex_i": ("lens", "transfer"),
    "vendor.owner_hidden": ("vireo", "sale"),
    "vendor.registration_refused": ("vireo", "sale"),
    "vendor.half_owned_entity_list": ("vireo", "sale"),
    "vendor.half_owned_sdn": ("vireo", "sale"),
    "vendor.in_group_nso": ("vireo", "sale"),
    "state.hosts_group_nso": ("xd", "sale"),
    "vendor.us_sdn": ("vireo", "sale"),
    "deal.recipient_us_entity_list": ("", "sale"),
}
"""Facts that `routes` makes TRUE in another way than `charges`."""
DATED = {Kind.DATE}


def routes(rig: Rig) -> None:
    """Everything that blocks in another way than in `charges`: by a contract, a nominee, an event of a licence, a closed path."""

    def say(key: str, type: str, **values: object) -> None:
        rig.say(key, type=type, by="paper", standing="reported", **values)

    say("case", "AbuseIncident", name="Phones of writers", stage="infected", product="@rival-lens", client="@ministry",
        clientStage="reported", date="2024-02", targetCategory="journalist")  # fmt: skip
    say("deal", "Contract", buyer="@ministry", supplier="@vireo", product="@lens", contractDate="2022-03-01")
    say("ban", "MoratoriumMeasure", state="@averna", measureKind="ban", covers=["sale"], date="2023-02")
    say("path", "RemedyPath", body="@averna", country="xb", pathKind="court", status="closed", startDate="2021")
    say(
        "asked", "InformationRequest", body="@ministry", question="Which?", askedOn="2024-01-02", refusedOn="2024-01-20"
    )
    say("bureau", "PublicBody", name="Export bureau of Calder", country="xa")
    say("permit", "ExportLicence", licensee="@vireo", issuer="@bureau", product="@lens", destination="xb",
        endUser="@ministry", status="granted", issueDate="2023-05-01", goodsCode="4D004")  # fmt: skip
    say("bureau-c", "PublicBody", name="Export bureau of Sarvia", country="xc")
    say("turned-down", "ExportLicence", licensee="@vireo", issuer="@bureau-c", product="@lens", destination="xb")
    say("no-event", "LicenceEvent", licence="@turned-down", event="refused", date="2023-05-01")
    say("nominee", "Ownership", asset="@vireo", owner="@third", interest="nominee", percentage="30", startDate="2020")
    rig.publisher("vireo", verified=False)
    rig.say("entry", type="Registration", by="vireo", standing="reported", company="@vireo")
    rig.publisher("bureau", verified=False)
    rig.say("not-signed", type="Countersignature", by="bureau", standing="reported", authority="@bureau",
            registration="@entry", outcome="refused", date="2023-06-01")  # fmt: skip
    say("nine", "Company", name="Nine Sparrows Group (invented)", country="xd")
    say("own-nine", "Ownership", asset="@vireo", owner="@nine", percentage="60", startDate="2020")
    say("sdn-nine", "Sanction", entity="@nine", program="SDN", listingDate="2024-03-05")
    say("el-nine", "Sanction", entity="@nine", program="Entity List", listingDate="2024-03-05")
    say("sdn", "Sanction", entity="@vireo", program="SDN", startDate="2024-03-05")
    say("el", "Sanction", entity="@ministry", authority="Entity List", listingDate="2024-03-05")


class Charges(Bench):
    """Charges in memory: told with dates or without, changed, and with what others add."""

    def __init__(self, rig: Rig, facts: dict[str, tuple[str, str]], records: Iterable[str]) -> None:
        super().__init__(rig.register, rig.ids)
        self.facts, self.records = facts, sorted(records)

    def undated(self) -> list[Recorded]:
        """The charges without any date."""
        ids = {sid(one) for one in self.records}
        return [one for one in self.told if not (one.statement.subject in ids and _is_date(one.statement))]

    def build(self, told: Iterable[Recorded], added: Sequence[Mole] = ()) -> Compiled:
        """The world of these statements and what is added, each with a key of its own."""
        base = Base()
        base.known_on = base.log_size = self.first.known_on + len(added)
        base.example = self.first.example
        base.signed = dict(self.first.signed)
        every = list(told)
        for place, one in enumerate(added, 1):
            index = self.first.known_on + place
            base.signed[index] = _signed(one.owner)
            every.append(Recorded(statement=one.said, id=f"added-{place}", recorded=index))
        base.take(every)
        return Compiled(base, DAY)

    def values(self, world: Compiled) -> dict[str, Value]:
        """The facts that these charges are about."""
        found = {}
        for name, (subject, action) in self.facts.items():
            id = subject if len(subject) in (0, 2) else sid(subject)
            found[name] = world.value(all_facts()[name], id, world.deal(ask(action)))
        return found


def softer(before: dict[str, Value], after: dict[str, Value]) -> list[str]:
    """The facts that are milder than before."""
    return [name for name, value in after.items() if moles.rank(name, value) > moles.rank(name, before[name])]


def _is_date(said: Statement) -> bool:
    known = types.property_of(said.type, said.property)
    return known is not None and known.kind in DATED


def _signed(owner: str) -> Signed:
    if owner == UNVERIFIED:
        return Signed(sid(owner), False, "", "ab")
    return Signed(owner[1:] if owner.startswith("?") else sid(owner), True)


def added(bench: Charges, owner: str, record: str, name: str, value: str, standing: str = "confirmed") -> Mole:
    """What somebody adds to a record."""
    said = Statement(
        subject=sid(record),
        type=bench.first.records[sid(record)].type,
        property=name,
        value=value,
        source="https://mole.example/x",
        publisher=owner[1:] if owner.startswith("?") else sid(owner),
        dataset="direct",
        standing=Standing(standing),
    )
    return Mole(owner, said)


def sayable(bench: Charges, record: str) -> Iterator[tuple[str, list[str]]]:
    """Each property of a record, with values that may limit a charge."""
    type = bench.first.records[sid(record)].type
    for name in sorted(types.properties(type)):
        known = types.property_of(type, name)
        assert known is not None
        values = moles.candidates(bench, type, name)
        if known.kind == Kind.ENTITY:
            values += [sid(one) for one in ("rival", "rival-lens", "third", "third-office", "calder")]
        yield name, list(dict.fromkeys(values))


def sweep(bench: Charges) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Each property and value, with the records of which they can be said."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for record in bench.records:
        for name, values in sayable(bench, record):
            for value in values:
                found.setdefault((name, value), []).append((record, name))
    for (name, value), where in found.items():
        yield name, value, where


def _people(rig: Rig) -> set[str]:
    moles.people(rig)
    for name, country in GUILDS.items():
        rig.publisher(name)
        rig.say(name, type="Organization", name=f"Guild of {country} (invented)", country=country, by=name)
    return set(rig.ids)


def told_once(rig: Rig) -> Charges:
    """The charges of the table, each told by one paper."""
    before = _people(rig) - {"own"}
    charges(rig, "reported")
    return Charges(rig, BLOCKS, {*rig.ids, "lens"} - before | {"lens"})


def told_otherwise(rig: Rig) -> Charges:
    """The charges that come about in another way."""
    before = _people(rig)
    routes(rig)
    return Charges(rig, ROUTES, {*rig.ids} - before)


def changed(one: Recorded, value: str) -> Recorded:
    """A statement with another value: as if that had been told."""
    return msgspec.structs.replace(one, statement=msgspec.structs.replace(one.statement, value=value))
