"""Statements of a proof in parts: each once, where it stands first, and the same to whoever reads them as a list is."""

from __future__ import annotations

import msgspec
import pytest

from sousveil.decisions.model import FactShown, Open, Proof, Reason, Texts, written
from sousveil.decisions.subject_groups import proof, texts


def row(id: str) -> FactShown:
    """A statement."""
    return FactShown(statement=id * 64, says=f"It is {id}", source="Paper", standing="reported", date=None)


A, B, C = row("a"), row("b"), row("c")


def test_each_statement_once_where_it_stands_first() -> None:
    made = Proof(([B, A], [A, C], [B]))
    assert (list(made), len(made), made[0], made[1:], C in made, bool(made)) == ([B, A, C], 3, B, [A, C], True, True)
    assert made == [B, A, C] and made == [B, A, C] and made == Proof(([B, A, C],))
    assert made != [A, B, C] and made != (B, A, C) and not Proof(([], []))
    with pytest.raises(TypeError):
        hash(made)


def test_texts_each_once_and_the_same_as_a_list() -> None:
    made = Texts((["b", "a"], ["a", "c"], []))
    assert (list(made), len(made), made[-1], made[:2], bool(made)) == (["b", "a", "c"], 3, "c", ["b", "a"], True)
    assert made == ["b", "a", "c"] and made == ["b", "a", "c"] and made != ("b", "a", "c")
    assert repr(made) == "['b', 'a', 'c']" and not Texts(([], []))


def test_parts_are_put_side_by_side_and_never_copied() -> None:
    one, two = [A], [B, C]
    both = proof((one, two))
    assert type(both) is Proof and both == [A, B, C]
    assert both.parts[0] is one and both.parts[1] is two
    assert proof((one,)) is one and proof(()) == []


def test_texts_of_one_list_are_that_list() -> None:
    one = ["a", "b"]
    assert texts([[], one]) is one and texts([one, ["b", "c"]]) == ["a", "b", "c"] and texts([[], []]) == []


def test_an_answer_is_written_with_the_whole_of_it() -> None:
    reason = Reason(
        rule="r",
        pack="p",
        effect="blocked",
        citation="c",
        says="s",
        facts=Proof(([A], [A, B])),
        unproven=Texts((["x"], ["x", "y"])),
    )
    as_list = msgspec.structs.replace(reason, facts=[A, B], unproven=["x", "y"])
    assert reason == as_list and written(reason) == msgspec.json.encode(as_list)
    assert msgspec.json.decode(written([reason]), type=list[Reason]) == [as_list]
    with pytest.raises(NotImplementedError, match="object is no part of an answer"):
        written(Open(rule="r", pack="p", needs="n", facts=object()))  # type: ignore[arg-type]
