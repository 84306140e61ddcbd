"""The staff's database file: made and brought up to date."""

from __future__ import annotations

from pathlib import Path

from sousveil.errors import Usage


def prepare(folder: Path, address: str = "") -> None:
    """Set Django up for the staff's part of this register, and bring its database up to date. Raises Usage.

    `address`: of the staff's pages, where they are served.
    """
    from sousveil.web import conf

    conf.configure(staff=folder, address=address)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connections

    if not settings.DATABASES or Path(settings.DATABASES["default"]["NAME"]).parent != folder:
        raise Usage("One process serves the staff of one register.")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        raise Usage(f"{settings.DATABASES['default']['NAME']} cannot be used: {error}.") from None
    finally:
        connections.close_all()  # the processes that serve open their own
