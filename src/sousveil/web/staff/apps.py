"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Accounts and drafts."""

    name = "sousveil.web.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
