"""The verb `indicators`: what is known, who says so, and whether a value matches.

Published values are shown defanged on the terminal; `--json` prints them exactly.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from sousveil import display
from sousveil.cases.indicator_testing import print_json, test_verb
from sousveil.errors import SousveilError, Usage
from sousveil.indicators import fetch, lookup, store, update
from sousveil.indicators.index_cache import cache_dir
from sousveil.indicators.load import write_whole
from sousveil.indicators.loaders import kind_word
from sousveil.indicators.lookup import Listed
from sousveil.indicators.model import Choices, IndicatorKind, IndicatorSet
from sousveil.indicators.public_sets import public_sets, sets_of
from sousveil.indicators.store import Installed, data_dir, load_paths
from sousveil.kinds import defang, number_of, visible

OK, FAILED = 0, 2
SHOWN_VALUES = 50
"""Values of a set shown on the terminal; `--json` prints all."""


def sets_in_use(paths: Sequence[Path], *, no_bundled: bool) -> list[IndicatorSet]:
    """The sets that a check with these options uses."""
    return load_paths(paths, bundled=not no_bundled, added=not no_bundled, cache_folder=cache_dir())


def run(args: argparse.Namespace) -> int:
    """One of list, show, add, remove, fetch, update, test, keys; gives the exit code."""
    return _DOES[args.does](args)


def _table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Rows in columns; the last column is not padded."""
    widths = [max(display.columns(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [display.padded(cell, widths[n], right=n in right) for n, cell in enumerate(row)]
        print("  ".join(cells).rstrip())


def _origins() -> dict[str, str]:
    """The source of every set that came in a release: `update`, or the name of a public set."""
    releases = {source: store.current(source) for source in store.sources()}
    return {
        one.name: source
        for source, release in releases.items()
        if release is not None
        for one in sets_of(source, release.files)
    }


def _origin(one: Listed, origins: dict[str, str]) -> str:
    return origins.get(one.name) or ("bundled" if one.bundled else "added")


def _commercial(one: Listed) -> str:
    if one.commercial_use is None:
        return "not stated"
    return "allowed" if one.commercial_use else "forbidden"


def _list(args: argparse.Namespace) -> int:
    sets = sets_in_use((), no_bundled=False)
    origins = _origins()
    listed = lookup.listed(sets)
    if args.json:
        print_json(
            {
                "sets": [
                    {
                        **msgspec.to_builtins(line),
                        "origin": _origin(line, origins),
                        "skipped": msgspec.to_builtins(one.skipped),
                    }
                    for line, one in zip(listed, sets, strict=True)
                ]
            }
        )
        return OK
    rows = [("SET", "COUNT", "SKIPPED", "CONTEXT", "NEWEST", "FROM", "COMMERCIAL USE", "LICENCE", "PUBLISHER")]
    rows += [
        (
            visible(one.name, 60),
            f"{one.count:,}",
            f"{one.skipped:,}",
            f"{one.context:,}",
            one.newest or "undated",
            _origin(one, origins),
            _commercial(one),
            visible(one.licence or "not stated", 30),
            visible(one.publisher or "not stated", 90),
        )
        for one in listed
    ]
    _table(rows, frozenset({1, 2, 3}))
    newest = max((one.newest for one in listed if one.newest), default="unknown")
    count = number_of(sum(one.count for one in listed), "indicator")
    print(f"\n{count} in {number_of(len(listed), 'set')}; the newest is of {newest}.")
    if any(one.skipped for one in listed):
        print("Skipped entries cannot be used; `sousveil indicators show NAME` names them and says why.")
    return OK


def _show(args: argparse.Namespace) -> int:
    sets = sets_in_use((), no_bundled=False)
    shown = lookup.show(sets, args.name)
    one = next(one for one in sets if one.name == args.name)
    if args.json:
        print_json({**msgspec.to_builtins(shown), "indicators": one.indicators})
        return OK
    facts = shown.listed
    print(visible(facts.name, 100))
    lines = [
        ("published by", visible(facts.publisher or "not stated")),
        ("licence", visible(facts.licence or "not stated")),
        ("commercial use", _commercial(facts)),
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
    _section("Context only, by their publisher's mark", [defang(entry, 200) for entry in shown.context])
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


def choices_of(args: argparse.Namespace) -> Choices:
    """What the options decide about how files are read. Raises Usage for a word that names no kind."""
    kind = getattr(args, "kind", None)
    known = kind_word(kind) if kind else None
    if kind and known is None:
        raise Usage(
            f"{visible(kind, 60)} names no kind of indicator.",
            hint="Kinds: " + ", ".join(one.value for one in IndicatorKind) + "; or a word such as domain or filename.",
        )
    return Choices(kind=known, context_as_leads=args.context_as_leads)


def _kinds(one: IndicatorSet) -> str:
    kinds = Counter(indicator.kind.value for indicator in one.indicators)
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())


def _add(args: argparse.Namespace) -> int:
    for one in lookup.add(args.file, sets_in_use((), no_bundled=False), choices_of(args)):
        count = number_of(len(one.indicators), "indicator")
        print(f"Added {visible(one.name, 100)}: {count} ({_kinds(one)}). Every check uses this set from now on.")
        if one.context:
            print(
                f"  {len(one.context):,} not used: their publisher marked them as context only. "
                "--context-as-leads takes them as leads."
            )
        _tell_skipped([(skipped.entry, skipped.reason) for skipped in one.skipped])
    return OK


def _tell_skipped(entries: Sequence[tuple[str, str]]) -> None:
    for entry, reason in entries[:5]:
        print(f"  skipped {defang(entry, 100)}: {visible(reason)}")
    if len(entries) > 5:
        print(f"  and {len(entries) - 5:,} more skipped")


def _remove(args: argparse.Namespace) -> int:
    what = store.remove(args.name)
    files = "Its release is" if what == "release" else "Its file is"
    print(f"Removed {visible(args.name, 100)}. {files} gone, and no check uses it any more.")
    return OK


def _fetch(args: argparse.Namespace) -> int:
    names = [args.name] if args.name else list(public_sets())
    if args.source and not args.name:
        raise Usage("--from needs the name of the set.", hint=f"Known public sets: {', '.join(public_sets())}.")
    failed = False
    for name in names:
        try:
            _report(fetch.fetch(name, args.source))
        except SousveilError as error:
            if len(names) == 1:
                raise
            print(f"sousveil: {name}: {visible(str(error), 2000)}", file=sys.stderr)
            failed = True
    return FAILED if failed else OK


def _report(done: Installed) -> None:
    """What a release brought: for fetched sets and for the signed update alike."""
    release = done.release
    what = "Installed" if done.changed else "Already installed:"
    signed = f"signed by {visible(release.signer, 100)}" if release.signer else "not signed"
    commit = f", commit {visible(release.revision[:12])}" if release.revision else ""
    version = f"version {release.version} of {visible(release.created, 20)}{commit}"
    print(
        f"{what} {visible(release.source, 64)}, {version}, {signed}: {number_of(done.indicators, 'indicator')} in "
        f"{number_of(done.sets, 'set')}."
    )
    for change in done.changes:
        print(f"  {visible(change.name, 100)}: {change.added:,} new, {change.removed:,} removed")
        for word, values, count in (
            ("new", change.first_added, change.added),
            ("removed", change.first_removed, change.removed),
        ):
            if values:
                more = f" and {count - len(values):,} more" if count > len(values) else ""
                print(f"    {word}: {', '.join(defang(value, 80) for value in values)}{more}")
    _tell_skipped([(f"{name}: {entry}", reason) for name, entry, reason in done.skipped])


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
    _report(done)
    return OK


def _keys(_: argparse.Namespace) -> int:
    keys = update.trusted_keys()
    for key in keys:
        whose = "came with the program" if key.origin == "program" else "added by you"
        print(f"ed25519 {key.public}  {key.name or 'no name'}  ({whose})")
    if not keys:
        print("No key is trusted yet. Add a publisher's key: sousveil indicators update --key FILE.")
    return OK


_DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "add": _add,
    "remove": _remove,
    "fetch": _fetch,
    "update": _update,
    "keys": _keys,
    "test": test_verb,
}

__all__ = ["run", "sets_in_use"]
