"""A local page to read: counts, bundles that were sent or rows that were assigned, inferences and pictures.

The page is made before it is served, so that neither key nor list stays open. It is served on the loopback address alone. The
address has a key that works once: it brings a cookie to the browser that used it. No script, and nothing may be stored.
"""

from __future__ import annotations

import hmac
import html
import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer

from sousveil.investigation import people, pictures
from sousveil.investigation.clients import Client, Inference, describe_clients
from sousveil.investigation.correlation import Correlation, Run, load_correlations
from sousveil.investigation.importing import rows_of
from sousveil.investigation.key_service import LoopbackHandler
from sousveil.investigation.numbers import State
from sousveil.investigation.releases import AssignedRow, Assignment
from sousveil.investigation.summary import summarize
from sousveil.investigation.times import Certainty
from sousveil.investigation.vault import Vault
from sousveil.kinds import visible
from sousveil.texts import t

VALUES_MOST = 20
"""Values of a breakdown."""
PICTURES_MOST = 50
"""Phones, and clients, with a picture of their own."""
RUNS_SHOWN = 5
"""Comparisons of a sort whose settings are shown."""
ROWS_MOST = 2_000
"""Assigned rows."""
COOKIE = "page"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif;
  color: #1a1a1a; background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { margin-top: 2.5rem; font-size: 1.25rem; } h3 { font-size: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: .25rem .75rem .25rem 0; text-align: start; vertical-align: top;
  overflow-wrap: normal; }
th { font-weight: 600; } tr + tr { border-top: 1px solid #ccc; }
.number { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.many { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; }
.soft { color: #595959; }
@media (prefers-color-scheme: dark) { body { color: #f0f2f4; background: #14171a; } .soft { color: #b4bcc4; } }
"""


def inferred(inference: Inference) -> tuple[str, str]:
    """What an inference says, and an alternative that would look the same."""
    value = inference.value
    if inference.kind == "days_off":
        value = " ".join(t(f"investigation.weekday.{day}") for day in value.split())
    words = {"value": visible(value, 60), "n": inference.count, "share": f"{inference.share:.0%}"}
    return t(f"investigation.infer.{inference.kind}", **words), t(f"investigation.infer.{inference.kind}_or", **words)


def _tag(name: str, content: str, kind: str = "") -> str:
    return f"<{name}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{content}</{name}>"


def _text(words: str) -> str:
    return html.escape(visible(words, 2_000))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table in a box of its own that can be moved sideways. `numbers`: the columns of figures."""

    def line(cell: str, values: Sequence[str]) -> str:
        return _tag(
            "tr", "".join(_tag(cell, _text(v), "number" if at in numbers else "") for at, v in enumerate(values))
        )

    body = "".join(line("td", row) for row in rows)
    return f'<div class="scroll" tabindex="0"><table>{line("th", heads)}{body}</table></div>'


def _counts(title: str, counts: dict[str, int]) -> str:
    """A breakdown: the most frequent values, and the sum of the others."""
    rows = [
        (visible(value, 60) or t("investigation.none"), f"{n:,}") for value, n in list(counts.items())[:VALUES_MOST]
    ]
    if len(counts) > VALUES_MOST:
        rest = sum(list(counts.values())[VALUES_MOST:])
        rows.append((t("investigation.others", n=len(counts) - VALUES_MOST), f"{rest:,}"))
    heads = (t("investigation.column.value"), t("investigation.column.rows"))
    return _tag("section", _tag("h3", _text(title)) + _table(heads, rows, (1,)))


def holders_page(vault: Vault, newsroom: str = "") -> str:
    """The page of the holders: counts, bundles (of one newsroom where it is named), clients and comparisons. No numbers."""
    summary, made = summarize(vault), load_correlations(vault)
    totals = [
        t(f"investigation.total.{name}", n=getattr(summary, name))
        for name in ("rows", "numbers", "repeated", "several_clients", "same_selection", "doubtful")
    ]
    parts = [_tag("ul", "".join(_tag("li", _text(line)) for line in totals))]
    shown = ("country", "client", "year", "line_type", "state", "certainty")
    by = "".join(_counts(t(f"investigation.by.{name}"), summary.by[name]) for name in shown)
    parts += [_tag("h2", _text(t("investigation.page.counts"))), _tag("div", by, "many")]
    sent = [one for one in people.load(vault).sent if not newsroom or one.recipient == newsroom]
    parts.append(_tag("h2", _text(t("investigation.page.sent"))))
    if sent:
        heads = [t(f"investigation.column.{name}") for name in ("recipient", "bundle", "made", "numbers", "recalled")]
        rows = [
            (
                one.recipient,
                t(f"investigation.kind.{one.kind}"),
                _day(one.made),
                f"{len(one.numbers):,}",
                _day(one.recalled) if one.recalled else "",
            )
            for one in sent
        ]
        parts.append(_table(heads, rows, (3,)))
    else:
        parts.append(_tag("p", _text(t("investigation.page.nothing_sent"))))
    parts += [_tag("h2", _text(t("investigation.page.clients"))), *_clients(describe_clients(rows_of(vault)))]
    for compared in (made.phones, made.events):
        if compared is not None:
            parts += _compared(compared, made.runs)
    return _page(t("investigation.page.title"), parts)


def _clients(clients: Sequence[Client]) -> Iterator[str]:
    boxes = []
    for place, client in enumerate(clients[:PICTURES_MOST], 1):
        label = visible(client.label, 60) or t("investigation.none")
        contents = [
            _tag("h3", _text(t("investigation.client", label=label, rows=f"{client.rows:,}", n=client.numbers)))
        ]
        if client.timed:
            title = t("investigation.picture.hours_title", n=client.timed)
            contents.append(pictures.picture_of_hours(f"hours-{place}", title, client.hours))
        for says, alternative in map(inferred, client.inferences):
            contents += [_tag("p", _text(says)), _tag("p", _text(alternative), "soft")]
        boxes.append(_tag("section", "".join(contents)))
    yield _tag("div", "".join(boxes), "many")
    yield _tag("p", _text(t("investigation.infer.limits")), "soft")


def _compared(compared: Correlation, runs: Sequence[Run]) -> Iterator[str]:
    yield _tag("h2", _text(t(f"investigation.page.compared_{compared.unit}")))
    listed = sorted(
        (phone for phone in compared.phones if any(one.near for one in phone.comparisons)),
        key=lambda phone: min(one.corrected for one in phone.comparisons if one.corrected is not None),
    )
    drawn = [pictures.picture_of_all(compared)]
    drawn += [pictures.picture_of_phone(phone, compared) for phone in listed[:PICTURES_MOST]]
    yield _tag("div", "".join(_tag("div", one) for one in drawn), "many")
    for line in limits(compared, runs):
        yield _tag("p", _text(line), "soft")


def limits(compared: Correlation, runs: Sequence[Run]) -> Iterator[str]:
    """The settings of all comparisons of the sort, and what a comparison cannot show."""
    same = [run for run in runs if run.unit == compared.unit]
    shown = [
        t(f"investigation.correlated.run_{run.unit}", within=run.within, clock_error=run.clock_error, seed=run.seed)
        for run in same[: -RUNS_SHOWN - 1 : -1]
    ]
    if shown:
        yield t("investigation.correlated.runs", n=len(same), settings="; ".join(shown))
    for name in ("selected", "strata", "bursts"):
        yield t(f"investigation.limit.{name}")
    if not all(one.exact for one in compared.whole):
        yield t("investigation.limit.drawn")


def newsroom_page(assignment: Assignment) -> str:
    """The page of a newsroom: the rows that were assigned to it, with their numbers, and their counts."""
    rows = sorted(assignment.rows, key=lambda row: (row.seconds is None, row.seconds or 0, row.e164))
    years = Counter("" if row.seconds is None else str(_moment(row.seconds).year) for row in rows)
    clients = Counter(row.client for row in rows)
    parts = [_tag("p", _text(t("investigation.page.assigned", n=len(rows), made=_day(assignment.made))))]
    counted = [(t("investigation.by.client"), clients), (t("investigation.by.year"), years)]
    by = "".join(_counts(title, dict(counts.most_common())) for title, counts in counted)
    parts += [_tag("h2", _text(t("investigation.page.counts"))), _tag("div", by, "many")]
    parts.append(_tag("div", "".join(_hours_of_clients(rows)), "many"))
    heads = [t(f"investigation.column.{name}") for name in ("number", "when", "client", "certainty")]
    lines = [
        (
            row.e164 if row.state == State.VALID else t("investigation.assigned_doubtful", number=row.e164),
            "" if row.seconds is None else f"{_day(_moment(row.seconds))}, {_moment(row.seconds):%T}",
            visible(row.client, 60) or t("investigation.none"),
            t(f"investigation.certainty.{row.certainty}") if row.certainty in set(Certainty) else row.certainty,
        )
        for row in rows[:ROWS_MOST]
    ]
    parts += [_tag("h2", _text(t("investigation.page.rows"))), _table(heads, lines)]
    if len(rows) > ROWS_MOST:
        parts.append(_tag("p", _text(t("list.more", n=len(rows) - ROWS_MOST))))
    parts.append(_tag("p", _text(t("investigation.page.secret")), "soft"))
    return _page(t("investigation.page.title_of", newsroom=visible(assignment.recipient, 60)), parts)


def _hours_of_clients(rows: Sequence[AssignedRow]) -> Iterator[str]:
    """A picture of the hours of each client with times in a known zone."""
    hours = Counter(
        (row.client, row.seconds // 3_600 % 24)
        for row in rows
        if row.seconds is not None and row.certainty == Certainty.ZONED
    )
    for place, client in enumerate(sorted({client for client, _ in hours})[:PICTURES_MOST], 1):
        counts = [hours[client, hour] for hour in range(24)]
        title = t("investigation.picture.hours_title", n=sum(counts))
        picture = pictures.picture_of_hours(f"hours-{place}", title, counts)
        yield _tag("section", _tag("h3", _text(visible(client, 60) or t("investigation.none"))) + picture)


def _day(when: datetime) -> str:
    return f"{when.day} {when:%B %Y}"


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{_text(title)}</h1>{''.join(parts)}</main></body></html>\n"
    )


class PageService(ThreadingHTTPServer):
    """Serves one page on the loopback address to the browser that first uses `address`."""

    daemon_threads = True

    def __init__(self, port: int, content: bytes) -> None:
        self.content, self.cookie = content, secrets.token_urlsafe(24)
        # Browsers send a cookie to every port of an address: the path keeps it from other programs of this computer.
        self.path = f"/{secrets.token_urlsafe(8)}"
        self._key: str | None = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}/{self._key}"

    def take_key(self, given: str) -> bool:
        """Whether this is the key of the address; it works once."""
        with self._lock:
            fits = self._key is not None and hmac.compare_digest(given.encode(), self._key.encode())
            if fits:
                self._key = None
            return fits


class _Handler(LoopbackHandler):
    server: PageService

    def do_GET(self) -> None:
        # Another host's name that leads here would give its pages the rights of this one.
        if self.headers.get_all("Host") != [f"127.0.0.1:{self.server.server_port}"]:
            self._send(404)
        elif self.path == self.server.path and self._known():
            self._send(200, self.server.content)
        elif self.server.take_key(self.path.removeprefix("/")):
            cookie = f"{COOKIE}={self.server.cookie}; Path={self.server.path}; HttpOnly; SameSite=Strict"
            self._send(303, extra={"Location": self.server.path, "Set-Cookie": cookie})
        else:
            self._send(404)

    def _known(self) -> bool:
        """Whether the browser has the cookie."""
        cookies = self.headers.get("Cookie", "").split("; ")
        return any(hmac.compare_digest(one.encode(), f"{COOKIE}={self.server.cookie}".encode()) for one in cookies)

    def _send(self, status: int, body: bytes = b"", extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **(extra or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


__all__ = ["PageService", "holders_page", "inferred", "limits", "newsroom_page"]
