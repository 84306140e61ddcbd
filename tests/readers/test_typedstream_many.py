"""Bodies of many messages at once give what they give one by one."""

from __future__ import annotations

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from message_bodies import message_bodies
from typedstream_writer import attributed

from sousveil.readers.typedstream import unsaid
from sousveil.readers.typedstream_many import unsaid_packed
from sousveil.readers.work import Constant, Values
from sousveil.readers.work import as_list as as_values
from sousveil.records import Blobs, Sparse, Texts
from tests.profiles import examples

SAID = st.sampled_from([None, None, "", "said", "see https://a.example/x", "e\u0301\U0001f600"])


def _blobs(values: list[bytes | None]) -> Blobs:
    nulls = bytes(value is None for value in values)
    pieces = [value or b"" for value in values]
    sizes = array("I", map(len, pieces)).tobytes()
    return Blobs(data=b"".join(pieces), sizes=sizes, nulls=nulls if 1 in nulls else None)


def _texts(values: list[str | None]) -> Texts:
    nulls = bytes(value is None for value in values)
    return Texts(joined="\x1f".join(v or "" for v in values).encode(), nulls=nulls if 1 in nulls else None)


def _sparse(values: list[str | None]) -> Sparse:
    rows = [row for row, value in enumerate(values) if value is not None]
    return Sparse(count=len(values), rows=rows, held=[values[row] for row in rows])


def _expected(
    blobs: list[bytes | None], said: list[str | None]
) -> tuple[list[object], list[object], dict[int, object]]:
    texts, links = unsaid(blobs, said)
    merged = [text if text else before for text, before in zip(texts, said, strict=True)]
    came = ["attributedBody" if text else None for text in texts]
    return merged, came, {row: urls for row, urls in enumerate(links) if urls}


@settings(deadline=None, max_examples=examples(400))
@given(st.lists(st.tuples(message_bodies(), SAID), min_size=1, max_size=40), st.booleans())
def test_packed_bodies_agree_with_bodies_one_by_one(rows: list[tuple[bytes | None, str | None]], sparse: bool) -> None:
    blobs, said = [blob for blob, _ in rows], [text for _, text in rows]
    expected = _expected(blobs, said)
    given_said: Values = _sparse(said) if sparse else _texts(said)
    found = unsaid_packed(_blobs(blobs), given_said, len(rows))
    if (
        found is None
    ):  # a text that cannot be copied as it stands: it is not UTF-8 (and was mended), or holds the separator
        assert any("\x1f" in (text or "") or "\ufffd" in (text or "") for text in expected[0])  # type: ignore[operator]
        return
    assert (as_values(found.texts, len(rows)), as_values(found.came, len(rows)), found.links) == expected


def test_long_bodies_and_many_rows() -> None:
    link = "https://a.example/x"
    blobs: list[bytes | None] = []
    for number in range(300):
        text = f"{number} " * (1 + number % 90)
        attributes = {"__kIMLinkAttributeName": ("url", link)} if number % 7 == 0 else {}
        blobs.append(None if number % 11 == 0 else attributed(text, attributes))
    said = ["said" if number % 3 == 0 else None for number in range(300)]
    found = unsaid_packed(_blobs(blobs), _texts(said), 300)
    assert found is not None
    assert (as_values(found.texts, 300), as_values(found.came, 300), found.links) == _expected(blobs, said)
    assert max(len(text or "") for text in as_values(found.texts, 300)) > 300


def test_no_message_has_a_text_of_its_own() -> None:
    blobs: list[bytes | None] = [attributed(f"text {number}", {}) for number in range(5)]
    found = unsaid_packed(_blobs(blobs), Constant(None), 5)
    assert found is not None
    assert (as_values(found.texts, 5), found.came, found.links) == (
        [f"text {number}" for number in range(5)],
        Constant("attributedBody"),
        {},
    )


def test_columns_of_another_form_are_left_to_others() -> None:
    blobs = _blobs([b"x"])
    assert unsaid_packed(None, Constant(None), 1) is None
    assert unsaid_packed(Constant(b"x"), Constant(None), 1) is None
    assert unsaid_packed(blobs, Constant("said"), 1) is None
    assert unsaid_packed(blobs, ["said"], 1) is None
    assert unsaid_packed(blobs, Sparse(count=1, rows=[0], held=[b"said"]), 1) is None
    assert unsaid_packed(_blobs([attributed("one\x1ftwo", {})]), Constant(None), 1) is None
