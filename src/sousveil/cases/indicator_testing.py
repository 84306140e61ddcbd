"""The verb `indicators test`: which indicators a value matches, why, who says so, and in which fields it would count."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from sousveil.artefacts.model import discover
from sousveil.errors import Usage
from sousveil.findings.matching import Matcher
from sousveil.findings.matching_probe import WHY
from sousveil.findings.words import noun
from sousveil.indicators import lookup
from sousveil.indicators.canonical import refang
from sousveil.indicators.index import Index
from sousveil.indicators.index_cache import cache_dir
from sousveil.indicators.lookup import Tested
from sousveil.indicators.model import Attribution, Choices, IndicatorKind
from sousveil.indicators.ready import ready
from sousveil.kinds import (
    BundleId,
    Certificate,
    Domain,
    Email,
    FileName,
    FilePath,
    HashValue,
    IpAddress,
    Json,
    ProcessName,
    ProfileId,
    Text,
    Url,
    defang,
    visible,
)
from sousveil.records import Batch, Record, kinds_of
from sousveil.texts import data, several, t

OK, FOUND = 0, 1
SHOWN_FIELDS = 6
"""Fields named on the terminal for one match; `--json` names all."""

FIELDS = {
    "domain": "testing.host_name",
    "url": "testing.link",
    "ip": "testing.address",
    "email": "testing.account",
    "process": "testing.process_name",
    "bundle": "testing.id_app",
    "path": "testing.path",
    "filename": "testing.file_name",
    "profile": "testing.id_profile",
    "hash": "testing.hash",
    "certificate": "testing.certificate",
    "text": "testing.text",
    "json": "testing.structure",
    "property": "testing.system_property",
}
"""The kinds of fields, in words."""


def print_json(value: Any) -> None:
    """What `--json` prints."""
    print(json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=True))


class _Probe(Record):
    """A value in every kind of field that is compared or searched."""

    domain: Domain
    url: Url
    ip: IpAddress
    email: Email
    process: ProcessName
    bundle: BundleId
    path: FilePath
    filename: FileName
    profile: ProfileId
    hash: HashValue
    certificate: Certificate
    text: Text
    json: Json


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator that a value matches, as `test --json` prints it."""

    value: str
    kind: str
    indicator: str
    how: str
    why: str
    attributions: tuple[Attribution, ...]
    requires: tuple[tuple[IndicatorKind, str], ...]
    counts_as: tuple[str, ...]
    """Kinds of fields in which the value would match."""
    counts_in: tuple[str, ...]
    """`artefact.field`, sorted."""


def _matched_kinds(values: Sequence[str], matcher: Matcher) -> dict[tuple[int, int], list[str]]:
    """(position of the value, position of the indicator) -> kinds of fields in which they match."""
    kinds = kinds_of(_Probe)
    found: dict[tuple[int, int], list[str]] = {}
    plain = [refang(value) for value in values]
    batch = Batch(
        artefact="indicators.test",
        layout="test",
        file="",
        count=len(plain),
        columns={name: list(plain) for name in kinds},
    )
    for match in matcher.match(batch, kinds):
        found.setdefault((match.row, match.indicator), []).append(kinds[match.field].name)
    return found


def _fields(kinds: Iterable[str]) -> tuple[str, ...]:
    wanted = set(kinds)
    return tuple(
        sorted(
            f"{artefact.name}.{name}"
            for artefact in discover().values()
            for name, kind in artefact.kinds.items()
            if kind.name in wanted
        )
    )


def counted(values: Sequence[str], index: Index) -> list[Counted]:
    """What each value matches, why, and in which fields it would count. Raises Usage for a value that is none."""
    matcher = Matcher(index)
    out: list[Counted] = []
    position = {id(indicator): n for n, indicator in enumerate(index.indicators)}
    for value in values:
        tested: list[Tested] = lookup.test_values([value], index.indicators, matcher)
        kinds = _matched_kinds([value], matcher) if tested else {}
        for one in tested:
            as_what = tuple(kinds.get((0, position[id(one.indicator)]), (one.as_what,)))
            out.append(
                Counted(
                    value=value,
                    kind=one.indicator.kind.value,
                    indicator=one.indicator.value,
                    how=one.how,
                    why=t(WHY[one.how]) if one.how in WHY else one.how,
                    attributions=one.says,
                    requires=one.indicator.requires,
                    counts_as=as_what,
                    counts_in=_fields(as_what),
                )
            )
    return out


def test_verb(args: argparse.Namespace) -> int:
    """What each value matches; 1 where any matches, 0 where none does."""
    _, index = ready(
        args.indicators,
        bundled=not args.no_bundled,
        added=not args.no_bundled,
        cache=cache_dir(),
        choices=Choices(context_as_leads=args.context_as_leads),
    )
    if not index.indicators:
        raise Usage(
            t("testing.indicators_compare"),
            hint=t("error.common.leave_out_bundled"),
        )
    found = counted(args.values, index)
    if args.json:
        print_json(
            {
                "values": [
                    {"value": value, "matches": [one for one in found if one.value == value]}
                    for value in dict.fromkeys(args.values)
                ]
            }
        )
        return FOUND if found else OK
    for value in dict.fromkeys(args.values):
        mine = [one for one in found if one.value == value]
        shown, total = defang(refang(value), 200), f"{len(index.indicators):,}"
        if mine:
            print(t("testing.matches", n=len(mine), value=shown, total=total))
        else:
            print(t("testing.matches_nothing", value=shown, total=total))
        for one in mine:
            _tell(one)
    return FOUND if found else OK


def _tell(one: Counted) -> None:
    print(f"  {noun(IndicatorKind(one.kind)).removeprefix('the ')} {defang(one.indicator, 200)}: {one.why}.")
    for kind, value in one.requires:
        print("    " + t("testing.together", kind=noun(kind), value=defang(value, 200)))
    for said in one.attributions:
        print(f"    {_attribution(said)}")
    if one.counts_in:
        fields = ", ".join(one.counts_in[:SHOWN_FIELDS])
        if len(one.counts_in) > SHOWN_FIELDS:
            fields = several([fields, t("count.more_fields", n=len(one.counts_in) - SHOWN_FIELDS)])
        kinds = ", ".join(t(FIELDS[kind]) if kind in FIELDS else kind for kind in one.counts_as)
        print("    " + t("testing.counts", kinds=kinds, fields=fields))
    else:
        print("    " + t("testing.no_field"))


def _attribution(said: Attribution) -> str:
    parts = [visible(said.family or t("testing.family_named"), 100)]
    if said.threat_class is not None:
        parts[0] += f" ({said.threat_class.value.replace('_', ' ')})"
    parts.append(
        t("testing.published", publisher=visible(said.publisher, 120))
        if said.publisher
        else t("testing.list_without_publisher")
    )
    if said.report:
        parts.append(t("testing.report", report=defang(said.report, 300)))
    if said.published:
        parts.append(t("testing.published_on", day=visible(said.published, 20)))
    parts.append(t("testing.set", set_name=visible(said.set_name, 100)))
    if said.licence:
        parts.append(t("testing.licence", licence=visible(said.licence, 60)))
    text = ", ".join(parts)
    if said.ceiling:
        note = visible(data(said.note) if said.note else t("testing.limited"))
        text += "; " + t("testing.at_most", ceiling=said.ceiling, note=note)
    return text


test_verb.__test__ = False  # type: ignore[attr-defined]  # a verb of the program, no test of it

__all__ = ["Counted", "counted", "print_json", "test_verb"]
