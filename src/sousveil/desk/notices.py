"""Notices to regulators: drafted from the register, approved byte for byte by two people, sent, published, acknowledged or unanswered.

That a notice was sent is published once the outbox has delivered it, with the day on which the other side took it: from that day on the
regulator has time. Until then, and where it never leaves, nothing public says that it was sent. Whether it arrived is asked of the outbox
each time, so nothing is lost between delivery and publication.

A notice is the file `notices/<id>/notice.json` below the register's folder; its id is the beginning of the file's SHA-256. Nothing leaves
before two reviewers of different owners have signed exactly these bytes. Whatever changes in the letter since then holds it back.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import msgspec

from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.securities import hears
from sousveil.decisions.views import day_of
from sousveil.desk import harms
from sousveil.desk.harms import LONGEST, Harm
from sousveil.desk.refusals import refusal, signer
from sousveil.desk.watching import ACKNOWLEDGE_DAYS
from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.register import outbox, review
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.outbox import Delivery
from sousveil.register.outbox.addresses import target
from sousveil.register.refusal import Refused
from sousveil.register.register import DIRECT, Register
from sousveil.register.types import is_a
from sousveil.register.views import words

NAMESPACE = "sousveil-notice"
SIGN = f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY notice.json"
GUARD = "regulator-notice"
"""The name under which the outbox asks again whether a notice may leave."""
APPROVALS = 2
APPROVER = Role.REVIEWER, lambda _: NAMESPACE, SIGN
FOLDER = "notices"
FILE, STATE = "notice.json", "state.json"
_ID = re.compile(r"[0-9a-f]{16}")

FORM = "sousveil-regulator-notice/4"
LETTER_MAX = 60_000
"""Letters of a mail. What does not fit stands in the enclosed file, and the letter says how much that is."""
FILE_MAX = 400_000
"""Bytes of a notice's file. What does not fit stands in the register, and the letter says how much that is."""
LINE_MAX = LONGEST + 1_000
ASKS = (
    "We inform you of the harms that named sources associate with this company or with companies that it owns, so that they "
    "can be weighed where its disclosures and applications are examined. This notice says what others have published and how "
    "firmly; it is no finding of ours, and every reply on file is enclosed. Please acknowledge it."
)


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Through whom a company reaches a vendor."""

    vendor: str
    chain: tuple[str, ...]
    """Names, from the company down to the vendor."""
    statements: tuple[str, ...]
    """Ids of the statements of each holding."""
    sources: tuple[str, ...]


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bytes that are approved and sent, in this order of members; `filled` gives those that have a value here."""

    form: str = FORM
    says: str = ASKS
    register_title: str = ""
    origin: str
    address: str = ""
    """Of the register's pages, without a slash at the end; not there in a notice of an earlier form."""
    example: bool
    regulator: str
    regulator_name: str = ""
    company: str
    company_name: str = ""
    concerns: tuple[str, ...] = ()
    """Ids of the vendors whose harms it names: the company itself, or such that it owns."""
    concerns_names: tuple[str, ...] = ()
    holdings: tuple[Holding, ...] = ()
    """Of each vendor that is not the company itself: how it is reached."""
    event: str | None
    """Id of the planned corporate event."""
    event_name: str | None = None
    drafted_on: str
    acknowledge_days: int
    log_size: int
    root: str
    harms: tuple[Harm, ...] = ()
    left_out: int = 0
    """Statements that were left out for length; they stand in the register."""
    mail: str | None
    """Where it goes."""
    webhook: str | None
    subject: str = ""
    """Of the mail."""
    letter: str = ""
    """The mail's text, as it leaves."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a notice has come."""

    state: str
    """draft, leaving (the outbox has it, and nothing is public yet), sent (it arrived, and that is published), acknowledged."""
    leaving_on: str | None = None
    """Day on which it was handed to the outbox."""
    sent_on: str | None = None
    """Day on which it arrived."""
    deliveries: tuple[str, ...] = ()
    acknowledged_on: str | None = None


WAYS = {
    "waiting": "{0.kind} waits{1}",
    "sent": "{0.kind} arrived on {0.sent_at:.10}",
    "dead": "{0.kind} never left{1}",
    "unknown": "{0.kind} is not in the outbox (any more)",
}
"""State of a delivery -> its words. A dead one was held back or given up, and the operator may try it again. The outbox does not have one
that is unknown: it was dropped there, or a crash kept it from getting there."""


def way_words(way: Delivery) -> str:
    """What became of a delivery of a notice, for a line."""
    return WAYS[way.state].format(way, f": {visible(way.error.rstrip('.'), 300)}" if way.error else "")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with its state and its approvals."""

    id: str
    notice: Notice
    sha256: str
    state: State
    approved_by: tuple[str, ...]
    """Owners of the reviewers' keys, sorted."""
    unanswered: bool
    ways: tuple[Delivery, ...] = ()
    """Its mail and its call of a webhook, as the outbox has them."""
    changed: tuple[str, ...] = ()
    """What is on file otherwise than it was approved, in words: it must not leave."""
    letter: str
    """The letter as it would be written now: what was erased or does not stand any more is not in it."""

    @property
    def never_left(self) -> bool:
        """Whether it was handed to the outbox, and every way ended without arriving."""
        return self.state.state == "leaving" and {way.state for way in self.ways} <= {"dead", "unknown"}


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
    day = day or review.today()
    if not mail and not webhook:
        raise Usage("A notice goes by mail, by webhook, or both.", hint="Give --mail ADDRESS or --webhook URL.")
    if mail:
        outbox.check_address(mail)
    if webhook:
        target(webhook, loopback=register.config.webhooks.loopback)
    if event is not None and not is_a(register.store.type_of([event]).get(event, ""), "CorporateEvent"):
        raise refusal("unknown_entity", id=visible(event, 60))
    world = compile_world(register.store, day)
    if not hears(world, world.base.canonical(regulator), [world.base.canonical(company)]):
        raise refusal("no_regulator", name=visible(world.caption(regulator), 100))
    tree = register.store.tree()
    blank = Notice(
        origin=register.origin,
        example=register.example,
        regulator=regulator,
        company=company,
        event=event,
        drafted_on=day,
        acknowledge_days=ACKNOWLEDGE_DAYS,
        log_size=tree.size,
        root=tree.root.hex(),
        mail=mail or None,
        webhook=webhook or None,
    )
    notice = filled(register, blank, day)
    if not notice.harms:
        raise refusal("nothing_to_tell")
    data = encoded(notice)
    id = hashlib.sha256(data).hexdigest()[:16]
    if not (_folder(register, id) / STATE).exists():
        _keep(register, id, State(state="draft"), **{FILE: data})
    return look(register, id)


def approve(register: Register, id: str, signature: bytes) -> Seen:
    """Take a reviewer's SSH signature over the notice's bytes. Raises Refused, Usage, Missing."""
    seen = look(register, id)
    if seen.state.state != "draft":
        raise Usage(f"This notice was {seen.state.state} already.")
    key = signer(register, data_of(register, id), signature, *APPROVER)
    if key.owner in seen.approved_by:
        raise refusal("second_approval", owner=visible(key.owner, 100))
    atomic.write_all(_folder(register, id), {f"approval-{key.key_id}.sig": signature}, mode=0o600)
    return look(register, id)


def send(register: Register, id: str, *, day: str | None = None) -> Seen:
    """Hand an approved notice to the outbox; `settle` publishes that it was sent once it arrived. Raises Refused, Usage, Missing."""
    seen = look(register, id, day=day)
    state = seen.state.state
    dropped = state == "leaving" and {way.state for way in seen.ways} == {"unknown"}  # it may be handed over anew
    if state != "draft" and not dropped:
        raise Usage(f"This notice was {'handed to the outbox' if state == 'leaving' else state} already.")
    if len(seen.approved_by) < APPROVALS:
        raise refusal("not_approved", count=len(seen.approved_by), needed=APPROVALS, sign=SIGN)
    if seen.changed:
        raise refusal("changed", changes="; ".join(seen.changed))
    # All ways or none; and whoever delivers them finds that the notice is leaving. After a crash in between the outbox knows none of them.
    with register.store.db.transaction():
        deliveries = tuple(_hand_over(register, seen, data_of(register, id)))
        _keep(register, id, State(state="leaving", leaving_on=day or review.today(), deliveries=deliveries))
    return look(register, id)


def _hand_over(register: Register, seen: Seen, data: bytes) -> Iterator[str]:
    notice, key = seen.notice, f"notice/{seen.id}"
    if to := notice.mail:
        files = [outbox.Enclosure(name=f"notice-{seen.id}.json", media_type="application/json", data=data)]
        mail = {"subject": notice.subject, "text": notice.letter}
        yield outbox.mail(register, key=f"{key}/mail", to=to, **mail, enclosures=files, guard=GUARD)
    if url := notice.webhook:
        content = {"id": seen.id, "sha256": seen.sha256, "file": data.decode()}
        yield outbox.webhook(register, key=f"{key}/webhook", url=url, event=GUARD, data=content, guard=GUARD)


def settle(register: Register) -> int:
    """Publish each notice that has arrived and is not public yet; gives how many. Raises what hindered one, after all were tried."""
    done, trouble = 0, None
    for id in _ids(register):
        try:
            if _read(register, id, STATE, State).state == "leaving":  # else a draft that is broken hinders nobody
                with (_folder(register, id) / "lock").open("ab") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)  # another worker finds it published
                    done += _settle(register, id)
        except SousveilError as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return done


def _settle(register: Register, id: str) -> bool:
    data, notice, state = _load(register, id)
    day = arrived_on(_ways(register, state)) if state.state == "leaving" else None
    if day is None:
        return False
    sha256 = hashlib.sha256(data).hexdigest()
    record = entity_id("notice", notice.origin, id)
    own = (one.statement for one in register.store.statements_of([record]))
    hashes = {one.value for one in own if one.property == "contentHash" and one.publisher == _operator(register)}
    if sha256 not in hashes:  # else this is a second try after a crash
        values = {
            "name": f"Notice about {notice.company_name}",
            "regulator": notice.regulator,
            "company": notice.company,
            "sentOn": day,
            "contentHash": sha256,
            "harms": f"{len(notice.harms)} statements about {', '.join(notice.concerns_names)}, with every reply on file.",
            "corporateEvent": notice.event,
            "occasion": notice.event_name,
        }
        _publish(register, record, sha256, values)
    _keep(register, id, msgspec.structs.replace(state, state="sent", sent_on=day))
    return True


def hold_reason(register: Register, key: str) -> str | None:
    """Why the delivery of this key must not leave the outbox: approvals or evidence changed. Raises Missing, Malformed, Refused."""
    seen = look(register, key.split("/")[1])
    if len(seen.approved_by) < APPROVALS:
        return f"only {len(seen.approved_by)} of {APPROVALS} approvals count still"
    return "; ".join(seen.changed) or None


def acknowledge(register: Register, id: str, day: str, *, answer: str | None = None) -> Seen:
    """Publish that the regulator acknowledged the notice. Raises Usage, Refused."""
    seen = look(register, id)
    state = seen.state
    if state.state != "sent" or state.sent_on is None:
        raise Usage(
            f"This notice is {state.state}: only one that was sent is acknowledged.",
            hint="`sousveil worker` publishes that it was sent as soon as it has arrived.",
        )
    day_of(day)
    if day < state.sent_on or day > review.today():
        raise Usage("It was acknowledged between the day it was sent and today.")
    record = entity_id("notice", seen.notice.origin, id)
    _publish(register, record, seen.sha256, {"acknowledgedOn": day, "answer": answer})
    _keep(register, id, msgspec.structs.replace(state, state="acknowledged", acknowledged_on=day))
    return look(register, id)


def look(register: Register, id: str, *, day: str | None = None) -> Seen:
    """One notice. Raises Missing, Malformed."""
    data, notice, state = _load(register, id)
    day = day or review.today()
    owners = set()
    for path in sorted(_folder(register, id).glob("approval-*.sig")):
        with suppress(Refused, Malformed):  # a key that was revoked since approves nothing any more
            owners.add(signer(register, data, path.read_bytes(), *APPROVER).owner)
    now = filled(register, notice, day)
    return Seen(
        id=id,
        notice=notice,
        sha256=hashlib.sha256(data).hexdigest(),
        state=state,
        approved_by=tuple(sorted(owners)),
        unanswered=state.state == "sent" and day_of(day) - day_of(state.sent_on or day) > ACKNOWLEDGE_DAYS,
        ways=_ways(register, state),
        changed=changed(notice, now),
        letter=now.letter,
    )


def all_notices(register: Register) -> list[Seen]:
    """All notices, by the day they were drafted."""
    return sorted((look(register, id) for id in _ids(register)), key=lambda one: (one.notice.drafted_on, one.id))


def as_text(seen: Seen) -> str:
    """The letter as somebody may read it now, and what has changed since it was drafted."""
    left = seen.state.state not in ("draft", "leaving") or arrived_on(seen.ways)
    word = "SINCE IT WAS SENT" if left else "HELD BACK"
    changes = visible("; ".join(seen.changed), LINE_MAX)
    first = [f"{word}: {changes}. The letter as it would be written now:", ""] if seen.changed else []
    return "\n".join([*first, *(visible(line, LINE_MAX + 1) for line in seen.letter.splitlines())]) + "\n"


def _folder(register: Register, id: str) -> Path:
    return register.folder / FOLDER / id


def _ids(register: Register) -> list[str]:
    return sorted(path.name for path in (register.folder / FOLDER).glob("*") if _ID.fullmatch(path.name))


def data_of(register: Register, id: str) -> bytes:
    """The bytes that are approved and sent. Raises Missing."""
    path = _folder(register, id) / FILE
    if not _ID.fullmatch(id) or not path.is_file():
        raise Missing(f"There is no notice {visible(id, 40)}.", hint="`sousveil register notice list` shows them.")
    return path.read_bytes()


def _load(register: Register, id: str) -> tuple[bytes, Notice, State]:
    """The bytes of a notice, what they say, and its state. Raises Missing, Malformed."""
    data = data_of(register, id)
    if hashlib.sha256(data).hexdigest()[:16] != id:
        raise Malformed(f"The notice {id} was changed after it was drafted.", hint="Draft it anew; it must not leave.")
    return data, _read(register, id, FILE, Notice), _read(register, id, STATE, State)


def _read(register: Register, id: str, name: str, type: Any) -> Any:
    try:
        return msgspec.json.decode((_folder(register, id) / name).read_bytes(), type=type)
    except (msgspec.DecodeError, RecursionError, OSError) as error:
        raise Malformed(f"The notice {id} cannot be read: {error}.", hint="Draft it anew.") from None


def _keep(register: Register, id: str, state: State, **files: bytes) -> None:
    """Write the state of a notice, and these files beside it."""
    atomic.write_all(_folder(register, id), {**files, STATE: msgspec.json.encode(state)}, mode=0o600)


def _ways(register: Register, state: State) -> tuple[Delivery, ...]:
    """The deliveries of a notice, as the outbox knows them now."""
    ways = []
    for id in state.deliveries:
        try:
            ways.append(outbox.state(register, id))
        except Usage:
            ways.append(Delivery(id=id, key="", kind="delivery", state="unknown", made_at="", tries=0))
    return tuple(ways)


def arrived_on(ways: Collection[Delivery]) -> str | None:
    """The day (UTC) on which a notice arrived first; None where it has not."""
    return min((way.sent_at[:10] for way in ways if way.sent_at is not None), default=None)


def _publish(register: Register, record: str, sha256: str, values: dict[str, str | None]) -> None:
    """Publish statements of the operator about a notice; those without a value are left out."""
    statements = [
        Statement(
            subject=record,
            type="RegulatorNotice",
            property=name,
            value=value,
            source=f"Notice of this register, SHA-256 {sha256}",
            publisher=_operator(register),
            dataset=DIRECT,
            standing=Standing.CONFIRMED,
        )
        for name, value in values.items()
        if value
    ]
    register.publish(statements, receipt=False)


def _operator(register: Register) -> str:
    return register.key_state(register.paths.key(OPERATOR_KEY).public.id).owner


# The letter


def letter(notice: Notice) -> str:
    """The text."""
    lines = [
        f"To: {notice.regulator_name}",
        f"About: {notice.company_name}",
        *([f"Before: {notice.event_name}"] if notice.event_name else []),
        *(["INVENTED EXAMPLE: nothing in this notice is true."] if notice.example else []),
        "",
        notice.says,
        "",
        f"It concerns: {', '.join(notice.concerns_names)}.",
    ]
    for holding in notice.holdings:
        lines += [
            f"Reached through ownership: {' > '.join(holding.chain)}",
            f"  Source: {'; '.join(holding.sources)}",
            *(f"  Number: {number}" for number in holding.statements),
        ]
    lines.append("")
    parts = []
    for harm in notice.harms:
        source = f"{harm.source} ({harm.publisher}); it stands as {words.standing(harm.standing)}."
        part = [f"- {harm.about}: {harm.says}", f"  Source: {source}", f"  Number: {harm.statement}"]
        for reply in harm.replies:
            part.append(f"  Reply of {reply.publisher}: {reply.says} ({reply.source})")
            part.append(f"  Number of the reply: {reply.statement}")
        parts.append(part)
    room = LETTER_MAX - sum(map(len, lines))
    kept = sum(size <= room for size in accumulate(sum(map(len, part)) + len(part) for part in parts))
    lines += chain.from_iterable(parts[:kept])
    more = len(parts) - kept
    for count, where, what in ((more, "enclosed file", "letter"), (notice.left_out, "register", "notice")):
        if count:
            lines += ["", f"{count:,} further statements stand in the {where}, for this {what} would be too long."]
    lines += [
        "",
        f"{notice.register_title} ({notice.origin}), log size {notice.log_size}, drafted on {notice.drafted_on}.",
        f"The register's web address: {notice.address}",
        "Two people have approved the enclosed file, this letter included. Each statement can be checked in the register by its number:",
        f"{notice.address}/statements/NUMBER",
    ]
    return "\n".join(visible(line, LINE_MAX) for line in lines) + "\n"


def encoded(content: Notice | Harm) -> bytes:
    """The bytes of a notice's file, or of one harm in it."""
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


# What a notice would say now, and what differs from the bytes that two people approved


def filled(register: Register, notice: Notice, day: str) -> Notice:
    """The notice as it would be drafted now, to the same people, with as many statements as its file bears; the others are counted."""
    store, company = register.store, notice.company
    world = compile_world(store, day)
    owners = harms.vendors(world)
    vendors = [vendor for vendor, above in owners.items() if vendor == company or company in above]
    chains = {vendor: owners[vendor][company] for vendor in vendors if vendor != company}
    event = [notice.event] if notice.event else []
    captions = harms.names(
        store, [notice.regulator, company, *vendors, *(id for above in chains.values() for id in above[0]), *event]
    )
    shown, left_out = harms.harms_of(store, vendors)
    full = msgspec.structs.replace(
        notice,
        form=FORM,
        says=ASKS,
        register_title=register.title,
        address=register.config.pages,
        regulator_name=captions[notice.regulator],
        company_name=captions[company],
        concerns=tuple(vendors),
        concerns_names=tuple(captions[vendor] for vendor in vendors),
        holdings=tuple(
            Holding(
                vendor=vendor,
                chain=tuple(captions[id] for id in (company, *reversed(between), vendor)),
                statements=tuple(one.id for one in proof),
                sources=tuple(dict.fromkeys(one.statement.source for one in proof)),
            )
            for vendor, (between, proof) in chains.items()
        ),
        event_name=captions[notice.event] if notice.event else None,
        harms=(),
        left_out=left_out,
        subject="",
        letter="",
    )
    room = FILE_MAX - LETTER_MAX * 2 - len(encoded(full))
    kept = sum(size <= room for size in accumulate(len(encoded(harm)) + 400 for harm in shown))
    cut = msgspec.structs.replace(full, harms=shown[:kept], left_out=left_out + len(shown) - kept)
    return msgspec.structs.replace(cut, subject=visible(f"Notice about {cut.company_name}", 200), letter=letter(cut))


CHANGES = {
    ("harms", "left_out"): "the statements of harm or the replies to them have changed",
    ("concerns", "holdings"): "the ownership on record has changed",
    ("register_title", "regulator_name", "company_name", "concerns_names", "event_name"): "a name has changed",
    ("address",): "the register's web address has changed",
}
"""Members of a notice -> what has changed where one of them has."""


def changed(notice: Notice, now: Notice) -> tuple[str, ...]:
    """What has changed since it was approved, in words."""
    changes = (text for names, text in CHANGES.items() if any(getattr(notice, n) != getattr(now, n) for n in names))
    return () if notice == now else tuple(changes) or ("the wording of the letter has changed",)
