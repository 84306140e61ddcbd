"""A pack's file as data: plain YAML without anchors, references, tags or keys that stand twice."""

from __future__ import annotations

from typing import Any

import yaml

from sousveil.decisions.language import Place
from sousveil.decisions.parameters import SAFE
from sousveil.errors import LimitExceeded, Malformed

BYTES_MAX = 1 << 20


def load(data: bytes, place: Place) -> Any:
    """What the file says, unchecked. Raises Malformed and LimitExceeded that name the file."""
    if len(data) > BYTES_MAX:
        raise LimitExceeded(f"{place.file}: more than {BYTES_MAX} bytes.", hint="Split the pack.")
    try:
        text = data.decode()
        for event in yaml.parse(text, Loader=SAFE):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise place.wrong("anchors and references are not read.", "Put what is repeated under `define`.")
        return yaml.load(text, Loader=_Strict)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark is not None else ""
        raise place.wrong(
            f"not YAML{line}.", "Mend the file; indent with two spaces, quote texts with a colon."
        ) from None
    except ValueError as error:
        if isinstance(error, Malformed):
            raise
        raise place.wrong("a value cannot be read.", "Write days as 2021-07-27 and texts in quotes.") from None


class _Strict(SAFE):  # type: ignore[misc]
    """Safe, and a key that stands twice is an error: the second would win silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            value = self.construct_object(key, deep=True)
            if not isinstance(value, str | int | bool):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key.start_mark)
            if value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {value!r} stands twice", key.start_mark)
            seen.add(value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made
