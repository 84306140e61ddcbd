"""To the exporting States: revoke all licences of the group, investigate, and say in public what was found."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import Has, Is, Linked, Reached, Ruled
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

_OF_GROUP = Ruled("of-nso", "yes")
_ISSUED = Is("status", "issued", on=("issuedOn",))
"""A draft revokes nothing, whatever day of issue it bears."""
_STATED = Linked("PublicStatement", "investigation", Has("results"), on=("statedOn", "publishedAt"))

PROCEDURE = Procedure(
    name="nso-exporting-states",
    letter="NSO",
    title="Exporting States",
    asks="States from which NSO Group exports, Israel, Bulgaria and Cyprus among them, revoke at once all marketing "
    "and export licences of the group and its entities, investigate how far the unlawful targeting went, and end with "
    "a public statement.",
    reason="A State that licensed the harm can end it with one order, and owes those concerned the truth.",
    forms=(
        Form("order", "Publish an order to revoke licences", "RevocationOrder",
             "An order, or its draft, for all licences of a group. A draft revokes nothing.", (Role.STATE,),
             properties="title! authority company licence status publishedAt! issuedOn dueOn reason"),
        Form("investigation", "Publish the inquiry of an exporting State", "Investigation",
             "The inquiry into the extent of unlawful targeting. It ends with a public statement.",
             (Role.STATE, Role.BODY),
             properties="name! body! about! mandate quality status! startDate! dueOn endDate findings",
             help={"quality": "Choose only what is shown."}, fixed={"investigationKind": "independent"}),
        Form("statement", "Publish the public statement", "PublicStatement",
             "What the inquiry found, and what is done against further harm.", (Role.STATE, Role.BODY),
             properties="title! body investigation! results! prevention! statedOn!"),
    ),
    states={
        "RevocationOrder": (
            State("issued", "issued", _ISSUED, closed=True),
            State("refused", "refused", Is("status", "refused"), closed=True),
            State("draft", "draft"),
        ),
        "Investigation": (
            State("stated", "ended with a public statement", _STATED, closed=True),
            State("open", "no public statement"),
        ),
    },
    clocks=(
        Clock("revocation", "Revocation of all licences of the group", "RevocationOrder", starts=("publishedAt",),
              days=14, due=("dueOn",), owed_by=("authority",), stops_when=_ISSUED),
        Clock("statement", "Public statement on the investigation", "Investigation", starts=("startDate",), days=365,
              due=("dueOn",), owed_by=("body",), stops_when=_STATED),
    ),
    gaps=(
        Gap(About.STATE,
            "No order that revokes the group's licences, and no public statement on an inquiry, is on file for this "
            "State.",
            (
                Need("order", "An order that revokes the group's licences", _OF_GROUP & _ISSUED,
                     _OF_GROUP & Has("status", "refused"), type="RevocationOrder", of=("authority",),
                     fact="nso-orders"),
                Need("inquiry", "An inquiry that is independent, impartial and transparent",
                     _OF_GROUP & Has("quality", "independent", "impartial", "transparent", every=True),
                     _OF_GROUP & Has("status", "refused"), type="Investigation", of=("body",), fact="nso-inquiry"),
                Need("statement", "A public statement on results and prevention",
                     _OF_GROUP & Has("results") & Has("prevention") & Reached("statedOn"), type="PublicStatement",
                     of=("body",), fact="state.inquiry_into_group_nso"),
            ), hosting="state.hosts_group_nso"),
    ),
)  # fmt: skip
