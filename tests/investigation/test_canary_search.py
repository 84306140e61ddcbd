"""The search for canaries finds a number in each encoding and place, and no process of an investigation writes its memory to disk."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import re
import resource
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import pytest

from sousveil.investigation.oprf import pool
from tests import forked
from tests.investigation.drawn import leaks, national, number

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4


def written(e164: str) -> Iterator[tuple[str, bytes]]:
    """A number in each encoding, with something before and behind it."""
    for form, bare in {"E.164": e164, "digits": e164[1:], "national": national(e164)}.items():
        data = bare.encode()
        yield form, b"tel " + data + b"\n"
        for order in ("le", "be"):
            yield f"{form}, UTF-16-{order}", f"tel {bare}\n".encode(f"utf-16-{order}")
        for offset in range(3):
            yield f"{form}, Base64 at {offset}", base64.b64encode(b"tel"[:offset] + data + b" and more")
        yield f"{form}, hex", (b"tel " + data).hex().encode()
        yield f"{form}, HEX", (b"tel " + data).hex().upper().encode()
        yield f"{form}, SHA-256", b"tel " + hashlib.sha256(data).digest() + b"\n"
        yield f"{form}, SHA-256 in hex", hashlib.sha256(data).hexdigest().encode()


@pytest.mark.parametrize("country", ["GB", "HU", "MX"])
def test_each_encoding_is_found(tmp_path: Path, country: str) -> None:
    value = number(country)
    for name, data in written(value):
        assert leaks([], [b"\x00\xff" + data + b"\x00"], [value]), name
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "log").write_bytes(data)
    assert leaks([tmp_path], [], [value])
    (tmp_path / "folder" / "log").rename(tmp_path / "folder" / national(value))
    (tmp_path / "folder" / national(value)).write_bytes(b"")
    assert leaks([tmp_path], [], [value])


def test_shared_memory_is_searched() -> None:
    value = number()
    memory = SharedMemory(create=True, size=64)
    try:
        memory.buf[4 : 4 + len(value)] = value.encode()
        assert leaks([], [], [value])
    finally:
        memory.close()
        memory.unlink()
    assert leaks([], [], [value]) == []


def say_protection(*_: str) -> None:
    """Runs a verb that says what protects the process, in a process that nothing protected before."""
    from sousveil import cli_investigation
    from sousveil.cli import main

    library = ctypes.CDLL(None)
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    library.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)

    def verb(_: object) -> int:
        print(resource.getrlimit(resource.RLIMIT_CORE), library.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
        return 0

    cli_investigation._DOES["looks"] = verb
    raise SystemExit(main(["investigation", "looks"]))


def test_core_dumps_are_off_in_each_verb_and_in_its_processes(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin"}
    ran = forked.run(
        [], environment=environment, folder=tmp_path, call="tests.investigation.test_canary_search:say_protection"
    )
    assert (ran.returncode, ran.stdout) == (0, b"(0, 0) 0\n"), ran.stderr
    with pool(1) as several:
        assert several.submit(resource.getrlimit, resource.RLIMIT_CORE).result() == (0, 0)


ROOT = Path(__file__).resolve().parents[2]
FICTION = re.compile(r"\+(1\d{3}55501\d\d|447700900\d{3}|442079460\d{3}|33199\d{6}|999\d*)")
"""Ranges that countries reserve for fiction, and +999, which no country has."""


def test_no_number_outside_of_the_ranges_for_fiction_is_committed() -> None:
    folders = (
        "src/sousveil/investigation",
        "src/sousveil/texts",
        "tests/investigation",
        "benchmarks",
        "docs",
        "examples",
    )
    found = {
        number
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in (".py", ".md", ".toml", ".csv", ".json")
        for number in re.findall(r"\+\d(?:[ ]?\d){9,14}", path.read_text("utf-8", "replace"))
    }
    assert "+12025550123" in found
    assert [number for number in found if not FICTION.fullmatch(number.replace(" ", ""))] == []
