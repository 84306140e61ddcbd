"""What the truth table is made of: values to plant, where they are planted, and what must be found.

A value is never written down here: it is taken from the published sets (by kind and family, in a fixed order, each
value once) or from the test's own set. `{v}` in a template stands for it; the other names are spellings of it: `forms`.
"""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from phonegen.core import Phone
from sousveil.findings.judge import quoted, rule_name
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.canonical import canonical
from sousveil.indicators.model import IndicatorKind
from sousveil.indicators.strength import host_of, table

Put = tuple[str, Any]
"""What is put on a phone: ("row", (module, row, place)) ..., see `Basket`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A finding that must be there, and nothing else for this value in this artefact."""

    artefact: str
    strength: str
    shows: str
    rule: str = ""
    """Of findings without an indicator; "" is the rule of the indicator's kind."""
    kind: str = ""
    """Where another kind of indicator matches as well (a path and its last part)."""
    value: str = "{v}"
    """Template of the indicator's value."""
    file: str = ""
    """End of `source.file`; "" does not look."""
    table: str | None = None
    row: int | None = None
    space: str | None = None
    evidence: int = 1
    """Rows that the finding rests on; 0: any number (a freed row stands in its table and in indexes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One line of the table: something put on some phones, and what must come of it (`wants` empty: nothing)."""

    name: str
    phones: tuple[str, ...]
    puts: tuple[Put, ...]
    kind: str = ""
    family: str = ""
    wants: tuple[Want, ...] = ()


def forms(value: str) -> dict[str, str]:
    """The spellings of a value that templates may use."""
    first, _, rest = value.partition(".")
    return {
        "v": value,
        "V": value.upper(),
        "idna": canonical(IndicatorKind.DOMAIN, value) if not value.isascii() else value,
        "title": value.title(),
        "lower": value.lower(),
        "pct": "".join(f"%{byte:02x}" for byte in value.encode()),
        "pctdots": value.replace(".", "%2E"),
        "pct2": urllib.parse.quote(urllib.parse.quote(f"https://{value}/a", safe=""), safe=""),
        "wide": "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in value),
        "b64": base64.b64encode(f"https://{value}/a".encode()).decode(),
        "rest": rest,
        "first": first,
        "broken": value[:3] + "\n" + value[3:],
        "sixteen": value[:16],
        "fifteen": value[:15],
        "cut": value[1:],
        "short": value[:-1],
        "swap": value[:-1] + ("x" if value[-1] != "x" else "y"),
        "base": value.rstrip("/").rpartition("/")[2],
        "home": value.removeprefix("/private/var/mobile/"),
        "homeupper": value.removeprefix("/private/var/mobile/").upper(),
        "homeflat": value.strip("/").replace("/", "_"),
        "under": value.replace(".", "_"),
        "dash": value.replace(".", "-"),
    }


def filled(template: Any, value: str) -> Any:
    """A template with the value put in: text, bytes, lists, tuples and dictionaries, whatever else stays."""
    if isinstance(template, str):
        if "{" not in template or not value:
            return template
        for name, text in forms(value).items():
            template = template.replace("{" + name + "}", text)
        return template
    if isinstance(template, bytes):
        if b"{" not in template or not value:
            return template
        for name, text in forms(value).items():
            template = template.replace(b"{" + name.encode() + b"}", text.encode())
        return template
    if isinstance(template, Mapping):
        return {filled(k, value): filled(v, value) for k, v in template.items()}
    if isinstance(template, list | tuple):
        return type(template)(filled(item, value) for item in template)
    if callable(template):
        return template(value)
    return template


@dataclass
class Values:
    """Hands out values for one phone, each once. `turn` makes phones begin at different values."""

    own: Mapping[str, Mapping[str, list[str]]]
    turn: int = 0
    _pools: dict[tuple[str, str], Iterator[str]] = field(default_factory=dict)

    def take(self, kind: str, family: str) -> str:
        """The next value of a kind and family that stands for itself alone."""
        pool = self._pools.get((kind, family))
        if pool is None:
            every = list(_published(kind, family)) if family not in self.own else self.own[family][kind]
            start = self.turn * 53 % len(every)
            pool = self._pools[kind, family] = iter([*every[start:], *every[:start]])
        try:
            return next(pool)
        except StopIteration:
            raise LookupError(f"no more values of {kind} for {family}") from None


@cache
def _published(kind: str, family: str) -> tuple[str, ...]:
    """Values that only this family has, that no review limits, and that hold no other published value.

    With `!` before the family: those that a review of single values names.
    """
    asked, family = family.startswith("!"), family.removeprefix("!")
    every = [one for published in bundled_sets() for one in published.indicators]
    families: dict[str, set[str | None]] = {}
    for one in every:
        if one.kind == kind and one.pattern == "equals":
            families.setdefault(one.value, set()).update(said.family for said in one.attributions)
    reviewed = table().values
    names = {one.value for one in every if one.kind in ("file:name", "process:name")}
    found: set[str] = set()
    for one in every:
        if one.kind != kind or families.get(one.value) != {family} or any(said.ceiling for said in one.attributions):
            continue
        host = host_of(IndicatorKind(kind), one.value)
        named = any(row.names(one.value, host, "") for row in reviewed if not row.kinds or kind in row.kinds)
        named |= kind == "process:name" and table().names.reason(one.value) is not None
        parent = host.partition(".")[2]
        twice = kind == "file:path" and one.value.rpartition("/")[2] in names
        if named is asked and not (twice or quoted(one.value) or parent in families or host.startswith("www.")):
            found.add(one.value)
    return tuple(sorted(found))


def rule_of(kind: str) -> str:
    """The rule of findings that rest on an indicator of this kind."""
    return rule_name(IndicatorKind(kind))


# ---------------------------------------------------------------- what can be put on a phone
def row(
    module: str, /, at: int | None = None, place: tuple[str, str] | None = None, gone: bool = False, **values: Any
) -> Put:
    """A row (database) or entry (property list) of a module of phonegen.ios; `gone` deletes it again."""
    if at is not None:
        values["at"] = at
    return ("row", (module, values, place, gone))


def file(domain: str, relative: str, data: Any, **rest: Any) -> Put:
    """A file; `data` is a template of bytes, or a function from the value to bytes."""
    return ("file", (domain, relative, data, rest))


def folder(domain: str, relative: str) -> Put:
    """A directory."""
    return ("folder", (domain, relative))


def app(bundle: str, **rest: Any) -> Put:
    """An installed application."""
    return ("app", (bundle, rest))


def sql(module: str, statement: str) -> Put:
    """SQL run on a module's database after its rows."""
    return ("sql", (module, statement))


@dataclass
class Basket:
    """Everything that goes on one phone; databases and property lists are made once, of all their rows."""

    phone: Phone
    wal: bool = False
    encoding: str = "UTF-8"
    rows: dict[tuple[str, tuple[str, str] | None], list[dict[str, Any]]] = field(default_factory=dict)
    gone: dict[tuple[str, tuple[str, str] | None], list[dict[str, Any]]] = field(default_factory=dict)
    statements: dict[str, list[str]] = field(default_factory=dict)

    def put(self, put: Put, value: str) -> None:
        """Take one thing, with the value in it."""
        what, given = put
        if what == "row":
            module, values, place, gone = given
            into = self.gone if gone else self.rows
            into.setdefault((module, filled(place, value) if place else None), []).append(filled(values, value))
        elif what == "file":
            domain, relative, data, rest = given
            self.phone.add(filled(domain, value), filled(relative, value), filled(data, value), **rest)
        elif what == "folder":
            self.phone.add_directory(*(filled(part, value) for part in given))
        elif what == "app":
            bundle, rest = given
            self.phone.install(filled(bundle, value), **filled(rest, value))
        else:
            module, statement = given
            self.statements.setdefault(module, []).append(filled(statement, value))

    def pack(self) -> None:
        """Make the databases and property lists."""
        import importlib

        for key in dict.fromkeys([*self.rows, *self.gone]):
            name, place = key
            module: Any = importlib.import_module(f"phonegen.ios.{name}")
            rows, gone = self.rows.get(key, []), self.gone.get(key, [])
            if name == "configuration_profiles":
                for number, entry in enumerate(rows):
                    where = place or (module.DOMAIN, module.relative(f"com.example.p{number}"))
                    self.phone.add(*where, module.build(self.phone.major, [entry]))
            elif hasattr(module, "schema"):
                self._database(module, rows, gone, place, self.statements.get(name, []) if place is None else [])
            else:
                where = place or (module.DOMAIN, module.RELATIVE)
                self.phone.plist(module, rows, domain=where[0], relative=where[1])

    def _database(
        self,
        module: Any,
        rows: list[dict[str, Any]],
        gone: list[dict[str, Any]],
        place: tuple[str, str] | None,
        statements: Iterable[str],
    ) -> None:
        phone = self.phone
        where = place or (module.DOMAIN, module.RELATIVE)
        before: dict[str, int] = {}

        def tables(db: Any) -> list[str]:
            return [
                n
                for (n,) in db.execute(
                    "SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE '%WITHOUT ROWID%' "
                    "AND name NOT LIKE 'sqlite_%'"
                )
            ]

        def fill(db: Any) -> None:
            if rows and not self.wal:
                module.bulk(db, phone.major, rows)
            for statement in statements:
                db.execute(statement)
            if gone:
                for name in tables(db):
                    before[name] = db.execute(f"SELECT coalesce(max(rowid), 0) FROM {name}").fetchall()[0][0]
                module.bulk(db, phone.major, gone)

        def delete(db: Any) -> None:
            for name, last in before.items():
                db.execute(f"DELETE FROM {name} WHERE rowid > {last}")

        def wal(db: Any) -> None:
            module.bulk(db, phone.major, rows)

        phone.database(
            module,
            fill,
            wal=wal if self.wal and rows else None,
            delete=delete if gone else None,
            encoding=self.encoding,
            domain=where[0],
            relative=where[1],
        )


Check = Callable[[str], None]
