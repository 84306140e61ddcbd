"""Use of licence-plate readers by US police: transparency portals, and a survey of North Carolina's agencies.

The News & Observer collected them. Policies are prose and may name people: the address of the portal stands instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

AGENCIES, POLICIES = "agency20240426.csv", "agency_policies.csv"
USAGE, SURVEY = "latest_usage04262023.csv", "nc_agency_survey20240430.csv"
_POLICY = "Prose that may name natural persons; the portal's address leads to it."
_NOTE = "A working note of the collectors."
DATASET = Dataset(
    name="alpr-transparency",
    title="Licence-plate readers used by US police",
    publisher="The News & Observer",
    source="https://github.com/mcclatchy-southeast/private_eyes/tree/00f29cadee8db87cb3b387caab15ab15aae893ad",
    licence="MIT",
    licence_url="https://opensource.org/license/mit",
    attribution="The News & Observer",
    layer=True,
    snapshot="2024-05-02",
    rows=6008,
    class_="surveillance",
    coverage=(
        "Agencies that appear in transparency portals of one vendor, and a survey of North Carolina with all vendors. Many "
        "agencies are only named as having access to others' data; for these nothing but the name stands here."
    ),
    not_used_for="Rules against a vendor or a body, and the numbers on the first page: reading plates is not an abuse by itself.",
    files=(
        File(
            name=AGENCIES,
            read=("id", "name"),
            dropped={"notes": _NOTE},
            least=3_000,
            most=30_000,
        ),
        File(
            name=POLICIES,
            read=("id", "agency", "updated", "url", "whats_detected", "whats_not_detected"),
            dropped={
                "accessed": "The day of the copy serves.",
                "hash": "The collectors' own.",
                "acceptable_use_policy": _POLICY,
                "prohibited_uses": _POLICY,
                "access_policy": _POLICY,
                "hotlist_policy": _POLICY,
            },
            least=200,
            most=10_000,
        ),
        File(
            name=USAGE,
            read=(
                "id",
                "agency",
                "updated",
                "url",
                "data_retention_in_days",
                "number_of_owned_cameras",
                "external_organizations_with_access",
                "vehicles_detected_in_the_last_30_days",
                "hotlist_hits_in_the_last_30_days",
                "searches_in_the_last_30_days",
            ),
            dropped={
                "accessed": "The day of the copy serves.",
                "hotlists_alerted_on": "Names of police databases; there is no property for them.",
                "public_search_audit": "Says whether a file of searches can be downloaded, not what is in it.",
            },
            least=200,
            most=10_000,
        ),
        File(
            name=SURVEY,
            read=(
                "id",
                "name",
                "type",
                "county",
                "notes",
                "company",
                "cams_confirmed",
                "flock_portal_url",
                "document_url",
            ),
            dropped={
                "city": "The county serves.",
                "cams_portal": "The portals' own file says the same.",
            },
            least=80,
            most=2_000,
        ),
    ),
)
_BODY = re.compile(
    r"\b(PD|SO|DA|DAO|DPS|police|policing|sheriff'?s?|sherriff'?s?|county|city|state|constable|department|dept|marshals?|"
    r"USMS|KBI|task ?force|taskforce|strike force|FBI|ATF|DEA|HSI|university|college|ISD|airport|town|township|village|"
    r"borough|patrol|attorney|prosecutor|probation|court|circuit|commission|agency|bureau|office|division|district|school|"
    r"corrections|SP|HP|DOC|authority|transit|fire|park|parks|tribal|tribe|nation|federal|public safety|DTF|ABC|"
    r"investigations?|crime|CID|SD|CSO|PSD|postal|HIDTA|DOJ|DOT|DOTD|DMV|DNR|dispatch|communications|fusion center|"
    r"LAPD|LASD|port)\b",
    re.IGNORECASE,
)
"""A name with one of these words is a public body's. Others are the vendor's own accounts, companies, or people."""
_NO_BODY = re.compile(
    r"do not use|don'?t use|\bdnu\b|delete|duplicate|inactive|decommission|revoked|\bold\b|demo|test|training|flock safety|"
    r"flock - |\bflock (le|pd)\b|flock training|walkthrough|\bHOA\b|axon|genetec",
    re.IGNORECASE,
)
_PORTAL_VENDOR = "Flock"
_FIGURES = {
    "data_retention_in_days": ("retention of data", "days", r"(\d{1,5}) days"),
    "vehicles_detected_in_the_last_30_days": ("vehicles detected in 30 days", "vehicles", r"(\d{1,12})"),
    "hotlist_hits_in_the_last_30_days": ("hotlist hits in 30 days", "hits", r"(\d{1,12})"),
    "searches_in_the_last_30_days": ("searches in 30 days", "searches", r"(\d{1,12})"),
}
_KINDS = {
    "PD": "police",
    "SO": "sheriff",
    "UNC PD": "university police",
    "ABC": "alcohol law enforcement",
    "State": "state agency",
}


def agency_id(number: str) -> str:
    """The id of an agency by the collectors' number."""
    return entity_id(DATASET.name, "agency", number)


def is_body(name: str) -> bool:
    """Whether a name is clearly a public body's."""
    return bool(_BODY.search(name)) and not _NO_BODY.search(name)


def read(source: Source) -> Iterator[Statement]:
    """Agencies, products by vendor, uses, and the figures that the portals give."""
    tables = {}
    for file in (AGENCIES, POLICIES, USAGE, SURVEY):
        rows = list(source.table(file))
        tables[file] = rows, Speaker(DATASET, source.sha256(file), standing=Standing.REPORTED)
    private = {row["id"] for row in tables[SURVEY][0] if row["type"].startswith("Private")}
    names: dict[str, str] = {}
    for file, column in ((AGENCIES, "name"), (POLICIES, "agency"), (USAGE, "agency"), (SURVEY, "name")):
        rows, speaker = tables[file]
        for row in rows:
            if row["id"] in names:
                continue
            if not is_body(row[column]):
                if file == AGENCIES:
                    source.leave_out("no_public_body")
                continue
            names[row["id"]] = row[column]
            kind = "Organization" if row["id"] in private else "PublicBody"
            yield from speaker.record(agency_id(row["id"]), kind, name=row[column], country="us")
    rows, speaker = tables[SURVEY]
    vendors = [row["company"] for row in rows if row["company"] not in ("", "Unknown")]
    for vendor in dict.fromkeys([_PORTAL_VENDOR, *vendors]):
        yield from _product(speaker, vendor)
    for file in (POLICIES, USAGE):
        rows, speaker = tables[file]
        said: set[str] = set()
        for row in rows:
            if row["id"] in names and row["id"] not in said:
                said.add(row["id"])
                yield from _portal(speaker, row)
    rows, speaker = tables[SURVEY]
    for row in rows:
        if row["id"] in names:
            yield from _surveyed(speaker, row, row["id"] in private)


def _product(speaker: Speaker, vendor: str) -> Iterator[Statement]:
    company = entity_id(DATASET.name, "vendor", vendor)
    yield speaker.say(company, "Company", "name", vendor)
    yield from speaker.record(
        entity_id(DATASET.name, "product", vendor),
        "SurveillanceProduct",
        name=f"Licence-plate readers of {vendor}",
        vendor=company,
        category="licence-plates",
    )


def _use(number: str, vendor: str) -> str:
    return entity_id(DATASET.name, "use", number, vendor)


def _portal(speaker: Speaker, row: dict[str, str]) -> Iterator[Statement]:
    use, url = _use(row["id"], _PORTAL_VENDOR), link(row["url"])
    day = found[1] if (found := re.match(r"(20\d\d-\d\d-\d\d)T", row["updated"])) else None
    cameras = row.get("number_of_owned_cameras", "")
    detected, spared = row.get("whats_detected", "NA"), row.get("whats_not_detected", "NA")
    known = {"NA", ""}
    yield from speaker.record(
        use,
        "Deployment",
        source=url,
        body=agency_id(row["id"]),
        product=entity_id(DATASET.name, "product", _PORTAL_VENDOR),
        country="us",
        quantity=cameras if cameras.isdigit() else None,
        date=day,
        clientStage="confirmed",
        sourceUrl=url,
        summary=None
        if detected in known or len(detected) > 200
        else f"Detected, by the portal: {' '.join(detected.split())}.",
        note=None
        if spared in known or len(spared) > 200
        else f"Not detected, by the portal: {' '.join(spared.split())}.",
    )
    for column, (indicator, unit, pattern) in _FIGURES.items():
        if number := re.fullmatch(pattern, row.get(column, "")):
            yield from _figure(speaker, use, row, indicator, unit, number[1], day, url)
    sharing = row.get("external_organizations_with_access", "NA")
    if sharing not in known:
        count = sharing if sharing.isdigit() else str(len([name for name in sharing.split(",") if name.strip()]))
        yield from _figure(speaker, use, row, "organizations with access to the data", "organizations", count, day, url)


def _figure(
    speaker: Speaker,
    use: str,
    row: dict[str, str],
    indicator: str,
    unit: str,
    value: str,
    day: str | None,
    url: str | None,
) -> Iterator[Statement]:
    yield from speaker.record(
        entity_id(DATASET.name, "figure", row["id"], indicator),
        "Figure",
        source=url,
        about=use,
        indicator=indicator,
        value=value,
        unit=unit,
        date=day,
    )


def _surveyed(speaker: Speaker, row: dict[str, str], private: bool) -> Iterator[Statement]:
    agency, kind = agency_id(row["id"]), "Organization" if private else "PublicBody"
    yield from speaker.record(agency, kind, classification=_KINDS.get(row["type"]))
    if row["county"] and not private:
        yield speaker.say(
            agency, kind, "subdivision", f"{row['county']} County, North Carolina", original=row["county"]
        )
    vendor = row["company"] if row["company"] != "Unknown" else ""
    cameras = row["cams_confirmed"]
    document = link(row["document_url"]) or link(row["flock_portal_url"])
    yield from speaker.record(
        _use(row["id"], vendor or "unknown"),
        "Deployment",
        source=document,
        body=agency,
        product=entity_id(DATASET.name, "product", vendor) if vendor else None,
        country="us",
        quantity=cameras if cameras.isdigit() else None,
        clientStage="confirmed" if row["notes"].startswith("Confirmed by dept") else "reported",
        sourceUrl=document,
    )


INTAKE = Intake(DATASET, read)
