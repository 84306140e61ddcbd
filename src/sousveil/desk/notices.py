"""Notices to regulators: drafted from the register, approved byte for byte by two people, sent, published, acknowledged or unanswered.

That a notice was sent is published once the outbox has delivered it, with the day on which the other side took it: from that day on the
regulator has time. Until then, and where it never leaves, nothing public says that it was sent. What is kept beside a notice says only
that the outbox has it; whether it arrived is asked of the outbox each time, so nothing is lost between delivery and publication.

A notice lies as `notices/<id>/notice.json` below the register's folder; its id is the beginning of the file's SHA-256. Approvals are SSH
signatures of reviewers over exactly these bytes, which hold the letter and where it goes as well. Nothing leaves before two reviewers
of different owners have signed, and what was on file when the notice was drafted must still stand when it leaves: a retraction, a
reply, an erasure, another owner or other words of the letter in between hold it back and ask for a new draft.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.securities import hears
from sousveil.desk.letters import LINE_MAX, Notice, changed, encoded, filled, gone, letter
from sousveil.desk.watching import ACKNOWLEDGE_DAYS, due_on
from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic, sshsig
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import key_id
from sousveil.register import outbox, review
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.outbox.addresses import target
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
    """draft, leaving (the outbox has it, and nothing is public yet), sent (it arrived, and that is published), acknowledged."""
    leaving_on: str | None = None
    """Day on which it was handed to the outbox."""
    sent_on: str | None = None
    """Day on which it arrived."""
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
    unanswered: bool
    ways: tuple[Way, ...] = ()
    """How each way by which it goes stands."""
    changed: tuple[str, ...] = ()
    """What is on file otherwise than it was approved, in words: it must not leave."""
    gone: frozenset[str] = frozenset()
    """Ids of its statements and replies that nobody may read any more, or that are another now."""

    @property
    def never_left(self) -> bool:
        """Whether it was handed to the outbox, and every way ended without arriving."""
        return self.state.state == "leaving" and never_left(self.ways)


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
    _check_office(register, regulator, company, day or review.today())
    tree = store.tree()
    blank = Notice(
        origin=register.origin,
        example=register.example,
        regulator=regulator,
        company=company,
        event=event,
        drafted_on=day or review.today(),
        acknowledge_days=ACKNOWLEDGE_DAYS,
        log_size=tree.size,
        root=tree.root.hex(),
        mail=mail or None,
        webhook=webhook or None,
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
    owner = _approver(register, data_of(register, id), blob)
    if owner in seen.approved_by:
        raise Refused(f"{visible(owner, 100)} has approved already.", field="signature", code="second_approval")
    name = f"approval-{key_id(sshsig.parse(blob).public)}.sig"
    atomic.write_all(register.folder / FOLDER / id, {name: sshsig.armor(blob)}, mode=0o600)
    return look(register, id)


def send(register: Register, id: str, *, day: str | None = None) -> Seen:
    """Hand an approved notice to the outbox; `settle` publishes that it was sent once it arrived. Raises Refused, Usage, Missing."""
    seen = look(register, id, day=day)
    notice, state = seen.notice, seen.state
    if state.state != "draft" and not (state.state == "leaving" and unknown(seen.ways)):
        already = "handed to the outbox" if state.state == "leaving" else state.state
        raise Usage(f"This notice was {already} already.")
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
    data = data_of(register, id)
    # All ways or none; and whoever delivers them finds that the notice is leaving. After a crash in between the outbox knows none of them.
    with register.store.db.transaction():
        deliveries = tuple(_hand_over(register, notice, id, data, seen.sha256))
        _keep(register, id, State(state="leaving", leaving_on=day or review.today(), deliveries=deliveries))
    return look(register, id)


def _hand_over(register: Register, notice: Notice, id: str, data: bytes, sha256: str) -> Iterator[str]:
    if notice.mail:
        yield outbox.mail(
            register,
            key=f"notice/{id}/mail",
            to=notice.mail,
            subject=notice.subject,
            text=notice.letter,
            enclosures=[outbox.Enclosure(name=f"notice-{id}.json", media_type="application/json", data=data)],
            guard=GUARD,
        )
    if notice.webhook:
        yield outbox.webhook(
            register,
            key=f"notice/{id}/webhook",
            url=notice.webhook,
            event="regulator-notice",
            data={"id": id, "sha256": sha256, "file": data.decode()},
            guard=GUARD,
        )


def settle(register: Register) -> int:
    """Publish each notice that has arrived and is not public yet; gives how many. The worker does it after each look at the outbox.

    Raises what kept one of them from being published, after all were tried.
    """
    done, trouble = 0, None
    for id in _ids(register):
        try:
            done += _state(register, id).state == "leaving" and _settle(register, id)
        except SousveilError as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return done


def _settle(register: Register, id: str) -> bool:
    with _alone(register, id):
        state = _state(register, id)
        day = arrived_on(ways(register, state.deliveries))
        if state.state != "leaving" or day is None:
            return False
        data = data_of(register, id)
        notice, sha256 = _decoded(data, id), hashlib.sha256(data).hexdigest()
        record = entity_id("notice", notice.origin, id)
        if not _is_public(register, record, sha256):  # a second try after a crash
            register.publish(_announcement(register, notice, sha256, record, day), receipt=False)
        _keep(register, id, msgspec.structs.replace(state, state="sent", sent_on=day, record=record))
    return True


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
        raise Usage(
            f"This notice is {state.state}: only one that was sent is acknowledged.",
            hint="`sousveil worker` publishes that it was sent as soon as it has arrived.",
        )
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Usage(f"{visible(day, 20)} is not a day.", hint="2026-01-31") from None
    if day < state.sent_on or day > review.today():
        raise Usage("It was acknowledged between the day it was sent and today.")
    values = {"acknowledgedOn": day, **({"answer": answer} if answer else {})}
    register.publish(
        [_statement(register, state.record, name, value, seen.sha256) for name, value in values.items()], receipt=False
    )
    _keep(register, id, msgspec.structs.replace(state, state="acknowledged", acknowledged_on=day))
    return look(register, id)


def look(register: Register, id: str, *, day: str | None = None) -> Seen:
    """One notice. Raises Missing, Malformed."""
    data = data_of(register, id)
    notice, state = _decoded(data, id), _state(register, id)
    owners = set()
    for path in sorted((register.folder / FOLDER / id).glob("approval-*.sig")):
        try:
            owners.add(_approver(register, data, sshsig.unarmor(path.read_bytes())))
        except (Refused, Malformed):
            continue  # a key that was revoked since approves nothing any more
    due = due_on(state.sent_on) if state.sent_on else None
    unanswered = state.state == "sent" and due is not None and due < (day or review.today())
    now = filled(register, notice, day or review.today())
    return Seen(
        id=id,
        notice=notice,
        sha256=hashlib.sha256(data).hexdigest(),
        state=state,
        approved_by=tuple(sorted(owners)),
        unanswered=unanswered,
        ways=ways(register, state.deliveries),
        changed=tuple(changed(notice, now)) or (() if notice == now else ("something on file is otherwise",)),
        gone=gone(notice, now),
    )


def all_notices(register: Register) -> list[Seen]:
    """All notices, by the day they were drafted."""
    found = [look(register, one) for one in _ids(register)]
    return sorted(found, key=lambda one: (one.notice.drafted_on, one.id))


def _ids(register: Register) -> list[str]:
    folder = register.folder / FOLDER
    return sorted(one.name for one in folder.iterdir() if _ID.fullmatch(one.name)) if folder.is_dir() else []


def as_text(seen: Seen) -> str:
    """The letter as somebody may read it now: what does not stand any more, or was erased, is not in it."""
    gone_out = seen.state.state not in ("draft", "leaving") or arrived_on(seen.ways) is not None
    word = "SINCE IT WAS SENT" if gone_out else "HELD BACK"
    first = [f"{word}: {visible('; '.join(seen.changed), LINE_MAX)}.", ""] if seen.changed else []
    text = letter(seen.notice, seen.gone) if seen.gone else seen.notice.letter
    return "\n".join([*first, *(visible(line, LINE_MAX + 1) for line in text.splitlines())]) + "\n"


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


def data_of(register: Register, id: str) -> bytes:
    """The bytes that are approved and sent. Raises Missing."""
    path: Path = register.folder / FOLDER / id / FILE
    if not _ID.fullmatch(id) or not path.is_file():
        raise Missing(f"There is no notice {visible(id, 40)}.", hint="`sousveil register notice list` shows them.")
    return path.read_bytes()


def _decoded(data: bytes, id: str) -> Notice:
    if hashlib.sha256(data).hexdigest()[:16] != id:
        raise Malformed(f"The notice {id} was changed after it was drafted.", hint="Draft it anew; it must not leave.")
    try:
        return msgspec.json.decode(data, type=Notice)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"The notice {id} cannot be read: {error}.", hint="Draft it anew.") from None


def _state(register: Register, id: str) -> State:
    try:
        return msgspec.json.decode((register.folder / FOLDER / id / STATE).read_bytes(), type=State)
    except (msgspec.DecodeError, RecursionError, OSError) as error:
        raise Malformed(f"The notice {id} cannot be read: {error}.", hint="Draft it anew.") from None


@contextmanager
def _alone(register: Register, id: str) -> Iterator[None]:
    """One worker publishes a notice, and another that runs beside it finds it published."""
    with (register.folder / FOLDER / id / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _keep(register: Register, id: str, state: State) -> None:
    atomic.write_all(register.folder / FOLDER / id, {STATE: msgspec.json.encode(state)}, mode=0o600)


# How each way by which a notice goes is in the outbox

WAITING, ARRIVED, ENDED, UNKNOWN = "waiting", "arrived", "ended", "unknown"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A mail or a call of a webhook that carries a notice."""

    kind: str
    """mail, webhook."""
    state: str
    """waiting, arrived, ended (it was held back or given up; the operator may try it again), unknown (the outbox does not have it: it was
    dropped there, or a crash kept it from getting there)."""
    on: str | None = None
    """ISO day (UTC) on which the other side took it."""
    why: str = ""
    """Why the last try failed, or why it was held back."""

    @property
    def words(self) -> str:
        """What became of it, for a line."""
        why = f": {visible(self.why.rstrip('.'), 300)}" if self.why else ""
        return {
            WAITING: f"{self.kind} waits{why}",
            ARRIVED: f"{self.kind} arrived on {self.on}",
            ENDED: f"{self.kind} never left{why}",
            UNKNOWN: f"{self.kind} is not in the outbox (any more)",
        }[self.state]


def ways(register: Register, deliveries: Iterable[str]) -> tuple[Way, ...]:
    """The ways of these deliveries, as the outbox knows them now."""
    found = []
    for id in deliveries:
        try:
            told = outbox.state(register, id)
        except Usage:
            found.append(Way(kind="delivery", state=UNKNOWN))
            continue
        if told.state == "sent" and told.sent_at is not None:
            found.append(Way(kind=told.kind, state=ARRIVED, on=told.sent_at[:10]))
        else:
            found.append(Way(kind=told.kind, state=ENDED if told.state == "dead" else WAITING, why=told.error))
    return tuple(found)


def arrived_on(many: Iterable[Way]) -> str | None:
    """The day on which a notice arrived first; None where it has not."""
    return min((one.on for one in many if one.on is not None), default=None)


def never_left(many: Iterable[Way]) -> bool:
    """Whether every way has ended and none arrived."""
    return {one.state for one in many} <= {ENDED, UNKNOWN}


def unknown(many: Iterable[Way]) -> bool:
    """Whether the outbox knows no way of a notice: it may be handed over anew."""
    return {one.state for one in many} == {UNKNOWN}


# What the register says publicly of a notice, with the key of its operator


def _is_public(register: Register, record: str, sha256: str) -> bool:
    """Whether the operator has said already that this notice was sent. What others say of the same record is no word of ours."""
    owner = _operator(register)
    return any(
        one.statement.property == "contentHash" and one.statement.value == sha256 and one.statement.publisher == owner
        for one in register.store.statements_of([record])
    )


def _announcement(register: Register, notice: Notice, sha256: str, record: str, day: str) -> list[Statement]:
    """That it was sent, on the day on which it arrived."""
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
    return [_statement(register, record, name, value, sha256) for name, value in values.items()]


def _statement(register: Register, record: str, name: str, value: str, sha256: str) -> Statement:
    """One statement of the operator about a notice."""
    return Statement(
        subject=record,
        type="RegulatorNotice",
        property=name,
        value=value,
        source=f"Notice of this register, SHA-256 {sha256}",
        publisher=_operator(register),
        dataset=DIRECT,
        standing=Standing.CONFIRMED,
    )


def _operator(register: Register) -> str:
    return register.key_state(register.paths.key(OPERATOR_KEY).public.id).owner


def _check_office(register: Register, regulator: str, company: str, day: str) -> None:
    """Refuse whoever is no regulator that can be told of a company, by the test of the rule. Raises Refused."""
    world = compile_world(register.store, day)
    if not hears(world, world.base.canonical(regulator), [world.base.canonical(company)]):
        raise Refused(
            f"{visible(world.caption(regulator), 100)} is not on file as a regulator, or is of the company's group.",
            field="regulator",
            code="no_regulator",
            hint="Name a public body of a State with `office: regulator`, as somebody independent of the company says with a verified key. "
            "Who is not on file as one is published so first.",
        )
