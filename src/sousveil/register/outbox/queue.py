"""Putting deliveries into the outbox, and looking after them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from sousveil.errors import LimitExceeded, Usage
from sousveil.kinds import visible
from sousveil.register.outbox.addresses import target
from sousveil.register.outbox.model import (
    DEAD,
    KINDS,
    MAIL,
    SENT,
    WEBHOOK,
    Delivery,
    Enclosure,
    Ended,
    MailBody,
    WebhookBody,
)
from sousveil.register.store.model import Job

if TYPE_CHECKING:
    from sousveil.register.register import Register
    from sousveil.register.store import Store

KEY_MAX = 200
SUBJECT_MAX = 300
TEXT_MAX = 100_000
ENCLOSED_MAX = 8 << 20
"""Bytes of all files of one mail."""
BODY_MAX = 1 << 20
"""Bytes of one webhook's JSON."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}", re.ASCII)
_EVENT = re.compile(r"[a-z][a-z0-9_.-]{0,60}", re.ASCII)
_EVERY = tuple(kind + end for kind in KINDS for end in ("", SENT, DEAD))


def mail(
    register: Register,
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    enclosures: Sequence[Enclosure] = (),
    guard: str = "",
) -> str:
    """A mail to one address. Gives the delivery's id. Raises Usage, LimitExceeded; then nothing waits.

    `guard`: who looks again just before it leaves (`deliver`).
    """
    check_address(to)
    if not 0 < len(subject) <= SUBJECT_MAX or not subject.isprintable():
        raise Usage(f"A mail's subject is one line of at most {SUBJECT_MAX} letters.")
    if len(text) > TEXT_MAX or "\0" in text:
        raise LimitExceeded(f"A mail's text has at most {TEXT_MAX:,} letters.", hint="Enclose a file.")
    for one in enclosures:
        if not _FILE.fullmatch(one.name) or not _MEDIA.fullmatch(one.media_type):
            raise Usage(f"{visible(one.name)!r} cannot be enclosed.", hint="Use a plain file name and a media type.")
    if sum(len(one.data) for one in enclosures) > ENCLOSED_MAX:
        raise LimitExceeded(f"The files of one mail have at most {ENCLOSED_MAX:,} bytes.")
    body = MailBody(key=key, to=to, subject=subject, text=text, enclosures=tuple(enclosures), guard=guard)
    return _put(register, MAIL, key, body)


def webhook(register: Register, *, key: str, url: str, event: str, data: Mapping[str, Any], guard: str = "") -> str:
    """A call of a webhook with `{"event", "data", "register"}` as JSON. Gives the delivery's id.

    `guard` as for a mail. Raises Usage for an address that is never called, LimitExceeded; then nothing waits.
    """
    target(url, loopback=register.config.webhooks.loopback)
    if not _EVENT.fullmatch(event):
        raise Usage(f"{visible(event)!r} cannot be the name of an event.")
    text = msgspec.json.encode({"event": event, "register": register.origin, "data": dict(data)}, order="sorted")
    if len(text) > BODY_MAX:
        raise LimitExceeded(f"A webhook's JSON has at most {BODY_MAX:,} bytes.", hint="Send an address to fetch from.")
    return _put(register, WEBHOOK, key, WebhookBody(key=key, url=url, body=text.decode(), guard=guard))


def check_address(address: str) -> None:
    """Raises Usage for what is not one plain mail address."""
    domain = address.rpartition("@")[2]
    if len(address) > 254 or not _ADDRESS.fullmatch(address) or ".." in domain:
        raise Usage(f"{visible(address[:80])!r} is no mail address.", hint="Such as name@example.org, and only one.")


def delivery_id(kind: str, key: str) -> str:
    """The id that follows from a delivery's kind and key."""
    return hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()[:28]


def _put(register: Register, kind: str, key: str, body: MailBody | WebhookBody) -> str:
    if not 0 < len(key) <= KEY_MAX or not key.isprintable():
        raise Usage(f"A delivery's key is one line of at most {KEY_MAX} letters.")
    return register.store.put_job(kind, msgspec.to_builtins(body), id=delivery_id(kind, key))


def state(register: Register, id: str) -> Delivery:
    """Where a delivery stands. Raises Usage for an id that was never given."""
    found = register.store.jobs_of(_EVERY, id=id)
    if not found:
        raise Usage(f"There is no delivery {visible(id[:40])!r}.")
    return _seen(found[0])


def all_deliveries(register: Register) -> list[Delivery]:
    """All deliveries that are remembered, oldest first."""
    return [_seen(job) for job in register.store.jobs_of(_EVERY)]


def dead(register: Register) -> list[Delivery]:
    """What was given up, oldest first."""
    return [_seen(job) for job in register.store.jobs_of(tuple(kind + DEAD for kind in KINDS))]


def retry(register: Register, id: str) -> None:
    """Try a delivery that was given up from the start. Raises Usage."""
    one = _dead(register, id)
    if not register.store.end_job(id, one.kind + DEAD, one.kind, None):
        raise Usage("This delivery is not given up any more.")


def drop(register: Register, id: str) -> None:
    """Forget address and content of a delivery that was given up. Raises Usage."""
    one = _dead(register, id)
    register.store.done(id)
    register.store.tell_operator("delivery_dropped", f"{one.kind} {one.id}")


def hold_back(store: Store, why: str) -> int:
    """Give up all that waits, so that somebody looks at it before it leaves; returns how many."""
    jobs = store.jobs_of(KINDS)
    for job in jobs:
        body = msgspec.to_builtins(msgspec.structs.replace(body_of(job), error=why))
        store.end_job(job.id, job.kind, job.kind + DEAD, body)
    return len(jobs)


def _dead(register: Register, id: str) -> Delivery:
    found = state(register, id)
    if found.state != "dead":
        raise Usage(f"This delivery is {found.state}, not given up.")
    return found


def body_of(job: Job) -> MailBody | WebhookBody:
    """What a waiting job holds."""
    kind: type[MailBody] | type[WebhookBody] = MailBody if job.kind.startswith(MAIL) else WebhookBody
    return msgspec.convert(job.body, kind)


def _seen(job: Job) -> Delivery:
    kind, _, end = job.kind.partition(".")
    if end == SENT[1:]:
        ended = msgspec.convert(job.body, Ended)
        return Delivery(
            id=job.id, key=ended.key, kind=kind, state="sent", made_at=job.made_at, tries=job.tries, sent_at=ended.at
        )
    body = body_of(job)
    return Delivery(
        id=job.id,
        key=body.key,
        kind=kind,
        state="dead" if end else "waiting",
        made_at=job.made_at,
        tries=job.tries,
        error=body.error,
        to=body.to if isinstance(body, MailBody) else body.url,
    )


def waiting_kinds() -> tuple[str, ...]:
    """Kinds of jobs that are deliveries, in any state: the rest of the worker leaves them alone."""
    return _EVERY
