"""The whole register as static files: pages, feeds, bulk files and the log, for mirrors and for reading from a disk.

All links are relative, so that the copy works from any folder, below any path, and as `file://`. What needs a running
register (search, screening, publishing, questions about another day) is not in it and says so.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from sousveil.decisions.procedures.registry import all_procedures
from sousveil.errors import SousveilError, Usage
from sousveil.web import bulk
from sousveil.web.links import join, static_name
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages
from sousveil.web.site import Site

BATCH = 500
OF_TYPE = {"Company": (("entities", "chains"), ("entities", "licences")), "Acquisition": (("boards",),)}
"""Record type -> pages that there are for each record of it besides its own: what stands before the id, and behind."""


class SiteExported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    files: int
    size: int
    """Entries of the log that it knows."""


class StaticFailed(SousveilError):
    """A page could not be made; the copy is not complete."""


def addresses(site: Site) -> Iterator[str]:
    """The address of everything that is in the copy, below the root, escaped; files of the log apart."""
    yield "static/register.css"
    for page in all_pages():
        if not page.parts:
            yield page.route
        elif page.copies is not None:
            yield from page.copies(site)
    yield "feed.atom"
    yield "licences/review.atom"
    yield "corrections.atom"
    for name, count in site.store.counts().entities.items():
        if count:
            yield f"feeds/type/{name}.atom"
    for name in all_procedures():
        yield f"feeds/procedure/{name}.atom"
    for id in _canonical_ids(site):
        for rest in ((), ("network",), ("timeline",), ("feed.atom",)):
            yield join("entities", id, *rest)
    for type, routes in OF_TYPE.items():
        for id in site.store.subjects(type=type, limit=10**8):
            for before, *after in routes:
                yield join(before, id, *after)
    for one in site.store.iter_statements():
        yield join("statements", one.id)
    for gone in site.store.erased_ids():
        yield join("statements", gone.id)
    for index in range(site.store.size()):
        yield join("log", "entries", index)
        yield join("log", "entries", index, "receipt.txt")


def _canonical_ids(site: Site) -> Iterator[str]:
    seen: set[str] = set()
    after = ""
    while ids := site.store.subjects(after=after, limit=BATCH):
        after = ids[-1]
        joined = site.store.canonicals(ids)
        for id in ids:
            head = joined.get(id, id)
            if head not in seen:
                seen.add(head)
                yield head


def export_site(site: Site, out: Path, *, told: Callable[[int], None] | None = None) -> SiteExported:
    """Write the copy into the folder `out`, which must be empty or not there. Raises Usage (also without an imprint), StaticFailed."""
    site.register.paths.need_imprint(site.config)
    if out.exists() and any(out.iterdir()):
        raise Usage(f"{out} is not empty.", hint="Name a folder that does not exist yet.")
    out.mkdir(parents=True, exist_ok=True)
    app = Outer(site, keep=False)
    size, count = site.store.size(), 0
    for address in addresses(site):
        _write(out / static_name(address), page(app, address))
        count += 1
        if told is not None:
            told(count)
    for one in bulk.names(site):
        for name in dict.fromkeys((one.path, f"bulk/{one.form}/{one.dataset}.terms.json")):
            found = bulk.find(site, app.turnstile, name, "")
            if found is not None:
                target = out / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(found.path, target)
                count += 1
    for name in ("log", "attachments"):
        count += _copy_files(site.folder / name, out / name)
    for name in (f"{one}.{form}" for one in all_procedures() for form in ("jsonl", "csv")):
        made = bulk.procedure_file(site, app.turnstile, name)
        if made is not None:
            target = out / "bulk" / bulk.PROCEDURES / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made.path, target)
            count += 1
    return SiteExported(files=count, size=size)


def page(app: Outer, address: str) -> bytes:
    """One page of the copy. Raises StaticFailed."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/" + unquote(address),
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "sousveil.static": True,
    }
    seen: list[str] = []
    body = b"".join(app(environ, lambda status, lines: seen.append(status)))
    if not seen[0].startswith("200"):
        raise StaticFailed(f"The page {address} could not be made ({seen[0]}).")
    return body


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _copy_files(folder: Path, out: Path) -> int:
    count = 0
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink() and not file.name.startswith("."):
            target = out / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            count += 1
    return count
