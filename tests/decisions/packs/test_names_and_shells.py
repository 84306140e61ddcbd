"""Two hundred ways to write or to hide a blocked supplier, product or end user: none gets a milder answer than the original."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.model import Answer, Question, Verdict
from sousveil.decisions.packs import names
from tests.decisions.rig import DAY, Rig, ask, judged, rigged, sid
from tests.profiles import examples

SUPPLIERS = {
    "vireo": "Vireo Systems Ltd",
    "morrow": "Morrow Interception GmbH",
    "heron": "Grey Heron Technologies SA",
    "ostrel": "Ostrel Trading FZE",
    "kestrel": "Kestrel Wolfram Solutions LLC",
}
BODIES = {"ministry": "Ministry of the Interior of Averna", "bureau": "Bureau of Harbour Security"}
PRODUCTS = {"lens": "Vireo Lens", "nightjar": "Nightjar Remote"}
SEVERITY = [Verdict.NO_RULE_BLOCKS, Verdict.INSUFFICIENT_INFORMATION, Verdict.BLOCKED_UNLESS, Verdict.BLOCKED]
CYRILLIC = str.maketrans("abcdefghiklmnoprstuvwyz", "абцдефгхиклмнопрстувыйз".replace("ый", "уы")[:23])
LISTS = ("us-lists",)
EVERY = tuple(names())
CASES = 200
FORMS = ("Ltd", "GmbH", "SA", "FZE", "LLC")


def variants(name: str, rng: random.Random) -> Iterator[str]:
    """Spellings of a name: case, form, spaces, marks, slips, another script."""
    bare = name.rsplit(" ", 1)[0] if name.rsplit(" ", 1)[1] in FORMS else name
    yield from (name.upper(), name.lower(), bare, name + ".", f"  {name}  ", name.replace(" ", "  "), f"“{name}”")
    yield from (bare.replace(" ", ""), bare.replace(" ", "-"), f"The {bare}", f"{bare} International", f"{bare} Group")
    yield bare.lower().translate(CYRILLIC)
    yield "".join(one + "\u0301" if one in "aeo" else one for one in name)
    for _ in range(examples(40)):
        at = rng.randrange(1, len(bare) - 1)
        yield rng.choice(
            (
                bare[:at] + bare[at + 1 :],
                bare[:at] + bare[at] + bare[at:],
                bare[:at] + bare[at + 1] + bare[at] + bare[at + 2 :],
                bare[:at] + rng.choice("aeiou") + bare[at + 1 :],
            )
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Compiled]]:
    with rigged(tmp_path_factory.mktemp("names")) as rig:
        blocked(rig)
        yield rig, rig.world()


def blocked(rig: Rig) -> None:
    """Every supplier and end user is listed and served an abuser, or abused."""
    for key, name in SUPPLIERS.items():
        if key != "vireo":
            rig.say(key, type="Company", name=name, country="xa")
        rig.say(f"sdn-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}", program="SDN")
        rig.say(f"el-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}", program="Entity List",
                listingDate="2019")  # fmt: skip
        rig.say(f"client-{key}", type="ClientClaim", by="paper", standing="reported", client="@ministry",
                vendor=f"@{key}", stage="reported")  # fmt: skip
    rig.say("plain", type="Company", name="Quokka Optics Ltd", country="xa")
    rig.say("town", type="PublicBody", name="Wexley Town Hall", country="xb")
    rig.say("glass", type="SurveillanceProduct", name="Wide Glass", vendor="@plain", category="intrusion")
    rig.say("bureau", type="PublicBody", name=BODIES["bureau"], country="xb")
    rig.say("nightjar", type="SurveillanceProduct", name=PRODUCTS["nightjar"], vendor="@morrow", category="intrusion")
    for key in BODIES:
        rig.say(f"sdn-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}", program="SDN")
        rig.say(f"el-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}", program="Entity List",
                listingDate="2019")  # fmt: skip
        rig.say(f"case-{key}", type="AbuseIncident", by="paper", standing="reported", name="A case", stage="infected",
                product="@lens", client=f"@{key}", clientStage="reported", date="2023-01")  # fmt: skip


def severities(answer: Answer) -> dict[str, int]:
    """Pack -> how severe its verdict is."""
    return {one.pack: SEVERITY.index(one.verdict) for one in answer.packs}


def severity(answer: Answer, pack: str) -> int:
    return SEVERITY.index(next(one.verdict for one in answer.packs if one.pack == pack))


def spellings() -> list[tuple[str, str, str]]:
    """Role, key, how it is written: `CASES` of them, the same each time."""
    rng = random.Random(20210727)
    found: list[tuple[str, str, str]] = []
    for role, table in (("supplier", SUPPLIERS), ("via", SUPPLIERS), ("end_user", BODIES), ("product", PRODUCTS)):
        for key, name in table.items():
            found += [(role, key, one) for one in dict.fromkeys(variants(name, rng)) if one != name]
    rng.shuffle(found)
    assert len(found) >= CASES
    return found[:CASES]


def asked(action: str, role: str, name: str) -> Question:
    """A question in which nothing is on file against anybody but who stands in this role."""
    plain: dict[str, Any] = {"supplier": sid("plain"), "end_user": sid("town"), "product": sid("glass")}
    plain[role] = (name,) if role == "via" else name
    return ask(action, **plain, packs=EVERY)


LISTED = {"supplier": 1, "via": 2, "end_user": 2, "product": 1}
"""How severe `us-lists` is where somebody listed is told by id: who is nobody there gets 1, so that the roles with 2 would show it."""


def milder(known: Compiled, action: str) -> list[tuple[str, str, dict[str, int]]]:
    """The spellings for which a pack is milder than for the original, with what it comes to."""
    originals: dict[tuple[str, str], dict[str, int]] = {}
    found = []
    for role, key, text in spellings():
        original = originals.get((role, key))
        if original is None:
            original = originals[role, key] = severities(judged(known, asked(action, role, sid(key))))
            if action == "sale":
                assert (original["letter-2021"], original["us-lists"]) == (3, LISTED[role]), (role, key)
        now = severities(judged(known, asked(action, role, text)))
        if less := {name: now[name] for name in now if now[name] < original[name]}:
            found.append((role, text, less))
    return found


@pytest.mark.parametrize("action", ["sale", "use"])
def test_no_spelling_is_milder(world: tuple[Rig, Compiled], action: str) -> None:
    """In each pack, also where the original itself is not blocked."""
    assert milder(world[1], action) == []


def test_each_spelling_is_resolved_or_has_the_original_among_its_candidates(world: tuple[Rig, Compiled]) -> None:
    _, known = world
    resolved = told = 0
    for role, key, text in spellings():
        question = asked("sale", role, text)
        answer = judged(known, question)
        party = next(one for one in known.deal(question).parties if one.role == role)
        if party.id is None:
            told += sid(key) in party.candidates
            assert [one.rule for one in answer.undecided if one.rule == "names"] == (
                [] if party.candidates else ["names"]
            ), (role, text)
        else:
            assert party.id == sid(key), (role, text)
            assert severities(answer) == severities(judged(known, asked("sale", role, sid(key)))), (role, text)
            resolved += 1
    assert resolved > 40 and told > 90, (resolved, told)


SHELLS: dict[str, dict[str, str | list[str]]] = {
    "owned": {"type": "Ownership", "owner": "@{old}", "asset": "@{new}", "percentage": "100"},
    "owned in part": {"type": "Ownership", "owner": "@{old}", "asset": "@{new}", "percentage": "30"},
    "controlled": {"type": "Ownership", "owner": "@{old}", "asset": "@{new}", "interest": "appointmentOfBoard"},
    "nominee": {
        "type": "Ownership",
        "owner": "@front",
        "asset": "@{new}",
        "nomineeFor": "@{old}",
        "interest": "nominee",
    },
    "run by": {"type": "Directorship", "director": "@{old}", "organization": "@{new}"},
    "same officer": {"type": "Directorship", "director": "@front", "organization": ["@{old}", "@{new}"]},
    "same owner": {"type": "Ownership", "owner": "@front", "asset": ["@{old}", "@{new}"], "percentage": "60"},
    "renamed": {"type": "Succession", "predecessor": "@{old}", "successor": "@{new}"},
    "agent": {"type": "Representation", "agent": "@{new}", "client": "@{old}", "role": "reseller"},
    "owner": {"type": "Ownership", "owner": "@{new}", "asset": "@{old}", "percentage": "80"},
}
"""Ways in which a new company may be a blocked one."""


def named(value: str | list[str]) -> str | list[str]:
    return (
        [one.format(old="old", new="new") for one in value]
        if isinstance(value, list)
        else value.format(old="old", new="new")
    )


@pytest.mark.parametrize("how", SHELLS)
def test_a_new_shell_is_not_milder(tmp_path: Path, how: str) -> None:
    with rigged(tmp_path) as rig:
        rig.say("old", type="Company", name="Morrow Interception GmbH", country="xa")
        rig.say("sdn", type="Sanction", by="paper", standing="reported", entity="@old", program="SDN")
        rig.say("client", type="ClientClaim", by="paper", standing="reported", client="@ministry", vendor="@old",
                stage="reported")  # fmt: skip
        rig.say("case", type="AbuseIncident", by="paper", standing="reported", name="A case", stage="infected",
                product="@lens", client="@ministry", clientStage="reported", date="2023-01")  # fmt: skip
        rig.say("new", type="Company", name="Clearwater Advisory Ltd", country="xa")
        link = {name: named(value) for name, value in SHELLS[how].items()}
        rig.say("link", by="paper", standing="reported", **link)  # type: ignore[arg-type]
        packs = (*LISTS,)
        original = judged(rig.world(), ask("sale", supplier=sid("old"), product=sid("lens"), packs=packs))
        answer = judged(rig.world(), ask("sale", supplier=sid("new"), product=sid("lens"), packs=packs))
        assert severity(answer, "letter-2021") >= severity(original, "letter-2021") == 3
        assert {"L21-j-2x"} <= {one.rule for one in answer.reasons}
        assert severity(answer, "us-lists") == severity(original, "us-lists") == 1
        facts = [fact for one in answer.undecided if one.rule == "SDN-1" for fact in one.facts]
        assert facts and all(fact.source.startswith("https://paper.example/") for fact in facts)


def test_every_pack_answers_for_a_name_of_nobody(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        answer = rig.judge("sale", supplier="Nobody At All plc", packs=tuple(names()), as_of=DAY)
        assert answer.verdict is Verdict.BLOCKED
        assert next(one.verdict for one in answer.packs if one.pack == "us-lists") is not Verdict.NO_RULE_BLOCKS
