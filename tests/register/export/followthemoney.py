"""The followthemoney package, run as a program in an environment of its own. Nothing of it is imported or read.

`make oracles` makes the environment with pip and keeps it in the user's cache; SOUSVEIL_FTM_VENV names another one. One of its parts
has to be compiled: Debian's g++, pkg-config and libicu-dev do.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.oracle import Oracle

VERSION = "4.11.2"
ORACLE = Oracle(
    package="followthemoney",
    version=VERSION,
    short="ftm",
    variable="SOUSVEIL_FTM_VENV",
    without=frozenset(("FTM_MODEL_PATH",)),
)

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
    """The environment that holds the package, made by `make oracles`; None where it was not."""
    return ORACLE.environment()


def _ask(code: str, data: bytes) -> Any:
    folder = environment()
    assert folder is not None
    run = subprocess.run(
        [str(folder / "bin" / "python"), "-c", code],
        input=data,
        capture_output=True,
        check=True,
        env=ORACLE.environ(),
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
