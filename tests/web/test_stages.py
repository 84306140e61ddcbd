"""No page, title, map, feed, picture, JSON or file states a higher stage than its statement, whatever the statements say.

The statements of the example are published anew with every stage set to one value, and all addresses are looked at beside those
of a register that holds none of these records: what is said more of a stage must be the stage that was stated, or a lower one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.procedures.registry import all_procedures
from sousveil.register.model import Stance, Standing, Statement
from sousveil.register.register import Register
from sousveil.register.views.reading import STAGES
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from sousveil.web.static_site import addresses
from tests.register.maker import OpenGate, tell
from tests.web.client import ask
from tests.web.routes import everything

pytestmark = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True, scope="session")  # words are the same

CLIENT = {
    "reported": r"reported[ -](?:as a )?clients?|is a reported client",
    "confirmed": r"confirmed clients?",
}
INCIDENT = {"targeted": r"targeted(?! surveillance)", "infected": r"infected"}
"""Stage -> the words in which people read it. “Targeted surveillance” is the letter's word for the whole matter."""
CODES = r'"(?:stage|client_stage|clientStage|role)":"(%s)"'
"""In JSON a stage is a code; so it is where a map or a facet counts."""
EXPLAINED = (
    "Confirmed clients",
    "Reported clients",
    "Somebody was selected, targeted or infected. These are three different things, and no page says more than the source does.",
)
"""Headings of columns that count, which stand there where the count is none; and what a kind of record is."""


def published(folder: Path, statements: list[Statement]) -> Register:
    """A register of these statements."""
    # One key says all: order and own acts are not what is tested.
    made = Register.init(folder, title="Stages (invented)", origin="stages.example/log", example=True, gate=OpenGate())
    tell(made, statements)
    return made


def changed(one: Statement, stages: dict[str, str], standing: Standing | None) -> Statement:
    """A statement with its stage set."""
    if one.property not in STAGES.get(one.type, ()):
        return one
    value = stages["incident" if (one.type, one.property) == ("AbuseIncident", "stage") else "client"]
    return msgspec.structs.replace(one, value=value, original=None, standing=standing or one.standing)


@pytest.fixture(scope="module")
def told(made_example: Path) -> list[Statement]:
    """What the example says and nobody took back, no allegation and nothing about a person: those are held."""
    with Register.open(made_example) as register:
        found = [
            one.statement
            for one in register.store.iter_statements()
            if one.retracted is None and one.superseded_by is None and one.statement.stance is Stance.ASSERTS
        ]
    kept = [msgspec.structs.replace(one, supersedes=None) for one in found if not one.person and one.type != "Person"]
    return [
        one if one.standing is not Standing.ALLEGED else msgspec.structs.replace(one, standing=Standing.REPORTED)
        for one in kept
    ]


@pytest.fixture(scope="module")
def bare(told: list[Statement], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outer]:
    """Without any record that has a stage."""
    folder = tmp_path_factory.mktemp("bare") / "register"
    with published(folder, [one for one in told if one.type not in STAGES]) as register:
        yield Outer(Site(register), keep=False)


def looked_at(app: Outer) -> list[str]:
    """Every address of the static copy, the same as JSON, and what is asked of a running register."""
    single = {f"statements/{one.id}" for one in app.site.store.iter_statements() if one.statement.type not in STAGES}
    site = [f"/{one}" for one in addresses(app.site) if not one.endswith((".css", "receipt.txt")) and one not in single]
    pages = [one for one in site if not one.endswith(".atom")]
    asked = [one for one in everything(app) if len(one) < 300 and "/log/" not in one]
    bulk = [f"/bulk/procedures/{name}.{form}" for name in all_procedures() for form in ("jsonl", "csv")]
    return list(
        dict.fromkeys([*site, *(f"/api/v1{one}" if one != "/" else "/api/v1/home" for one in pages), *asked, *bulk])
    )


def said(text: str, values: list[str], higher: str) -> Counter[str]:
    """The words of a higher stage in an answer, without what statements themselves say."""
    text = re.sub(r'"(?:value|stage)":"\w+"|<code>\w+</code>', " ", text)  # as stated; its standing is beside it
    for value in values:
        text = text.replace(value, " ")
    for one in EXPLAINED:
        text = text.replace(one, " ")
    plain = re.sub(r"<[^>]+>", " ", re.sub(r'="([^"]*)"', r" \1 ", text))
    return Counter(one.lower() for one in re.findall(rf"\b(?:{higher})\b", re.sub(r"\s+", " ", plain), re.I))


CASES = {
    "lowest": ({"client": "potential", "incident": "selected"}, None),
    "middle": ({"client": "reported", "incident": "targeted"}, None),
    "highest, by report": ({"client": "confirmed", "incident": "infected"}, Standing.REPORTED),
}


@pytest.mark.parametrize("name", CASES)
def test_no_answer_states_a_higher_stage(told: list[Statement], bare: Outer, tmp_path: Path, name: str) -> None:
    stages, standing = CASES[name]
    values = sorted({one.value for one in told if len(one.value) > 12}, key=len, reverse=True)
    patterns = {
        "lowest": [*CLIENT.values(), *INCIDENT.values()],
        "middle": [CLIENT["confirmed"], INCIDENT["infected"]],
        "highest, by report": [CLIENT["confirmed"], r"(?<!reported as )infected"],
    }[name]
    codes = {
        "lowest": "reported|confirmed|targeted|infected",
        "middle": "confirmed|infected",
        "highest, by report": "",
    }[name]
    found: dict[str, object] = {}
    with published(tmp_path / "register", [changed(one, stages, standing) for one in told]) as register:
        app = Outer(Site(register), keep=False)
        all_addresses = looked_at(app)
        assert len(all_addresses) > 500
        for address in all_addresses:
            got, higher = ask(app, address).text, "|".join(patterns)
            more = said(got, values, higher)
            if codes:
                more += Counter(re.findall(CODES % codes, got))
            if more:
                base = ask(bare, address).text
                more -= said(base, values, higher)
                if codes:
                    more -= Counter(re.findall(CODES % codes, base))
            if +more:
                found[address] = dict(+more)
    assert found == {}
