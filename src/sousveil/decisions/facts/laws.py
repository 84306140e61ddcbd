"""What a State's laws provide, by topic: in force, enforced, confirmed by somebody who does not benefit.

Several laws may provide it together. A law that nobody independent has confirmed is not missing; it is unproven. What would lift has to
be in force without dispute: a status or a last day at the standard for blocking ends it, whoever says so, and its label says by whom.
"""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, Required, adverse, by_publisher, charge, given, merge
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Needed,
    Support,
    beneficiaries,
    contradicted,
    first_support,
    no_alleged,
    support,
)
from sousveil.decisions.evidence.dates import ended_by
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import of_state
from sousveil.decisions.facts.reading import (
    about_state,
    blocking,
    blocks,
    ended_on,
    ending,
    in_force,
    lifts,
    scope,
    values_of,
)
from sousveil.decisions.model import Deal, Ruling
from sousveil.register.types.law import TYPE as LAW
from sousveil.register.views.records import Record

PROFILE = (
    "foreseeable-law", "prior-authorisation", "suspicion-test", "strict-necessity", "time-limit", "supervision", "notice-or-remedy",
    "data-destruction",
)  # fmt: skip
"""What the courts ask of a law on surveillance."""
ASKED: Mapping[str, tuple[str, ...]] = {
    "due-diligence": (
        "covers-companies", "covers-investors", "covers-operations", "covers-supply-chain", "covers-end-use",
    ),
    "transparency": ("covers-companies", "public-registry"),
    "liability": (
        "covers-intermediaries", "covers-affiliates", "covers-holdings", "covers-private-equity", "liability", "home-state-remedy",
    ),
    "oversight": ("independent-oversight",),
    "community-boards": ("board-approval", "human-rights-test", "public-notice", "reporting"),
    "remedy": ("remedy-pathway",),
    "safeguards": (*PROFILE, "accountability", "remedy-pathway"),
    "securities": ("disclosure-scrutiny", "prior-review"),
    "encryption": ("protects-encryption",),
}  # fmt: skip
"""Topic -> what the demand asks of such a law, in the order of its codes: rules ask for these, and its form shows them first."""


# Reported ends


NOT_LAW = frozenset({"repealed", "rejected", "bill", "passed"})
NOT_APPLIED = frozenset({"no", "partly"})
NO_STANDARD = frozenset({"repealed", "proposed"})
_LAST = ("inForceUntil", "endDate", "expiresOn")
"""Properties with the last day of a law, a standard, a part in a process, and a report."""


def reported_over(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a record that may end: it is `over` by what somebody reports or confirms; else nothing. What is only alleged
    ends nothing."""
    past = [one for one in record.claims(*_LAST) if ended_by(world.as_of, one.statement.value)]
    against = merge((charge(world, past), contradicted(world, record, "status", NOT_LAW | NO_STANDARD)))
    return Ruling("over", words=(against.proof,)) if no_alleged(against).counts else Ruling("")


_WORDS = next(dict(one.codes) for one in LAW.properties if one.name == "provides")
WEAKENS = "weakens-encryption"
REPEALED, UNTIL = ("repealed", "rejected"), "inForceUntil"


def provided(
    world: Compiled, code: str, topic: str, provides: tuple[str, ...], who: Beneficiaries, publishers: int = 1
) -> list[Support]:
    """What shows that laws of a State on a topic, in force and enforced on the day, provide all of this; or what they miss."""
    laws = [(law, _in_force(world, law, code, topic, who)) for law in about_state(world, "Law", code)]

    def part(name: str) -> Support:
        needed = {"provides": name}
        return first_support([base.also(support(world, law, needed, who, publishers=publishers)) for law, base in laws])

    parts = {one: part(one) for one in provides}
    if missing := [_WORDS[one] for one, found in parts.items() if not found.holds]:
        why = tuple(reason for found in parts.values() for reason in found.why)
        return [Support(why=(*dict.fromkeys(why), f"no law is shown to provide {', '.join(missing)}") if why else ())]
    return [Support(tuple(dict.fromkeys(id for found in parts.values() for id in found.proof)))]


def _in_force(world: Compiled, law: Record, code: str, topic: str, who: Beneficiaries) -> Support:
    found = of_state(world, law, code, {"topic": topic, "status": "in-force"}, who)
    found = found.also(support(world, law, {"enforced": "yes"}, who, publishers=2))
    if not found.holds:
        return found
    name = world.caption(law.id)
    against = merge((contradicted(world, law, "status", NOT_LAW), contradicted(world, law, "enforced", NOT_APPLIED)))
    found = found.provided(not no_alleged(against).counts, f"{name}: somebody reports the opposite")
    holds = in_force(world, law, "inForceFrom", "inForceUntil", who)
    return found.provided(holds, f"{name}: it is not on file that it holds on {world.as_of} (from, until or ..)")


def enforced(world: Compiled, code: str, *, topic: str) -> bool:
    """Whether a law of a State on a topic is in force, and enforced in the words of two publishers apart from each other."""
    who = beneficiaries(world.about(code), code)
    return any(_in_force(world, law, code, topic, who).holds for law in about_state(world, "Law", code))


@blocks("state.weakens_encryption", asks="Does {subject} demand back doors or general decryption?")
def _weakens(world: Compiled, deal: Deal, code: str) -> Charge:
    return merge(_weakening(world, law) for law in about_state(world, "Law", code))


def _weakening(world: Compiled, law: Record) -> Charge:
    required: list[Required] = [("effect", {WEAKENS}), ("status", {"in-force"})]
    since = ("inForceFrom", *DATED)
    return adverse(
        world, law, required, since=since, until=UNTIL, when=lambda one: not ending(world, one, UNTIL, REPEALED)
    )


def law(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a law on encryption on the day, for label, clock and cell: it `weakens` it, or did and has `ended`."""
    found = _weakening(world, record)
    if found.counts and not found.alleged:
        return Ruling("weakens", words=(found.proof,))
    reporting = [one for one in by_publisher(world, record.statements).values() if WEAKENS in given(one, "effect")]
    ends = [ending(world, one, UNTIL, REPEALED) for one in reporting]
    if not ends or not all(ends):
        return Ruling("")
    words = [one for many in ends for one in many]
    return Ruling("ended", ended_on(world, words, UNTIL), (tuple(one.id for one in words),))


@lifts(
    "state.safeguards_law",
    asks="Has {subject} a law with safeguards, accountability and a path to remedy, in force and enforced?",
    needs="A law of {subject} in force and enforced that provides: "
    f"{', '.join(_WORDS[one] for one in ASKED['safeguards'])}. These parts are our reading of (j).",
)
def _safeguards(world: Compiled, deal: Deal, code: str) -> tuple[list[Support], Charge]:
    """A law that weakens encryption speaks against it."""
    found = provided(world, code, "safeguards", ASKED["safeguards"], beneficiaries(deal, code))
    return found, _weakens(world, deal, code)


def _declare(name: str, topic: str, provides: tuple[str, ...], what: str, publishers: int = 1) -> None:
    @lifts(
        f"state.{name}",
        asks=f"Has {{subject}} a law in force and enforced {what}?",
        needs=f"A law of {{subject}} {what}, confirmed by an independent publisher; that it is enforced, by two.",
    )
    def derive(world: Compiled, deal: Deal, code: str) -> list[Support]:
        return provided(world, code, topic, provides, beneficiaries(deal, code), publishers)


for _name, _topic, _what in (
    ("due_diligence_law", "due-diligence",
     "that makes vendors and investors examine human rights in operations, supply chains and end use"),
    ("transparency_law", "transparency", "that makes vendors register and keeps a public registry"),
    ("liability_law", "liability",
     "that holds intermediaries, affiliates, holdings and private equity owners liable, with remedy at home"),
    ("oversight_law", "oversight", "that demands independent oversight bodies"),
    ("board_law", "community-boards",
     "that gives community boards the power to reject, a test against human rights, public notice and reporting"),
    ("scrutiny_law", "securities", "that demands strict, regular scrutiny of disclosures, also before major events"),
):  # fmt: skip
    _declare(_name, _topic, ASKED[_topic], _what)
# What is open in practice takes two publishers.
_declare("registry_open", "transparency", ("public-registry",), "that keeps a public registry of vendors", 2)
_declare("court_standard_law", "safeguards", PROFILE, "that meets what the European courts ask of surveillance")
_declare(
    "media_law",
    "media",
    ("foreseeable-law", "prior-authorisation", "public-interest", "listed-crimes", "strict-necessity", "supervision"),
    "that keeps intrusive software off the devices of media, but for narrow cases signed beforehand and reviewed",
)


# How a State buys, and in which work on standards it takes part.


REQUIRES = ("ungp-respect", "no-abusing-clients")
TAKES_PART = frozenset({"participant", "contributor"})
"""Roles in work on standards, for the rule and the cell. A party has signed, and a supporter agrees: acts of the State, and no work."""


def _shown(
    world: Compiled, deal: Deal, code: str, type: str, needed: Needed, since: str = "", until: str = ""
) -> list[Support]:
    """What each record of a type that is about a State shows of these properties, where it is in force on the day by these dates."""
    who, found = beneficiaries(deal, code), []
    for one in about_state(world, type, code):
        name, other = world.caption(one.id), contradicted(world, one, "status", NO_STANDARD)
        shown = of_state(world, one, code, needed, who)
        shown = shown.provided(not other.counts, f"{name}: another status is reported")
        why = f"{name}: it is not on file that it holds on {world.as_of} (from, until or ..)"
        found.append(shown.provided(not since or in_force(world, one, since, until, who), why))
    return found


@lifts(
    "state.procurement_standard",
    asks="Does {subject} buy only from companies that respect human rights and never served abusers?",
    needs="A procurement standard of {subject} in force: only companies that respect human rights along the UN Guiding Principles, and "
    "that have not served clients who abuse; confirmed by an independent publisher.",
)
def _standard(world: Compiled, deal: Deal, code: str) -> list[Support]:
    needed: Needed = {"status": "in-force", "requires": REQUIRES}
    return _shown(world, deal, code, "ProcurementStandard", needed, "inForceFrom", "inForceUntil")


@lifts(
    "state.takes_part",
    asks="Does {subject} take part in work on human rights standards for such technology?",
    needs="The part that {subject} takes in making standards for sale and transfer and in naming impermissible targets: what it gave to "
    "the work; confirmed by an independent publisher.",
)
def _takes_part(world: Compiled, deal: Deal, code: str) -> list[Support]:
    needed: Needed = {"forum": None, "participation": TAKES_PART, "contribution": None}
    return _shown(world, deal, code, "TreatyParticipation", needed, "startDate", "endDate")


def _forums(world: Compiled, code: str, word: str) -> frozenset[str]:
    """The names of forums with a word in them in which a State takes part."""
    names = (name for one in about_state(world, "TreatyParticipation", code) for name in values_of(one, "forum"))
    return frozenset(one for one in names if word in one.casefold())


@scope(
    "state.supports_pall_mall",
    asks="Does {subject} support the Pall Mall Process?",
    needs="Whether {subject} supports the Pall Mall Process.",
)
def _pall_mall(world: Compiled, deal: Deal, code: str) -> Value:
    forums = _forums(world, code, "pall mall")
    found = merge(adverse(world, one, [("forum", forums)]) for one in about_state(world, "TreatyParticipation", code))
    return Value(blocking(found).truth, found.proof)


@lifts(
    "state.brings_in_europol",
    asks="Has {subject} committed itself to bring in Europol?",
    needs="The express commitment of {subject} to bring in Europol, confirmed independently.",
)
def _europol(world: Compiled, deal: Deal, code: str) -> list[Support]:
    needed: Needed = {"forum": _forums(world, code, "europol"), "participation": TAKES_PART | {"party"}}
    return _shown(world, deal, code, "TreatyParticipation", needed)
