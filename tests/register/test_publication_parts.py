"""A publication that takes several entries: cut between records, taken whole or not at all, its statements numbered through."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sousveil.register import publication, remote
from sousveil.register.admission import Held, Published
from sousveil.register.model import Standing, Statement
from sousveil.register.refusal import Refused
from sousveil.register.sequencer import _Ticket
from sousveil.register.signing import parts
from sousveil.register.verify import verify
from tests.register.maker import Made, private, said


def sound(made: Made) -> bool:
    return verify(made.register.paths.root, go=False).code == 0


def body(number: int, *more: str) -> list[Statement]:
    """A record of 1 + as many statements."""
    subject = f"sv-{number:024x}"
    first = said(subject, "PublicBody", "name", f"Office {number}")
    return [first, *(said(subject, "PublicBody", "alias", f"{text} {number}") for text in more)]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 9))
@example([2, 1, 0, 1, 2], 2)
def test_statements_keep_their_order_and_parts_their_size(subjects: list[int], most: int) -> None:
    statements = [said(f"sv-{one:024x}", "PublicBody", "name", f"Name {at}") for at, one in enumerate(subjects)]
    cut = [list(one) for one in parts(statements, most)]
    assert list(itertools.chain.from_iterable(cut)) == statements
    assert all(1 <= len(one) <= most for one in cut)
    for number, (before, after) in enumerate(itertools.pairwise(cut), 1):
        # A cut through a record is made only where no other was possible, of all that follows.
        if {one.subject for one in before} & {one.subject for one in after}:
            later = list(itertools.chain.from_iterable(cut[number:]))
            alone = [
                at
                for at in range(1, len(before) + 1)
                if not {one.subject for one in before[:at]} & {one.subject for one in [*before[at:], *later]}
            ]
            assert alone == []


def test_a_cut_comes_between_two_records() -> None:
    statements = [*body(1, "A", "B"), *body(2, "A"), *body(3, "A", "B")]
    assert [len(one) for one in parts(statements, 6)] == [5, 3]
    assert [len(one) for one in parts(statements, 2)] == [2, 1, 2, 2, 1]


def test_a_record_that_must_be_whole_may_be_the_last_of_an_entry(made: Made) -> None:
    filling = list(itertools.chain.from_iterable(body(1000 + one) for one in range(publication.PER_ENTRY - 1)))
    notice = "sv-" + "7" * 24
    whole = [
        said(notice, "PublicNotice", "noticedOn", "2024-01-02"),
        said(notice, "PublicNotice", "acquisition", "sv-" + "8" * 24),
    ]
    proposal = [
        said("sv-" + "8" * 24, "Acquisition", "body", filling[0].subject),
        said("sv-" + "8" * 24, "Acquisition", "purpose", "To read phones"),
    ]
    made.register.publish(proposal, private("paper"), receipt=False)
    done = made.register.publish([*filling, *whole], private("paper"), receipt=False)
    assert isinstance(done, Published)
    assert len(done.ids) == publication.PER_ENTRY + 1
    sizes = [
        len(made.register.store.payload(made.register.store.entry(at)).commitments) for at in (done.index, done.last)
    ]  # type: ignore[union-attr]
    assert sizes == [publication.PER_ENTRY - 1, 2]


def test_nothing_is_kept_where_a_later_entry_is_refused(made: Made) -> None:
    filling = list(itertools.chain.from_iterable(body(1000 + one) for one in range(publication.PER_ENTRY + 5)))
    orphan = said("sv-" + "6" * 24, "PublicNotice", "noticedOn", "2024-01-02")
    before = made.register.store.size()
    with pytest.raises(Refused) as error:
        made.register.publish([*filling, orphan], private("paper"))
    number = len(filling)
    assert error.value.field.startswith(f"statements[{number}].")
    assert error.value.message.startswith(f"Statement {number}: ")
    assert made.register.store.size() == before
    assert made.register.store.statements_of([filling[0].subject]) == []
    done = made.register.publish(
        filling, private("paper"), receipt=False
    )  # the log is as it was: the same is taken now
    assert isinstance(done, Published)
    assert (done.index, done.last) == (before, before + 1)
    assert sound(made)


def test_a_value_that_is_wrong_is_named_by_its_place_in_the_whole(made: Made) -> None:
    filling = list(itertools.chain.from_iterable(body(1000 + one) for one in range(publication.PER_ENTRY + 5)))
    filling[-1] = msgspec.structs.replace(filling[-1], property="noSuchThing")
    before = made.register.store.size()
    with pytest.raises(Refused) as error:
        made.register.publish(filling, private("paper"))
    assert error.value.field == f"statements[{len(filling) - 1}].property"
    assert made.register.store.size() == before


def test_what_others_publish_meanwhile_is_taken(made: Made) -> None:
    filling = list(itertools.chain.from_iterable(body(1000 + one) for one in range(publication.PER_ENTRY + 5)))
    bad = [*filling, said("sv-" + "6" * 24, "PublicNotice", "noticedOn", "2024-01-02")]
    refused: list[Refused] = []
    taken: list[Published | Held] = []

    def all_or_nothing() -> None:
        for _ in range(5):
            try:
                made.register.publish(bad, private("paper"))
            except Refused as error:
                refused.append(error)

    def one_by_one() -> None:
        for at in range(20):
            taken.append(made.register.publish(body(5000 + at), private("paper"), receipt=False))

    before = made.register.store.size()
    threads = [threading.Thread(target=one) for one in (all_or_nothing, one_by_one)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(refused), len(taken)) == (5, 20)
    assert made.register.store.size() == before + 20
    assert sound(made)


def test_what_stopped_anothers_batch_stops_nobody_else(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread may write what another wants before its own: what breaks that off is told there, and its own is written."""
    sequencer = made.register.sequencer
    write = sequencer._write
    other = _Ticket([], None, whole=False)
    other.alone = True

    def full(tickets: Sequence[_Ticket], refused: list[Refused]) -> None:
        if other in tickets:
            raise OSError("no space left")
        write(tickets, refused)

    monkeypatch.setattr(sequencer, "_write", full)
    sequencer._waiting.append(other)  # as a thread does that is not yet let in
    before = made.register.store.size()
    done = made.register.publish(body(7000), private("paper"), receipt=False)
    assert isinstance(done, Published)
    assert (str(other.error), other.done) == ("no space left", True)
    assert made.register.store.size() == before + 1


def test_whoever_is_interrupted_has_nothing_written_later(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    sequencer = made.register.sequencer
    other = _Ticket([], None, whole=False)
    other.alone = True

    def interrupted(tickets: Sequence[_Ticket], refused: list[Refused]) -> None:
        raise KeyboardInterrupt

    before = made.register.store.size()
    with monkeypatch.context() as patch:
        patch.setattr(sequencer, "_write", interrupted)
        sequencer._waiting.append(other)
        with pytest.raises(KeyboardInterrupt):
            made.register.publish(body(7000), private("paper"), receipt=False)
    made.register.publish(body(7001), private("paper"), receipt=False)
    assert made.register.store.size() == before + 1


def test_a_register_elsewhere_says_how_much_was_taken_before() -> None:
    taken = Published(index=7, last=7, sha256="", ids=("a",) * 250)
    error = remote._after(
        Refused("Statement 3: Bad.", field="statements[3].value", code="bad", hint="Do so.").later(250), [taken], 250
    )
    assert (error.message, error.field, error.code) == ("Statement 253: Bad.", "statements[253].value", "bad")
    assert (
        error.hint
        == "Do so. The 250 statements before this entry were taken (at index 7 of the log): hand in the others alone."
    )
    waiting = remote._after(Refused("Bad.", field="envelope", code="bad"), [Held(id="h", reasons=(), ids=("h",))], 10)
    assert waiting.hint == "The 10 statements before this entry were taken (held for review): hand in the others alone."


def test_a_standing_that_waits_is_held_whole(made: Made) -> None:
    alleged = [
        msgspec.structs.replace(one, standing=Standing.ALLEGED)
        for number in range(publication.PER_ENTRY + 5)
        for one in body(1000 + number)
    ]
    before = made.register.store.size()
    done = made.register.publish(alleged, private("paper"))
    assert isinstance(done, Held)
    assert len(done.ids) == 2
    assert made.register.store.size() == before
