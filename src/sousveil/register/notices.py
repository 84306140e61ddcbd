"""Telling the subject of a held publication, and keeping what they reply, until it is published or refused.

A notice leaves through the outbox, so it survives a restart and is tried again. It says what is stated, by whom, on which
source, until when and how to reply; a statement about somebody who consented to be named is left out of it: whoever is
accused is not told by mail who spoke. A reply takes every review back: reviewers read it first.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from sousveil.errors import Missing
from sousveil.kinds import visible
from sousveil.register import outbox, publication
from sousveil.register.model import Statement, from_content
from sousveil.register.refusal import Refused
from sousveil.register.review import REPLY_DAYS, today
from sousveil.register.store import HeldState, Store
from sousveil.register.store.writing import utc_now
from sousveil.register.types import registry
from sousveil.register.views import words
from sousveil.register.views.reading import Reader
from sousveil.register.views.words import _

if TYPE_CHECKING:
    from sousveil.register.register import Register

REPLY_MAX = 20_000
"""Letters of a reply."""
VALUE_MAX = 2_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One that was put into the outbox."""

    at: str
    until: str
    """Last day of the time to reply."""
    delivery: str
    """Its id in the outbox; the address stands there alone."""

    @property
    def day(self) -> str:
        """The day of the notice."""
        return self.at[:10]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the subject said, as staff took it down."""

    at: str
    text: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Both, of one held publication."""

    notices: tuple[Notice, ...] = ()
    replies: tuple[Reply, ...] = ()


_DECODER = msgspec.json.Decoder(Kept)


def kept(store: Store, held: str) -> Kept:
    """What is on record; nothing once it was published or refused."""
    text = store.correspondence(held)
    return _DECODER.decode(text) if text else Kept()


def preview(register: Register, held: str, to: str, until: str) -> str:
    """The mail as it would leave. Raises Refused, Usage, Missing for what would not be sent."""
    one = _open(register, held)
    outbox.check_address(to)
    if not register.config.contact:
        raise Missing(
            "The subject could not reply: this register names no contact.", hint="Set `contact` in register.toml."
        )
    first = date.fromisoformat(today()) + timedelta(days=REPLY_DAYS)
    if not _DAY.fullmatch(until) or until < first.isoformat():
        raise Refused(
            f"The subject has at least {REPLY_DAYS} days to reply.",
            field="reply_until",
            code="too_short",
            hint=f"{first.isoformat()} or later.",
        )
    return text(register, one, until)


def give(register: Register, held: str, to: str, until: str) -> Notice:
    """Tell the subject by mail. Raises Refused, Usage, Missing; then nothing is sent."""
    letter = preview(register, held, to, until)
    before = kept(register.store, held)
    with register.store.db.transaction():
        delivery = outbox.mail(
            register,
            key=f"held/{held}/{len(before.notices) + 1}",
            to=to,
            subject=_("{title}: what is stated about you, before it is published ({number})").format(
                title=register.title, number=held[:12]
            )[:300],
            text=letter,
        )
        made = Notice(at=utc_now(), until=until, delivery=delivery)
        _keep(register.store, held, msgspec.structs.replace(before, notices=(*before.notices, made)))
    return made


def reply(register: Register, held: str, said: str) -> Reply:
    """Take a reply down. Reviews that were given before it do not count any more. Raises Usage, Refused."""
    _open(register, held)
    if not said.strip() or len(said) > REPLY_MAX:
        raise Refused(f"A reply has 1 to {REPLY_MAX:,} letters.", field="text", code="bad_reply")
    before = kept(register.store, held)
    made = Reply(at=utc_now(), text=said)
    with register.store.db.transaction():
        _keep(register.store, held, msgspec.structs.replace(before, replies=(*before.replies, made)))
        register.store.drop_reviews(held)
        register.store.set_held(held, "waiting")
    return made


def text(register: Register, held: HeldState, until: str) -> str:
    """The mail. Raises Missing where the content is gone."""
    data = register.store.held_submission(held.id)
    if data is None:
        raise Missing("The content of this publication is not here any more.")
    said = [from_content(content) for _, content in publication.unpack(data).contents]
    shown = [one for one in said if not _spoke(register.store, one)]
    lines = [
        *([_("INVENTED EXAMPLE: nothing in this mail is true."), ""] if register.example else []),
        _("{owner} has handed in what follows to {title}. It is not public yet: two reviewers read it first.").format(
            owner=_caption(register, held.owner), title=register.title
        ),
        _("You are told so that you can reply before it is decided."),
        "",
        _("What is stated:"),
        *(line for one in shown for line in _lines(register, one)),
    ]
    if len(shown) < len(said):
        left_out = _("Statements about other persons that are left out of this mail: {count}.")
        lines += ["", left_out.format(count=len(said) - len(shown))]
    lines += [
        "",
        _("Until when: you can reply until {day}, that day included.").format(day=until),
        _(
            "How: write to {contact} and name {number}. No account is needed. What you reply is read by the reviewers before they "
            "decide; if the statements are published, a reply or denial stands beside them, at the same size."
        ).format(contact=register.config.contact, number=held.id[:12]),
        _(
            "You can also say that something is wrong, that somebody is endangered, or that you are not the one who is meant."
        ),
    ]
    return "\n".join(lines) + "\n"


def _lines(register: Register, one: Statement) -> list[str]:
    """A statement in the words that the register's pages use, and in nobody's codes."""
    record, what = registry.find(one.type), registry.property_of(one.type, one.property)
    value = one.value
    if what is not None and (means := what.means(value)) != value:
        value = _(means)
    elif value.startswith("sv-"):
        value = _caption(register, value)
    said = _("stated as: {standing} ({publisher} {says} so); source: {source}").format(
        standing=words.standing(one.standing),
        publisher=visible(_caption(register, one.publisher), 400),
        says=words.stance(one.stance),
        source=visible(one.source, 400),
    )
    about = _(record.label) if record is not None else one.type
    name = _caption(register, one.subject)
    if name != one.subject:
        about = f"{visible(name, 400)} ({about})"
    return [
        "",
        f"- {about}, {_(what.label) if what is not None else one.property}: {visible(value, VALUE_MAX)}",
        f"  {said}",
    ]


def _caption(register: Register, name: str) -> str:
    """What an entity is called by what is public; else its id, or the name as it is."""
    if not name.startswith("sv-"):
        return name
    reader = Reader(register.store)
    reader.load([name])
    known = reader.canonical(name) in reader.records
    return reader.ref(name).caption if known else name


def _spoke(store: Store, one: Statement) -> bool:
    return one.person and bool(store.consents(one.subject))


def _open(register: Register, held: str) -> HeldState:
    register._must_write()
    one = register.store.held_one(held)
    if one.state in ("published", "refused"):
        raise Refused(f"This publication was {one.state}.", field="publication", code="closed")
    return one


def _keep(store: Store, held: str, what: Kept) -> None:
    store.keep_correspondence(held, msgspec.json.encode(what).decode())
