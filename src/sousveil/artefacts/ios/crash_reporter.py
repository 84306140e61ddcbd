"""Settings of crash reporting, com.apple.CrashReporter.plist of the root user.

That the file is there means nothing: system updates and developers' phones write it. Only its content is worth a look.
"""

from __future__ import annotations

from sousveil.artefacts.ios.global_preferences import preferences
from sousveil.artefacts.model import Artefact, At, Expected, Seen
from sousveil.kinds import Json, Label, Role
from sousveil.readers.plists import plist_rows
from sousveil.records import Record


class CrashReporterSetting(Record):
    """One setting."""

    entry: Label
    value: Json | None
    """As JSON."""


ARTEFACT = Artefact(
    name="ios.crash_reporter",
    title="Settings of crash reporting",
    needs={"main": (At.ios("/private/var/root/Library/Preferences/com.apple.CrashReporter.plist"),)},
    record=CrashReporterSetting,
    role=Role.INSTALLED,
    read=plist_rows(preferences),
    expected=Expected(optional="most phones do not have this file"),
    seen=(
        Seen(
            versions="any",
            basis="recalled; the key ShouldSubmit is named in a published issue of the publisher",
            verified=False,
        ),
    ),
    means="ShouldSubmit = false means that crash reports are not passed on, as an implant would want it; a "
    "person can want it too.",
)
