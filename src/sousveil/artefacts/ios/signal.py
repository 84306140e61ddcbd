"""What a backup holds of Signal: preferences. Signal encrypts its database and keeps it out of backups."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Json, Label, Role
from sousveil.readers.plist import PlistValue, to_json
from sousveil.readers.plists import Row, plist_rows
from sousveil.records import Record
from sousveil.texts import t


class Preference(Record):
    """One setting."""

    key: Label
    value: Json | None
    """As JSON."""


def rows(value: PlistValue, _context: Context) -> Iterator[Row]:
    """One row for each setting."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.signal.signal_preferences_dictionary"))
    for key, setting in value.items():
        yield Row({"key": key, "value": to_json(setting)})


ARTEFACT = Artefact(
    name="ios.signal",
    title="Signal preferences",
    needs={
        "main": (
            At.group(
                "group.org.whispersystems.signal.group*",
                "Library/Preferences/group.org.whispersystems.signal.group*.plist",
            ),
            At.app("org.whispersystems.signal", "Library/Preferences/org.whispersystems.signal.plist"),
        )
    },
    record=Preference,
    role=Role.INSTALLED,
    read=plist_rows(rows, layout="preferences"),
    expected=Expected(
        app=("org.whispersystems.signal",),
        optional="Signal encrypts its database and keeps it out of backups; only preferences can be there",
    ),
    seen=(Seen(versions="iOS 12 to 26", basis="recalled from public descriptions", verified=False),),
    means="Settings only. Signal's messages cannot be read from a backup, so nothing here says what was sent or "
    "received.",
)
