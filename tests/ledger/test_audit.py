"""Following and auditing logs: each difference has its alarm or its name; Go finds the same."""

from __future__ import annotations

import base64
import random
import shutil
from pathlib import Path

import pytest

from sousveil.errors import Malformed, Missing
from sousveil.ledger import checkpoint, merkle, note
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.go_verify import GoVerified, NotThere, available, go_verify
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.monitor import Alarm, AlarmKind, Follower
from sousveil.ledger.policy import only_log
from sousveil.ledger.tiles import TileFiles, bundle

LOG = note.Signer(name="example.org/log", key=PrivateKey(b"L" * 32))
POLICY = only_log(LOG.verifier)
COUNT = 66_000
"""Enough for tiles of three levels."""


def publish(files: TileFiles, size: int, signer: note.Signer = LOG) -> bytes:
    head = Checkpoint(origin=LOG.name, size=size, root=merkle.root(files, size) if size else merkle.EMPTY_ROOT)
    data = checkpoint.sign(head, [signer])
    files.write_checkpoint(data)
    return data


def log_of(folder: Path, entries: list[bytes]) -> TileFiles:
    folder.mkdir()
    files = TileFiles(folder)
    files.append(0, entries, durable=False)
    publish(files, len(entries))
    return files


def entries(count: int, salt: bytes = b"") -> list[bytes]:
    return [salt + b"entry %d" % n for n in range(count)]


def walk(files: TileFiles) -> int:
    head = checkpoint.parse(note.split(files.checkpoint())[0])
    return sum(len(found) for _, found, _ in audit_tree(files, head.size, head.root))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> TileFiles:
    return log_of(tmp_path_factory.mktemp("large") / "log", entries(COUNT))


def test_a_sound_log_is_read_whole(large: TileFiles) -> None:
    assert walk(large) == COUNT


@pytest.mark.parametrize(
    ("path", "at", "says"),
    [
        ("tile/0/005", 40, "Entry 1281 does not have the hash that its tile shows."),
        ("tile/entries/005", 40, "Entry 1283 does not have the hash that its tile shows."),
        ("tile/entries/257.p/208", 5, "Entry 65792 does not have the hash that its tile shows."),
        ("tile/1/000", 33, "Hash 1 of tile level 1 does not follow from the entries."),
        ("tile/1/001.p/1", 3, "Hash 256 of tile level 1 does not follow from the entries."),
        ("tile/2/000.p/1", 3, "Hash 0 of tile level 2 does not follow from the entries."),
    ],
)
def test_every_file_of_the_tree_is_compared(path: str, at: int, says: str, large: TileFiles, tmp_path: Path) -> None:
    files = TileFiles(tmp_path / "log")
    shutil.copytree(large.root, files.root, copy_function=_link)
    data = bytearray((files.root / path).read_bytes())
    data[at] ^= 1
    (files.root / path).unlink()
    (files.root / path).write_bytes(data)
    with pytest.raises(Disagreement) as found:
        walk(files)
    assert found.value.message == says
    if available() is None:
        with pytest.raises(Disagreement, match="Go's x/mod does not agree"):
            go_verify(files.root, LOG.verifier)


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def test_another_root_is_named(tmp_path: Path) -> None:
    files = log_of(tmp_path / "log", entries(5))
    with pytest.raises(Disagreement, match=f"The entries give the root {merkle.root(files, 5).hex()}; the checkpoint"):
        list(audit_tree(files, 5, bytes(32)))


@pytest.mark.go
def test_go_reads_every_bit(tmp_path: Path) -> None:
    missing = available()
    if missing is not None:
        pytest.skip(f"go ({missing.reason})")
    files = log_of(tmp_path / "log", entries(300))
    found = go_verify(files.root, LOG.verifier, old_sizes=[1, 2, 255, 256, 257, 299, 300])
    root = merkle.root(files, 300)
    assert found == GoVerified(says=f"OK example.org/log 300 {base64.b64encode(root).decode()}")
    rnd = random.Random(7)
    for path in sorted(one for one in files.root.rglob("*") if one.is_file()):
        data = path.read_bytes()
        for _ in range(3):
            changed = bytearray(data)
            changed[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
            path.write_bytes(changed)
            with pytest.raises(Disagreement, match="Go's x/mod does not agree"):
                go_verify(files.root, LOG.verifier)
        path.write_bytes(data)
    with pytest.raises(Disagreement, match="no verifiable signatures"):
        go_verify(files.root, note.Verifier(name=LOG.name, public=PrivateKey(b"O" * 32).public))


@pytest.mark.go
def test_go_reads_an_empty_log_and_one_that_grew(tmp_path: Path) -> None:
    missing = available()
    if missing is not None:
        pytest.skip(f"go ({missing.reason})")
    files = log_of(tmp_path / "log", [])
    assert isinstance(go_verify(files.root, LOG.verifier), GoVerified)
    size = 0
    for step in (1, 254, 1, 1, 255, 70_000):
        files.append(size, entries(step, b"%d" % size), durable=False)
        size += step
        publish(files, size)
        files.prune(size - step, size)
        assert isinstance(go_verify(files.root, LOG.verifier, old_sizes=[1, size - step or 1, size]), GoVerified)


def test_without_go_the_reason_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert go_verify(tmp_path, LOG.verifier) == NotThere(
        reason="go is not installed (Debian: golang-go golang-golang-x-mod-dev)"
    )


def kinds(alarms: list[Alarm]) -> list[str]:
    return [str(one.kind) for one in alarms]


def test_a_follower_goes_along_and_is_alarmed(tmp_path: Path) -> None:
    files = TileFiles(tmp_path / "log")
    files.root.mkdir()
    read: list[int] = []

    def note_index(index: int, _: bytes) -> list[Alarm]:
        read.append(index)
        return []

    follower = Follower(tmp_path / "seen", POLICY)
    assert kinds(follower.look(files)) == [AlarmKind.UNREACHABLE]
    size = 0
    for step in (1, 300, 0, 5):
        files.append(size, entries(size + step)[size:])
        size += step
        publish(files, size)
        assert Follower(tmp_path / "seen", POLICY).look(files, note_index) == []
    assert read == list(range(306))

    before = {path: path.read_bytes() for path in files.root.rglob("*") if path.is_file()}
    memory = (tmp_path / "seen").read_bytes()

    def look() -> list[Alarm]:
        found = Follower(tmp_path / "seen", POLICY).look(files)
        shutil.rmtree(files.root)
        for path, data in before.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        assert (tmp_path / "seen").read_bytes() == memory
        return found

    publish(files, 200)
    (alarm,) = look()
    assert (alarm.kind, alarm.says) == (AlarmKind.ROLLBACK, "The log shows 200 entries; 306 had been seen.")
    assert len(alarm.evidence) == 2 and note.open_note(alarm.evidence[0], [LOG.verifier])
    shutil.rmtree(files.root)
    log_of(files.root, entries(306, b"other "))
    assert kinds(look()) == [AlarmKind.FORK]
    shutil.rmtree(files.root)
    log_of(files.root, entries(400, b"other "))
    (alarm,) = look()
    assert (
        alarm.says
        == "The checkpoint of 400 entries is not what the 306 entries seen before and the entries shown now give."
    )
    files.append(306, [b"one more"])
    publish(files, 307)
    (files.root / "tile/entries/001.p/51").write_bytes(bundle(entries(307)[256:]))
    assert kinds(look()) == [AlarmKind.REWRITE]
    publish(files, 306, note.Signer(name=LOG.name, key=PrivateKey(b"O" * 32)))
    assert kinds(look()) == [AlarmKind.SIGNATURE]
    files.append(306, [b"one more"])
    publish(files, 307)
    (files.root / "tile/entries/001.p/51").unlink()
    assert kinds(look()) == [AlarmKind.UNREACHABLE]
    assert Follower(tmp_path / "seen", POLICY).look(files) == []


def test_a_follower_does_not_go_on_from_a_broken_memory(tmp_path: Path) -> None:
    files = log_of(tmp_path / "log", entries(3))
    assert Follower(tmp_path / "seen", POLICY).look(files) == []
    data = (tmp_path / "seen").read_bytes()
    for bad in (
        b"",
        b"{}",
        data.replace(b"\\n3\\n", b"\\n2\\n"),
        data[:-70] + b'"]}',
        data.replace(b'"roots":["', b'"roots":["00'),
    ):
        (tmp_path / "seen").write_bytes(bad)
        with pytest.raises(Malformed, match="The follower's memory"):
            Follower(tmp_path / "seen", POLICY)
    with pytest.raises(Missing):
        TileFiles(tmp_path).checkpoint()
