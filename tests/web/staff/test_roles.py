"""Who may not: every act of the table, asked for over HTTP by everybody who may not do it; and who may, as the counterpart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.register.audit import open_audit
from sousveil.register.model import content
from sousveil.register.register import Register
from sousveil.web.staff.code_words import WORDS
from sousveil.web.staff.permissions import ACTS, PREFIX, Act, If, Role
from tests.register.maker import private, said
from tests.web.staff.noticing import drafted, signed
from tests.web.staff.people import COMPANY, OTHER_SEAT, PEOPLE, PROPOSAL, SEAT, Staff, staff_of
from tests.web.staff.visitor import PASSWORD, Page, Visitor, unescaped

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
    """The served register, and what acts are done to."""

    staff: Staff
    ids: dict[str, str]
    before: tuple[int, int, str]


def _state(folder: Path) -> tuple[int, int, str]:
    with Register.open(folder, gate=gate) as register:
        waiting = register.store.held_one(register.held()[0].id).state
        return register.store.size(), register.store.jobs(), waiting


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Everybody is signed in, and there is one of everything."""
    folder = tmp_path_factory.mktemp("roles") / "register"
    with staff_of(folder, "paula", "peter", "rita", "rosa", "bela", "carl", "olga", "omar") as staff:
        _strangers(staff)
        olga = staff["olga"]
        olga.get("/staff/erasures/")
        olga.post("/staff/erasures/propose", ids="ab" * 32, ground="mistake", by="operator")
        found = {
            "draft": staff.draft("paula"),
            "form": FORM,
            "draft-of-another": staff.draft("peter"),
            "held": staff.held,
            "seat": PROPOSAL,
            "other-seat": PROPOSAL,
            "key.revoke": private("other").public.id,
            "erasure.approve": "3",
            "own-erasure": "3",
            "outbox.retry": staff.dead,
            "outbox.drop": staff.dead,
            "account.disable": "peter",
            "account.disable.ask": "peter",
            "outbox.drop.ask": staff.dead,
            "self": "olga",
            **dict.fromkeys(("notice.read", "notice.bytes", "notice.approve"), "0" * 16),
        }
        found["erasure.approve"] = found["erasure.approve.ask"] = found["own-erasure"] = "1"
        for visitor in staff.visitors.values():
            visitor.get("/staff/logout/")
        yield Ground(staff, found, _state(folder))


def _strangers(staff: Staff) -> None:
    """One without an account, one who has shown the password only, one whose account was ended."""
    staff.visitors["nobody"] = Visitor(staff.address)
    staff["nobody"].get("/staff/login/")  # its form holds a token: it is not for the lack of one that they are refused
    half = staff.visitors["half"] = Visitor(staff.address)
    half.get("/staff/login/")
    assert "authenticate" in half.post("/staff/login/", login="omar", password=PASSWORD).location
    half.get("/staff/security/authenticate/")
    staff["olga"].get("/staff/accounts/")
    page = staff["olga"].post("/staff/accounts/invite", pseudonym="emil", role="case-handler")
    link = page.text.partition('<code id="link">')[2].partition("</code>")[0]
    link = link.removeprefix(f"http://localhost:{staff.address.rpartition(':')[2]}")
    ended = staff.visitors["ended"] = Visitor(staff.address)
    assert ended.enrol(link).status == 303
    assert ended.sign_in("emil").location == "/staff/"
    ended.get("/staff/logout/")
    staff["olga"].get("/staff/accounts/")
    assert staff["olga"].post("/staff/accounts/emil/disable").status == 303
    assert ended.get("/staff/").location == "/staff/login/?next=/staff/"
    ended.get("/staff/login/")


def _ask(ground: Ground, case: Case) -> Page:
    visitor = ground.staff[case.who]
    path = PREFIX + case.act.path.replace("{id}", ground.ids.get(case.target, "1"))
    if case.act.method == "GET":
        return visitor.get(path)
    form = {"csrfmiddlewaretoken": visitor.token if case.token else "A" * 64, **_form(case)}
    return visitor.ask("POST", path, form)


def _form(case: Case) -> dict[str, str]:
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


def test_there_are_two_hundred_cases() -> None:
    assert len(MAY_NOT) >= 200
    assert len({case.name for case in MAY_NOT}) == len(MAY_NOT)


@pytest.mark.parametrize("case", MAY_NOT, ids=lambda case: case.name)
def test_who_may_not(ground: Ground, case: Case) -> None:
    acts = len(open_audit(ground.staff.folder).read(limit=10_000))
    page = _ask(ground, case)
    assert page.status == case.status
    if page.status == 302:
        assert page.location.startswith("/staff/login/?next=/staff/")
    elif case.who in ("nobody", "half", "ended"):
        assert "You are not signed in." in page.text
    elif not case.token:
        assert "This form is too old, or another page sent it." in page.text
    else:
        assert f"An account with the role “{WORDS[PEOPLE[case.who][0]]}” may not {case.act.says} here." in unescaped(
            page.text
        )
    assert len(open_audit(ground.staff.folder).read(limit=10_000)) == acts, (
        "what is refused is not written down as done"
    )
    assert _state(ground.staff.folder) == ground.before


@dataclass(frozen=True)
class Yes:
    """Somebody who may."""

    who: str
    act: Act


MAY = tuple(Yes(WHO[role], act) for act in ACTS for role in act.may)
_OK = {"GET": 200, "POST": 303}


def test_who_may(tmp_path: Path) -> None:
    """The counterpart: the same requests of those who may are answered, so that no check above refuses everybody."""
    with staff_of(tmp_path / "register", *WHO.values(), "omar") as staff:
        staff["omar"].get("/staff/erasures/")
        staff["omar"].post("/staff/erasures/propose", ids=_published(staff), ground="mistake", by="operator")
        erasure, notice = "1", drafted(staff)
        data = (staff.folder / "notices" / notice / "notice.json").read_bytes()
        approval = {"notice.approve": {"signature": signed(tmp_path, "review-one", data)}}
        got: dict[str, int] = {}
        for yes in MAY:
            own = _own_draft(staff, yes) if yes.act.name.startswith("draft.") else ""
            ids = {
                **dict.fromkeys(HELD, staff.held),
                "erasure.approve.ask": erasure,
                "outbox.drop.ask": staff.dead,
                "account.disable.ask": "omar",
                **dict.fromkeys(("form", "form.begin"), FORM),
                "vote": PROPOSAL,
                "key.revoke": private("other").public.id,
                "erasure.approve": erasure,
                "outbox.retry": staff.dead,
                "outbox.drop": staff.dead,
                "account.disable": "omar",
                **dict.fromkeys(("notice.read", "notice.bytes", "notice.approve"), notice),
            }
            visitor = staff[yes.who]
            path = PREFIX + yes.act.path.replace("{id}", own or ids.get(yes.act.name, ""))
            if yes.act.method == "GET":
                page = visitor.get(path)
            else:
                visitor.get("/staff/logout/")
                case = Case("", yes.who, yes.act, "", 0)
                page = visitor.ask(
                    "POST",
                    path,
                    {"csrfmiddlewaretoken": visitor.token, **_form(case), **approval.get(yes.act.name, {})},
                )
            got[f"{yes.who} {yes.act.name}"] = page.status
            if yes.act.name == "outbox.retry":
                with Register.open(staff.folder, gate=gate) as register:
                    register.store.db.execute("UPDATE outbox SET kind = 'mail.dead' WHERE id = ?", (staff.dead,))
        wanted = {f"{yes.who} {yes.act.name}": _OK[yes.act.method] for yes in MAY}
        wanted["olga account.invite"] = 200  # the page that shows the link, once
        for name in ("paula", "rita", "bela", "olga"):
            wanted[f"{name} draft.hand-in"] = 400  # "x" is no signature
        wanted["paula draft.prepare"] = 303
        assert got == wanted


def _published(staff: Staff) -> str:
    with Register.open(staff.folder, gate=gate) as register:
        return register.store.statements_of([PROPOSAL])[0].id


def _own_draft(staff: Staff, yes: Yes) -> str:
    """A fresh draft of the owner that the account works for, in the state that the act is for."""
    text = content(said(COMPANY, "Company", "summary", f"Invented: {yes.who}.", publisher=COMPANY)).decode()
    state = "writing" if yes.act.name in ("draft.save", "draft.prepare") else "prepared"
    with closing(sqlite3.connect(staff.folder / "staff.sqlite", timeout=30)) as database, database:
        made = database.execute(
            "INSERT INTO staff_draft (account_id, owner, kind, title, text, payload, contents, of, approved_by, state,"
            " outcome, made, changed) SELECT id, ?, 'statements', 'T', ?, x'7b7d', x'', '', '', ?, '', made, made"
            " FROM staff_account WHERE pseudonym = ?",
            (PEOPLE[yes.who][1], text, state, yes.who),
        )
        return str(made.lastrowid)
