"""Kills publishers at random while they submit, and checks after each kill that nothing acknowledged was lost.

    python -m tests.register.killing FOLDER KILLS SEED [full-disk]

FOLDER holds a register with the keys of `maker`. Each round starts two processes with two threads each that publish;
each is killed (SIGKILL) at a random moment. After a round the register is opened, which repairs it, and every
acknowledgement of the round is looked up. At the end every receipt is verified by itself and against the whole log:
an honest log has grown from each receipt's checkpoint. Prints one line of figures; ends with 1 where anything is wrong.
With `full-disk` no process is killed: each one may write no file beyond a random size, and ends by what that breaks.
"""

from __future__ import annotations

import base64
import hashlib
import os
import random
import resource
import signal
import sys
import threading
import time
from pathlib import Path

import msgspec

from sousveil.decisions.api import gate
from sousveil.ledger import checkpoint, merkle, receipt
from sousveil.ledger.tiles import TileFiles
from sousveil.register.admission import Published
from sousveil.register.model import entity_id
from sousveil.register.register import Register
from tests.register.maker import private, said

PROCESSES = 2
THREADS = 2
ENOUGH = 40
"""Acknowledgements after which a publisher whose disk never fills is ended."""


class Ack(msgspec.Struct, frozen=True):
    """What a publisher was told."""

    index: int
    sha256: str
    ids: tuple[str, ...]
    receipt: str


def publish_for_ever(folder: Path, out: int, mark: str) -> None:
    """Publish from several threads; write each acknowledgement, only once it was given, as a line."""
    register = Register.open(folder, gate=gate)
    os.write(out, b"ready\n")

    def work(name: str) -> None:
        for number in range(1_000_000):
            subject = entity_id("kill", name, str(number))
            statements = [
                said(subject, "Company", "name", f"Killed {name} {n}", publisher="Intake")
                for n in range(1 + number % 3)
            ]
            done = register.publish(statements, private("loader"))
            assert isinstance(done, Published) and done.receipt is not None
            os.write(out, msgspec.json.encode(Ack(done.index, done.sha256, done.ids, done.receipt)) + b"\n")

    threads = [threading.Thread(target=work, args=(f"{mark}-{n}",)) for n in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def one_round(folder: Path, number: int, chance: random.Random) -> list[Ack]:
    """Start, kill, and return what was acknowledged."""
    children: list[tuple[int, int]] = []
    for process in range(PROCESSES):
        readable, writable = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                for _, other in children:
                    os.close(other)
                os.close(readable)
                publish_for_ever(folder, writable, f"{number}-{process}")
            finally:
                os._exit(9)
        os.close(writable)
        children.append((pid, readable))
    told: list[Ack] = []
    for pid, readable in children:
        head = b""
        if chance.random() < 0.8:  # the other kills come while the register is being opened and repaired
            # Some wait for a first acknowledgement, so that a slow machine is killed at work as well.
            lines = 1 + (chance.random() < 0.6)
            while head.count(b"\n") < lines:
                part = os.read(readable, 1 << 16)
                assert part, "a publisher ended by itself"
                head += part
        time.sleep(chance.uniform(0, 0.4))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with os.fdopen(readable, "rb") as file:
            for line in (head + file.read()).split(b"\n")[:-1]:
                if line != b"ready":
                    told.append(msgspec.json.decode(line, type=Ack))
    return told


def full_disk(folder: Path, number: int, chance: random.Random) -> list[Ack]:
    """Publish until the disk takes no more, and return what was acknowledged.

    No file may grow beyond a random size near that of one that is there; where all stay below it, the end is a kill.
    """
    sizes = sorted(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    near = sizes[-1] if chance.random() < 0.7 else chance.choice(sizes[-8:])
    most = max(1, near + chance.randrange(-1_000, 60_000))
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            publish_for_ever(folder, writable, f"full-{number}")
        finally:
            os._exit(9)
    os.close(writable)
    told: list[Ack] = []
    with os.fdopen(readable, "rb") as file:
        for line in file:
            if line.endswith(b"\n") and line != b"ready\n":
                told.append(msgspec.json.decode(line, type=Ack))
            if len(told) == ENOUGH:
                os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return told


def look_up(register: Register, told: list[Ack]) -> list[str]:
    """What is wrong with these acknowledgements."""
    wrong = []
    for one in told:
        entry = register.store.entry(one.index)
        payload = msgspec.json.decode(entry.envelope)["payload"]
        if hashlib.sha256(base64.b64decode(payload)).hexdigest() != one.sha256:
            wrong.append(f"entry {one.index} is another one")
        wrong += [f"statement {id} is lost" for id in one.ids if register.store.statement(id) is None]
        if register.log.entry(one.index, register.store.size()) != register.entry_bytes(one.index):
            wrong.append(f"entry {one.index} differs in the files")
    return wrong


def verify_all(register: Register, told: list[Ack]) -> list[str]:
    """Every receipt holds, and the log of today has grown out of the log of every receipt."""
    wrong = []
    size, log = register.store.size(), TileFiles(register.folder / "log")
    root = merkle.root(log, size)
    leaves = register.store.leaves(0, size)
    whole = merkle.Range()
    whole.extend(leaves)
    if whole.root() != root:
        wrong.append("the root does not follow from the entries")
    grown: set[int] = set()
    for one in told:
        shown = receipt.verify(one.receipt.encode(), register.entry_bytes(one.index), register.policy)
        if shown.index != one.index:
            wrong.append(f"the receipt of entry {one.index} is broken")
        head = checkpoint.open_checkpoint(
            receipt.parse(one.receipt.encode()).checkpoint, register.policy.logs[0].verifier
        )
        if head.size not in grown:
            grown.add(head.size)
            proof = merkle.consistency_proof(log, head.size, size)
            merkle.verify_consistency(head.size, size, proof, head.root, root)
    return wrong


def main(place: str, many: str, seed: str, way: str = "") -> int:
    """Run it all."""
    folder, kills, chance = Path(place), int(many), random.Random(int(seed))
    told: list[Ack] = []
    wrong: list[str] = []
    begun = time.monotonic()
    for number in range(kills if way else -(-kills // PROCESSES)):
        fresh = full_disk(folder, number, chance) if way else one_round(folder, number, chance)
        told += fresh
        with Register.open(folder, gate=gate) as register:
            wrong += look_up(register, fresh)
    with Register.open(folder, gate=gate) as register:
        wrong += look_up(register, told) + verify_all(register, told)
        size = register.store.size()
    print(
        f"{kills} {way or 'kills'}, {len(told)} acknowledged publications, {size} entries, {len(wrong)} wrong, "
        f"{time.monotonic() - begun:.0f} s"
    )
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
