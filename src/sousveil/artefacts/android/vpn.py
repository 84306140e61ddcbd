"""Virtual private networks: apps through which all traffic goes (dumpsys connectivity, vpn_management)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import BundleId, Integer, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Vpn(Record):
    """One network or one app that is a VPN."""

    package: BundleId | None
    owner_uid: Integer | None
    """The app that made it, by its number."""
    state: Label | None


_TRANSPORT = lazy_pattern(r"Transports: [A-Z|_& ]*\bVPN\b")
_OWNER = lazy_pattern(r"\b(?:OwnerUid|Owner UID|EstablishingAppUid):? ?(\d{1,9})")
_ACTIVE = lazy_pattern(
    r"\s*(?:Active package name|mPackage|Package|Active VPN package):? ?=?\s*([A-Za-z]\w*(?:\.\w+)+)"
)


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """Networks whose transport is VPN, and packages that the service names. A request for what is no VPN (NOT_VPN) is none."""
    for number, line in text.lines():
        if _TRANSPORT.search(line) and "NetworkRequest" not in line:
            owner = _OWNER.search(line)
            yield Row({"owner_uid": int(owner[1]) if owner else None, "state": "network"}, line=number)
        elif text.title == "vpn_management" and (active := _ACTIVE.match(line)) and active[1] != "[Legacy VPN]":
            yield Row({"package": active[1], "state": "active"}, line=number)


ARTEFACT = Artefact(
    name="android.vpn",
    title="Virtual private networks",
    needs={"main": (At.section("connectivity"), At.section("vpn_management"))},
    record=Vpn,
    role=Role.GRANTED,
    read=section_rows(parse),
    expected=Expected(optional="the section is there where the phone printed it"),
    seen=(Seen(versions="all", basis="recalled; no report with a VPN was seen", verified=False),),
    means="All traffic of the phone goes through such an app. Ad blockers and companies use this as well.",
)
