"""Asking a witness for its cosignature (C2SP tlog-witness, the log's side)."""

from __future__ import annotations

import http.client
import urllib.parse
from collections.abc import Callable, Sequence

from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.ledger import checkpoint, note
from sousveil.ledger.disagreement import BadSignature, Disagreement
from sousveil.ledger.witness import Request

TIMEOUT = 10.0
_MAX_ANSWER = 1 << 16
_WHY = {
    403: "holds another key of this log than the one that signs, and does not cosign",
    404: "does not know this log, and does not cosign",
}
"""What a refusal means, by its status."""


class Behind(Disagreement):
    """A witness has cosigned more than this log holds: the log was restored from an old copy, or rewritten.

    Nothing may be signed any more until the entries that are missing are back.
    """


class Refusal(SousveilError):
    """A witness answered that it does not cosign."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class OtherHistory(Refusal):
    """What a witness cosigned is not the beginning of this log: there are two histories, and the witness is the proof."""

    def __init__(self, message: str, shown: bytes = b"") -> None:
        super().__init__(message, 422)
        self.shown = shown
        """The signed checkpoint that the witness holds, where it shows one; not verified. Without it this is its word alone."""


def ask_witness(
    url: str,
    data: bytes,
    prove: Callable[[int, int], Sequence[bytes]],
    verifier: note.Verifier,
    *,
    old_size: int = 0,
    timeout: float = TIMEOUT,
) -> note.NoteSignature:
    """The cosignature of the witness at `url` on the signed checkpoint `data`, verified.

    `prove(old, new)` gives consistency proofs of the log; `old_size` is the size that this witness cosigned last, as far
    as is known: where the witness knows another one it is asked once more from there. Raises Missing (no answer),
    Refusal (OtherHistory where the histories part), Behind, BadSignature, Malformed, Usage.
    """
    text, _ = note.split(data)
    size = checkpoint.parse(text).size
    for again in (True, False):
        proof = tuple(prove(old_size, size))
        body = Request(old_size=old_size, proof=proof, checkpoint=data).format()
        status, answer = _post(url, body, timeout)
        if status == 200:
            return _cosignature(answer, text, verifier)
        if status != 409:
            break
        known = note.decimal(answer.strip(), "size that the witness knows")
        if known > size:
            raise Behind(
                f"The witness {verifier.name} has cosigned {known} entries of this log, which holds {size}.",
                hint="The register was restored from an old copy. Bring the missing entries back before anything is published.",
            )
        if not again or known == old_size:
            raise Behind(f"The witness {verifier.name} has cosigned another history of this log, of {known} entries.")
        old_size = known
    reason, _, shown = answer.partition(b"\n\n")
    said = reason.decode("utf-8", "replace").strip()[:200]
    if status == 422:
        raise OtherHistory(
            f"The witness {verifier.name} holds another history of this log: what it cosigned is not how this log begins: {said}",
            shown,
        )
    why = _WHY.get(status, "does not cosign")
    raise Refusal(f"The witness {verifier.name} {why} (status {status}): {said}", status)


def _cosignature(answer: bytes, text: bytes, verifier: note.Verifier) -> note.NoteSignature:
    try:
        _, found = note.open_note(text + b"\n" + answer, [verifier])
    except (Malformed, BadSignature) as error:
        raise type(error)(f"The answer of the witness {verifier.name} is not its cosignature.") from None
    return found[0]


def _post(url: str, body: bytes, timeout: float) -> tuple[int, bytes]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Usage(f"{url!r} is not the address of a witness.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request("POST", parts.path.rstrip("/") + "/add-checkpoint", body)
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_ANSWER)
    except (http.client.HTTPException, OSError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        raise Missing(f"The witness at {url} gives no answer: {said}.") from None
    finally:
        connection.close()
