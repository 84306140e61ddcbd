"""Record types: what the register can say something about. One file a type; `docs/guides/add-a-record-type.md`."""

from sousveil.register.types.checking import check, missing
from sousveil.register.types.model import Edge, Kind, Property, RecordType
from sousveil.register.types.registry import (
    all_types,
    ancestors,
    caption_of,
    end_of,
    find,
    is_a,
    properties,
    property_of,
    stage_rank,
    start_of,
    told_by,
)

__all__ = [
    "Edge",
    "Kind",
    "Property",
    "RecordType",
    "all_types",
    "ancestors",
    "caption_of",
    "check",
    "end_of",
    "find",
    "is_a",
    "missing",
    "properties",
    "property_of",
    "stage_rank",
    "start_of",
    "told_by",
]
