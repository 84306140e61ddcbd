"""How often the program is wrong, as measured on the committed test phones of an input; printed in its reports.

The numbers stand in `data/error_rates.toml`, which `tests/clean/rates.py` writes and a test holds to what it measures.
"""

from __future__ import annotations

from functools import cache

import msgspec

from sousveil.acquisition.model import Device
from sousveil.data_files import read_toml
from sousveil.texts import data, t


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """Traces put on test phones, and near misses beside them."""

    planted: int
    found: int
    found_at_least: float
    """Lower end of the 95 % interval (Wilson) of the share that is found, 0 to 1."""
    near: int
    false: int
    false_at_most: float
    """Upper end of the 95 % interval (Wilson) of the share of near misses that is taken for a trace, 0 to 1."""


class Clean(msgspec.Struct, frozen=True, kw_only=True):
    """One group of phones on which nothing is wrong."""

    name: str
    title: str
    phones: int
    files: int
    rows: int
    strong: int
    lead: int
    weak: int
    above: int
    """Phones with a verdict above `no_known_traces`."""
    above_at_most: float
    """Upper end of the 95 % interval (Wilson) of the share of such phones, 0 to 1."""
    strong_at_most: float
    """The same for the share of rows and files that give a STRONG or LEAD finding."""


class ErrorRates(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured on the phones of an input."""

    planted: Planted
    clean: tuple[Clean, ...]


@cache
def error_rates(input: str) -> ErrorRates:
    """The rates of an input as shipped. Raises KeyError for an input that was not measured."""
    own = read_toml("cases/data/error_rates.toml")[input]
    return ErrorRates(planted=Planted(**own["planted"]), clean=tuple(Clean(**entry) for entry in own["clean"]))


def percent(share: float) -> str:
    """A share from 0 to 1 in words that do not promise more than was measured."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text} %"


class Line(msgspec.Struct, frozen=True):
    """One line of the table of error rates, in words."""

    tested: str
    size: str
    correct: str
    wrong: str
    interval: str


_MEASURED = {"ios-backup": "ios", "android-bugreport": "android", "androidqf": "android"}
_MEASURED |= {form: form for form in ("android-backup", "android-intrusion-logs", "dump", "file-list", "sysdiagnose")}
"""Form of an acquisition -> the input whose test phones have it."""


def lines(device: Device) -> list[Line]:
    """The table of a report: planted traces, look-alikes, and each group of phones on which nothing is wrong.

    Empty for a form of acquisition of which nothing was measured.
    """
    if device.acquisition not in _MEASURED:
        return []
    rates = error_rates(_MEASURED[device.acquisition])
    one = rates.planted
    made = [
        _line(t("rates.planted"), one.planted, one.planted - one.found, "rates.at_least", one.found_at_least),
        _line(t("rates.near"), one.near, one.false, "rates.at_most", one.false_at_most),
    ]
    for group in rates.clean:
        tested = t("rates.clean", title=data(group.title))
        wrong = group.strong + group.lead
        made.append(_line(tested, group.rows + group.files, wrong, "rates.strong_most", group.strong_at_most))
    return made


def _line(tested: str, size: int, wrong: int, interval: str, share: float) -> Line:
    return Line(tested, f"{size:,}", f"{size - wrong:,}", f"{wrong:,}", t(interval, share=percent(share)))


__all__ = ["Clean", "ErrorRates", "Line", "Planted", "error_rates", "lines", "percent"]
