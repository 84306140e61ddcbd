"""(e) Liability along the chain: intermediaries, affiliates, holdings, owners; the law of the home State."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import Has, Lacks, Past, Reached, Running
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
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

PROCEDURE = Procedure(
    name="e-liability",
    letter="e",
    title="Responsibility and liability",
    order=5,
    asks="All surveillance companies of a State, with intermediaries, affiliates, holdings and private equity owners, act responsibly and "
    "are liable for the harm they do; those who were harmed find remedy in the company's home State.",
    reason="Shells and resellers are built so that nobody answers; who holds control when harm is done must answer for it.",
    take_part="Companies, States and organisations publish each link of ownership and each agent, with dates. One who is not disclosed "
    "is published as not disclosed. A State publishes its law on liability.",
    forms=(
        Form(
            name="ownership",
            type="Ownership",
            title="Publish a link of ownership or control",
            what="Who owned or controlled whom, from when until when. An unknown owner is published as unknown, with the reason: the gap "
            "is then seen. An owner who is a natural person is held for review.",
            who=(Role.COMPANY, Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("asset", "Who is owned or controlled."),
                Field("owner", "Who owns or controls. Leave it empty where nobody discloses it."),
                Field("ownerUnspecified", "Only where the owner above is left empty."),
                Field("interest", "How the owner holds or controls it. Choose only what the source says."),
                Field("percentage", "Share in per cent.", example="62"),
                Field("startDate", "Since when.", required=True),
                Field("endDate", "Until when. Leave it empty where nobody said that it ended."),
            ),
        ),
        Form(
            name="agent",
            type="Representation",
            title="Publish an intermediary",
            what="An agent, reseller or broker of a company.",
            who=(Role.COMPANY, Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("agent", "Who acts.", required=True),
                Field("client", "For whom.", required=True),
                Field("role", "Agent, reseller, broker."),
                Field("territory", "Where: the country, by its name in English or its two-letter code."),
                Field("startDate", "Since when."),
                Field("endDate", "Until when."),
            ),
        ),
        law_form(
            "liability", "Publish a law on liability", "A law or a bill on duty, liability and remedy along the chain."
        ),
    ),
    chains_of=("asset", "client"),
    states=(
        State("ended", "ended", "Ownership", when=(Past("endDate"),), closed=True),
        State("hidden", "owner not disclosed", "Ownership", when=(Lacks("owner"),)),
        State("disclosed", "disclosed", "Ownership"),
        State("ended", "ended", "Representation", when=(Past("endDate"),), closed=True),
        State("acting", "on file", "Representation"),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="disclosure",
            label="Disclosure of the owner",
            type="Ownership",
            starts=("startDate",),
            days=30,
            owed_by=("asset",),
            runs_when=(Lacks("owner"),),
            stops_when=(Reached("endDate"),),
        ),
    ),
    effects=(
        Effect(
            ("L21-e-1",),
            "Blocks unless the home State's law puts duty and liability on every link, with remedy at home.",
        ),
        Effect(("L21-e-2",), "A link whose owner is not known leaves the answer undecided, and names the link."),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No enforced law of this State that makes the whole chain liable, with remedy at home, is on file.",
            needs=(
                law_need(
                    "liability",
                    "chain",
                    "A law in force that reaches intermediaries, affiliates, holdings and private equity",
                    ("covers-intermediaries", "covers-affiliates", "covers-holdings", "covers-private-equity"),
                ),
                law_need("liability", "liability", "Liability for harm", ("liability",)),
                law_need("liability", "remedy", "Remedy in the home State", ("home-state-remedy",)),
                enforced_need("liability"),
            ),
        ),
        Gap(
            about=About.COMPANY,
            says="That every owner of it is disclosed is not shown.",
            needs=(
                Need(
                    name="owners",
                    label="Its owners are disclosed",
                    type="Ownership",
                    of=("asset",),
                    when=(Has("owner"), Running()),
                    against=(Has("ownerUnspecified"), Lacks("owner")),
                    per=EACH,
                    fact="vendor.chain_known",
                ),
            ),
        ),
    ),
)
