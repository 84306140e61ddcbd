"""(b) Investigations of targeted surveillance, and the review and withdrawal of licences."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import (
    AnyOf,
    Became,
    Has,
    HasAll,
    Linked,
    Past,
    Reached,
    Ruled,
)
from sousveil.decisions.procedures.model import (
    About,
    Clock,
    Combine,
    Effect,
    Field,
    Form,
    Gap,
    Need,
    Procedure,
    Role,
    State,
)

_CLOSED = Became("status", ("closed", "decided"), on=("endDate",))
_DONE = AnyOf((_CLOSED, Reached("endDate")))
_QUALITY = ("immediate", "independent", "transparent", "impartial")

PROCEDURE = Procedure(
    name="b-investigations",
    letter="b",
    title="Investigations and licences",
    order=2,
    asks="Every State investigates targeted surveillance at once, independently, openly and without bias, examines the licences that it "
    "gave, and takes back those that put human rights at risk.",
    reason="Without an inquiry nobody learns who was watched and who let it happen, and a licence that does harm goes on doing it.",
    take_part="A State publishes its inquiry with mandate, body and scope, later its findings; each licence and each thing that happened "
    "to it; and, for a licence that touches an incident, a signed decision with reasons. Others publish what they know from documents.",
    forms=(
        Form(
            name="investigation",
            type="Investigation",
            title="Publish an investigation",
            what="An inquiry, from its announcement to its findings. Publish it early; add status and findings later.",
            who=(Role.STATE, Role.BODY, Role.ORGANIZATION),
            fields=(
                Field(property="name", help="What it is called.", required=True),
                Field(property="body", help="Who leads it.", required=True),
                Field(property="about", help="Incident, licence, product or body that it looks into."),
                Field(property="investigationKind", help="What kind of inquiry it is."),
                Field(property="mandate", help="Who ordered it, and with which task."),
                Field(property="scope", help="What it may look at, and what not."),
                Field(
                    property="independence",
                    help="From whom those who investigate are independent, and how that is secured.",
                ),
                Field(property="quality", help="Tick only what is shown: the letter asks for all four."),
                Field(property="status", help="Where it stands.", required=True),
                Field(property="startDate", help="Day on which it began. The clock starts here.", required=True),
                Field(property="dueOn", help="Day on which results are due, if one was set."),
                Field(property="endDate", help="Day on which it ended."),
                Field(property="findings", help="What was found."),
                Field(property="outcome", help="What followed from it."),
            ),
        ),
        Form(
            name="licence",
            type="ExportLicence",
            title="Publish a licence",
            what="One licence for marketing or export. What is not published goes into “withheld”, with its ground.",
            who=(Role.STATE, Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field(property="name", help="What it is called.", required=True),
                Field(property="licensee", help="Who may market or export.", required=True),
                Field(property="issuer", help="Authority that gave it.", required=True),
                Field(property="product", help="What it is for."),
                Field(property="licenceKind", help="Marketing, export or another kind."),
                Field(
                    property="destination",
                    help="Country to which it goes: its name in English, or its two-letter code.",
                ),
                Field(
                    property="goodsIn",
                    help="Where the goods lie, if in another State: its name in English, or its two-letter code.",
                ),
                Field(property="endUser", help="Who is to use it."),
                Field(property="licenceNumber", help="Number of the authority."),
                Field(property="status", help="Where it stands.", required=True),
                Field(property="issueDate", help="Day on which it was given."),
                Field(property="expiryDate", help="Last day."),
                Field(property="withheld", help="What is not published, on which ground, until when."),
            ),
        ),
        Form(
            name="licence-event",
            type="LicenceEvent",
            title="Publish what happened to a licence",
            what="Granted, renewed, suspended, refused, revoked: each is a record of its own with its day.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field(property="licence", help="The licence."),
                Field(property="event", help="What happened."),
                Field(property="date", help="On which day.", required=True),
                Field(
                    property="expiryDate",
                    help="New last day, where it was granted, renewed or put in force again. Without it nobody knows until when it holds.",
                ),
                Field(property="authority", help="Authority that did it."),
                Field(property="reason", help="The reason that was given."),
                Field(property="legalGround", help="Article on which it rests."),
            ),
        ),
        Form(
            name="official-notice",
            type="OfficialNotice",
            title="Publish a word of an authority",
            what="What export laws make count: an exporter was told of a risk, another State was asked or objected, a use was certified, "
            "an exporter registered, a yearly report made public.",
            who=(Role.STATE, Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field(property="name", help="What it is called."),
                Field(property="authority", help="Authority that says it."),
                Field(property="noticeKind", help="What it says."),
                Field(property="outcome", help="What came of it, where it was asked for."),
                Field(property="recipient", help="To whom."),
                Field(property="product", help="About which product."),
                Field(property="destination", help="For which country: its name in English, or its two-letter code."),
                Field(property="endUser", help="For which end user."),
                Field(property="date", help="Day of it.", required=True),
                Field(property="expiresOn", help="Last day on which it holds."),
            ),
        ),
        Form(
            name="review",
            type="LicenceReview",
            title="Decide on a licence that touches an incident",
            what="The signed decision that closes an item of the review queue. Without reasons it is refused.",
            who=(Role.STATE,),
            fields=(
                Field(property="licence", help="The licence."),
                Field(property="incident", help="The incident because of which it was examined."),
                Field(property="authority", help="Authority that decides."),
                Field(
                    property="outcome",
                    help="It ends a licence that is revoked or suspended. One that is maintained is counted on the State's page.",
                ),
                Field(property="date", help="Day of the decision.", required=True),
                Field(property="reason", help="Why: what was examined, and what follows."),
                Field(property="legalGround", help="Article on which it rests."),
            ),
        ),
    ),
    states=(
        State(name="refused", label="refused", type="Investigation", when=(Has("status", ("refused",)),), closed=True),
        State(name="closed", label="closed", type="Investigation", when=(_DONE,), closed=True),
        State(name="suspended", label="suspended", type="Investigation", when=(Has("status", ("suspended",)),)),
        State(name="open", label="under way", type="Investigation"),
        State(
            name="revoked", label="revoked", type="ExportLicence", when=(Ruled("licence", ("revoked",)),), closed=True
        ),
        State(
            name="over",
            label="over",
            type="ExportLicence",
            when=(Ruled("licence", ("refused", "withdrawn", "surrendered", "expired")),),
            closed=True,
        ),
        State(name="suspended", label="suspended", type="ExportLicence", when=(Ruled("licence", ("suspended",)),)),
        State(name="live", label="live", type="ExportLicence"),
        State(name="decided", label="decided", type="LicenceReview", closed=True),
        State(name="happened", label="happened", type="LicenceEvent", closed=True),
        State(
            name="over",
            label="does not hold any more",
            type="OfficialNotice",
            when=(AnyOf((Has("outcome", ("refused", "withdrawn")), Past("expiresOn"))),),
            closed=True,
        ),
        State(name="said", label="said", type="OfficialNotice"),
    ),
    clocks=(
        Clock(
            name="results",
            label="Results of the investigation",
            type="Investigation",
            starts=("startDate", "date"),
            days=180,
            due=("dueOn",),
            source="The day that the inquiry set; else 180 days, a number of ours.",
            owed_by=("body",),
            acts=("body",),
            stops_on=("endDate",),
            stops_when=(
                _CLOSED,
                Linked("PublicStatement", "investigation", (Has("results"),), on=("statedOn", "publishedAt")),
            ),
        ),
    ),
    effects=(
        Effect(
            rules=("L21-b-1",),
            says="While a case is not investigated, an answer for that State names the duty as open.",
        ),
        Effect(
            rules=("L21-b-2",),
            says="A licence that puts rights at risk is to be revoked; the revocation ends the block of that licence.",
        ),
        Effect(
            rules=("L21-b-3",), says="A new licence stays blocked until earlier ones for such tools have been examined."
        ),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No investigation that is immediate, independent, transparent and impartial, and no withdrawal of licences, is on file.",
            needs=(
                Need(
                    name="investigation",
                    label="An investigation that is immediate, independent, transparent and impartial",
                    type="Investigation",
                    of=("body",),
                    when=(HasAll("quality", _QUALITY),),
                    against=(Has("status", ("refused",)),),
                    free=True,
                ),
                Need(
                    name="findings",
                    label="Its findings are published",
                    type="Investigation",
                    of=("body",),
                    acts=("body",),
                    when=(AnyOf((Has("findings"), Linked("PublicStatement", "investigation", (Has("results"),)))),),
                    free=True,
                ),
                Need(
                    name="revoked",
                    label="At least one licence was revoked",
                    type="ExportLicence",
                    of=("issuer",),
                    when=(Ruled("licence", ("revoked",)),),
                    combine=Combine.ANY_YES,
                ),
                Need(
                    name="reviewed",
                    label="No licence is kept despite an incident",
                    type="LicenceReview",
                    of=("authority",),
                    own=True,
                    when=(Has("outcome", ("revoked", "suspended")),),
                    against=(Has("outcome", ("maintained",)),),
                    combine=Combine.ANY_NO,
                    each="licence",
                ),
            ),
        ),
    ),
    lists=("Investigation", "ExportLicence", "LicenceReview", "LicenceEvent", "OfficialNotice"),
    beside=(
        ("licences/review", "Review queue: licences that touch an incident"),
        ("investigations", "All investigations with their milestones"),
    ),
)
