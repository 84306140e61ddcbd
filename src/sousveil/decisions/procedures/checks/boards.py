"""Community boards (h): notice and hearing before decision, votes for seats of the board, comments in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sousveil.decisions import lookup, proposals
from sousveil.decisions.procedures.checks.model import Check, Publication, confirmed
from sousveil.register.types import is_a
from sousveil.register.views.reading import Record

NOTICE_MOST = 366
"""Most days of notice that are believed: longer, and a proposal could be kept from its board for good."""
ALL_THE_SAME = "If it was decided so all the same, publish it as `reported`: it is then shown as a departure."


def _proposal(publication: Publication, id: str, deciding: Sequence[str] = ()) -> proposals.Case | None:
    """The case of a proposal; None where neither the first publisher of the entity, nor this owner, nor one of those deciding calls it so.

    A stranger who calls a licence a proposal bars no decision about it: the views show it, with what is missing.
    """
    reader = publication.reader
    reader.load([id])
    record = reader.records.get(reader.canonical(id))
    everybody = lookup.publishers(reader, msgspec.structs.replace(record, type="")) if record is not None else {}
    for place, (by, statements) in enumerate(everybody.items()):
        binding = (
            not place or by == publication.owner or any(lookup.speaks_for_state(reader, by, one) for one in deciding)
        )
        if binding and any(is_a(one.statement.type, "Acquisition") for one in statements):
            return proposals.Case(reader, id)
    return None


def _day(publication: Publication, record: Record) -> str:
    return lookup.day_of(record) or publication.day


def _cases(
    publication: Publication, type: str, property: str, single: Sequence[str] = ()
) -> Iterator[tuple[Record, proposals.Case]]:
    """The new records of a type that are whole, each with the proposal to which a property points."""
    for record in publication.records(type):
        publication.whole(record)
        publication.single(record, *single)
        bodies = lookup.entities(publication.reader, record, "body") if property == "about" else ()
        for id in lookup.entities(publication.reader, record, property):
            if (case := _proposal(publication, id, bodies)) is not None:
                yield record, case


def _decisions(publication: Publication) -> None:
    for record, case in _cases(publication, "OversightDecision", "about"):
        # What somebody only reports is shown, with the departure.
        if proposals.DECISIONS & set(lookup.texts(record, "outcome")) and confirmed(record, "outcome"):
            _decide(publication, record, case)


def _decide(publication: Publication, record: Record, case: proposals.Case) -> None:
    """Raises Refused for a decision of another board, or before the notice is over, the comments closed or the hearing held."""
    day, comments = _day(publication, record), case.words.first("commentsUntil")
    bodies = lookup.entities(publication.reader, record, "body")
    rows = (
        (case.boards and not set(bodies) & set(case.boards), "body", "other_board",
         "The proposal names another board that is to decide it", ""),
        (case.noticed is None, "about", "no_notice", "The proposal cannot be decided: no public notice of it is on file",
         "Publish the public notice first, and let its days pass. "),
        (case.days is None, "about", "no_notice_days",
         "The proposal cannot be decided: neither it nor its notice sets the days of notice",
         "Say in the proposal or in its notice how many days of notice there are. "),
        (lookup.before(day, case.until), "date", "notice_not_over",
         f"The notice of {case.noticed} runs {case.days} days, until {case.until}; it cannot be decided on {day}",
         "Wait until the days are over. "),
        (lookup.before(day, case.hearing), "date", "before_hearing", f"The hearing is on {case.hearing}; {day} lies before it", ""),
        (lookup.before(day, comments), "date", "comments_open",
         f"Comments are open until {comments}, and this decision is of {day}", ""),
    )  # fmt: skip
    publication.refuse_first(
        record, *((wrong, name, code, says, f"{do}{ALL_THE_SAME}") for wrong, name, code, says, do in rows)
    )


def _votes(publication: Publication) -> None:
    """A vote is whole, and for a seat of its board. Whose vote counts the page of the proposal shows."""
    reader = publication.reader
    for record in publication.records("Vote"):
        publication.whole(record)
        publication.single(record, "body", "about", "seat", "choice")
        body, day = lookup.entities(reader, record, "body"), _day(publication, record)
        if not all(proposals.sitting(reader, seat, body, day)[0] for seat in lookup.entities(reader, record, "seat")):
            hint = (
                "The board, or the body that it is part of, publishes who its members are. Check body, seat and date."
            )
            publication.refuse(record, "seat", "not_a_member", f"The board has published no such seat for {day}", hint)


def _comments(publication: Publication) -> None:
    for record, case in _cases(publication, "PublicComment", "acquisition", ("acquisition", "organization")):
        until, day, owner = case.words.first("commentsUntil"), _day(publication, record), publication.owner
        if lookup.before(until, day):
            says = f"Comments were taken until {until}, and this one is of {day}"
            hint = "Say it at the hearing, or publish it as a statement of your own about the proposal."
            publication.refuse(record, "date", "comments_closed", says, hint)
        for one in lookup.entities(publication.reader, record, "organization"):
            if not any(lookup.speaks_for(publication.reader, owner, id) for id in (one, *case.sides)):
                says = f"The comment speaks for somebody else: this key belongs to {owner}"
                hint = "Comment in your own name, or have the board hand in what it was sent."
                publication.refuse(record, "organization", "not_the_organization", says, hint)


def _notices(publication: Publication) -> None:
    for record, case in _cases(publication, "PublicNotice", "acquisition", ("acquisition", "noticedOn", "days")):
        noticed, proposed = record.first("noticedOn"), case.words.first("proposedOn")
        if lookup.before(noticed, proposed):
            says = f"The notice of {noticed} lies before the proposal of {proposed}"
            publication.refuse(record, "noticedOn", "notice_before_proposal", says, "Check both dates.")


def _days(publication: Publication) -> None:
    """A period of notice is a whole number of days that people can use: not none, not less than none, not for ever."""
    for type, name in (("Acquisition", "noticeDays"), ("PublicNotice", "days"), ("Law", "noticeDays")):
        for record in publication.records(type):
            for text in lookup.texts(record, name):
                if not 1 <= (lookup.number(text) or 0) <= NOTICE_MOST:
                    says, hint = (
                        f"“{text[:20]}” is no number of days of notice",
                        f"Name whole days, from 1 to {NOTICE_MOST}.",
                    )
                    publication.refuse(record, name, "notice_days", says, hint)


CHECKS = (
    Check(name="notice-days", types=("Acquisition", "PublicNotice", "Law"), run=_days),
    Check(name="decisions", types=("OversightDecision",), run=_decisions),
    Check(name="votes", types=("Vote",), run=_votes),
    Check(name="comments", types=("PublicComment",), run=_comments),
    Check(name="notices", types=("PublicNotice",), run=_notices),
)
