"""(e) Liability along the chain: intermediaries, affiliates, holdings, owners; the law of the home State."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import Has, Past, Reached, Running
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import EACH, About, Clock, Form, Gap, Need, Procedure, Role, State

PROCEDURE = Procedure(
    name="e-liability",
    letter="e",
    title="Responsibility and liability",
    asks="All surveillance companies of a State, with intermediaries, affiliates, holdings and private equity owners, "
    "act responsibly and are liable for the harm they do; those who were harmed find remedy in the company's home "
    "State.",
    reason="Shells and resellers are built so that nobody answers; who holds control when harm is done must answer for "
    "it.",
    forms=(
        Form("ownership", "Publish a link of ownership or control", "Ownership",
             "Who owned or controlled whom, from when until when. An unknown owner is published as unknown, with the "
             "reason: the gap is then seen. An owner who is a natural person is held for review.",
             (Role.COMPANY, Role.STATE, Role.ORGANIZATION),
             properties="asset owner ownerUnspecified interest percentage startDate! endDate"),
        Form("agent", "Publish an intermediary", "Representation", "An agent, reseller or broker of a company.",
             (Role.COMPANY, Role.STATE, Role.ORGANIZATION),
             properties="agent! client! role territory startDate endDate"),
        law_form("liability", "Publish a law on liability",
                 "A law or a bill on duty, liability and remedy along the chain."),
    ),
    chains_of=("asset", "client"),
    states={
        "Ownership": (
            State("ended", "ended", Past("endDate"), closed=True),
            State("hidden", "owner not disclosed", ~Has("owner")),
            State("disclosed", "disclosed"),
        ),
        "Representation": (State("ended", "ended", Past("endDate"), closed=True), State("acting", "on file")),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("disclosure", "Disclosure of the owner", "Ownership", starts=("startDate",), days=30, owed_by=("asset",),
              runs_when=~Has("owner"), stops_when=Reached("endDate")),
    ),
    gaps=(
        Gap(About.STATE,
            "No enforced law of this State that makes the whole chain liable, with remedy at home, is on file.",
            (
                law_need("liability", "chain",
                         "A law in force that reaches intermediaries, affiliates, holdings and private equity",
                         *("covers-intermediaries", "covers-affiliates", "covers-holdings", "covers-private-equity")),
                law_need("liability", "liability", "Liability for harm", "liability"),
                law_need("liability", "remedy", "Remedy in the home State", "home-state-remedy"),
                enforced_need("liability"),
            )),
        Gap(About.COMPANY, "Its owners are not fully disclosed here.",
            (
                Need("owners", "Its owners are disclosed", Has("owner") & Running(),
                     Has("ownerUnspecified") | ~Has("owner"), type="Ownership", of=("asset",), per=EACH,
                     fact="vendor.chain_known"),
            )),
    ),
)  # fmt: skip
