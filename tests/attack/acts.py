"""What staff may not do: acts of others by role, forged forms, codes and sessions that are used again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from sousveil.decisions.api import gate
from sousveil.register.audit import open_audit
from sousveil.register.register import Register
from sousveil.web.staff.code_words import WORDS
from sousveil.web.staff.permissions import ACTS, PREFIX, Act, If, Role
from tests.attack.field import Field, Result, Tally
from tests.register.maker import private
from tests.web.staff.people import OTHER_SEAT, PEOPLE, PROPOSAL, SEAT, Staff
from tests.web.staff.visitor import PASSWORD, Page, Visitor, code_of, unescaped

WHO = {
    Role.PUBLISHER: "paula",
    Role.REVIEWER: "rita",
    Role.BOARD_MEMBER: "bela",
    Role.CASE_HANDLER: "carl",
    Role.OPERATOR: "olga",
}
"""Somebody of each role for whom the targets below are the right ones, where the role may do the act."""


FORM = "f-contracts__request"
HELD = ("held.read", "held.review", "held.notice", "held.reply")


@dataclass(frozen=True)
class Case:
    """Somebody asks for something."""

    name: str
    who: str
    act: Act
    target: str
    status: int
    token: bool = True


def _target(act: Act) -> str:
    """What the act is done to, such that whoever may do it on this may."""
    if act.name.startswith("draft."):
        return "draft"
    if act.name.startswith("form"):
        return "form"
    return {**dict.fromkeys(HELD, "held"), "vote": "seat"}.get(act.name, act.name)


def _who_may_not() -> Iterator[Case]:
    for act in ACTS:
        post = act.method == "POST"
        for stranger in ("nobody", "half", "ended"):
            yield Case(f"{stranger}-{act.name}", stranger, act, _target(act), 403 if post else 302)
        for role in Role:
            if role not in act.may:
                yield Case(f"{role}-{act.name}", WHO[role], act, _target(act), 403)
            elif post:
                yield Case(f"{role}-{act.name}-forged", WHO[role], act, _target(act), 403, token=False)
            if (condition := act.may.get(role)) not in (None, If.ALWAYS):
                yield Case(f"{role}-{act.name}-not-{condition.name.lower()}", *_wrong(role, act), 403)


def _wrong(role: Role, act: Act) -> tuple[str, Act, str]:
    """Somebody of the role, and something on which the act's condition does not hold."""
    wrong = {
        If.OWN: (WHO[role], "draft-of-another"),
        If.NOT_OWN: ("rosa", "held"),
        If.OWN_SEAT: (WHO[role], "other-seat"),
        If.SECOND: ("olga", "own-erasure"),
        If.NOT_SELF: ("olga", "self"),
    }[act.may[role]]
    return wrong[0], act, wrong[1]


MAY_NOT = tuple(_who_may_not())


@dataclass
class Ground:
    """The staff, and what acts are done to."""

    staff: Staff
    ids: dict[str, str]


@cache
def _ground(field: Field) -> Ground:
    """One of everything; each visitor has looked at a form, so a refusal is not for the lack of a token."""
    staff = field.staff
    _strangers(staff)
    olga = staff["olga"]
    olga.get("/staff/erasures/")
    olga.post("/staff/erasures/propose", ids="ab" * 32, ground="mistake", by="operator")
    with closing(sqlite3.connect(field.folder / "staff.sqlite", timeout=30)) as database:
        [[erasure]] = database.execute("SELECT max(id) FROM staff_draft WHERE kind = 'erase'")
    ids = {
        "draft": staff.draft("paula"),
        "form": FORM,
        "draft-of-another": staff.draft("peter"),
        **dict.fromkeys(("seat", "other-seat"), PROPOSAL),
        "key.revoke": private("other").public.id,
        **dict.fromkeys(("erasure.approve", "erasure.approve.ask", "own-erasure"), str(erasure)),
        **dict.fromkeys(("held", *HELD), staff.held),
        **dict.fromkeys(("outbox.retry", "outbox.drop", "outbox.drop.ask"), staff.dead),
        **dict.fromkeys(("account.disable", "account.disable.ask"), "peter"),
        "self": "olga",
        **dict.fromkeys(("notice.read", "notice.bytes", "notice.approve"), "0" * 16),
    }
    for visitor in staff.visitors.values():
        visitor.get("/staff/logout/")
    return Ground(staff, ids)


def _state(folder: Path) -> tuple[object, ...]:
    """What an act would change: the log, jobs, the held publication, the audit log, accounts, drafts, invitations."""
    with Register.open_or_read(folder, gate=gate) as register:
        state = [register.store.size(), register.store.jobs(), [one.state for one in register.store.held()]]
    with closing(sqlite3.connect(folder / "staff.sqlite", timeout=30)) as database:
        for table in ("staff_account", "staff_draft", "staff_invitation"):
            state.append(sorted(map(repr, database.execute(f"SELECT * FROM {table}"))))
    return (*state, len(open_audit(folder).read(limit=10_000)))


def _strangers(staff: Staff) -> None:
    """One without an account, one who has shown the password only, one whose account was ended."""
    staff.visitors["nobody"] = Visitor(staff.address)
    staff["nobody"].get("/staff/login/")  # its form holds a token: it is not for the lack of one that they are refused
    half = staff.visitors["half"] = Visitor(staff.address)
    half.get("/staff/login/")
    assert "authenticate" in half.post("/staff/login/", login="omar", password=PASSWORD).location
    half.get("/staff/security/authenticate/")
    ended = staff.visitors["ended"] = Visitor(staff.address)
    assert ended.enrol(invited(staff, "emil")).status == 303
    assert ended.sign_in("emil").location == "/staff/"
    ended.get("/staff/logout/")
    staff["olga"].get("/staff/accounts/")
    assert staff["olga"].post("/staff/accounts/emil/disable").status == 303
    assert ended.get("/staff/").location == "/staff/login/?next=/staff/"
    ended.get("/staff/login/")


def invited(staff: Staff, name: str) -> str:
    """The link for a new account."""
    staff["olga"].get("/staff/accounts/")
    page = staff["olga"].post("/staff/accounts/invite", pseudonym=name, role="case-handler")
    return urlsplit(page.text.partition('<code id="link">')[2].partition("</code>")[0]).path


def _ask(ground: Ground, case: Case) -> Page:
    visitor = ground.staff[case.who]
    path = PREFIX + case.act.path.replace("{id}", ground.ids.get(case.target, "1"))
    if case.act.method == "GET":
        return visitor.get(path)
    form = {"csrfmiddlewaretoken": visitor.token if case.token else "A" * 64, **form_of(case)}
    return visitor.ask("POST", path, form)


def form_of(case: Case) -> dict[str, str]:
    return {
        "vote": {
            "seat": OTHER_SEAT if case.target == "other-seat" else SEAT,
            "choice": "for",
            "necessity": "a",
            "proportionality": "b",
            "legality": "c",
        },
        "draft.new": {"title": "New"},
        "draft.save": {"title": "Saved", "text": "x"},
        "draft.hand-in": {"signature": "x"},
        "held.review": {"verdict": "publish", "ground": "accountability", "waived": "already_public"},
        "held.notice": {"to": "subject@example.net", "reply_until": "2099-12-31", "sure": "yes"},
        "held.reply": {"text": "It is not so."},
        "key.add": {"key": private("new").public.raw.hex(), "owner": "New Owner", "role": "publisher"},
        "key.revoke": {"reason": "ceased"},
        "erasure.propose": {"ids": "cd" * 32, "ground": "mistake", "by": "operator"},
        "account.invite": {"pseudonym": "nina", "role": "case-handler"},
    }.get(case.act.name, {})


def forbidden_acts(field: Field) -> Result:
    """Every act of the table, asked for by everybody who may not do it. The words of each refusal are compared."""
    tally = Tally("forbidden acts by role", "the table of permissions, asked at every route; a token in every form")
    ground = _ground(field)
    before = _state(field.folder)
    for case in MAY_NOT:
        page = _ask(ground, case)
        tally.check(page.status == case.status and _refused(page, case), f"{case.name}: {page.status}")
    tally.check(_state(field.folder) == before, "what is refused is not done, and not written down as done")
    return tally.result()


def _refused(page: Page, case: Case) -> bool:
    if page.status == 302:
        return page.location.startswith("/staff/login/?next=/staff/")
    if case.who in ("nobody", "half", "ended"):
        return "You are not signed in." in page.text
    if not case.token:
        return "This form is too old, or another page sent it." in page.text
    sentence = f"An account with the role “{WORDS[PEOPLE[case.who][0]]}” may not {case.act.says} here."
    return sentence in unescaped(page.text)


def forged_forms(field: Field) -> Result:
    """Every form of the staff, sent by another site's page in the name of somebody who may send it."""
    tally = Tally("forged forms (CSRF)", "a token of the session, the origin, SameSite=Strict, POST alone changes")
    ground = _ground(field)
    other = field.staff["carl"].token
    before = _state(field.folder)
    for act in ACTS:
        if act.method != "POST":
            continue
        role = next(iter(act.may))
        case = Case(act.name, WHO[role], act, _target(act), 403)
        visitor, form = field.staff[case.who], form_of(case)
        path = PREFIX + act.path.replace("{id}", ground.ids.get(case.target, "1"))
        good = {"csrfmiddlewaretoken": visitor.token, **form}
        stranger = "https://vendor.example"
        ways = {
            "no token": visitor.ask("POST", path, form),
            "another's token": visitor.ask("POST", path, {**form, "csrfmiddlewaretoken": other}),
            "another origin": visitor.ask("POST", path, good, Origin=stranger),
            "origin null": visitor.ask("POST", path, good, Origin="null"),
            "another site": visitor.ask("POST", path, good, Sec_Fetch_Site="cross-site"),
            "method override": visitor.ask("GET", f"{path}?_method=POST", X_HTTP_Method_Override="POST"),
            "json": field.send(
                "POST", path, b"{}", Content_Type="application/json", Cookie=visitor.cookie, Origin=field.door
            ),
            "text/plain": field.send("POST", path, b"a=b", Content_Type="text/plain", Cookie=visitor.cookie),
        }
        for way, page in ways.items():
            expected = {200, 403, 404, 405} if way == "method override" else {400, 403, 415}
            tally.check(page.status in expected, f"{act.name} with {way}: {page.status}")
    tally.check(_state(field.folder) == before, "a forged form changed something")
    return tally.result()


def second_factor(field: Field) -> Result:
    """A code a second time, the code of another, a session that was fixed before, and one that has ended."""
    tally = Tally(
        "second factor and sessions", "a code counts once; a session is new at sign-in, and ends on the server"
    )
    victim = Visitor(field.door)
    victim.enrol(invited(field.staff, "vera"))
    victim.get("/staff/login/")
    fixed = victim.cookie
    victim.post("/staff/login/", login="vera", password=PASSWORD)
    victim.get("/staff/security/authenticate/")
    wrong = f"{(int(code_of(victim.secret)) + 1) % 1_000_000:06d}"
    tally.check(victim.post("/staff/security/authenticate/", code=wrong).status == 200, "a wrong code")
    tally.check(victim.get("/staff/").status == 302, "a password alone")
    tally.check(victim.sign_in("vera").location == "/staff/", "an honest sign-in, which must work")
    code = code_of(victim.secret)
    for who, again in (("vera", code), ("vera", code_of(victim.secret, time.time() - 3_600)), ("paula", code)):
        thief = Visitor(field.door)
        thief.get("/staff/login/")
        thief.post("/staff/login/", login=who, password=PASSWORD)
        thief.get("/staff/security/authenticate/")
        thief.post("/staff/security/authenticate/", code=again)
        tally.check(thief.get("/staff/").status == 302, f"a used, old or foreign code signs {who} in")
    tally.check(fixed != victim.cookie, "the session keeps its name at sign-in")
    tally.check(Visitor(field.door, cookie=fixed).get("/staff/").status == 302, "a session that was fixed before")
    kept = victim.cookie
    victim.get("/staff/logout/")
    victim.post("/staff/logout/")
    tally.check(Visitor(field.door, cookie=kept).get("/staff/").status == 302, "a cookie after signing out")
    name = kept.partition("=")[0]
    for made in ("", "x" * 32, "../staff.sqlite", kept.partition("=")[2][:-1] + "0", "1", '{"_auth_user_id": 1}'):
        page = Visitor(field.door, cookie=f"{name}={made}").get("/staff/")
        tally.check(page.status in (302, 400), f"the cookie {made!r}: {page.status}")
    return tally.result()
