"""The vault: two holders open it, none does alone, and a kill at any moment loses and reveals nothing."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sousveil.errors import Locked, Malformed, Missing, SousveilError, Unsupported, Usage
from sousveil.investigation import importing
from sousveil.investigation.importing import Settings, import_list, selections
from sousveil.investigation.vault import Vault, identities, read_header, utc_now
from tests.investigation.drawn import CHANCE, Holder, holders, leaks, numbers
from tests.profiles import FULL

NOW = utc_now()


def made(tmp_path: Path, count: int = 3, *, recovery: bool = True) -> tuple[Path, list[Holder], list[Holder]]:
    """A new vault, its holders and its recovery pair."""
    (tmp_path / "keys").mkdir()
    people = holders(tmp_path / "keys", count + 2)
    folder = tmp_path / "vault"
    spare = people[count:] if recovery else []
    Vault.create(folder, [one.recipient for one in people[:count]], [one.recipient for one in spare], now=NOW)
    return folder, people[:count], people[count:]


def listed(path: Path, values: list[str]) -> Path:
    """A list of these numbers."""
    path.write_text("number\n" + "".join(f"{value}\n" for value in values))
    return path


def contents(folder: Path, first: Holder, second: Holder) -> list[str]:
    """The numbers in a vault."""
    with Vault.open(folder, [first.identity], [second.identity]) as vault:
        return [row.e164 for _, batch in selections(vault) for row in batch]


def test_each_two_holders_open_the_vault_in_either_order(tmp_path: Path) -> None:
    folder, people, spare = made(tmp_path, 4)
    values = numbers(5)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        import_list(vault, listed(tmp_path / "list.csv", values), Settings(), now=NOW)
    for first, second in [*itertools.permutations(people, 2), (spare[0], spare[1]), (spare[1], spare[0])]:
        assert contents(folder, first, second) == values


def test_one_holder_and_other_pairs_do_not_open_it(tmp_path: Path) -> None:
    folder, people, spare = made(tmp_path)
    stranger = holders(tmp_path, 1)[0]
    for first, second in [
        (people[0], people[0]),
        (people[0], stranger),
        (people[0], spare[0]),
        (spare[0], spare[0]),
        (stranger, stranger),
    ]:
        with pytest.raises(Locked), Vault.open(folder, [first.identity], [second.identity]):
            pass


def test_what_one_holder_can_decrypt_is_independent_of_the_key(tmp_path: Path) -> None:
    import msgspec
    import pyrage

    folder, people, _ = made(tmp_path)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        key = bytes(vault._key)
    shares = []
    for path in sorted((folder / "g1" / "shares").iterdir()):
        for person in people[:1]:
            try:
                shares.append(msgspec.msgpack.decode(pyrage.decrypt(path.read_bytes(), [person.identity]))["share"])
            except pyrage.DecryptError:
                continue
    assert len(shares) == 2 == len(set(shares))
    joined = bytes(a ^ b for a, b in zip(*shares, strict=True))
    assert key not in (*shares, joined)


@pytest.mark.parametrize(("count", "recovery"), [(1, 0), (13, 0), (2, 1), (2, 3)])
def test_a_vault_needs_two_to_twelve_holders_and_a_pair(tmp_path: Path, count: int, recovery: int) -> None:
    people = [one.recipient for one in holders(tmp_path, count + recovery)]
    with pytest.raises(Usage):
        Vault.create(tmp_path / "vault", people[:count], people[count:], now=NOW)
    assert not (tmp_path / "vault").exists()


def test_nobody_is_named_twice_and_recipients_are_checked(tmp_path: Path) -> None:
    one, two = (person.recipient for person in holders(tmp_path, 2))
    for given, recovery in [([one, one], []), ([one, two], [one, two]), ([one, "age1nothing"], [])]:
        with pytest.raises(Usage):
            Vault.create(tmp_path / "vault", given, recovery, now=NOW)


def test_a_vault_is_private_and_never_made_over_something(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    with pytest.raises(Usage):
        Vault.create(folder, [one.recipient for one in people], now=NOW)


def test_a_lost_holder_is_replaced_by_the_other_two(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    values = numbers(3)
    (tmp_path / "new").mkdir()
    new = holders(tmp_path / "new", 1)[0]
    with Vault.open(folder, [people[1].identity], [people[2].identity]) as vault:
        import_list(vault, listed(tmp_path / "list.csv", values), Settings(), now=NOW)
        old = bytes(vault._key)
        changed = [new.recipient, people[1].recipient, people[2].recipient]
        vault.change_holders(changed, vault.header.recovery, now=NOW)
        assert bytes(vault._key) != old
        assert [row.e164 for _, batch in selections(vault) for row in batch] == values
    assert contents(folder, new, people[1]) == values
    with pytest.raises(Locked):
        contents(folder, people[0], people[1])
    assert sorted(path.name for path in folder.iterdir()) == ["g2", "lock", "log", "vault.json"]


def test_the_recovery_pair_replaces_two_lost_holders(tmp_path: Path) -> None:
    folder, people, spare = made(tmp_path)
    values = numbers(3)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        import_list(vault, listed(tmp_path / "list.csv", values), Settings(), now=NOW)
    (tmp_path / "new").mkdir()
    new = holders(tmp_path / "new", 4)
    with Vault.open(folder, [spare[0].identity], [spare[1].identity]) as vault:
        vault.change_holders(
            [new[0].recipient, new[1].recipient, people[2].recipient], [one.recipient for one in new[2:]], now=NOW
        )
        assert [change.what for change in vault.history] == ["create", "import", "holders"]
        assert vault.history[-1].by == (spare[0].recipient, spare[1].recipient)
    assert contents(folder, new[0], new[1]) == contents(folder, new[3], new[2]) == values
    with pytest.raises(Locked):
        contents(folder, spare[0], spare[1])


def test_every_changed_byte_of_a_sealed_file_is_noticed(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        made_import = import_list(vault, listed(tmp_path / "list.csv", numbers(3)), Settings(), now=NOW)
    path = folder / "g1" / f"{made_import.id}-0.sealed"
    whole = path.read_bytes()
    for place in (0, 16, 20, 60, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Malformed):
            contents(folder, people[0], people[1])
    path.write_bytes(whole[:-70])
    with pytest.raises(Malformed):
        contents(folder, people[0], people[1])


def test_files_of_another_place_or_vault_do_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SEGMENT_ROWS", 2)
    folder, people, _ = made(tmp_path)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        item = import_list(vault, listed(tmp_path / "list.csv", numbers(4)), Settings(), now=NOW)
    first, second = (folder / "g1" / f"{item.id}-{place}.sealed" for place in (0, 1))
    before = first.read_bytes()
    shutil.copy(second, first)
    with pytest.raises(Malformed):
        contents(folder, people[0], people[1])
    first.write_bytes(before)
    second.unlink()
    with pytest.raises(Malformed):
        contents(folder, people[0], people[1])


def test_a_recipient_written_into_vault_json_is_noticed(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    stranger = holders(tmp_path, 1)[0]
    header = folder / "vault.json"
    header.write_text(header.read_text().replace(people[2].recipient, stranger.recipient))
    with pytest.raises(Malformed):
        contents(folder, people[0], people[1])


@pytest.mark.parametrize("text", ["", "{}", "[" * 5000, '{"version":1}', "null", "\x00", '{"version":2}'])
def test_a_damaged_or_newer_vault_json_is_an_error(tmp_path: Path, text: str) -> None:
    folder, _, _ = made(tmp_path)
    (folder / "vault.json").write_text(text)
    with pytest.raises((Malformed, Unsupported)):
        read_header(folder)


def test_what_is_no_vault_and_no_identity(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        read_header(tmp_path / "nothing")
    for text in ("", "# nothing", "AGE-SECRET-KEY-1QQQ", "age1abc"):
        with pytest.raises(Usage):
            identities(text)


def test_a_clock_set_back_is_an_error(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        with pytest.raises(SousveilError, match="clock"):
            path = listed(tmp_path / "list.csv", numbers(1))
            import_list(vault, path, Settings(), now=NOW - timedelta(hours=1))
        assert vault.rows == 0


def test_two_runs_do_not_use_a_vault_at_once(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    with (
        Vault.open(folder, [people[0].identity], [people[1].identity]),
        pytest.raises(SousveilError, match="Another run"),
        Vault.open(folder, [people[0].identity], [people[1].identity]),
    ):
        pass


def test_the_key_is_overwritten_when_the_vault_closes(tmp_path: Path) -> None:
    folder, people, _ = made(tmp_path)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        assert any(vault._key)
    assert not any(vault._key)


def killed(monkeypatch: pytest.MonkeyPatch, moment: int, work: Callable[[], object]) -> bool:
    """Do the work in a forked process that ends without any clean-up at a moment: before or after the n-th rename of a file.

    Whether it got there.
    """
    child = os.fork()
    if child == 0:
        rename, count = Path.replace, 0

        def replace(self: Path, target: Path) -> Path:
            nonlocal count
            for part in (0, 1):
                if count == moment:
                    os._exit(9)
                count += 1
                if part == 0:
                    rename(self, target)
            return target

        try:
            monkeypatch.setattr(Path, "replace", replace)
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_killed_import_takes_nothing_and_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SEGMENT_ROWS", 4)
    folder, people, _ = made(tmp_path)
    before, values = numbers(3), numbers(10)
    both = ([people[0].identity], [people[1].identity])
    with Vault.open(folder, *both) as vault:
        import_list(vault, listed(tmp_path / "before.csv", before), Settings(), now=NOW)
    shutil.copytree(folder, tmp_path / "original")
    path = listed(tmp_path / "list.csv", values)

    def work() -> None:
        with Vault.open(folder, *both) as vault:
            import_list(vault, path, Settings(), now=NOW)

    seen = set()
    for moment in itertools.count():
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "original", folder)
        if not killed(monkeypatch, moment, work):
            break
        assert leaks([folder], [], values[:3]) == []
        kept = contents(folder, people[0], people[2])
        assert kept in (before, before + values)
        seen.add(len(kept))
        if kept == before:
            assert len(list((folder / "g1").glob("*.sealed"))) == 2  # nothing of the killed run is left
            work()
            assert contents(folder, people[0], people[1]) == before + values
    assert moment == 14 and seen == {3, 13}


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_killed_change_of_holders_leaves_the_vault_to_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, people, _ = made(tmp_path, recovery=False)
    (tmp_path / "new").mkdir()
    new = holders(tmp_path / "new", 1)[0]
    values = numbers(3)
    with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
        import_list(vault, listed(tmp_path / "list.csv", values), Settings(), now=NOW)
    shutil.copytree(folder, tmp_path / "original")

    def work() -> None:
        with Vault.open(folder, [people[0].identity], [people[1].identity]) as vault:
            vault.change_holders([people[0].recipient, new.recipient], (), now=NOW)

    generations = set()
    for moment in itertools.count():
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "original", folder)
        if not killed(monkeypatch, moment, work):
            break
        generation = read_header(folder).generation
        generations.add(generation)
        assert contents(folder, people[0], people[1] if generation == 1 else new) == values
        assert [path.name for path in folder.glob("g*")] == [f"g{generation}"]
    assert generations == {1, 2}


KILLS = 30 if FULL else 4


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_an_import_that_is_killed_at_any_moment_loses_and_reveals_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "SEGMENT_ROWS", 400)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder, people, _ = made(tmp_path)
    before, values = numbers(500), numbers(3_000)
    both = ([people[0].identity], [people[1].identity])
    with Vault.open(folder, *both) as vault:
        import_list(vault, listed(tmp_path / "before.csv", before), Settings(), now=NOW)
    shutil.copytree(folder, tmp_path / "original")
    path = listed(tmp_path / "list.csv", values)

    def imported(seconds: float | None = None) -> bool:
        """Import in a process of its own, and kill it after so many seconds; whether the kill came in time."""
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "original", folder)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException), Vault.open(folder, *both) as vault:
                import_list(vault, path, Settings(), now=NOW)
                os._exit(0)
            os._exit(1)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, -signal.SIGKILL)
        return code != 0

    start = time.monotonic()
    assert not imported()
    whole, kills = time.monotonic() - start, 0
    assert contents(folder, people[1], people[2]) == before + values
    while kills < KILLS:
        killed_in_time = imported(CHANCE.random() * whole)
        kills += killed_in_time
        assert leaks([folder, tmp_path / "tmp"], [], [before[0], *values[::200]]) == []
        kept = contents(folder, people[1], people[2])
        assert kept == before + values or (killed_in_time and kept == before)
