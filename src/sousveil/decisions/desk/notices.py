"""Notices to regulators: drafted from the register, approved byte for byte by two people, sent, published, acknowledged or overdue.

A notice lies as `notices/<id>/notice.json` below the register's folder; its id is the beginning of the file's SHA-256. Approvals are SSH
signatures of reviewers over exactly these bytes, which hold the letter and where it goes as well. Nothing leaves before two reviewers
of different owners have signed, and what was on file when the notice was drafted must still stand when it leaves: a retraction, a
reply, an erasure, another owner or other words of the letter in between hold it back and ask for a new draft.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path

import msgspec

from sousveil.decisions.desk.letters import ASKS, FORM, LINE_MAX, Notice, encoded, letter
from sousveil.decisions.desk.rereading import changed, filled, gone
from sousveil.decisions.desk.watching import ACKNOWLEDGE_DAYS, due_on
from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic, sshsig
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import key_id
from sousveil.register import review
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.outbox import queue as outbox
from sousveil.register.outbox.addresses import target
from sousveil.register.outbox.model import Enclosure
from sousveil.register.refusal import Refused
from sousveil.register.register import DIRECT, Register
from sousveil.register.types import is_a

NAMESPACE = "sousveil-notice"
GUARD = "regulator-notice"
"""The name under which the outbox asks again whether a notice may leave."""
APPROVALS = 2
FOLDER = "notices"
FILE, STATE = "notice.json", "state.json"
_ID = re.compile(r"[0-9a-f]{16}")
SIGN = f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY notice.json"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a notice stands."""

    state: str
    """draft, sent, acknowledged."""
    sent_on: str | None = None
    record: str | None = None
    """Id of its public record (RegulatorNotice)."""
    deliveries: tuple[str, ...] = ()
    acknowledged_on: str | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with its state and whoever approved it."""

    id: str
    notice: Notice
    sha256: str
    state: State
    approved_by: tuple[str, ...]
    """Owners of the reviewers' keys, sorted."""
    overdue: bool
    changed: tuple[str, ...] = ()
    """What is on file otherwise than it was approved, in words: it must not leave."""
    gone: frozenset[str] = frozenset()
    """Ids of its statements and replies that nobody may read any more, or that are another now."""


def draft(
    register: Register,
    *,
    regulator: str,
    company: str,
    event: str | None = None,
    mail: str | None = None,
    webhook: str | None = None,
    day: str | None = None,
) -> Seen:
    """Write a notice for two people to read and sign. Raises Refused, Usage."""
    store = register.store
    if not mail and not webhook:
        raise Usage("A notice goes by mail, by webhook, or both.", hint="Give --mail ADDRESS or --webhook URL.")
    if mail:
        outbox.check_address(mail)
    if webhook:
        target(webhook, loopback=register.config.webhooks.loopback)
    for field, id, type in (("regulator", regulator, "LegalEntity"), ("company", company, "LegalEntity")):
        _check(register, field, id, type)
    if event is not None:
        _check(register, "event", event, "CorporateEvent")
    tree = store.tree()
    blank = Notice(
        form=FORM,
        says=ASKS,
        register_title=register.title,
        origin=register.origin,
        example=register.example,
        regulator=regulator,
        regulator_name="",
        company=company,
        company_name="",
        concerns=(),
        concerns_names=(),
        holdings=(),
        event=event,
        event_name=None,
        drafted_on=day or review.today(),
        acknowledge_days=ACKNOWLEDGE_DAYS,
        log_size=tree.size,
        root=tree.root.hex(),
        told=(),
        left_out=0,
        mail=mail or None,
        webhook=webhook or None,
        subject="",
        letter="",
    )
    notice = filled(register, blank, blank.drafted_on)
    if not notice.told:
        raise Refused(
            "Nothing is on file by `reported` or better that could be told of this company.",
            field="company",
            code="nothing_to_tell",
            hint="What is only alleged is never sent.",
        )
    data = encoded(notice)
    id = hashlib.sha256(data).hexdigest()[:16]
    folder = register.folder / FOLDER / id
    if (folder / STATE).exists():
        return look(register, id)
    state = State(state="draft")
    atomic.write_all(folder, {FILE: data, STATE: msgspec.json.encode(state)}, mode=0o600)
    return look(register, id)


def approve(register: Register, id: str, signature: bytes) -> Seen:
    """Take a reviewer's SSH signature over the notice's bytes. Raises Refused, Usage, Missing."""
    seen = look(register, id)
    if seen.state.state != "draft":
        raise Usage(f"This notice was {seen.state.state} already.")
    blob = sshsig.unarmor(signature)
    owner = _approver(register, _data(register, id), blob)
    if owner in seen.approved_by:
        raise Refused(f"{visible(owner, 100)} has approved already.", field="signature", code="second_approval")
    name = f"approval-{key_id(sshsig.parse(blob).public)}.sig"
    atomic.write_all(register.folder / FOLDER / id, {name: sshsig.armor(blob)}, mode=0o600)
    return look(register, id)


def send(register: Register, id: str, *, day: str | None = None) -> Seen:
    """Hand an approved notice to the outbox and publish that it was sent. Raises Refused, Usage, Missing."""
    seen = look(register, id, day=day)
    notice, state = seen.notice, seen.state
    if state.state != "draft":
        raise Usage(f"This notice was {state.state} already.")
    if len(seen.approved_by) < APPROVALS:
        raise Refused(
            f"{len(seen.approved_by)} of {APPROVALS} people have approved this notice.",
            field="approvals",
            code="not_approved",
            hint=f"Each reads notice.json and signs it: {SIGN}",
        )
    if seen.changed:
        raise Refused(
            f"It is held back, for it is not what was approved: {'; '.join(seen.changed)}.",
            field="notice",
            code="changed",
            hint="Draft it anew, and have it approved anew.",
        )
    day = day or review.today()
    record = entity_id("notice", notice.origin, id)
    data = _data(register, id)
    enclosed = [Enclosure(name=f"notice-{id}.json", media_type="application/json", data=data)]
    deliveries = []
    if notice.mail:
        deliveries.append(
            outbox.mail(
                register,
                key=f"notice/{id}/mail",
                to=notice.mail,
                subject=notice.subject,
                text=notice.letter,
                enclosures=enclosed,
                guard=GUARD,
            )
        )
    if notice.webhook:
        payload = {"id": id, "sha256": seen.sha256, "file": data.decode()}
        deliveries.append(
            outbox.webhook(
                register,
                key=f"notice/{id}/webhook",
                url=notice.webhook,
                event="regulator-notice",
                data=payload,
                guard=GUARD,
            )
        )
    if not register.store.statements_of(
        [record]
    ):  # a second try after a crash finds the deliveries and the record there
        register.publish(_public(register, notice, seen.sha256, record, day), receipt=False)
    _keep(register, id, State(state="sent", sent_on=day, record=record, deliveries=tuple(deliveries)))
    return look(register, id)


def held_back(register: Register, key: str) -> str | None:
    """Why the delivery of this key must not leave the outbox: what was approved may not stand any more since it was sent off.

    Raises Missing, Malformed, Refused.
    """
    seen = look(register, key.split("/")[1])
    if len(seen.approved_by) < APPROVALS:
        return f"only {len(seen.approved_by)} of {APPROVALS} approvals count still"
    return "; ".join(seen.changed) or None


def acknowledge(register: Register, id: str, day: str, *, answer: str | None = None) -> Seen:
    """Publish that the regulator acknowledged the notice. Raises Usage, Refused."""
    seen = look(register, id)
    state = seen.state
    if state.state != "sent" or state.record is None or state.sent_on is None:
        raise Usage(f"This notice is {state.state}: only one that was sent is acknowledged.")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Usage(f"{visible(day, 20)} is not a day.", hint="2026-01-31") from None
    if day < state.sent_on or day > review.today():
        raise Usage("It was acknowledged between the day it was sent and today.")
    values = {"acknowledgedOn": day, **({"answer": answer} if answer else {})}
    register.publish(
        [_said(register, state.record, name, value, seen.sha256) for name, value in values.items()], receipt=False
    )
    _keep(register, id, msgspec.structs.replace(state, state="acknowledged", acknowledged_on=day))
    return look(register, id)


def look(register: Register, id: str, *, day: str | None = None) -> Seen:
    """One notice. Raises Missing, Malformed."""
    data = _data(register, id)
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256[:16] != id:
        raise Malformed(f"The notice {id} was changed after it was drafted.", hint="Draft it anew; nothing was sent.")
    try:
        notice = msgspec.json.decode(data, type=Notice)
        state = msgspec.json.decode((register.folder / FOLDER / id / STATE).read_bytes(), type=State)
    except (msgspec.DecodeError, RecursionError, OSError) as error:
        raise Malformed(f"The notice {id} cannot be read: {error}.", hint="Draft it anew.") from None
    owners = set()
    for path in sorted((register.folder / FOLDER / id).glob("approval-*.sig")):
        try:
            owners.add(_approver(register, data, sshsig.unarmor(path.read_bytes())))
        except (Refused, Malformed):
            continue  # a key that was revoked since approves nothing any more
    due = due_on(state.sent_on) if state.sent_on else None
    overdue = state.state == "sent" and due is not None and due < (day or review.today())
    now = filled(register, notice, day or review.today())
    return Seen(
        id=id,
        notice=notice,
        sha256=sha256,
        state=state,
        approved_by=tuple(sorted(owners)),
        overdue=overdue,
        changed=tuple(changed(notice, now)) or (() if notice == now else ("something on file is otherwise",)),
        gone=gone(notice, now),
    )


def all_notices(register: Register) -> list[Seen]:
    """All notices, by the day they were drafted."""
    folder = register.folder / FOLDER
    found = [look(register, one.name) for one in folder.iterdir() if _ID.fullmatch(one.name)] if folder.is_dir() else []
    return sorted(found, key=lambda one: (one.notice.drafted_on, one.id))


def as_text(seen: Seen) -> str:
    """The letter as somebody may read it now: what does not stand any more, or was erased, is not in it."""
    word = "HELD BACK" if seen.state.state == "draft" else "SINCE IT WAS SENT"
    first = [f"{word}: {visible('; '.join(seen.changed), LINE_MAX)}.", ""] if seen.changed else []
    text = letter(seen.notice, seen.gone) if seen.gone else seen.notice.letter
    return "\n".join([*first, *(visible(line, LINE_MAX + 1) for line in text.splitlines())]) + "\n"


def _public(register: Register, notice: Notice, sha256: str, record: str, day: str) -> list[Statement]:
    values = {
        "name": f"Notice about {notice.company_name}",
        "regulator": notice.regulator,
        "company": notice.company,
        "sentOn": day,
        "contentHash": sha256,
        "harms": f"{len(notice.told)} statements about {', '.join(notice.concerns_names)}, with every reply on file.",
        **({"corporateEvent": notice.event} if notice.event else {}),
        **({"occasion": notice.event_name} if notice.event_name else {}),
    }
    return [_said(register, record, name, value, sha256) for name, value in values.items()]


def _said(register: Register, record: str, name: str, value: str, sha256: str) -> Statement:
    return Statement(
        subject=record,
        type="RegulatorNotice",
        property=name,
        value=value,
        source=f"Notice of this register, SHA-256 {sha256}",
        publisher=register.key_state(register.paths.key(OPERATOR_KEY).public.id).owner,
        dataset=DIRECT,
        standing=Standing.CONFIRMED,
    )


def _approver(register: Register, data: bytes, blob: bytes) -> str:
    """Owner of the reviewer's key that signed the bytes. Raises Refused, Malformed."""
    ring = register.store.keyring()
    state = ring.find(key_id(sshsig.parse(blob).public))
    if state is None or state.role is not Role.REVIEWER or state.revoked_index is not None:
        raise Refused(
            "It is not signed with the valid key of a reviewer.",
            field="signature",
            code="unknown_key",
            hint="The operator adds reviewers with `sousveil register key add --role reviewer`.",
        )
    try:
        sshsig.verify_blob(blob, data, ring.public_keys[state.key_id], NAMESPACE)
    except BadSignature as error:
        raise Refused(error.message, field="signature", code="bad_signature", hint=error.hint or SIGN) from None
    return state.owner


def _check(register: Register, field: str, id: str, type: str) -> None:
    found = register.store.type_of([id]).get(id, "")
    if not is_a(found, type):
        raise Refused(
            f"{visible(id, 60)} is no {type} of this register.",
            field=field,
            code="unknown_entity",
            hint="Give its number, sv-...; `sousveil register search` finds it.",
        )


def _data(register: Register, id: str) -> bytes:
    path: Path = register.folder / FOLDER / id / FILE
    if not _ID.fullmatch(id) or not path.is_file():
        raise Missing(f"There is no notice {visible(id, 40)}.", hint="`sousveil register notice list` shows them.")
    return path.read_bytes()


def _keep(register: Register, id: str, state: State) -> None:
    atomic.write_all(register.folder / FOLDER / id, {STATE: msgspec.json.encode(state)}, mode=0o600)
