"""Is a body established, and why not; where a proposal stands: exact answers on the invented Port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.decisions.oversight import BodyRow, oversight_view
from sousveil.decisions.procedures.cells import company_cells
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import items
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.proposals import proposal_view, proposals_view
from sousveil.register.model import Standing
from sousveil.register.register import Register
from sousveil.register.store import writing
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import NOTICE, Rec, id_of, port, tell
from tests.decisions.procedures.test_checks import VOTE, decision, vote
from tests.register.maker import private

DAY = "2025-06-01"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register", ("police", [NOTICE])) as made:
        yield made


def answer(register: Register, body: str) -> BodyRow:
    view = oversight_view(register.store, id_of("vendor"), today=DAY)
    [row] = [one for one in view.bodies if one.ref.id == id_of(body)]
    return row


UNCONFIRMED = ("not_confirmed", "rights_not_confirmed", "no_quality", "too_narrow")
"""Nobody in Port has a verified key."""


def told(found: BodyRow) -> list[tuple[str, bool]]:
    return [(one.code, one.disqualifies) for one in found.reasons if one.code not in UNCONFIRMED]


def body(key: str, name: str, *seats: tuple[str, dict[str, str]], **more: str) -> list[Rec]:
    """A body over the vendor, with its members."""
    values = {
        "name": name,
        "oversees": "@vendor",
        "bodyKind": "vendor",
        "mandate": "Watches.",
        "establishedOn": "2024-01-01",
    }
    found: list[Rec] = [(key, "OversightBody", {k: v for k, v in (values | more).items() if v})]
    for number, (member, given) in enumerate(seats):
        base = {"member": f"@{member}", "organization": f"@{key}", "startDate": "2024-01-01"}
        found.append((f"{key}-{number}", "Membership", base | given))
    return found


CIVIL = ("ngo", {"constituency": "civil-society", "humanRights": "yes"})
SCHOOL = ("school", {"constituency": "academia"})
BODIES = [
    ("whole", body("b", "B", CIVIL, SCHOOL), []),
    ("paid by the vendor", body("b", "B", CIVIL, ("school", {"constituency": "academia", "paidBy": "@vendor"})),
     [("paid_by_vendor", True)]),
    ("paid by its holding", body("b", "B", CIVIL, ("school", {"constituency": "academia", "paidBy": "@holding"})),
     [("paid_by_vendor", True)]),
    ("paid by who held it before", body("b", "B", CIVIL, ("school", {"constituency": "academia", "paidBy": "@fund"})), []),
    ("the holding itself sits in it", body("b", "B", CIVIL, ("holding", {"constituency": "industry"})),
     [("of_vendor_group", True)]),
    ("no human-rights group", body("b", "B", ("ngo", {"constituency": "civil-society"}), SCHOOL),
     [("no_human_rights_group", True)]),
    ("its human-rights group is paid", body("b", "B", ("ngo", CIVIL[1] | {"paidBy": "@vendor"}), SCHOOL),
     [("paid_by_vendor", True), ("no_human_rights_group", True)]),
    ("no civil society", body("b", "B", ("ngo", {"constituency": "government", "humanRights": "yes"}), SCHOOL),
     [("no_civil_society", True)]),
    ("one kind only", body("b", "B", CIVIL), [("one_constituency", True)]),
    ("nobody sits in it", body("b", "B"), [("no_members", False)]),
    ("not yet", body("b", "B", CIVIL, SCHOOL, establishedOn="2026-01-01"), [("not_yet", True)]),
    ("since when is not said", body("b", "B", CIVIL, SCHOOL, establishedOn=""), [("no_date", False)]),
    ("without mandate", body("b", "B", CIVIL, SCHOOL, mandate=""), []),
    ("ended", body("b", "B", CIVIL, SCHOOL, dissolutionDate="2025-01-01"), [("ended", True)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "records", "reasons"), BODIES, ids=[one[0] for one in BODIES])
def test_established(register: Register, name: str, records: list[Rec], reasons: list[tuple[str, bool]]) -> None:
    tell(register, "ngo", *records)
    found = answer(register, body="b")
    assert told(found) == reasons
    assert [one.id for one in found.oversees] == [id_of("vendor")]
    assert found.established == ("false" if any(no for _, no in reasons) else "unknown")
    view = oversight_view(register.store, id_of("vendor"), today=DAY)
    assert [one.company.id for one in view.without] == [id_of("vendor")]


def test_the_share_of_civil_society(register: Register) -> None:
    tell(register, "ngo", *body("b", "B", CIVIL, SCHOOL))
    found = answer(register, body="b")
    assert (found.civil_share, found.human_rights_groups) == (0.5, 1)


def test_who_works_for_the_vendor_is_bound(register: Register) -> None:
    tell(register, "ngo", *body("b", "B", CIVIL, SCHOOL))
    tell(
        register,
        "paper",
        ("agent", "Representation", {"agent": "@school", "client": "@holding"}),
        standing=Standing.REPORTED,
    )
    found = answer(register, body="b")
    assert told(found) == [("of_vendor_group", True)]
    assert found.reasons[0].says == "School of Law: bound to Grey Tern Holding, which is the vendor or of its group."


CELLS = (
    # two sides, by a key that is not verified: no more than the rule of (g) takes (`Need.capped`)
    ("whole", (CIVIL, SCHOOL), "partly", "says that it is established"),
    ("a member paid by the vendor", (CIVIL, ("school", {"constituency": "academia", "paidBy": "@vendor"})), "not",
     "not established: its members show it"),
    ("no human-rights group", (("ngo", {"constituency": "civil-society"}), SCHOOL), "not",
     "not established: its members show it"),
    ("nobody sits in it", (), "partly", "says that it is established"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "seats", "state", "label"), CELLS, ids=[one[0] for one in CELLS])
def test_the_cell_of_a_company_asks_who_sits_in_its_body(
    tmp_path: Path, name: str, seats: tuple[tuple[str, dict[str, str]], ...], state: str, label: str
) -> None:
    quality = ["independent", "multi-stakeholder", "human-rights-groups", "civil-society"]
    made = body("b", "B", *seats)
    made[0][2]["quality"] = quality
    with port(tmp_path / "register", ("ngo", made)) as register:
        board, day = Board(register.store), day_of(DAY)
        [cell] = [one for one in company_cells(board, id_of("vendor"), day) if one.procedure == "g-oversight"]
        assert cell.state == state
        procedure = all_procedures()["g-oversight"]
        [item] = [one for one in items(board, procedure, day) if one.ref.id == id_of("b")]
        assert item.state_label == label


def test_a_stranger_s_seat_makes_no_cell_better(tmp_path: Path) -> None:
    made = body("b", "B", ("ngo", {"constituency": "civil-society"}), SCHOOL)  # no human-rights group
    made[0][2]["quality"] = ["independent", "multi-stakeholder", "human-rights-groups", "civil-society"]
    group = {
        "member": "@police",
        "organization": "@b",
        "constituency": "civil-society",
        "humanRights": "yes",
        "startDate": "2024-01-01",
    }
    with port(tmp_path / "register", ("ngo", made), ("holding", [("seat-x", "Membership", group)])) as register:
        cells = company_cells(Board(register.store), id_of("vendor"), day_of(DAY))
        assert [one.state for one in cells if one.procedure == "g-oversight"] == ["not"]


# Proposals


def stage(register: Register, day: str, proposal: str = "proposal") -> proposals.ProposalStanding:
    return proposals.standing_of(proposals.Case(Reader(register.store, today=day), id_of(proposal), day))


def codes(found: proposals.ProposalStanding) -> list[str]:
    return [one.code for one in found.problems]


def test_a_proposal_step_by_step(register: Register) -> None:
    first = stage(register, "2025-01-20")
    assert (first.stage, first.notice_from, first.notice_days, first.notice_until, first.problems) == (
        "notice",
        "2025-01-15",
        30,
        "2025-02-14",
        [],
    )
    assert stage(register, "2025-02-14").stage == "deciding"
    tell(
        register, "board", ("hearing", "Hearing", {"acquisition": "@proposal", "body": "@board", "date": "2025-03-01"})
    )
    tell(register, "board", ("vote-1", "Vote", VOTE | {"choice": "for"}))
    tell(register, "board", ("vote-2", "Vote", VOTE | {"seat": "@seat-2", "choice": "for"}))
    tell(register, "board", ("decision", "OversightDecision", {
        "body": "@board", "about": "@proposal", "outcome": "approved-with-conditions", "date": "2025-03-20", "reason": "As voted.",
        "condition": "Only with a warrant.", "expiryDate": "2026-12-31"}))  # fmt: skip
    found = stage(register, "2025-06-01")
    assert found == proposals.ProposalStanding(
        stage="approved-with-conditions",
        notice_from="2025-01-15",
        notice_days=30,
        notice_until="2025-02-14",
        comments_until="2025-02-20",
        comments={},
        hearing="2025-03-01",
        votes={"for": 2},
        decision=id_of("decision"),
        decided_on="2025-03-20",
        outcome="approved-with-conditions",
        conditions=["Only with a warrant."],
        expires_on="2026-12-31",
        report_due="2026-03-20",
        problems=[],
        next="The yearly report on use.",
    )
    assert stage(register, "2025-02-20").stage == "deciding"  # a decision of later is not known on that day
    late = stage(register, "2026-03-21")
    assert (late.stage, codes(late)) == ("approved-with-conditions", ["no_report"])
    tell(register, "police", ("report", "UseReport", {
        "title": "Use in 2025", "body": "@police", "about": "@decision", "publishedAt": "2026-03-01"}))  # fmt: skip
    assert (stage(register, "2026-03-21").report_due, codes(stage(register, "2026-03-21"))) == ("2027-03-01", [])
    assert stage(register, "2027-01-01").stage == "expired"
    view = proposal_view(register.store, id_of("proposal"), today="2026-03-21")
    assert view is not None
    assert [(one.kind, one.date) for one in view.steps] == [
        ("notice", "2025-01-15"),
        ("hearing", "2025-03-01"),
        ("vote", "2025-03-10"),
        ("vote", "2025-03-10"),
        ("decision", "2025-03-20"),
        ("report", "2026-03-01"),
    ]
    assert sorted(([ref.caption for ref in one.by], one.code, one.what) for one in view.steps if one.kind == "vote") == [
        ([name], "for", "; ".join(map(VOTE.__getitem__, proposals.REASONS))) for name in ("People of Port", "School of Law")
    ]  # fmt: skip
    assert proposal_view(register.store, id_of("vendor")) is None


def test_an_approval_that_names_an_earlier_day_than_the_use_and_is_told_after_it_is_shown_so(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    use: Rec = ("use", "Deployment", {"body": "@police", "product": "@product", "startDate": "2025-06-01"})
    monkeypatch.setattr(writing, "utc_now", lambda: "2030-01-01T12:00:00Z")
    tell(register, "paper", use, standing=Standing.REPORTED)
    monkeypatch.setattr(writing, "utc_now", lambda: "2030-03-01T12:00:00Z")
    tell(register, "board", ("vote-1", "Vote", VOTE | {"choice": "for"}))
    tell(register, "board", decision())
    found = stage(register, "2025-06-02")
    assert codes(found) == ["use_before_approval"]
    assert found.problems[-1].says == "It was in use from 1 June 2025 on. The approval counts from 1 March 2030 on."


def test_an_approval_that_was_told_before_the_use_is_none(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one that is told between the announcement of a use and its beginning."""
    tell(register, "paper", ("use", "Deployment", {"body": "@police", "product": "@product", "startDate": "2030-06-01"}),
         standing=Standing.REPORTED)  # fmt: skip
    monkeypatch.setattr(writing, "utc_now", lambda: "2030-03-01T12:00:00Z")
    tell(register, "board", ("vote-1", "Vote", VOTE | {"choice": "for"}))
    tell(register, "board", decision(expiryDate="2035-01-01"))
    assert "use_before_approval" not in codes(stage(register, "2030-06-02"))


def test_what_is_used_before_it_is_approved_is_shown(register: Register) -> None:
    use: Rec = ("use", "Deployment", {"body": "@police", "product": "@product", "startDate": "2025-02-01"})
    tell(register, "paper", use, standing=Standing.REPORTED)
    assert codes(stage(register, "2025-01-31")) == []
    assert codes(stage(register, "2025-02-02")) == ["use_without_approval"]
    tell(register, "board", ("vote-1", "Vote", VOTE | {"choice": "for"}))
    tell(register, "board", decision(expiryDate="2025-12-31"))
    found = stage(register, "2025-06-01")
    assert codes(found) == ["use_before_approval"]
    assert (
        found.problems[-1].says == "It was in use from 1 February 2025 on. The approval counts from 20 March 2025 on."
    )
    assert codes(stage(register, "2026-01-01")) == ["use_before_approval", "use_after_expiry"]
    view = proposals_view(register.store, today="2025-06-01")
    assert (view.departures, [one.ref.id for one in view.proposals]) == (1, [id_of("proposal")])


def test_a_reported_decision_without_notice_is_a_breach_and_no_step(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        tell(register, "paper", decision(), standing=Standing.REPORTED)
        found = stage(register, DAY)
        assert (found.stage, found.outcome, codes(found)) == ("proposed", None, ["no_notice"])


def test_an_approval_without_votes_or_reasons(register: Register) -> None:
    early = tell(register, "board", decision())
    assert codes(stage(register, DAY)) == ["no_votes"]
    register.retract(early.ids, private("board"), "wrong")  # the vote is put on file before the decision
    tell(register, "board", ("vote-1", "Vote", {
        "body": "@board", "about": "@proposal", "seat": "@seat-1", "choice": "for", "date": "2025-03-10"}))  # fmt: skip
    done = tell(register, "board", ("decision-2", *decision()[1:]))
    assert codes(stage(register, DAY)) == ["votes_without_reasons"]
    register.retract(done.ids, private("board"), "wrong")
    assert (stage(register, DAY).stage, codes(stage(register, DAY))) == ("deciding", [])


def test_a_strangers_vote_or_notice_is_no_step(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        notice = {"acquisition": "@proposal", "noticedOn": "2025-01-12", "days": "1"}
        tell(register, "vendor", ("n", "PublicNotice", notice))
        assert stage(register, "2025-06-01").stage == "proposed"
        hearing = {"acquisition": "@proposal", "body": "@vendor", "date": "2031-01-01"}
        tell(register, "vendor", ("h", "Hearing", hearing))
        tell(register, "police", NOTICE)
        tell(register, "board", vote())  # a stranger's hearing holds nobody up
        assert stage(register, "2025-06-01").votes == {"against": 1}


def test_who_has_a_seat_votes_with_a_key_of_their_own_and_it_counts(register: Register) -> None:
    tell(register, "ngo", vote())  # against, whatever the board would like
    tell(register, "board", ("vote-2", "Vote", VOTE | {"seat": "@seat-2", "choice": "for"}))
    assert stage(register, DAY).votes == {"against": 1, "for": 1}
    shown = proposal_view(register.store, id_of("proposal"), today=DAY)
    assert shown is not None
    assert {one.by[0].caption: one.code for one in shown.steps if one.kind == "vote"} == {
        "People of Port": "against", "School of Law": "for",
    }  # fmt: skip


def test_a_seat_that_a_stranger_gives_casts_no_vote(register: Register) -> None:
    seat = {"member": "@vendor", "organization": "@board", "startDate": "2024-01-01"}
    tell(register, "holding", ("seat-9", "Membership", seat))
    tell(register, "vendor", ("vote-9", "Vote", VOTE | {"seat": "@seat-9", "choice": "for"}))
    assert stage(register, DAY).votes == {}


def test_the_body_that_asks_for_an_approval_gives_none(register: Register) -> None:
    """It publishes a decision of its own, and uses the tool: that stays a use without an approval."""
    tell(register, "police", ("own", *decision()[1:]))
    tell(
        register, "police", ("use", "Deployment", {"body": "@police", "product": "@product", "startDate": "2025-04-01"})
    )
    reader = Reader(register.store, today=DAY)
    found = proposals.standing_of(proposals.Case(reader, id_of("proposal"), DAY))
    assert (found.stage, found.decision, [one.code for one in found.problems]) == (
        "deciding",
        None,
        ["use_without_approval"],
    )
    no: Rec = ("no", "OversightDecision", {**decision()[2], "outcome": "rejected", "date": "2025-05-01"})
    tell(register, "police", no)
    found = proposals.standing_of(proposals.Case(Reader(register.store, today=DAY), id_of("proposal"), DAY))
    assert (found.stage, found.decision) == ("rejected", id_of("no"))  # that it was refused it may tell against itself
    tell(register, "board", ("whole", *decision()[1:]))
    found = proposals.standing_of(proposals.Case(Reader(register.store, today=DAY), id_of("proposal"), DAY))
    assert (found.stage, found.decision) == ("approved", id_of("whole"))


def test_a_stranger_puts_off_no_report_on_use(register: Register) -> None:
    tell(register, "board", decision())

    def due() -> str | None:
        return proposals.standing_of(
            proposals.Case(Reader(register.store, today=DAY), id_of("proposal"), DAY)
        ).report_due

    assert due() == "2026-03-20"
    report: Rec = (
        "r-ngo",
        "UseReport",
        {"title": "Use", "body": "@police", "about": "@decision", "publishedAt": "2025-05-01"},
    )
    tell(register, "ngo", report)
    assert due() == "2026-03-20"
    tell(register, "police", ("r-own", *report[1:]))
    assert due() == "2026-05-01"


def test_the_report_on_the_impact_stands_with_its_proposal(register: Register) -> None:
    [row] = proposals_view(register.store, today=DAY).proposals
    assert row.impact == []
    impact: Rec = (
        "impact",
        "ImpactReport",
        {
            "title": "What reading phones does",
            "body": "@police",
            "rightsAssessment": "Lawyers are listened to.",
            "publishedAt": "2025-01-05",
        },
    )
    tell(register, "police", ("impact", "Document", {"summary": "A paper"}), impact)
    tell(register, "police", ("proposal", "Acquisition", {"impactReport": "@impact"}))
    [row] = proposals_view(register.store, today=DAY).proposals
    assert [(one.id, one.caption) for one in row.impact] == [(id_of("impact"), "What reading phones does")]
    view = proposal_view(register.store, id_of("proposal"), today=DAY)
    assert view is not None
    first = view.steps[0]
    assert (first.kind, first.ref.id, first.date, first.what, [one.id for one in first.by]) == (
        "impact",
        id_of("impact"),
        "2025-01-05",
        "Lawyers are listened to.",
        [id_of("police")],
    )


def test_a_decision_that_does_not_count_says_why_and_votes_stand_among_the_steps(register: Register) -> None:
    tell(register, "ngo", vote())
    tell(register, "police", ("own", "OversightDecision", decision()[2] | {"body": "@board"}))
    tell(register, "paper", ("told", "OversightDecision", decision()[2]), standing=Standing.REPORTED)
    shown = proposal_view(register.store, id_of("proposal"), today=DAY)
    assert shown is not None
    assert shown.proposal.stands.outcome is None
    assert {one.ref.id: one.note for one in shown.steps} == {
        id_of("notice"): "",
        id_of("vote"): "",
        id_of(
            "own"
        ): "It is no step of the procedure: it was published by City Police of Port, which is not the board. "
        "The decision is that of the board.",
        id_of(
            "told"
        ): "It is no step of the procedure: it was published by The Port Paper, which is not the board. The decision is that of the board.",
    }
    [cast] = [one for one in shown.steps if one.kind == "vote"]
    assert (cast.date, cast.code, [one.caption for one in cast.by]) == ("2025-03-10", "against", ["People of Port"])


@pytest.mark.parametrize("standing", [Standing.CONFIRMED, Standing.REPORTED])
@pytest.mark.parametrize("more", [{"startDate": "2099-01-01"}, {"endDate": "2019-01-01"}])
@pytest.mark.parametrize("again", [{}, {"body": "@police", "product": "@product"}])
def test_the_vendor_hides_no_use_without_approval(
    register: Register, standing: Standing, more: dict[str, str], again: dict[str, str]
) -> None:
    use: Rec = ("use", "Deployment", {"body": "@police", "product": "@product"})
    tell(register, "paper", use, standing=Standing.REPORTED)
    before = [(one.code, one.says) for one in stage(register, DAY).problems]
    assert before == [("use_without_approval", "A use is recorded, and no approval.")]
    tell(register, "vendor", ("use", "Deployment", {**more, **again}), standing=standing)
    assert [(one.code, one.says) for one in stage(register, DAY).problems] == before


@pytest.mark.parametrize("standing", [Standing.CONFIRMED, Standing.REPORTED])
def test_a_use_that_the_vendor_announced_is_one_by_the_word_of_who_saw_it(
    register: Register, standing: Standing
) -> None:
    use = {"body": "@police", "product": "@product"}
    tell(register, "vendor", ("use", "Deployment", {**use, "startDate": "2099-01-01"}), standing=standing)
    assert codes(stage(register, DAY)) == []
    tell(register, "paper", ("use", "Deployment", {"startDate": "2025-02-01"}), standing=Standing.REPORTED)
    assert codes(stage(register, DAY)) == ["use_without_approval"]
    tell(register, "board", ("vote-1", "Vote", VOTE | {"choice": "for"}))
    tell(register, "board", decision(expiryDate="2025-04-01"))
    tell(register, "ngo", ("use", "Deployment", {"endDate": "2025-03-30"}), standing=Standing.REPORTED)
    found = stage(register, DAY)
    assert codes(found) == ["use_before_approval", "use_after_expiry"]
    assert (
        found.problems[-2].says == "It was in use from 1 February 2025 on. The approval counts from 20 March 2025 on."
    )
