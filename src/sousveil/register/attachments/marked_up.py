"""XML and SVG among attached files: no declared entities, no scripts, no bottomless nesting.

Read with expat, which stops at the first declaration of an entity: nothing is ever expanded and nothing outside is fetched.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from sousveil.register.attachments.unpacking import Budget, Unfit

LEVELS_MAX = 256
"""Elements in each other."""
_PIECE = 1 << 16
_ACTIVE = frozenset({"script", "handler", "iframe", "object", "embed"})
"""Elements of a picture that run, or hold a page that does."""
_BEGIN = re.compile(rb"[\xef\xbb\xbf\xff\xfe\0 \t\r\n]*+<")
_HINT = "Save it without a document type, or attach it as PNG, PDF or JSON."


class _Enough(Exception):
    """The beginning is read and nothing more is asked for."""


def begins(data: bytes) -> bool:
    """Whether a file may be XML, whatever it is named; in UTF-16 too. A comment may stand first, and any name before `svg`."""
    return _BEGIN.match(data) is not None


def look(data: bytes, budget: Budget, *, whole: bool) -> None:
    """Raises Unfit. `whole`: it is named XML, so it must be; else only what stands before the first element is judged."""
    parser = expat.ParserCreate()
    level = 0
    drawing = False

    def entity(*said: Any) -> None:
        raise Unfit("entities", "It declares entities, of which a few lines can grow into gigabytes", _HINT)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal level, drawing
        local = name.rpartition(":")[2].lower()
        drawing = drawing or local == "svg"
        if not whole and not drawing:
            raise _Enough
        level += 1
        if level > LEVELS_MAX:
            raise Unfit("nested", f"Its elements lie more than {LEVELS_MAX} levels deep", _HINT)
        if drawing and (local in _ACTIVE or any(map(_acts, attributes.items()))):
            raise Unfit("active_document", "This picture holds a script", "Attach it as PNG.")

    def end(name: str) -> None:
        nonlocal level
        level -= 1

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        for at in range(0, len(data), _PIECE):
            parser.Parse(data[at : at + _PIECE], False)
            budget.wait()
        parser.Parse(b"", True)
    except _Enough:
        return
    except (expat.ExpatError, ValueError, LookupError):
        if whole:
            raise Unfit("damaged", "It is named XML and cannot be read as such", "Name the type it has.") from None


def _acts(attribute: tuple[str, str]) -> bool:
    name, value = attribute
    local = name.rpartition(":")[2].lower()
    return local.startswith("on") or (
        local in ("href", "to", "values", "from") and "".join(value.split()).lower().startswith("javascript:")
    )
