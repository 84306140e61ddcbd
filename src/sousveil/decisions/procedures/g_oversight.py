"""(g) Independent oversight bodies for each company, with human rights groups and civil society in them."""

from __future__ import annotations

from functools import partial

from sousveil.decisions.facts.oversight import QUALITIES
from sousveil.decisions.procedures.conditions import Has, Linked, Past, Reached, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

_VENDOR = Has("bodyKind", "vendor")
_need = partial(Need, type="OversightBody", of=("oversees",))

PROCEDURE = Procedure(
    name="g-oversight",
    letter="g",
    title="Oversight bodies for companies",
    asks="No surveillance company goes on without an oversight body that is independent, has many kinds of members, "
    "and has human rights groups and other civil society among them.",
    reason="A company that watches itself finds nothing; those who know the harm have to sit at the table.",
    forms=(
        Form("body", "Publish an oversight body", "OversightBody",
             "A body that watches over one company. What it is found to be must be shown by its members.",
             (Role.BODY, Role.STATE, Role.ORGANIZATION),
             properties="name! country oversees! mandate! legalBasis quality establishedOn",
             fixed={"bodyKind": "vendor"}),
        Form("member", "Publish a member", "Membership",
             "A member organization, whom it speaks for, and who pays it. A member who is a natural person is held for "
             "review.", (Role.BODY, Role.ORGANIZATION),
             properties="organization member constituency! humanRights paidBy startDate endDate"),
        Form("meeting", "Publish a meeting", "Meeting", "A meeting with its agenda.", (Role.BODY,),
             properties="name body date! agenda! about"),
        Form("opinion", "Publish an opinion", "OversightDecision",
             "What the body says on a product, a sale or an incident.", (Role.BODY,),
             properties="name body about date! reason!", fixed={"outcome": "opinion"}),
        law_form("oversight", "Publish a law on oversight",
                 "A law or a bill that makes an oversight body a condition of business."),
    ),
    states={
        "OversightBody": (
            State("other", "another kind of body", ~_VENDOR, closed=True),
            State("shown-not-established", "not established: its members show it", Ruled("oversight", "not")),
            State("established", "says that it is established",
                  Has("quality", *QUALITIES, every=True) & Reached("establishedOn")),
            State("not-established", "not established"),
        ),
        "Membership": (State("ended", "ended", Past("endDate"), closed=True), State("member", label="member")),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("meeting", "Next meeting of the oversight body", "OversightBody", starts=("establishedOn",), days=184,
              owed_by=(".",), runs_when=_VENDOR,
              again=Linked("Meeting", "body", Has("body"), on=("date", "startDate"), last=True)),
    ),
    gaps=(
        Gap(About.STATE,
            "No rule of this State that makes an independent oversight body a condition of business is on file.",
            (
                law_need("oversight", "law", "A law in force that asks for an independent body",
                         "independent-oversight"),
                enforced_need("oversight"),
            )),
        Gap(About.COMPANY,
            "No independent oversight body over it, with human rights groups and civil society, is on file.",
            (
                _need("body", "A body that oversees it", _VENDOR & Reached("establishedOn"),
                      _VENDOR & Reached("dissolutionDate")),
                *(
                    _need(name, label, _VENDOR & Has("quality", name))
                    for name, label in (
                        ("independent", "It is independent"),
                        ("multi-stakeholder", "It has many kinds of members"),
                        ("human-rights-groups", "Human rights groups are in it"),
                        ("civil-society", "Other civil society is in it"),
                    )
                ),
                _need("members",
                      "Its members are on file: of several kinds, a human rights group among them, none paid by the "
                      "company", _VENDOR & Ruled("oversight", "established"), _VENDOR & Ruled("oversight", "not"),
                      decisive=True, fact="vendor.oversight_established"),
            )),
    ),
    pages=(("oversight", "Oversight bodies, their members and who pays them"),),
)  # fmt: skip
