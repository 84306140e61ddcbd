"""Destruction: signed by two, and nobody opens the vault or uses the key afterwards, also where a run was killed."""

from __future__ import annotations

import hashlib
import os
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.investigation.destruction import Destruction, destroy_key, destroy_vault, read_destruction
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.oprf import Key
from sousveil.investigation.vault import HEADER, RECORD, Vault, read_header
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
    id, last = vault.header.vault, vault.index.history[-1]
    kept: list[bytes] = []
    for confirm, signers, now in (
        ("", SIGNERS, NOW),
        (id[:8], SIGNERS, NOW),
        (id, SIGNERS[:1], NOW),
        (id, SIGNERS, NOW - timedelta(hours=1)),
    ):
        with pytest.raises(SousveilError):
            destroy_vault(vault, signers, confirm=confirm, now=now, before=kept.append)
    assert not kept and read_header(folder).vault == id

    def full(record: bytes) -> None:
        raise Usage("The disk is full.")

    with pytest.raises(Usage, match="full"):
        destroy_vault(vault, SIGNERS, confirm=id, now=NOW, before=full)
    assert read_header(folder).vault == id
    destroy_vault(vault, SIGNERS, confirm=id, now=NOW, before=kept.append)
    assert read_destruction(kept[0], KNOWN) == Destruction(
        what="vault",
        id=id,
        destroyed=NOW,
        opened_by=vault.opened_by,
        history=hashlib.sha256(msgspec.msgpack.encode(last)).hexdigest(),
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
    destroy_vault(vault, SIGNERS, confirm=vault.header.vault, now=NOW, before=lambda record: None)
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
    destroy_vault(vault, SIGNERS, confirm=vault.header.vault, now=NOW, before=lambda record: None)
    assert all(copy.read_bytes() != data and copy.stat().st_size == len(data) for copy, data in before.items())


def test_a_destroyed_key_file_is_gone(tmp_path: Path) -> None:
    path, kept = tmp_path / "key", list[bytes]()
    public = Key.create(path).public.hex()
    os.link(path, tmp_path / "copy")
    seed = path.read_bytes()
    with pytest.raises(Usage, match=public):
        destroy_key(path, SIGNERS, confirm="", now=NOW, before=kept.append)
    assert path.read_bytes() == seed and not kept
    destroy_key(path, SIGNERS, confirm=public, now=NOW, before=kept.append)
    assert read_destruction(kept[0], KNOWN) == Destruction(what="key", id=public, destroyed=NOW)
    with pytest.raises(Missing):
        Key.load(path)
    assert (tmp_path / "copy").read_bytes() != seed
