"""Brings a value into the one form in which its kind is kept, or refuses it. Pure functions of the text.

A cleaner raises ValueError with a plain sentence; `checking` adds which field it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from urllib.parse import urlsplit

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.types.countries import country_code, invented_code
from sousveil.register.types.model import Kind, Property

Cleaner = Callable[[str], str]
MOST_TEXT = 20_000
"""Characters of a text at most."""
MOST_NAME = 384
"""Characters of a name at most; FollowTheMoney's limit."""
MOST_IDENTIFIER = 128
MOST_URL = 2_000

_ENTITY = re.compile(r"sv-[0-9a-z]{1,61}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_MONEY = re.compile(r"([A-Z]{3}) ?([0-9.]+)|([0-9.]+) ?([A-Z]{3})", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_HOST = re.compile(r"[^\s/?#@\\<>\"'`{}|^%]{1,253}")
_DROPPED = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF, 0x00AD])
"""Marks that turn the direction of writing or cannot be seen: they change what a reader sees, not what is said."""
CALLED = frozenset({"name", "alias", "weakAlias", "previousName", "abbreviation", "label", "title"})
"""Properties by which something is called, found and compared: without a letter or a digit they call it nothing."""
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category, of which nothing can be seen."""
_SPACES = re.compile(r"[^\S\n]+")


def _letters(text: str) -> str:
    """Composed, without marks of direction; control characters and halves of surrogate pairs are refused."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.translate(_DROPPED).replace("\r\n", "\n").replace("\r", "\n"))
    for letter in text:
        if letter not in "\n\t" and unicodedata.category(letter) in ("Cc", "Cs", "Cn"):
            raise ValueError("It holds a character that cannot be written")
    return text


def clean_line(text: str, most: int = MOST_NAME) -> str:
    """One line, single spaces."""
    text = " ".join(_letters(text).split())
    if not text:
        raise ValueError("It is empty")
    if len(text) > most:
        raise ValueError(f"It is longer than {most:,} characters")
    return text


def clean_name(text: str, most: int = MOST_NAME) -> str:
    """One line, single spaces, with a letter or a digit that can be seen."""
    text = clean_line(text, most)
    if not says_something(text):
        raise ValueError("It holds no letter and no digit")
    return text


def says_something(text: str) -> bool:
    """Whether a text holds a letter or a digit that can be seen."""
    return any(letter.isalnum() and letter not in _BLANK_LETTERS for letter in text)


def clean_words(text: str) -> str:
    """One line, single spaces, with something that can be seen."""
    text = clean_line(text)
    if not text.isascii() and not any(_seen(letter) for letter in text):
        raise ValueError("It holds nothing that can be seen")
    return text


def _seen(letter: str) -> bool:
    return letter not in _BLANK_LETTERS and unicodedata.category(letter)[0] in "LNPS"


def clean_text(text: str) -> str:
    """Prose: lines kept, single spaces."""
    text = _letters(text)
    if "\n" in text or "\t" in text or "  " in text:
        text = "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    text = text.strip()
    if not text:
        raise ValueError("It is empty")
    if not text.isascii() and not any(map(_seen, text)):
        raise ValueError("It holds nothing that can be seen")
    if len(text) > MOST_TEXT:
        raise ValueError(f"It is longer than {MOST_TEXT:,} characters")
    return text


@lru_cache(maxsize=4096)
def clean_url(text: str) -> str:
    """A link: http or https, a host, no password; scheme and host in lower case."""
    text = text.strip()
    if len(text) > MOST_URL:
        raise ValueError(f"It is longer than {MOST_URL:,} characters")
    if " " in text or not text.isprintable():  # the blank is the one white space that counts as printable
        raise ValueError("An address has no spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("It is not an address") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError("An address begins with http:// or https://")
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        raise ValueError("An address with a user name is not kept")
    if not _HOST.fullmatch(host) or (text.isascii() is False and unicodedata.normalize("NFC", text) != text):
        raise ValueError("It is not an address")
    shown = f"[{host}]" if ":" in host else host
    return parts._replace(scheme=parts.scheme.lower(), netloc=shown if port is None else f"{shown}:{port}").geturl()


def clean_date(text: str) -> str:
    """An EDTF date that is not open."""
    text = text.strip()
    try:
        found = edtf.parse(text)
    except Malformed as error:
        raise ValueError(error.message.rstrip(".")) from None
    if found.open:
        raise ValueError("“..” is no date of its own; it stands as valid_until only")
    return text


def clean_year(text: str) -> str:
    """A date of a person: the year only."""
    text = clean_date(text)
    if edtf.parse(text).precision not in ("year", "decade", "century"):
        raise ValueError("Of a person's dates only the year is kept")
    return text


def clean_country(text: str) -> str:
    """The code of a country that is given as a code or an English name; codes of invented States too, which only examples may have."""
    found = country_code(text) or invented_code(text)
    if found is None:
        raise ValueError(f"“{text[:60]}” is not a country that we know")
    return found


def clean_entity(text: str) -> str:
    """An entity id."""
    if not _ENTITY.fullmatch(text):
        raise ValueError("It is not the id of an entity")
    return text


def clean_number(text: str) -> str:
    """A decimal number in its shortest form."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError("It is not a number: digits, a point before the fraction, no separators")
    try:
        number = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern admits decimals only
        raise ValueError("It is not a number") from None
    shown = format(number, "f")
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown in ("-0", "") else shown


def clean_percentage(text: str) -> str:
    """A number from 0 to 100."""
    text = clean_number(text)
    if not 0 <= Decimal(text) <= 100:
        raise ValueError("A percentage is from 0 to 100")
    return text


def clean_money(text: str) -> str:
    """`EUR 1234.5`."""
    found = _MONEY.fullmatch(text.strip())
    if not found:
        raise ValueError("It is not an amount of money: write the currency's code and the number, EUR 1200")
    currency, amount = (found[1], found[2]) if found[1] else (found[4], found[3])
    return f"{currency} {clean_number(amount)}"


def clean_identifier(text: str) -> str:
    """A number or code of an authority."""
    return clean_line(text, MOST_IDENTIFIER)


def clean_code(text: str) -> str:
    """A short word."""
    if not _CODE.fullmatch(text):
        raise ValueError("It is not a code: letters, digits, point, dash and underscore")
    return text


def _month(text: str) -> str:
    text = clean_date(text)
    if edtf.parse(text).precision in ("day", "open"):
        raise ValueError("Only the month is kept, not the day")
    return text


def _lei(text: str) -> str:
    text = clean_identifier(text).upper()
    if not re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", text) or int("".join(str(int(c, 36)) for c in text)) % 97 != 1:
        raise ValueError("It is not a legal entity identifier: 20 characters, the last two of them check digits")
    return text


def _isin(text: str) -> str:
    text = clean_identifier(text).upper()
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", text):
        digits = [int(digit) for digit in "".join(str(int(c, 36)) for c in text)]
        doubled = (digit * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
        if sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0:
            return text
    raise ValueError("It is not an ISIN: 12 characters, the last of them a check digit")


def _pattern(pattern: str, sentence: str) -> Cleaner:
    compiled = re.compile(pattern, re.ASCII)

    def clean(text: str) -> str:
        text = text.strip()
        if not compiled.fullmatch(text):
            raise ValueError(sentence)
        return text

    return clean


SCHEMES: dict[str, Cleaner] = {
    "lei": _lei,
    "isin": _isin,
    "wikidata": _pattern(r"Q[1-9][0-9]{0,11}", "It is not a Wikidata number: Q and digits"),
    "month": _month,
    "sha256": _pattern(r"[0-9a-f]{64}", "It is not a SHA-256: 64 digits from 0 to f"),
}
"""Identifiers whose form can be checked."""

_CLEANERS: dict[str, Cleaner] = {
    Kind.TEXT: clean_text,
    Kind.NAME: clean_words,
    Kind.URL: clean_url,
    Kind.DATE: clean_date,
    Kind.COUNTRY: clean_country,
    Kind.ENTITY: clean_entity,
    Kind.NUMBER: clean_number,
    Kind.MONEY: clean_money,
    Kind.IDENTIFIER: clean_identifier,
    Kind.CODE: clean_code,
}


def cleaner_of(one: Property) -> Cleaner:
    """The function that cleans values of a property. Short answers that come again and again are remembered."""
    if one.codes:
        codes = one.codes

        def of_list(text: str) -> str:
            if text in codes:
                return text
            several = "; ".join(code if means == code else f"{means} ({code})" for code, means in codes.items())
            raise ValueError(f"“{text[:60]}” is none of what can be said here: {several}")

        return of_list
    if one.scheme:
        return SCHEMES[one.scheme]
    if one.year_only:
        return clean_year
    if one.kind == Kind.NUMBER and one.name.startswith("percentage"):
        return clean_percentage
    if one.kind == Kind.NAME and one.name in CALLED:
        return clean_name
    clean = _CLEANERS[one.kind]
    return lru_cache(maxsize=4096)(clean) if one.kind in (Kind.COUNTRY, Kind.DATE) else clean
