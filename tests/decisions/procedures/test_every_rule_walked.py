"""Every rule of `letter-2021` walked by a person: something is published through its form, and the rule's place in the answer moves.

One register, served by the real server. Before and after each stage the question is asked over HTTP, and the rule's whole entry in the
answer is compared: where it stands is in the table below, what it says to the last word is in `golden/rules_walked.json`. What lifts is
the way of examples/register/lifting.yaml, each record by the form that a person would fill in; then what blocks. A rule of the pack
without a row fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from examples.make_register import World, begin, subject
from sousveil.decisions import packs
from sousveil.register.codes import Role
from tests.decisions.procedures.clerk import Clerk
from tests.register.views.golden import same
from tests.web.serving import served_here

DAY = "2026-06-01"
GOLDEN = Path(__file__).parent / "golden" / "rules_walked.json"

Values = Mapping[str, str | Sequence[str]]
PLACES = ("reasons", "undecided", "duties")
RESTS = "Sources of the walk (invented)"


def record(key: str, type: str, **values: Any) -> dict[str, Any]:
    """A record of whoever is there before the walk: offices have no form of their own."""
    return {"key": key, "type": type, "publisher": "rookery", "standing": "confirmed", "source": RESTS, **values}


BESIDE = [
    record("lm-markets", "PublicBody", name="Markets Office of Lindmark", country="xd", partOf="@lindmark", office="regulator"),
    record("lm-licences", "PublicBody", name="Licensing Office of Lindmark", country="xd", partOf="@lindmark", office="licensing"),
    record("lm-prospectus", "Document", title="Prospectus of Sandpiper Instruments", publishedAt="2026-03-15"),
    record("lm-raid", "AbuseIncident", name="Phones of a choir", stage="infected", client="@sarvia-service", clientStage="confirmed",
           targetCountry="xc", date="2024-02"),
]  # fmt: skip
"""Offices of Lindmark, a document, and a case of somebody to whom nobody has sold yet."""
FORMS = {
    "ProcurementStandard": ("j-lifting", "standard"),
    "TreatyParticipation": ("j-lifting", "participation"),
    "DueDiligenceReport": ("c-due-diligence", "report"),
    "Registration": ("d-registration", "registration"),
    "Countersignature": ("d-registration", "countersignature"),
    "OversightBody": ("g-oversight", "body"),
    "Membership": ("g-oversight", "member"),
    "RemedyPath": ("i-remedy", "path"),
    "Ownership": ("e-liability", "ownership"),
    "Supply": ("d-registration", "sale"),
    "SurveillanceProduct": ("l-encryption", "product"),
    "lm-safeguards": ("j-lifting", "law"),
    "lm-diligence-law": ("c-due-diligence", "law"),
    "lm-liability-law": ("e-liability", "law"),
    "lm-registry-law": ("d-registration", "law"),
}
"""Record type, or the key of a law, of examples/register/lifting.yaml -> procedure and form."""
MORE: dict[str, dict[str, str]] = {
    "lm-report": {"periodEnd": "2024-12-31"},
    "lm-body": {"mandate": "May stop every sale."},
    "dunlin": {"name": "Dunlin", "vendor": "Sandpiper Instruments AB"},
}
"""What the form asks for besides."""
ADDED = {("lm-report", "sandpiper")}
"""Records of others to which a publisher adds its own words. Open Phones adds to all: it confirms what takes two."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One form, filled in, signed and handed in. `@key` stands for a record of the walk or of the example register."""

    key: str
    form: tuple[str, str]
    values: Values
    by: str = "rookery"
    standing: str = "confirmed"
    until: str = ""
    source: str = RESTS
    adds: bool = False
    """Adds to the record of this key, which is there."""


def law(key: str, form: str, country: str, title: str, provides: Sequence[str], **more: str) -> Step:
    """A law in force, by the form of a demand."""
    values = {
        "title": title,
        "jurisdiction": country,
        "status": "in-force",
        "enforced": "yes",
        "inForceFrom": "2024-01-01",
        **more,
    }
    return Step(
        key=key, form=(form, "law"), until="..", values={**values, **({"provides": provides} if provides else {})}
    )


Deal = Mapping[str, str]
LINDMARK: Deal = {
    "product": "Dunlin",
    "supplier": "Sandpiper Instruments AB",
    "end_user": "Police Authority of Lindmark",
    "country": "xd",
}
EXPORTED: Deal = {**LINDMARK, "end_user": "Ministry of the Interior of Averna", "country": "xb"}
AVERNA: Deal = {
    "product": "Lampyre",
    "supplier": "Glasmoth Systems Ltd",
    "end_user": "Ministry of the Interior of Averna",
    "country": "xb",
}
SPARROWS: Deal = {**AVERNA, "product": "Wren", "supplier": "Nine Sparrows Group (invented)"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is published, and what becomes of rules: rule -> action, where the answer has it before, where after."""

    what: str
    steps: Sequence[Step] = ()
    lifting: Sequence[str] = ()
    """Steps of the file that are published by their forms."""
    deal: Deal
    moves: Mapping[str, tuple[str, str, str]]


INQUIRY = {
    "quality": ["immediate", "independent", "transparent", "impartial"],
    "status": "closed",
    "about": "Phone of a local newspaper",
}


def noticed(key: str, proposal: str, on: str) -> tuple[Step, Step]:
    """A public notice: by whoever wants to buy, and confirmed by somebody else."""
    values = {
        "acquisition": proposal,
        "body": "Police Authority of Lindmark",
        "noticedOn": on,
        "days": "30",
        "place": "Town hall",
    }
    form = ("h-boards", "notice")
    return Step(key=key, form=form, values=values, by="lindmark-police"), Step(
        key=f"{key}-seen", form=form, values=values
    )


STAGES = (
    Stage(what="a law with safeguards", lifting=["safeguards"], deal=LINDMARK, moves={"L21-j-1": ("sale", "reasons", "silent")}),
    Stage(what="a part in making standards", lifting=["standards"], deal=LINDMARK, moves={"L21-j-3": ("sale", "reasons", "silent")}),
    Stage(what="due diligence", lifting=["due-diligence"], deal=LINDMARK, moves={"L21-c-2": ("sale", "reasons", "silent")}),
    Stage(what="a registration, countersigned, and a standard of procurement", lifting=["registration", "procurement"], deal=LINDMARK,
          moves={"L21-d-1": ("sale", "reasons", "silent"), "L21-j-2": ("acquire", "reasons", "silent"),
                 "L21-a-1": ("sale", "reasons", "undecided")}),
    Stage(what="a law on due diligence", lifting=["due-diligence-law"], deal=LINDMARK, moves={"L21-c-1": ("invest", "reasons", "silent")}),
    Stage(what="a law on liability", lifting=["liability-law"], deal=LINDMARK, moves={"L21-e-1": ("acquire", "reasons", "silent")}),
    Stage(what="an oversight body", lifting=["oversight"], deal=LINDMARK, moves={"L21-g-1": ("maintenance", "reasons", "silent")}),
    Stage(what="two paths to remedy", lifting=["court", "other-path"], deal=LINDMARK, moves={"L21-i-1": ("use", "reasons", "silent")}),
    Stage(what="the whole chain of owners", lifting=["owners"], deal=LINDMARK,
          moves={"L21-e-2": ("sale", "undecided", "silent"), "L21-NSO-1": ("marketing", "undecided", "silent"),
                 "L21-NSO-2": ("grant-licence", "undecided", "silent")}),
    Stage(what="a registry in law", lifting=["registry-law"], deal=LINDMARK, moves={"L21-d-2": ("sale", "duties", "silent")}),
    Stage(what="how the product works", lifting=["encryption"], deal=LINDMARK, moves={"L21-l-2": ("use", "undecided", "silent")}),
    Stage(what="a licence, and an investigation of it", deal=EXPORTED, moves={"L21-b-3": ("grant-licence", "reasons", "silent")}, steps=[
        Step(key="lm-licence", form=("b-investigations", "licence"), values={
            "name": "Licence LM-12", "licensee": "Sandpiper Instruments AB", "issuer": "Licensing Office of Lindmark", "product": "Dunlin",
            "licenceKind": "marketing", "status": "granted", "issueDate": "2025-02-01"}),
        Step(key="lm-inquiry", form=("b-investigations", "investigation"), values={
            "name": "Inquiry into licence LM-12", "body": "Licensing Office of Lindmark", "about": "@lm-licence", "status": "closed",
            "startDate": "2025-03-01", "endDate": "2025-06-01", "findings": "No case touches it."})]),
    Stage(what="a contract is disclosed", deal=LINDMARK, moves={"L21-f-1": ("acquire", "reasons", "silent")}, steps=[
        Step(key="lm-contract", form=("f-contracts", "contract"), values={
            "title": "Dunlin, three years", "buyer": "Police Authority of Lindmark", "supplier": "Sandpiper Instruments AB",
            "product": "Dunlin", "stage": "signed", "amount": "EUR 100000", "contractDate": "2026-01-15"}),
        Step(key="lm-declared", by="sandpiper", form=("d-registration", "sale"), values={
            "supplier": "Sandpiper Instruments AB", "recipient": "Police Authority of Lindmark", "product": "Dunlin",
            "destination": "xd", "startDate": "2026-01-15"})]),
    Stage(what="a board, its law, a proposal with notice, and a rejection", deal=LINDMARK,
          moves={"L21-h-2": ("acquire", "reasons", "silent"), "L21-h-3": ("acquire", "undecided", "reasons")}, steps=[
        law("lm-board-law", "h-boards", "xd", "Boards Act", ["board-approval", "human-rights-test", "public-notice", "reporting"]),
        Step(key="lm-board", form=("h-boards", "board"), values={
            "name": "Community Board of Lindmark", "country": "xd", "mandate": "Every purchase of the police.",
            "power": ["approve", "reject", "human-rights-test", "public-notice", "reporting"], "establishedOn": "2025-01-01"}),
        Step(key="lm-proposal", form=("h-boards", "proposal"), values={
            "name": "Dunlin for the police", "body": "Police Authority of Lindmark", "product": "Dunlin",
            "vendor": "Sandpiper Instruments AB",
            "purpose": "To read phones of suspects.", "board": "@lm-board", "proposedOn": "2025-09-01", "noticeDays": "30",
            "rightsAssessment": "Only with an order of a judge.", "status": "proposed"}),
        *noticed("lm-notice", "@lm-proposal", "2025-09-03"),
        Step(key="lm-rejected", form=("h-boards", "decision"), values={
            "name": "Decision 2025-4", "body": "@lm-board", "about": "@lm-proposal", "outcome": "rejected", "date": "2025-11-03",
            "reason": "Nothing says how long data are kept.", "votesFor": "2", "votesAgainst": "7"})]),
    Stage(what="a changed proposal is approved", deal=LINDMARK,
          moves={"L21-h-1": ("acquire", "reasons", "silent"), "L21-a-2": ("use", "reasons", "undecided"),
                 "L21-a-3": ("marketing", "reasons", "undecided")}, steps=[
        Step(key="lm-second", form=("h-boards", "proposal"), values={
            "name": "Dunlin for the police, data kept for a month", "body": "Police Authority of Lindmark", "product": "Dunlin",
            "vendor": "Sandpiper Instruments AB", "purpose": "To read phones of suspects.", "board": "@lm-board",
            "proposedOn": "2025-12-01", "noticeDays": "30", "rightsAssessment": "Data are kept for a month.", "status": "proposed"}),
        *noticed("lm-second-notice", "@lm-second", "2025-12-03"),
        Step(key="lm-approved", form=("h-boards", "decision"), values={
            "name": "Decision 2026-1", "body": "@lm-board", "about": "@lm-second", "outcome": "approved", "date": "2026-02-02",
            "reason": "Data are kept for a month only.", "votesFor": "6", "votesAgainst": "3", "expiryDate": "2027-02-01"})]),
    Stage(what="a notice to the regulator, acknowledged", deal=LINDMARK, moves={"L21-k-1": ("list", "reasons", "silent")}, steps=[
        Step(key="lm-listing", form=("k-markets", "event"), values={
            "name": "Listing of Sandpiper", "company": "Sandpiper Instruments AB", "eventKind": "listing", "market": "Lindmark Exchange",
            "announcedOn": "2026-03-01", "plannedFor": "2026-09-01", "status": "announced"}),
        Step(key="lm-told", form=("k-markets", "notice"), values={
            "name": "Notice before the listing of Sandpiper", "regulator": "Markets Office of Lindmark",
            "company": "Sandpiper Instruments AB", "corporateEvent": "@lm-listing", "harms": "Phones of witnesses were read.",
            "sentOn": "2026-03-10", "acknowledgedOn": "2026-03-20"})]),
    Stage(what="a law on scrutiny, and a review of the filing", deal=LINDMARK, moves={"L21-k-2": ("list", "reasons", "silent")}, steps=[
        law("lm-scrutiny", "k-markets", "xd", "Securities Act", ["disclosure-scrutiny", "prior-review"]),
        Step(key="lm-filing", form=("k-markets", "filing-review"), values={
            "name": "Review of the prospectus", "regulator": "Markets Office of Lindmark", "company": "Sandpiper Instruments AB",
            "corporateEvent": "@lm-listing", "filing": "Prospectus of Sandpiper Instruments", "law": "@lm-scrutiny",
            "outcome": "complete", "reviewedOn": "2026-04-02"})]),
    # From here on: what blocks, or is owed.
    Stage(what="a filing that is silent", deal=LINDMARK, moves={"L21-k-3": ("list", "undecided", "undecided")}, steps=[
        Step(key="lm-silent", by="open-phones", standing="reported", form=("k-markets", "filing-review"), values={
            "name": "Second look at the prospectus", "regulator": "Markets Office of Lindmark", "company": "Sandpiper Instruments AB",
            "corporateEvent": "@lm-listing", "outcome": "corrections", "silentOn": "incident", "reviewedOn": "2026-05-02"})]),
    Stage(what="a request that nobody answers", deal=LINDMARK, moves={"L21-f-2": ("sale", "silent", "duties")}, steps=[
        Step(key="lm-request", by="open-phones", standing="reported", form=("f-contracts", "request"), values={
            "name": "Request 2026/9", "body": "Police Authority of Lindmark", "question": "How often was Dunlin used?",
            "askedOn": "2026-02-01", "dueOn": "2026-03-01", "status": "asked"})]),
    Stage(what="a law that weakens encryption", deal=LINDMARK, moves={"L21-l-1": ("sale", "silent", "duties")}, steps=[
        Step(key="lm-doors", by="open-phones", standing="reported", form=("l-encryption", "law"), values={
            "title": "Open Doors Act of Lindmark", "jurisdiction": "xd", "status": "in-force", "effect": "weakens-encryption",
            "inForceFrom": "2026-01-01"})]),
    Stage(what="a tie to the group that the letter names", deal=LINDMARK,
          moves={"L21-NSO-4": ("sale", "undecided", "undecided")}, steps=[
        Step(key="lm-tie", by="open-phones", standing="reported", form=("e-liability", "ownership"), values={
            "asset": "Sandpiper Instruments AB", "owner": "Nine Sparrows Group (invented)", "percentage": "10",
            "startDate": "2025-01-01"})]),
    Stage(what="a sale to somebody who abused", deal=LINDMARK, moves={"L21-j-2x": ("sale", "undecided", "reasons")}, steps=[
        Step(key="lm-sold", by="open-phones", standing="reported", form=("d-registration", "sale"), values={
            "supplier": "Sandpiper Instruments AB", "recipient": "State Protection Service of Sarvia", "product": "Dunlin",
            "destination": "xc", "clientStage": "reported", "startDate": "2024-01-10"})]),
    Stage(what="a measure that halts it", deal=LINDMARK, moves={"L21-a-4": ("sale", "undecided", "reasons")}, steps=[
        Step(key="lm-halt", by="open-phones", standing="reported", form=("a-moratorium", "measure"), values={
            "summary": "Decree 2 of Lindmark", "state": "Lindmark", "measureKind": "moratorium", "covers": ["sale", "transfer", "use"],
            "status": "in-force", "date": "2026-04-01", "startDate": "2026-05-01"})]),
    Stage(what="a measure that leaves out the vendor", deal=LINDMARK, moves={"L21-a-5": ("sale", "silent", "reasons")}, steps=[
        Step(key="lm-except", by="open-phones", standing="reported", form=("a-moratorium", "measure"), values={
            "summary": "Decree 3 of Lindmark", "state": "Lindmark", "measureKind": "moratorium", "covers": ["sale", "transfer", "use"],
            "status": "in-force", "date": "2026-04-01", "startDate": "2026-05-01", "exception": "Tools of Sandpiper.",
            "excepts": "Sandpiper Instruments AB"})]),
    # In the rest of the example register.
    Stage(what="investigations by both States that a case touches", deal=AVERNA, moves={"L21-b-1": ("sale", "undecided", "silent")}, steps=[
        Step(key="xb-inquiry", form=("b-investigations", "investigation"), values={
            **INQUIRY, "name": "Inquiry of the Averna Ombudsman", "body": "Ministry of the Interior of Averna", "startDate": "2026-01-01",
            "endDate": "2026-03-01"}),
        Step(key="xa-inquiry", form=("b-investigations", "investigation"), values={
            **INQUIRY, "name": "Inquiry of Calder into the newspaper's phone", "body": "Calder Export Office",
            "startDate": "2026-01-15", "endDate": "2026-03-02"})]),
    Stage(what="a live licence that touches a case", deal=AVERNA, moves={"L21-b-2": ("sale", "undecided", "reasons")}, steps=[
        Step(key="xa-licence", by="calder-export", form=("b-investigations", "licence"), values={
            "name": "Licence EL-900", "licensee": "Glasmoth Systems Ltd", "issuer": "Calder Export Office", "product": "Lampyre",
            "licenceKind": "export", "destination": "xb", "status": "granted", "issueDate": "2025-05-01"})]),
    Stage(what="an inquiry into the group that the letter names, with a public statement", deal=SPARROWS,
          moves={"L21-NSO-3": ("grant-licence", "duties", "silent")}, steps=[
        Step(key="xa-sparrows", form=("nso-exporting-states", "investigation"), values={
            "name": "Inquiry into Nine Sparrows", "body": "Calder Export Office", "about": "Nine Sparrows Group (invented)",
            "quality": ["independent", "impartial", "transparent"], "status": "closed", "startDate": "2025-11-15",
            "endDate": "2026-03-01"}),
        Step(key="xa-stated", form=("nso-exporting-states", "statement"), values={
            "title": "Statement on Nine Sparrows", "body": "Calder Export Office", "investigation": "@xa-sparrows",
            "results": "Forty people were watched.", "prevention": "No licence for such tools.", "statedOn": "2026-03-10"})]),
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The example register with nothing of Lindmark but who is who. Closed: the server has it."""
    made = begin(tmp_path_factory.mktemp("walked") / "register")
    made.names["lindmark-police"] = subject("lindmark-police")
    made.key("lindmark-police", subject("lindmark-police"), Role.PUBLISHER)
    made.publish(made.data["records"])
    made.publish([*made.lifting["parties"], *BESIDE])
    made.register.close()
    yield made


@pytest.fixture(scope="module")
def clerk(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clerk]:
    """Somebody who publishes in it."""
    with served_here(world.register.folder) as address:
        yield Clerk(address, world.private, tmp_path_factory.mktemp("signed"))


def test_the_table_has_a_row_for_each_rule_of_the_pack() -> None:
    [pack] = packs.chosen()
    walked = [rule for stage in STAGES for rule in stage.moves]
    assert pack.name == "letter-2021"
    assert sorted(walked) == sorted(one.id for one in pack.rules), "each once"


def test_every_rule_moves_when_its_form_is_handed_in(world: World, clerk: Clerk) -> None:
    known: dict[str, str] = {}
    told: dict[str, dict[str, Any]] = {}
    for stage in STAGES:
        before = {rule: entry(clerk, stage.deal, action, rule) for rule, (action, _, _) in stage.moves.items()}
        for step in [
            *(of_file(world, one) for name in stage.lifting for one in world.lifting["steps"][name]),
            *(each for one in stage.steps for each in by_two(one)),
        ]:
            known[step.key] = publish(world, clerk, step, known)
        for rule, (action, *places) in stage.moves.items():
            after = entry(clerk, stage.deal, action, rule)
            assert [before[rule]["place"], after["place"]] == places, (stage.what, rule, before[rule], after)
            assert before[rule] != after, (stage.what, rule)
            told[rule] = {"published": stage.what, "action": action, "before": before[rule], "after": after}
    same(GOLDEN, json.dumps(dict(sorted(told.items())), indent=1, ensure_ascii=False) + "\n")


def by_two(step: Step) -> list[Step]:
    """The step, and what of it takes a second publisher by the form that this one fills in."""
    values: dict[str, str | Sequence[str]] = {"enforced": "yes"} if step.values.get("enforced") == "yes" else {}
    if "independent" in step.values.get("quality", ()):
        values["quality"] = ["independent"]
    return [step, *([replace(step, values=values, by="open-phones", adds=True)] if values else [])]


def of_file(world: World, one: Mapping[str, Any]) -> Step:
    """A record of lifting.yaml as whoever publishes it fills in its form."""
    skipped = {"key", "type", "publisher", "standing", "source", "valid_until", "bundle"}
    without = {"topic", "bodyKind", *({"country"} if one["type"] == "TreatyParticipation" else ())}
    values = {name: value for name, value in one.items() if name not in skipped | without}
    return Step(
        key=one["key"],
        form=FORMS.get(one["key"]) or FORMS[one["type"]],
        values=values | MORE.get(one["key"], {}),
        by=one["publisher"],
        standing=one["standing"],
        source=one["source"],
        until=one.get("valid_until", ""),
        adds=one["key"] == "dunlin" or (one["key"], one["publisher"]) in ADDED or one["publisher"] == "open-phones",
    )


def publish(world: World, clerk: Clerk, step: Step, known: Mapping[str, str]) -> str:
    """Fill in, sign, hand in; gives the id of the record."""

    def value(text: str) -> str:
        return (known.get(text[1:]) or subject(text[1:])) if text.startswith("@") else text

    values: dict[str, str | Sequence[str]] = {
        name: value(given) if isinstance(given, str) else [value(one) for one in given]
        for name, given in step.values.items()
    }
    values |= {
        "statement.publisher": world.names[step.by],
        "statement.source": step.source,
        "statement.standing": step.standing,
        "statement.valid_until": step.until,
        "statement.record": known.get(step.key, subject(step.key)) if step.adds else "",
    }
    return clerk.publish(*step.form, values, key=step.by).subject


def entry(clerk: Clerk, deal: Deal, action: str, rule: str) -> dict[str, Any]:
    """A rule's entry in the answer, with the verdict: all of it but ids of statements and the days on which they were recorded."""
    answer = clerk.decide({**deal, "action": action, "as_of": DAY})
    found = [(place, one) for place in PLACES for one in answer[place] if one["rule"] == rule]
    assert len(found) <= 1, "a rule stands in one place"
    if not found:
        return {"verdict": answer["verdict"], "place": "silent"}
    [(place, one)] = found
    facts = [{name: each[name] for name in ("says", "source", "standing")} for each in one.pop("facts", ())]
    facts.sort(key=lambda each: (each["says"], each["source"]))  # they come in the order of ids, which are drawn
    return {"verdict": answer["verdict"], "place": place, **one, "facts": facts}
