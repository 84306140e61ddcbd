"""Installed apps, as Info.plist of the backup lists them, with what the store said of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import SousveilError, Unsupported
from sousveil.kinds import BundleId, Flag, HashValue, Integer, Label, Opaque, Role, Text, UnixTime
from sousveil.readers.plist import PlistDate, PlistValue, load_plist
from sousveil.readers.plists import Row, as_dict, as_list, as_text, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class Application(Record):
    """One app."""

    bundle: BundleId
    """Identifier by which the phone lists it."""
    store_bundle: BundleId | None
    """Identifier by which the store knows it, where that is another one."""
    name: Text | None
    version: Label | None
    short_version: Label | None
    maker: Text | None
    genre: Label | None
    source_app: Label | None
    """The program that installed it: com.apple.AppStore, com.apple.TestFlight ..."""
    item_id: Integer | None
    purchased: UnixTime | None
    apple_id: Opaque | None
    """The account that bought it."""
    icon_sha256: HashValue | None
    listed: Flag
    """1: stands in `Installed Applications`."""
    metadata: Label
    """`store` where the store's metadata is there, `none`, or `damaged`."""


_FIELDS = {
    "bundleVersion": "version",
    "bundleShortVersionString": "short_version",
    "artistName": "maker",
    "genre": "genre",
    "sourceApp": "source_app",
    "itemId": "item_id",
}
_DROP = {"softwareVersionBundleId", "itemName", "title", "com.apple.iTunesStore.downloadInfo"}


def _moment(value: object) -> PlistDate | None:
    """A date, or ISO text, as an instant."""
    if isinstance(value, PlistDate):
        return value
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return PlistDate(round(moment.timestamp() * 1_000_000))
    except (ValueError, OverflowError):
        return None


def _metadata(facts: dict[str, Any]) -> Row:
    blob = facts.get("iTunesMetadata")
    if blob is None:
        return Row({"metadata": "none"})
    try:
        value = load_plist(blob) if isinstance(blob, bytes) else blob
    except SousveilError:
        return Row({"metadata": "damaged"})
    if not isinstance(value, dict):
        return Row({"metadata": "damaged"})
    row = row_of(value, _FIELDS, without=_DROP)
    download = as_dict(value.get("com.apple.iTunesStore.downloadInfo"))
    account = as_dict(download.get("accountInfo"))
    row.update(
        metadata="store",
        store_bundle=as_text(value.get("softwareVersionBundleId")),
        name=as_text(value.get("itemName")) or as_text(value.get("title")),
        purchased=_moment(download.get("purchaseDate")),
        apple_id=account.get("AppleID"),
    )
    if download:
        row.extra["download"] = download
    return row


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each app that is listed or described."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.common.info_plist_dictionary"))
    described = as_dict(value.get("Applications"))
    listed = dict.fromkeys(name for name in as_list(value.get("Installed Applications")) if isinstance(name, str))
    for bundle in dict.fromkeys((*described, *listed)):
        facts = as_dict(described.get(bundle))
        row = _metadata(facts)
        icon = facts.get("PlaceholderIcon")
        row["icon_sha256"] = hashlib.sha256(icon).hexdigest() if isinstance(icon, bytes) else None
        row["listed"] = int(bundle in listed)
        row["bundle"] = bundle
        if row.get("store_bundle") == bundle:
            del row["store_bundle"]
        yield row


ARTEFACT = Artefact(
    name="ios.applications",
    title="Installed apps",
    needs={"main": (At.info("Info.plist"),)},
    acquisitions=("ios-backup",),
    record=Application,
    role=Role.INSTALLED,
    read=plist_rows(parse),
    events=(Event(at="purchased", says="app bought or first downloaded", shows="bundle"),),
    seen=(Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),),
    means="A published app identifier shows that an app of that identifier is installed. Identifiers can be copied.",
)
