"""JSON in, and its check against the schemas that lie in this package. The network is never asked for one.

What checks is imported with the first package: every process that opens a register imports this module.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from sousveil.errors import LimitExceeded, Malformed
from sousveil.register import edtf
from sousveil.register.refusal import Refused

if TYPE_CHECKING:
    from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
    from jsonschema.exceptions import ValidationError
    from referencing import Registry

MOST_BYTES = 32 * 1024 * 1024
"""Size of a package at most."""
MOST_DEPTH = 64
"""Objects and arrays within each other at most."""


def _is_date(value: object) -> bool:
    return not isinstance(value, str) or (len(value) == 10 and edtf.parse(value).precision == "day")


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and edtf.parse(value).precision == "day")


@cache
def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    made = FormatChecker(formats=())
    made.checks("date", raises=Malformed)(_is_date)
    made.checks("date-time", raises=Malformed)(_is_moment)
    return made


def load(data: bytes) -> Any:
    """The JSON value in these bytes. Raises Refused: not JSON, a member given twice, no number, too deep; LimitExceeded."""
    if len(data) > MOST_BYTES:
        raise LimitExceeded(
            f"This package has {len(data):,} bytes; at most {MOST_BYTES:,} are read.", hint="Split it into several."
        )
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise refuse("$", "not_utf8", f"The file is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        what = f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise refuse("$", "not_json", what) from None
    except RecursionError:
        raise refuse("$", "too_deep", "Objects and arrays lie too deep within each other") from None
    except ValueError as error:
        raise refuse("$", "not_json", str(error)) from None
    _check_depth(value)
    if b"\\ud" in data.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise refuse("$", "not_utf8", "A text holds half of a surrogate pair, which is no character") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The member “{twice[:60]}” is given twice in one object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _check_depth(value: Any) -> None:
    level, current = 0, [value]
    while current:
        level += 1
        if level > MOST_DEPTH:
            raise refuse("$", "too_deep", f"Objects and arrays lie more than {MOST_DEPTH} deep within each other")
        current = [
            child
            for one in current
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]


def _schema(name: str) -> dict[str, Any]:
    text = (files("sousveil.register.exchange") / "schemas" / name).read_text("utf-8")
    return cast("dict[str, Any]", json.loads(text))


@cache
def ocds(records: bool) -> Draft4Validator:
    """Checks OCDS release packages, or record packages."""
    from jsonschema import Draft4Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    names = ("release-schema", "release-package-schema", "record-package-schema", "versioned-release-validation-schema")
    schemas = {name: _schema(f"ocds-1.1/{name}.json") for name in names}
    registry: Registry[Any] = Registry().with_resources(
        (schema["id"], DRAFT4.create_resource(schema)) for schema in schemas.values()
    )
    whole = schemas["record-package-schema" if records else "release-package-schema"]
    return Draft4Validator(whole, registry=registry, format_checker=_formats())


@cache
def bods() -> Draft202012Validator:
    """Checks arrays of BODS statements."""
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    names = ("statement", "components", "entity-record", "person-record", "relationship-record")
    schemas = {name: _schema(f"bods-0.4/{name}.json") for name in names}
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], DRAFT202012.create_resource(schema)) for schema in schemas.values()
    )
    return Draft202012Validator(schemas["statement"], registry=registry, format_checker=_formats())


def validate(value: Any, validator: Draft4Validator | Draft202012Validator, what: str) -> None:
    """Raises Refused that names the field by its JSON path."""
    from jsonschema.exceptions import best_match

    first = best_match(validator.iter_errors(value))
    if first is not None:
        raise refuse(first.json_path, "schema", f"{what}: {_sentence(first)}")


def _sentence(error: ValidationError) -> str:
    """Why, without printing the value: it may be long or name somebody."""
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            missing = next(name for name in wanted if name not in cast("dict[str, Any]", error.instance))
            return f"the member “{missing}” is missing"
        case "type":
            return f"the value is not of the type {' or '.join(wanted) if isinstance(wanted, list) else wanted}"
        case "enum":
            return f"the value is not one of {', '.join(map(str, wanted))}"
        case "format":
            return f"the value is not a {wanted} that exists"
        case _:
            return f"the rule “{error.validator}” is not met"


def refuse(field: str, code: str, message: str) -> Refused:
    """The refusal of a package."""
    return Refused(f"{field}: {message}.", field=field, code=code, hint="Correct the package and hand it in again.")
