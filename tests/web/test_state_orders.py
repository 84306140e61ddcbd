"""From a State's page: the draft order against each group that holds its live licences, as a text and as statements to sign."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from sousveil.cli import main
from sousveil.register.model import Statement
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.web.client import ask


@contextmanager
def opened(folder: Path) -> Iterator[Outer]:
    outer = Outer(Site.open(folder))
    yield outer
    outer.site.register.close()


def test_drafts_are_downloaded_from_the_state_s_page(
    app: Outer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [order] = ask(app, "/api/v1/states/xa").json["data"]["orders"]
    assert (order["company"]["caption"], order["live"], order["order_status"]) == ("Glasmoth Systems Ltd", 1, "draft")
    page = ask(app, "/states/xa").text
    found = re.findall(r'href="\.\./(entities/sv-[0-9a-f]+/licences/xa/order\.(?:txt|jsonl))"', page)
    assert [one.rsplit(".", 1)[1] for one in found] == ["txt", "jsonl"]
    text, lines = (ask(app, f"/{one}") for one in found)
    assert text.headers["content-disposition"] == 'attachment; filename="order.txt"'
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text.startswith("DRAFT, signed by nobody\n\nCalder Export Office")
    assert re.search(r"\bThe public statement is made by \d{4}-\d\d-\d\d\. Set another day here if", text.text)
    assert lines.headers["content-disposition"] == 'attachment; filename="order.jsonl"'
    said = [msgspec.json.decode(one, type=Statement) for one in lines.body.splitlines()]
    assert ("RevocationOrder", "status", "issued") in [(one.type, one.property, one.value) for one in said]
    assert [one.value for one in said if (one.type, one.property) == ("LicenceEvent", "event")] == ["revoked"]
    # Ready to sign: the command takes the file as it is.
    (tmp_path / "order.jsonl").write_bytes(lines.body)
    given = ["--prepare", str(tmp_path / "out"), "--owner", said[0].publisher, "--register", str(app.site.folder)]
    assert main(["register", "publish", str(tmp_path / "order.jsonl"), *given]) == 0, capsys.readouterr().err
    assert (tmp_path / "out" / "payload.json").is_file()


def test_the_printed_commands_revoke(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder) as app:
        [order] = ask(app, "/api/v1/states/xa").json["data"]["orders"]
        path = f"/entities/{order['company']['id']}/licences"
        page = ask(app, f"{path}/xa").text
        lines = ask(app, f"{path}/xa/order.jsonl").body
    office = msgspec.json.decode(lines.splitlines()[0], type=Statement).publisher
    commands = [html.unescape(one) for one in re.findall(r"<code>(.*?)</code>", page)]
    assert commands == [
        f"sousveil register publish order.jsonl --prepare DIR --owner {office}",
        "ssh-keygen -Y sign -n sousveil-publication -f KEY DIR/payload.json",
        "sousveil register publish DIR --signature DIR/payload.json.sig",
    ]
    assert f"({office}: Calder Export Office)" in page
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOUSVEIL_REGISTER", str(folder))
    Path("order.jsonl").write_bytes(lines)
    key = folder / "example-keys" / "calder-export.key"
    for command in commands:
        said = shlex.split(command.replace("DIR", "signed").replace("KEY", str(key)))
        if said[0] == "sousveil":
            assert main(said[1:]) == 0, command
        else:
            subprocess.run(said, check=True, capture_output=True, timeout=60)
    with opened(folder) as app:
        after = ask(app, f"/api/v1{path}").json["data"]["states"]
        shown = re.sub(r"<[^>]+>", "", ask(app, path).text)
    assert [(one["country"], one["live"], one["order_status"]) for one in after] == [("xa", 0, "issued")]
    issued = (
        "issued: Order to revoke all licences of Glasmoth Systems Ltd and its group · a draft: it revokes nothing: "
    )
    assert issued in " ".join(shown.split())


def test_who_answers_is_linked_and_nobody_answers_for_an_unknown_id(app: Outer) -> None:
    page = ask(app, "/procedures/e-liability").text
    linked = re.findall(r'href="\.\./(entities/sv-[0-9a-f]+/chains)">([^<]+)<', page)
    assert "Glasmoth Systems Ltd" in [name for _, name in linked]
    assert {ask(app, f"/{path}").status for path, _ in linked} == {200}
    assert ask(app, "/procedures/d-registration").text.count("/chains") == 0
    for rest in ("", "/chains", "/licences", "/licences/xa"):
        for before in ("", "/api/v1"):
            assert ask(app, f"{before}/entities/sv-000000000000000000000000{rest}").status == 404


def test_where_nothing_is_to_be_revoked(app: Outer) -> None:
    company = ask(app, "/api/v1/states/xa").json["data"]["orders"][0]["company"]["id"]
    assert ask(app, "/api/v1/states/xb").json["data"]["orders"] == []
    got = ask(app, f"/entities/{company}/licences/xb/order.txt")
    assert got.status == 404 and "nothing to revoke" in got.text
    assert ask(app, "/entities/sv-000000000000000000000000/licences/xa/order.jsonl").status == 404
    assert ask(app, f"/entities/{company}/licences/xa/order.txt", method="POST", body=b"").status == 405
    assert 'id="orders"' not in ask(app, "/states/xb").text
