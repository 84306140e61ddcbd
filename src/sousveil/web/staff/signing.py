"""What is signed elsewhere: making the exact bytes, and taking the signature back.

No private key comes near this program. A signature counts only when its key is of the very owner the account works for.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.ledger import dsse, sshsig
from sousveil.ledger.keys import key_id
from sousveil.register import entries as log
from sousveil.register import persons, publication
from sousveil.register.admission import Held, Published
from sousveil.register.model import Statement
from sousveil.register.publication import Submission
from sousveil.register.register import Register
from sousveil.register.static import Restored
from sousveil.web.failures import Failure, stopped_act
from sousveil.web.staff.models import Account, Draft
from sousveil.web.staff.permissions import Role, Who

COMMAND = f"ssh-keygen -Y sign -n {log.SSH_NAMESPACE} -f KEY payload.json"
"""What a person types; KEY is their private key file."""
TEXT_MAX = 2_000_000
_STATEMENT = msgspec.json.Decoder(Statement)


def statements_in(text: str, register: Register, owner: str) -> list[Statement]:
    """The statements of a draft, one JSON array a line. Raises Malformed that names the line, Usage."""
    made = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            made.append(_STATEMENT.decode(line))
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise Malformed(
                f"Line {number} is no statement: {error}.",
                hint="A line is a JSON array: " + ", ".join(Statement.__struct_fields__) + ".",
            ) from None
    if not made:
        raise Usage("There is no statement in this draft.")
    if len(made) > publication.PER_ENTRY:
        raise Usage(f"At most {publication.PER_ENTRY} statements are signed at once.", hint="Make a second draft.")
    return list(persons.marked(made))


def prepare_statements(draft: Draft, register: Register) -> None:
    """Fix what is to be signed. Raises what is wrong with it."""
    made = statements_in(draft.text, register, draft.owner)
    payload, contents = publication.make(
        made, publisher=draft.owner, dataset=made[0].dataset, example=register.example, attachments=()
    )
    draft.payload = payload
    draft.contents = publication.pack(Submission(envelope=b"", contents=contents))
    draft.state = "prepared"
    draft.save()


def prepared_entry(who: Who, entry: log.Entry, title: str, of: str, account_id: int) -> Draft:
    """A draft whose bytes are fixed from the start: a review, or an entry of the operator."""
    return Draft.objects.create(
        account_id=account_id,
        owner=who.owner,
        kind=log.kind_of(entry),
        title=title,
        payload=log.encode(entry),
        of=of,
        state="prepared",
    )


def signed_by(register: Register, signature: str) -> tuple[str, bytes]:
    """The owner of the key that made an SSH signature, and the signature. Raises Malformed, Failure 403."""
    blob = sshsig.unarmor(signature.encode())
    state = register.store.keyring().find(key_id(sshsig.parse(blob).public))
    if state is None:
        raise Failure(
            403,
            "The key that signed is not registered here.",
            hint="The operator adds it with `sousveil register key add`.",
            code="unknown_key",
        )
    return state.owner, blob


def hand_in(draft: Draft, register: Register, who: Who, signature: str, count: Callable[[str, int], None]) -> str:
    """Take the signature and hand the whole in; gives what came of it, as a sentence. Raises SousveilError, Failure.

    `count` is told the key and the bytes of a publication and raises Failure where there were too many: one allowance, whichever way.
    """
    owner, blob = signed_by(register, signature)
    if owner != who.owner or owner != draft.owner:
        raise Failure(
            403,
            "The key that signed is not of the owner this account works for. Nobody publishes for another.",
            hint="Sign with the key of your own organisation.",
            code="other_owner",
        )
    key = key_id(sshsig.parse(blob).public)
    if draft.kind == "statements":
        count(key, len(draft.payload) + len(draft.contents))
    envelope = dsse.encode(
        dsse.Envelope(
            payload=bytes(draft.payload),
            payload_type=log.PAYLOAD_TYPE,
            signatures=(dsse.Signature(keyid=key, sig=blob),),
        )
    )
    try:
        return _submit(draft, register, envelope)
    except Restored as error:
        if who.role is not Role.OPERATOR:
            raise  # publishers and reviewers can do nothing about it, and are told what is theirs to do
        index = _recorded(draft, register, envelope)
        if index is not None and draft.kind == "erase":
            register.store.db.wipe()
        return stopped_act(error, draft.kind, index)


def _recorded(draft: Draft, register: Register, envelope: bytes) -> int | None:
    """The entry that it became before something stopped the register; None where it became none."""
    opened = publication.open_envelope(envelope, register.store.keyring())
    return register.store.index_of(opened.unique)


def _submit(draft: Draft, register: Register, envelope: bytes) -> str:
    if draft.kind == "review":
        done = register.submit_review(envelope)
        if done.stopped:
            return done.words
        return f"Published at entry {done.published}." if done.published is not None else f"Noted: {done.state}."
    if draft.kind == "statements":
        parts = publication.unpack(bytes(draft.contents))
        outcome = register.submit(Submission(envelope=envelope, contents=parts.contents))
    else:
        outcome = register.submit(Submission(envelope=envelope))
    if isinstance(outcome, Held):
        return f"Held for review under {outcome.id}."
    if not isinstance(outcome, Published):
        raise SousveilError("The register gave no answer.")
    if draft.kind == "erase":
        register.store.db.wipe()
    return f"In the log as entry {outcome.index}."


def take_back_reviews(register: Register, account: Account) -> int:
    """Reviews that an ended account handed in, of what is still held, do not count any more. Gives how many."""
    handed = Draft.objects.filter(account=account, kind="review", state="handed-in")
    return sum(register.take_back_review(one.of, bytes(one.payload)) for one in handed)
