"""What the worker does with the outbox: try, note the answer, come back later, or give up and say so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.register.outbox.model import DEAD, KINDS, SENT, Ended, MailBody, WebhookBody
from sousveil.register.outbox.queue import body_of
from sousveil.register.outbox.sending import Later, Never, call_webhook, send_mail
from sousveil.register.refusal import Refused
from sousveil.register.store.model import Job
from sousveil.register.store.writing import utc_now

if TYPE_CHECKING:
    from sousveil.register.register import Register

LEASE = 120
"""Seconds after which a delivery that was taken and neither made nor noted (the worker was killed) is tried again."""
WAITS = (60, 300, 900, 3_600, 4 * 3_600, 12 * 3_600, 24 * 3_600)
"""Seconds to the next try after the first, second, ... failure; after the last of them it is given up."""
SECONDS = 1.0
"""Between two looks of the worker."""
Guard = Callable[["Register", str], str | None]
"""Looks again at the delivery of this key: why it must not leave, in words without content; None where it may."""
NO_GUARDS: Mapping[str, Guard] = {}


def deliver(register: Register, *, most: int = 100, guards: Mapping[str, Guard] = NO_GUARDS) -> int:
    """Make what is due; gives how many were sent.

    `guards`: by the name that a delivery bears. What bears a name that nobody here answers to is not sent.
    """
    sent = 0
    for _ in range(most):
        job = register.store.take_job(KINDS, lease=LEASE)
        if job is None:
            break
        sent += _one(register, job, guards)
    return sent


def _one(register: Register, job: Job, guards: Mapping[str, Guard]) -> bool:
    body = body_of(job)
    if body.guard and (why := _held_back(register, body, guards)) is not None:
        told = msgspec.to_builtins(msgspec.structs.replace(body, error=f"Held back: {why}."[:400]))
        register.store.end_job(job.id, job.kind, job.kind + DEAD, told)
        register.store.tell_operator("delivery_held_back", f"{job.kind} {job.id} ({body.key}): {why}")
        return False
    try:
        if isinstance(body, MailBody):
            answer = send_mail(register, job.id, job.made_at, body)
        else:
            answer = call_webhook(register, job.id, body)
    except (Later, Never) as error:
        _failed(register, job, body, error)
        return False
    ended = Ended(key=body.key, at=utc_now(), answer=answer)
    register.store.end_job(job.id, job.kind, job.kind + SENT, msgspec.to_builtins(ended))
    return True


def _held_back(register: Register, body: MailBody | WebhookBody, guards: Mapping[str, Guard]) -> str | None:
    guard = guards.get(body.guard)
    if guard is None:
        return f"nobody here can look again whether it may leave ({body.guard})"
    try:
        return guard(register, body.key)
    except (Malformed, Missing, Refused, Usage) as error:  # what cannot be looked at does not leave
        return error.message.rstrip(".")


def _failed(register: Register, job: Job, body: MailBody | WebhookBody, error: SousveilError) -> None:
    told = msgspec.to_builtins(msgspec.structs.replace(body, error=str(error)[:400]))
    if isinstance(error, Never) or job.tries > len(WAITS):
        register.store.end_job(job.id, job.kind, job.kind + DEAD, told)
        register.store.tell_operator("delivery_dead", f"{job.kind} {job.id}: {error.message}")
        return
    register.store.put_back(job, told, WAITS[job.tries - 1])


@contextmanager
def delivering(register: Register, guards: Mapping[str, Guard] = NO_GUARDS) -> Iterator[None]:
    """Deliver in a thread of its own: a slow server must not keep an erasure waiting."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(SECONDS):
            try:
                deliver(register, most=20, guards=guards)
            except SousveilError:
                continue  # a database that is away for a moment is asked again

    thread = threading.Thread(target=loop, name="outbox", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LEASE)
