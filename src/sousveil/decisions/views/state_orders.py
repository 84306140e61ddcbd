"""The orders to revoke that a State could make: the groups that hold its live licences, each with what was done and the clocks."""

from __future__ import annotations

import msgspec

from sousveil.decisions import licence_acts, lookup
from sousveil.decisions.licence_ends import state_of_licence
from sousveil.decisions.views.exporting import asked, exporting_view
from sousveil.register.views.model import Ref
from sousveil.register.views.reading import Reader, Store

COMPANIES_MOST = 25
"""Companies that a State's page shows."""


class OrderOfState(msgspec.Struct, frozen=True, kw_only=True):
    """A company that holds live licences of a State."""

    company: Ref
    live: int
    """Live licences of the State for the company and its group."""
    status: str
    """Of an order to revoke: none, draft, issued, refused."""
    asked_since: str | None
    """As in `exporting.StateOfGroup`."""
    days_open: int


def orders_of_state(store: Store, country: str, *, as_of: str | None = None) -> list[OrderOfState]:
    """Companies with live licences of this State, those with the most first."""
    reader = Reader(store, as_of=as_of)
    found: list[OrderOfState] = []
    holders = _holders(reader, country)[:COMPANIES_MOST]
    of = asked(reader) if holders else None
    for company in holders:
        view = exporting_view(store, company, as_of=as_of, of=of)
        state = next((one for one in view.states if one.country == country), None)
        if state is not None and state.live:
            found.append(
                OrderOfState(
                    company=view.company,
                    live=state.live,
                    status=state.order_status,
                    asked_since=state.asked_since,
                    days_open=state.days_open,
                )
            )
    return sorted(found, key=lambda one: (-one.live, one.company.caption, one.company.id))


def _holders(reader: Reader, country: str) -> list[str]:
    """Licensees of live licences that the State issued; ids, sorted."""
    licences = lookup.every(reader, "ExportLicence")
    reader.load_ends()
    mine = [
        one
        for one in licences
        if any(lookup.country_of(reader, who) == country for who in licence_acts.issuers(reader, one))
    ]
    reader.load_linked(one.id for one in mine)
    live = [one for one in mine if state_of_licence(reader, one) == "live"]
    return sorted({company for one in live for company in lookup.entities(reader, one, "licensee")})
