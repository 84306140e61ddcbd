"""Keys: who they belong to, when they are valid, when they count as verified: out of the log alone."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from sousveil.decisions.index import Base
from sousveil.ledger import dsse
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.codes import RetractReason, RevokeReason, Role
from sousveil.register.keyring import Keyring
from sousveil.register.owners import KeyState, ProofState, VoucherState
from sousveil.register.publication import Submission
from sousveil.register.refusal import Refused
from tests.register import maker
from tests.register.maker import Made, private, public, published, said

WELL_KNOWN = f"# keys of Acme\n{public('acme').upper()}\n".encode()


def state(made: Made, name: str) -> KeyState:
    return made.register.key_state(public(name))


def test_verified_takes_the_domain_and_two_independent_vouchers(made: Made) -> None:
    register = made.register
    register.vouch(public("acme"), private("clinic"))
    register.vouch(public("acme"), private("union"))
    assert not state(made, "acme").verified
    register.prove_domain(public("acme"), "acme.example", WELL_KNOWN, checked="2026-11-01", fetched_by="The operator")
    ids = {name: private(name).public.id for name in ("clinic", "union", "operator")}
    assert state(made, "acme") == KeyState(
        key_id=private("acme").public.id,
        public=public("acme"),
        owner=maker.ACME,
        role=Role.PUBLISHER,
        domain="acme.example",
        from_index=2,
        added_by=register.paths.key("operator").public.id,
        proofs=(
            ProofState(
                domain="acme.example",
                sha256=hashlib.sha256(WELL_KNOWN).hexdigest(),
                checked="2026-11-01",
                by="The operator",
                index=11,
            ),
        ),
        vouchers=(
            VoucherState(owner="A digital clinic", key_id=ids["clinic"], index=9),
            VoucherState(owner="A union", key_id=ids["union"], index=10),
        ),
        verified=True,
    )
    register.key_revoke(public("union"), RevokeReason.COMPROMISED, compromised_since=10)
    assert not state(made, "acme").verified


def test_vouchers_of_one_owner_or_of_the_operator_do_not_count(made: Made) -> None:
    register = made.register
    register.prove_domain(public("acme"), "acme.example", WELL_KNOWN, checked="2026-11-01", fetched_by="The operator")
    register.key_add(public("own-voucher"), "The operator", Role.VOUCHER)
    register.key_add(public("clinic-2"), "A digital clinic", Role.VOUCHER, holder=private("clinic"))
    register.key_add(public("acme-voucher"), maker.ACME, Role.VOUCHER, holder=private("acme"))
    register.vouch(public("acme"), private("own-voucher"))
    register.vouch(public("acme"), private("clinic"))
    for name, code in (("clinic-2", "vouched"), ("acme-voucher", "own_key"), ("paper", "wrong_role")):
        with pytest.raises(Refused) as error:
            register.vouch(public("acme"), private(name))
        assert error.value.code == code
    assert not state(made, "acme").verified


@pytest.mark.parametrize(
    ("key", "domain", "file", "code"),
    [
        ("acme", "acme.example", b"nothing", "key_not_named"),
        ("acme", "other.example", WELL_KNOWN, "other_domain"),
        ("paper", "paper.example", public("paper").encode(), "other_domain"),
    ],
)
def test_a_domain_that_proves_nothing(made: Made, key: str, domain: str, file: bytes, code: str) -> None:
    with pytest.raises(Refused) as error:
        made.register.prove_domain(public(key), domain, file, checked="2026-11-01", fetched_by="The operator")
    assert error.value.code == code


def test_a_compromise_makes_later_facts_doubtful(made: Made) -> None:
    register = made.register
    later = published(register.publish([said(maker.STATE, "PublicBody", "name", "Late")], private("paper")))
    other = published(
        register.publish([said(maker.STATE, "PublicBody", "name", "Other", publisher="Intake")], private("loader"))
    )
    revoked = register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=later.index)
    found = register.store.statements_of([maker.ACME, maker.STATE])
    assert [(one.recorded, one.doubtful) for one in found] == [
        (made.world.index, False),
        (made.world.index, False),
        (later.index, True),
        (other.index, False),
    ]
    before = register.store.statements_of([maker.STATE], known_at=revoked.index - 1)
    assert [one.doubtful for one in before] == [False, False]
    # It may turn out later that the compromise began earlier.
    register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=made.world.index)
    assert all(one.doubtful for one in register.store.statements_of([maker.ACME]))


def test_what_a_compromised_operator_added_is_doubtful(made: Made) -> None:
    register = made.register
    register.key_add(public("operator-2"), "The operator", Role.OPERATOR)
    since = register.key_add(public("odd"), "An odd paper", Role.LOADER, by=private("operator-2")).index
    done = published(
        register.publish([said(maker.STATE, "PublicBody", "name", "Odd", publisher="An odd paper")], private("odd"))
    )
    register.key_revoke(public("operator-2"), RevokeReason.COMPROMISED, compromised_since=since)
    (one,) = register.store.statements_of([maker.STATE])
    assert (one.recorded, one.doubtful) == (done.index, True)


SMALL_ORDER = "01" + "00" * 31
NOT_CANONICAL = "f0" + "ff" * 30 + "7f"


@pytest.mark.parametrize("key", [SMALL_ORDER, NOT_CANONICAL, "00" * 32, "ab", public("x").upper()])
def test_a_key_that_must_not_be_taken(made: Made, key: str) -> None:
    with pytest.raises(Refused) as error:
        made.register.key_add(key, "Somebody", Role.PUBLISHER)
    assert (error.value.field, error.value.code) == ("key", "bad_key")
    assert made.register.store.size() == 9


def test_rules_of_adding_rotating_and_revoking(made: Made) -> None:
    register = made.register
    cases = [
        (lambda: register.key_add(public("paper"), "Other", Role.PUBLISHER), "known_key"),
        (lambda: register.key_add(public("x"), " ", Role.PUBLISHER), "no_owner"),
        (lambda: register.key_add(public("x"), "X", Role.PUBLISHER, by=private("paper")), "wrong_role"),
        (lambda: register.key_rotate(private("paper"), private("acme")), "known_key"),
        (lambda: register.key_revoke(public("paper"), RevokeReason.LOST, by=private("acme")), "wrong_role"),
        (lambda: register.key_revoke(public("paper"), RevokeReason.LOST, compromised_since=99), "bad_index"),
        (
            lambda: register.key_revoke(register.paths.key("operator").public.raw.hex(), RevokeReason.LOST),
            "last_operator",
        ),
    ]
    for case, code in cases:
        with pytest.raises(Refused) as error:
            case()
        assert error.value.code == code
    register.key_revoke(public("paper"), RevokeReason.CEASED, by=private("paper"))
    with pytest.raises(Refused, match="revoked at entry 9"):
        register.key_revoke(public("paper"), RevokeReason.LOST)
    assert state(made, "paper").reason == "ceased"


def test_a_rotated_key_keeps_what_was_proved(made: Made) -> None:
    register = made.register
    register.prove_domain(public("acme"), "acme.example", WELL_KNOWN, checked="2026-11-01", fetched_by="The operator")
    register.vouch(public("acme"), private("clinic"))
    register.vouch(public("acme"), private("union"))
    done = register.key_rotate(private("acme"), private("acme-2027"))
    old, new = state(made, "acme"), state(made, "acme-2027")
    assert (old.revoked_index, old.reason, old.replaced_by) == (done.index, "replaced", new.key_id)
    assert (new.owner, new.domain, new.from_index, new.verified) == (maker.ACME, "acme.example", done.index, True)


def test_the_keyring_follows_from_the_log_alone(made: Made) -> None:
    register = made.register
    register.key_rotate(private("acme"), private("acme-2027"))
    register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=3)
    ring = Keyring()
    for entry in register.store.entries():
        ring.apply(entry.index, register.store.payload(entry), entry.signers)
    assert ring.states() == register.store.keys()
    with pytest.raises(Refused, match="not registered"):
        ring.valid(private("acme").public.id, 2)  # valid from the entry after the one that brings it
    assert ring.valid(private("acme").public.id, 3).owner == maker.ACME


def test_one_voucher_under_two_spellings_or_with_the_owners_domain_is_one(made: Made) -> None:
    register = made.register
    register.prove_domain(public("acme"), "acme.example", WELL_KNOWN, checked="2026-11-01", fetched_by="The operator")
    register.key_add(
        public("clinic-2"), "a  digital-clinic.".replace("  ", " "), Role.VOUCHER, holder=private("clinic")
    )
    register.key_add(public("acme-2"), "Another name", Role.VOUCHER, domain="acme.example")
    register.key_add(public("own"), "THE OPERATOR", Role.VOUCHER)
    register.vouch(public("acme"), private("clinic"))
    register.vouch(public("acme"), private("own"))
    for name, code in (("clinic-2", "vouched"), ("acme-2", "own_key")):
        with pytest.raises(Refused) as error:
            register.vouch(public("acme"), private(name))
        assert error.value.code == code
    assert not state(made, "acme").verified
    register.vouch(public("acme"), private("union"))
    assert state(made, "acme").verified


# A name that has a key belongs to whoever holds it


@pytest.mark.parametrize(
    ("by", "owner"), [("paper", "The Invented Paper"), ("paper", "the invented paper."), ("acme", maker.ACME)]
)
def test_the_operator_alone_makes_no_further_key_of_somebody(made: Made, by: str, owner: str) -> None:
    """It may be added, and signs nothing: no statement, no retraction, no further key."""
    register = made.register
    domain = "acme.example" if by == "acme" else None
    register.key_add(public("mine"), owner, Role.PUBLISHER, domain=domain)
    size = register.store.size()
    words = said(maker.STATE, "PublicBody", "name", "Borrowed", publisher=owner)
    acts = (
        lambda: register.publish([words], private("mine")),
        lambda: register.retract([made.world.ids[0]], private("mine"), RetractReason.WRONG),
        lambda: register.key_rotate(private("mine"), private("mine-2")),
        lambda: register.key_add(public("mine-2"), owner, Role.PUBLISHER, domain=domain, holder=private("mine")),
    )
    for act in acts:
        with pytest.raises(Refused) as error:
            act()
        assert (error.value.field, error.value.code) == ("signatures", "unproven_key")
    assert register.store.size() == size
    assert (state(made, "mine").unproven, state(made, "mine").proven_index) == (True, None)


def test_with_the_signature_of_the_owner_a_further_key_counts_at_once(made: Made) -> None:
    register = made.register
    register.key_add(public("paper-2"), "The Invented Paper", Role.PUBLISHER, holder=private("paper"))
    assert not state(made, "paper-2").unproven
    published(register.publish([said(maker.STATE, "PublicBody", "name", "Ours")], private("paper-2")))
    with pytest.raises(Refused) as error:  # somebody else's signature is none of the owner's
        register.key_add(public("paper-3"), "The Invented Paper", Role.PUBLISHER, holder=private("acme"))
    assert (error.value.field, error.value.code) == ("signatures", "two_owners")


def test_a_lost_key_is_followed_by_one_that_two_organisations_vouch_for(made: Made) -> None:
    register = made.register
    register.key_revoke(public("paper"), RevokeReason.LOST)
    register.key_add(public("paper-2"), "The Invented Paper", Role.PUBLISHER)
    words = said(maker.STATE, "PublicBody", "name", "Back again")
    register.key_add(public("own-voucher"), "The operator", Role.VOUCHER)
    for name in ("own-voucher", "clinic"):  # the operator's own voucher does not count
        register.vouch(public("paper-2"), private(name))
        with pytest.raises(Refused) as error:
            register.publish([words], private("paper-2"))
        assert error.value.code == "unproven_key"
    done = register.vouch(public("paper-2"), private("union"))
    assert (state(made, "paper-2").unproven, state(made, "paper-2").proven_index) == (True, done.index)
    published(register.publish([words], private("paper-2")))
    published(register.retract([made.world.ids[0]], private("paper-2"), RetractReason.WRONG))
    # Where one of the two vouchers turns out to be stolen, nobody knows any more whose the key is.
    register.key_revoke(public("union"), RevokeReason.COMPROMISED, compromised_since=done.index)
    (one,) = register.store.statements_of([maker.STATE])
    assert one.doubtful
    assert [one.retracted for one in register.store.statements_of([maker.ACME])] == [None, None]


def test_a_lost_key_of_a_domain_is_followed_by_one_that_the_domain_names(made: Made) -> None:
    register = made.register
    for domain in (None, "elsewhere.example"):
        with pytest.raises(Refused) as error:
            register.key_add(public("acme-2"), maker.ACME, Role.PUBLISHER, domain=domain)
        assert (error.value.field, error.value.code) == ("owner", "owner_has_key")
    register.key_add(public("acme-2"), maker.ACME, Role.PUBLISHER, domain="acme.example")
    for name in ("clinic", "union"):
        register.vouch(public("acme-2"), private(name))
    words = said(maker.ACME, "Company", "summary", "Back again", publisher=maker.ACME)
    with pytest.raises(Refused, match="without the signature of that key"):
        register.publish([words], private("acme-2"))
    file = f"{public('acme-2')}\n".encode()
    done = register.prove_domain(
        public("acme-2"), "acme.example", file, checked="2026-11-01", fetched_by="The operator"
    )
    assert state(made, "acme-2").proven_index == done.index
    published(register.publish([words], private("acme-2")))
    ring = Keyring()
    for entry in register.store.entries():
        ring.apply(entry.index, register.store.payload(entry), entry.signers)
    assert ring.states() == register.store.keys()


def cosigned(made: Made, *keys: str) -> Submission:
    """A publication of the paper that these keys sign, in this order."""
    (one,) = made.register.prepare([said(maker.STATE, "PublicBody", "alias", "Harbour Office")], private("paper"))
    payload = dsse.decode(one.envelope).payload
    return msgspec.structs.replace(one, envelope=publication.sign(payload, *map(private, keys)))


def test_further_publishers_may_confirm_a_publication(made: Made) -> None:
    done = published(made.register.submit(cosigned(made, "paper", "acme")))
    entry = made.register.store.entry(done.index)
    assert (entry.publisher, entry.signers) == (
        "The Invented Paper",
        tuple(private(name).public.id for name in ("paper", "acme")),
    )


@pytest.mark.parametrize(
    ("keys", "code"),
    [(("acme", "paper"), "not_the_owner"), (("paper", "anna"), "two_owners"), (("paper", "stranger"), "unknown_key")],
)
def test_who_confirms_comes_after_the_publisher_and_may_publish(made: Made, keys: tuple[str, ...], code: str) -> None:
    size = made.register.store.size()
    with pytest.raises(Refused) as error:
        made.register.submit(cosigned(made, *keys))
    assert (error.value.code, made.register.store.size()) == (code, size)


def test_anything_but_a_publication_is_signed_by_one_owner(made: Made) -> None:
    payload = log.encode(log.Retract(ids=(made.world.ids[0],), reason=RetractReason.WRONG, made="2026-11-01T00:00:00Z"))
    with pytest.raises(Refused) as error:
        made.register.submit(Submission(envelope=publication.sign(payload, private("acme"), private("paper"))))
    assert error.value.code == "two_owners"


def test_a_verified_key_that_confirms_makes_no_publisher_verified(made: Made) -> None:
    for name in ("clinic", "union"):
        made.register.vouch(public("acme"), private(name))
    made.register.prove_domain(
        public("acme"), "acme.example", WELL_KNOWN, checked="2026-11-01", fetched_by="The operator"
    )
    done = published(made.register.submit(cosigned(made, "paper", "acme")))
    signed = Base.from_store(made.register.store).signed[done.index]
    assert (state(made, "acme").verified, signed.owner, signed.verified, signed.identified) == (
        True,
        "The Invented Paper",
        False,
        False,
    )
