"""NSKeyedArchiver: property lists in which objects refer to one another by number, resolved to plain values.

Iterative, each object built once and shared where the archive shares it. An object inside itself becomes
`{"$cycle": number}`. Layout: `$objects` holds the objects, `$top` names the roots, `$class` the class of each.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from sousveil.errors import LimitExceeded, Malformed
from sousveil.readers.plist import MAX_DEPTH, MAX_NODES, PlistDate, PlistValue, Uid, load_plist, walk_strings
from sousveil.texts import t

MAX_LINK = 16_384
"""Characters of a link that is joined with its base; a longer one is left as it is."""
MAX_TEXT = 64 << 20
"""Bytes of text that one archive may keep as data (`NS.bytes`), counted for each string."""

_DICTS = frozenset({"NSDictionary", "NSMutableDictionary"})
_LISTS = frozenset({"NSArray", "NSMutableArray", "NSSet", "NSMutableSet", "NSOrderedSet", "NSMutableOrderedSet"})
_TEXTS = frozenset({"NSString", "NSMutableString"})
_RICH = frozenset(
    {
        "NSAttributedString",
        "NSMutableAttributedString",
        "NSConcreteAttributedString",
        "NSConcreteMutableAttributedString",
    }
)


def unarchive(data: bytes | PlistValue, *, limit_nodes: int = MAX_NODES, limit_depth: int = MAX_DEPTH) -> PlistValue:
    """The root of an archive (the only one of `$top`, or a dictionary of several) as a plain value.

    Dictionaries, arrays, sets, strings, links (joined with their base), dates, UUIDs, data and attributed strings
    (their text) become plain; an object of another class becomes a dictionary of its fields with `$class`. Raises
    Malformed, Unsupported, LimitExceeded.
    """
    top, objects = _parts(load_plist(data) if isinstance(data, bytes) else data)
    return _Resolver(objects, limit_nodes, limit_depth).resolve(top["root"] if set(top) == {"root"} else top)


def strings_of(data: bytes | PlistValue) -> list[str]:
    """Every text of an archive, none twice, in its order, without names of classes; links are joined with their base.

    Never needs the objects to make sense together. Raises as `unarchive`.
    """
    _, objects = _parts(load_plist(data) if isinstance(data, bytes) else data)
    found: dict[str, None] = {}
    for item in objects:
        if isinstance(item, dict):
            if "$classname" in item:
                continue
            if isinstance(base := _item(objects, item.get("NS.relative")), str):
                found[_joined(_relative(objects, item.get("NS.base")), base)] = None
            if isinstance(raw := item.get("NS.bytes"), bytes):
                found[raw.decode("utf-8", "replace")] = None
        found.update(dict.fromkeys(text for _, text in walk_strings(item)))
    found.pop("$null", None)
    return list(found)


def is_archive(value: PlistValue) -> bool:
    """Whether a property list is a keyed archive."""
    return isinstance(value, dict) and "$objects" in value and "$top" in value


def _parts(plist: PlistValue) -> tuple[dict[str, Any], list[Any]]:
    if isinstance(plist, dict):
        top, objects = plist.get("$top"), plist.get("$objects")
        if isinstance(top, dict) and isinstance(objects, list):
            return top, objects
    raise Malformed(t("error.keyed_archive.property_list_keyed"))


def _item(objects: list[Any], value: object) -> Any:
    """What a reference names; another value as it is; None outside the table."""
    if isinstance(value, Uid):
        return objects[value.value] if value.value < len(objects) else None
    return value


def _relative(objects: list[Any], value: object) -> object:
    """The text of the base of a link, if that is a link without a base."""
    base = _item(objects, value)
    return _item(objects, base.get("NS.relative")) if isinstance(base, dict) else base


def _joined(base: object, relative: str) -> str:
    if not isinstance(base, str) or base == "$null" or not base or len(base) + len(relative) > MAX_LINK:
        return relative
    try:
        return urljoin(base, relative)
    except ValueError:
        return base + relative


class _Resolver:
    """One archive. A node is an object's number, or minus the identity of a container that stands in line."""

    def __init__(self, objects: list[Any], limit_nodes: int, limit_depth: int) -> None:
        self.objects, self.limit_nodes, self.limit_depth = objects, limit_nodes, limit_depth
        self.inline: dict[int, Any] = {}
        self.done: dict[int, Any] = {}
        self.weights: dict[int, int] = {}
        self.decoded = 0

    def resolve(self, root: Any) -> PlistValue:
        first = self._node(root)
        if first is None:
            leaf: PlistValue = self._leaf(root)
            return leaf
        stack, opened = [first], set[int]()
        while stack:
            node = stack[-1]
            if node in self.done:
                stack.pop()
            elif node in opened:
                stack.pop()
                self._finish(node)
                opened.discard(node)
            else:
                opened.add(node)
                if len(opened) > self.limit_depth:
                    raise LimitExceeded(t("error.keyed_archive.keyed_archive_nested", limit_depth=self.limit_depth))
                for member in self._members(node):
                    child = self._node(member)
                    if child is not None and child not in self.done and child not in opened:
                        stack.append(child)
        whole: PlistValue = self.done[first]
        return whole

    def _node(self, value: object) -> int | None:
        if isinstance(value, Uid):
            return value.value
        if isinstance(value, dict | list):
            self.inline[-id(value)] = value
            return -id(value)
        return None

    def _leaf(self, value: Any) -> Any:
        return None if value == "$null" else value

    def _source(self, node: int) -> Any:
        if node < 0:
            return self.inline[node]
        if node >= len(self.objects):
            raise Malformed(t("error.keyed_archive.keyed_archive_refers"))
        return self.objects[node]

    def _members(self, node: int) -> list[Any]:
        source = self._source(node)
        if isinstance(source, dict):
            return [] if "$classname" in source else [value for key, value in source.items() if key != "$class"]
        if isinstance(source, list):
            return source
        return [source] if isinstance(source, Uid) else []

    def _get(self, value: object) -> Any:
        """A member, resolved; what is still open is the object around it."""
        node = self._node(value)
        if node is None:
            return self._leaf(value)
        if node in self.done:
            return self.done[node]
        return {"$cycle": max(node, 0)}

    def _finish(self, node: int) -> None:
        source = self._source(node)
        weight = 1
        for member in self._members(node):
            child = self._node(member)
            weight += 1 if child is None else self.weights.get(child, 1)
        if weight > self.limit_nodes:
            raise LimitExceeded(t("error.keyed_archive.keyed_archive_unfolds", limit_nodes=self.limit_nodes))
        self.weights[node] = weight
        if isinstance(source, dict):
            self.done[node] = self._object(source)
        elif isinstance(source, list):
            self.done[node] = [self._get(value) for value in source]
        else:
            self.done[node] = self._get(source) if isinstance(source, Uid) else self._leaf(source)

    def _object(self, source: dict[str, Any]) -> Any:
        described = _item(self.objects, source.get("$class"))
        name = described.get("$classname") if isinstance(described, dict) else None
        fields = {key: self._get(value) for key, value in source.items() if key != "$class"}
        if not isinstance(name, str):
            return fields
        if isinstance(raw := fields.get("NS.bytes"), bytes):
            self.decoded += len(raw)
            if self.decoded > MAX_TEXT:
                raise LimitExceeded(t("error.keyed_archive.texts_keyed_archive", limit=MAX_TEXT))
        plain = _plain(name, fields)
        return plain if plain is not None else {"$class": name, **fields} if name != "NSNull" else None


def _numbered(fields: dict[str, Any], prefix: str) -> list[Any]:
    """Members in the older way of writing: `NS.object.0`, `NS.object.1` ..."""
    found: list[Any] = []
    while f"{prefix}{len(found)}" in fields:
        found.append(fields[f"{prefix}{len(found)}"])
    return found


def _plain(name: str, fields: dict[str, Any]) -> Any:
    """The plain value of an object of a well-known class; None when it is another class or lacks what it needs."""
    if name in _DICTS:
        keys, values = fields.get("NS.keys"), fields.get("NS.objects")
        if not isinstance(keys, list) or not isinstance(values, list):
            keys, values = _numbered(fields, "NS.key."), _numbered(fields, "NS.object.")
        return {key if isinstance(key, str) else _named(key): value for key, value in zip(keys, values, strict=False)}
    if name in _LISTS:
        values = fields.get("NS.objects")
        return values if isinstance(values, list) else _numbered(fields, "NS.object.")
    if name in _TEXTS:
        text = fields.get("NS.string", fields.get("NS.bytes"))
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text if isinstance(text, str) else None
    if name in _RICH:
        return fields.get("NSString") if isinstance(fields.get("NSString"), str) else None
    if name == "NSURL" and isinstance(fields.get("NS.relative"), str):
        return _joined(fields.get("NS.base"), fields["NS.relative"])
    if name == "NSDate" and isinstance(seconds := fields.get("NS.time"), int | float):
        return PlistDate.from_mac(seconds)
    if name == "NSUUID" and isinstance(raw := fields.get("NS.uuidbytes"), bytes) and len(raw) == 16:
        return str(UUID(bytes=raw)).upper()
    if name in ("NSData", "NSMutableData") and isinstance(raw := fields.get("NS.data"), bytes):
        return raw
    return None


def _named(key: object) -> str:
    """A key that is no text, as text; containers by their kind only, because they may be of any size."""
    return f"<{type(key).__name__}>" if isinstance(key, dict | list) else str(key)
