"""The public Python interface: `sousveil.check`, `sousveil.open` and what they give. The command line uses it too.

Nothing here prints or reads the command line. Notices go to loggers below `sousveil`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil.cases.settings import Settings

if TYPE_CHECKING:
    from sousveil.cases.check import Checks
    from sousveil.cases.examining import Checked
    from sousveil.cases.model import Case
    from sousveil.cases.phone import Phone

logging.getLogger("sousveil").addHandler(logging.NullHandler())
Place = str | os.PathLike[str]


def check(
    path: Place,
    *,
    password: str | None = None,
    password_file: Place | None = None,
    key_file: Place | None = None,
    identity: Place | None = None,
    indicators: Sequence[Place] = (),
    bundled: bool = True,
    out: Place | None = None,
    case_recipients: Sequence[str] = (),
    full_records: bool = False,
    scan: bool = True,
    suppress: Place | None = None,
    jobs: int | None = None,
) -> Case:
    """Check one iPhone backup for traces of spyware. Changes nothing in it and uses no network.

    `path` is the folder of a backup. An encrypted one needs `password`, `password_file` (its first line), `key_file` (from
    `sousveil extract-key`), or the environment's SOUSVEIL_BACKUP_PASSWORD; an acquisition of AndroidQF that is encrypted for a
    key needs `identity`, the file that age-keygen wrote. `indicators` are files or folders beside the
    bundled ones, which `bundled=False` leaves out. With `out` a case folder is written there, encrypted for `case_recipients`
    (age keys) where any are given; otherwise nothing is written. `full_records`, `scan`, `suppress` and `jobs` are as on the
    command line.

    Raises Usage, Missing, Locked and Malformed (of `sousveil.errors`) where no check is possible.
    """
    settings = Settings(
        paths=(Path(path),),
        password=password,
        password_file=_path(password_file),
        key_file=_path(key_file),
        identity=_path(identity),
        indicators=tuple(map(Path, indicators)),
        no_bundled=not bundled,
        out=_path(out),
        no_files=out is None,
        case_recipient=tuple(case_recipients),
        full_records=full_records,
        no_scan=not scan,
        suppress=_path(suppress),
        jobs=jobs,
    )
    checks = check_all(settings, alone=True)
    return checks.cases[0]


def check_all(settings: Settings, present: Callable[[Checked], object] | None = None, *, alone: bool = False) -> Checks:
    """Check every backup at the paths of the settings. `present` is called with each result as soon as it is there.

    An error in one backup among several is logged and keeps no other from being checked. `alone`: raise Usage where the
    paths lead to more than one backup.
    """
    from sousveil.cases.garbage import collect_rarely, give_back_early

    give_back_early()
    with collect_rarely(1_000_000):  # modules and indicators come in, and stay
        from sousveil.cases.check import check as check_found
        from sousveil.cases.check import look_for_inputs

        found, show = look_for_inputs(settings, alone=alone), present or (lambda _: None)
        from sousveil.cases.check import check_many, elsewhere

        some = found.backups or found.stored
        if some and (settings.resume or (settings.at_once and found.several) or elsewhere(settings, found)):
            return check_many(settings, found, show)
        return check_found(settings, show, found, alone=alone)


def open(
    path: Place,
    *,
    password: str | None = None,
    password_file: Place | None = None,
    key_file: Place | None = None,
) -> Phone:
    """Open one iPhone backup for reading: `sousveil.open(path)["ios.sms"]` yields the records of an artefact.

    Use it as a context manager, or call `close()`. The secrets are as for `check`. Raises Usage, Missing, Locked and
    Malformed (of `sousveil.errors`).
    """
    from sousveil.cases.phone import open_phone

    return open_phone(Path(path), password, _path(password_file), _path(key_file))


def to_json(cases: Case | Sequence[Case]) -> bytes:
    """A case as findings.json holds it, or several as a list."""
    from sousveil.cases.model import Case
    from sousveil.cases.outputs import findings_json, several

    return findings_json(cases) if isinstance(cases, Case) else several(list(cases))


def day(text: str | None, *, end: bool = False) -> str | None:
    """A date or time that a person wrote, as ISO 8601 in UTC; a date means its beginning, or with `end` its end. Raises Usage."""
    from sousveil.cases.check import day as parsed

    return parsed(text, end=end)


def _path(place: Place | None) -> Path | None:
    return None if place is None else Path(place)


__all__ = ["Settings", "check", "check_all", "day", "open", "to_json"]
