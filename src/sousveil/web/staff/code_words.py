"""Codes of the staff's pages in words: what a form sends and a table holds is a code, what somebody reads is a sentence's part."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sousveil.register.model import Statement
from sousveil.register.types import registry
from sousveil.register.types.model import Kind
from sousveil.register.views import words
from sousveil.web.render import told
from sousveil.web.staff.permissions import BY_NAME

WORDS = {
    # Roles of accounts and of keys
    "publisher": "publisher",
    "reviewer": "reviewer",
    "board-member": "member of a board",
    "case-handler": "case handler",
    "operator": "operator",
    "loader": "loader of published data",
    "voucher": "voucher: vouches for the owner of a key",
    # Where a draft stands
    "writing": "being written",
    "proposed": "proposed",
    "prepared": "to be signed",
    "handed-in": "handed in",
    "thrown-away": "thrown away",
    # What a draft is
    "statements": "statements",
    "form": "a form that is being filled in",
    "review": "a review",
    "erase": "an erasure",
    "key_add": "a new key",
    "key_revoke": "the end of a key",
    # Where a held publication stands, and why it is held
    "waiting": "waits for reviews",
    "notice": "waits until the time to reply is over",
    "published": "published",
    "refused": "refused",
    "alleged": "something is only alleged",
    "person": "it names a natural person",
    "asked": "its publisher asks for review",
    # Reviews
    "publish": "publish it",
    "refuse": "refuse it",
    "office": "a public office, and the statement is about it",
    "ownership": "who owns or controls a company of this trade",
    "accountability": "who decided, licensed, bought or ordered",
    "public_record": "a court, a regulator or an official list has published it",
    "abuse": "it documents an abuse, and those named as targets agreed",
    "signatory": "the person signed a published letter",
    "danger": "notice would endanger somebody",
    "evidence": "notice would let evidence be destroyed",
    "unreachable": "no address could be found",
    "already_public": "the source is official, and the subject knows it",
    # Ends of keys
    "replaced": "replaced by another",
    "lost": "lost",
    "compromised": "somebody else may have it",
    "ceased": "its owner does not publish any more",
    # Erasures
    "consent_withdrawn": "consent was taken back",
    "data_protection": "data protection",
    "court_order": "an order of a court",
    "safety": "somebody's safety",
    "unlawful": "it is unlawful",
    "mistake": "it should never have been published",
    "subject": "whom it is about",
    "court": "a court",
    "authority": "an authority",
    # Votes
    "for": "for it",
    "against": "against it",
    "abstained": "neither: abstained",
    "recused": "stood aside: an interest of one's own",
    "necessity": "is it needed, and is there no milder way?",
    "proportionality": "does what it brings outweigh what it takes?",
    "legality": "on which law does it rest, and is that law clear?",
    # Deliveries, and acts of the audit log
    "mail": "mail",
    "webhook": "call of a webhook",
    "attempted": "attempted",
    "single": "looked at",
    "done": "done",
    "failed": "failed",
}
"""Code -> words."""


HANDED_IN = {
    "statements": "Handing it in publishes it, or has it held for review first. What is in the log stays there: it is corrected or taken "
    "back by an entry of its own.",
    "review": "Handing it in gives your review. Where it is the last that is needed, the publication becomes public, or it is refused and "
    "nothing of it is kept.",
    "erase": "Handing it in erases: what these statements say is deleted here and in copies that follow this log, "
    "and cannot be brought back.",
    "key_add": "Handing it in puts the key into the log. Its owner and its role are never changed; it can only be ended.",
    "key_revoke": "Handing it in ends this key for good: what it signs afterwards does not count, and it is not added again. "
    "What it signed before stays.",
}
"""Kind of a draft -> what its signature brings about: said before it is handed in, for it cannot be taken back."""


def words_of_code(code: object) -> str:
    """A code in words, in the language of the page; one that has none stays as it is."""
    text = str(code)
    return told(WORDS.get(text, text))


ELSEWHERE = {
    "account.enrol": "take up an invitation",
    "consent.withdraw": "take a consent back",
    "entry.key_add": "add a key to the log",
    "entry.key_revoke": "end a key in the log",
    "entry.domain_proof": "log that a domain named a key",
    "entry.erase": "erase statements",
    "entry.review": "review a held publication",
}
"""Acts that are done otherwise than by a button of the staff's pages."""


def act_in_words(name: str) -> str:
    """What an act of the audit log is, as the table of permissions calls it; one that is nowhere in words stays as it is."""
    return told(BY_NAME[name].says) if name in BY_NAME else told(ELSEWHERE.get(name, name))


def _label(one: Statement) -> str:
    what = registry.property_of(one.type, one.property)
    return told(what.label) if what is not None else one.property


def _shown(one: Statement, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The value; an entity by its name, where `names` has it."""
    what = registry.property_of(one.type, one.property)
    if what is not None and what.kind == Kind.ENTITY:
        return names.get(one.value, one.value)
    return told(what.means(one.value)) if what is not None and what.kind == Kind.CODE else one.value


def _typed(one: Statement) -> str:
    what = registry.all_types().get(one.type)
    return told(what.label) if what is not None else one.type


STATEMENT_WORDS = {
    "typed": _typed,
    "label": _label,
    "shown": _shown,
    "standing": lambda one: words.standing(one.standing),
    "stance": lambda one: words.stance(one.stance),
}
"""Filters for a statement that is not published yet: what is stated, in the words of the register's pages."""
