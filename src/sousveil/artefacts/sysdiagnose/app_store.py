"""Apps that the App Store installed, updated or listed as bought: the databases of appstored and its forerunner."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import BundleId, Label, MacTime, Opaque, Role, Url
from sousveil.readers.sqlite import Layout, chain, sqlite
from sousveil.records import Record


class StoreApp(Record):
    """One app in one of the tables."""

    bundle: BundleId | None
    app: Label | None
    """What the owner sees."""
    version: Label | None
    vendor: Label | None
    url: Url | None
    installed: MacTime | None
    changed: MacTime | None
    account: Opaque | None
    """The Apple account: personal data."""


def _layout(table: str, installed: str) -> Layout:
    """A table by its identifier of apps; everything else may be missing."""
    return Layout(
        name=table,
        source=table,
        columns={"bundle": f"{table}.bundle_id"},
        optional={
            "app": f"{table}.long_title",
            "version": f"{table}.bundle_version",
            "vendor": f"{table}.vendor_name",
            "url": f"{table}.store_url",
            "installed": f"{table}.{installed}",
            "changed": f"{table}.timestamp",
            "account": f"{table}.account_identifier",
        },
    )


_TABLES = {
    "current_apps": "install_date",
    "app_updates": "install_date",
    "app_install": "install_date",
    "installation_event": "install_date",
    "purchase_history_apps": "date_purchased",
}

ARTEFACT = Artefact(
    name="sysdiagnose.app_store",
    title="Apps of the App Store",
    needs={
        "main": (
            At.sysdiagnose("logs/appinstallation/appstored.sqlitedb"),
            At.sysdiagnose("logs/appinstallation/AppUpdates.sqlitedb"),
        )
    },
    record=StoreApp,
    role=Role.INSTALLED,
    read=chain(*(sqlite(_layout(table, installed), required=False) for table, installed in _TABLES.items()), some=True),
    events=(Event(at="installed", says="app bought or installed", shows="bundle"),),
    expected=Expected(optional="not every version of the system writes it"),
    seen=(Seen(versions="iOS 12 to 26", basis="recalled: no real file or source names the columns", verified=False),),
    means="A published identifier shows that the store listed an app with it for this phone.",
)
