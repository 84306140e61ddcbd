"""The review queue and what is overdue are worked out once for a state of the register, a language and a day, and anew when it changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sousveil.decisions import chains
from sousveil.decisions.views.licences import QueueView, queue
from sousveil.register.views.reading import Reader
from sousveil.web import boards
from sousveil.web.site import Site
from tests.decisions.rig import rigged, sid

DAY = "2026-06-01"


def test_once_for_a_state_a_language_and_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | None] = []

    def counted(store: object, *, as_of: str | None = None) -> QueueView:
        made.append(as_of)
        return queue(store, as_of=as_of)  # type: ignore[arg-type]

    monkeypatch.setattr(boards, "queue", counted)
    with rigged(tmp_path) as rig:
        site = Site(rig.register)
        first = boards.queue_of(site, DAY)
        assert (boards.queue_of(site, DAY) is first, made) == (True, [DAY])
        boards.queue_of(site)
        with monkeypatch.context() as other:
            other.setattr(boards, "language", lambda: "xx")
            assert boards.queue_of(site, DAY) is not first, "captions are in a language"
        assert made == [DAY, None, DAY]
        late = boards.duties_of(site, boards.day_of(DAY))
        assert (late, boards.duties_of(site, boards.day_of(DAY)) is late) == ([], True)
        values = {"product": "@lens", "vendor": "@vireo", "targetCountry": "xb", "date": "2024-02"}
        rig.say("case", type="AbuseIncident", name="Phones of lawyers", stage="infected", **values)
        rig.say(
            "licence", type="ExportLicence", licensee="@vireo", product="@lens", status="granted", issueDate="2024-01"
        )
        rig.say(
            "request",
            type="InformationRequest",
            body="@ministry",
            question="Which?",
            askedOn="2026-01-02",
            status="asked",
        )
        site.state(now=True)
        [item] = boards.queue_of(site, DAY).items
        assert item.licence.id == sid("licence") and item.touches[0].why == [
            "product Vireo Lens",
            "company Vireo Systems Ltd",
        ]
        assert [one.item.ref.id for one in boards.duties_of(site, boards.day_of(DAY))] == [sid("case"), sid("request")]
        count, size = len(made), rig.register.store.size()
        rig.say("late", type="Company", name="Late Ltd", country="xc")
        site.state(now=True)
        again = boards.queue_of(site, DAY)
        assert (again.items, again.frame.log_size, len(made)) == ([item], size + 1, count + 1)
        rig.say("lens", type="SurveillanceProduct", alias="The Lens", by="paper")
        site.state(now=True)
        assert (boards.queue_of(site, DAY).items, len(made)) == ([item], count + 2)
        for number in range(boards.KEPT_MOST + 2):
            boards.queue_of(site, f"2025-01-{number + 1:02}")
        assert boards.queue_of(site, DAY).items == [item], "what was let go is made anew"

        today, size = boards.queue_of(site, DAY), len(made)
        for number in range(boards.KEPT_MOST + 2):
            boards.queue_of(site, f"2025-02-{number + 1:02}")
            assert boards.queue_of(site, DAY) is today, "other days push out nothing that is asked for all the time"
        assert len(made) == size + boards.KEPT_MOST + 2


def test_the_watch_and_oversight_bodies_are_kept_for_a_state_of_the_register(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        site = Site(rig.register)
        watch, bodies = boards.watch_of(site, DAY), boards.oversight_of(site, None, DAY, None)
        assert boards.watch_of(site, DAY) is watch and boards.oversight_of(site, None, DAY, None) is bodies
        assert (watch.count, bodies.bodies_count) == (0, 0)
        rig.say("share", type="Security", issuer="@vireo", exchange="Market")
        rig.say("body", type="OversightBody", name="Body", bodyKind="vendor", oversees="@vireo", country="xa")
        site.state(now=True)
        assert (boards.watch_of(site, DAY).count, boards.oversight_of(site, None, DAY, None).bodies_count) == (1, 1)


def test_groups_over_links_that_were_asked_for_together_are_those_of_one_company_alone(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for name in ("top", "middle", "side", "gone", "below"):
            rig.say(name, type="Company", name=f"The {name.title()} Company", country="xa")
        own = {"percentage": "80", "startDate": "2020"}
        rig.say("a", type="Ownership", owner="@top", asset="@middle", **own)
        rig.say("b", type="Ownership", owner="@middle", asset="@vireo", **own)
        rig.say("c", type="Ownership", owner="@top", asset="@side", **own)
        rig.say(
            "d",
            type="Ownership",
            owner="@gone",
            asset="@vireo",
            percentage="90",
            startDate="2015",
            endDate="2019-12-31",
        )
        rig.say(
            "e",
            type="Ownership",
            owner="@vireo",
            asset="@below",
            percentage="20",
            startDate="2020",
        )
        alone = {
            (name, day): chains.groups(Reader(rig.register.store), [sid(name)], day)
            for name in ("top", "middle", "side", "gone", "below", "vireo")
            for day in ("2016-01-01", DAY)
        }
        assert alone["vireo", DAY] == {sid("vireo"), sid("middle"), sid("top"), sid("side")}
        assert alone["vireo", "2016-01-01"] == {sid("vireo"), sid("gone")}


def test_what_is_published_while_a_list_is_asked_for_is_in_the_list_of_the_new_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rigged(tmp_path) as rig:
        site = Site(rig.register)
        day, told = boards.day_of(DAY), Site.state
        boards.board_of(site)
        values = {"body": "@ministry", "question": "Which?", "askedOn": "2026-01-02", "status": "asked"}

        def publishing(self: Site, *, now: bool = False) -> object:
            """The state, as it was before somebody published who came in between."""
            found = told(self, now=now)
            monkeypatch.setattr(Site, "state", told)
            rig.say("request", type="InformationRequest", **values)
            told(self, now=True)
            return found

        monkeypatch.setattr(Site, "state", publishing)
        boards.duties_of(site, day)
        assert [one.item.ref.id for one in boards.duties_of(site, day)] == [sid("request")]


def test_a_list_in_the_making_keeps_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The breaches of a day wait until the duties of that day were asked for in another thread, which does not wait for them."""
    made = boards.breaches

    with rigged(tmp_path) as rig, ThreadPoolExecutor(2) as pool:
        site, day = Site(rig.register), boards.day_of(DAY)
        boards.board_of(site)

        def waiting(board: boards.Board, at: int) -> list[boards.Breach]:
            assert pool.submit(boards.duties_of, site, day).result(timeout=60) == []
            return made(board, at)

        monkeypatch.setattr(boards, "breaches", waiting)
        assert pool.submit(boards.breaches_naming, site, day, sid("vireo")).result(timeout=120) == []
