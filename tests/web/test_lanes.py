"""One reader cannot shut others out: lists cost by their different names, short ones wait for nobody, and feeds of names are indexed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.model import Recorded
from sousveil.register.score import Query
from sousveil.web import feeds, limits
from sousveil.web.finding import Finding
from sousveil.web.limits import Lane
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import Rig, rigged, sid
from tests.web.client import Got, ask

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        yield made


@pytest.fixture
def app(rig: Rig) -> Outer:
    return Outer(Site(rig.register))


def file(app: Outer, rows: list[str]) -> Got:
    """The page for a list in a file."""
    csv = "\n".join(["name", *rows]).encode()
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.csv"\r\n\r\n' + csv + b"\r\n--x--\r\n"
    return ask(app, "/screening", method="POST", body=body, content_type="multipart/form-data; boundary=x")


def listed(app: Outer, names: list[str]) -> Got:
    """The answer for a program's list."""
    body = json.dumps({"names": [{"name": name} for name in names]}).encode()
    return ask(app, "/api/v1/screening", method="POST", body=body, content_type="application/json")


def reconciled(app: Outer, names: list[str]) -> Got:
    body = urlencode({"queries": json.dumps({str(at): {"query": name} for at, name in enumerate(names)})}).encode()
    return ask(app, "/reconcile", method="POST", body=body, content_type="application/x-www-form-urlencoded")


def decided(app: Outer, known_on: str | None) -> Got:
    """The answer whether a sale may go ahead, as known on a day or at a size of the log."""
    asked = {"action": "sale", "product": "Lens", "supplier": "Vireo", "end_user": "The police", "country": "xa"}
    body = json.dumps(asked | {"known_on": known_on, "on_ambiguity": "strictest"}).encode()
    return ask(app, "/api/v1/decisions", method="POST", body=body, content_type="application/json")


def many(count: int) -> list[str]:
    return [f"Vireo {at}" for at in range(count)]


def test_a_name_that_a_list_repeats_is_asked_for_once(app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    alike = Finding.alike

    def counted(self: Finding, query: Query) -> object:
        asked.append(query.name)
        return alike(self, query)

    monkeypatch.setattr(Finding, "alike", counted)
    page = file(app, ["Vireo Systems Ltd"] * 4_000 + ["Nobody Zzyx"]).text
    assert asked == ["Vireo Systems Ltd", "Nobody Zzyx"]
    assert "2 screened, 1 with hits. 3,999 rows repeat another row; we show each once." in page
    results = listed(app, ["Vireo Systems Ltd", "Nobody Zzyx"] * 400).json["data"]["results"]
    assert asked[2:] == ["Vireo Systems Ltd", "Nobody Zzyx"]
    assert [bool(one["hits"]) for one in results] == [True, False] * 400
    assert file(app, ["Vireo,xa", "Vireo,xb"]).status == 200  # two questions


def test_a_list_ends_at_the_name_where_its_processor_time_is_used(app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(limits.time, "thread_time", lambda: next(seconds))
    monkeypatch.setattr(limits, "SHORT_SECONDS", 2.5)
    got = listed(app, ["Vireo", "Vireo", "Cadrane", "Lumen", "Nobody Zzyx"])  # at 0, 1, 2 and 3 seconds
    assert got.status == 413
    error = got.json["error"]
    assert (error["message"], error["field"], error["hint"]) == (
        "This list needs more than 2.5 s of processor time.",
        "name 5",
        "We stopped before “Nobody Zzyx”. Split the list there, and send each part.",
    )
    assert reconciled(app, many(4)).status == 413
    got = file(app, ["Vireo", "Vireo", "", "Cadrane", "Lumen", "Nobody Zzyx"])
    assert (got.status, "<code>line 7</code>" in got.text) == (413, True)
    assert "<code>line 4</code>" in file(app, ["Vireo", "Vireo", "vireo " * 41]).text


def test_short_lists_wait_for_no_long_one(app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0.0)
    short, long = many(limits.SHORT_LIST), many(limits.SHORT_LIST + 1)
    with app.turnstile.heavy(Lane.LONG):
        assert [listed(app, short).status, file(app, short * 9).status, reconciled(app, short).status] == [200] * 3
        refused = [listed(app, long), reconciled(app, long), ask(app, "/bulk/csv/direct.csv")]
        assert [(one.status, one.headers["retry-after"]) for one in refused] == [(429, "20")] * 3
        error = refused[0].json["error"]
        assert (error["message"], error["hint"]) == (
            "Long lists and files before yours: 1.",
            "Try again in 20 seconds. A list of at most 50 different names never waits.",
        )
        assert "Long lists and files before yours: 1." in file(app, long).text
        assert ask(app, "/map").status == ask(app, "/map?limit=3").status == 200
    assert listed(app, long).status == file(app, long).status == 200


def test_the_batches_that_a_program_is_told_to_send_never_wait(app: Outer) -> None:
    most = ask(app, "/reconcile").json["batchSize"]
    with app.turnstile.heavy(Lane.LONG):
        assert reconciled(app, many(most)).status == 200


def test_no_more_wait_than_a_lane_has_places(app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits holds a thread: the third long list is refused at once, and told of both before it."""
    monkeypatch.setattr(limits, "WAIT_SECONDS", 60.0)
    running, waiting, _ = Lane.LONG.value
    app.turnstile._inside[Lane.LONG] = running + waiting
    got = listed(app, many(51))
    assert (got.status, got.json["error"]["message"]) == (429, "Long lists and files before yours: 2.")
    assert got.headers["retry-after"] == "40"
    app.turnstile._inside[Lane.LONG] = 0
    assert listed(app, many(51)).status == 200
    assert app.turnstile._inside == dict.fromkeys(Lane, 0)


def test_the_present_waits_for_no_other_day(app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0.0)
    id = sid("vireo")
    plain = ["/states", f"/entities/{id}?all=1", "/api/v1/overdue"]
    past = [
        "/states?as_of=2021-07-18",
        f"/entities/{id}?known_at={app.site.store.size() - 1}",
        "/api/v1/overdue?limit=7",
        "/overdue.csv?as_of=2021-07-18",
        "/api/v1/pairs",
    ]
    with app.turnstile.heavy(Lane.PART):
        assert [ask(app, one).status for one in plain] == [200] * 3
        assert [ask(app, one).status for one in past] == [429] * 5
        assert [decided(app, known_on=one).status for one in (None, "1")] == [200, 429]
        assert "Costly questions before yours: 1." in ask(app, past[0]).text
    with app.turnstile.heavy(Lane.PAGE):
        assert [ask(app, one).status for one in (*plain, "/procedures")] == [200] * 3 + [429]  # three are prepared
    with app.turnstile.heavy(Lane.QUESTION), app.turnstile.heavy(Lane.QUESTION):
        assert [decided(app, known_on=one).status for one in (None, "1")] == [429, 200]
    assert [ask(app, one).status for one in past] == [200] * 5


def test_a_text_is_no_name(app: Outer) -> None:
    got = ask(app, "/api/v1/screening?" + urlencode({"name": "vireo " * 41}))
    assert (got.status, got.json["error"]["message"]) == (400, "This name has more than 40 words.")
    assert ask(app, "/screening?" + urlencode({"name": "vireo " * 40})).status == 200
    assert listed(app, ["Vireo", "vireo " * 41]).json["error"]["field"] == "name 2"


def entries(app: Outer, address: str) -> list[str]:
    feed = ElementTree.fromstring(ask(app, address).text)
    return [str(one.findtext(f"{ATOM}title")) for one in feed.findall(f"{ATOM}entry")]


def test_a_feed_of_a_name_reads_what_has_the_name(rig: Rig, app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a name that everything has it reads a bounded number; of a name that nothing has it reads nothing; what was read stays read."""
    for at in range(feeds.ENTRIES + 5):
        rig.say(f"late-{at}", type="Company", name=f"Quelle Nr {at} Ltd", alias=f"Brunnen {at}")
    store, read, newest = rig.register.store, [], []
    statement, iter_newest = type(store).statement, type(store).iter_newest
    monkeypatch.setattr(type(store), "statement", lambda self, id: read.append(id) or statement(self, id))
    monkeypatch.setattr(type(store), "iter_newest", lambda self: newest.append(1) or iter_newest(self))
    assert entries(app, "/feeds/name.atom?q=nobody") == [] == read
    last = feeds.ENTRIES + 4
    assert entries(app, "/feeds/name.atom?q=Ltd+quelle") == [f"Quelle Nr {at} Ltd" for at in range(last, 4, -1)]
    assert (len(read), len(newest)) == (feeds.ENTRIES + 1, 1)
    both = urlencode([("name", "Brunnen 3"), ("name", "quelle 4")])
    assert entries(app, f"/feeds/names.atom?{both}") == ["Quelle Nr 4 Ltd", "Quelle Nr 3 Ltd"]
    rig.say("later", type="Company", name="Quelle und Brunnen")
    assert entries(app, "/feeds/name.atom?q=quelle")[:2] == ["Quelle und Brunnen", f"Quelle Nr {last} Ltd"]
    gone = store.statements_of([sid("later")])[0]
    rig.register.erase([gone.id], EraseGround.SAFETY, EraseBy.SUBJECT)
    assert entries(app, "/feeds/name.atom?q=quelle")[0] == f"Quelle Nr {last} Ltd"
    assert "und" not in feeds._WORDS[app.site]._places  # nothing of what was erased is kept


def test_an_erasure_while_the_words_are_read_is_seen_the_next_time(
    rig: Rig, app: Outer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.say("gone", type="Company", name="Quelle und Brunnen")
    store = rig.register.store
    [id] = [one.id for one in store.statements_of([sid("gone")])]
    iter_newest = type(store).iter_newest

    def meanwhile(self: object) -> Iterator[Recorded]:
        found = list(iter_newest(store))
        rig.register.erase([id], EraseGround.SAFETY, EraseBy.SUBJECT)
        return iter(found)

    monkeypatch.setattr(type(store), "iter_newest", meanwhile)
    assert entries(app, "/feeds/name.atom?q=brunnen") == []
    monkeypatch.setattr(type(store), "iter_newest", iter_newest)
    assert entries(app, "/feeds/name.atom?q=brunnen") == []
    assert "brunnen" not in feeds._WORDS[app.site]._places


def test_a_feed_has_bounds(rig: Rig, app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "STATEMENTS", 3)
    for at in range(5):
        rig.say(f"late-{at}", type="Company", name=f"Firma {at}", note="Quelle " + "x" * 700)
    text = ask(app, "/feeds/name.atom?q=quelle").text
    assert entries(app, "/feeds/name.atom?q=quelle") == ["Firma 4", "Firma 3", "Firma 2"]
    assert "Quelle " + "x" * (feeds.LETTERS - len("Quelle ")) + "… –" in text


def test_the_newest_statements_come_from_the_newest_back(rig: Rig) -> None:
    rig.say("a", type="Company", name="A Ltd", country="xa")
    rig.say("b", type="Law", name="B Law")
    store = rig.register.store
    every: list[Recorded] = list(store.iter_statements())
    assert list(store.iter_newest()) == every[::-1]
    assert [one.statement.value for one in store.iter_newest(("Law",), most=1)] == ["B Law"]
    assert list(store.iter_newest(most=2)) == every[:-3:-1]
    assert list(store.iter_newest(("Company",), most=1)) == []


def test_the_file_of_a_procedure_is_made_in_the_folder_that_can_be_written(
    app: Outer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "derived", tmp_path / "elsewhere")
    before = sorted(app.site.folder.rglob("*"))
    assert ask(app, "/bulk/procedures/a-moratorium.jsonl").status == 200
    assert sorted(app.site.folder.rglob("*")) == before
    assert [one.name for one in (tmp_path / "elsewhere").rglob("a-*")] == ["a-moratorium.jsonl"]
