"""The guided forms: what each asks, step by step, and which record it writes. Each is data; `guiding.py` runs all of them.

A guided form asks a person for facts in plain words. Its answers go through the same checks as every form of the demands, and come
back as a publication to sign. Nothing is stored before it is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sousveil.decisions.procedures.model import Form
from sousveil.register.intake.letter_facts import LETTER
from sousveil.web.filled_forms import ASSERTED, COMMON, PUBLISHER, SOURCE, STANDING

Values = Mapping[str, Sequence[str]]
"""Field -> what was typed."""
FEWEST = 5
"""A smaller number of people is published as "fewer than 5"."""
YEAR, COUNT = r"[12]\d{3}", r"[1-9]\d{0,6}"


@dataclass(frozen=True)
class Question:
    """A field."""

    name: str
    """The property of the record, or a field of every statement."""
    label: str
    help: str = ""
    missing: str = ""
    """What is said where nothing was typed. Empty: the question may stay without an answer."""
    example: str = ""
    kind: str = ""
    """How it is asked (`FieldView.kind`), where that does not follow from the property."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Code -> its words here. Empty: those of the property."""
    unknown: bool = False
    """It has a tick "Not known" in place of a value."""
    form: str = ""
    """A pattern of the value."""
    malformed: str = ""
    """What is said where the value does not fit `form`."""


@dataclass(frozen=True)
class Step:
    """One topic."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Tick:
    """Something that the publisher confirms before the last step. It is no statement."""

    name: str
    label: str
    missing: str


def as_typed(values: Values) -> tuple[Values, dict[str, str]]:
    """The values as they are, and nothing that is shown in place of one."""
    return values, {}


@dataclass(frozen=True)
class Guide:
    """A guided form."""

    name: str
    """Its part of the address."""
    title: str
    what: str
    """Who uses it, for what."""
    type: str
    """Record type that it writes."""
    steps: tuple[Step, ...]
    """The last step, "Check and sign", is the same for all."""
    example: tuple[tuple[str, str], ...] = ()
    """Question and invented answer, for the page Publish."""
    ticks: tuple[Tick, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Property -> value that every record of this form has."""
    new: Mapping[str, str] = field(default_factory=dict)
    """Property -> record type: a name that the register does not know becomes a new record of it."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Field of every statement -> its value, where nobody is asked."""
    of_publisher: str = ""
    """Property whose value is the signing publisher."""
    organizations: bool = False
    """Only the key of an organization that has a record here signs it."""
    reviewed: bool = False
    """Two reviewers read it before it is public."""
    help_first: bool = False
    """People who were harmed are led to help before the form."""
    shaped: Callable[[Values], tuple[Values, dict[str, str]]] = as_typed
    """What is published in place of what was typed, and the words for it."""
    also: str = ""
    """Properties that `shaped` fills in."""
    before: tuple[str, ...] = ()
    """What has to be known before it is sent, a sentence each."""

    @cached_property
    def form(self) -> Form:
        """What it writes, for the checks of all forms."""
        asked = [one.name for step in self.steps for one in step.questions if one.name not in COMMON]
        properties = " ".join([*asked, *self.also.split()])
        return Form(self.name, self.title, self.type, self.what, (), properties=properties, fixed=self.fixed)

    @property
    def fields(self) -> dict[str, int]:
        """Name of each field -> number of its step."""
        return {one.name: number for number, step in enumerate(self.steps, 1) for one in step.questions}


def _count_coarsened(values: Values) -> tuple[Values, dict[str, str]]:
    """A small count is left out, and a note says so with the consent of those concerned."""
    typed = "".join(values.get("targets", ()))
    small = bool(re.fullmatch(COUNT, typed)) and int(typed) < FEWEST
    agreed = "The publisher says that the people concerned agreed to this publication."
    note = f"Number of people: fewer than {FEWEST}. {agreed}" if small else agreed
    shaped = {**values, "targets": [] if small else values.get("targets", []), "note": [note]}
    return shaped, {"targets": f"fewer than {FEWEST}"} if small else {}


_PERMANENT = "Publication is permanent: the log cannot forget that an entry existed."
_REVIEW = "Two reviewers of other organizations read it before it is public."
_NO_PERSONS = (
    "Name offices and organizations, never a person: this holds for titles, addresses and case names too. E-mail addresses and "
    "telephone numbers are refused."
)
_SIGNER = Question(
    PUBLISHER,
    "Name of your organization",
    "As the operator registered it with your key. Only this key can sign.",
    "Enter the name of your organization",
)
_SOURCE = Question(
    SOURCE,
    "Source",
    "The address of the report or document. For a document that is not online, its title, date and page.",
    "Enter where this is published",
    example="https://export.calder.example/2024/7",
)
_SAID = Question(ASSERTED, "Date of the source", "For example, 2024-03-01 or 2024.")
_STRENGTH = Question(
    STANDING,
    "How strong is the evidence?",
    missing="Choose how strong the evidence is",
    kind="radio",
    choices={
        "confirmed": "Official: a law, a court, a register, or the organization itself",
        "forensically_attributed": "Forensic: a laboratory examined it and published how",
        "reported": "Reported: a named source says so",
        "alleged": "Alleged: nobody has confirmed it. Two reviewers read it first",
    },
)
_EVIDENCE = Step(title="Evidence", questions=(_SOURCE, _SAID, _STRENGTH))
_ORGANIZATION = Step(title="Your organization", questions=(_SIGNER,))
_WHERE = "Write the English name of the State or its two-letter code."
_EXACT = "The name as this register has it. If it has none, we make a new record."
_PRODUCT = Question("product", "Product, if known", f"For example, Pegasus. {_EXACT}", kind="line")

_ASKED = Question(
    "commentAskedOn",
    "Asked for comment on",
    "The date on which you asked the company. Pages show it with the claim. Leave it empty if you did not ask.",
    kind="short",
)

INCIDENT = Guide(
    "incident",
    "Report an incident",
    "For organizations that found or support a case. Publication is permanent. It takes about 10 minutes.",
    "AbuseIncident",
    steps=(
        _ORGANIZATION,
        Step(
            title="The incident",
            questions=(
                Question(
                    "stage",
                    "What happened?",
                    "Choose the strongest that you can show.",
                    "Choose what happened",
                    kind="radio",
                    choices={
                        "selected": "Selected: a number or name is on a list of targets",
                        "targeted": "Targeted: an attack reached the device. It is not shown that it worked",
                        "infected": "Infected: traces show that spyware ran",
                    },
                ),
                _PRODUCT,
                Question("country", "State where it happened", f"{_WHERE} Leave it empty if it is not safe to say.",
                         kind="line"),
                Question("startDate", "From year", "We publish years only, never days.", kind="short", form=YEAR,
                         malformed="Enter the first year with four digits, such as 2024"),
                Question("endDate", "To year", kind="short", form=YEAR,
                         malformed="Enter the last year with four digits, such as 2024"),
                Question("targets", "How many people?", "We publish a number below 5 as “fewer than 5”.",
                         "Enter how many people are concerned, or select “Not known”", kind="short", unknown=True, form=COUNT,
                         malformed="Enter the number of people in digits, such as 12"),
                Question("targetCategory", "Who are they?", "Roles only. Never names, employers or places of work."),
                _ASKED,
            ),
        ),
        Step(
            title="Evidence",
            questions=(
                _SOURCE,
                _SAID,
                Question(
                    STANDING,
                    "How strong is the evidence?",
                    missing="Choose how strong the evidence is",
                    kind="radio",
                    choices={name: label for name, label in _STRENGTH.choices.items() if name != "confirmed"},
                ),
            ),
        ),
    ),
    ticks=(
        Tick("agreed", "The people concerned agreed to this publication, and know that it is permanent.",
             "Confirm that the people concerned agreed. Without their consent nothing is published"),
    ),
    new={"product": "SurveillanceProduct"},
    organizations=True,
    reviewed=True,
    help_first=True,
    shaped=_count_coarsened,
    also="note",
    before=(
        _PERMANENT,
        _REVIEW,
        "You need the consent of the people concerned. The last step asks for it.",
        "We publish years, roles and counts. A count below 5 becomes “fewer than 5”.",
        "No question asks for a description. Write no name of a person as product or source.",
        "The company can reply. We show its reply with the report.",
    ),
    example=(
        ("What happened?", "Targeted"),
        ("State where it happened", "Averna"),
        ("From year", "2024"),
        ("How many people?", "3, published as “fewer than 5”"),
        ("Who are they?", "Journalists"),
        ("Source", "https://open-phones.example/report-7"),
    ),
)  # fmt: skip

FINDING = Guide(
    "finding",
    "Publish a finding",
    "For laboratories and helplines that examined a phone. The record holds no trace of whose phone it was.",
    "Finding",
    steps=(
        _ORGANIZATION,
        Step(
            title="The finding",
            questions=(
                Question(
                    "verdict",
                    "Result",
                    "No result can prove a phone is clean or infected.",
                    "Choose the result",
                    kind="radio",
                    choices={
                        "traces-found": "Traces of spyware found",
                        "suspicious": "Suspicious, needs confirmation",
                        "no-known-traces": "No known traces found",
                        "not-examinable": "The phone could not be examined",
                    },
                ),
                Question("family", "Family of spyware, if known", "The technical name, such as Pegasus."),
                _PRODUCT,
                Question("indicatorPublisher", "Whose indicators matched?", "For example, Amnesty International."),
                Question("artefact", "Where the trace lay", "The artefact's name in the report of the check.",
                         example="ios.datausage"),
                Question("month", "Month of the trace", "A day would tell too much.", kind="short", form=YEAR + r"-\d\d",
                         malformed="Enter the month as year and month, such as 2024-03"),
                Question("country", "State", f"{_WHERE} Leave it empty if it is not safe to say.", kind="line"),
            ),
        ),
        _EVIDENCE,
    ),
    new={"product": "SurveillanceProduct"},
    organizations=True,
    before=(_PERMANENT, "Write nothing that leads to the person who uses the phone."),
)  # fmt: skip

TECHNICAL = Guide(
    "technical-finding",
    "Publish a technical finding about a product",
    "For researchers who found servers, links or code of a product. The record names the product and its vendor.",
    "Event",
    steps=(
        _ORGANIZATION,
        Step(
            title="The finding",
            questions=(
                Question("name", "What did you find?", "One sentence, without names of people.",
                         "Enter in one sentence what you found", example="Servers of Heron Eye answered in four States"),
                Question("involved", "Product or company", _EXACT, "Enter the product or company that it concerns",
                         kind="line"),
                Question("country", "State where it was found, if any", _WHERE, kind="line"),
                Question("date", "Date", "For example, 2024-03-01, 2024-03 or 2024.", "Enter when you found it",
                         kind="short"),
                Question("description", "How you found it", "The method, so that others can check it."),
                _ASKED,
            ),
        ),
        _EVIDENCE,
    ),
    fixed={"category": "technical finding"},
    new={"involved": "SurveillanceProduct"},
    organizations=True,
    before=(_PERMANENT, _NO_PERSONS, "A server in a State does not show who runs it."),
)  # fmt: skip

CLIENT = Guide(
    "client",
    "Name a client of a company",
    "For anyone with a source that names a buyer or user of surveillance technology.",
    "ClientClaim",
    steps=(
        Step(
            title="The client",
            questions=(
                Question("vendor", "Company that sells", _EXACT, "Enter the company that sells", kind="line"),
                Question("client", "Body or company that buys", f"Name the body, not a person. {_EXACT}",
                         "Enter the body or company that buys", kind="line"),
                _PRODUCT,
                Question(
                    "stage",
                    "How is the client known?",
                    "A potential client is not a client. Choose what the source says, and no more.",
                    "Choose how the client is known",
                    kind="radio",
                    choices={
                        "potential": "Potential: somebody concluded that it may be a client",
                        "reported": "Reported: a named source says that it is or was a client",
                        "confirmed": "Confirmed by the buyer, the company, a court or an official document",
                    },
                ),
                Question("startDate", "Since", "For example, 2021 or 2021-07.", kind="short"),
                Question("endDate", "Until", "Leave it empty if the source gives no end.", kind="short"),
                _ASKED,
            ),
        ),
        _EVIDENCE,
        _ORGANIZATION,
    ),
    new={"vendor": "Company", "client": "LegalEntity", "product": "SurveillanceProduct"},
    before=(_PERMANENT, _NO_PERSONS, "The company and the buyer can reply. We show replies with the claim."),
)  # fmt: skip

COMPANY = Guide(
    "company",
    "Add a company",
    "For a company of the trade that has no page yet. A page is not an accusation.",
    "Company",
    steps=(
        Step(
            title="The company",
            questions=(
                Question("name", "Name", missing="Enter the name of the company"),
                Question("alias", "Also called"),
                Question("country", "State where it is based", _WHERE, kind="line"),
                Question("registrationNumber", "Registration number", "In the register of companies."),
                Question("website", "Website", "The address begins with https://"),
                Question("technology", "What does it sell?", kind="one"),
                Question("summary", "In one sentence", "What the source says about it, without names of people."),
            ),
        ),
        _EVIDENCE,
        _ORGANIZATION,
    ),
    before=(_PERMANENT, _NO_PERSONS, "Search first: the company may have a page."),
)

BODY = Guide(
    "body",
    "Add a public body",
    "For a ministry, agency, police force, court or city that buys, uses, licenses or oversees.",
    "PublicBody",
    steps=(
        Step(
            title="The public body",
            questions=(
                Question("name", "Name", missing="Enter the name of the public body"),
                Question("alias", "Name in another language"),
                Question("country", "State", _WHERE, "Enter the State that it belongs to", kind="line"),
                Question("partOf", "Part of", "The body above it, as this register has it.", kind="line"),
                Question("level", "Level", "National, regional or local."),
                Question("website", "Website", "The address begins with https://"),
            ),
        ),
        _EVIDENCE,
        _ORGANIZATION,
    ),
    before=(_PERMANENT, _NO_PERSONS, "Search first: the body may have a page."),
)

ACT = Guide(
    "state-act",
    "Add an act of a State",
    "For a law, decision, licence, inquiry or vote of a State on surveillance technology. The State's page shows it.",
    "Event",
    steps=(
        Step(
            title="The act",
            questions=(
                Question("name", "What did the State do?", "One sentence, without names of people.",
                         "Enter in one sentence what the State did",
                         example="Averna's export office stopped all licences for spyware"),
                Question("country", "State", _WHERE, "Enter the State", kind="line"),
                Question("organizer", "Which body of the State?", _EXACT, kind="line"),
                Question("date", "Date", "For example, 2024-03-01, 2024-03 or 2024.", "Enter when it happened",
                         kind="short"),
                Question("demand", "Which demand of the letter does it concern?",
                         "An act that concerns a demand does not meet it yet.",
                         "Choose the demand that it concerns", kind="one"),
                Question("involved", "Company or product that it concerns", _EXACT, kind="line"),
            ),
        ),
        _EVIDENCE,
        _ORGANIZATION,
    ),
    new={"organizer": "PublicBody", "involved": "Company"},
    before=(
        _PERMANENT,
        _NO_PERSONS,
        "You know more? The page of each demand has a form with all details, such as a halt, a licence or an inquiry.",
    ),
)  # fmt: skip

_PLACE_OF_LETTER = "We publish that you signed, and nothing else. To sign is not to endorse this register."
SIGN = Guide(
    "sign",
    "Sign the letter: organizations",
    "For organizations that support the open letter of July 2021. The name appears on the signatories' page after its check.",
    "LetterSignature",
    steps=(
        Step(
            title="Your organization",
            questions=(
                _SIGNER,
                Question("printedAs", "Name as it appears in the list", missing="Enter the name as it appears in the list"),
                Question(
                    SOURCE,
                    "Your own page or decision",
                    "An address where your organization says that it signs, or the decision with its date.",
                    "Enter where your organization says that it signs",
                    example="https://open-phones.example/we-sign",
                ),
            ),
        ),
    ),
    ticks=(
        Tick("agreed", "My organization decided to sign, and I may act for it.",
             "Confirm that your organization decided to sign"),
    ),
    fixed={"letter": LETTER, "role": "organization"},
    given={STANDING: "confirmed"},
    of_publisher="signatory",
    organizations=True,
    reviewed=True,
    before=(_REVIEW, _PLACE_OF_LETTER, "You can ask the operator to take the name off at any time."),
)  # fmt: skip

SIGN_EXPERT = Guide(
    "sign-expert",
    "Sign the letter: independent experts",
    "For experts who sign for themselves. You need a key that is registered under a pseudonym. Nobody signs for another person.",
    "LetterSignature",
    steps=(
        Step(
            title="You",
            questions=(
                Question("signatory", "Your name as it appears in the list", "Your name and nothing else: no title, no address.",
                         "Enter your name", kind="line", form="(?!sv-).*", malformed="Enter your name, not the id of a record"),
                Question(PUBLISHER, "Pseudonym of your key", "As the operator registered it. Only this key can sign.",
                         "Enter the pseudonym of your key"),
                Question(SOURCE, "Where you say so yourself", "Your own page, or: “Own declaration” with today's date.",
                         "Enter where you say that you sign", example="Own declaration, 1 March 2026"),
            ),
        ),
    ),
    ticks=(
        Tick("agreed", "I am this person. I agree that my name stands on the public list of signatories.",
             "Confirm that you agree. Without your consent your name is not published"),
    ),
    fixed={"letter": LETTER, "role": "expert", "note": "Published with the signatory's own consent."},
    given={STANDING: "confirmed"},
    new={"signatory": "Person"},
    reviewed=True,
    before=(_REVIEW, _PLACE_OF_LETTER, "You can withdraw your consent at any time. The operator then erases your name."),
)  # fmt: skip

GUIDES = {one.name: one for one in (INCIDENT, FINDING, TECHNICAL, CLIENT, COMPANY, BODY, ACT, SIGN, SIGN_EXPERT)}
"""Name -> guided form, in the order of the page Publish."""
UNKNOWN = ".unknown"
"""Behind the name of a field: its tick "Not known"."""
