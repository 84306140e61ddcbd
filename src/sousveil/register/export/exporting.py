"""Bulk files: one for each source with its terms, one of all sources whose terms go together, whole or as changes.

A file is made of records with a key. `since` writes the changes that turn the file made when the log had `since` entries
into the one made now: lines with `op` add, change or delete and a `key`, and `erase` with the id of a `statement`, at which
a holder drops every record that rests on it. What a record rests on stands in `rests` of the line. `replay` does it.

A reference list has no statements and therefore no file. Sources for non-commercial use are left out unless asked for.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from sousveil.errors import Usage
from sousveil.register.export import bods, ftm, lines, ocds, ocds_made
from sousveil.register.export.terms import Terms, terms_of
from sousveil.register.model import Recorded
from sousveil.register.store.store import Store

FORMS = ("ftm", "ocds", "bods", "csv", "jsonl")
COMBINED = "combined"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*", re.ASCII)
_PAGE = 500
_EXTENSION = {"ftm": "ftm.json", "ocds": "ocds.json", "bods": "bods.json", "csv": "csv", "jsonl": "jsonl"}
_ENCODE = msgspec.json.Encoder().encode


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was written."""

    name: str
    dataset: str
    """Its source, or `combined`."""
    records: int
    sha256: str


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What an export wrote."""

    size: int
    """Entries of the log that are in it: the `since` of the next changes."""
    files: list[ExportedFile]
    left_out: dict[str, str]
    """Sources without a file, each with the reason."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a file."""

    key: str
    body: dict[str, Any]
    rests: list[str]
    """Ids of the statements that it was made of."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Who publishes the files, for the forms that say so in themselves."""

    title: str = "Sousveil register"
    uri: str = "urn:sousveil:register"
    published: str = "1970-01-01"
    """Day of the export. Given by the caller: the same register gives the same bytes."""


def export(
    store: Store,
    form: str,
    out: Path,
    *,
    since: int | None = None,
    terms: Mapping[str, Terms] | None = None,
    non_commercial: bool = False,
    attachments: ocds.Attachments | None = None,
    about: About | None = None,
) -> Exported:
    """Write the files of one form into the folder `out`. Raises Usage for an unknown form or an index not yet reached.

    `terms` overrides what the intakes state, for instance for publications handed in directly. `attachments` gives kept
    packages by hash; OCDS needs it.
    """
    if form not in FORMS:
        raise Usage(f"There is no form named “{form[:40]}”.", hint=f"There are: {', '.join(FORMS)}.")
    if form == "ocds" and attachments is None:
        raise Usage("Contracts are exported word for word.", hint="Say where the kept packages lie.")
    size = store.size()
    if since is not None and not 0 <= since <= size:
        raise Usage(f"The log has {size} entries; there is no index {since}.", hint=f"Give a number from 0 to {size}.")
    out.mkdir(parents=True, exist_ok=True)
    maker = _Maker(store, form, attachments or (lambda sha256: None), about or About())
    files: list[ExportedFile] = []
    left_out: dict[str, str] = {}
    found = terms_of(store.counts().datasets, terms or {})
    allowed: dict[str, Terms] = {}
    for name, one in found.items():
        if not _NAME.fullmatch(name) or name == COMBINED:
            left_out[name] = "its name is not the name of a data set, and no file can have it"
        elif one.non_commercial and not non_commercial:
            left_out[name] = f"{one.licence}: not for commercial use, and not asked for"
        elif one.class_ == "reference":
            left_out[name] = "a reference list: it serves screening and is not published row by row"
        else:
            allowed[name] = one
    for name, one in allowed.items():
        files.append(_file(maker, out, name, {name}, one.licence_url, since))
        (out / f"{name}.terms.json").write_bytes(msgspec.json.format(_ENCODE(one), indent=2) + b"\n")
    together = {name for name, one in allowed.items() if one.combinable}
    if together:
        files.append(_file(maker, out, COMBINED, together, "", since))
        each = [found[name] for name in sorted(together)]
        (out / f"{COMBINED}.terms.json").write_bytes(msgspec.json.format(_ENCODE(each), indent=2) + b"\n")
    return Exported(size=size, files=files, left_out=left_out)


class _Maker:
    """Makes records of entities."""

    def __init__(self, store: Store, form: str, attachments: ocds.Attachments, about: About) -> None:
        self.store = store
        self.form = form
        self.attachments = attachments
        self.about = about

    def whole(self, datasets: set[str], licence_url: str) -> Iterator[Record]:
        """All records, in the order of the entities' ids."""
        only = next(iter(datasets)) if len(datasets) == 1 else None
        after = ""
        while page := self.store.subjects(dataset=only, after=after, limit=_PAGE):
            after = page[-1]
            yield from self.of(page, datasets, licence_url)

    def of(
        self, subjects: Sequence[str], datasets: set[str], licence_url: str, known_at: int | None = None
    ) -> Iterator[Record]:
        """The records of these entities, now or as the log was when it ended with an entry."""
        by_subject: dict[str, list[Recorded]] = {subject: [] for subject in subjects}
        for one in self.store.statements_of(subjects, known_at=known_at):
            if one.statement.dataset in datasets and one.retracted is None:
                by_subject[one.statement.subject].append(one)
        replies: dict[str, list[Recorded]] = {}
        ids = [one.id for found in by_subject.values() for one in found]
        for reply in self.store.replies_to(ids, known_at=known_at):
            if reply.retracted is None and reply.statement.supersedes:
                replies.setdefault(reply.statement.supersedes, []).append(reply)
        names = self._names(by_subject, datasets, known_at) if self.form == "ocds" else None
        for subject, said in by_subject.items():
            if said:
                yield from self._records(subject, said, replies, licence_url, names)

    def _names(
        self, by_subject: Mapping[str, list[Recorded]], datasets: set[str], known_at: int | None
    ) -> ocds_made.Names:
        """What the parties of contracts are called."""
        ids = {
            one.statement.value
            for said in by_subject.values()
            for one in said
            if one.statement.type == "Contract" and one.statement.property in ("buyer", "supplier")
        }
        return ocds_made.Names(self.store.statements_of(sorted(ids), known_at=known_at), datasets)

    def _records(
        self,
        subject: str,
        said: list[Recorded],
        replies: dict[str, list[Recorded]],
        licence_url: str,
        names: ocds_made.Names | None,
    ) -> Iterator[Record]:
        if self.form in ("jsonl", "csv"):
            for one in said:
                body = lines.line(one, replies.get(one.id, ()))
                yield Record(key=one.id, body=body, rests=[one.id, *(reply["id"] for reply in body["replies"])])
            return
        standing = [one for one in said if one.superseded_by is None]
        answers = [reply for one in standing for reply in replies.get(one.id, ()) if reply.superseded_by is None]
        rests = sorted({one.id for one in (*standing, *answers)})
        if self.form == "ftm":
            current = {
                one.id: [reply for reply in replies.get(one.id, ()) if reply.superseded_by is None] for one in standing
            }
            datasets = sorted({one.statement.dataset for one in standing})
            for entity in ftm.entities(subject, standing, current, datasets):
                yield Record(key=entity["id"], body=entity, rests=rests)
        elif self.form == "bods":
            about = self.about
            outside = [reply for reply in answers if reply.statement.subject != subject]
            made = bods.statement(
                subject,
                [*standing, *outside] if outside else standing,
                published=about.published,
                publisher=about.title,
                licence_url=licence_url,
            )
            if made is not None:
                yield Record(key=subject, body=made, rests=rests)
        elif names is not None:
            yield from self._contracts(subject, standing, names)

    def _contracts(self, subject: str, standing: list[Recorded], names: ocds_made.Names) -> Iterator[Record]:
        kept = {
            one.statement.value: one.id
            for one in standing
            if one.statement.type == "Contract" and one.statement.property == "publication"
        }
        for sha256, id in kept.items():
            data = self.attachments(sha256)
            for key, release in ocds.releases(data) if data is not None else ():
                yield Record(key=f"{subject}/{key}", body=release, rests=[id])
        if not kept and (made := ocds_made.release(subject, standing, names)) is not None:
            yield Record(key=subject, body=made[0], rests=made[1])


def changes(maker: _Maker, datasets: set[str], licence_url: str, since: int) -> Iterator[dict[str, Any]]:
    """Lines that turn the records at `since` into those of now."""
    touched: dict[str, int] = {}
    erased = False
    for change in maker.store.changes(since):
        if change.op == "erase":
            erased = True
            yield {"op": "erase", "index": change.index, "statement": change.id}
        if change.recorded is None:
            continue
        said = change.recorded.statement
        touched[said.subject] = change.index
        if said.supersedes:
            answered = maker.store.statement(said.supersedes)
            if isinstance(answered, Recorded):
                touched[answered.statement.subject] = change.index
    if maker.form == "ocds":  # a contract names its parties: it changes when they are called something else
        for told in maker.store.statements_to(sorted(touched)):
            if told.statement.type == "Contract":
                touched.setdefault(told.statement.subject, touched[told.statement.value])
    last = maker.store.size() - 1
    for page in _pages(touched):
        old = {one.key: one for one in maker.of(page, datasets, licence_url, since - 1)} if since > 0 else {}
        new = {one.key: one for one in maker.of(page, datasets, licence_url)}
        index = max(touched[subject] for subject in page)
        for key in old:
            if key not in new:
                yield {"op": "delete", "index": index, "key": key}
        for key, one in new.items():
            if key not in old or old[key] != one:
                op = "change" if key in old else "add"
                yield {"op": op, "index": index, "key": key, "rests": one.rests, "record": one.body}
    if erased:
        # Which records rested on what was erased is not known any more: a holder knows it, and gets all that stand.
        for one in maker.whole(datasets, licence_url):
            yield {"op": "change", "index": last, "key": one.key, "rests": one.rests, "record": one.body}


def replay(records: dict[str, Record], told: Iterable[Mapping[str, Any]]) -> dict[str, Record]:
    """The records after these changes."""
    found = dict(records)
    for one in told:
        match one["op"]:
            case "erase":
                gone = [key for key, record in found.items() if one["statement"] in record.rests]
                for key in gone:
                    del found[key]
            case "delete":
                found.pop(one["key"], None)
            case _:
                found[one["key"]] = Record(key=one["key"], body=one["record"], rests=list(one["rests"]))
    return found


def _pages(subjects: Mapping[str, int]) -> Iterator[list[str]]:
    ordered = sorted(subjects)
    for first in range(0, len(ordered), _PAGE):
        yield ordered[first : first + _PAGE]


def _file(maker: _Maker, out: Path, name: str, datasets: set[str], licence_url: str, since: int | None) -> ExportedFile:
    if since is not None:
        path = out / f"{name}.{maker.form}.since-{since}.{'csv' if maker.form == 'csv' else 'jsonl'}"
        count = _write(path, lambda file: _write_changes(file, maker, datasets, licence_url, since))
    else:
        path = out / f"{name}.{_EXTENSION[maker.form]}"
        count = _write(path, lambda file: _WRITERS[maker.form](file, maker, datasets, licence_url))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ExportedFile(name=path.name, dataset=name, records=count, sha256=digest)


def _write(path: Path, write: Callable[[IO[bytes]], int]) -> int:
    """All or nothing: the file appears under its name when it is complete."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            count = write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_changes(file: IO[bytes], maker: _Maker, datasets: set[str], licence_url: str, since: int) -> int:
    count = 0
    if maker.form == "csv":
        file.write(lines.as_csv([("op", "index", *lines.FIELDS)]))
    for one in changes(maker, datasets, licence_url, since):
        count += 1
        if maker.form == "csv":
            blank = dict.fromkeys(lines.FIELDS)
            blank["id"] = one.get("statement") or one.get("key")
            file.write(lines.as_csv([(one["op"], str(one["index"]), *lines.row(one.get("record") or blank))]))
        else:
            file.write(_ENCODE(one) + b"\n")
    return count


def _write_jsonl(file: IO[bytes], maker: _Maker, datasets: set[str], licence_url: str) -> int:
    count = 0
    for one in maker.whole(datasets, licence_url):
        count += 1
        file.write(_ENCODE(one.body) + b"\n")
    return count


def _write_csv(file: IO[bytes], maker: _Maker, datasets: set[str], licence_url: str) -> int:
    file.write(lines.as_csv([lines.FIELDS]))
    count = 0
    for one in maker.whole(datasets, licence_url):
        count += 1
        file.write(lines.as_csv([lines.row(one.body)]))
    return count


def _write_array(file: IO[bytes], bodies: Iterable[dict[str, Any]]) -> int:
    count = 0
    file.write(b"[")
    for count, body in enumerate(bodies, 1):
        file.write((b"\n" if count == 1 else b",\n") + _ENCODE(body))
    file.write(b"\n]")
    return count


def _write_bods(file: IO[bytes], maker: _Maker, datasets: set[str], licence_url: str) -> int:
    count = _write_array(file, (one.body for one in maker.whole(datasets, licence_url)))
    file.write(b"\n")
    return count


def _write_ocds(file: IO[bytes], maker: _Maker, datasets: set[str], licence_url: str) -> int:
    about = maker.about
    head = ocds.head(
        uri=about.uri, published=f"{about.published}T00:00:00Z", publisher=about.title, licence_url=licence_url
    )
    seen: set[bytes] = set()

    def once() -> Iterator[dict[str, Any]]:
        for one in maker.whole(datasets, licence_url):
            digest = hashlib.sha256(_ENCODE(one.body)).digest()
            if digest not in seen:
                seen.add(digest)
                yield one.body

    file.write(_ENCODE(head)[:-1] + b',"releases":')
    count = _write_array(file, once())
    file.write(b"}\n")
    return count


_WRITERS: dict[str, Callable[[IO[bytes], _Maker, set[str], str], int]] = {
    "ftm": _write_jsonl,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "bods": _write_bods,
    "ocds": _write_ocds,
}
