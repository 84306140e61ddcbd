"""Renamings, mergers, companies that go on under another name."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Succession",
    label="Succession",
    plural="Successions",
    what="A company that goes on as another: renamed, merged, its business taken over.",
    extends="Interval",
    properties=(
        Property("predecessor", "Predecessor", "entity", range=("LegalEntity",), ftm="predecessor", required=True),
        Property("successor", "Successor", "entity", range=("LegalEntity",), ftm="successor", required=True),
        Property("role", "How", "name", ftm="role"),
    ),
    edge=Edge("predecessor", "successor", "went on as"),
    ftm="Succession",
)
