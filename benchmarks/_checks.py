"""Is an output complete? Records against what the generator wrote, planted traces against what was planted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_DOMAIN = re.compile(r"domain-name:value\s*=\s*'([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})'")


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of trace: the generator's name, the peer's result, and our artefact."""

    made: str
    peer: str
    ours: str


SOURCES = (
    Source("sms", "sms", "ios.sms"),
    Source("safari_history", "safari_history", "ios.safari_history"),
    Source("whatsapp", "whatsapp", "ios.whatsapp"),
    Source("interactionc", "interaction_c", "ios.interactionc"),
    Source("chrome", "chrome_history", "ios.chrome_history"),
    Source("firefox", "firefox_history", "ios.firefox_history"),
    Source("chrome_favicons", "chrome_favicon", "ios.chrome_favicons"),
    Source("safari_browserstate", "safari_browser_state", "ios.safari_browserstate"),
    Source("calls", "calls", "ios.calls"),
    Source("contacts", "contacts", "ios.contacts"),
    Source("whatsapp_contacts", "whatsapp_contacts", "ios.whatsapp_contacts"),
    Source("whatsapp_lid", "whatsapp", "ios.whatsapp_lids"),
    Source("datausage", "datausage", "ios.datausage"),
    Source("tcc", "tcc", "ios.tcc"),
    Source("calendar", "calendar", "ios.calendar"),
    Source("shortcuts", "shortcuts", "ios.shortcuts"),
    Source("webkit_observations", "webkit_resource_load_statistics", "ios.webkit_observations"),
    Source("addaily", "os_analytics_ad_daily", "ios.osanalytics_addaily"),
    Source("idstatuscache", "id_status_cache", "ios.idstatuscache"),
    Source("locationd_clients", "locationd_clients", "ios.locationd_clients"),
    Source("globalpreferences", "global_preferences", "ios.global_preferences"),
    Source("profile_events", "profile_events", "ios.profile_events"),
    Source("files", "manifest", "ios.manifest"),
)
LINKED = ("sms", "whatsapp", "safari_history", "chrome", "firefox")
"""Sources that hold each planted link; `sms` twice: once as text, once in attributedBody alone."""


def plants(indicators: Sequence[Path], count: int = 3) -> list[str]:
    """Published domains to plant: the first of each of the first files that have one."""
    found: list[str] = []
    for path in indicators:
        match = _DOMAIN.search(path.read_text(encoding="utf-8"))
        if match and len(found) < count:
            found.append(match[1])
    return found


def link(domain: str) -> str:
    """How a domain is planted: with a sub-domain and a path."""
    return f"https://news.{domain}/parcel/7"


def short_peer(counts: Mapping[str, int], made: Mapping[str, int]) -> list[str]:
    """What the peer's results lack."""
    return [
        f"{one.peer}: {counts.get(one.peer, 0):,} of {made[one.made]:,}"
        for one in SOURCES
        if one.made in made and counts.get(one.peer, 0) < made[one.made]
    ]


def short_ours(coverage: Iterable[Mapping[str, object]], made: Mapping[str, int]) -> list[str]:
    """What our coverage lacks; also every line that says something could not be read."""
    lines = list(coverage)
    records = {str(line["artefact"]): int(str(line["records"])) for line in lines}
    lacking = [
        f"{one.ours}: {have:,} of {made[one.made]:,}"
        for one in SOURCES
        if one.made in made and (have := records.get(one.ours, 0)) < made[one.made]
    ]
    bad = [f"{line['artefact']}: {line['outcome']}" for line in lines if line["outcome"] in ("FAILED", "UNSUPPORTED")]
    return lacking + bad


def short_files(folder: Path, coverage: Iterable[Mapping[str, object]]) -> list[str]:
    """Record files whose number of rows is not what the coverage says."""
    import duckdb

    lacking = []
    for line in coverage:
        name, records = str(line["artefact"]), int(str(line["records"]))
        if not name.startswith("ios.") or records == 0:
            continue
        path = folder / "records" / f"{name}.parquet"
        rows = 0
        if path.exists():
            ((rows,),) = duckdb.execute("SELECT num_rows FROM parquet_file_metadata($1)", [str(path)]).fetchall()
        if rows != records:
            lacking.append(f"records/{name}.parquet: {rows:,} of {records:,}")
    return lacking


def found_by_peer(seen: Mapping[str, Iterable[str]], domains: Sequence[str]) -> int:
    """Planted traces that its alerts name (a domain in a result counts once)."""
    results = {one.made: one.peer for one in SOURCES}
    return sum(results[name] in set(seen.get(domain, ())) for domain in domains for name in LINKED)


def found_by_us(findings: Iterable[Mapping[str, object]], domains: Sequence[str]) -> tuple[int, int]:
    """Planted traces that our findings name, counted as for the peer; and those in attributedBody alone."""
    rows: dict[str, set[tuple[str, str]]] = {}
    for finding in findings:
        indicator = finding.get("indicator")
        if isinstance(indicator, dict):
            rows.setdefault(str(indicator["value"]), set()).update(_rows(finding))
    ours = {one.made: one.ours for one in SOURCES}
    plain = bodies = 0
    for domain in domains:
        here = rows.get(domain, set())
        for name in LINKED:
            count = sum(artefact == ours[name] for artefact, _ in here)
            plain += count >= 1
            bodies += name == "sms" and count >= 2
    return plain, bodies


def _rows(finding: Mapping[str, object]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    evidence = finding["evidence"]
    for one in evidence if isinstance(evidence, list) else []:
        found.add((str(one["artefact"]), json.dumps(one["source"], sort_keys=True)))
    return found
