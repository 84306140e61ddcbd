"""Columns on their way from a worker: packed they say the same, and nothing that is no column gets through."""

from __future__ import annotations

from array import array
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil import kinds
from sousveil.artefacts.model import Artefact, Event
from sousveil.cases import tasks
from sousveil.cases.frames import Columns, as_stored, joined, type_of
from sousveil.cases.plain_columns import values_of
from sousveil.columns import Blobs, sound
from sousveil.errors import Malformed
from sousveil.findings.matching import Matcher
from sousveil.findings.matching_fold import composed_of, fold, inert
from sousveil.findings.matching_lines import Lines
from sousveil.findings.matching_odd import Oddities
from sousveil.indicators.index import Index, engines
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet
from sousveil.indicators.model import IndicatorKind as K
from sousveil.kinds import Role, kind_of
from sousveil.readers.sqlite_batch import make_batch
from sousveil.records import (
    FEW,
    Batch,
    Column,
    Reals,
    Record,
    Sparse,
    Texts,
    Whole,
    check_batch,
    forget,
    pack,
    packed,
    unpacked,
)
from tests.profiles import examples

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6) | st.sampled_from(["\x1f", "a\x1fb", "\n", ""])
numbers = st.integers(-(2**63), 2**63 - 1)
values = texts | numbers | st.floats(allow_nan=False) | st.binary(max_size=4)


def columns_of(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Columns without a hole, with some, and of hardly anything else."""
    return (
        st.lists(one, min_size=1, max_size=12)
        | st.lists(one | st.none(), min_size=1, max_size=12)
        | st.lists(st.one_of(st.none(), st.none(), st.none(), st.none(), st.none(), one), min_size=1, max_size=30)
    )


any_column = columns_of(texts) | columns_of(numbers) | columns_of(st.floats(allow_nan=False)) | columns_of(values)


class Row(Record):
    """One of everything."""

    text: kinds.Text | None
    url: kinds.Url | None
    at: kinds.UnixTime | None
    number: kinds.Integer | None
    real: kinds.Real | None
    kept: kinds.Opaque


ROW = Artefact(
    name="test.row",
    title="Rows",
    needs={},
    record=Row,
    role=Role.RECEIVED,
    read=lambda *_: iter(()),
    events=(Event(at="at", says="something"),),
)


def batch(columns: dict[str, Any], count: int, **rest: Any) -> Batch:
    return Batch(artefact="test.row", layout="l", file="f", count=count, table="t", columns=columns, **rest)


def travelled(one: Batch) -> Batch:
    return tasks.batch_decoder.decode(tasks.encode(pack(one))[5:])


@given(any_column)
def test_a_packed_column_says_the_same(column: list[Any]) -> None:
    sent = batch({"kept": list(column)}, len(column), extra={"more": list(column)})
    came = travelled(sent)
    check_batch(came, Row)
    for name, held in (("kept", came.columns), ("more", came.extra)):
        assert unpacked(held[name]) == column
        assert list(map(type, unpacked(held[name]))) == list(map(type, column))
    assert came.row(0) == ({"kept": column[0]} if column[0] is not None else {})
    forget(came)
    assert unpacked(came.columns["kept"]) == column


@given(any_column)
def test_what_a_packed_column_remembers_is_what_it_says(column: list[Any]) -> None:
    found = packed(list(column))
    assert unpacked(found) == column
    if isinstance(found, Texts | Whole | Sparse):
        found.__dict__.clear()
    assert [(type(v), v) for v in unpacked(found)] == [(type(v), v) for v in column]


def test_what_is_packed_is_not_packed_again() -> None:
    sent = batch({"text": packed(["a", "b"]), "kept": [1, 2]}, 2, extra={"more": packed([None] * 8 + ["x"])})
    came = pack(sent)
    assert came.columns["text"] is sent.columns["text"]
    assert came.extra["more"] is sent.extra["more"]
    assert came.columns["kept"] == Whole(data=array("q", [1, 2]).tobytes())


@given(any_column)
def test_packed_where_a_batch_is_made(column: list[Any]) -> None:
    """Any column under a field of every type: what fits is kept, what does not is set apart, as one value says it."""
    made = make_batch(ROW, "l", "f", {"text": column, "number": column, "real": column, "kept": column}, len(column))
    check_batch(made, Row)
    assert [(type(v), v) for v in made.column("kept")] == [(type(v), v) for v in column]
    for name, types in (("text", (str,)), ("number", (int,)), ("real", (float, int))):
        for stored, value in zip(column, made.column(name), strict=True):
            assert value is None or type(value) in types
            assert type(stored) not in types or (type(value), value) == (type(stored), stored)


def test_truth_values_are_no_numbers() -> None:
    made = make_batch(ROW, "l", "f", {"number": [1, True, 3]}, 3)
    assert made.column("number") == [1, None, 3]
    assert unpacked(made.extra["number (as stored)"]) == [None, True, None]


@pytest.mark.parametrize("odd", [None, 0.0, 0, "7", 7e8])
def test_instants_where_a_batch_is_made(odd: object) -> None:
    column = [7e8 + 0.25, odd, 7e8]
    made = make_batch(ROW, "l", "f", {"at": column}, 3)
    assert made.column("at") == kinds.instants(column, 0)
    same = make_batch(ROW, "l", "f", {"at": [7e8, 7e8]}, 2)
    assert (same.columns, same.same) == ({}, {"at": 700_000_000_000_000})


def test_each_form() -> None:
    assert packed(["a", None, ""]) == Texts(joined=b"a\x1f\x1f", nulls=b"\0\1\0")
    assert packed(["a", "b"]) == Texts(joined=b"a\x1fb")
    assert packed([1, None]) == Whole(data=array("q", [1, 0]).tobytes(), nulls=b"\0\1")
    assert packed([2**63, 1]) == [2**63, 1]
    assert packed([1, None, "", 0.0, b""]) == [1, None, "", 0.0, b""]
    assert packed(["a", None, 0, b""]) == ["a", None, 0, b""]
    assert packed([1.5]) == Reals(data=array("d", [1.5]).tobytes())
    assert packed([None] * 8 + ["x"]) == Sparse(count=9, rows=[8], held=["x"])
    assert packed(["a\x1fb", None]) == ["a\x1fb", None]
    assert packed([b"a", 1]) == [b"a", 1]


@pytest.mark.parametrize(
    "column",
    [
        Texts(joined=b"a\x1fb\x1fc\x1fd"),
        Texts(joined=b"a"),
        Texts(joined=b"\xff\x1fb\x1fc"),
        Texts(joined=b"a\x1fb\x1fc", nulls=b"\0\0"),
        Texts(joined=b"a\x1fb\x1fc", nulls=b"\0\2\0"),
        Whole(data=bytes(16)),
        Whole(data=bytes(23)),
        Whole(data=bytes(24), nulls=b"\0\0"),
        Reals(data=bytes(8)),
        Sparse(count=4, rows=[0], held=["a"]),
        Sparse(count=3, rows=[3], held=["a"]),
        Sparse(count=3, rows=[-1], held=["a"]),
        Sparse(count=3, rows=[1, 1], held=["a", "b"]),
        Sparse(count=3, rows=[2, 1], held=["a", "b"]),
        Sparse(count=3, rows=[1], held=[]),
        Sparse(count=3, rows=[1], held=[["a"]]),
        ["a", "b"],
        [["a"], "b", "c"],
    ],
)
def test_what_is_no_column_is_refused(column: Column) -> None:
    for place in ("columns", "extra"):
        with pytest.raises(Malformed):
            check_batch(_holding(place, column), Row)


def _holding(place: str, column: Column) -> Batch:
    one = batch({}, 3)
    setattr(one, place, {"kept": column})
    return one


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("text", Whole(data=bytes(8))),
        ("text", Sparse(count=1, rows=[0], held=[1])),
        ("number", Texts(joined=b"1")),
        ("number", Reals(data=bytes(8))),
        ("at", Reals(data=bytes(8))),
        ("unknown", Texts(joined=b"1")),
    ],
)
def test_a_field_holds_only_what_its_kind_allows(name: str, column: Column) -> None:
    with pytest.raises(Malformed):
        check_batch(batch({name: column}, 1), Row)


def _long(one: st.SearchStrategy[Any], count: int) -> st.SearchStrategy[list[Any]]:
    full = st.lists(one, min_size=count, max_size=count)
    holes = st.lists(one | st.none(), min_size=count, max_size=count)
    return full | holes | st.just([None] * count) | one.map(lambda value: [None] * (count - 1) + [value])


@settings(deadline=None)
@given(
    st.lists(
        st.integers(1, 6).flatmap(
            lambda count: st.fixed_dictionaries(
                {"count": st.just(count)},
                optional={
                    "text": _long(texts, count),
                    "at": _long(st.integers(0, 2**52), count),
                    "number": _long(numbers, count),
                    "real": _long(st.floats(allow_nan=False), count),
                    "kept": _long(values, count),
                },
            )
        ),
        min_size=1,
        max_size=4,
    )
)
def test_packed_batches_give_the_same_tables(parts: list[dict[str, Any]]) -> None:
    """Whatever forms the columns of joined batches have."""
    plain = [batch({n: v for n, v in part.items() if n != "count"}, part["count"]) for part in parts]
    one, other = Columns(ROW, joined(plain)), Columns(ROW, joined([travelled(b) for b in plain]))
    for name in ROW.kinds:
        of = type_of(ROW.kinds[name])
        stored = [as_stored(ROW.kinds[name], value) for value in one.batch.column(name)]
        assert one.has(name) or stored == [None] * one.batch.count
        assert [*map(repr, values_of(one.get(name), of))] == [*map(repr, values_of(other.get(name), of))]
        assert [*map(repr, values_of(one.get(name), of))] == [*map(repr, stored)]


DOMAIN, ODD = "evil.com", "telegr\u0251m.com"
ODDITIES = st.sampled_from(
    ["evil.com", "ｅｖｉｌ．ｃｏｍ", "evil。com", "e\u00advil.com", "ev\u200bil.com", "EVIL.COM", "𝐞𝐯𝐢𝐥.com", "telegrɑm.com",
     "telegrⱭm.com", "e\u0301vil.com", "é", "Ü", "。", "你好", "\ufe0f", "❤\ufe0f", "\u200d", " ", "x", ".", "-", "%65vil.com", "\x1f",
     "\n", "１０．1.1.1", "//16843009", "\u0308", "K", "ﬁ", "℡", "xn--", "@", "://", "/"]
)  # fmt: skip


def _index(engine: str) -> Index:
    said = (Attribution(set_name="s", family="F", threat_class=None, publisher="p"),)
    made = [
        Indicator(kind=kind, value=value, original=value, pattern="equals", attributions=said)
        for kind, value in ((K.DOMAIN, DOMAIN), (K.DOMAIN, ODD), (K.IPV4, "1.1.1.1"), (K.EMAIL, "x@evil.com"))
    ]
    return Index.build([IndicatorSet(name="s", sha256="0", indicators=tuple(made))], engine=engine)


MATCHERS = {engine: Matcher(_index(engine)) for engine in engines()}
FIELDS = {"text": kind_of(kinds.Text), "url": kind_of(kinds.Url), "email": kind_of(kinds.Email)}


@pytest.mark.parametrize("engine", engines())
@settings(deadline=None)
@given(st.lists(st.none() | st.lists(ODDITIES, max_size=6).map("".join), min_size=1, max_size=8))
def test_packed_texts_match_as_lists_do(engine: str, column: list[str | None]) -> None:
    """And every row in which something stands is looked at: each alone gives what it gives among the others."""
    one = Batch(artefact="a", layout="l", file="f", count=len(column), columns=dict.fromkeys(FIELDS, column))
    found = MATCHERS[engine].match(one, FIELDS)
    assert MATCHERS[engine].match(travelled(one), FIELDS) == found
    fresh = Matcher(MATCHERS[engine].index)
    for row, text in enumerate(column):
        alone = Batch(artefact="a", layout="l", file="f", count=1, columns={name: [text] for name in FIELDS})
        assert [m.indicator for m in fresh.match(alone, FIELDS)] == [m.indicator for m in found if m.row == row]


@pytest.mark.parametrize("engine", engines())
@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.none() | st.lists(ODDITIES, max_size=4).map("".join), min_size=1, max_size=8), st.randoms())
def test_few_texts_met_again_and_again_match_as_lists_do(engine: str, few: list[str | None], order: Random) -> None:
    column = [order.choice(few) for _ in range(3 * FEW)]
    one = Batch(artefact="a", layout="l", file="f", count=len(column), columns=dict.fromkeys(FIELDS, column))
    found = MATCHERS[engine].match(one, FIELDS)
    assert MATCHERS[engine].match(travelled(one), FIELDS) == found
    alone = {
        text: MATCHERS[engine].match(
            Batch(artefact="a", layout="l", file="f", count=1, columns={name: [text] for name in FIELDS}), FIELDS
        )
        for text in {*few}
    }
    wanted = [(row, m.field, m.indicator, m.text, m.how) for row, text in enumerate(column) for m in alone[text]]
    assert [(m.row, m.field, m.indicator, m.text, m.how) for m in found] == wanted


@given(st.lists(ODDITIES, max_size=8).map("".join))
def test_an_inert_character_hides_nothing(text: str) -> None:
    """Where folding shows a literal that the text does not show, some character says so."""
    known = composed_of([ODD])
    for literal in (DOMAIN, ODD):
        if literal in fold(text) and literal not in text.lower():
            assert any(not char.isascii() and not inert(char, known) for char in text)


@settings(deadline=None)
@given(st.lists(st.text(max_size=5) | st.sampled_from(["\x1f", "é", ""]), max_size=9), st.data())
def test_rows_of_lines(rows: list[str], data: st.DataObject) -> None:
    rows = [row.encode("utf-8", "replace").decode() for row in rows]
    lines = Lines.joining(rows)
    assert list(lines.texts) == rows
    starts = [len("\x1f".join([r.replace("\x1f", " ") for r in rows[:n]])) + (n > 0) for n in range(len(rows))]
    full = [n for n, row in enumerate(rows) if row]
    wanted = sorted(data.draw(st.sets(st.sampled_from(full)))) if full else []
    cut = lines.cut(starts[n] for n in wanted)
    assert cut == [(n, rows[n].replace("\x1f", " ")) for n in wanted]
    at = [len(lines.joined[: starts[n]].encode()) for n in wanted]
    assert lines.rows(at) == set(wanted)
    assert lines.at(at) == cut


@settings(deadline=None)
@given(st.text(max_size=12) | st.lists(ODDITIES, max_size=8).map("".join), st.sampled_from(["", ODD, "é", "你ａ"]))
def test_odd_places_are_those_of_each_character_alone(text: str, letters: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    known = composed_of([letters])

    def counts(char: str) -> bool:
        return " " < char < "\x7f" or (char > "\x7f" and not inert(char, known))

    wanted = [
        len(text[:at].encode())
        for at, char in enumerate(text)
        if char > "\x7f"
        and not inert(char, known)
        and (counts(text[at - 1 : at]) or counts(text[at + 1 : at + 2]) or len(fold(char)) > 3)
    ]
    oddities = Oddities(known)
    assert oddities.places(text.encode()) == oddities.places(text.encode()) == wanted


@pytest.mark.parametrize(
    "column",
    [
        Blobs(data=b"ab", sizes=b"", nulls=b"\1\0"),
        Blobs(data=b"ab", sizes=array("I", [2]).tobytes(), nulls=b"\1\0"),
        Blobs(data=b"ab", sizes=array("I", [2, 0]).tobytes(), nulls=b"\1\0"),
        Blobs(data=b"ab", sizes=array("I", [1, 0]).tobytes(), nulls=None),
        Blobs(data=b"", sizes=array("I", [0, 0]).tobytes(), nulls=b"\2\0"),
    ],
)
def test_blobs_that_no_honest_worker_sends(column: Blobs) -> None:
    assert sound(column, 2, (bytes,)) is False
    assert sound(Blobs(data=b"ab", sizes=array("I", [0, 2]).tobytes(), nulls=b"\1\0"), 2, (bytes,)) is True
