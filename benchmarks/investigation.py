"""How long does the vault take to import a list, and how much memory? How long do oblivious outputs take?

    python benchmarks/investigation.py               # imports of 50,000 and 1,000,000 rows: some minutes
    python benchmarks/investigation.py --quick       # imports of 50,000 and 200,000 rows
    python benchmarks/investigation.py --outputs     # outputs of 50,000 numbers by two key processes
    python benchmarks/investigation.py --correlate   # 1,000 cases against 50,000 selections, and false alarms of shuffled lists

Each import runs in a process of its own. Numbers are drawn at run time, in ranges of seven countries, and none is kept.
See docs/concepts/investigation.md.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src"), str(HERE.parent)]

from _measure import table

OUTPUT_SECONDS = 10.0
"""The limit for the outputs of ROWS numbers by both keys."""
ROWS, MANY = 50_000, 1_000_000
SECONDS, RATE, MEMORY = 20.0, 1.25, 1.25
"""The limits: seconds for ROWS; time a row and memory of MANY as a multiple of those of ROWS."""
CORRELATION_SECONDS = 60.0
"""The limit for CASES against ROWS selections."""
CASES, SHUFFLES, LEVEL = 1_000, 200, 0.05
COUNTRIES = ("GB", "FR", "MX", "IN", "HU", "MA", "AE")


def write_list(path: Path, rows: int) -> None:
    """A list of drawn numbers: a fifth of the rows repeat a number, one in fifty is damaged as lists are."""
    import phonenumbers

    chance = random.SystemRandom()
    patterns = []
    for country in COUNTRIES:
        example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
        patterns.append(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[:-6])
    last = ""
    with path.open("w", encoding="utf-8") as file:
        file.write("number,selected at,client,note\n")
        for row in range(rows):
            if row % 5:
                last = f"{chance.choice(patterns)}{chance.randrange(10**6):06}"
            number = last[1:] if row % 50 == 7 else last
            day = f"20{chance.randrange(16, 22)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            file.write(f"{number},{day} {chance.randrange(24):02}:{chance.randrange(60):02}:00,client {row % 9},x\n")


def measure(rows: int) -> dict[str, float]:
    """Seconds, processor seconds and peak memory in MiB of one import, in this process."""
    import pyrage

    from sousveil.investigation.importing import Settings, import_list
    from sousveil.investigation.vault import Vault, utc_now

    people = [pyrage.x25519.Identity.generate() for _ in range(2)]
    with tempfile.TemporaryDirectory() as temporary:
        folder, path = Path(temporary) / "vault", Path(temporary) / "list.csv"
        write_list(path, rows)
        Vault.create(folder, [str(one.to_public()) for one in people], now=utc_now())
        with Vault.open(folder, [people[0]], [people[1]]) as vault:
            start, used = time.monotonic(), time.process_time()
            made = import_list(vault, path, Settings(country="GB"), now=utc_now())
            took = {"seconds": time.monotonic() - start, "processor": time.process_time() - used}
    assert made.rows == rows
    return {**took, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure_outputs() -> int:
    """Outputs of ROWS drawn inputs by two key processes on loopback; exit code 1 where the limit is not kept."""
    import os
    import secrets

    from sousveil.investigation.workers import cores

    from sousveil.errors import SousveilError
    from sousveil.investigation.key_service import remote
    from sousveil.investigation.oprf import BATCH, Key, outputs

    with tempfile.TemporaryDirectory() as temporary:
        token = Path(temporary) / "token"
        token.write_text(secrets.token_hex(16))
        services, keys = [], []
        try:
            for place, port in enumerate((18101, 18102)):
                file = Path(temporary) / f"key{place}"
                Key.create(file)
                command = [sys.executable, "-m", "sousveil.cli", "investigation", "key", "serve", str(file)]
                command += ["--port", str(port), "--client", str(token), "10000000"]
                services.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
                while len(keys) == place:
                    try:
                        keys.append(remote(f"http://127.0.0.1:{port}", token.read_text()))
                    except SousveilError:
                        time.sleep(0.2)
            inputs = [b"+%d" % secrets.randbelow(10**12) for _ in range(ROWS)]
            outputs(inputs[:BATCH], keys)
            before, start, used = os.times(), time.monotonic(), time.process_time()
            made = outputs(inputs, keys, cores())
            seconds = time.monotonic() - start
            client = time.process_time() - used + sum(os.times()[2:4]) - sum(before[2:4])
        finally:
            for service in services:
                service.terminate()
                service.wait()
        after = os.times()
    assert len(made) == ROWS
    servers = sum(after[:4]) - sum(before[:4]) - client
    print(
        f"outputs of {ROWS:,} numbers: {seconds:.1f} s; processor: client {client:.1f} s, key processes {servers:.1f} s"
    )
    print("within the limit" if seconds <= OUTPUT_SECONDS else f"NOT within the limit of {OUTPUT_SECONDS:.0f} s")
    return 0 if seconds <= OUTPUT_SECONDS else 1


def measure_correlation() -> int:
    """CASES invented case folders against a list of ROWS selections, read and compared; exit code 1 where the limit is not kept."""
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
        start, used = time.monotonic(), _processor()
        folders = [[Path(temporary) / str(place)] for place in range(CASES)]
        phones = [(number(place), times) for place, times in enumerate(read_phones(folders))]
        reading = time.monotonic() - start
        from sousveil.investigation.correlation import correlate_phones  # threads of numpy begin here
        from sousveil.investigation.vault import utc_now

        made = correlate_phones(rows, phones, within=300, clock_error=60, seed=1, now=utc_now())
        seconds, processor = time.monotonic() - start, _processor() - used
    print(f"{CASES:,} cases against {ROWS:,} selections: {seconds:.1f} s, of which {reading:.1f} s reading the cases")
    print(f"processor: {processor:.1f} s; memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    tests = [(one.probability, place) for place, phone in enumerate(made.phones) for one in phone.comparisons[:1]]
    seen = [
        sum(p <= LEVEL for p, place in tests if p is not None and (place < CASES // 2) is planted)
        for planted in (True, False)
    ]
    print(
        f"planted phones with a probability of at most {LEVEL}: {seen[0]} of {CASES // 2}; others: {seen[1]} of {CASES // 2}"
    )
    print(
        "within the limit" if seconds <= CORRELATION_SECONDS else f"NOT within the limit of {CORRELATION_SECONDS:.0f} s"
    )
    measure_false_alarms()
    return 0 if seconds <= CORRELATION_SECONDS else 1


def _processor() -> float:
    """Processor seconds of this process and of those that it waited for."""
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure_false_alarms() -> None:
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
    lines = [(name, f"{alarms:,}", f"{of:,}", f"{alarms / of:.2%}") for name, (alarms, of) in counted.items()]
    print(f"false alarms at {LEVEL:.0%} in {SHUFFLES} shuffled lists")
    print(table(lines, ("comparisons", "alarms", "of", "rate")))


def main() -> int:
    """Measure both sizes; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the large list")
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--outputs", action="store_true", help="measure oblivious outputs instead")
    parser.add_argument("--correlate", action="store_true", help="measure the comparison with cases instead")
    args = parser.parse_args()
    if args.correlate:
        return measure_correlation()
    if args.outputs:
        return measure_outputs()
    if args.rows:
        print(json.dumps(measure(args.rows)))
        return 0
    results = {}
    for rows in (ROWS, MANY // 5 if args.quick else MANY):
        command = [sys.executable, __file__, "--rows", str(rows)]
        results[rows] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    (small, few), (large, many) = results.items()
    lines = []
    for rows, found in results.items():
        each = found["processor"] / rows * 1e6
        lines.append(
            (
                f"{rows:,}",
                f"{found['seconds']:.1f}",
                f"{found['processor']:.1f}",
                f"{each:.0f}",
                f"{found['memory']:.0f}",
            )
        )
    print(table(lines, ("rows", "seconds", "processor seconds", "µs a row", "peak MiB")))
    rate = many["processor"] / large / (few["processor"] / small)
    memory = many["memory"] / few["memory"]
    print(f"time a row: {rate:.2f} times, memory: {memory:.2f} times")
    kept = few["seconds"] <= SECONDS and rate <= RATE and memory <= MEMORY
    print("within the limits" if kept else "NOT within the limits")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
