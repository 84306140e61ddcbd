"""(b) Investigations of targeted surveillance, and the review and withdrawal of licences."""

from __future__ import annotations

from functools import partial

from sousveil.decisions.procedures.conditions import Has, Is, Linked, Past, Reached, Ruled
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

_DONE = Is("status", "closed", "decided", on=("endDate",)) | Reached("endDate")
_QUALITY = ("immediate", "independent", "transparent", "impartial")
_inquiry = partial(Need, type="Investigation", of=("body",))

PROCEDURE = Procedure(
    name="b-investigations",
    letter="b",
    title="Investigations and licences",
    asks="Every State investigates targeted surveillance at once, independently, openly and without bias, examines the "
    "licences that it gave, and takes back those that put human rights at risk.",
    reason="Without an inquiry nobody learns who was watched and who let it happen, and a licence that does harm goes "
    "on doing it.",
    forms=(
        Form("investigation", "Publish an investigation", "Investigation",
             "An inquiry, from its announcement to its findings. Publish it early; add status and findings later.",
             (Role.STATE, Role.BODY, Role.ORGANIZATION),
             properties="name! body! about investigationKind mandate scope independence quality status! startDate! "
             "dueOn endDate findings outcome"),
        Form("licence", "Publish a licence", "ExportLicence",
             "One licence for marketing or export. What is not published goes into “withheld”, with its ground.",
             (Role.STATE, Role.COMPANY, Role.ORGANIZATION),
             properties="name! licensee! issuer! product licenceKind destination goodsIn endUser licenceNumber status! "
             "issueDate expiryDate withheld"),
        Form("licence-event", "Publish what happened to a licence", "LicenceEvent",
             "Granted, renewed, suspended, refused, revoked: each is a record of its own with its day.",
             (Role.STATE, Role.ORGANIZATION), properties="licence event date! expiryDate authority reason legalGround"),
        Form("official-notice", "Publish a word of an authority", "OfficialNotice",
             "What export laws make count: an exporter was told of a risk, another State was asked or objected, a use "
             "was certified, an exporter registered, a yearly report made public.",
             (Role.STATE, Role.COMPANY, Role.ORGANIZATION),
             properties="name authority noticeKind outcome recipient product destination endUser date! expiresOn"),
        Form("review", "Decide on a licence that touches an incident", "LicenceReview",
             "The signed decision that closes an item of the review queue. Without reasons it is refused.",
             (Role.STATE,), properties="licence incident authority outcome date! reason legalGround"),
    ),
    states={
        "Investigation": (
            State("refused", "refused", Has("status", "refused"), closed=True),
            State("closed", "closed", _DONE, closed=True),
            State("suspended", "suspended", Has("status", "suspended")),
            State("open", "under way"),
        ),
        "AbuseIncident": (
            State("investigated", "investigated as the letter asks", Ruled("case", "investigated"), closed=True),
            State("opened", "investigation opened", Ruled("case", "opened")),
            State("inquiry",
                  "an investigation is recorded, not shown to be immediate, independent, transparent and impartial",
                  Ruled("case", "inquiry")),
            State("uninvestigated", "no investigation recorded", Ruled("case", "open")),
            State("alleged", "reported by allegation only, or withdrawn"),
        ),
        "ExportLicence": (
            State("revoked", "revoked", Ruled("licence", "revoked"), closed=True),
            State("over", "over", Ruled("licence", "refused", "withdrawn", "surrendered", "expired"), closed=True),
            State("suspended", "suspended", Ruled("licence", "suspended")),
            State("live", "live"),
        ),
        "OfficialNotice": (
            State("over", "does not hold any more", Has("outcome", "refused", "withdrawn") | Past("expiresOn"),
                  closed=True),
            State("said", "said"),
        ),
    },
    clocks=(
        Clock("investigation", "Immediate, independent, transparent and impartial investigation of the incident",
              "AbuseIncident", starts=("date", "startDate"), days=0,
              owed_by=("country.state", "targetCountry.state", "client.state", "vendor.state"),
              runs_when=Ruled("case", "open", "inquiry", "opened", "investigated"),
              stops_when=Ruled("case", "investigated")),
        Clock("results", "Results of the investigation", "Investigation", starts=("startDate", "date"), days=180,
              due=("dueOn",), owed_by=("body",),
              stops_when=(_DONE
                          | Linked("PublicStatement", "investigation", Has("results"), on=("statedOn", "publishedAt")))),
    ),
    gaps=(
        Gap(About.STATE,
            "No investigation that is immediate, independent, transparent and impartial, and no withdrawal of "
            "licences, is on file.",
            (
                _inquiry("investigation", "An investigation that is immediate, independent, transparent and impartial",
                         Has("quality", *_QUALITY, every=True), Has("status", "refused")),
                _inquiry("findings", "Its findings are published",
                         Has("findings") | Linked("PublicStatement", "investigation", Has("results"))),
                Need("revoked", "At least one licence was revoked", Ruled("licence", "revoked"), type="ExportLicence",
                     of=("issuer",)),
                Need("reviewed", "No licence is kept despite an incident",
                     Has("outcome", "revoked", "suspended") & Ruled("review", "own"), Has("outcome", "maintained"),
                     type="LicenceReview", of=("authority",), own=True, per="licence"),
            )),
    ),
    pages=(
        ("licences/review", "Review queue: licences that touch an incident"),
        ("investigations", "All investigations with their milestones"),
    ),
)  # fmt: skip
