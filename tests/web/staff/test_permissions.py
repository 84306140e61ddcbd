"""The table of permissions itself: laws that no row may break, and that its documentation is the same table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sousveil.web.staff.permissions import ACTS, BY_NAME, If, Role, What, Who, may
from sousveil.web.staff.routing import ID
from tests.web.serving import SOURCE

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "concepts" / "permissions.md"
MARK = {
    If.ALWAYS: "yes",
    If.OWN: "own",
    If.NOT_OWN: "not own",
    If.OWN_SEAT: "own seat",
    If.SECOND: "second",
    If.NOT_SELF: "not self",
}


def table() -> str:
    """The table as the document has it."""
    lines = ["| may | " + " | ".join(Role) + " | audit |", "| --- |" + " --- |" * (len(Role) + 1)]
    for act in ACTS:
        cells = [MARK[act.may[role]] if role in act.may else "–" for role in Role]
        lines.append(f"| {act.says} | " + " | ".join(cells) + f" | {'yes' if act.privileged else '–'} |")
    return "\n".join(lines)


def test_the_document_shows_the_table() -> None:
    assert table() in DOCUMENT.read_text("utf-8")


def test_laws_of_the_table() -> None:
    for act in ACTS:
        assert act.method == "POST" or not act.privileged or act.name == "held.read"
        if act.name.startswith(
            ("draft.read", "draft.save", "draft.prepare", "draft.payload", "draft.hand-in", "draft.delete")
        ):
            assert set(act.may.values()) == {If.OWN}, "nobody works on what another owner signs"
        if act.name.startswith(("held.re",)):
            assert dict(act.may) == {Role.REVIEWER: If.NOT_OWN}
    assert {act.name for act in ACTS if Role.CASE_HANDLER in act.may} == {"home", "audit.checkpoint"}
    assert dict(BY_NAME["erasure.approve"].may) == {Role.OPERATOR: If.SECOND}
    assert len(BY_NAME) == len(ACTS) == len({(act.method, act.path) for act in ACTS})


_TEXT = st.sampled_from(["", "a", "b"])


@given(
    act=st.sampled_from(ACTS),
    who=st.builds(Who, pseudonym=st.sampled_from(["a", "b"]), role=st.sampled_from(Role), owner=_TEXT, seat=_TEXT),
    what=st.builds(What, owner=_TEXT, seat=_TEXT, proposed_by=_TEXT, account=_TEXT),
)
def test_a_condition_only_takes_away(act: object, who: Who, what: What) -> None:
    one = BY_NAME[getattr(act, "name")]  # noqa: B009 - hypothesis gives it untyped
    if may(one, who, what):
        assert may(one, who), "who may not by role may not by any condition"
        if one.may[who.role] is If.OWN:
            assert who.owner and who.owner == what.owner
        if one.may[who.role] is If.NOT_OWN:
            assert who.owner and who.owner != what.owner
        if one.may[who.role] is If.SECOND:
            assert what.proposed_by not in ("", who.pseudonym)


_ROUTES = """import json, sys
from pathlib import Path
from sousveil.web.staff.database import prepare
prepare(Path(sys.argv[1]))
from django.urls import URLPattern
from sousveil.web.staff import routing, urls
def walk(patterns, before=""):
    for one in patterns:
        if isinstance(one, URLPattern):
            yield before + str(one.pattern)
        else:
            yield from walk(one.url_patterns, before + str(one.pattern))
print(json.dumps([sorted(walk(urls.urlpatterns)), sorted(routing._views)]))"""
ENTERING = ("staff/login/", "staff/logout/", "staff/reauthenticate/", "staff/password/", "staff/inactive/", "staff/security/",
            "staff/invitation/", "staff/static/", "^.*$")  # fmt: skip
"""Signing in, and what one signs in with: each account's own, or nobody's yet."""


def test_no_route_is_without_its_row(tmp_path: Path) -> None:
    """Every address that the program answers below /staff/ is an act of the table, or a way to sign in."""
    command = [sys.executable, "-c", _ROUTES, str(tmp_path)]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin"}
    (tmp_path / "keys").mkdir()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=environment)
    routes, views = json.loads(done.stdout)
    rows = {"^staff/" + one.path.replace("{id}", f"(?P<id>{ID})").replace(".", "\\.") + "$" for one in ACTS}
    without = [one for one in routes if not one.startswith(ENTERING)]
    assert sorted(without) == sorted(rows)
    assert views == sorted(BY_NAME)
