"""The minutes of a board over HTTP: one form, the signatures of the board and its members, one hand-in; whole or not at all."""

from __future__ import annotations

import base64
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.register import Register
from tests.decisions.procedures.clerk import Clerk, Page, put

BOARD = "Brackwater Surveillance Board"
COUNCIL = "Brackwater City Council"
MEMBER = "Open Phones Collective"


@pytest.fixture
def proposal(clerk: Clerk) -> Iterator[str]:
    """A proposal that was public for its days, before a board with a key and one seat."""
    key = PrivateKey.new()
    key.save(clerk.keys / "board.key")
    folder = clerk.keys.parent
    with Register.open(folder, gate=gate) as register:
        board = entity(register, BOARD)
        register.key_add(key.public.raw.hex(), board, Role.PUBLISHER)
    id = put(clerk, "h-boards", "proposal", "brackwater-council", "confirmed", name="Cameras", body=COUNCIL, board=BOARD,
             vendor="Quietwater Analytics AG", purpose="To count ships.", proposedOn="2026-05-01", noticeDays="30",
             rightsAssessment="None.")  # fmt: skip
    put(clerk, "h-boards", "notice", "brackwater-council", "confirmed", acquisition=id, body=COUNCIL, noticedOn="2026-05-02",
        days="30")  # fmt: skip
    seat = {"organization": BOARD, "member": MEMBER, "constituency": ["civil-society"], "startDate": "2024-01-15"}
    said = {
        "publisher": BOARD,
        "source": "https://board.example/members",
        "standing": "confirmed",
        "valid_until": "",
        "record": "",
    }
    more = {f"statement.{name}": value for name, value in said.items()}
    clerk.publish("g-oversight", "member", {**seat, **more}, key="board")
    yield id


def entity(register: Register, name: str) -> str:
    [found] = {
        register.store.canonical(one.statement.subject)
        for one in register.store.iter_statements()
        if (one.statement.property, one.statement.value) == ("name", name)
    }
    return found


def names(clerk: Clerk, proposal: str) -> dict[str, str]:
    """Property of the one vote -> its field of the form."""
    page = clerk.get(f"/boards/{proposal}/minutes").text
    return {name.rpartition(".")[2]: name for name in re.findall(r'name="(vote-sv-[0-9a-f]{24}\.[A-Za-z]+)"', page)}


def fill(clerk: Clerk, proposal: str, **more: str) -> Page:
    """Send minutes: one vote against, and the rejection."""
    vote = names(clerk, proposal)
    values = {
        "hearing.date": "2026-06-10",
        vote["choice"]: "against",
        vote["necessity"]: "A count by eye does the same.",
        vote["proportionality"]: "All are watched.",
        vote["legality"]: "No law speaks of it.",
        vote["date"]: "2026-06-20",
        "decision.outcome": "rejected",
        "decision.date": "2026-06-21",
        "decision.reason": "As voted.",
        "statement.publisher": BOARD,
        "statement.source": "https://board.example/minutes/9",
        "statement.standing": "confirmed",
        **{vote.get(name, name): value for name, value in more.items()},
    }
    request = urllib.request.Request(
        f"{clerk.address}/boards/{proposal}/minutes", data=urllib.parse.urlencode(values).encode()
    )
    return clerk._open(request)


def hand_in(clerk: Clerk, ready: Page, *keys: str) -> Page:
    assert ready.status == 200, re.sub(r"<[^>]+>", " ", ready.text)
    payload = ready.hidden("payload")
    signatures = b"".join(clerk.sign(base64.b64decode(payload), key) for key in keys)
    return clerk.hand_in(payload, ready.hidden("contents"), signatures)


def size(clerk: Clerk) -> int:
    return int(clerk.json("/log")["size"])


def standing(clerk: Clerk, proposal: str) -> Any:
    return clerk.json(f"/boards/{proposal}")["proposal"]["stands"]


def test_one_hand_in_publishes_the_minutes_with_the_votes_of_the_members(clerk: Clerk, proposal: str) -> None:
    before = size(clerk)
    ready = fill(clerk, proposal)
    assert f"These members confirm their votes: {MEMBER}." in ready.text
    assert hand_in(clerk, ready, "open-phones", "board").status == 201
    assert size(clerk) == before + 1
    found = standing(clerk, proposal)
    assert (found["stage"], found["hearing"], found["votes"]) == ("rejected", "2026-06-10", {"against": 1})
    assert [one["code"] for one in found["problems"]] == []
    [vote] = [one for one in clerk.json(f"/boards/{proposal}")["steps"] if one["kind"] == "vote"]
    assert (vote["by"][0]["caption"], vote["code"], vote["note"]) == (MEMBER, "against", "")
    decision = clerk.json(f"/entities/{found['decision']}")["properties"]
    counted = {one["name"]: one["claims"][0]["value"] for one in decision if one["name"].startswith("votes")}
    assert counted == {"votesFor": "0", "votesAgainst": "1"}
    assert names(clerk, proposal) == {}, "who has voted has no vote in further minutes"


@pytest.mark.parametrize("keys", [("board",), ("board", "rookery")], ids=["nobody", "another"])
def test_a_vote_that_its_member_does_not_sign_is_shown_so(clerk: Clerk, proposal: str, keys: tuple[str, ...]) -> None:
    assert hand_in(clerk, fill(clerk, proposal), *keys).status == 201
    found = standing(clerk, proposal)
    assert found["problems"] == []


def test_minutes_without_the_signature_of_the_board_are_refused(clerk: Clerk, proposal: str) -> None:
    before = size(clerk)
    refused = hand_in(clerk, fill(clerk, proposal), "open-phones")
    assert (refused.status, "Where several sign, the signature of the publisher comes first." in refused.text) == (
        422,
        True,
    )
    assert size(clerk) == before


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"legality": ""}, "“Reasons: legality” is missing."),
        ({"decision.outcome": "agreed"}, "“agreed” is none of what can be said here"),
        ({"decision.colour": "blue"}, "There is no such field."),
        ({"statement.publisher": "Nobody"}, "No key of this register belongs to “Nobody”."),
    ],
    ids=["a reason is missing", "no outcome", "no field", "no key"],
)
def test_what_is_wrong_in_one_part_keeps_the_whole_back(
    clerk: Clerk, proposal: str, more: dict[str, str], says: str
) -> None:
    before = size(clerk)
    wrong = fill(clerk, proposal, **more)
    assert (wrong.status, says in wrong.text) == (422, True)
    assert "A count by eye does the same." in wrong.text, "what was typed is still there"
    assert size(clerk) == before


def test_the_gate_refuses_the_whole_for_one_part(clerk: Clerk, proposal: str) -> None:
    """The decision is of a day before the notice is over: neither it nor the hearing or the vote is published."""
    before = size(clerk)
    refused = hand_in(
        clerk, fill(clerk, proposal, **{"decision.date": "2026-05-20", "hearing.date": "2026-05-10"}), "board"
    )
    assert (refused.status, "it cannot be decided on 2026-05-20" in refused.text) == (422, True)
    assert (size(clerk), standing(clerk, proposal)["votes"]) == (before, {})


def test_a_proposal_without_a_board_has_no_minutes(clerk: Clerk) -> None:
    id = put(clerk, "h-boards", "impact", "brackwater-council", "confirmed", title="Effects", body=COUNCIL, purpose="x",
             affected="All.", rightsAssessment="None.", publishedAt="2026-05-01")  # fmt: skip
    assert clerk.get(f"/boards/{id}/minutes").status == 404


def test_on_the_command_line_each_signature_is_named(
    clerk: Clerk, proposal: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready = fill(clerk, proposal)
    folder = tmp_path / "minutes"
    folder.mkdir()
    payload = base64.b64decode(ready.hidden("payload"))
    (folder / "payload.json").write_bytes(payload)
    (folder / "contents.json").write_bytes(base64.b64decode(ready.hidden("contents")))
    given: list[str] = []
    for key in ("open-phones", "board"):
        (folder / f"{key}.sig").write_bytes(clerk.sign(payload, key))
        given += ["--signature", str(folder / f"{key}.sig")]
    assert main(["register", "publish", "--register", str(clerk.keys.parent), str(folder), *given]) == 0
    assert "Published at index" in capsys.readouterr().err
    with Register.open(clerk.keys.parent, gate=gate) as register:
        entry = register.store.entry(register.store.size() - 1)
        assert entry.publisher == entity(register, BOARD)
        ring = register.store.keyring()
        owners = [found.owner for one in entry.signers if (found := ring.find(one)) is not None]
        assert owners == [entity(register, BOARD), entity(register, MEMBER)]
    assert main(["register", "verify", str(clerk.keys.parent), "--no-go"]) == 0
    assert "All holds." in capsys.readouterr().out
