"""The reasons for which the desk refuses what was handed in, and the check of a signature over it."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.ledger import sshsig
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import key_id
from sousveil.register.codes import Role
from sousveil.register.owners import KeyState
from sousveil.register.refusal import Refused
from sousveil.register.register import Register

REFUSALS = {
    "too_large": ("file", "The list is too long.", "At most {rows} lines and {bytes} bytes."),
    "empty": ("file", "There is no bidder in the list that can be screened.", ""),
    "unknown_authority": ("authority", "{given} is not one public body of this register.", "Give its id (sv-...)."),
    "not_the_authority": ("authority", "The key belongs to {owner}.", "The authority signs the list with its own key."),
    "unknown_key": ("signature", "No valid key of a {role} signed it.", "`sousveil register key list` shows the keys."),
    "bad_signature": ("signature", "{why}", "{hint}"),
    "signed_ahead": ("signature", "The list was signed for {signed}; that day is yet to come.", "{hint}"),
    "signed_long_ago": ("signature", "The list was signed for {signed}, more than {days} days ago.", "{hint}"),
    "other_tender": ("tender", "The list was signed for {text!r}, not for {wanted!r}.", "{hint}"),
    "unknown_entity": ("event", "{id} is no CorporateEvent of this register.", "Give its id (sv-...)."),
    "no_regulator": (
        "regulator",
        "{name} is not on file as a regulator, or is of the company's group.",
        "Name a public body of a State with `office: regulator`, published so with a verified key by somebody independent of it.",
    ),
    "nothing_to_tell": ("company", "No `reported` harm of this company is on file.", "Allegations are never sent."),
    "second_approval": ("signature", "{owner} has approved already.", ""),
    "not_approved": ("approvals", "{count} of {needed} people have approved this notice.", "Each signs it: {sign}"),
    "changed": ("notice", "It is held back: {changes}.", "Draft it anew, and have it approved anew."),
}
"""Code -> the field that is wrong, what is wrong, and what to do next."""


def refusal(code: str, **values: object) -> Refused:
    """The refusal of this code, with these values in its texts."""
    field, message, hint = (text.format(**values) for text in REFUSALS[code])
    return Refused(message, field=field, code=code, hint=hint)


def signer(
    register: Register, data: bytes, signature: bytes, role: Role, purpose: Callable[[bytes], str], hint: str
) -> KeyState:
    """The valid key in this role that signed the bytes for a purpose. Raises Refused, Malformed.

    `purpose` gives the namespace that the signature must have, from the one that it names.
    """
    parsed = sshsig.parse(blob := sshsig.unarmor(signature))
    ring = register.store.keyring()
    state = ring.find(key_id(parsed.public))
    if (
        state is None
        or state.role is not role
        or state.revoked_index is not None
        or ring.doubt_from(state.key_id) is not None
    ):
        raise refusal("unknown_key", role=role.value)
    try:
        sshsig.verify_blob(blob, data, ring.public_keys[state.key_id], purpose(parsed.namespace))
    except BadSignature as error:
        raise refusal("bad_signature", why=error.message, hint=error.hint or hint) from None
    return state
