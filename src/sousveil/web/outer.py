"""What answers first: a WSGI application around Django.

In this order: limits, prepared bytes, files of the log, and only then Django. Every answer leaves with the strict headers, an
ETag, the size of the log, the day and the licence. Nothing of a request is written down anywhere.
"""

from __future__ import annotations

import contextlib
import http
import io
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from sousveil.register.store.connection import DatabaseFailed
from sousveil.web import bulk, conf, headers, logfiles
from sousveil.web.failures import PROBLEM_TYPE, Failure, away, problem, problem_details, wants_json
from sousveil.web.limits import BODY_MAX, METHODS, QUERY_MAX, URL_MAX, Turnstile
from sousveil.web.page import all_pages
from sousveil.web.prepared import Kept, Prepared, etag, headers_for, matches, pack, tag_of
from sousveil.web.render import render
from sousveil.web.site import CHECK_SECONDS, Site, State

Environ = dict[str, Any]
Header = tuple[str, str]
StartResponse = Callable[[str, list[Header]], Any]
StaffAnswer = tuple[int, list[Header], bytes]

_STATUS = {status.value: f"{status.value} {status.phrase}" for status in http.HTTPStatus}
_HANDED_IN = ("/api/v1/publications", "/hand-in")
"""Where publications are handed in."""
WARM_SECONDS = 20.0
"""Of processor, after which a server begins to answer, whatever it has not read yet."""
SWEEP_SECONDS = 3_600.0
"""Between two looks at the answers whose days are over."""
_REFUSALS = (400, 409, 411, 413, 415, 422)
_STYLE = "/static/register.css"
_WITHOUT_DATABASE = ("/log/", "/attachments/", _STYLE)
"""What is answered while the database is away: files."""
_OPEN_PATHS = ("api/", "log/", "attachments/", "reconcile", "feed", "bulk/")
"""Below these, other sites' programs may read the answers."""


class Outer:
    """The application for one register."""

    def __init__(self, site: Site, *, keep: bool = True, pages: str = "", staff: str = "") -> None:
        """`keep=False`: nothing is prepared, for measuring and for the static copy.

        `pages`: address of the pages, where `register.toml` does not say it. `staff`: address of the staff's pages; then what lies
        below /staff/ is answered, and nothing else.
        """
        conf.configure(staff=site.folder if staff else None, address=staff)
        from sousveil.web.handler import Handler

        self.site = site
        pages = pages or site.config.pages
        own = urlsplit(staff or pages)
        self._of_itself: Environ = {
            "HTTP_HOST": own.netloc,
            "wsgi.url_scheme": own.scheme,
            "sousveil.pages": pages,
            "sousveil.public": pages if staff else "",
        }
        """In every request, whatever it says of the host it was sent to."""
        self._transport = headers.transport(staff or site.config.address)
        self.languages = conf.languages()
        self.prepared = Prepared(site.derived / "prepared") if keep and not staff else None
        self.turnstile = Turnstile(site.derived / "counted")
        self._django = Handler()
        self._staff: Callable[[Environ], StaffAnswer] | None = None
        if staff:
            from sousveil.web.staff.door import Door

            self._staff = Door()
        self._state: State | None = None
        self._swept: float | None = None
        self._turn(site.state(now=True))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        environ.update(self._of_itself)
        state = self.site.state()
        if state is not self._state:
            self._turn(state)
        method = environ["REQUEST_METHOD"]
        language = self._language(environ)
        gone = self.site.away and not environ["PATH_INFO"].startswith(_WITHOUT_DATABASE)
        if self.prepared is not None and not gone and not environ.get("QUERY_STRING") and method in ("GET", "HEAD"):
            kept = self.prepared.get(environ["PATH_INFO"], language)
            if kept is not None:
                return self._send(kept, environ, start_response)
        handed_in = method == "POST" and environ["PATH_INFO"] in _HANDED_IN
        try:
            if gone:
                raise away(handed_in=handed_in)
            return self._make(environ, start_response, state, language)
        except Failure as failure:
            if no_database(failure):
                failure = away(handed_in=handed_in)
            if handed_in and failure.status in _REFUSALS:
                self._note(failure)
            return self._fail(failure, environ, start_response, state)
        except Exception as error:  # noqa: BLE001 - the last resort: no traceback and no word of the request reaches anybody
            if not isinstance(error, DatabaseFailed):  # else there is nowhere to write it
                self._tell_operator(error)
            if no_database(error):
                return self._fail(away(handed_in=handed_in), environ, start_response, state)
            return self._fail(Failure(500), environ, start_response, state)

    def _note(self, failure: Failure) -> None:
        """A publication that is refused before the register sees it leaves a line for the operator as well."""
        if not failure.noted:
            told = problem(failure)
            with contextlib.suppress(Exception):
                self.site.store.tell_operator(told.code, f"refused: {told.field}: {told.message}")

    def _tell_operator(self, error: Exception) -> None:
        """Kind and place of a failure, and nothing of the request."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
        with contextlib.suppress(Exception):
            self.site.store.tell_operator("web_failed", f"{type(error).__name__} at {place}")

    def warm(self, most: float = WARM_SECONDS) -> None:
        """Answer each page that has no parts once, a name and a search first: no reader waits for what all pages read."""
        end = time.process_time() + most
        lists = (f"/{page.route}" for page in all_pages() if page.prepared and not page.parts)
        for path, query in (("/screening", "name=a"), ("/search", "q=a"), *((path, "") for path in lists)):
            if time.process_time() < end:
                environ: Environ = {
                    "REQUEST_METHOD": "GET",
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "SCRIPT_NAME": "",
                }
                environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", **self._of_itself}
                environ |= {"wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO()}
                with contextlib.suppress(Exception):  # a page that fails says so when somebody asks for it
                    self._make(environ, lambda *_: None, self.site.state(), self.languages[0])

    def look(self) -> None:
        """Look at the register, so that an erasure reaches the prepared pages, and the end of an answer's days the disk, also when nobody
        asks."""
        if self._swept is None or time.monotonic() - self._swept > SWEEP_SECONDS:
            self._swept = time.monotonic()
            self.site.answers.sweep()  # also where no worker runs
        state = self.site.state()
        if state is not self._state:
            self._turn(state)
        elif self.prepared is not None:
            self.prepared.sweep()
        self.site.finding.refresh()

    def watch(self) -> threading.Thread:
        """Look every second."""

        def look() -> None:
            while not stop.wait(CHECK_SECONDS):
                try:
                    self.look()
                except Exception:  # noqa: BLE001 - a database that is away for a moment is asked again
                    continue

        stop = threading.Event()
        thread = threading.Thread(target=look, name="register-watch", daemon=True)
        thread.start()
        return thread

    def _turn(self, state: State) -> None:
        self._state = state
        if self.prepared is not None:
            self.prepared.turn(f"{state.name}-{self.site.code}")

    def _language(self, environ: Environ) -> str:
        if len(self.languages) == 1:
            return self.languages[0]
        return conf.choose(environ.get("HTTP_ACCEPT_LANGUAGE", ""), self.languages)

    def _make(self, environ: Environ, start_response: StartResponse, state: State, language: str) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self._check(environ)
        if self._staff is not None and path != _STYLE and not path.startswith("/staff/"):
            raise Failure(404)
        if path.startswith(("/log/", "/attachments/")) and (kept := logfiles.served(self.site.folder, path[1:])):
            return self._log_file(kept, environ, start_response, state)
        if path.startswith("/bulk/"):
            file = bulk.find(self.site, self.turnstile, path[1:], environ.get("QUERY_STRING", ""))
            if file is None:
                raise Failure(404)
            return self._bulk_file(file, environ, start_response, state)
        environ["sousveil.site"] = self.site
        environ["sousveil.language"] = language
        environ["sousveil.turnstile"] = self.turnstile
        if self._staff is not None and path != _STYLE:
            status, lines, body = self._staff(environ)
            start_response(_STATUS[status], [*lines, *self._transport, ("Content-Length", str(len(body)))])
            return [body] if environ["REQUEST_METHOD"] != "HEAD" else []
        preparing = self.prepared.state if self.prepared is not None else ""
        status, found, body = self._ask_django(environ)
        if status == 405:  # an operation of the API refuses a method in words of its own
            raise Failure(405, allow=found.get("allow", "GET, HEAD"))
        keepable = bool(found.pop(headers.PREPARED.lower(), ""))
        lines = self._lines(found, state, path)
        if status != 200 or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            tag = etag(tag_of(body), packed=False)
            start_response(_STATUS[status], [*lines, ("ETag", tag), ("Content-Length", str(len(body)))])
            return [body] if environ["REQUEST_METHOD"] != "HEAD" else []
        answer = Kept(
            path=path,
            language=language,
            headers=tuple(lines),
            body=body,
            packed=pack(body, found.get("content-type", "")) if keepable else None,
            tag=tag_of(body),
        )
        if keepable and self.prepared is not None and not environ.get("QUERY_STRING"):
            self.prepared.put(preparing, answer)
        return self._send(answer, environ, start_response)

    def _check(self, environ: Environ) -> None:
        """Raises Failure for what is refused without a further look."""
        method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if method not in METHODS:
            raise Failure(405, allow="GET, HEAD, POST, OPTIONS")
        if len(path) > URL_MAX or len(query) > QUERY_MAX:
            raise Failure(414)
        if any(ord(letter) < 32 or letter == "\x7f" for letter in path):
            raise Failure(400, field="path")
        if "%00" in query:  # PostgreSQL takes no such text, and would seem to be away
            raise Failure(400, field="query")
        if method == "POST":
            length = environ.get("CONTENT_LENGTH") or ""
            if not length.isdecimal():
                raise Failure(411, field="Content-Length")
            if int(length) > BODY_MAX:
                raise Failure(413, field="body", most=BODY_MAX)
            if environ.get("HTTP_SEC_FETCH_SITE", "none") in ("cross-site", "same-site") and not path.startswith(
                "/reconcile"
            ):
                raise Failure(403, field="Sec-Fetch-Site")

    def _ask_django(self, environ: Environ) -> tuple[int, dict[str, str], bytes]:
        seen: list[Any] = []

        def start(status: str, lines: list[Header], exc_info: Any = None) -> None:
            seen[:] = [int(status[:3]), {name.lower(): value for name, value in lines}]

        response: Any = self._django(environ, start)  # type: ignore[arg-type]
        try:
            body = b"".join(response)
        finally:
            response.close()
        return seen[0], seen[1], body

    def _lines(self, found: dict[str, str], state: State, path: str) -> list[Header]:
        """The headers that leave: Django's few, then ours."""
        lines = [(name.title(), value) for name, value in found.items() if name != "content-length"]
        have = set(found)
        if headers.LOG_SIZE.lower() not in have:
            lines.append((headers.LOG_SIZE, str(state.size)))
        if headers.SNAPSHOT.lower() not in have:
            lines.append((headers.SNAPSHOT, state.snapshot))
        if headers.LICENCE.lower() not in have:
            lines.append((headers.LICENCE, headers.licence_header(state.licences)))
        if self.site.example:
            lines.append((headers.EXAMPLE, "invented; nothing here is true"))
        if "cache-control" not in have:
            lines.append(headers.REVALIDATE)
        lines.append(("Vary", "Accept-Encoding" if len(self.languages) == 1 else "Accept-Encoding, Accept-Language"))
        if path.startswith("/") and path[1:].startswith(_OPEN_PATHS):
            lines += headers.OPEN
        strict = headers.PICTURE if found.get("content-type") == "image/svg+xml" else headers.STRICT
        return [*lines, *strict, *self._transport]

    def _log_file(
        self, file: logfiles.LogFile, environ: Environ, start_response: StartResponse, state: State
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            raise Failure(405, allow="GET, HEAD")
        body = file.read()
        found = {"content-type": file.media_type}
        if file.fixed:
            found["cache-control"] = headers.FOREVER[1]
        lines = self._lines(found, state, environ["PATH_INFO"])
        kept = Kept(path=environ["PATH_INFO"], language="", headers=tuple(lines), body=body, tag=tag_of(body))
        return self._send(kept, environ, start_response)

    def _bulk_file(
        self, file: bulk.BulkFile, environ: Environ, start_response: StartResponse, state: State
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            raise Failure(405, allow="GET, HEAD")
        tag, size = file.tag, file.path.stat().st_size
        found = {"content-type": file.media_type, headers.LICENCE.lower(): headers.licence_header(file.licences)}
        lines = [*self._lines(found, state, environ["PATH_INFO"]), ("ETag", etag(tag, packed=False))]
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and matches(asked, tag):
            start_response("304 Not Modified", lines)
            return []
        start_response("200 OK", [*lines, ("Content-Length", str(size))])
        return file.pieces() if environ["REQUEST_METHOD"] == "GET" else []

    def _send(self, kept: Kept, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        packed = kept.packed is not None and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and matches(asked, kept.tag):
            start_response("304 Not Modified", [*kept.headers, ("ETag", etag(kept.tag, packed=packed))])
            return []
        start_response("200 OK", list(headers_for(kept, packed=packed)))
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [kept.packed if packed and kept.packed is not None else kept.body]

    def _fail(self, failure: Failure, environ: Environ, start_response: StartResponse, state: State) -> Iterable[bytes]:
        told = problem(failure)
        if wants_json(environ):
            media_type, body = PROBLEM_TYPE, msgspec.json.encode(problem_details(told))
        else:
            media_type, body = "text/html; charset=utf-8", render("failure.html", self.site, environ, problem=told)
        found = {"content-type": media_type, "cache-control": headers.NEVER_KEPT[1]}
        if failure.allow:
            found["allow"] = failure.allow
        if failure.retry_after is not None:
            found["retry-after"] = str(failure.retry_after)
        lines = self._lines(found, state, environ["PATH_INFO"])
        start_response(
            _STATUS[failure.status],
            [*lines, ("ETag", etag(tag_of(body), packed=False)), ("Content-Length", str(len(body)))],
        )
        return [body] if environ["REQUEST_METHOD"] != "HEAD" else []


def no_database(error: BaseException | None) -> bool:
    """Whether what went wrong began with a database that did not answer, or refused."""
    from django.db import InterfaceError, OperationalError

    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # a cause may lead back to what it caused
        if isinstance(error, DatabaseFailed | InterfaceError | OperationalError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
