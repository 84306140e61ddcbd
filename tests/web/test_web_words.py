"""No template brings a word about a stage of its own: what is said of clients and incidents comes out of the statements."""

from __future__ import annotations

import re
from pathlib import Path

from sousveil.web.outer import Outer
from tests.web.client import ask
from tests.web.routes import everything

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sousveil"
TEMPLATES = (SOURCE / "web" / "templates", SOURCE / "web" / "staff" / "templates", SOURCE / "complaints" / "templates")
STRONG = re.compile(
    r"\b(confirmed|infected|targeted|spyware|victim|perpetrator|guilty|criminal|illegal|abuser|customer|hacked|client)s?\b",
    re.I,
)
ALLOWED = {
    "web/about.html": {
        "Is a State a client?",
        (
            "Selected: a number or a name stood on a list of people who might be targeted. Targeted: somebody tried to get into a phone"
            " or computer. Infected: they got in. To be selected is not to be targeted, and to be targeted is not to be infected."
        ),
    },
    "web/home.html": {
        "I may have been targeted",
        "Add a client, a contract or an act of a State",
        "Owners, lists, clients, court cases, and what the company says.",
    },
    "web/form_field.html": {"Are you the person who was targeted?"},
    "web/states.html": {"Clients and users", "Clients"},
    "web/help.html": {
        "I may have been targeted",
        (
            "Do it together with them, or on your own computer: make a backup and check it with Sousveil. Nothing leaves your computer."
            " No result can prove a phone is clean or infected."
        ),
    },
    "web/map.html": {
        "Potential clients",
        "Reported clients",
        "Confirmed clients",
        (
            "Companies that sell surveillance technology, by the State where they are based, and the States that sources name as buyers."
            " A potential client is not a client."
        ),
    },
    "complaints/encrypt.html": {
        "Compare the keys with a list that you got by another way, in print or from another site. A hacked server would show its own keys.",
    },
    "complaints/base.html": {
        "Do not write from the phone you fear is infected, and a printed receipt can betray you.",
    },
    "web/pegasus.html": {
        (
            "In July 2021 journalists and Amnesty International reported on the use of NSO Group's spyware Pegasus. In the same month"
            " civil society organisations and experts asked States, in a joint open letter, for a moratorium on the sale, transfer and"
            " use of surveillance technology. This page gives the letter's figures as printed; nothing was added."
        ),
    },
}
"""Template -> its texts with such a word: they explain, or head a column of counts."""


def test_templates() -> None:
    files = [(folder, file) for folder in TEMPLATES for file in sorted(folder.rglob("*.html"))]
    assert len(files) > 95 and {folder for folder, _ in files} == set(TEMPLATES)
    for folder, file in files:
        text = file.read_text("utf-8")
        said = [one or other for one, other in re.findall(r"""_\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""", text)]
        assert len(said) == len(re.findall(r"\b_\(", text)), (file.name, "a text that this test does not read")
        said += [re.sub(r"\s+", " ", one) for one in re.findall(r"{% trans [^%]*%}(.*?){% endtrans %}", text, re.S)]
        bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|{#.*?#}", " ", text, flags=re.S)
        assert not STRONG.search(bare), (file.name, STRONG.search(bare))
        strong = {one for one in said if STRONG.search(one)}
        assert strong == ALLOWED.get(f"{folder.parent.name}/{file.name}", set()), file


def test_a_potential_client_is_never_called_more(app: Outer) -> None:
    """Over all answers: where a claim about a client is not confirmed, no answer calls it so."""
    for address in everything(app):
        got = ask(app, address)
        if got.status != 200 or address.startswith(
            ("/about", "/api/v1/about", "/api/v1/openapi", "/bulk", "/map", "/api/v1/map")
        ):
            continue
        assert "confirmed client" not in got.text, address
        assert "is infected" not in got.text, address


def test_investigations_say_which_clocks_they_count(app: Outer) -> None:
    """Those of the demands, as on the page of what is overdue: a reader of both is told so."""
    page = ask(app, "/investigations").text
    told = "Otherwise we count the days since the letter asked for results."
    assert re.search(re.escape(told) + r' <a href="[^"]*overdue">Overdue and unanswered</a>', page)
    late = ask(app, "/overdue").text
    assert (
        "Inquiry of the Averna Parliament" in late
        and "we choose after how many days a step counts as unanswered." in late
    )


def test_a_password_field_is_described_by_what_is_there() -> None:
    """Django points at an id for the help of a new password; the sentence above the form bears it."""
    page = SOURCE / "web" / "staff" / "templates" / "account" / "password_change.html"
    assert '<p class="soft" id="id_password1_helptext">' in page.read_text("utf-8")
