"""Each guided form from its first step to its page: filled in wrong, filled in, checked, signed at home, handed in, reviewed, seen."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register import entries as log
from sousveil.register import load as loading
from sousveil.register import publication, types
from sousveil.register.admission import Held
from sousveil.register.codes import PublicInterest, Role, Verdict, Waived
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.intake.core import PUBLISHER
from sousveil.register.intake.letter_facts import LETTER
from sousveil.register.load import load
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.types.checking import check
from sousveil.register.verbs.publishing import statements_in
from sousveil.web.filled_forms import COMMON
from sousveil.web.guides import GUIDES, Guide
from tests.decisions.procedures.clerk import Clerk, Page
from tests.register.intake import invented
from tests.web.serving import served_here

Values = Mapping[str, str | Sequence[str]]
SIGNED = {
    "statement.publisher": "Open Phones Collective",
    "statement.source": "https://open-phones.example/report-7",
    "statement.standing": "reported",
}
ANSWERS: dict[str, Values] = {
    "incident": {
        "stage": "targeted",
        "product": "Lampyre",
        "country": "Averna",
        "startDate": "2023",
        "endDate": "2024",
        "targets": "3",
        "targetCategory": ["journalist", "lawyer"],
    },
    "finding": {"verdict": "suspicious", "family": "Lampyre", "month": "2024-03", "country": "Averna"},
    "technical-finding": {
        "name": "Servers of Lampyre answered",
        "involved": "Lampyre",
        "country": "xb",
        "date": "2024-03",
    },
    "client": {
        "vendor": "Glasmoth Systems Ltd",
        "client": "Coast Guard of Averna",
        "stage": "reported",
        "startDate": "2021",
        "commentAskedOn": "2026-01-15",
    },
    "company": {"name": "Vireo Systems Ltd", "country": "Calder", "technology": "intrusion"},
    "body": {"name": "Coast Guard of Averna", "country": "Averna"},
    "state-act": {
        "name": "Calder stopped all licences for spyware",
        "country": "Calder",
        "organizer": "Calder Export Office",
        "date": "2024-05-01",
        "demand": "b",
    },
    "sign": {"printedAs": "Open Phones Collective"},
    "sign-expert": {"signatory": "Ada Invented", "statement.publisher": "Expert 7"},
}
"""Name of a form -> what is answered besides who signs, the source and the strength, where it asks for these."""
ALL = sorted(GUIDES)


def answers(name: str) -> dict[str, str | Sequence[str]]:
    return {**{field: value for field, value in SIGNED.items() if field in GUIDES[name].fields}, **ANSWERS[name]}


def text(page: Page) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def problems(page: Page) -> list[tuple[str, str]]:
    """Field and message of each line of the summary of errors, before the heading of the page."""
    before = page.text.split("<h1", 1)[0]
    lines = re.findall(r'<li><a href="#f-([^"]+)">(.*?)</a>(.*?)</li>', before, re.DOTALL)
    return [(field, html.unescape(message + rest).strip()) for field, message, rest in lines]


def kept(page: Page) -> dict[str, list[str]]:
    """Everything that the form of the page would send, as a browser does, without its buttons."""
    main = page.text.split("<main", 1)[1]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="(?:hidden|text)"[^>]*? name="([^"]+)" value="([^"]*)"', main):
        found.setdefault(name, []).append(html.unescape(value))
    for name, value in re.findall(r'<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)" checked>', main):
        found.setdefault(name, []).append(html.unescape(value))
    for name, value in re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>(.*?)</textarea>', main, re.DOTALL):
        found.setdefault(name, []).append(html.unescape(value))
    for name, body in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', main, re.DOTALL):
        found.setdefault(name, []).extend(re.findall(r'value="([^"]*)" selected', body))
    return found


def step(clerk: Clerk, guide: Guide, page: Page, given: Values, go: str = "next") -> Page:
    """Fill in the questions of the step that the page shows, and press a button."""
    sent: dict[str, str | Sequence[str]] = {**kept(page), "go": go}
    number = int(kept(page)["step"][0])
    for field, value in given.items():
        if guide.fields.get(field.removesuffix(".unknown"), len(guide.steps) + 1) == number:
            sent[field] = value
    return clerk.post(f"/publish/{guide.name}", sent)


def walked(clerk: Clerk, name: str, given: Values) -> Page:
    """The page that shows all answers."""
    page = clerk.get(f"/publish/{name}")
    for _ in GUIDES[name].steps:
        page = step(clerk, GUIDES[name], page, given)
        assert page.status == 200, problems(page)
    assert "Read your answers once more." in text(page)
    return page


def prepared(clerk: Clerk, name: str, given: Values) -> Page:
    page = step(
        clerk, GUIDES[name], walked(clerk, name, given), {"agreed": "yes"} if GUIDES[name].ticks else {}, "sign"
    )
    assert page.status == 200 and "Only the key of" in text(page), text(page)
    return page


def handed_in(clerk: Clerk, ready: Page, key: str = "open-phones") -> Page:
    payload, contents = ready.hidden("payload"), ready.hidden("contents")
    return clerk.hand_in(payload, contents, clerk.sign(base64.b64decode(payload), key))


def released(clerk: Clerk, held: str, ground: PublicInterest) -> None:
    """Two reviewers read it, and hand in that they agree."""
    for number in (1, 2):
        review = log.Review(
            publication=held,
            verdict=Verdict.PUBLISH,
            ground=ground,
            waived=Waived.ALREADY_PUBLIC,
            made="2026-01-31T12:00:00Z",
        )
        envelope = publication.sign(log.encode(review), PrivateKey.load(clerk.keys / f"reviewer-{number}.key"))
        data = publication.write_submission(publication.Submission(envelope=envelope))
        request = urllib.request.Request(f"{clerk.address}/api/v1/publications", data=data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as got:
            done = json.loads(got.read())
    assert done["state"] == "reviewed" and "Published at index" in done["reasons"][0], done


def number_of(page: Page) -> str:
    """The number under which it waits."""
    found = re.search(r"Keep this number: ([0-9a-f]{64})", text(page))
    assert page.status == 202 and found is not None, text(page)
    return found[1]


OPEN_PHONES = entity_id("example", "open-phones-org")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register that is no example and holds an invented letter, with keys of an organization, a pseudonym and two reviewers."""
    folder = tmp_path_factory.mktemp("real") / "register"
    owners = {"open-phones": OPEN_PHONES, "courier": "The Sarvian Courier (invented)", "expert": "Expert 7"}
    with (
        pytest.MonkeyPatch.context() as patched,
        Register.init(
            folder, title="Letter", origin="letter.example/log", contact="desk@letter.example", gate=gate
        ) as register,
    ):
        patched.setattr(loading, "find", invented.intake)
        load(register, "letter-facts", invented.make("letter-facts", tmp_path_factory.mktemp("letter")))
        (folder / "people").mkdir()
        for name in (*owners, "reviewer-1", "reviewer-2"):
            made = PrivateKey.new()
            made.save(folder / "people" / f"{name}.key")
            register.key_add(
                made.public.raw.hex(), owners.get(name, name), Role.PUBLISHER if name in owners else Role.REVIEWER
            )
        register.publish(
            [said(OPEN_PHONES, "Organization", "name", "Open Phones Collective")],
            PrivateKey.load(folder / "people" / "open-phones.key"),
        )
    return folder


def said(subject: str, type: str, property: str, value: str) -> Statement:
    return Statement(
        subject=subject,
        type=type,
        property=property,
        value=value,
        source="https://open-phones.example/about",
        publisher=OPEN_PHONES,
        dataset="direct",
        standing=Standing.CONFIRMED,
    )


@pytest.fixture
def lettered(real: Path, tmp_path: Path) -> Iterator[Clerk]:
    """Somebody who publishes in a copy of that register."""
    folder = Path(shutil.copytree(real, tmp_path / "lettered"))
    signed = tmp_path / "signed"
    signed.mkdir()
    with served_here(folder) as address:
        yield Clerk(address, folder / "people", signed)


@pytest.mark.parametrize("name", ALL)
def test_every_guided_form_makes_a_whole_record(name: str) -> None:
    guide = GUIDES[name]
    known = types.properties(guide.type)
    asked = [one for each in guide.steps for one in each.questions]
    assert len({one.name for one in asked}) == len(asked), "a question is asked twice"
    assert {one.name for one in asked if one.name not in COMMON} <= set(known)
    needed = {one.name for one in known.values() if one.required} - set(guide.fixed) - {guide.of_publisher}
    assert needed <= {one.name for one in asked if one.missing}, "what the record needs has a message of its own"
    for one in asked:
        assert bool(one.form) == bool(one.malformed)
        if one.choices and one.name in known:
            assert set(one.choices) <= set(known[one.name].codes or known[one.name].known)
    assert set(guide.new) <= {one.name for one in asked}
    assert {"statement.publisher", "statement.source", "statement.standing"} <= {*guide.fields, *guide.given}


@pytest.mark.parametrize("name", ALL)
def test_an_empty_form_names_each_missing_answer_step_by_step(lettered: Clerk, name: str) -> None:
    guide, page = GUIDES[name], lettered.get(f"/publish/{name}")
    for number, one in enumerate(guide.steps, 1):
        wrong = step(lettered, guide, page, {})
        assert wrong.status == 422 and kept(wrong)["step"] == [str(number)]
        assert problems(wrong) == [(each.name, each.missing) for each in one.questions if each.missing]
        assert "<title>Error: " in wrong.text
        for field, message in problems(wrong):
            assert f'<p class="error" id="w-{field}">{html.escape(message, quote=False)}</p>' in wrong.text
            assert f'id="f-{field}"' in wrong.text
        page = step(lettered, guide, wrong, answers(name))
    assert page.status == 200 and kept(page)["step"] == [str(len(guide.steps) + 1)]
    unsure = step(lettered, guide, page, {}, "sign")
    assert problems(unsure) == [(each.name, each.missing) for each in guide.ticks]
    assert unsure.status == (422 if guide.ticks else 200)


@pytest.mark.parametrize("name", [one for one in ALL if not GUIDES[one].reviewed])
def test_a_guided_form_is_published_once_signed(clerk: Clerk, name: str) -> None:
    ready = prepared(clerk, name, answers(name))
    assert "held until two reviewers" not in text(ready)
    done = handed_in(clerk, ready)
    assert done.status == 201, text(done)
    record = clerk.json(f"/entities/{clerk.subject(done)}")
    said = {one["name"]: {claim["value"] for claim in one["claims"]} for one in record["properties"]}
    for field, value in ANSWERS[name].items():
        known = types.properties(GUIDES[name].type)[field]
        if known.kind == "entity":
            assert len(said[field]) == 1 and next(iter(said[field])).startswith("sv-")
        elif known.kind == "country":
            assert said[field] == {{"Averna": "xb", "Calder": "xa"}.get(str(value), str(value))}
        else:
            assert said[field] == {value}
    assert record["type"] == GUIDES[name].type


def test_a_claim_about_a_company_asks_when_it_was_asked_for_comment() -> None:
    asking = {name for name, one in GUIDES.items() if "commentAskedOn" in one.fields}
    assert asking == {"incident", "technical-finding", "client"}


def test_an_incident_is_held_and_coarsened_and_then_visible(clerk: Clerk) -> None:
    ready = prepared(clerk, "incident", answers("incident"))
    assert "It will be held until two reviewers have read it: this form always asks for review." in text(ready)
    assert json.loads(base64.b64decode(ready.hidden("payload")))["review"] is True
    done = handed_in(clerk, ready)
    assert "Nothing of it is public. Reviewers read it because: this form always asks for review." in text(done)
    subject = re.search(r"Id of the record (sv-[0-9a-f]{24})", text(done))
    assert subject is not None
    assert clerk.get(f"/api/v1/entities/{subject[1]}").status == 404
    released(clerk, number_of(done), PublicInterest.ABUSE)
    record = clerk.json(f"/entities/{subject[1]}")
    said = {one["name"]: [claim["value"] for claim in one["claims"]] for one in record["properties"]}
    assert sorted(said["targetCategory"]) == ["journalist", "lawyer"]
    assert {name: said[name] for name in ("stage", "country", "startDate", "endDate", "note")} == {
        "stage": ["targeted"],
        "country": ["xb"],
        "startDate": ["2023"],
        "endDate": ["2024"],
        "note": [
            "Number of people: fewer than 5. The publisher says that the people concerned agreed to this publication."
        ],
    }
    assert "targets" not in said
    assert "fewer than 5" in text(clerk.get(f"/entities/{subject[1]}"))


@pytest.mark.parametrize(
    ("targets", "shown", "published", "note"),
    [
        ("4", "How many people? fewer than 5 Change", [], "Number of people: fewer than 5. The publisher"),
        ("5", "How many people? 5 Change", ["5"], "The publisher"),
        ("", "How many people? Not known Change", [], "The publisher"),
        ("7", "How many people? Not known Change", [], "The publisher"),
    ],
)
def test_only_a_small_count_is_coarsened(
    clerk: Clerk, targets: str, shown: str, published: list[str], note: str
) -> None:
    given = {**answers("incident"), "targets": targets, **({"targets.unknown": "yes"} if "Not known" in shown else {})}
    assert shown in text(walked(clerk, "incident", given))
    contents = json.loads(base64.b64decode(prepared(clerk, "incident", given).hidden("contents")))["contents"]
    rows = [json.loads(base64.b64decode(content)) for _, content in contents]
    fields = list(Statement.__struct_fields__)
    said = [(row[fields.index("property")], row[fields.index("value")]) for row in rows]
    assert [value for name, value in said if name == "targets"] == published
    assert [value.startswith(note) for name, value in said if name == "note"] == [True]


def test_an_incident_needs_the_key_of_an_organization(lettered: Clerk) -> None:
    for signer in ("Expert 7", "The Sarvian Courier (invented)"):
        page = step(lettered, GUIDES["incident"], lettered.get("/publish/incident"), {"statement.publisher": signer})
        assert page.status == 422
        assert problems(page) == [
            (
                "statement.publisher",
                (
                    "This form is for organizations that have a record here. "
                    "Ask the operator to register your key for the record of your organization."
                ),
            )
        ]


def test_answers_are_kept_between_the_steps_and_back(clerk: Clerk) -> None:
    guide = GUIDES["incident"]
    last = walked(clerk, "incident", answers("incident"))
    second = step(clerk, guide, last, {}, "2")
    assert 'name="targets" value="3"' in second.text and 'value="journalist" checked' in second.text
    assert 'name="stage" value="targeted" checked' in second.text
    first = step(clerk, guide, second, {"targets": "not a number", "country": "Nowhere"}, "1")
    assert first.status == 200, "the way back asks for nothing"
    assert kept(first)["targets"] == ["not a number"] and kept(first)["statement.publisher"] == [
        "Open Phones Collective"
    ]
    again = step(clerk, guide, first, {}, "next")
    wrong = step(clerk, guide, again, {})
    assert [field for field, _ in problems(wrong)] == ["country", "targets"]
    assert kept(wrong)["country"] == ["Nowhere"]
    jumped = step(clerk, guide, first, {}, "4")
    assert jumped.status == 422 and kept(jumped)["step"] == ["2"], "no step is left out"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "Vireo, write to ann@vireo.example", "Write no e-mail address"),
        ("name", "Vireo, +999 20 1234567", "Write no e-mail address"),
        ("summary", "Ask Ms Invented", "Write no e-mail address"),
        ("country", "Nowhere", "“Nowhere” is not a country that we know."),
        ("website", "vireo", "An address begins with http:// or https://"),
        ("technology", "magic", "“magic” is none of what can be said here"),
    ],
)
def test_a_wrong_answer_has_its_own_message(clerk: Clerk, field: str, value: str, message: str) -> None:
    page = step(clerk, GUIDES["company"], clerk.get("/publish/company"), {**answers("company"), field: value})
    assert page.status == 422
    [(wrong, said)] = problems(page)
    assert wrong == field and said.startswith(message)


def test_numbers_and_years_of_names_are_no_telephone_numbers(clerk: Clerk) -> None:
    given = {
        **answers("company"),
        "name": "Vireo 2000 No. 4711-223344 GmbH (Mrs)",
        "registrationNumber": "00 4711 2233 44",
    }
    assert walked(clerk, "company", given).status == 200


def test_a_form_of_a_demand_takes_no_address_of_a_person_either(clerk: Clerk) -> None:
    values = {"title": "Act 4, ask ann@office.example", "jurisdiction": "xa", "status": "in-force", **SIGNED}
    got = clerk.fill("c-due-diligence", "law", values)
    assert got.status == 422
    assert "Write no e-mail address" in dict(problems_of_a_demand(got))["title"]


def problems_of_a_demand(page: Page) -> list[tuple[str, str]]:
    lines = re.findall(r'<li><a href="#f-([^"]+)">(.*?)</li>', page.text, re.DOTALL)
    return [(field, html.unescape(re.sub(r"<[^>]+>", "", message))) for field, message in lines]


def test_a_name_that_nobody_has_becomes_a_record_and_a_known_one_does_not(clerk: Clerk) -> None:
    page = walked(clerk, "client", answers("client"))
    assert "Body or company that buys Coast Guard of Averna new record Change" in text(page)
    assert "Company that sells Glasmoth Systems Ltd Change" in text(page)
    ready = prepared(clerk, "client", answers("client"))
    assert "Named as client Coast Guard of Averna How firmly" in text(ready)
    assert "Name Coast Guard of Averna new record" in text(ready)
    done = handed_in(clerk, ready)
    subject = re.search(r'href="(?:\.\./)*entities/(sv-[0-9a-z]+)"', done.text)
    assert subject is not None
    claims = {one["name"]: one["claims"] for one in clerk.json(f"/entities/{subject[1]}")["properties"]}
    assert claims["vendor"][0]["value"] == entity_id("example", "glasmoth")
    made = clerk.json(f"/entities/{claims['client'][0]['value']}")
    assert (made["caption"], made["type"]) == ("Coast Guard of Averna", "LegalEntity")
    again = walked(clerk, "client", answers("client"))
    assert "Coast Guard of Averna Change" in text(again), "the second time it is there"


def made_of(ready: Page) -> list[tuple[str, str]]:
    """Record type and name of each record that the publication names anew."""
    contents = json.loads(base64.b64decode(ready.hidden("contents")))["contents"]
    fields = list(Statement.__struct_fields__)
    rows = [json.loads(base64.b64decode(content)) for _, content in contents]
    told = [{name: row[fields.index(name)] for name in ("type", "property", "value")} for row in rows]
    return sorted((one["type"], one["value"]) for one in told if one["property"] == "name")


@pytest.mark.parametrize("vendor", ["Glasmoth Systems Ltd", "Vireo"])
def test_a_company_and_its_product_may_have_one_name(clerk: Clerk, vendor: str) -> None:
    given = {**answers("client"), "vendor": vendor, "client": "Harbour Guard of Averna", "product": vendor}
    page = walked(clerk, "client", given)
    assert f"Product, if known {vendor} new record Change" in text(page)
    assert (f"Company that sells {vendor} new record Change" in text(page)) == (vendor == "Vireo")
    made = [("LegalEntity", "Harbour Guard of Averna"), ("SurveillanceProduct", vendor)]
    made += [("Company", vendor)] if vendor == "Vireo" else []
    assert made_of(prepared(clerk, "client", given)) == sorted(made)


def test_namesakes_are_told_apart_by_country_and_source(lettered: Clerk) -> None:
    first, second = entity_id("example", "twin-1"), entity_id("example", "twin-2")
    with Register.open(lettered.keys.parent, gate=gate) as register:
        names = [said(one, "Company", "name", "Twin Systems") for one in (first, second)]
        register.publish(
            [*names, said(first, "Company", "country", "de")], PrivateKey.load(lettered.keys / "open-phones.key")
        )
    given = {**answers("client"), "vendor": "twin systems"}
    [(field, message)] = problems(step(lettered, GUIDES["client"], lettered.get("/publish/client"), given))
    assert field == "vendor" and message.startswith("Several records are called “twin systems”. Write the id of one: ")
    assert f"Twin Systems (Company, Germany, Open Phones Collective): {first}" in message
    assert f"Twin Systems (Company, Open Phones Collective): {second}" in message


def test_nobody_chooses_among_records_that_pages_show_as_one(lettered: Clerk) -> None:
    first, second = entity_id("example", "eye-1"), entity_id("example", "eye-2")
    with Register.open(lettered.keys.parent, gate=gate) as register:
        names = [said(one, "SurveillanceProduct", "name", "Twin Eye") for one in (first, second)]
        register.publish(names, PrivateKey.load(lettered.keys / "open-phones.key"))
        values = {"left": first, "right": second, "verdict": "same", "reason": "One vendor"}
        judged = [said(entity_id("judgement", "eyes"), "Judgement", *one) for one in values.items()]
        register.publish(
            [msgspec.structs.replace(one, dataset="core", publisher=PUBLISHER) for one in judged], OPERATOR_KEY
        )
        head = register.store.canonical(first)
        assert head == register.store.canonical(second)
    ready = prepared(lettered, "client", {**answers("client"), "product": "twin eye"})
    contents = json.loads(base64.b64decode(ready.hidden("contents")))["contents"]
    rows = [json.loads(base64.b64decode(content)) for _, content in contents]
    assert [row[3] for row in rows if row[2] == "product"] == [head]


def test_the_key_enter_goes_forward_on_every_step(clerk: Clerk) -> None:
    """A browser presses the first submit button of the form: never "Change"."""
    for page, go in (
        (clerk.get("/publish/company"), "next"),
        (walked(clerk, "company", answers("company")), "sign"),
    ):
        form = page.text.partition('#problems">')[2]
        first = re.findall(r"<button[^>]*>", form)[0]
        assert f'value="{go}"' in first and 'class="unseen"' in first


def test_an_end_before_its_start_is_named(clerk: Clerk) -> None:
    for name in ("incident", "client"):
        given = {**answers(name), "startDate": "2024", "endDate": "2019"}
        page = clerk.post(f"/publish/{name}", {**given, "agreed": "yes", "step": "4", "go": "sign"})
        assert problems(page) == [("endDate", "The end, 2019, lies before the start, 2024.")]
    assert walked(clerk, "client", {**answers("client"), "startDate": "2024-03", "endDate": "2024"}).status == 200


def test_who_signs_for_themselves_is_no_company_and_nobody_on_file(lettered: Clerk) -> None:
    given = {**answers("sign-expert"), "signatory": "Open Phones Collective"}
    assert made_of(prepared(lettered, "sign-expert", given)) == [("Person", "Open Phones Collective")]
    page = step(
        lettered, GUIDES["sign-expert"], lettered.get("/publish/sign-expert"), {**given, "signatory": OPEN_PHONES}
    )
    assert problems(page) == [("signatory", "Enter your name, not the id of a record")]


def test_an_organization_stands_among_the_signatories_after_its_check_alone(lettered: Clerk) -> None:
    def shown() -> list[str]:
        return [one["name"] for one in lettered.json("/signatories")["organisations"]]

    before = shown()
    assert before and "Open Phones Collective" not in before
    done = handed_in(lettered, prepared(lettered, "sign", answers("sign")))
    assert shown() == before
    released(lettered, number_of(done), PublicInterest.SIGNATORY)
    assert sorted(shown()) == sorted([*before, "Open Phones Collective"])


def test_an_expert_stands_there_on_own_consent_after_the_check_alone(lettered: Clerk) -> None:
    ready = prepared(lettered, "sign-expert", answers("sign-expert"))
    assert "it names a natural person. this form always asks for review." in text(ready)
    assert "Note Published with the signatory's own consent." in text(ready)
    done = handed_in(lettered, ready, "expert")
    assert lettered.json("/signatories")["experts"] == []
    released(lettered, number_of(done), PublicInterest.SIGNATORY)
    assert [one["name"] for one in lettered.json("/signatories")["experts"]] == ["Ada Invented"]
    assert "Ada Invented" in text(lettered.get("/signatories"))


def test_a_signature_that_nobody_checked_and_one_for_another_are_not_shown(lettered: Clerk) -> None:
    """Published without the form, at once, or for somebody else."""
    with Register.open(lettered.keys.parent, gate=gate) as register:
        for signatory, signature in (
            (OPEN_PHONES, "own"),
            (entity_id("letter-facts", "company", "Invented Group"), "other"),
        ):
            values = {"letter": LETTER, "signatory": signatory, "role": "organization", "printedAs": "Unchecked"}
            made = [said(entity_id("unchecked", signature), "LetterSignature", *one) for one in values.items()]
            key = PrivateKey.load(lettered.keys / "open-phones.key")
            if signature == "own":
                register.publish(made, key)
                continue
            payload, contents = publication.make(
                made, publisher=OPEN_PHONES, dataset="direct", example=False, review=True
            )
            held = register.submit(publication.Submission(envelope=publication.sign(payload, key), contents=contents))
            assert isinstance(held, Held)
            waits = held.id
    released(lettered, waits, PublicInterest.SIGNATORY)
    assert "Unchecked" not in [one["name"] for one in lettered.json("/signatories")["organisations"]]


def test_without_the_letter_nobody_is_asked_to_sign_it(clerk: Clerk) -> None:
    page = clerk.get("/publish/sign")
    assert "The letter is not loaded into this register. Ask the operator to load the source letter-facts." in text(
        page
    )
    assert 'name="step"' not in page.text
    assert clerk.post("/publish/sign", {"step": "1", "go": "next"}).status == 409


def test_what_no_browser_sends_is_answered(clerk: Clerk) -> None:
    assert clerk.get("/publish/nothing").status == 404
    for sent in ({}, {"step": "9"}, {"step": "1", "go": "x"}, {"step": "²"}):
        assert clerk.post("/publish/company", sent).status == 400
    strange = {**kept(walked(clerk, "company", answers("company"))), "nonsense": ["x"], "go": ["sign"]}
    assert problems(clerk.post("/publish/company", strange)) == [("nonsense", "There is no such field.")]
    assert clerk.post("/publish/company", {"step": "1", "summary": "x" * 200_000}).status == 413


def test_who_was_harmed_is_led_to_help_first(clerk: Clerk) -> None:
    for path in ("/publish", "/publish/incident"):
        main = clerk.get(path).text.split("<main", 1)[1]
        first = re.search(r'class="note help">.*?href="[./]*help".*?href="[./]*remedy"', main, re.DOTALL)
        assert first is not None and first.start() < main.index("<form" if path.endswith("t") else '<h2 id="forms"')


def test_the_page_shows_both_ways_with_examples_that_hold(clerk: Clerk) -> None:
    data = clerk.json("/publish")
    assert [one["name"] for one in data["guides"]] == list(GUIDES)
    assert "How many people? 3, published as “fewer than 5”" in text(clerk.get("/publish"))
    [said] = statements_in(Path("statements.jsonl"), data["line"].encode())
    assert (
        check(said) == said
        and html.escape(data["line"], quote=True).replace("&quot;", "&#34;") in clerk.get("/publish").text
    )
