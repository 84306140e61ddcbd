"""What the letter asks reads the same on every page that it concerns: breaches of a halt, sales, and a court."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.views.responsibility import chains_view
from sousveil.register.views.remedy import ROWS_MOST
from sousveil.web import boards
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.met import meet
from tests.decisions.rig import Rig, rigged, sid
from tests.web.client import ask

DAY = "2024-06-01"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A halt of Averna, and a licence that it gave to Vireo during it; a sale that Vireo does not declare; a case, and a court."""
    with rigged(tmp_path) as made:
        made.say("decree", type="MoratoriumMeasure", summary="Decree 11", state="@averna", measureKind="moratorium",
                 status="in-force", startDate="2023-01-01", covers=["sale", "transfer", "use"])  # fmt: skip
        made.say("licence", type="ExportLicence", name="EL-7", licensee="@vireo", issuer="@averna", licenceKind="export",
                 status="granted", issueDate="2024-01-01", product="@lens", destination="xb")  # fmt: skip
        made.say("deal", type="Contract", title="Contract 4", buyer="@calder", supplier="@vireo", contractDate="2020-05-01",
                 stage="signed")  # fmt: skip
        made.say(
            "case",
            type="AbuseIncident",
            name="Phones",
            stage="infected",
            vendor="@vireo",
            date="2022-05-01",
            country="xb",
        )
        made.say("court", type="RemedyPath", name="Court of Calder", country="xa", pathKind="court", status="open",
                 contact="Square 1", timeLimit="Three years.", legalAid="The bar.")  # fmt: skip
        yield made


def page(rig: Rig, path: str) -> str:
    """The words of a page."""
    got = ask(Outer(Site(rig.register)), path)
    assert got.status == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", got.text)).split())


BREACH = "Must stop: overdue since 1 January 2024, 152 days Measure: Decree 11 ( Averna"


@pytest.mark.parametrize(
    "path",
    [
        "/states/xb?as_of={day}",
        "/overdue?as_of={day}",
        "/overdue?procedure=a-moratorium&country=xb&owed_by={vireo}&as_of={day}",
        "/entities/{vireo}/demands?as_of={day}",
        "/entities/{vireo}?as_of={day}",
        "/entities/{decree}?as_of={day}",
        "/entities/{licence}?as_of={day}",
    ],
)
def test_a_breach_stands_on_every_page_that_it_concerns(rig: Rig, path: str) -> None:
    ids = {key: sid(key) for key in ("vireo", "decree", "licence")}
    shown = page(rig, path.format(day=DAY, **ids))
    assert shown.count(BREACH) == 1 and re.search(r"EL-7[^·]{0,20}· Vireo Systems Ltd Must stop", shown)


@pytest.mark.parametrize(
    "path", ["/states/xa", "/overdue?procedure=f-contracts", "/overdue?country=xa", "/entities/{lens}"]
)
def test_a_breach_stands_on_no_other_page(rig: Rig, path: str) -> None:
    assert "Must stop" not in page(rig, path.format(lens=sid("lens")))


def test_a_page_of_what_no_breach_names_asks_for_none(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(_: object, day: int) -> list[boards.Breach]:
        asked.append(day)
        return []

    monkeypatch.setattr(boards, "breaches", counted)
    for key, days in (("lens", 0), ("vireo", 1)):
        assert "Must stop" not in page(rig, f"/entities/{sid(key)}?as_of={DAY}")
        assert len(asked) == days


@pytest.mark.parametrize("path", ["/entities/{vireo}/demands", "/states/xa"])
def test_a_sale_that_the_company_does_not_declare_is_named(rig: Rig, path: str) -> None:
    shown = page(rig, path.format(vireo=sid("vireo")))
    assert "The seller declares no such sale for 1 of" in shown
    assert "1 May 2020 Vireo Systems Ltd → Calder not declared Watch Foundation (invented)" in shown
    assert "Recorded sales and uses" not in page(rig, "/states/xb")


def test_a_client_whom_others_add_to_a_declared_sale_is_named_as_not_declared(rig: Rig) -> None:
    rig.publisher("vireo")
    rig.say("guards", type="PublicBody", name="Guards of Dorn", country="xc")
    rig.say("sale", type="Supply", by="vireo", summary="Sale 9", supplier="@vireo", recipient="@ministry")
    rig.say("sale", type="Supply", by="paper", standing="reported", recipient="@guards")
    rig.say(
        "abroad", type="Supply", by="paper", standing="reported", summary="Sale 10", supplier="@vireo", destination="xc"
    )
    shown = page(rig, f"/entities/{sid('vireo')}/demands")
    assert "The seller declares no such sale for 3 of" in shown
    seller, paper = "Vireo Systems Ltd →", sid("paper")
    assert f"{seller} Ministry of the Interior of Averna not declared : Guards of Dorn {paper}" in shown
    assert f"{seller} recipient not named, Sarvia (invented) not declared {paper}" in shown


COURT = (
    "Court of Calder · court · open · confirmed · says Watch Foundation (invented) * Contact: Square 1 Time limit: Three years. "
    "Legal aid: The bar."
)
DOUBT = "It may still be open to you."


@pytest.mark.parametrize("path", ["/remedy?home=xa&as_of={day}", "/entities/{vireo}/chains?as_of={day}"])
def test_a_court_reads_the_same_on_every_page(rig: Rig, path: str) -> None:
    shown = page(rig, path.format(vireo=sid("vireo"), day=DAY))
    assert COURT in shown
    assert shown.count(DOUBT) == 1 and shown.index(DOUBT) > shown.index(COURT)


def test_a_path_counts_by_the_rule_alone_and_stands_before_those_that_do_not(rig: Rig) -> None:
    """An allegation closes no path that two confirmed; a flood of others hides none; a path without a kind is shown."""
    meet(rig, only=("state.other_path",))
    page_of_chains = f"/entities/{sid('vireo')}/chains?as_of={DAY}"
    asks = "Decisions still ask this State to show: an open court."
    assert asks in page(rig, page_of_chains)
    flood: dict[str, object] = {"name": "Desk", "country": "xa", "status": "open"}
    rig.many([(f"desk-{n}", "RemedyPath", "paper", "reported", flood) for n in range(ROWS_MOST)])
    rig.say("path-ombudsman-xa", type="RemedyPath", by="paper", standing="alleged", status="closed")
    assert rig.value("state.other_path", "xa", "sale").truth is Truth.TRUE
    shown = page(rig, page_of_chains)
    assert asks in shown and "2 more are not shown here." in shown
    [happened] = chains_view(rig.register.store, sid("vireo"), today=DAY).incidents
    home = happened.answerable[0]
    assert (home.paths.opens, home.paths.more) == (["other"], 2)
    assert [one.ref.id for one in home.paths.rows[:2]] == [sid("court"), sid("path-ombudsman-xa")]
    assert [one.kind for one in home.paths.rows[2:]] == [""] * (ROWS_MOST - 2)


def test_a_path_that_a_barrier_names_is_not_said_to_be_open_perhaps(rig: Rig) -> None:
    rig.say("immunity", type="RemedyBarrier", summary="Immune", state="@calder", barrierKind="immunity", path="@court",
            status="in-force")  # fmt: skip
    for path in ("/remedy?home=xa&as_of={day}", "/entities/{vireo}/chains?as_of={day}"):
        shown = page(rig, path.format(vireo=sid("vireo"), day=DAY))
        assert "Barred by: immunity: Immune" in shown and DOUBT not in shown


def test_its_label_is_open_too(rig: Rig) -> None:
    shown = page(rig, f"/procedures/i-remedy?as_of={DAY}")
    assert "Court of Calder" in shown and re.search(r"Court of Calder( \([^)]*\))? · open ·", shown)
    assert "on paper" not in shown
