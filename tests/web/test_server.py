"""The real server: headers on every route, two processes, an erasure that reaches all of it within five seconds."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sousveil.decisions.api import gate
from sousveil.errors import Usage
from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.model import entity_id
from sousveil.register.register import Register
from sousveil.web import answering
from sousveil.web.outer import Outer
from sousveil.web.page import Page, all_pages
from sousveil.web.serving import serve
from sousveil.web.site import Site
from tests.register.maker import tell
from tests.web.routes import everything
from tests.web.serving import free_port, served
from tests.web.test_api import said
from tests.web.test_headers import STRICT

WITHIN = 5.0
"""Seconds in which an erasure must show everywhere."""


def fetch(address: str, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    host = address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(method, quote(path, safe="/?=&%+"))
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def address(made_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import shutil

    copy = Path(shutil.copytree(made_example, tmp_path_factory.mktemp("served") / "register"))
    with served(copy) as found:
        yield found


def test_a_port_that_is_taken_is_refused(address: str, folder: Path) -> None:
    """Before anything is served, so that two servers never answer in turns."""
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(Usage, match=f"Port {port} is in use") as caught:
        serve(folder, port=port)
    assert "another port" in caught.value.hint


@pytest.mark.parametrize("port", [0, -1, 65_536, 99_999])
def test_an_impossible_port_is_refused(folder: Path, port: int) -> None:
    with pytest.raises(Usage, match=f"{port} is no port"):
        serve(folder, port=port)


def test_an_impossible_address_is_refused(folder: Path) -> None:
    with pytest.raises(Usage, match="There is no address “no host”"):
        serve(folder, host="no host", port=free_port())
    with pytest.raises(Usage, match=r"Nothing can listen at 192\.0\.2\.1"):
        serve(folder, host="192.0.2.1", port=free_port())


def test_headers_on_every_route(address: str, app: Outer) -> None:
    for path in everything(app):
        status, headers, _ = fetch(address, path)
        assert status in (200, 301, 400, 404, 414), (path, status)
        assert {name: headers.get(name) for name in STRICT} == STRICT, path
        assert "set-cookie" not in headers, path
        assert headers["etag"] and headers["sousveil-log-size"] and headers["sousveil-licence"], path


def test_a_server_has_made_its_lists_before_anybody_asks(folder: Path) -> None:
    lists = {f"/{page.route}" for page in all_pages() if page.prepared and not page.typed and not page.parts}
    with served(folder):
        made = {file.name for file in (folder / "prepared").rglob("*") if file.is_file()}
    assert {"/", "/states", "/map", "/overdue"} <= lists
    assert {sha256(f"en\n{path}".encode()).hexdigest() for path in lists} <= made


def test_a_server_that_finds_pages_on_the_disk_reads_what_is_behind_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first page of a State would wait for all that its list had read in an earlier process."""
    for _ in range(2):
        outer = Outer(Site.open(folder))
        asked: list[str] = []
        ask = answering.ask

        def spy(page: Page, *args: Any, ask: Callable[..., Any] = ask, asked: list[str] = asked) -> Any:
            asked.append(page.name)
            return ask(page, *args)

        with monkeypatch.context() as patched:
            patched.setattr(answering, "ask", spy)
            outer.warm(600)
            outer.site.register.close()
        assert asked[:2] == ["screening", "search"] and {"home", "states", "map", "overdue"} <= set(asked)


def test_a_server_does_not_wait_for_all_of_a_large_register(folder: Path) -> None:
    outer = Outer(Site.open(folder))
    outer.warm(0)
    outer.site.register.close()
    assert not [file for file in (folder / "prepared").rglob("*") if file.is_file()]


def test_erasure_reaches_two_processes(folder: Path) -> None:
    name = "Soon Gone Example Ltd"
    with Register.open(folder, gate=gate) as register:
        (done,) = tell(register, [said("name", name)])
        subject = entity_id("invented", "web")
        paths = [
            "/company/soon-gone-example-ltd",
            f"/api/v1/entities/{subject}",
            "/feed.atom",
            "/search?q=Soon+Gone+Example",
        ]
        with served(folder, workers=2) as address:
            for path in paths * 6:  # so that both processes have made and kept them
                status, _, body = fetch(address, path)
                assert status == 200 and name.encode() in body, path
            register.erase(list(done.ids), EraseGround.SAFETY, EraseBy.SUBJECT)  # type: ignore[union-attr]
            began = time.monotonic()
            time.sleep(WITHIN - 1)
            for path in paths * 6:
                _, _, body = fetch(address, path)
                assert name.encode() not in body, path
            assert time.monotonic() - began < WITHIN + 5
            kept = [
                file
                for file in (folder / "prepared").rglob("*")
                if file.is_file() and name.encode() in file.read_bytes()
            ]
            assert kept == []
