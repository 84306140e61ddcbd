"""XML property lists, from the events of expat. Entities that a file declares are refused: no phone writes any."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from xml.parsers import expat

from sousveil.errors import LimitExceeded, Malformed
from sousveil.patterns import lazy_pattern
from sousveil.readers.plist_values import UNIX, PlistDate, PlistValue, Uid
from sousveil.texts import t

_INTEGER = lazy_pattern(r"[ \t\r\n]*([+-]?)(0[xX][0-9a-fA-F]{1,32}|[0-9]{1,39})[ \t\r\n]*", re.ASCII)
_DATE = lazy_pattern(r"\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z?\s*", re.ASCII)


def _xml_integer(text: str) -> int:
    found = _INTEGER.fullmatch(text)
    if not found:
        raise Malformed(t("error.plist_xml.integer_xml_property"))
    number = int(found[2], 16 if found[2][:2] in ("0x", "0X") else 10)
    return -number if found[1] == "-" else number


def _xml_real(text: str) -> float:
    try:
        return float(text[:400])
    except ValueError:
        raise Malformed(t("error.plist_xml.real_xml_property")) from None


def _xml_date(text: str) -> PlistDate | None:
    found = _DATE.fullmatch(text)
    if not found:
        raise Malformed(t("error.plist_xml.date_xml_property"))
    try:
        moment = datetime(*map(int, found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    return PlistDate((moment - UNIX) // timedelta(microseconds=1))


def _xml_data(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii", "replace"))
    except binascii.Error:
        raise Malformed(t("error.plist_xml.data_xml_property")) from None


_XML_LEAVES: dict[str, Callable[[str], Any]] = {
    "string": str,
    "key": str,
    "integer": _xml_integer,
    "real": _xml_real,
    "date": _xml_date,
    "data": _xml_data,
    "true": lambda _: True,
    "false": lambda _: False,
}


class XmlPlist:
    """One XML property list, from the events of expat. Declared entities are refused: a plist needs none."""

    def __init__(self, limit_nodes: int, limit_depth: int) -> None:
        self.limit_nodes, self.limit_depth, self.nodes = limit_nodes, limit_depth, 0
        self.stack: list[tuple[dict[str, Any] | list[Any], list[str | None]]] = []
        self.leaf: str | None = None
        self.chunks: list[str] = []
        self.root: list[Any] = []

    def value(self, data: bytes) -> PlistValue:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._stop
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Malformed(t("error.plist_xml.xml_property_list", lineno=error.lineno)) from None
        except (LookupError, ValueError) as error:
            if isinstance(error, Malformed):
                raise
            raise Malformed(t("error.plist_xml.xml_property_list_unknown")) from None
        if not self.root:
            raise Malformed(t("error.plist_xml.xml_property_list_contains"))
        return self.root[0]  # type: ignore[no-any-return]

    def _entity(self, *_: object) -> None:
        raise Malformed(t("error.plist_xml.xml_property_list_declares"))

    def _start(self, name: str, _: object) -> None:
        if self.leaf is not None:
            raise Malformed(t("error.plist_xml.xml_property_list_element"))
        self.nodes += 1
        if self.nodes > self.limit_nodes:
            raise LimitExceeded(t("error.plist_xml.property_list_contains", limit_nodes=self.limit_nodes))
        if name in _XML_LEAVES:
            self.leaf = name
            self.chunks.clear()
        elif name in ("dict", "array"):
            if len(self.stack) >= self.limit_depth:
                raise LimitExceeded(t("error.common.property_list_nested", limit_depth=self.limit_depth))
            holder: dict[str, Any] | list[Any] = {} if name == "dict" else []
            self.stack.append((holder, [None]))
        elif name != "plist" or self.stack:
            raise Malformed(t("error.plist_xml.xml_property_list_contains_unknown"))

    def _text(self, text: str) -> None:
        if self.leaf is not None:
            self.chunks.append(text)

    def _stop(self, name: str) -> None:
        if name == "plist":
            return
        if name in ("dict", "array"):
            holder, key = self.stack.pop()
            if key[0] is not None:
                raise Malformed(t("error.plist_xml.dictionary_xml_property"))
            uid = holder.get("CF$UID") if isinstance(holder, dict) and len(holder) == 1 else None
            self._put(Uid(uid) if isinstance(uid, int) and uid >= 0 else holder)
            return
        self.leaf = None
        value = _XML_LEAVES[name]("".join(self.chunks))
        if name != "key":
            self._put(value)
            return
        if not self.stack or isinstance(self.stack[-1][0], list) or self.stack[-1][1][0] is not None:
            raise Malformed(t("error.plist_xml.key_xml_property"))
        self.stack[-1][1][0] = value

    def _put(self, value: object) -> None:
        if not self.stack:
            self.root.append(value)
            return
        holder, key = self.stack[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif key[0] is None:
            raise Malformed(t("error.plist_xml.dictionary_xml_property_list"))
        else:
            holder[key[0]] = value
            key[0] = None
