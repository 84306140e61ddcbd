"""Lines of texts and of sections, with their numbers; times without a year; what becomes of a section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sousveil.acquisition.content import Content, open_member
from sousveil.acquisition.model import Device, FileGroup, Member, Section
from sousveil.errors import Malformed
from sousveil.kinds import Kind, Text
from sousveil.readers.dumpstate import MAX_LINE, SectionText, lines_of, read_lines, section_rows
from sousveil.readers.model import Context, Outcome
from sousveil.readers.plists import Row
from sousveil.records import Record, kinds_of


def content(folder: Path, data: bytes) -> Content:
    path = folder / "text"
    path.write_bytes(data)
    return open_member(Member(suffix="", path=str(path)))


def section(**fields: object) -> Section:
    rows: dict[str, object] = {"title": "log", "start": 0, "end": 0, "line": 1} | fields
    return Section(**rows)  # type: ignore[arg-type]


def section_text(source: Content, part: Section, **device: object) -> SectionText:
    return SectionText(part, Device(platform="android", **device), frozenset(), source)  # type: ignore[arg-type]


def test_lines_have_numbers_and_no_ends(tmp_path: Path) -> None:
    data = b"one\r\n\r\ntwo\r\r\n\0three\xff\n\nlast"
    assert list(read_lines(content(tmp_path, data))) == [
        (1, "one"),
        (2, ""),
        (3, "two\r"),
        (4, "\ufffdthree\ufffd"),
        (5, ""),
        (6, "last"),
    ]
    assert list(read_lines(content(tmp_path, b"one\ntwo\n"))) == [(1, "one"), (2, "two")]
    assert list(read_lines(content(tmp_path, b""))) == []


@pytest.mark.parametrize("length", [255 << 10, (256 << 10) + 1, 600_000, MAX_LINE - 1])
def test_long_lines_are_whole(length: int, tmp_path: Path) -> None:
    data = b"a\n" + b"x" * length + b"\nb\n" + b"y" * length
    found = [(number, line[:1], len(line)) for number, line in read_lines(content(tmp_path, data))]
    assert found == [(1, "a", 1), (2, "x", length), (3, "b", 1), (4, "y", length)]


def test_an_endless_line_is_read_as_several(tmp_path: Path) -> None:
    found = [len(line) for _, line in read_lines(content(tmp_path, b"x" * (2 * MAX_LINE + 7) + b"\nend\n"))]
    assert found == [MAX_LINE, MAX_LINE, 7, 3]


def test_a_section_ends_where_it_ends(tmp_path: Path) -> None:
    source = content(tmp_path, b"before\none\ntwo\nafter\n")
    text = section_text(source, section(start=7, end=15, line=2, priority="HIGH"))
    assert (text.name, text.title, list(text.lines())) == ("HIGH log", "log", [(2, "one"), (3, "two")])
    assert section_text(source, section()).name == "log"


def test_lines_of_a_file_that_is_cut_come_before_the_error(tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(b"one\ntwo\n")
    group = FileGroup(domain="", relative="cut", members=(Member(suffix="", path=str(tmp_path / "cut"), size=999_999),))
    with pytest.raises(Malformed, match="cut off"):
        list(lines_of(group))


def test_a_time_without_a_year_is_the_last_before_the_end_of_the_report(tmp_path: Path) -> None:
    source = content(tmp_path, b"")
    made = datetime(2024, 1, 8, 15, 30, 7, tzinfo=UTC)
    text = section_text(source, section(), last_backup=round(made.timestamp() * 1e6))

    def stamp(year: int, *rest: int) -> float:
        return datetime(year, *rest, tzinfo=UTC).timestamp()  # type: ignore[arg-type]

    assert text.printed == made.timestamp()
    assert text.without_year("01-08 15:30:07.250") == made.timestamp() + 0.25
    assert text.without_year("01-09 15:30:07") == stamp(2024, 1, 9, 15, 30, 7)  # a day later, for slow reports
    assert text.without_year("01-09 15:30:08") == stamp(2023, 1, 9, 15, 30, 8)
    assert text.without_year("12-31 23:59:59") == stamp(2023, 12, 31, 23, 59, 59)
    assert text.without_year("02-29 10:00:00") is None  # neither 2023 nor 2025 has one, and in 2024 it is to come
    assert text.without_year("soon") is None
    eve = datetime(2023, 12, 31, 23, 59, 50, tzinfo=UTC).timestamp()
    ended = section_text(source, section(ended="2023-12-31 23:59:50"), last_backup=round(made.timestamp() * 1e6))
    assert ended.printed == eve and ended.without_year("01-01 00:00:01") == eve + 11
    assert section_text(source, section()).without_year("01-08 15:30:07") is None


class Line(Record):
    """A line of a section."""

    text: Text | None


@dataclass(frozen=True)
class Lines:
    """An artefact, as far as a reader must know it."""

    name: str = "lines"

    @property
    def kinds(self) -> dict[str, Kind]:
        return kinds_of(Line)


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    for number, line in text.lines():
        if line == "broken":
            raise Malformed(f"{text.name} is broken.")
        yield Row({"text": line}, line=number)


def test_what_becomes_of_sections(tmp_path: Path) -> None:
    parts = {
        "whole": (b"a\nb\n", None, Outcome.READ, 2),
        "timed out": (b"c\n", "*** SERVICE 'x' DUMP TIMEOUT (10000ms) EXPIRED ***", Outcome.FAILED, 1),
        "slow": (b"", "*** command 'x' timed out after 10s", Outcome.FAILED, 0),
        "error": (b"", "*** Error dumping service info", Outcome.FAILED, 0),
        "skipped": (b"", "Skipping 'x' on user build", Outcome.ABSENT_EXPECTED, 0),
        "partly": (b"d\n", "*** command 'x' failed: exit code 1", Outcome.READ, 1),
        "first error": (b"e\nbroken\nf\n", None, Outcome.READ, 1),
        "second error": (b"broken\n", None, Outcome.READ, 0),
        "last": (b"g\n", None, Outcome.READ, 1),
    }
    data, sections = b"", []
    for title, (body, problem, _, _) in parts.items():
        sections.append(section(title=title, start=len(data), end=len(data) + len(body), problem=problem))
        data += body
    (tmp_path / "text").write_bytes(data)
    member = Member(suffix="", path=str(tmp_path / "text"))
    group = FileGroup(domain="", relative="text", members=(member,), sections=tuple(sections))
    artefact = Lines()
    context = Context(device=Device(platform="android"))
    read = section_rows(parse, layout="test")(artefact, {"main": group}, context)
    texts: list[object] = []
    with pytest.raises(Malformed, match="first error is broken"):
        for batch in read:
            texts += batch.column("text")
    assert texts == ["a", "b", "c", "d", "e", "g"]
    assert [(part.name, part.outcome, part.records, part.detail) for part in context.log.parts] == [
        (title, outcome, records, problem or "") for title, (_, problem, outcome, records) in parts.items()
    ]
    assert list(section_rows(parse)(artefact, {}, context)) == []
