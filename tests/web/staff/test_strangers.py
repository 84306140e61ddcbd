"""Whoever has shown nothing leaves nothing behind, and keeps no more than two threads busy with passwords. A flood is an attack
(tests/attack/floods.py)."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import forked
from tests.attack.floods import rows
from tests.web.staff.people import ENVIRONMENT, Staff, crowd, print_stranger, staff_of
from tests.web.staff.visitor import Visitor


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """paula is signed in."""
    with staff_of(tmp_path_factory.mktemp("strangers") / "register", "paula") as found:
        yield found


def test_a_session_is_stored_from_the_first_factor_on_and_under_a_new_key(staff: Staff) -> None:
    sessions = rows(staff)["django_session"]
    visitor = Visitor(staff.address)
    visitor.get("/staff/login/")
    stranger = visitor.cookie
    assert ":" in stranger and rows(staff)["django_session"] == sessions
    visitor.post("/staff/login/", login="paula", password="a long word for tests 7")
    assert ":" not in visitor.cookie and rows(staff)["django_session"] == sessions + 1
    for cookie in (stranger, stranger[:-1], f"sousveil_staff={'a' * 32}", "sousveil_staff=a:b:c"):
        assert Visitor(staff.address, cookie=cookie).get("/staff/security/authenticate/").location == "/staff/login/"
    assert Visitor(staff.address, cookie=visitor.cookie).get("/staff/security/authenticate/").status == 200


def _content(signed: str) -> dict[str, object]:
    """What a signed session holds, in a stranger's cookie or in a row."""
    text = signed.partition(":")[0]
    data = base64.urlsafe_b64decode(text.removeprefix(".") + "===")
    found: dict[str, object] = json.loads(zlib.decompress(data) if text.startswith(".") else data)
    return found


def test_a_question_to_a_passkey_ends_with_the_cookie_it_came_in(staff: Staff) -> None:
    visitor = Visitor(staff.address)
    visitor.get("/staff/login/")
    assert _content(visitor.cookie.partition("=")[2])["mfa.webauthn.state"]
    visitor.post("/staff/login/", login="paula", password="a long word for tests 7")
    with closing(sqlite3.connect(staff.folder / "staff.sqlite", timeout=30)) as database:
        sql = "SELECT session_data FROM django_session WHERE session_key = ?"
        stored = _content(database.execute(sql, (visitor.cookie.partition("=")[2],)).fetchone()[0])
    assert "_csrftoken" in stored and "mfa.webauthn.state" not in stored


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (1_190, 200), (1_210, 403)])
def test_a_form_is_good_for_twenty_minutes(staff: Staff, seconds: int, status: int) -> None:
    token = "a" * 32
    made = forked.run((str(staff.folder), str(seconds), token), environment=ENVIRONMENT, call=print_stranger)
    visitor = Visitor(staff.address, cookie=f"sousveil_staff={made.stdout.decode().strip()}", token=token)
    assert visitor.post("/staff/login/", login="nobody", password="wrong wrong wrong").status == status


def test_one_password_is_hashed_at_a_time_one_waits_and_the_others_are_told_to_come_again(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    done = forked.run((str(tmp_path),), environment=ENVIRONMENT, call=crowd)
    told = ["429 5", "429 5", "429 5", "looked at", "looked at", "looked at"]
    assert done.stdout.decode().split("\n")[0] == f"{told} 1", done.stderr
