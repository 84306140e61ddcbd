"""Where a register lies that is to be verified, followed or copied: a folder, its log alone, or an address."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Missing, SousveilError
from sousveil.kinds import visible
from sousveil.ledger import note
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.policy import Policy, only_log, parse_policy
from sousveil.ledger.source import LogSource, LogUrl, Unreachable, open_log
from sousveil.ledger.tiles import CHECKPOINT
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.folder import CONFIG
from sousveil.register.keyring import Keyring


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a register's static files are read."""

    source: LogSource
    address: str
    attachments: str
    root: Path | None
    """The register's folder, where it is one."""
    whole: Path | None = None
    """The same, unless only its `log` was named."""


def open_place(target: str | Path) -> Place:
    """The register there. Raises Missing, Unreachable."""
    if isinstance(target, str) and target.startswith(("http://", "https://")):
        base = target.rstrip("/")
        for address in (f"{base}/log", base):
            source = LogUrl(address)
            try:
                source.checkpoint()
            except Unreachable:
                raise
            except Missing:
                continue
            above = address.removesuffix("/log")
            files = f"{above}/attachments" if address.endswith("/log") else ""
            return Place(source=source, address=address, attachments=files, root=None)
        raise Missing(f"There is no log at {visible(base)}.", hint="Name the address below which log/checkpoint lies.")
    folder = Path(target)
    for root in (folder / "log", folder):
        if (root / CHECKPOINT).is_file():
            files_folder = root.parent / "attachments"
            whole = root.parent if (root.parent / CONFIG).is_file() else None
            return Place(
                source=open_log(root),
                address=str(root),
                attachments=str(files_folder) if files_folder.is_dir() else "",
                root=whole,
                whole=whole if root != folder else None,
            )
    raise Missing(f"There is no log in {visible(str(folder))}.", hint="Name the folder of a register, or its address.")


def policy_for(place: Place, data: bytes, given: Policy | None) -> tuple[Policy, bool]:
    """The policy to go by, and whether it is only what the log says of itself.

    Raises Malformed where no first entry is to be had, Disagreement where it does not hold and its key therefore tells nothing.
    """
    if given is not None:
        return given, False
    if place.root is not None and (place.root / "policy").is_file():
        return parse_policy((place.root / "policy").read_bytes()), False
    try:
        size = int(note.split(data)[0].split(b"\n")[1])
        first = place.source.bundle(0, min(size, TILE_WIDTH))[0]
    except (SousveilError, ValueError, IndexError) as error:
        if isinstance(error, Unreachable):
            raise
        raise Malformed(
            "The log's own key cannot be read from its first entry.", hint="Name a policy file with the log's key."
        ) from None
    try:
        opened = publication.open_envelope(first, Keyring())
    except SousveilError as error:
        raise Disagreement(f"Entry 0: {error.message}", hint="Name a policy file with the log's key.") from None
    if not isinstance(opened.payload, log.Genesis):
        raise Malformed("The first entry does not say what register this is.", hint="Name a policy file.")
    try:
        return only_log(note.parse_vkey(opened.payload.log)), True
    except Malformed as error:
        raise Disagreement(f"Entry 0: {error.message}", hint="Name a policy file with the log's key.") from None
