"""Where a benchmark reads and writes: what is not there is said in one line that tells what to do next, with exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn


def stop(message: str) -> NoReturn:
    """One line for whoever called the script, and exit code 2: nothing was measured."""
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    raise SystemExit(2)


def holding(path: Path, named: str, parts: Iterable[str]) -> Path:
    """A folder that holds these files and folders. `named`: how the command line names it."""
    if not path.is_dir():
        stop(f"{path} is no folder: name one with {named}.")
    missing = [one for one in parts if not (path / one).exists()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        stop(f"{path} does not hold {missing[0]}{more}: name the folder that holds it with {named}.")
    return path


def writable(path: Path, named: str) -> Path:
    """A folder into which can be written, made where it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        stop(f"{path} cannot be made ({error.strerror}): name another folder with {named}.")
    if not os.access(path, os.W_OK):
        stop(f"{path} cannot be written into: name another folder with {named}.")
    return path


def program(path: Path, named: str, what: str) -> Path:
    """A program that is there."""
    if not path.is_file():
        stop(f"{path} is not there: name an environment that holds {what} with {named}, or leave it out.")
    return path
