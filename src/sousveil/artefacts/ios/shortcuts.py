"""Shortcuts and their automations (Shortcuts.sqlite): what each does, with the links in it.

An automation that fetches a page whenever an app is opened is a way to come back after a restart.
"""

from __future__ import annotations

from sousveil.artefacts.browsing import MAX_CELL, plists_as_json
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import SousveilError
from sousveil.hosts import links_in
from sousveil.kinds import Flag, Integer, Json, Label, MacTime, Opaque, Role, Text
from sousveil.readers.plist import PlistValue, load_plist, to_json, walk_strings
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record

MAX_LINKS = 10_000
"""Links of one shortcut that are listed; all its actions are searched in any case."""


class Shortcut(Record):
    """One shortcut, or one automation (then with `trigger`)."""

    shortcut_id: Integer | None
    shortcut_name: Text | None
    created_date: MacTime | None
    modified_date: MacTime | None
    last_run: MacTime | None
    description: Text | None
    parsed_actions: Integer | None
    """Actions that could be read."""
    action_urls: Text | None
    """Links in the parameters of its actions, one a line."""
    actions: Json | None
    """The actions as stored."""
    actions_problem: Label | None
    """Why the actions could not be read."""
    phrase: Text | None
    source: Label | None
    run_count: Integer | None
    deleted: Flag | None
    workflow_id: Opaque | None
    trigger: Integer | None
    """Key of the automation that runs the shortcut."""
    trigger_enabled: Flag | None
    trigger_asks: Flag | None
    """1 where it asks before it runs."""
    trigger_data: Json | None
    """When it runs."""


def _actions(value: PlistValue) -> list[PlistValue]:
    if isinstance(value, dict):
        value = value.get("WFWorkflowActions")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def links_of(actions: list[PlistValue]) -> list[str]:
    """Links in the parameters of actions, none twice, in their order."""
    found: dict[str, None] = {}
    for _, text in walk_strings(actions):
        if "://" in text or "www." in text:
            found.update(dict.fromkeys(links_in(text)))
            if len(found) > MAX_LINKS:
                break
    return list(found)[:MAX_LINKS]


def derive(work: dict[str, Column], context: Context) -> None:
    """Actions, their number and their links."""
    blobs = work["_data"]
    for name in ("actions", "parsed_actions", "action_urls", "actions_problem"):
        work[name] = [None] * len(blobs)
    for at, blob in enumerate(blobs):
        if type(blob) is not bytes:
            continue
        try:
            actions = _actions(load_plist(blob, limit_bytes=MAX_CELL))
            work["actions"][at] = to_json(actions)
        except SousveilError as error:
            work["actions_problem"][at] = error.message
            continue
        work["parsed_actions"][at] = len(actions)
        work["action_urls"][at] = "\n".join(links_of(actions)) or None


_COLUMNS = {
    "shortcut_id": "s.Z_PK",
    "shortcut_name": "s.ZNAME",
    "created_date": "s.ZCREATIONDATE",
    "modified_date": "s.ZMODIFICATIONDATE",
}
_OPTIONAL = {
    "last_run": "s.ZLASTRUNEVENTDATE",
    "description": "s.ZACTIONSDESCRIPTION",
    "phrase": "s.ZPHRASE",
    "source": "s.ZSOURCE",
    "run_count": "s.ZRUNEVENTSCOUNT",
    "deleted": "s.ZTOMBSTONED",
    "workflow_id": "s.ZWORKFLOWID",
}
_TRIGGERS = Layout(
    name="automations",
    source="ZTRIGGER AS t LEFT JOIN ZSHORTCUT AS s ON s.rowid = t.ZSHORTCUT",
    columns={"trigger": "t.Z_PK", "shortcut_id": "t.ZSHORTCUT", "shortcut_name": "s.ZNAME"},
    optional={"trigger_enabled": "t.ZENABLED", "trigger_asks": "t.ZSHOULDPROMPT", "trigger_data": "t.ZDATA"},
    decode={"trigger_data": plists_as_json},
    extra=("t",),
)

ARTEFACT = Artefact(
    name="ios.shortcuts",
    title="Shortcuts and automations",
    needs={"main": (At.ios("/private/var/mobile/Library/Shortcuts/Shortcuts.sqlite"),)},
    record=Shortcut,
    role=Role.INSTALLED,
    read=sqlite(
        Layout(
            name="actions by key",
            source="ZSHORTCUT AS s LEFT JOIN ZSHORTCUTACTIONS AS a ON a.rowid = s.ZACTIONS",
            columns=_COLUMNS,
            optional=_OPTIONAL,
            inputs={"_data": "a.ZDATA"},
            derive=derive,
            extra=("s",),
        ),
        Layout(
            name="actions by shortcut",
            source="ZSHORTCUT AS s LEFT JOIN ZSHORTCUTACTIONS AS a ON a.ZSHORTCUT = s.Z_PK",
            columns=_COLUMNS,
            optional=_OPTIONAL,
            inputs={"_data": "a.ZDATA"},
            derive=derive,
            extra=("s",),
        ),
        Layout(name="shortcuts", source="ZSHORTCUT AS s", columns=_COLUMNS, optional=_OPTIONAL, extra=("s",)),
        also=(_TRIGGERS,),
    ),
    events=(
        Event(at="created_date", says="shortcut made"),
        Event(at="modified_date", says="shortcut changed"),
        Event(at="last_run", says="shortcut last run"),
    ),
    expected=Expected(optional="only phones with the Shortcuts app have it"),
    seen=(
        Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),
        Seen(versions="automations (ZTRIGGER)", basis="recalled", verified=False, tables=("ZTRIGGER",)),
    ),
    means="A shortcut names a published host. Predator is reported to have used automations to come back. The owner "
    "may have made the shortcut, or copied it from the web.",
)
