"""CSV with a header: one indicator a line (`type,indicator,app`), or columns that are kinds (`SHA256,Package
Name,App`). A column `publisher` says line by line who published it, `platform` for which system, and
`to_ids` whether it is for detection (MISP's CSV)."""

from __future__ import annotations

import csv
import io

from sousveil.errors import Malformed
from sousveil.indicators.canonical import guess, refang
from sousveil.indicators.loaders._common import (
    CONTEXT,
    Loader,
    SetBuilder,
    certificate_kind,
    day_of,
    decode_text,
    kind_word,
    limited,
    platform_in,
    text_of,
)
from sousveil.indicators.model import UNNAMED, Attribution, Choices, IndicatorKind, IndicatorSet
from sousveil.texts import t

_KIND = frozenset(["type", "kind", "indicator_type", "ioc_type", "attribute_type"])
_VALUE = frozenset(["indicator", "value", "ioc", "ioc_value", "indicator_value", "observable"])
_FAMILY = frozenset(["family", "app", "malware", "threat", "malware_family", "campaign", "name", "tool"])
_REPORT = frozenset(["report", "source", "reference", "url_report"])
_PUBLISHER = frozenset(["publisher"])
_DATE = frozenset(["date", "published", "first_seen", "report_date"])
_PLATFORM = frozenset(["platform", "os", "operating_system"])
_DETECTION = frozenset(["to_ids"])
_KEPT_BACK = frozenset(("name",))  # too vague to be a kind of its own


def _header(text: str) -> tuple[list[str], str] | None:
    """The names of the columns and the separator; None when the first line is no header of indicators."""
    line = next((one for one in text.splitlines()[:50] if one.strip() and not one.startswith("#")), "")
    for separator in (",", ";", "\t"):
        names = [name.strip().strip('"').lower() for name in line.split(separator)]
        if len(names) < 2 or len(names) > 200:
            continue
        if any(name in _VALUE for name in names) or any(_kind_column(name) for name in names):
            return names, separator
    return None


def _kind_column(name: str) -> IndicatorKind | None:
    return None if name in _KEPT_BACK or name in _FAMILY - {"app"} or name == "app" else kind_word(name)


def sniff(head: bytes, filename: str) -> bool:
    """Whether the first line is a header of such a table."""
    if b"\0" in head[:4096] and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    cut = head if len(head) < 65_536 else head[:65_536].rpartition(b"\n")[0]
    try:
        return _header(decode_text(cut)) is not None
    except Malformed:
        return False


def _column(names: list[str], wanted: frozenset[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name.replace(" ", "_") in wanted), None)


class _Table:
    """Which column means what."""

    def __init__(self, names: list[str]) -> None:
        self.value = _column(names, _VALUE)
        self.kind = _column(names, _KIND)
        self.family = _column(names, _FAMILY)
        self.report = _column(names, _REPORT)
        self.date = _column(names, _DATE)
        self.publisher = _column(names, _PUBLISHER)
        self.platform = _column(names, _PLATFORM)
        self.detection = _column(names, _DETECTION)
        taken = {self.kind, self.family, self.report, self.date, self.publisher, self.platform, self.detection}
        self.kinds = (
            {}
            if self.value is not None
            else {
                place: kind for place, name in enumerate(names) if place not in taken and (kind := _kind_column(name))
            }
        )


def _cell(row: list[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def load(data: bytes, name: str, choices: Choices) -> IndicatorSet:
    """The set that the table holds. Raises Malformed when it has no header or cannot be read as CSV."""
    text = decode_text(data)
    found = _header(text)
    if found is None:
        raise Malformed(t("error.columns.first_line_names"))
    names, separator = found
    table = _Table(names)
    builder = SetBuilder(name, data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    started = False
    publishers: set[str | None] = set()
    try:
        for row in reader:
            if not row or row[0].startswith("#"):
                continue
            if not started:
                started = True
                continue
            publishers.add(_row(row, table, builder, choices))
    except csv.Error as error:
        raise Malformed(t("error.columns.table_cannot_read", line_num=reader.line_num)) from error
    if len(publishers) == 1:  # a table of several has no publisher of its own
        builder.publisher = publishers.pop()
    return builder.build()


def _row(row: list[str], table: _Table, builder: SetBuilder, choices: Choices) -> str | None:
    """Take one line; who published it, where that is said."""
    publisher = text_of(_cell(row, table.publisher))
    attribution = Attribution(
        set_name=builder.name,
        family=text_of(_cell(row, table.family)),
        threat_class=None,
        publisher=publisher,
        report=text_of(_cell(row, table.report)),
        published=day_of(_cell(row, table.date)),
        ceiling=None if publisher else "lead",
        note=None if publisher else UNNAMED,
        platform=platform_in(_cell(row, table.platform)),
    )
    if _cell(row, table.detection).lower() in ("0", "false", "no"):
        if not choices.context_as_leads:
            builder.context(_cell(row, table.value))
            return publisher
        attribution = limited(attribution, "lead", CONTEXT)
    for place, kind in table.kinds.items():
        if value := _cell(row, place):
            builder.add(_sharper(kind, value), refang(value), attribution)
    value = refang(_cell(row, table.value))
    if not value:
        return publisher
    word = _cell(row, table.kind)
    found = kind_word(word) if word else guess(value)
    if found is None:
        builder.skip(
            value,
            t("error.columns.phone_record_compared", word=word[:40]) if word else t("error.columns.single_word_state"),
        )
        return publisher
    builder.add(_sharper(found, value), value, attribution)
    return publisher


def _sharper(kind: IndicatorKind, value: str) -> IndicatorKind:
    return certificate_kind(value) if kind is IndicatorKind.CERT_SHA1 else kind


LOADER = Loader(name="CSV with a header", order=50, sniff=sniff, load=load, suffixes=(".csv", ".tsv"))
