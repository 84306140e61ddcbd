"""Whose word screening takes: what others add to an entity, a holding or a listing hides nobody and speaks in nobody's name."""

from __future__ import annotations

import itertools

import pytest

from sousveil.register.model import Recorded, Standing, Statement
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.score import Query
from sousveil.register.screening import Screener
from tests.register.maker import said

LISTED = "sv-" + "e" * 24
MAKER, OWNER, RIVAL, TIE, LISTING = ("sv-" + one * 24 for one in "abcd9")
_numbers = itertools.count()


def row(**more: object) -> ReferenceRow:
    fields: dict[str, object] = {
        "id": LISTED,
        "dataset": "us-ofac-sdn",
        "type": "Company",
        "caption": "Positive Tekhnologii AO",
        "names": ("Positive Tekhnologii AO",),
        "countries": ("ru",),
    }
    return ReferenceRow(**{**fields, **more})  # type: ignore[arg-type]


def one(subject: str, type: str, property: str, value: str, by: str = "First", **more: object) -> Recorded:
    statement: Statement = said(subject, type, property, value, publisher=by, **{"standing": Standing.REPORTED, **more})
    return Recorded(id=f"{next(_numbers):064x}", recorded=5, statement=statement)


def hits(statements: list[Recorded], query: Query, rows: list[ReferenceRow] | None = None) -> list[tuple[str, float]]:
    return [(hit.name, hit.score) for hit in Screener.build(statements, rows or []).found(query).hits]


QUERIES = [
    Query(name="Positive Tekhnologii AO", kind="company", country="ru"),
    Query(name="Positive Technologies", kind="company", country="ru", dates=("2002",)),
    Query(name="Positive Tekhnologii", country="ru", identifiers={"innCode": "7718668887"}),
    Query(name="Positive Tekhnologii AO"),
]
STRANGE = [
    one(LISTED, "SurveillanceProduct", "name", "Intellexa", "Mole"),
    one(LISTED, "Person", "name", "Intellexa", "Mole"),
    one(LISTED, "Company", "country", "jp", "Mole"),
    one(LISTED, "Company", "incorporationDate", "1950", "Mole"),
    one(LISTED, "Company", "innCode", "1", "Mole"),
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda one: f"{one.statement.type}.{one.statement.property}")
@pytest.mark.parametrize("bare", [False, True])
def test_no_word_of_a_stranger_hides_who_is_on_a_list(strange: Recorded, bare: bool) -> None:
    listed = row(countries=(), names=()) if bare else row()
    for query in QUERIES:
        before, after = hits([], query, [listed]), hits([strange], query, [listed])
        assert before
        assert after == before, query
        assert Screener.build([strange], [listed]).found(query).hits[0].type == "Company"


NUMBERED = Query(name="Nordlicht Technik GmbH", identifiers={"registrationNumber": "CA-10447"})


def company(*more: Recorded) -> list[Recorded]:
    return [
        one(MAKER, "Company", "name", "Glasmoth Systems Ltd"),
        one(MAKER, "Company", "country", "xb"),
        one(MAKER, "Company", "registrationNumber", "CA-10447"),
        *more,
    ]


def test_a_second_number_takes_the_first_from_nobody() -> None:
    strange = [
        one(MAKER, "Company", "registrationNumber", "XX-1", "Mole"),
        one(MAKER, "Company", "country", "jp", "Mole"),
    ]
    assert hits(company(*strange), NUMBERED) == hits(company(), NUMBERED) == [("Glasmoth Systems Ltd", 0.98)]
    other = Query(name="Glasmoth Systems Ltd", country="jp", identifiers={"registrationNumber": "XX-1"})
    assert hits(company(*strange), other) == [("Glasmoth Systems Ltd", 1.0)]  # and what others add fits, too
    assert hits(company(), other) == []


def holding(*more: Recorded) -> list[Recorded]:
    return [
        *company(),
        one(OWNER, "Company", "name", "Fernhill Holding SA"),
        one(RIVAL, "Company", "name", "Rival Ltd"),
        one(TIE, "Ownership", "owner", OWNER),
        one(TIE, "Ownership", "asset", MAKER),
        one(TIE, "Ownership", "percentage", "60"),
        *more,
    ]


def above(statements: list[Recorded]) -> list[tuple[str, str | None, str | None]]:
    found = Screener.build(statements).found(Query(name="Glasmoth Systems Ltd")).hits[0]
    return [(step.name, step.percentage, step.until) for path in found.path for step in path]


@pytest.mark.parametrize(
    "strange",
    [
        one(TIE, "Ownership", "owner", MAKER, "Glasmoth"),
        one(TIE, "Ownership", "owner", RIVAL, "Rival"),
        one(TIE, "Ownership", "percentage", "1", "Glasmoth"),
        one(TIE, "Ownership", "endDate", "2019-01-01", "Glasmoth"),
    ],
    ids=["itself", "somebody else", "share", "end"],
)
def test_nobody_takes_an_owner_out_of_a_record(strange: Recorded) -> None:
    assert above(holding(strange)) == [("Fernhill Holding SA", "60", None)]


def test_who_tells_of_both_ends_tells_of_a_holding() -> None:
    more = [
        one(TIE, "Ownership", "owner", RIVAL, "Paper"),
        one(TIE, "Ownership", "asset", MAKER, "Paper"),
        one(TIE, "Ownership", "endDate", "2020", "Paper"),
    ]
    assert above(holding(*more)) == [("Fernhill Holding SA", "60", None), ("Rival Ltd", None, "2020")]


def test_what_is_on_a_list_is_told_as_the_list_tells_it() -> None:
    listing = [
        one(LISTING, "Sanction", "entity", MAKER, "Calder Export Office"),
        one(LISTING, "Sanction", "program", "Calder entity list", "Calder Export Office"),
    ]
    strange = [
        one(LISTING, "Sanction", "endDate", "2024-06-30", "Glasmoth"),
        one(LISTING, "Sanction", "program", "List of the good", "Glasmoth"),
        one(LISTING, "Sanction", "entity", RIVAL, "Glasmoth"),
    ]

    def about(statements: list[Recorded], name: str) -> tuple[str, ...]:
        return Screener.build(holding(*statements)).found(Query(name=name)).hits[0].about

    plain = about(listing, "Glasmoth Systems Ltd")
    assert "Calder entity list" in plain[0]
    assert about([*listing, *strange], "Glasmoth Systems Ltd") == plain
    assert about([*listing, *strange], "Rival Ltd") == about([], "Rival Ltd")


def test_whoever_names_the_other_end_tells_of_it_with_the_first() -> None:
    told = [
        one(OWNER, "Company", "name", "Fernhill Holding SA"),
        *company(),
        one(TIE, "Ownership", "asset", MAKER),
        one(TIE, "Ownership", "owner", OWNER, "Registry"),
        one(TIE, "Ownership", "percentage", "60", "Registry"),
    ]
    assert above(told) == [("Fernhill Holding SA", "60", None)]


@pytest.mark.parametrize("type", ["SurveillanceProduct", "Person"])
def test_who_calls_it_something_else_first_hides_no_company(type: str) -> None:
    first = [one(MAKER, type, "name", "Novotrace Holding", "Mole")]
    later = [one(MAKER, "Company", "name", "Novotrace Holding"), one(MAKER, "Company", "country", "xb")]
    for kind in ("company", None):
        assert hits([*first, *later], Query(name="Novotrace Holding", kind=kind))[0] == ("Novotrace Holding", 1.0)
    assert [name for name, _ in hits(first, Query(name="Novotrace Holding", kind="company"))] == []


@pytest.mark.parametrize("type", ["SurveillanceProduct", "Person"])
def test_who_calls_it_something_else_first_makes_it_no_more_alike(type: str) -> None:
    """How alike two words are hangs on whether somebody bears the other: of companies, where it was found among companies."""
    told = [one(OWNER, "Company", "name", "Signel Quay"), one(MAKER, "Company", "name", "Orbis Marsh Signal")]
    first = one(MAKER, type, "name", "Orbis Marsh Signal", "Mole")
    query = Query(name="Orbis Marsh Signel", kind="company")
    assert hits([first, *told], query) == hits(told, query) == [("Orbis Marsh Signal", 0.875)]


def test_what_others_tell_before_of_a_record_is_not_told_with_its_ends() -> None:
    """A bidder may know the id under which a holding will be told."""
    before = [one(TIE, "Ownership", "endDate", "2010", "Mole"), one(TIE, "Ownership", "percentage", "1", "Mole")]
    names = [one(OWNER, "Company", "name", "Fernhill Holding SA"), *company()]
    ends = [one(TIE, "Ownership", "asset", MAKER, "Registry"), one(TIE, "Ownership", "owner", OWNER, "Registry")]
    assert above([*names, *before, *ends]) == [("Fernhill Holding SA", None, None)]
    assert above([*names, *before, one(TIE, "Ownership", "asset", MAKER, "Mole"), *ends]) == [
        ("Fernhill Holding SA", None, None)
    ]
    apart = [one(TIE, "Ownership", "asset", MAKER, "Paper"), one(TIE, "Ownership", "owner", OWNER, "Registry")]
    assert above([*names, *before, *apart]) == [("Fernhill Holding SA", None, None)]
