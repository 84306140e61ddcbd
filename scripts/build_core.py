"""Makes the core data of the register (`src/sousveil/register/data/core`) out of the collected lines.

    python scripts/build_core.py ../shared/data/register/core

Only lines with `ready: true` are taken over. Each becomes a row of ours: a record type, its properties, the publication that
says so and the note. Lines whose property the register does not have are mapped by the tables below; a line that no table
knows stops the script, so that none is dropped silently. `LEFT_OUT` gives the reason for each line that is left out.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sousveil.register.intake.core import PUBLISHER
from sousveil.register.model import entity_id

OUT = Path(__file__).resolve().parents[1] / "src/sousveil/register/data/core"
Line = dict[str, Any]
Values = dict[str, Any]

LABORATORIES = {
    "Amnesty International",
    "Amnesty International Security Lab",
    "Amnesty International and The Washington Post",
    "Citizen Lab",
    "Citizen Lab and Access Now",
    "Front Line Defenders; Citizen Lab; Amnesty International",
    "Reporters Without Borders",
}
"""Publishers whose own laboratory examined the devices or the messages of an incident."""
LEFT_OUT = {
    ("states", "United States", "Sanction", "authority"): "repeats a listing of vendors.jsonl",
    ("states", "Italy", "LicenceEvent", "event"): "repeats a licence event of vendors.jsonl",
}
ENTITY_TYPES = {"Company", "Organization", "SurveillanceProduct"}
LABELS = {"alias": "Also called", "incorporationDate": "Founded", "seat": "Seat"}
"""Labels of the properties whose values bear a note: the note of a record with many facts names its property."""
PUBLIC_BODIES = {"US Immigration and Customs Enforcement": "us"}
FUNDS = {
    "AE Industrial Partners", "Elettronica S.p.A.", "Francisco Partners", "InTheCyber Group", "Novalpina Capital Partners I",
}  # fmt: skip
"""Owners of whom no line says what they are."""
UNNAMED_OWNER = "group of investors from the United States"
AUTHORITIES = {"Entity": "US Department of Commerce", "SDN": "US Department of the Treasury"}
FORUMS = {
    "Export Controls and Human Rights Initiative, Code of Conduct": "supporter",
    "Joint Statement on Efforts to Counter the Proliferation and Misuse of Commercial Spyware": "supporter",
    "Pall Mall Process, Code of Practice for States": "supporter",
    "Wassenaar Arrangement": "party",
}
CONTRIBUTED = {
    "announced the Export Controls and Human Rights Initiative": "Export Controls and Human Rights Initiative",
    "launched the Pall Mall Process together": "Pall Mall Process",
}
TOPICS = {"c": "due-diligence", "e": "liability", "j": "export-control", "l": "encryption"}


class Case(NamedTuple):
    """A record that several lines tell about: its key, type, lasting values, and by the first words of a line what it adds."""

    key: str
    type: str
    values: Values
    lines: dict[str, Values]


CASES = tuple(Case(**one) for one in yaml.safe_load(Path(__file__).with_name("core_cases.yaml").read_text("utf-8")))


def kept(folder: Path, name: str) -> Iterator[Line]:
    """The ready lines of a file, each with its place."""
    for number, text in enumerate((folder / name).read_text("utf-8").splitlines(), 1):
        line = json.loads(text)
        if line["ready"]:
            yield line | {"file": name.removesuffix(".jsonl"), "line": f"{name}:{number}"}


def reason(line: Line) -> str | None:
    """Why a ready line is left out; None where it is taken over."""
    return LEFT_OUT.get((line["file"], line.get("subject", ""), line["type"], line.get("property", "")))


def row(line: Line, subject: str, type: str, values: Values, **more: Any) -> dict[str, Any]:
    """A row of the core: one record as one publication tells it."""
    source = line["source"]
    made = {
        "subject": subject,
        "type": type,
        "values": {name: value for name, value in values.items() if value not in (None, "", [])},
        "from": line.get("valid_from"),
        "until": line.get("valid_until"),
        "note": line["note"],
        "standing": line["standing"],
        "publisher": source["publisher"],
        "title": source["title"],
        "url": source["url"],
        "date": source["date"],
        "line": line["line"],
    } | more
    return {name: value for name, value in made.items() if value is not None}


def sentence(text: str) -> str:
    """A fact as a text begins: with a capital letter."""
    return text[:1].upper() + text[1:]


def case_of(line: Line) -> tuple[Case, Values] | None:
    """The record that several lines tell about, and what this line adds to it."""
    found = [(case, adds) for case in CASES for start, adds in case.lines.items() if line["value"].startswith(start)]
    if len(found) > 1:
        raise SystemExit(f"{line['line']}: more than one case: {[case.key for case, _ in found]}")
    return found[0] if found else None


def case_rows(line: Line, case: Case, adds: Values, *, first: bool) -> Iterator[dict[str, Any]]:
    """A line about a case: a step with its own date and source. The lasting values, undated, come with the first line.

    A record begins (`since: startDate`) only with a line that tells of a beginning. Whether a case is final is the editors' word.
    """
    text_into = "outcome" if case.type == "Proceeding" else "summary"
    into = adds.get("into", text_into)
    values = {name: value for name, value in adds.items() if name not in ("into", "since")}
    if first:
        undated: Values = {"note": None, "from": None, "until": None}
        lasting = {name: value for name, value in case.values.items() if name != "final"}
        yield row(line, case.key, case.type, lasting, **undated)
        if final := case.values.get("final"):
            said_by = undated | {"publisher": PUBLISHER, "standing": "reported"}
            yield row(line, case.key, case.type, {"final": final}, **said_by)
    if into:
        said = (
            line["value"].partition(": ")[2]
            if case.type == "Proceeding" and " v " in line["value"][:70]
            else line["value"]
        )
        values[into] = sentence(said)
    if since := adds.get("since"):
        values[since] = line["valid_from"]
    if "demand" in line:
        values["demand"] = line["demand"]
    yield row(line, case.key, case.type, values)


def vendor_rows(line: Line) -> Iterator[dict[str, Any]]:
    """The rows of a line of vendors.jsonl that is no step of a case."""
    subject, type, name, value = line["subject"], line["type"], line["property"], line["value"]
    start, end, at = line["valid_from"], line["valid_until"], f"@{subject}"
    key = f"{type}/{subject}/{value}/{start or ''}"
    if type in ENTITY_TYPES:
        yield from _entity(line)
    elif type == "Membership":
        yield row(line, key, type, {"member": at, "organization": f"@{value}"})
    elif type == "Ownership":
        values: Values = {"asset": at, "startDate": start, "endDate": end}
        if value == UNNAMED_OWNER:
            values |= {"ownerUnspecified": "unknown", "role": value}
        else:
            values["owner"] = f"@{value}"
        yield row(line, key, type, values)
    elif type == "Representation":
        yield row(line, key, type, {"agent": at, "client": f"@{value}"})
    elif type == "Succession":
        yield row(
            line,
            key,
            type,
            {"predecessor": at, "successor": f"@{value}", "role": (line["note"] == "renamed" and "renamed") or None},
        )
    elif type == "Sanction":
        which = "SDN" if "SDN" in value or "OFAC" in value else "Entity"
        listing = f"Sanction/{subject}/{which}"
        if name == "program":
            yield row(line, listing, type, {
                "entity": at, "program": value, "authority": AUTHORITIES[which], "listingDate": start, "endDate": end,
                "country": "us", "demand": "a",
            })  # fmt: skip
        elif name == "status":
            yield row(line, listing, type, {"status": sentence(value), "date": start})
        else:
            yield row(line, listing, type, {"listNumber": value.removeprefix("OFAC ")}, original={"listNumber": value})
    elif type == "ClientRejection":
        where = "rs" if "Serbia" in (line["note"] or "") else None
        yield row(line, key, type, {"vendor": at, "action": value, "date": start, "clientCountry": where})
    elif type == "LicenceEvent":
        licence = "licence/Hacking Team, global"
        case = next(one for one in CASES if one.key == licence)
        if value == "granted":
            yield row(line, licence, "ExportLicence", case.values | {"issueDate": start, "expiryDate": "2018-04-30"})
        yield row(line, key, type, {"licence": f"@{licence}", "event": value, "authority": "@state:it", "date": start,
                                    "country": "it", "demand": "b"})  # fmt: skip
    elif type == "CorporateEvent":
        by = "@Thoma Bravo" if "Thoma Bravo" in (line["note"] or "") else None
        status = {"listing": "completed", "takeover": "announced"}[value]
        yield row(
            line, key, type, {"company": at, "eventKind": value, "date": start, "counterparty": by, "status": status}
        )
    elif type == "Figure":
        yield from _figures(line)
    else:
        yield from _events(line)


def _entity(line: Line) -> Iterator[dict[str, Any]]:
    subject, type, name, value = line["subject"], line["type"], line["property"], line["value"]
    name = {"address-town": "seat", "technology-note": "description", "startDate": "incorporationDate"}.get(name, name)
    original = None
    if called := re.fullmatch(r"(.+) \(name of (.+) for the (\w+)\)", value):
        given, by, what = called.groups()
        yield row(line, f"Claim/{subject}/{given}", "Claim", {
            "entity": f"@{subject}", "claimKind": "called", "label": given, "publisher": by, "description": f"Name for the {what}.",
        })  # fmt: skip
        return
    if name == "registrationNumber":
        value, original = value.partition(" (")[0], {name: value}
    elif name == "jurisdiction":
        value = value.lower()
    elif name == "website" and "://" not in value:
        value, original = f"http://{value}", {name: value}
    elif name == "vendor":
        value = f"@{value}"
    elif name == "description":
        value = sentence(value) + "."
    note = f"{LABELS[name]}: {line['note']}" if line["note"] else None
    yield row(line, subject, type, {name: value}, note=note, original=original)


def _figures(line: Line) -> Iterator[dict[str, Any]]:
    subject, name, value = f"@{line['subject']}", line["property"], line["value"]
    if name == "group entities":
        yield row(line, "Figure/NSO Group/entities", "Figure", {
            "about": subject, "indicator": "subsidiaries and units of the group", "value": "30", "qualifier": "at-least",
            "printedAs": value,
        })  # fmt: skip
        return
    millions, year, before, earlier = re.fullmatch(
        r"(\d+) million EUR in (\d+) after (\d+) million EUR in (\d+)", value
    ).groups()  # type: ignore[union-attr]
    for amount, when in ((millions, year), (before, earlier)):
        yield row(line, f"Figure/{line['subject']}/revenue/{when}", "Figure", {
            "about": subject, "indicator": "revenue", "value": f"{amount}000000", "unit": "EUR", "qualifier": "about",
            "startDate": when, "endDate": when, "printedAs": value,
        }, **{"from": when, "until": when})  # fmt: skip


EXITS = {
    "notice of liquidation": ("liquidation", None),
    "reported to halt operations": ("closure", "rumoured"),
    "management reported to look for a buyer": ("closure", "rumoured"),
    "company says that Subzero is ended": ("closure", "announced"),
}


def _events(line: Line) -> Iterator[dict[str, Any]]:
    """The lines of the type Event, by the table of the collection's README."""
    subject, name, value, start = line["subject"], line["property"], line["value"], line["valid_from"]
    at, text = f"@{subject}", sentence(line["value"])
    key = f"{name}/{subject}/{start}/{value}"
    if name in ("insolvency", "exit"):
        kind, status = next((one for words, one in EXITS.items() if value.startswith(words)), ("insolvency", None))
        yield row(
            line,
            key,
            "CorporateEvent",
            {"company": at, "eventKind": kind, "date": start, "status": status, "summary": text},
        )
    elif name == "financing":
        fund = "@Novalpina Capital Partners I"
        yield row(
            line,
            key,
            "CorporateEvent",
            {"company": fund, "eventKind": "change-of-manager", "date": start, "summary": text},
        )
    elif name == "delisting":
        yield row(line, f"Sanction/{subject}/Entity", "Sanction", {"endDate": start, "reason": text})
    elif name == "licence":
        # A call in the press is no request that a State has to answer. The answer of Bulgaria is a line of states.jsonl.
        yield row(line, key, "Event", {"name": text, "organizer": "@Access Now", "involved": at, "date": start})
    elif name == "use":
        yield row(line, key, "Figure", {
            "about": at, "indicator": "countries in which products were found", "value": "25", "qualifier": "at-least",
            "unit": "countries", "date": start, "printedAs": value,
        })  # fmt: skip
    elif name == "reply":
        yield row(line, subject, "Company", {"reply": text})
    else:
        raise SystemExit(f"{line['line']}: no mapping for {line['type']}.{name}")


def state_rows(line: Line) -> Iterator[dict[str, Any]]:
    """The rows of a line of states.jsonl that is no step of a case."""
    type, name, value, start = line["type"], line["property"], line["value"], line["valid_from"]
    code = line["country"].lower()
    here: Values = {"country": code, "demand": line["demand"]}
    key, text = f"{type}/{code}/{value}/{start or ''}", sentence(value)
    if type == "TreatyParticipation":
        contribution = text if name == "contribution" else None
        forum = CONTRIBUTED[value] if contribution else value
        role = "contributor" if contribution else FORUMS[forum]
        yield row(line, key, type, here | {
            "state": f"@state:{code}", "forum": forum, "participation": role, "contribution": contribution, "startDate": start,
        })  # fmt: skip
    elif name == "recommendation":
        # Five lines tell of one act of the Parliament: the States are what it is about, and did nothing.
        yield row(line, f"recommendation/European Parliament/{start}", "PublicStatement", {
            "country": "eu", "demand": line["demand"], "title": text.replace("the State", "each State"),
            "body": "@European Parliament", "about": f"@state:{code}", "addressee": "@European Commission", "statedOn": start,
        })  # fmt: skip
    elif type == "PublicStatement" or name == "call":
        body = "@European Parliament" if code == "eu" else f"@state:{code}"
        yield row(line, key, "PublicStatement", here | {"title": text, "body": body, "statedOn": start})
    elif type == "LicenceReview":
        yield row(line, key, "Event", here | {"name": text, "category": "licensing", "date": start})
    elif type == "ExportLicence":
        yield row(line, key, "Figure", here | {
            "about": f"@state:{code}", "indicator": "export licences for surveillance software since 2015", "value": "0",
            "unit": "licences", "qualifier": "exactly", "date": start, "printedAs": value,
        })  # fmt: skip
    else:
        raise SystemExit(f"{line['line']}: no mapping for {type}.{name}: {value}")


def incident_row(line: Line) -> dict[str, Any]:
    """An incident. It is attributed by forensics where the publisher's own laboratory examined it; a selection never is."""
    own = line["source"]["publisher"] in LABORATORIES and line["stage"] != "selected"
    targets = line["targets"]
    number = re.search(r"\d[\d,]*", targets)
    values = {
        "stage": line["stage"],
        "targetCategory": line["targetCategory"],
        "targetCountry": line["targetCountry"] and line["targetCountry"].lower(),
        "targets": number[0].replace(",", "") if number else None,
        "description": f"Number of people: {targets}." if not number else None,
        "product": f"@{line['product']}",
        "vendor": line["vendor"] and f"@{line['vendor']}",
        "startDate": line["period_from"],
        "endDate": line["period_until"],
    }
    made = row(line, line["id"], "AbuseIncident", values)
    if own:
        made["standing"] = "forensically_attributed"
    if number and number[0] != targets:
        made["original"] = {"targets": targets}
    return made


def rows(folder: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """All rows, and of each ready line that is left out the reason."""
    made: list[dict[str, Any]] = []
    out: dict[str, str] = {}
    begun: set[str] = set()
    for name in ("vendors.jsonl", "states.jsonl", "incidents.jsonl"):
        for line in kept(folder, name):
            if why := reason(line):
                out[line["line"]] = why
            elif name == "incidents.jsonl":
                made.append(incident_row(line))
            elif (found := case_of(line)) is not None:
                case, adds = found
                made += case_rows(line, case, adds, first=case.key not in begun)
                begun.add(case.key)
            else:
                made += vendor_rows(line) if name == "vendors.jsonl" else state_rows(line)
    return named(made), out


ORGANIZATIONS = {"Access Now": "Organization", "FIDH": "Organization", "LDH": "Organization",
                 "European Parliament": "PublicBody", "European Commission": "PublicBody"}  # fmt: skip


def named(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, and before each entity that has no name of its own a row with the name that the first row gives it."""
    known = {one["subject"] for one in made if {"name", "title"} & one["values"].keys() or "/" in one["subject"]}
    made_names: list[dict[str, Any]] = []
    for one in made:
        ends = [each for value in one["values"].values() for each in (value if isinstance(value, list) else [value])]
        subjects = [] if "/" in one["subject"] or one["type"] == "AbuseIncident" else [(one["subject"], one["type"])]
        for end in ends:
            if end.startswith("@") and not end.startswith("@state:") and "/" not in end:
                subjects.append((end[1:], kind_of(end[1:], one, end)))
        for subject, type in subjects:
            if subject not in known:
                known.add(subject)
                values: Values = {"name": subject}
                if type == "PublicBody":
                    values["country"] = PUBLIC_BODIES.get(subject, "eu")
                keep = {name: one[name] for name in ("standing", "publisher", "title", "url", "date")}
                made_names.append({"subject": subject, "type": type, "values": values} | keep)
    return made_names + made


def kind_of(name: str, one: dict[str, Any], end: str) -> str:
    """What an entity is that has no line of its own."""
    if name in PUBLIC_BODIES:
        return "PublicBody"
    if name in ORGANIZATIONS:
        return ORGANIZATIONS[name]
    if any(one["values"].get(by) == end for by in ("product",)):
        return "SurveillanceProduct"
    return "LegalEntity" if name in FUNDS else "Company"


LATER = (
    ("NSO Group", "argus-facts", "sv-bf3c01f56ba1daa96066ef21", "Seat in Israel; it cites the Entity List and the suit of WhatsApp",
     "https://www.trade.gov/consolidated-screening-list"),
    ("NSO Group", "sii-2016", "sv-feb99cf899650a1e6ad329c4", "Seat in Israel; cites Citizen Lab's report on Pegasus",
     "https://citizenlab.ca/2016/08/million-dollar-dissident-iphone-zero-day-nso-group-uae/"),
    ("NSO Group", "security-fairs", "sv-650d291be21a0040a7beeab7", "Seat in Israel; exhibitor at fairs of police technology",
     "https://www.isdefexpo.com/exhibitors-list-2019/"),
    ("NSO Group", "citizenlab-reports", "sv-47621b8201c434480ab32bf2", "Named in the title of Citizen Lab's report on Pegasus",
     "https://citizenlab.ca/2016/08/million-dollar-dissident-iphone-zero-day-nso-group-uae/"),
    ("Pegasus", "argus-facts", "sv-081838e1499f1895748b6ebc", "Mobile implant; its vendor is NSO Group",
     "https://www.courtlistener.com/docket/16395340/869/whatsapp-inc-v-nso-group-technologies-limited/"),
    ("Pegasus", "citizenlab-reports", "sv-46beae29b02338b67d53f04c", "The product in Citizen Lab's reports on NSO Group",
     "https://citizenlab.ca/2016/08/million-dollar-dissident-iphone-zero-day-nso-group-uae/"),
    ("Pegasus", "spyware-victims-aggregate", "sv-36cdc21c6210ba13db927940", "Counts of published cases of NSO Group's Pegasus",
     "https://github.com/GranittHQ/data-pegasus-victims"),
)  # fmt: skip
"""Judgements on sources that came after the collected lines: subject, source, record, reason, evidence."""


def same_as(folder: Path) -> Iterator[dict[str, str]]:
    """The judgements on records of other sources, and on rows of the US list of blocked persons."""
    for subject, source, other, reason, evidence in LATER:
        yield {"subject": subject, "other": other, "name": subject, "dataset": source,
               "verdict": "same", "reason": reason, "evidence": evidence}  # fmt: skip
    with (folder / "same-as.csv").open(newline="", encoding="utf-8") as file:
        for one in csv.DictReader(file):
            listed = re.match(r"ent_num (\d+)", one["record_id"])
            other = entity_id("us-ofac-sdn", listed[1]) if listed else one["record_id"]
            yield {"subject": one["core_subject"], "other": other, "name": one["record_name"], "dataset": one["source"],
                   "verdict": one["judgement"], "reason": sentence(one["reason"]), "evidence": one["evidence_url"]}  # fmt: skip


def attribution(made: list[dict[str, Any]]) -> Iterator[str]:
    """The list of publications, as Markdown."""
    yield "# Sources of the core data\n"
    yield "Facts only. Each publication below says what the rows that name it say. No sentence was copied.\n"
    every = {(one["publisher"], one["date"], one["title"], one["url"]) for one in made if one["publisher"] != PUBLISHER}
    cited = sorted(every, key=lambda one: [part.casefold() for part in one])
    for publisher, date, title, url in cited:
        yield f"- {publisher}, {date}: [{title.replace('[', '(').replace(']', ')')}]({url})"


def lines_of(made: list[Any]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in made)


def main(folder: Path) -> None:
    made, out = rows(folder)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "records.jsonl").write_text(lines_of(made), "utf-8")
    (OUT / "same-as.jsonl").write_text(lines_of(list(same_as(folder))), "utf-8")
    (OUT / "SOURCES.md").write_text("\n".join(attribution(made)) + "\n", "utf-8")
    print(f"{len(made)} rows; left out: {len(out)} lines")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
