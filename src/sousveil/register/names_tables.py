"""The tables of words: legal forms, words that say little, abbreviations. They lie beside this module as text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from sousveil.register.names_tokens import tokens


class LegalForm(msgspec.Struct, frozen=True, kw_only=True):
    """A legal form."""

    key: str
    kind: str
    """`private`, `public`, `partnership`, ...: two forms of one kind are less of a difference."""
    countries: tuple[str, ...]
    """ISO 3166-1 alpha-2; empty: many."""
    law: str
    """Where the form is set down, from general knowledge."""
    checked: bool
    """It stands in the code list of ISO 20275 for one of the countries."""
    spellings: tuple[str, ...]


_LEADING = frozenset(
    "ooo oao zao ao pao tov too fgup gup chup pt cv ud jsc pjsc ojsc cjsc odo ep ip fop uab sia as ou doo ad eood ood llc"
    " stichting stiftung spolka societe ste soc sarl societa sdn fundacion fundacja fondation fondazione sprl ets dp"
    " company co shps ltd gk kk".split()
)
"""First words of a form that may stand before the name."""
_AMBIGUOUS_ALONE = frozenset("co trust foundation stiftung association est ag se hf ky ab ans est esp eg".split())


def _lines(file: str) -> list[list[str]]:
    text = files("sousveil.register.data").joinpath(file).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def legal_forms() -> tuple[LegalForm, ...]:
    """All legal forms that are known."""
    return tuple(
        LegalForm(
            key=key,
            kind=kind,
            countries=() if countries == "-" else tuple(countries.lower().split()),
            law=law,
            checked=checked == "iso20275",
            spellings=tuple(spellings.split("|")),
        )
        for key, kind, countries, law, checked, spellings in _lines("legal_forms.tsv")
    )


@cache
def _spellings() -> tuple[dict[tuple[str, ...], str], int, frozenset[str]]:
    """Folded words of a form -> its key; the longest form; the last words of all forms."""
    table: dict[tuple[str, ...], str] = {}
    for form in legal_forms():
        for spelling in form.spellings:
            words = tuple(word for word, _ in tokens(spelling))
            if words:
                table.setdefault(words, form.key)
    ends = frozenset(words[-1] for words in table)
    return table, max(map(len, table)), ends


@cache
def _kinds() -> dict[str, str]:
    """Key of a legal form -> kind."""
    return {form.key: form.kind for form in legal_forms()}


def form_kind(key: str) -> str:
    """`private`, `public`, ... of a form's key."""
    return _kinds()[key]


def split_forms(words: list[str]) -> tuple[list[str], frozenset[str], tuple[str, ...]]:
    """Takes legal forms from the end, then from the beginning; at least one word stays. Words, keys, words taken."""
    table, longest, ends = _spellings()
    found: set[str] = set()
    taken: list[str] = []
    while len(words) > 1 and words[-1] in ends:
        for size in range(min(longest, len(words) - 1), 0, -1):
            key = table.get(tuple(words[-size:]))
            if key is not None:
                found.add(key)
                taken += words[-size:]
                words = words[:-size]
                break
        else:
            break
        if words[-1] == "and" and len(words) > 1:
            words = words[:-1]
    while len(words) > 1 and not (found and words[0] in _AMBIGUOUS_ALONE):
        for size in range(min(longest, len(words) - 1), 0, -1):
            key = table.get(tuple(words[:size]))
            if key is not None and (size > 1 or words[0] in _LEADING):
                found.add(key)
                taken += words[:size]
                words = words[size:]
                break
        else:
            break
    return words, frozenset(found), tuple(taken)


def _within(short: str, word: str) -> bool:
    """Are the letters of one in the other, in their order?"""
    letters = iter(word)
    return all(letter in letters for letter in short)


@cache
def _words() -> tuple[dict[str, str], dict[str, str]]:
    """Word -> kind; spelling -> word.

    A spelling stands for its word only where it begins like it or is made of its letters ("intl", "mfg"); the others of
    a line weigh as little but stay words of their own ("capital" is not "investments").
    """
    kinds: dict[str, str] = {}
    stands_for: dict[str, str] = {}
    for kind, word, *more in _lines("words.tsv"):
        kinds.setdefault(word, kind)
        for spelling in more[0].split("|") if more else ():
            for folded, _ in tokens(spelling):
                kinds.setdefault(folded, kind)
                short = folded[:2] == word[:2] or (folded[0] == word[0] and _within(folded, word))
                if kind != "particle" and folded != word and (short or not spelling.isascii()):
                    stands_for.setdefault(folded, word)
    for form in legal_forms():
        for spelling in form.spellings:
            parts = [folded for folded, _ in tokens(spelling)]
            for part in parts if len(parts) > 1 else ():
                if len(part) > 3:
                    kinds.setdefault(part, "form")  # a part of a form that was torn from the rest of it
    stands_for |= {"et": "and", "und": "and"}
    return kinds, {one: word for one, word in stands_for.items() if word not in stands_for}


def kind(word: str) -> str:
    """`weak`, `trade`, `place`, `particle`, `form` (part of a legal form of several words) or an empty text."""
    return _words()[0].get(word, "")


def canonical(word: str) -> str:
    """The word that a spelling stands for, else the spelling."""
    return _words()[1].get(word, word)
