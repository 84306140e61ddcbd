"""Who is on file in a register that is kept elsewhere, asked over HTTP for a package that is handed in there.

The same questions get the same answers as from the register's own store (`exchange.known`): an id of ours, whoever signs by its
own name, an official number that one entity alone bears; a name alone joins nobody, and a warning says whom it may be. What the
register answers cannot be checked here. So nothing is guessed from it: candidates that screening finds count only where their page
has the very name or number. `taken` says of whom the register alone said that they are one, to be read before the package is signed.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from sousveil.errors import LimitExceeded, Malformed
from sousveil.kinds import visible
from sousveil.register.exchange.known import CALLED, ID
from sousveil.register.identity_pairs import Pair
from sousveil.register.owners import folded
from sousveil.register.remote import ANSWER_MAX, Answered, Remote
from sousveil.register.types import is_a

_T = TypeVar("_T")
_MOVED = re.compile(rf"(?:.*/)?entities/({ID.pattern})")
NAME_MAX, NUMBER_MAX = 300, 80
"""Letters of a name or number that the screening takes; nobody is on file under a longer one."""


class _Claim(msgspec.Struct):
    value: str
    stands: bool = False


class _Property(msgspec.Struct):
    name: str
    claims: list[_Claim]


class _Entity(msgspec.Struct):
    id: str
    type: str
    caption: str
    properties: list[_Property]

    def values(self, *names: str) -> list[str]:
        """What stands of these properties."""
        return [one.value for each in self.properties if each.name in names for one in each.claims if one.stands]


class _Page(msgspec.Struct):
    data: _Entity


class _Hit(msgspec.Struct):
    entity: str
    page: bool


class _Asked(msgspec.Struct):
    hits: list[_Hit]


class _Screened(msgspec.Struct):
    results: list[_Asked]


class _Screening(msgspec.Struct):
    data: _Screened


class _Pairs(msgspec.Struct):
    pairs: list[Pair]


class _Meta(msgspec.Struct):
    next: str | None


class _PairsPage(msgspec.Struct):
    meta: _Meta
    data: _Pairs


class RemoteKnown:
    """What a register elsewhere has on file. Each question is asked once."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._pages: dict[str, _Entity | None] = {}
        self._found: dict[tuple[str, str], list[str]] = {}
        self.taken: list[str] = []
        """Sentences: who was taken for whom on the register's word alone."""

    def entity(self, id: str) -> str | None:
        """The id to show of an entity that is on file; None where nothing of it stands."""
        page = self._page(id)
        return (
            page.id if page is not None and any(one.stands for each in page.properties for one in each.claims) else None
        )

    def is_contract(self, id: str) -> bool:
        """Whether it is a contract that is on file."""
        page = self._page(id)
        return page is not None and self.entity(id) is not None and is_a(page.type, "Contract")

    def is_called(self, id: str, name: str) -> bool:
        """Whether an entity that is on file bears this name."""
        page = self._page(id)
        return page is not None and folded(name) in map(folded, page.values(*CALLED))

    def numbered(self, property: str, value: str) -> list[str]:
        """Entities that are on file with this number."""
        if len(value) > NUMBER_MAX:
            return []
        found = self._candidates((property,), value, {"name": value, "identifiers": {property: value}})
        if len(found) == 1:
            page = self._page(found[0])
            self._tell(f"the {property} {value} is that of {page.caption if page else found[0]} ({found[0]})")
        return found

    def called(self, name: str) -> list[str]:
        """Entities that are on file under exactly this name."""
        if len(name) > NAME_MAX or not any(one.isalnum() for one in name):
            return []
        return self._candidates(CALLED, name, {"name": name})

    def pairs(self, dataset: str | None = None) -> Iterator[Pair]:
        """Pairs that may be one and wait for a judgement, each once. `dataset`: only pairs with a record of this source."""
        seen: set[tuple[str, str]] = set()
        after: str | None = "0"
        while after is not None:
            question = {"after": after} | ({"dataset": dataset} if dataset else {})
            answer = self._remote.ask(f"pairs?{urllib.parse.urlencode(question)}")
            if answer.status != 200:
                raise self._odd(answer)
            page = self._decoded(answer, _PairsPage)
            for one in page.data.pairs:
                if (one.left, one.right) not in seen:
                    seen.add((one.left, one.right))
                    yield one
            before, after = after, page.meta.next
            if after is not None and not (after.isdecimal() and int(after) > int(before)):
                raise self._odd(answer)

    def _candidates(self, properties: tuple[str, ...], value: str, question: dict[str, object]) -> list[str]:
        key = (properties[0], value)
        if key not in self._found:
            answer = self._remote.ask("screening", msgspec.json.encode({"names": [question]}))
            if answer.status != 200:
                raise self._odd(answer)
            hits = self._decoded(answer, _Screening).data.results
            ids = dict.fromkeys(
                one.entity for many in hits for one in many.hits if one.page and ID.fullmatch(one.entity)
            )
            pages = (page for id in ids if (page := self._page(id)) is not None)
            self._found[key] = list(
                dict.fromkeys(
                    one.id for one in pages if is_a(one.type, "LegalEntity") and value in one.values(*properties)
                )
            )
        return self._found[key]

    def _page(self, id: str) -> _Entity | None:
        if not ID.fullmatch(id):
            return None
        if id not in self._pages:
            answer = self._remote.ask(f"entities/{id}")
            moved = _MOVED.fullmatch(answer.location) if answer.status == 308 else None
            if moved is not None and moved[1] != id:
                self._tell(f"{id} was judged to be one with {moved[1]}")
                answer = self._remote.ask(f"entities/{moved[1]}")
            if answer.status not in (200, 404):
                raise self._odd(answer)
            page = self._decoded(answer, _Page).data if answer.status == 200 else None
            if page is not None and page.id != (moved[1] if moved is not None else id):
                raise Malformed(f"{self._remote.address} was asked for {id} and answered for {visible(page.id, 60)}.")
            self._pages[id] = page
        return self._pages[id]

    def _decoded(self, answer: Answered, type: type[_T]) -> _T:
        if len(answer.body) >= ANSWER_MAX:
            raise LimitExceeded(f"{self._remote.address} gave an answer of more than {ANSWER_MAX:,} bytes.")
        try:
            return msgspec.json.decode(answer.body, type=type)
        except (msgspec.DecodeError, RecursionError):
            raise self._odd(answer) from None

    def _odd(self, answer: Answered) -> Malformed:
        return Malformed(
            f"{self._remote.address} gave an answer (status {answer.status}) that no register gives.",
            hint="Nothing was handed in. Try again later; a package can be handed in with ids of the register for its parties.",
        )

    def _tell(self, what: str) -> None:
        line = f"{self._remote.address} says that {what}, and it was taken for true."
        if line not in self.taken:
            self.taken.append(line)
