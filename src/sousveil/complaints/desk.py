"""What a person who writes can do: hand in, look for answers, add, withdraw. Plain text is here in memory only.

An unknown receipt costs the same work as a known one: one derivation, one look into the database, one opening.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Sequence

import msgspec

from sousveil.complaints import handlers, parcel, receipt, sealing
from sousveil.complaints.folder import Folder
from sousveil.complaints.limits import Enough, Limits, until_midnight
from sousveil.complaints.store import Admit, Store, Stored, Thread, new_id, today
from sousveil.errors import SousveilError, Usage

PER_THREAD_AND_DAY = 20
"""Messages that one receipt may add on one day."""
_DECOY_IDENTITY, _DECOY_RECIPIENT = sealing.new_identity()


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the handlers, opened."""

    number: int
    day: str
    text: str
    files: tuple[parcel.Attached, ...] = ()
    damaged: bool = False
    """It could not be opened: the server's copy is not what the handler made."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A thread, as its writer sees it."""

    thread: str
    answers: Sequence[Answer]


class Desk:
    """The counter of one installation."""

    def __init__(self, folder: Folder, clock: Callable[[], datetime.datetime] = _now) -> None:
        self.folder = folder
        self.config = folder.config()
        self.store = Store(folder).complete()
        self.limits = Limits(self.config.disk_budget_mib << 20, self.config.retention_days)
        self._clock = clock
        self._salt = self.store.salt()
        self._decoy = sealing.seal(
            parcel.pack(parcel.About(thread="", number=1, answers_to=""), parcel.Message(text="")), [_DECOY_RECIPIENT]
        )
        handlers.in_use(self.store)

    def hand_in(self, message: parcel.Message) -> str:
        """Encrypt and store; gives the receipt. Raises LimitExceeded, Usage; then nothing is stored."""
        message = _something(message)
        to = [one.recipient for one in handlers.in_use(self.store)]
        written = receipt.new()
        keys = receipt.keys(written, self._salt)
        thread = Thread(id=new_id(), answers_to=keys.recipient, day=today())
        about = parcel.About(thread=thread.id, number=1, answers_to=keys.recipient)
        body = sealing.seal(parcel.pack(about, message), to)
        first = _stored(thread.id, 1, body)
        self.store.add_thread(thread, keys.verifier, first, self._admit(first))
        return written

    def look(self, typed: str) -> Opened | None:
        """The thread of a receipt; None where there is none. Raises NotAReceipt for what cannot be one."""
        keys = receipt.keys(receipt.read(typed), self._salt)
        found = self.store.find_thread(keys.verifier)
        if found is None:
            sealing.unseal(self._decoy, [_DECOY_IDENTITY])
            return None
        thread, answers = found
        if not answers:
            sealing.unseal(self._decoy, [_DECOY_IDENTITY])
        return Opened(thread=thread.id, answers=[_opened(one, keys.identity) for one in answers])

    def add(self, typed: str, message: parcel.Message) -> bool:
        """A further message; False where there is no such thread. Raises as `hand_in` and `look`."""
        message = _something(message)
        keys = receipt.keys(receipt.read(typed), self._salt)
        found = self.store.find_thread(keys.verifier)
        if found is None:
            return False
        thread = found[0].id
        number, came = self.store.thread_state(thread)
        if came >= PER_THREAD_AND_DAY:
            raise Enough(
                "This is enough for one day.", hint="Write again tomorrow.", retry=until_midnight(self._clock())
            )
        about = parcel.About(thread=thread, number=number, answers_to=keys.recipient)
        body = sealing.seal(parcel.pack(about, message), [one.recipient for one in handlers.in_use(self.store)])
        further = _stored(thread, number, body)
        self.store.add_message(further, admit=self._admit(further))
        return True

    def withdraw(self, typed: str) -> bool:
        """Delete the whole thread; False where there is none."""
        found = self.store.find_thread(receipt.keys(receipt.read(typed), self._salt).verifier)
        if found is None:
            return False
        self.store.delete_thread(found[0].id)
        return True

    def _admit(self, message: Stored) -> Admit:
        return functools.partial(
            self.limits.admit,
            thread=message.thread,
            number=message.number,
            size=len(message.body),
            moment=self._clock(),
        )


def _something(message: parcel.Message) -> parcel.Message:
    checked = message.checked()
    if not checked.text.strip() and not checked.files:
        raise Usage("There is neither a text nor a file.", hint="Write something, or choose a file.")
    return checked


def _stored(thread: str, number: int, body: bytes) -> Stored:
    return Stored(id=new_id(), thread=thread, number=number, incoming=True, day=today(), body=body)


def _opened(stored: Stored, identity: str) -> Answer:
    try:
        about, message = parcel.unpack(sealing.unseal(stored.body, [identity]))
        if about.thread != stored.thread:
            raise Usage("An answer of another thread.")
    except SousveilError:
        return Answer(number=stored.number, day=stored.day, text="", damaged=True)
    return Answer(number=stored.number, day=stored.day, text=message.text, files=message.files)
