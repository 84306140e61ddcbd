"""The followthemoney package, run as a program in an environment of its own. Nothing of it is imported or read.

The environment is made once, with pip, and kept in the user's cache; SOUSVEIL_FTM_VENV names another one. One of its parts
has to be compiled: Debian's g++, pkg-config and libicu-dev do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.differential.peer import locked

VERSION = "4.11.2"
_DROP = {"PYTHONPATH", "PYTHONHOME", "PYTHONDEVMODE", "PYTHONWARNINGS", "FTM_MODEL_PATH"}

_CHECK = """
import json, sys
from followthemoney import model
from followthemoney.exc import InvalidData
wrong, count = [], 0
for line in sys.stdin:
    data = json.loads(line)
    count += 1
    try:
        entity = model.get_proxy(data, cleaned=False)
        entity.schema.validate(data)
    except InvalidData as error:
        wrong.append([data["id"], str(error), str(getattr(error, "errors", ""))])
        continue
    for name, values in data["properties"].items():
        found = entity.schema.properties.get(name)
        if found is None or found.stub:
            wrong.append([data["id"], name, "no such property of " + entity.schema.name])
            continue
        kept = set(entity.get(name))
        if kept != set(values):
            wrong.append([data["id"], name, "kept " + repr(sorted(kept)) + " of " + repr(sorted(values))])
print(json.dumps([count, wrong]))
"""
_VOCABULARY = """
import json, sys
from followthemoney import model
asked = json.load(sys.stdin)
print(json.dumps([
    {name: {one: model.get(name).properties[one].type.name for one in asked[name]} for name in asked},
    {name: list(model.get(name).required) for name in asked},
]))
"""


@cache
def environment() -> Path | None:
    """The environment that holds the package, made on first use; None where that is not possible."""
    named = os.environ.get("SOUSVEIL_FTM_VENV")
    if named:
        return Path(named) if _version(Path(named)) == VERSION else None
    if sys.platform == "win32":
        return None
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sousveil-tests"
    folder = root / f"ftm-{VERSION}"
    try:
        with locked(root / f"ftm-{VERSION}.lock"):
            if _version(folder) != VERSION:
                _make(folder)
            return folder if _version(folder) == VERSION else None
    except (OSError, subprocess.SubprocessError):
        return None


def _make(folder: Path) -> None:
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"followthemoney=={VERSION}"], check=True, env=_environ(), capture_output=True, timeout=900)


def _version(folder: Path) -> str | None:
    python = folder / "bin" / "python"
    if not python.exists():
        return None
    code = "import importlib.metadata as m; print(m.version('followthemoney'))"
    run = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False, env=_environ())
    return run.stdout.strip() or None


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _DROP}


def _ask(code: str, data: bytes) -> Any:
    folder = environment()
    assert folder is not None
    run = subprocess.run(
        [str(folder / "bin" / "python"), "-c", code],
        input=data,
        capture_output=True,
        check=True,
        env=_environ(),
        cwd=folder,
        timeout=300,
    )
    return json.loads(run.stdout)


def check(lines: bytes) -> tuple[int, list[list[str]]]:
    """How many entities it loaded, and what it does not accept: (entity, property, why)."""
    count, wrong = _ask(_CHECK, lines)
    return count, wrong


def vocabulary(asked: dict[str, Sequence[str]]) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """Its types of these properties by schema, and what each schema requires."""
    types, required = _ask(_VOCABULARY, json.dumps(asked).encode())
    return types, required
