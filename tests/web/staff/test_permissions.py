"""The table of permissions itself: laws that no row may break, and that its documentation is the same table."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sousveil.web.staff.permissions import ACTS, BY_NAME, If, Role, What, Who, may

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "concepts" / "permissions.md"
MARK = {
    If.ALWAYS: "yes",
    If.OWN: "own",
    If.NOT_OWN: "not own",
    If.OWN_SEAT: "own seat",
    If.SECOND: "second",
    If.NOT_SELF: "not self",
}


def table() -> str:
    """The table as the document has it."""
    lines = ["| may | " + " | ".join(Role) + " | audit |", "| --- |" + " --- |" * (len(Role) + 1)]
    for act in ACTS:
        cells = [MARK[act.may[role]] if role in act.may else "–" for role in Role]
        lines.append(f"| {act.says} | " + " | ".join(cells) + f" | {'yes' if act.privileged else '–'} |")
    return "\n".join(lines)


def test_the_document_shows_the_table() -> None:
    assert table() in DOCUMENT.read_text("utf-8")


def test_laws_of_the_table() -> None:
    for act in ACTS:
        assert act.method == "POST" or not act.privileged or act.name == "held.read"
        if act.name.startswith(
            ("draft.read", "draft.save", "draft.prepare", "draft.payload", "draft.hand-in", "draft.delete")
        ):
            assert set(act.may.values()) == {If.OWN}, "nobody works on what another owner signs"
        if act.name.startswith(("held.re",)):
            assert dict(act.may) == {Role.REVIEWER: If.NOT_OWN}
    assert {act.name for act in ACTS if Role.CASE_HANDLER in act.may} == {"home", "audit.checkpoint"}
    assert dict(BY_NAME["erasure.approve"].may) == {Role.OPERATOR: If.SECOND}
    assert len(BY_NAME) == len(ACTS) == len({(act.method, act.path) for act in ACTS})


_TEXT = st.sampled_from(["", "a", "b"])


@given(
    act=st.sampled_from(ACTS),
    who=st.builds(Who, pseudonym=st.sampled_from(["a", "b"]), role=st.sampled_from(Role), owner=_TEXT, seat=_TEXT),
    what=st.builds(What, owner=_TEXT, seat=_TEXT, proposed_by=_TEXT, account=_TEXT),
)
def test_a_condition_only_takes_away(act: object, who: Who, what: What) -> None:
    one = BY_NAME[getattr(act, "name")]  # noqa: B009 - hypothesis gives it untyped
    if may(one, who, what):
        assert may(one, who), "who may not by role may not by any condition"
        if one.may[who.role] is If.OWN:
            assert who.owner and who.owner == what.owner
        if one.may[who.role] is If.NOT_OWN:
            assert who.owner and who.owner != what.owner
        if one.may[who.role] is If.SECOND:
            assert what.proposed_by not in ("", who.pseudonym)
