"""(l) Strong encryption: laws that protect or weaken it, and products that defeat it."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AnyOf, Has, Is, Ruled, Running
from sousveil.decisions.procedures.laws import (
    LAW_IN_DISPUTE,
    LAW_IN_FORCE,
    LAW_OVER,
    REPORTED_OVER_BY,
    law_form,
)
from sousveil.decisions.procedures.model import (
    EACH,
    About,
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

_REPEALED = Is("status", ("repealed", "rejected"), on=("inForceUntil",))
_WEAKENS = Ruled("encryption-law", ("weakens",))
"""By the test of the rule: label, clock and cell say of a law what answers say."""

PROCEDURE = Procedure(
    name="l-encryption",
    letter="l",
    title="Strong encryption",
    order=12,
    asks="States protect strong encryption and promote it.",
    reason="It is one of the best defences against invasive surveillance; a door that is built for one is open to all.",
    take_part="States and organisations publish laws and orders that protect or weaken encryption, and mark products that work by "
    "weakening it for everybody.",
    forms=(
        law_form(
            "encryption",
            "Publish a law or order on encryption",
            "A law, a bill or an order that protects or weakens encryption.",
            provides="Choose “protection of encryption” only where its text does.",
            effect="Choose “weakens encryption” only where its text asks for access, weakening or decryption.",
            begins="First day in force. For what weakens encryption the clock of its repeal starts here.",
            enforced=(),
        ),
        Form(
            name="product",
            type="SurveillanceProduct",
            title="Mark how a product works",
            what="How a product gets at data. “Weakening encryption” is for what makes encryption weaker for everybody.",
            who=(Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field("name", "What it is sold as.", required=True),
                Field("vendor", "Who makes or sells it.", required=True),
                Field("worksBy", "How it gets at the data.", required=True),
                Field("category", "What the technology does."),
            ),
        ),
    ),
    states=(
        State("weakens", "in force, weakens encryption", "Law", when=(_WEAKENS,)),
        State("repealed", "repealed or rejected", "Law", when=(_REPEALED,), closed=True),
        LAW_OVER,
        LAW_IN_DISPUTE,
        State(
            "weakened",
            "in force; that it weakens encryption has ended",
            "Law",
            when=(Is("status", ("in-force",)), Running(), Ruled("encryption-law", ("ended",))),
        ),
        LAW_IN_FORCE,
        State("bill", "not in force", "Law"),
        State(
            "weakens",
            "works by weakening encryption",
            "SurveillanceProduct",
            when=(AnyOf((Has("worksBy", ("weakening-encryption",)), Ruled("product", ("weakens",)))),),
        ),
        State("other", "works otherwise, or not said", "SurveillanceProduct"),
    ),
    clocks=(
        Clock(
            name="repeal",
            label="Repeal of the law that weakens encryption",
            type="Law",
            starts=("inForceFrom",),
            days=365,
            owed_by=("state",),
            runs_when=(Has("effect", ("weakens-encryption",)), Ruled("encryption-law", ("weakens", "ended"))),
            stops_when=(Ruled("encryption-law", ("ended",)),),
        ),
    ),
    effects=(
        Effect(
            ("L21-l-1",), "A State that weakens encryption by law fails a duty, and its safeguards count as unknown."
        ),
        Effect(("L21-l-2",), "A product that works only by weakening encryption for everybody is blocked."),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No law of this State that protects strong encryption is on file.",
            needs=(
                Need(
                    name="protects",
                    label="Encryption is protected by law, and no law in force weakens it",
                    type="Law",
                    of=("jurisdiction", "state"),
                    when=(
                        Has("topic", ("encryption",)),
                        Has("provides", ("protects-encryption",)),
                        Is("status", ("in-force",)),
                        Running(),
                    ),
                    against=(_WEAKENS,),
                    part=(REPORTED_OVER_BY,),
                    per=EACH,
                ),
            ),
        ),
        Gap(
            about=About.COMPANY,
            says="How its products get at data is not shown to leave encryption alone.",
            needs=(
                Need(
                    name="products",
                    label="Its products work without weakening encryption",
                    type="SurveillanceProduct",
                    of=("vendor",),
                    when=(Has("worksBy"),),
                    against=(Has("worksBy", ("weakening-encryption",)),),
                    per=EACH,
                    fact="encryption-kept",
                ),
            ),
        ),
    ),
)
