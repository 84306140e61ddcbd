"""A draft order to revoke all licences of a group, for the key of the State that issued them.

A draft is nobody's act: it becomes an order when the State signs it with its own key. The statements here are ready to be
written to a file and signed elsewhere (`sousveil register publish FILE --prepare DIR --owner ID`).
"""

from __future__ import annotations

from typing import Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.boards import world_of
from sousveil.decisions.licences import queue
from sousveil.decisions.procedures.proven import members
from sousveil.decisions.views.exporting import STATEMENT_DAYS, ExportingView, LicenceRow, exporting_view
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_name
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Store


class DraftOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order to revoke all licences of a group, not signed by anybody."""

    company: Ref
    country: str
    authority: Ref | None
    licences: list[Ref]
    text: str
    """The document, plain text."""
    lines: str
    """The statements as JSON lines, ready to be signed with the authority's key."""
    statements: int


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """The draft order of one State against one group."""

    frame: Frame
    day: str
    company: Ref
    country: str
    draft: DraftOrder | None
    """None: no live licence of the group from this State is on file."""


REASON = {
    True: "The joint open letter of July 2021 asks every exporting State to revoke at once all marketing and export licences of NSO Group "
    "and its entities.",
    False: "The joint open letter of July 2021 asks every State, in demand (b), to revoke all marketing and export licences where human "
    "rights are put at risk.",
}
"""Whether the company is of the group that the clause on exporting States names -> what the letter asks."""
INVESTIGATION = {
    True: "2. An independent, impartial and transparent investigation into the extent of unlawful targeting is opened. It ends with a "
    "public statement on its results and on the steps against further harm.",
    False: "2. An immediate, independent, transparent and impartial investigation into the cases of targeted surveillance is opened. It "
    "ends with a public statement on its results.",
}


def draft_order(store: Store, company: str, country: str, **when: Unpack[Moment]) -> OrderView:
    """The draft of one State against one group."""
    view = exporting_view(store, company, **when)
    state = next((one for one in view.states if one.country == country), None)
    rows = [one for one in state.licences if one.state == "live"] if state is not None else []
    if not rows:
        return OrderView(frame=view.frame, day=view.day, company=view.company, country=country, draft=None)
    authority = next((ref for one in rows for ref in one.issuer), None)
    order = entity_id("revocation-order", view.company.id, country, view.day)
    reader = Reader(store, **when)
    clause = view.company.id in members(world_of(reader, reader.day), "nso")
    made = _statements(view, rows, authority, order, clause)
    draft = DraftOrder(
        company=view.company,
        country=country,
        authority=authority,
        licences=list({one.ref.id: one.ref for one in rows}.values()),
        text=_text(view, rows, authority, country, _incidents(store, rows, when), clause),
        lines="".join(msgspec.json.encode(one).decode() + "\n" for one in made),
        statements=len(made),
    )
    return OrderView(frame=view.frame, day=view.day, company=view.company, country=country, draft=draft)


def _statements(
    view: ExportingView, rows: list[LicenceRow], by: Ref | None, order: str, clause: bool
) -> list[Statement]:
    title = f"Order to revoke all licences of {view.company.caption} and its group"
    office = {"authority": [by.id]} if by is not None else {}
    lead = {"body": [by.id], **({"investigationKind": ["independent"]} if clause else {})} if by is not None else {}
    licences = list(dict.fromkeys(one.ref.id for one in rows))
    day, reason = {"date": [view.day]}, {"reason": [REASON[clause]]}
    issued = {"status": ["issued"], "publishedAt": [view.day], "issuedOn": [view.day]}
    opened = {"status": ["open"], "startDate": [view.day], "dueOn": [_due(view)]}
    about = {"name": [f"Investigation opened by: {title}"], "about": [view.company.id, *licences]}
    company = {"title": [title], "company": [view.company.id]}
    records = {(order, "RevocationOrder"): {**company, **office, **issued, **reason, "licence": licences}}
    for one in licences:
        event = {"licence": [one], "event": ["revoked"]}
        records[entity_id("revoked", order, one), "LicenceEvent"] = {**event, **day, **reason, **office}
    records[entity_id("investigation", order), "Investigation"] = {**about, **lead, **opened}
    return [
        Statement(
            subject=subject,
            type=type,
            property=property,
            value=value,
            source=f"{title}, {view.day}",
            publisher=by.id if by is not None else "THE AUTHORITY",
            dataset="direct",
            standing=Standing.CONFIRMED,
        )
        for (subject, type), properties in records.items()
        for property, many in properties.items()
        for value in many
    ]


def _due(view: ExportingView) -> str:
    """The day by which the public statement is owed: a promise of the authority, once it signs."""
    return lookup.later(view.day, STATEMENT_DAYS)


def _incidents(store: Store, rows: list[LicenceRow], when: Moment) -> list[str]:
    """The open incidents that these licences touch, as lines of the document."""
    ids = {one.ref.id for one in rows}
    found: dict[str, str] = {}
    for item in queue(store, **when).items:
        for touch in item.touches if item.licence.id in ids else ():
            date = f", {touch.date}" if touch.date else ""
            found[touch.incident.id] = f"- {touch.incident.caption}{date} ({'; '.join(touch.why)})"
    return list(found.values())


def _text(
    view: ExportingView, rows: list[LicenceRow], authority: Ref | None, country: str, told: list[str], clause: bool
) -> str:
    who = authority.caption if authority is not None else "(the authority)"
    lines = [
        "DRAFT, signed by nobody",
        "",
        f"{who}, {country_name(country)}",
        f"Order of {view.day}",
        f"Reason: {REASON[clause]}",
        "",
        (
            f"1. All licences for marketing and export of {view.company.caption} and the companies of its group that are listed below "
            "are revoked with effect from today."
        ),
        INVESTIGATION[clause],
        "3. Whoever holds one of these licences stops export, marketing and support under it at once.",
        "",
        "Licences:",
    ]
    for row in rows:
        number = row.number or row.ref.caption
        goes = f", to {country_name(row.destination)}" if row.destination else ""
        lines.append(f"- {number}: {row.licensee.caption} ({row.tie}){goes}; {row.dates_words or 'no dates on file'}")
    lines += [
        "",
        f"The public statement is made by {_due(view)}. Set another day here if the investigation needs it.",
        "",
        "Group, as on file on this day:",
        *(f"- {one.caption}" for one in view.group),
        "",
        "Incidents on file that these licences touch:",
        *(told or ["- none"]),
        "",
        "Signed: ______________________",
    ]
    return "\n".join(lines) + "\n"
