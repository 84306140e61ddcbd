"""Destruction: signed by two, and nobody opens the vault or uses the key afterwards, also where a run was killed."""

from __future__ import annotations

import errno
import os
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage
from sousveil.investigation.destruction import Destruction, destroy_key, destroy_vault, read_destruction
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.oprf import Key
from sousveil.investigation.vault import HEADER, PENDING, RECORD, Vault, read_header
from sousveil.ledger import atomic
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey
from tests.investigation.drawn import Holder, holders, numbers

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SIGNERS = [PrivateKey.new(), PrivateKey.new()]
KNOWN = {key.public.id: key.public for key in SIGNERS}


@pytest.fixture
def people(tmp_path: Path) -> list[Holder]:
    (tmp_path / "keys").mkdir()
    made = holders(tmp_path / "keys", 3)
    Vault.create(tmp_path / "vault", [one.recipient for one in made], now=NOW)
    return made


def opened(folder: Path, first: Holder, second: Holder) -> AbstractContextManager[Vault]:
    return Vault.open(folder, [first.identity], [second.identity])


def test_a_destroyed_vault_cannot_be_opened(tmp_path: Path, people: list[Holder]) -> None:
    folder = tmp_path / "vault"
    manager = opened(folder, *people[:2])
    vault = manager.__enter__()
    (tmp_path / "list.csv").write_text("number\n" + "\n".join(numbers(5)) + "\n")
    import_list(vault, tmp_path / "list.csv", Settings(), now=NOW)
    id, head = vault.header.vault, vault.log_head
    out = tmp_path / "record"
    for confirm, signers, now in (
        ("", SIGNERS, NOW),
        (id[:8], SIGNERS, NOW),
        (id, SIGNERS[:1], NOW),
        (id, SIGNERS, NOW - timedelta(hours=1)),
    ):
        with pytest.raises(SousveilError):
            destroy_vault(vault, signers, confirm=confirm, now=now, out=out)
    with pytest.raises(Usage, match="could not be written"):
        destroy_vault(vault, SIGNERS, confirm=id, now=NOW, out=folder / HEADER / "record")
    assert read_header(folder).vault == id
    assert records(tmp_path) == []
    destroy_vault(vault, SIGNERS, confirm=id, now=NOW, out=out)
    kept = [out.read_bytes()]
    assert read_destruction(kept[0], KNOWN) == Destruction(
        what="vault",
        id=id,
        destroyed=NOW,
        opened_by=vault.opened_by,
        log=head,
    )
    with pytest.raises(BadSignature):
        read_destruction(kept[0], dict(list(KNOWN.items())[:1]))
    assert sorted(path.name for path in folder.rglob("*")) == sorted([RECORD, HEADER, "lock"])
    assert (folder / RECORD).read_bytes() == kept[0]
    for first in people:
        for second in people:
            with pytest.raises(Missing, match="was destroyed"):
                opened(folder, first, second).__enter__()


def test_a_killed_destruction_is_ended_by_whoever_opens_the_vault_next(tmp_path: Path, people: list[Holder]) -> None:
    folder = tmp_path / "vault"
    manager = opened(folder, *people[:2])
    vault = manager.__enter__()
    shares = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.age")}
    header = (folder / HEADER).read_bytes()
    destroy_vault(vault, SIGNERS, confirm=vault.header.vault, now=NOW, out=tmp_path / "record")
    manager.__exit__(None, None, None)
    for name, data in shares.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with pytest.raises(Missing, match="was destroyed"):
        read_header(folder)
    assert not list(folder.glob("g*"))
    (folder / HEADER).write_bytes(header)  # an old copy of the public part opens nothing
    with pytest.raises(Malformed):
        opened(folder, *people[:2]).__enter__()


def test_the_shares_are_overwritten_before_they_are_deleted(tmp_path: Path, people: list[Holder]) -> None:
    folder = tmp_path / "vault"
    manager = opened(folder, *people[:2])
    vault = manager.__enter__()
    shares = list(folder.rglob("*.age"))
    before = {}
    for number, share in enumerate(shares):  # a second name shows what happened to the blocks
        before[tmp_path / f"copy{number}"] = share.read_bytes()
        os.link(share, tmp_path / f"copy{number}")
    assert len(shares) == 6
    destroy_vault(vault, SIGNERS, confirm=vault.header.vault, now=NOW, out=tmp_path / "record")
    assert all(copy.read_bytes() != data and copy.stat().st_size == len(data) for copy, data in before.items())


def test_an_error_before_the_end_leaves_no_record_and_the_vault(
    tmp_path: Path, people: list[Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "vault"
    manager = opened(folder, *people[:2])
    vault = manager.__enter__()
    write = atomic.write

    def full(path: Path, data: bytes, *, mode: int = 0o644) -> None:
        if path.name == HEADER:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data, mode=mode)

    with monkeypatch.context() as patched:
        patched.setattr(atomic, "write", full)
        with pytest.raises(SousveilError, match="No space left") as caught:
            destroy_vault(vault, SIGNERS, confirm=vault.header.vault, now=NOW, out=tmp_path / "record")
    assert "as it was before" in caught.value.hint and records(tmp_path) == []
    assert not (folder / PENDING).exists()
    manager.__exit__(None, None, None)
    (folder / PENDING).write_bytes(b"of a run that was killed before it began to destroy")
    with opened(folder, *people[:2]) as again:
        assert not (folder / PENDING).exists()
        destroy_vault(again, SIGNERS, confirm=again.header.vault, now=NOW, out=tmp_path / "record")
    assert records(tmp_path) == [RECORD, "record"]


def test_an_error_while_it_deletes_says_so_and_the_next_run_ends_it(tmp_path: Path, people: list[Holder]) -> None:
    folder = tmp_path / "vault"
    manager = opened(folder, *people[:2])
    vault = manager.__enter__()
    id = vault.header.vault
    (folder / "g0").write_text("a file in the place of a folder")
    (folder / "gallery").write_text("of somebody else")
    rest = folder / "g1" / "shares" / "000-a.age.0123456789ab.new"  # of a write that was killed
    rest.write_bytes(b"share")
    os.link(rest, tmp_path / "copy")
    with pytest.raises(SousveilError) as caught:
        destroy_vault(vault, SIGNERS, confirm=id, now=NOW, out=tmp_path / "record")
    assert caught.value.hint == "Destruction began and did not finish: run it again." and records(tmp_path) == []
    manager.__exit__(None, None, None)
    with pytest.raises(SousveilError) as caught:
        read_header(folder)
    assert caught.value.hint == "Destruction began and did not finish: run it again." and records(tmp_path) == []
    (folder / "g0").unlink()
    with pytest.raises(Missing, match="was destroyed"):
        read_header(folder)
    assert (tmp_path / "copy").read_bytes() != b"share"
    assert sorted(path.name for path in folder.iterdir()) == [RECORD, "gallery", "lock", HEADER]
    assert read_destruction((folder / RECORD).read_bytes(), KNOWN).id == id


def test_a_key_that_a_process_uses_is_not_destroyed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    public, seed = Key.create(path).public.hex(), path.read_bytes()
    # Two processes may serve with it.
    with Key.locked(path), Key.locked(path), pytest.raises(Locked, match="Another process uses"):
        destroy_key(path, SIGNERS, confirm=public, now=NOW, out=tmp_path / "record")
    assert path.read_bytes() == seed and records(tmp_path) == []


def records(folder: Path) -> list[str]:
    """The names of files that are a record of a destruction, or part of one; without the one that waits in the vault."""
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.name.startswith((".record", "record", RECORD)) and path.name != PENDING
    )


def test_a_destroyed_key_file_is_gone(tmp_path: Path) -> None:
    path, out = tmp_path / "key", tmp_path / "record"
    public = Key.create(path).public.hex()
    os.link(path, tmp_path / "copy")
    seed = path.read_bytes()
    with pytest.raises(Usage, match=public):
        destroy_key(path, SIGNERS, confirm="", now=NOW, out=out)
    assert path.read_bytes() == seed and not out.exists()
    destroy_key(path, SIGNERS, confirm=public, now=NOW, out=out)
    assert read_destruction(out.read_bytes(), KNOWN) == Destruction(what="key", id=public, destroyed=NOW)
    with pytest.raises(Missing):
        Key.load(path)
    assert (tmp_path / "copy").read_bytes() != seed
