"""Community boards (h): notice before decision, votes by members, each once, not before notice and hearing; comments in time."""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.decisions import boards, lookup, proposals, voices
from sousveil.decisions.procedures.checks.model import Check, Publication, confirmed
from sousveil.register.views.reading import Reader, Record, stands

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
    whole = voices.as_type(record, "Acquisition")
    first = _first(reader, record)
    for by, said in voices.tellers(reader, whole).items():
        told = voices.only(whole, said)
        if not voices.is_called(told, "Acquisition"):
            continue
        if by in (first, publication.owner) or any(lookup.speaks_for_state(reader, by, one) for one in deciding):
            return proposals.Case(reader, id)
        named = [*lookup.entities(reader, told, "body"), *lookup.entities(reader, told, "board")]
        if any(lookup.speaks_for_state(reader, by, one) and _is_body(reader, one) for one in named):
            return proposals.Case(reader, id)
    return None


def _first(reader: Reader, record: Record) -> str:
    """The voice that told of an entity first, whatever it called it."""
    told = min((one for one in record.statements if stands(one)), key=lambda one: one.recorded)
    return voices.voice(reader, told)


def _is_body(reader: Reader, id: str) -> bool:
    """Whether whoever told of it first, and is not itself, calls it a public body: nobody makes itself the body that buys."""
    reader.load([id])
    record = reader.records.get(reader.canonical(id))
    if record is None or not any(map(stands, record.statements)):
        return False
    first = _first(reader, record)
    own = [one for one in record.statements if stands(one) and voices.voice(reader, one) == first]
    return not lookup.speaks_for(reader, first, id) and any(
        voices.is_called(voices.only(record, own), kind) for kind in ("PublicBody", "OversightBody")
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
    day = _day(publication, record)
    reported = "If it was decided so all the same, publish it as `reported`: it is then shown as a departure."
    _in_turn(publication, record, case, "decided", (reported, reported, reported))
    if case.words.first("commentsUntil") and lookup.before(day, case.words.first("commentsUntil")):
        publication.refuse(
            record,
            "date",
            "comments_open",
            f"Comments are open until {case.words.first('commentsUntil')}, and this decision is of {day}",
            reported,
        )


def _in_turn(
    publication: Publication, record: Record, case: proposals.Case, done: str, hints: tuple[str, str, str]
) -> None:
    """Raises Refused for a decision or vote of another board, or before the notice is over or the hearing held.

    `done`: what cannot be done yet. `hints`: what to do where the board, the notice or the hearing is in the way.
    """
    day, (board, notice, hearing) = _day(publication, record), hints
    if case.boards and not set(lookup.entities(publication.reader, record, "body")) & set(case.boards):
        says = "The proposal names another board that is to decide it"
        publication.refuse(record, "body", "other_board", says, board)
    if case.noticed is None:
        publication.refuse(
            record,
            "about",
            "no_notice",
            f"The proposal cannot be {done}: no public notice of it is on file",
            f"Publish the public notice first, and let its days pass. {notice}".strip(),
        )
    if case.days is None:
        publication.refuse(
            record,
            "about",
            "no_notice_days",
            f"The proposal cannot be {done}: neither it, nor its notice, nor a law sets the days of notice",
            f"Say in the proposal or in its notice how many days of notice there are. {notice}".strip(),
        )
    if lookup.before(day, case.until):
        publication.refuse(
            record,
            "date",
            "notice_not_over",
            f"The notice of {case.noticed} runs {case.days} days, until {case.until}; it cannot be {done} on {day}",
            f"Wait until the days are over. {notice}".strip(),
        )
    if case.hearing and lookup.before(day, case.hearing):
        says = f"The hearing is on {case.hearing}; {day} lies before it"
        publication.refuse(record, "date", "before_hearing", says, hearing)


# Votes


def _votes(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("Vote"):
        publication.whole(record)
        publication.single(record, "body", "about", "seat", "choice")
        body = lookup.entities(reader, record, "body")[0]
        seat = lookup.entities(reader, record, "seat")[0]
        about = lookup.entities(reader, record, "about")[0]
        member = _member(publication, record, body, seat)
        case = _proposal(publication, about, [body])
        _own_word(publication, record)
        late = case is not None and _is_late(publication, record, case)
        reported = not confirmed(record, "choice")
        if not (late and reported):  # what somebody reports of a vote after the decision is shown as a departure
            _votes_for(publication, record, body, member, case)
        _once(publication, record, body, about, seat, member)
        if case is not None and not (late and reported):
            _in_time(publication, record, case, late=late)


def _member(publication: Publication, record: Record, body: str, seat: str) -> str:
    """The member who has the seat, as the board's side tells it. Raises Refused where nobody has, in this body, on that day."""
    reader = publication.reader
    membership = reader.records.get(seat)
    if membership is None or not lookup.entities(reader, membership, "member"):
        publication.refuse(
            record,
            "seat",
            "unknown_seat",
            "No such membership is on file",
            "Publish the membership first: who sits for whom, in which body, since when.",
        )
    day = _day(publication, record)
    told = boards.seat_by_board(reader, membership, [body])
    members = lookup.entities(reader, told, "member")
    if body in lookup.entities(reader, membership, "organization") and not (
        members and boards.boards_of(reader, told, [body])
    ):
        publication.refuse(
            record,
            "seat",
            "not_a_member",
            "Neither the board nor what it is part of says that it has this seat",
            "The board, or the body that it is part of, publishes who its members are.",
        )
    if not boards.boards_of(reader, told, [body]) or lookup.held_on(told, day) is False:
        publication.refuse(
            record,
            "seat",
            "not_a_member",
            f"This seat is no member of the body on {day}",
            "Only who is a member on the day of the vote votes. Check body, seat and date.",
        )
    return members[0]


def _votes_for(publication: Publication, record: Record, body: str, member: str, case: proposals.Case | None) -> None:
    reader, owner = publication.reader, publication.owner
    if any(lookup.speaks_for(reader, owner, one) for one in (*lookup.part_of(reader, body), member)):
        return
    if case is not None and case.acts(owner):
        return
    publication.refuse(
        record,
        "body",
        "not_the_board",
        f"A vote is signed by the board or by who has the seat, and this key belongs to {owner}",
        "What you know of a vote is published as a decision that is `reported`.",
    )


def _once(publication: Publication, record: Record, body: str, about: str, seat: str, member: str) -> None:
    reader = publication.reader
    for other in lookup.pointing(reader, [about], "Vote", "about"):
        if other.id == record.id or body not in lookup.entities(reader, other, "body"):
            continue
        seats = lookup.entities(reader, other, "seat")
        members = [
            one
            for each in seats
            if each in reader.records
            for one in lookup.entities(reader, boards.seat_by_board(reader, reader.records[each], [body]), "member")
        ]
        if seat in seats or member in members:
            publication.refuse(
                record,
                "seat",
                "second_vote",
                "This seat, or who has it, has voted on this already",
                "A vote is changed by retracting the first one, before the decision.",
            )


ACT = ("body", "about", "seat", "choice", "date")
"""What makes a vote; reasons may be set right later."""


def _own_word(publication: Publication, record: Record) -> None:
    """Raises Refused where somebody turns round a vote that another put on file: a vote is changed by who cast it alone."""
    whole = publication.reader.records[record.id]
    others = {
        one.statement.value
        for one in whole.stand("choice")
        if lookup.signer(publication.reader, one) != publication.owner
    }
    if others - set(lookup.texts(record, "choice")):
        publication.refuse(
            record,
            "choice",
            "not_the_voter",
            "This vote was put on file by somebody else, and says otherwise",
            "A vote is changed by who cast it, before the decision. Deny the statement where it is wrong.",
        )


def _is_late(publication: Publication, record: Record, case: proposals.Case) -> bool:
    """Whether the publication casts or changes a vote after the decision, by its day or by the log."""
    had = {
        (one.statement.property, one.statement.value)
        for one in publication.reader.records[record.id].statements
        if stands(one) and one.recorded != publication.arrival.index
    }
    new = {(one.property, one.value) for one in publication.new_of(record) if one.property in ACT}
    return bool(new - had) and case.closed_before(publication.reader.records[record.id]) is not None


def _in_time(publication: Publication, record: Record, case: proposals.Case, *, late: bool) -> None:
    if late:
        publication.refuse(
            record,
            "choice",
            "after_decision",
            "The decision is on file, and a vote is neither cast nor changed after it",
            "A vote that was cast after the decision all the same is published as `reported`: it is then shown as a departure.",
        )
    hints = "Check body and proposal.", "", "Vote after the hearing."
    _in_turn(publication, record, case, "voted on", hints)


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
