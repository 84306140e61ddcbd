"""The verbs `lake` and `recheck`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil import display
from sousveil.answering import answer
from sousveil.errors import SousveilError, Usage
from sousveil.kinds import defang, visible
from sousveil.texts import t

if TYPE_CHECKING:
    from sousveil.cases.folder import CaseFiles
    from sousveil.cases.lake import Entry
    from sousveil.cases.recheck import Hit, Rechecked

OK, DIFFERS, FAILED, INCOMPLETE = 0, 1, 2, 3
SHOWN_NAMES = 8
"""Artefacts of a case shown where rows are lacking; `--json` prints all."""
SHOWN_HITS = 20
"""Hits of a case shown on the terminal; `--json` prints all."""


def add_parsers(verbs: Any, parser: type[argparse.ArgumentParser], path: Callable[[str], Path]) -> None:
    """Add `lake` and `recheck` to the command line."""
    lake = verbs.add_parser("lake", help=t("help.lake"), description=t("help.lake_full"))
    does = lake.add_subparsers(dest="does", metavar="add|list|remove|verify", required=True, parser_class=parser)

    def verb(name: str, **rest: Any) -> Any:
        command = does.add_parser(name, help=t(f"help.lake_{name}"), **rest)
        command.add_argument("--lake", type=path, default=Path("lake"), metavar="DIR", help=t("help.lake_folder"))
        return command

    add = verb("add")
    add.add_argument("paths", nargs="+", type=path, metavar="CASE", help=t("help.lake_paths"))
    add.add_argument("--delete-after", required=True, metavar="DATE", help=t("help.lake_delete_after"))
    add.add_argument("--consent-until", metavar="DATE", help=t("help.lake_consent_until"))
    add.add_argument("--recipient", action="append", default=[], metavar="age1...", help=t("help.lake_recipient"))
    add.add_argument("--plain", action="store_true", help=t("help.lake_plain"))
    add.add_argument("--identity", type=path, metavar="FILE", help=t("help.lake_identity"))
    verb("list").add_argument("--json", action="store_true", help=t("help.json"))
    remove = verb("remove")
    remove.add_argument("case", metavar="CASE", help=t("help.lake_case"))
    remove.add_argument("--identity", type=path, metavar="FILE", help=t("help.lake_identity"))
    verb("verify", epilog=t("help.lake_codes"))

    recheck = verbs.add_parser(
        "recheck", help=t("help.recheck"), description=t("help.recheck_full"), epilog=t("help.recheck_codes")
    )
    recheck.add_argument("lake", type=path, metavar="LAKE", help=t("help.recheck_lake"))
    recheck.add_argument(
        "--indicators",
        type=path,
        action="append",
        required=True,
        metavar="FILE|DIR",
        help=t("help.recheck_indicators"),
    )
    recheck.add_argument("--identity", type=path, metavar="FILE", help=t("help.recheck_identity"))
    recheck.add_argument("--json", action="store_true", help=t("help.json"))


def lake(args: argparse.Namespace) -> int:
    """One of add, list, remove, verify; gives the exit code."""
    return _DOES[args.does](args)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Usage(t("error.lake.date", text=visible(text, 40)), hint=t("error.lake.write_date")) from None


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _swept(count: int) -> None:
    if count:
        _note(t("lake.swept", n=count))


@contextmanager
def _case(path: Path, folder: Path, identity: Path | None) -> Iterator[CaseFiles]:
    """The case at a path; for results of MVT, a case that is made of them, encrypted for a key that nobody keeps."""
    from sousveil.acquisition.mvt_results import looks_like
    from sousveil.cases.folder import CaseFiles

    names = set[str]()
    with suppress(OSError):
        names = {entry.name for entry in path.iterdir()}
    if names & {"findings.json", "findings.json.age"}:
        yield CaseFiles(path, identity)
        return
    if not looks_like(names):
        raise Usage(t("error.lake.no_case", path=visible(str(path))), hint=t("error.lake.run_check"))
    import pyrage

    from sousveil.cases.check import check
    from sousveil.cases.settings import Settings

    own = pyrage.x25519.Identity.generate()
    with tempfile.TemporaryDirectory(prefix=".check-", dir=folder) as temporary:
        settings = Settings(
            paths=[path], out=Path(temporary) / "case", case_recipient=[str(own.to_public())], full_records=True
        )
        check(settings, lambda _: None, alone=True)
        yield CaseFiles(Path(temporary) / "case", own)


def _add(args: argparse.Namespace) -> int:
    """Add cases. One that cannot be added does not keep the others out."""
    from sousveil.cases.lake import add_case, create, locked

    delete_after = _day(args.delete_after)
    consent_until = _day(args.consent_until) if args.consent_until else delete_after
    code = OK
    with locked(args.lake, "lake add"):
        lake = create(args.lake, args.recipient, plain=args.plain)
        _swept(lake.sweep())
        for path in args.paths:
            try:
                with _case(path, args.lake, args.identity) as case:
                    own = case.folder == path  # else nobody saw what the check of results of MVT met
                    if own and case.encrypted and not (lake.private or args.plain):
                        raise Usage(t("error.lake.plain_lake"), hint=t("error.lake.give_plain"))
                    entry = add_case(
                        lake,
                        case,
                        folder=path,
                        consent_until=consent_until,
                        delete_after=delete_after,
                        now=datetime.now(UTC),
                        reported=own,
                    )
            except SousveilError as error:
                if len(args.paths) == 1:
                    raise
                _note("\n".join(f"sousveil: {visible(str(path))}: {visible(str(error), 2000)}".splitlines()))
                code = FAILED
                continue
            if isinstance(entry, str):
                known = lake.find(entry)
                days = {"consent": known.consent_until.isoformat(), "delete": known.delete_after.isoformat()}
                print(t("lake.known", path=visible(str(path)), case=entry, **days))
                continue
            print(t("lake.added", case=entry.case, rows=entry.rows, source=_source(entry)))
            if not entry.whole:
                _note(t("lake.lacking", case=entry.case, artefacts=_some(entry.lacking)))
    return code


def _some(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = [t("list.more", n=len(names) - SHOWN_NAMES)] if len(names) > SHOWN_NAMES else []
    return ", ".join([*names[:SHOWN_NAMES], *more])


def _source(entry: Entry) -> str:
    return t("lake.whole") if entry.whole else t("lake.in_part")


def _list(args: argparse.Namespace) -> int:
    from sousveil.cases.lake import Lake
    from sousveil.cases.outputs import to_json

    contents = Lake(args.lake).contents
    today = datetime.now(UTC).date()
    if args.json:
        cases = [
            {
                "case": entry.case,
                "added": f"{entry.added:%FT%TZ}",
                "consent_until": entry.consent_until.isoformat(),
                "delete_after": entry.delete_after.isoformat(),
                "platform": entry.platform,
                "rows": entry.rows,
                "whole": entry.whole,
                "lacking": entry.lacking,
                "ended": entry.ended(today),
            }
            for entry in contents.cases
        ]
        answer(lambda: sys.stdout.buffer.write(to_json({"recipients": list(contents.recipients), "cases": cases})))
        return OK
    if not contents.cases:
        print(t("lake.none"))
        return OK
    rows = [tuple(t(f"lake.head.{number}") for number in range(1, 9))]
    for entry in contents.cases:
        days = (f"{entry.added:%F}", entry.consent_until.isoformat(), entry.delete_after.isoformat())
        ended = t("lake.ended") if entry.ended(today) else ""
        rows.append((entry.case, *days, visible(entry.platform, 20), f"{entry.rows:,}", _source(entry), ended))
    answer(lambda: print(*display.table(rows, right=(5,)), sep="\n"))
    return OK


def _remove(args: argparse.Namespace) -> int:
    from sousveil.cases.lake import Lake, ids, locked, remove_case

    Lake(args.lake)
    with locked(args.lake, "lake remove"):
        lake = Lake(args.lake)
        _swept(lake.sweep())
        name, device = args.case, ""
        if "/" in name or Path(name).is_dir():
            with _case(Path(name), args.lake, args.identity) as case:
                name, device = ids(case)
        if not any(entry.device == device for entry in lake.contents.cases):
            device = lake.find(name).device
        for entry in [entry for entry in lake.contents.cases if entry.device == device]:
            remove_case(lake, entry)
            print(t("lake.removed", case=entry.case, rows=entry.rows, n=len(entry.tables)))
    print(t("lake.copies"))
    return OK


def _verify(args: argparse.Namespace) -> int:
    from sousveil.cases.lake import Lake, locked, verify

    Lake(args.lake)
    with locked(args.lake, "lake verify"):
        lake, now = Lake(args.lake), datetime.now(UTC)
        lake.check_clock(now)
        verified = verify(lake, now.date())
    for id, names in (
        ("missing", verified.missing),
        ("changed", verified.changed),
        ("stranger", verified.strangers),
    ):
        for name in names:
            print(t(f"lake.{id}", name=visible(name)))
    for case in verified.ended:
        print(t("lake.over", case=case, lake=visible(str(args.lake))))
    if verified.sound:
        print(t("lake.sound", n=len(lake.contents.cases)))
    return OK if verified.sound else DIFFERS


_DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "add": _add,
    "list": _list,
    "remove": _remove,
    "verify": _verify,
}


def recheck(args: argparse.Namespace) -> int:
    """Compare all cases of a lake with new indicators; gives the exit code."""
    from sousveil.cases.lake import Lake, locked
    from sousveil.cases.recheck import recheck

    Lake(args.lake)
    with locked(args.lake, "recheck"):
        lake = Lake(args.lake)
        rechecked = recheck(lake, args.indicators, identity=args.identity, now=datetime.now(UTC))
    if args.json:
        import msgspec

        from sousveil.cases.outputs import to_json

        content = {**msgspec.to_builtins(rechecked), "exit_code": rechecked.exit_code}
        answer(lambda: sys.stdout.buffer.write(to_json(content)))
    else:
        answer(lambda: print(*_lines(rechecked, args.lake), sep="\n"))
    return rechecked.exit_code


def _lines(rechecked: Rechecked, folder: Path) -> Iterator[str]:
    """A row for each newly hit case with its hits, then what was not compared."""
    lake = visible(str(folder))
    for case in rechecked.cases:
        yield t("lake.hit", case=case.case, folder=visible(case.folder), n=len(case.hits))
        for hit in case.hits[:SHOWN_HITS]:
            yield "  " + _hit(hit)
        if len(case.hits) > SHOWN_HITS:
            yield "  " + t("list.more", n=len(case.hits) - SHOWN_HITS)
    for name in rechecked.ended:
        yield t("lake.refused", case=name, lake=lake)
    for name in rechecked.failed:
        yield t("lake.failed", case=name, lake=lake)
    for name, artefacts in rechecked.in_part.items():
        yield t("lake.lacking", case=name, artefacts=_some(artefacts))
    yield t("lake.compared", n=rechecked.examined, indicators=rechecked.indicators, hits=f"{len(rechecked.cases):,}")
    if rechecked.cases:
        yield t("lake.limits")


def _hit(hit: Hit) -> str:
    from sousveil.cases.telling import where
    from sousveil.findings.judge import iso
    from sousveil.records import Source

    row = hit.first_row
    source = Source(file=row.file or "", table=row.table, row=row.row, line=row.line, offset=row.offset)
    line = t(
        "lake.hit_line",
        name=visible(hit.family or t("lake.unnamed"), 60),
        value=defang(hit.value),
        strength=t(f"lake.{hit.strength.value if hit.strength else 'no'}_strength"),
        artefact=visible(row.artefact),
        place=where(source),
        seen=iso(row.first_seen)[:19] + "Z" if row.first_seen is not None else t("lake.no_time"),
        rows=f"{hit.sightings:,}",
    )
    return t("lake.needs_check", hit=line) if hit.needs_check else line


__all__ = ["add_parsers", "lake", "recheck"]
