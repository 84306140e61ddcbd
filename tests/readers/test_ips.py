from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import Malformed
from sousveil.readers.ips import Process, Report, moment, report
from tests.profiles import examples

HEAD = {"bug_type": "298", "timestamp": "2026-03-01 12:00:00.00 +0100", "os_version": "iPhone OS 18.3 (22D60)"}
JETSAM = {
    "date": "2026-03-01 11:59:59.52 +0100",
    "largestProcess": "Example",
    "processes": [
        {"pid": 71, "name": "Example", "uuid": "aa-bb", "states": ["frontmost"], "rpages": 9, "new key": {"a": [1]}},
        {"pid": 72, "name": "other", "reason": "per-process-limit"},
    ],
}
STACKS = {"reason": "hang", "processByPid": {"71": {"procname": "Example", "threadById": {"1": {}}}, "x": {"pid": 8}}}


def written(body: Any, head: dict[str, Any] = HEAD, *, indent: int | None = 2) -> bytes:
    return json.dumps(head).encode() + b"\n" + json.dumps(body, indent=indent).encode() + b"\n"


@pytest.mark.parametrize("indent", [None, 2])
def test_lists_of_processes_and_facts_are_read(indent: int | None) -> None:
    found = report(written(JETSAM, indent=indent) + b"EOF\n")
    assert (found.header, found.text, found.damaged) == (HEAD, None, False)
    assert found.body is not None and found.body.largestProcess == "Example"
    assert found.body.processes == [
        Process(pid=71, name="Example", uuid="aa-bb", states=["frontmost"], rpages=9),
        Process(pid=72, name="other", reason="per-process-limit"),
    ]
    stacks = report(written(STACKS, indent=indent)).body
    assert stacks is not None
    assert stacks.processByPid == {"71": Process(procname="Example"), "x": Process(pid=8)}


@pytest.mark.parametrize(
    ("body", "cut", "names"),
    [
        (JETSAM, b'"name": "other"', ["Example"]),
        (JETSAM, b'"per-process-limit"', ["Example"]),
        (JETSAM, b'"frontmost"', []),
        (STACKS, b'"x"', ["Example"]),
    ],
)
def test_a_cut_body_gives_what_comes_before(body: Any, cut: bytes, names: list[str]) -> None:
    data = written(body)
    found = report(data[: data.index(cut)])
    assert found.damaged and found.body is not None
    processes = [*found.body.processes, *found.body.processByPid.values()]
    assert [p.name or p.procname for p in processes] == names
    assert (found.body.largestProcess, found.body.reason) == (body.get("largestProcess"), body.get("reason"))


def test_a_sound_body_of_an_unknown_form_keeps_its_facts() -> None:
    found = report(written({"procName": "Example", "pid": 5, "processes": {"1": 2}, "threads": 7}))
    assert found.damaged and found.body is not None
    assert (found.body.procName, found.body.pid, found.body.processes) == ("Example", 5, [])


def test_texts_and_measurements() -> None:
    head = json.dumps(HEAD).encode()
    assert report(head + b"\nProcess: a [1]\n\nEOF\n") == Report(HEAD, text="Process: a [1]")
    assert report(b"\xef\xbb\xbf" + head) == Report(HEAD, text="")
    assert report(head + b'\n{"message":{"n":1},"name":"x"}\n{"_marker":"end"}') == Report(HEAD)


@pytest.mark.parametrize("data", [b"", b"not JSON\n{}", b"[1]\n{}", b'{"a": \n}', b"\0" * 99, b"[" * 100_000])
def test_a_first_line_that_is_no_object_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        report(data)


def test_a_long_first_line_is_malformed() -> None:
    longest = json.dumps(HEAD).encode().ljust(64 << 10)
    assert report(longest + b"\na").text == "a"
    with pytest.raises(Malformed):
        report(b" " + b'{"a": "' + b"x" * ((64 << 10) - 8) + b'"}\na')


def test_bytes_that_are_no_text_are_marked() -> None:
    assert report(json.dumps(HEAD).encode() + b"\na\xffb").text == "a\ufffdb"


def test_deep_nesting_is_damage() -> None:
    found = report(json.dumps(HEAD).encode() + b'\n{"asi": ' + b"[" * 100_000)
    assert found.damaged


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2022-01-21 18:14:25.9296 +0200", 1_642_781_665.9296),
        ("2022-01-21 18:14:26.00 +0200", 1_642_781_666.0),
        ("2022-01-21T16:14:26Z", 1_642_781_666.0),
        ("2022-01-21 10:44:26 -05:30", 1_642_781_666.0),
        ("2022-01-21 18:14:26", None),
        ("2022-13-21 18:14:26 +0200", None),
        ("Fri Jan 21 2022", None),
        (1_642_781_666, None),
        (None, None),
    ],
)
def test_only_times_with_an_offset_are_moments(text: object, seconds: float | None) -> None:
    assert moment(text) == (None if seconds is None else pytest.approx(seconds, abs=1e-6))


@settings(max_examples=examples(3000), deadline=None)
@given(
    seed=st.sampled_from([written(JETSAM), written(STACKS), written(JETSAM, indent=None)]),
    at=st.integers(0, 700),
    gone=st.integers(0, 30),
    piece=st.binary(max_size=16),
)
def test_any_bytes_give_a_report_or_malformed(seed: bytes, at: int, gone: int, piece: bytes) -> None:
    try:
        found = report(seed[:at] + piece + seed[at + gone :])
    except Malformed:
        return
    assert isinstance(found.header, dict)


def test_real_reports(shared_data: Path) -> None:
    folder = shared_data / "phones/ios-ips"
    if not folder.is_dir():
        pytest.skip("shared data has no reports")
    old = report((folder / "user_mode_crash_report_ios14_symbolicated.ips").read_bytes())
    assert (old.header["bug_type"], old.body, old.damaged) == ("109", None, False)
    assert old.text is not None and old.text.startswith("Incident Identifier: 2416C26A")
    new = report((folder / "user_mode_crash_report_monterey_non_symbolicated.ips").read_bytes())
    assert new.header["bug_type"] == "309" and new.body is not None and not new.damaged
    assert (new.body.procName, new.body.procPath, new.body.pid) == ("sleep", "/bin/sleep", 10277)
    assert [image.path for image in new.body.usedImages] == [
        None,
        "/usr/lib/system/libsystem_c.dylib",
        "/bin/sleep",
        "/usr/lib/dyld",
    ]
    assert [thread.queue for thread in new.body.threads] == ["com.apple.main-thread"]
