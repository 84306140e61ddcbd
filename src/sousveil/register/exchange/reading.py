"""The one door for packages: recognise, check against the schema, take out details of persons, derive statements."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, cast

from sousveil.register.exchange import bods, ocds, private, validating
from sousveil.register.exchange.gather import Gather
from sousveil.register.exchange.model import Form, Package, Said
from sousveil.register.exchange.validating import refuse


def read_package(data: bytes, said: Said) -> Package:
    """An OCDS release or record package or an array of BODS statements. Raises Refused that names the field by its path.

    Nothing of a refused package is kept. Raises LimitExceeded above `validating.MOST_BYTES`.
    """
    value = validating.load(data)
    original = sha256(data).hexdigest()
    form = _form(value)
    kept: Any
    if form == "bods":
        validating.validate(value, validating.bods(), "BODS 0.4")
        kept, withheld = private.without_details(value)
    else:
        validating.validate(value, validating.ocds(form == "ocds-record-package"), "OCDS 1.1")
        kept, withheld = private.without_contacts(value)
    kept_data = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() if withheld else data
    publisher = said.publisher or _publisher(value)
    gather = Gather(said, publisher, original)
    warnings: list[str] = []
    if form == "bods":
        warnings = bods.add_all(gather, value)
    else:
        kept_sha256 = sha256(kept_data).hexdigest()
        for path, release, tags in ocds.processes(value, form == "ocds-record-package"):
            ocds.add_process(gather, path, release, tags, kept_sha256)
        warnings = list(dict.fromkeys(gather.warnings))
    return Package(
        form=form,
        publisher=publisher,
        statements=list(gather.found.values()),
        data=kept_data,
        original_sha256=original,
        withheld=withheld,
        warnings=warnings,
    )


def _form(value: Any) -> Form:
    if isinstance(value, list):
        return "bods"
    if isinstance(value, dict) and "releases" in value:
        return "ocds-release-package"
    if isinstance(value, dict) and "records" in value:
        return "ocds-record-package"
    raise refuse(
        "$", "unknown_form", "this is neither an OCDS release or record package nor an array of BODS statements"
    )


def _publisher(value: Any) -> str:
    """Whom the package names as its publisher."""
    if isinstance(value, dict):
        found = value.get("publisher") or {}
        return str(found.get("name") or found.get("uri") or "")
    names = []
    for statement in cast("list[dict[str, Any]]", value):
        publisher = (statement.get("publicationDetails") or {}).get("publisher") or {}
        names.append(str(publisher.get("name") or publisher.get("url") or ""))
    found_names = sorted({name for name in names if name})
    if len(found_names) > 1:
        raise refuse("$", "several_publishers", "its statements name several publishers; hand them in one by one")
    if not found_names:
        raise refuse("$", "no_publisher", "it names no publisher; say who publishes it")
    return found_names[0]
