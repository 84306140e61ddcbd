"""No page of the example register shows a code where words belong: codes of lists, names of record types and of properties."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from sousveil.artefacts.model import discover
from sousveil.register import types
from sousveil.register.model import entity_id
from sousveil.register.types.finding import TRACES, VERDICTS
from sousveil.register.views.reading import Reader
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.register import maker
from tests.register.maker import private, said
from tests.web.client import ask
from tests.web.routes import pages

CODES = {
    code
    for type in types.all_types()
    for one in types.properties(type).values()
    for code, meaning in {**one.codes, **one.known}.items()
    if code != meaning and not code.isalpha()
}
NAMES = {name for name in types.all_types() if name != name.capitalize()}
PROPERTIES = {
    name for type in types.all_types() for name in types.properties(type) if not name.islower() or not name.isalpha()
}
BARE = re.compile(
    r"(?<![\w/.:-])(?:" + "|".join(sorted(map(re.escape, CODES | NAMES | PROPERTIES), reverse=True)) + r")(?![\w/-])"
)
SNAKE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\bios\.[a-z_0-9]+")


class Texts(HTMLParser):
    """What a reader sees or hears, without what is marked as code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [text for name in ("title", "aria-label", "alt", "placeholder") if (text := given.get(name))]
        hidden = tag in ("code", "pre", "script", "style") or "mono" in (given.get("class") or "").split()
        self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(hidden for _, hidden in self._open):
            self.found.append(" ".join(data.split()))


def bare(page: str) -> set[str]:
    """The codes that stand bare on a page."""
    reader = Texts()
    reader.feed(page)
    return {found for text in reader.found for pattern in (BARE, SNAKE) for found in pattern.findall(text)}


def test_the_test_sees_codes() -> None:
    assert {"listed-as", "informed-of-parts", "ios.safari_history", "traces-found"} <= CODES
    assert {"ExportLicence", "LicenceEvent"} <= NAMES and "clientStage" in PROPERTIES
    page = (
        '<p title="clientStage">LicenceEvent: <b>informed-of-parts</b>, ios.sms, some_code <code>listed-as</code></p>'
    )
    assert bare(page) == {"clientStage", "LicenceEvent", "informed-of-parts", "ios.sms", "some_code"}
    assert bare("<p>See https://a.example/listed-as; a licence that was granted</p>") == set()


def test_every_page_of_the_example_is_in_words(app: Outer) -> None:
    entities = [f"/entities/{id}" for type in types.all_types() for id in app.site.store.subjects(type=type, limit=500)]
    assert len(entities) > 100
    found = {}
    for address in dict.fromkeys([*pages(app), *entities]):
        got = ask(app, address)
        assert got.status in (200, 400, 404), address
        if codes := bare(got.text):
            found[address] = codes
    assert found == {}


def test_a_word_of_a_list_is_no_name(app: Outer) -> None:
    """A record that is called after a code says first what it is a code of."""
    store = app.site.store
    signed = store.subjects(type="Countersignature", limit=50)
    reader = Reader(store)
    reader.load(signed)
    assert signed and {reader.ref(one).caption for one in signed} == {
        "Answer to registration R-7",
        "Countersignature: confirmed",
    }


def test_a_finding_is_told_in_words_and_its_json_keeps_the_codes(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        subject = entity_id("finding", "one")
        told = {"verdict": "traces-found", "artefact": "ios.safari_history", "month": "2021-07"}
        made.register.publish([said(subject, "Finding", name, value) for name, value in told.items()], private("paper"))
        other = entity_id("finding", "two")
        told["artefact"] = "android.something_new"
        made.register.publish([said(other, "Finding", name, value) for name, value in told.items()], private("paper"))
        app = Outer(Site(made.register), keep=False)
        page = ask(app, f"/entities/{subject}").text
        assert "Safari history" in page and "traces of spyware found" in page and bare(page) == set()
        assert re.search(r"<h1[^>]*><bdi>Forensic finding: traces of spyware found", page)
        data = ask(app, f"/api/v1/entities/{subject}").json["data"]
        values = {one["name"]: one["claims"][0]["value"] for one in data["properties"]}
        assert values == {"verdict": "traces-found", "artefact": "ios.safari_history", "month": "2021-07"}
        assert (
            "android.something_new" in ask(app, f"/entities/{other}").text
        )  # nobody knows it here, and it is not hidden


def test_traces_are_called_as_in_the_reports_of_a_check() -> None:
    assert {one.name: one.title for one in discover().values()} == TRACES


def test_every_verdict_has_words() -> None:
    from sousveil.findings.verdict import Verdict

    assert set(VERDICTS) == {one.value.replace("_", "-") for one in Verdict}
