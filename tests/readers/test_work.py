"""Roles told out of packed columns are those told row by row."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.model import Device
from sousveil.artefacts.ios import safari_history, sms, whatsapp
from sousveil.artefacts.model import Context
from sousveil.readers.work import Constant, Work, as_list
from sousveil.records import packed
from tests.profiles import examples

CONTEXT = Context(device=Device(), full=True)
NUMBERS = st.one_of(st.none(), st.sampled_from([0, 1, 1, 2, -1, 1 << 62]))
URLS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "https://www.google.com/search?q=é",
            "https://google.com.evil.example/search?q=a",
            "https://duckduckgo.com/?q=a=b",
            "=",
            "",
            "https://a.example/?x=1",
            "https://bing.com/search?q",
        ]
    ),
    st.text(max_size=5),
)


def held(values: list[Any]) -> Any:
    """A column as the reader of pages gives it."""
    if set(map(type, values)) <= {int, str, type(None)} and values.count(values[0]) == len(values):
        return Constant(values[0])
    return packed(values)


def agree(derive: Any, columns: dict[str, list[Any]], looked: list[str]) -> None:
    count = len(next(iter(columns.values())))
    plain: dict[str, Any] = {name: list(values) for name, values in columns.items()}
    derive(plain, CONTEXT)
    work = Work({name: held(values) for name, values in columns.items()}, count)
    derive(work, CONTEXT)
    settled = work.settled()
    for name in looked:
        assert (name in settled) == (name in plain)
        if name in plain:
            assert as_list(settled[name], count) == plain[name]


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(NUMBERS, st.one_of(st.none(), st.just("t"))), min_size=1, max_size=300))
def test_messages(rows: list[tuple[Any, ...]]) -> None:
    mine, texts = map(list, zip(*rows, strict=True))
    none = [None] * len(rows)
    agree(sms.derive, {"_mine": mine, "text": texts, "_payload": none, "_body": none}, ["role", "text"])


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.tuples(NUMBERS, NUMBERS, st.sampled_from([None, "https://a.example/", "https://mmg.whatsapp.net/x"])),
        min_size=1,
        max_size=200,
    ),
    st.booleans(),
)
def test_whatsapp(rows: list[tuple[Any, ...]], media: bool) -> None:
    keys, mine, links = map(list, zip(*rows, strict=True))
    columns = {"_key": keys, "_mine": mine, "_media_url": links, "_metadata": [b"x http://a.example/"] * len(rows)}
    if not media:
        columns |= {"_media_url": [None] * len(rows), "_metadata": [None] * len(rows)}
    agree(whatsapp.derive, columns, ["role", "own_media_url", "media_url", "metadata_links"])


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(URLS, NUMBERS), min_size=1, max_size=200), st.booleans())
def test_visits(rows: list[tuple[Any, ...]], caused: bool) -> None:
    urls, causes = map(list, zip(*rows, strict=True))
    agree(
        safari_history.derive,
        {"url": urls, "_cause": causes if caused else [None] * len(rows)},
        ["role"],
    )
