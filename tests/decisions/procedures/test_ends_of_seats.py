"""No vendor ends a seat in a body over it, nor makes one: page and decision are one test."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decisions.procedures.clerk import Clerk, put
from tests.decisions.procedures.test_oversight_page import GLASMOTH, MEMBERS, blocks, body, row

SEAT = {"member": "Night Desk for Human Rights", "constituency": "civil-society"}
PAID = "Tidewatch Advisers: paid by Glasmoth Systems Ltd, which is the vendor or of its group."


@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_the_vendor_unseats_no_human_rights_group(clerk: Clerk, standing: str) -> None:
    def shown() -> Any:
        [found] = [one for one in clerk.json("/oversight")["bodies"] if "Sandpiper" in one["ref"]["caption"]]
        return found

    before = shown()
    [seat] = [one for one in before["seats"] if one["human_rights"]]
    assert (before["established"], before["human_rights_groups"]) == ("true", 1)
    put(clerk, "g-oversight", "member", "sandpiper", standing, seat["record"]["id"], **SEAT,
        organization="Body over Sandpiper Instruments", endDate="2025-01-01")  # fmt: skip
    after = shown()
    for name in ("established", "civil_share", "human_rights_groups", "reasons"):
        assert (name, after[name]) == (name, before[name])
    assert seat in after["seats"]


@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_the_vendor_unseats_nobody_whom_it_pays(clerk: Clerk, standing: str) -> None:
    id = body(clerk, "First Body", "rookery")
    paid = {"organization": id, "member": "Tidewatch Advisers", "constituency": "industry", "startDate": "2026-02-01"}
    seat = put(clerk, "g-oversight", "member", "rookery", "confirmed", **paid, paidBy=GLASMOTH)
    before = row(clerk, id)
    assert (before["established"], before["civil_share"], blocks(clerk)) == ("false", 0.5, True)
    put(clerk, "g-oversight", "member", "glasmoth", standing, seat, **paid, endDate="2026-03-01")
    after = row(clerk, id)
    for name in ("established", "civil_share", "human_rights_groups", "seats"):
        assert (name, after[name]) == (name, before[name])
    told = [[(one["code"], one["says"]) for one in each["reasons"]] for each in (before, after)]
    assert told == [[("paid_by_vendor", PAID)]] * 2
    assert blocks(clerk)


def test_who_tells_of_a_seat_ends_it(clerk: Clerk) -> None:
    id = body(clerk, "First Body", "rookery")
    paid = {"organization": id, "member": "Tidewatch Advisers", "constituency": "industry", "startDate": "2026-02-01"}
    seat = put(clerk, "g-oversight", "member", "rookery", "confirmed", **paid, paidBy=GLASMOTH)
    assert (row(clerk, id)["established"], blocks(clerk)) == ("false", True)
    put(clerk, "g-oversight", "member", "rookery", "confirmed", seat, **paid, endDate="2026-03-01")
    after = row(clerk, id)
    assert (after["established"], after["civil_share"], blocks(clerk)) == ("true", 0.6667, False)
    assert sorted(one["member"]["caption"] for one in after["seats"]) == sorted(one[0] for one in MEMBERS)
