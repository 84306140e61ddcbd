"""Who held a company, through whom, on a day: owners above, owned below, with how much each link says.

A link counts unless it certainly had not begun or had ended. Whether it is control is said, never guessed: more than half,
or an interest that is control by its nature, is control; a stated smaller part is a share; everything else is not known. Nobody but
whoever told of a link first ends it or makes it small; of what several say the most counts. A chain is as strong as its weakest link,
and of several chains to the same company the strongest counts, however long it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.register.views.group import Link, ownerships
from sousveil.register.views.reading import Reader, Record

DEPTH = 8
MOST = 500
AROUND_MOST = 50_000
"""Companies whose links are asked for together; those of more are asked for as they are walked to."""
CONTROL, SHARE, UNKNOWN = "control", "share", "unknown"
_CONTROLS = frozenset(
    {
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
        "rightsGrantedByContract",
        "trustee",
        "settlor",
        "protector",
    }
)
_RANK = {CONTROL: 0, UNKNOWN: 1, SHARE: 2}
"""From the strongest to the weakest."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tied to the centre by ownership on a day."""

    id: str
    """Canonical; `unknown:...` for an owner that an ownership says is not known."""
    path: tuple[str, ...]
    """From the centre to it: the strongest way, of these the shortest."""
    how: str
    """The weakest link of the path: `control`, `unknown` or `share`."""
    links: tuple[str, ...]
    """Ids of the ownerships."""


def how(record: Record) -> str:
    """What an ownership says of control."""
    if _CONTROLS & set(lookup.texts(record, "interest")):
        return CONTROL
    exact, least, above = (
        _number(record.first(name)) for name in ("percentage", "percentageAtLeast", "percentageAbove")
    )
    most, below = _number(record.first("percentageAtMost")), _number(record.first("percentageBelow"))
    if (exact is not None and exact > 50) or (least is not None and least > 50) or (above is not None and above >= 50):
        return CONTROL
    if any(one is not None and one <= 50 for one in (exact, most, below)):
        return SHARE
    return UNKNOWN


def strength(reader: Reader, record: Record) -> str:
    """What an ownership says of control, as whoever says the most of it tells it."""
    return _strongest(voices.readings(reader, record))


def _strongest(told: Iterable[Record]) -> str:
    return min(map(how, told), key=_RANK.__getitem__)


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def above(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody who held the company on that day, nearest first."""
    return _walk(Links(reader), centre, day, up=True)


def below(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody whom the company held on that day, nearest first."""
    return _walk(Links(reader), centre, day, up=False)


def weaker(one: str, other: str) -> str:
    """The weaker of two links, as strong as both together are."""
    return max(one, other, key=_RANK.__getitem__)


class Links:
    """The ownerships of many walks of one reader, each asked for once."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._asked: set[str] = set()
        self._of: dict[str, dict[tuple[str, str, str], Link]] = {}
        self._told: dict[str, tuple[list[Record], str]] = {}

    def told(self, ownership: Record) -> tuple[list[Record], str]:
        """An ownership as each who tells of it tells it, and how strong it is; the day does not matter."""
        found = self._told.get(ownership.id)
        if found is None:
            told = voices.readings(self.reader, ownership)
            found = self._told[ownership.id] = (told, _strongest(told))
        return found

    def of(self, ids: Sequence[str]) -> dict[str, list[Link]]:
        """Of each of these the links that name it, in the order of the log; one question for all that were not asked."""
        new = [one for one in ids if one not in self._asked]
        if new:
            self._asked.update(new)
            for link in ownerships(self.reader, new):
                for end in dict.fromkeys((link.owner, link.asset)):
                    self._of.setdefault(end, {}).setdefault((link.record.id, link.owner, link.asset), link)
        return {one: list(self._of.get(one, {}).values()) for one in ids}

    def around(self, centres: Iterable[str]) -> None:
        """Have the links of everybody above these, and of everybody below those: a question for each step, not for each company."""
        wave = list(dict.fromkeys(self.reader.canonical(one) for one in centres))
        seen = dict.fromkeys(wave)
        for up in (True, False):
            for _ in range(DEPTH):
                told = self.of(wave)
                ends = (link.owner if up else link.asset for one in wave for link in told[one])
                wave = [one for one in dict.fromkeys(ends) if one not in seen and not one.startswith("unknown:")]
                seen.update(dict.fromkeys(wave))
                if not wave or len(seen) > AROUND_MOST:
                    break
            wave = list(seen)
            if len(seen) > AROUND_MOST:
                break


class _Walk:
    """The links of one walk, up or down."""

    def __init__(self, links: Links, day: str, *, up: bool) -> None:
        self._links, self._day, self._up = links, day, up
        self._of: dict[str, list[tuple[str, str, str]]] = {}
        self.strengths: set[str] = set()
        """How strong the links are that were met so far."""

    def load(self, ids: Iterable[str]) -> None:
        """Have the links of these, in one question for all."""
        new = [one for one in ids if one not in self._of and not one.startswith("unknown:")]
        if not new:
            return
        for one, found in self._links.of(new).items():
            mine = self._of[one] = []
            for link in found:
                here, there = (link.asset, link.owner) if self._up else (link.owner, link.asset)
                if here != one:
                    continue
                told, strength = self._links.told(link.record)
                if all(lookup.held_on(each, self._day) is False for each in told):
                    continue
                self.strengths.add(strength)
                mine.append((there, strength, link.record.id))

    def of(self, id: str) -> list[tuple[str, str, str]]:
        """Who is one link away, how strong the link is, and the id of the ownership."""
        return self._of.get(id, [])


def _walk(known: Links, centre: str, day: str, *, up: bool) -> list[Holder]:
    """Everybody by the strongest way that leads there, of these the shortest.

    The strong links are followed first, and to their end: neither a weak link that is nearer nor any number of them hides who controls.
    """
    centre = known.reader.canonical(centre)
    start = Holder(id=centre, path=(centre,), how=CONTROL, links=())
    found = {centre: start}
    links = _Walk(known, day, up=up)
    for weakest in _RANK:
        if weakest == CONTROL or weakest in links.strengths:
            _follow(links, start, weakest, found)
    del found[centre]
    return sorted(found.values(), key=lambda one: (len(one.path), _RANK[one.how], one.id))


def _follow(links: _Walk, start: Holder, weakest: str, found: dict[str, Holder]) -> None:
    """Adds whom links lead to of which none is weaker than this, and who was not found yet."""
    seen = {start.id}
    wave = [start]
    for _ in range(DEPTH):
        new: list[Holder] = []
        links.load(one.id for one in wave)
        for before in wave:
            for there, strength, link in links.of(before.id):
                if there in seen or _RANK[strength] > _RANK[weakest]:
                    continue
                seen.add(there)
                one = Holder(id=there, path=(*before.path, there), how=weakest, links=(*before.links, link))
                new.append(one)
                found.setdefault(there, one)
        wave = new
        if not wave or len(found) > MOST:
            break


def group(reader: Reader, centre: str, day: str) -> set[str]:
    """The company, who controls it or may, whom it controls or may, and what those above hold besides, on that day."""
    return groups(reader, [centre], day)


def groups(reader: Reader, centres: Iterable[str], day: str, links: Links | None = None) -> set[str]:
    """The groups of several companies together. A stated minority share makes no group. `links`: those that were asked for before."""
    known = links if links is not None else Links(reader)
    found: set[str] = set()
    for centre in centres:
        centre = reader.canonical(centre)
        up = _walk(known, centre, day, up=True)
        tops = [one.id for one in up if one.how != SHARE and not one.id.startswith("unknown:")]
        found |= {centre, *tops}
        for one in (centre, *tops):
            found |= {each.id for each in _walk(known, one, day, up=False) if each.how != SHARE}
    return found


__all__ = [
    "CONTROL",
    "SHARE",
    "UNKNOWN",
    "Holder",
    "Links",
    "above",
    "below",
    "group",
    "groups",
    "how",
    "ownerships",
    "strength",
    "weaker",
]
