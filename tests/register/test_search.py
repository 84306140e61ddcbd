"""The same search on both engines: every script, slips, facets, highlights; it follows the store, and forgets."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.errors import Usage
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.model import entity_id
from sousveil.register.search import Document, Found, Highlight, Results, Search
from sousveil.register.search.words import folded
from tests.register import maker
from tests.register.maker import private, published, said

DOCUMENTS = (
    Document(id="a", members=("a",), type="Company", names=("Acme Interception Ltd", "אקמה"), countries=("il",),
             datasets=("one",), standings=("reported",), texts=("Sells a system called Nightjar to customers.",)),
    Document(id="b", members=("b", "b2"), type="Company", names=("Пегас Системы",), countries=("ru", "cy"),
             datasets=("one", "two"), standings=("confirmed", "alleged")),
    Document(id="c", members=("c",), type="SurveillanceProduct", names=("Nightjar",), datasets=("two",),
             standings=("reported",)),
    Document(id="d", members=("d",), type="Company", names=("中国航天三江集团", "N.S.O. Example"), countries=("cn",),
             datasets=("two",), standings=("reported",)),
)  # fmt: skip


@pytest.fixture(params=["tantivy", "fts5"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine."""
    if request.param == "tantivy":
        pytest.importorskip("tantivy")
    return str(request.param)


@pytest.fixture
def search(engine: str, tmp_path: Path) -> Search:
    """Over the documents above."""
    found = Search.open(tmp_path / "search", engine=engine)  # type: ignore[arg-type]
    assert found.fill(DOCUMENTS) == 4
    return found


def ids(results: Results) -> list[str]:
    """Ids in their order."""
    return [one.id for one in results.hits]


def test_a_page_is_whole(search: Search) -> None:
    results = search.query("interception")
    assert results == Results(
        total=1,
        hits=(
            Found(
                id="a",
                name="Acme Interception Ltd",
                type="Company",
                countries=("il",),
                datasets=("one",),
                standings=("reported",),
                score=results.hits[0].score,
                highlights=(Highlight(parts=(("Acme ", False), ("Interception", True), (" Ltd", False))),),
            ),
        ),
        facets={
            "type": (("Company", 1),),
            "country": (("il", 1),),
            "dataset": (("one", 1),),
            "standing": (("reported", 1),),
        },
        about=False,
        page=1,
        size=20,
        tolerant=False,
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nightjar", ["c", "a"]),  # in the name before in the text
        ("Pegas", ["b"]),
        ("пегас системы", ["b"]),
        ("sistemy", ["b"]),
        ("אקמה", ["a"]),
        ("航天", ["d"]),
        ("nso", ["d"]),
        ("N S O", ["d"]),
        ("inter", ["a"]),  # begun
        ("acme nightjar", ["a"]),
        ("acme pegas", []),
        ("…", []),
        ('" OR name:*', []),
    ],
)
def test_words_in_every_script(search: Search, text: str, wanted: list[str]) -> None:
    results = search.query(text)
    assert ids(results) == wanted
    assert not (results.hits and results.tolerant)


@pytest.mark.parametrize(
    ("text", "wanted"), [("nihgtjar", ["c"]), ("intercaption", ["a"]), ("Пегаз", ["b"]), ("zzzzzz", [])]
)
def test_slips_are_forgiven_when_nothing_else_is_found(search: Search, text: str, wanted: list[str]) -> None:
    results = search.query(text)
    assert results.tolerant
    assert ids(results) == wanted
    if wanted:
        assert any(marked for one in results.hits[0].highlights for _, marked in one.parts)


def test_facets_count_and_choose(search: Search) -> None:
    everything = search.query("")
    assert (everything.total, sorted(ids(everything))) == (4, ["a", "b", "c", "d"])
    assert everything.facets["type"] == (("Company", 3), ("SurveillanceProduct", 1))
    assert dict(everything.facets["dataset"]) == {"one": 2, "two": 3}
    assert sorted(ids(search.query("", {"country": ["il", "cn"], "type": ["Company"]}))) == ["a", "d"]
    assert ids(search.query("nightjar", {"dataset": ["two"]})) == ["c"]
    assert search.query("", {"country": ["xx"]}).total == 0
    assert [len(search.query("", page=page, size=3).hits) for page in (1, 2, 3)] == [3, 1, 0]
    for bad in ({"colour": ["red"]},):
        with pytest.raises(Usage, match="no facet"):
            search.query("", bad)
    for page, size in ((0, 20), (1, 101), (501, 20)):
        with pytest.raises(Usage, match="cannot be shown"):
            search.query("", page=page, size=size)


def test_long_texts_keep_their_words() -> None:
    text = "Überwachung " * 200
    assert folded(text) == ["uberwachung"] * 200


def test_it_follows_the_store_and_forgets(made: maker.Made, engine: str, tmp_path: Path) -> None:
    register, store = made.register, made.register.store
    search = Search.open(tmp_path / "search", engine=engine)  # type: ignore[arg-type]
    assert search.stale(store)
    assert search.refresh(store) == 3
    assert not search.stale(store)
    assert search.refresh(store) == 0
    (hit,) = search.query("interception").hits
    assert (hit.id, hit.countries, hit.standings) == (maker.ACME, ("il",), ("reported",))

    canary = "Canarinoword"
    done = published(
        register.publish(
            [
                said(maker.ACME, "Company", "alias", canary),
                said(maker.PRODUCT, "SurveillanceProduct", "alias", "Zzyzx"),
            ],
            private("paper"),
        )
    )
    assert search.refresh(store) == 2
    assert ids(search.query(canary)) == [maker.ACME]
    register.retract([done.ids[1]], private("paper"), RetractReason.WRONG)
    assert search.refresh(store) == 1
    assert ids(search.query("Zzyzx")) == []
    register.erase([done.ids[0]], EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    assert search.stale(store)
    assert search.refresh(store) == 1
    assert ids(search.query(canary)) == []
    assert ids(search.query("interception")) == [maker.ACME]
    search.close()
    left = [
        one for one in (tmp_path / "search").rglob("*") if one.is_file() and canary.encode() in one.read_bytes().title()
    ]
    assert left == []
    # A folder from another time is made anew.
    for one in (tmp_path / "search").glob("*.json"):
        one.write_text("{")
    again = Search.open(tmp_path / "search", engine=engine)  # type: ignore[arg-type]
    assert again.refresh(store) == 3
    assert ids(again.query("interception")) == [maker.ACME]


def test_joined_ids_are_one_hit_and_a_split_restores(made: maker.Made, engine: str, tmp_path: Path) -> None:
    register, store = made.register, made.register.store
    search = Search.open(tmp_path / "search", engine=engine)  # type: ignore[arg-type]
    twin, word = entity_id("invented", "twin"), entity_id("invented", "judgement")
    published(register.publish([said(twin, "Company", "name", "Acme Zwilling GmbH")], private("paper")))
    assert search.refresh(store) == 4
    assert len(ids(search.query("acme"))) == 2
    told = {"left": maker.ACME, "right": twin, "verdict": "same", "reason": "one number"}
    another = entity_id("invented", "judgement of another")
    register.publish(
        [said(another, "Judgement", name, value, publisher="Intake") for name, value in told.items()], private("loader")
    )
    search.refresh(store)
    assert len(ids(search.query("acme"))) == 2, "one of them has a key: one person joins it with nobody"
    said_same = published(
        register.publish(
            [
                said(word, "Judgement", "left", maker.ACME),
                said(word, "Judgement", "right", twin),
                said(word, "Judgement", "verdict", "same"),
                said(word, "Judgement", "reason", "one registry number"),
            ],
            private("paper"),
        )
    )
    search.refresh(store)
    assert ids(search.query("acme")) == [maker.ACME]
    assert ids(search.query("zwilling")) == [maker.ACME]
    register.retract(list(said_same.ids), private("paper"), RetractReason.WRONG)
    search.refresh(store)
    assert sorted(ids(search.query("acme"))) == sorted([maker.ACME, twin])
    assert ids(search.query("zwilling")) == [twin]


def test_very_many_hits_are_counted_whole_and_their_facets_from_a_sample(engine: str, tmp_path: Path) -> None:
    search = Search.open(tmp_path / "search", engine=engine)  # type: ignore[arg-type]
    search.fill(
        Document(
            id=f"d{number}",
            members=(f"d{number}",),
            type="Company",
            names=(f"Invented {number}",) if number % 2 else ("Surveyor",),
            texts=("surveillance",),
            countries=("de" if number % 4 else "fr",),
        )
        for number in range(24_000)
    )
    results = search.query("surveillance", size=100)
    assert (results.total, len(results.hits), results.tolerant) == (24_000, 100, False)
    counted = dict(results.facets["country"])
    assert counted.keys() == {"de", "fr"}
    assert abs(counted["de"] - 18_000) < 900
    assert results.about is (engine == "tantivy")
    pages = [one.id for page in range(1, 6) for one in search.query("surveillance", page=page).hits]
    assert len(set(pages)) == 100
    assert {one.name for one in search.query("surveyor").hits} == {"Surveyor"}
