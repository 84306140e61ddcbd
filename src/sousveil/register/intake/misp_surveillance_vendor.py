"""MISP galaxy: the cluster of surveillance vendors, and MITRE's mobile malware in MISP's form.

The list is broad on purpose: cameras, data brokers and drones beside spyware. Therefore nothing here says that somebody is
a surveillance vendor; a record of its own says that MISP lists them so. Descriptions are prose that names people: of a vendor's only
the country is taken, where the first sentence gives it in a plain form, and the links lead to the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import PEOPLES, Speaker, country, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

VENDORS = "surveillance-vendor.json"
VENDOR = f"{VENDORS}: values"
VENDOR_META = f"{VENDORS}: values meta"
RELATION = f"{VENDORS}: values related"
MALWARE = "mitre-mobile-attack-malware.json"
FAMILY = f"{MALWARE}: values"
FAMILY_META = f"{MALWARE}: values meta"
_PROSE = "Prose that names natural persons; the links lead to it."
_HEAD = {
    "authors": "The same for the whole file.",
    "category": "The same for the whole file.",
    "description": "Stands in the coverage of this data set.",
    "name": "The same for the whole file.",
    "source": "The same for the whole file.",
    "type": "The same for the whole file.",
    "uuid": "Names the file, not an entry.",
    "version": "The hash names the file.",
}
DATASET = Dataset(
    name="misp-surveillance-vendor",
    title="Surveillance vendors and mobile malware in the MISP galaxy",
    publisher="MISP Project",
    source="https://github.com/MISP/misp-galaxy/tree/9434ace4eb925c9a1c9b3bccf014a25f9d14f0b0/clusters",
    licence="CC0 1.0 or BSD-2-Clause",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    attribution="MISP Project; mobile malware: © The MITRE Corporation (MITRE ATT&CK)",
    snapshot="2026-08-06",
    rows=650,
    class_="surveillance",
    coverage=(
        "615 names that MISP lists as vendors of surveillance technology in a wide sense, from spyware to cameras, drones and "
        "data brokers, and 35 families of mobile malware. A country for 204 of them, out of the descriptions. Some companies stand there "
        "twice. Names and a product that MISP gives to another company of the group are left out."
    ),
    not_used_for="Proof that a company sells spyware: the list is broad on purpose.",
    files=(
        File(name=VENDORS, read=("values",), dropped=_HEAD, part=True),
        File(
            name=VENDOR,
            read=("uuid", "value", "description", "meta", "related"),
            optional=("description", "meta", "related"),
            least=500,
            most=3_000,
        ),
        File(
            name=VENDOR_META,
            read=("refs", "official-refs", "synonyms", "products"),
            optional=("refs", "official-refs", "synonyms", "products"),
            part=True,
        ),
        File(name=RELATION, read=("dest-uuid", "type", "tags", "refs"), optional=("tags", "refs"), part=True),
        File(name=MALWARE, read=("values",), dropped=_HEAD, part=True),
        File(
            name=FAMILY,
            read=("uuid", "value", "meta"),
            dropped={
                "description": _PROSE,
                "related": "Leads to MITRE's techniques and to other clusters, which are not read here.",
            },
            least=20,
            most=1_000,
        ),
        File(
            name=FAMILY_META,
            read=("external_id", "refs", "synonyms"),
            optional=("refs", "synonyms"),
            part=True,
        ),
    ),
)
FAMILY_TYPE = "SurveillanceProduct"
"""There is no record type for malware. What a family is stands in the claim: MISP lists it as mobile malware."""
_LIST = "MISP galaxy, surveillance-vendor"
_LIKELIHOOD = "estimative-language:likelihood-probability="
_OWNERSHIP = {"acquires": False, "is-acquired-by": True}
"""Relation -> whether the other one is the owner."""
OTHERS = {
    "NSO group": ("Q-Cyber", "Circles"),
    "Hacking Team": ("Memento Labs",),
    "Cytrox": (
        "Cytrox EMEA Ltd.",
        "Cytrox Software Ltd.",
        "Balinese Ltd.",
        "Peterbald Ltd.",
        "Cytrox Holdings Zrt",
        "DevilsTongue",
    ),
}
"""Name of an entry -> its synonyms and products that are another company's.

Q Cyber Technologies, Circles and Memento Labs have entries of their own. The row of Cytrox mixes companies in Israel and Hungary, and
DevilsTongue is Candiru's.
"""
GROUPS = frozenset({"Cytrox"})
"""Entries that are about several companies together."""
_NOUN = (
    r"(?:company|firm|vendor|start-?up|manufacturer|developer|provider|corporation|contractor|supplier|distributor|multinational|"
    r"consultancy|broker|reseller|maker|enterprise)"
)
_CALLED = re.compile(
    rf"(?:,| is| was)(?: an?| the)?(?: major| leading| prominent| discreet| privately held)? "
    rf"(?P<place>{'|'.join(sorted(PEOPLES, key=len, reverse=True))}|[A-Z][\w.]+(?: [A-Z][\w.]+)?)(?:[- ]based)?"
    rf"(?: [\w&/'-]+){{0,5}}? {_NOUN}\b",
    re.IGNORECASE,
)
"""“X is an Israeli firm”, “X, a UK-based provider”."""
_PLACE = r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*"
_SEATED = re.compile(rf"[ ,](?:based|headquartered|registered) (?:out of|in) (?P<place>{_PLACE}(?:, {_PLACE})*)")
"""“X, headquartered in Herzliya, Israel”."""
_HEADS = ((_CALLED, 5, 0), (_SEATED, 12, 1))
"""Form -> how many words and commas may stand before it: with more, it may speak of another company."""
_SENTENCE = re.compile(r"(?<=[a-z%”\"])\.\s+(?=[A-Z])")
LONGEST = 160
"""Characters of a sentence that are looked at."""
_SHORT = {"u.s": "us", "us": "us", "uk": "gb", "uae": "ae"}
_WORDS = {"known-as": "is known as", "part-of": "is part of", "related-to": "is related to"}


def read(source: Source) -> Iterator[Statement]:
    """Vendors with names, products, links and relations; then families of mobile malware."""
    vendors = _values(source, VENDORS)
    base = DATASET.source.replace("/tree/", "/blob/")
    speaker = Speaker(DATASET, source.sha256(VENDORS), standing=Standing.REPORTED, source=f"{base}/{VENDORS}")
    rows = [source.members(VENDOR, value) for value in vendors]
    known = {row["uuid"]: source.one(VENDOR, row["value"]) for row in rows}
    for row in rows:
        yield from _vendor(source, speaker, row)
    for row in rows:
        yield from _relations(source, speaker, row, known)
    families = _values(source, MALWARE)
    speaker = Speaker(DATASET, source.sha256(MALWARE), standing=Standing.REPORTED, source=f"{base}/{MALWARE}")
    for value in families:
        yield from _family(source, speaker, source.members(FAMILY, value))


def _values(source: Source, file: str) -> list[Any]:
    values = source.members(file, source.json(file))["values"]
    if not isinstance(values, list):
        raise Malformed(f"{file}: values is not a list.", hint="Fetch the data set again; nothing of it was stored.")
    return values


def vendor_id(uuid: str) -> str:
    """The id of a vendor; `uuid` is MISP's."""
    return entity_id(DATASET.name, uuid)


def _links(source: Source, part: str, found: Any) -> list[str]:
    links = [link(text) for text in source.texts(part, found or [])]
    return list(dict.fromkeys(one for one in links if one))


def _names(source: Source, part: str, found: Any, name: str) -> list[str]:
    return [one for one in dict.fromkeys(source.texts(part, found or [])) if one != name]


def seat(name: str, description: str) -> str | None:
    """The country of a vendor, where the first sentence of its description begins with its name and gives one country in a plain form."""
    text = " ".join(re.sub(r"\([^)]*\)", "", description).split())
    first = _SENTENCE.split(text, 1)[0][:LONGEST]
    if first.split(" ")[0].strip(",.").casefold() != name.split(" ")[0].casefold():
        return None
    found: set[str] = set()
    for form, words, commas in _HEADS:
        match = form.search(first)
        if match and len(first[: match.start()].split()) <= words and first[: match.start()].count(",") <= commas:
            place = match["place"].rpartition(", ")[2].rstrip(".").casefold()
            code = PEOPLES.get(place) or _SHORT.get(place) or (country(place) if len(place) > 3 else None)
            found.update({code} if code else ())
    return found.pop() if len(found) == 1 else None


def _vendor(source: Source, speaker: Speaker, row: dict[str, Any]) -> Iterator[Statement]:
    uuid, printed = source.one(VENDOR, row["uuid"]), row["value"]
    name = source.one(VENDOR, printed)
    meta = source.members(VENDOR_META, row.get("meta", {}))
    vendor, listing = vendor_id(uuid), entity_id(DATASET.name, "listed", uuid)
    others, type = OTHERS.get(name, ()), "Organization" if name in GROUPS else "Company"
    yield speaker.say(vendor, type, "name", name, original=printed)
    for alias in _names(source, VENDOR_META, meta.get("synonyms"), name):
        if alias in others:
            source.leave_out("other_company")
        else:
            yield speaker.say(vendor, type, "alias", alias)
    if code := seat(name, source.one(VENDOR, row.get("description", ""))):
        yield speaker.say(vendor, type, "country", code)
    for address in _links(source, VENDOR_META, meta.get("official-refs")):
        yield speaker.say(vendor, type, "website", address)
    yield from speaker.record(
        listing,
        "Claim",
        entity=vendor,
        claimKind="listed-as",
        label="surveillance vendor",
        list=_LIST,
        publisher="MISP",
    )
    for address in _links(source, VENDOR_META, meta.get("refs")):
        yield speaker.say(listing, "Claim", "sourceUrl", address)
    for product in dict.fromkeys(source.texts(VENDOR_META, meta.get("products", []))):
        if product in others:
            source.leave_out("other_company")
            continue
        subject = entity_id(DATASET.name, "product", uuid, product)
        yield from speaker.record(subject, "SurveillanceProduct", name=product, vendor=vendor)


def _relations(source: Source, speaker: Speaker, row: dict[str, Any], known: dict[str, str]) -> Iterator[Statement]:
    for relation in row.get("related", []):
        found = source.members(RELATION, relation)
        other, kind = source.one(RELATION, found["dest-uuid"]), source.one(RELATION, found["type"])
        if other not in known:
            source.warn(f"{DATASET.name}: a relation leads to an entry that is not in the list; it was left out.")
            continue
        tags = source.texts(RELATION, found.get("tags", []))
        likely = next((tag.removeprefix(_LIKELIHOOD).strip('"') for tag in tags if tag.startswith(_LIKELIHOOD)), "")
        words, likely = _WORDS.get(kind, kind.replace("-", " ")), f" ({likely})" if likely else ""
        subject = entity_id(DATASET.name, "relation", row["uuid"], kind, other)
        here, there = vendor_id(row["uuid"]), vendor_id(other)
        if kind in _OWNERSHIP:
            type_name = "Ownership"
            owner, asset = (there, here) if _OWNERSHIP[kind] else (here, there)
            values = {"owner": owner, "asset": asset, "role": words + likely}
        elif kind == "part-of":
            type_name = "Membership"
            values = {"member": here, "organization": there, "role": words + likely}
        else:
            type_name = "Claim"
            values = {"entity": here, "claimKind": "listed-as", "label": f"{words} {known[other]}{likely}"}
            values |= {"list": _LIST, "publisher": "MISP"}
        for name, value in values.items():
            yield speaker.say(subject, type_name, name, value)
        for address in _links(source, RELATION, found.get("refs")):
            yield speaker.say(subject, type_name, "sourceUrl", address)


def _family(source: Source, speaker: Speaker, row: dict[str, Any]) -> Iterator[Statement]:
    uuid, printed = source.one(FAMILY, row["uuid"]), source.one(FAMILY, row["value"])
    meta = source.members(FAMILY_META, row["meta"])
    number = source.one(FAMILY_META, meta["external_id"])
    name = printed.removesuffix(f" - {number}")
    family, listing = entity_id(DATASET.name, "malware", uuid), entity_id(DATASET.name, "listed", uuid)
    yield speaker.say(family, FAMILY_TYPE, "name", name, original=printed)
    for alias in _names(source, FAMILY_META, meta.get("synonyms"), name):
        yield speaker.say(family, FAMILY_TYPE, "alias", alias)
    yield speaker.say(family, FAMILY_TYPE, "recordId", number)
    yield from speaker.record(
        listing,
        "Claim",
        entity=family,
        claimKind="listed-as",
        label="mobile malware",
        list="MISP galaxy, mitre-mobile-attack-malware",
        publisher="MISP",
    )
    for address in _links(source, FAMILY_META, meta.get("refs")):
        yield speaker.say(listing, "Claim", "sourceUrl", address)


INTAKE = Intake(DATASET, read)
