"""Bodies that programs send: JSON objects, read strictly, so that what is wrong is named and nothing is read in two ways.

RFC 8259 leaves open what a name that comes twice means, and Python reads NaN, which is no JSON (I-JSON, RFC 7493, 2.3, forbids
both). Here neither is taken.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from sousveil.web.failures import Failure

DEPTH_MAX = 32
"""Lists and objects within each other. The deepest body that an operation takes has five."""
EXPECTED = "Send one JSON object in UTF-8. Its fields stand in /api/v1/openapi.json."
_KINDS = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}


class Bodies(Parser):
    """Reads the bodies of all operations."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The object in a body. Raises Failure 400."""
        return object_of(request.body)


def object_of(data: bytes) -> dict[str, Any]:
    """The JSON object in some bytes. Raises Failure 400 that says what is there instead."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(f"The body is not UTF-8: byte {error.start:,} belongs to no letter.", "encoding")
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        _refuse(f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.", "json")
    except RecursionError:
        _refuse(f"The body is nested too deep; the most is {DEPTH_MAX} levels.", "depth")
    except ValueError:  # a whole number of thousands of digits
        _refuse("The body holds a number that is too long.", "number")
    if not isinstance(found, dict):
        _refuse(f"The body is {_KINDS[type(found)]}, and an object is expected.", "object")
    _check_depth(found)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name[:40].encode("utf-8", "replace").decode()
            _refuse(
                f"“{shown}” stands twice in one object; which of the two is meant cannot be known.", "duplicate", shown
            )
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    _refuse(f"{name} is no JSON.", "number")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    if any(isinstance(one, dict | list) for one in level):
        _refuse(f"The body is nested too deep; the most is {DEPTH_MAX} levels.", "depth")


def _refuse(message: str, code: str, field: str = "body") -> NoReturn:
    raise Failure(400, message, hint=EXPECTED, field=field, code=code)
