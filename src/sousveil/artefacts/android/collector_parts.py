"""Parts of an acquisition that AndroidQF of August 2026 and later describes in manifests, and modules of Magisk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.errors import Malformed
from sousveil.kinds import Integer, Label, Role
from sousveil.readers.json_rows import number_of, text_of
from sousveil.readers.model import Described, Outcome, PartReading
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.records import Batch, Record
from sousveil.texts import t

MAX_MANIFEST = 16 << 20
_FAILED = ("partial", "collection_failed")
"""Statuses of a part that is not whole although it could be."""


class CollectorPart(Record):
    """One part: a manifest, or the description of one module of Magisk."""

    part: Label
    """The folder: `apex`, `browser_history`, `magisk_modules`."""
    status: Label | None
    """The collector's own word: `collected`, `partial`, `root_unavailable` and so on."""
    schema_version: Integer | None
    module: Label | None
    """The id of a module of Magisk: the phone is rooted."""
    module_name: Label | None
    module_version: Label | None


def _module(data: bytes) -> Row:
    facts = dict(line.split("=", 1) for line in data.decode("utf-8", "replace").splitlines() if "=" in line)
    return Row(
        {
            "part": "magisk_modules",
            "module": text_of(facts.get("id"), 200),
            "module_name": text_of(facts.get("name"), 200),
            "module_version": text_of(facts.get("version"), 200),
        }
    )


def _manifest(part: str, data: bytes) -> Row:
    try:
        value: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(t("error.collector_parts.manifest_part_acquisition")) from error
    facts = value if isinstance(value, dict) else {}
    return Row(
        {
            "part": part,
            "status": text_of(facts.get("status"), 100),
            "schema_version": number_of(facts.get("schema_version")),
        }
    )


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The row of one file; what the collector could not get is a part of the coverage."""
    group = files["main"]
    data = read_bytes(group, MAX_MANIFEST)
    part = group.relative.split("/")[-2]
    row = _module(data) if group.relative.endswith("module.prop") else _manifest(part, data)
    yield from batches_of(iter((row,)), artefact, "manifest", group.where, context)
    status = row.get("status")
    outcome = Outcome.SKIPPED if status in _FAILED else Outcome.READ
    detail = t("error.collector_parts.androidqf_says", status=status) if status not in (None, "collected") else ""
    context.log.add(PartReading(name=row["part"], outcome=outcome, records=1, detail=detail))


ARTEFACT = Artefact(
    name="android.collector_parts",
    title="Parts and Magisk modules (AndroidQF)",
    needs={
        "main": tuple(
            At.anywhere(f"{top}{path}")
            for top in ("", "*/")
            for path in (
                "apex/manifest.json",
                "browser_history/manifest.json",
                "magisk_modules/manifest.json",
                "magisk_modules/*/module.prop",
            )
        )
    },
    record=CollectorPart,
    role=Role.INSTALLED,
    read=read,
    expected=Expected(optional="AndroidQF before August 2026 has no manifests"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF of August 2026 and later",
            basis="layout from AndroidQF's published source of August to November 2026",
            verified=True,
        ),
    ),
    means="A Magisk module shows that the phone is rooted. The status says what AndroidQF could collect.",
)
