"""Bulk files, made when they are first asked for and kept while the register does not change."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views import item_records as records
from sousveil.errors import Usage
from sousveil.register.export.exporting import COMBINED, FORMS, About, export
from sousveil.register.export.lines import FIELDS, as_csv, line, row
from sousveil.register.export.terms import Terms, terms_of
from sousveil.register.model import Recorded
from sousveil.web.boards import board_of
from sousveil.web.failures import Failure
from sousveil.web.limits import Lane, Turnstile
from sousveil.web.site import Site

WORDS = {
    "csv": "one statement a row, for spreadsheets",
    "jsonl": "one statement a line, as JSON",
    "ftm": "FollowTheMoney entities, for the programs Aleph and yente",
    "ocds": "contracts in the Open Contracting form",
    "bods": "ownership in the Beneficial Ownership form",
}
ENDINGS = {"ftm": "ftm.json", "ocds": "ocds.json", "bods": "bods.json", "csv": "csv", "jsonl": "jsonl"}
PROCEDURES = "procedures"
"""Stands where the form stands in the address of a file of one demand of the letter."""
_PATH = re.compile(r"bulk/(jsonl|csv|ftm|ocds|bods|procedures)/([A-Za-z0-9][A-Za-z0-9._-]{0,120})")
CHUNK = 1 << 18
CHANGES_MAX = 8
"""Sets of changes that are kept for one state."""


class BulkFile(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk file on the disk."""

    path: Path
    media_type: str
    licences: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The inner part of the ETag: the beginning of its SHA-256."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:32]

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, piece by piece."""
        with self.path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece


class BulkName(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk file that can be had."""

    path: str
    form: str
    dataset: str
    title: str
    licence: str


def names(site: Site) -> list[BulkName]:
    """All files that can be had, the combined ones first."""
    allowed = offered(site)
    found = []
    for form in FORMS:
        rows = [(COMBINED, "All sources whose terms go together", "see its terms file")] if _together(allowed) else []
        rows += [(name, one.title, one.licence or "as each publisher says") for name, one in allowed.items()]
        for dataset, title, licence in rows:
            path = f"bulk/{form}/{dataset}.{ENDINGS[form]}"
            found.append(BulkName(path=path, form=form, dataset=dataset, title=title, licence=licence))
    return sorted(found, key=lambda one: (one.dataset != COMBINED, one.title, list(WORDS).index(one.form)))


def procedure_file(site: Site, turnstile: Turnstile, name: str) -> BulkFile | None:
    """All statements on the records of one demand, `NAME.jsonl` or `NAME.csv`; None where there is no such demand."""
    procedure, _, form = name.rpartition(".")
    one = all_procedures().get(procedure)
    if one is None or form not in ("jsonl", "csv"):
        return None
    state = site.state()
    folder = site.derived / "prepared" / f"{state.name}-{site.code}" / "bulk" / PROCEDURES
    file = folder / name
    if not file.is_file():
        with turnstile.heavy(Lane.LONG):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = folder / f".{name}.{secrets.token_hex(8)}.part"  # others may make the same one at this moment
            ids = [record.id for record in records(board_of(site), one, one.types)]
            part.write_bytes(_lines(site, ids, form))
            part.rename(file)
    return BulkFile(path=file, media_type=_media_type(name), licences=site.licences(offered(site)))


def _lines(site: Site, ids: list[str], form: str) -> bytes:
    """The statements on these records whose data sets may be given out, one a line or row."""
    allowed = offered(site)
    made: list[dict[str, Any]] = []
    for at in range(0, len(ids), 500):
        members = [each for id in ids[at : at + 500] for each in site.store.members(id)]
        said = [
            one
            for one in site.store.statements_of(members)
            if one.retracted is None and one.statement.dataset in allowed
        ]
        replies: dict[str, list[Recorded]] = {}
        for reply in site.store.replies_to([one.id for one in said]):
            replies.setdefault(reply.statement.supersedes or "", []).append(reply)
        made += [line(one, replies.get(one.id, ())) for one in said]
    if form == "csv":
        return as_csv([FIELDS, *(row(one) for one in made)])
    return b"".join(msgspec.json.encode(one) + b"\n" for one in made)


def offered(site: Site) -> dict[str, Terms]:
    """Data sets that have files: not the reference lists, and none that is for non-commercial use only."""
    found = terms_of(site.store.counts().datasets, {})
    return {name: one for name, one in found.items() if one.class_ != "reference" and not one.non_commercial}


def _together(allowed: dict[str, Terms]) -> bool:
    return any(one.combinable for one in allowed.values())


def find(site: Site, turnstile: Turnstile, path: str, query: str) -> BulkFile | None:
    """The file behind `bulk/FORM/NAME`, made if need be; None where there is none. Raises Failure."""
    asked = _PATH.fullmatch(path)
    if asked is None or ".." in path:
        return None
    form, name = asked[1], asked[2]
    if form == PROCEDURES:
        if query:
            raise Failure(
                400,
                "The file of a procedure is whole.",
                field=query.partition("=")[0][:40],
                hint="For what changed, read bulk/jsonl/NAME.jsonl?since=N.",
            )
        return procedure_file(site, turnstile, name)
    since = _since(query)
    if site.store.size() < (since or 0):
        raise Failure(400, "The log has not come so far.", field="since", hint=f"It has {site.store.size()} entries.")
    folder = _made(site, turnstile, form, since)
    if since is not None:
        dataset = name.removesuffix(f".{ENDINGS[form]}")
        name = f"{dataset}.{form}.since-{since}.{'csv' if form == 'csv' else 'jsonl'}"
    file = folder / name
    if not file.is_file():
        return None
    dataset = name.split(".")[0]
    licences = site.state().licences if dataset == COMBINED else site.licences([dataset])
    return BulkFile(path=file, media_type=_media_type(name), licences=licences)


def _since(query: str) -> int | None:
    if not query:
        return None
    given = parse_qs(query, keep_blank_values=True, max_num_fields=5)
    text = given.pop("since", ["none"])[-1]
    if given or not text.isdecimal() or len(text) > 15 or not text.isascii():
        raise Failure(400, "Only since= and a number may stand here.", field="since")
    return int(text)


def _media_type(name: str) -> str:
    if name.endswith(".csv"):
        return "text/csv; charset=utf-8"
    lined = name.endswith((".jsonl", ".ftm.json"))
    return "application/x-ndjson" if lined else "application/json"


def _made(site: Site, turnstile: Turnstile, form: str, since: int | None) -> Path:
    """The folder with the files of this form, for the state of now."""
    state = site.state()
    root = site.derived / "prepared" / f"{state.name}-{site.code}" / "bulk"
    folder = root / (form if since is None else f"{form}-since-{since}")
    if folder.is_dir():
        return folder
    with turnstile.heavy(Lane.LONG):
        if folder.is_dir():
            return folder
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if since is not None:
            for old in sorted(root.glob("*-since-*"), key=lambda one: one.stat().st_mtime)[: -CHANGES_MAX or None]:
                shutil.rmtree(old, ignore_errors=True)
        part = root / f".{folder.name}.{secrets.token_hex(8)}.part"  # others may make the same one at this moment
        attachments = site.folder / "attachments"
        try:
            export(
                site.store,
                form,
                part,
                since=since,
                attachments=lambda sha256: _attachment(attachments, sha256),
                about=About(title=site.title, uri=f"urn:sousveil:{site.origin}", published=state.snapshot),
            )
            with contextlib.suppress(OSError):  # another was faster
                part.rename(folder)
        except Usage as error:
            raise Failure(400, error.message, hint=error.hint, field="since") from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return folder


def _attachment(folder: Path, sha256: str) -> bytes | None:
    for path in (folder / sha256, folder / sha256[:2] / sha256):
        if path.is_file():
            return path.read_bytes()
    return None
