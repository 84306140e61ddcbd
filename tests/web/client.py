"""A client that asks the application itself, headers and all, without a socket."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from sousveil.web.outer import Outer


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    text: str = field(default="", repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def ask(
    app: Outer, address: str, *, method: str = "GET", body: bytes = b"", follow: bool = True, **headers: str
) -> Got:
    """One request. `headers`: with underscores, as in `if_none_match="..."`. `follow`: to where an address has moved for good, as a
    browser does."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "register.example",
        "SERVER_PORT": "80",
        "HTTP_HOST": "register.example",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }
    if method == "POST":
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers.items():
        key = name.upper()
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    seen: list[tuple[str, list[tuple[str, str]]]] = []
    content = b"".join(app(environ, lambda status, lines: seen.append((status, lines))))
    status, lines = seen[0]
    names = [name.lower() for name, _ in lines]
    assert len(names) == len(set(names)), f"a header twice: {sorted(names)}"
    found = {name.lower(): value for name, value in lines}
    if follow and status.startswith("301"):
        moved = urljoin("http://x" + address, found["location"]).removeprefix("http://x")
        return ask(app, moved, method=method, body=body, **headers)
    return Got(int(status[:3]), found, content, content.decode("utf-8", "replace"))
