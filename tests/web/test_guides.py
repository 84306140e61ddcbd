"""Each address of a register that a guide names leads somewhere on a served one."""

from __future__ import annotations

import re
from pathlib import Path

from sousveil.web.outer import Outer
from tests.web.client import ask
from tests.web.routes import parts_of

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
_WHOLE = re.compile(r"https?://register\.example(?:\.org)?(/[\w/.-]+)")
"""What follows the name of a register in a web address. The name of a log has no scheme before it, and is no page."""
_OF_OURS = re.compile(r"`(/[a-z][\w/.-]*)`")
"""A page as `/overdue`."""
_NOT_OURS = re.compile(r"^/(?:srv|etc|var|home|tmp|usr|dev|proc|private|mnt|media|data)(?:/|$)")
"""Folders of a machine."""


def addresses() -> set[str]:
    found: set[str] = set()
    for page in sorted(GUIDES.rglob("*.md")):
        text = page.read_text("utf-8")
        found |= {one for pattern in (_WHOLE, _OF_OURS) for one in pattern.findall(text) if not _NOT_OURS.match(one)}
    return found


def test_each_address_in_the_guides_is_one_of_the_register(app: Outer) -> None:
    named = addresses()
    assert {"/remedy", "/overdue", "/api/v1/decisions", "/statements/NUMBER"} <= named
    number = parts_of(app)["statement"]
    named -= {"/staff/"}  # at the staff's own address
    gone = [one for one in sorted(named) if ask(app, one.replace("NUMBER", number)).status == 404]
    assert gone == []
