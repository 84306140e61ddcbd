"""How to check: what the command line and `sousveil.check` ask for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What the place of an input and its case on one computer does not tell."""

    digest: str
    """Names the input in the journal of what is finished."""
    source: str = ""
    """The address from which the input was copied."""
    ending: str = ""
    """Of the name of a case folder that goes to a store: no other has it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a check. Only `paths` must be given; without `out`, `no_files` decides whether a case folder is written."""

    paths: Sequence[Path]
    """Backup folders, or folders that contain several."""
    addresses: Sequence[str] = ()
    """The same in stores, such as s3://bucket/folder."""
    password: str | None = None
    """Of an encrypted backup. Else `password_file`, `key_file` or SOUSVEIL_BACKUP_PASSWORD."""
    password_file: Path | None = None
    """Its first line is the password."""
    key_file: Path | None = None
    """As `sousveil extract-key` writes it."""
    identity: Path | None = None
    """The age identity that opens an encrypted acquisition of AndroidQF."""
    ask: bool = False
    """Ask on the terminal for a password that is missing."""
    indicators: Sequence[Path] = ()
    """Files or folders with more indicators."""
    no_bundled: bool = False
    """Leave out the bundled indicators and those added before."""
    context_as_leads: bool = False
    """Use what a publisher marked as context only as leads."""
    out: Path | None = None
    """The case folder; of several backups, the folder of their case folders."""
    destination: str | None = None
    """In place of `out`: the address of the folder of the case folders in a store."""
    no_files: bool = False
    """Write nothing."""
    case_recipient: Sequence[str] = ()
    """Age keys: every file is written only encrypted for them."""
    full_records: bool = False
    """Also write a table with every field of each artefact."""
    skip: Sequence[str] = ()
    """Categories of data that are neither parsed nor scanned: photos, messages, contacts, browsing, location, other."""
    no_scan: bool = False
    """Leave out the pass over every byte."""
    suppress: Path | None = None
    """A list of known-good findings or values."""
    jobs: int | None = None
    """Reading processes; None: one a core, at most four."""
    label: str | None = None
    """What the examiner calls the phone or the case; shown on page 1 of the report."""
    examiner: str | None = None
    """Who examines; shown on page 1."""
    timezone: str = "UTC"
    """The zone of times in report and terminal, such as Europe/Budapest."""
    require_sandbox: bool = False
    """Read nothing where this system cannot confine the processes that read."""
    progress: bool = False
    """Show progress on standard error where that is a terminal."""
    at_once: bool = False
    """Examine several inputs in processes of their own, `jobs` at a time (None: one a core)."""
    resume: bool = False
    """Leave out the inputs whose cases an earlier call finished in `out`."""
    on: str | None = None
    """The address of a Dask scheduler whose workers examine the inputs, such as tls://host:8786."""
    certificates: Path | None = None
    """A folder with ca.pem, cert.pem and key.pem for `on`; None: as Dask's own settings say."""
    copy: Copy | None = None
    """Of a single input that a process of a call with several examines: what its copy here cannot tell."""
    arguments: Sequence[str] = ()
    """The command line, for run.json."""

    def __post_init__(self) -> None:
        """Raise Usage for a category that does not exist: what a person asks to leave out must be left out."""
        from sousveil.cases.categories import categories

        if unknown := [name for name in self.skip if name not in categories()]:
            raise Usage(
                t("error.settings.category_can_skipped", unknown=visible(unknown[0], 40)),
                hint=t("error.settings.categories", categories=", ".join(categories())),
            )


__all__ = ["Copy", "Settings"]
