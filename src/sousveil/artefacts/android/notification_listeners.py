"""Notification listeners: apps that may read every notification (dumpsys notification)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import components
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.kinds import BundleId, Flag, Integer, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Listener(Record):
    """One app in one of the lists."""

    package: BundleId
    component: Label
    state: Label
    """`allowed` (it may listen), `enabled` (for the current users) or `live` (it listens now)."""
    user: Integer | None
    user_changed: Flag | None
    """1 where a person allowed it in the settings, and not the system by itself."""


_LISTS = (("Allowed notification listeners:", "allowed"), ("All notification listeners", "enabled"))
_LIVE = "Live notification listeners"
_USER = lazy_pattern(r"\(user:? ?(\d{1,6})")
_CHANGED = lazy_pattern(r"isUserChanged: (true|false)")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The lists below `Notification listeners:`; those of assistants and conditions that follow are left out."""
    inside, state = False, ""
    for number, line in text.lines():
        bare = line.strip()
        if bare == "Notification listeners:":
            inside = True
            continue
        if not inside:
            continue
        if line.startswith("  ") and not line.startswith("   ") and bare.endswith(":"):
            return
        begins = next((name for prefix, name in (*_LISTS, (_LIVE, "live")) if bare.startswith(prefix)), None)
        if begins is not None:
            state = begins
        elif bare.startswith("Snoozed"):
            state = ""
        if not state:
            continue
        user, changed = _USER.search(line), _CHANGED.search(line)
        for package, component in components(line.partition(") : ")[0].partition("): ")[0]):
            values: dict[str, str | int | None] = {"package": package, "component": component, "state": state}
            values |= {
                "user": int(user[1]) if user else None,
                "user_changed": int(changed[1] == "true") if changed else None,
            }
            yield Row(values, line=number)


ARTEFACT = Artefact(
    name="android.notification_listeners",
    title="Apps that may read notifications",
    needs={"main": (At.section("notification"),)},
    record=Listener,
    role=Role.GRANTED,
    read=section_rows(parse),
    seen=(
        Seen(versions="Android 10", basis="seen on a real phone", verified=True),
        Seen(
            versions="Android 14 and 15", basis="layout from Samsung's framework code (One UI 6.1 and 7)", verified=True
        ),
    ),
    means="Such an app sees messages as they arrive. Watches, cars and launchers use this as well.",
)
