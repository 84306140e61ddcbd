"""Who tells of an id first as something else: no check at the door, no clock, no queue and no notice is rid of it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions import lookup, proposals
from sousveil.decisions.compiled import read
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import NeedView, state_row
from sousveil.decisions.procedures.engine import Board, country_codes, day_of
from sousveil.decisions.views.halts import halts
from sousveil.decisions.views.licences import queue
from sousveil.desk import harms
from sousveil.ledger.keys import PrivateKey
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.codes import RetractReason, Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement
from sousveil.register.publication import Submission
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import WITNESSED, Rec, id_of, port, tell
from tests.decisions.rig import DAY, FREE, Rig, ask, parties, sid
from tests.register.maker import private, public, published

DAY_NUMBER = day_of(DAY)
REPORTED: dict[str, Any] = {"by": "paper", "standing": "reported"}
PAPER: dict[str, str] = {"title": "A paper"}


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("first") / "register")
    parties(made)
    for key in ("ministry", "board", "vireo", "averna", "rival"):
        made.publisher(key)
    yield made
    made.register.close()


# At the door


DOOR: dict[str, tuple[str, str, Rec]] = {
    "decision without notice": (
        "board",
        "no_notice",
        ("decision", "OversightDecision", {"about": "@proposal", "body": "@board", "outcome": "approved", "date": "2025-03-05"}),
    ),
    "registration of somebody else": (
        "holding",
        "not_the_company",
        ("registration", "Registration", {"company": "@vendor", "startDate": "2025-01-01", "status": "submitted"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOOR)
@pytest.mark.parametrize("by", ["itself", "paper"])
def test_what_may_not_be_published_is_refused_whatever_its_id_was_called_before(
    tmp_path: Path, name: str, by: str
) -> None:
    key, code, record = DOOR[name]
    with port(tmp_path / "register") as register:
        tell(register, key if by == "itself" else by, (record[0], "Document", {"title": "A paper"}))
        with pytest.raises(Refused) as told:
            tell(register, key, record)
        assert told.value.code == code


def test_a_proposal_that_was_called_a_document_first_and_decided_without_notice_is_shown_with_it(
    tmp_path: Path,
) -> None:
    with port(tmp_path / "register") as register:
        proposal: Rec = ("p-2", "Acquisition", {"name": "Another", "body": "@police", "board": "@board",
                                                "proposedOn": "2025-01-10", "product": "@product"})  # fmt: skip
        tell(register, "police", ("p-2", "Document", {"title": "A paper"}), proposal)
        tell(register, "board", ("d-2", "OversightDecision", {"about": "@p-2", "body": "@board", "outcome": "approved",
                                                              "date": "2025-03-05"}))  # fmt: skip
        view = proposals.proposals_view(register.store, today="2025-06-01")
        shown = {one.ref.id: [each.code for each in one.stands.problems] for one in view.proposals}
        assert "no_notice" in shown[id_of("p-2")] and id_of("proposal") in shown


# Clocks and labels


def late(rig: Rig, key: str) -> list[tuple[str, str]]:
    """What is overdue on a record, and its state."""
    board = Board(rig.register.store)
    return [
        (one.due.clock, one.item.state) for one in items.open_duties(board, DAY_NUMBER) if one.item.ref.id == sid(key)
    ]


def test_a_request_that_the_body_calls_a_document_first_runs_and_ends_by_the_word_of_whoever_asked(rig: Rig) -> None:
    rig.say("request", type="Document", title="A paper", by="ministry")
    rig.say("request", type="InformationRequest", name="Request", body="@ministry", status="asked", askedOn="2024-01-10",
            **REPORTED)  # fmt: skip
    assert late(rig, "request") == [("answer", "asked")]
    rig.say("request", type="InformationRequest", answeredOn="2024-01-20", by="ministry")
    rig.say("request", type="Document", title="Another", by="ministry")
    assert late(rig, "request") == [("answer", "replied")]
    rig.say("request", type="InformationRequest", answeredOn="2024-05-20", **REPORTED)
    assert late(rig, "request") == []


def test_a_halt_that_is_called_a_document_first_stays_in_force(rig: Rig) -> None:
    rig.say("halt", type="Document", title="A paper", by="ministry")
    rig.say("halt", type="MoratoriumMeasure", state="@averna", measureKind="moratorium", covers=["use"], startDate="2023-01-01",
            status="in-force", date="2023-01-01", **REPORTED)  # fmt: skip
    rig.say("use", type="Document", title="A paper", by="ministry")
    rig.say(
        "use", type="Deployment", body="@ministry", product="@lens", country="xb", startDate="2023-05-01", **REPORTED
    )
    (view,) = (one for one in halts(Board(rig.register.store), DAY_NUMBER) if one.country == "xb")
    assert (view.covers, [one.ref.id for one in view.despite]) == (["use"], [sid("use")])
    assert [one.state for one in view.measures] == ["in-force"]


# Licences


@pytest.mark.parametrize("hostile", [False, True])
def test_a_review_that_was_called_an_event_first_counts_as_what_it_is(rig: Rig, hostile: bool) -> None:
    rig.say("licence", type="ExportLicence", name="Licence", licensee="@vireo", issuer="@ministry", product="@lens",
            status="granted", issueDate="2022-01-01", destination="xb", **REPORTED)  # fmt: skip
    rig.say("case", type="AbuseIncident", name="A case", product="@lens", vendor="@vireo", date="2023-01", **REPORTED)
    if hostile:
        rig.say("review", type="LicenceEvent", licence="@licence", event="renewed", date="2023-02-01", by="rival",
                standing="reported")  # fmt: skip

    def found() -> list[tuple[str, str]]:
        return [(one.licence.id, one.state) for one in queue(rig.register.store, as_of="2199-01-01").items]

    assert found() == [(sid("licence"), "undecided")]
    rig.say("review", type="LicenceReview", licence="@licence", authority="@ministry", outcome="revoked",
            date="2023-03-01", reason="Abuse.", incident="@case", by="ministry")  # fmt: skip
    assert found() == [(sid("licence"), "ended")]


# Notices


def test_a_harm_that_was_called_something_else_first_is_told_to_the_regulator(rig: Rig) -> None:
    for key, first, values in (
        ("claim", "Document", PAPER),
        (
            "incident",
            "LicenceReview",
            {"licence": "@nothing", "authority": "@averna", "outcome": "maintained", "reason": "r"},
        ),
    ):
        rig.say(key, type=first, by="vireo", standing="reported", **values)
    rig.say("claim", type="ClientClaim", client="@ministry", vendor="@vireo", stage="reported", **REPORTED)
    rig.say(
        "incident", type="AbuseIncident", name="A case", vendor="@vireo", stage="infected", date="2023-01", **REPORTED
    )
    told, left = harms.harms_of(rig.register.store, [sid("vireo")])
    said = [rig.register.store.statement(one.statement) for one in told]
    found = {(one.statement.subject, one.statement.property) for one in said}  # type: ignore[union-attr]
    assert found >= {
        (sid("claim"), "client"),
        (sid("claim"), "vendor"),
        (sid("incident"), "vendor"),
        (sid("incident"), "stage"),
    }
    assert left == 0


# Whose word


def test_the_founder_of_a_request_is_who_told_of_a_request(rig: Rig) -> None:
    rig.say("request", type="Document", title="A paper", by="ministry")
    rig.say("request", type="InformationRequest", name="Request", body="@ministry", askedOn="2024-01-10", **REPORTED)
    reader = Reader(rig.register.store)
    reader.load([sid("request")])
    whole = reader.records[sid("request")]
    (found,) = lookup.every(reader, "InformationRequest")
    assert (whole.type, found.type) == ("Document", "InformationRequest")
    assert lookup.first_publisher(reader, whole) == sid("ministry")
    assert lookup.first_publisher(reader, found) == sid("paper")
    assert {one.statement.property for one in lookup.first_account(reader, found).statements} == {
        "name",
        "body",
        "askedOn",
    }
    rig.register.retract(rig.ids["request"][1:], private("paper"), RetractReason.WRONG)
    assert lookup.every(Reader(rig.register.store), "InformationRequest") == []


def test_a_body_that_calls_itself_an_organization_first_is_a_public_body_where_somebody_says_so(rig: Rig) -> None:
    """A label that somebody independent has to give is not given by a part of a State that was first called an organization."""
    rig.publisher("institute")
    rig.say("institute", type="Organization", name="Institute", country="xc", by="institute")
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community")
    rig.say("proposal", type="Acquisition", name="Lens", body="@ministry", product="@lens", board="@board",
            proposedOn="2024-01-10")  # fmt: skip
    # At the door the board's own notice counts, in answers a confirmed one.
    for key, by in (("notice", "board"), ("public", FREE)):
        rig.say(key, type="PublicNotice", acquisition="@proposal", noticedOn="2024-01-11", days="30", by=by)
    rig.say("decision", type="OversightDecision", name="D", body="@board", about="@proposal", outcome="approved",
            date="2024-03-01", reason="Narrow.", by="institute")  # fmt: skip

    def state() -> str:
        found = items.items(Board(rig.register.store), registry.all_procedures()["h-boards"], DAY_NUMBER)
        return next(one.state for one in found if one.ref.id == sid("proposal"))

    assert state() == "approved"
    rig.say("institute", type="PublicBody", name="Institute", **REPORTED)
    assert state() == "noticed"


def test_who_calls_a_board_a_public_body_of_its_own_does_not_speak_for_it(tmp_path: Path) -> None:
    """Nobody told of the board as that before: yet the vendor is not the board's superior, decides nothing and votes for nobody."""
    vote: Rec = (
        "vote-x", "Vote",
        {"body": "@board", "about": "@proposal", "seat": "@seat-1", "choice": "for", "date": "2025-03-05", "necessity": "n",
         "proportionality": "p", "legality": "l"},
    )  # fmt: skip
    with port(tmp_path / "register") as register:
        noticed = {"acquisition": "@proposal", "noticedOn": "2025-01-15", "days": "30"}
        tell(register, "police", ("notice", "PublicNotice", noticed))
        tell(register, "board", ("hearing", "Hearing", {"acquisition": "@proposal", "date": "2025-03-01"}))
        tell(
            register,
            "vendor",
            ("vendor", "PublicBody", {"name": "Hollow Systems Ltd"}),
            ("board", "PublicBody", {"name": "Port Community Board", "partOf": "@vendor"}),
            standing=Standing.REPORTED,
        )
        tell(
            register,
            "vendor",
            (
                "d",
                "OversightDecision",
                {"about": "@proposal", "body": "@board", "outcome": "approved", "date": "2025-03-05"},
            ),
        )
        assert lookup.part_of(Reader(register.store), id_of("board")) == [id_of("board")]
        (shown,) = proposals.proposals_view(register.store, today="2025-06-01").proposals
        assert (shown.stands.stage, shown.stands.outcome) == ("deciding", None)
        board = Board(register.store)
        late = [
            one.due.clock
            for one in items.open_duties(board, day_of("2025-06-01"))
            if one.item.ref.id == id_of("proposal")
        ]
        assert late == ["decision"]
        tell(register, "vendor", vote)
        (shown,) = proposals.proposals_view(register.store, today="2025-06-01").proposals
        assert shown.stands.votes == {}


def test_who_calls_a_regulator_a_body_of_its_own_acknowledges_nothing(tmp_path: Path) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(
            register,
            "ngo",
            ("told", "RegulatorNotice", {"company": "@vendor", "regulator": "@office", "sentOn": "2025-01-01"}),
        )
        tell(register, "holding", ("told", "RegulatorNotice", {"acknowledgedOn": "2025-01-05"}))
        tell(
            register,
            "holding",
            ("holding", "PublicBody", {"name": "Grey"}),
            ("office", "PublicBody", {"partOf": "@holding"}),
        )
        board = Board(register.store)
        late = [
            one.due.clock for one in items.open_duties(board, day_of("2025-06-01")) if one.item.ref.id == id_of("told")
        ]
        assert late == ["acknowledgement"]


def test_junk_that_a_product_is_said_to_be_part_of_hides_nothing(rig: Rig) -> None:
    """Sixty parts that the maker made up, told before the true one and after it: what weakens encryption is found, and so is its maker."""
    rig.say("bad", type="Company", name="Badco", country="xc")
    rig.say("platform", type="SurveillanceProduct", name="Platform", vendor="@bad", worksBy=["weakening-encryption"])
    junk = [f"junk-{at}" for at in range(60)]
    rig.many([(one, "SurveillanceProduct", "vireo", "reported", {"name": f"Part {one}"}) for one in junk])
    rig.many([("lens", "SurveillanceProduct", "vireo", "reported", {"partOf": [f"@{one}" for one in junk[:55]]})])
    rig.say("lens", type="SurveillanceProduct", partOf="@platform")
    rig.many([("lens", "SurveillanceProduct", "vireo", "reported", {"partOf": [f"@{one}" for one in junk[55:]]})])
    deal = rig.world().deal(ask("sale"))
    assert sid("bad") in deal.vendors and "xc" in deal.home_states
    assert rig.value("product.weakens_encryption", "lens").truth is Truth.TRUE
    assert rig.value("product.encryption_kept", "lens").truth is Truth.FALSE


# The country of a body


def need(register: Register, procedure: str, name: str, country: str) -> NeedView:
    row = state_row(Board(register.store), country, DAY_NUMBER)
    (cell,) = (one for one in row.cells if one.procedure == procedure)
    (found,) = (one for one in cell.needs if one.name == name)
    return found


def test_a_country_that_the_state_s_own_unverified_office_reports_meets_no_need(tmp_path: Path) -> None:
    inquiry: Rec = ("inquiry", "Investigation", {"name": "Inquiry", "body": "@institute", "status": "closed",
                    "startDate": "2024-01-10", "endDate": "2024-03-01", "findings": "All.",
                    "quality": ["immediate", "independent", "transparent", "impartial"]})  # fmt: skip
    institute: Rec = ("institute", "Organization", {"name": "Institute of Inquiries"})
    with port(tmp_path / "late", *WITNESSED) as register:
        tell(register, "paper", institute)
        tell(register, "witness", inquiry)
        tell(register, "office-b", ("institute", "Organization", {"country": "xb"}), standing=Standing.REPORTED)
        assert need(register, "b-investigations", "investigation", "xb").state == "unknown"
    with port(tmp_path / "first", *WITNESSED) as register:
        tell(register, "paper", (*institute[:2], {**institute[2], "country": "xb"}))
        tell(register, "witness", inquiry)
        assert need(register, "b-investigations", "investigation", "xb").state == "met"


def test_no_country_that_a_later_publisher_reports_makes_a_halt_of_a_state(tmp_path: Path) -> None:
    halt: Rec = ("halt", "MoratoriumMeasure", {"state": "@council", "measureKind": "moratorium", "status": "in-force",
                 "covers": ["sale"], "startDate": "2022-01-01"})  # fmt: skip
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", ("council", "PublicBody", {"name": "Council"}))
        tell(register, "witness", halt)
        tell(register, "holding", ("council", "PublicBody", {"country": "xb"}), standing=Standing.REPORTED)
        (view,) = halts(Board(register.store), DAY_NUMBER, "xb")
        assert (view.state, view.covers) == ("none", [])


def test_nobody_hides_a_refusal_or_a_use_by_reporting_the_body_first_with_another_country(tmp_path: Path) -> None:
    halt: Rec = ("halt", "MoratoriumMeasure", {"country": "xb", "measureKind": "moratorium", "status": "in-force",
                 "covers": ["sale", "transfer", "use"], "startDate": "2022-01-01"})  # fmt: skip
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(
            register,
            "holding",
            ("secret", "PublicBody", {"name": "Secret", "country": "xc"}),
            standing=Standing.REPORTED,
        )
        tell(register, "witness", ("secret", "PublicBody", {"country": "xb", "partOf": "@state-b"}), halt,
             ("use", "Deployment", {"body": "@secret", "product": "@product", "startDate": "2023-01-01"}),
             ("request", "InformationRequest", {"question": "Which?", "body": "@secret", "requester": "@witness",
              "status": "refused", "askedOn": "2023-01-01", "refusedOn": "2023-02-01"}))  # fmt: skip
        assert need(register, "f-contracts", "requests", "xb").state == "not"
        (view,) = halts(Board(register.store), DAY_NUMBER, "xb")
        assert [one.ref.id for one in view.despite] == [id_of("use")]


def test_a_record_keeps_its_state_where_a_stranger_completes_a_body_that_it_names(tmp_path: Path) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", ("exchange", "Organization", {"name": "Exchange of Isle"}))
        tell(register, "ngo", ("notice", "RegulatorNotice", {"name": "Notice", "regulator": "@exchange",
             "company": "@vendor", "sentOn": "2024-01-01"}), standing=Standing.REPORTED)  # fmt: skip
        tell(register, "holding", ("exchange", "Organization", {"country": "xc"}), standing=Standing.REPORTED)
        board = Board(register.store)
        notice = board.record(id_of("notice"))
        assert notice is not None
        assert country_codes(board, notice) == ["xa"]


@pytest.mark.parametrize(("more", "state"), [({}, "met"), ({"endDate": "2023-03-01"}, "unknown"),
                                             ({"startDate": "2026-01-01"}, "unknown")], ids=str)  # fmt: skip
def test_of_two_periods_of_one_publisher_the_shorter_halts(tmp_path: Path, more: dict[str, str], state: str) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "witness", ("halt", "MoratoriumMeasure", {"country": "xb", "measureKind": "moratorium",
             "status": "in-force", "covers": ["sale"], "startDate": "2022-01-01", "endDate": "2030-01-01"}))  # fmt: skip
        if more:
            tell(register, "witness", ("halt", "MoratoriumMeasure", {**more}))
        assert need(register, "a-moratorium", "sale", "xb").state == state


MADE = "2026-01-01T00:00:00Z"


def test_two_keys_that_one_domain_proves_are_one_publisher_to_every_reader(rig: Rig) -> None:
    owner, operator, entries = "Watch Desk (invented)", rig.register.paths.key(OPERATOR_KEY), list[Submission]()
    for name in ("desk-1", "desk-2"):
        key = public(name)
        proof = {"domain": "desk.example", "sha256": sha256(key.encode()).hexdigest(), "size": len(key)}
        payloads: list[tuple[log.Payload, PrivateKey]] = [
            (log.KeyAdd(key=key, owner=owner, role=Role.PUBLISHER, domain="desk.example", made=MADE), operator),
            (log.DomainProof(key=key, **proof, checked="2024-01-01", by="operator", made=MADE), operator),
            *((log.Voucher(key=key, made=MADE), private(f"voucher-{place}")) for place in (1, 2)),
        ]
        entries += [Submission(envelope=publication.sign(log.encode(one), by)) for one, by in payloads]
    for outcome in rig.register.submit_many(entries):
        published(outcome)
    for name, place in (("desk-1", "name"), ("desk-2", "summary")):
        said = Statement(subject=sid("two-keys"), type="InformationRequest", property=place, value="Asked", source="https://desk.example",
                         publisher=owner, dataset="direct", standing=Standing.REPORTED)  # fmt: skip
        published(rig.register.publish([said], private(name), receipt=False))
    reader = Reader(rig.register.store, today=DAY)
    reader.load([sid("two-keys")])
    own = {lookup.publisher(reader, one) for one in reader.records[sid("two-keys")].statements}
    assert own == {f"{owner}\ndesk.example"}
    _, world = read(rig.register.store, today=DAY)
    record = world.record(sid("two-keys"))
    assert record is not None and {world.base.signer(one).publisher for one in record.statements} == own
