"""What a State's laws provide, by topic: in force, enforced, confirmed by somebody who does not benefit.

Several laws may provide it together. A law that nobody independent has confirmed is not missing; it is unproven.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    DATED,
    Account,
    Charge,
    Required,
    adverse,
    by_publisher,
    firm,
    last_status,
    merge,
    values,
)
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, contradicted, support
from sousveil.decisions.evidence.dates import certainly_by, ended_by
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import of_state
from sousveil.decisions.facts.reading import Derive, about_state, blocking, fact, in_force, lifting, said_on
from sousveil.decisions.facts.reported_ends import NOT_APPLIED, NOT_LAW
from sousveil.decisions.law_topics import ASKED, PROFILE
from sousveil.decisions.model import Truth
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types.law import TYPE as LAW
from sousveil.register.views.records import Record

_WORDS = next(dict(one.codes) for one in LAW.properties if one.name == "provides")
WEAKENS = "weakens-encryption"
REPEALED = ("repealed", "rejected")


def provided(world: Compiled, code: str, topic: str, provides: tuple[str, ...], who: Beneficiaries) -> Value:
    """Whether laws of a State on a topic, in force and enforced on the day, provide all of this."""
    proof: dict[str, None] = {}
    open_: list[str] = []
    why: list[str] = []
    good: list[Record] = []
    for law in about_state(world, "Law", code):
        base = _in_force(world, law, code, topic, who)
        if base.holds:
            good.append(law)
            proof.update(dict.fromkeys(base.proof))
        why += base.why
    for one in provides:
        for law in good:
            found = support(world, law, [("provides", frozenset({one}))], who)
            why += found.why
            if found.holds:
                proof.update(dict.fromkeys(found.proof))
                break
        else:
            open_.append(_WORDS[one])
    state = world.caption(code)
    if good and not open_:
        return Value(Truth.TRUE, tuple(proof))
    missing = ", ".join(open_)
    needs = f"A law of {state} in force and enforced that provides: {missing}."
    value = lifting([Support(why=tuple(why))], needs)
    denied = merge(
        contradicted(world, law, "enforced", frozenset({"no"}))
        for law in about_state(world, "Law", code)
        if law in good
    )
    return Value(Truth.FALSE if denied.counts else value.truth, denied.proof, needs=value.needs, notes=value.notes)


def _in_force(world: Compiled, law: Record, code: str, topic: str, who: Beneficiaries) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [
        ("topic", frozenset({topic})),
        ("status", frozenset({"in-force"})),
    ]
    found = of_state(world, law, code, needed, who)
    found = found.also(support(world, law, [("enforced", frozenset({"yes"}))], who, publishers=2))
    if not found.holds:
        return found
    against = merge((contradicted(world, law, "status", NOT_LAW), contradicted(world, law, "enforced", NOT_APPLIED)))
    if against.counts and not against.alleged:
        return Support(why=(f"{world.caption(law.id)}: somebody reports the opposite",))
    if not in_force(world, law, "inForceFrom", "inForceUntil", who):
        return Support(
            why=(f"{world.caption(law.id)}: it is not on file that it holds on {world.as_of} (from, until or ..)",)
        )
    return found


def law_fact(name: str, topic: str, provides: tuple[str, ...], what: str) -> Fact:
    """A fact that a State has laws which provide something."""

    def derive(world: Compiled, deal: Deal, code: str) -> Value:
        return provided(world, code, topic, provides, beneficiaries(deal, code))

    return fact(
        f"state.{name}",
        Of.STATE,
        Polarity.LIFTS,
        derive,
        asks=f"Has {{subject}} a law in force and enforced {what}?",
        needs=f"A law of {{subject}} {what}, confirmed by an independent publisher; that it is enforced, by two.",
    )


def weakens(world: Compiled, code: str) -> Charge:
    """What is on file of laws and orders of a State that weaken encryption on the day."""
    return merge(_weakening(world, law) for law in about_state(world, "Law", code))


def _weakening(world: Compiled, law: Record) -> Charge:
    required: list[Required] = [("effect", {WEAKENS}), ("status", {"in-force"})]
    since = ("inForceFrom", *DATED)
    return adverse(
        world, law, required, since=since, until="inForceUntil", when=lambda account: not _repeal(world, account)
    )


def _repeal(world: Compiled, account: Account) -> list[Recorded]:
    """The statements by which an account repeals its law by the day: its newest status, with the last days that it gives."""
    last, days = last_status(account), values(account, "inForceUntil")
    if not last or not {one.statement.value for one in last} <= {*REPEALED}:
        return []
    past = [certainly_by(world.as_of, one.statement.value) for one in days] or [_by(world, one) for one in last]
    return [*last, *days] if all(past) else []


def _ends(world: Compiled, account: Account) -> list[Recorded]:
    """The statements by which a law is over on the day in the words of an account; empty where it is not."""
    days = firm(values(account, "inForceUntil"))
    over = bool(days) and all(ended_by(world.as_of, one.statement.value) for one in values(account, "inForceUntil"))
    return days if over else _repeal(world, account)


def _by(world: Compiled, one: Recorded) -> bool:
    return said_on(world, one) <= edtf.parse(world.as_of).last


def law(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a law on encryption on the day, for label, clock and cell: it `weakens` it, or did and has `ended`."""
    found = _weakening(world, record)
    if found.counts and not found.alleged:
        return Ruling("weakens", words=(found.proof,))
    reporting = [
        many
        for many in by_publisher(world, record.statements).values()
        if WEAKENS in {one.statement.value for one in values(many, "effect")}
    ]
    ends = [_ends(world, many) for many in reporting]
    if not ends or not all(ends):
        return Ruling("")
    words = [one for many in ends for one in many]
    days = [edtf.parse(one.statement.value).first for one in words if one.statement.property == "inForceUntil"]
    on = max(days or [said_on(world, one) for one in words], default=None)
    return Ruling("ended", on, (tuple(one.id for one in words),))


def _weakens(world: Compiled, deal: Deal, code: str) -> Value:
    return blocking(weakens(world, code))


def _safeguards() -> Derive:

    def derive(world: Compiled, deal: Deal, code: str) -> Value:
        found = provided(world, code, "safeguards", ASKED["safeguards"], beneficiaries(deal, code))
        taint = weakens(world, code)
        if found.truth is Truth.TRUE and taint.counts:
            needs = f"The end of the law or order of {world.caption(code)} that weakens encryption."
            return Value(Truth.UNKNOWN, (*found.proof, *taint.proof), needs=needs, notes=taint.notes)
        if found.needs:
            found = msgspec.structs.replace(found, needs=f"{found.needs} These parts are our reading of (j).")
        return found

    return derive


FACTS: tuple[Fact, ...] = (
    law_fact(
        "due_diligence_law",
        "due-diligence",
        ASKED["due-diligence"],
        "that makes vendors and investors examine human rights in operations, supply chains and end use",
    ),
    law_fact(
        "transparency_law",
        "transparency",
        ASKED["transparency"],
        "that makes vendors register and keeps a public registry",
    ),
    law_fact(
        "liability_law",
        "liability",
        ASKED["liability"],
        "that holds intermediaries, affiliates, holdings and private equity owners liable, with remedy at home",
    ),
    law_fact(
        "oversight_law",
        "oversight",
        ASKED["oversight"],
        "that demands independent oversight bodies",
    ),
    law_fact(
        "board_law",
        "community-boards",
        ASKED["community-boards"],
        "that gives community boards the power to reject, a test against human rights, public notice and reporting",
    ),
    law_fact(
        "scrutiny_law",
        "securities",
        ASKED["securities"],
        "that demands strict, regular scrutiny of disclosures, also before major events",
    ),
    law_fact(
        "court_standard_law",
        "safeguards",
        PROFILE,
        "that meets what the European courts ask of surveillance",
    ),
    law_fact(
        "media_law",
        "media",
        (
            "foreseeable-law",
            "prior-authorisation",
            "public-interest",
            "listed-crimes",
            "strict-necessity",
            "supervision",
        ),
        "that keeps intrusive software off the devices of media, but for narrow cases signed beforehand and reviewed",
    ),
    fact(
        "state.safeguards_law",
        Of.STATE,
        Polarity.LIFTS,
        _safeguards(),
        asks="Has {subject} a law with safeguards, accountability and a path to remedy, in force and enforced?",
        needs="A law of {subject} with the ten parts that we read in (j), confirmed by two independent publishers.",
    ),
    fact(
        "state.weakens_encryption",
        Of.STATE,
        Polarity.BLOCKS,
        _weakens,
        asks="Does {subject} demand back doors or general decryption?",
        needs="Whether a law or order of {subject} weakens encryption.",
    ),
)
