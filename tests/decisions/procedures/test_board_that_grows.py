"""A board that grew by what was published is the one that is loaded anew, whole list by whole list, also where records were joined."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.growing import grown
from tests.decisions.rig import Rig, rigged, sid

KINDS = (
    {"type": "SurveillanceProduct", "vendor": "@vireo"},
    {"type": "AbuseIncident", "product": "@lens", "date": "2023-06-01", "stage": "infected"},
    {"type": "InformationRequest", "body": "@ministry", "question": "Which?", "askedOn": "2024-01-01"},
    {"type": "Law", "title": "Act", "jurisdiction": "xb", "status": "bill"},
)
Lists = dict[str, list[tuple[str, str, list[str]]]]


def lists(board: Board) -> Lists:
    """Each record, with what each who tells of it says: a board keeps that of those that were asked for."""
    return {
        name: [
            (one.id, one.type, [said.id for each in (one, *board.readings(one)) for said in each.statements])
            for one in many
        ]
        for name, many in board.records.items()
    }


def join(rig: Rig, key: str, left: str, right: str) -> None:
    for by in ("watch", "paper"):
        rig.say(f"{key}-{by}", type="Judgement", left=f"@{left}", right=f"@{right}", verdict="same", by=by)


def test_a_record_is_put_where_a_board_that_is_loaded_anew_has_it(tmp_path: Path) -> None:
    """Between the ids of two that are one: the one stands where the id stands that it is known by."""
    with rigged(tmp_path) as rig:
        low, new, mid, high = sorted((f"k{at}" for at in range(40)), key=sid)[::10]
        for key in (low, mid, high):
            rig.say(key, type="SurveillanceProduct", name=f"C {key}", vendor="@vireo")
        join(rig, "judged", high, low)
        assert rig.register.store.canonical(sid(low)) == sid(high)
        board = Board(rig.register.store)
        rig.say(new, type="SurveillanceProduct", name="C new", vendor="@vireo")
        more = grown(board)
        assert more is not None
        assert lists(more) == lists(Board(rig.register.store))
        ids = [one for one, _, _ in lists(more)["SurveillanceProduct"]]
        assert ids == sorted([sid("lens"), sid(new), sid(mid), sid(high)])


def test_what_was_taken_back_is_not_there_again_when_somebody_says_something_else_of_its_id(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("asked", type="InformationRequest", name="A request", body="@ministry", askedOn="2023-01-01")
        assert [one.id for one in Board(rig.register.store).records["InformationRequest"]] == [sid("asked")]
        rig.retract("asked", "watch")
        board = Board(rig.register.store)
        rig.say("asked", type="Document", title="A leaflet", by="paper", standing="reported")
        fresh, more = Board(rig.register.store), grown(board)
        assert more is not None
        assert (fresh.records["InformationRequest"], more.records["InformationRequest"]) == ([], [])


@pytest.mark.parametrize("seed", range(4))
def test_any_history_gives_the_same_board(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with rigged(tmp_path) as rig:
        keys: list[str] = []
        once: list[str] = []
        board, grew = Board(rig.register.store), 0
        for step in range(24):
            if once and step % 8 == 3:
                rig.retract(once[0], "watch")
                rig.say(once.pop(0), type="Document", title="Another thing", by="paper", standing="reported")
            elif len(keys) > 2 and step % 6 == 5:
                join(rig, f"judged-{step}", *chance.sample(keys, 2))
            elif once and chance.random() < 0.3:
                rig.say(
                    once.pop(chance.randrange(len(once))),
                    **chance.choice(KINDS),
                    name=f"again {step}",
                    by="paper",
                    standing="reported",
                )
            else:
                keys.append(f"k{chance.randrange(10**6)}")
                once.append(keys[-1])
                rig.say(keys[-1], **chance.choice(KINDS), name=f"record {step}")
            more, fresh = grown(board), Board(rig.register.store)
            if more is not None:
                assert lists(more) == lists(fresh), step
                grew += 1
            board = more or fresh
        assert grew >= 8
