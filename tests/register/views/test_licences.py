"""A licence ends with what its events say, on the entity's page, in the network and on the timeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.register.admission import Held
from sousveil.register.codes import PublicInterest, Role, Waived
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.views import licences
from sousveil.register.views.network import network_view
from sousveil.register.views.reading import Reader
from sousveil.register.views.timeline import timeline_view
from tests.register import maker as registers

TODAY = "2024-06-01"
LICENCES = {
    "revoked": ({"status": "revoked"}, [("granted", "2020-02-01"), ("revoked", "2021-09-14")], ("2021-09-14", "ended")),
    "revoked, day not known": ({"status": "revoked"}, [], (None, "ended")),
    "in force again": (
        {"status": "granted"},
        [("revoked", "2021-09-14"), ("reinstated", "2022-01")],
        (None, "unknown"),
    ),
    "events in another order": ({}, [("revoked", "2021-09-14"), ("granted", "2020-02-01")], ("2021-09-14", "ended")),
    "refused": ({"status": "refused"}, [], (None, "happened")),
    "not over": ({"status": "granted"}, [("granted", "2020-02-01")], (None, "unknown")),
    "expires later": ({"expiryDate": "2023-01-31"}, [("revoked", "2021-09-14")], ("2021-09-14", "ended")),
    "revoked after it ran out": ({"expiryDate": "2021-01-31"}, [("revoked", "2021-09-14")], ("2021-01-31", "ended")),
    "an event that is only the day of a review": ({}, [("reviewed", "2021-09-14")], (None, "unknown")),
}


@pytest.mark.parametrize("case", LICENCES)
def test_a_licence_ends_with_what_its_events_say(case: str, tmp_path: Path) -> None:
    values, events, (end, state) = LICENCES[case]
    licence, office, vendor = entity_id("licence"), entity_id("office"), entity_id("vendor")

    def facts(subject: str, type: str, **more: str) -> list[Statement]:
        return [registers.said(subject, type, name, value) for name, value in more.items()]

    statements = facts(
        licence, "ExportLicence", name="L", issuer=office, licensee=vendor, issueDate="2020-02-01", **values
    )
    statements += facts(office, "PublicBody", name="Office") + facts(vendor, "Company", name="Vendor")
    for number, (what, day) in enumerate(events):
        statements += facts(entity_id("event", str(number)), "LicenceEvent", licence=licence, event=what, date=day)
    with registers.made(tmp_path / "r") as made:
        registers.published(made.register.publish(statements, registers.private("paper")))
        store = made.register.store
        reader = Reader(store, today=TODAY)
        reader.load([licence])
        assert licences.held(reader, [reader.records[licence]]) == {licence: ("2020-02-01", end, state)}
        (edge,) = network_view(store, vendor, ended=True, today=TODAY).edges
        assert (edge.state, "not known" in edge.state_words) == (state, state == "unknown")
        (item,) = [one for one in timeline_view(store, vendor, today=TODAY).items if one.id == licence]
        assert (item.end, item.end_unknown) == (end, state == "unknown")
        before = network_view(store, vendor, as_of="2020-06-01").edges
        assert [one.label for one in before if one.state == "current"] == (["licensed"] if end else [])


@pytest.mark.parametrize(
    ("first", "by", "standing", "end"),
    [
        ("paper", "paper", "reported", "2021-09-14"),
        ("paper", "paper", "alleged", None),
        ("paper", "other", "reported", None),
        ("acme", "acme", "confirmed", None),  # its holder
    ],
)
def test_nobody_else_ends_a_licence(first: str, by: str, standing: str, end: str | None, tmp_path: Path) -> None:
    licence, event = entity_id("licence"), entity_id("event")
    values = {"name": "L", "licensee": registers.ACME, "issuer": entity_id("office"), "issueDate": "2020-02-01"}
    told = {"licence": licence, "event": "revoked", "date": "2021-09-14"}
    owners = {"paper": "The Invented Paper", "other": "Other", "acme": registers.ACME}
    with registers.made(tmp_path / "r") as made:
        made.register.key_add(registers.public("other"), "Other", Role.PUBLISHER)
        for key, subject, type, more, how in (
            (first, licence, "ExportLicence", values, Standing.REPORTED),
            (by, event, "LicenceEvent", told, Standing(standing)),
        ):
            said = [
                registers.said(subject, type, name, value, publisher=owners[key], standing=how)
                for name, value in more.items()
            ]
            done = made.register.publish(said, registers.private(key))
            for id in done.ids if isinstance(done, Held) else ():
                for reviewer in ("anna", "bela"):
                    made.register.review(
                        id, registers.private(reviewer), ground=PublicInterest.OFFICE, waived=Waived.ALREADY_PUBLIC
                    )
        reader = Reader(made.register.store, today=TODAY)
        reader.load([licence])
        assert made.register.store.statements_of([event])
        found = licences.held(reader, [reader.records[licence]])[licence]
        assert found == ("2020-02-01", end, "ended" if end else "unknown")


def test_a_day_on_which_a_use_was_seen_is_neither_its_beginning_nor_its_end(tmp_path: Path) -> None:
    use, body, product = entity_id("use"), entity_id("body"), entity_id("product")
    statements = [
        registers.said(use, "Deployment", name, value)
        for name, value in {"body": body, "product": product, "date": "2024-04-26"}.items()
    ]
    statements.append(registers.said(body, "PublicBody", "name", "Police"))
    with registers.made(tmp_path / "r") as made:
        registers.published(made.register.publish(statements, registers.private("paper")))
        view = timeline_view(made.register.store, body, today=TODAY)
        assert (view.items, view.undated) == ([], 1)
        (edge,) = network_view(made.register.store, body, as_of="2021-01-01").edges
        assert (edge.state, edge.dates_words) == ("unknown", "")
