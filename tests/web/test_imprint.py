"""Who is responsible: without it nobody else can read the register, and every page names it. A reply needs no key."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from sousveil.cli import main
from sousveil.errors import Usage
from sousveil.register.folder import Folder
from sousveil.register.register import Register
from sousveil.web import serving
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from sousveil.web.static_site import export_site
from tests.register import maker
from tests.web.client import ask

IMPRINT = {
    "publisher": "Lantern Press (invented)",
    "publisher-address": "2 Brass Row, Calder",
    "contact": "desk@lantern.example",
    "reply-address": "replies@lantern.example",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "r"
    Register.init(folder, title="Invented", origin="r.example/log", example=True).close()
    return folder


def said(folder: Path, **options: str) -> int:
    given = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    return main(["register", "imprint", "--register", str(folder), *given])


def made() -> None:
    """The application is made, and closed."""
    app = serving.make_app()
    assert isinstance(app, Outer)
    app.site.register.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses at which a server would have been started."""
    import granian

    found: list[str] = []

    class Granian:
        def __init__(self, *_: object, address: str, **__: object) -> None:
            self.address = address

        def serve(self) -> None:
            found.append(self.address)

    monkeypatch.setattr(granian, "Granian", Granian)
    monkeypatch.setattr(serving, "check_address", lambda host, port: None)
    for name in (serving.LOCAL, serving.REGISTER):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return found


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "register.example.org", "::"])
def test_no_other_machine_is_served_without_an_imprint(place: Path, started: list[str], host: str) -> None:
    with pytest.raises(Usage) as error:
        serving.serve(place, host=host)
    assert started == []
    assert "publisher, publisher_address, contact, reply_address" in error.value.message
    assert str(place / "register.toml") in error.value.message
    assert (
        f'sousveil register imprint --register {place} --publisher "..." --publisher-address "..."' in error.value.hint
    )
    assert 'reply_address = "..."' in error.value.hint
    said(place, **{**IMPRINT, "reply-address": ""})
    with pytest.raises(Usage, match=r"Missing in .*: reply_address\."):
        serving.serve(place, host=host)
    said(place, **IMPRINT)
    serving.serve(place, host=host)
    assert started == [host]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_this_machine_is_served_without_an_imprint(place: Path, started: list[str], host: str) -> None:
    serving.serve(place, host=host)
    assert started == [host]
    made()


def test_a_register_with_a_public_address_needs_an_imprint_behind_another_server(
    place: Path, started: list[str]
) -> None:
    paths = Folder(place)
    paths.write_config(msgspec.structs.replace(paths.config(), address="https://register.example.org"))
    with pytest.raises(Usage, match="who is responsible"):
        serving.serve(place)
    paths.write_config(msgspec.structs.replace(paths.config(), address="http://localhost:8000"))
    serving.serve(place)
    assert started == ["127.0.0.1"]


def test_another_server_that_starts_the_application_needs_an_imprint(
    place: Path, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(serving.REGISTER, str(place))
    with pytest.raises(Usage, match="who is responsible"):
        serving.make_app()
    said(place, **IMPRINT)
    made()


def test_no_copy_is_made_without_an_imprint(place: Path, tmp_path: Path) -> None:
    with Register.open(place) as register, pytest.raises(Usage, match="who is responsible"):
        export_site(Site(register), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    said(place, **IMPRINT)
    with Register.open(place) as register:
        export_site(Site(register), tmp_path / "copy")


def test_the_verb_writes_and_prints_the_settings(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(place, **IMPRINT, handling_days="10") == 0
    written = (place / "register.toml").read_text("utf-8")
    assert 'publisher_address = "2 Brass Row, Calder"\n' in written and "handling_days = 10\n" in written
    capsys.readouterr()
    assert said(place) == 0
    assert capsys.readouterr().out.splitlines() == [
        "publisher = Lantern Press (invented)",
        "publisher_address = 2 Brass Row, Calder",
        "contact = desk@lantern.example",
        "reply_address = replies@lantern.example",
        "handling_days = 10",
        "address = ",
        "staff_address = ",
    ]
    assert said(place, address="https://r.example", staff_address="http://staff.example") == 2
    assert "address of the staff's pages" in capsys.readouterr().err
    assert said(place, reply_address="nowhere") == 2
    assert said(place, reply_address="mailto:replies@lantern.example") == 2
    assert capsys.readouterr().err.count("neither an e-mail address nor a web address") == 2
    assert said(place, handling_days="1000") == 2
    assert said(place, publisher="a\nb") == 2
    assert (place / "register.toml").read_text("utf-8") == written


def test_every_page_names_who_is_responsible(place: Path) -> None:
    said(place, **IMPRINT)
    with Register.open(place) as register:
        app = Outer(Site(register), keep=False)
        for path in ("/", "/about", "/search?q=x", "/nothing-here"):
            foot = ask(app, path).text.partition("<footer>")[2]
            words = " ".join(re.sub(r"<[^>]+>", " ", foot).split())
            assert (
                "Responsible: Lantern Press (invented), 2 Brass Row, Calder. Contact: desk@lantern.example." in words
            ), path
        assert "Responsible for these pages: <strong>Lantern Press (invented)</strong>" in ask(app, "/about").text


def test_a_reply_needs_no_key(place: Path) -> None:
    said(place, **IMPRINT, handling_days="10")
    with Register.open(place, gate=maker.OpenGate()) as register:
        id = register.publish([maker.said(maker.ACME, "Company", "name", "Acme Ltd", publisher="Invented")]).ids[0]
        app = Outer(Site(register), keep=False)
        assert f'href="../reply?about={id}"' in ask(app, f"/statements/{id}").text
        page = ask(app, f"/reply?about={id}").text
        link = urlsplit(unescape(re.findall(r'href="(mailto:[^"]+)"', page)[0]))
        filled = parse_qs(link.query)
        assert (link.scheme, link.path) == ("mailto", "replies@lantern.example")
        assert filled["subject"] == [f"Reply or error report: {id}"]
        assert filled["body"][0].split("\r\n")[:2] == [f"Claim: {id}", f"https://r.example/statements/{id}"]
        words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert "You need no account and no key." in words and "We answer within 10 days." in words
        entity = ask(app, f"/api/v1/reply?about={maker.ACME}").json["data"]
        assert f"entities%2F{maker.ACME}" in entity["write"].replace("/", "%2F")
        assert len(entity["grounds"]) == 6 and "We do not take down true records." in words
        said(place, reply_address="https://lantern.example/form")
    with Register.open(place) as register:
        app = Outer(Site(register), keep=False)
        assert ask(app, "/api/v1/reply").json["data"]["write"] == "https://lantern.example/form"
