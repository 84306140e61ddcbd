"""What `sousveil indicators list | show | add | test` answer, as plain data.

Matching lies above this layer; `test_values` takes it as an argument (`sousveil.findings.matching.Matcher`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from sousveil.errors import Usage
from sousveil.indicators.bundled import pack
from sousveil.indicators.canonical import refang
from sousveil.indicators.load import PLAIN, SUFFIXES, load_bytes, read_bytes, set_name, write_whole
from sousveil.indicators.model import Attribution, Choices, Indicator, IndicatorKind, IndicatorSet, Skipped
from sousveil.indicators.store import added_dir
from sousveil.kinds import (
    BundleId,
    Certificate,
    Email,
    FileName,
    FilePath,
    HashValue,
    Kind,
    Label,
    ProcessName,
    ProfileId,
    Text,
    fields_of,
    visible,
)
from sousveil.records import MAX_ROWS, Batch, Record
from sousveil.texts import t

MAX_TEST = 4096
"""Characters of one value that is tested."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `indicators list`."""

    name: str
    publisher: str | None
    licence: str | None
    commercial_use: bool | None
    """Whether its licence allows that; None where none is stated."""
    count: int
    skipped: int
    context: int
    """Entries that their publisher marked as context only."""
    newest: str | None
    bundled: bool
    sha256: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What `indicators show NAME` tells."""

    listed: Listed
    families: tuple[tuple[str, int], ...]
    """Family and number of indicators, the largest first; indicators without a family are counted under an empty
    name."""
    kinds: tuple[tuple[str, int], ...]
    classes: tuple[str, ...]
    reports: tuple[tuple[str, str | None], ...]
    """Title or address of each report, and its date."""
    limited: tuple[tuple[str, str, str, str], ...]
    """Kind, value, ceiling and reason of each value that review limits."""
    skipped: tuple[Skipped, ...]
    context: tuple[str, ...]
    """Entries that their publisher marked as context only."""


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator that a tested value matches."""

    value: str
    as_what: str
    """The kind of field in which it would match: `text`, `process`, `path` ..."""
    how: str
    matched: str
    indicator: Indicator

    @property
    def says(self) -> tuple[Attribution, ...]:
        """Who says so, under which licence."""
        return self.indicator.attributions


class Matching(Protocol):
    """What `test_values` needs of a matcher."""

    def match(self, batch: Batch, kinds: dict[str, Kind]) -> Sequence[Any]:
        """Matches with `indicator` (position), `row`, `field`, `text` and `how`."""


def listed(sets: Iterable[IndicatorSet]) -> list[Listed]:
    """The sets, in their order."""
    return [
        Listed(
            name=one.name,
            publisher=one.publisher,
            licence=one.licence,
            commercial_use=one.commercial_use if one.licence or not one.commercial_use else None,
            count=len(one.indicators),
            skipped=len(one.skipped),
            context=len(one.context),
            newest=one.newest,
            bundled=one.bundled,
            sha256=one.sha256,
        )
        for one in sets
    ]


def show(sets: Iterable[IndicatorSet], name: str) -> Shown:
    """One set in detail. Raises Usage when there is none of that name, naming those that there are."""
    known = list(sets)
    one = next((candidate for candidate in known if candidate.name == name), None)
    if one is None:
        names = ", ".join(sorted({candidate.name for candidate in known})) or "none"
        raise Usage(
            t("error.lookup.set_named", name=visible(name, 100)),
            hint=t("error.lookup.sets", names=visible(names, 2000)),
        )
    families: Counter[str] = Counter()
    classes: dict[str, None] = {}
    reports: dict[tuple[str, str | None], None] = {}
    limits: list[tuple[str, str, str, str]] = []
    for indicator in one.indicators:
        families.update({said.family or "" for said in indicator.attributions})
        for said in indicator.attributions:
            if said.threat_class:
                classes.setdefault(said.threat_class.value)
            if said.report:
                reports.setdefault((said.report, said.published))
            if said.ceiling:
                limits.append((indicator.kind.value, indicator.value, said.ceiling, said.note or ""))
    kinds = Counter(indicator.kind.value for indicator in one.indicators)
    return Shown(
        listed=listed([one])[0],
        families=tuple(sorted(families.items(), key=lambda pair: (-pair[1], pair[0]))),
        kinds=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        classes=tuple(sorted(classes)),
        reports=tuple(reports),
        limited=tuple(dict.fromkeys(limits)),
        skipped=one.skipped,
        context=one.context,
    )


def add(path: Path, existing: Iterable[IndicatorSet] = (), choices: Choices = PLAIN) -> list[IndicatorSet]:
    """Keep a file of indicators in the user's folder, once it has been read; the sets it holds. It is copied as it is;
    where somebody decided how to read it, its sets are kept in the compact form.

    `existing` are the sets in use, whose names are taken. Raises Usage (cannot be read, the name is taken), and as
    `load_bytes`.
    """
    data = read_bytes(path)
    sets = load_bytes(data, path.name, set_name(path), choices)
    name = path.name
    taken = {one.name.lower() for one in existing}
    folder = added_dir()
    clash = next((one.name for one in sets if one.name.lower() in taken), None)
    if clash is not None or name.startswith(".") or "/" in name or visible(name) != name:
        raise Usage(
            t("error.lookup.set_named_exists", name=visible(clash or name, 100))
            if clash is not None
            else t("error.lookup.valid_name_file", name=visible(name, 100)),
            hint=t("error.lookup.give_file_another"),
        )
    if choices != PLAIN:
        name, data = set_name(path) + ".bin", pack(sets)
    elif path.suffix.lower() not in SUFFIXES:
        name += ".txt"  # so that the folder's walk finds it
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(other.stem.lower() == Path(name).stem.lower() for other in folder.iterdir()):
            raise Usage(
                t("error.lookup.set_named_added", stem=visible(Path(name).stem, 100)),
                hint=t("error.lookup.give_file_another"),
            )
        write_whole(folder / name, data, replace=False)
    except FileExistsError as error:
        raise Usage(
            t("error.lookup.set_named_added_before", name=visible(name, 100)), hint=t("error.lookup.give_file_another")
        ) from error
    except OSError as error:
        raise Usage(
            t(
                "error.lookup.cannot_written",
                name=visible(str(folder / name)),
                reason=error.strerror or t("error.download.unknown_reason"),
            ),
            hint=t("error.lookup.check_free_space"),
        ) from error
    return sets


class _Tested(Record):
    """A tested value as every kind of field at once."""

    text: Text
    email: Email
    process: ProcessName
    path: FilePath
    filename: FileName
    bundle: BundleId
    profile: ProfileId
    hash: HashValue
    certificate: Certificate
    property: Label


def test_values(values: Sequence[str], indicators: Sequence[Indicator], matcher: Matching) -> list[Tested]:
    """What each value matches and why; each indicator once a value. Defanged values are taken.

    `indicators` is the matcher's list (`index.indicators`). Raises Usage for a value that is empty or too long.
    """
    found: list[Tested] = []
    properties = {one.value.lower(): one for one in indicators if one.kind is IndicatorKind.ANDROID_PROPERTY}
    kinds = fields_of(_Tested)
    for start in range(0, len(values), MAX_ROWS):
        chunk = values[start : start + MAX_ROWS]
        if any(not value.strip() or len(value) > MAX_TEST for value in chunk):
            raise Usage(t("error.lookup.value_test_characters", limit=MAX_TEST))
        plain = [refang(value) for value in chunk]
        batch = Batch(
            artefact="indicators.test",
            layout="test",
            file="",
            count=len(plain),
            columns={name: list(plain) for name in kinds},
        )
        seen: set[tuple[int, int]] = set()
        by_row: list[list[Tested]] = [[] for _ in plain]
        for match in matcher.match(batch, kinds):
            if (match.row, match.indicator) not in seen:
                seen.add((match.row, match.indicator))
                by_row[match.row].append(
                    Tested(
                        value=chunk[match.row],
                        as_what=kinds[match.field].name,
                        how=match.how,
                        matched=match.text,
                        indicator=indicators[match.indicator],
                    )
                )
        for row, value in enumerate(plain):
            if value.lower() in properties:
                by_row[row].append(
                    Tested(
                        value=chunk[row],
                        as_what="property",
                        how="equals",
                        matched=value,
                        indicator=properties[value.lower()],
                    )
                )
            found.extend(by_row[row])
    return found


test_values.__test__ = False  # type: ignore[attr-defined]  # a verb of the program, no test of it

__all__ = ["Listed", "Matching", "Shown", "Tested", "add", "listed", "show", "test_values"]
