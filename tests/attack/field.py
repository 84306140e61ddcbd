"""What is attacked: a register served by the real server, with its staff, on one database. And what an attack answers."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.databases import databases
from tests.register.maker import imprint
from tests.web.serving import served, served_twice
from tests.web.staff.people import Staff, fill, staff_of
from tests.web.staff.visitor import Page

PEOPLE = ("paula", "peter", "rita", "rosa", "bela", "carl", "olga", "omar")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    name: str
    tried: int
    limit: str
    """What bounds the attack."""
    broken: tuple[str, ...]
    """Each try that got through."""

    @property
    def held(self) -> int:
        """Tries that failed."""
        return self.tried - len(self.broken)


@dataclass
class Tally:
    """Counts the tries of one attack."""

    name: str
    limit: str
    tried: int = 0
    broken: list[str] = field(default_factory=list)

    def check(self, holds: object, what: str) -> None:
        """Counts a try; `what` names it where it got through."""
        self.tried += 1
        if not holds:
            self.broken.append(what)

    def result(self) -> Result:
        """The line of the table."""
        return Result(self.name, self.tried, self.limit, tuple(self.broken))


@dataclass(eq=False)
class Field:
    """The served register, its staff, and room for further registers on the same kind of database."""

    staff: Staff
    root: Path
    full: bool
    postgres: bool
    new_database: Callable[..., str | None]
    """Gives an empty database, or a copy of `like`; None for the register's own file."""

    def number(self, quick: int, full: int) -> int:
        """How many tries: `quick` within `make test`, `full` in `make attack` and `make test-full`."""
        return full if self.full else quick

    @property
    def folder(self) -> Path:
        """The folder of the served register."""
        return self.staff.folder

    @property
    def pages(self) -> str:
        """Where readers are served."""
        return self.staff.pages

    @property
    def door(self) -> str:
        """Where the staff is served."""
        return self.staff.address

    def address_of(self, path: str) -> str:
        """Where a path is served."""
        return self.door if path.startswith("/staff/") else self.pages

    def place(self, name: str) -> Path:
        """A new path below the folder of this run."""
        path = self.root / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def send(self, method: str, path: str, body: bytes | None = None, *, seconds: float = 60, **headers: str) -> Page:
        """One request, its path as it is given. A connection that breaks gives status 0."""
        return send(self.address_of(path), method, path, body, seconds=seconds, **headers)


Attack = Callable[[Field], Result]


def send(
    address: str, method: str, path: str, body: bytes | None = None, *, seconds: float = 60, **headers: str
) -> Page:
    """See `Field.send`."""
    host = urlsplit(address)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=seconds)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.putrequest(method, path, skip_host="Host" in sent)
        for name, value in sent.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Page(answer.status, answer.getheaders(), answer.read())
    except (OSError, http.client.HTTPException) as error:
        return Page(0, [], type(error).__name__.encode())
    finally:
        connection.close()


@contextmanager
def field_on(root: Path, postgres: str | None, *, full: bool) -> Iterator[Field]:
    """The register served on SQLite, or in a new database of a PostgreSQL server at this address."""
    root.mkdir(parents=True, exist_ok=True)
    folder = root / "register"
    if postgres:  # without its staff: accounts are in a database of their own, the same beside each register
        with databases(postgres) as new_database:
            fill(folder, new_database())
            imprint(folder)
            with served(folder) as pages:
                yield Field(Staff(folder, "", pages), root, full, True, new_database)
    else:
        with staff_of(folder, *PEOPLE, serve=_serve) as staff:
            yield Field(staff, root, full, False, lambda like=None: None)


@contextmanager
def _serve(folder: Path) -> Iterator[tuple[str, str]]:
    imprint(folder)
    with served_twice(folder) as (pages, door, _):
        yield pages, door
