"""Downloads of itunesstored: apps and media, with the links they came from."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import BundleId, FilePath, Label, MacTime, Opaque, Role, Url
from sousveil.readers.sqlite import Layout, chain, sqlite
from sousveil.records import Record


class StoreDownload(Record):
    """One download, or one file of it."""

    bundle: BundleId | None
    kind: Label | None
    title: Opaque | None
    url: Url | None
    path: FilePath | None
    begun: MacTime | None
    account: Opaque | None
    """The Apple account: personal data."""


ARTEFACT = Artefact(
    name="sysdiagnose.store_downloads",
    title="Downloads of the store",
    needs={"main": (At.sysdiagnose("logs/itunesstored/downloads.*.sqlitedb"),)},
    record=StoreDownload,
    role=Role.LOADED,
    read=chain(
        sqlite(
            Layout(
                name="download",
                source="download",
                columns={"kind": "download.kind"},
                optional={
                    "bundle": "download.bundle_id",
                    "title": "download.title",
                    "begun": "download.timestamp",
                    "account": "download.account_id",
                },
            ),
            required=False,
        ),
        sqlite(
            Layout(
                name="asset",
                source="asset LEFT JOIN download ON download.pid = asset.download_id",
                columns={"url": "asset.url", "bundle": "download.bundle_id"},
                optional={"path": "asset.local_path", "begun": "download.timestamp", "kind": "asset.asset_type"},
            ),
            Layout(
                name="asset alone", source="asset", columns={"url": "asset.url"}, optional={"path": "asset.local_path"}
            ),
            required=False,
        ),
        some=True,
    ),
    events=(Event(at="begun", says="download of the store", shows="bundle"),),
    expected=Expected(optional="the table is empty when no download waits"),
    seen=(Seen(versions="iOS 12 to 26", basis="recalled: no real file or source names the columns", verified=False),),
    means="A published host shows that the store fetched a file from it.",
)
