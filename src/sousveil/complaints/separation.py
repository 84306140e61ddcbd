"""Complaints stay away from every register: another folder, another system user, neither able to read the other, another host name.

What a register is, is told by its `register.toml` alone; nothing of its code is used here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from sousveil.complaints import hostnames
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


def check_hosts(hosts: list[str], registers: Iterable[str]) -> None:
    """Raises Usage when one of the hosts is that of a register whose settings this user can read, as on a test machine with one user.

    As it should be they cannot be read; then the address of where to turn tells the register's host name (`Config.checked`).
    """
    for path in _known(registers):
        try:
            told = tomllib.loads((path / MARK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        origin, address = (str(told.get(name, "")) for name in ("origin", "address"))
        for host in (hostnames.folded(origin.partition("/")[0]), hostnames.of_address(address)):
            hostnames.check_apart(hosts, host, f"{MARK} in {visible(str(path))}")


def _known(registers: Iterable[str]) -> list[Path]:
    given = [Path(one) for one in registers]
    named = os.environ.get(REGISTER_ENVIRONMENT)
    return [*given, Path(named)] if named else given


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
    near = (one for place in (root.parent, Path.home(), Path.cwd()) for one in (place, *_inside(place)))
    for one in (*_known(registers), *(place for place in near if _is_register(place))):
        name = visible(str(one))
        try:
            owner = one.stat().st_uid
        except OSError:
            continue  # it cannot even be seen from here, as it should be
        if owner == user:
            yield f"This user owns the register in {name}."
        elif os.access(one / MARK, os.R_OK) or os.access(one, os.R_OK):
            yield f"This user can read the register in {name}; its folder must be private (chmod 700)."
