"""The verbs of identity: which records may be one, and a person's word on two of them. Each gives an exit code."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Iterable
from itertools import islice

from sousveil.errors import Missing, Usage
from sousveil.kinds import visible
from sousveil.register.admission import Held
from sousveil.register.identity import judgements_of
from sousveil.register.identity_pairs import Pair, identity_pairs
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.screening import Screener
from sousveil.register.verbs.acting import private

OK = 0


def pairs(args: argparse.Namespace) -> int:
    """Show pairs that somebody should judge."""
    with Register.read(args.register) as register:
        store = register.store
        screener = Screener.from_store(store)
        among = store.subjects(dataset=args.dataset, limit=1_000_000) if args.dataset else None
        show_pairs(identity_pairs(screener, judgements_of(store.judgements()), among=among), args.limit)
    return OK


def show_pairs(pairs: Iterable[Pair], limit: int, address: str = "") -> None:
    """Print pairs, and how they are judged. `address`: of the register, where it is kept elsewhere."""
    shown = 0
    for one in islice(pairs, limit):
        shown += 1
        print(f"{one.score:.2f}  {visible(one.left, 70)}  {visible(one.names[0], 200)}")
        print(f"      {visible(one.right, 70)}  {visible(one.names[1], 200)}")
        print(f"      why: {'; '.join(visible(reason, 200) for reason in one.why)}")
        if one.unsure:
            print(f"      not sure: {', '.join(visible(by, 100) for by in one.unsure)}")
    if not shown:
        print("No pair waits for a judgement.")
    else:
        more = f" --owner NAME --to {address}" if address else ""
        print(
            f"Nothing is joined by a score. To judge: sousveil register judge ONE OTHER same|different|unsure{more} ..."
        )


def judge(args: argparse.Namespace) -> int:
    """Publish a person's judgement on two records."""
    if args.one == args.other:
        raise Usage("A record is the same as itself.", hint="Name two records.")
    with Register.open(args.register, gate=args.gate) as register:
        for id in (args.one, args.other):
            if not register.store.statements_of([id]) and register.store.reference(id) is None:
                raise Missing(
                    f"The register says nothing about {visible(id, 70)}.",
                    hint="Copy the id whole: `sousveil register search`, `screen` and `pairs` print it.",
                )
        key = private(args.key)
        owner = register.key_state(key.public.id).owner
        person = "Person" in register.store.type_of([args.one, args.other]).values()
        done = register.publish(statements(args, owner, person=person), key)
        if isinstance(done, Held):
            print(f"Held for review: {done.id}")
            return OK
        joined = register.store.canonical(args.one) == register.store.canonical(args.other)
    print(f"Logged at index {done.index}. {done.cosigned}")
    if joined:
        print("The two are shown as one now.")
    elif args.verdict == "same":
        print(
            "They stay apart for now: a join that newly lists somebody needs two people, and one `different` stops it."
        )
    else:
        print("They stay apart." + (" Nobody can join them while this stands." if args.verdict == "different" else ""))
    return OK


def statements(args: argparse.Namespace, owner: str, *, person: bool) -> list[Statement]:
    """A judgement in this owner's name. `person`: one of the two records is a natural person."""
    now = datetime.datetime.now(datetime.UTC)
    values = {"left": args.one, "right": args.other, "verdict": args.verdict, "reason": args.reason}
    if args.evidence:
        values["evidence"] = args.evidence
    return [
        Statement(
            subject=entity_id("judgement", owner, args.one, args.other, now.isoformat()),
            type="Judgement",
            property=name,
            value=value,
            source=args.evidence or f"Judgement of {owner}",
            publisher=owner,
            dataset="direct",
            standing=Standing.CONFIRMED,
            asserted=now.date().isoformat(),
            person=person,
        )
        for name, value in values.items()
    ]
