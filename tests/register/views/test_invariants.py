"""What holds whatever the statements say: no circles, nothing lost, never a higher stage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.decisions.api import gate
from sousveil.register.model import Standing, Statement
from sousveil.register.register import Register
from sousveil.register.views import words
from sousveil.register.views.entity import entity_view
from sousveil.register.views.group import MEMBERS_MOST
from sousveil.register.views.network import network_view
from sousveil.register.views.worldmap import map_view
from sousveil.web.pictures.network import lanes, network_svg
from tests.profiles import examples
from tests.register.views.maker import circles_admitted, eid, record, tell

TODAY = "2024-06-01"
FIRM = ["confirmed", "forensically_attributed", "reported"]
RANK = {stage: rank for rank, stage in enumerate(words.CLIENT_STAGES)}
COUNTED = iter(range(1 << 30))


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """One register for all examples; each has companies of its own."""
    folder = tmp_path_factory.mktemp("r") / "r"
    with (
        circles_admitted(),
        Register.init(folder, title="T", origin="test.invalid/log", example=True, gate=gate) as made,
    ):
        yield made


edges = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from([None, "2019", "2021-05"]),
        st.sampled_from([None, "2020", "2023-01-01"]),
    ),
    max_size=14,
)


@settings(max_examples=examples(60), deadline=None)
@given(edges, st.integers(1, 3), st.integers(2, 7), st.booleans())
def test_networks_end_and_lose_nothing(
    register: Register, links: list[tuple[int, int, str | None, str | None]], depth: int, limit: int, ended: bool
) -> None:
    mark = f"net {next(COUNTED)}"
    said: list[Statement] = [one for n in range(6) for one in record(f"{mark} {n}", "Company", name=f"Company {n}")]
    for number, (owner, asset, start, end) in enumerate(links):
        if start and end and start > end:
            start = None
        dates = {key: value for key, value in (("startDate", start), ("endDate", end)) if value}
        said += record(
            f"{mark} link {number}", "Ownership", owner=eid(f"{mark} {owner}"), asset=eid(f"{mark} {asset}"), **dates
        )
    tell(register, said)
    view = network_view(register.store, eid(f"{mark} 0"), depth=depth, limit=limit, ended=ended, today=TODAY)
    ids = [one.id for one in view.nodes]
    assert len(ids) == len(set(ids)) and view.nodes[0].centre
    assert all(one.source in ids and one.target in ids and one.source != one.target for one in view.edges)
    assert len([one for one in view.nodes if one.kind == "entity"]) <= limit
    full = network_view(register.store, eid(f"{mark} 0"), depth=depth, ended=ended, today=TODAY)
    assert full.more == 0
    if ended:
        assert full.ended_hidden == 0
    if depth == 3 and ended:
        reached = _within({(a, b) for a, b, _, _ in links}, 3)
        assert {one.id for one in full.nodes} == {eid(f"{mark} {n}") for n in reached}
        # Links between two entities that are both farthest away were not asked for.
        inner = _within({(a, b) for a, b, _, _ in links}, 2)
        drawn = {
            eid(f"{mark} link {n}") for n, (a, b, _, _) in enumerate(links) if a != b and (a in inner or b in inner)
        }
        assert len(drawn) <= sum(one.count for one in full.edges) <= len([1 for a, b, _, _ in links if a != b])
        assert {one.id for one in full.edges} <= {eid(f"{mark} link {n}") for n in range(len(links))}
    drawn_ids = [node.id for _, nodes in lanes(view) for node in nodes]
    assert sorted([*drawn_ids, view.centre.id]) == sorted(ids)
    assert network_svg(view, lambda id: f"/{id}") == network_svg(view, lambda id: f"/{id}")
    group = entity_view(register.store, eid(f"{mark} 0"), today=TODAY).group
    members = [one.ref.id for one in group.members]
    assert len(members) == len(set(members)) <= MEMBERS_MOST and eid(f"{mark} 0") not in members
    assert all(len({ref.id for ref in one.path}) == one.distance + 1 for one in group.members)


def _within(pairs: set[tuple[int, int]], steps: int) -> set[int]:
    reached = {0}
    for _ in range(steps):
        reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
    return reached


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(words.CLIENT_STAGES), st.sampled_from(FIRM), st.sampled_from(FIRM)),
        min_size=1,
        max_size=4,
    )
)
def test_no_view_raises_a_stage(register: Register, claims: list[tuple[str, str, str]]) -> None:
    mark = f"stage {next(COUNTED)}"
    said = record(f"{mark} body", "PublicBody", name="Body", country="mt") + record(
        f"{mark} vendor", "Company", name="Vendor"
    )
    highest = 0
    for number, (stage, naming, telling) in enumerate(claims):
        name = f"{mark} claim {number}"
        said += record(name, "ClientClaim", client=eid(f"{mark} body"), vendor=eid(f"{mark} vendor"), _standing=naming)
        said += record(name, "ClientClaim", stage=stage, _standing=telling)
        highest = max(highest, RANK[words.client_stage(stage, telling)])
        assert RANK[words.client_stage(stage, telling)] <= RANK[stage]
    tell(register, said)
    view = entity_view(register.store, eid(f"{mark} body"), today=TODAY)
    shown = [row.client_stage for section in view.sections for row in section.rows if row.client_stage]
    assert len(shown) == len(claims) and max(RANK[one] for one in shown) == highest
    malta = next(one for one in map_view(register.store, limit=None, today=TODAY).countries if one.code == "mt")
    row = next(one for one in malta.rows if one.ref.id == eid(f"{mark} body"))
    assert row.stage is not None and RANK[row.stage] <= highest
    assert RANK[row.stage] <= RANK.get(row.claim.value, 0)
    network = network_view(register.store, eid(f"{mark} body"), today=TODAY)
    for edge in network.edges:
        named = [stage for stage in words.CLIENT_STAGES if stage in edge.label]
        assert len(named) == 1 and RANK[named[0]] <= highest
    assert Standing(view.sections[0].rows[0].standing) in Standing
