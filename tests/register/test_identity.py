"""Which ids are one: the view of judgements, and the pairs that are proposed."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import msgspec

from sousveil.register.identity import Clusters, Judgement, Stopped, Verdict, clusters, judgements_of
from sousveil.register.identity_pairs import Pair, identity_pairs
from sousveil.register.model import Recorded, Standing, Statement
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.screening import Screener

SAME, DIFFERENT, UNSURE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE


def judged(recorded: int, left: str, verdict: Verdict, right: str, by: str = "ada") -> Judgement:
    """A judgement with its index as id."""
    return Judgement(id=f"j{recorded}", left=left, right=right, verdict=verdict, by=by, recorded=recorded)


def test_joins_redirect_to_the_first_id() -> None:
    view = clusters([judged(1, "b", SAME, "a"), judged(2, "a", SAME, "c"), judged(3, "x", UNSURE, "y")])
    assert view == Clusters(canonical={"a": "b", "b": "b", "c": "b"}, members={"b": ("a", "b", "c")}, stopped=())
    assert (view.canonical_of("c"), view.canonical_of("x"), view.members_of("x")) == ("b", "x", ("x",))


def test_a_different_anywhere_in_the_cluster_stops_the_join() -> None:
    given = [judged(1, "a", SAME, "b"), judged(2, "c", SAME, "d"), judged(3, "b", SAME, "c")]
    assert clusters(given).members == {"a": ("a", "b", "c", "d")}
    view = clusters([*given, judged(4, "a", DIFFERENT, "d", "bob")])
    assert view.members == {"a": ("a", "b"), "c": ("c", "d")}
    assert view.stopped == (Stopped(left="b", right="c", because="different", by=("ada",), against=("j4",)),)


def test_the_latest_word_of_a_person_counts_and_a_split_restores() -> None:
    same = judged(1, "a", SAME, "b")
    assert clusters([same, judged(2, "b", DIFFERENT, "a")]).canonical == {}
    assert clusters([same, judged(2, "b", DIFFERENT, "a"), judged(3, "a", SAME, "b")]).members == {"a": ("a", "b")}
    # Another person's "different" is not undone by the first one's "same".
    assert clusters([judged(1, "a", DIFFERENT, "b", "bob"), judged(2, "a", SAME, "b")]).canonical == {}


def test_who_gains_a_label_needs_two_people() -> None:
    labels = {"row": frozenset({"us-ofac-sdn"}), "row2": frozenset({"us-ofac-sdn"})}
    one = [judged(1, "vendor", SAME, "row"), judged(2, "vendor", SAME, "row")]
    view = clusters(one, labels)
    assert view.canonical == {}
    assert view.stopped == (
        Stopped(left="row", right="vendor", because="second person", by=("ada",), gains=("us-ofac-sdn",)),
    )
    two = [*one, judged(3, "row", SAME, "vendor", "bob")]
    assert clusters(two, labels).members == {"vendor": ("row", "vendor")}
    # Nobody gains a label: one person is enough. The second person may also speak of another pair of the two clusters.
    assert clusters([judged(1, "row", SAME, "row2")], labels).members == {"row": ("row", "row2")}
    through = [judged(1, "a", SAME, "b"), judged(2, "a", SAME, "row"), judged(3, "b", SAME, "row", "bob")]
    assert clusters(through, labels).members == {"a": ("a", "b", "row")}


def test_a_proposal_needs_a_second_person_also_where_nobody_gains_a_label() -> None:
    proposal = msgspec.structs.replace(judged(1, "a", SAME, "b"), proposed=True)
    view = clusters([proposal])
    assert (view.canonical, view.contested) == ({}, {})
    assert view.stopped == (Stopped(left="a", right="b", because="second person", by=("ada",)),)
    assert clusters([proposal, judged(2, "b", SAME, "a", "bob")]).members == {"a": ("a", "b")}
    again = msgspec.structs.replace(judged(2, "b", SAME, "a", "bob"), proposed=True)
    assert clusters([proposal, again]).members == {"a": ("a", "b")}


def test_who_is_contested_would_be_one_without_the_different() -> None:
    labels = {"row": frozenset({"us-ofac-sdn"})}
    apart = judged(9, "vendor", DIFFERENT, "row", "vendor")
    said = [judged(1, "vendor", SAME, "row")]
    # One person alone would not have joined them: that the vendor denies it makes nobody contested.
    assert clusters([*said, apart], labels).contested == {}
    assert clusters([*said, apart]).contested == dict.fromkeys(("row", "vendor"), ("row", "vendor"))
    said.append(judged(2, "vendor", SAME, "row", "bob"))
    assert clusters([*said, apart], labels).contested == dict.fromkeys(("row", "vendor"), ("row", "vendor"))
    assert clusters(said, labels).contested == {}
    # Two people who speak of two ids of a cluster are split with it: each of the three could be the others.
    through = [judged(1, "a", SAME, "b"), judged(2, "a", SAME, "row"), judged(3, "b", SAME, "row", "bob")]
    split = clusters([*through, judged(4, "a", DIFFERENT, "b", "cal")], labels)
    assert split.contested == dict.fromkeys(("a", "b", "row"), ("a", "b", "row"))
    # Clusters are contested as a whole, by their canonical ids.
    chain = [judged(1, "a", SAME, "b"), judged(2, "c", SAME, "d"), judged(3, "b", SAME, "c")]
    assert clusters([*chain, judged(4, "a", DIFFERENT, "d", "bob")]).contested == dict.fromkeys("ac", ("a", "c"))


def test_the_order_in_which_judgements_arrive_does_not_matter() -> None:
    chance = random.Random(3)
    ids = [f"e{number}" for number in range(12)]
    for _ in range(60):
        given = []
        for number in range(25):
            left, right = chance.sample(ids, 2)
            verdict = chance.choice([SAME, SAME, SAME, DIFFERENT, UNSURE])
            given.append(judged(number, left, verdict, right, chance.choice(["ada", "bob"])))
        labels = {id: frozenset({"list"}) for id in chance.sample(ids, 3)}
        view = clusters(given, labels)
        chance.shuffle(given)
        assert clusters(given, labels) == view
        apart = {(one.pair, one.by): one for one in sorted(given, key=lambda one: one.recorded)}
        for (pair, _), one in apart.items():
            if one.verdict is DIFFERENT:
                assert view.canonical_of(pair[0]) != view.canonical_of(pair[1])


def recorded(index: int, property: str, value: str, **more: object) -> Recorded:
    """One statement of the judgement `j`."""
    said = Statement(
        subject="j",
        type="Judgement",
        property=property,
        value=value,
        source="https://paper.example/",
        publisher="ada",
        dataset="direct",
        standing=Standing.CONFIRMED,
    )
    return Recorded(id=f"{index:064x}", recorded=index, statement=said, **more)  # type: ignore[arg-type]


def test_judgements_are_read_from_statements() -> None:
    said = [("left", "a"), ("right", "b"), ("verdict", "same"), ("reason", "one registry number"), ("evidence", "x")]
    told = [recorded(7, *one) for one in said]
    whole = Judgement(
        id="j", left="a", right="b", verdict=SAME, by="ada", recorded=7, reason="one registry number", evidence=("x",)
    )
    assert judgements_of(told) == (whole,)
    assert judgements_of(told, lambda one: f"owner of {one.recorded}")[0].by == "owner of 7"
    for mark in ({"retracted": 9}, {"doubtful": True}, {"superseded_by": "0" * 64}):
        assert judgements_of([*told[:2], recorded(7, "verdict", "same", **mark)]) == ()
    assert judgements_of([*told[:2], recorded(7, "verdict", "perhaps")]) == ()
    assert judgements_of(told[1:]) == ()


def row(id: str, dataset: str, *names: str, country: str | None = None) -> ReferenceRow:
    """A row of a list."""
    countries = [country] if country else []
    return ReferenceRow(
        id=id, dataset=dataset, type="Company", caption=names[0], names=list(names), countries=countries
    )


def test_pairs_come_once_with_reasons_and_not_when_judged() -> None:
    screener = Screener.build(
        rows=[
            row("a", "one", "Candiru Ltd.", country="il"),
            row("b", "two", "CANDIRU", country="il"),
            row("c", "two", "Circles"),
            row("d", "one", "Circle"),
        ]
    )
    why = ("the same name but for the legal form", "the country is the same")
    pair = Pair(left="a", right="b", names=("Candiru Ltd.", "CANDIRU"), score=0.99, why=why)
    assert list(identity_pairs(screener)) == [pair]
    (unsure,) = identity_pairs(screener, [judged(1, "b", UNSURE, "a")])
    assert unsure.unsure == ("ada",)
    assert list(identity_pairs(screener, [judged(1, "a", SAME, "b")])) == []
    assert list(identity_pairs(screener, [judged(1, "a", DIFFERENT, "b")])) == []
    assert list(identity_pairs(screener, among=["d"])) == []


def test_two_lists_rows_of_one_company_are_proposed_as_one(shared_data: Path) -> None:
    listed = json.loads((shared_data / "register" / "us-csl-spyware" / "csl-spyware.json").read_text("utf-8"))
    vendors = json.loads(
        (shared_data / "register" / "misp-surveillance-vendor" / "surveillance-vendor.json").read_text("utf-8")
    )["values"]
    rows = [row(one["id"], one["source"][:3], one["name"], *one["alt_names"]) for one in listed]
    rows += [row(one["uuid"], "misp", one["value"]) for one in vendors]
    rows.append(row("circle", "sec", "Circle Internet Group, Inc."))
    found = {(one.left, one.right) for one in identity_pairs(Screener.build(rows=rows))}
    by_name: dict[str, list[str]] = {}
    for one in listed:
        by_name.setdefault(one["name"].casefold().split()[0].strip(".,"), []).append(one["id"])
    for pair in (
        ("1879637c5f096e9d9d86fbf8ab3996a854b5dc832de8cd1c514ef082", "48059"),  # Intellexa S.A.
        ("0f04c618f69c358cfb2774243e589390753fd033766a8e9a7d40700d", "48064"),  # Intellexa Limited
        ("05600cd8b94f7eeb6dcd1919a2ce269ac1d347fc8547cfc1376a092f", "48067"),  # Cytrox AD
        ("31780a8565b97113dd3462e932ddb6b3c9b5ab9d85c59aa5a03c6c41", "48069"),  # Cytrox Holdings
        ("31455", "c0b9964c6ca603802c185e770186064e246614208db9d8380e24d847"),  # Positive Technologies
    ):
        assert tuple(sorted(pair)) in found
    circles = next(one["uuid"] for one in vendors if one["value"] == "Circles")
    assert not any({circles, "circle"} == set(pair) for pair in found)


def test_spyfiles_names_make_no_pair_of_all_with_all(shared_data: Path) -> None:
    with (shared_data / "register" / "spyfiles" / "companies.csv").open(encoding="utf-8", newline="") as file:
        rows = [row(str(at), "spyfiles", one["Company"]) for at, one in enumerate(csv.DictReader(file))]
    assert len(list(identity_pairs(Screener.build(rows=rows)))) < 20


def test_two_that_have_keys_join_by_both_and_are_contested_until_then() -> None:
    labels = {"a": frozenset({"key:a"}), "b": frozenset({"key:b"}), "c": frozenset[str]()}
    one = judged(1, "a", Verdict.SAME, "b", by="ada")
    two = judged(2, "a", Verdict.SAME, "b", by="bob")
    assert clusters([one, two], labels) == Clusters(
        canonical={},
        members={},
        stopped=(Stopped(left="a", right="b", because="second person", by=("ada", "bob"), gains=("key:a", "key:b")),),
        contested={"a": ("a", "b"), "b": ("a", "b")},
    )
    both = [judged(3, "a", Verdict.SAME, "b", by="a"), judged(4, "b", Verdict.SAME, "a", by="b")]
    assert clusters([one, *both], labels).members == {"a": ("a", "b")}
    assert clusters([one, both[0]], labels).members == {}
    third = judged(5, "c", Verdict.SAME, "a", by="ada")
    assert clusters([third], labels).contested == {"a": ("a", "c"), "c": ("a", "c")}
    assert clusters([third, judged(6, "c", Verdict.SAME, "a", by="bob")], labels).members == {"c": ("a", "c")}


def test_a_listing_that_waits_contests_nobody_whatever_keys_there_are() -> None:
    labels = {"a": frozenset({"key:a"}), "b": frozenset({"us-ofac-sdn"})}
    found = clusters([judged(1, "a", Verdict.SAME, "b", by="ada")], labels)
    assert found.contested == {}
    assert [(one.because, one.gains) for one in found.stopped] == [("second person", ("key:a", "us-ofac-sdn"))]
