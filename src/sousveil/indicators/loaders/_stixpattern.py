"""The pattern language of STIX 2.0 and 2.1, as far as published sets use it.

Source: OASIS, STIX Version 2.1, section 9 (https://docs.oasis-open.org/cti/stix/v2.1/). A pattern is cut into tokens,
then parsed with a bounded depth, then brought into alternatives: each is a list of comparisons that must hold in one
row. Qualifiers (WITHIN, REPEATS, START, STOP) are parsed and have no effect on matching.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from sousveil.errors import LimitExceeded, Malformed, Unsupported
from sousveil.texts import t

MAX_PATTERN = 1_000_000
MAX_DEPTH = 32
MAX_ALTERNATIVES = 50_000
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_Item = TypeVar("_Item")
_OPERATORS = ("!=", "<>", "<=", ">=", "==", "=", "<", ">")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is `path`, `string`, `other` (a literal that is no string), `word`, `op` or one of the marks `[ ] ( )
    ,`."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test: an object path (`file:hashes.SHA-256`), `equals`, `like`, `matches` or `within` (a subset of a
    network), a value."""

    path: str
    test: str
    value: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Comparisons that must all hold in one row. `partial`: the pattern asks for a second observation beside this
    one."""

    all_of: tuple[Comparison, ...]
    partial: bool = False


def quote(value: str) -> str:
    """A value as a string of the pattern language."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _string(text: str, at: int) -> tuple[str, int]:
    """The string whose opening quote stands at `at`, and the place behind its closing quote.

    A backslash escapes a quote or a backslash; before anything else it stands for itself, as in paths of careless sets.
    """
    parts: list[str] = []
    place = at + 1
    while True:
        end = text.find("'", place)
        if end < 0:
            raise Malformed(t("error.stixpattern.quote_character_never", at=at + 1))
        slash = text.find("\\", place, end)
        if slash < 0:
            parts.append(text[place:end])
            return "".join(parts), end + 1
        escaped = text[slash + 1 : slash + 2]
        parts.append(text[place:slash] + (escaped if escaped in ("'", "\\") else "\\" + escaped))
        place = slash + 2


def _path(text: str, at: int) -> tuple[str, int]:
    """The object path that starts at `at`: type, colon, steps; quotes around steps are taken off."""
    word = _WORD.match(text, at)
    assert word is not None
    steps = [word[0] + ":"]
    place = word.end() + 1
    while True:
        if text[place : place + 1] == "'":
            step, place = _string(text, place)
        else:
            found = _STEP.match(text, place)
            if found is None:
                raise Malformed(t("error.stixpattern.property_name_missing", place=place + 1))
            step, place = found[0], found.end()
        steps.append(step)
        while text[place : place + 1] == "[":
            place = text.find("]", place) + 1
            if place == 0:
                raise Malformed(t("error.stixpattern.list_index_never"))
        if text[place : place + 1] != ".":
            return steps[0] + ".".join(steps[1:]), place
        place += 1


def tokens(text: str) -> list[Token]:
    """The pattern cut into tokens, in one pass. Raises Malformed and LimitExceeded."""
    if len(text) > MAX_PATTERN:
        raise LimitExceeded(t("error.stixpattern.pattern_characters", length=len(text)))
    found: list[Token] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char.isspace():
            place += 1
        elif char in "[](),":
            found.append(Token(char, char, place))
            place += 1
        elif char == "'":
            value, end = _string(text, place)
            found.append(Token("string", value, place))
            place = end
        else:
            token, place = _longer(text, place)
            found.append(token)
    return found


def _longer(text: str, place: int) -> tuple[Token, int]:
    word = _WORD.match(text, place)
    if word:
        if text[word.end() : word.end() + 1] == ":":
            path, end = _path(text, place)
            return Token("path", path, place), end
        if text[word.end() : word.end() + 1] == "'" and word[0] in ("t", "h", "b"):
            value, end = _string(text, word.end())
            return Token("string" if word[0] == "t" else "other", value, place), end
        return Token("word", word[0].upper(), place), word.end()
    number = _NUMBER.match(text, place)
    if number:
        return Token("other", number[0], place), number.end()
    for operator in _OPERATORS:
        if text.startswith(operator, place):
            return Token("op", operator, place), place + len(operator)
    raise Malformed(t("error.stixpattern.character_pattern_fits", place=place + 1, text=text[place]))


class _Parser:
    """Recursive descent with a bounded depth; every step moves forward, so the work is linear in the tokens."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._place = 0
        self._depth = 0

    def _peek(self) -> Token:
        return (
            self._tokens[self._place]
            if self._place < len(self._tokens)
            else Token("end", t("error.stixpattern.end"), -1)
        )

    def _next(self) -> Token:
        token = self._peek()
        self._place += 1
        return token

    def _take(self, kind: str, text: str | None = None) -> bool:
        token = self._peek()
        if token.kind == kind and (text is None or token.text == text):
            self._place += 1
            return True
        return False

    def _expect(self, kind: str) -> Token:
        token = self._next()
        if token.kind != kind:
            raise Malformed(t("error.stixpattern.pattern_where_belongs", text=token.text[:40], expected=kind))
        return token

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitExceeded(t("error.stixpattern.pattern_nests_deeper", limit=MAX_DEPTH))

    def parse(self) -> list[Alternative]:
        """The whole pattern."""
        found = self._observations()
        if self._peek().kind != "end":
            raise Malformed(t("error.stixpattern.pattern_goes_where", text=self._peek().text[:40]))
        return found

    def _observations(self) -> list[Alternative]:
        found = self._observation()
        partial = False
        while self._peek().kind == "word" and self._peek().text in ("AND", "OR", "FOLLOWEDBY"):
            partial |= self._next().text != "OR"
            found = _joined(found, self._observation())
        # With AND and FOLLOWEDBY each side is only a part of what the publisher saw together.
        return [Alternative(one.all_of, True) for one in found] if partial else found

    def _observation(self) -> list[Alternative]:
        self._deeper()
        if self._take("("):
            found = self._observations()
            self._expect(")")
        else:
            self._expect("[")
            found = [Alternative(one) for one in self._any_of()]
            self._expect("]")
        self._qualifiers()
        self._depth -= 1
        return found

    def _qualifiers(self) -> None:
        while self._peek().kind == "word" and self._peek().text in ("WITHIN", "REPEATS", "START", "STOP"):
            word = self._next().text
            if self._next().kind not in ("other", "string"):
                raise Malformed(t("error.stixpattern.value_missing_after", word=word))
            if word in ("WITHIN", "REPEATS"):
                self._take("word", "SECONDS" if word == "WITHIN" else "TIMES")

    def _any_of(self) -> list[tuple[Comparison, ...]]:
        found = self._all_of()
        while self._take("word", "OR"):
            found = _joined(found, self._all_of())
        return found

    def _all_of(self) -> list[tuple[Comparison, ...]]:
        found = self._one()
        while self._take("word", "AND"):
            right = self._one()
            if len(found) * len(right) > MAX_ALTERNATIVES:
                raise LimitExceeded(t("error.stixpattern.pattern_stands_too"))
            found = [one + two for one in found for two in right]
        return found

    def _one(self) -> list[tuple[Comparison, ...]]:
        if self._take("("):
            self._deeper()
            found = self._any_of()
            self._expect(")")
            self._depth -= 1
            return found
        if self._peek().kind == "word" and self._peek().text in ("NOT", "EXISTS"):
            raise Unsupported(t("error.stixpattern.pattern_uses_list", text=self._peek().text))
        return self._comparison(self._expect("path").text)

    def _comparison(self, path: str) -> list[tuple[Comparison, ...]]:
        token = self._next()
        if token.kind == "op" and token.text in ("=", "=="):
            return [(Comparison(path, "equals", self._literal()),)]
        if token.kind == "word" and token.text == "IN":
            return [(Comparison(path, "equals", value),) for value in self._several()]
        tests = {"LIKE": "like", "MATCHES": "matches", "ISSUBSET": "within"}
        if token.kind == "word" and token.text in tests:
            return [(Comparison(path, tests[token.text], self._literal()),)]
        if token.kind in ("op", "word"):
            raise Unsupported(t("error.stixpattern.pattern_uses_list", text=token.text))
        raise Malformed(t("error.stixpattern.pattern_where_comparison", text=token.text[:40]))

    def _literal(self) -> str:
        token = self._next()
        if token.kind in ("string", "other"):
            return token.text
        if token.kind == "word" and token.text in ("TRUE", "FALSE"):
            return token.text.lower()
        raise Malformed(t("error.stixpattern.pattern_where_value", text=token.text[:40]))

    def _several(self) -> list[str]:
        self._expect("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return values


def _joined(left: list[_Item], right: list[_Item]) -> list[_Item]:
    if len(left) + len(right) > MAX_ALTERNATIVES:
        raise LimitExceeded(t("error.stixpattern.pattern_stands_too_many"))
    left.extend(right)
    return left


def parse(text: str) -> list[Alternative]:
    """The alternatives a pattern stands for. Raises Malformed, Unsupported (a test that cannot be used) and
    LimitExceeded."""
    return _Parser(text).parse()


_QUANTIFIER = re.compile(r"[*+]|\{(\d{0,6})(?:(,)(\d{0,6}))?\}")


_LOOKS = ("(?=", "(?!", "(?<=", "(?<!", "(?>", "(?(", "(?P=", "(?P>")


def unsafe_expression(text: str) -> str | None:
    """Why a regular expression is refused; None when it may be used.

    A repeat inside a repeated group, a look-around and a back reference can take time without bound in some engines;
    large counts blow up in others.
    """
    if len(text) > 500:
        return t("error.stixpattern.regular_expression_longer")
    repeats = [False]  # for each open group, whether something in it repeats
    place = 0
    while place < len(text):
        char = text[place]
        if char == "\\":
            if text[place + 1 : place + 2].isdigit() or text[place + 1 : place + 2] in ("k", "g"):
                return t("error.stixpattern.regular_expression_uses")
            place += 2
        elif char == "[":
            place = _class_end(text, place)
        elif char == "(":
            if text.startswith(_LOOKS, place):
                return t("error.stixpattern.regular_expression_looks")
            repeats.append(False)
            place += 1
        elif char == ")":
            if len(repeats) < 2:
                return t("error.stixpattern.regular_expression_bracket")
            inner = repeats.pop()
            place += 1
            if inner and _QUANTIFIER.match(text, place):
                return t("error.stixpattern.regular_expression_repeats")
            repeats[-1] = repeats[-1] or inner
        elif quantifier := _QUANTIFIER.match(text, place):
            if max(int(quantifier[1] or 0), int(quantifier[3] or 0)) > 255:
                return t("error.stixpattern.regular_expression_counts")
            repeats[-1] = True
            place = quantifier.end()
            if _QUANTIFIER.match(text, place):
                return t("error.stixpattern.regular_expression_repeats_repeat")
        else:
            place += 1
    return t("error.stixpattern.regular_expression_open") if len(repeats) > 1 else None


def _class_end(text: str, place: int) -> int:
    place += 1
    place += text[place : place + 1] == "^"
    place += text[place : place + 1] == "]"
    while place < len(text) and text[place] != "]":
        place += 2 if text[place] == "\\" else 1
    return place + 1
