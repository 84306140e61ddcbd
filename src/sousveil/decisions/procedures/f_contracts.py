"""(f) Contracts past, current and planned; requests for information; what is withheld, on which ground, until when."""

from __future__ import annotations

from dataclasses import replace

from sousveil.decisions.procedures.conditions import (
    AnyOf,
    Fails,
    Has,
    Is,
    Lacks,
    Past,
    Reached,
    Ruled,
)
from sousveil.decisions.procedures.model import (
    EACH,
    About,
    Authority,
    Clock,
    Effect,
    Field,
    Form,
    Gap,
    Need,
    Procedure,
    Role,
    State,
)

_OVER = AnyOf((Has("stage", ("ended",)), Past("endDate")))
ANSWERED = Ruled("request", ("answered",))
"""By the test of the rule (`facts/requests.py`). The word alone of whoever owes the answer is none."""
REFUSED = Ruled("request", ("refused", "reported"))
WITHDRAWN = Ruled("request", ("withdrawn",))
TO_PUBLIC = Ruled("asks-public", ("yes",))
"""That a public body was asked. What is asked of a company or an organisation is published, and no State owes the answer."""
_APPEALED = AnyOf((Is("status", ("appealed",), on=("appealedOn",)), Reached("appealedOn")))
_TO_COME = (Has("stage", ("planned", "tendered")), Lacks("stage", ("awarded", "signed", "performed")))
"""A purchase that is planned until somebody says that it was let."""

ANSWER = Clock(
    name="answer",
    label="Answer to the request for information",
    type="InformationRequest",
    starts=("askedOn", "date"),
    days=30,
    due=("dueOn",),
    sets=Authority.LAW,
    owed_by=("body.public",),
    runs_when=(TO_PUBLIC, Fails(WITHDRAWN)),
    ends_as={"refused": (REFUSED,)},
    stops_when=(ANSWERED,),
    replied=(Ruled("request", ("replied",)),),
)
"""The days of a request: one clock for pages, lists and decisions."""

_RULED = {code: (Has("ruling", (code,)), Reached("ruledOn")) for code in ("answer", "refusal")}
RULING = Clock(
    name="ruling",
    label="Ruling on the appeal",
    type="InformationRequest",
    starts=("appealedOn",),
    days=90,
    due=("appealDueOn",),
    sets=Authority.LAW,
    owed_by=("appealBody",),
    runs_when=(_APPEALED,),
    stops_when=(Reached("ruledOn"),),
)
COMPLIANCE = replace(
    ANSWER,
    name="compliance",
    label="Answer that the ruling orders",
    starts=("ruledOn",),
    due=("complyBy",),
    runs_when=(TO_PUBLIC, *_RULED["answer"]),
    ends_as={},
)
"""As for the first answer: one answer ends both."""

DISCLOSURE = Clock(
    name="disclosure",
    label="Disclosure of what was withheld",
    type="Redaction",
    starts=(),
    days=0,
    due=("endDate",),
    source="The day until which it was withheld, as its publisher gave it.",
    owed_by=("body",),
)
"""The day of a redaction: one clock for pages and lists."""

_REDACTED = Ruled("withheld", ("yes",))
"""Something of a contract is withheld by its buyer, and the day on which it is owed has not come: what, on which ground, until when."""


def _disclosed(label: str, of: str, other: str) -> Need:
    return Need(
        name="contracts",
        label=label,
        type="Contract",
        of=(of,),
        when=(Has(other), Lacks("withheld")),
        against=(Has("withheld"),),
        part=(_REDACTED,),
        whole=True,
        per=EACH,
    )


PROCEDURE = Procedure(
    name="f-contracts",
    letter="f",
    title="Contracts and requests for information",
    order=6,
    asks="States disclose all past, current and planned contracts with surveillance companies, on request and of their own accord.",
    reason="Public money buys these tools; a contract that nobody may see cannot be checked by anybody.",
    take_part="A public body publishes its contracts, one by one here or as Open Contracting data. Whoever asks a body publishes the "
    "request; the clock runs until the answer. Only a request to a public body has a clock and counts for its State: one to a company or "
    "an organisation is shown, and counts for nothing here. What is withheld is published as withheld.",
    forms=(
        Form(
            name="contract",
            type="Contract",
            title="Publish a contract",
            what="One contract with its supplier. What is not published goes into “withheld” and into a record of its own. A purchase "
            "for which nobody is chosen yet has a form of its own.",
            who=(Role.STATE, Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field("title", "What the contract is called.", required=True),
                Field("buyer", "Public body that buys.", required=True),
                Field("supplier", "Who supplies.", required=True),
                Field("product", "What is bought."),
                Field("stage", "Planned, tendered, awarded, signed, performed or ended.", required=True),
                Field("amount", "Currency and number.", example="EUR 190000"),
                Field("contractDate", "Day of signing."),
                Field("startDate", "First day."),
                Field("endDate", "Last day. A contract cannot end before it begins."),
                Field(
                    "ocid", "Its number where it is published as open contracting data. Leave it empty if it has none."
                ),
                Field("withheld", "What is not published, on which ground, until when."),
            ),
        ),
        Form(
            name="plan",
            type="Contract",
            title="Publish a planned purchase",
            what="What a body plans to buy, before anybody is chosen to supply it. Once somebody is, add supplier and stage to this "
            "record with the form for a contract.",
            who=(Role.STATE, Role.ORGANIZATION),
            fixed={"stage": "planned"},
            fields=(
                Field("title", "What the purchase is called.", required=True),
                Field("buyer", "Public body that plans to buy.", required=True),
                Field("product", "What it has in mind, where it is a product that is on file."),
                Field("method", "How it is to be let: open tender, direct award, through a framework."),
                Field("amount", "What is set aside: currency and number.", example="EUR 75000"),
                Field("startDate", "Day from which it is planned."),
                Field("endDate", "Last day, if one is planned."),
                Field(
                    "ocid", "Its number where it is published as open contracting data. Leave it empty if it has none."
                ),
                Field("withheld", "What is not published, on which ground, until when."),
            ),
        ),
        Form(
            name="request",
            type="InformationRequest",
            title="Publish a request for information",
            what="What was asked, of whom, and when. Add the answer, the refusal or the appeal to the same record when it comes.",
            who=(Role.ORGANIZATION, Role.STATE),
            fields=(
                Field("name", "What the request is called; no name of a private person.", required=True),
                Field(
                    "body",
                    "Body that was asked. The clock runs where it is a public body, and counts for its State; else it does not.",
                ),
                Field(
                    "requester",
                    "The organization that asked. As long as neither a day nor a text of the answer is on file, only its word "
                    "counts that there was one.",
                ),
                Field("about", "Contract, product or company that it is about."),
                Field("question", "The question.", required=True),
                Field("askedOn", "Day on which it was asked. The clock starts here.", required=True),
                Field("dueOn", "Day on which the law of that State wants an answer."),
                Field("status", "Where it stands.", required=True),
                Field("answeredOn", "Day of the answer."),
                Field("answer", "What was answered."),
                Field("answerDocument", "The answer as a document that is on file."),
                Field("refusedOn", "Day of a refusal."),
                Field("legalGround", "Ground of a refusal."),
                Field("appealedOn", "Day of an appeal."),
                Field("appealBody", "Court or commissioner that rules on the appeal."),
                Field("appealDueOn", "Day by which the law wants a ruling."),
                Field("ruling", "What was ruled."),
                Field("ruledOn", "Day of the ruling."),
                Field("complyBy", "Day by which the ruling wants an answer."),
            ),
        ),
        Form(
            name="redaction",
            type="Redaction",
            title="Publish what is withheld",
            what="One thing that is not published: of which record, on which ground, until when.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("record", "Contract, licence or other record of which something is withheld."),
                Field("body", "Who withholds it."),
                Field("what", "What kind of thing is withheld: never the thing itself."),
                Field("legalGround", "On which ground, with its article."),
                Field("law", "The law as a record of this register."),
                Field("startDate", "Since when."),
                Field("endDate", "Until when. From that day on it is owed.", required=True),
            ),
        ),
    ),
    states=(
        State("ended", "past", "Contract", when=(_OVER,), closed=True),
        State("planned", "planned", "Contract", when=_TO_COME, early=True),
        State("current", "current", "Contract"),
        State("answered", "answered", "InformationRequest", when=(ANSWERED,), closed=True),
        State("ordered", "refused, an answer is ordered", "InformationRequest", when=_RULED["answer"]),
        State("upheld", "refused, the refusal stands", "InformationRequest", when=_RULED["refusal"]),
        State("appealed", "refused, appealed", "InformationRequest", when=(_APPEALED,)),
        State("refused", "refused", "InformationRequest", when=(REFUSED,)),
        State("withdrawn", "withdrawn", "InformationRequest", when=(WITHDRAWN,), closed=True),
        State("partly", "answered in part", "InformationRequest", when=(Ruled("request", ("partly", "partly-owed")),)),
        State(
            "beside",
            "asked of no public body: no time runs, and it counts for no State",
            "InformationRequest",
            when=(Fails(TO_PUBLIC),),
        ),
        State(
            "replied",
            "answered by the office that was asked, competence not shown yet",
            "InformationRequest",
            when=(Ruled("request", ("replied",)),),
        ),
        State("asked", "waits for an answer", "InformationRequest"),
        State("ended", "time is over", "Redaction", when=(Reached("endDate"),)),
        State("withheld", label="withheld", type="Redaction"),
    ),
    clocks=(ANSWER, RULING, COMPLIANCE, DISCLOSURE),
    effects=(
        Effect(("L21-f-1",), "Blocks acquisition and use while the State's contract is not disclosed."),
        Effect(("L21-f-2",), "A request that was not answered in time is a duty that stays open."),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No contract of this State that is disclosed in full, and no answer to a request of the public, is on file.",
            needs=(
                _disclosed("Contracts are disclosed in full", "buyer", "supplier"),
                Need(
                    name="requests",
                    label="Requests for information are answered",
                    type="InformationRequest",
                    of=("body.public",),
                    when=(ANSWERED,),
                    against=(Ruled("request", ("refused", "reported", "owed", "partly-owed")),),
                    per=EACH,
                ),
            ),
        ),
        Gap(
            about=About.COMPANY,
            says="No contract of it with a State that is disclosed in full is on file.",
            needs=(_disclosed("Its contracts with States are disclosed in full", "supplier", "buyer"),),
        ),
    ),
    beside=(("disclosures", "Contracts and requests by State"),),
)
