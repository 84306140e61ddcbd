"""Intakes: one file for each published data set. `docs/guides/add-an-intake.md`."""

from sousveil.register.intake.model import Dataset, File, Intake
from sousveil.register.intake.registry import find, intakes

__all__ = ["Dataset", "File", "Intake", "find", "intakes"]
