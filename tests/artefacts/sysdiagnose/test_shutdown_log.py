"""The log of programs that delayed a shutdown."""

from __future__ import annotations

from pathlib import Path

import pytest
from archives import artefact, batches, rows, sysdiagnose

from sousveil.artefacts.sysdiagnose import shutdown

IMAGE = "EBFB3E7F-4CA4-3656-8E9C-8CCF5995C34A"
EXTRA = "system_logs.logarchive/Extra/"
LOG = f"""After 1.26s, these clients are still here:
\t\tremaining client pid: 153 (/usr/sbin/filecoordinationd/{IMAGE})
\t\tremaining client pid: 0 (/kernel/{IMAGE})
After 2.5s, these clients are still here:
\t\tremaining client pid: 153 (/usr/sbin/filecoordinationd/{IMAGE})
SIGTERM: [1684900000] All buffers flushed
SIGTERM: [1684910000] All buffers flushed
After 4.0s, these clients are still here:
\t\tremaining client pid: 77 (/private/var/tmp/odd (name)/{IMAGE.lower()})
After 0.5s, these clients are still here:
\t\tremaining client pid: 78 (/usr/libexec/plain)
"""


def test_each_client_and_each_shutdown_is_a_row(tmp_path: Path) -> None:
    def client(
        path: str, pid: int, delay: float, shutdown: int, ended: int | None, image: str | None
    ) -> dict[str, object]:
        values = {
            "entry": "client",
            "path": path,
            "process": path.rpartition("/")[2],
            "pid": pid,
            "image": image,
            "delay": delay,
            "shutdown": shutdown,
            "ended": ended,
        }
        return {name: value for name, value in values.items() if value is not None}

    first, second = 1_684_900_000_000_000, 1_684_910_000_000_000
    assert rows("sysdiagnose.shutdown", sysdiagnose(tmp_path, {EXTRA + "shutdown.log": LOG})) == [
        client("/usr/sbin/filecoordinationd", 153, 1.26, 1, first, IMAGE),
        client("/kernel", 0, 1.26, 1, first, IMAGE),
        client("/usr/sbin/filecoordinationd", 153, 2.5, 1, first, IMAGE),
        {"entry": "end", "shutdown": 1, "clients": 2, "ended": first},
        {"entry": "end", "shutdown": 2, "clients": 0, "ended": second},
        client("/private/var/tmp/odd (name)", 77, 4.0, 3, None, IMAGE),
        {"entry": "end", "shutdown": 3, "clients": 1},
        client("/usr/libexec/plain", 78, 0.5, 4, None, None),
        {"entry": "end", "shutdown": 4, "clients": 1},
    ]


def test_lines_are_cited_and_every_kept_log_is_read(tmp_path: Path) -> None:
    files = {EXTRA + "shutdown.0.log": LOG, EXTRA + "shutdown.1.log": LOG, EXTRA + "._shutdown.log": LOG}
    found, errors = batches("sysdiagnose.shutdown", sysdiagnose(tmp_path, files))  # type: ignore[arg-type]
    assert errors == []
    assert [batch.file.rpartition("/")[2] for batch in found] == ["shutdown.0.log", "shutdown.1.log"]
    assert found[0].lines == [2, 3, 5, 6, 7, 9, 9, 11, 11]
    assert {batch.table for batch in found} == {"shutdown"}


def test_a_line_that_only_a_test_of_another_tool_shows_is_unverified(tmp_path: Path) -> None:
    text = "After 0.1s, remaining client pid: 9 (/usr/libexec/x)\nSIGTERM: [1684900000]\n"
    found, _ = batches("sysdiagnose.shutdown", sysdiagnose(tmp_path, {EXTRA + "shutdown.log": text}))
    (shutdown,) = (artefact("sysdiagnose.shutdown"),)
    assert [(batch.table, shutdown.verified(batch.source(0))) for batch in found] == [
        ("one line", False),
        ("shutdown", True),
    ]


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    text = "\x00\xff junk\nremaining client pid: x (/a)\nremaining client pid: 5 (\nSIGTERM: []\nAfter s, these\n"
    assert rows("sysdiagnose.shutdown", sysdiagnose(tmp_path, {EXTRA + "shutdown.log": text})) == []


def test_a_shutdown_with_too_many_clients_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where one line "After" precedes all of them; what follows keeps its delay."""
    monkeypatch.setattr(shutdown, "MAX_CLIENTS", 2)
    text = "After 3.5s, these clients are still here:\n"
    text += "".join(f"remaining client pid: {n} (/usr/libexec/p{n})\n" for n in range(5)) + "SIGTERM: [1684900000]\n"
    made = [row for _, row in shutdown.parse(iter(enumerate(text.splitlines(), 1)))]
    assert [row.line for row in made] == [2, 3, 3, 4, 5, 5, 6, 7]
    assert [(row["entry"], row["shutdown"], row["ended"], row.get("delay"), row.get("clients")) for row in made] == [
        ("client", 1, None, 3.5, None),
        ("client", 1, None, 3.5, None),
        ("end", 1, None, None, 2),
        ("client", 2, None, 3.5, None),
        ("client", 2, None, 3.5, None),
        ("end", 2, None, None, 2),
        ("client", 3, 1684900000, 3.5, None),
        ("end", 3, 1684900000, None, 1),
    ]


def test_what_the_pages_say_of_the_log() -> None:
    declared = artefact("sysdiagnose.shutdown")
    assert declared.expected.guide == "sysdiagnose"
    seen = [(one.versions, one.verified, one.tables) for one in declared.seen]
    assert seen == [("iOS 12 to 26", True, ("shutdown",)), ("unknown", False, ("one line",))]
