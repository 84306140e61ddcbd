"""Whose a key is: what the log says of one key, and when two names are one owner."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import msgspec

from sousveil.errors import Malformed
from sousveil.ledger.keys import PublicKey
from sousveil.register.codes import Role
from sousveil.register.refusal import Refused

UNSEEN = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Marks that are not seen: a joiner of graphemes, selectors of variants."""


class VoucherState(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation that vouched for a key."""

    owner: str
    key_id: str
    index: int


class ProofState(msgspec.Struct, frozen=True, kw_only=True):
    """A domain that named a key."""

    domain: str
    sha256: str
    checked: str
    by: str
    index: int


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says of one key."""

    key_id: str
    public: str
    """64 hex digits."""
    owner: str
    role: Role
    domain: str | None
    from_index: int
    """Entry that brought it."""
    added_by: str
    """Id of the key that signed that entry."""
    revoked_index: int | None = None
    reason: str | None = None
    compromised_since: int | None = None
    """Entries that it signed from this index on are doubtful."""
    compromises: tuple[tuple[int, int], ...] = ()
    """Index of each entry that says it was compromised, and since when."""
    replaced_by: str | None = None
    proofs: tuple[ProofState, ...] = ()
    vouchers: tuple[VoucherState, ...] = ()
    unproven: bool = False
    """Its owner had a key before, and no valid key of that owner signed this one."""
    proven_index: int | None = None
    """Entry since which such a key signs: vouched for by two, and named by the owner's domain."""
    verified: bool = False
    """Its owner's domain named it, and two organisations vouched for it that are neither it, nor the operator, nor each other."""


def same_owner(one: KeyState, other: KeyState) -> bool:
    """Whether two keys are of one owner: the same name, however it is typed, or the same official domain."""
    return folded(one.owner) == folded(other.owner) or (one.domain is not None and one.domain == other.domain)


@lru_cache(maxsize=4096)
def folded(owner: str) -> str:
    """A name without case, spaces and punctuation. Signs of vowels belong to a name: two that differ in one are two."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKC", owner).casefold()
        if unicodedata.category(letter)[0] in "LMN" and not UNSEEN.match(letter)
    )
    return plain or owner


def public_key(digits: str) -> PublicKey:
    """The key with these 64 hex digits. Raises Refused for one that must not be taken."""
    try:
        if len(digits) != 64 or digits != digits.lower():
            raise ValueError
        return PublicKey(bytes.fromhex(digits))
    except Malformed as error:
        raise Refused(error.message, field="key", code="bad_key", hint=error.hint) from None
    except ValueError:
        raise Refused("A public key is written as 64 hex digits.", field="key", code="bad_key") from None
