"""Settings for all programs, .GlobalPreferences.plist: languages, keyboards, Lockdown Mode."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Json, Label, Role
from sousveil.readers.plist import PlistValue, to_json
from sousveil.readers.plists import Row, plist_rows
from sousveil.records import Record
from sousveil.texts import t


class GlobalPreference(Record):
    """One setting."""

    entry: Label
    value: Json | None
    """As JSON: `true`, `3`, `"text"`, lists."""


def preferences(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each key of a settings file."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.global_preferences.file_dictionary_settings"))
    for key, item in value.items():
        yield Row({"entry": key, "value": to_json(item)})


ARTEFACT = Artefact(
    name="ios.global_preferences",
    title="Settings for all programs",
    needs={"main": (At.ios("/private/var/mobile/Library/Preferences/.GlobalPreferences.plist"),)},
    record=GlobalPreference,
    role=Role.WRITTEN,
    read=plist_rows(preferences),
    seen=(Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),),
    means="LDMGlobalEnabled says whether Lockdown Mode is on. Nothing here shows an attack.",
)
