"""The phone and the backup, as Info.plist states them."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Label, Opaque, PhoneNumber, Role, UnixTime
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class BackupInfo(Record):
    """The facts of one backup."""

    product_name: Label | None
    product_type: Label | None
    product_version: Label | None
    build_version: Label | None
    last_backup: UnixTime | None
    installed_applications: Opaque | None
    device_name: Opaque | None
    display_name: Opaque | None
    guid: Opaque | None
    iccid: Opaque | None
    imei: Opaque | None
    imei_2: Opaque | None
    meid: Opaque | None
    phone_number: PhoneNumber | None
    serial_number: Opaque | None
    target_identifier: Opaque | None
    target_type: Label | None
    unique_identifier: Opaque | None
    itunes_version: Label | None


_KEYS = {
    "Product Name": "product_name",
    "Product Type": "product_type",
    "Product Version": "product_version",
    "Build Version": "build_version",
    "Last Backup Date": "last_backup",
    "Installed Applications": "installed_applications",
    "Device Name": "device_name",
    "Display Name": "display_name",
    "GUID": "guid",
    "ICCID": "iccid",
    "IMEI": "imei",
    "IMEI 2": "imei_2",
    "MEID": "meid",
    "Phone Number": "phone_number",
    "Serial Number": "serial_number",
    "Target Identifier": "target_identifier",
    "Target Type": "target_type",
    "Unique Identifier": "unique_identifier",
    "iTunes Version": "itunes_version",
}
_ELSEWHERE = ("Applications",)
"""Read by `ios.applications`."""


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """One row; other keys are kept as they are."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.common.info_plist_dictionary"))
    yield row_of(value, _KEYS, without=_ELSEWHERE)


ARTEFACT = Artefact(
    name="ios.backup_info",
    title="Facts about the phone and the backup",
    needs={"main": (At.info("Info.plist"),)},
    acquisitions=("ios-backup",),
    record=BackupInfo,
    role=Role.QUOTED,
    read=plist_rows(parse),
    events=(Event(at="last_backup", says="backup made", shows="product_version"),),
    seen=(Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),),
    means="What the computer that made the backup wrote down about the phone. Nothing here is checked by the phone.",
)
