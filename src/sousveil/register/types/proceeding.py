"""Court proceedings with their steps."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Proceeding",
    label="Court proceeding",
    plural="Court proceedings",
    what="A case before a court or prosecutor, from the complaint to the last judgment. Each step has its own date. A complaint or "
    "charge is not a judgment, and a judgment that can be appealed is not final. No natural person is named.",
    extends="Event",
    properties=(
        Property("court", "Court or prosecutor", "name", multilingual=True),
        Property("claimant", "Claimant", "entity", range=("Organization",), ftm="involved", what="Organizations only."),
        Property(
            "defendant", "Defendant", "entity", range=("Organization",), ftm="involved", what="Organizations only."
        ),
        Property("caseNumber", "Case number", "identifier"),
        Property(
            "kind",
            "Kind",
            "code",
            codes={"civil": "civil", "criminal": "criminal", "administrative": "administrative"},
        ),
        Property(
            "step",
            "Step",
            "code",
            codes={
                "complaint": "complaint",
                "investigation": "investigation",
                "charge": "charge",
                "order": "order of the court",
                "judgment": "judgment",
                "appeal": "decision on an appeal",
                "settlement": "settlement",
                "withdrawn": "withdrawn",
                "dismissed": "dismissed",
                "annulled": "annulled",
            },
            what="The statement's own date says when. The newest step is where the case stands.",
        ),
        Property("outcome", "Outcome of the step", "text", multilingual=True),
        Property(
            "final",
            "Final",
            "code",
            codes={"yes": "final", "no": "not final", "unknown": "not known whether it is final"},
            required=True,
            many=False,
        ),
    ),
    told_by=(("court",), ("country",)),
    ftm="Event",
)
