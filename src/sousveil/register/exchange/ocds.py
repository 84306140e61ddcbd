"""OCDS 1.1 packages: contracting processes, derived from the merged releases of each.

Taken over are buyers, suppliers and funders, the contract, its value, dates and stage, and the awards. Items, documents,
milestones, transactions, tenderers who won nothing, addresses and contacts are not turned into statements; all but the
contacts stay in the kept package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.register.exchange.gather import Gather, day, number
from sousveil.register.exchange.known import ID
from sousveil.register.exchange.merging import compile_release
from sousveil.register.exchange.validating import refuse
from sousveil.register.model import entity_id
from sousveil.register.types.cleaning import SCHEMES
from sousveil.register.types.countries import country_code

_OURS = re.compile(rf".*?({ID.pattern})")
"""The number of a process that was exported from a register like this one: its contract stands in it."""
_BUYERS = {"buyer", "procuringEntity"}
_TAKEN = _BUYERS | {"supplier", "funder", "payer", "payee"}
_STAGE_OF_TAG = (
    ("contractTermination", "ended"),
    ("implementation", "performed"),
    ("implementationUpdate", "performed"),
    ("contract", "signed"),
    ("contractAmendment", "signed"),
    ("contractUpdate", "signed"),
    ("award", "awarded"),
    ("awardUpdate", "awarded"),
    ("tender", "tendered"),
    ("tenderAmendment", "tendered"),
    ("tenderUpdate", "tendered"),
    ("planning", "planned"),
    ("planningUpdate", "planned"),
)


def processes(package: dict[str, Any], records: bool) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """(JSON path, compiled release, tags of its releases) for each contracting process, in the package's order."""
    if not records:
        by_ocid: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for place, release in enumerate(package["releases"]):
            by_ocid.setdefault(release["ocid"], []).append((place, release))
        for found in by_ocid.values():
            releases = [release for _, release in found]
            yield f"$.releases[{found[-1][0]}]", compile_release(releases), _tags(releases)
        return
    for place, record in enumerate(package["records"]):
        path = f"$.records[{place}]"
        releases = [one for one in record.get("releases", ()) if "url" not in one or "ocid" in one]
        for one in releases:
            if one["ocid"] != record["ocid"]:
                raise refuse(f"{path}.releases", "other_ocid", "a release of another contracting process stands here")
        if releases and len(releases) == len(record["releases"]):
            yield path, compile_release(releases), _tags(releases)
        elif "compiledRelease" in record:
            yield f"{path}.compiledRelease", record["compiledRelease"], set()
        else:
            raise refuse(path, "linked_releases", "its releases are links only, and no compiled release is given")


def _tags(releases: list[dict[str, Any]]) -> set[str]:
    return {tag for release in releases for tag in release.get("tag") or ()}


def add_process(gather: Gather, path: str, release: dict[str, Any], tags: set[str], package_sha256: str) -> None:
    """The statements of one contracting process."""
    ocid: str = release["ocid"]
    asserted = day(release["date"])
    parties = _parties(gather, path, release, asserted)
    contracts = release.get("contracts") or [{}]
    awards = {str(award.get("id")): award for award in release.get("awards") or ()}
    tender = release.get("tender") or {}
    buyer = (release.get("buyer") or {}).get("id") or (tender.get("procuringEntity") or {}).get("id")
    for place, contract in enumerate(contracts):
        # The process itself is the first contract: planned and tendered before there is one, under the same id.
        subject = _process(gather, ocid) if place == 0 else entity_id("ocds", ocid, "contract", str(contract["id"]))
        at = f"{path}.contracts[{place}]" if contract else path
        award = awards.get(str(contract.get("awardID")), {}) if contract else next(iter(awards.values()), {})

        def say(name: str, value: Any, inner: str = "", subject: str = subject, at: str = at) -> None:
            gather.add(at + inner, subject, "Contract", name, value, asserted=asserted)

        planning = release.get("planning") or {}
        title = contract.get("title") or award.get("title") or tender.get("title")
        budget = planning.get("budget") or {}
        planned = _planned(release, tags)
        meant = budget if planned else {}  # what was set aside is not what is paid
        say("title", title or budget.get("project"), ".title")
        text = contract.get("description") or award.get("description") or tender.get("description")
        say("summary", text or (planning.get("rationale") if planned else None))
        say("ocid", ocid)
        say("contractId", contract.get("id"), ".id")
        say("buyer", parties.get(str(buyer)))
        if planned:
            for party in release.get("parties") or ():
                if "supplier" in (party.get("roles") or ()):
                    say("supplier", parties.get(str(party.get("id"))))
        for supplier in award.get("suppliers") or ():
            say("supplier", parties.get(str(supplier.get("id"))))
        say(
            "amount",
            _money(contract.get("value") or award.get("value") or tender.get("value") or meant.get("amount")),
            ".value",
        )
        say("contractDate", day(contract.get("dateSigned")), ".dateSigned")
        period = contract.get("period") or award.get("contractPeriod") or tender.get("contractPeriod") or {}
        say("startDate", day(period.get("startDate")), ".period.startDate")
        say("endDate", day(period.get("endDate")), ".period.endDate")
        status = contract.get("status") or (award or tender).get("status")
        say("status", None if status == "planning" else status)  # that is the stage
        say("method", tender.get("procurementMethodDetails") or tender.get("procurementMethod"))
        say("stage", _stage(release, contract, tags))
        say("publication", package_sha256)
        for award_id, one in awards.items():
            if one is award:
                _award(gather, path, ocid, award_id, one, subject, parties, asserted)
    linked = {str(contract.get("awardID")) for contract in contracts} if contracts != [{}] else set(list(awards)[:1])
    for award_id, award in awards.items():
        if award_id not in linked:
            _award(gather, path, ocid, award_id, award, _process(gather, ocid), parties, asserted)


def _process(gather: Gather, ocid: str) -> str:
    """The contract of a process: one of ours, where the process is one that we exported and it is on file."""
    own = _OURS.fullmatch(ocid)
    known = gather.said.known
    if own is not None and known is not None and known.is_contract(own[1]):
        return known.entity(own[1]) or own[1]
    return entity_id("ocds", ocid)


def _award(
    gather: Gather,
    path: str,
    ocid: str,
    award_id: str,
    award: dict[str, Any],
    contract: str,
    parties: dict[str, str],
    asserted: str | None,
) -> None:
    for supplier in award.get("suppliers") or ():
        party = parties.get(str(supplier.get("id")))
        if party is None:
            continue
        subject = entity_id("ocds", ocid, "award", award_id, party)
        for name, value in (
            ("supplier", party),
            ("contract", contract),
            ("awardId", award_id),
            ("amount", _money(award.get("value"))),
            ("status", award.get("status")),
            ("date", day(award.get("date"))),
        ):
            gather.add(f"{path}.awards", subject, "ContractAward", name, value, asserted=asserted)


def _parties(gather: Gather, path: str, release: dict[str, Any], asserted: str | None) -> dict[str, str]:
    """Party id in the release -> entity id; the statements about them on the way."""
    found: dict[str, str] = {}
    roles: dict[str, set[str]] = {}
    parties = {str(party.get("id")): party for party in release.get("parties") or ()}
    named: list[tuple[dict[str, Any], str]] = [
        (release.get("buyer") or {}, "buyer"),
        ((release.get("tender") or {}).get("procuringEntity") or {}, "procuringEntity"),
        *((one, "supplier") for award in release.get("awards") or () for one in award.get("suppliers") or ()),
    ]
    for one, role in named:
        if one.get("id") is not None:
            parties.setdefault(str(one["id"]), one)
            roles.setdefault(str(one["id"]), set()).add(role)
    for place, (party_id, party) in enumerate(parties.items()):
        held = set(party.get("roles") or ()) | roles.get(party_id, set())
        if not held & _TAKEN:
            continue
        identifier = party.get("identifier") or {}
        scheme, given = identifier.get("scheme"), identifier.get("id")
        there = _on_file(gather, party_id, party, held)
        if there is not None:
            found[party_id] = there
            continue
        subject = (
            entity_id("org-id", scheme, number(given))
            if scheme and given is not None
            else entity_id("ocds", release["ocid"], "party", party_id)
        )
        if ID.fullmatch(party_id):  # of another register: what nobody has told here is told now
            subject = party_id
        found[party_id] = subject
        _warn(gather, f"{path}.parties[{place}]", party, subject)
        type_name = "PublicBody" if held & _BUYERS else "LegalEntity"
        at = f"{path}.parties[{place}]"
        legal = identifier.get("legalName")
        address = party.get("address") or {}
        for name, value in (
            ("name", legal or party.get("name")),
            ("alias", party.get("name") if legal and party.get("name") != legal else None),
            ("country", country_code(address.get("countryName") or "")),
            *(_number(scheme, given)),
        ):
            gather.add(at, subject, type_name, name, value, asserted=asserted)
    return found


def _on_file(gather: Gather, party_id: str, party: dict[str, Any], roles: set[str]) -> str | None:
    """The entity that a party is, of those on file; None where nothing but its name says so."""
    known, owner = gather.said.known, gather.publisher
    if known is None:
        return None
    identifier = party.get("identifier") or {}
    for id in (party_id, str(identifier.get("id") or "")):
        if ID.fullmatch(id) and (there := known.entity(id)) is not None:
            return there
    names = [name for name in (party.get("name"), identifier.get("legalName")) if isinstance(name, str)]
    # of itself whoever signs may speak by name, in the part of one who buys: nobody else is joined by it
    if roles & _BUYERS and owner.startswith("sv-") and any(known.is_called(owner, name) for name in names):
        return known.entity(owner)
    for name, value in _number(identifier.get("scheme"), identifier.get("id")):
        found = known.numbered(name, value) if name == "leiCode" else []
        if len(found) == 1:
            return found[0]
    return None


def _warn(gather: Gather, at: str, party: dict[str, Any], subject: str) -> None:
    """Says whom a new party may be."""
    known = gather.said.known
    name = party.get("name") or (party.get("identifier") or {}).get("legalName")
    if known is None or not isinstance(name, str) or known.entity(subject) is not None:
        return
    for other in known.called(name):
        if other != subject:
            gather.warnings.append(
                f"{at}: “{name}” is published as {subject}, for a name alone joins nobody. It may be {other}, who is called so. If it is: "
                f"sousveil register judge {subject} {other} same. Or give the party the id {other}, or its official identifier, and "
                "hand the package in anew."
            )


def _number(scheme: Any, given: Any) -> list[tuple[str, str]]:
    if scheme is None or given is None:
        return []
    text = number(given)
    if scheme == "XI-LEI":
        try:
            return [("leiCode", SCHEMES["lei"](text))]
        except ValueError:
            return []
    return [("registrationNumber", text)]


def _money(value: Any) -> str | None:
    if not isinstance(value, dict) or value.get("amount") is None or not value.get("currency"):
        return None
    return f"{value['currency']} {number(value['amount'])}"


def _planned(release: dict[str, Any], tags: set[str]) -> bool:
    """Whether nothing of the process is more than planned."""
    return "planning" in tags and not release.get("awards") and _stage(release, {}, tags) == "planned"


def _stage(release: dict[str, Any], contract: dict[str, Any], tags: set[str]) -> str | None:
    """How far the process has come, of what the releases hold and are tagged with: never further than they say."""
    if contract.get("status") in ("terminated", "cancelled") or "contractTermination" in tags:
        return "ended"
    if contract.get("implementation"):
        return "performed"
    if contract.get("dateSigned") or contract.get("status") == "active":
        return "signed"
    if contract.get("status") == "pending":
        return "awarded"
    by_tag = next((stage for tag, stage in _STAGE_OF_TAG if tag in tags), None)
    if by_tag and contract:
        return by_tag
    if release.get("awards"):
        return "awarded"
    if release.get("tender"):
        return "tendered" if (release["tender"].get("status") != "planning") else "planned"
    return by_tag or ("planned" if release.get("planning") else None)
