"""What the two data sets on FinFisher's customers share: the ids under which customers and products stand in both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.saying import Speaker, country
from sousveil.register.model import Statement, entity_id

VENDOR = entity_id("spyfiles", "company", "gamma")
"""Gamma, which sold FinFisher; the id that the intake `spyfiles` gives the company of this name."""
_CODE = re.compile(r"[0-9A-F]{8}", re.ASCII)
COMPANIES = {"Gamma1", "Gamma9", "Elaman1", "Trovicor1", "Cobham1"}
"""Accounts that bear the name of a company of these documents. Others that are no code may bear a person's name."""


def known_account(account: str) -> bool:
    """Whether an account's name can be shown: an opaque code, or a company's."""
    return bool(_CODE.fullmatch(account)) or account in COMPANIES


def customer_id(account: str) -> str:
    """The id of a customer."""
    return entity_id("finfisher", "customer", account)


def product_id(name: str) -> str:
    """The id of a product."""
    return entity_id("finfisher", "product", name.casefold())


def customer(speaker: Speaker, account: str, attributed: str) -> Iterator[Statement]:
    """A customer: its code, and the country that the publishers of the documents attribute it to, as they print it."""
    subject = customer_id(account)
    yield speaker.say(subject, "Organization", "name", f"FinFisher customer {account}", original=account)
    if not attributed:
        return
    words = attributed.split()
    for end in range(len(words), 0, -1):
        code = country(" ".join(words[:end])) or _OLD_NAMES.get(" ".join(words[:end]))
        if code:
            yield speaker.say(subject, "Organization", "country", code, original=attributed)
            if end < len(words):
                yield speaker.say(subject, "Organization", "alias", attributed)
            return


_OLD_NAMES = {"Bosnia Herzegovina": "ba"}


def product(speaker: Speaker, name: str) -> Iterator[Statement]:
    """A product of the FinFisher line."""
    subject = product_id(name)
    yield speaker.say(subject, "SurveillanceProduct", "name", name)
    yield speaker.say(subject, "SurveillanceProduct", "vendor", VENDOR)
