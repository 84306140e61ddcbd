"""The page before something that cannot be taken back: to whom it is done, what then happens, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

SURE = "sure"
"""Field that a form with fields of its own sends once the question was answered."""


def ask(
    request: HttpRequest,
    *,
    title: str,
    about: list[str],
    then: list[str],
    does: str,
    to: str,
    back: tuple[str, str],
    fields: Mapping[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """The page. `to`: where its form goes, below /staff/; `back`: the page that leads here, and what it is called;
    `fields`: what was typed before and goes with the button."""
    values: dict[str, Any] = {"question": title, "about": about, "then": then, "does": does, "target": to, "back": back}
    values |= {"fields": fields or {}, "said": [], "letter": "", **more}
    return render(request, "staff/ask.html", values)
