"""Numbers and lists that a text sets: days, shares, States, codes. They stand in the packs (`parameters:`) and facts read them there.

What they are is data, and part of the hash of the rules that an answer names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from sousveil.errors import Malformed

FOLDER = Path(__file__).parent / "packs"
SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C where it is there: the packs are read at every start."""


@cache
def raw_packs() -> Mapping[str, Any]:
    """Every pack as it stands in its file, by the file's name; unchecked."""
    return {file.stem: yaml.load(file.read_text("utf-8"), Loader=SAFE) for file in sorted(FOLDER.glob("*.yaml"))}


def _value(pack: str, name: str, type: Any) -> Any:
    try:
        return msgspec.convert((raw_packs()[pack].get("parameters") or {}).get(name), type)
    except msgspec.ValidationError as error:
        hint = "A word that means yes or no takes quotes."
        raise Malformed(f"{pack}.yaml, parameters.{name}: {error}.", hint=hint) from None


def days(pack: str, name: str) -> int:
    """A number of days. Raises Malformed for a pack that does not say it."""
    return int(_value(pack, name, Annotated[int, Meta(ge=1, le=3_660)]))


def percent(pack: str, name: str) -> float:
    """A share in per cent. Raises Malformed."""
    return float(_value(pack, name, Annotated[float, Meta(gt=0, le=100)]))


def codes(pack: str, name: str) -> tuple[str, ...]:
    """A list of codes, in its order. Raises Malformed."""
    found: tuple[str, ...] = _value(
        pack, name, Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]
    )
    return found
