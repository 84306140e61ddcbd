"""Installed apps as AndroidQF lists them: packages.json, with the hashes and the certificate of every file of a package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import BundleId, Certificate, FilePath, Flag, HashValue, Integer, Label, Role
from sousveil.readers.json_rows import digest_of, json_rows, number_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record

MAX_FILES = 1_000
"""Files of one package that are listed."""


class PackageFile(Record):
    """One file of an installed package."""

    package: BundleId
    installer: BundleId | None
    """The app that installed it; none for parts of the system and for `adb install`."""
    uid: Integer | None
    system: Flag | None
    third_party: Flag | None
    disabled: Flag | None
    path: FilePath | None
    """Where the file lies on the phone."""
    copy: Label | None
    """Its name among the copies in the acquisition."""
    sha256: HashValue | None
    sha1: HashValue | None
    md5: HashValue | None
    certificate_sha256: Certificate | None
    """Of the certificate that the collector found in the file."""
    certificate_sha1: Certificate | None
    certificate_md5: Certificate | None
    verified: Flag | None
    """1 where the collector verified the signature."""
    problem: Label | None
    """What the collector could not do."""


def _flag(value: object) -> int | None:
    return int(value) if isinstance(value, bool) else None


def parse(value: Any, _context: Context) -> Iterator[Row]:
    """A row for each file; one without a path for a package that lists none."""
    name = text_of(value.get("name"), 255) if isinstance(value, dict) else None
    if name is None:
        return
    installer = text_of(value.get("installer"), 255)
    package = {
        "package": name,
        "installer": None if installer == "null" else installer,
        "uid": number_of(value.get("uid")),
        "system": _flag(value.get("system")),
        "third_party": _flag(value.get("third_party")),
        "disabled": _flag(value.get("disabled")),
    }
    files = value.get("files")
    listed = [file for file in files if isinstance(file, dict)][:MAX_FILES] if isinstance(files, list) else []
    for file in listed or [{}]:
        found = file.get("certificate")
        certificate = found if isinstance(found, dict) else {}
        yield Row(
            {
                **package,
                "path": text_of(file.get("path")),
                "copy": text_of(file.get("local_name"), 500),
                "sha256": digest_of(file.get("sha256")),
                "sha1": digest_of(file.get("sha1")),
                "md5": digest_of(file.get("md5")),
                "certificate_sha256": digest_of(certificate.get("Sha256")),
                "certificate_sha1": digest_of(certificate.get("Sha1")),
                "certificate_md5": digest_of(certificate.get("Md5")),
                "verified": _flag(file.get("verified_certificate")),
                "problem": text_of(file.get("error"), 300) or text_of(file.get("certificate_error"), 300),
            }
        )


_CERTIFICATE = {1: ("Md5", "text"), 2: ("Sha1", "text"), 3: ("Sha256", "text")}
_FILE = {
    1: ("path", "text"),
    2: ("local_name", "text"),
    3: ("md5", "text"),
    4: ("sha1", "text"),
    5: ("sha256", "text"),
    8: ("certificate", _CERTIFICATE),
}
SHAPE = {
    1: ("name", "text"),
    2: ("installer", "text"),
    3: ("uid", "whole"),
    4: ("disabled", "flag"),
    5: ("system", "flag"),
    6: ("third_party", "flag"),
    7: ("files", [_FILE]),
}
"""A package in the list of Bugbane. Flags that are off are left out."""

ARTEFACT = Artefact(
    name="android.package_files",
    title="Installed apps and their files (AndroidQF)",
    needs={"main": tuple(At.anywhere(f"{top}packages.{end}") for top in ("", "*/") for end in ("json", "pb"))},
    record=PackageFile,
    role=Role.INSTALLED,
    read=json_rows(parse, layout="packages.json", shape=SHAPE),
    expected=Expected(optional="not in every version of AndroidQF", guide="android"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF 2021 to 2026",
            basis="layout from AndroidQF's published source of June 2026",
            verified=True,
        ),
        Seen(
            versions="Bugbane",
            basis="layout from Bugbane's published source",
            verified=True,
            places=(At.anywhere("packages.pb"), At.anywhere("*/packages.pb")),
        ),
    ),
    means="A published certificate or file hash shows that the app is installed. A published name is a lead: names can be "
    "copied.",
)
