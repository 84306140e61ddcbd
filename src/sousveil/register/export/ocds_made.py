"""A contract that was entered statement by statement, as an OCDS 1.1 release.

Contracts that came as a package go out word for word (`ocds.py`). For the others a release is made out of what stands, firmest
first; what is only alleged stays out. The stage gives the tag, and the tag gives the stage back when the release is read
again: planned, tendered, awarded, signed, performed, ended. Who says so, how firmly, and where, stands in the member `sousveil`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.model import Recorded, Stance, Standing

PREFIX = "sousveil-"
"""Before the id of a process that has no OCID of its own. It is not a registered prefix."""
TAGS = {
    "planned": "planning",
    "tendered": "tender",
    "awarded": "award",
    "signed": "contract",
    "performed": "implementation",
    "ended": "contractTermination",
}
_STANDINGS = list(Standing)
_STATUS = frozenset({"pending", "active", "cancelled", "terminated"})


class Names:
    """What parties are called, with the statements that say so."""

    def __init__(self, said: Sequence[Recorded], datasets: set[str]) -> None:
        self._names: dict[str, Recorded] = {}
        for one in said:
            told = one.statement
            if told.property == "name" and told.dataset in datasets and _counts(one):
                known = self._names.get(told.subject)
                if known is None or _firmness(one) < _firmness(known):
                    self._names[told.subject] = one

    def of(self, id: str) -> Recorded | None:
        """The firmest name."""
        return self._names.get(id)


def _counts(one: Recorded) -> bool:
    return (
        one.statement.stance is not Stance.DENIES
        and one.retracted is None
        and one.superseded_by is None
        and not one.doubtful
        and one.statement.standing is not Standing.ALLEGED
    )


def _firmness(one: Recorded) -> tuple[int, int, str]:
    return _STANDINGS.index(one.statement.standing), one.recorded, one.id


def release(subject: str, standing: Sequence[Recorded], names: Names) -> tuple[dict[str, Any], list[str]] | None:
    """The release of a contract and the ids of the statements that it rests on; None for what is no contract."""
    found: dict[str, list[Recorded]] = {}
    for one in sorted(filter(_counts, standing), key=_firmness):
        if one.statement.type == "Contract":
            found.setdefault(one.statement.property, []).append(one)
    if not found:
        return None
    used = [one for many in found.values() for one in many]
    parties, rests = _parties(found, names)
    stage = _first(found, "stage") or ("signed" if _first(found, "contractDate") else "planned")
    ocid = _first(found, "ocid") or f"{PREFIX}{subject}"
    newest = max(used, key=lambda one: (one.recorded, one.id))
    made: dict[str, Any] = {
        "ocid": ocid,
        "id": f"{subject}-{newest.recorded}",
        "date": _date(used),
        "tag": [TAGS.get(stage, "planning")],
        "initiationType": "tender",
        "parties": parties,
    }
    buyer = next((one for one in parties if "buyer" in one["roles"]), None)
    if buyer is not None:
        made["buyer"] = {name: buyer[name] for name in ("id", "name") if name in buyer}
    made |= _stages(found, stage, subject, parties)
    first = min(used, key=_firmness)
    made["sousveil"] = {
        "contract": subject,
        "publisher": first.statement.publisher,
        "standing": str(max((one.statement.standing for one in used), key=_STANDINGS.index)),
        "sources": sorted({one.statement.source for one in used}),
    }
    return made, sorted({*rests, *(one.id for one in used)})


def _first(found: Mapping[str, Sequence[Recorded]], name: str) -> str | None:
    many = found.get(name)
    return many[0].statement.value if many else None


def _parties(found: Mapping[str, Sequence[Recorded]], names: Names) -> tuple[list[dict[str, Any]], list[str]]:
    parties: dict[str, dict[str, Any]] = {}
    rests: list[str] = []
    for property, role in (("buyer", "buyer"), ("supplier", "supplier")):
        for one in found.get(property, ()):
            id = one.statement.value
            party = parties.setdefault(id, {"id": id, "roles": []})
            if role not in party["roles"]:
                party["roles"].append(role)
            name = names.of(id)
            if name is not None and "name" not in party:
                party["name"] = name.statement.value
                rests.append(name.id)
    return list(parties.values()), rests


def _stages(
    found: Mapping[str, Sequence[Recorded]], stage: str, subject: str, parties: list[dict[str, Any]]
) -> dict[str, Any]:
    """The part of the release that says how far it has come, and no further."""
    title = _first(found, "title") or _first(found, "name")
    value = _money(_first(found, "amount"))
    period = {
        key: moment
        for key, name in (("startDate", "startDate"), ("endDate", "endDate"))
        if (moment := _moment(_first(found, name))) is not None
    }
    text = _first(found, "summary")
    common = {name: one for name, one in (("title", title), ("description", text), ("value", value)) if one}
    method = _first(found, "method")
    if stage not in TAGS or stage == "planned":
        budget = {name: one for name, one in (("project", title), ("amount", value)) if one}
        planned: dict[str, Any] = {"planning": {"budget": budget, **({"rationale": text} if text else {})}}
        if method or period:
            how = {"procurementMethodDetails": method} if method else {}
            when = {"contractPeriod": period} if period else {}
            planned["tender"] = {"id": f"{subject}-tender", "status": "planning", **how, **when}
        return planned
    tender = {"id": f"{subject}-tender", **common, **({"procurementMethodDetails": method} if method else {})}
    if stage == "tendered":
        return {"tender": tender | ({"contractPeriod": period} if period else {})}
    suppliers = [
        {name: one[name] for name in ("id", "name") if name in one} for one in parties if "supplier" in one["roles"]
    ]
    award = {"id": f"{subject}-award", **common, "suppliers": suppliers}
    if stage == "awarded":
        return {"awards": [award | ({"contractPeriod": period} if period else {})]}
    contract: dict[str, Any] = {"id": _first(found, "contractId") or subject, "awardID": award["id"], **common}
    if period:
        contract["period"] = period
    signed = _moment(_first(found, "contractDate"))
    if signed:
        contract["dateSigned"] = signed
    status = _first(found, "status")
    contract["status"] = "terminated" if stage == "ended" else status if status in _STATUS else "active"
    if stage == "performed":
        contract["implementation"] = {"transactions": []}
    return {"awards": [award], "contracts": [contract]} | ({"tender": tender} if method else {})


def _money(text: str | None) -> dict[str, Any] | None:
    currency, space, number = (text or "").partition(" ")
    if not space:
        return None
    try:
        return {"amount": int(number) if number.isdigit() else float(number), "currency": currency}
    except ValueError:
        return None


def _moment(text: str | None) -> str | None:
    """A day as OCDS wants it; a date that names no day stays out."""
    try:
        return f"{text[:10]}T00:00:00Z" if text and edtf.parse(text).precision == "day" else None
    except Malformed:
        return None


def _date(used: Sequence[Recorded]) -> str:
    """The newest day on which a source said something, else the newest day in it; else the first that OCDS can name."""
    told = [one.statement.asserted for one in used if one.statement.asserted]
    dated = [one.statement.value for one in used if one.statement.property in ("contractDate", "startDate")]
    days = [moment for one in told or dated if (moment := _moment(one)) is not None]
    return max(days, default="1970-01-01T00:00:00Z")
