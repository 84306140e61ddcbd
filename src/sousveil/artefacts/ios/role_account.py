"""roleaccountd.plist of the root user: a file name that a publisher lists. What stands in a real one is not
published."""

from __future__ import annotations

from sousveil.artefacts.ios.global_preferences import preferences
from sousveil.artefacts.model import Artefact, At, Expected, Seen
from sousveil.kinds import Json, Label, Role
from sousveil.readers.plists import plist_rows
from sousveil.records import Record


class RoleAccountSetting(Record):
    """One setting."""

    entry: Label
    value: Json | None
    """As JSON."""


ARTEFACT = Artefact(
    name="ios.role_account",
    title="roleaccountd.plist",
    needs={"main": (At.ios("/private/var/root/Library/Preferences/roleaccountd.plist"),)},
    record=RoleAccountSetting,
    role=Role.INSTALLED,
    read=plist_rows(preferences),
    expected=Expected(optional="phones that nobody attacked do not have this file"),
    seen=(Seen(versions="any", basis="recalled; no real file is published", verified=False),),
    means="The name of the file is published; `ios.manifest` reports that it is there, this shows what stands in it.",
)
