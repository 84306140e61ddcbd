"""What the worker does when facts change: it names the open licences that must be judged anew, each change once."""

from __future__ import annotations

from sousveil.decisions import chains, lookup
from sousveil.decisions.boards import world_of
from sousveil.decisions.facts.licences import licence as ruling
from sousveil.decisions.licence_acts import issuers
from sousveil.decisions.licences import family
from sousveil.register import entries as log
from sousveil.register.model import Recorded
from sousveil.register.register import Register
from sousveil.register.store import Store as RegisterStore
from sousveil.register.types.countries import PART_OF, whole
from sousveil.register.views.reading import Reader, Record

DONE = "rejudged"
"""Value of the register: entries of the log before this index were looked at."""
NAMED = 20
"""Licences that one line to the operator names."""


def rejudge(register: Register) -> int:
    """Look at what came into the log since the last time; gives the number of live licences that it bears on.

    The operator has a line with their ids. The first time, everything that is there already is taken as looked at.
    """
    store = register.store
    size = store.size()
    known = store.meta(DONE)
    since = int(known) if known is not None else size
    found = affected_licences(store, since) if since < size else []
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        store.tell_operator(
            "rejudge",
            f"licences to judge anew since entry {since}: {', '.join(found[:NAMED])}{more}; see licences/review",
        )
    if known is None or since < size:
        store.set_meta(DONE, str(size))
    return len(found)


def affected_licences(store: RegisterStore, since_index: int) -> list[str]:
    """Live licences on which what was published, taken back or erased from this entry on may bear; ids, sorted. A licence is live where its
    label is, by the rule's own test; the review queue besides waits for reasons of what ended.

    A licence is affected when something changed about it, its product, its licensee or their group, its issuer, its end user,
    its country of destination, or an incident, list or ownership that names one of these. More rather than fewer are named:
    after an erasure or the end of a key, all.
    """
    everything = any(True for _ in store.entries(since_index, kinds=("erase", "key_revoke")))
    changed = set() if everything else _changed(store, since_index)
    if not changed and not everything:
        return []
    reader = Reader(store)
    every = lookup.every(reader, "ExportLicence")
    reached = [one for one in every if everything or _reach(reader, one) & changed]
    return sorted(one.id for one in reached if _is_live(reader, one))


def _is_live(reader: Reader, licence: Record) -> bool:
    there = world_of(reader, reader.day).record(licence.id)
    return there is not None and ruling(world_of(reader, reader.day), there).says == "live"


def _changed(store: RegisterStore, since_index: int) -> set[str]:
    """Entities and countries of which something changed, and those that the changed records name."""
    subjects = {one.statement.subject for one in store.iter_statements(since=since_index)}
    for entry in store.entries(since_index, kinds=("retract",)):
        payload = store.payload(entry)
        told = [store.statement(id) for id in payload.ids] if isinstance(payload, log.Retract) else []
        subjects |= {one.statement.subject for one in told if isinstance(one, Recorded)}
    said = {one.statement.value for one in store.statements_of(sorted(subjects))}
    return subjects | said | {PART_OF[one] for one in said if one in PART_OF}


def _reach(reader: Reader, licence: Record) -> set[str]:
    licensees = lookup.entities(reader, licence, "licensee")
    products = family(reader, lookup.entities(reader, licence, "product"))
    makers = [
        id
        for one in sorted(products)
        if one in reader.records
        for id in lookup.entities(reader, reader.records[one], "vendor")
    ]
    users = lookup.entities(reader, licence, "endUser")
    return {
        licence.id,
        *products,
        *chains.groups(reader, [*licensees, *makers], reader.day),
        *issuers(reader, licence),
        *users,
        *map(whole, lookup.texts(licence, "destination")),
        *(whole(code) for one in users if (code := lookup.country_of(reader, one))),
    }
