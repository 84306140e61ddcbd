"""A screening record asked for and checked over the web: the authority's signature decides, nothing of a list is kept."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.desk import bidders
from sousveil.register import review
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.desk.offices import COUNCIL, STRANGER, key, office, said, ssh_signature, verify
from tests.web.client import Got, ask
from tests.web.serving import served_here

LIST = b"name,country\nGlasmoth Systems,xb\nHarmless Ploughs Ltd,xb\n"
MARK = "----mark"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Outer]:
    with office(tmp_path / "register"):
        pass
    outer = Outer(Site.open(tmp_path / "register"))
    yield outer
    outer.site.register.close()


def sent(app: Outer, address: str, file: bytes, **fields: str) -> Got:
    parts = [
        f'--{MARK}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()
    ]
    head = f'--{MARK}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'.encode()
    body = b"".join([*parts, head, file, f"\r\n--{MARK}--\r\n".encode()])
    return ask(app, address, method="POST", body=body, content_type=f"multipart/form-data; boundary={MARK}")


def test_asked_for_checked_and_over_when_a_fact_changes(desk: Outer, tmp_path: Path) -> None:
    signature = ssh_signature(tmp_path, "council", LIST, bidders.purpose(review.today(), "T-7")).decode()
    got = sent(desk, "/screening/bidders/record", LIST, authority=COUNCIL, signature=signature, tender="T-7")
    assert (got.status, got.headers["content-type"], got.headers["cache-control"]) == (
        200,
        "application/json",
        "no-store",
    )
    assert got.headers["content-disposition"] == 'attachment; filename="screening-record.json"'
    checked = sent(desk, "/screening/bidders/check", got.body)
    assert checked.status == 200
    assert "This record holds today." in checked.text
    assert checked.text.count("not a clearance") >= 2
    assert "Brackwater City Council" in checked.text
    desk.site.register.publish(said(STRANGER, "Company", name="Harmless Ploughs Limited"), key("post"))
    desk.site.state(now=True)
    desk.site.finding._screener = None
    ended = sent(desk, "/screening/bidders/check", got.body)
    assert "This record does not hold:" in ended.text
    assert "Something on file about line 3 (Harmless Ploughs Ltd) has changed. Ask again." in ended.text


def test_page_json_and_record_say_who_owns_whom_alike(desk: Outer, tmp_path: Path) -> None:
    owned = "Glasmoth Systems Ltd (owned by Fernhill Holding SA)"
    page = ask(desk, "/screening?name=Fernhill+Holding+SA")
    assert f"<li>{owned}</li>" in page.text
    data = json.loads(ask(desk, "/api/v1/screening?name=Fernhill+Holding+SA").body)["data"]
    assert [hit["path"] for hit in data["results"][0]["hits"]] == [[owned]]
    bidder = b"name,country\nFernhill Holding SA,xb\n"
    signature = ssh_signature(tmp_path, "council", bidder).decode()
    made = sent(desk, "/screening/bidders/record", bidder, authority=COUNCIL, signature=signature)
    shown = sent(desk, "/screening/bidders/check", made.body)
    assert f"By ownership it is linked with: {owned}" in shown.text


@pytest.mark.parametrize(
    ("signer", "authority", "file", "status", "field"),
    [
        ("works", COUNCIL, LIST, 422, "authority"),
        ("council", "Nobody's Town", LIST, 422, "authority"),
        ("council", COUNCIL, b"\xff\xfe\x00", 400, ""),
    ],
)
def test_refused(
    desk: Outer, tmp_path: Path, signer: str, authority: str, file: bytes, status: int, field: str
) -> None:
    verify(desk.site.register)
    signature = ssh_signature(tmp_path, signer, file).decode()
    got = sent(desk, "/screening/bidders/record", file, authority=authority, signature=signature)
    assert got.status == status
    assert f"<code>{field}</code>" in got.text or not field


def test_a_signature_that_is_none_and_other_methods(desk: Outer) -> None:
    assert sent(desk, "/screening/bidders/record", LIST, authority=COUNCIL, signature="none").status == 400
    assert ask(desk, "/screening/bidders/record").status == 405
    assert ask(desk, "/screening/bidders/check", method="POST", body=b"x", content_type="text/plain").status == 415
    assert sent(desk, "/screening/bidders/check", b"{}").status == 400


def test_nothing_of_a_list_is_kept(desk: Outer, tmp_path: Path) -> None:
    sent(desk, "/screening/bidders/record", LIST, authority=COUNCIL, signature="none")
    signature = ssh_signature(tmp_path, "council", LIST).decode()
    sent(desk, "/screening/bidders/record", LIST, authority=COUNCIL, signature=signature)
    found = [
        file for file in desk.site.folder.rglob("*") if file.is_file() and b"Harmless Ploughs" in file.read_bytes()
    ]
    assert found == []


def test_a_record_of_nothing_but_brackets_does_not_end_the_server(tmp_path: Path) -> None:
    with office(tmp_path / "register"):
        pass
    head = f'--{MARK}\r\nContent-Disposition: form-data; name="file"; filename="r.json"\r\n\r\n'.encode()
    body = head + b"[" * 100_000 + f"\r\n--{MARK}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={MARK}"}
    with served_here(tmp_path / "register") as address:
        for _ in range(3):
            asked = urllib.request.Request(f"{address}/screening/bidders/check", data=body, headers=kind)
            with pytest.raises(urllib.error.HTTPError) as answer:
                urllib.request.urlopen(asked, timeout=60)
            with answer.value as page:
                assert page.status == 400 and b"too many brackets" in page.read()
