"""Attached files: what could harm the person who opens them is refused."""

from __future__ import annotations

from sousveil.decisions.procedures.checks.model import Check
from sousveil.register.attachments.contents import check_files

CHECKS = (Check(name="files", types=(), files=check_files),)
