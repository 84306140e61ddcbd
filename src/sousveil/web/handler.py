"""Django's handler for readers: no middleware at all, whatever the staff's part needs."""

from __future__ import annotations

from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler


class Handler(WSGIHandler):
    """Goes from the request to the view and back."""

    def load_middleware(self, is_async: bool = False) -> None:
        """None: neither session nor cookie nor account is ever looked at for a reader."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
