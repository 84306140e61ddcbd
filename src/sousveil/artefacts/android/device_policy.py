"""Device administrators and owners: apps that may lock, wipe or watch over the phone (dumpsys device_policy)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.artefacts.android._common import component
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.kinds import BundleId, Flag, Integer, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Administrator(Record):
    """One app with power over the phone."""

    package: BundleId
    component: Label | None
    power: Label
    """`admin` (a device administrator), `device owner` or `profile owner`."""
    policies: Label | None
    """What it may do, such as wipe-data, force-lock."""
    user: Integer | None
    test_only: Flag | None
    logs_network: Flag | None
    """1 where it gets a log of connections."""


_OWNER = lazy_pattern(r"\s*(Device|Profile) Owner(?: \(User (\d{1,6})\))?\s*:")
_ADMINS = lazy_pattern(r"\s*Enabled Device Admins \(User (\d{1,6})")
_ADMIN = lazy_pattern(r"  ([A-Za-z][\w.]{1,254}/[\w.$]{1,254}):\Z")
_OWNS = lazy_pattern(r"\s+admin=ComponentInfo\{([^}]{1,510})\}")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """Owners, then administrators of each user."""
    power, user = "", None
    admin: Row | None = None
    policies: list[str] | None = None
    for number, line in text.lines():
        if owner := _OWNER.match(line):
            power, user = f"{owner[1].lower()} owner", int(owner[2]) if owner[2] else 0
        elif admins := _ADMINS.match(line):
            power, user = "admin", int(admins[1])
        elif power.endswith("owner") and (owns := _OWNS.match(line)) and (named := component(owns[1])):
            yield Row({"package": named[0], "component": named[1], "power": power, "user": user}, line=number)
        elif power == "admin" and (found := _ADMIN.match(line)):
            if admin is not None:
                yield admin
            values = {"package": found[1].partition("/")[0], "component": found[1], "power": power, "user": user}
            admin, policies = Row(values, line=number), None
        elif admin is not None:
            bare = line.strip()
            if bare == "policies:":
                policies = []
            elif policies is not None and line.startswith("      ") and re.fullmatch(r"[a-z][a-z\-]{2,60}", bare):
                policies.append(bare)
                admin["policies"] = ", ".join(policies[:100])
            elif bare.startswith("testOnlyAdmin="):
                admin["test_only"] = int(bare.endswith("true"))
            elif bare.startswith("isNetworkLoggingEnabled="):
                admin["logs_network"] = int(bare.endswith("true"))
            elif line[:1] not in ("", " ") or bare.startswith("Constants:"):
                yield admin
                admin, power = None, ""
    if admin is not None:
        yield admin


ARTEFACT = Artefact(
    name="android.device_policy",
    title="Device administrators and owners",
    needs={"main": (At.section("device_policy"),)},
    record=Administrator,
    role=Role.GRANTED,
    read=section_rows(parse),
    seen=(
        Seen(versions="Android 10, without an administrator", basis="seen on a real phone", verified=True),
        Seen(
            versions="Android 14 and 15", basis="layout from Samsung's framework code (One UI 6.1 and 7)", verified=True
        ),
    ),
    means="An administrator can lock or wipe the phone and is harder to remove. Employers and parents use this as well.",
)
