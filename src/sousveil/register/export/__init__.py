"""What the register says, in the forms that others read: FollowTheMoney, OCDS, BODS, CSV, JSON Lines."""

from sousveil.register.export.exporting import FORMS, About, Exported, ExportedFile, Record, export, replay
from sousveil.register.export.terms import Terms

__all__ = ["FORMS", "About", "Exported", "ExportedFile", "Record", "Terms", "export", "replay"]
