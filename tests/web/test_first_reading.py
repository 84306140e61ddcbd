"""What somebody who knows nothing reads: dates and names in words, who says so beside each row, a reply with what it answers."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from sousveil.register.model import entity_id
from sousveil.web import words_of
from sousveil.web.outer import Outer
from tests.web.client import ask
from tests.web.routes import pages

pytestmark = pytest.mark.full("postgresql")

MACHINE_DATE = re.compile(r"(?<![\w/-])\d{4}-(?:0[1-9]|1[0-2])(?:-\d\d)?(?![\w-])")


def example(key: str) -> str:
    """The id of a record of the example register."""
    return entity_id("example", key)


def read(app: Outer, address: str) -> str:
    """The words of a page's main part, without what stands there for programs: commands, code, values to be typed."""
    got = ask(app, address)
    assert got.status == 200, address
    main = got.text.partition("<main")[2].partition("</main>")[0]
    main = re.sub(r"<(pre|code|form|details class=\"rule\")\b.*?</\1>", " ", main, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main))).replace(" ,", ",").replace(" .", ".")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2022-03", "March 2022"),
        ("2022", "2022"),
        ("2022-03-04", "4 March 2022"),
        ("2022-03-04T05:06:07Z", "4 March 2022"),
        ("2019~", "about 2019"),
        ("no date", "no date"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_date_is_written_as_exactly_as_it_is_known(app: Outer, value: str | None, words: str) -> None:
    assert words_of.day(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("EUR 8400000", "EUR 8,400,000"),
        ("EUR 1200000.5", "EUR 1,200,000.5"),
        ("EUR 900", "EUR 900"),
        ("Order 8400000", "Order 8400000"),
    ],
)
def test_a_sum_has_its_thousands_apart(app: Outer, value: str, words: str) -> None:
    assert words_of.amount(value) == words


def test_no_page_writes_a_date_as_a_machine_does(app: Outer) -> None:
    company = example("glasmoth")
    more = [f"/entities/{company}{part}" for part in ("", "/demands", "/licences", "/chains", "/network", "/timeline")]
    found = {one: MACHINE_DATE.findall(read(app, one)) for one in [*pages(app), *more]}
    assert {one: dates for one, dates in found.items() if dates} == {}


def test_each_row_of_a_record_says_who_says_so_and_why_it_stands_there(app: Outer) -> None:
    text = read(app, f"/entities/{example('glasmoth')}")
    incident = r"Phone of a local newspaper infected, according to a forensic examination through Lampyre"
    assert re.search(
        incident
        + r" Open Phones Collective: Open Phones Collective, report 7, 2022 attributed by a forensic examination",
        text,
    ), "an incident names the product, not the company"
    assert "Part of Glasmoth" not in text and "EUR 8,400,000" in text


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/disclosures", "Open Phones Collective reported 11 June 2021"),
        ("/investigations", "confirmed · says Calder Export Office"),
        ("/moratorium", "From: 1 June 2024 · confirmed · says Open Phones Collective"),
        (
            "/moratorium",
            "In the list, but without a place on the map: Calder (invented), Averna (invented), Sarvia (invented).",
        ),
        ("/watch", "Said to sell surveillance technology through Glasmoth Systems Ltd"),
        ("/watch", "no regulator was told before it · says Open Phones Collective"),
        ("/oversight", "Companies of which no established body is recorded"),
        ("/oversight", "Body over Sandpiper Instruments established · on"),
        ("/states", "l Strong encryption NSO Exporting States"),
        ("/states/xa", "“Says of itself”: only the word of the State or company itself is recorded."),
        ("/states/xa", "Provides: duties of vendors; global operations"),
        ("/signatories", "The letter is not loaded into this register."),
        ("/entities", "Find a company, a product, a public body or a case, by name or by kind."),
    ],
)
def test_who_says_it_and_what_it_is(app: Outer, address: str, said: str) -> None:
    assert said in read(app, address)


def test_a_kind_is_not_said_twice(app: Outer) -> None:
    text = read(app, "/entities")
    assert "Membership: Institute of Signals – Body over Sandpiper Instruments" in text
    assert "Instruments (Membership)" not in text and "Glasmoth Systems Ltd (Company)" in text


def test_a_reply_at_a_hit_names_what_it_answers(app: Outer) -> None:
    text = read(app, "/screening?name=Glasmoth")
    assert "Glasmoth in the record of Glasmoth Systems Ltd · 100 of 100 alike" in text
    about = "Client claim: State Protection Service of Sarvia – Glasmoth Systems Ltd"
    assert f"A reply to what is said in: {about} Glasmoth Systems Ltd denies : We have no contract" in text


def test_a_search_without_result_promises_nothing_close(app: Outer) -> None:
    assert "these are close" not in read(app, "/search?q=Zzyzx")
    assert "No entry does not mean a company is cleared." in read(app, "/search?q=Zzyzx")


def test_what_the_letter_asks_of_a_state_is_not_said_to_be_nothing(app: Outer) -> None:
    text = read(app, f"/entities/{example('averna')}/demands")
    assert "What the letter asks of a State stands on the State's own page." in text and "nothing is asked" not in text


def test_what_is_unknown_is_not_told_as_a_fact(app: Outer) -> None:
    """Beside "unknown" stands that nothing is on file, not that it is not so."""
    text = read(app, f"/entities/{example('glasmoth')}/demands")
    assert "No independent oversight body over it, with human rights groups and civil society, is on file." in text
    assert "watches over it" not in text and "has acknowledged" not in text


def test_an_answer_names_the_country(app: Outer) -> None:
    form = {
        "action": "sale",
        "product": "Lampyre",
        "supplier": "Glasmoth Systems Ltd",
        "end_user": "Nobody",
        "country": "xb",
    }
    sent = ask(
        app,
        "/decide",
        method="POST",
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
    )
    text = read(app, f"/{sent.headers['location']}")
    assert "to “Nobody” (Averna (invented))" in text and "(XB)" not in text
    assert "Country of the end user Averna (invented)" in text and "fingerprint of the rules that were asked:" in text


def test_a_statement_of_an_entry_has_no_word_too_many(app: Outer) -> None:
    entry = ask(app, "/log/entries/60").text
    assert ">confirmed</span></td>" in entry or ">reported</span></td>" in entry
    assert ", says</td>" not in entry
    assert "Export licence EL-311 – Licensee: " in read(app, "/log/entries/62"), "what was signed, not its number alone"


def test_a_form_asks_to_choose_and_says_nothing_twice(app: Outer) -> None:
    form = ask(app, "/procedures/h-boards/decision").text
    outcome = form.partition('id="f-outcome"')[2].partition("</select>")[0]
    assert '<option value="">choose</option>' in outcome
    assert "Votes for." not in form and ">Votes for" in form


def test_an_empty_form_names_everything_that_is_missing_at_once(app: Outer) -> None:
    sent = ask(
        app,
        "/procedures/a-moratorium/measure",
        method="POST",
        body=b"statement.publisher=",
        content_type="application/x-www-form-urlencoded",
    )
    told = sent.text.partition("This is wrong:")[2].partition("</ul>")[0]
    fields = re.findall(r'href="[^"]*#f-([\w.]+)"', told)
    assert fields[:3] == ["statement.publisher", "statement.source", "statement.standing"]
    assert {"summary", "state", "measureKind", "status"} <= set(fields)


def test_a_page_of_a_mistake_leads_back_to_where_it_was_made(app: Outer) -> None:
    text = ask(app, "/map?as_of=yesterday").text
    assert '<a href="map">Back to this page, without what was sent</a>' in text
    assert "Back to this page" not in ask(app, "/nothing-here").text
