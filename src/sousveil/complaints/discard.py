"""Discards: a statement that names threads as a flood, signed by two handlers offline and carried back with the answers.

The statement names each thread by its random id, with the last message that the handlers know of it. So it fits no other
installation and no later thread, and a person who wrote again meanwhile, or whom the handlers answered, keeps the thread
unless the statement says `whole`. A signing key is derived from a handler's age key: there is nothing else to keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from sousveil.complaints import carried
from sousveil.complaints.handlers import in_use
from sousveil.complaints.offline import ANSWER_TO, AnswerTo, last_numbers, last_opened
from sousveil.complaints.store import Discarded, Store, new_id
from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic, bech32, dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey

TYPE = "application/vnd.sousveil.discard+json"
PREFIX = "sign"
"""Of a public signing key as text: `sign1...`."""
SIGNATURES = 2
"""Handlers who sign before a thread is deleted: one person's error or malice deletes nothing."""
THREADS_MAX = 100_000


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What handlers sign."""

    threads: dict[str, int]
    """Threads, each with the number of its last message that the handlers know."""
    whole: bool = False
    """Delete threads with an answer, or with later messages, too."""


def signing_key(identity: str) -> PrivateKey:
    """The Ed25519 key of an age identity."""
    return PrivateKey(blake2b(identity.upper().encode(), digest_size=32, person=b"sousveil-discard").digest())


def signer_text(identity: str) -> str:
    """The public half as handlers hand it over: `sign1...`."""
    return bech32.encode(PREFIX, signing_key(identity).public.raw)


def register_signer(store: Store, recipient: str, signer: str) -> None:
    """From now on this key signs discards for the handler with this recipient. Raises Missing, Usage, Malformed."""
    raw = bech32.decode(PREFIX, signer.strip())
    if raw is None:
        raise Usage("This is no signing key (sign1...).", hint="`sousveil complaints key KEYFILE` prints it.")
    PublicKey(raw)
    for one in in_use(store):
        if one.recipient == recipient and one.role == "handler":
            break
    else:
        raise Missing("No handler in use has this key.", hint="`sousveil complaints handlers list` shows them.")
    with store.writing() as connection:
        if connection.execute("SELECT 1 FROM signer WHERE public = ? AND handler <> ?", (raw, one.id)).fetchone():
            raise Usage("Another handler has this signing key.", hint="Each handler has a key of their own.")
        connection.execute("INSERT OR REPLACE INTO signer VALUES (?, ?)", (one.id, raw))


def make(paths: Iterable[Path], identities: Sequence[str], out: Path, *, whole: bool = False) -> tuple[Path, int]:
    """Sign a statement about opened folders or carried complaints; gives its file in `out` and how many threads it names."""
    threads: dict[str, int] = {}
    folders: dict[Path, dict[str, int]] = {}
    for path in paths:
        thread, number = _thread(path, folders)
        threads[thread] = max(number, threads.get(thread, 0))
    if not 0 < len(threads) <= THREADS_MAX:
        raise Usage(f"A discard names between 1 and {THREADS_MAX:,} threads; this one names {len(threads):,}.")
    payload = msgspec.json.encode(Statement(threads=dict(sorted(threads.items())), whole=whole))
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = out / f"{new_id()}.discard"
    atomic.write(path, dsse.encode(dsse.sign(TYPE, payload, *map(signing_key, identities))), mode=0o600)
    return path, len(threads)


def countersign(path: Path, identities: Sequence[str]) -> Statement:
    """Add signatures to a statement; gives what it says. Without identities it signs nothing. Raises Malformed, Usage."""
    envelope, statement = read(carried.read(path))
    if not identities:
        return statement
    keys = [signing_key(one) for one in identities]
    if {one.keyid for one in envelope.signatures} & {one.public.id for one in keys}:
        raise Usage("This key has signed already.", hint="Another handler signs now, with a key of their own.")
    further = dsse.sign(TYPE, envelope.payload, *keys).signatures
    signed = msgspec.structs.replace(envelope, signatures=(*envelope.signatures, *further))
    atomic.write(path, dsse.encode(signed), mode=0o600)
    return statement


def read(data: bytes) -> tuple[dsse.Envelope, Statement]:
    """Envelope and statement, no signature checked. Raises Malformed."""
    envelope = dsse.decode(data)
    try:
        statement = msgspec.json.decode(envelope.payload, type=Statement)
    except msgspec.MsgspecError:
        raise Malformed("This is no discard.") from None
    ids = all(re.fullmatch(r"[0-9a-f]{32}", one) and number > 0 for one, number in statement.threads.items())
    if envelope.payload_type != TYPE or not ids or len(statement.threads) > THREADS_MAX:
        raise Malformed("This is no discard.")
    return envelope, statement


def apply(store: Store, data: bytes) -> Discarded:
    """Delete what a statement names. Raises Malformed, BadSignature, Usage; then nothing is deleted."""
    envelope, statement = read(data)
    handlers = {one.id for one in in_use(store) if one.role == "handler"}
    with store.reading() as connection:
        rows = connection.execute("SELECT handler, public FROM signer").fetchall()
    keys = [PublicKey(raw) for handler, raw in rows if handler in handlers]  # one key a handler
    if len(dsse.signers(envelope, {key.id: key for key in keys})) < SIGNATURES:
        raise BadSignature(
            f"A discard needs the signatures of {SIGNATURES} handlers whose signing keys are registered here.",
            hint="Register them with `sousveil complaints handlers sign`, and let another handler sign the file.",
        )
    return store.discard(statement.threads, whole=statement.whole)


def _thread(path: Path, folders: dict[Path, dict[str, int]]) -> tuple[str, int]:
    """The thread of an opened folder, of a file in one, or of a carried complaint, and the last message that is known.

    `folders`: what was listed so far: a flood has thousands of folders beside each other.
    """
    opened = path if path.is_dir() else path.parent
    if path.suffix == ".complaint":
        line, _ = carried.parse(carried.read(path), "complaint-1")
        return line.thread, line.number
    try:
        to = msgspec.json.decode((opened / ANSWER_TO).read_bytes(), type=AnswerTo)
    except (OSError, msgspec.MsgspecError):
        raise Malformed(f"{visible(str(path))} is no folder that `open` made.") from None
    if opened.absolute().parent not in folders:
        folders[opened.absolute().parent] = last_numbers(opened)
    return to.thread, max(1, last_opened(to, folders[opened.absolute().parent]))
