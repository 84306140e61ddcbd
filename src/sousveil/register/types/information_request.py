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
        Property(
            "body",
            "Body that was asked",
            "entity",
            what="The clock runs where it is a public body, and counts for its State; else it does not.",
            range=("LegalEntity",),
            ftm="organizer",
            required=True,
        ),
        Property(
            "requester",
            "Asked by",
            "entity",
            what="As long as neither a day nor a text of the answer is on file, only its word counts that there was one.",
            range=("LegalEntity",),
            ftm="involved",
        ),
        Property(
            "about",
            "About",
            "entity",
            what="Contract, product or company that it is about.",
            range=("Thing", "Interval"),
        ),
        Property("question", "Question", "text", multilingual=True),
        Property("askedOn", "Asked on", "date", many=False),
        Property(
            "dueOn", "Answer due on", "date", what="Day on which the law of that State wants an answer.", many=False
        ),
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
        Property(
            "appealBody",
            "Appeal before",
            "entity",
            what="Court or commissioner that rules on the appeal.",
            range=("LegalEntity",),
        ),
        Property("appealDueOn", "Ruling due on", "date", what="Day by which the law wants a ruling.", many=False),
        Property(
            "ruling",
            "Ruling on the appeal",
            "code",
            codes={"answer": "an answer is ordered", "refusal": "the refusal stands"},
            many=False,
        ),
        Property("ruledOn", "Ruled on", "date", many=False),
        Property("complyBy", "Answer ordered by", "date", what="Day by which the ruling wants an answer.", many=False),
    ),
    caption=("name", "summary", "question"),
    told_by=(("body",), ("country",)),
    ftm="Event",
)
