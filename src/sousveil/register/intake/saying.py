"""Makes the statements of an intake: everything that is the same for a whole file is said once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.model import Dataset
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_code, country_name

_PROFILE = re.compile(
    r"//(?:[\w-]+\.)*(?:linkedin\.com/(?:in|pub)|facebook\.com/(?!pages/)|twitter\.com/|x\.com/|instagram\.com/|t\.me/|vk\.com/)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.\w")
PEOPLES = dict(
    part.rsplit(" ", 1)
    for part in (
        "afghan af, american us, argentine ar, australian au, austrian at, belarusian by, belarussian by, belgian be, "
        "brazilian br, british gb, bulgarian bg, burma mm, canadian ca, chinese cn, colombian co, croatian hr, cypriot "
        "cy, czech cz, danish dk, dutch nl, emirati ae, estonian ee, finnish fi, french fr, german de, greek gr, "
        "hungarian hu, indian in, iranian ir, irish ie, israeli il, italian it, japanese jp, kazakh kz, lebanese lb, "
        "libyan ly, lithuanian lt, mexican mx, myanmar mm, nicaraguan ni, norwegian no, pakistani pk, polish pl, "
        "portuguese pt, russian ru, serbian rs, singaporean sg, slovenian si, south african za, south korean kr, south "
        "sudanese ss, spanish es, sudanese sd, swedish se, swiss ch, syrian sy, turkish tr, ukrainian ua, venezuelan ve"
    ).split(", ")
)
"""What lists and texts call the people of a country, in lower case -> its code."""


class Speaker:
    """Says things for one data set: publisher, source, hash and standing are filled in."""

    def __init__(
        self,
        dataset: Dataset,
        sha256: str | None,
        *,
        standing: Standing,
        source: str | None = None,
        asserted: str | None = None,
    ) -> None:
        self.dataset = dataset
        self.sha256 = sha256
        self.standing = standing
        self.source = source or dataset.source
        self.asserted = asserted or dataset.snapshot

    def say(
        self,
        subject: str,
        type: str,
        property: str,
        value: str,
        *,
        original: str | None = None,
        language: str | None = None,
        source: str | None = None,
        standing: Standing | None = None,
        valid_from: str | None = None,
        valid_until: str | None = None,
        person: bool = False,
        publisher: str | None = None,
    ) -> Statement:
        """One statement. `publisher`: whom a collection quotes; None: the publisher of the data set."""
        return Statement(
            subject=subject,
            type=type,
            property=property,
            value=value,
            original=original if original != value else None,
            language=language,
            source=source or self.source,
            source_sha256=self.sha256,
            publisher=publisher or self.dataset.publisher,
            dataset=self.dataset.name,
            standing=standing or self.standing,
            valid_from=valid_from,
            valid_until=valid_until,
            asserted=self.asserted,
            person=person,
        )

    def record(
        self, subject: str, type: str, *, source: str | None = None, person: bool = False, **values: str | None
    ) -> Iterator[Statement]:
        """One statement for each property that has a value."""
        for property, value in values.items():
            if value:
                yield self.say(subject, type, property, value, source=source, person=person)

    def state(self, code: str) -> tuple[str, list[Statement]]:
        """A State as an entity: its id, and the statements that say its name and code."""
        subject = state_id(code)
        return subject, list(self.record(subject, "State", name=country_name(code), country=code))


def state_id(code: str) -> str:
    """The id of a State or territory; `code` is ISO 3166-1 alpha-2 in lower case. The same in every data set."""
    return entity_id("country", code)


def country(text: str) -> str | None:
    """The code of a country's English name or code; None where it is not known."""
    return country_code(text) if text else None


def link(text: str) -> str | None:
    """A web address that may be shown; None for anything else, and for pages of single people and mail addresses."""
    text = text.strip()
    if not _LINK.fullmatch(text):
        return None
    if _PROFILE.search(text) or _MAIL.search(text) or "@" in text.split("/", 3)[2]:
        return None
    return text


def year(text: str) -> list[str]:
    """The years in a date as a list prints it: of a day only the year is kept."""
    return list(dict.fromkeys(re.findall(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", text)))
