"""MISP galaxy: the cluster of surveillance vendors, and MITRE's mobile malware in MISP's form.

The list is broad on purpose: cameras, data brokers and drones beside spyware. Therefore nothing here says that somebody is
a surveillance vendor; a record of its own says that MISP lists them so. Descriptions are prose that names people. Only the country
is read, where the first sentence states it; the links lead to the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country, link
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
    class_="surveillance",
    coverage=(
        "615 names that MISP lists as vendors of surveillance technology in a wide sense, from spyware to cameras, drones and "
        "data brokers, and 35 families of mobile malware. The country is that of the description's first sentence, where it states one. "
        "Some companies are listed twice."
    ),
    files=(
        File(name=VENDORS, read=("values",), dropped=_HEAD, part=True),
        File(
            name=VENDOR,
            read=("uuid", "value", "meta", "related", "description"),
            optional=("meta", "related", "description"),
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
OTHERS = {
    "NSO group": {"Q-Cyber", "Circles"},
    "Hacking Team": {"Memento Labs"},
    "Cytrox": {
        "Balinese Ltd.",
        "Cytrox EMEA Ltd.",
        "Cytrox Holdings Zrt",
        "Cytrox Software Ltd.",
        "DevilsTongue",
        "Peterbald Ltd.",
    },
}
"""Synonyms and products of a row that are other companies or belong to others: they are left out and counted."""
DEMONYMS = {
    "American": "us", "Australian": "au", "Austrian": "at", "Belarusian": "by", "Belgian": "be", "Brazilian": "br", "British": "gb",
    "Bulgarian": "bg", "Canadian": "ca", "Chinese": "cn", "Cypriot": "cy", "Czech": "cz", "Danish": "dk", "Dutch": "nl",
    "Emirati": "ae", "Estonian": "ee", "Finnish": "fi", "French": "fr", "German": "de", "Greek": "gr", "Hungarian": "hu",
    "Indian": "in", "Iranian": "ir", "Irish": "ie", "Israeli": "il", "Italian": "it", "Japanese": "jp", "Lithuanian": "lt",
    "Macedonian": "mk", "Malaysian": "my", "Mexican": "mx", "Norwegian": "no", "Pakistani": "pk", "Polish": "pl", "Romanian": "ro",
    "Russian": "ru", "Serbian": "rs", "Singaporean": "sg", "South African": "za", "South Korean": "kr", "Spanish": "es",
    "Swedish": "se", "Swiss": "ch", "Taiwanese": "tw", "Thai": "th", "Turkish": "tr", "Ukrainian": "ua",
    "U.S.": "us", "US": "us", "UK": "gb", "UAE": "ae",
}  # fmt: skip
"""Words by which a description says where a company is from."""
_DEMONYM = "|".join(map(re.escape, DEMONYMS))
_FROM = re.compile(
    rf"(?:\bis|,|^) an? (?:\w+ )?(?P<demonym>{_DEMONYM})(?:-based)?[ ,](?!government|military|police|intelligence|law)"
    rf"|\b(?P<based>(?:[A-Z][\w.]+ ?){{1,3}})-based\b"
    rf"|\b(?:based|headquartered) in (?:[A-Z][\w.-]+(?: [A-Z][\w.-]+)*, )?(?P<place>[A-Z][\w.]+(?: [A-Z][\w.]+){{0,2}})"
)
_LIST = "MISP galaxy, surveillance-vendor"
_LIKELIHOOD = "estimative-language:likelihood-probability="
_OWNERSHIP = {"acquires": False, "is-acquired-by": True}
"""Relation -> whether the other one is the owner."""
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
    return [one for one in _own(source, part, found, name) if one != name]


def home(text: str) -> str | None:
    """The country in which the first sentence of a description says that a company is based; None where it says none."""
    sentence = re.split(r"(?<=[a-z)])\. ", text, maxsplit=1)[0]
    for found in _FROM.finditer(sentence):
        said = found["demonym"] or (found["based"] or found["place"] or "").strip().removeprefix("the ")
        if code := DEMONYMS.get(said) or country(said):
            return code
    return None


def _own(source: Source, part: str, found: Any, name: str) -> list[str]:
    """The synonyms or products of a row, without those that belong to others (`OTHERS`)."""
    own = []
    for one in dict.fromkeys(source.texts(part, found or [])):
        if one in OTHERS.get(name, ()):
            source.leave_out("name_of_another")
        else:
            own.append(one)
    return own


def _vendor(source: Source, speaker: Speaker, row: dict[str, Any]) -> Iterator[Statement]:
    uuid, printed = source.one(VENDOR, row["uuid"]), row["value"]
    name = source.one(VENDOR, printed)
    meta = source.members(VENDOR_META, row.get("meta", {}))
    vendor, listing = vendor_id(uuid), entity_id(DATASET.name, "listed", uuid)
    yield speaker.say(vendor, "Company", "name", name, original=printed)
    for alias in _names(source, VENDOR_META, meta.get("synonyms"), name):
        yield speaker.say(vendor, "Company", "alias", alias)
    for address in _links(source, VENDOR_META, meta.get("official-refs")):
        yield speaker.say(vendor, "Company", "website", address)
    if code := home(row.get("description") or ""):
        yield speaker.say(vendor, "Company", "country", code)
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
    for product in _own(source, VENDOR_META, meta.get("products"), name):
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
