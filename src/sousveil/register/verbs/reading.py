"""The verbs that read a register: search, screen, export. Each gives an exit code."""

from __future__ import annotations

import argparse
import datetime
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from sousveil.answering import answer
from sousveil.display import wrapped
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.register import types
from sousveil.register.register import DIRECT, Register
from sousveil.register.score import Query
from sousveil.register.screening import Screener
from sousveil.register.screening_model import BadRow, Hit, Screened, Step, chain_words
from sousveil.register.screening_table import country_of
from sousveil.register.verbs.acting import check_readable

OK, FOUND, FAILED = 0, 1, 2
ALIKE = "The number before a name says how alike the names are (1.00: the same). It does not say how firmly anything stands."
NO_PERMISSION = "No hit is no permission: it only says that nothing like this name is on file here."


def _step(one: Step) -> dict[str, Any]:
    return {
        "entity": one.entity,
        "name": one.name,
        "link": one.link,
        "until": one.until,
        "percentage": one.percentage,
        "listed": one.listed,
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as `screen --json` prints it."""
    return {
        "entity": hit.entity,
        "name": hit.name,
        "score": round(hit.score, 4),
        "why": list(hit.why),
        "about": list(hit.about),
        "path": [[_step(one) for one in chain] for chain in hit.path],
        "snapshot": hit.snapshot,
        "dataset": hit.dataset,
        "type": hit.type,
        "countries": list(hit.countries),
        "replies": list(hit.replies),
    }


def screen(args: argparse.Namespace) -> int:
    """Screen a name, or a CSV of names; 1 when anything hit."""
    path = Path(args.names)
    single = path.suffix.casefold() != ".csv" and path.name == args.names and not path.exists()
    if not single:  # a file that is missing is never screened as a name
        check_readable(path)
    with Register.read(args.register) as register:
        screener = Screener.from_store(register.store)
        done: list[Screened] = []
        bad: list[BadRow] = []
        if single:
            query = Query(name=args.names)
            found = screener.found(query)
            done.append(Screened(query=query, hits=found.hits, left_out=found.left_out, line=1))
        for one in () if single else screener.screen_table(path, example=register.example):
            (bad if isinstance(one, BadRow) else done).append(one)  # type: ignore[arg-type]
    for row in bad:
        print(f"sousveil: line {row.line} was not screened: {visible(row.problem, 300)}", file=sys.stderr)
    if args.json:
        shown = [
            {
                "query": one.query.name,
                "country": one.query.country,
                "kind": one.query.kind,
                "line": one.line,
                "warnings": list(one.warnings),
                "hits": [hit_json(hit) for hit in one.hits],
                "left_out": one.left_out,
            }
            for one in done
        ]
        text = msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()
        answer(lambda: print(text))
    else:
        answer(lambda: _print(done))
    hits = sum(bool(one.hits) for one in done)
    names, lines = _count(len(done), "name"), _count(len(bad), "line")
    print(f"{names} screened, {hits:,} with hits, {lines} not screened.", file=sys.stderr)
    if hits:
        _tell(ALIKE)
    _tell(NO_PERMISSION)
    # A pipeline that reads only the exit code must not take "not screened" for "nothing hit".
    return FOUND if hits else FAILED if bad else OK


def _tell(text: str) -> None:
    """A sentence for people, in lines that fit the window."""
    for line in wrapped(text, min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)):
        print(line, file=sys.stderr)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _print(screened: Sequence[Screened]) -> None:
    for one in screened:
        for warning in one.warnings:
            print(f"sousveil: line {one.line}: {visible(warning, 300)}", file=sys.stderr)
        if not one.hits:
            print(f"{visible(one.query.name, 200)}: no hit")
            continue
        print(f"{visible(one.query.name, 200)}: {len(one.hits)} hit{'s' if len(one.hits) > 1 else ''}")
        for hit in one.hits:
            copy = f", copy of {hit.snapshot}" if hit.snapshot else ""
            kind, known = hit.type, types.find(hit.type)
            kind = known.label if known is not None else kind
            place = "published here" if hit.dataset == DIRECT else hit.dataset
            print(f"  {hit.score:.2f}  {visible(hit.name, 200)}  ({kind}, {place}{copy})  {hit.entity}")
            _folded(f"why: {'; '.join(visible(reason, 200) for reason in hit.why)}")
            for about in hit.about:
                _folded(f"on file: {visible(about, 1_000)}")
            for chain in hit.path:
                _folded(f"ownership: {chain_words(hit.name, chain)}")
            for reply in hit.replies:
                _folded(f"reply: {visible(reply, 500)}")
        if one.left_out:
            print(f"  {one.left_out:,} more left out, with nothing on file against them")


def _folded(text: str) -> None:
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)
    for line in wrapped(text, width, first=" " * 8, rest=" " * 12):
        print(line)


def _attachment(register: Register, sha256: str) -> bytes | None:
    """A published file; None where it was erased."""
    try:
        return (register.files.attachments_folder / sha256).read_bytes()
    except FileNotFoundError:
        return None


def export(args: argparse.Namespace) -> int:
    """Write the register out in one form; the site is made by the web part."""
    out: Path = args.out or Path(f"export-{args.form}")
    with Register.read(args.register) as register:
        from sousveil.register.export import About
        from sousveil.register.export import export as write

        done = write(
            register.store,
            args.form,
            out,
            since=args.since,
            non_commercial=args.non_commercial,
            attachments=lambda sha256: _attachment(register, sha256),
            about=About(
                title=register.title,
                uri=f"urn:sousveil:{register.origin}",
                published=datetime.datetime.now(datetime.UTC).date().isoformat(),
            ),
        )
    for file in done.files:
        print(f"{file.name}: {file.records:,} records, SHA-256 {file.sha256}")
    for name, why in done.left_out.items():
        print(f"left out: {name} ({why})", file=sys.stderr)
    print(f"The files are in {out}. The next changes: --since {done.size}", file=sys.stderr)
    return OK


def search(args: argparse.Namespace) -> int:
    """Search by word."""
    from sousveil.register.search import Search

    if args.type and types.find(args.type) is None:
        raise Usage(
            f"There is no record type {visible(args.type)!r}.", hint="Types are " + ", ".join(types.all_types()) + "."
        )
    with Register.read(args.register) as register:
        country = country_of(args.country or "", example=register.example)[0]
        if args.country and country is None:
            raise Usage(
                f"{visible(args.country)!r} is not a country.", hint="Give its two letters, such as il, or its name."
            )
        facets = {name: [value] for name, value in (("type", args.type), ("country", country)) if value}
        index = Search.open(register.derived / "search")
        try:
            index.refresh(register.store)
            found = index.query(args.text, facets, 1, args.limit)
        finally:
            index.close()
    if args.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
        return OK
    for hit in found.hits:
        where = ", ".join(hit.countries)
        print(f"{hit.id}  {visible(hit.name, 200)}  ({hit.type}{', ' + where if where else ''})")
        for piece in hit.highlights[:2]:
            text = "".join(f"[{part}]" if marked else part for part, marked in piece.parts)
            print(f"    {visible(text, 200)}")
    tolerant = ", spelled nearly so" if found.tolerant and found.total else ""
    shown = f"; the first {len(found.hits):,} are shown (--limit N)" if len(found.hits) < found.total else ""
    print(f"{found.total:,} found{tolerant}{shown}.", file=sys.stderr)
    return OK
