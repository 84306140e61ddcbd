"""Community boards (h): notice and hearing before decision, votes for seats of the board, comments in time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sousveil.decisions import lookup, proposals, voices
from sousveil.decisions.procedures.checks.model import Check, Publication, confirmed
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.reading import Reader, Record

NOTICE_MOST = 366
"""Most days of notice that are believed: longer, and a proposal could be kept from its board for good."""


def _proposal(publication: Publication, id: str, deciding: Sequence[str] = ()) -> proposals.Case | None:
    """The case of a proposal; None where nobody whose word binds `deciding`, or this owner, calls the entity one.

    A stranger who calls a licence a proposal bars no decision about it: the views show it, with what is missing.
    """
    reader = publication.reader
    reader.load([id])
    record = reader.records.get(reader.canonical(id))
    if record is None or not voices.is_called(record, "Acquisition"):
        return None
    binding = {_first(reader, record)[0], publication.owner}
    for by, said in voices.tellers(reader, voices.as_type(record, "Acquisition")).items():
        account = voices.only(record, said)
        named = [
            id for name in ("body", "board") for id in lookup.entities(reader, account, name) if _is_body(reader, id)
        ]
        if voices.is_called(account, "Acquisition") and (
            by in binding or any(lookup.speaks_for_state(reader, by, one) for one in (*deciding, *named))
        ):
            return proposals.Case(reader, id)
    return None


def _first(reader: Reader, record: Record) -> tuple[str, list[Recorded]]:
    """Who reported an entity first, whatever it called it, and its statements."""
    return next(iter(voices.tellers(reader, msgspec.structs.replace(record, type="")).items()), ("", []))


def _is_body(reader: Reader, id: str) -> bool:
    """Whether whoever reported it first, and is not itself, calls it a public body: nobody makes itself the body that buys."""
    reader.load([id])
    record = reader.records.get(reader.canonical(id))
    first, said = _first(reader, record) if record is not None else ("", [])
    kinds = {one.statement.type for one in said}
    return not lookup.speaks_for(reader, first, id) and any(
        is_a(kind, body) for kind in kinds for body in ("PublicBody", "OversightBody")
    )


def _day(publication: Publication, record: Record) -> str:
    return lookup.day_of(record) or publication.day


# Decisions


def _decisions(publication: Publication) -> None:
    for record in publication.records("OversightDecision"):
        publication.whole(record)
        if not proposals.DECISIONS & set(lookup.texts(record, "outcome")):
            continue
        if not confirmed(record, "outcome"):
            continue  # somebody reports that it was decided so: shown, with the departure
        for about in lookup.entities(publication.reader, record, "about"):
            case = _proposal(publication, about, lookup.entities(publication.reader, record, "body"))
            if case is not None:
                _decide(publication, record, case)


def _decide(publication: Publication, record: Record, case: proposals.Case) -> None:
    """Raises Refused for a decision of another board, or before the notice is over, the comments closed or the hearing held."""
    day, comments = _day(publication, record), case.words.first("commentsUntil")

    def refuse(property: str, code: str, says: str, do: str = "") -> None:
        hint = f"{do} If it was decided so all the same, publish it as `reported`: it is then shown as a departure.".strip()
        publication.refuse(record, property, code, says, hint)

    if case.boards and not set(lookup.entities(publication.reader, record, "body")) & set(case.boards):
        refuse("body", "other_board", "The proposal names another board that is to decide it")
    if case.noticed is None:
        says = "The proposal cannot be decided: no public notice of it is on file"
        refuse("about", "no_notice", says, "Publish the public notice first, and let its days pass.")
    if case.days is None:
        says = "The proposal cannot be decided: neither it, nor its notice, nor a law sets the days of notice"
        refuse(
            "about", "no_notice_days", says, "Say in the proposal or in its notice how many days of notice there are."
        )
    if lookup.before(day, case.until):
        says = f"The notice of {case.noticed} runs {case.days} days, until {case.until}; it cannot be decided on {day}"
        refuse("date", "notice_not_over", says, "Wait until the days are over.")
    if lookup.before(day, case.hearing):
        refuse("date", "before_hearing", f"The hearing is on {case.hearing}; {day} lies before it")
    if lookup.before(day, comments):
        refuse("date", "comments_open", f"Comments are open until {comments}, and this decision is of {day}")


# Votes


def _votes(publication: Publication) -> None:
    """A vote is whole, and for a seat of its board. Whose vote counts the page of the proposal shows."""
    reader = publication.reader
    for record in publication.records("Vote"):
        publication.whole(record)
        publication.single(record, "body", "about", "seat", "choice")
        body = lookup.entities(reader, record, "body")
        for seat in lookup.entities(reader, record, "seat"):
            members, _ = proposals.sitting(reader, seat, body, _day(publication, record))
            if not members:
                publication.refuse(
                    record,
                    "seat",
                    "not_a_member",
                    f"The board has published no such seat for {_day(publication, record)}",
                    "The board, or the body that it is part of, publishes who its members are. Check body, seat and date.",
                )


# Comments and notices


def _comments(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("PublicComment"):
        publication.whole(record)
        publication.single(record, "acquisition", "organization")
        day = _day(publication, record)
        for about in lookup.entities(reader, record, "acquisition"):
            case = _proposal(publication, about)
            if case is None:
                continue
            until = case.words.first("commentsUntil")
            if until and lookup.before(until, day):
                publication.refuse(
                    record,
                    "date",
                    "comments_closed",
                    f"Comments were taken until {until}, and this one is of {day}",
                    "Say it at the hearing, or publish it as a statement of your own about the proposal.",
                )
            for organization in lookup.entities(reader, record, "organization"):
                if not (lookup.speaks_for(reader, publication.owner, organization) or case.acts(publication.owner)):
                    publication.refuse(
                        record,
                        "organization",
                        "not_the_organization",
                        f"The comment speaks for somebody else: this key belongs to {publication.owner}",
                        "Comment in your own name, or have the board hand in what it was sent.",
                    )


def _notices(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("PublicNotice"):
        publication.whole(record)
        publication.single(record, "acquisition", "noticedOn", "days")
        noticed = record.first("noticedOn")
        for about in lookup.entities(reader, record, "acquisition"):
            case = _proposal(publication, about)
            proposed = case.words.first("proposedOn") if case is not None else None
            if lookup.before(noticed, proposed):
                publication.refuse(
                    record,
                    "noticedOn",
                    "notice_before_proposal",
                    f"The notice of {noticed} lies before the proposal of {proposed}",
                    "Check both dates.",
                )


def _days(publication: Publication) -> None:
    """A period of notice is a whole number of days that people can use: not none, not less than none, not for ever."""
    for type, name in (("Acquisition", "noticeDays"), ("PublicNotice", "days"), ("Law", "noticeDays")):
        for record in publication.records(type):
            for text in lookup.texts(record, name):
                days = lookup.number(text)
                if days is None or not 1 <= days <= NOTICE_MOST:
                    publication.refuse(
                        record,
                        name,
                        "notice_days",
                        f"“{text[:20]}” is no number of days of notice",
                        f"Name whole days, from 1 to {NOTICE_MOST}.",
                    )


CHECKS = (
    Check(name="notice-days", types=("Acquisition", "PublicNotice", "Law"), run=_days),
    Check(name="decisions", types=("OversightDecision",), run=_decisions),
    Check(name="votes", types=("Vote",), run=_votes),
    Check(name="comments", types=("PublicComment",), run=_comments),
    Check(name="notices", types=("PublicNotice",), run=_notices),
)
