"""Attached pictures and passes that are not what their names say, as in the published FORCEDENTRY and BLASTPASS
cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

_COLUMNS = ("path", "extension", "found", "size", "image", "image_size", "image_archive", "image_expression")


def _keep(columns: Columns) -> Iterable[int]:
    rows = zip(columns["extension"], columns["found"], columns["image"], strict=True)
    return [
        at
        for at, (name, found, image) in enumerate(rows)
        if (name == "gif" and found in ("pdf", "psd")) or (name == "pkpass" and image == "webp")
    ]


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    for row in kept["files"]:
        values = row.row
        if values["extension"] == "gif":
            yield Hit(
                rows=(row,),
                says=t(f"rule.attachment-type-mismatch.{'pdf' if values['found'] == 'pdf' else 'psd'}"),
                strength=Strength.LEAD if values["found"] == "pdf" else Strength.WEAK,
            )
        elif values["image_archive"] == 1 and values["image_expression"] == 1:
            yield Hit(rows=(row,), says=t("rule.attachment-type-mismatch.pass_expressions"))
        else:
            yield Hit(
                rows=(row,),
                says=t("rule.attachment-type-mismatch.pass"),
                strength=Strength.LEAD,
                innocent=(t("rule.attachment-type-mismatch.innocent_pass"),),
            )


RULE = Rule(
    name="attachment-type-mismatch",
    title="Attachment that is not what its name says",
    shows=Shows.CONTACT,
    strength=Strength.STRONG,
    reads={"files": Reads(artefact="ios.sms_attachment_files", columns=_COLUMNS, keep=_keep)},
    find=_find,
    innocent=(
        "A sender's app may have named the file wrongly.",
        "The file was an attempt; on a phone with the correction it does nothing.",
    ),
    basis="Citizen Lab, FORCEDENTRY, 2021-09-13 (through the press); Black Hat Asia 2024, You Shall Not PASS, slides "
    "29 to 51.",
)
