"""Figures of an investigation, each beside its limit.

    python benchmarks/investigation.py                    # all figures: about ten minutes on two idle cores
    python benchmarks/investigation.py import lookups     # some of them
    python benchmarks/investigation.py --quick            # an import of 200,000 rows in the place of a million

    import         50,000 and 1,000,000 rows
    lookups        outputs of 50,000 numbers by two key processes, and a phone book of 10,000 numbers against them
    correlation    1,000 cases against 50,000 selections
    alarms         false alarms of shuffled lists; no limit

Each part runs in a process of its own. Numbers are drawn at run time, in ranges of seven countries, and none is kept.
See docs/concepts/investigation.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src"), str(HERE.parent)]

from _measure import table

ROWS, MANY, CONTACTS, CASES = 50_000, 1_000_000, 10_000, 1_000
IMPORT_SECONDS, OUTPUT_SECONDS, MATCH_SECONDS, CORRELATION_SECONDS = 20.0, 10.0, 15.0, 60.0
RATE, MEMORY = 1.25, 1.25
"""The limits of an import of MANY rows: time a row and memory, as multiples of those of ROWS."""
SHUFFLES, LEVEL = 200, 0.05
COUNTRIES = ("GB", "FR", "MX", "IN", "HU", "MA", "AE")


@dataclass(frozen=True)
class Figure:
    """What was measured, and whether its limit is kept."""

    name: str
    measured: str
    limit: str = ""
    kept: bool = True


def timed(name: str, seconds: float, limit: float, more: str = "") -> Figure:
    """A figure with a limit of seconds."""
    return Figure(name, f"{seconds:.1f} s{more}", f"{limit:.0f} s", seconds <= limit)


def drawn(count: int) -> list[str]:
    """Different numbers."""
    import phonenumbers

    chance, numbers = random.SystemRandom(), set[str]()
    patterns = []
    for country in COUNTRIES:
        example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
        patterns.append(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[:-6])
    while len(numbers) < count:
        numbers.add(f"{chance.choice(patterns)}{chance.randrange(10**6):06}")
    return list(numbers)


def write_list(path: Path, rows: int) -> None:
    """A list of drawn numbers: a fifth of the rows repeat a number, one in fifty is damaged as lists are."""
    chance, numbers = random.SystemRandom(), drawn(rows - rows // 5)
    last = numbers[-1]
    with path.open("w", encoding="utf-8") as file:
        file.write("number,selected at,client,note\n")
        for row in range(rows):
            if row % 5:
                last = numbers.pop()
            number = last[1:] if row % 50 == 7 else last
            day = f"20{chance.randrange(16, 22)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            file.write(f"{number},{day} {chance.randrange(24):02}:{chance.randrange(60):02}:00,client {row % 9},x\n")


def import_once(rows: int) -> dict[str, float]:
    """Seconds, processor seconds and peak memory in MiB of one import, in this process."""
    import pyrage

    from sousveil.investigation.importing import Settings, import_list
    from sousveil.investigation.vault import Vault, utc_now

    people = [pyrage.x25519.Identity.generate() for _ in range(2)]
    with tempfile.TemporaryDirectory() as temporary:
        folder, path = Path(temporary) / "vault", Path(temporary) / "list.csv"
        subprocess.run([sys.executable, __file__, "--write", str(path), "--rows", str(rows)], check=True)
        Vault.create(folder, [str(one.to_public()) for one in people], now=utc_now())
        with Vault.open(folder, [people[0]], [people[1]]) as vault:
            start, used = time.monotonic(), time.process_time()
            made = import_list(vault, path, Settings(country="GB"), now=utc_now())
            took = {"seconds": time.monotonic() - start, "processor": time.process_time() - used}
    assert made.rows == rows
    return {**took, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure_import(quick: bool) -> Iterator[Figure]:
    """An import of ROWS, and one of many rows as a multiple of it."""
    many = MANY // 5 if quick else MANY
    took = {}
    for rows in (ROWS, many):
        ran = subprocess.run(
            [sys.executable, __file__, "--rows", str(rows)], check=True, capture_output=True, text=True
        )
        took[rows] = json.loads(ran.stdout)
    yield timed(f"import of {ROWS:,} rows", took[ROWS]["seconds"], IMPORT_SECONDS, f", {took[ROWS]['memory']:.0f} MiB")
    rate = took[many]["processor"] / many / (took[ROWS]["processor"] / ROWS)
    memory = took[many]["memory"] / took[ROWS]["memory"]
    yield Figure(
        f"import of {many:,} rows",
        f"{took[many]['seconds']:.1f} s, {took[many]['memory']:.0f} MiB; time a row {rate:.2f}, memory {memory:.2f}",
        f"time a row {RATE}, memory {MEMORY}",
        rate <= RATE and memory <= MEMORY,
    )


@contextlib.contextmanager
def serving(port: int, *words: object) -> Iterator[None]:
    """A process of `sousveil investigation` that answers on a port."""
    command = [sys.executable, "-m", "sousveil.cli", "investigation", *map(str, words), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def measure_lookups(quick: bool) -> Iterator[Figure]:
    """Outputs of ROWS numbers of a vault by two key processes, then a phone book of CONTACTS numbers against them."""
    import pyrage

    from sousveil.investigation.exchange import Config, Exchange, Limits, Newsroom
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.importing import Settings, import_list
    from sousveil.investigation.key_service import remote
    from sousveil.investigation.lookups import look_up
    from sousveil.investigation.oprf import BATCH, Key, cores
    from sousveil.investigation.releases import output_bundle
    from sousveil.investigation.vault import Vault, utc_now
    from sousveil.ledger.keys import PrivateKey

    holders = [pyrage.x25519.Identity.generate() for _ in range(2)]
    signers, people = ([PrivateKey.new() for _ in range(2)] for _ in range(2))
    numbers = drawn(ROWS + CONTACTS // 2)
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        token, ports = secrets.token_hex(16), (18101, 18102, 18103)
        (folder / "token").write_text(token)
        (folder / "list.csv").write_text("number\n" + "".join(f"{number}\n" for number in numbers[:ROWS]))
        publics = [Key.create(folder / f"key{place}").public.hex() for place in (0, 1)]
        for place in (0, 1):
            client = ("--client", folder / "token", 10**7)
            stack.enter_context(serving(ports[place], "key", "serve", folder / f"key{place}", *client))
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        keys = [remote(address, token) for address in addresses[:2]]
        for key in keys:  # the processes of each key start with its first whole batch
            key.evaluate(key.public * BATCH)
        Vault.create(folder / "vault", [str(one.to_public()) for one in holders], now=utc_now())
        with Vault.open(folder / "vault", [holders[0]], [holders[1]]) as vault:
            import_list(vault, folder / "list.csv", Settings(), now=utc_now())
            start, used = time.monotonic(), processor()
            bundle = output_bundle(vault, keys, signers, recipient="exchange", now=utc_now(), processes=cores())
            seconds, used = time.monotonic() - start, processor() - used
        of_vault = f", of which the vault's processes {used / cores():.1f} s on {cores()} cores"
        yield timed(f"outputs of {ROWS:,} numbers, both keys", seconds, OUTPUT_SECONDS, of_vault)
        room = Newsroom(name="room", people=tuple(one.public.raw.hex() for one in people))
        limits = Limits(request=CONTACTS, day=CONTACTS, newsroom=CONTACTS, all=CONTACTS)
        config = Config(
            name="exchange",
            keys=(publics[0], publics[1]),
            signers=tuple(one.public.raw.hex() for one in signers),
            newsrooms=(room,),
            limits=limits,
        )
        exchange = Exchange.create(folder / "exchange", config)
        exchange.take_outputs(bundle, now=utc_now())
        exchange.close()
        at_keys = [word for address in addresses[:2] for word in ("--key", address, folder / "token")]
        stack.enter_context(serving(ports[2], "exchange", "serve", folder / "exchange", *at_keys))
        start = time.monotonic()
        door = Client(addresses[2]).door(publics)
        id = look_up(numbers[-CONTACTS:], people, door, newsroom="room", reason="A benchmark of it", now=utc_now())
        seconds = time.monotonic() - start
        (request,) = Exchange(folder / "exchange", writes=False).requests()
        assert request.id == id and len(request.matches) == CONTACTS // 2
        yield timed(f"phone book of {CONTACTS:,} against {ROWS:,}", seconds, MATCH_SECONDS)


def processor() -> float:
    """Processor seconds of this process and of those that it waited for."""
    times = os.times()
    return sum(times[:4])


def measure_correlation(quick: bool) -> Iterator[Figure]:
    """CASES invented case folders against a list of ROWS selections, read and compared."""
    from sousveil.investigation.case_times import read_phones
    from tests.investigation.invented import invented_list, invented_phone, number, write_phone

    chance, everyday = random.Random(1), {"trace": 3, "crash": 200, "message": 3_000, "start": 1_000}
    rows = invented_list(chance, ROWS // 5, ROWS, clients=9)
    own: dict[str, list[int]] = {}
    for row in rows:
        own.setdefault(row.e164, []).append(row.seconds or 0)
    with tempfile.TemporaryDirectory() as temporary:
        for place in range(CASES):
            near = own.get(number(place), []) if place < CASES // 2 else []
            write_phone(Path(temporary) / str(place), invented_phone(chance, near, rates=everyday))
        start = time.monotonic()
        folders = [[Path(temporary) / str(place)] for place in range(CASES)]
        phones = [(number(place), times) for place, times in enumerate(read_phones(folders))]
        reading = time.monotonic() - start
        from sousveil.investigation.correlation import correlate_phones  # threads of numpy begin here
        from sousveil.investigation.vault import utc_now

        made = correlate_phones(rows, phones, within=300, clock_error=60, seed=1, now=utc_now())
        seconds = time.monotonic() - start
    more = f", of which {reading:.1f} s to read; {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    yield timed(f"{CASES:,} cases against {ROWS:,} selections", seconds, CORRELATION_SECONDS, more)
    tests = [(one.probability, place) for place, phone in enumerate(made.phones) for one in phone.comparisons[:1]]
    for name, planted in (("planted", True), ("other", False)):
        seen = sum(p <= LEVEL for p, place in tests if p is not None and (place < CASES // 2) is planted)
        yield Figure(f"{name} phones with a probability of at most {LEVEL}", f"{seen} of {CASES // 2}")


def measure_alarms(quick: bool) -> Iterator[Figure]:
    """How often phones with planted traces seem connected with lists whose times were shuffled."""
    from sousveil.investigation.correlation import correlate_phones
    from sousveil.investigation.vault import utc_now
    from tests.investigation.invented import in_bursts, invented_list, invented_phone, number, shuffled

    chance = random.Random(2)
    rows = invented_list(chance, 500, 3_000)
    own = {place: [row.seconds for row in rows if row.e164 == number(place)] for place in range(50)}
    phones = [(number(place), invented_phone(chance, own[place])) for place in range(50)]
    counted = {"single": [0, 0], "all phones": [0, 0], "table after Holm": [0, 0]}
    for seed in range(SHUFFLES):
        made = correlate_phones(
            shuffled(random.Random(seed), rows), phones, within=300, clock_error=60, seed=seed, now=utc_now()
        )
        single = [one for phone in made.phones for one in phone.comparisons if one.probability is not None]
        for name, alarms, of in (
            ("single", sum(one.probability <= LEVEL for one in single), len(single)),
            ("all phones", sum(one.probability <= LEVEL for one in made.whole), len(made.whole)),
            ("table after Holm", any(one.corrected <= LEVEL for one in single), 1),
        ):
            counted[name][0] += alarms
            counted[name][1] += of
    counted["single, both in bursts"] = [0, 0]
    for seed in range(SHUFFLES // 10):
        rows, phones = in_bursts(random.Random(seed), 200, 50)
        made = correlate_phones(rows, phones, within=300, clock_error=60, seed=seed, now=utc_now())
        single = [one for phone in made.phones for one in phone.comparisons if one.probability is not None]
        counted["single, both in bursts"][0] += sum(one.probability <= LEVEL for one in single)
        counted["single, both in bursts"][1] += len(single)
    for name, (alarms, of) in counted.items():
        yield Figure(f"false alarms at {LEVEL:.0%}: {name}", f"{alarms:,} of {of:,} ({alarms / of:.2%})")


PARTS = {
    "import": measure_import,
    "lookups": measure_lookups,
    "correlation": measure_correlation,
    "alarms": measure_alarms,
}


def main() -> int:
    """Measure each part in a process of its own, and print all figures; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=PARTS, metavar="PART", help="what to measure; all by default")
    parser.add_argument("--quick", action="store_true", help="a fifth of the large list")
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--within", choices=PARTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        write_list(args.write, args.rows)
    elif args.rows:
        print(json.dumps(import_once(args.rows)))
    elif args.within:
        print(json.dumps([asdict(figure) for figure in PARTS[args.within](args.quick)]))
    if args.rows or args.within:
        return 0
    figures = []
    for part in args.parts or PARTS:
        command = [sys.executable, __file__, "--within", part, *(["--quick"] if args.quick else [])]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures += [Figure(**figure) for figure in json.loads(ran.stdout)]
    lines = [
        (one.name, one.measured, one.limit, "" if not one.limit else "kept" if one.kept else "NOT KEPT")
        for one in figures
    ]
    print(table(lines, ("figure", "measured", "limit", "")))
    return 0 if all(one.kept for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
