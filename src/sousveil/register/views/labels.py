"""What record types and properties are called on pages."""

from __future__ import annotations

from sousveil.register import types
from sousveil.register.views import words


def type_label(type: str) -> str:
    """What a record type is called."""
    known = types.find(type)
    return words._(known.label) if known else type


def property_label(type: str, name: str) -> str:
    """What a property is called."""
    known = types.property_of(type, name)
    return known.label if known else name
