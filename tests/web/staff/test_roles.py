"""Who may: every act of the table, asked for over HTTP. Who may not is an attack (tests/attack/acts.py)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sousveil.decisions.api import gate
from sousveil.register.model import content
from sousveil.register.register import Register
from sousveil.web.staff.permissions import ACTS, PREFIX, Act
from tests.attack.acts import FORM, HELD, WHO, Case, form_of
from tests.register.maker import private, said
from tests.web.staff.noticing import drafted, signed
from tests.web.staff.people import COMPANY, PEOPLE, PROPOSAL, Staff, staff_of


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
                    {"csrfmiddlewaretoken": visitor.token, **form_of(case), **approval.get(yes.act.name, {})},
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
