"""The open letter of July 2021: its figures as printed, the countries and States it names, and its signatories.

Nothing is concluded from it. A country in which potential clients were identified is *potential*, and stays so. A signature
says that somebody signed the letter, not that he endorses this register. Experts are natural persons: held for review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILE = "letter-facts.json"
PROJECT = f"{FILE}: pegasus_project"
STATE = f"{FILE}: countries"
CITATION = (
    "Joint open letter by civil society organizations and independent experts, "
    "“Immediate Moratorium on the Sale, Transfer and Use of Surveillance Technology”, July 2021"
)
DATASET = Dataset(
    name="letter-facts",
    title="The open letter on surveillance technology",
    publisher="Signatories of the open letter",
    source=CITATION,
    licence="Facts",
    licence_url="https://www.amnesty.org/",
    attribution="Joint open letter of July 2021; copy of 29 July 2021",
    snapshot="2021-07-29",
    rows=1,
    class_="surveillance",
    coverage=(
        "The letter's own figures, the 11 countries in which it says potential clients were identified, 3 States it names for "
        "NSO's corporate presence, and the signatories: the copy yields 147 of 156 organizations, because several names run "
        "together on its lines. No signatory has endorsed this register; whoever asks is taken off."
    ),
    not_used_for="Endorsement of this register by a signatory, or proof that a potential client is a client.",
    files=(
        File(
            name=FILE,
            read=(
                "title",
                "kind",
                "date_of_copy",
                "originator",
                "pegasus_project",
                "potential_client_countries",
                "states_with_nso_corporate_presence_named",
                "company",
                "product",
                "signatory_organizations",
                "signatory_experts",
                "note",
            ),
            least=1,
            most=1,
        ),
        File(
            name=PROJECT,
            read=(
                "leaked_numbers",
                "journalists",
                "media_organizations",
                "media_countries",
                "coordinator",
                "technical_support",
                "journalists_selected",
                "journalists_selected_countries",
                "selection_period",
            ),
            part=True,
        ),
        File(name=STATE, read=("name", "iso2"), part=True),
    ),
)
_LEAKED = "the leak of {leaked_numbers:,} phone numbers of potential surveillance targets"
_WORKED = (
    "more than {journalists} journalists from {media_organizations} media organizations in {media_countries} countries"
)
_CHOSEN = (
    "at least {journalists_selected} journalists in {journalists_selected_countries} countries who were selected for "
    "potential targeting"
)
_FIGURES = (
    # member, indicator, unit, qualifier, as printed
    ("leaked_numbers", "leaked phone numbers", "phone numbers", "exactly", _LEAKED),
    ("journalists", "journalists who worked on the project", "journalists", "at-least", _WORKED),
    ("media_organizations", "media organizations in the project", "organizations", "exactly", _WORKED),
    ("media_countries", "countries of the project's journalists", "countries", "exactly", _WORKED),
    ("journalists_selected", "journalists selected for potential targeting", "journalists", "at-least", _CHOSEN),
    ("journalists_selected_countries", "countries of the journalists selected", "countries", "exactly", _CHOSEN),
)
_SELECTED = {"journalists_selected", "journalists_selected_countries"}
_COUNTS = re.compile(r"(\d+) organizations and (\d+) experts")
_NOTE = "This signatory has not endorsed this register."
_REPAIR = "Fetch the data set again; nothing of it was stored."
LETTER = entity_id(DATASET.name, "letter")
CAMPAIGN = entity_id(DATASET.name, "pegasus-project")


def read(source: Source) -> Iterator[Statement]:
    """The letter, the project with its figures, countries, States, signatures."""
    facts = source.members(FILE, source.json(FILE))
    project = source.members(PROJECT, facts["pegasus_project"])
    speaker = Speaker(
        DATASET, source.sha256(FILE), standing=Standing.REPORTED, asserted=source.one(FILE, facts["date_of_copy"])
    )
    yield from speaker.record(
        LETTER,
        "Document",
        title=source.one(FILE, facts["title"]),
        documentType=source.one(FILE, facts["kind"]),
        author=source.one(FILE, facts["originator"]),
        publishedAt="2021-07",
    )
    company, product = (entity_id(DATASET.name, kind, source.one(FILE, facts[kind])) for kind in ("company", "product"))
    yield speaker.say(company, "Company", "name", source.one(FILE, facts["company"]))
    yield from speaker.record(product, "SurveillanceProduct", name=source.one(FILE, facts["product"]), vendor=company)
    yield from _project(source, speaker, project, company, product)
    clients = [_state(source, value) for value in _list(facts["potential_client_countries"])]
    yield from _figure(
        speaker,
        "countries with potential clients",
        str(len(clients)),
        "countries",
        "exactly",
        f"potential NSO clients in {len(clients)} countries",
    )
    present = [_state(source, value) for value in _list(facts["states_with_nso_corporate_presence_named"])]
    for code in dict.fromkeys([*clients, *present]):
        yield from speaker.state(code)[1]
    for code in clients:
        yield from speaker.record(
            entity_id(DATASET.name, "client", code),
            "ClientClaim",
            client=speaker.state(code)[0],
            vendor=company,
            product=product,
            stage="potential",
        )
    for code in present:
        yield from speaker.record(
            entity_id(DATASET.name, "presence", code),
            "Claim",
            entity=speaker.state(code)[0],
            claimKind="named-in",
            label="State in which NSO has corporate presence",
            list="Open letter of July 2021",
            document=LETTER,
        )
    yield from _signatures(source, speaker, facts)


def _project(
    source: Source, speaker: Speaker, project: dict[str, Any], company: str, product: str
) -> Iterator[Statement]:
    helpers = {
        member: (entity_id(DATASET.name, "organization", name), name)
        for member in ("coordinator", "technical_support")
        if (name := source.one(PROJECT, project[member]))
    }
    for subject, name in helpers.values():
        yield speaker.say(subject, "Organization", "name", name)
    yield from speaker.record(CAMPAIGN, "Event", name="Pegasus Project", organizer=helpers["coordinator"][0])
    for involved in (helpers["technical_support"][0], company, product):
        yield speaker.say(CAMPAIGN, "Event", "involved", involved)
    start, end = source.texts(PROJECT, project["selection_period"])
    for member, *_ in _FIGURES:
        if not isinstance(project[member], int):
            raise Malformed(f"{PROJECT}: {member} is not a number.", hint=_REPAIR)
    for member, indicator, unit, qualifier, printed in _FIGURES:
        dates = {"start": start, "end": end} if member in _SELECTED else {}
        yield from _figure(
            speaker, indicator, str(project[member]), unit, qualifier, printed.format(**project), **dates
        )


def _figure(
    speaker: Speaker,
    indicator: str,
    value: str,
    unit: str,
    qualifier: str | None,
    printed: str | None,
    about: str = CAMPAIGN,
    start: str | None = None,
    end: str | None = None,
) -> Iterator[Statement]:
    yield from speaker.record(
        entity_id(DATASET.name, "figure", indicator),
        "Figure",
        about=about,
        indicator=indicator,
        value=value,
        unit=unit,
        qualifier=qualifier,
        printedAs=printed,
        startDate=start,
        endDate=end,
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"{FILE}: a list was expected.", hint=_REPAIR)
    return value


def _state(source: Source, value: Any) -> str:
    found = source.members(STATE, value)
    code, name = source.one(STATE, found["iso2"]).lower(), source.one(STATE, found["name"])
    if country(name) != code:
        raise Malformed(f"{STATE}: {name[:40]} and {code[:4]} are not one country.", hint=_REPAIR)
    return code


def _signatures(source: Source, speaker: Speaker, facts: dict[str, Any]) -> Iterator[Statement]:
    organizations = list(dict.fromkeys(source.texts(FILE, facts["signatory_organizations"])))
    experts = list(dict.fromkeys(source.texts(FILE, facts["signatory_experts"])))
    yield from _figure(
        speaker,
        "signatory organizations in the copy",
        str(len(organizations)),
        "organizations",
        "exactly",
        None,
        LETTER,
    )
    if official := _COUNTS.search(source.one(FILE, facts["note"])):
        for kind, value in zip(("organizations", "experts"), official.groups(), strict=True):
            yield from _figure(
                speaker, f"signatory {kind}, official count", value, kind, "exactly", official[0], LETTER
            )
    for name in organizations:
        signatory = entity_id(DATASET.name, "organization", name)
        yield speaker.say(signatory, "Organization", "name", name)
        yield from speaker.record(
            entity_id(DATASET.name, "signature", name),
            "LetterSignature",
            letter=LETTER,
            signatory=signatory,
            role="organization",
            printedAs=name,
            note=_NOTE,
        )
    for printed in experts:
        # Of an expert only the name is taken: what else the letter prints may be nobody's business.
        name = re.split(r"[,(]", printed, maxsplit=1)[0].strip()
        signatory = entity_id(DATASET.name, "expert", name)
        yield speaker.say(signatory, "Person", "name", name, person=True)
        yield from speaker.record(
            entity_id(DATASET.name, "signature", name),
            "LetterSignature",
            person=True,
            letter=LETTER,
            signatory=signatory,
            role="expert",
            note=_NOTE,
        )


INTAKE = Intake(DATASET, read)
