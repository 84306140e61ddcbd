"""What lifts is spoiled by one value, and whoever gains, or a stranger, adds the value that would mend it: no fact lifts by that.

The systematic half: for every property of every type of record that a lift reads, one statement is left out or made worse, as the one
who may lift would tell it. Then rivals, the supplier, both States and impostors say all at once what was there before.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.model import Polarity, all_facts
from sousveil.decisions.index import Base
from sousveil.decisions.model import Truth
from sousveil.register import types
from sousveil.register.model import Recorded, Standing
from sousveil.register.types.model import Kind, Property
from tests.decisions import moles
from tests.decisions.met import LIFTS, meet
from tests.decisions.moles import OWN, Bench
from tests.decisions.rig import DAY, Rig, ask, rigged, sid
from tests.profiles import FULL

SEED = 5
GOOD = ["immediate", "independent", "transparent", "impartial"]
MORE: dict[str, str] = {
    "state.cases_investigated": "xa",
    "state.inquiry_into_group_nso": "xa",
    "deal.us_licence": "",
    "vendor.marketing_licensed": "vireo",
}
"""Facts that lift and are in no table: they need a case, a group, or an office elsewhere."""
PARTS: tuple[tuple[str, str], ...] = (("product.encryption_kept", "lens-2"), ("product.weakens_encryption", "lens-2"))
"""Of a part of the product; the second one is FALSE where it lifts."""
ASKED: tuple[tuple[str, str], ...] = (
    *((name, subject) for name, (subject, _) in LIFTS.items()),
    *MORE.items(),
    ("state.cases_investigated", "xb"),
    *PARTS,
)
STRANGERS: tuple[tuple[str, Standing], ...] = (
    ("rival", Standing.REPORTED),
    ("vireo", Standing.CONFIRMED),
    ("averna", Standing.CONFIRMED),
    ("calder", Standing.REPORTED),
    ("hermit", Standing.ALLEGED),
    ("?Watch Foundation (invented)", Standing.CONFIRMED),
)
"""They speak at once; the end user by itself, for what it discloses and declares is its own act."""
THEIRS = {*OWN, ("ministry", "state.halt_ended")}
"""What is somebody's own act: a body of the whole State says what its State did, beside somebody independent who confirms it."""
SEATS = {(sid(one), name) for one in ("vireo", "ministry", "grey") for name in ("country", "jurisdiction")}
"""Which States have a say anybody may report (test_mole.py)."""


def more(rig: Rig) -> None:
    """What the facts need that are in no table."""
    rig.say("lens-2", type="SurveillanceProduct", name="Second Lens", partOf="@lens")
    rig.say("other-co", type="Company", name="Other Systems Ltd", country="xd")
    rig.say("case", type="AbuseIncident", name="Phones", stage="targeted", vendor="@other-co", date="2024-01",
            targetCountry=["xa", "xb"])  # fmt: skip
    for code, state, about in (("xa", "calder", "case"), ("xb", "averna", "other-co")):
        rig.say(f"inquiry-{code}", type="Investigation", name="Inquiry", body=f"@{state}", about=f"@{about}",
                startDate="2024-02-01", endDate="2024-04-01", quality=GOOD)  # fmt: skip
        rig.second(f"inquiry-{code}", type="Investigation", quality="independent")
    rig.say("nine", type="Company", name="Nine Sparrows Group (invented)", country="xa")
    rig.say("daughter", type="Company", name="Daughter Ltd", country="xa")
    rig.say("nine-owns", type="Ownership", owner="@nine", asset="@daughter", percentage="60", startDate="2020")
    rig.say("inquiry-nine", type="Investigation", name="Inquiry into it", body="@calder", country="xa", about="@daughter",
            startDate="2023-01-01", quality=GOOD)  # fmt: skip
    rig.second("inquiry-nine", type="Investigation", quality="independent")
    rig.say(
        "said",
        type="PublicStatement",
        investigation="@inquiry-nine",
        results="r",
        prevention="p",
        statedOn="2024-01-01",
    )
    rig.say("usa", type="State", name="United States of America", country="us")
    rig.say("us-office", type="PublicBody", name="Bureau", country="us", partOf="@usa", office="licensing")
    for key, office, kind in (("licence-us", "us-office", "export"), ("licence-m", "export-office", "marketing")):
        rig.say(key, type="ExportLicence", licensee="@vireo", issuer=f"@{office}", product="@lens", destination="xb",
                endUser="@ministry", licenceKind=kind, status="granted", issueDate="2024-01-15", expiryDate="2025-01-15")  # fmt: skip
        rig.say(f"inquiry-{key}", type="Investigation", name=f"Inquiry into {key}", about=f"@{key}", findings="None.")


class Spoiled(Bench):
    """Worlds in which statements are replaced, and several people say something besides."""

    def told_by(self, kept: dict[str, Recorded | None], said: list[moles.Mole]) -> Compiled:
        first, base = self.first, Base()
        base.known_on = base.log_size = first.known_on + len(said)
        base.example = first.example
        base.signed = dict(first.signed)
        told = [now for one in self.told if (now := kept.get(one.id, one)) is not None]
        for number, one in enumerate(said):
            at = first.known_on + 1 + number
            base.signed[at] = moles.signed(one.owner[1:] if one.owner.startswith("?") else sid(one.owner))
            told.append(Recorded(statement=one.said, id=f"mole-{number}", recorded=at))
        base.take(told)
        return Compiled(base, DAY)


@pytest.fixture(scope="module")
def bench() -> Iterator[Spoiled]:
    with tempfile.TemporaryDirectory() as folder, rigged(Path(folder)) as rig:
        moles.people(rig)
        meet(rig)
        more(rig)
        yield Spoiled(rig.register, rig.ids)


def lifted(world: Compiled, asked: tuple[tuple[str, str], ...] | list[tuple[str, str]] = ASKED) -> set[tuple[str, str]]:
    """Those of these facts that make an answer milder."""
    deal, found = world.deal(ask("sale")), set()
    for name, subject in asked:
        known = all_facts()[name]
        value = world.value(known, subject if len(subject) in (0, 2) else sid(subject), deal)
        if value.truth is (Truth.TRUE if known.polarity is Polarity.LIFTS else Truth.FALSE):
            found.add((name, subject))
    return found


CHARGE = {("AbuseIncident", one) for one in ("name", "stage", "date", "targetCountry")}
"""Who tells of a case opens the question whether it was looked into: that makes no answer milder."""
ALIKE = {
    "date": ("startDate",), "startDate": ("date",), "country": ("jurisdiction", "state", "body"), "state": ("country", "jurisdiction"),
    "body": ("country", "state"), "jurisdiction": ("country",), "publishedAt": ("periodEnd",), "company": ("investor",),
}  # fmt: skip
"""Property -> others that say the same."""
NEEDED = {
    "AbuseIncident.vendor", "ExportLicence.licensee", "Investigation.about", "Law.jurisdiction",
    "Membership.constituency", "MoratoriumMeasure.startDate", "OfficialNotice.date", "Ownership.asset", "PublicBody.country",
    "RemedyPath.body", "RemedyPath.casesHeard", "SurveillanceProduct.partOf", "TreatyParticipation.forum", "UseReport.publishedAt",
}  # fmt: skip
"""Of these a stranger's value once lifted."""


class Spoil(msgspec.Struct):
    """One value worse, and what would mend it."""

    of: str
    value: str | None
    kept: dict[str, Recorded | None]
    mends: list[Recorded]


def worse(one: Recorded, known: Property, rng: random.Random) -> list[str | None]:
    """What the one who may lift could say instead: nothing, or something else."""
    if known.codes:
        other = [code for code in known.codes if code != one.statement.value]
        return [None, rng.choice(other)]
    if known.kind == Kind.DATE:
        return [None, "2030-01-01"]
    if known.kind == Kind.NUMBER:
        return [None, "0"]
    if known.kind == Kind.COUNTRY:
        return [None, "xd"]
    if known.kind == Kind.ENTITY:
        return [None, sid(rng.choice(("third-office", "rival")))]
    return [None, "zzz"]


def spoils(bench: Spoiled, rng: random.Random) -> Iterator[Spoil]:
    """Each statement by whoever may lift or acts, left out and made worse; of those that say the same of several values one, drawn."""
    by: dict[tuple[str, str, str], list[Recorded]] = {}
    for one in bench.told:
        said = one.statement
        if said.publisher != sid("paper") and (said.subject, said.property) not in SEATS:
            by.setdefault((said.type, said.subject, said.property), []).append(one)
    for (type, _, name), many in sorted(by.items()):
        known = types.property_of(type, name)
        if known is None or (type, name) in CHARGE:
            continue
        one = rng.choice(sorted(many, key=lambda each: each.id))
        for value in worse(one, known, rng):
            said = None if value is None else again(one, value=value)
            others = [again(one, property=each) for each in ALIKE.get(name, ()) if types.property_of(type, each)]
            yield Spoil(f"{type}.{name}", value, {one.id: said}, [one, *others])
    for type in sorted({one.statement.type for one in bench.told if one.statement.valid_until}):
        until = [one for one in bench.told if one.statement.type == type and one.statement.valid_until]
        yield Spoil(f"{type}.valid_until", None, {one.id: again(one, valid_until=None) for one in until}, until)


def again(one: Recorded, **changed: str | None) -> Recorded:
    return msgspec.structs.replace(one, statement=msgspec.structs.replace(one.statement, **changed))


def says(one: Recorded, owner: str, standing: Standing) -> moles.Mole:
    mole = moles.again(one, owner)
    return moles.Mole(owner, msgspec.structs.replace(mole.said, standing=standing))


def test_no_value_that_somebody_adds_mends_a_lift(bench: Spoiled) -> None:
    whole = lifted(bench.told_by({}, []))
    assert whole == set(ASKED)
    mended: list[tuple[str, str | None, str, str]] = []
    needed: set[str] = set()
    every = list(spoils(bench, random.Random(SEED)))
    for spoil in every if FULL else [one for at, one in enumerate(every) if at % 4 == 0 or one.of in NEEDED]:
        gone = sorted(whole - lifted(bench.told_by(spoil.kept, [])))
        if not gone:
            continue
        needed.add(spoil.of)
        for who in (STRANGERS, (("ministry", Standing.CONFIRMED),)):
            # Whose own act it was may say it again: a State that ends its halt.
            others = [(one, *voice) for one in spoil.mends for voice in who if sid(voice[0]) != one.statement.publisher]
            added = [says(one, owner, standing) for one, owner, standing in others]
            found = sorted({name for name, _ in lifted(bench.told_by(spoil.kept, added), gone)})
            mended += [(spoil.of, spoil.value, who[0][0], name) for name in found if (who[0][0], name) not in THEIRS]
    assert mended == []
    assert needed >= NEEDED
    assert len(needed) > (100 if FULL else 40)
