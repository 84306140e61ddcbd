"""From the table of permissions to addresses: each view is one act, and is reached only by who may do it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, re_path

from sousveil.errors import LimitExceeded, Missing, SousveilError
from sousveil.register.audit import AuditEntry, AuditLog, Stage, open_audit
from sousveil.register.refusal import Refused
from sousveil.register.static import Restored
from sousveil.web.failures import Failure, stopped
from sousveil.web.site import Site
from sousveil.web.staff.code_words import WORDS
from sousveil.web.staff.permissions import ACTS, BY_NAME, PREFIX, Act, What, Who, may
from sousveil.web.staff.templating import who_of

View = Callable[..., HttpResponse]
_views: dict[str, View] = {}
_BEGUN = "sousveil.audit"
"""Where a request keeps the audit line whose outcome is still to be written."""
ID = r"[A-Za-z0-9_-]{1,120}"


def act(name: str) -> Callable[[View], View]:
    """Register a view `view(request, who)` or `view(request, who, id)` for an act of the table."""
    BY_NAME[name]

    def register(view: View) -> View:
        _views[name] = view
        return view

    return register


def routes() -> list[URLPattern]:
    """One address for each path; what may be asked there, by method."""
    paths: dict[str, dict[str, Act]] = {}
    for one in ACTS:
        paths.setdefault(one.path, {})[one.method] = one
    return [
        re_path(f"^{(PREFIX + path)[1:].replace('{id}', f'(?P<id>{ID})').replace('.', chr(92) + '.')}$", _gate(acts))
        for path, acts in paths.items()
    ]


def _gate(acts: dict[str, Act]) -> View:
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        asked = acts.get("GET" if request.method == "HEAD" else str(request.method))
        if asked is None:
            raise Failure(405, allow=", ".join(acts))
        who = who_of(request)
        if who is None:
            return signed_out(request)
        if not may(asked, who):
            raise refused(asked, who)
        stage = Stage.FAILED
        try:
            response = _views[asked.name](request, who, **parts)
            stage = Stage.DONE
        except SousveilError as error:
            raise answer(error) from None
        finally:
            _outcome(request, stage)
        return response

    return view


def signed_out(request: HttpRequest) -> HttpResponse:
    """To the page where one signs in; a form is not sent on."""
    if request.method not in ("GET", "HEAD"):
        raise Failure(403, "You are not signed in.", hint="Sign in, and send it again.", code="signed_out")
    return HttpResponseRedirect(f"{PREFIX}login/?next={quote(request.get_full_path())}")


def refused(asked: Act, who: Who) -> Failure:
    """This account may not."""
    return Failure(
        403,
        f"An account with the role “{WORDS[who.role]}” may not {asked.says} here.",
        hint="If you need this, ask the operator. The top of each page names what you may open.",
        code="not_permitted",
    )


def check(name: str, who: Who, what: What) -> None:
    """Whether the act may be done to this. Raises Failure 403."""
    if not may(BY_NAME[name], who, what):
        raise refused(BY_NAME[name], who)


def audit(request: HttpRequest, name: str, who: Who, of: str = "") -> None:
    """Write the act down before it is done; what came of it is written when the view ends.

    Raises SousveilError: what cannot be written down is not done. What is only read has one line.
    """
    assert BY_NAME[name].privileged
    log = open_audit(site_of(request).folder)
    if BY_NAME[name].method == "GET":
        log.write(name, who.pseudonym, str(who.role), of)
    else:
        request.META[_BEGUN] = log, log.attempt(name, who.pseudonym, str(who.role), of)


def _outcome(request: HttpRequest, stage: Stage) -> None:
    begun: tuple[AuditLog, AuditEntry] | None = request.META.pop(_BEGUN, None)
    if begun is not None:
        begun[0].close(begun[1], stage)


def site_of(request: HttpRequest) -> Site:
    """The register's site."""
    found: Site = request.META["sousveil.site"]
    return found


def answer(error: SousveilError) -> Failure:
    """An error of the register as a page that says what to do next."""
    if isinstance(error, Restored):
        return stopped(error)
    status = 404 if isinstance(error, Missing) else 413 if isinstance(error, LimitExceeded) else 400
    status = 422 if isinstance(error, Refused) else status
    return Failure(
        status,
        error.message,
        hint=error.hint,
        field=getattr(error, "field", ""),
        code=getattr(error, "code", "") or "refused",
    )


def field(request: HttpRequest, name: str, most: int = 500, *, needed: bool = True) -> str:
    """A field of the form, without the spaces around it. Raises Failure 400 that names it."""
    text = re.sub(r"\r\n?", "\n", request.POST.get(name, "")).strip()
    if (needed and not text) or len(text) > most or "\0" in text:
        told = "This field is needed." if not text else f"At most {most:,} letters fit here."
        raise Failure(400, told, field=name, hint="Go back, and fill it in.", code="field")
    return text


def back(path: str) -> HttpResponse:
    """To a page below /staff/, after something was done."""
    response = HttpResponseRedirect(PREFIX + path)
    response.status_code = 303
    return response
