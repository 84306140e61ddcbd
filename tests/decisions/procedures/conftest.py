"""The example register with verified keys, served by the real server."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from tests.decisions.procedures.clerk import Clerk
from tests.web.serving import served

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example register in which the key of each publisher is verified; not to be changed."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        import make_register
    finally:
        sys.path.remove(str(EXAMPLES))
    folder = tmp_path_factory.mktemp("invented") / "register"
    with make_register.make(folder) as register:
        _almanac(register)
        _offices(register, PrivateKey.load(folder / "example-keys" / "rookery.key"))
    return folder


def _offices(register: Register, rookery: PrivateKey) -> None:
    """Somebody independent confirms what the bodies of Calder are part of, and what the board is for: else nobody's act lifts."""
    state, markets, board, council = (entity_id("example", one) for one in ("calder", "markets", "board", "brackwater"))
    office, averna = entity_id("example", "calder-office"), entity_id("example", "averna")
    told = (
        (state, "State", "country", "xa"),
        (averna, "State", "country", "xb"),
        (entity_id("example", "averna-interior"), "PublicBody", "partOf", averna),
        (markets, "PublicBody", "country", "xa"),
        (markets, "PublicBody", "partOf", state),
        (markets, "PublicBody", "office", "regulator"),
        (office, "PublicBody", "country", "xa"),
        (office, "PublicBody", "partOf", state),
        (office, "PublicBody", "office", "registry"),
        (council, "PublicBody", "partOf", state),
        (board, "OversightBody", "oversees", council),
    )
    register.publish(
        [
            Statement(
                subject=subject,
                type=type,
                property=name,
                value=value,
                source="Rookery Watch, list of offices, 2026",
                publisher="Rookery Watch (invented)",
                dataset="direct",
                standing=Standing.CONFIRMED,
                valid_from="2020",
                valid_until="..",
            )
            for subject, type, name, value in told
        ],
        rookery,
    )


def _almanac(register: Register) -> None:
    """The keys of the example bear names. Somebody whose key is registered for an entity says whose the domains are that name them."""
    key, id = PrivateKey.new(), entity_id("example", "almanac")
    public = key.public.raw.hex()
    register.key_add(public, id, Role.PUBLISHER, domain="almanac.example")
    _verify(register)
    told = [(id, "Organization", "name", "Almanac of Domains"), (id, "Organization", "country", "xc")]
    for name, type, domain in (
        ("rookery-watch", "Organization", "rookery"),
        ("calder-office", "PublicBody", "export.calder"),
        ("glasmoth", "Company", "glasmoth"),
        ("brackwater", "PublicBody", "brackwater-council"),
    ):
        told.append((entity_id("example", name), type, "website", f"https://{domain}.example/"))
    register.publish(
        [
            Statement(
                subject=subject,
                type=type,
                property=name,
                value=value,
                source="Almanac of Domains, 2026",
                publisher=id,
                dataset="direct",
                standing=Standing.CONFIRMED,
            )
            for subject, type, name, value in told
        ],
        key,
    )


def _verify(register: Register) -> None:
    """Each publisher's domain names its key, and two organisations vouch for it."""
    vouchers = [PrivateKey.new(), PrivateKey.new()]
    for number, voucher in enumerate(vouchers):
        register.key_add(voucher.public.raw.hex(), f"Voucher {number} (invented)", Role.VOUCHER)
    for state in register.store.keyring().states():
        if state.role is Role.PUBLISHER:
            file = state.public.encode()
            assert state.domain is not None
            register.prove_domain(state.public, state.domain, file, checked="2026-11-01", fetched_by="Operator")
            for voucher in vouchers:
                register.vouch(state.public, voucher)


@pytest.fixture
def clerk(invented: Path, tmp_path: Path) -> Iterator[Clerk]:
    """A register of its own for each test, and somebody who publishes in it."""
    folder = Path(shutil.copytree(invented, tmp_path / "register"))
    signed = tmp_path / "signed"
    signed.mkdir()
    with served(folder) as address:
        yield Clerk(address, folder / "example-keys", signed)
