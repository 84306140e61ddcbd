"""Whose keys signed what stands here, and what is known of each: its owner's domain, who vouched for it, how it ended."""

from __future__ import annotations

import msgspec
from pydantic import Field

from sousveil.register.codes import Role
from sousveil.register.keyring import VOUCHERS
from sousveil.register.owners import KeyState
from sousveil.register.views.reading import Reader
from sousveil.register.views.words import _, _n
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import ID, Answer, Page, Part
from sousveil.web.site import Site


class VoucherLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who vouched for a key."""

    owner: str
    index: int
    """Entry of the log that says so."""


class ProofLine(msgspec.Struct, frozen=True, kw_only=True):
    """A domain that named a key."""

    domain: str
    checked: str
    """Day on which the file was fetched."""
    by: str
    """Who fetched it."""
    index: int


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One key."""

    id: str
    public: str
    """64 hex digits."""
    owner: str
    role: str
    verified: bool
    """Its owner's domain named it, and two organisations that are neither the owner nor the operator vouched for it."""
    words: str
    """What that means for a reader, in a sentence."""
    since: int
    """Entry that brought it."""
    ended: int | None
    """Entry that ended it."""
    doubtful_since: int | None
    """What it signed from this entry on is doubtful."""
    proofs: list[ProofLine]
    vouchers: list[VoucherLine]


class KeysView(msgspec.Struct, frozen=True, kw_only=True):
    """Keys, in the order of the log."""

    count: int
    """So many there are; the list may hold a part of them."""
    keys: list[KeyLine]
    verified: int


ROLES = {
    Role.OPERATOR: "keeps the register",
    Role.LOADER: "loads published sources",
    Role.PUBLISHER: "publishes in its own name",
    Role.REVIEWER: "reviews what is held",
    Role.VOUCHER: "vouches for keys of others",
}
"""Role -> what such a key does."""


def line(reader: Reader, state: KeyState) -> KeyLine:
    """A key as it is shown."""
    return KeyLine(
        id=state.key_id,
        public=state.public,
        owner=reader.publisher(state.owner),
        role=_(ROLES[state.role]),
        verified=state.verified,
        words=words(state),
        since=state.from_index,
        ended=state.revoked_index,
        doubtful_since=state.compromised_since,
        proofs=[ProofLine(domain=one.domain, checked=one.checked, by=one.by, index=one.index) for one in state.proofs],
        vouchers=[VoucherLine(owner=reader.publisher(one.owner), index=one.index) for one in state.vouchers],
    )


def words(state: KeyState) -> str:
    """Whose key it is, as far as anybody but the operator has looked."""
    if state.role is Role.OPERATOR:
        return _("The register's own key.")
    if state.unproven and state.proven_index is None:
        return _(
            "Signs nothing yet: its owner had a key before, which did not sign this one, and others have to vouch for it."
        )
    if state.verified:
        return _("Verified: its owner's domain named it, and others vouched for it. Judge for yourself who they are.")
    if not state.proofs and not state.vouchers:
        return _("Not verified: that it is its owner's is the operator's word alone.")
    domain = _("its owner's domain named it") if state.proofs else _("no domain named it")
    lacking = max(0, VOUCHERS - len(state.vouchers))
    vouchers = (
        _n("{n} voucher is lacking", "{n} vouchers are lacking", lacking)
        if lacking
        else _("enough have vouched for it")
    )
    return _("Not verified: {domain}; {vouchers}.").format(domain=domain, vouchers=vouchers)


def lines(site: Site, ids: list[str]) -> list[KeyLine]:
    """These keys."""
    ring, reader = site.store.keyring(), Reader(site.store)
    states = [state for one in ids if (state := ring.find(one)) is not None]
    reader.load(one.owner for one in states if one.owner.startswith("sv-"))
    return [line(reader, one) for one in states]


class OfKeys(Part):
    """A part of the keys."""

    key: str | None = Field(None, pattern=f"^{ID}$", description="Only this key, by its id.")


def view(site: Site, asked: OfKeys) -> Answer:
    """All keys, in parts, or one."""
    known = site.store.keys()
    states = [one for one in known if asked.key in (None, one.key_id)]
    if asked.key and not states:
        raise Failure(404, "There is no key with this id.", field="key")
    found = lines(site, [one.key_id for one in asked.of(states)])
    verified = sum(one.verified for one in states)
    return Answer(data=KeysView(count=len(states), keys=found, verified=verified), next=asked.next(len(states)))


PAGE = Page(
    name="keys",
    route="log/keys",
    title="Keys",
    what="The keys that sign in this register: whose they are, who vouched for them, and how they ended.",
    view=view,
    result=KeysView,
    template="keys.html",
    table=table("keys", "owner role verified since ended id"),
    asked=OfKeys,
    order=52,
)
