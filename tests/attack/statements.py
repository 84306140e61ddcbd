"""Malformed and lying statements of every record type, keys that may not sign, envelopes that are no bytes."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from sousveil.decisions.api import gate
from sousveil.errors import SousveilError
from sousveil.ledger import dsse
from sousveil.ledger.keys import PrivateKey
from sousveil.register import entries as log
from sousveil.register import publication, types
from sousveil.register.codes import RevokeReason, Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.publication import Submission, write_submission
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.types import Kind, Property
from sousveil.register.verify import verify
from tests.attack.field import Field, Result, Tally
from tests.register import maker
from tests.register.maker import private, said
from tests.register.test_publication import submission
from tests.web.staff.people import COMPANY, KEYS
from tests.web.staff.visitor import Page

GOOD = {
    Kind.TEXT: "Sells invented things.",
    Kind.NAME: "Invented Ltd",
    Kind.URL: "https://paper.example/1",
    Kind.DATE: "2020",
    Kind.COUNTRY: "de",
    Kind.ENTITY: entity_id("attack", "other"),
    Kind.NUMBER: "5",
    Kind.MONEY: "EUR 5",
    Kind.IDENTIFIER: "123456",
    Kind.CODE: "other",
}
WORST = {
    **dict.fromkeys(Kind, "a\x00b"),
    Kind.URL: "javascript:alert(1)",
    Kind.DATE: "2021-02-30",
    Kind.COUNTRY: "Atlantis",
    Kind.ENTITY: "../keys/operator",
    Kind.NUMBER: "1e999",
    Kind.MONEY: "EUR -1e9",
}
LIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no source": ({"source": " "}, "source", "no_source"),
    "unknown property": ({"property": "homeAddress"}, "property", "unknown_property"),
    "subject with a path": ({"subject": "../x"}, "subject", "bad_subject"),
    "impossible day": ({"valid_from": "2026-02-30"}, "valid_from", "bad_date"),
    "end before start": ({"valid_from": "2026", "valid_until": "2025"}, "valid_until", "end_before_start"),
    "said without end": ({"asserted": ".."}, "asserted", "bad_date"),
    "no hash": ({"source_sha256": "A" * 64}, "source_sha256", "bad_hash"),
    "corrects nothing": ({"stance": Stance.CORRECTS}, "supersedes", "nothing_corrected"),
    "another data set": ({"dataset": "us-csl-spyware"}, "dataset", "other_dataset"),
    "in another's name": ({"publisher": "A ministry"}, "publisher", "not_the_owner"),
    "in the subject's name": ({"publisher": maker.ACME}, "publisher", "not_the_owner"),
    "source with a mark": ({"source": "https://paper.example/\u202e1"}, "source", "not_clean"),
    "language of no text": ({"language": "<script>"}, "language", "bad_language"),
}


@dataclass(frozen=True, slots=True)
class Lie:
    """A publication that must be refused, and the refusal."""

    name: str
    submission: Submission
    field: str
    code: str


def _plain(type_name: str, one: Property) -> Statement:
    value = next(iter(one.codes), "") or GOOD[Kind(one.kind)]
    plain = said(entity_id("attack", type_name), type_name, one.name, value)
    try:
        return types.check(plain)  # marks what names a person
    except Refused:
        return plain


def lies() -> Iterator[Lie]:
    """All of them: what is wrong with any statement, then the worst value of each property, for every type."""
    for name, record_type in types.all_types().items():
        if record_type.abstract:
            continue
        properties = list(types.properties(name).values())
        plain = next(one for one in (_plain(name, it) for it in properties) if _holds(one))
        for lie, (change, field, code) in LIES.items():
            yield Lie(f"{name}: {lie}", submission(replace(plain, **change)), f"statements[0].{field}", code)
        more = publication_of(plain, standing=Standing.CONFIRMED)
        yield Lie(f"{name}: the log says more", more, "statements[0].commitment", "leaf_differs")
        for one in properties:
            field = f"statements[0].{name}.{one.name}"
            bad = replace(_plain(name, one), value=WORST[Kind(one.kind)])
            yield Lie(f"{name}.{one.name}", submission(bad), field, "bad_value")
    yield Lie("abstract", submission(said(maker.ACME, "Thing", "name", "A")), "statements[0].type", "unknown_type")


def publication_of(plain: Statement, **commitment: object) -> Submission:
    """A publication whose commitment says something else than its statement."""
    good = submission(plain)
    payload = log.decode(dsse.decode(good.envelope).payload)
    assert isinstance(payload, log.Statements)
    payload = replace(payload, commitments=(replace(payload.commitments[0], **commitment),))
    return replace(good, envelope=publication.sign(log.encode(payload), private("paper")))


def _holds(plain: Statement) -> bool:
    try:
        return types.check(plain) == plain
    except SousveilError:
        return False


def hostile_statements(field: Field) -> Result:
    """Each is refused by the field that is wrong; nothing of it is stored, and the register takes the next honest one."""
    tally = Tally("hostile statements", "every type and property is checked; a refusal names the field")
    with maker.made(field.place("hostile"), database=field.new_database()) as made:
        size = made.register.store.size()
        for number, lie in enumerate(lies()):
            if number % field.number(4, 1):
                continue
            try:
                made.register.submit(lie.submission)
                refusal = ("", "")
            except Refused as error:
                refusal = (error.field, error.code)
            tally.check(refusal == (lie.field, lie.code), f"{lie.name}: {refusal}")
        tally.check(made.register.store.size() == size, "the log grew")
        done = made.register.publish(maker.company(1), private("paper"), receipt=False)
        tally.check(maker.published(done).index == size, "an honest publication, which must be taken")
    return tally.result()


def foreign_signatures(field: Field) -> Result:
    """Publications over the API with keys that may not: each role's, revoked and unknown ones, another's name."""
    tally = Tally("publications with keys that may not", "a signature of a live publisher's key, in its own name")
    with Register.open(field.folder, gate=gate) as register:
        size = register.store.size()
        lost, voucher = PrivateKey.new(), PrivateKey.new()
        register.key_add(lost.public.raw.hex(), "Gone Ltd", Role.PUBLISHER)
        register.key_revoke(lost.public.id, RevokeReason.LOST)
        register.key_add(voucher.public.raw.hex(), "A clinic", Role.VOUCHER)
        operator = register.paths.key(OPERATOR_KEY)
    keys = {"a reviewer": private(KEYS["Review One"][0]), "an unknown": PrivateKey.new(), "a revoked": lost}
    keys |= {"a voucher": voucher, "another publisher": private(KEYS["Other Paper"][0]), "the operator": operator}
    owner = private(KEYS[COMPANY][0])
    honest = _submission(owner)
    for who, key in keys.items():
        page = post(field, _submission(key))
        tally.check(page.status in (403, 409, 422), f"{who} signs in the name of the company: {page.status}")
        if who not in ("another publisher", "the operator"):  # they may confirm what the publisher says
            page = post(field, _submission(owner, key))
            tally.check(page.status in (403, 409, 422), f"{who} signs beside the company: {page.status}")
    changed = {
        "another payload type": lambda one: replace(one, payload_type="text/plain"),
        "an empty payload": lambda one: replace(one, payload=b""),
        "a payload of text": lambda one: replace(one, payload=b"I, the company, say so."),
        "no signature": lambda one: replace(one, signatures=()),
        "the signature twice": lambda one: replace(one, signatures=one.signatures * 2),
        "another's signature": lambda one: dsse.sign(log.PAYLOAD_TYPE, one.payload + b" ", owner),
        "signed as another type": lambda one: dsse.sign("text/plain", one.payload, owner),
    }
    for what, change in changed.items():
        envelope = dsse.encode(change(dsse.decode(honest.envelope)))  # type: ignore[no-untyped-call]
        page = post(field, replace(honest, envelope=envelope))
        tally.check(page.status in (400, 422), f"{what}: {page.status}")
    whole = json.loads(write_submission(honest))
    inner = json.loads(base64.b64decode(whole["envelope"]))
    for name in ("payload", "payloadType", "signatures"):
        for value in (None, 5, "é", "\x00", [], {}, [[]], "A" * 70_000):
            envelope = base64.b64encode(json.dumps({**inner, name: value}).encode()).decode()
            page = _post(field, json.dumps({**whole, "envelope": envelope}).encode())
            tally.check(page.status in (400, 413, 422), f"{name} = {value!r:.20}: {page.status}")
    for body in (b"", b"{", b"[]", b"null", b'{"envelope":5}', b"[" * 100_000, b"\xff\xfe", b'{"envelope":"!"}'):
        tally.check(_post(field, body).status in (400, 422), f"the body {body[:20]!r}")
    with Register.open(field.folder, gate=gate) as register:
        tally.check(register.store.size() == size + 3, "the log grew")
    tally.check(post(field, honest).status == 201, "the honest publication, which must be taken")
    tally.check(post(field, honest).status == 409, "the same again")
    return tally.result()


def _submission(*keys: PrivateKey) -> Submission:
    payload, contents = publication.make(
        [said(COMPANY, "Company", "summary", f"Invented {len(keys)} {keys[0].public.id}.", publisher=COMPANY)],
        publisher=COMPANY,
        dataset="direct",
        example=True,
    )
    return Submission(envelope=publication.sign(payload, *keys), contents=contents)


def post(field: Field, submission: Submission) -> Page:
    """Hands a publication in over the API."""
    return _post(field, write_submission(submission))


def _post(field: Field, body: bytes) -> Page:
    return field.send("POST", "/api/v1/publications", body, Content_Type="application/json")


def changed_rows(field: Field) -> Result:
    """Rows of the database that somebody wrote into by hand, an envelope as text among them: `verify` names the entry."""
    tally = Tally("rows changed by hand", "verify compares each row with the log, and names the first difference")
    blobs = {"entries": ("envelope", "leaf", "replay"), "statements": ("id", "salt", "content")}
    values = {
        "text": "CAST({0} AS TEXT)",
        "other text": "'x'",
        "a number": "7",
        "empty": "x''",
        "longer": "{0} || x'00'",
    }
    changes = {
        f"{table}.{column} as {name}": f"UPDATE {table} SET {column} = {value.format(column)}"
        + (" WHERE idx = 8" if table == "entries" else " WHERE seq = 2")
        for table, columns in blobs.items()
        for column in columns
        for name, value in list(values.items())[: field.number(2, 9)]
    }
    for name, sql in changes.items():
        folder = field.place("changed")
        with maker.copied(folder):
            pass
        with closing(sqlite3.connect(folder / "register.sqlite")) as database, database:
            database.execute(sql)
        try:
            report = verify(folder, go=False)
            tally.check(report.code == 1, f"{name}: {report.difference} {report.database}")
        except SousveilError as error:
            tally.check(error.message, name)
        except Exception as error:  # noqa: BLE001 - this is what must not happen
            tally.check(False, f"{name}: {type(error).__name__}: {error}")
    return tally.result()
