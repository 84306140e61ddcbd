"""The page of a proposal: no code and no machine date in what is read aloud, and a decision that does not count says why."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.proposals import AGAINST
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.procedures.port import NOTICE, id_of, port, tell
from tests.decisions.procedures.test_checks import decision, vote
from tests.web.client import ask

OWED = (
    "A yearly report on use is owed after every approval that somebody tells of, whether it counts here or not: what is used has to be "
    "reported on."
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Outer]:
    with port(tmp_path / "register", ("police", [NOTICE])) as register:
        tell(register, "ngo", vote())
        tell(register, "board", decision(expiryDate="2025-06-01"))
        tell(register, "police", ("own", "OversightDecision", decision()[2] | {"outcome": "rejected"}))
        use = {"body": "@police", "product": "@product", "startDate": "2025-02-01"}
        tell(register, "police", ("use", "Deployment", use))
    outer = Outer(Site.open(tmp_path / "register"))
    yield outer
    outer.site.register.close()


def test_a_proposal_is_told_in_words(app: Outer) -> None:
    page = ask(app, f"/boards/{id_of('proposal')}?as_of=2025-07-01").text
    main = page[page.index("<main") : page.index("</main>")]
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
    assert "It was in use from 1 February 2025 on. The approval counts from 20 March 2025 on." in text
    assert "It is in use, and the approval ended on 1 June 2025." in text
    hidden = [" ".join(one.split()) for one in re.findall(r'<span class="unseen">([^<]*)</span>', main)]
    assert ": It was in use from 1 February 2025 on. The approval counts from 20 March 2025 on." in hidden
    assert [one for one in hidden if re.search(r"[a-z]_[a-z]", one)] == []
    assert re.search(r"\d{4}-\d{2}-\d{2}", text.replace("2025-07-01", "")) is None
    assert "20 March 2025 · Decision: " in text and "· approved" in text
    assert (
        f"It is no step of the procedure: it was published by City Police of Port, which is not the board. {AGAINST}"
    ) in text
    assert "10 March 2025 · Vote · by People of Port · against A milder way exists.; No.; Section 4." in text
    assert OWED not in text  # the decision that does not count is a rejection
    later = ask(app, f"/boards/{id_of('proposal')}?as_of=2025-04-01").text
    assert "<dt>Report on use due</dt><dd>20 March 2026</dd>" in later


def test_page_and_clock_tell_one_thing_of_an_approval_that_does_not_count(tmp_path: Path) -> None:
    """A report on use is owed by it all the same (0062): the clock runs, and both places say why."""
    with port(tmp_path / "register", ("police", [NOTICE])) as register:
        tell(register, "police", ("own", "OversightDecision", decision()[2]))
    site = Site.open(tmp_path / "register")
    try:
        outer = Outer(site)
        page = ask(outer, f"/boards/{id_of('proposal')}?as_of=2026-07-01").text
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
        assert f"which is not the board. The decision is that of the board. {OWED}" in text
        assert "<dt>Report on use due</dt>" not in page
        late = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", ask(outer, "/overdue?as_of=2026-07-01").text)).split())
        assert "Yearly report of the user: asked since 20 March 2025, no recorded answer, 468 days" in late
        why = (
            "also after an approval that is only told of and does not count as one of the board, since what is used has to be "
            "reported on."
        )
        assert why in late
    finally:
        site.register.close()


@pytest.mark.parametrize("path", ["licences/review", "investigations", "disclosures", "oversight", "boards"])
def test_see_also_names_the_other_pages_alone(app: Outer, path: str) -> None:
    page = ask(app, f"/{path}").text
    also = page[page.index("See also:") :].split("</p>", 1)[0]
    assert re.findall(r">([^<]+)</a>", also) == [
        title
        for one, title in (
            ("licences/review", "Licences to review"),
            ("investigations", "Investigations"),
            ("disclosures", "Contracts and requests"),
            ("oversight", "Oversight bodies"),
            ("boards", "Community boards"),
        )
        if one != path
    ]
    assert not " ".join(also.split()).endswith("·")
    home = ask(app, "/").text
    assert home.count(">Community boards</a>") == 1
