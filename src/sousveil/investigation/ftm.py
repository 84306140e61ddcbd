"""Export to Aleph or Datashare in FollowTheMoney's vocabulary: people who agreed to be named, and the lists that have their numbers.

No number, way of contact or comment leaves, and nobody without a consent that runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from sousveil.errors import Usage
from sousveil.investigation.importing import selections
from sousveil.investigation.numbers import read_number
from sousveil.investigation.people import Category, Person, Sent, load, save
from sousveil.investigation.releases import check_signers, signed
from sousveil.investigation.vault import Import, Vault, looked_at
from sousveil.ledger.keys import PrivateKey
from sousveil.texts import t

EXPORT_TYPE = "application/vnd.sousveil.investigation.ftm+json;v=1"
_TOPICS = {
    Category.JOURNALIST: "role.journo",
    Category.HUMAN_RIGHTS_DEFENDER: "role.act",
    Category.ACTIVIST: "role.act",
    Category.LAWYER: "role.lawyer",
    Category.JUDGE: "role.judge",
    Category.DIPLOMAT: "role.diplo",
}
_NAME_MOST = 384


def export(
    vault: Vault,
    signers: Sequence[PrivateKey],
    *,
    recipient: str,
    now: datetime,
    list_title: str = "",
    before: Callable[[dict[str, bytes]], None] = lambda files: None,
) -> dict[str, bytes]:
    """The files of an export (name -> content), recorded before they leave.

    `list_title`: how the export names each list; nothing of a list's provenance leaves. `before` gets the files before they are
    recorded. Raises Usage where nobody may be named, Malformed.
    """
    check_signers(signers)
    vault.check_clock(now)
    people = load(vault)
    named = [person for person in people.persons.values() if person.may_be_named(now.date())]
    if not named:
        raise Usage(t("error.publication.nobody"), hint=t("error.publication.nobody_hint"))
    lines = b"".join(
        msgspec.json.encode(entity) + b"\n"
        for entity in _entities(vault, named, list_title or t("investigation.public.list"))
    )
    manifest = {"recipient": recipient, "made": now.isoformat(), "sha256": hashlib.sha256(lines).hexdigest()}
    files = {"entities.ftm.json": lines, "export.dsse": signed(EXPORT_TYPE, msgspec.json.encode(manifest), signers)}
    sent = tuple(
        Sent(id=_id("person", person.id), kind="export", recipient=recipient, made=now, numbers=person.numbers)
        for person in named
    )
    vault.commit("export", now=now, recipient=recipient, **looked_at("person", [person.id for person in named]))
    before(files)
    save(vault, msgspec.structs.replace(people, sent=(*people.sent, *sent)), "", now=now)
    return files


def _entities(vault: Vault, named: Sequence[Person], list_title: str) -> Iterator[dict[str, Any]]:
    owners = {number: person for person in named for number in person.numbers}
    links: dict[tuple[str, str], set[str]] = {}
    lists: dict[str, Import] = {}
    for item, batch in selections(vault):
        for row in batch:
            if person := owners.get(row.e164):
                lists[item.id] = item
                days = links.setdefault((item.id, person.id), set())
                if row.seconds is not None:
                    days.add(f"{datetime.fromtimestamp(row.seconds, UTC):%F}")
    for person in named:
        countries = sorted({read_number(number).country.lower() for number in person.numbers} - {"", "001"})
        topic = _TOPICS.get(person.category)
        yield _entity(
            _id("person", person.id),
            "Person",
            name=[person.name[:_NAME_MOST]],
            country=countries,
            topics=[topic] if topic else [],
        )
    for item in lists.values():
        yield _entity(_id("list", item.id), "Document", title=[list_title[:_NAME_MOST]])
    for (list_id, person_id), days in links.items():
        yield _entity(
            _id("link", list_id, person_id),
            "Documentation",
            document=[_id("list", list_id)],
            entity=[_id("person", person_id)],
            role=[t("investigation.public.role")],
            date=sorted(days),
        )


def _entity(id: str, schema: str, **properties: list[str]) -> dict[str, Any]:
    return {"id": id, "schema": schema, "properties": {name: values for name, values in properties.items() if values}}


def _id(*parts: str) -> str:
    return "sv-" + hashlib.sha256("\x1f".join(("investigation", *parts)).encode()).hexdigest()[:24]


__all__ = ["export"]
