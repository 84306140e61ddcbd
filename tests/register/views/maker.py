"""An invented register for the tests of views and pictures: companies, States and events that do not exist.

Ids of statements hold a random salt, and the clock gives the time of recording: `steady` replaces both, so that a whole
view can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.register import publication
from sousveil.register.codes import RetractReason
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.ownership import Ownership
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.register.maker import key_of, tell

GAZETTE, PAPER, WATCH = "Gazette of Ostrava Verde", "The Harbour Paper", "Lantern Watch"


def eid(name: str) -> str:
    """The id of an invented entity."""
    return entity_id("invented", name)


def said(
    name: str,
    type: str,
    property: str,
    value: str,
    *,
    by: str = PAPER,
    standing: Standing = Standing.REPORTED,
    stance: Stance = Stance.ASSERTS,
    supersedes: str | None = None,
    since: str | None = None,
    until: str | None = None,
    source: str = "https://paper.example/story",
) -> Statement:
    """One statement about an invented entity."""
    return Statement(
        subject=eid(name),
        type=type,
        property=property,
        value=value,
        source=source,
        publisher=by,
        dataset="direct",
        standing=standing,
        stance=stance,
        valid_from=since,
        valid_until=until,
        asserted="2024-05-02",
        supersedes=supersedes,
    )


def record(who: str, kind: str, /, **values: str) -> list[Statement]:
    """Statements of one record; options of `said` are written with an underscore before."""
    options: dict[str, Any] = {key[1:]: values.pop(key) for key in list(values) if key.startswith("_")}
    if "standing" in options:
        options["standing"] = Standing(options["standing"])
    return [said(who, kind, key, value, **options) for key, value in values.items()]


def base() -> list[Statement]:
    """Who there is and who is linked to whom."""
    # fmt: off
    confirmed = {"_standing": "confirmed", "_by": GAZETTE, "_source": "https://gazette.example/1"}
    return [
        *record("Kestrel Ridge", "Company", name="Kestrel Ridge Systems Ltd", country="cy", jurisdiction="cy"),
        *record("Holding", "Company", name="Kestrel Ridge Holding SARL", country="lu"),
        *record("Fund", "Company", name="Palisade Growth Fund II LP", country="ky"),
        *record("Sister", "Company", name="Marsh Lantern Analytics GmbH", country="de"),
        *record("Reseller", "Company", name="Orchard Bridge Trading FZE", country="ae"),
        *record("Ministry", "PublicBody", name="Ministry of Interior of Ostrava Verde", country="bh", **confirmed),
        *record("Police", "PublicBody", name="Harbour Police Directorate", country="tg"),
        *record("Guard", "PublicBody", name="Customs Guard of Belmora", country="rw"),
        *record("Export office", "PublicBody", name="Office for Export Control", country="il", **confirmed),
        *record("Heron", "SurveillanceProduct", name="Heron Eye", vendor=eid("Kestrel Ridge"), category="intrusion"),
        *record(
            "own 1", "Ownership", owner=eid("Holding"),
            asset=eid("Kestrel Ridge"), percentage="100", startDate="2019-03", **confirmed,
        ),
        *record("own 2", "Ownership", owner=eid("Fund"), asset=eid("Holding"), percentage="60", _since="2020", _until=".."),
        *record("own 3", "Ownership", ownerUnspecified="unknown", asset=eid("Holding"), percentage="40"),
        *record(
            "own 4", "Ownership", owner=eid("Holding"),
            asset=eid("Sister"), percentage="51", startDate="2017", endDate="2021-06-30",
        ),
        *record("agent", "Representation", agent=eid("Reseller"), client=eid("Kestrel Ridge"), role="reseller", startDate="2018"),
        *record(
            "client 1", "ClientClaim", client=eid("Police"),
            vendor=eid("Kestrel Ridge"), product=eid("Heron"), stage="potential",
        ),
        *record(
            "client 2", "Deployment", body=eid("Ministry"), product=eid("Heron"), clientStage="confirmed", startDate="2021", **confirmed
        ),
        *record(
            "supply", "Supply", supplier=eid("Reseller"), recipient=eid("Guard"),
            product=eid("Heron"), clientStage="reported", startDate="2022-04-11", destination="rw",
        ),
        *record(
            "licence", "ExportLicence", licensee=eid("Kestrel Ridge"), issuer=eid("Export office"), product=eid("Heron"),
            licenceNumber="EX-2020-17", status="revoked", issueDate="2020-02-01", expiryDate="2023-01-31", destination="bh", **confirmed,
        ),
        *record(
            "revocation", "LicenceEvent", licence=eid("licence"),
            event="revoked", date="2021-09-14", authority=eid("Export office"), **confirmed,
        ),
        *record(
            "incident", "AbuseIncident", name="Phone of a reporter examined", product=eid("Heron"), vendor=eid("Kestrel Ridge"),
            stage="infected", date="2021-07", _standing="forensically_attributed", _by=WATCH, _source="https://watch.example/report",
        ),
        *record(
            "fair", "MarketingEvent", name="Shown at a police fair",
            vendor=eid("Kestrel Ridge"), product=eid("Heron"), startDate="2019",
        ),
        *record(
            "listing", "Claim", entity=eid("Kestrel Ridge"),
            claimKind="listed-as", label="surveillance vendor", list="Lantern list", publisher=WATCH,
        ),
        *record(
            "naming", "Claim", entity=eid("Sister"),
            claimKind="named-in", label="company", list="Harbour files", publisher=PAPER,
        ),
        *record(
            "ban", "Sanction", entity=eid("Kestrel Ridge"),
            authority="Trade Board of Norland", program="Export list", listingDate="2021-11-03", **confirmed,
        ),
    ]
    # fmt: on


@contextmanager
def steady(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Salts and times that are the same on every run."""
    counted = iter(range(1 << 62))

    def salts(size: int) -> bytes:
        return b"".join(sha256(next(counted).to_bytes(8, "big")).digest() for _ in range(size // 32))

    def now() -> str:
        return "2024-06-01T12:00:00Z"

    with patch.context() as inside:
        inside.setattr(publication, "os", SimpleNamespace(urandom=salts))
        for module in (writing, __import__("sousveil.register.register", fromlist=["register"])):
            inside.setattr(module, "utc_now", now)
        yield


def make(folder: Path, publish: Callable[[Register], None] | None = None) -> Register:
    """A register with everything of `base`, a denial, a dispute, a correction and a retraction."""
    register = Register.init(
        folder, title="Register of the tests", origin="test.invalid/log", example=True, owner="Operator", gate=gate
    )
    tell(register, sorted(base(), key=lambda one: one.publisher))
    if publish is None:
        tell_more(register)
    else:
        publish(register)
    return register


def tell_more(register: Register) -> None:
    """What comes after: replies and changes."""
    police = id_of(register, "client 1", "stage")
    tell(
        register,
        [
            said("client 1", "ClientClaim", "stage", "potential", by="Harbour Police Directorate",
                 stance=Stance.DENIES, supersedes=police, source="Letter to the register of 3 May 2024"),
            said("Kestrel Ridge", "Company", "reply", "We sell to lawful authorities only.", by="Kestrel Ridge Systems Ltd",
                 source="Letter to the register of 4 May 2024"),
        ],
    )  # fmt: skip
    wrong = id_of(register, "Reseller", "country")
    tell(register, [said("Reseller", "Company", "country", "om", stance=Stance.CORRECTS, supersedes=wrong)])
    tell(register, [said("Sister", "Company", "alias", "Marsh Lantern Labs")])
    register.retract([id_of(register, "Sister", "alias")], key_of(register, PAPER), RetractReason.WRONG)


@contextmanager
def circles_admitted() -> Iterator[None]:
    """Owners in a circle, as several publishers together may say them: one publisher alone is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ownership, "check", lambda *_: None)
        yield


def id_of(register: Register, name: str, property: str) -> str:
    """Id of the first statement of an entity's property."""
    return next(one.id for one in register.store.statements_of([eid(name)]) if one.statement.property == property)


def plain(view: object) -> Any:
    """A view as JSON gives it."""
    return msgspec.json.decode(msgspec.json.encode(view))
