"""Forms: what is wrong is named with its field, and what was typed stays; nobody publishes for another."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
import urllib.request

import pytest

from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.conditions import AllOf, Condition, Has
from sousveil.decisions.procedures.model import Form
from sousveil.register import types
from sousveil.register.model import entity_id
from tests.decisions.procedures.clerk import Clerk

MEASURE = {
    "summary": "Decree 4",
    "state": "Sarvian Union",
    "measureKind": "moratorium",
    "covers": ["sale", "use"],
    "status": "announced",
    "date": "2026-09-01",
    "statement.publisher": "Open Phones Collective",
    "statement.source": "Gazette of Sarvia 2026/4",
    "statement.standing": "confirmed",
}
ALL = [(one.name, form) for one in registry.all_procedures().values() for form in one.forms]


@pytest.mark.parametrize(("name", "form"), ALL, ids=lambda one: one if isinstance(one, str) else one.name)
def test_every_form_can_make_a_whole_record(name: str, form: Form) -> None:
    fields = {field.property for field in form.fields}
    for field in form.fields:
        assert field.of.name == field.property
        assert not field.help or field.help.endswith((".", "?")), (name, field.property)
        assert field.help.lower() != f"{field.of.label.lower()}.", "a help that repeats its label says nothing"
    assert {*form.help, *form.asked} <= fields, "help for a field that the form has not"
    required = {one.name for one in types.properties(form.type).values() if one.required}
    assert required <= fields | set(form.fixed)


def test_no_form_says_that_the_letter_asks_for_more_than_its_demand() -> None:
    helps = {
        name: field.help
        for name, form in ALL
        for field in form.fields
        if (form.type, field.property) == ("Investigation", "quality")
    }
    assert helps["b-investigations"] == "Choose only what is shown: the letter asks for all four."
    assert helps["nso-exporting-states"] == "Choose only what is shown."


def test_what_is_wrong_is_named_and_what_was_typed_stays(clerk: Clerk) -> None:
    wrong = {**MEASURE, "date": "2026-13-01", "scope": "Words <that> stay & are shown", "state": "Nobody's Land"}
    got = clerk.fill("a-moratorium", "measure", wrong)
    assert got.status == 422
    said = [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in re.findall(r"<li><a href=\"#[fh]-.*?</li>", got.text)]
    assert [one.partition(":")[0] for one in said] == ["State", "Date"]
    assert "“Nobody's Land” is not the exact name or the id of a record that fits here" in said[0]
    assert "Words &lt;that&gt; stay &amp; are shown</textarea>" in got.text
    assert 'value="2026-13-01"' in got.text
    assert re.findall(r'name="covers" value="(\w+)" checked', got.text) == ["sale", "use"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("statement.source", "", "No source, no statement."),
        ("statement.publisher", "Somebody Else", "No key of this register belongs to “Somebody Else”."),
        ("statement.standing", "certain", "Say how firmly this stands."),
        ("statement.record", "sv-0000", "This register has no such record."),
        ("nonsense", "x", "There is no such field."),
        (
            "covers",
            "everything",
            "</a>: “everything” is none of what can be said here: sale; transfer and export (transfer); use",
        ),
    ],
)
def test_each_common_field_is_checked(clerk: Clerk, field: str, value: str, message: str) -> None:
    got = clerk.fill("a-moratorium", "measure", {**MEASURE, field: value})
    assert got.status == 422
    assert message in html.unescape(got.text)


def test_what_is_wrong_is_said_with_the_labels_of_the_form(clerk: Clerk) -> None:
    """Neither names of record types nor of properties, as programs call them."""
    wrong = {**MEASURE, "state": "Nobody's Land", "status": "perhaps", "statement.valid_until": "soon"}
    got = clerk.fill("a-moratorium", "measure", wrong)
    said = [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in re.findall(r"<li><a href=\"#[fh]-.*?</li>", got.text)]
    assert any("a record that fits here (Public body)." in one for one in said), said
    assert [one for one in said if re.search(r"[a-z][A-Z]|valid_until|\bstatus:", one)] == []


def test_nobody_publishes_for_another(clerk: Clerk) -> None:
    ready = clerk.fill("a-moratorium", "measure", MEASURE)
    payload, contents = ready.hidden("payload"), ready.hidden("contents")
    data = base64.b64decode(payload)
    assert json.loads(data)["publisher"] == entity_id(
        "example", "open-phones-org"
    )  # named by its name, signs for its entity
    before = clerk.json("/procedures/a-moratorium")["items"]
    for key in ("glasmoth", "calder-export"):
        done = clerk.hand_in(payload, contents, clerk.sign(data, key))
        assert done.status == 422
        assert "The key belongs to" in done.text
    changed = clerk.hand_in(payload, contents, clerk.sign(data + b" ", "open-phones"))
    assert changed.status == 422
    assert clerk.json("/procedures/a-moratorium")["items"] == before


def test_the_same_is_not_published_twice(clerk: Clerk) -> None:
    ready = clerk.fill("a-moratorium", "measure", MEASURE)
    payload, contents = ready.hidden("payload"), ready.hidden("contents")
    signature = clerk.sign(base64.b64decode(payload), "open-phones")
    assert clerk.hand_in(payload, contents, signature).status == 201
    assert clerk.hand_in(payload, contents, signature).status == 409


def test_what_is_only_alleged_is_held(clerk: Clerk) -> None:
    ready = clerk.fill("a-moratorium", "measure", {**MEASURE, "statement.standing": "alleged"})
    assert "It will be held until two reviewers have read it" in ready.text
    payload = ready.hidden("payload")
    done = clerk.hand_in(payload, ready.hidden("contents"), clerk.sign(base64.b64decode(payload), "open-phones"))
    assert done.status == 202
    assert "Nothing of it is public." in done.text


def test_downloads_are_the_exact_bytes(clerk: Clerk) -> None:
    ready = clerk.fill("a-moratorium", "measure", MEASURE)
    for name in ("payload", "contents"):
        body = f"do={name}&{name}={urllib.parse.quote(ready.hidden(name), safe='')}".encode()
        with urllib.request.urlopen(f"{clerk.address}/hand-in", data=body, timeout=30) as got:
            assert got.read() == base64.b64decode(ready.hidden(name))
            assert got.headers["Content-Disposition"] == f'attachment; filename="{name}.json"'
            assert got.headers["Cache-Control"] == "no-store"


def test_programs_prepare_the_same(clerk: Clerk) -> None:
    body = {
        "publisher": MEASURE["statement.publisher"],
        "source": MEASURE["statement.source"],
        "standing": "confirmed",
        "values": {
            name: [value] if isinstance(value, str) else value
            for name, value in MEASURE.items()
            if not name.startswith("statement.")
        },
    }
    request = urllib.request.Request(
        f"{clerk.address}/api/v1/procedures/a-moratorium/measure",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as got:
        made = json.loads(got.read())["data"]
    assert [one["property"] for one in made["statements"]] == [
        "In short",
        "State",
        "Kind",
        "Covers",
        "Covers",
        "Status",
        "Date",
    ]
    assert json.loads(base64.b64decode(made["payload"]))["publisher"] == entity_id("example", "open-phones-org")
    assert (made["publisher"], made["publisher_name"]) == (entity_id("example", "open-phones-org"), body["publisher"])
    assert made["command"] == "ssh-keygen -Y sign -n sousveil-publication -f KEY payload.json"


PLAN = {
    "title": "Reading of phones at the harbour",
    "buyer": "Brackwater City Council",
    "amount": "EUR 75000",
    "startDate": "2027-09-01",
    "statement.publisher": "Brackwater City Council",
    "statement.source": "https://brackwater.example/plan-2027",
    "statement.standing": "confirmed",
}


def test_a_planned_purchase_needs_no_supplier_and_becomes_a_contract(clerk: Clerk) -> None:
    asked = clerk.fill("f-contracts", "contract", PLAN | {"stage": "planned"})
    assert asked.status == 422 and "“Supplier” is missing." in html.unescape(asked.text)
    assert "“Buyer” is missing." in html.unescape(
        clerk.fill("f-contracts", "plan", {name: one for name, one in PLAN.items() if name != "buyer"}).text
    )

    def found(day: str) -> tuple[str, list[str], list[str]]:
        items = clerk.json(f"/procedures/f-contracts?as_of={day}")["items"]
        [item] = [one for one in items if one["ref"]["id"] == made.subject]
        record = clerk.json(f"/entities/{made.subject}")
        values = {
            one["name"]: [claim["value"] for claim in one["claims"] if claim["stands"]] for one in record["properties"]
        }
        return item["state"], values.get("supplier", []), values["stage"]

    made = clerk.publish("f-contracts", "plan", PLAN, key="brackwater-council")
    assert found("2027-06-01") == ("to-come", [], ["planned"])
    later = {
        "supplier": "Quietwater Analytics AG",
        "stage": "awarded",
        "statement.record": made.subject,
        **{name: one for name, one in PLAN.items() if name.startswith("statement.")},
    }
    assert clerk.publish("f-contracts", "contract", later, key="brackwater-council").subject == made.subject
    supplier = entity_id("example", "quietwater")
    assert found("2027-06-01")[:2] == ("to-come", [supplier])
    assert found("2027-10-01") == ("current", [supplier], ["awarded"])


@pytest.mark.parametrize(("typed", "wrong"), [("Averna", False), ("xb", False), ("Nowhere", True)])
def test_a_country_is_taken_by_its_name_as_the_help_says(clerk: Clerk, typed: str, wrong: bool) -> None:
    common = {name: value for name, value in MEASURE.items() if name.startswith("statement.")}
    got = clerk.fill("l-encryption", "law", {**common, "jurisdiction": typed})
    assert got.status == 422
    assert ("is not a country that we know" in html.unescape(got.text)) is wrong


def test_everything_that_is_wrong_is_said_at_once_and_each_thing_once(clerk: Clerk) -> None:
    """A day that cannot be read is told in the first round too, where it is not yet said how firmly it stands."""
    wrong = {
        **MEASURE,
        "statement.standing": "",
        "statement.asserted": "31/12/2024",
        "date": "soon",
        "state": "",
    }
    got = clerk.fill("a-moratorium", "measure", wrong)
    said = [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in re.findall(r"<li><a href=\"#[fh]-.*?</li>", got.text)]
    assert said == [
        (
            "Strength of evidence: Say how firmly this stands. Choose one of these: confirmed; attributed by a forensic examination "
            "(forensically_attributed); reported; alleged."
        ),
        "“State” is missing. The State, or the authority that took the measure.",
        (
            "Said on: “31/12/2024” is not a date that can be read. Write a year, month or day, such as 2021, 2021-07 or 2021-07-18; 2021~ "
            "for about, 202X for some year of them."
        ),
        "Date: “soon” is not a date that can be read. Write a day as 2024-03-01, a month as 2024-03, a year as 2024.",
    ]


def test_what_is_wrong_says_what_to_do_and_no_machine_words(clerk: Clerk) -> None:
    told = {"title": "An Act", "jurisdiction": "Atlantis", "status": "in-force", "statement.source": "A book"}
    common = {"statement.publisher": "Open Phones Collective", "statement.standing": "reported"}
    got = clerk.fill("c-due-diligence", "law", {**told, **common})
    assert (
        "“Atlantis” is not a country that we know. Write its name in English, or its two-letter code.</p>"
        in html.unescape(got.text)
    )
    inquiry = {"name": "An inquiry", "about": "Nobody Knows Ltd", "status": "open", "startDate": "2026-01-01"}
    got = clerk.fill("b-investigations", "investigation", {**inquiry, **common, "statement.source": "A book"})
    assert "of a record that fits here. Search for it and copy its id, or publish it first.</p>" in html.unescape(
        got.text
    )
    got = clerk.fill("h-boards", "decision", {})
    assert re.findall(r'<p class="error" id="w-outcome">(.*?)</p>', got.text) == [
        "“Outcome” is missing."
    ]  # its help stands above


def test_a_help_does_not_only_repeat_its_label(clerk: Clerk) -> None:
    """“With whom. Write its name …” says nothing that “Write its name …” does not."""
    got = clerk.get("/procedures/k-markets/event")
    helps = dict(re.findall(r'<p id="h-([^"]+)" class="hint">(.*?)</p>', got.text, re.DOTALL))
    assert helps["counterparty"].startswith("Write its name as it is recorded, or its id (sv-...) from its page.")
    assert "market" not in helps


def parts(condition: Condition) -> list[Condition]:
    return [part for one in condition.of for part in parts(one)] if isinstance(condition, AllOf) else [condition]


LAWS = [(name, form) for name, form in ALL if form.type == "Law"]


@pytest.mark.parametrize(("name", "form"), LAWS, ids=lambda one: one if isinstance(one, str) else one.name)
def test_a_law_s_form_shows_first_what_its_demand_asks_for(clerk: Clerk, name: str, form: Form) -> None:
    """Two to ten boxes instead of 33; the rest is folded, and open where something in it was chosen."""
    asked = next(one.asked for one in form.fields if one.property == "provides")
    procedure = registry.all_procedures()[name]
    needs = [need for gap in procedure.gaps for need in gap.needs if need.type == "Law"]
    wanted = {
        code
        for need in needs
        for one in parts(need.when)
        if isinstance(one, Has) and one.property == "provides"
        for code in one.values
    }
    assert wanted and wanted <= set(asked)
    got = clerk.fill(name, "law", {})
    boxes = got.text[got.text.index('aria-describedby="h-provides') : got.text.index("</details>")]
    shown, folded = boxes.split("<details>")
    assert tuple(re.findall(r'name="provides" value="([\w-]+)"', shown)) == asked
    assert "Further choices, which this demand does not ask for" in folded
    other = re.findall(r'name="provides" value="([\w-]+)"', folded)
    assert sorted([*asked, *other]) == sorted(types.property_of("Law", "provides").codes)  # type: ignore[union-attr]
    again = clerk.fill(name, "law", {"provides": [other[0]]})
    assert "<details open><summary>Further choices" in again.text
