"""To the exporting States: revoke all licences of the group, investigate, and say in public what was found."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import Alone, Became, Has, HasAll, Linked, Reached, Torn
from sousveil.decisions.procedures.model import (
    TWO_AT_ONCE,
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

_ISSUED = Became("status", ("issued",), on=("issuedOn",))
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
                Field(property="title", help="What the order is called.", required=True),
                Field(property="authority", help="Authority that gives it."),
                Field(property="company", help="Company or group whose licences it revokes."),
                Field(property="licence", help="Each licence that it revokes."),
                Field(property="status", help="A draft, issued, or refused."),
                Field(property="publishedAt", help="Day of the draft. The clock starts here.", required=True),
                Field(property="issuedOn", help="Day on which it was issued."),
                Field(property="dueOn", help="Day by which it is due, if one was set."),
                Field(property="reason", help="Reasons."),
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
                Field(property="name", help="What it is called.", required=True),
                Field(property="body", help="Who leads it.", required=True),
                Field(property="about", help="Company, product or licence that it looks into.", required=True),
                Field(property="mandate", help="Who ordered it, and with which task."),
                Field(property="quality", help="Choose only what is shown."),
                Field(property="status", help="Where it stands.", required=True),
                Field(
                    property="startDate",
                    help="Day on which it began. The clock of the statement starts here.",
                    required=True,
                ),
                Field(property="dueOn", help="Day on which results are due."),
                Field(property="endDate", help="Day on which it ended."),
                Field(property="findings", help="What was found."),
            ),
        ),
        Form(
            name="statement",
            type="PublicStatement",
            title="Publish the public statement",
            what="What the inquiry found, and what is done against further harm.",
            who=(Role.STATE, Role.BODY),
            fields=(
                Field(property="title", help="What it is called.", required=True),
                Field(property="body", help="Who makes it."),
                Field(property="investigation", help="The inquiry that it ends.", required=True),
                Field(property="results", help="What was found.", required=True),
                Field(property="prevention", help="What is done so that it does not happen again.", required=True),
                Field(property="statedOn", help="Day of the statement.", required=True),
            ),
        ),
    ),
    states=(
        State(name="issued", label="issued", type="RevocationOrder", when=(_ISSUED,), closed=True),
        State(
            name="refused", label="refused", type="RevocationOrder", when=(Alone("status", ("refused",)),), closed=True
        ),
        State(name="unclear", label=TWO_AT_ONCE, type="RevocationOrder", when=(Torn("status"),)),
        State(name="draft", label="draft", type="RevocationOrder"),
        State(
            name="stated",
            label="ended with a public statement",
            type="Investigation",
            when=(_STATED,),
            acts=("body",),
            party=("about",),
            closed=True,
        ),
        State(name="open", label="no public statement", type="Investigation"),
        State(name="made", label="made", type="PublicStatement", closed=True),
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
            acts=("body",),
            party=("about",),
            stops_when=(_STATED,),
        ),
    ),
    effects=(
        Effect(
            rules=("L21-NSO-1",),
            says="Licences of the group from an exporting State are to be revoked now; nothing lifts that.",
        ),
        Effect(rules=("L21-NSO-2",), says="No new licence for the group."),
        Effect(
            rules=("L21-NSO-3",), says="The inquiry that ends in a public statement is a duty; it revives no licence."
        ),
        Effect(
            rules=("L21-NSO-4",), says="A company whose tie to the group is unproven leaves the answer to a reviewer."
        ),
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
                    own=True,
                    group="nso",
                    proven="nso-orders",
                    when=(_ISSUED,),
                    against=(Has("status", ("refused",)),),
                ),
                Need(
                    name="inquiry",
                    label="An inquiry that is independent, impartial and transparent",
                    type="Investigation",
                    of=("body",),
                    group="nso",
                    proven="nso-inquiry",
                    when=(HasAll("quality", ("independent", "impartial", "transparent")),),
                    against=(Has("status", ("refused",)),),
                ),
                Need(
                    name="statement",
                    label="A public statement on results and prevention",
                    type="PublicStatement",
                    of=("body",),
                    group="nso",
                    proven="state.inquiry_into_group_nso",
                    when=(Has("results"), Has("prevention"), Reached("statedOn")),
                ),
            ),
        ),
    ),
    lists=("RevocationOrder", "Investigation", "PublicStatement"),
)
