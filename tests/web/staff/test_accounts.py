"""Accounts over HTTP without script: invitations, two factors or none at all, sessions, limits, cookies."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sousveil.register.audit import open_audit
from tests import forked
from tests.web.serving import served_apart, served_twice
from tests.web.staff.people import BODY, COMPANY, ENVIRONMENT, OPERATOR, OTHER, Staff, age_session, fill, run, staff_of
from tests.web.staff.visitor import PASSWORD, Visitor, code_of


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """paula and olga are signed in."""
    with staff_of(tmp_path_factory.mktemp("accounts") / "register", "paula", "olga") as found:
        yield found


def _invite(staff: Staff, name: str, *more: str) -> str:
    done = run(staff.folder, "staff", "invite", name, "--role", "publisher", "--owner", COMPANY, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _database(staff: Staff, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(staff.folder / "staff.sqlite", timeout=30)) as database, database:
        return database.execute(sql, values).fetchall()


def test_the_cookie_reaches_only_the_staff_s_part(staff: Staff) -> None:
    reader, visitor = Visitor(staff.pages), Visitor(staff.address)
    for path in ("/", "/log", "/search?q=a", "/api/v1/home", "/feed.atom", "/static/register.css", "/staff"):
        assert reader.get(path).header("set-cookie") == ""
    assert visitor.get("/static/register.css").header("set-cookie") == ""
    assert reader.cookies == visitor.cookies == []
    page = visitor.get("/staff/login/")
    [line] = visitor.cookies
    assert sorted(line.split("; ")[1:]) == ["HttpOnly", "Path=/staff/", "SameSite=Strict"] or "Max-Age=1200" in line
    assert "HttpOnly" in line and "Path=/staff/" in line and "SameSite=Strict" in line and "Secure" not in line
    assert page.header("cache-control") == "no-store"
    assert page.header("referrer-policy") == "same-origin"
    port = staff.address.rpartition(":")[2]
    scripts = (f"http://{name}:{port}/staff/static/passkey.js" for name in ("localhost", "127.0.0.1"))
    assert page.header("content-security-policy").endswith(f"; script-src {' '.join(scripts)}")
    assert "script-src" not in staff["paula"].get("/staff/").header("content-security-policy")
    assert "script-src" not in reader.get("/").header("content-security-policy")


def test_each_listener_answers_its_own_pages_alone(staff: Staff) -> None:
    for path in ("/log", "/log/checkpoint", "/api/v1/home", "/feed.atom", "/staff", "/reconcile", "/"):
        page = Visitor(staff.address).get(path)
        assert page.status == 404, path
    assert f'href="{staff.pages}/search"' in page.text and 'href="staff/"' in page.text
    for path in ("/staff/", "/staff/login/", "/staff/static/passkey.js"):
        assert Visitor(staff.pages).get(path).status == 404, path
    shown = staff["paula"].get("/staff/").text
    assert f'<p class="name"><a href="{staff.pages}/">' in shown and 'href="../static/register.css"' in shown


def test_nothing_that_a_request_says_of_its_host_counts(staff: Staff) -> None:
    """Neither for the cookie nor for the limit of wrong passwords, which else began anew with each name of a host."""
    forged = {"Host": "evil.example", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example"}
    visitor = Visitor(staff.address)
    page = visitor.ask("GET", "/staff/login/", **forged)
    assert page.status == 200 and "Secure" not in visitor.cookies[-1]
    assert "evil.example" not in f"{page.headers}{page.text}"
    visitor.get("/staff/login/")
    assert (
        visitor.ask(
            "POST", "/staff/login/", {"csrfmiddlewaretoken": visitor.token}, Origin="http://evil.example"
        ).status
        == 403
    )
    assert visitor.enrol(_invite(staff, "hans")).status == 303
    for number in range(6):
        visitor.get("/staff/login/")
        form = {"csrfmiddlewaretoken": visitor.token, "login": "hans", "password": "wrong wrong wrong"}
        page = visitor.ask("POST", "/staff/login/", form, Host=f"host-{number}.example")
    assert "Too many tries. Wait five minutes" in page.text


def test_files_are_for_their_owner_alone_and_no_secret_lies_open(staff: Staff) -> None:
    for name in ("staff.sqlite", "keys/staff", "keys/audit"):
        assert (staff.folder / name).stat().st_mode & 0o777 == 0o600, name
    for file in staff.folder.glob("staff.sqlite*"):
        data = file.read_bytes()
        assert PASSWORD.encode() not in data and staff["paula"].secret.encode() not in data
        assert file.stat().st_mode & 0o077 == 0


def test_an_invitation_works_once(staff: Staff) -> None:
    link = _invite(staff, "anna")
    assert Visitor(staff.address).enrol(link).status == 303
    assert Visitor(staff.address).get(link).status == 404
    assert Visitor(staff.address).get("/staff/invitation/" + "x" * 32 + "/").status == 404
    assert open_audit(staff.folder).read(limit=2)[0].act == "account.enrol"


def test_an_old_invitation_and_one_of_an_account_that_has_ended_do_not_hold(staff: Staff) -> None:
    link = _invite(staff, "alex")
    _database(staff, "UPDATE staff_invitation SET expires = '2020-01-01 00:00:00' WHERE used = 0")
    assert Visitor(staff.address).get(link).status == 404
    link = _invite(staff, "alex", "--again")
    assert Visitor(staff.address).get(link).status == 200
    assert run(staff.folder, "staff", "disable", "alex").returncode == 0
    assert Visitor(staff.address).get(link).status == 404


@pytest.mark.parametrize(
    "form, told",
    [
        ({"password2": "another long word 9"}, "The two passwords differ."),
        ({"password1": "short", "password2": "short"}, "This password is too short."),
        ({"password1": "123456789012345", "password2": "123456789012345"}, "This password is entirely numeric."),
        ({"code": "000000"}, "The code does not fit."),
        ({"code": ""}, "The code does not fit."),
    ],
)
def test_no_half_account(staff: Staff, form: dict[str, str], told: str) -> None:
    link = _invite(
        staff,
        "half",
        *(["--again"] if _database(staff, "SELECT 1 FROM staff_account WHERE pseudonym = 'half'") else []),
    )
    visitor = Visitor(staff.address)
    visitor.enrol(link, "x")  # refused: too short; the page shows a secret all the same
    asked = {"password1": PASSWORD, "password2": PASSWORD, "code": code_of(visitor.secret)} | form
    page = visitor.post(link, **asked)
    assert page.status == 422 and told in page.text
    password, factors = _database(
        staff,
        "SELECT a.password, (SELECT count(*) FROM mfa_authenticator m WHERE m.user_id = a.id) FROM staff_account a "
        "WHERE pseudonym = 'half'",
    )[0]
    assert str(password).startswith("!") and factors == 0


def test_an_account_without_second_factor_stays_outside(staff: Staff) -> None:
    visitor = Visitor(staff.address)
    assert visitor.enrol(_invite(staff, "bare")).status == 303
    _database(
        staff, "DELETE FROM mfa_authenticator WHERE user_id = (SELECT id FROM staff_account WHERE pseudonym = 'bare')"
    )
    visitor.get("/staff/login/")
    page = visitor.post("/staff/login/", login="bare", password=PASSWORD)
    assert page.status == 403 and "This account has no second factor." in page.text
    assert visitor.get("/staff/").status == 302


def test_wrong_passwords_lock_the_account_for_a_while_and_no_other(staff: Staff) -> None:
    visitor = Visitor(staff.address)
    assert visitor.enrol(_invite(staff, "lena")).status == 303
    for _ in range(5):
        visitor.get("/staff/login/")
        page = visitor.post("/staff/login/", login="lena", password="wrong wrong wrong")
        assert page.status == 200
    visitor.get("/staff/login/")
    page = visitor.post("/staff/login/", login="lena", password=PASSWORD)
    assert page.status == 200 and "Too many tries. Wait five minutes" in page.text
    other = Visitor(staff.address, secret=staff["paula"].secret)
    other.get("/staff/login/")
    assert other.post("/staff/login/", login="paula", password=PASSWORD).status == 302


def test_an_unknown_name_and_a_wrong_password_look_the_same(staff: Staff) -> None:
    texts = set()
    for name in ("paula", "nobody-there"):
        visitor = Visitor(staff.address)
        visitor.get("/staff/login/")
        page = visitor.post("/staff/login/", login=name, password="wrong wrong wrong")
        texts.add((page.status, page.text.partition('role="alert"')[2].partition("</div>")[0]))
    assert len(texts) == 1


@pytest.mark.parametrize("name, seconds", [("seen", 31 * 60), ("since", 9 * 3_600)])
def test_a_session_ends(staff: Staff, name: str, seconds: int) -> None:
    """The clock is moved in the session, as the server itself writes it."""
    visitor = Visitor(staff.address)
    pseudonym = f"sess-{name}"
    assert visitor.enrol(_invite(staff, pseudonym)).status == 303
    assert visitor.sign_in(pseudonym).location == "/staff/"
    assert visitor.get("/staff/").status == 200
    key = visitor.cookie.partition("=")[2]
    words = (str(staff.folder), key, name, str(seconds))
    assert forked.run(words, environment=ENVIRONMENT, call=age_session).returncode == 0
    assert visitor.get("/staff/").location == "/staff/login/?next=/staff/"


def test_nobody_signs_up(staff: Staff) -> None:
    for path in ("signup/", "password/reset/", "email/", "social/"):
        assert Visitor(staff.address).get(f"/staff/{path}").status == 404


def test_the_last_factor_stays(staff: Staff) -> None:
    visitor = Visitor(staff.address)
    assert visitor.enrol(_invite(staff, "last")).status == 303
    assert visitor.sign_in("last").location == "/staff/"
    assert visitor.get("/staff/security/").status == 200
    page = visitor.get("/staff/security/totp/deactivate/")
    assert page.location == "/staff/reauthenticate/?next=%2Fstaff%2Fsecurity%2Ftotp%2Fdeactivate%2F"
    visitor.get(page.location)
    assert visitor.post(page.location, password="wrong wrong wrong").status == 200
    page = visitor.post(page.location, password=PASSWORD, next="/staff/security/totp/deactivate/")
    assert page.location == "/staff/security/totp/deactivate/"
    assert visitor.get(page.location).status == 200
    page = visitor.post("/staff/security/totp/deactivate/")
    assert page.status == 200 and "This is the last one that you can sign in with: it stays." in page.text


def test_sessions_outlive_a_restart_and_count_in_every_process(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    fill(folder)
    done = run(folder, "staff", "invite", "paula", "--role", "publisher", "--owner", COMPANY)
    with served_apart(folder) as (_, address):
        visitor = Visitor(address)
        assert visitor.enrol(done.stdout.strip()).status == 303
        assert visitor.sign_in("paula").location == "/staff/"
    with served_twice(folder) as (pages, address, server):
        visitor.address = address
        assert visitor.get("/staff/").status == 200
        assert Visitor(pages).get("/staff/").status == 404
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)
        told = server.communicate(timeout=60)[1].decode()
        assert f"The staff's pages are at http://localhost:{address.rpartition(':')[2]}/staff/" in told
        assert "The server of the staff's pages ended by itself, and the other with it." in told
        for one in (pages, address):
            with pytest.raises(ConnectionError):
                Visitor(one).get("/staff/")


@pytest.mark.parametrize(
    "words, told",
    [
        (["staff", "invite", "Paula Smith"], "A pseudonym has small letters"),
        (["staff", "invite", "paul", "--role", "publisher", "--owner", "Nobody"], "owns no live key"),
        (["staff", "invite", "paul", "--role", "reviewer", "--owner", OTHER], "owns no live key"),
        (["staff", "invite", "paul", "--role", "case-handler", "--owner", COMPANY], "works for no key"),
        (["staff", "invite", "paul", "--role", "board-member", "--owner", BODY], "has a seat"),
        (["staff", "invite", "nobody", "--again"], "There is no account"),
        (["staff", "disable", "nobody"], "There is no account"),
    ],
)
def test_accounts_that_cannot_be(tmp_path_factory: pytest.TempPathFactory, words: list[str], told: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "verbs"
    if not folder.exists():
        fill(folder)
    if "Paula Smith" in words:
        words = [*words, "--owner", COMPANY]
    done = run(folder, *words)
    assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr
    assert run(folder, "staff", "list").stdout == ""


def test_waiting_a_moment_is_enough_for_the_clock() -> None:
    now = time.time()
    assert code_of("JBSWY3DPEHPK3PXP", now) == code_of("JBSWY3DPEHPK3PXP", now // 30 * 30)
    assert code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"  # RFC 6238, appendix B


def test_no_operator_makes_itself_a_second_one(staff: Staff) -> None:
    """Whoever is shown a link signs in by it: an operator would approve its own erasure as the other."""
    olga = staff["olga"]
    for form in ({"pseudonym": "olga", "again": "1"}, {"pseudonym": "otto", "role": "operator"}):
        page = olga.post("/staff/accounts/invite", **form)
        assert (page.status, "/staff/invitation/" in page.text) == (403, False)
        assert "An operator is invited at the register" in page.text
    assert '<option value="operator">' not in olga.get("/staff/accounts/").text
    assert olga.get("/staff/").status == 200, "nothing that it signs in with has ended"


def test_what_is_told_instead_can_be_done(staff: Staff) -> None:
    for form in ({"pseudonym": "otto", "role": "operator"}, {"pseudonym": "otto", "again": "1"}):
        page = staff["olga"].post("/staff/accounts/invite", **form).text
        told = page.partition("There: sousveil register ")[2].partition("<")[0].split()
        assert told[:2] == ["staff", "invite"]
        meant = {"NAME": "otto", "OWNER": OPERATOR}
        done = run(staff.folder, *(meant.get(one, one) for one in told))
        assert (done.returncode, done.stdout[:18]) == (0, "/staff/invitation/")
