"""Whole views of the invented register, exactly."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sousveil.errors import Malformed, Missing
from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.model import Stance, Standing
from sousveil.register.register import Register
from sousveil.register.views.entity import entity_view
from sousveil.register.views.home import home_view
from sousveil.register.views.model import EntityView, RelatedView
from sousveil.register.views.network import network_view
from sousveil.register.views.sources import sources_view
from sousveil.register.views.timeline import timeline_view
from sousveil.register.views.worldmap import map_view
from sousveil.web.pictures.worldmap import map_svg
from tests.register.views import maker
from tests.register.views.golden import same
from tests.register.views.maker import PAPER, eid, id_of, record, said, tell

GOLDEN = Path(__file__).parent / "golden"
TODAY = "2024-06-01"


def check(name: str, view: object) -> None:
    """Compare a view with its file, and read it back as what it is."""
    data = msgspec.json.encode(view)
    assert msgspec.json.decode(data, type=type(view)) == view
    same(GOLDEN / f"{name}.json", msgspec.json.format(data).decode() + "\n")


def rows(view: EntityView, section: str) -> list[RelatedView]:
    """The rows of a section."""
    return [row for one in view.sections if one.name == section for row in one.rows]


def test_entity(register: Register) -> None:
    check("entity", entity_view(register.store, eid("Kestrel Ridge"), today=TODAY))


def test_entity_product(register: Register) -> None:
    check("product", entity_view(register.store, eid("Heron"), today=TODAY))


def test_home(register: Register) -> None:
    check("home", home_view(register.store, today=TODAY))


def test_network(register: Register) -> None:
    check("network", network_view(register.store, eid("Kestrel Ridge"), today=TODAY))


def test_network_ended(register: Register) -> None:
    check("network-ended", network_view(register.store, eid("Kestrel Ridge"), ended=True, today=TODAY))


def test_network_limit_loses_nothing(register: Register) -> None:
    full = network_view(register.store, eid("Kestrel Ridge"), today=TODAY)
    small = network_view(register.store, eid("Kestrel Ridge"), limit=3, depth=1, today=TODAY)
    first = [one for one in full.nodes if one.distance == 1]
    assert len(small.nodes) - 2 + small.more == len(first)
    more = [one for one in small.nodes if one.kind == "more"]
    assert [(one.caption, one.more) for one in more] == [("2 more", 2)]


def test_timeline(register: Register) -> None:
    check("timeline", timeline_view(register.store, eid("Kestrel Ridge"), today=TODAY))


def test_timeline_of_the_register(register: Register) -> None:
    view = timeline_view(register.store, today=TODAY)
    assert [(one.words, one.first_day, one.last_day, one.precision) for one in view.items] == [
        ("Marketing event: Shown at a police fair", "2019-01-01", "2019-12-31", "year"),
        (
            "Abuse incident: Phone of a reporter examined (infected, according to a forensic examination)",
            "2021-07-01",
            "2021-07-31",
            "month",
        ),
        ("Licence event: revoked", "2021-09-14", "2021-09-14", "day"),
    ]


def test_map(register: Register) -> None:
    check("map", map_view(register.store, today=TODAY))


def test_sources_says_what_is_loaded(register: Register) -> None:
    view = sources_view(register.store)
    assert view.direct == register.store.counts().datasets["direct"]
    assert not any(one.loaded for one in view.sources)
    assert {one.name for one in view.sources} >= {"letter-facts", "misp-surveillance-vendor", "us-ofac-sdn"}
    assert all(one.marks for one in view.sources if one.non_commercial or one.class_ == "reference")


def test_as_of_leaves_out_what_surely_did_not_hold(register: Register) -> None:
    early = entity_view(register.store, eid("Kestrel Ridge"), as_of="2018-06-01")
    assert rows(early, "owners") == [] and rows(early, "licences") == []
    later = entity_view(register.store, eid("Kestrel Ridge"), as_of="2021-01-01")
    assert [(row.ref.caption, row.state) for row in rows(later, "licences")] == [("EX-2020-17", "current")]
    assert [row.state for row in rows(later, "owners")] == ["unknown"]
    assert later.frame.as_of == "2021-01-01"


def test_known_at_shows_the_log_as_it_was(register: Register) -> None:
    first = register.store.statements_of([eid("Kestrel Ridge")])[0].recorded
    before = entity_view(register.store, eid("Kestrel Ridge"), known_at=first, today=TODAY)
    assert [one.name for one in before.properties] == ["name", "country", "jurisdiction"]
    assert before.frame.log_size == first + 1 and len(before.history) == 1
    assert sum(row.answered for row in rows(before, "uses")) == 0
    after = entity_view(register.store, eid("Kestrel Ridge"), today=TODAY)
    assert sum(row.answered for row in rows(after, "uses")) == 1


def test_the_denial_stands_beside_the_claim(register: Register) -> None:
    view = entity_view(register.store, eid("client 1"), today=TODAY)
    (claim,) = next(one.claims for one in view.properties if one.name == "stage")
    assert [(one.publisher, one.stance, one.source) for one in claim.answers] == [
        ("Harbour Police Directorate", "denies", "Letter to the register of 3 May 2024")
    ]


def test_correction_and_retraction_are_marked_and_not_dropped(register: Register) -> None:
    reseller = entity_view(register.store, eid("Reseller"), today=TODAY)
    claims = next(one.claims for one in reseller.properties if one.name == "country")
    assert [(one.value, one.stands, one.marks) for one in claims] == [
        ("om", True, []),
        ("ae", False, ["Corrected by its publisher."]),
    ]
    assert reseller.countries == ["om"]
    sister = entity_view(register.store, eid("Sister"), today=TODAY)
    (alias,) = next(one.claims for one in sister.properties if one.name == "alias")
    last = register.store.size() - 1
    assert alias.marks == [f"Retracted by its publisher in log entry {last}."]
    assert [one.words for one in sister.history] == [
        "1 claim retracted",
        "1 claim added by The Harbour Paper",
        "2 claims added by The Harbour Paper",
    ]


def test_missing_and_malformed(register: Register) -> None:
    with pytest.raises(Missing, match="says nothing about sv-none"):
        entity_view(register.store, "sv-none")
    with pytest.raises(Missing):
        network_view(register.store, "sv-none")
    with pytest.raises(Malformed, match="is not a day"):
        entity_view(register.store, eid("Heron"), as_of="2021")


def test_merge_redirects_and_keeps_both(tmp_path: Path) -> None:
    with maker.make(tmp_path / "r", lambda _: None) as register:
        tell(register, record("Fund 2", "Company", name="Palisade Growth Fund 2", country="ky"))
        before = register.store.size() - 1
        judged = record(
            "judged",
            "Judgement",
            left=eid("Fund"),
            right=eid("Fund 2"),
            verdict="same",
            reason="Same number",
            _by="Curator",
        )
        tell(register, judged)
        canonical = register.store.canonical(eid("Fund"))
        other = next(one for one in (eid("Fund"), eid("Fund 2")) if one != canonical)
        view = entity_view(register.store, other, today=TODAY)
        assert (view.id, view.redirect, [one.id for one in view.members]) == (canonical, canonical, [other])
        names = next(one.claims for one in view.properties if one.name == "name")
        assert sorted(one.value for one in names) == ["Palisade Growth Fund 2", "Palisade Growth Fund II LP"]
        assert [row.ref.id for row in rows(view, "owned")] == [eid("own 2")]
        assert [(one.verdict, one.reason, one.by) for one in view.judgements] == [("same", "Same number", "Curator")]
        network = network_view(register.store, eid("Holding"), today=TODAY)
        assert canonical in [one.id for one in network.nodes] and other not in [one.id for one in network.nodes]
        apart = entity_view(register.store, other, known_at=before, today=TODAY)
        assert (apart.id, apart.redirect, apart.members) == (other, None, [])


def test_erased_content_is_nowhere(tmp_path: Path) -> None:
    with maker.make(tmp_path / "r") as register:
        register.erase([id_of(register, "Kestrel Ridge", "reply")], EraseGround.CONSENT_WITHDRAWN, EraseBy.SUBJECT)
        for view in (
            entity_view(register.store, eid("Kestrel Ridge"), today=TODAY),
            home_view(register.store, today=TODAY),
            map_view(register.store, today=TODAY),
            network_view(register.store, eid("Kestrel Ridge"), today=TODAY),
        ):
            assert b"lawful authorities" not in msgspec.json.encode(view)


def test_circle_of_owners_ends_and_is_said(tmp_path: Path) -> None:
    with maker.circles_admitted(), maker.make(tmp_path / "r", lambda _: None) as register:
        tell(register, record("circle", "Ownership", owner=eid("Kestrel Ridge"), asset=eid("Fund"), percentage="5"))
        tell(register, record("self", "Ownership", owner=eid("Fund"), asset=eid("Fund")))
        view = entity_view(register.store, eid("Kestrel Ridge"), today=TODAY)
        assert view.group.circular
        ids = [one.ref.id for one in view.group.members]
        assert len(ids) == len(set(ids)) and eid("Kestrel Ridge") not in ids
        network = network_view(register.store, eid("Kestrel Ridge"), depth=3, today=TODAY)
        assert network.to_itself == 1 and all(one.source != one.target for one in network.edges)


def test_a_company_on_a_governments_list_is_shown_as_no_more(tmp_path: Path) -> None:
    """Only where no statement makes it a seller; an ended listing is not told; a country of its own is needed."""
    with maker.make(tmp_path / "r", lambda _: None) as register:
        for name, more in (("Sister", {}), ("Fund", {"endDate": "2023-01-01"}), ("Guard", {})):
            tell(
                register,
                record(
                    f"ban {name}",
                    "Sanction",
                    entity=eid(name),
                    authority="Trade Board of Norland",
                    program="Export list",
                    **more,
                ),
            )
        view = map_view(register.store, today=TODAY)
        found = {one.code: [(row.role, row.ref.id, row.words) for row in one.rows] for one in view.countries}
        assert view.restricted == 2
        assert found["de"] == [
            ("restricted", eid("Sister"), "on the list “Export list”, kept by Trade Board of Norland"),
        ]
        assert ("restricted", eid("Guard")) in [(role, id) for role, id, _ in found["rw"]]
        assert "ky" not in found
        assert [role for role, id, _ in found["cy"] if id == eid("Kestrel Ridge")] == ["seller", "listed"]
        picture = map_svg(view)
        assert "companies on a government&#x27;s list" in picture or "companies on a government's list" in picture


def test_what_most_of_many_buyers_are_is_said(tmp_path: Path) -> None:
    with maker.make(tmp_path / "r", lambda _: None) as register:
        said_ = [
            one
            for number in range(11)
            for one in (
                *record(f"town {number}", "PublicBody", name=f"Town {number}", country="no"),
                *record(
                    f"use {number}", "Deployment", body=eid(f"town {number}"), clientStage="reported", country="no",
                    **({"product": eid("Heron")} if number < 6 else {}),
                ),
            )
        ]  # fmt: skip
        tell(register, said_)
        view = map_view(register.store, today=TODAY)
        assert {one.code: one.note for one in view.countries if one.note} == {
            "no": "Norway: 6 of the 11 buyers are public bodies that, by the source, use one product: Heron Eye."
        }


def test_many_records_of_one_link_are_one_line(tmp_path: Path) -> None:
    with maker.make(tmp_path / "r", lambda _: None) as register:
        for year in ("2019", "2021"):
            said_ = record(
                f"supply {year}",
                "Supply",
                supplier=eid("Reseller"),
                recipient=eid("Guard"),
                startDate=year,
                clientStage="reported",
                note=f"Stopped for review in {year}",
            )
            tell(register, said_)
        view = network_view(register.store, eid("Reseller"), depth=1, today=TODAY)
        (edge,) = [one for one in view.edges if one.type == "Supply"]
        assert (edge.count, edge.label, edge.dates_short) == (3, "supplied (reported), 3 times", "2019 – 2022")
        assert sorted(edge.notes) == ["Stopped for review in 2019", "Stopped for review in 2021"]
        items = timeline_view(register.store, eid("Reseller"), today=TODAY).items
        assert [note for one in items if one.start == "2021" for note in one.notes] == ["Stopped for review in 2021"]


def test_ten_thousand_statements_in_200_ms(tmp_path: Path) -> None:
    with maker.make(tmp_path / "r", lambda _: None) as register:
        many = [
            said(
                "Kestrel Ridge",
                "Company",
                "alias",
                f"Kestrel name {number}",
                standing=Standing.CONFIRMED if number % 3 else Standing.REPORTED,
            )
            for number in range(10_000)
        ]
        for at in range(0, len(many), 5_000):
            tell(register, many[at : at + 5_000])
        first = id_of(register, "Kestrel Ridge", "alias")
        tell(
            register,
            [
                said(
                    "Kestrel Ridge",
                    "Company",
                    "alias",
                    "Kestrel name 0",
                    stance=Stance.DENIES,
                    by=PAPER,
                    supersedes=first,
                )
            ],
        )
        view = entity_view(register.store, eid("Kestrel Ridge"), today=TODAY)
        assert msgspec.json.encode(view)
        assert view.statements == 10_004
        aliases = next(one for one in view.properties if one.name == "alias")
        assert (len(aliases.claims), aliases.more) == (100, 9_900)
        everything = entity_view(register.store, eid("Kestrel Ridge"), claims=None, today=TODAY)
        claims = next(one.claims for one in everything.properties if one.name == "alias")
        assert len(claims) == 10_000 and sum(len(one.answers) for one in claims) == 1
