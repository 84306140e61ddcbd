"""The releases of one contracting process made into one: what is now known of it (OCDS 1.1, "merging").

Releases are applied in the order of their dates. Objects merge member by member; lists of objects that all bear an `id`
merge by it; other lists, and the fields that the schema marks `wholeListMerge`, are replaced whole; null removes a member.
`id`, `date` and `tag` are those of the compiled release itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_WHOLE = {"additionalIdentifiers", "additionalClassifications"}
"""Lists that are replaced as a whole though their items have an id: `wholeListMerge` in the release schema 1.1.5."""
_OMITTED = {"id", "date", "tag"}
"""Members of a release that are not merged: `omitWhenMerged` in the release schema 1.1.5."""


def compile_release(releases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The compiled release of one process. `releases` is not empty, and all have the same ocid."""
    ordered = sorted(releases, key=lambda release: str(release["date"]))
    merged: dict[str, Any] = {}
    for release in ordered:
        _merge(merged, {name: value for name, value in release.items() if name not in _OMITTED})
    last = ordered[-1]
    return {"tag": ["compiled"], "id": f"{last['ocid']}-{last['date']}", "date": last["date"], **merged}


def _merge(into: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        if value is None:
            into.pop(name, None)
        elif isinstance(value, dict):
            there = into.get(name)
            into[name] = there if isinstance(there, dict) else {}
            _merge(into[name], value)
        elif isinstance(value, list) and name not in _WHOLE and _identified(value):
            there = into.get(name)
            into[name] = _merge_list(there if isinstance(there, list) and _identified(there) else [], value)
        else:
            into[name] = value


def _identified(items: Iterable[Any]) -> bool:
    return all(isinstance(item, dict) and item.get("id") is not None for item in items)


def _merge_list(there: list[Any], new: list[Any]) -> list[Any]:
    found: dict[str, dict[str, Any]] = {}
    for item in (*there, *new):
        into = found.setdefault(str(item["id"]), {})
        _merge(into, item)
    return list(found.values())
