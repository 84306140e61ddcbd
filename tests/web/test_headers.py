"""Every answer, errors included, leaves with the strict headers, an ETag, the size of the log, the day and the licence."""

from __future__ import annotations

import pytest

from sousveil.web.headers import POLICY
from sousveil.web.outer import Outer
from tests.web.client import ask
from tests.web.routes import everything

pytestmark = pytest.mark.full("postgresql")

STRICT = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}

FORGED = {
    "host": "evil.example:99",
    "x_forwarded_host": "evil.example",
    "x_forwarded_proto": "https",
    "x_forwarded_port": "99",
    "forwarded": "host=evil.example;proto=https",
}
"""What a request may say of the host it was sent to: nothing of it counts, or is repeated."""


def test_every_route(app: Outer) -> None:
    seen = set()
    for address in everything(app):
        got = ask(app, address, **FORGED)
        assert b"evil.example" not in got.body and "evil.example" not in str(got.headers), address
        seen.add(got.status)
        assert {name: got.headers.get(name) for name in STRICT} == STRICT, address
        assert got.headers["etag"].startswith('"'), address
        assert got.headers["sousveil-log-size"] == str(app.site.store.size()), address
        assert got.headers["sousveil-snapshot"] == app.site.state().snapshot, address
        assert got.headers["sousveil-licence"], address
        assert got.headers["sousveil-example"] == "invented; nothing here is true", address
        assert "set-cookie" not in got.headers and "location" not in got.headers, address
        assert "sousveil-prepared" not in got.headers, address
    assert seen == {200, 400, 404, 414}


@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("PUT", "/", {}, 405),
        ("DELETE", "/api/v1/home", {}, 405),
        ("POST", "/", {}, 405),
        ("POST", "/log/checkpoint", {}, 405),
        ("GET", "/entities?after=a%00b", {}, 400),
        ("POST", "/screening", {"content_length": ""}, 411),
        ("POST", "/screening", {"content_length": "99999999"}, 413),
        ("POST", "/screening", {"sec_fetch_site": "cross-site"}, 403),
        ("POST", "/screening", {"content_type": "text/plain"}, 415),
        ("POST", "/api/v1/publications", {"content_type": "application/json"}, 400),
    ],
)
def test_refusals_have_them_too(app: Outer, method: str, address: str, headers: dict[str, str], status: int) -> None:
    got = ask(app, address, method=method, **headers)
    assert got.status == status
    assert {name: got.headers.get(name) for name in STRICT} == STRICT
    assert got.headers["cache-control"] == "no-store"


def test_an_operation_that_takes_another_method_says_so_as_json(app: Outer) -> None:
    got = ask(app, "/api/v1/decisions", accept="application/json")
    assert (got.status, got.headers["allow"]) == (405, "POST")
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json["error"]["message"] == "This address does not take that kind of request."


def test_etag_answers_304_without_a_body(app: Outer) -> None:
    for address in ("/", "/api/v1/home", "/log/checkpoint", "/static/register.css", "/search?q=Glasmoth"):
        first = ask(app, address)
        again = ask(app, address, if_none_match=first.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert ask(app, address, if_none_match='"other"').body == first.body


def test_compressed_form_has_its_own_etag(app: Outer) -> None:
    import gzip

    plain, packed = ask(app, "/"), ask(app, "/", accept_encoding="gzip, br")
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gz"'


def test_head_has_headers_and_no_body(app: Outer) -> None:
    for address in ("/", "/about", "/nothing-here"):
        full, head = ask(app, address), ask(app, address, method="HEAD")
        assert head.body == b""
        assert head.headers == full.headers


def test_typed_questions_are_kept_nowhere(app: Outer) -> None:
    for address in ("/search?q=Glasmoth", "/screening?name=Glasmoth", "/feeds/name.atom?q=Glasmoth"):
        got = ask(app, address)
        assert got.headers["cache-control"] == "no-store"
    folder = app.site.folder / "prepared"
    assert not [file for file in folder.rglob("*") if file.is_file() and b"q=Glasmoth" in file.read_bytes()]


def test_a_failure_of_ours_is_a_page_and_a_line_for_the_operator(app: Outer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret words of a request")

    lines: list[tuple[str, str]] = []
    monkeypatch.setattr(app, "_ask_django", broken)
    monkeypatch.setattr(app.site.store, "tell_operator", lambda code, line: lines.append((code, line)))
    got = ask(app, "/search?q=somebody")
    assert got.status == 500
    assert "Something here failed. It is not your fault." in got.text
    assert "secret" not in got.text and "somebody" not in got.text
    assert {name: got.headers.get(name) for name in STRICT} == STRICT
    assert (
        len(lines) == 1 and lines[0][0] == "web_failed" and lines[0][1].startswith("RuntimeError at test_headers.py:")
    )
