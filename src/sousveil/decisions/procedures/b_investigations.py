"""(b) Investigations of targeted surveillance, and the review and withdrawal of licences."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AnyOf, Has, Is, Linked, Past, Reached, Ruled
from sousveil.decisions.procedures.model import About, Clock, Effect, Field, Form, Gap, Need, Procedure, Role, State

_CLOSED = Is("status", ("closed", "decided"), on=("endDate",))
_DONE = AnyOf((_CLOSED, Reached("endDate")))
_QUALITY = ("immediate", "independent", "transparent", "impartial")


def _case(name: str, label: str, *says: str, closed: bool = False) -> State:
    """A state of an incident, by the rule's test of its investigation."""
    return State(name, label, "AbuseIncident", when=(Ruled("case", says),) if says else (), closed=closed)


def _licence(name: str, label: str, *says: str, closed: bool = False) -> State:
    """A state of a licence, by the rule's test."""
    return State(name, label, "ExportLicence", when=(Ruled("licence", says),) if says else (), closed=closed)


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
                Field("name", "What it is called.", required=True),
                Field("body", "Who leads it.", required=True),
                Field("about", "Incident, licence, product or body that it looks into."),
                Field("investigationKind", "What kind of inquiry it is."),
                Field("mandate", "Who ordered it, and with which task."),
                Field("scope", "What it may look at, and what not."),
                Field("independence", "From whom those who investigate are independent, and how that is secured."),
                Field("quality", "Tick only what is shown: the letter asks for all four."),
                Field("status", "Where it stands.", required=True),
                Field("startDate", "Day on which it began. The clock starts here.", required=True),
                Field("dueOn", "Day on which results are due, if one was set."),
                Field("endDate", "Day on which it ended."),
                Field("findings", "What was found."),
                Field("outcome", "What followed from it."),
            ),
        ),
        Form(
            name="licence",
            type="ExportLicence",
            title="Publish a licence",
            what="One licence for marketing or export. What is not published goes into “withheld”, with its ground.",
            who=(Role.STATE, Role.COMPANY, Role.ORGANIZATION),
            fields=(
                Field("name", "What it is called.", required=True),
                Field("licensee", "Who may market or export.", required=True),
                Field("issuer", "Authority that gave it.", required=True),
                Field("product", "What it is for."),
                Field("licenceKind", "Marketing, export or another kind."),
                Field("destination", "Country to which it goes: its name in English, or its two-letter code."),
                Field("goodsIn", "Where the goods lie, if in another State: its English name or its two-letter code."),
                Field("endUser", "Who is to use it."),
                Field("licenceNumber", "Number of the authority."),
                Field("status", "Where it stands.", required=True),
                Field("issueDate", "Day on which it was given."),
                Field("expiryDate", "Last day."),
                Field("withheld", "What is not published, on which ground, until when."),
            ),
        ),
        Form(
            name="licence-event",
            type="LicenceEvent",
            title="Publish what happened to a licence",
            what="Granted, renewed, suspended, refused, revoked: each is a record of its own with its day.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("licence", "The licence."),
                Field("event", "What happened."),
                Field("date", "On which day.", required=True),
                Field("expiryDate", "New last day of a licence that was granted, renewed or put in force again."),
                Field("authority", "Authority that did it."),
                Field("reason", "The reason that was given."),
                Field("legalGround", "Article on which it rests."),
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
                Field("name", "What it is called."),
                Field("authority", "Authority that says it."),
                Field("noticeKind", "What it says."),
                Field("outcome", "What came of it, where it was asked for."),
                Field("recipient", "To whom."),
                Field("product", "About which product."),
                Field("destination", "For which country: its name in English, or its two-letter code."),
                Field("endUser", "For which end user."),
                Field("date", "Day on which the authority said it.", required=True),
                Field("expiresOn", "Last day on which it holds."),
            ),
        ),
        Form(
            name="review",
            type="LicenceReview",
            title="Decide on a licence that touches an incident",
            what="The signed decision that closes an item of the review queue. Without reasons it is refused.",
            who=(Role.STATE,),
            fields=(
                Field("licence", "The licence."),
                Field("incident", "The incident because of which it was examined."),
                Field("authority", "Authority that decides."),
                Field("outcome", "What was decided. The State's page counts licences that are maintained."),
                Field("date", "Day of the decision.", required=True),
                Field("reason", "Why: what was examined, and what follows."),
                Field("legalGround", "Article on which it rests."),
            ),
        ),
    ),
    states=(
        State("refused", "refused", "Investigation", when=(Has("status", ("refused",)),), closed=True),
        State("closed", "closed", "Investigation", when=(_DONE,), closed=True),
        State("suspended", "suspended", "Investigation", when=(Has("status", ("suspended",)),)),
        State("open", "under way", "Investigation"),
        _case("investigated", "investigated as the letter asks", "investigated", closed=True),
        _case("opened", "investigation opened", "opened"),
        _case(
            "inquiry",
            "an investigation is recorded, not shown to be immediate, independent, transparent and impartial",
            "inquiry",
        ),
        _case("uninvestigated", "no investigation recorded", "open"),
        _case("alleged", "reported by allegation only, or withdrawn"),
        _licence("revoked", "revoked", "revoked", closed=True),
        _licence("over", "over", "refused", "withdrawn", "surrendered", "expired", closed=True),
        _licence("suspended", "suspended", "suspended"),
        _licence("live", "live"),
        State("decided", "decided", "LicenceReview", closed=True),
        State("happened", "happened", "LicenceEvent", closed=True),
        State(
            "over",
            "does not hold any more",
            "OfficialNotice",
            when=(AnyOf((Has("outcome", ("refused", "withdrawn")), Past("expiresOn"))),),
            closed=True,
        ),
        State("said", "said", "OfficialNotice"),
    ),
    clocks=(
        Clock(
            name="investigation",
            label="Immediate, independent, transparent and impartial investigation of the incident",
            type="AbuseIncident",
            starts=("date", "startDate"),
            days=0,
            owed_by=("country.state", "targetCountry.state", "client.state", "vendor.state"),
            runs_when=(Ruled("case", ("open", "inquiry", "opened", "investigated")),),
            stops_when=(Ruled("case", ("investigated",)),),
        ),
        Clock(
            name="results",
            label="Results of the investigation",
            type="Investigation",
            starts=("startDate", "date"),
            days=180,
            due=("dueOn",),
            owed_by=("body",),
            stops_when=(
                _DONE,
                Linked("PublicStatement", "investigation", (Has("results"),), on=("statedOn", "publishedAt")),
            ),
        ),
    ),
    effects=(
        Effect(("L21-b-1",), "While a case is not investigated, an answer for that State names the duty as open."),
        Effect(
            ("L21-b-2",),
            "A licence that puts rights at risk is to be revoked; the revocation ends the block of that licence.",
        ),
        Effect(("L21-b-3",), "A new licence stays blocked until earlier ones for such tools have been examined."),
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
                    when=(Has("quality", _QUALITY, every=True),),
                    against=(Has("status", ("refused",)),),
                ),
                Need(
                    name="findings",
                    label="Its findings are published",
                    type="Investigation",
                    of=("body",),
                    when=(AnyOf((Has("findings"), Linked("PublicStatement", "investigation", (Has("results"),)))),),
                ),
                Need(
                    name="revoked",
                    label="At least one licence was revoked",
                    type="ExportLicence",
                    of=("issuer",),
                    when=(Ruled("licence", ("revoked",)),),
                ),
                Need(
                    name="reviewed",
                    label="No licence is kept despite an incident",
                    type="LicenceReview",
                    of=("authority",),
                    own=True,
                    when=(Has("outcome", ("revoked", "suspended")),),
                    against=(Has("outcome", ("maintained",)),),
                    per="licence",
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
