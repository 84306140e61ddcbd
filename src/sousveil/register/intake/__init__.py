"""Intakes: one file for each published data set. `docs/guides/add-an-intake.md`."""

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.registry import find, intakes
from sousveil.register.intake.source import Intake

__all__ = ["Dataset", "File", "Intake", "find", "intakes"]
