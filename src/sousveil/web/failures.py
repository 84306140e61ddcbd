"""What went wrong, as a page that says what to do next, or as JSON that names the field."""

from __future__ import annotations

from typing import Any

import msgspec

from sousveil.decisions.api import NameQuestion
from sousveil.register.static import Restored, Unwitnessed

PROBLEM_TYPE = "application/problem+json"
"""Of errors that programs read (RFC 9457)."""


class Failure(Exception):
    """A request that is answered with an error status."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        hint: str = "",
        field: str = "",
        code: str = "",
        allow: str = "",
        most: int | None = None,
        retry_after: int | None = None,
        names: tuple[NameQuestion, ...] = (),
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message = message
        self.hint = hint
        self.field = field
        self.code = code
        self.allow = allow
        self.most = most
        self.retry_after = retry_after
        self.names = names
        """Names of a question that may mean several records."""
        self.noted = False
        """The operator was told."""


STOPPED = "stopped"
"""Code of what waits because the register signs nothing at the moment."""
AWAY_SECONDS = 30
"""After which a reader may ask a database again that did not answer."""
STOPPED_SECONDS = 300
"""After which whoever handed something in may send it again."""


def stopped(error: Restored) -> Failure:
    """The register signs nothing, which is no fault of what was handed in. The hint to the operator is not for the public."""
    says = "Nothing is wrong with what you handed in: the register signs nothing at the moment."
    hint = "Send the same bytes again later; the signature stays good. If it is in the register by then, the answer says so."
    if isinstance(error, Unwitnessed):
        says = (
            "Nothing is wrong with what you handed in: the register signs nothing at the moment, because no witness confirms its log. "
            "Nothing of it was kept."
        )
        hint = "Send the same bytes again later; the signature stays good."
    return Failure(503, says, hint=hint, field="register", code=STOPPED, retry_after=STOPPED_SECONDS)


def away(*, handed_in: bool) -> Failure:
    """The database does not answer. `handed_in`: to somebody who handed something in."""
    hint = "Send the same bytes again later; the signature stays good. If it is in the register by then, the answer says so."
    return Failure(503, hint=hint if handed_in else "", retry_after=AWAY_SECONDS)


NOT_DONE = {
    "erase": "Nothing was erased: what this erasure names is still public.",
    "key_add": "The key was not registered.",
    "key_revoke": "The key was not ended: what it signs is still taken.",
}
"""Kind of an entry -> what an operator has to know first when it was stopped."""


def stopped_act(error: Restored, kind: str, index: int | None) -> str:
    """The same to an operator: what was not done, what stopped it, and what is theirs to do. Raises Failure.

    `index`: the entry that it became before the register stopped; then it is done, and the sentence says so.
    """
    if index is not None:
        return f"In the log as entry {index}. After it the register stopped signing. {error.message} {error.hint}"
    raise Failure(
        503,
        f"{NOT_DONE.get(kind, 'Nothing was recorded.')} The register stopped it. {error.message}",
        hint=f"{error.hint} The draft is kept with its bytes: hand the same signature in again after that.",
        field="register",
        code=STOPPED,
        retry_after=STOPPED_SECONDS,
    )


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as JSON."""

    status: int
    code: str
    message: str
    field: str = ""
    """What in the request is wrong; empty where it is not one field."""
    hint: str = ""
    """What to do next."""
    names: tuple[NameQuestion, ...] = ()
    """Names that may mean several records, each with its candidates."""


TEXTS: dict[int, tuple[str, str, str]] = {
    400: (
        "bad_request",
        "This question cannot be read.",
        "Look at the part that is named and write it as the page says.",
    ),
    403: ("cross_site", "Another site's page sent this form.", "Open the page here and send it from here."),
    404: ("not_found", "There is nothing under this address.", "Search for the name, or begin at the first page."),
    405: ("method", "This address does not take that kind of request.", "Pages are read with GET."),
    409: ("replay", "This is in the register already.", "Nothing needs to be done."),
    410: ("erased", "This was erased.", "The log says when, on which ground and at whose request."),
    411: ("length_required", "The request does not say how long its body is.", "Send Content-Length."),
    413: ("too_large", "This is larger than is taken.", "Send it in parts."),
    414: ("too_long", "This address is too long.", "Shorten the question."),
    415: ("media_type", "This kind of body is not read here.", "Send the kind that the description names."),
    422: ("refused", "This was refused; nothing of it was stored.", "Look at the field that is named."),
    429: (
        "too_many",
        "Too much was asked for at once.",
        "Wait a minute and ask again. Programs find the seconds in Retry-After.",
    ),
    500: ("failed", "Something here failed. It is not your fault.", "Try again later."),
    503: ("away", "The register cannot answer at the moment.", "Try again in a minute."),
}
"""Status -> code, what happened, what to do."""


def problem(failure: Failure) -> Problem:
    """The failure in the register's words, where it brings none of its own."""
    code, message, hint = TEXTS.get(failure.status, TEXTS[500 if failure.status >= 500 else 400])
    if failure.most is not None:
        hint = f"{hint} The most is {failure.most:,} bytes."
    return Problem(
        status=failure.status,
        code=failure.code or code,
        message=failure.message or message,
        field=failure.field,
        hint=failure.hint or hint,
        names=failure.names,
    )


def problem_details(told: Problem) -> dict[str, Any]:
    """The members of RFC 9457, and `error` with our own words for programs."""
    title = TEXTS.get(told.status, TEXTS[400])[1]
    return {"type": "about:blank", "title": title, "status": told.status, "detail": told.message, "error": told}


def wants_json(environ: dict[str, Any]) -> bool:
    """Programs get JSON, people a page."""
    path = str(environ.get("PATH_INFO", ""))
    return path.startswith(("/api/", "/reconcile"))
