"""Apps in an adb backup: what the manifest of each says, with every certificate that signs it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from sousveil.acquisition.android_backup import MANIFEST
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.android._backup import EXPECTED, FORMS
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import BundleId, Certificate, Flag, Integer, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.records import Batch, Record
from sousveil.texts import t

MAX_MANIFEST = 4 << 20
MAX_CERTIFICATES = 50
_NUMBER = lazy_pattern(r"-?[0-9]{1,18}")


class BackupApp(Record):
    """One certificate of one app; one row without a certificate for an app whose manifest lists none."""

    package: BundleId
    version_code: Integer | None
    platform: Integer | None
    """Number of the phone's Android platform when the backup was made, such as 34."""
    installer: BundleId | None
    """The app that installed it; none for parts of the system and for `adb install`."""
    has_apk: Flag | None
    """Whether the backup holds the app itself."""
    key_value: Flag
    """Whether the app wrote single values, not files."""
    certificate_sha256: Certificate | None
    certificate_sha1: Certificate | None
    certificate_md5: Certificate | None


def _rows(package: str, text: str, key_value: bool) -> Iterator[Row]:
    """Lines: version of the manifest, package, version, platform, installer, 1 with the APK, number of certificates, then each
    certificate in hexadecimal."""
    lines = text.split("\n")
    if len(lines) < 7 or lines[0] != "1" or lines[1] != package:
        raise Unsupported(t("error.adb_backup.manifest_unknown"))
    app = {
        "package": package,
        "version_code": _whole(lines[2]),
        "platform": _whole(lines[3]),
        "installer": lines[4][:255] or None,
        "has_apk": int(lines[5] == "1"),
        "key_value": int(key_value),
    }
    certificates = [der for line in lines[7 : 7 + MAX_CERTIFICATES] if (der := _bytes(line))]
    for der in certificates or [b""]:
        row = Row(app)
        for name in ("sha256", "sha1", "md5") if der else ():
            row[f"certificate_{name}"] = hashlib.new(name, der, usedforsecurity=False).hexdigest()
        yield row


def _whole(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _bytes(line: str) -> bytes:
    try:
        return bytes.fromhex(line.strip())
    except ValueError:
        return b""


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of one manifest. A file of an app that is only named so gives none."""
    group = files["main"]
    manifest = MANIFEST.fullmatch(group.relative)
    if manifest is not None:
        text = read_bytes(group, MAX_MANIFEST).decode("utf-8", "replace")
        rows = _rows(manifest[1], text, "/k/" in group.relative)
        yield from batches_of(rows, artefact, "_manifest", group.where, context)


ARTEFACT = Artefact(
    name="android.backup_apps",
    title="Apps (adb backup)",
    needs={"main": (At.anywhere("apps/*/_manifest"),)},
    record=BackupApp,
    role=Role.INSTALLED,
    read=read,
    expected=EXPECTED,
    acquisitions=FORMS,
    seen=(
        Seen(versions="Android 16, key-value", basis="seen in a real backup", verified=True),
        Seen(versions="other backups", basis="layout from App Manager's published source of 2025", verified=True),
    ),
    means="A published certificate shows that the app comes from the maker that the publication names. A published name is a "
    "lead: names can be copied.",
)
