"""(l) Strong encryption: laws that protect or weaken it, and products that defeat it."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import Has, Is, Ruled, Running
from sousveil.decisions.procedures.laws import LAW_IN_DISPUTE, LAW_IN_FORCE, LAW_OVER, REPORTED_OVER_BY, law_form
from sousveil.decisions.procedures.model import EACH, About, Clock, Form, Gap, Need, Procedure, Role, State

_WEAKENS, _WEAKENED = (Ruled("encryption-law", says) for says in ("weakens", "ended"))
"""By the test of the rule: label, clock and cell say of a law what answers say."""

PROCEDURE = Procedure(
    name="l-encryption",
    letter="l",
    title="Strong encryption",
    asks="States protect strong encryption and promote it.",
    reason="It is one of the best defences against invasive surveillance; a door that is built for one is open to all.",
    forms=(
        law_form("encryption", "Publish a law or order on encryption",
                 "A law, a bill or an order that protects or weakens encryption.",
                 properties="title! jurisdiction! status! provides effect inForceFrom inForceUntil citation text",
                 provides="Choose “protection of encryption” only where its text does.",
                 effect="Choose “weakens encryption” only where its text asks for access, weakening or decryption."),
        Form("product", "Mark how a product works", "SurveillanceProduct",
             "How a product gets at data. “Weakening encryption” is for what makes encryption weaker for everybody.",
             (Role.COMPANY, Role.ORGANIZATION), properties="name! vendor! worksBy! category"),
    ),
    states={
        "Law": (
            State("weakens", "in force, weakens encryption", _WEAKENS),
            State("repealed", "repealed or rejected", Is("status", "repealed", "rejected", on=("inForceUntil",)),
                  closed=True),
            LAW_OVER,
            LAW_IN_DISPUTE,
            State("weakened", "in force; that it weakens encryption has ended",
                  Is("status", "in-force") & Running() & _WEAKENED),
            LAW_IN_FORCE,
            State("bill", "not in force"),
        ),
        "SurveillanceProduct": (
            State("weakens", "works by weakening encryption",
                  Has("worksBy", "weakening-encryption") | Ruled("product", "weakens")),
            State("other", "works otherwise, or not said"),
        ),
    },
    clocks=(
        Clock("repeal", "Repeal of the law that weakens encryption", "Law", starts=("inForceFrom",), days=365,
              owed_by=("state",),
              runs_when=Has("effect", "weakens-encryption") & Ruled("encryption-law", "weakens", "ended"),
              stops_when=_WEAKENED),
    ),
    gaps=(
        Gap(About.STATE, "No law of this State that protects strong encryption is on file.",
            (
                Need("protects", "Encryption is protected by law, and no law in force weakens it",
                     (Has("topic", "encryption") & Has("provides", "protects-encryption") & Is("status", "in-force")
                      & Running()), _WEAKENS, REPORTED_OVER_BY, type="Law", of=("jurisdiction", "state"), per=EACH),
            )),
        Gap(About.COMPANY, "How its products get at data is not shown to leave encryption alone.",
            (
                Need("products", "Its products work without weakening encryption", Has("worksBy"),
                     Has("worksBy", "weakening-encryption"), type="SurveillanceProduct", of=("vendor",), per=EACH,
                     fact="encryption-kept"),
            )),
    ),
)  # fmt: skip
