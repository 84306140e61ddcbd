"""What everything that has a name shares."""

from __future__ import annotations

from sousveil.register.types.codelists import DEMANDS
from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Thing",
    label="Thing",
    plural="Things",
    what="Anything that has a name of its own. Only the types below it have records.",
    abstract=True,
    properties=(
        Property("name", "Name", "name", ftm="name", multilingual=True),
        Property("alias", "Also called", "name", ftm="alias", multilingual=True),
        Property(
            "weakAlias",
            "Sometimes called",
            "name",
            what="A name that many others bear as well, such as an abbreviation: it does not identify alone.",
            ftm="weakAlias",
            multilingual=True,
        ),
        Property("previousName", "Formerly called", "name", ftm="previousName", multilingual=True),
        Property("summary", "In short", "text", ftm="summary", multilingual=True),
        Property("description", "Description", "text", ftm="description", multilingual=True),
        Property("country", "Country", "country", ftm="country"),
        Property("sourceUrl", "Page about it", "url", ftm="sourceUrl"),
        Property("wikidataId", "Wikidata number", "identifier", ftm="wikidataId", scheme="wikidata"),
        Property("wikipediaUrl", "Wikipedia article", "url", ftm="wikipediaUrl"),
        Property("recordId", "Number in the source", "identifier", what="What the source calls this record."),
        Property("keyword", "Keyword", "name", what="A word the source files it under.", ftm="keywords"),
        Property(
            "note",
            "Note",
            "text",
            ftm="notes",
            multilingual=True,
            what="Qualifies what the record says, and is always shown beside it. Of a record with many facts it begins with the "
            "label of the property that it qualifies, as in “Founded: another report says 1992”.",
        ),
        Property(
            "demand",
            "Concerns the demand",
            "code",
            codes=DEMANDS,
            what="The letter's demand to which the act of a State belongs. It does not say that the demand is met.",
        ),
        Property("reply", "Reply", "text", what="What those concerned answer, in their own words.", multilingual=True),
        Property(
            "commentAskedOn",
            "Asked for comment on",
            "date",
            what="Day on which the publisher asked those concerned for comment, before or after it published the claim.",
        ),
    ),
    caption=("name", "alias", "previousName", "weakAlias", "summary"),
)
