"""Telephone numbers as lists have them, made E.164 where that is certain. What is not certain keeps its own words."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

import msgspec
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult
from phonenumbers.phonemetadata import PhoneMetadata

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t

LONGEST = 60
"""Characters of a cell that may be a number."""


class State(StrEnum):
    """What a cell of the number column is worth."""

    VALID = "valid"
    """In a range that its country's numbering plan uses today."""
    UNASSIGNED = "unassigned"
    """Of a possible length, in a range that is not in use today: an error, or a range that was taken back."""
    AMBIGUOUS = "ambiguous"
    """It fits several numbers, or no country says which."""
    MALFORMED = "malformed"
    """No number, or digits of it are lost."""
    ABSENT = "absent"


class Recovery(StrEnum):
    """What a spreadsheet did to a number, and the country of the column undid."""

    NONE = ""
    EXPONENT = "exponent"
    """Written as 4.47700900123E+11, with all its digits."""
    DECIMAL = "decimal"
    """Written as 447700900123.0."""
    PLUS = "plus"
    """The plus sign was lost."""
    ZERO = "zero"
    """The leading zero was lost."""


class Number(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cell of the number column, read."""

    state: State
    e164: str = ""
    """The number with its plus sign, for VALID and UNASSIGNED; else empty."""
    country: str = ""
    """ISO 3166-1 code; `001` for a number of no country; empty where the number does not show it."""
    line_type: str = ""
    region: str = ""
    """The part of the country as the numbering plan names it, where it names one."""
    recovery: Recovery = Recovery.NONE


_TYPES = {value: name.lower() for name, value in vars(PhoneNumberType).items() if isinstance(value, int)}
_PLACED = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""Line types whose numbers belong to a part of a country."""
_EXPONENT = re.compile(r"([1-9])(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_DECIMAL = re.compile(r"(\d{5,15})[.,]0{1,2}")
_FORMULA = re.compile(r'="(.*)"')
_WRITTEN = re.compile(r"\+?[\d\s().\-/]+")
_SEPARATORS = re.compile(r"[\s().\-/]")


def check_country(code: str) -> str:
    """The code of a country that has a numbering plan, in capitals. Raises Usage."""
    upper = code.strip().upper()
    if upper not in phonenumbers.SUPPORTED_REGIONS:
        raise Usage(t("error.list.country", code=visible(code, 40)), hint=t("error.list.country_hint"))
    return upper


def read_number(text: str, country: str = "") -> Number:
    """The number in a cell. `country`: the country of the column, where the holders know it.

    Without it nothing is recovered: digits with no plus sign stay ambiguous.
    """
    return _read(text if len(text) <= 2 * LONGEST else _clean(text)[: LONGEST + 1], country)


@lru_cache(maxsize=1 << 14)
def _read(text: str, country: str) -> Number:
    """Keeps short cells only: a list can have cells of 128 KiB."""
    cell = _clean(text)
    if not cell:
        return Number(state=State.ABSENT)
    if len(cell) > LONGEST:
        return Number(state=State.MALFORMED)
    recovery = Recovery.NONE
    if match := _EXPONENT.fullmatch(cell):
        first, rest, power = match[1], match[2] or "", int(match[3])
        if len(rest) != power:  # it rounds: a digit that it does not show is lost, not zero
            return Number(state=State.MALFORMED)
        cell, recovery = first + rest, Recovery.EXPONENT
    elif match := _DECIMAL.fullmatch(cell):
        cell, recovery = match[1], Recovery.DECIMAL
    if not _WRITTEN.fullmatch(cell):
        return Number(state=State.MALFORMED)
    digits = _SEPARATORS.sub("", cell)
    if digits.startswith("00") and not country:
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        fitting = _possible(_parsed(digits, None))
        return _judged(*fitting.popitem(), recovery) if fitting else Number(state=State.MALFORMED)
    if not country:
        return Number(state=State.AMBIGUOUS if 5 <= len(digits) <= 17 else State.MALFORMED)
    return _without_plus(digits, country, recovery, bare=digits == cell)


def _clean(text: str) -> str:
    """The cell in ASCII digits, without marks that only guide a reader or a spreadsheet."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(
            str(unicodedata.decimal(letter, letter))
            for letter in text
            if unicodedata.category(letter) not in ("Cf", "Cc")
        )
        text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = text.strip()
    if match := _FORMULA.fullmatch(text):
        text = match[1].strip()
    return text.lstrip("'").removeprefix("tel:").strip()


def _parsed(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def _without_plus(digits: str, country: str, recovery: Recovery, *, bare: bool) -> Number:
    """Digits in a column of a country: national, or international with the plus sign lost.

    A spreadsheet that drops a plus sign leaves `bare` digits; spaces and brackets show that a person wrote the number.
    """
    possible = _possible(_parsed(digits, country))
    valid = _valid(possible)
    if bare or not valid:
        possible |= _possible(_parsed("+" + digits, None))
        valid = _valid(possible)
    if not valid:  # Italy keeps its zero in international numbers
        valid = _valid(_possible(_parsed("0" + digits, country)))
    fitting = valid or possible
    if len(fitting) != 1:
        return Number(state=State.AMBIGUOUS if fitting else State.MALFORMED)
    ((e164, number),) = fitting.items()
    if recovery is Recovery.NONE:
        if "+" + digits == e164:
            recovery = Recovery.PLUS
        elif _zero_lost(digits, country):
            recovery = Recovery.ZERO
    return _judged(e164, number, recovery)


_Numbers = dict[str, phonenumbers.PhoneNumber]
"""E.164 -> number."""


def _possible(number: phonenumbers.PhoneNumber | None) -> _Numbers:
    """The number, if a numbering plan has its length."""
    if number is None or phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return {}
    return {phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164): number}


def _valid(possible: _Numbers) -> _Numbers:
    return {e164: number for e164, number in possible.items() if phonenumbers.is_valid_number(number)}


def _zero_lost(digits: str, country: str) -> bool:
    """Whether the country dials a zero before its numbers, and the cell has none."""
    metadata = PhoneMetadata.metadata_for_region(country)
    keeps_zero = country in ("IT", "SM", "VA")
    return not digits.startswith("0") and metadata is not None and (metadata.national_prefix == "0" or keeps_zero)


def _judged(e164: str, number: phonenumbers.PhoneNumber, recovery: Recovery) -> Number:
    line_type = phonenumbers.number_type(number)
    valid = line_type != PhoneNumberType.UNKNOWN
    country = phonenumbers.region_code_for_number(number)
    if country is None:
        countries = phonenumbers.region_codes_for_country_code(number.country_code or 0)
        country = countries[0] if len(countries) == 1 else ""
    return Number(
        state=State.VALID if valid else State.UNASSIGNED,
        e164=e164,
        country=country,
        line_type=_TYPES.get(line_type, "unknown"),
        region=_region(number) if line_type in _PLACED else "",
        recovery=recovery,
    )


def _region(number: phonenumbers.PhoneNumber) -> str:
    from phonenumbers import geocoder

    name = geocoder.description_for_valid_number(number, "en")
    return "" if name == geocoder.country_name_for_number(number, "en") else name


__all__ = ["Number", "Recovery", "State", "check_country", "read_number"]
