"""(d) Companies register themselves in public: who they are, what they sell, whom they refused; the State countersigns."""

from __future__ import annotations

from functools import partial

from sousveil.decisions.procedures.conditions import Has, Linked, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

_PARTS = ("identity", "intermediaries", "products", "due-diligence", "impacts", "sales", "rejections")


def _answer(*outcomes: str) -> Linked:
    """An answer of the registry of the company's home State, by the rule's own test: a city that the company names is none."""
    test = "countersigned" if outcomes == ("confirmed",) else "registry"
    return Linked("Countersignature", "registration", Has("outcome", *outcomes), on=("date", "startDate"), proven=test)


_REPLY = Ruled("registration-reply", "replied")
_GONE = Has("status", "withdrawn")
_REPLACED = Linked("Registration", "amends", on=("startDate", "date"), proven="amendment")
"""The company amended it: the amendment counts in its stead."""
_need = partial(Need, type="Registration", of=("company",))

PROCEDURE = Procedure(
    name="d-registration",
    letter="d",
    title="Registration and transparency",
    asks="A law, applied in practice, makes surveillance companies open: they register, name products and services, "
    "results of due diligence, sales, and clients that they refused. States keep this in public registries.",
    reason="Nobody can answer for what nobody knows: today most of this trade is only known from leaks.",
    forms=(
        Form("registration", "Register a company", "Registration",
             "The company declares which parts it has published in full, and publishes the records of each. A part "
             "without records is shown as missing. Only the company's own key registers it.", (Role.COMPANY,),
             properties="company authority registrationNumber declares! declaresNone status! amends startDate! summary"),
        Form("product", "Publish a product or service", "SurveillanceProduct",
             "One product or service that the company offers.", (Role.COMPANY, Role.ORGANIZATION),
             properties="name! vendor! category worksBy controlCode"),
        Form("sale", "Publish a sale", "Supply", "One sale or delivery.", (Role.COMPANY, Role.ORGANIZATION),
             properties="supplier recipient! product goods destination! clientStage startDate"),
        Form("rejection", "Publish a client that was refused", "ClientRejection",
             "A client that the company refused, or with whom it ended business, and why. The client's name may be "
             "left out.", (Role.COMPANY,),
             properties="vendor client clientCountry! clientCategory action reason! date"),
        Form("countersignature", "Countersign a registration", "Countersignature",
             "The State says that a registration is complete, incomplete, or refused, with reasons. The link on the "
             "registration's page fills this form in. The registry's identified key is enough to answer.",
             (Role.STATE,), properties="registration authority outcome reason date!", answers="registration",
             usual={"outcome": "confirmed"}),
        law_form("transparency", "Publish a law on transparency",
                 "A law or a bill that makes such companies register in public."),
    ),
    states={
        "Registration": (
            State("withdrawn", "withdrawn", _GONE, closed=True),
            State("replaced", "replaced by an amendment", _REPLACED, closed=True),
            State("refused", "refused by the State", _answer("refused"), closed=True),
            State("confirmed", "countersigned", _answer("confirmed")),
            State("incomplete", "incomplete, the State says", _answer("incomplete")),
            State("replied", "answered by an office of the home State, competence not shown yet", _REPLY),
            State("declared", "all parts published, not countersigned", Ruled("registered-parts", "shown")),
            State("partial", "parts missing"),
        ),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("countersignature", "Answer of the State to the registration", "Registration",
              starts=("startDate", "date"), days=60, owed_by=("company.home",), runs_when=~_GONE,
              stops_when=_answer("confirmed", "incomplete", "refused"), ends_as={"ended": _REPLACED}, replied=_REPLY),
    ),
    gaps=(
        Gap(About.STATE,
            "No enforced law of this State on transparency of such companies, with a public registry, is on file.",
            (
                law_need("transparency", "law", "A law in force on transparency of such companies", "covers-companies"),
                law_need("transparency", "registry", "A public registry", "public-registry"),
                enforced_need("transparency"),
            )),
        Gap(About.COMPANY, "No registration of it with all parts in public is on file.",
            (
                _need("registered", "It registered itself", Has("status", "submitted", "amended") & ~_REPLACED,
                      _GONE & ~_REPLACED, own=True),
                *(_need(part, f"Published in full, or declared to be none: {part.replace('-', ' ')}",
                        (Has("declares", part) | Has("declaresNone", part)) & ~_GONE & ~_REPLACED,
                        _GONE & ~_REPLACED, own=True, fact=f"registered-{part}") for part in _PARTS),
                _need("countersigned", "The State countersigned it", _answer("confirmed") & ~_REPLACED,
                      _answer("incomplete") & ~_REPLACED, fact="vendor.registered"),
            )),
    ),
)  # fmt: skip
