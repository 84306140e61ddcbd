"""Apps and extensions that the power log lists, also removed ones."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, Event
from sousveil.artefacts.sysdiagnose._power import EXPECTED, FORMS, PLACES, layouts, seen, tables
from sousveil.kinds import BundleId, Flag, Label, ProcessName, Role, UnixTime
from sousveil.records import Record


class PowerApp(Record):
    """An app or an extension."""

    bundle: BundleId | None
    process: ProcessName | None
    """Name of its program."""
    app: Label | None
    """What the owner sees."""
    version: Label | None
    parent: BundleId | None
    """Of an extension: its app."""
    listed: UnixTime | None
    deleted: UnixTime | None
    uninstalled: UnixTime | None
    third_party: Flag | None
    beta: Flag | None


_READ = tables(
    layouts(
        "PLApplicationAgent_EventNone_AllApps",
        {"bundle": "AppBundleId"},
        {"listed": "timestamp"},
        optional={
            "process": "AppExecutable",
            "app": "AppName",
            "version": "AppBuildVersion",
            "deleted": "AppDeletedDate",
            "third_party": "AppIs3rdParty",
            "beta": "AppIsBeta",
        },
    ),
    layouts(
        "PLApplicationAgent_EventNone_AllPlugins",
        {"bundle": "PluginId"},
        {"listed": "timestamp"},
        optional={
            "process": "PluginExecutableName",
            "parent": "PluginParentApp",
            "deleted": "PluginDeletedDate",
        },
    ),
    layouts(
        "PLApplicationAgent_EventForward_ApplicationDidUninstall",
        {"bundle": "AppBundleId"},
        {"uninstalled": "timestamp"},
        optional={"app": "AppName"},
    ),
)

ARTEFACT = Artefact(
    name="sysdiagnose.power_apps",
    title="Apps in the power log",
    needs=PLACES,
    acquisitions=FORMS,
    record=PowerApp,
    role=Role.INSTALLED,
    read=_READ,
    events=(
        Event(at="deleted", says="app removed", shows="bundle"),
        Event(at="uninstalled", says="app removed", shows="bundle"),
    ),
    expected=EXPECTED,
    seen=seen(_READ),
    means="A published identifier shows that an app with it was installed, or had been.",
)
