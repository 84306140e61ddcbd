"""Copies of apps in an acquisition: what each APK says of itself, and every certificate of every signature scheme."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from sousveil.acquisition.content import Content, open_member
from sousveil.acquisition.model import FileGroup, Readable, blocks
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import BundleId, Certificate, Flag, HashValue, Integer, Label, Role
from sousveil.readers.apk import Apk, read_apk, read_idsig
from sousveil.readers.apk import Certificate as Signer
from sousveil.readers.model import Described, Outcome, PartReading
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record

IN_MEMORY = 32 << 20
"""Bytes of a file that are kept in memory; a larger one is read again for each of its parts, in flat memory."""
MAX_SIDE = 1 << 20


class ApkSigner(Record):
    """One certificate of one APK; one row without a certificate for an APK that has none."""

    package: BundleId | None
    version: Label | None
    version_code: Integer | None
    minimum_sdk: Integer | None
    target_sdk: Integer | None
    debuggable: Flag | None
    permissions: Label | None
    """Permissions that the app asks for."""
    sha256: HashValue
    """Of the file."""
    sha1: HashValue
    md5: HashValue
    scheme: Label | None
    """The signature scheme that names the certificate: v1, v2, v3, v3.1, v4, or `lineage` for a former certificate."""
    certificate_sha256: Certificate | None
    certificate_sha1: Certificate | None
    certificate_md5: Certificate | None
    problem: Label | None
    """What could not be read of the file."""


class _Held:
    """Content that is kept in memory."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, amount: int, offset: int) -> bytes:
        return self.data[offset : offset + amount]

    def close(self) -> None: ...


def _rows(relative: str, content: Content) -> Iterator[Row]:
    digests = [hashlib.new(name, usedforsecurity=False) for name in ("sha256", "sha1", "md5")]
    kept: list[bytes] = []
    for block in blocks(content):
        for digest in digests:
            digest.update(block)
        if content.size <= IN_MEMORY:
            kept.append(block)
    source: Readable = _Held(b"".join(kept)) if content.size <= IN_MEMORY else content
    if relative.lower().endswith(".idsig"):
        apk = Apk()
        apk.add("v4", read_idsig(source.read(min(MAX_SIDE, source.size), 0)))
    else:
        apk = read_apk(source)
    manifest = apk.manifest
    file = {
        "package": manifest.package,
        "version": manifest.version,
        "version_code": manifest.version_code,
        "minimum_sdk": manifest.minimum_sdk,
        "target_sdk": manifest.target_sdk,
        "debuggable": None if manifest.package is None else int(manifest.debuggable),
        "permissions": ", ".join(manifest.permissions) or None,
        "problem": " ".join(apk.faults)[:500] or None,
    } | {digest.name: digest.hexdigest() for digest in digests}
    signers: list[Signer | None] = [*apk.certificates]
    for signer in signers or [None]:
        row = Row(file)
        if signer is not None:
            row["scheme"] = signer.scheme
            row["certificate_sha256"] = signer.sha256
            row["certificate_sha1"] = signer.sha1
            row["certificate_md5"] = signer.md5
        yield row


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of one file. What is damaged in it becomes a part of the coverage."""
    group = files["main"]
    content = open_member(group.members[0])
    try:
        for batch in batches_of(_rows(group.relative, content), artefact, "APK", group.where, context):
            faults = [text for text in batch.column("problem") if text] if context.full else []
            outcome = Outcome.UNSUPPORTED if faults else Outcome.READ
            context.log.add(
                PartReading(name="APK", outcome=outcome, records=batch.count, detail=faults[0] if faults else "")
            )
            yield batch
    finally:
        content.close()


ARTEFACT = Artefact(
    name="android.apks",
    title="App copies (APK)",
    needs={
        "main": tuple(At.anywhere(f"{top}apks/*.{end}") for top in ("", "*/") for end in ("apk", "apk.idsig", "APK"))
    },
    record=ApkSigner,
    role=Role.INSTALLED,
    read=read,
    expected=Expected(optional="AndroidQF copies apps only when the examiner asks for it", guide="android"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="signature schemes 1 to 4",
            basis="layout from the description of APK signature schemes by the Android Open Source Project",
            verified=True,
        ),
    ),
    means="A published certificate shows that the app comes from the maker that the publication names. Sousveil does not verify "
    "signatures: Android refuses to install a file with a wrong one.",
)
