"""What the verbs of `investigation` share: opening the vault, private files, and notes to standard error."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import SousveilError, Usage
from sousveil.kinds import visible
from sousveil.texts import t

if TYPE_CHECKING:
    from sousveil.investigation.vault import Identities, Vault


def add_opening(made: Any, path: Callable[[str], Path]) -> None:
    """Add the arguments of a verb that opens the vault."""
    made.add_argument("--vault", type=path, default=Path("vault"), metavar="DIR", help=t("help.inv_vault"))
    made.add_argument("--identity", type=path, action="append", default=[], metavar="FILE", help=t("help.inv_identity"))


def _holders_identities(paths: list[Path]) -> tuple[Identities, Identities]:
    """The identities of two holders, out of two files or typed at two prompts."""
    from sousveil.investigation.vault import identities, read_identities

    if len(paths) == 2:
        return read_identities(paths[0]), read_identities(paths[1])
    if paths or not sys.stdin.isatty():
        raise Usage(t("error.vault.two_identities"), hint=t("error.vault.two_identities_hint"))
    import getpass

    typed = [getpass.getpass(t("investigation.prompt", number=number)) for number in (1, 2)]
    return identities(typed[0]), identities(typed[1])


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Vault]:
    """The vault that the arguments name, opened by two holders. A verb that was refused leaves an entry of the log, too."""
    from sousveil.investigation.vault import Vault, read_header, utc_now

    read_header(args.vault)
    first, second = _holders_identities(args.identity)
    with Vault.open(args.vault, first, second) as vault:
        entries = len(vault.history)
        try:
            yield vault
        except SousveilError:
            if len(vault.history) == entries and vault.is_open:
                vault.commit("refused", now=utc_now(), verb=args.does)
            raise
        assert len(vault.history) > entries or not vault.is_open, (
            "a verb that opens the vault writes an entry of its log"
        )


def check_range(value: int, least: int, most: int, option: str) -> None:
    """Raises Usage for the value of an option outside of its range."""
    if not least <= value <= most:
        raise Usage(t("error.correlate.range", option=option, least=f"{least:,}", most=f"{most:,}"))


def note(text: str) -> None:
    print(text, file=sys.stderr)


def token_in(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or t("error.oprf.no_text")
        raise Usage(t("error.oprf.token_file", path=visible(str(path)), reason=reason)) from None


def refuse_existing(path: Path) -> None:
    if path.exists():
        raise Usage(t("error.oprf.exists", path=visible(str(path))), hint=t("error.vault.not_empty_hint"))


def write_private(path: Path, data: bytes) -> None:
    """Write a private file. Raises Usage."""
    from sousveil.ledger import atomic

    try:
        atomic.write(path, data, mode=0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.vault.disk", path=visible(str(path)), reason=reason)) from None


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A private folder to write into, which gets its name at the end; where a run fails, it goes, and nothing else. Raises Usage."""
    from sousveil.ledger import atomic

    folder = folder.absolute()
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.part")

    def fail(error: OSError, hint: str = "") -> Usage:
        reason = error.strerror or type(error).__name__
        return Usage(t("error.vault.disk", path=visible(str(folder)), reason=reason), hint=hint)

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
    except OSError as error:
        raise fail(error) from None
    try:
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    try:
        part.rename(folder)
        atomic.sync_folder(folder.parent)
    except OSError as error:
        raise fail(error, t("error.vault.part_hint", path=visible(str(part)))) from None


def read_bounded(path: Path) -> bytes:
    """A file of at most 64 MiB. Raises Usage."""
    try:
        with path.open("rb") as file:
            return file.read(64 << 20)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.list.unreadable", path=visible(str(path)), reason=reason)) from None


__all__ = [
    "add_opening",
    "check_range",
    "new_folder",
    "note",
    "opened",
    "read_bounded",
    "refuse_existing",
    "token_in",
    "write_private",
]
