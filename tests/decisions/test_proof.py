"""Statements of a proof in parts: each once, where it stands first, and the same to whoever reads them as a list is."""

from __future__ import annotations

import msgspec
import pytest

from sousveil.decisions.model import FactShown, Open, Proof, Reason, written
from sousveil.decisions.subject_groups import NO_PIECE, Piece, proof


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


def test_parts_are_put_side_by_side_and_never_copied() -> None:
    one, two = Piece([A]), Piece([B, C])
    both = proof([one, NO_PIECE, two])
    assert type(both) is Proof and both.parts == ([A], [B, C])
    assert both.parts[0] is one.rows and both.parts[1] is two.rows
    whole = proof([Piece(both), one])
    assert type(whole) is Proof and whole.parts == ([A], [B, C], [A]) and whole == [A, B, C]
    assert proof([NO_PIECE, one]) is one.rows and proof([]) == []


def test_an_answer_is_written_with_the_whole_of_it() -> None:
    reason = Reason(rule="r", pack="p", effect="blocked", citation="c", says="s", facts=Proof(([A], [A, B])))
    as_list = msgspec.structs.replace(reason, facts=[A, B])
    assert reason == as_list and written(reason) == msgspec.json.encode(as_list)
    assert msgspec.json.decode(written([reason]), type=list[Reason]) == [as_list]
    with pytest.raises(NotImplementedError, match="object is no part of an answer"):
        written(Open(rule="r", pack="p", needs="n", facts=object()))  # type: ignore[arg-type]
