"""The verb `indicators`: what is known, who says so, and whether a value matches.

Published values are shown defanged on the terminal; `--json` prints them exactly.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sousveil.artefacts.model import discover
from sousveil.errors import Usage
from sousveil.findings.matching import Matcher
from sousveil.findings.matching_probe import WHY
from sousveil.findings.words import NOUNS
from sousveil.indicators import lookup, update
from sousveil.indicators.canonical import refang
from sousveil.indicators.index import Index
from sousveil.indicators.index_cache import cache_dir
from sousveil.indicators.load import data_dir, load_paths, write_whole
from sousveil.indicators.lookup import Listed, Tested
from sousveil.indicators.model import Attribution, IndicatorKind, IndicatorSet
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

OK, FOUND = 0, 1
SHOWN_FIELDS = 6
"""Fields named on the terminal for one match; `--json` names all."""
SHOWN_VALUES = 50
"""Values of a set shown on the terminal; `--json` prints all."""

FIELDS = {
    "domain": "a host name",
    "url": "a link",
    "ip": "an address",
    "email": "an account",
    "process": "a process name",
    "bundle": "the id of an app",
    "path": "a path",
    "filename": "a file name",
    "profile": "the id of a profile",
    "hash": "a hash",
    "certificate": "a certificate",
    "text": "a text",
    "json": "a structure",
    "property": "a system property",
}
"""The kinds of fields, in words."""


def sets_in_use(paths: Sequence[Path], *, no_bundled: bool) -> list[IndicatorSet]:
    """The sets that a check with these options uses."""
    return load_paths(paths, bundled=not no_bundled, added=not no_bundled, cache_folder=cache_dir())


def run(args: argparse.Namespace) -> int:
    """One of list, show, add, update, test, keys; gives the exit code."""
    return _DOES[args.does](args)


def _json(value: Any) -> None:
    print(json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=True))


def _table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Rows in columns; the last column is not padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(widths[n]) if n in right else cell.ljust(widths[n]) for n, cell in enumerate(row)]
        print("  ".join(cells).rstrip())


def _origin(one: Listed, updated: frozenset[str]) -> str:
    if one.name in updated:
        return "update"
    return "bundled" if one.bundled else "added"


def _list(args: argparse.Namespace) -> int:
    sets = sets_in_use((), no_bundled=False)
    updated = frozenset(one.name for one in update.updated_sets())
    listed = lookup.listed(sets)
    if args.json:
        _json(
            {
                "sets": [
                    {
                        **msgspec.to_builtins(line),
                        "origin": _origin(line, updated),
                        "skipped": msgspec.to_builtins(one.skipped),
                    }
                    for line, one in zip(listed, sets, strict=True)
                ]
            }
        )
        return OK
    rows = [("SET", "COUNT", "SKIPPED", "NEWEST", "FROM", "COMMERCIAL USE", "LICENCE", "PUBLISHER")]
    rows += [
        (
            visible(one.name, 60),
            f"{one.count:,}",
            f"{one.skipped:,}",
            one.newest or "undated",
            _origin(one, updated),
            "allowed" if one.commercial_use else "forbidden",
            visible(one.licence or "not stated", 30),
            visible(one.publisher or "not stated", 90),
        )
        for one in listed
    ]
    _table(rows, frozenset({1, 2}))
    newest = max((one.newest for one in listed if one.newest), default="unknown")
    print(f"\n{sum(one.count for one in listed):,} indicators in {len(listed)} sets; the newest is of {newest}.")
    if any(one.skipped for one in listed):
        print("Skipped entries cannot be used; `sousveil indicators show NAME` names them and says why.")
    return OK


def _show(args: argparse.Namespace) -> int:
    sets = sets_in_use((), no_bundled=False)
    shown = lookup.show(sets, args.name)
    one = next(one for one in sets if one.name == args.name)
    if args.json:
        _json({**msgspec.to_builtins(shown), "indicators": one.indicators})
        return OK
    facts = shown.listed
    print(visible(facts.name, 100))
    lines = [
        ("published by", visible(facts.publisher or "not stated")),
        ("licence", visible(facts.licence or "not stated")),
        ("commercial use", "allowed" if facts.commercial_use else "forbidden"),
        ("newest", facts.newest or "undated"),
        ("indicators", f"{facts.count:,}"),
        ("SHA-256", facts.sha256 or "none"),
        ("classes", ", ".join(shown.classes) or "not stated"),
        ("families", ", ".join(f"{visible(name, 80) or 'none named'} ({count:,})" for name, count in shown.families)),
        ("kinds", ", ".join(f"{kind} ({count:,})" for kind, count in shown.kinds)),
    ]
    _table([(f"  {name}", text or "none") for name, text in lines])
    _section("Reports", [f"{defang(title, 300)}{f', {day}' if day else ''}" for title, day in shown.reports])
    _section(
        "Values that review limits",
        [f"{kind} {defang(value)}: at most {ceiling}; {visible(why)}" for kind, value, ceiling, why in shown.limited],
    )
    _section("Skipped entries", [f"{defang(entry.entry, 120)}: {visible(entry.reason)}" for entry in shown.skipped])
    _section("Values", [f"{i.kind.value}  {defang(i.value, 200)}" for i in one.indicators])
    return OK


def _section(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    print(f"\n{title}:")
    for line in lines[:SHOWN_VALUES]:
        print(f"  {line}")
    if len(lines) > SHOWN_VALUES:
        print(f"  and {len(lines) - SHOWN_VALUES:,} more (--json prints all)")


def _add(args: argparse.Namespace) -> int:
    for one in lookup.add(args.file, sets_in_use((), no_bundled=False)):
        print(f"Added {visible(one.name, 100)}: {len(one.indicators):,} indicators. Every check uses them from now on.")
        for skipped in one.skipped[:5]:
            print(f"  skipped {defang(skipped.entry, 100)}: {visible(skipped.reason)}")
        if len(one.skipped) > 5:
            print(f"  and {len(one.skipped) - 5:,} more skipped")
    return OK


def source_file() -> Path:
    """Where the place of the last update is remembered."""
    return data_dir() / "update_source.txt"


def _last_source() -> str | None:
    try:
        return source_file().read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{visible(str(source_file()))} cannot be read.", hint="Name the update with --from.") from error


def _remember(source: str) -> None:
    kept = source if "://" in source else str(Path(source).absolute())
    if "\n" in kept or not kept.isprintable():
        return
    source_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(source_file(), (kept + "\n").encode())


def _update(args: argparse.Namespace) -> int:
    if args.key is not None:
        for key in update.add_keys(args.key):
            print(f"Trusted from now on: {key.public} {key.name}".rstrip())
    source = args.source or _last_source()
    if source is None:
        if args.key is not None:
            return OK
        raise Usage(
            "there is no place from which an update was taken before.",
            hint="Name one: sousveil indicators update --from URL|FILE.",
        )
    done = update.update(source)
    _remember(source)
    what = "Installed" if done.changed else "Already installed:"
    print(
        f"{what} update {done.version} of {visible(done.created, 20)}, signed by {visible(done.key, 100)}: "
        f"{done.indicators:,} indicators in {done.sets} sets."
    )
    return OK


def _keys(_: argparse.Namespace) -> int:
    keys = update.trusted_keys()
    for key in keys:
        whose = "came with the program" if key.origin == "program" else "added by you"
        print(f"ed25519 {key.public}  {key.name or 'no name'}  ({whose})")
    if not keys:
        print("No key is trusted yet. Add a publisher's key: sousveil indicators update --key FILE.")
    return OK


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
                    why=WHY.get(one.how, one.how),
                    attributions=one.says,
                    requires=one.indicator.requires,
                    counts_as=as_what,
                    counts_in=_fields(as_what),
                )
            )
    return out


def _test(args: argparse.Namespace) -> int:
    _, index = ready(args.indicators, bundled=not args.no_bundled, added=not args.no_bundled, cache=cache_dir())
    if not index.indicators:
        raise Usage(
            "there is not one indicator to compare with.",
            hint="Leave out --no-bundled, or name a file with --indicators.",
        )
    found = counted(args.values, index)
    if args.json:
        _json(
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
        said = f"matches {len(mine)} indicator{'s' if len(mine) != 1 else ''}" if mine else "matches nothing"
        print(f"{defang(refang(value), 200)} {said} of {len(index.indicators):,}.")
        for one in mine:
            _tell(one)
    return FOUND if found else OK


def _tell(one: Counted) -> None:
    print(f"  {NOUNS[IndicatorKind(one.kind)].removeprefix('the ')} {defang(one.indicator, 200)}: {one.why}.")
    for kind, value in one.requires:
        print(f"    counts only together with {NOUNS[kind]} {defang(value, 200)}")
    for said in one.attributions:
        print(f"    {_attribution(said)}")
    if one.counts_in:
        more = len(one.counts_in) - SHOWN_FIELDS
        print(
            f"    would count as {', '.join(FIELDS.get(kind, kind) for kind in one.counts_as)}, in "
            f"{', '.join(one.counts_in[:SHOWN_FIELDS])}{f' and {more} more fields' if more > 0 else ''}"
        )
    else:
        print("    is in no field that is read from an iPhone's backup")


def _attribution(said: Attribution) -> str:
    parts = [visible(said.family or "no family named", 100)]
    if said.threat_class is not None:
        parts[0] += f" ({said.threat_class.value.replace('_', ' ')})"
    parts.append(f"published by {visible(said.publisher, 120)}" if said.publisher else "a list that names no publisher")
    if said.report:
        parts.append(f"in {defang(said.report, 300)}")
    if said.published:
        parts.append(f"on {visible(said.published, 20)}")
    parts.append(f"set {visible(said.set_name, 100)}")
    if said.licence:
        parts.append(f"licence {visible(said.licence, 60)}")
    text = ", ".join(parts)
    if said.ceiling:
        text += f"; at most {said.ceiling}: {visible(said.note or 'limited by review')}"
    return text


_DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "add": _add,
    "update": _update,
    "keys": _keys,
    "test": _test,
}

__all__ = ["Counted", "counted", "run", "sets_in_use"]
