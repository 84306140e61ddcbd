"""Requests for information."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="InformationRequest",
    label="Information request",
    plural="Information requests",
    what="Somebody asked a public body or company for information: when, what for, and what came of it.",
    extends="Event",
    properties=(
        Property("body", "Body that was asked", "entity", range=("LegalEntity",), ftm="organizer", required=True),
        Property("requester", "Asked by", "entity", range=("LegalEntity",), ftm="involved"),
        Property("about", "About", "entity", range=("Thing", "Interval")),
        Property("question", "Question", "text", multilingual=True),
        Property("askedOn", "Asked on", "date", many=False),
        Property("dueOn", "Answer due on", "date", many=False),
        Property("answeredOn", "Answered on", "date", many=False),
        Property(
            "status",
            "Status",
            "code",
            codes={
                "asked": "asked",
                "overdue": "overdue",
                "answered": "answered",
                "partly-answered": "answered in part",
                "refused": "refused",
                "appealed": "appealed",
                "withdrawn": "withdrawn",
            },
        ),
        Property("answer", "Answer", "text", multilingual=True),
        Property("answerDocument", "Document of the answer", "entity", range=("Document",)),
        Property("legalGround", "Ground of a refusal", "text", multilingual=True),
        Property("refusedOn", "Refused on", "date", many=False),
        Property("appealedOn", "Appealed on", "date", many=False),
        Property("appealBody", "Appeal before", "entity", range=("LegalEntity",)),
        Property("appealDueOn", "Ruling due on", "date", many=False),
        Property(
            "ruling",
            "Ruling on the appeal",
            "code",
            codes={"answer": "an answer is ordered", "refusal": "the refusal stands"},
            many=False,
        ),
        Property("ruledOn", "Ruled on", "date", many=False),
        Property("complyBy", "Answer ordered by", "date", many=False),
    ),
    caption=("name", "summary", "question"),
    told_by=(("body",), ("country",)),
    ftm="Event",
)
