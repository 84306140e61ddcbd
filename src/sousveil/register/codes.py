"""The codes that stand in entries of the log. They are short, fixed and name nobody: free text could name a person."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What a key may sign."""

    OPERATOR = "operator"
    """Runs the register: keys, snapshots, erasures; may publish for a source."""
    LOADER = "loader"
    """Publishes statements and snapshots that an intake read from published data."""
    PUBLISHER = "publisher"
    """Publishes statements in its own name."""
    REVIEWER = "reviewer"
    """Reviews held publications."""
    VOUCHER = "voucher"
    """Vouches for the owner of a key."""


class RevokeReason(enum.StrEnum):
    """Why a key ended."""

    REPLACED = "replaced"
    LOST = "lost"
    COMPROMISED = "compromised"
    CEASED = "ceased"
    """Its owner does not publish any more."""


class Verdict(enum.StrEnum):
    """What a reviewer says of a held publication."""

    PUBLISH = "publish"
    REFUSE = "refuse"


class PublicInterest(enum.StrEnum):
    """The ground on which something about a person, or something alleged, is published."""

    OFFICE = "office"
    """The person holds or held a public office or an officer's post, and the statement is about that office."""
    OWNERSHIP = "ownership"
    """Who owns or controls a company that makes, sells or funds surveillance technology."""
    ACCOUNTABILITY = "accountability"
    """Who decided, licensed, bought or ordered."""
    PUBLIC_RECORD = "public_record"
    """A court, a regulator or an official list has published it."""
    ABUSE = "abuse"
    """It documents an abuse, with the consent of those who are named as its targets."""
    SIGNATORY = "signatory"
    """The person signed a published letter."""


class Waived(enum.StrEnum):
    """Why the subject of a publication was not told before."""

    DANGER = "danger"
    """Notice would endanger somebody."""
    EVIDENCE = "evidence"
    """Notice would let evidence be destroyed."""
    UNREACHABLE = "unreachable"
    """No address could be found with reasonable effort."""
    ALREADY_PUBLIC = "already_public"
    """The source is an official publication that the subject knows of."""


class RetractReason(enum.StrEnum):
    """Why a publisher takes a statement back."""

    WRONG = "wrong"
    SOURCE_WITHDREW = "source_withdrew"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    SOURCE_REMOVED = "source_removed"
    """The source's newer snapshot does not hold it any more."""


class EraseGround(enum.StrEnum):
    """Why content was deleted."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    DATA_PROTECTION = "data_protection"
    COURT_ORDER = "court_order"
    SAFETY = "safety"
    UNLAWFUL = "unlawful"
    MISTAKE = "mistake"
    """It should never have been published, for instance data of a person."""


class EraseBy(enum.StrEnum):
    """Who asked for an erasure."""

    SUBJECT = "subject"
    COURT = "court"
    AUTHORITY = "authority"
    PUBLISHER = "publisher"
    OPERATOR = "operator"
