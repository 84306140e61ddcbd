"""A key that was registered for a name alone: whose it is says who confirms that the domain which named it is somebody's website."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.registry import all_facts
from sousveil.decisions.model import Truth
from sousveil.register.codes import Role
from sousveil.register.model import Standing, Statement
from tests.decisions import met
from tests.decisions.rig import DAY, Rig, ask, rigged, sid
from tests.register.maker import private, public

KEY, NAME = "desk", "Desk"
"""The key, with a domain of its own, and the name for which it was registered."""


def desk(rig: Rig) -> None:
    rig.register.key_add(public(KEY), NAME, Role.PUBLISHER, domain=f"{KEY}.example")
    rig.register.prove_domain(
        public(KEY), f"{KEY}.example", public(KEY).encode(), checked="2024-01-01", fetched_by="operator"
    )
    for voucher in ("voucher-1", "voucher-2"):
        rig.register.vouch(public(KEY), private(voucher))


def guild(rig: Rig, name: str, country: str) -> None:
    rig.publisher(name)
    rig.say(name, type="Organization", name=f"{name.title()} (invented)", country=country, by=name)


def says(rig: Rig, key: str, type: str, **values: str) -> None:
    """What the key of a name publishes."""
    said = [
        Statement(
            subject=sid(key), type=type, property=property, value=sid(value[1:]) if value.startswith("@") else value,
            source=f"https://{KEY}.example/x", publisher=NAME, dataset="direct", standing=Standing.CONFIRMED,
        )
        for property, value in values.items()
    ]  # fmt: skip
    rig.register.publish(said, private(KEY), receipt=False)


@pytest.mark.parametrize("order", [("clinic", "ministry"), ("ministry", "clinic")])
def test_whether_it_speaks_for_one_who_gains_is_kept_by_that(tmp_path: Path, order: Sequence[str]) -> None:
    """Who gains has no word about the end of a seat. Of the clinic only an organization of the buyer's State says that the key is its."""
    with rigged(tmp_path) as rig:
        met.meet(rig)
        guild(rig, "guild-xb", "xb")
        rig.say("clinic", type="Organization", name="Fern Clinic (invented)", country="xb", by="paper")
        rig.say("clinic", type="Organization", website=f"https://{KEY}.example/", by="guild-xb")
        desk(rig)
        seat = {"member": "@rights-group", "organization": "@body", "endDate": "2023-01-01"}
        says(rig, "seat-rights-group", "Membership", **seat)
        fact, base = all_facts()["vendor.oversight_established"], rig.world().base
        kept, found = Compiled(base, DAY), {}
        for buyer in order:
            fresh, question = Compiled(base, DAY), ask(end_user=sid(buyer))
            found[buyer] = kept.value(fact, sid("vireo"), kept.deal(question))
            assert found[buyer] == fresh.value(fact, sid("vireo"), fresh.deal(question)), buyer
        assert (found["clinic"].truth, found["ministry"].truth) == (Truth.TRUE, Truth.UNKNOWN)
        assert found["ministry"].needs.endswith("no confirmed human rights group among its members.")


@pytest.mark.parametrize(("who", "country", "truth"), [("guild-xa", "xa", Truth.UNKNOWN), ("clinic", "fi", Truth.TRUE)])
def test_nobody_who_gains_makes_it_the_key_of_an_office(tmp_path: Path, who: str, country: str, truth: Truth) -> None:
    """That the office's State is one, an independent publisher confirms: that makes nobody else's word good."""
    with rigged(tmp_path) as rig:
        guild(rig, who, country)
        office = {"name": "Securities office of Calder", "country": "xa", "partOf": "@calder", "office": "regulator"}
        rig.say("exchange", type="PublicBody", **office)
        rig.say("exchange", type="PublicBody", website=f"https://{KEY}.example/", by=who)
        desk(rig)
        notice = {"regulator": "@exchange", "company": "@vireo", "harms": "Phones of lawyers."}
        says(rig, "told", "RegulatorNotice", **notice, sentOn="2024-01-02", acknowledgedOn="2024-01-15")
        found = rig.value("vendor.regulator_told", "vireo")
        assert found.truth is truth
        if truth is Truth.UNKNOWN:
            end = "that Desk is Securities office of Calder only those confirm who benefit from it."
            assert found.needs.endswith(end)
