"""Who held a company, through whom, on a day: owners above, owned below, with how much each link says.

A link counts unless it certainly had not begun or had ended. Whether it is control is said, never guessed: more than half,
or an interest that is control by its nature, is control; a stated smaller part is a share; everything else is not known. Nobody but
whoever told of a link first ends it or makes it small; of what several say the most counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.register.views.group import ownerships
from sousveil.register.views.reading import Reader, Record

DEPTH = 8
MOST = 500
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


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tied to the centre by ownership on a day."""

    id: str
    """Canonical; `unknown:...` for an owner that an ownership says is not known."""
    path: tuple[str, ...]
    """From the centre to it."""
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


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def above(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody who held the company on that day, nearest first."""
    return _walk(reader, centre, day, up=True)


def below(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody whom the company held on that day, nearest first."""
    return _walk(reader, centre, day, up=False)


def _walk(reader: Reader, centre: str, day: str, *, up: bool) -> list[Holder]:
    centre = reader.canonical(centre)
    best: dict[str, Holder] = {centre: Holder(id=centre, path=(centre,), how=CONTROL, links=())}
    wave = [centre]
    for _ in range(DEPTH):
        new: dict[str, Holder] = {}
        for link in ownerships(reader, [one for one in wave if not one.startswith("unknown:")]):
            here, there = (link.asset, link.owner) if up else (link.owner, link.asset)
            told = voices.readings(reader, link.record)
            if here not in wave or there in best or all(lookup.held_on(one, day) is False for one in told):
                continue
            before = best[here]
            found = Holder(
                id=there,
                path=(*before.path, there),
                how=max(before.how, min(map(how, told), key=_RANK.__getitem__), key=_RANK.__getitem__),
                links=(*before.links, link.record.id),
            )
            if there not in new or _RANK[found.how] < _RANK[new[there].how]:
                new[there] = found
        best |= new
        wave = list(new)
        if not wave or len(best) > MOST:
            break
    del best[centre]
    return sorted(best.values(), key=lambda one: (len(one.path), _RANK[one.how], one.id))


def group(reader: Reader, centre: str, day: str) -> set[str]:
    """The company, who controls it or may, whom it controls or may, and what those above hold besides, on that day."""
    return groups(reader, [centre], day)


def groups(reader: Reader, centres: Iterable[str], day: str) -> set[str]:
    """The groups of several companies together. A stated minority share makes no group."""
    found: set[str] = set()
    for centre in centres:
        centre = reader.canonical(centre)
        tops = [one.id for one in above(reader, centre, day) if one.how != SHARE and not one.id.startswith("unknown:")]
        found |= {centre, *tops}
        for one in (centre, *tops):
            found |= {each.id for each in below(reader, one, day) if each.how != SHARE}
    return found


__all__ = ["CONTROL", "SHARE", "UNKNOWN", "Holder", "above", "below", "group", "groups", "how", "ownerships"]
