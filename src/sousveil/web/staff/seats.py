"""Seats of boards, and what is before them: out of what the register says now."""

from __future__ import annotations

import msgspec

from sousveil.register.model import Recorded
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
    if not seat:
        return []
    bodies = {one.statement.value for one in _stand(site, seat) if one.statement.property == "organization"}
    found: dict[str, Proposal] = {}
    for one in site.store.statements_to(sorted(bodies)):
        if one.statement.type == "Acquisition" and one.statement.property == "board" and _holds(one):
            found[one.statement.subject] = _proposal(site, seat, one.statement.subject, one.statement.value)
    decided = _decided(site, list(found))
    return sorted((one for id, one in found.items() if id not in decided), key=lambda one: (one.comments_until, one.id))


def seat_of(site: Site, seat: str) -> tuple[str, str]:
    """Who sits there and in which body, by their ids; empty where it is not on file."""
    said = {one.statement.property: one.statement.value for one in _stand(site, seat)} if seat else {}
    return said.get("member", ""), said.get("organization", "")


def _proposal(site: Site, seat: str, id: str, body: str) -> Proposal:
    said = {one.statement.property: one.statement.value for one in _stand(site, id)}
    votes = {one.statement.subject for one in site.store.statements_to([id]) if one.statement.type == "Vote"}
    mine = {one.statement.subject for one in site.store.statements_to([seat]) if one.statement.property == "seat"}
    return Proposal(
        id=id,
        body=body,
        title=said.get("name") or said.get("purpose") or id,
        comments_until=said.get("commentsUntil", ""),
        hearing=said.get("hearingDate", ""),
        voted=bool(votes & mine),
    )


def _decided(site: Site, ids: list[str]) -> set[str]:
    done = {
        one.statement.value
        for one in site.store.statements_to(ids)
        if one.statement.type == "OversightDecision" and _holds(one)
    }
    return done | {
        one.statement.subject
        for one in site.store.statements_of(ids)
        if one.statement.property == "status"
        and one.statement.value in ("approved", "rejected", "withdrawn", "expired")
        and _holds(one)
    }


def _stand(site: Site, id: str) -> list[Recorded]:
    return [one for one in site.store.statements_of([id]) if _holds(one)]


def _holds(one: Recorded) -> bool:
    return one.retracted is None and one.superseded_by is None and one.statement.stance != "denies"
