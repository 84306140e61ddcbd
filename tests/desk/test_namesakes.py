"""Namesakes push neither a listed company nor the asker's own out of a screening record, and the record says how many it leaves out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.desk import bidders
from sousveil.register.model import Standing, Statement
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import Rig, rigged, sid
from tests.desk.offices import ssh_signature
from tests.register.maker import private
from tests.web.client import ask


def namesakes(rig: Rig, many: int, name: str, country: str) -> None:
    """An unverified key's companies of one name, with ids before all others."""
    made = [
        Statement(
            subject=f"sv-{at:024x}",
            type="Company",
            property=property,
            value=value,
            source="https://paper.example/x",
            publisher=sid("paper"),
            dataset="direct",
            standing=Standing.REPORTED,
        )
        for at in range(many)
        for property, value in (("name", name), ("country", country))
    ]
    rig.register.publish(made, private("paper"), receipt=False)


def charged(rig: Rig) -> None:
    """The ministry has a key, and Vireo an incident and a sanction."""
    rig.publisher("ministry")
    rig.say("inc", type="AbuseIncident", name="A case", stage="infected", vendor="@vireo", date="2023-01")
    rig.say("sdn", type="Sanction", entity="@vireo", program="SDN", listingDate="2023")


def signed(folder: Path, data: bytes) -> bytes:
    """The ministry's signature of a list."""
    path = folder / "ministry.ssh"
    if not path.exists():
        private("ministry").save(path)
    return ssh_signature(folder, "ministry", data)


DATA = b"name,country\nVireo Systems Ltd,xa\n"


@pytest.mark.parametrize("many", [1, 12, 60])
def test_the_record_and_its_table_tell_of_the_charged_one_and_count_who_is_left_out(tmp_path: Path, many: int) -> None:
    with rigged(tmp_path) as rig:
        charged(rig)
        namesakes(rig, many, "Vireo Systems Ltd", "xa")
        made = bidders.make(rig.register, DATA, authority=sid("ministry"), signature=signed(tmp_path, DATA))
        record, ended = bidders.look(rig.register, made)
        (row,) = record.rows
        assert ended is None
        assert [hit.entity for hit in row.hits] == [sid("vireo"), *(f"sv-{at:024x}" for at in range(min(many, 9)))]
        assert [hit.against for hit in row.hits] == [True, *[False] * min(many, 9)]
        assert row.left_out == max(many - 9, 0)
        assert [one.partition(":")[0] for one in row.hits[0].harms] == ["Abuse incident", "Listing"]
        table = list(csv.DictReader(io.StringIO(bidders.as_csv(record))))
        more = f"; {many - 9} more left out, with nothing on file against them" if many > 9 else ""
        assert table[0]["result"] == f"{min(many, 9) + 1} names alike{more}"
        assert table[0]["on file"] == "; ".join([*row.hits[0].about, *row.hits[0].harms])


def test_the_table_tells_of_each_who_has_something_against_him_also_behind_a_better_hit(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        charged(rig)
        namesakes(rig, 1, "Vireo Systems Limited", "xa")
        data = b"name,country\nVireo Systems Limited,xa\n"
        made = bidders.make(rig.register, data, authority=sid("ministry"), signature=signed(tmp_path, data))
        (row,) = bidders.look(rig.register, made)[0].rows
        (twin, vireo) = sorted(row.hits, key=lambda one: one.against)
        told = "; ".join([*vireo.about, *vireo.harms])
        (line,) = csv.DictReader(io.StringIO(bidders.as_csv(bidders.look(rig.register, made)[0])))
        expected = (
            told if row.hits[0] == vireo else f"{'; '.join(twin.about)}; Vireo Systems Ltd ({sid('vireo')}): {told}"
        )
        assert line["on file"] == expected


def test_the_askers_own_company_is_shown_behind_any_number_of_namesakes(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        charged(rig)
        namesakes(rig, 60, "Averna Signals", "xb")
        rig.say("own", type="Company", name="Averna Signals", country="xb")
        rig.say("o1", type="Ownership", owner="@ministry", asset="@own", percentage="100")
        for name in ("Averna Signals", "Averna Signal", "Аверна Сигналс", "Signals Averna"):
            data = f"name,country\n{name},xb\n".encode()
            made = bidders.make(rig.register, data, authority=sid("ministry"), signature=signed(tmp_path, data))
            (row,) = bidders.look(rig.register, made)[0].rows
            tie = "Ownership or control (Ministry of the Interior of Averna – Averna Signals)"
            assert f"{tie}, says Watch Foundation (invented)" in row.ties


def test_page_and_command_line_say_how_many_were_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with rigged(tmp_path) as rig:
        charged(rig)
        namesakes(rig, 12, "Vireo Systems Ltd", "xa")
        made = bidders.make(rig.register, DATA, authority=sid("ministry"), signature=signed(tmp_path, DATA))
        (tmp_path / "record.json").write_bytes(made)
        main(["register", "bidders", str(tmp_path / "record.json"), "--check", "--register", str(rig.register.folder)])
        assert (
            "10 names alike; 3 more left out, with nothing on file against them (not a clearance)\n"
            in capsys.readouterr().out
        )
        folder = rig.register.folder
    outer = Outer(Site.open(folder))
    try:
        text = ask(outer, "/screening?name=Vireo+Systems+Ltd&country=xa").text
        assert '<a href="company/vireo-systems-ltd">Vireo Systems Ltd</a>' in text
        assert "<p>3 more names are alike and are not shown: nothing is recorded against them.</p>" in text
        assert text.index('company/vireo-systems-ltd"') < text.index("company/vireo-systems-ltd-0000")
    finally:
        outer.site.register.close()
