"""Counts that add up, agreement with known numbers, and the verbs as a program: no number leaves the vault."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from math import comb
from pathlib import Path

import pytest

from sousveil.errors import Usage
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.summary import authenticate, summarize
from sousveil.investigation.vault import Vault, utc_now
from tests import forked
from tests.investigation.drawn import CHANCE, Holder, holders, leaks, national, number, numbers

NOW = utc_now()


@pytest.fixture
def people(tmp_path: Path) -> list[Holder]:
    (tmp_path / "keys").mkdir()
    return holders(tmp_path / "keys", 3)


@pytest.fixture
def vault(tmp_path: Path, people: list[Holder]) -> Iterator[Vault]:
    Vault.create(tmp_path / "vault", [one.recipient for one in people], now=NOW)
    with Vault.open(tmp_path / "vault", [people[0].identity], [people[1].identity]) as vault:
        yield vault


def fill(vault: Vault, lines: list[str], name: str = "list.csv") -> None:
    path = vault.folder.parent / name
    path.write_text("number,selected at,client\n" + "\n".join(lines) + "\n")
    import_list(vault, path, Settings(), now=NOW)


def test_each_breakdown_adds_up_to_the_rows(vault: Vault) -> None:
    british, french = numbers(2), number("FR")
    fill(vault, [
        f"{british[0]},2019-05-03 14:22,A", f"{british[0]},2019-05-03 14:22,A", f"{british[0]},2020-05-03 14:22,B",
        f"{french},2020-01-01,A", f"{british[1]},,", "no number,,B", f"{french},,",
    ])  # fmt: skip
    fill(vault, [f"{french},2021-01-01,A"], "second.csv")
    made = summarize(vault)
    assert made.reconciled() and made.rows == 8
    assert (made.numbers, made.repeated, made.several_clients, made.same_selection, made.doubtful) == (3, 4, 1, 1, 1)
    assert made.by["country"] == {"GB": 4, "FR": 3, "": 1}
    assert made.by["client"] == {"A": 4, "B": 2, "": 2}
    assert made.by["year"] == {"": 3, "2019": 2, "2020": 2, "2021": 1}
    assert made.by["state"] == {"valid": 7, "malformed": 1}
    assert made.by["line_type"] == {"mobile": 7, "": 1}
    assert list(made.by["import"].values()) == [7, 1]


def test_an_empty_vault_has_counts_of_nothing(vault: Vault) -> None:
    made = summarize(vault)
    assert (made.rows, made.numbers, made.reconciled()) == (0, 0, True)


def probed(vault: Vault, lines: list[str], **rest: float) -> object:
    path = vault.folder.parent / "probes.csv"
    path.write_text("number,selected,time\n" + "\n".join(lines) + "\n")
    return authenticate(vault, path, Settings(), now=utc_now(), **rest)


def test_agreement_and_its_chance(vault: Vault) -> None:
    listed, others = numbers(6), numbers(6, "FR")
    fill(vault, [f"{value},2020-01-01 00:00,A" for value in listed] + [f"{number('HU')},2021-01-01 00:00,A"])
    lines = [f"{value},yes,2020-01-01 10:00" for value in listed[:5]]
    lines += [f"{others[0]},yes,", *(f"{value},no," for value in others[1:5]), f"{listed[5]},no,"]
    made = probed(vault, [*lines, "x,yes,", f"{listed[0]},no,", f"{others[5]},perhaps,"])
    assert (made.probes, made.unread) == (14, 3)
    assert (made.selected, made.selected_in_list, made.others, made.others_in_list) == (6, 5, 5, 1)
    # 6 of 11 are in the list: of the 462 ways to choose them, so many have 5 or 6 among the 6 selected
    assert made.chance == pytest.approx((comb(6, 5) * comb(5, 1) + comb(6, 6) * comb(5, 0)) / comb(11, 6))
    assert (made.timed, made.timed_near) == (5, 5)
    covered = (10 + 24) / (366 * 24)  # the window of 48 hours begins before the list does
    assert made.time_chance == pytest.approx(covered**5)
    narrow = probed(vault, lines, hours=9.0)
    assert (narrow.timed_near, narrow.time_chance) == (0, 1.0)


def test_without_numbers_of_both_kinds_there_is_no_chance(vault: Vault) -> None:
    listed = numbers(2)
    fill(vault, [f"{value},,A" for value in listed])
    made = probed(vault, [f"{value},yes," for value in listed])
    assert (made.selected_in_list, made.chance, made.time_chance) == (2, None, None)


def test_shuffled_truth_is_likely_by_chance(vault: Vault) -> None:
    listed, others = numbers(30), numbers(30, "FR")
    fill(vault, [f"{value},,A" for value in listed])
    likely = []
    for _ in range(20):
        truth = ["yes", "no"] * 30
        CHANCE.shuffle(truth)
        likely.append(
            probed(vault, [f"{value},{word}," for value, word in zip(listed + others, truth, strict=True)]).chance
        )
    assert sum(chance < 0.001 for chance in likely) <= 1
    assert probed(vault, [*(f"{v},yes," for v in listed), *(f"{v},no," for v in others)]).chance < 1e-16


@pytest.mark.parametrize("data", ["number\n", "number,time\n1,2\n", "selected\nyes\n", "number,selected\nx,yes\n"])
def test_what_is_no_list_of_probes_is_an_error(vault: Vault, data: str) -> None:
    path = vault.folder.parent / "probes.csv"
    path.write_text(data)
    with pytest.raises(Usage):
        authenticate(vault, path, Settings(), now=utc_now())


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """`sousveil investigation` as a program, with a temporary folder of its own."""
    (folder / "tmp").mkdir(exist_ok=True)
    home = str(folder / "tmp")
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": home, "SOUSVEIL_DEBUG": "1", "HOME": home}
    return forked.run(["investigation", *words], environment=environment, folder=folder)


def test_the_verbs_work_and_no_canary_is_found_outside_the_list(tmp_path: Path, people: list[Holder]) -> None:
    canaries = numbers(20)
    clear = tmp_path / "clear"
    clear.mkdir()
    rows = [
        *(f"{value},2019-05-03 14:22,Client A" for value in canaries),
        f"{national(canaries[0])},,",
        "bad,,Client B",
    ]
    (clear / "list.csv").write_text("number,selected at,client\n" + "\n".join(rows) + "\n")
    (clear / "probes.csv").write_text("number,selected\n" + "".join(f"{value},yes\n" for value in canaries[:3]))
    both = ["--identity", str(people[0].file), "--identity", str(people[2].file)]
    outputs = []

    def done(code: int, *words: str) -> str:
        ran = run(tmp_path, *words)
        outputs.extend([ran.stdout, ran.stderr])
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stdout.decode()

    spare = holders(clear, 2)
    recipients = [word for one in people for word in ("--holder", one.recipient)]
    assert "3 holders" in done(0, "init", "vault", *recipients, "--recovery", *(one.recipient for one in spare))
    assert "Imported 22 rows." in done(0, "import", str(clear / "list.csv"), "--country", "GB", *both)
    counted = json.loads(done(0, "summary", "--json", *both))
    assert counted["reconciled"] and counted["by"]["client"] == {"Client A": 20, "": 1, "Client B": 1}
    assert counted["numbers"] == 20 and "GB" in done(0, "summary", *both)
    assert "contains 3 of 3 numbers" in done(0, "authenticate", str(clear / "probes.csv"), *both)
    assert done(0, "holders").count("age1") == 5
    done(2, "holders", "--remove", spare[0].recipient, *both)
    assert done(0, "holders").count(spare[0].recipient) == 1
    assert "new key for 2 holders" in done(0, "holders", "--remove", people[1].recipient, *both)
    assert [line.split("  ")[1].strip() for line in done(0, "looks", *both).splitlines()[:-2]] == [
        *("made the vault", "imported a list", "counted the list", "counted the list"),
        *("compared the list with known numbers", "tried something that the vault refused"),
        *("changed the holders", "read the log"),
    ]
    del outputs[-2:]  # the log names numbers
    done(2, "summary", "--identity", str(people[0].file), "--identity", str(people[1].file))
    done(2, "summary", "--identity", str(people[0].file))
    done(2, "import", str(clear / "list.csv"), *both)
    (clear / "bare.csv").write_text(f"{canaries[0]},2019-05-03 14:22\n")
    done(2, "import", str(clear / "bare.csv"), "--number-column", "1", *both)
    assert "Imported 1 row." in done(0, "import", str(clear / "bare.csv"), "--no-header", "--number-column", "1", *both)
    done(2, "holders", "--remove", people[1].recipient, *both)
    assert leaks([clear], [], canaries[:1])  # the search does find numbers
    assert leaks([tmp_path / "vault", tmp_path / "tmp"], outputs, canaries) == []


def test_memory_that_cannot_be_locked_is_said_loudly_and_core_dumps_are_off(tmp_path: Path) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536));"
        "from unittest import mock; real = resource.setrlimit;"
        "resource.setrlimit = lambda kind, pair: None if kind == resource.RLIMIT_MEMLOCK else real(kind, pair);"
        "from sousveil.investigation.protection import protect_memory as p;"
        "print(p(), resource.getrlimit(resource.RLIMIT_CORE), open('/proc/self/status').read().count('VmLck'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("['memory_locked'] (0, 0)")
