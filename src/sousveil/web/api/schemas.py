"""Pydantic models out of the views' structs, so that a page, its JSON and its description cannot differ."""

from __future__ import annotations

import types
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from pydantic import BaseModel, ConfigDict, Field, create_model

from sousveil.web.failures import Problem


@cache
def model_of(struct: type[msgspec.Struct]) -> type[BaseModel]:
    """The pydantic model of a struct, with the names that its JSON has."""
    made: dict[str, type[BaseModel]] = {}
    _make(struct, made)
    for one in made.values():
        one.model_rebuild(_types_namespace=dict(made))
    return made[struct.__name__]


_MADE: dict[type[msgspec.Struct], type[BaseModel]] = {}


def _make(struct: type[msgspec.Struct], made: dict[str, type[BaseModel]]) -> None:
    if struct.__name__ in made:
        return
    if struct in _MADE:
        _remember(struct, made)
        return
    made[struct.__name__] = BaseModel  # stands for itself while its fields are read
    hints = get_type_hints(struct)
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        needed = field.required or not struct.__struct_config__.omit_defaults
        kind = _kind(hints[field.name], made)
        name = field.encode_name
        safe = name if name.isidentifier() and name not in ("class", "json", "copy", "schema") else f"{name}_"
        default = ... if needed else (None if field.default is msgspec.NODEFAULT else field.default)
        fields[safe] = (kind, Field(default, alias=name if safe != name else None))
    what = (struct.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
    model = create_model(struct.__name__, __base__=BaseModel, __doc__=what, **fields)
    made[struct.__name__] = model
    _MADE[struct] = model


def _remember(struct: type[msgspec.Struct], made: dict[str, type[BaseModel]]) -> None:
    made[struct.__name__] = _MADE[struct]
    for hint in get_type_hints(struct).values():
        for inner in _structs(hint):
            if inner.__name__ not in made:
                _make(inner, made)


def _structs(hint: Any) -> list[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [one for part in get_args(hint) for one in _structs(part)]


def _kind(hint: Any, made: dict[str, type[BaseModel]]) -> Any:
    """The same type for pydantic: structs by name, so that they may hold themselves."""
    origin = get_origin(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        _make(hint, made)
        return hint.__name__
    if origin is None or origin is Literal:
        return hint
    parts = [_kind(part, made) for part in get_args(hint)]
    if origin in (Union, types.UnionType):
        names = [one if isinstance(one, str) else _written(one) for one in parts]
        return " | ".join(names)
    names = [one if isinstance(one, str) else _written(one) for one in parts]
    outer = "list" if origin is Sequence else origin.__name__  # an array of JSON, whatever holds it here
    return f"{outer}[{', '.join(names)}]"


def _written(kind: Any) -> str:
    if kind is type(None):
        return "None"
    if kind is Ellipsis:
        return "..."
    if kind is Any:
        return "object"
    return str(kind.__name__) if isinstance(kind, type) else str(kind)


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside every answer."""

    title: str
    """The register's name."""
    origin: str
    """The log's name in its checkpoints."""
    example: bool
    """True: everything in this register is invented."""
    notice: str
    """What must be known before the answer is used; empty for a register of real data without witnesses' warning."""
    log_size: int
    snapshot: str
    """Day on which the newest entry was recorded."""
    licences: list[str]
    witnesses: int
    """Independent witnesses that cosigned the newest checkpoint."""
    next: str | None
    """Cursor of the next part: give it as `after`."""


class ProblemAnswer(BaseModel):
    """An error (RFC 9457); `error` says what is wrong, in which field, and what to do."""

    model_config = ConfigDict(extra="forbid")
    type: str
    title: str
    status: int
    detail: str
    error: model_of(Problem)  # type: ignore[valid-type]


def answer_model(name: str, struct: type[msgspec.Struct]) -> type[BaseModel]:
    """The model of a whole answer: `meta` and `data`."""
    return create_model(f"{name}Answer", __base__=BaseModel, meta=(model_of(Meta), ...), data=(model_of(struct), ...))
