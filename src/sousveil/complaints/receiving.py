"""ASGI around the pages: bodies are collected in memory, with a deadline, a share of memory and few workers.

A connection that sends slowly costs nothing but its own buffer. When all buffers together are too large, the oldest upload that is
not finished is ended, so that nobody can hold the place for others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sousveil.complaints.app import BODY_MAX, App, Refusal, Request, Response

WORKERS = 6
WAITING_MAX = 64
"""Requests that wait for a worker."""
LARGE_WAITING_MAX = 16
"""Requests that wait, beyond which large bodies are refused: texts go before files."""
BUFFERS_MAX = 192 << 20
"""Bytes of all bodies that are being received."""
UPLOADS_MAX = 1_000
"""Bodies that are being received at the same time."""
SMALL = 64 << 10
"""A body of so many bytes is not ended because all together are too large."""
DEADLINE, SLOWEST = 60.0, 8 << 10
"""Seconds that every body has, and bytes a second that it must come with beyond that."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class _Upload:
    """A body on its way."""

    def __init__(self, deadline: asyncio.Timeout) -> None:
        self.deadline = deadline
        self.pieces: list[bytes] = []
        self.size = 0
        self.ended = False


class Receiving:
    """The application that the server calls."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="complaints")
        self._uploads: dict[int, _Upload] = {}
        self._waiting = 0
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = request_of(scope)
        answer = self.app.check(request)
        if answer is None and request.method == "POST":
            body = await self._body(receive, int(request.header("content-length")))
            if isinstance(body, Refusal):
                answer = self.app.refuse(body, request)
            else:
                request = request_of(scope, body)
        if answer is None:
            answer = await self._work(request)
        await _send(answer, send, head=request.method == "HEAD")

    async def _work(self, request: Request) -> Response:
        size = len(request.body)
        most = WAITING_MAX if size <= SMALL else LARGE_WAITING_MAX
        if self._waiting >= most or (size > SMALL and self._held + size > BUFFERS_MAX):
            busy = Refusal(
                503, "Too many people are here at the moment.", "Nothing was stored. Try again in a minute.", retry=60
            )
            return self.app.refuse(busy, request, typed=self.app.typed(request))
        self._waiting += 1
        self._held += size
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, self.app.answer, request)
        finally:
            self._waiting -= 1
            self._held -= size

    async def _body(self, receive: Receive, length: int) -> bytes | Refusal:
        try:
            async with asyncio.timeout(DEADLINE + min(length, BODY_MAX) / SLOWEST) as deadline:
                upload = _Upload(deadline)
                self._uploads[id(upload)] = upload
                try:
                    return await self._collect(upload, receive, length)
                finally:
                    del self._uploads[id(upload)]
        except TimeoutError:
            hint = "Copy your text before you go back. Try again, with fewer files."
            return Refusal(408, "This came too slowly, or too much came in at once.", hint)

    async def _collect(self, upload: _Upload, receive: Receive, length: int) -> bytes | Refusal:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return Refusal(400, "The connection was closed.")
            piece = message.get("body", b"")
            upload.pieces.append(piece)
            upload.size += len(piece)
            if upload.size > length:
                return Refusal(400, "More came in than was said.")
            self._make_room()
            if not message.get("more_body"):
                if upload.size != length:
                    return Refusal(400, "Less came in than was said.")
                return b"".join(upload.pieces)

    def _make_room(self) -> None:
        """End the oldest uploads while they are too many, or the oldest large ones while all together are too large."""
        running = [one for one in self._uploads.values() if not one.ended]
        total, many = sum(one.size for one in running), len(running)
        for one in running:
            if many <= UPLOADS_MAX and total <= BUFFERS_MAX:
                return
            if many > UPLOADS_MAX or one.size > SMALL:
                one.ended = True
                one.deadline.reschedule(asyncio.get_running_loop().time())
                total, many = total - one.size, many - 1

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                self._workers.shutdown(wait=False)
                await send({"type": "lifespan.shutdown.complete"})
                return


def request_of(scope: Scope, body: bytes = b"") -> Request:
    """The request of an ASGI scope."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=found,
        body=body,
    )


async def _send(answer: Response, send: Send, *, head: bool) -> None:
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": b"" if head else answer.body, "more_body": False})
