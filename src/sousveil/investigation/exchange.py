"""The exchange: where newsrooms ask about numbers that it never sees, under quotas, and where holders answer row by row.

    exchange.json        name, newsrooms, the two oblivious keys, the holders' signing keys, limits
    log.key, log/        the chained log
    outputs.bundle       the oblivious outputs of the list, signed by two holders
    aggregates.bundle    protected counts of the list, signed by two holders
    requests/ID          a request, with its matches
    answers/ID           what two holders released or assigned, encrypted to the newsroom, or the recall that took its place

It has no number, no row of the list and no key that opens anything. Every request gets the same receipt, at once.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from sousveil.errors import LimitExceeded, Malformed, Missing, Unsupported, Usage
from sousveil.investigation.journal import Journal
from sousveil.investigation.oprf import BATCH, ELEMENT, OUTPUT
from sousveil.investigation.releases import (
    AGGREGATES_TYPE,
    ANSWER_TYPE,
    ASSIGNMENT_TYPE,
    RECALL_TYPE,
    OutputBundle,
    read_aggregates,
    read_outputs,
    read_recall,
    read_sealed,
)
from sousveil.investigation.requests import Flag, Request, count_of, read_request
from sousveil.investigation.vault import locked
from sousveil.kinds import visible
from sousveil.ledger import atomic, dsse, note
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.texts import t

VERSION = 1
RECEIPT = b"received\n"
"""The answer to every submission."""
FRESH = timedelta(hours=1)
"""How far the time of a request may lie from the exchange's clock."""
UNANSWERED_MOST = 10
"""Requests of a newsroom in a day that a key may refuse: they cost no quota, and each lies on the disk and in the log."""
_ID = re.compile("[0-9a-f]{32}")
"""The id of a request or of an assignment."""
LOOKED_AT = 20
"""Numbers from which on a request can look like a range or like the list."""


class Newsroom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A newsroom that may ask."""

    name: str
    people: tuple[str, ...]
    """Public Ed25519 keys of the people who may sign, as `ssh-ed25519 AAAA...` or in hex."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most numbers: in a request, of a newsroom in a day, of a newsroom in all, of all newsrooms in all."""

    request: int
    day: int
    newsroom: int
    all: int


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the coordinators decided."""

    name: str
    keys: tuple[str, str]
    """The public oblivious keys, in hex."""
    signers: tuple[str, ...]
    """Public Ed25519 keys of the holders, as `ssh-ed25519 AAAA...` or in hex."""
    newsrooms: tuple[Newsroom, ...]
    limits: Limits
    version: int = VERSION

    def public_keys(self) -> tuple[bytes, bytes]:
        """The public oblivious keys. Raises Malformed."""
        try:
            first, second = (bytes.fromhex(key) for key in self.keys)
        except ValueError:
            raise Malformed(t("error.exchange.public_key")) from None
        return first, second


Evaluate = Callable[[bytes], bytes]
"""What asks a key process."""


class Exchange:
    """An exchange in its folder. One process writes it; others may read."""

    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        """Raises Missing, Malformed, Unsupported, SousveilError (another process writes it)."""
        self.folder = folder
        self._writes = contextlib.ExitStack()
        try:
            data = (folder / "exchange.json").read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Missing(t("error.exchange.no_exchange", folder=visible(str(folder)), reason=reason)) from None
        try:
            self.config = msgspec.json.decode(data, type=Config)
        except (msgspec.DecodeError, RecursionError):
            raise Malformed(t("error.exchange.damaged", name="exchange.json")) from None
        if self.config.version != VERSION:
            raise Unsupported(t("error.exchange.damaged", name="exchange.json"))
        if writes:
            self._writes.enter_context(locked(folder))
        self._holders = public_signers(self.config.signers)
        self._newsrooms = {room.name: room for room in self.config.newsrooms}
        self._lock = threading.Lock()
        self.journal = Journal(folder / "log", self.config.name, PrivateKey.load(folder / "log.key"))
        self._requests: dict[str, Request] = {}
        self._looks: set[tuple[str, date]] = set()
        for path in sorted((folder / "requests").iterdir()):
            if path.name.endswith(".new"):  # a killed run left it, or another process writes it now
                if writes:
                    path.unlink()
            else:
                self._requests[path.name] = self._read(path)
        if writes:
            self._compare_log()
        self._outputs: frozenset[bytes] = frozenset()
        self._outputs_made = datetime.min.replace(tzinfo=UTC)
        if (folder / "outputs.bundle").exists():
            self._use(self._own_outputs((folder / "outputs.bundle").read_bytes()))

    @classmethod
    def create(cls, folder: Path, config: Config) -> Exchange:
        """Make an exchange in a new or empty folder. Raises Usage, Malformed (a name or a key)."""
        note.Signer(name=config.name, key=PrivateKey.new()).verifier  # noqa: B018 - refuses a name that no log can have
        if len(public_signers(config.signers)) < 2 or any(
            len(public_signers(room.people)) < 2 for room in config.newsrooms
        ):
            raise Usage(t("error.exchange.people"), hint=t("error.exchange.two_people_hint"))
        names = [room.name for room in config.newsrooms]
        if len(set(names)) != len(names) or len(set(config.public_keys())) != 2:
            raise Usage(t("error.exchange.names"))
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise Usage(
                    t("error.vault.not_empty", folder=visible(str(folder))), hint=t("error.vault.not_empty_hint")
                )
            for name in ("requests", "answers", "log"):
                (folder / name).mkdir(mode=0o700)
            key = PrivateKey.new()
            key.save(folder / "log.key")
            Journal(folder / "log", config.name, key, new=True)
            atomic.write(folder / "exchange.json", msgspec.json.format(msgspec.json.encode(config)) + b"\n", mode=0o600)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Usage(t("error.vault.disk", path=visible(str(folder)), reason=reason)) from None
        return cls(folder)

    def close(self) -> None:
        """Let another process write."""
        self._writes.close()

    # The holders

    def take(self, bundle: bytes, *, now: datetime) -> str:
        """Take a bundle of any kind, and say what it was. The signatures of two holders are all that it needs.

        Raises Malformed, BadSignature.
        """
        kind = dsse.decode(bundle).payload_type
        if kind in (ANSWER_TYPE, ASSIGNMENT_TYPE):
            name = "answer" if kind == ANSWER_TYPE else "assignment"
            return t(f"investigation.taken_{name}", id=self.take_sealed(bundle, now=now))
        if kind == RECALL_TYPE:
            return t("investigation.taken_recall", n=self.take_recall(bundle, now=now))
        if kind == AGGREGATES_TYPE:
            return t("investigation.taken_aggregates", n=self.take_aggregates(bundle, now=now))
        return t("investigation.taken_outputs", n=self.take_outputs(bundle, now=now))

    def take_outputs(self, bundle: bytes, *, now: datetime) -> int:
        """Take the outputs of the list in a bundle that two holders signed for this exchange; gives how many there are.

        Raises Malformed (also for a bundle that is not newer than the present one), BadSignature.
        """
        made = self._own_outputs(bundle)
        with self._lock:
            _check_newer(made.made, self._outputs_made)
            atomic.write(self.folder / "outputs.bundle", bundle, mode=0o600)
            self._use(made)
            self._log(now, "outputs", count=len(self._outputs))
            return len(self._outputs)

    def _own_outputs(self, data: bytes) -> OutputBundle:
        bundle = read_outputs(data, self._holders)
        if bundle.recipient != self.config.name or bundle.keys != self.config.public_keys():
            raise Malformed(t("error.exchange.other_exchange"))
        return bundle

    def _use(self, bundle: OutputBundle) -> None:
        places = range(0, len(bundle.outputs), OUTPUT)
        self._outputs = frozenset(bundle.outputs[place : place + OUTPUT] for place in places)
        self._outputs_made = bundle.made

    def requests(self) -> list[Request]:
        """All requests, in the order in which they came, for the holders."""
        return sorted(self._requests.values(), key=lambda request: (request.received, request.id))

    def take_sealed(self, bundle: bytes, *, now: datetime) -> str:
        """Take an answer or an assignment that two holders signed; gives the id of the request or of the assignment.

        Raises Malformed (also for a bundle that is not newer than the present one or than its recall), BadSignature.
        """
        kind = dsse.decode(bundle).payload_type
        made = read_sealed(bundle, kind, self._holders)
        with self._lock:
            if (kind == ANSWER_TYPE) != (made.id in self._requests):
                raise Malformed(t("error.exchange.no_request"))
            if (present := self._present(made.id)) is not None:
                _check_newer(made.made, self._made(present))
            atomic.write(self.folder / "answers" / made.id, bundle, mode=0o600)
            what, name = ("answer", "request") if kind == ANSWER_TYPE else ("assignment", "assignment")
            self._log(now, what, **{name: made.id})
        return made.id

    def take_recall(self, bundle: bytes, *, now: datetime) -> int:
        """Put a recall in the place of each answer and assignment that it names; gives how many were there. Raises Malformed, BadSignature.

        It stays there: otherwise anybody who kept one could hand it in again.
        """
        recall = read_recall(bundle, self._holders)
        with self._lock:
            recalled = []
            for id in sorted(filter(_ID.fullmatch, set(recall.bundles))):
                present = self._present(id)
                if present is not None and self._made(present) > recall.made:
                    continue
                if self.answer(id) is not None:
                    recalled.append(id)
                atomic.write(self.folder / "answers" / id, bundle, mode=0o600)
            self._log(now, "recall", requests=recalled)
        return len(recalled)

    def take_aggregates(self, bundle: bytes, *, now: datetime) -> int:
        """Take counts that two holders signed for this exchange, in the place of older ones; gives how many are shown.

        Raises Malformed (also for a bundle that is not newer than the present one), BadSignature.
        """
        made = read_aggregates(bundle, self._holders, self.config.name)
        count = sum(cell.count is not None for cell in made.cells)
        with self._lock:
            if (present := self._aggregates()) is not None:
                _check_newer(made.made, read_aggregates(present, self._holders, self.config.name).made)
            atomic.write(self.folder / "aggregates.bundle", bundle, mode=0o600)
            self._log(now, "aggregates", count=count)
        return count

    def _aggregates(self) -> bytes | None:
        try:
            return (self.folder / "aggregates.bundle").read_bytes()
        except FileNotFoundError:
            return None

    def _present(self, id: str) -> bytes | None:
        """The answer to a request or the assignment with this id, or its recall."""
        try:
            return (self.folder / "answers" / id).read_bytes()
        except FileNotFoundError:
            return None

    def _made(self, bundle: bytes) -> datetime:
        """When an answer, an assignment or a recall was made."""
        kind = dsse.decode(bundle).payload_type
        if kind == RECALL_TYPE:
            return read_recall(bundle, self._holders).made
        return read_sealed(bundle, kind, self._holders).made

    # The newsrooms

    def ask(self, envelope: bytes, blinded: bytes, keys: Sequence[Evaluate], *, now: datetime) -> list[bytes]:
        """What both keys make of the blinded elements: for each key the answers of its batches, one after another.

        Counts the numbers and writes the log before a key is asked. Where a key's own quota ends, the newsroom learns nothing, and the
        request counts nothing. Raises Malformed, BadSignature, LimitExceeded.
        """
        people = {key.id: key for room in self.config.newsrooms for key in public_signers(room.people).values()}
        ask, signers = read_request(envelope, people)
        room = self._newsrooms.get(ask.newsroom)
        if room is None or not set(signers) <= set(public_signers(room.people)):
            raise BadSignature(t("error.exchange.not_signed"))
        if count_of(blinded) != ask.count or hashlib.sha256(blinded).hexdigest() != ask.blinded:
            raise Malformed(t("error.exchange.bad_request"))
        if abs(ask.made - now) > FRESH:
            raise Malformed(t("error.exchange.old_request"), hint=t("error.vault.clock_hint"))
        with self._lock:
            if ask.id in self._requests:
                raise Malformed(t("error.exchange.twice"))
            self._check_limits(ask.newsroom, ask.count, now)
            received = max([now, *(request.received for request in self._requests.values())])
            request = Request(
                id=ask.id,
                newsroom=ask.newsroom,
                people=signers,
                reason=ask.reason,
                received=received,  # a clock that was set back would take the request out of the day's quota
                count=ask.count,
                blocks=ask.blocks,
            )
            self._write(request)
            self._log_request(request, now)
        size = BATCH * ELEMENT
        batches = [blinded[start : start + size] for start in range(0, len(blinded), size)]
        try:
            with ThreadPoolExecutor(max_workers=len(keys)) as threads:
                return list(threads.map(lambda key: b"".join(map(key, batches)), keys))
        except LimitExceeded:
            with self._lock:
                self._log(now, "unanswered", request=ask.id)
                self._write(msgspec.structs.replace(request, count=0, submitted=True))
            raise

    def submit(self, id: str, outputs: bytes) -> bytes:
        """Take the outputs of a request, once; gives the receipt, the same for every request. Raises Malformed.

        Only what matches is kept. Holders see at once whether it looks like a range of numbers or like the list.
        """
        with self._lock:
            request = self._requests.get(id)
            if request is None or request.submitted or len(outputs) != request.count * OUTPUT:
                raise Malformed(t("error.exchange.bad_request"))
            values = [outputs[place : place + OUTPUT] for place in range(0, len(outputs), OUTPUT)]
            matches = {place: value for place, value in enumerate(values) if value in self._outputs}
            flags = []
            if request.count >= LOOKED_AT and request.blocks * 2 < request.count:
                flags.append(Flag.RANGE)
            if request.count >= LOOKED_AT and len(matches) * 2 > request.count:
                flags.append(Flag.LIST)
            self._write(msgspec.structs.replace(request, submitted=True, matches=matches, flags=tuple(flags)))
        return RECEIPT

    def answer(self, id: str) -> bytes | None:
        """The signed answer to a request, or an assignment, encrypted to its newsroom; None as long as two holders released nothing."""
        present = self._present(id) if _ID.fullmatch(id) else None
        return None if present is None or dsse.decode(present).payload_type == RECALL_TYPE else present

    def fetch(self, id: str, *, now: datetime) -> bytes | None:
        """The same for a newsroom: the log has the first look of each day before it is given."""
        with self._lock:
            return self._looked(id, self.answer(id), now)

    def fetch_aggregates(self, *, now: datetime) -> bytes | None:
        """The signed counts for a newsroom, in the same way."""
        with self._lock:
            return self._looked("aggregates", self._aggregates(), now)

    # Within

    def _looked(self, name: str, found: bytes | None, now: datetime) -> bytes | None:
        if found is not None and (name, now.date()) not in self._looks:
            self._log(now, "look", bundle=name)
            self._looks.add((name, now.date()))
        return found

    def _check_limits(self, newsroom: str, count: int, now: datetime) -> None:
        """Raises LimitExceeded. A clock that is set back gives nothing back."""
        limits, earlier = self.config.limits, list(self._requests.values())
        today = max([now.date(), *(request.received.date() for request in earlier)])
        own = [request for request in earlier if request.newsroom == newsroom]
        used = {
            "request": 0,
            "day": _total(request for request in own if _day(request) == today),
            "newsroom": _total(own),
            "all": _total(earlier),
        }
        if sum(not request.count for request in own if _day(request) == today) >= UNANSWERED_MOST:
            raise LimitExceeded(t("error.oprf.quota"), hint=t("error.exchange.limit_hint"))
        for name, before in used.items():
            if before + count > getattr(limits, name):
                raise LimitExceeded(t(f"error.exchange.limit.{name}"), hint=t("error.exchange.limit_hint"))

    def _compare_log(self) -> None:
        """Compare the log with the requests. A run that was killed may leave one request without an entry, which it gets now. Raises
        Malformed where others have none: somebody restored an older log."""
        entries = [msgspec.json.decode(entry) for entry in self.journal.entries()]
        logged = {entry["request"] for entry in entries if entry["what"] == "ask"}
        self._looks = {
            (entry["bundle"], date.fromisoformat(entry["when"][:10])) for entry in entries if entry["what"] == "look"
        }
        missing = [request for request in self.requests() if request.id not in logged]
        if len(missing) > 1 or any(request.submitted for request in missing):
            raise Malformed(t("error.exchange.old_log", n=len(missing)), hint=t("error.exchange.old_log_hint"))
        for request in missing:
            self._log_request(request, request.received)

    def _log_request(self, request: Request, now: datetime) -> None:
        details = {
            "request": request.id,
            "newsroom": request.newsroom,
            "people": request.people,
            "reason": request.reason,
        }
        self._log(now, "ask", **details, count=request.count)

    def _log(self, now: datetime, what: str, **details: object) -> None:
        self.journal.append(msgspec.json.encode({"when": now, "what": what, **details}))

    def _read(self, path: Path) -> Request:
        try:
            return msgspec.msgpack.decode(path.read_bytes(), type=Request)
        except (OSError, msgspec.DecodeError):
            raise Malformed(t("error.exchange.damaged", name=visible(path.name))) from None

    def _write(self, request: Request) -> None:
        atomic.write(self.folder / "requests" / request.id, msgspec.msgpack.encode(request), mode=0o600)
        self._requests[request.id] = request


def _check_newer(made: datetime, present: datetime) -> None:
    """Raises Malformed: an older bundle, handed in again, would undo what two holders decided later."""
    if made <= present:
        raise Malformed(t("error.exchange.older"), hint=t("error.exchange.older_hint"))


def _day(request: Request) -> date:
    return request.received.date()


def _total(requests: Iterable[Request]) -> int:
    return sum(request.count for request in requests)


def public_signers(given: Iterable[str]) -> dict[str, PublicKey]:
    """Key id -> key, for public keys in hex or as OpenSSH writes them. Raises Malformed."""
    keys = []
    for text in given:
        words = text.split()
        try:
            if words[:1] == ["ssh-ed25519"] and len(words) > 1:
                blob = base64.b64decode(words[1], validate=True)
                raw = blob.removeprefix(_SSH) if blob.startswith(_SSH) else b""
            else:
                raw = bytes.fromhex(text)
            keys.append(PublicKey(raw))
        except ValueError:  # Malformed is one, too
            raise Malformed(t("error.exchange.public_key")) from None
    return {key.id: key for key in keys}


_SSH = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
"""What an OpenSSH public key begins with (RFC 8709, section 4)."""


def read_config(path: Path) -> Config:
    """A configuration in a JSON file. Raises Usage."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Config)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.list.unreadable", path=visible(str(path)), reason=reason)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Usage(t("error.exchange.config", path=visible(str(path)), reason=visible(str(error), 200))) from None


__all__ = ["Config", "Exchange", "Limits", "Newsroom", "public_signers", "read_config"]
