"""Complaints stay away from every register: another folder, another system user, neither able to read the other.

What a register is, is told by its `register.toml` alone; nothing of its code is used here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sousveil.errors import Usage
from sousveil.kinds import visible

MARK = "register.toml"
REGISTER_ENVIRONMENT = "SOUSVEIL_REGISTER"
ONE_USER = "--one-user"
_NEAR_MAX = 1000


def _is_register(path: Path) -> bool:
    try:
        return (path / MARK).exists()
    except OSError:
        return False


def check_folder(root: Path) -> None:
    """Raises Usage when the folder is a register's, lies in one, or holds one."""
    real = root.resolve()
    for one in (real, *real.parents, *_inside(real)):
        if _is_register(one):
            raise Usage(
                f"There is a register in {visible(str(one))}; complaints never share a folder with it.",
                hint="Name a folder elsewhere, and let another system user own it.",
            )


def _inside(path: Path) -> Iterator[Path]:
    try:
        for number, one in enumerate(path.iterdir()):
            if number < _NEAR_MAX and one.is_dir():
                yield one
    except OSError:
        return


def check_user(root: Path, registers: Iterable[str], *, one_user: bool) -> list[str]:
    """Raises Usage when this user owns or can read a register, or is root; with `one_user` gives back what is not kept apart."""
    wrong = list(dict.fromkeys(_wrong(root.resolve(), registers)))
    if wrong and not one_user:
        raise Usage(
            wrong[0],
            hint="Run complaints as a system user of their own. On a test machine with a single user, with nothing real on "
            f"it, say {ONE_USER}.",
        )
    return wrong


def _wrong(root: Path, registers: Iterable[str]) -> Iterator[str]:
    user = os.geteuid()
    if user == 0:
        yield "This is root, who can read every register and every complaint."
    known = [Path(one) for one in registers]
    if os.environ.get(REGISTER_ENVIRONMENT):
        known.append(Path(os.environ[REGISTER_ENVIRONMENT]))
    near = (one for place in (root.parent, Path.home(), Path.cwd()) for one in (place, *_inside(place)))
    for one in (*known, *(place for place in near if _is_register(place))):
        name = visible(str(one))
        try:
            owner = one.stat().st_uid
        except OSError:
            continue  # it cannot even be seen from here, as it should be
        if owner == user:
            yield f"This user owns the register in {name}."
        elif os.access(one / MARK, os.R_OK) or os.access(one, os.R_OK):
            yield f"This user can read the register in {name}; its folder must be private (chmod 700)."
