"""Rewrites, forks, rollbacks, drops, reorderings, wrong keys: each generated attack is caught, and by whom.

The operator is dishonest and holds the log's key and its own. Three watch: `verify` (reads the log once, remembers
nothing), a monitor and a witness (saw the log before). A whole history that was made anew can only be told by those who
saw the old one, which is what they are for.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sousveil.ledger import checkpoint, merkle, note
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.monitor import Alarm, AlarmKind
from sousveil.ledger.policy import only_log
from sousveil.ledger.tiles import TileFiles
from sousveil.ledger.witness import Refused, Witness
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.codes import RetractReason, Role
from sousveil.register.keyring import Keyring
from sousveil.register.monitor import Monitor
from sousveil.register.static import content_path
from sousveil.register.verify import verify
from tests.profiles import FULL
from tests.register import maker
from tests.register.attacks import forge
from tests.register.attacks.forge import LOG, MADE, signed

OPERATOR = PrivateKey(b"the operator's own key, invented")
WITNESS = note.Signer(name="witness.example/w", key=PrivateKey(b"W" * 32), algorithm=note.COSIGNATURE)
POLICY = only_log(LOG.verifier)
SEED = 7
SIZE = 60
"""Entries that the watchers saw, of 72."""


@dataclass(frozen=True, slots=True)
class Base:
    """The honest log, the monitor's and the witness's memory of its first 60 entries, and what is in it."""

    folder: Path
    entries: list[bytes]
    contents: bytes


def publish(number: int, by: str = "paper") -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    payload, contents = publication.make(
        maker.company(number), publisher=maker.KEYS[by][0], dataset="direct", example=True
    )
    return publication.sign(payload, maker.private(by)), contents


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("attacks")
    genesis = log.Genesis(
        origin=forge.ORIGIN, title="Invented", example=True, key=OPERATOR.public.raw.hex(), owner="The operator",
        log=LOG.verifier.vkey(), made=MADE,
    )  # fmt: skip
    entries = [signed(genesis, OPERATOR)]
    for name, (owner, role) in maker.KEYS.items():
        key = log.KeyAdd(key=maker.public(name), owner=owner, role=role, made=MADE)
        entries.append(signed(key, OPERATOR))
    lines = []
    for number in range(72 - len(entries)):
        entry, contents = publish(number)
        lines += [[len(entries), at, salt.hex(), data.decode()] for at, (salt, data) in enumerate(contents)]
        entries.append(entry)
    contents_file = forge.lines(lines)
    log_folder = folder / "log"
    log_folder.mkdir()
    early = forge.moved(contents_file, {n: n for n in range(SIZE)})
    data = forge.write(log_folder, entries[:SIZE], early)
    assert Monitor(folder / "monitor", folder, policy=POLICY).look() == []
    assert isinstance(
        Witness(folder / "witness", WITNESS, [LOG.verifier]).add_checkpoint(0, [], data), note.NoteSignature
    )
    forge.write(log_folder, entries, contents_file)
    return Base(folder, entries, contents_file)


Attack = Callable[[Base, Path, random.Random], None]


def caught(base: Base, folder: Path) -> set[str]:
    """Who notices."""
    found = set()
    report = verify(folder, policy=POLICY, go=False)
    if report.code:
        found.add("verify")
    shutil.copytree(base.folder / "monitor", folder / "monitor")
    shutil.copytree(base.folder / "witness", folder / "witness")
    alarms = Monitor(folder / "monitor", folder, policy=POLICY).look()
    if [one for one in alarms if one.kind is not AlarmKind.KEY]:
        found.add("monitor")
    if isinstance(witnessed(folder), Refused):
        found.add("witness")
    return found


def witnessed(folder: Path) -> note.NoteSignature | Refused:
    """What the witness says of the checkpoint with the best proof that the operator can make."""
    files = TileFiles(folder / "log")
    data = files.checkpoint()
    size = checkpoint.parse(note.split(data)[0]).size
    old = min(SIZE, size)
    try:
        proof = merkle.consistency_proof(files, old, size)
    except Exception:  # noqa: BLE001 - the operator's files are broken: there is no proof to send
        proof = []
    return Witness(folder / "witness", WITNESS, [LOG.verifier]).add_checkpoint(SIZE, proof, data)


def copy(base: Base, folder: Path) -> Path:
    """The honest log once more."""
    shutil.copytree(base.folder / "log", folder / "log")
    return folder / "log"


# Each attack changes the copy in `folder`.


def flip_entry(base: Base, folder: Path, rnd: random.Random) -> None:
    _flip(forge.paths(folder, 72)[1], rnd)


def flip_tile(base: Base, folder: Path, rnd: random.Random) -> None:
    _flip(forge.paths(folder, 72)[0], rnd)


def truncate_file(base: Base, folder: Path, rnd: random.Random) -> None:
    path = rnd.choice(forge.paths(folder, 72))
    path.write_bytes(path.read_bytes()[: rnd.randrange(path.stat().st_size)])


def remove_file(base: Base, folder: Path, rnd: random.Random) -> None:
    rnd.choice([*forge.paths(folder, 72), folder / content_path(0)]).unlink()


def flip_content(base: Base, folder: Path, rnd: random.Random) -> None:
    _flip(folder / content_path(0), rnd)


def drop_content(base: Base, folder: Path, rnd: random.Random) -> None:
    lines = base.contents.splitlines(keepends=True)
    del lines[rnd.randrange(len(lines))]
    (folder / content_path(0)).write_bytes(b"".join(lines))


def swap_contents(base: Base, folder: Path, rnd: random.Random) -> None:
    lines = [forge.json.loads(line) for line in base.contents.splitlines()]
    one, other = rnd.sample(range(len(lines)), 2)
    lines[one][2:], lines[other][2:] = lines[other][2:], lines[one][2:]
    (folder / content_path(0)).write_bytes(forge.lines(lines))


def edit_checkpoint(base: Base, folder: Path, rnd: random.Random) -> None:
    text, signatures = note.split((folder / "checkpoint").read_bytes())
    lines = text.split(b"\n")
    lines[1] = b"%d" % rnd.choice([n for n in range(1, 90) if n != 72])
    (folder / "checkpoint").write_bytes(b"\n".join(lines) + b"\n" + signatures[0].line())


def wrong_log_key(base: Base, folder: Path, rnd: random.Random) -> None:
    other = note.Signer(name=forge.ORIGIN, key=PrivateKey(rnd.randbytes(32)))
    forge.write(folder, base.entries, base.contents, other)


def rewrite_unsigned(base: Base, folder: Path, rnd: random.Random) -> None:
    """A publication is replaced; its publisher does not sign that, so that the operator signs in their name."""
    at = rnd.randrange(8, 72)
    payload, made = forge.publication_of(900 + at, example=True)
    entry = publication.sign(payload, OPERATOR)
    _replace(base, folder, at, entry, made)


def rewrite_with_stolen_key(base: Base, folder: Path, rnd: random.Random) -> None:
    at = rnd.randrange(8, SIZE)
    entry, made = publish(900 + at)
    _replace(base, folder, at, entry, made)


def drop_entry(base: Base, folder: Path, rnd: random.Random) -> None:
    gone = rnd.randrange(8, SIZE)
    _arrange(base, folder, [n for n in range(72) if n != gone])


def reorder(base: Base, folder: Path, rnd: random.Random) -> None:
    order = list(range(72))
    one, other = rnd.sample(range(8, SIZE), 2)
    order[one], order[other] = order[other], order[one]
    _arrange(base, folder, order)


def repeat_entry(base: Base, folder: Path, rnd: random.Random) -> None:
    forge.write(folder, [*base.entries, base.entries[rnd.randrange(1, 72)]], base.contents)


def fork(base: Base, folder: Path, rnd: random.Random) -> None:
    """A second history that parts before what was seen, and is as long or longer."""
    kept = rnd.randrange(8, SIZE)
    entries, lines = base.entries[:kept], forge.moved(base.contents, {n: n for n in range(kept)})
    for number in range(kept, rnd.choice([SIZE, 72, 80])):
        entry, made = publish(2_000 + number)
        lines += _lines(len(entries), made)
        entries.append(entry)
    forge.write(folder, entries, lines)


def rollback(base: Base, folder: Path, rnd: random.Random) -> None:
    size = rnd.randrange(8, SIZE)
    forge.write(folder, base.entries[:size], forge.moved(base.contents, {n: n for n in range(size)}))


def unknown_key(base: Base, folder: Path, rnd: random.Random) -> None:
    payload, made = forge.publication_of(800, example=True)
    entry = publication.sign(payload, PrivateKey(rnd.randbytes(32)))
    forge.write(folder, [*base.entries, entry], base.contents + _lines(72, made))


def wrong_role(base: Base, folder: Path, rnd: random.Random) -> None:
    """A reviewer adds keys, a voucher publishes, a publisher erases."""
    by = rnd.choice(["anna", "clinic", "paper", "acme"])
    key = log.KeyAdd(key=PrivateKey(rnd.randbytes(32)).public.raw.hex(), owner="Nobody", role=Role.OPERATOR, made=MADE)
    forge.write(folder, [*base.entries, signed(key, maker.private(by))], base.contents)


def revoked_key(base: Base, folder: Path, rnd: random.Random) -> None:
    """The key was revoked, and signs on."""
    end = log.KeyRevoke(key=maker.public("paper"), reason="lost", made=MADE)  # type: ignore[arg-type]
    entry, made = publish(1_000 + rnd.randrange(1_000))
    forge.write(folder, [*base.entries, signed(end, OPERATOR), entry], base.contents + _lines(73, made))


def in_anothers_name(base: Base, folder: Path, rnd: random.Random) -> None:
    payload, made = forge.publication_of(rnd.randrange(99), example=True)
    forge.write(
        folder, [*base.entries, publication.sign(payload, maker.private("acme"))], base.contents + _lines(72, made)
    )


def operator_lends_words(base: Base, folder: Path, rnd: random.Random) -> None:
    """The operator's key signs statements that name somebody else as who says them: by id, by caption, known here or not."""
    name = rnd.choice(["The Invented Paper", "the invented-PAPER", maker.ACME, "Acme Interception Ltd", "Somebody"])
    words = maker.company(rnd.randrange(99), publisher=name)
    payload, made = publication.make(words, publisher="The operator", dataset="direct", example=True)
    forge.write(folder, [*base.entries, publication.sign(payload, OPERATOR)], base.contents + _lines(72, made))


def list_lends_words(base: Base, folder: Path, rnd: random.Random) -> None:
    """A list's data set holds what its publisher never says, or there is no such data set."""
    dataset, name = rnd.choice(
        [("us-csl-spyware", "The Invented Paper"), ("us-csl-spyware", "Intake"), ("no-such-list", "Intake")]
    )
    words = maker.company(rnd.randrange(99), publisher=name, dataset=dataset)
    payload, made = publication.make(words, publisher="Intake", dataset=dataset, example=True)
    entry = publication.sign(payload, maker.private("loader"))
    forge.write(folder, [*base.entries, entry], base.contents + _lines(72, made))


def publisher_lends_words(base: Base, folder: Path, rnd: random.Random) -> None:
    """A publisher signs in its own name what it says is another's word, known here or not."""
    words = maker.company(rnd.randrange(99), publisher=rnd.choice([maker.ACME, "Somebody"]))
    payload, made = publication.make(words, publisher="The Invented Paper", dataset="direct", example=True)
    entry = publication.sign(payload, maker.private("paper"))
    forge.write(folder, [*base.entries, entry], base.contents + _lines(72, made))


def operator_takes_a_name(base: Base, folder: Path, rnd: random.Random) -> None:
    """The operator adds a key of its own for somebody who has one, has it vouched for once, and publishes with it."""
    mine = PrivateKey(rnd.randbytes(32))
    owner = rnd.choice(["The Invented Paper", "THE INVENTED PAPER"])
    key = log.KeyAdd(key=mine.public.raw.hex(), owner=owner, role=Role.PUBLISHER, made=MADE)
    voucher = log.Voucher(key=mine.public.raw.hex(), made=MADE)
    payload, made = publication.make(
        maker.company(rnd.randrange(99), publisher=owner), publisher=owner, dataset="direct", example=True
    )
    entries = [signed(key, OPERATOR), signed(voucher, maker.private("clinic")), publication.sign(payload, mine)]
    forge.write(folder, [*base.entries, *entries], base.contents + _lines(74, made))


def not_marked_as_example(base: Base, folder: Path, rnd: random.Random) -> None:
    payload, made = forge.publication_of(rnd.randrange(99), example=False)
    forge.write(
        folder, [*base.entries, publication.sign(payload, maker.private("paper"))], base.contents + _lines(72, made)
    )


def unreviewed(base: Base, folder: Path, rnd: random.Random) -> None:
    """Something about a person, or something whose publisher asks for review."""
    asked = rnd.random() < 0.5
    person = [maker.said(maker.BOSS, "Person", "name", f"Ida Invented {rnd.randrange(99)}", person=True)]
    payload, made = publication.make(
        maker.company(rnd.randrange(99)) if asked else person,
        publisher="The Invented Paper",
        dataset="direct",
        example=True,
        review=asked,
    )
    forge.write(
        folder, [*base.entries, publication.sign(payload, maker.private("paper"))], base.contents + _lines(72, made)
    )


def retract_of_another(base: Base, folder: Path, rnd: random.Random) -> None:
    """Only the first publisher takes back; a monitor that keeps no statements leaves that to verify."""
    entry = publication.open_envelope(base.entries[rnd.randrange(8, 72)], _ring(base)).payload
    assert isinstance(entry, log.Statements)
    back = log.Retract(ids=(entry.commitments[0].id,), reason=RetractReason.WRONG, made=MADE)
    forge.write(folder, [*base.entries, signed(back, maker.private("acme"))], base.contents)


def hide_content(base: Base, folder: Path, rnd: random.Random) -> None:
    """Content is withheld, and nothing in the log erased it."""
    at = rnd.randrange(8, 72)
    (folder / content_path(0)).write_bytes(forge.moved(base.contents, {n: n for n in range(72) if n != at}))


ATTACKS: dict[Attack, tuple[int, set[str]]] = {
    flip_entry: (14, {"verify"}),
    flip_tile: (10, {"verify"}),
    truncate_file: (10, {"verify"}),
    remove_file: (6, {"verify"}),
    flip_content: (14, {"verify"}),
    drop_content: (8, {"verify"}),
    swap_contents: (8, {"verify"}),
    hide_content: (8, {"verify"}),
    edit_checkpoint: (10, {"verify", "monitor", "witness"}),
    wrong_log_key: (10, {"verify", "monitor", "witness"}),
    rewrite_unsigned: (12, {"verify"}),
    rewrite_with_stolen_key: (12, {"monitor", "witness"}),
    drop_entry: (12, {"monitor", "witness"}),
    reorder: (12, {"monitor", "witness"}),
    repeat_entry: (8, {"verify"}),
    fork: (16, {"monitor", "witness"}),
    rollback: (12, {"monitor", "witness"}),
    unknown_key: (6, {"verify", "monitor"}),
    wrong_role: (8, {"verify", "monitor"}),
    revoked_key: (6, {"verify", "monitor"}),
    in_anothers_name: (6, {"verify", "monitor"}),
    operator_lends_words: (8, {"verify"}),
    list_lends_words: (6, {"verify"}),
    publisher_lends_words: (4, {"verify"}),
    operator_takes_a_name: (6, {"verify", "monitor"}),
    not_marked_as_example: (4, {"verify", "monitor"}),
    unreviewed: (6, {"verify", "monitor"}),
    retract_of_another: (6, {"verify"}),
}
"""Attack -> how many are generated, and who must catch every one of them."""


LATER: dict[Attack, set[str | None]] = {
    operator_lends_words: {"0040"},
    list_lends_words: {"0040", None},
    operator_takes_a_name: {"0038"},
}
"""Attack -> the decisions by whose rules `verify` finds it; None: it was an attack before every rule, as all others are. A data set that
nobody knows is a difference of its own."""


def test_the_honest_log_alarms_nobody(base: Base, tmp_path: Path) -> None:
    copy(base, tmp_path)
    assert caught(base, tmp_path) == set()


def test_there_are_enough() -> None:
    assert sum(count for count, _ in ATTACKS.values()) >= 200


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_every_attack_is_caught(attack: Attack, base: Base, tmp_path: Path) -> None:
    count, must = ATTACKS[attack]
    seen: Counter[str] = Counter()
    rules = set()
    for number in range(count):
        folder = tmp_path / str(number)
        attack(base, copy(base, folder), random.Random(f"{SEED} {attack.__name__} {number}"))
        who = caught(base, folder)
        report = verify(folder, policy=POLICY, go=False)
        assert must <= who, (number, who, report.difference)
        seen.update(who)
        rules.add(report.rule)
    assert all(seen[one] == count for one in must)
    assert rules == LATER.get(attack, {None}), (
        "no alteration is told as if a later rule had found it, and the other way round"
    )


REASON = (
    "The entry is signed by a key that was registered, and nothing in it was altered: it is no forgery of what somebody signed. A log that "
    "was begun before the rule may hold it; no version that was released ever wrote one. An operator with a changed program could write "
    "it on any day, so it counts as a difference; ask the operator. What comes after it was not checked."
)


@pytest.mark.parametrize("processes", [1, 2])
def test_what_an_earlier_rule_let_in_is_told_in_words_of_its_own(
    base: Base, tmp_path: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report to the last word, exit code 1 as with every difference, in one process and in several."""
    monkeypatch.setattr("sousveil.register.verify.SMALL", 0)
    copy(base, tmp_path)
    words = maker.company(5, publisher="Somebody")
    payload, made = publication.make(words, publisher="The operator", dataset="direct", example=True)
    forge.write(
        tmp_path / "log", [*base.entries, publication.sign(payload, OPERATOR)], base.contents + _lines(72, made)
    )
    report = verify(tmp_path, policy=POLICY, go=False, processes=processes)
    difference = "Entry 72, statement 0: it speaks in the name of Somebody, and The operator signed it."
    assert (report.difference, report.rule, report.code) == (difference, "0040", 1)
    assert report.text().splitlines()[-2:] == [
        f"DOES NOT HOLD BY A RULE THAT WAS MADE LATER: {difference}",
        f"The rule is that of decision 0040. {REASON}",
    ]
    mine = PrivateKey(b"a further key for a name, madeup")
    key = log.KeyAdd(key=mine.public.raw.hex(), owner="The Invented Paper", role=Role.PUBLISHER, made=MADE)
    payload, made = publication.make(maker.company(5), publisher="The Invented Paper", dataset="direct", example=True)
    entries = [*base.entries, signed(key, OPERATOR), publication.sign(payload, mine)]
    forge.write(tmp_path / "log", entries, base.contents + _lines(73, made))
    report = verify(tmp_path, policy=POLICY, go=False, processes=processes)
    key_id = mine.public.id
    difference = f"Entry 73: Key {key_id} was added for The Invented Paper, who had a key before, without the signature of that key."
    assert (report.difference, report.rule, report.code) == (difference, "0038", 1)
    assert report.text().splitlines()[-2:] == [
        f"DOES NOT HOLD BY A RULE THAT WAS MADE LATER: {difference}",
        f"The rule is that of decision 0038. {REASON}",
    ]


def _flip(path: Path, rnd: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
    path.write_bytes(data)


def _lines(index: int, made: tuple[tuple[bytes, bytes], ...]) -> bytes:
    rows = [[index, at, salt.hex(), data.decode()] for at, (salt, data) in enumerate(made)]
    return forge.lines(rows)


def _replace(base: Base, folder: Path, at: int, entry: bytes, made: tuple[tuple[bytes, bytes], ...]) -> None:
    entries = [*base.entries[:at], entry, *base.entries[at + 1 :]]
    rest = forge.moved(base.contents, {n: n for n in range(72) if n != at})
    forge.write(folder, entries, rest + _lines(at, made))


def _arrange(base: Base, folder: Path, order: list[int]) -> None:
    places = {old: new for new, old in enumerate(order)}
    forge.write(folder, [base.entries[n] for n in order], forge.moved(base.contents, places))


def _ring(base: Base) -> Keyring:
    ring = Keyring()
    for index in range(8):
        opened = publication.open_envelope(base.entries[index], ring)
        ring.apply(index, opened.payload, opened.signers)
    return ring


def test_keys_and_watched_names_are_told_once(base: Base, tmp_path: Path) -> None:
    copy(base, tmp_path)
    shutil.copytree(base.folder / "monitor", tmp_path / "monitor")
    monitor = Monitor(tmp_path / "monitor", tmp_path, policy=POLICY, watch=["the invented paper"])
    first = monitor.look()
    assert [(one.kind, one.index) for one in first] == [(AlarmKind.WATCHED, n) for n in range(SIZE, 72)]
    assert monitor.look() == []
    key = log.KeyAdd(key=PrivateKey(b"n" * 32).public.raw.hex(), owner="Somebody", role=Role.PUBLISHER, made=MADE)
    forge.write(tmp_path / "log", [*base.entries, signed(key, OPERATOR)], base.contents)
    again = Monitor(tmp_path / "monitor", tmp_path, watch=["the invented paper"], policy=POLICY)
    assert again.look() == [
        Alarm(
            kind=AlarmKind.KEY,
            says="Entry 72: a publisher key was added for Somebody; signed in the name of The operator.",
            index=72,
        )
    ]
    assert again.last is not None and again.last.size == 73


PARTS, STEPS = (10, 1_000) if FULL else (1, 300)
"""Ten logs that grow by a thousand checkpoints each; on a quick run one, past the place where the monitor starts anew."""


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: ten thousand steps wait for the disk forty thousand times."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_honest_steps_alarm_nobody(part: int, base: Base, quick: Path) -> None:
    """The monitor and the witness follow every step, one entry or several; the monitor starts anew now and then."""
    tmp_path = quick
    rnd = random.Random(f"{SEED} steps {part}")
    files = TileFiles(copy(base, tmp_path))
    shutil.copytree(base.folder / "monitor", tmp_path / "monitor")
    witness = Witness(tmp_path / "witness", WITNESS, [LOG.verifier])
    monitor = Monitor(tmp_path / "monitor", tmp_path, policy=POLICY)
    assert monitor.look() == []
    tree = merkle.Range()
    for entry in base.entries:
        tree.append(merkle.leaf_hash(entry))
    seen = 0
    for step in range(STEPS):
        size = tree.size
        entries = [publish(10_000 + part * 3 * STEPS + step * 3 + n)[0] for n in range(rnd.choice((1, 1, 1, 2, 3)))]
        files.append(size, entries, durable=False)
        for entry in entries:
            tree.append(merkle.leaf_hash(entry))
        head = checkpoint.Checkpoint(origin=forge.ORIGIN, size=tree.size, root=tree.root())
        data = checkpoint.sign(head, [LOG])
        (files.root / "checkpoint").write_bytes(data)
        files.prune(size, tree.size)
        answer = witness.add_checkpoint(seen, merkle.consistency_proof(files, seen, tree.size), data)
        assert isinstance(answer, note.NoteSignature), (step, answer)
        seen = tree.size
        if step % 250 == 249:
            monitor = Monitor(tmp_path / "monitor", tmp_path, policy=POLICY)
        assert monitor.look() == [], step
    assert monitor.last is not None and monitor.last.size == tree.size > STEPS + 72
