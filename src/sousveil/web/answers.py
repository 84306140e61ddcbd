"""Answers of the decision engine on the web: asked by a form, kept under an address that nobody can guess, gone after seven days.

What was typed stands in the answer and nowhere else: no log, no address, no index. Only names that are resolved become links.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import re_path

from sousveil.decisions.api import (
    ACTION_NOUNS,
    ASK,
    FORMAT_VERSION,
    STRICTEST,
    VERDICT_MEANS,
    VERDICT_SAYS,
    VERDICT_WORDS,
    Ambiguous,
    Answer,
    Named,
    Question,
    asked_for,
    checked,
    needs_of,
    printed,
    rules_of,
    short,
    silent,
    size_on,
    undated,
    written,
)
from sousveil.errors import SousveilError
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.web import headers, limits
from sousveil.web.answering import failure_of, json_address, licences_of
from sousveil.web.boards import names_of
from sousveil.web.failures import Failure
from sousveil.web.filled_forms import owner_named
from sousveil.web.links import Links
from sousveil.web.page import Answer as PageAnswer
from sousveil.web.page import page_named
from sousveil.web.pages.decide import decide_view
from sousveil.web.render import language_of, render
from sousveil.web.site import Site

TOKEN = r"(?P<token>[A-Za-z0-9_-]{32})"
_MEANT = re.compile(r"meant-(?P<role>product|supplier|via|end_user)-(?P<number>\d{1,2})")
NOT_INDEXED = ("X-Robots-Tag", "noindex, nofollow, noarchive")


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an answer."""

    question: Question
    answer: Answer
    named: tuple[Named, ...]
    erased: int = 0
    """Statements that were known at its log size and had been deleted when it was made."""
    on_ambiguity: str = ASK
    """What became of names that may mean several records."""


ONCE = (
    *("action", "product", "supplier", "end_user", "country", "via", "exporting_country", "as_of", "known_on"),
    "on_ambiguity",
)
"""Fields of the form that hold one value."""


def ask(
    request: HttpRequest,
    question: dict[str, Any],
    known_on: str | None,
    *,
    on_ambiguity: str = ASK,
    meant: Mapping[tuple[str, str], str] | None = None,
) -> tuple[str | None, KeptAnswer]:
    """Answer a question and keep the answer: its secret address part, and the answer. Raises Failure, Ambiguous.

    `meant`: the records that were chosen for names, by role and name.
    There is no address when the answer could not be kept: it is given all the same.
    """
    site: Site = request.META["sousveil.site"]
    try:
        asked = checked(**question, known_on=size_on(site.register, known_on)).meaning(meant or {})
        made = _made(request, asked, on_ambiguity)
    except Ambiguous:
        raise
    except SousveilError as error:
        raise failure_of(error) from None
    return site.answers.put(written(made)), made


def _made(request: HttpRequest, asked: Question, on_ambiguity: str) -> KeptAnswer:
    site: Site = request.META["sousveil.site"]
    lane = limits.Lane.QUESTION if asked.known_on is None else limits.Lane.PART
    with request.META["sousveil.turnstile"].heavy(lane):
        answer, named = site.desk.ask(asked, on_ambiguity=on_ambiguity)
    erased = site.store.erased_since(answer.known_on)
    return KeptAnswer(question=asked, answer=answer, named=named, erased=erased, on_ambiguity=on_ambiguity)


def decide(request: HttpRequest) -> HttpResponse:
    """The form was sent: the answer is kept, and the reader sent to it."""
    if not (request.content_type or "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        raise Failure(415, field="Content-Type", hint="Send the form of this page.")
    sent = request.POST
    long = next((name for name in sent if any(len(value) > 10_000 for value in sent.getlist(name))), None)
    if long is not None:
        raise Failure(413, field=long[:40], most=10_000)
    twice = next((name for name in ONCE if len(sent.getlist(name)) > 1), None)
    if twice is not None:  # the last would take the place of the others
        raise Failure(400, "It stands there twice.", field=twice, hint="Ask about one at a time.")
    for name in ("country", "exporting_country"):
        if len(sent.get(name, "")) > limits.COUNTRY_MAX:
            raise Failure(400, "It is too long.", field=name, hint=f"At most {limits.COUNTRY_MAX} letters.")
    question = {
        "action": sent.get("action", ""),
        "product": sent.get("product", ""),
        "supplier": sent.get("supplier", ""),
        "end_user": sent.get("end_user", ""),
        "country": sent.get("country", ""),
        "via": tuple(line.strip() for line in sent.get("via", "").splitlines() if line.strip()),
        "exporting_country": sent.get("exporting_country", "") or None,
        "as_of": sent.get("as_of", "") or None,
        "packs": tuple(sent.getlist("pack")),
    }
    try:
        token, found = ask(
            request,
            question,
            sent.get("known_on", "") or None,
            on_ambiguity=STRICTEST if sent.get("on_ambiguity") == STRICTEST else ASK,
            meant=_meant(sent) if sent.get("on_ambiguity") != STRICTEST else {},
        )
    except Ambiguous as ambiguous:
        return _which(request, ambiguous)
    if token is None:
        return _shown(request, found, token=None, until=None)
    response = HttpResponse(status=303)
    response["Location"] = Links(request.path_info[1:]).to("decide", token)
    return _hidden(response)


def _meant(sent: QueryDict) -> dict[tuple[str, str], str]:
    """The records that were chosen on the page that asks which one is meant: `meant-ROLE-NUMBER` beside `name-ROLE-NUMBER`."""
    found: dict[tuple[str, str], str] = {}
    for field in sent:
        choice = _MEANT.fullmatch(field)
        if choice is not None:
            found[choice["role"], sent.get(f"name-{choice['role']}-{choice['number']}", "")] = sent.get(field, "")
    return found


def _which(request: HttpRequest, ambiguous: Ambiguous) -> HttpResponse:
    """The page that asks which record each name means; it sends the same form again."""
    sent = [
        (field, value)
        for field in request.POST
        for value in request.POST.getlist(field)
        if field in (*ONCE, "pack") and field != "on_ambiguity"
    ]
    sent += [(f"name-{one.role}-{number}", one.asked) for number, one in enumerate(ambiguous.names)]
    page = page_named("decide")
    site: Site = request.META["sousveil.site"]
    with language_of(request.META.get("sousveil.language", "en")):
        body = render(
            "decide.html",
            site,
            request.META,
            page=page,
            asked=page.asked(),
            parts={},
            view=decide_view(),
            next=None,
            licences=licences_of(site, PageAnswer(data=None)),
            json_address=json_address(page, {}),
            kept=None,
            unclear=ambiguous.names,
            sent=sent,
        )
    return _hidden(HttpResponse(body, status=409, content_type="text/html; charset=utf-8"))


def kept(request: HttpRequest, token: str) -> tuple[KeptAnswer, float]:
    """The answer under an address, and until when it is there. Raises Failure 404.

    Where something that was known then has been deleted since, or the format is another one now, it is made anew for the same day and
    log size, and put in the place of the first one: nobody reads here what was deleted.
    """
    site: Site = request.META["sousveil.site"]
    found = site.answers.get(token)
    if found is None:
        raise Failure(404, "There is no answer here, or its seven days are over.", hint="Ask again.")
    answer = msgspec.json.decode(found.data, type=KeptAnswer)
    erased = site.store.erased_since(answer.answer.known_on)
    if (erased, FORMAT_VERSION) != (answer.erased, answer.answer.format_version):
        same = msgspec.structs.replace(answer.question, as_of=answer.answer.as_of, known_on=answer.answer.known_on)
        try:
            answer = _made(request, same, answer.on_ambiguity)
            site.answers.replace(token, written(answer))
        except SousveilError as error:
            raise failure_of(error) from None
    return answer, found.until


def answer_page(request: HttpRequest, token: str) -> HttpResponse:
    """An answer for people."""
    _read_only(request)
    found, until = kept(request, token)
    return _shown(request, found, token=token, until=until)


def _shown(request: HttpRequest, found: KeptAnswer, *, token: str | None, until: float | None) -> HttpResponse:
    """An answer as a page; without an address when it is not kept."""
    site: Site = request.META["sousveil.site"]
    page = page_named("decide")
    view = decide_view()
    with language_of(request.META.get("sousveil.language", "en")):
        body = render(
            "decide.html",
            site,
            request.META,
            page=page,
            asked=page.asked(),
            parts={},
            view=view,
            next=None,
            licences=licences_of(site, PageAnswer(data=None)),
            json_address=f"api/v1/decisions/{token}" if token else json_address(page, {}),
            kept=found,
            token=token,
            headline=VERDICT_SAYS[found.answer.verdict],
            asked_for=asked_for(found.question, country_name(found.question.country)),
            means=VERDICT_MEANS,
            packs={one.pack: tuple(rules_of(found.answer, one.pack)) for one in found.answer.packs},
            brief=short(found.question, found.answer),
            needs_of=needs_of,
            verdict_words=VERDICT_WORDS,
            action_nouns=ACTION_NOUNS,
            titles={pack.name: pack.title for pack in view.packs},
            standing_words=words.standing,
            silent=silent(found.answer),
            logged=site.store.logged_on(undated(found.answer)),
            until=datetime.datetime.fromtimestamp(until, datetime.UTC).date().isoformat() if until else None,
        )
    return _hidden(HttpResponse(body, content_type="text/html; charset=utf-8"))


def answer_bytes(found: KeptAnswer) -> bytes:
    """The one JSON object, as bytes to be signed and compared: those that `sousveil decide --json` prints."""
    return printed(found.answer)


def answer_file(request: HttpRequest, token: str) -> HttpResponse:
    """The answer's bytes, to keep or to publish."""
    _read_only(request)
    found, _ = kept(request, token)
    response = HttpResponse(answer_bytes(found), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="answer.json"'
    return _hidden(response)


def statements_file(request: HttpRequest, token: str) -> HttpResponse:
    """Statements that name the answer's bytes by their hash, to be published with them: so a publisher makes it stay."""
    _read_only(request)
    site: Site = request.META["sousveil.site"]
    found, _ = kept(request, token)
    publisher = request.GET.get("publisher", "").strip()[: limits.TEXT_MAX]
    if not publisher:
        raise Failure(400, "Who publishes it?", field="publisher", hint="Write the name under which your key is known.")
    owners = {state.owner for state in site.store.keyring().states()}
    owner = owner_named(publisher, owners, names_of(site))
    if not isinstance(owner, str):
        raise Failure(400, owner[0], field="publisher", hint=owner[1])
    data = answer_bytes(found)
    digest = hashlib.sha256(data).hexdigest()
    about = {
        "subject": entity_id("decision", digest),
        "type": "Document",
        "source": f"sha256:{digest}",
        "publisher": owner,
        "dataset": "direct",
        "standing": Standing.REPORTED,
    }
    answer = found.answer
    rows = {
        "title": f"Answer of rules: {answer.verdict} ({found.question.action}, as of {answer.as_of}, log of {answer.known_on})",
        "documentType": "Answer of the decision engine",
        "contentHash": digest,
    }
    lines = [
        msgspec.json.encode(Statement(property=name, value=value, **about))  # type: ignore[arg-type]
        for name, value in rows.items()
    ]
    response = HttpResponse(b"\n".join(lines) + b"\n", content_type="application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="statements.jsonl"'
    return _hidden(response)


def answer_routes() -> list[Any]:
    """Addresses of answers."""
    return [
        re_path(rf"^decide/{TOKEN}$", answer_page),
        re_path(rf"^decide/{TOKEN}/answer\.json$", answer_file),
        re_path(rf"^decide/{TOKEN}/statements\.jsonl$", statements_file),
    ]


def _read_only(request: HttpRequest) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Failure(405, allow="GET, HEAD")


def _hidden(response: HttpResponse) -> HttpResponse:
    """Kept by no browser, found by no search."""
    response["Cache-Control"] = headers.NEVER_KEPT[1]
    response[NOT_INDEXED[0]] = NOT_INDEXED[1]
    return response
