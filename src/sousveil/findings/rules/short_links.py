"""Short links that came in. They are listed and never opened: where they lead was not compared with anything.

A link of a service that shortens links says nothing about the page behind it, and asking the service would tell it, and
whoever made the link, that somebody looks. So each is a note for the person who helps, and no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from sousveil.acquisition.model import Device
from sousveil.findings.literals import Literals
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule, joined
from sousveil.hosts import links_in, parse_url
from sousveil.kinds import Role, defang
from sousveil.texts import t

KIND = "short_link"
"""Kind of the notes."""
MAX_NOTES = 200
"""Short links that are noted one by one."""
SERVICES = frozenset(
    "adf.ly amzn.to bit.do bit.ly bitly.com bitly.ws bl.ink buff.ly clck.ru cutt.ly dlvr.it fb.me gg.gg goo.gl goo.su "
    "han.gl ift.tt is.gd j.mp kutt.it lihi.cc lnkd.in me2.do n9.cl ow.ly q.gs qrco.de rb.gy rebrand.ly reurl.cc s.id "
    "short.gy shorte.st shorturl.asia shorturl.at soo.gd surl.li t.co t.ly t2m.io tiny.cc tinyurl.com trib.al u.to "
    "urlz.fr v.gd vk.cc wp.me x.gd".split()
)
"""Hosts that shorten links for anybody."""
_RECEIVED = Role.RECEIVED.value


@cache
def _marks() -> Literals:
    return Literals(f"{service}/".encode() for service in sorted(SERVICES))


def short_links(text: str) -> list[str]:
    """The links of a text that a service shortened, in order, once each, without scheme."""
    found: dict[str, None] = {}
    for link in links_in(text):
        url = parse_url(link)
        if url is not None and url.host.removeprefix("www.") in SERVICES:
            rest = link.partition("://")[2] or link
            if rest.partition("/")[2]:
                found.setdefault(rest)
    return list(found)


def _keep(*names: str) -> Callable[[Columns], Iterable[int]]:
    def keep(columns: Columns) -> Iterable[int]:
        marked = [name for name in names if _marks().any(joined(columns, name))]
        if not marked:  # so it is with nearly every batch
            return []
        roles = columns["role"]
        texts = [columns[name] for name in marked]
        return [
            row
            for row, role in enumerate(roles)
            if role == _RECEIVED and any(column[row] and short_links(column[row]) for column in texts)
        ]

    return keep


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    seen: set[str] = set()
    for row in (row for rows in kept.values() for row in rows):
        for name in ("text", "links", "content1"):
            for link in short_links(str(row.row.get(name) or "")):
                if link in seen:
                    continue
                seen.add(link)
                if len(seen) > MAX_NOTES:
                    return
                yield Hit(
                    rows=(row,),
                    at=row.row.get("date"),
                    notice=True,
                    kind=KIND,
                    says=t("rule.short-links.says", link=defang(link, 200)),
                )


RULE = Rule(
    name="short-links",
    title="Short links that were not opened",
    shows=Shows.CONTACT,
    strength=Strength.WEAK,
    reads={
        "sms": Reads(artefact="ios.sms", columns=("text", "links", "role", "date"), keep=_keep("text", "links")),
        "whatsapp": Reads(
            artefact="ios.whatsapp", columns=("text", "content1", "role", "date"), keep=_keep("text", "content1")
        ),
    },
    find=_find,
    innocent=("Shops, newspapers, parcel services and friends send short links every day.",),
    basis="Opening a link would tell its maker that somebody looks; the reference tool asks such services by default.",
)
