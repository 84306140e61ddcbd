"""Requests and answers: which host, which method, which page; the same strict headers on all of them, and no log.

`answer` is plain and synchronous; `receiving` brings it the bytes. Nothing of a request is written down anywhere: of a failure
only its kind, its place in the code and the day are counted.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from sousveil.complaints import handlers, headers, multipart, parcel, rendering
from sousveil.complaints.desk import Desk
from sousveil.complaints.limits import Busy, Enough
from sousveil.complaints.receipt import NotAReceipt, word_list
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Usage

BODY_MAX = parcel.FILES_BYTES_MAX + (1 << 20)
"""Bytes of a request's body."""
PATH_MAX = 200
WRITTEN = ("/", "/receipt/write")
"""Where a form with a box for text is sent."""
PADDED = (16 << 10, 64 << 10, 256 << 10, 1 << 20)
"""Sizes to which the answers to a form are filled up, so that an observer cannot tell an answer from none."""
STATIC = Path(__file__).parent / "static"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of a request."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, list[str]] = {}
    """Names in small letters."""
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value; empty where there is none."""
        return next(iter(self.headers.get(name, [])), "")


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What leaves."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


class Refusal(Exception):
    """A request that is not answered; the texts are ours and hold nothing of it."""

    def __init__(self, status: int, message: str, hint: str = "", *, retry: int = 0) -> None:
        super().__init__(status)
        self.status, self.message, self.hint, self.retry = status, message, hint, retry


class App:
    """The pages of one installation."""

    def __init__(self, desk: Desk, *, tls: bool = False) -> None:
        self.desk = desk
        self.tls = tls
        self.hosts = frozenset(desk.config.hosts)
        self._views: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/"): self._front,
            ("POST", "/"): self._hand_in,
            ("GET", "/receipt"): self._ask,
            ("POST", "/receipt"): self._look,
            ("POST", "/receipt/write"): self._add,
            ("POST", "/receipt/file"): self._file,
            ("POST", "/receipt/delete"): self._withdraw,
            ("GET", "/encrypt"): self._encrypt,
            ("GET", "/how"): self._how,
            ("GET", "/recipients.txt"): self._recipients,
            ("GET", "/words.txt"): self._words,
            ("GET", "/complaints.css"): self._style,
        }

    # ---------------------------------------------------------------- around the pages

    def check(self, request: Request) -> Response | None:
        """The refusal of a request whose body need not be read; None: go on."""
        try:
            self._check(request)
        except Refusal as refusal:
            return self.refuse(refusal, request)
        return None

    def answer(self, request: Request) -> Response:
        """Answer one request; raises nothing."""
        try:
            self._check(request)
        except Refusal as refusal:  # another site's page may have written what it holds: it is not shown
            return self.refuse(refusal, request)
        try:
            method = "GET" if request.method == "HEAD" else request.method
            return self._views[method, request.path](request)
        except Refusal as refusal:
            found = refusal
        except Busy as error:
            status = 429 if isinstance(error, Enough) else 503
            found = Refusal(status, error.message, error.hint, retry=error.retry)
        except LimitExceeded as error:
            found = Refusal(413, error.message, error.hint)
        except (Malformed, Usage) as error:
            found = Refusal(422, error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - the last resort: no traceback and no word of the request reaches anybody
            self._count(error)
            found = Refusal(500, "Something here failed; nothing was stored.", "Try again later.")
        return self.refuse(found, request, typed=self.typed(request))

    def typed(self, request: Request) -> str:
        """What somebody wrote into the box of a form that is refused: it is given back, so that nothing written is lost."""
        if request.method != "POST" or request.path not in WRITTEN:
            return ""
        return multipart.typed(request.header("content-type"), request.body)

    def _check(self, request: Request) -> None:
        host = request.headers.get("host", [])
        if len(host) != 1 or not ({host[0], host[0].rpartition(":")[0] or host[0]} & self.hosts):
            raise Refusal(421, "This name is not served here.", "Use the address that was made known.")
        if len(request.path) > PATH_MAX or request.query:
            raise Refusal(404, "There is nothing under this address.", "Begin at the first page.")
        known = {method for method, path in self._views if path == request.path}
        if not known:
            raise Refusal(404, "There is nothing under this address.", "Begin at the first page.")
        if request.method not in known | ({"HEAD"} if "GET" in known else set()):
            raise Refusal(405, "This address does not take that kind of request.", "Begin at the first page.")
        if request.method == "POST":
            self._check_form(request)

    def _check_form(self, request: Request) -> None:
        if request.header("sec-fetch-site") not in ("", "none", "same-origin"):
            raise Refusal(403, "Another site's page sent this form.", "Open the page here and send it from here.")
        origin = request.header("origin")
        if origin not in ("", "null") and origin.partition("://")[2] != request.header("host"):
            raise Refusal(403, "Another site's page sent this form.", "Open the page here and send it from here.")
        if request.headers.get("content-encoding", ["identity"]) != ["identity"]:
            raise Refusal(415, "Nothing packed is read here.", "Send it as it is.")
        length = request.headers.get("content-length", [])
        if len(length) != 1 or not length[0].isascii() or not length[0].isdecimal():
            raise Refusal(411, "The request does not say how long its body is.", "Send it from the page.")
        if len(length[0]) > 12 or int(length[0]) > BODY_MAX:
            most = parcel.FILES_BYTES_MAX >> 20
            raise Refusal(
                413,
                "This is larger than is taken.",
                f"{multipart.COPY} Nothing was taken. All files together may have {most} MiB.",
            )

    def refuse(self, refusal: Refusal, request: Request, *, typed: str = "") -> Response:
        """The page of a refusal, with what was written into the form."""
        with contextlib.suppress(Exception):
            made = self._page(
                "failure.html",
                request,
                status=refusal.status,
                message=refusal.message,
                hint=refusal.hint,
                sent=request.method == "POST" and request.path in WRITTEN,
                typed=typed,
                retry=refusal.retry,
                short=parcel.SHORT_TEXT,
                padded=True,
            )
            if refusal.retry:
                return msgspec.structs.replace(made, headers=(*made.headers, ("Retry-After", str(refusal.retry))))
            return made
        return self._made(refusal.status, refusal.message.encode(), "text/plain; charset=utf-8")

    def _count(self, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
        with contextlib.suppress(Exception):
            self.desk.store.note_trouble(f"{type(error).__name__} at {place}")

    def _made(self, status: int, body: bytes, media_type: str, *more: tuple[str, str]) -> Response:
        strict = (*headers.STRICT, headers.TLS) if self.tls else headers.STRICT
        return Response(
            status=status,
            body=body,
            headers=(("Content-Type", media_type), ("Content-Length", str(len(body))), *more, *strict),
        )

    def _page(
        self, template: str, request: Request, *, status: int = 200, padded: bool = False, **values: object
    ) -> Response:
        config = self.desk.config
        body = rendering.render(
            template,
            request.header("accept-language"),
            here="" if request.method == "POST" else request.path,
            config=config,
            status=status,
            **values,
        )
        return self._made(status, filled(body) if padded else body, "text/html; charset=utf-8")

    # ---------------------------------------------------------------- pages

    def _front(self, request: Request) -> Response:
        found = handlers.in_use(self.desk.store)
        return self._page("front.html", request, handlers=found, parcel=parcel)

    def _encrypt(self, request: Request) -> Response:
        return self._page("encrypt.html", request, handlers=handlers.in_use(self.desk.store))

    def _how(self, request: Request) -> Response:
        return self._page("how.html", request, handlers=handlers.all_handlers(self.desk.store))

    def _recipients(self, request: Request) -> Response:
        lines = [f"# {one.name}\n{one.recipient}\n" for one in handlers.in_use(self.desk.store)]
        return self._made(200, "".join(lines).encode(), "text/plain; charset=utf-8")

    def _words(self, request: Request) -> Response:
        return self._made(200, ("\n".join(word_list()) + "\n").encode(), "text/plain; charset=utf-8")

    def _style(self, request: Request) -> Response:
        return self._made(200, (STATIC / "complaints.css").read_bytes(), "text/css; charset=utf-8")

    def _ask(self, request: Request) -> Response:
        return self._page("receipt.html", request, problem="", hint="", typed="")

    # ---------------------------------------------------------------- forms

    def _hand_in(self, request: Request) -> Response:
        with self.desk.limits.heavy():
            words = self.desk.hand_in(self._message(self._form(request)))
        return self._page("given.html", request, words=words.split(), padded=True)

    def _look(self, request: Request) -> Response:
        return self._thread(request, self._form(request))

    def _add(self, request: Request) -> Response:
        with self.desk.limits.heavy():
            form = self._form(request)
            try:
                found = self.desk.add(form.text("receipt"), self._message(form))
            except NotAReceipt as error:
                return self._asked_again(request, error)
        # Both are made, and are of one size: how long an answer is must not tell whether a receipt leads anywhere.
        added = self._page("done.html", request, what="added", typed="", padded=True)
        unknown = self._page("done.html", request, what="unknown", typed=self.typed(request), padded=True)
        if not found:
            return unknown
        return self._made(200, added.body.ljust(len(unknown.body)), "text/html; charset=utf-8")

    def _withdraw(self, request: Request) -> Response:
        form = self._form(request)
        if form.text("sure") != "yes":
            raise Refusal(422, "Nothing was deleted: the box was not ticked.", "Go back and tick the box.")
        try:
            with self.desk.limits.heavy():
                found = self.desk.withdraw(form.text("receipt"))
        except NotAReceipt as error:
            return self._asked_again(request, error)
        return self._page("done.html", request, what="deleted" if found else "unknown", typed="", padded=True)

    def _thread(self, request: Request, form: multipart.Form) -> Response:
        try:
            with self.desk.limits.heavy():
                found = self.desk.look(form.text("receipt"))
        except NotAReceipt as error:
            return self._asked_again(request, error)
        if found is None:
            return self._page("done.html", request, what="unknown", typed="", padded=True)
        return self._page(
            "thread.html", request, opened=found, receipt=form.text("receipt").strip(), parcel=parcel, padded=True
        )

    def _asked_again(self, request: Request, error: SousveilError) -> Response:
        return self._page(
            "receipt.html",
            request,
            status=422,
            problem=error.message,
            hint=error.hint,
            typed=self.typed(request),
            padded=True,
        )

    def _file(self, request: Request) -> Response:
        form = self._form(request)
        try:
            with self.desk.limits.heavy():
                found = self.desk.look(form.text("receipt"))
        except NotAReceipt as error:
            return self._asked_again(request, error)
        wanted = form.text("file")
        for answer in found.answers if found is not None else ():
            for at, one in enumerate(answer.files, 1):
                if wanted == f"{answer.number}-{at}":
                    name = f'attachment; filename="answer-{answer.number}-file-{at}{ending(one.name)}"'
                    return self._made(200, one.data, "application/octet-stream", ("Content-Disposition", name))
        return self._page("done.html", request, what="unknown", typed="", padded=True)

    def _form(self, request: Request) -> multipart.Form:
        return multipart.parse(request.header("content-type"), request.body)

    def _message(self, form: multipart.Form) -> parcel.Message:
        files = tuple(parcel.Attached(name, data) for name, data in form.files("files"))
        return parcel.Message(text=form.text("text"), files=files)


def filled(body: bytes) -> bytes:
    """A page filled up with spaces to one of a few sizes."""
    size = next((one for one in PADDED if len(body) <= one), len(body))
    return body.ljust(size)


def ending(name: str) -> str:
    """A file name's ending where it is a plain one: `.pdf`; else nothing."""
    last = name.rpartition(".")[2].lower()
    return f".{last}" if "." in name and 1 <= len(last) <= 5 and last.isascii() and last.isalnum() else ""
