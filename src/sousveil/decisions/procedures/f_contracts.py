"""(f) Contracts past, current and planned; requests for information; what is withheld, on which ground, until when."""

from __future__ import annotations

from dataclasses import replace

from sousveil.decisions.procedures.conditions import Has, Is, Past, Reached, Ruled
from sousveil.decisions.procedures.model import EACH, About, Authority, Clock, Form, Gap, Need, Procedure, Role, State

ANSWERED = Ruled("request", "answered")
"""By the test of the rule (`facts/contracts.py`). The word alone of whoever owes the answer is none."""
REFUSED = Ruled("request", "refused")
WITHDRAWN = Ruled("request", "withdrawn")
_REPLIED = Ruled("request", "replied")
TO_PUBLIC = Ruled("asks-public", "yes")
"""That a public body was asked. What is asked of a company or an organisation is published, and no State owes the answer."""
_APPEALED = Is("status", "appealed", on=("appealedOn",)) | Reached("appealedOn")
_ORDERED, _UPHELD = (Has("ruling", code) & Reached("ruledOn") for code in ("answer", "refusal"))

ANSWER = Clock("answer", "Answer to the request for information", "InformationRequest", starts=("askedOn", "date"),
               days=30, due=("dueOn",), sets=Authority.LAW, owed_by=("body.public",), runs_when=TO_PUBLIC & ~WITHDRAWN,
               ends_as={"refused": REFUSED}, stops_when=ANSWERED, replied=_REPLIED)  # fmt: skip
"""The days of a request: one clock for pages, lists and decisions."""
RULING = Clock("ruling", "Ruling on the appeal", "InformationRequest", starts=("appealedOn",), days=90,
               due=("appealDueOn",), sets=Authority.LAW, owed_by=("appealBody",), runs_when=_APPEALED,
               stops_when=Reached("ruledOn"))  # fmt: skip
COMPLIANCE = replace(ANSWER, name="compliance", label="Answer that the ruling orders", starts=("ruledOn",),
                     due=("complyBy",), runs_when=TO_PUBLIC & _ORDERED, ends_as={})  # fmt: skip
"""As for the first answer: one answer ends both."""
DISCLOSURE = Clock("disclosure", "Disclosure of what was withheld", "Redaction", starts=(), days=0, due=("endDate",),
                   source="The day until which it was withheld, as its publisher gave it.",
                   owed_by=("body",))  # fmt: skip
"""The day of a redaction: one clock for pages and lists."""


def _disclosed(label: str, of: str, other: str) -> Need:
    """Nothing of a contract is withheld, by the contract itself or by what its buyer or its State withholds."""
    shown, against = Has(other) & ~Has("withheld"), Has("withheld") | Ruled("withheld", "yes")
    return Need("contracts", label, shown, against, type="Contract", of=(of,), per=EACH, reports=False)


PROCEDURE = Procedure(
    name="f-contracts",
    letter="f",
    title="Contracts and requests for information",
    asks="States disclose all past, current and planned contracts with surveillance companies, on request and of their "
    "own accord.",
    reason="Public money buys these tools; a contract that nobody may see cannot be checked by anybody.",
    forms=(
        Form("contract", "Publish a contract", "Contract",
             "One contract with its supplier. What is not published goes into “withheld” and into a record of its own. "
             "A purchase for which nobody is chosen yet has a form of its own.",
             (Role.STATE, Role.COMPANY, Role.ORGANIZATION),
             properties="title! buyer! supplier! product stage! amount contractDate startDate endDate ocid withheld"),
        Form("plan", "Publish a planned purchase", "Contract",
             "What a body plans to buy, before anybody is chosen to supply it. Once somebody is, add supplier and "
             "stage to this record with the form for a contract.", (Role.STATE, Role.ORGANIZATION),
             properties="title! buyer! product method amount startDate endDate ocid withheld",
             fixed={"stage": "planned"}),
        Form("request", "Publish a request for information", "InformationRequest",
             "What was asked, of whom, and when. Add the answer, the refusal or the appeal to the same record when it "
             "comes.", (Role.ORGANIZATION, Role.STATE),
             properties="name! body requester about question! askedOn! dueOn status! answeredOn answer answerDocument "
             "refusedOn legalGround appealedOn appealBody appealDueOn ruling ruledOn complyBy",
             help={"name": "What the request is called; no name of a private person."}),
        Form("redaction", "Publish what is withheld", "Redaction",
             "One thing that is not published: of which record, on which ground, until when.",
             (Role.STATE, Role.ORGANIZATION), properties="record body what legalGround law startDate endDate!",
             help={"endDate": "From that day on it is owed."}),
    ),
    states={
        "Contract": (
            State("ended", "past", Has("stage", "ended") | Past("endDate"), closed=True),
            # Until somebody says that it was let.
            State("planned", "planned",
                  Has("stage", "planned", "tendered") & ~Has("stage", "awarded", "signed", "performed")),
            State("current", "current",
                  Has("stage", "signed", "performed") | Reached("startDate") | Reached("contractDate")),
            State("on-file", "on file"),
        ),
        "InformationRequest": (
            State("answered", "answered", ANSWERED, closed=True),
            State("ordered", "refused, an answer is ordered", _ORDERED),
            State("upheld", "refused, the refusal stands", _UPHELD),
            State("appealed", "refused, appealed", _APPEALED),
            State("refused", "refused", REFUSED),
            State("withdrawn", "withdrawn", WITHDRAWN, closed=True),
            State("partly", "answered in part", Ruled("request", "partly", "partly-owed")),
            State("beside", "asked of no public body: no time runs, and it counts for no State", ~TO_PUBLIC),
            State("replied", "answered by the office that was asked, competence not shown yet", _REPLIED),
            State("asked", "waits for an answer"),
        ),
        "Redaction": (State("ended", "time is over", Reached("endDate")), State("withheld", label="withheld")),
    },
    clocks=(ANSWER, RULING, COMPLIANCE, DISCLOSURE),
    gaps=(
        Gap(About.STATE,
            "No contract of this State that is disclosed in full, and no answer to a request of the public, is on "
            "file.",
            (
                _disclosed("Contracts are disclosed in full", "buyer", "supplier"),
                Need("requests", "Requests for information are answered", ANSWERED,
                     Ruled("request", "refused", "owed", "partly-owed"), type="InformationRequest",
                     of=("body.public",), per=EACH),
            )),
        Gap(About.COMPANY, "No contract of it with a State that is disclosed in full is on file.",
            (_disclosed("Its contracts with States are disclosed in full", "supplier", "buyer"),)),
    ),
    pages=(("disclosures", "Contracts and requests by State"),),
)  # fmt: skip
