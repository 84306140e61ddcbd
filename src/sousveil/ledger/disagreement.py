"""The errors of things that are well formed and yet do not agree."""

from __future__ import annotations

from sousveil.errors import SousveilError


class Disagreement(SousveilError):
    """Two things that must agree do not: a proof and a root, a tile and a bundle, two checkpoints."""


class BadSignature(Disagreement):
    """A signature that its key did not make over these bytes."""
