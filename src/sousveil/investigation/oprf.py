"""Oblivious outputs of numbers: what two independent keys make of a number that neither of them sees.

RFC 9497, verifiable mode, ristretto255-SHA512, by the library voprf. Each key evaluates the same blinded elements and proves
for a whole batch that it used its key (section 2.2). The client verifies each proof, and hashes both outputs together, so
that neither key alone can try numbers.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from voprf import ristretto

from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage
from sousveil.investigation.protection import protect_memory
from sousveil.kinds import visible
from sousveil.texts import t

ELEMENT = 32
"""Bytes of a group element."""
PROOF = 64
OUTPUT = 32
"""Bytes of the output of both keys together."""
FEW = 256
"""Elements that are not worth another process."""
BATCH = 1_024
"""Elements with one proof; RFC 9497 permits 65,535. Small batches keep all cores busy to the end."""
INFO = b"sousveil investigation 1"
"""KeyInfo of DeriveKeyPair (RFC 9497, 3.2.1)."""
_COMBINED = b"sousveil investigation output 1\n"
_SEED = 32


class Key:
    """A secret key of a key process."""

    def __init__(self, seed: bytes) -> None:
        self._evaluator = ristretto.Evaluator.from_seed(seed, INFO)

    @classmethod
    def create(cls, path: Path) -> Key:
        """A new key in a new file that only its owner may read. Raises Usage."""
        seed = os.urandom(_SEED)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(seed)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Usage(t("error.oprf.key_not_written", path=visible(str(path)), reason=reason)) from None
        return cls(seed)

    @classmethod
    def load(cls, path: Path) -> Key:
        """The key in a file. Raises Missing, Locked (others may read it), Malformed."""
        try:
            with path.open("rb") as file:
                mode, seed = os.fstat(file.fileno()).st_mode, file.read(_SEED + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Missing(t("error.oprf.no_key", path=visible(str(path)), reason=reason)) from None
        if mode & 0o077:
            raise Locked(t("error.oprf.key_open", path=visible(str(path))), hint=t("error.oprf.key_open_hint"))
        if len(seed) != _SEED:
            raise Malformed(t("error.oprf.bad_key", path=visible(str(path))))
        return cls(seed)

    @classmethod
    @contextmanager
    def locked(cls, path: Path, *, alone: bool = False) -> Iterator[Key]:
        """The key in a file that no other process destroys meanwhile; `alone`: nor uses. Raises as `load`, and SousveilError."""
        try:
            import fcntl
        except ImportError:
            raise SousveilError(t("error.lake.no_locks")) from None
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Missing(t("error.oprf.no_key", path=visible(str(path)), reason=reason)) from None
        try:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except OSError:
                message = t("error.oprf.key_in_use", path=visible(str(path)))
                raise Locked(message, hint=t("error.oprf.key_in_use_hint")) from None
            yield cls.load(path)
        finally:
            os.close(handle)

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._evaluator.public_key.serialize()

    def evaluate(self, blinded: bytes) -> bytes:
        """BlindEvaluate (RFC 9497, 3.3.2) of 1 to BATCH elements: one proof, then as many elements. Raises Malformed."""
        count, rest = divmod(len(blinded), ELEMENT)
        if rest or not 1 <= count <= BATCH:
            raise Malformed(t("error.oprf.elements", most=BATCH))
        try:
            elements = [
                ristretto.BlindedInput.deserialize(blinded[place : place + ELEMENT])
                for place in range(0, len(blinded), ELEMENT)
            ]
        except ValueError:
            raise Malformed(t("error.oprf.element")) from None
        return self._evaluator.evaluate_batch(elements).serialize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A key as a client sees it: its public part, and how to reach the process that has the secret."""

    public: bytes
    evaluate: Callable[[bytes], bytes]


class Blinded:
    """Inputs, blinded at random: what keys may see of them, and what removes the blinding.

    One blinding serves all keys: an element is uniformly random, whatever its input (RFC 9497, 3.3.2).
    """

    def __init__(self, inputs: Sequence[bytes]) -> None:
        pairs = [ristretto.Client.blind(one) for one in inputs]
        self._clients = [client for client, _ in pairs]
        self.elements = b"".join(element.serialize() for _, element in pairs)

    def outputs(self, answers: Sequence[bytes], publics: Sequence[bytes]) -> list[bytes]:
        """The output of all keys together for each input. An answer has a proof before the elements of each batch.

        Raises Malformed where a proof does not hold.
        """
        parts = [self._of_key(answer, public) for answer, public in zip(answers, publics, strict=True)]
        return [sha256(_COMBINED + b"".join(both)).digest() for both in zip(*parts, strict=True)]

    def _of_key(self, answer: bytes, public: bytes) -> list[bytes]:
        made: list[bytes] = []
        place = 0
        for start in range(0, len(self._clients), BATCH):
            clients = self._clients[start : start + BATCH]
            end = place + PROOF + ELEMENT * len(clients)
            made += _finalized(clients, answer[place:end], public)
            place = end
        if place != len(answer):
            raise Malformed(t("error.oprf.answer"), hint=t("error.oprf.answer_hint"))
        return made


def outputs(
    inputs: Sequence[bytes],
    keys: Sequence[Evaluation],
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> list[bytes]:
    """The output of all keys together for each input, 32 bytes. Raises Malformed where a proof does not hold.

    `processes`: how many blind and verify at once. More than one need keys of `key_service.remote`.
    """
    batches = [inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH)]
    made: list[bytes] = []
    with ExitStack() as stack:
        each: Callable[..., Iterator[list[bytes]]] = map
        if min(processes, len(batches)) > 1:
            each = stack.enter_context(pool(min(processes, len(batches)))).map
        try:
            for batch in each(_outputs_of_batch, batches, itertools.repeat(keys)):
                made += batch
                progress(len(made), len(inputs))
        except BrokenExecutor:
            raise SousveilError(t("error.oprf.worker"), hint=t("error.oprf.worker_hint")) from None
    return made


def _outputs_of_batch(inputs: Sequence[bytes], keys: Sequence[Evaluation]) -> list[bytes]:
    blinded = Blinded(inputs)
    with ThreadPoolExecutor(max_workers=len(keys)) as threads:
        answers = [threads.submit(key.evaluate, blinded.elements) for key in keys]
        return blinded.outputs([answer.result() for answer in answers], [key.public for key in keys])


def parallel(path: Path, key: Key, processes: int) -> Callable[[bytes], bytes]:
    """`key.evaluate` in several processes, each of which loads the key file; a few elements stay in this process."""
    if processes < 2:
        return key.evaluate
    several = pool(processes, _load, path)

    def evaluate(blinded: bytes) -> bytes:
        if len(blinded) <= FEW * ELEMENT:
            return key.evaluate(blinded)
        try:
            return several.submit(_evaluate, blinded).result()
        except BrokenExecutor:  # a process was killed, or the key file was moved: slower, and as right
            return key.evaluate(blinded)

    return evaluate


_loaded: list[Key] = []
"""The key of a process that `parallel` started."""


def _load(path: Path) -> None:
    _loaded.append(Key.load(path))


def _evaluate(blinded: bytes) -> bytes:
    return _loaded[0].evaluate(blinded)


def _finalized(clients: list[ristretto.Client], answer: bytes, public: bytes) -> list[bytes]:
    """Finalize (RFC 9497, 3.3.2) a batch. Raises Malformed for a proof that does not hold."""
    if len(answer) != PROOF + ELEMENT * len(clients):
        raise Malformed(t("error.oprf.answer"), hint=t("error.oprf.answer_hint"))
    try:
        key = ristretto.PublicKey.deserialize(public)
        return ristretto.Client.finalize_batch(clients, ristretto.VerifiableBatchOutput.deserialize(answer), key)
    except BaseException as error:
        # The library answers a false proof with a panic, which is no Exception.
        if isinstance(error, ValueError) or type(error).__name__ == "PanicException":
            raise Malformed(t("error.oprf.answer"), hint=t("error.oprf.answer_hint")) from None
        raise


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pool(processes: int, prepare: Callable[..., object] | None = None, *given: Any) -> ProcessPoolExecutor:
    """Processes of their own, each with protected memory, that end with this one. Each calls `prepare` first. Threads would use one
    core: the library voprf keeps the interpreter to itself."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(prepare, given))


def _begin(prepare: Callable[..., object] | None, given: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    protect_memory()
    if prepare is not None:
        prepare(*given)


def _end_with_parent() -> None:
    """A parent that was killed must leave nobody behind who knows numbers or a key."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


__all__ = ["BATCH", "ELEMENT", "OUTPUT", "Blinded", "Evaluation", "Key", "cores", "outputs", "parallel", "pool"]
