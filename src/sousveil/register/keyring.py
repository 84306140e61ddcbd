"""Which key was whose, and valid, at which index of the log: computed from the log's entries alone.

`Keyring.apply` takes the entries of `entries.KEY_KINDS` in order, with the ids of the keys whose signatures over them
hold. A key has one owner and one role for ever; it is valid from the entry after the one that brings it until the entry
that ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sousveil.ledger.keys import PublicKey
from sousveil.register import entries as log
from sousveil.register.codes import Role
from sousveil.register.identity import KEY
from sousveil.register.owners import KeyState, ProofState, VoucherState, folded, public_key, same_owner
from sousveil.register.refusal import Refused

HOUSE = (Role.OPERATOR, Role.LOADER)
"""Roles of those who run the register."""

VOUCHERS = 2
"""Vouchers that a verified key needs: neither its owner, nor the operator, nor each other."""
MAY_SIGN: Mapping[type[log.Entry], frozenset[Role]] = {
    log.Statements: frozenset({Role.OPERATOR, Role.LOADER, Role.PUBLISHER}),
    log.Retract: frozenset({Role.OPERATOR, Role.LOADER, Role.PUBLISHER}),
    log.Snapshot: frozenset({Role.OPERATOR, Role.LOADER}),
    log.KeyAdd: frozenset({Role.OPERATOR}),
    log.DomainProof: frozenset({Role.OPERATOR}),
    log.Erase: frozenset({Role.OPERATOR}),
    log.Voucher: frozenset({Role.VOUCHER}),
    log.Review: frozenset({Role.REVIEWER}),
}
"""Who may sign what. Rotations are signed by both keys, revocations by the key itself or an operator."""


class Keyring:
    """The keys of one log."""

    def __init__(self) -> None:
        self.size = 0
        """Entries from this index on were not seen."""
        self._states: dict[str, KeyState] = {}
        self._public: dict[str, PublicKey] = {}
        self._compromised = False
        """Some key was told to be compromised: asked at each question to the store, of which a page takes thousands."""

    def copy(self) -> Keyring:
        """A second keyring that goes on by itself."""
        other = Keyring()
        other.size, other._states, other._public = self.size, dict(self._states), dict(self._public)
        other._compromised = self._compromised
        return other

    @property
    def public_keys(self) -> Mapping[str, PublicKey]:
        """Every key that was ever registered, by id, to check signatures with."""
        return self._public

    def states(self) -> list[KeyState]:
        """All keys in the order of the log."""
        return [self._seen(one) for one in self._states.values()]

    def find(self, key_id: str) -> KeyState | None:
        """The key with this id or these 64 hex digits."""
        state = self._states.get(key_id) or next((one for one in self._states.values() if one.public == key_id), None)
        return self._seen(state) if state else None

    def valid(self, key_id: str, index: int) -> KeyState:
        """The key, if it may sign the entry at this index. Raises Refused (unknown, revoked)."""
        state = self._states.get(key_id)
        if state is None or state.from_index >= index:
            raise Refused(
                f"Key {key_id} is not registered here.",
                field="signatures",
                code="unknown_key",
                hint="The operator adds it with `sousveil register key add`.",
            )
        if state.revoked_index is not None and state.revoked_index < index:
            raise Refused(
                f"Key {key_id} was revoked at entry {state.revoked_index}.",
                field="signatures",
                code="revoked_key",
                hint="Sign with the key that replaced it, or have a new one added.",
            )
        if state.unproven and (state.proven_index is None or state.proven_index >= index):
            raise Refused(
                f"Key {key_id} was added for {state.owner}, who had a key before, without the signature of that key.",
                field="signatures",
                code="unproven_key",
                hint=f"It signs once {VOUCHERS} independent organisations have vouched for it"
                + (f" and {state.domain} names it." if state.domain else "."),
            )
        return state

    def doubt_from(self, key_id: str, known_at: int | None = None) -> int | None:
        """The index from which on this key's entries are doubtful, as known at an index; None: never."""
        state = self._states.get(key_id)
        if state is None:
            return None
        told = [since for index, since in state.compromises if known_at is None or index <= known_at]
        if state.added_by != key_id:
            adder = self.doubt_from(state.added_by, known_at)
            if adder is not None and adder <= state.from_index:
                told.append(state.from_index)
        if state.proven_index is not None and len(self._sound(state, state.proven_index, known_at)) < VOUCHERS:
            told.append(state.from_index)
        return min(told) if told else None

    def doubts(self, known_at: int | None = None) -> dict[str, int]:
        """Key id -> index from which on it is doubtful, of those that are."""
        found = {}
        if self._compromised:
            for key_id in self._states:
                since = self.doubt_from(key_id, known_at)
                if since is not None:
                    found[key_id] = since
        return found

    def check(self, index: int, payload: log.Entry, signers: Iterable[str]) -> KeyState:
        """The key in whose name an entry at this index counts: the first that signed. Further publishers may sign a publication too, to
        confirm it; anything else is signed by one owner. Raises Refused where these keys may not sign it."""
        names = tuple(signers)
        if not names:
            raise Refused(
                "No registered key signed this.",
                field="signatures",
                code="unknown_key",
                hint="The operator adds a key with `sousveil register key add`.",
            )
        if isinstance(payload, log.Genesis):
            return self._genesis(index, payload, names)
        if isinstance(payload, log.KeyRotate):
            return self._may_rotate(index, payload, names)
        state = self.valid(names[0], index)
        if isinstance(payload, log.KeyRevoke):
            self._may_revoke(index, payload, state)
        elif state.role not in MAY_SIGN[type(payload)]:
            raise Refused(
                f"A key of the role {state.role} may not sign an entry {log.kind_of(payload)}.",
                field="signatures",
                code="wrong_role",
            )
        others = [self.valid(other, index) for other in names[1:]]
        if isinstance(payload, log.Statements):  # others may confirm a publication; it stays that of the first
            others = [other for other in others if other.role not in MAY_SIGN[log.Statements]]
        whose = folded(payload.owner) if isinstance(payload, log.KeyAdd) else None
        if any(other.owner != state.owner and folded(other.owner) != whose for other in others):
            raise Refused("The signatures are of different owners.", field="signatures", code="two_owners")
        if isinstance(payload, log.KeyAdd):
            self._may_add(payload, [state, *others])
        elif isinstance(payload, log.Voucher):
            self._may_vouch(payload, state)
        elif isinstance(payload, log.DomainProof):
            self._may_prove(payload)
        return state

    def apply(self, index: int, payload: log.Entry, signers: Iterable[str]) -> KeyState:
        """Check the entry, then take in what it says of keys."""
        names = tuple(signers)
        state = self.check(index, payload, names)
        self.size = index + 1
        match payload:
            case log.Genesis():
                self._add(payload.key, state)
            case log.KeyAdd():
                public = public_key(payload.key)
                self._add(
                    payload.key,
                    KeyState(
                        key_id=public.id,
                        public=payload.key,
                        owner=payload.owner,
                        role=payload.role,
                        domain=payload.domain,
                        from_index=index,
                        added_by=state.key_id,
                        unproven=self._unproven(payload, [self._states[one] for one in names]),
                    ),
                )
            case log.KeyRotate():
                new = public_key(payload.new)
                self._add(
                    payload.new,
                    msgspec.structs.replace(
                        state,
                        key_id=new.id,
                        public=payload.new,
                        from_index=index,
                        added_by=state.key_id,
                        compromises=(),
                    ),
                )
                self._change(state.key_id, revoked_index=index, reason="replaced", replaced_by=new.id)
            case log.KeyRevoke():
                self._revoke(index, payload)
            case log.Voucher():
                told = self._named(payload.key)
                voucher = VoucherState(owner=state.owner, key_id=state.key_id, index=index)
                self._change(told.key_id, vouchers=(*told.vouchers, voucher))
                self._prove(told.key_id, index)
            case log.DomainProof():
                told = self._named(payload.key)
                proof = ProofState(
                    domain=payload.domain, sha256=payload.sha256, checked=payload.checked, by=payload.by, index=index
                )
                self._change(told.key_id, proofs=(*told.proofs, proof))
                self._prove(told.key_id, index)
            case _:
                pass
        return state

    def _genesis(self, index: int, payload: log.Genesis, names: tuple[str, ...]) -> KeyState:
        public = public_key(payload.key)
        if index or self._states or names != (public.id,):
            raise Refused(
                "The first entry, and no other, is signed by the key it names.", field="key", code="not_first"
            )
        return KeyState(
            key_id=public.id,
            public=payload.key,
            owner=payload.owner,
            role=Role.OPERATOR,
            domain=None,
            from_index=0,
            added_by=public.id,
        )

    def _may_add(self, payload: log.KeyAdd, by: Sequence[KeyState]) -> None:
        if public_key(payload.key).id in self._states:
            raise Refused("This key is registered already.", field="key", code="known_key")
        if not payload.owner.strip():
            raise Refused("A key needs an owner.", field="owner", code="no_owner")
        domains = {one.domain for one in self.of(payload.owner) if one.domain is not None}
        if domains and payload.domain not in domains and self._unproven(payload, by):
            raise Refused(
                f"{payload.owner} has a key already, and none of its keys signed this.",
                field="owner",
                code="owner_has_key",
                hint=f"Have the owner sign too, or rotate its key. Where that is lost, say --domain {min(domains)}: the key counts "
                f"once this domain names it and {VOUCHERS} independent organisations have vouched for it.",
            )

    def of(self, owner: str) -> list[KeyState]:
        """All keys of an owner, however the name is typed, in the order of the log."""
        name = folded(owner)
        return [one for one in self._states.values() if folded(one.owner) == name]

    def _unproven(self, payload: log.KeyAdd, by: Sequence[KeyState]) -> bool:
        name = folded(payload.owner)
        return bool(self.of(payload.owner)) and all(folded(one.owner) != name for one in by)

    def _prove(self, key_id: str, index: int) -> None:
        """This entry may be what was still missing for a key that nobody of its owner's had signed."""
        state = self._states[key_id]
        waits = state.unproven and state.proven_index is None and (state.domain is None or bool(state.proofs))
        if waits and len(self._sound(state)) >= VOUCHERS:
            self._change(key_id, proven_index=index)

    def _may_rotate(self, index: int, payload: log.KeyRotate, names: tuple[str, ...]) -> KeyState:
        old, new = self._named(payload.key), public_key(payload.new)
        if new.id in self._states:
            raise Refused("The new key is registered already.", field="new", code="known_key")
        if set(names) != {old.key_id, new.id}:
            raise Refused("A rotation is signed by the old key and the new one.", field="signatures", code="not_both")
        return self.valid(old.key_id, index)

    def _may_revoke(self, index: int, payload: log.KeyRevoke, by: KeyState) -> None:
        told = self._named(payload.key)
        if by.role is not Role.OPERATOR and by.key_id != told.key_id:
            raise Refused("A key is revoked by itself or by an operator.", field="signatures", code="wrong_role")
        since = payload.compromised_since
        if since is not None and not 0 <= since < index:
            raise Refused(
                f"Entry {since} is not an entry before this one.", field="compromised_since", code="bad_index"
            )
        if told.revoked_index is not None and since is None:
            raise Refused(f"This key was revoked at entry {told.revoked_index}.", field="key", code="revoked_key")
        others = [
            one
            for one in self._states.values()
            if one.role is Role.OPERATOR and one.revoked_index is None and one.key_id != told.key_id
        ]
        if told.role is Role.OPERATOR and told.revoked_index is None and not others:
            raise Refused(
                "This is the last key of an operator.",
                field="key",
                code="last_operator",
                hint="Rotate it, or add another operator's key first.",
            )

    def _may_vouch(self, payload: log.Voucher, by: KeyState) -> None:
        told = self._named(payload.key)
        if same_owner(by, told):
            raise Refused("Nobody vouches for a key of their own.", field="key", code="own_key")
        if any(same_owner(self._states[one.key_id], by) for one in told.vouchers):
            raise Refused(f"{by.owner} has vouched for this key already.", field="key", code="vouched")

    def _may_prove(self, payload: log.DomainProof) -> None:
        told = self._named(payload.key)
        if told.domain is None or payload.domain != told.domain:
            raise Refused(
                f"The key is registered with the domain {told.domain or '(none)'}, not {payload.domain}.",
                field="domain",
                code="other_domain",
            )

    def _named(self, key: str) -> KeyState:
        state = self._states.get(key) or self._states.get(public_key(key).id if len(key) == 64 else key)
        if state is None:
            raise Refused("The key that this entry names is not registered here.", field="key", code="unknown_key")
        return state

    def _add(self, public: str, state: KeyState) -> None:
        self._states[state.key_id] = state
        self._public[state.key_id] = public_key(public)

    def _change(self, key_id: str, **changes: object) -> None:
        self._states[key_id] = msgspec.structs.replace(self._states[key_id], **changes)

    def _revoke(self, index: int, payload: log.KeyRevoke) -> None:
        told = self._named(payload.key)
        since = payload.compromised_since
        if told.revoked_index is None:
            self._change(told.key_id, revoked_index=index, reason=str(payload.reason))
        if since is not None:
            self._compromised = True
            first = since if told.compromised_since is None else min(since, told.compromised_since)
            self._change(told.key_id, compromised_since=first, compromises=(*told.compromises, (index, since)))

    def _seen(self, state: KeyState) -> KeyState:
        return msgspec.structs.replace(state, verified=bool(state.proofs) and len(self._sound(state)) >= VOUCHERS)

    def _sound(self, state: KeyState, until: int | None = None, known_at: int | None = None) -> list[KeyState]:
        """Who vouched for a key, up to an entry: neither its owner, nor the operator, nor each other, nor with a stolen key."""
        operators = [one for one in self._states.values() if one.role is Role.OPERATOR]
        sound: list[KeyState] = []
        for one in state.vouchers:
            if until is not None and one.index > until:
                break  # so that two keys that vouched for each other do not ask about each other for ever
            since, by = self.doubt_from(one.key_id, known_at), self._states[one.key_id]
            others = [state, *operators, *sound]
            if (since is None or one.index < since) and not any(same_owner(by, other) for other in others):
                sound.append(by)
        return sound


def _house(one: KeyState, other: KeyState) -> bool:
    return one.role in HOUSE and other.role in HOUSE


def speaking(ring: Keyring, ids: Iterable[str], until: int | None = None) -> dict[str, str]:
    """Of these ids, those that had a key of their own by an index (now), each with a label that a join would give to others."""
    owners = {one.owner for one in ring.states() if until is None or one.from_index <= until}
    return {id: f"{KEY}{id}" for id in ids if id in owners}


def people(ring: Keyring, signed: Mapping[int, str]) -> dict[int, str]:
    """Who stands behind each of these entries (index -> key id), such that two names differ only where two people do.

    Owners whose keys bear one name, however it is typed, or one official domain are one: nobody confirms themselves with a
    second account. Keys of those who run the register are one, whatever their names. It follows from the entries and their keys
    alone, so it is the same at any later time.
    """
    groups: list[list[KeyState]] = []
    states = {index: state for index, key_id in sorted(signed.items()) if (state := ring.find(key_id)) is not None}
    for state in states.values():
        near = [one for one in groups if any(same_owner(state, each) or _house(state, each) for each in one)]
        groups = [one for one in groups if one not in near]
        groups.append([each for one in near for each in one] + [state])
    named = {each.key_id: min(one.owner for one in group) for group in groups for each in group}
    return {index: named[state.key_id] for index, state in states.items()}
