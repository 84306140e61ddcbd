"""(d) Companies register themselves in public: who they are, what they sell, whom they refused; the State countersigns."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AllOf, AnyOf, Fails, Has, Lacks, Linked, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import About, Clock, Effect, Field, Form, Gap, Need, Procedure, Role, State

_PARTS = ("identity", "intermediaries", "products", "due-diligence", "impacts", "sales", "rejections")
_ON = ("date", "startDate")


def _said(*outcomes: str) -> Linked:
    """An answer of the registry of the company's home State, by the rule's own test: a city that the company names is none."""
    test = "countersigned" if outcomes == ("confirmed",) else "registry"
    return Linked("Countersignature", "registration", (Has("outcome", outcomes),), on=_ON, proven=test)


_ANSWERED = _said("confirmed", "incomplete", "refused")
"""The State answered: what the answer counts for (label, cell, rule) asks more."""
_REPLY = Ruled("registration-reply", ("replied",))
_GONE = Has("status", ("withdrawn",))
_REPLACED = Linked("Registration", "amends", on=("startDate", "date"), proven="amendment")
"""The company amended it: the amendment counts in its stead."""
_CURRENT = Fails(_REPLACED)

PROCEDURE = Procedure(
    name="d-registration",
    letter="d",
    title="Registration and transparency",
    order=4,
    asks="A law, applied in practice, makes surveillance companies open: they register, name products and services, results of due "
    "diligence, sales, and clients that they refused. States keep this in public registries.",
    reason="Nobody can answer for what nobody knows: today most of this trade is only known from leaks.",
    take_part="A company registers in its own name and publishes the records that belong to it: owners, intermediaries, products, sales, "
    "clients it refused. A part counts when the company's own records of it are here. Its State countersigns, or says what is "
    "incomplete. An amendment is a new registration that names the one it replaces.",
    forms=(
        Form(
            name="registration",
            type="Registration",
            title="Register a company",
            what="The company declares which parts it has published in full, and publishes the records of each. A part without records "
            "is shown as missing. Only the company's own key registers it.",
            who=(Role.COMPANY,),
            fields=(
                Field("company", "The company that registers."),
                Field("authority", "Authority that keeps the registry."),
                Field("registrationNumber", "Number in that registry."),
                Field(
                    "declares", "Parts that the company published in full: each needs its records here.", required=True
                ),
                Field("declaresNone", "Parts of which there is nothing: no intermediary, no sale, no client refused."),
                Field("status", "A first registration, an amendment, or a withdrawal.", required=True),
                Field("amends", "The registration that an amendment replaces."),
                Field("startDate", "Day of the registration. The clock of the State starts here.", required=True),
                Field("summary", "In a sentence: what changed since the last one."),
            ),
        ),
        Form(
            name="product",
            type="SurveillanceProduct",
            title="Publish a product or service",
            what="One product or service that the company offers.",
            who=(Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field("name", "What it is sold as.", required=True),
                Field("vendor", "Who makes or sells it.", required=True),
                Field("category", "What the technology does."),
                Field("worksBy", "How it gets at the data."),
                Field("controlCode", "If it has one."),
            ),
        ),
        Form(
            name="sale",
            type="Supply",
            title="Publish a sale",
            what="One sale or delivery.",
            who=(Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field("supplier", "Who sold it."),
                Field("recipient", "Who got it.", required=True),
                Field("product", "What was sold."),
                Field("goods", "What was sold, in words."),
                Field(
                    "destination",
                    "Country to which it went: its name in English, or its two-letter code.",
                    required=True,
                ),
                Field("clientStage", "How firmly the recipient is known."),
                Field("startDate", "Day of the sale or delivery."),
            ),
        ),
        Form(
            name="rejection",
            type="ClientRejection",
            title="Publish a client that was refused",
            what="A client that the company refused, or with whom it ended business, and why. The client's name may be left out.",
            who=(Role.COMPANY,),
            fields=(
                Field("vendor", "Who refused."),
                Field("client", "Who was refused. May be left out."),
                Field("clientCountry", "The country's name in English, or its two-letter code.", required=True),
                Field("clientCategory", "Police, intelligence service, army, private."),
                Field("action", "What was done."),
                Field("reason", "Which standard of human rights or good governance it failed.", required=True),
                Field("date", "When."),
            ),
        ),
        Form(
            name="countersignature",
            type="Countersignature",
            title="Countersign a registration",
            what="The State says that a registration is complete, incomplete, or refused, with reasons. The link on the "
            "registration's page fills this form in. The registry's identified key is enough to answer.",
            who=(Role.STATE,),
            answers="registration",
            usual={"outcome": "confirmed"},
            fields=(
                Field("registration", "The registration."),
                Field("authority", "Authority that examined it."),
                Field("outcome", "What it found."),
                Field("reason", "What is missing, or why it was refused."),
                Field("date", "Day of the decision.", required=True),
            ),
        ),
        law_form(
            "transparency",
            "Publish a law on transparency",
            "A law or a bill that makes such companies register in public.",
        ),
    ),
    states=(
        State("withdrawn", "withdrawn", "Registration", when=(_GONE,), closed=True),
        State("replaced", "replaced by an amendment", "Registration", when=(_REPLACED,), closed=True),
        State("refused", "refused by the State", "Registration", when=(_said("refused"),), closed=True),
        State("confirmed", "countersigned", "Registration", when=(_said("confirmed"),)),
        State("incomplete", "incomplete, the State says", "Registration", when=(_said("incomplete"),)),
        State(
            "replied",
            "answered by an office of the home State, competence not shown yet",
            "Registration",
            when=(_REPLY,),
        ),
        State(
            "declared",
            "all parts published, not countersigned",
            "Registration",
            when=(Ruled("registered-parts", ("shown",)),),
        ),
        State("partial", "parts missing", "Registration"),
        State("done", "decided", "Countersignature", closed=True),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="countersignature",
            label="Answer of the State to the registration",
            type="Registration",
            starts=("startDate", "date"),
            days=60,
            owed_by=("rule",),
            runs_when=(Lacks("status", ("withdrawn",)),),
            stops_when=(_ANSWERED,),
            ends_as={"ended": (_REPLACED,)},
            replied=(_REPLY,),
        ),
    ),
    effects=(
        Effect(
            ("L21-d-1",),
            "Blocks unless the company is registered with all parts public; each part that is missing is named.",
        ),
        Effect(("L21-d-2",), "A State without a public registry has a duty that stays open."),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No enforced law of this State on transparency of such companies, with a public registry, is on file.",
            needs=(
                law_need(
                    "transparency", "law", "A law in force on transparency of such companies", ("covers-companies",)
                ),
                law_need("transparency", "registry", "A public registry", ("public-registry",)),
                enforced_need("transparency"),
            ),
        ),
        Gap(
            about=About.COMPANY,
            says="No registration of it with all parts in public is on file.",
            needs=(
                Need(
                    name="registered",
                    label="It registered itself",
                    type="Registration",
                    of=("company",),
                    own=True,
                    when=(Has("status", ("submitted", "amended")), _CURRENT),
                    against=(AllOf((_GONE, _CURRENT)),),
                ),
                *(
                    Need(
                        name=part,
                        label=f"Published in full, or declared to be none: {part.replace('-', ' ')}",
                        type="Registration",
                        of=("company",),
                        own=True,
                        when=(
                            AnyOf((Has("declares", (part,)), Has("declaresNone", (part,)))),
                            Lacks("status", ("withdrawn",)),
                            _CURRENT,
                        ),
                        against=(AllOf((_GONE, _CURRENT)),),
                        fact=f"registered-{part}",
                    )
                    for part in _PARTS
                ),
                Need(
                    name="countersigned",
                    label="The State countersigned it",
                    type="Registration",
                    of=("company",),
                    when=(_said("confirmed"), _CURRENT),
                    fact="vendor.registered",
                    against=(AllOf((_said("incomplete"), _CURRENT)),),
                ),
            ),
        ),
    ),
    lists=("Registration", "Countersignature", "ClientRejection", "Supply", "SurveillanceProduct"),
)
