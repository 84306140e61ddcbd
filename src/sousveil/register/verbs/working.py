"""`sousveil worker`: does what a publication, an erasure or a day that has come leaves to be done later."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from sousveil.errors import SousveilError
from sousveil.register.gates import Gate
from sousveil.register.kept import Kept
from sousveil.register.outbox.delivering import NO_GUARDS, Guard, deliver, delivering
from sousveil.register.outbox.queue import waiting_kinds
from sousveil.register.register import Register
from sousveil.register.search import Search

OK = 0
SECONDS = 1.0
"""Between two looks; what is erased must have left the index within five."""
WITNESS_SECONDS = 60.0
"""Between two attempts to reach witnesses that have not cosigned."""
REGULAR_SECONDS = 3_600.0
"""Between two looks at what falls due by the day."""


class Releases:
    """Publishing what is agreed and due. Where the register signs nothing, the next try is as far off as the next question."""

    def __init__(self) -> None:
        self._not_before = float("-inf")

    def due(self, register: Register) -> int:
        """Gives how many were published."""
        if time.monotonic() < self._not_before:
            return 0
        done = register.release_due()
        if any(one.stopped for one in done):
            self._not_before = time.monotonic() + WITNESS_SECONDS
        return sum(one.published is not None for one in done)


def once(register: Register, search: Search, releases: Releases | None = None) -> int:
    """Do everything that waits; gives how many things were done."""
    done = search.refresh(register.store) if search.stale(register.store) else 0
    while job := register.store.take_job(besides=waiting_kinds()):
        # An erasure's job is done once the index is fresh: prepared pages and feeds go by the store's revision.
        if search.stale(register.store):
            search.refresh(register.store)
        register.store.done(job)
        done += 1
    done += Kept(register.folder / "answers").sweep()
    return done + (releases or Releases()).due(register)


def work(
    args: argparse.Namespace,
    regular: Sequence[Callable[[Register], int]] = (),
    guards: Mapping[str, Guard] = NO_GUARDS,
    after: Sequence[Callable[[Register], int]] = (),
    *,
    gate: Gate,
) -> int:
    """Work until told to stop, or once. `regular` is done now and every `REGULAR_SECONDS`; `guards` as for `deliver`.

    `after`: what follows from deliveries that were made, at each look; after trouble with it the next try waits for `WITNESS_SECONDS`.
    `gate`: what publications pass that are released now.
    """
    with (
        Register.open(args.register, database=args.database, gate=gate) as register,
        contextlib.nullcontext() if args.once else delivering(register, guards),
    ):
        search = Search.open(register.folder / "search")
        releases = Releases()
        asked = 0.0
        looked = held = float("-inf")
        try:
            while True:
                try:
                    done = once(register, search, releases) + (deliver(register, guards=guards) if args.once else 0)
                    if args.once:
                        done += sum(one(register) for one in after)
                    if time.monotonic() - looked > REGULAR_SECONDS:
                        looked = time.monotonic()
                        done += sum(one(register) for one in regular)
                    if done:
                        print(f"worker: {done:,} done", file=sys.stderr, flush=True)
                    if time.monotonic() - asked > WITNESS_SECONDS:
                        asked = time.monotonic()
                        register.cosign()
                    if not args.once and time.monotonic() > held:
                        held = time.monotonic() + WITNESS_SECONDS
                        sum(one(register) for one in after)
                        held = float("-inf")
                except SousveilError as error:
                    if args.once:
                        raise
                    print(f"sousveil: {error}", file=sys.stderr, flush=True)
                if args.once:
                    return OK
                time.sleep(SECONDS)
        finally:
            search.close()
