"""To the exporting States: revoke all licences of the group, investigate, and say in public what was found."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AllOf, Has, Is, Linked, Reached, Ruled
from sousveil.decisions.procedures.model import (
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

_OF_GROUP = Ruled("of-nso", ("yes",))
_ISSUED = Is("status", ("issued",), on=("issuedOn",))
"""A draft revokes nothing, whatever day of issue it bears."""
_STATED = Linked("PublicStatement", "investigation", (Has("results"),), on=("statedOn", "publishedAt"))

PROCEDURE = Procedure(
    name="nso-exporting-states",
    letter="NSO",
    title="Exporting States",
    order=13,
    asks="States from which NSO Group exports, Israel, Bulgaria and Cyprus among them, revoke at once all marketing and export licences of "
    "the group and its entities, investigate how far the unlawful targeting went, and end with a public statement.",
    reason="Whoever licensed the harm can end it with one order, and owes those concerned the truth.",
    take_part="An authority publishes its order with the licences it revokes, the inquiry with its milestones, and the statement with "
    "results and what is done against further harm. Nothing in the letter revives a licence once it is revoked.",
    forms=(
        Form(
            name="order",
            type="RevocationOrder",
            title="Publish an order to revoke licences",
            what="An order, or its draft, for all licences of a group. A draft revokes nothing.",
            who=(Role.STATE,),
            fields=(
                Field("title", "What the order is called.", required=True),
                Field("authority", "Authority that gives it."),
                Field("company", "Company or group whose licences it revokes."),
                Field("licence", "Each licence that it revokes."),
                Field("status", "A draft, issued, or refused."),
                Field("publishedAt", "Day of the draft. The clock starts here.", required=True),
                Field("issuedOn", "Day on which it was issued."),
                Field("dueOn", "Day by which it is due, if one was set."),
                Field("reason", "Reasons."),
            ),
        ),
        Form(
            name="investigation",
            type="Investigation",
            title="Publish the inquiry of an exporting State",
            what="The inquiry into the extent of unlawful targeting. It ends with a public statement.",
            who=(Role.STATE, Role.BODY),
            fixed={"investigationKind": "independent"},
            fields=(
                Field("name", "What it is called.", required=True),
                Field("body", "Who leads it.", required=True),
                Field("about", "Company, product or licence that it looks into.", required=True),
                Field("mandate", "Who ordered it, and with which task."),
                Field("quality", "Choose only what is shown."),
                Field("status", "Where it stands.", required=True),
                Field("startDate", "Day on which it began. The clock of the statement starts here.", required=True),
                Field("dueOn", "Day on which results are due."),
                Field("endDate", "Day on which it ended."),
                Field("findings", "What was found."),
            ),
        ),
        Form(
            name="statement",
            type="PublicStatement",
            title="Publish the public statement",
            what="What the inquiry found, and what is done against further harm.",
            who=(Role.STATE, Role.BODY),
            fields=(
                Field("title", "What it is called.", required=True),
                Field("body", "Who makes it."),
                Field("investigation", "The inquiry that it ends.", required=True),
                Field("results", "What was found.", required=True),
                Field("prevention", "What is done so that it does not happen again.", required=True),
                Field("statedOn", "Day of the statement.", required=True),
            ),
        ),
    ),
    states=(
        State("issued", "issued", "RevocationOrder", when=(_ISSUED,), closed=True),
        State("refused", "refused", "RevocationOrder", when=(Is("status", ("refused",)),), closed=True),
        State("draft", "draft", "RevocationOrder"),
        State(
            "stated",
            "ended with a public statement",
            "Investigation",
            when=(_STATED,),
            closed=True,
        ),
        State("open", "no public statement", "Investigation"),
        State("made", "made", "PublicStatement", closed=True),
    ),
    clocks=(
        Clock(
            name="revocation",
            label="Revocation of all licences of the group",
            type="RevocationOrder",
            starts=("publishedAt",),
            days=14,
            due=("dueOn",),
            owed_by=("authority",),
            stops_when=(_ISSUED,),
        ),
        Clock(
            name="statement",
            label="Public statement on the investigation",
            type="Investigation",
            starts=("startDate",),
            days=365,
            due=("dueOn",),
            owed_by=("body",),
            stops_when=(_STATED,),
        ),
    ),
    effects=(
        Effect(
            ("L21-NSO-1",), "Licences of the group from an exporting State are to be revoked now; nothing lifts that."
        ),
        Effect(("L21-NSO-2",), "No new licence for the group."),
        Effect(("L21-NSO-3",), "The inquiry that ends in a public statement is a duty; it revives no licence."),
        Effect(("L21-NSO-4",), "A company whose tie to the group is unproven leaves the answer to a reviewer."),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            hosting="state.hosts_group_nso",
            says="No order that revokes the group's licences, and no public statement on an inquiry, is on file for this State.",
            needs=(
                Need(
                    name="order",
                    label="An order that revokes the group's licences",
                    type="RevocationOrder",
                    of=("authority",),
                    fact="nso-orders",
                    when=(_OF_GROUP, _ISSUED),
                    against=(AllOf((_OF_GROUP, Has("status", ("refused",)))),),
                ),
                Need(
                    name="inquiry",
                    label="An inquiry that is independent, impartial and transparent",
                    type="Investigation",
                    of=("body",),
                    fact="nso-inquiry",
                    when=(_OF_GROUP, Has("quality", ("independent", "impartial", "transparent"), every=True)),
                    against=(AllOf((_OF_GROUP, Has("status", ("refused",)))),),
                ),
                Need(
                    name="statement",
                    label="A public statement on results and prevention",
                    type="PublicStatement",
                    of=("body",),
                    fact="state.inquiry_into_group_nso",
                    when=(_OF_GROUP, Has("results"), Has("prevention"), Reached("statedOn")),
                ),
            ),
        ),
    ),
    lists=("RevocationOrder", "Investigation", "PublicStatement"),
)
