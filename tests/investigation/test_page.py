"""The local page: a key that works once, one host, no cache, no script, nothing wider than a telephone."""

from __future__ import annotations

import http.client
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sousveil.investigation import page, pictures
from sousveil.investigation.correlation import (
    Correlation,
    Correlations,
    DatedEvent,
    correlate_events,
    correlate_phones,
    keep_correlations,
    load_correlations,
)
from sousveil.investigation.importing import Settings, import_list, rows_of
from sousveil.investigation.people import Sent, record_sent
from sousveil.investigation.releases import AssignedRow, Assignment
from sousveil.investigation.vault import Vault, utc_now
from tests.investigation.drawn import CHANCE, holders, leaks, numbers
from tests.investigation.invented import DAY, MONDAY, invented_phone

NOW = utc_now()


@pytest.fixture(scope="module")
def listed() -> list[str]:
    return numbers(40)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, listed: list[str]) -> Iterator[Vault]:
    """A vault with a list, comparisons and a bundle that was sent."""
    folder = tmp_path_factory.mktemp("page")
    people = holders(folder, 2)
    Vault.create(folder / "vault", [one.recipient for one in people], now=NOW)
    with Vault.open(folder / "vault", [people[0].identity], [people[1].identity]) as vault:
        rows = [
            f"{value},{datetime.fromtimestamp(MONDAY + week * 7 * DAY + hour * 3600, UTC):%F %T}Z,<b>A</b>"
            for week, value in enumerate(listed)
            for hour in (0, 2)
        ]
        (folder / "list.csv").write_text("number,time,client\n" + "\n".join(rows) + "\n")
        import_list(vault, folder / "list.csv", Settings(), now=NOW)
        phones = [
            (value, invented_phone(CHANCE, [MONDAY + week * 7 * DAY], share=1)) for week, value in enumerate(listed[:3])
        ]
        by_phone = correlate_phones(rows_of(vault), phones, within=300, clock_error=60, seed=1, now=NOW)
        events = [DatedEvent(number=listed[0], day=MONDAY // DAY + 2, kind="<i>arrest</i>")]
        by_event = correlate_events(rows_of(vault), events, days=7, seed=1, now=NOW)
        keep_correlations(vault, Correlations(phones=by_phone), now=NOW)
        keep_correlations(vault, Correlations(events=by_event), now=NOW)
        for name in ("first", "second"):
            sent = Sent(id=name, kind="assignment", recipient=f"room {name}", made=NOW, numbers=tuple(listed[:7]))
            record_sent(vault, sent, "assignment", now=NOW)
        yield vault


@contextmanager
def served(content: bytes = b"the page") -> Iterator[page.PageService]:
    with page.PageService(0, content) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield service
        service.shutdown()
        thread.join()


def ask(
    service: page.PageService, path: str, *, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", service.server_port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    made = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return made


def test_the_key_works_once_and_brings_a_cookie() -> None:
    with served() as service:
        key = service.address.removeprefix(f"http://127.0.0.1:{service.server_port}")
        assert [ask(service, path)[0] for path in ("/", service.path, "/wrong", key + "x", "")] == [404] * 5
        status, headers, body = ask(service, key)
        assert (status, headers["Location"], body) == (303, service.path, b"")
        assert headers["Set-Cookie"].endswith(f"; Path={service.path}; HttpOnly; SameSite=Strict")
        cookie = headers["Set-Cookie"].partition(";")[0]
        status, headers, body = ask(service, service.path, Cookie=f"other=1; {cookie}")
        assert (status, body) == (200, b"the page")
        assert {name: headers[name] for name in page.HEADERS} == page.HEADERS
        assert headers["Cache-Control"] == "no-store" and "script" not in headers["Content-Security-Policy"]
        assert ask(service, key)[0] == 404 and ask(service, service.path)[0] == 404
        assert ask(service, service.path, Cookie=cookie + "x")[0] == 404
        assert ask(service, service.path, Cookie=cookie, Host=f"localhost:{service.server_port}")[0] == 404
        assert ask(service, service.path, Cookie=cookie, Host="evil.example")[0] == 404
        assert ask(service, service.path, method="POST", Cookie=cookie)[0] == 501


def test_another_host_does_not_use_up_the_key() -> None:
    with served() as service:
        key = service.address.removeprefix(f"http://127.0.0.1:{service.server_port}")
        assert ask(service, key, Host="evil.example")[0] == 404
        assert ask(service, key)[0] == 303


def test_the_page_of_the_holders_has_counts_bundles_and_pictures_and_no_number(
    vault: Vault, listed: list[str], tmp_path: Path
) -> None:
    made = page.holders_page(vault)
    assert leaks([], [made.encode()], listed) == []
    assert "80 rows" in made and "<td>room first</td><td>assignment</td>" in made and "room second" in made
    assert "<b>A</b>" not in made and "&lt;b&gt;A&lt;/b&gt;" in made and "<i>" not in made and "<script" not in made
    assert made.count("<svg ") == 1 + 4 + 2  # hours of one client; all and three phones; all and one person
    assert "Or: a client elsewhere" in made and "examined because they were selected" in made
    assert "records 1 comparison of this sort, with these settings: 300 s, clocks 60 s, seed 1." in made
    assert "records 1 comparison of this sort, with these settings: 7 days, seed 1." in made
    one_room = page.holders_page(vault, newsroom="room first")
    assert "room first" in one_room and "room second" not in one_room


def test_pictures_are_svg_with_a_title_and_a_description(vault: Vault) -> None:
    known = load_correlations(vault)
    for made in (known.phones, known.events):
        assert isinstance(made, Correlation)
        for text in (pictures.picture_of_all(made), *(pictures.picture_of_phone(one, made) for one in made.phones)):
            tree = ElementTree.fromstring(text)
            title, description = tree[0], tree[1]
            assert title.text and description.text and "because they were selected" in description.text
            assert tree.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
            assert (
                tree.get("width") == "360"
                and "script" not in text
                and "http" not in text.replace("http://www.w3.org/2000/svg", "")
            )
    phone = known.phones.phones[0]
    marks = ElementTree.fromstring(pictures.picture_of_phone(phone, known.phones)).iter(
        "{http://www.w3.org/2000/svg}circle"
    )
    filled = [mark.get("class") for mark in marks]
    assert filled.count("near") == sum(one.near for one in phone.comparisons)
    assert len(filled) == sum(one.selections for one in phone.comparisons)


def test_the_page_of_a_newsroom_has_its_rows(listed: list[str]) -> None:
    rows = (AssignedRow(listed[0], MONDAY, "zoned", "A"), AssignedRow(listed[1], None, "absent", "", "unassigned"))
    made = page.newsroom_page(Assignment(id="x", recipient="<first>", made=NOW, rows=rows))
    assert "Rows of the newsroom &lt;first&gt;" in made and "2 rows were assigned" in made
    assert f"<td>{listed[0]}</td><td>7 January 2019, 09:00:00</td><td>A</td><td>zone known</td>" in made
    doubtful = f"{listed[1]} (not in use today, may belong to somebody else)"
    assert f"<td>{doubtful}</td><td></td><td>(none)</td><td>none</td>" in made
    assert made.count("<svg ") == 1 and "<h3>A</h3><svg " in made and "09:00 1.</desc>" in made


@pytest.mark.browser
def test_nothing_is_wider_than_a_telephone(vault: Vault) -> None:
    from playwright.sync_api import Error, sync_playwright

    with served(page.holders_page(vault).encode()) as service, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=True)
        view = context.new_page()
        messages: list[str] = []
        view.on("console", lambda message: messages.append(message.text))
        view.goto(service.address)
        assert view.url.endswith(service.path)
        for width in (390, 1280):
            view.set_viewport_size({"width": width, "height": 900})
            assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert messages == []
        with pytest.raises(Error, match="ERR_HTTP_RESPONSE_CODE_FAILURE"):
            browser.new_page().goto(service.address)
        browser.close()
