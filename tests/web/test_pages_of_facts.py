"""What the pages of the new design show: findings by rule, facts as rows, States that sort and filter, tables and addresses by name."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest

from sousveil.register.model import Stance, Standing, entity_id
from sousveil.web.navigation import GROUPS, group_of
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages
from sousveil.web.readable import slug
from sousveil.web.site import Site
from tests.register import maker
from tests.register.maker import said
from tests.web.client import ask


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.split("<main", 1)[1].split("</main>")[0])).split())


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def glasmoth(app: Outer) -> str:
    page = ask(app, "/company/glasmoth-systems-ltd").text
    return re.findall(r"href=\"\.\./api/v1/entities/(sv-[0-9a-f]{24})\"", page)[0]


def test_each_page_belongs_to_a_group_and_each_group_lists_pages_that_exist() -> None:
    routes = {page.route for page in all_pages()}
    assert [one.title for one in GROUPS] == ["Look up", "States", "Check", "Get help", "About"]
    assert {place.route for one in GROUPS for place in one.pages} <= routes
    assert {route for route in routes if not group_of(route)} == {""}
    assert (group_of("entities/sv-1/network"), group_of("log/keys"), group_of("nothing-here")) == (
        "look-up",
        "about",
        "",
    )


def test_the_first_page_shows_findings_chosen_from_the_data_with_their_sources(app: Outer) -> None:
    data = ask(app, "/api/v1/home").json["data"]
    [incidents] = [one for one in data["findings"] if "incident report" in one["title"]]
    assert incidents["title"] == "Glasmoth Systems Ltd: 1 incident report"
    assert incidents["text"] == ("The people concerned were in 1 State: Averna (invented). We name no person.")
    assert [one["publisher"] for one in incidents["claims"]] == ["Open Phones Collective"]
    page = ask(app, "/").text
    assert words(page).count("Glasmoth Systems Ltd: 1 incident report") == 1
    assert page.count('<ul class="doors">') == 1 and page.count('href="help"') >= 2
    assert [one["words"] for one in data["latest"]][:2] == [
        "Law: Safeguards Act",
        "Investigation: Inquiry of the Averna Parliament (open)",
    ]


def test_the_newest_listing_and_the_state_of_most_listed_companies(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        other, third = entity_id("listed", "two"), entity_id("listed", "three")
        said_of = [
            *(said(one, "Company", name, value) for one, of in ((other, "Grey Ltd"), (third, "Ochre Ltd"))
              for name, value in (("name", of), ("country", "xb"))),
            *(said(entity_id("listing", who), "Sanction", name, value)
              for who, of, day in (("a", maker.ACME, "2020-05-01"), ("b", other, "2023-02-03"), ("c", third, "2021-01-01"))
              for name, value in (("entity", of), ("program", f"List {who}"), ("listingDate", day))),
        ]  # fmt: skip
        made.register.publish(said_of, maker.private("paper"))
        found = ask(Outer(Site(made.register), keep=False), "/api/v1/home").json["data"]["findings"]
        assert next(one["title"] for one in found if not one["country"]) == "Newest listing: Grey Ltd"
        [state] = [one for one in found if one["country"]]
        assert (state["country"], state["title"]) == ("xb", "Averna (invented): 2 companies on government lists")
        assert state["text"] == "Among them: Grey Ltd, Ochre Ltd."
        assert len(state["claims"]) == 2


def test_a_reply_has_the_size_of_the_claim_and_stands_beside_it(app: Outer) -> None:
    page = ask(app, f"/entities/{glasmoth(app)}").text
    [pair] = [
        one for one in re.findall(r'<div class="pair">.*?</div></div>', page, re.S) if "We have no contract" in one
    ]
    claim, reply = pair.split('<div class="reply">')
    assert "State Protection Service of Sarvia" in claim and "Glasmoth Systems Ltd denies" in unescape(reply)
    topic = page[: page.index(pair)].rsplit('<details class="topic"', 1)[1]
    assert topic.startswith(' id="uses"'), "within the topic of the claim, never folded apart from it"


def test_a_note_of_the_source_is_shown_beside_the_value(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        deal = entity_id("deal", "one")
        told = {"vendor": maker.ACME, "client": maker.ACME, "stage": "reported", "note": "The approval is disputed."}
        made.register.publish([said(deal, "ClientClaim", *one) for one in told.items()], maker.private("paper"))
        app = Outer(Site(made.register), keep=False)
        page = ask(app, f"/entities/{maker.ACME}").text
        [row] = [one for one in re.findall(r"<tr.*?</tr>", page, re.S) if deal in one]
        assert "The approval is disputed." in row
        [line] = [one for one in rows(ask(app, f"/entities/{maker.ACME}/facts.csv").text) if one["id"] == deal]
        assert line["details"].endswith("The approval is disputed.")


def test_facts_of_an_entity_as_a_table(app: Outer) -> None:
    found = rows(ask(app, f"/entities/{glasmoth(app)}/facts.csv").text)
    [denied] = [one for one in found if one["replies"].startswith("Glasmoth Systems Ltd denies")]
    assert (denied["topic"], denied["what"], denied["value"]) == (
        "Uses and clients",
        "",
        "State Protection Service of Sarvia",
    )
    assert (denied["publisher"], denied["source"]) == ("Open Phones Collective", "The Sarvian Courier, 9 May 2022")
    assert denied["strength"] == "reported"
    assert {one["topic"] for one in found} >= {"Licences", "Incidents", "Names and details"}


def test_a_cell_is_no_formula(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        made.register.publish([said(maker.ACME, "Company", "alias", "=HYPERLINK(1)")], maker.private("paper"))
        app = Outer(Site(made.register), keep=False)
        found = rows(ask(app, f"/entities/{maker.ACME}/facts.csv").text)
        assert [one["value"] for one in found if "HYPERLINK" in one["value"]] == ["'=HYPERLINK(1)"]


def test_states_are_counted_filtered_and_sorted(app: Outer) -> None:
    def asked(query: str) -> list[str]:
        return [one["country"] for one in ask(app, f"/api/v1/states?{query}").json["data"]["rows"]]

    assert asked("show=companies") == ["xa", "xd", "xb", "xc"]
    assert asked("sort=name&show=all") == ["xb", "xd", "xa", "xc"]
    assert asked("show=incidents") == ["xb"]
    assert asked("demand=a-moratorium") == ["xa", "xb"]
    refused = ask(app, "/api/v1/states?demand=z").json["error"]
    assert (refused["status"], refused["field"]) == (400, "demand")
    [averna] = [one for one in rows(ask(app, "/states.csv").text) if one["code"] == "xb"]
    assert (averna["companies"], averna["incidents"], averna["clients"], averna["acts"]) == ("1", "1", "1", "6")
    assert averna["f-contracts"] == "2" and averna["b-investigations"] == "0"
    page = ask(app, "/states?sort=name").text
    assert '<a href="states?show=any&amp;sort=name" aria-current="true">' in page


def test_every_state_has_a_page(app: Outer) -> None:
    page = words(ask(app, "/states/de").text)
    assert "We have no entry yet on what Germany sells, licenses or has done." in page
    assert "It does not mean that nothing happened." in page
    assert ask(app, "/states/zq").status == 404
    averna = words(ask(app, "/states/xb").text)
    assert "1 company of the trade is based here. Sources report 1 incident here." in averna
    assert averna.index("Companies based here") < averna.index("The letter's demands")
    calder = words(ask(app, "/states/xa").text)
    assert re.search(r"13 demands: \d+ with a recorded act", calder)


def test_the_map_of_states_stands_alone_as_a_file(app: Outer) -> None:
    got = ask(app, "/states.svg")
    assert got.headers["content-type"] == "image/svg+xml"
    assert got.text.startswith("<svg ") and "<style>" in got.text and "<script" not in got.text
    assert "Source: Example register (invented), log entry" in got.text


def shown(app: Outer, address: str) -> str:
    """The id of the entity whose page is at an address."""
    got = ask(app, address, follow=False)
    assert got.status == 200
    [id] = re.findall(r"alternate\" type=\"application/json\" href=\"\.\./api/v1/entities/([^\"]+)\"", got.text)
    return str(id)


def test_an_address_by_name_is_the_page_of_the_record_published_first(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        app = Outer(Site(made.register), keep=False)
        assert shown(app, "/company/acme-interception-ltd") == maker.ACME
        second = entity_id("again", "acme")
        made.register.publish([said(second, "Company", "name", "Acme Interception Ltd")], maker.private("paper"))
        app.site.state(now=True)
        assert shown(app, "/company/acme-interception-ltd") == maker.ACME
        suffixed = f"/company/acme-interception-ltd-{second[-6:]}"
        assert shown(app, suffixed) == second
        assert ask(app, "/company/nobody").status == 404
        person = entity_id("person", "one")
        made.register.publish([said(person, "Person", "name", "Ann Example", person=True)], maker.private("paper"))
        assert ask(app, "/company/ann-example").status == 404


def test_an_id_leads_to_the_name_and_a_citation_keeps_the_id(app: Outer) -> None:
    id = glasmoth(app)
    old = ask(app, f"/entities/{id}", follow=False)
    assert (old.status, old.headers["location"]) == (301, "../company/glasmoth-systems-ltd")
    assert old.headers["cache-control"] == "no-cache"
    for kept in (f"/entities/{id}?as_of=2024-01-01", f"/entities/{id}?known_at=170", f"/api/v1/entities/{id}"):
        assert ask(app, kept, follow=False).status == 200, kept
    assert ask(app, f"/entities/{id}/network", follow=False).status == 200
    page = ask(app, "/company/glasmoth-systems-ltd").text
    last = app.site.store.size() - 1
    assert f'href="../entities/{id}?known_at={last}">Link to this state of the page' in page
    assert f'href="../entities/{id}?known_at=' in page.partition('id="history"')[2].partition("</details>")[0]
    network = ask(app, f"/entities/{id}/network").text
    assert 'href="../../company/glasmoth-systems-ltd"' in network and f'href="../../entities/{id}"' not in network
    incident = app.site.store.subjects(type="AbuseIncident", limit=1)[0]
    assert ask(app, f"/entities/{incident}", follow=False).status == 200, (
        "only companies, products and bodies have names"
    )


@pytest.mark.parametrize(
    ("name", "address"),
    [("NSO Group", "nso-group"), ("Société Générale S.A.", "societe-generale-s-a"), ("  --  ", ""), ("Группа", "")],
)
def test_a_name_in_an_address(name: str, address: str) -> None:
    assert slug(name) == address


def test_a_reply_names_what_it_is_about(app: Outer) -> None:
    id = glasmoth(app)
    page = ask(app, f"/entities/{id}").text
    links = re.findall(r'href="\.\./reply\?about=([^"]+)"', page)
    assert links and all(re.fullmatch(r"sv-[0-9a-f]{24}|[0-9a-f]{64}", one) for one in links)
    assert f"<code>{id}</code>" in ask(app, f"/reply?about={id}").text
    assert "Glasmoth Systems Ltd" in words(ask(app, f"/reply?about={id}").text)
    assert ask(app, "/reply?about=x").status == 400


def test_records_of_a_kind_by_letter_and_state(app: Outer) -> None:
    every = ask(app, "/api/v1/entities?type=Company").json["data"]
    names = [one["caption"] for one in every["refs"]]
    assert names == sorted(names, key=str.casefold) and every["count"] == len(names) == 7
    some = ask(app, "/api/v1/entities?type=Company&letter=g").json["data"]
    assert [one["caption"] for one in some["refs"]] == [one for one in names if one.startswith("G")]
    part = ask(app, "/api/v1/entities?type=Company&limit=3").json
    rest = ask(app, f"/api/v1/entities?type=Company&limit=100&after={part['meta']['next']}").json["data"]
    assert [one["caption"] for one in (*part["data"]["refs"], *rest["refs"])] == names
    assert every["countries"]["xa"] >= 1


def test_help_comes_before_anything_else_and_says_when_it_was_checked(app: Outer) -> None:
    page = words(ask(app, "/help").text)
    assert page.index("In danger now?") < page.index("Ask people who know") < page.index("Remedy")
    assert "Access Now Digital Security Helpline" in page and "Helplines checked on 24 November 2026." in page


def test_a_denied_claim_is_said_to_be_denied(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        deal = entity_id("deal", "two")
        told = [
            said(deal, "ClientClaim", *one)
            for one in {"vendor": maker.ACME, "client": maker.ACME, "stage": "reported"}.items()
        ]
        done = maker.published(made.register.publish(told, maker.private("paper")))
        denial = said(deal, "ClientClaim", "stage", "reported", stance=Stance.DENIES, supersedes=done.ids[2], publisher=maker.ACME,
                      standing=Standing.REPORTED)  # fmt: skip
        maker.published(made.register.publish([denial], maker.private("acme")))
        page = words(ask(Outer(Site(made.register), keep=False), f"/entities/{maker.ACME}").text)
        assert "denied by Acme Interception Ltd" in page and "Acme Interception Ltd denies" in page


def test_a_claim_shows_when_the_company_was_asked_and_that_it_has_not_replied(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        claim = entity_id("claim", "asked")
        values = {
            "entity": maker.ACME,
            "claimKind": "listed-as",
            "label": "spyware",
            "list": "A list",
            "commentAskedOn": "2026-03-30",
        }
        said_of = [said(claim, "Claim", name, value) for name, value in values.items()]
        done = made.register.publish(said_of, maker.private("paper"))
        app = Outer(Site(made.register), keep=False)
        page = ask(app, f"/entities/{maker.ACME}").text
        pair = page.partition('<div class="pair">')[2].partition("</div></div>")[0]
        assert "Asked for comment on 30 March 2026, no reply yet." in pair
        assert f'href="../reply?about={claim}"' in pair
        assert page.count("Asked for comment on") == 1
        answer = said(
            claim,
            "Claim",
            "label",
            "spyware",
            stance=Stance.DENIES,
            supersedes=done.ids[2],
            publisher="Acme (invented)",
        )
        made.register.publish([answer], maker.key_of(made.register, "Acme (invented)"))
        page = ask(app, f"/entities/{maker.ACME}").text
        assert "Asked for comment on 30 March 2026." in page and "no reply yet" not in page


def test_a_reply_to_any_part_of_a_record_counts_on_the_page_of_the_state(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        case = entity_id("incident", "asked")
        values = {"stage": "targeted", "country": "xa", "vendor": maker.ACME, "commentAskedOn": "2026-03-30"}
        told = [said(case, "AbuseIncident", name, value) for name, value in values.items()]
        done = maker.published(made.register.publish(told, maker.private("paper")))
        app = Outer(Site(made.register), keep=False)
        assert "Asked for comment on 30 March 2026, no reply yet." in ask(app, "/states/xa").text
        denial = said(case, "AbuseIncident", "vendor", maker.ACME, stance=Stance.DENIES, supersedes=done.ids[2],
                      publisher=maker.ACME, standing=Standing.REPORTED)  # fmt: skip
        maker.published(made.register.publish([denial], maker.private("acme")))
        page = ask(app, "/states/xa").text
        assert "Asked for comment on 30 March 2026." in page and "no reply yet" not in page


def test_only_who_makes_a_claim_says_when_it_asked_for_comment(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        case = entity_id("incident", "not-asked")
        values = {"stage": "targeted", "country": "xa", "vendor": maker.ACME}
        told = [said(case, "AbuseIncident", name, value) for name, value in values.items()]
        maker.published(made.register.publish(told, maker.private("paper")))
        other = said(case, "AbuseIncident", "commentAskedOn", "2020-01-01", publisher="Rival (invented)")
        made.register.publish([other], maker.key_of(made.register, "Rival (invented)"))
        app = Outer(Site(made.register), keep=False)
        for path in ("/states/xa", f"/entities/{maker.ACME}"):
            page = ask(app, path).text
            assert case in page and "no reply yet" not in page
