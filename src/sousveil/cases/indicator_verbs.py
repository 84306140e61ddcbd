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
from sousveil.kinds import defang, visible
from sousveil.texts import data, t

OK, FAILED = 0, 2
SHOWN_VALUES = 50
"""Values of a set shown on the terminal; `--json` prints all."""


def sets_in_use(paths: Sequence[Path], *, no_bundled: bool) -> list[IndicatorSet]:
    """The sets that a check with these options uses."""
    return load_paths(paths, bundled=not no_bundled, added=not no_bundled, cache_folder=cache_dir())


def run(args: argparse.Namespace) -> int:
    """One of list, show, add, remove, fetch, update, test, keys; gives the exit code."""
    return _DOES[args.does](args)


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
    return origins.get(one.name) or t("indicators.bundled" if one.bundled else "indicators.added")


def _commercial(one: Listed) -> str:
    if one.commercial_use is None:
        return t("indicators.stated")
    return t("indicators.allowed" if one.commercial_use else "indicators.forbidden")


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
    rows = [tuple(t(f"indicators.head.{number}") for number in range(1, 10))]
    rows += [
        (
            visible(one.name, 60),
            f"{one.count:,}",
            f"{one.skipped:,}",
            f"{one.context:,}",
            one.newest or t("indicators.undated"),
            _origin(one, origins),
            _commercial(one),
            visible(one.licence or t("indicators.stated"), 30),
            visible(one.publisher or t("indicators.stated"), 90),
        )
        for one in listed
    ]
    print(*display.table(rows, frozenset({1, 2, 3})), sep="\n")
    newest = max((one.newest for one in listed if one.newest), default=t("indicators.unknown"))
    indicators = t("count.indicators", n=sum(one.count for one in listed))
    print("\n" + t("indicators.total", indicators=indicators, sets=t("count.sets", n=len(listed)), newest=newest))
    if any(one.skipped for one in listed):
        print(t("indicators.skipped_entries_cannot"))
    return OK


def _show(args: argparse.Namespace) -> int:
    sets = sets_in_use((), no_bundled=False)
    shown = lookup.show(sets, args.name)
    one = next(one for one in sets if one.name == args.name)
    if args.json:
        print_json({**msgspec.to_builtins(shown), "indicators": one.indicators})
        return OK
    facts, unnamed = shown.listed, t("indicators.unnamed")
    print(visible(facts.name, 100))
    lines = [
        (t("indicators.published"), visible(facts.publisher or t("indicators.stated"))),
        (t("indicators.licence"), visible(facts.licence or t("indicators.stated"))),
        (t("indicators.commercial_use"), _commercial(facts)),
        (t("indicators.newest"), facts.newest or t("indicators.undated")),
        (t("indicators.indicators"), f"{facts.count:,}"),
        ("SHA-256", facts.sha256 or t("indicators.none")),
        (t("indicators.classes"), ", ".join(shown.classes) or t("indicators.stated")),
        (
            t("indicators.families"),
            ", ".join(f"{visible(name, 80) or unnamed} ({count:,})" for name, count in shown.families),
        ),
        (t("indicators.kinds"), ", ".join(f"{kind} ({count:,})" for kind, count in shown.kinds)),
    ]
    print(*display.table([(f"  {name}", text or t("indicators.none")) for name, text in lines]), sep="\n")
    _section(
        t("indicators.reports"), [f"{defang(title, 300)}{f', {day}' if day else ''}" for title, day in shown.reports]
    )
    _section(
        t("indicators.values_limit_review"),
        [
            t("indicators.most", kind=kind, value=defang(value), ceiling=ceiling, why=visible(data(why)))
            for kind, value, ceiling, why in shown.limited
        ],
    )
    _section(
        t("indicators.skipped_entries"),
        [f"{defang(entry.entry, 120)}: {visible(entry.reason)}" for entry in shown.skipped],
    )
    _section(t("indicators.context_only_their"), [defang(entry, 200) for entry in shown.context])
    _section(t("indicators.values"), [f"{i.kind.value}  {defang(i.value, 200)}" for i in one.indicators])
    return OK


def _section(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    print(f"\n{title}:")
    for line in lines[:SHOWN_VALUES]:
        print(f"  {line}")
    if len(lines) > SHOWN_VALUES:
        print("  " + t("indicators.more", n=len(lines) - SHOWN_VALUES))


def choices_of(args: argparse.Namespace) -> Choices:
    """What the options decide about how files are read. Raises Usage for a word that names no kind."""
    kind = getattr(args, "kind", None)
    known = kind_word(kind) if kind else None
    if kind and known is None:
        raise Usage(
            t("indicators.kind_indicator", kind=visible(kind, 60)),
            hint=t("indicators.kinds_known", kinds=", ".join(one.value for one in IndicatorKind)),
        )
    return Choices(kind=known, context_as_leads=args.context_as_leads)


def _kinds(one: IndicatorSet) -> str:
    kinds = Counter(indicator.kind.value for indicator in one.indicators)
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())


def _add(args: argparse.Namespace) -> int:
    for one in lookup.add(args.file, sets_in_use((), no_bundled=False), choices_of(args)):
        count = t("count.indicators", n=len(one.indicators))
        print(t("indicators.added_every_check", name=visible(one.name, 100), count=count, kinds=_kinds(one)))
        if one.context:
            print("  " + t("indicators.context_unused", n=len(one.context)))
        _tell_skipped([(skipped.entry, skipped.reason) for skipped in one.skipped])
    return OK


def _tell_skipped(entries: Sequence[tuple[str, str]]) -> None:
    for entry, reason in entries[:5]:
        print("  " + t("indicators.skipped", entry=defang(entry, 100), reason=visible(reason)))
    if len(entries) > 5:
        print("  " + t("indicators.more_skipped", n=len(entries) - 5))


def _remove(args: argparse.Namespace) -> int:
    store.remove(args.name)
    print(t("indicators.removed", name=visible(args.name, 100)))
    return OK


def _fetch(args: argparse.Namespace) -> int:
    names = [args.name] if args.name else list(public_sets())
    if args.source and not args.name:
        raise Usage(
            t("indicators.needs_name_set"), hint=t("indicators.known_public_sets", public_sets=", ".join(public_sets()))
        )
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
    signer = release.signer and visible(release.signer, 100)
    what = t(
        "indicators.release_commit" if release.revision else "indicators.release",
        source=visible(release.source, 64),
        version=release.version,
        created=visible(release.created, 20),
        commit=visible(release.revision[:12]) if release.revision else "",
        signed=t("indicators.signed", signer=signer) if signer else t("indicators.unsigned"),
        indicators=t("count.indicators", n=done.indicators),
        sets=t("count.sets", n=done.sets),
    )
    print(t("indicators.installed" if done.changed else "indicators.already_installed", release=what))
    for change in done.changes:
        added, removed = f"{change.added:,}", f"{change.removed:,}"
        print("  " + t("indicators.changes", name=visible(change.name, 100), added=added, removed=removed))
        for id, values, count in (
            ("indicators.new", change.first_added, change.added),
            ("indicators.gone", change.first_removed, change.removed),
        ):
            if values:
                some = ", ".join(defang(value, 80) for value in values)
                if count > len(values):
                    some = t("indicators.and_more", values=some, n=f"{count - len(values):,}")
                print("    " + t(id, values=some))
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
        raise Usage(
            t("indicators.cannot_read", source_file=visible(str(source_file()))), hint=t("indicators.name_update")
        ) from error


def _remember(source: str) -> None:
    kept = source if "://" in source else str(Path(source).absolute())
    if "\n" in kept or not kept.isprintable():
        return
    source_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(source_file(), (kept + "\n").encode())


def _update(args: argparse.Namespace) -> int:
    if args.key is not None:
        for key in update.add_keys(args.key):
            print(t("indicators.key_trusted_now", public=key.public, name=key.name).rstrip())
    source = args.source or _last_source()
    if source is None:
        if args.key is not None:
            return OK
        raise Usage(
            t("indicators.update_taken_before"),
            hint=t("indicators.name_sousveil_indicators"),
        )
    done = update.update(source)
    _remember(source)
    _report(done)
    return OK


def _keys(_: argparse.Namespace) -> int:
    keys = update.trusted_keys()
    for key in keys:
        whose = t("indicators.came_program") if key.origin == "program" else t("indicators.added_you")
        print(f"ed25519 {key.public}  {key.name or t('indicators.no_name')}  ({whose})")
    if not keys:
        print(t("indicators.key_trusted_yet"))
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
