"""The first page of each role: what waits for me, what is overdue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.web.staff.permissions import Who
from sousveil.web.staff.routing import act, site_of
from sousveil.web.staff.waiting import waiting_for


@act("home")
def home(request: HttpRequest, who: Who) -> HttpResponse:
    """Everything that waits for this account."""
    found = waiting_for(site_of(request), who)
    overdue = [one for one in found if one.overdue]
    return render(
        request, "staff/home.html", {"waiting": [one for one in found if not one.overdue], "overdue": overdue}
    )
