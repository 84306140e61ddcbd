"""Seats of boards, and what is before them: by the words of those who act in the procedure, as the pages of proposals read them.

What anybody else adds to a proposal, to a decision on it or to a seat closes no vote and gives no seat away.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.views import Case, sitting
from sousveil.register.views.reading import Reader
from sousveil.web.site import Site


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal before the body of a seat."""

    id: str
    body: str
    title: str
    comments_until: str = ""
    hearing: str = ""
    voted: bool = False
    """By this seat."""


def proposals_for(site: Site, seat: str) -> list[Proposal]:
    """Proposals before the body of this seat that are not decided, by the day until which comments are taken."""
    reader = Reader(site.store)
    found: dict[str, Proposal] = {}
    for body in sitting(reader, seat)[1] if seat else ():
        for one in lookup.pointing(reader, [body], "Acquisition", "board"):
            case = Case(reader, one.id)
            if body in case.boards and not _ended(case):
                found[case.id] = _proposal(reader, case, seat, body)
    return sorted(found.values(), key=lambda one: (one.comments_until, one.id))


def seat_of(site: Site, seat: str) -> tuple[str, str]:
    """Who sits there and in which body, by their ids, as the body's side tells it; empty where it tells of no such seat."""
    members, bodies = sitting(Reader(site.store), seat) if seat else ([], [])
    return next(iter(members), ""), next(iter(bodies), "")


def bodies_of(site: Site, seat: str) -> list[str]:
    """The bodies of which it is a seat, as their side gives it: what they owe waits for whoever sits there."""
    return sitting(Reader(site.store), seat)[1] if seat else []


def _ended(case: Case) -> bool:
    """Whether it is decided, or those who asked took it back."""
    return case.decided(case.day) is not None or "withdrawn" in lookup.texts(case.words, "status")


def _proposal(reader: Reader, case: Case, seat: str, body: str) -> Proposal:
    words = case.words
    mine = reader.canonical(seat)
    return Proposal(
        id=case.id,
        body=body,
        title=words.first("name") or words.first("purpose") or case.id,
        comments_until=words.first("commentsUntil") or "",
        hearing=words.first("hearingDate") or "",
        voted=any(mine in lookup.entities(reader, one.vote, "seat") for one in case.ballots),
    )
