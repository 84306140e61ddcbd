"""Where to turn: paths and barriers by home and host State, and nothing taken for open that nobody has told of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec
import pytest

from sousveil.decisions.views.responsibility import barrier_stands, path_opens
from sousveil.errors import Malformed
from sousveil.register.codes import RetractReason
from sousveil.register.model import Stance, Standing, Statement
from sousveil.register.register import Register
from sousveil.register.views import remedy
from sousveil.register.views.remedy import RemedyPlace, RemedyView
from tests.register.maker import key_of
from tests.register.maker import tell as published
from tests.register.views import maker
from tests.register.views.maker import WATCH, id_of, said

TODAY = "2024-06-01"
remedy_view = partial(remedy.remedy_view, stands=barrier_stands, opens=path_opens)


def path(name: str, country: str, kind: str, status: str = "", **more: str) -> list[Statement]:
    values = {"name": name, "country": country, "pathKind": kind, "status": status, **more}
    return [said(name, "RemedyPath", key, value) for key, value in values.items() if value]


def tell(register: Register) -> None:
    published(
        register,
        [
            *path("High Court", "xb", "court", "open", against="host", startDate="2020"),
            *path("Ombudsperson", "xb", "ombudsman", "open"),
            *path("Old Court", "xb", "court", "open", startDate="2001", endDate="2010"),
            *path("Contact Point", "xa", "national-contact-point", "barred", against="home"),
            said("Council", "PublicBody", "name", "Council of the Marsh"),
            said("Council", "PublicBody", "country", "xc"),
            said("Board", "RemedyPath", "name", "Board of the Marsh"),
            said("Board", "RemedyPath", "pathKind", "regulator"),
            said("Board", "RemedyPath", "body", maker.eid("Council")),
            said("Republic", "PublicBody", "name", "Republic of the Delta"),
            said("Republic", "PublicBody", "country", "xb"),
            said("Immunity", "RemedyBarrier", "state", maker.eid("Republic")),
            said("Immunity", "RemedyBarrier", "barrierKind", "immunity"),
            said("Immunity", "RemedyBarrier", "status", "in-force", by=WATCH, standing=Standing.CONFIRMED),
            said("Limit", "RemedyBarrier", "state", maker.eid("Republic")),
            said("Limit", "RemedyBarrier", "barrierKind", "time-limit"),
            said("Limit", "RemedyBarrier", "status", "reformed"),
            said("Limit", "RemedyBarrier", "endDate", "2024-06-01"),
            said("Cost", "RemedyBarrier", "state", maker.eid("Republic")),
            said("Cost", "RemedyBarrier", "barrierKind", "cost"),
            said("Cost", "RemedyBarrier", "status", "reformed"),
            said("Cost", "RemedyBarrier", "endDate", "2024-06-02"),
        ],
    )


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    with maker.make(tmp_path_factory.mktemp("remedy") / "invented", tell) as made:
        yield made


def short(place: RemedyPlace | None) -> object:
    assert place is not None
    return (
        [(one.ref.caption, one.kind, one.status, one.state) for one in place.judicial],
        [(one.ref.caption, one.kind, one.status, one.state) for one in place.other],
        sorted((one.kind, one.status, one.standing) for one in place.barriers),
        (place.open_judicial, place.open_other, place.barred),
    )


def test_a_pair_of_states(register: Register) -> None:
    found = remedy_view(register.store, "xa", "XB", today=TODAY)
    assert msgspec.json.decode(msgspec.json.encode(found), type=RemedyView) == found
    assert short(found.home) == ([], [("Contact Point", "national-contact-point", "barred", "unknown")], [], (0, 0, 0))
    courts, other, barriers, counts = short(found.host)  # type: ignore[misc]
    assert sorted(courts) == [("High Court", "court", "open", "unknown"), ("Old Court", "court", "open", "ended")]
    assert other == [("Ombudsperson", "ombudsman", "open", "unknown")]
    assert barriers == [
        ("cost", "reformed", "reported"),
        ("immunity", "in-force", "confirmed"),
        ("time-limit", "reformed", "reported"),
    ]
    assert counts == (1, 1, 2), "what is to be reformed tomorrow bars today"
    tomorrow = remedy_view(register.store, None, "xb", today="2024-06-02").host
    assert tomorrow is not None and tomorrow.barred == 1
    assert sorted((one.code, one.paths, one.barriers) for one in found.countries) == [
        ("xa", 1, 0),
        ("xb", 3, 3),
        ("xc", 1, 0),
    ]


def test_what_helps_on_the_other_side_alone_is_marked_and_counted_apart(register: Register) -> None:
    """A court against the State of use is no path against a company that sits there, and is not denied either: who asks may not know
    where the company sits. One of which no side is told is both."""
    turned = remedy_view(register.store, "xb", "xa", today=TODAY)
    home, host = turned.home, turned.host
    assert home is not None and host is not None
    assert [(one.ref.caption, one.only) for one in home.judicial] == [("Old Court", ""), ("High Court", "host")]
    assert [(one.ref.caption, one.only) for one in home.other] == [("Ombudsperson", "")]
    assert (home.open_judicial, home.open_other, home.apart_judicial, home.apart_other) == (0, 1, 1, 0)
    assert host.judicial == []
    assert [(one.ref.caption, one.only, one.status) for one in host.other] == [("Contact Point", "home", "barred")]
    assert (host.open_judicial, host.open_other, host.apart_judicial, host.apart_other) == (0, 0, 0, 0)
    own = remedy_view(register.store, "xa", "xb", today=TODAY)
    assert own.home is not None and own.host is not None
    assert [one.only for one in own.home.other] == ["home"]
    assert (own.host.open_judicial, own.host.apart_judicial) == (1, 0)


def test_the_state_may_be_that_of_the_body(register: Register) -> None:
    (row,) = remedy_view(register.store, None, "xc", today=TODAY).host.other  # type: ignore[union-attr]
    assert (row.ref.caption, row.status, row.status_words, row.standing_words) == (
        "Board of the Marsh",
        "",
        "not told",
        "",
    )


def test_nobody_told_of_anything(register: Register) -> None:
    found = remedy_view(register.store, "de", None, today=TODAY)
    assert found.host is None and short(found.home) == ([], [], [], (0, 0, 0))


@pytest.mark.parametrize("text", ["zzz", "<b>", "x" * 80])
def test_what_is_no_country(register: Register, text: str) -> None:
    with pytest.raises(Malformed) as refused:
        remedy_view(register.store, text, "xb")
    assert (refused.value.message, refused.value.hint) == (
        f"“{text[:40]}” is no country that is known here.",
        "Write its name in English, or its two-letter code.",
    )


def test_what_leaves_less_open_counts_and_a_retraction_gives_it_back(register: Register) -> None:
    before = remedy_view(register.store, None, "xb", today=TODAY).host
    size = register.store.size()
    published(register, [said("High Court", "RemedyPath", "status", "barred", by=WATCH)])
    barred = remedy_view(register.store, None, "xb", today=TODAY).host
    assert barred is not None and barred.open_judicial == 0
    assert remedy_view(register.store, None, "xb", known_at=size - 1, today=TODAY).host == before
    wrong = [
        one.id for one in register.store.statements_of([maker.eid("High Court")]) if one.statement.value == "barred"
    ]
    register.retract(wrong, key_of(register, WATCH), RetractReason.WRONG)
    after = remedy_view(register.store, None, "xb", today=TODAY).host
    assert after is not None and after.open_judicial == 1


def test_a_denial_stands_beside(register: Register) -> None:
    told = id_of(register, "Immunity", "status")
    published(
        register,
        [
            said(
                "Immunity",
                "RemedyBarrier",
                "status",
                "in-force",
                by="Republic of the Delta",
                stance=Stance.DENIES,
                supersedes=told,
            )
        ],
    )
    place = remedy_view(register.store, None, "xb", today=TODAY).host
    assert place is not None
    row = next(one for one in place.barriers if one.kind == "immunity")
    answers = [answer.publisher for one in row.properties for claim in one.claims for answer in claim.answers]
    assert answers == ["Republic of the Delta"] and place.barred == 2
