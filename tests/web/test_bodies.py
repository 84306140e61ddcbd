"""Bodies that programs send and that are none: each is refused with what is there and what is expected."""

from __future__ import annotations

import json

import pytest

from sousveil.web.outer import Outer
from tests.web.client import ask

DEPTH_MAX = 32
EXPECTED = "Send one JSON object in UTF-8. Its fields stand in /api/v1/openapi.json."
GOOD = {"action": "sale", "product": "Lampyre", "supplier": "Glasmoth", "end_user": "Bureau", "country": "xb"}
WRONG = {
    b"": ("body", "object", "The body is missing."),
    b"[]": ("body", "object", "The body is a list, and an object is expected."),
    b"null": ("body", "object", "The body is null, and an object is expected."),
    b"17": ("body", "object", "The body is a number, and an object is expected."),
    b"1.5": ("body", "object", "The body is a number, and an object is expected."),
    b"true": ("body", "object", "The body is true or false, and an object is expected."),
    b'"sale"': ("body", "object", "The body is a text, and an object is expected."),
    b"{": (
        "body",
        "json",
        "The body is not JSON: line 1, column 2: Expecting property name enclosed in double quotes.",
    ),
    b'{"action": "sale"} x': ("body", "json", "The body is not JSON: line 1, column 20: Extra data."),
    b'{"action": "\xff"}': ("body", "encoding", "The body is not UTF-8: byte 12 belongs to no letter."),
    b'{"a": ' * 40 + b"1" + b"}" * 40: ("body", "depth", "The body is nested too deep; the most is 32 levels."),
    b"[" * 200_000: ("body", "depth", "The body is nested too deep; the most is 32 levels."),
    b'{"via": ' + b"[" * 200_000: ("body", "depth", "The body is nested too deep; the most is 32 levels."),
    b'{"action": "sale", "action": "use"}': (
        "action",
        "duplicate",
        "“action” stands twice in one object; which of the two is meant cannot be known.",
    ),
    b'{"x": {"y": 1, "y": 2}}': (
        "y",
        "duplicate",
        "“y” stands twice in one object; which of the two is meant cannot be known.",
    ),
    b'{"known_on": NaN}': ("body", "number", "NaN is no JSON."),
    b'{"known_on": ' + b"1" * 5000 + b"}": ("body", "number", "The body holds a number that is too long."),
}


@pytest.mark.parametrize("operation", ["decisions", "screening", "publications", "procedures/a-moratorium/measure"])
def test_what_is_no_object_is_refused_with_what_is_expected(app: Outer, operation: str) -> None:
    for body, (field, code, says) in WRONG.items():
        got = ask(app, f"/api/v1/{operation}", method="POST", body=body, content_type="application/json")
        assert got.status == 400, (body[:40], got.text)
        assert got.headers["content-type"] == "application/problem+json"
        assert got.json == {
            "type": "about:blank",
            "title": "This question cannot be read.",
            "status": 400,
            "detail": says,
            "error": {"status": 400, "code": code, "message": says, "field": field, "hint": EXPECTED},
        }, body[:40]


def test_a_megabyte_names_its_field(app: Outer) -> None:
    body = json.dumps(GOOD | {"product": "x" * (1 << 20)}).encode()
    got = ask(app, "/api/v1/decisions", method="POST", body=body, content_type="application/json")
    assert (got.status, got.headers["content-type"]) == (400, "application/problem+json")
    assert got.json["error"]["field"] == "product"
    assert got.json["detail"] == "String should have at most 300 characters."


def test_as_deep_as_may_be(app: Outer) -> None:
    from sousveil.web.api.bodies import object_of  # once the application has set Django up

    deepest = b'{"a": ' * DEPTH_MAX + b"1" + b"}" * DEPTH_MAX
    assert len(str(object_of(deepest))) == DEPTH_MAX * len("{'a': }") + 1
