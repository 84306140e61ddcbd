"""Where the pages are, says register.toml: never what a request says of its host; and https alone where it begins with https."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from sousveil.cli import main
from sousveil.errors import Usage
from sousveil.register.folder import Folder
from sousveil.register.register import Register
from sousveil.web import serving
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.register import maker
from tests.web.client import ask
from tests.web.test_headers import FORGED


class Server:
    """Stands in for the process of a server; both are told to stop while the first is being started."""

    def __init__(self, name: str, **_: object) -> None:
        self.name, self.lives = name, False
        self.sentinel, self._end = os.pipe()

    def start(self) -> None:
        if self.name == "the pages":
            os.kill(os.getpid(), signal.SIGTERM)
        self.lives = True

    def is_alive(self) -> bool:
        return self.lives

    def terminate(self) -> None:
        self.lives = False
        os.close(self._end)

    def join(self) -> None:
        os.close(self.sentinel)


TRANSPORT = "strict-transport-security"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A register's folder."""
    folder = tmp_path / "r"
    Register.init(folder, title="Invented", origin="r.example/log", example=True).close()
    return folder


def _with(folder: Path, **settings: str) -> Outer:
    paths = Folder(folder)
    paths.write_config(msgspec.structs.replace(paths.config(), **settings))
    return Outer(Site.open(folder), keep=False)


@pytest.mark.parametrize("address", ["https://register.example.org", "http://" + "a" * 56 + ".onion", ""])
def test_openrefine_is_sent_to_the_configured_address(place: Path, address: str) -> None:
    app = _with(place, address=address)
    manifest = ask(app, "/reconcile", **FORGED).json
    assert manifest["view"]["url"] == f"{address or 'https://r.example'}/entities/{{{{id}}}}"
    assert {one["service_url"] for one in manifest["suggest"].values()} == {address or "https://r.example"}
    app.site.register.close()


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("https://register.example.org", "max-age=31536000"),
        ("http://register.example.org", ""),
        ("https://" + "a" * 56 + ".onion", ""),
        ("", ""),
    ],
)
def test_browsers_come_back_over_https_alone_where_the_pages_are_reached_so(
    place: Path, address: str, sent: str
) -> None:
    app = _with(place, address=address)
    for path in ("/", "/api/v1/home", "/static/register.css", "/log/checkpoint", "/nothing-here", "/map?as_of=x"):
        got = ask(app, path, **FORGED)
        assert got.headers.get(TRANSPORT, "") == sent, path
        assert ask(app, path, if_none_match=got.headers["etag"]).headers.get(TRANSPORT, "") == sent, path
    app.site.register.close()


@pytest.mark.parametrize(
    "address",
    [
        "http://staff.example",
        "https://staff.example/",
        "https://staff.example/x",
        "staff.example",
        "https://a b",
        "http://[::1]:70000",
    ],
)
def test_an_address_of_the_staff_that_others_could_read_on_the_way_is_refused(place: Path, address: str) -> None:
    paths = Folder(place)
    paths.write_config(msgspec.structs.replace(paths.config(), staff_address=address))
    with pytest.raises(Usage, match="address of the staff's pages"):
        paths.config()


@pytest.mark.parametrize(
    "address", ["https://staff.example:8443", "http://" + "b" * 56 + ".onion", "http://[::1]:8001"]
)
def test_an_address_of_the_staff_that_nobody_reads_on_the_way(place: Path, address: str) -> None:
    paths = Folder(place)
    paths.write_config(msgspec.structs.replace(paths.config(), staff_address=address))
    assert paths.config().staff_address == address


def test_staff_at_another_machine_need_an_address(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "check_address", lambda host, port: None)
    maker.imprint(place)
    with pytest.raises(Usage, match=r"register\.toml does not say where they are") as error:
        serving.serve(place, staff="192.0.2.7:8001")
    assert "--staff-address https://staff.example.org" in error.value.hint
    for text in ("8001", "localhost", "localhost:x", ":1"):
        with pytest.raises(Usage, match="is no address with a port"):
            serving.serve(place, staff=text)


def test_a_copy_without_the_key_of_the_staff_s_part_is_served_without_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(serving, "serve", lambda *_, staff, **__: seen.append(staff))
    for name in ("staff.sqlite", "keys/staff"):
        (place / name).write_bytes(b"")
        assert main(["serve", "--register", str(place)]) == 0
    assert seen == [None, ""]


@pytest.fixture
def signals() -> Iterator[None]:
    """What signals do is as before afterwards."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, does in before.items():
        signal.signal(one, does)


@pytest.mark.usefixtures("signals")
def test_servers_that_are_stopped_while_they_start_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Server] = []

    class Context:
        def Process(self, **told: object) -> Server:
            made.append(Server(**told))  # type: ignore[arg-type]
            return made[-1]

    monkeypatch.setattr(serving.multiprocessing, "get_context", lambda _: Context())
    wait = serving.multiprocessing.connection.wait
    monkeypatch.setattr(serving.multiprocessing.connection, "wait", partial(wait, timeout=5))
    serving._both({"the pages": (), "the staff's pages": ()})
    assert [one.lives for one in made] == [False, False]
