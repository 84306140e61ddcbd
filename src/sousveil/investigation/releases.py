"""What leaves the vault: explicit bundles, each signed by two holders."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import pyrage

from sousveil.errors import LimitExceeded, Locked, Malformed, Usage
from sousveil.investigation.importing import selections
from sousveil.investigation.numbers import State
from sousveil.investigation.oprf import OUTPUT, Evaluation, outputs
from sousveil.investigation.people import Sent, record_sent
from sousveil.investigation.requests import Request
from sousveil.investigation.vault import Identities, Vault, recipients
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.texts import t

OUTPUTS_TYPE = "application/vnd.sousveil.investigation.outputs+msgpack;v=1"
ANSWER_PADDING = 1 << 12
"""Answers are filled up to a multiple of this."""
SIGNERS = 2
"""Holders who sign a bundle, at least."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone: bundles of one kind replace each other by it."""


class OutputBundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The oblivious outputs of a list for the exchange, sorted, so that their order says nothing of the list's."""

    vault: str
    made: Moment
    recipient: str
    """Whom the bundle was made for."""
    keys: tuple[bytes, bytes]
    """The public keys whose outputs these are."""
    outputs: bytes
    """32 bytes each, sorted, each once."""


def output_bundle(
    vault: Vault,
    keys: Sequence[Evaluation],
    signers: Sequence[PrivateKey],
    *,
    recipient: str,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, whole: None,
    processes: int = 1,
) -> bytes:
    """A signed bundle with the output of each different number of the vault. `processes`: see `oprf.outputs`.

    Raises Usage, Malformed, Missing, LimitExceeded.
    """
    if len({key.public for key in keys}) != 2 or len(keys) != 2:
        raise Usage(t("error.oprf.two_keys"))
    check_signers(signers)
    numbers = sorted({row.e164 for _, batch in selections(vault) for row in batch if row.e164})
    made = outputs([number.encode() for number in numbers], keys, processes, progress)
    bundle = OutputBundle(
        vault=vault.header.vault,
        made=now,
        recipient=recipient,
        keys=(keys[0].public, keys[1].public),
        outputs=b"".join(sorted(made)),
    )
    data = signed(OUTPUTS_TYPE, msgspec.msgpack.encode(bundle), signers)
    table = f"outputs-{secrets.token_hex(8)}"
    vault.write_sealed(table, msgspec.msgpack.encode(dict(zip(made, numbers, strict=True))))
    others = tuple(name for name in vault.index.tables if name not in _outputs_of(vault))
    index = msgspec.structs.replace(vault.index, tables=(table, *others))
    vault.commit("outputs", index, now=now, recipient=recipient, numbers=len(numbers))
    vault.sweep()
    return data


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A selection as an answer shows it."""

    seconds: int | None
    certainty: str
    """See `times.Certainty`; an uncertain time has no seconds."""
    client: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What two holders release of a request: rows one by one. It says nothing about the other numbers of the request."""

    request: str
    recipient: str
    """The newsroom that the answer was made for."""
    made: datetime
    rows: dict[int, tuple[Seen, ...]]
    """Place of a number in the request, from 0 -> its selections."""


ANSWER_TYPE = "application/vnd.sousveil.investigation.answer+age;v=1"


Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]


class Sealed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the exchange reads of an answer or of an assignment."""

    id: Id
    """Of the request that is answered, or of the assignment."""
    made: Moment
    sealed: bytes
    """The `Answer` or the `Assignment`, encrypted to its newsroom."""


def answer_bundle(
    vault: Vault,
    request: Request,
    places: Iterable[int],
    signers: Sequence[PrivateKey],
    *,
    recipient: str,
    now: datetime,
) -> bytes:
    """A bundle for the newsroom of a request: the selections of the numbers at these places, encrypted to `recipient` (age)
    and signed by two holders. An answer without places looks the same as any other that has as many rows.

    Raises Usage for a place that is no match, Malformed.
    """
    check_signers(signers)
    known: dict[bytes, str] = {}
    for table in _outputs_of(vault):
        known |= msgspec.msgpack.decode(vault.read_sealed(table), type=dict[bytes, str])
    wanted: dict[str, int] = {}
    for place in places:
        number = known.get(request.matches.get(place, b""))
        if number is None:
            raise Usage(t("error.exchange.no_match", place=place), hint=t("error.exchange.no_match_hint"))
        wanted[number] = place
    rows: dict[int, list[Seen]] = {place: [] for place in wanted.values()}
    for _, batch in selections(vault):
        for row in batch:
            if row.e164 in wanted:
                seen = Seen(seconds=row.seconds, certainty=row.certainty, client=row.client)
                rows[wanted[row.e164]].append(seen)
    made = Answer(
        request=request.id,
        recipient=request.newsroom,
        made=now,
        rows={place: tuple(sorted(seen, key=lambda one: one.seconds or 0)) for place, seen in rows.items()},
    )
    sent = Sent(id=request.id, kind="answer", recipient=request.newsroom, made=now, numbers=tuple(wanted))
    data = _sealed(ANSWER_TYPE, request.id, now, made, recipient, signers)
    record_sent(vault, sent, "answer", now=now, request=request.id)
    return data


def _outputs_of(vault: Vault) -> list[str]:
    """The names of the tables with outputs."""
    return [name for name in vault.index.tables if name.startswith("outputs-")]


def _sealed(
    kind: str, id: str, now: datetime, made: msgspec.Struct, recipient: str, signers: Sequence[PrivateKey]
) -> bytes:
    """A signed bundle with content that is encrypted to one age recipient, and filled up so that its size says little. Raises Usage."""
    content = msgspec.msgpack.encode(made)
    padded = len(content).to_bytes(4, "big") + content
    padded += bytes(-len(padded) % ANSWER_PADDING)
    box = bytes(pyrage.encrypt(padded, [pyrage.x25519.Recipient.from_str(one) for one in recipients([recipient])]))
    return signed(kind, msgspec.msgpack.encode(Sealed(id=id, made=now, sealed=box)), signers)


def _unsealed(sealed: bytes, identity: Identities) -> bytes:
    """The content that `_sealed` encrypted. Raises Locked."""
    try:
        content = bytes(pyrage.decrypt(sealed, list(identity)))
    except pyrage.DecryptError:
        raise Locked(t("error.exchange.not_for_you")) from None
    return content[4 : 4 + int.from_bytes(content[:4], "big")]


def read_sealed(data: bytes, kind: str, known: Mapping[str, PublicKey]) -> Sealed:
    """The outside of an answer or of an assignment that two known holders signed. Raises Malformed, BadSignature."""
    try:
        return msgspec.msgpack.decode(opened(data, kind, known), type=Sealed)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None


def read_answer(
    data: bytes, known: Mapping[str, PublicKey], identity: Identities, *, request: str, newsroom: str
) -> Answer:
    """The answer to a request of a newsroom. Raises Malformed (also for the answer to another request), BadSignature, Locked."""
    outside = read_sealed(data, ANSWER_TYPE, known)
    try:
        made = msgspec.msgpack.decode(_unsealed(outside.sealed, identity), type=Answer)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None
    if not made.request == outside.id == request or made.recipient != newsroom:
        raise Malformed(t("error.exchange.other_answer"), hint=t("error.exchange.other_answer_hint"))
    return made


class AssignedRow(msgspec.Struct, frozen=True, array_like=True):
    """A row as the newsroom sees it to which it was assigned."""

    e164: str
    seconds: int | None
    certainty: str
    client: str
    state: str = State.VALID
    """See `numbers.State`; of another number than a valid one somebody else may be the owner by now."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows that a newsroom is to work on."""

    id: str
    recipient: str
    """The newsroom that the bundle was made for."""
    made: datetime
    rows: tuple[AssignedRow, ...]


ASSIGNMENT_TYPE = "application/vnd.sousveil.investigation.assignment+age;v=1"


def assignment_bundle(
    vault: Vault,
    signers: Sequence[PrivateKey],
    *,
    newsroom: str,
    recipient: str,
    country: str = "",
    client: str = "",
    now: datetime,
) -> tuple[bytes, int]:
    """A bundle with the rows of a country, a client label or both, for one newsroom, and how many rows it has.

    Encrypted to `recipient` (age) and signed by two holders. Raises Usage where nothing fits, Malformed.
    """
    check_signers(signers)
    if not country and not client:
        raise Usage(t("error.people.assign_what"))
    rows = [
        AssignedRow(row.e164, row.seconds, row.certainty, row.client, row.state)
        for _, batch in selections(vault)
        for row in batch
        if row.e164 and (not country or row.country == country) and (not client or row.client == client)
    ]
    if not rows:
        raise Usage(t("error.people.assign_nothing"))
    made = Assignment(id=secrets.token_hex(16), recipient=newsroom, made=now, rows=tuple(rows))
    numbers = tuple(sorted({row.e164 for row in rows}))
    sent = Sent(id=made.id, kind="assignment", recipient=newsroom, made=now, numbers=numbers)
    data = _sealed(ASSIGNMENT_TYPE, made.id, now, made, recipient, signers)
    record_sent(vault, sent, "assignment", now=now, country=country, client=client)
    return data, len(rows)


def read_assignment(data: bytes, known: Mapping[str, PublicKey], identity: Identities, *, newsroom: str) -> Assignment:
    """The assignment in a bundle for this newsroom. Raises Malformed (also for another newsroom's), BadSignature, Locked."""
    outside = read_sealed(data, ASSIGNMENT_TYPE, known)
    try:
        made = msgspec.msgpack.decode(_unsealed(outside.sealed, identity), type=Assignment)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None
    if made.recipient != newsroom or made.id != outside.id:
        raise Malformed(t("error.people.other_newsroom"))
    return made


class Recall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bundles that nobody may use any more. It names no person and no number of the list."""

    made: Moment
    """Not before any of the bundles, so that it replaces them."""
    bundles: tuple[str, ...]
    recipients: tuple[str, ...]
    """Whom the bundles were made for: the holders give each of them the recall."""


RECALL_TYPE = "application/vnd.sousveil.investigation.recall+msgpack;v=1"


def recall_bundle(recalled: Sequence[Sent], signers: Sequence[PrivateKey], *, now: datetime) -> bytes:
    """A recall of bundles that were sent, signed by two holders. Raises Usage."""
    made = max([now, *(one.made for one in recalled)])
    recipients = tuple(sorted({one.recipient for one in recalled}))
    recall = Recall(made=made, bundles=tuple(one.id for one in recalled), recipients=recipients)
    return signed(RECALL_TYPE, msgspec.msgpack.encode(recall), signers)


def read_recall(data: bytes, known: Mapping[str, PublicKey]) -> Recall:
    """A recall that two known holders signed. Raises Malformed, BadSignature."""
    try:
        return msgspec.msgpack.decode(opened(data, RECALL_TYPE, known), type=Recall)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None


class Aggregate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cell of a table; see `publication.Count`."""

    table: Annotated[str, msgspec.Meta(pattern=r"^(numbers|people)\Z")]
    row: str | None
    column: str | None
    """None: the sum over all."""
    count: int | None
    """None: suppressed."""
    record: str | None
    """What leads holders back to the rows; see `publication.trace`."""


class Aggregates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Protected counts of the list for newsrooms."""

    recipient: str
    """The exchange that the bundle was made for."""
    made: Moment
    minimum: int
    cells: tuple[Aggregate, ...]


AGGREGATES_TYPE = "application/vnd.sousveil.investigation.aggregates+json;v=1"


def read_aggregates(data: bytes, known: Mapping[str, PublicKey], recipient: str) -> Aggregates:
    """The counts for an exchange that two known holders signed. Raises Malformed (also for another exchange), BadSignature."""
    try:
        made = msgspec.json.decode(opened(data, AGGREGATES_TYPE, known), type=Aggregates)
    except (msgspec.DecodeError, RecursionError):
        raise Malformed(t("error.oprf.other_bundle")) from None
    if made.recipient != recipient:
        raise Malformed(t("error.exchange.other_exchange"))
    return made


def check_signers(signers: Sequence[PrivateKey]) -> None:
    """Raises Usage unless two different holders sign."""
    if len({key.public.id for key in signers}) < SIGNERS:
        raise Usage(t("error.oprf.two_signers"), hint=t("error.oprf.two_signers_hint"))


def signed(payload_type: str, payload: bytes, signers: Sequence[PrivateKey]) -> bytes:
    """A bundle as a signed envelope. Raises Usage, LimitExceeded (nobody could read it)."""
    check_signers(signers)
    data = dsse.encode(dsse.sign(payload_type, payload, *signers))
    if len(data) > dsse.MAX_BYTES:
        raise LimitExceeded(t("error.oprf.large", most=dsse.MAX_BYTES >> 20), hint=t("error.oprf.large_hint"))
    return data


def opened(data: bytes, payload_type: str, known: Mapping[str, PublicKey]) -> bytes:
    """The payload of a bundle that two known holders signed. Raises Malformed, BadSignature."""
    envelope = dsse.decode(data)
    if envelope.payload_type != payload_type:
        raise Malformed(t("error.oprf.other_bundle"))
    if len(set(dsse.signers(envelope, known))) < SIGNERS:
        raise BadSignature(t("error.oprf.not_signed"))
    return envelope.payload


def read_outputs(data: bytes, known: Mapping[str, PublicKey]) -> OutputBundle:
    """The outputs in a signed bundle, sorted and each once. Raises Malformed, BadSignature."""
    try:
        bundle = msgspec.msgpack.decode(opened(data, OUTPUTS_TYPE, known), type=OutputBundle)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None
    values = [bundle.outputs[place : place + OUTPUT] for place in range(0, len(bundle.outputs), OUTPUT)]
    if len(bundle.outputs) % OUTPUT or any(a >= b for a, b in itertools.pairwise(values)):
        raise Malformed(t("error.oprf.other_bundle"))
    return bundle


__all__ = [
    "AGGREGATES_TYPE",
    "ANSWER_TYPE",
    "ASSIGNMENT_TYPE",
    "RECALL_TYPE",
    "Aggregate",
    "Aggregates",
    "Answer",
    "AssignedRow",
    "Assignment",
    "OutputBundle",
    "Recall",
    "Sealed",
    "Seen",
    "answer_bundle",
    "assignment_bundle",
    "check_signers",
    "opened",
    "output_bundle",
    "read_aggregates",
    "read_answer",
    "read_assignment",
    "read_outputs",
    "read_recall",
    "read_sealed",
    "recall_bundle",
    "signed",
]
