"""A notice read again: what it would say now, what is otherwise than two people approved, and what nobody may read any more."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sousveil.decisions.compiled import compile_world
from sousveil.desk import harms
from sousveil.desk.letters import ASKS, FORM, Holding, Notice, bounded
from sousveil.register.register import Register


def filled(register: Register, notice: Notice, day: str) -> Notice:
    """The notice as it would be drafted now, to the same people."""
    store = register.store
    world = compile_world(store, day)
    above = {one: harms.owners_above(world, one) for one in harms.vendors_of(world)}
    vendors = [one for one, owners in above.items() if one == notice.company or notice.company in owners]
    told, left_out = harms.told(store, vendors)
    between = {id for one in vendors if one != notice.company for id in above[one][notice.company].between}
    event = [notice.event] if notice.event else []
    captions = harms.names(store, [notice.regulator, notice.company, *vendors, *sorted(between), *event])
    holdings = []
    for one in vendors:
        if one != notice.company:
            held = above[one][notice.company]
            holdings.append(
                Holding(
                    vendor=one,
                    chain=tuple(captions[id] for id in (notice.company, *reversed(held.between), one)),
                    statements=tuple(said.id for said in held.proof),
                    sources=tuple(dict.fromkeys(said.statement.source for said in held.proof)),
                )
            )
    return bounded(
        msgspec.structs.replace(
            notice,
            form=FORM,
            says=ASKS,
            register_title=register.title,
            address=register.config.pages,
            regulator_name=captions[notice.regulator],
            company_name=captions[notice.company],
            concerns=tuple(vendors),
            concerns_names=tuple(captions[one] for one in vendors),
            holdings=tuple(holdings),
            event_name=captions[notice.event] if notice.event else None,
            told=told,
            left_out=left_out,
        )
    )


def changed(notice: Notice, now: Notice) -> Iterator[str]:
    """What is otherwise than it was approved, in words."""
    if notice == now:
        return
    before, after = ({one.statement: one for one in each.told} for each in (notice, now))
    lost, new = before.keys() - after.keys(), after.keys() - before.keys()
    if lost:
        yield f"{len(lost):,} statements do not stand any more, were erased, or are only alleged now"
    if new or notice.left_out != now.left_out:
        yield "there are other statements of harm on file"
    if any(before[id].replies != after[id].replies for id in before.keys() & after.keys()):
        yield "a reply was given, changed or taken back"
    if any(
        msgspec.structs.replace(before[id], replies=()) != msgspec.structs.replace(after[id], replies=())
        for id in before.keys() & after.keys()
    ):
        yield "statements read otherwise now"
    if (notice.concerns, notice.holdings) != (now.concerns, now.holdings):
        yield "who owns whom is on file otherwise"
    names = ("register_title", "regulator_name", "company_name", "concerns_names", "event_name")
    if any(getattr(notice, name) != getattr(now, name) for name in names):
        yield "a name is on file otherwise"
    if notice.address != now.address:
        yield "the register's web address is another now"
    again = bounded(notice)
    if (notice.form, notice.says, notice.subject, notice.letter) != (now.form, now.says, again.subject, again.letter):
        yield "the words of the letter are others now"


def gone(notice: Notice, now: Notice) -> frozenset[str]:
    """Statements and replies of a notice that would not be told now as they were."""
    after = {one.statement: one for one in now.told}
    found = set()
    for one in notice.told:
        other = after.get(one.statement)
        if other is None or other.says != one.says:
            found.add(one.statement)
        replies = {reply.statement: reply for reply in other.replies} if other is not None else {}
        found |= {reply.statement for reply in one.replies if replies.get(reply.statement) != reply}
    return frozenset(found)
