"""Atom feeds (RFC 4287): everything new, one entity, one record type, one name. No absolute address: links are relative.

An entry's id is a name, not an address: `urn:sousveil:ORIGIN:entry:INDEX`. What was erased is not in any feed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from heapq import nlargest
from itertools import islice, takewhile
from weakref import WeakKeyDictionary
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from sousveil.decisions.procedures import registry as procedures
from sousveil.decisions.views import item_records as records
from sousveil.errors import Missing
from sousveil.register.model import Recorded
from sousveil.register.names_tokens import tokens
from sousveil.register.store import Store
from sousveil.register.store.reading import NEWEST
from sousveil.register.types import registry
from sousveil.register.views.reading import Reader
from sousveil.web import headers, limits
from sousveil.web.boards import board_of
from sousveil.web.failures import Failure
from sousveil.web.links import Links
from sousveil.web.page import ID, Part
from sousveil.web.pages.corrections import changes
from sousveil.web.render import gettext as _
from sousveil.web.render import language, language_of, ngettext, told
from sousveil.web.site import Site

ENTRIES = 50
"""Entries of a feed, newest first."""
STATEMENTS = 1_000
"""Statements that a feed is made of at most."""
LETTERS = 500
"""Letters of one statement in a feed."""
SAFE = str.maketrans(dict.fromkeys([*range(9), 11, 12, *range(14, 32), 65534, 65535], "�"))


def _text(value: str) -> str:
    """For XML: escaped, without characters that XML does not have."""
    return escape(value.translate(SAFE).encode("utf-8", "replace").decode())


def _attribute(value: str) -> str:
    return quoteattr(value.translate(SAFE).encode("utf-8", "replace").decode())


def atom(site: Site, links: Links, name: str, title: str, statements: Iterable[Recorded], page: str) -> bytes:
    """A feed of statements, one entry for each log entry and subject."""
    groups: dict[tuple[int, str], list[Recorded]] = {}
    for one in statements:
        groups.setdefault((one.recorded, one.statement.subject), []).append(one)
    chosen = sorted(groups.items(), key=lambda pair: (-pair[0][0], pair[0][1]))[:ENTRIES]
    reader = Reader(site.store)
    reader.load({subject for (_, subject), _ in chosen})
    # Links are called after what they link.
    reader.load({end for one in list(reader.records.values()) for ends in reader.targets(one).values() for end in ends})
    when = {index: site.store.entry(index).recorded_at for index in {index for (index, _), _ in chosen}}
    updated = max(
        when.values(), default=site.store.entry(0).recorded_at if site.store.size() else "1970-01-01T00:00:00Z"
    )
    parts = _opening(site, links, name, title, updated, page)
    for (index, subject), said in chosen:
        reference = reader.ref(subject)
        parts.append(
            f"<entry><id>urn:sousveil:{_text(site.origin)}:entry:{index}:{_text(subject)}</id>"
            f"<title>{_text(reference.caption)}</title><updated>{_text(when[index])}</updated>"
            f'<link rel="alternate" type="text/html" href={_attribute(links.to("entities", reference.id))}/>'
            f'<content type="text">{_text(_told(reader, said))}</content></entry>\n'
        )
    return ("\n".join(parts) + "</feed>\n").encode()


def _opening(site: Site, links: Links, name: str, title: str, updated: str, page: str) -> list[str]:
    return [
        head(),
        f"<id>urn:sousveil:{_text(site.origin)}:{_text(name)}</id>",
        f"<title>{_text(label(site, title))}</title>",
        f"<updated>{_text(updated)}</updated>",
        f'<link rel="self" type="application/atom+xml" href={_attribute(links.path.rsplit("/", 1)[-1])}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(links.at(page))}/>',
        f"<author><name>{_text(site.title)}</name></author>",
        f"<rights>{_text(', '.join(site.state().licences))}</rights>",
        f"<subtitle>{_text(told(site.witness_words()))}</subtitle>",
    ]


def head() -> str:
    """The beginning of a feed, with the language that it is in."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(language())}>'


def label(site: Site, title: str) -> str:
    """What a feed is called; that an example is one stands in its name."""
    invented = _("invented example: nothing here is true")
    return f"{title} – {site.title}" + (f" ({invented})" if site.example else "")


def _told(reader: Reader, said: list[Recorded]) -> str:
    """What an entry says: each statement with its standing, its publisher and its source."""
    lines = []
    for one in said[:20]:
        claim = reader.claim(one)
        marks = f" [{'; '.join(map(told, claim.marks))}]" if claim.marks else ""
        says = _("{publisher} {says} so").format(publisher=claim.publisher, says=claim.stance_words)
        source = _("Source: {source}").format(source=claim.source)
        known = registry.property_of(one.statement.type, claim.property)
        name = told(known.label) if known is not None else claim.property
        note = "".join(" " + _("Note: {note}").format(note=each) for each in claim.notes)
        shown = told(claim.display)
        shown = shown if len(shown) <= LETTERS else f"{shown[:LETTERS]}…"
        lines.append(f"{name}: {shown} – {claim.standing_words}, {says}{marks}.{note} {source}")
    if len(said) > 20:
        more = len(said) - 20
        lines.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return "\n".join(lines)


def newest(statements: Iterable[Recorded], wanted: Callable[[Recorded], bool] = lambda one: True) -> list[Recorded]:
    """Of statements from the newest back those that are wanted and not retracted, until a feed is full; in the order of the log."""
    found: list[Recorded] = []
    groups: set[tuple[int, str]] = set()
    for one in islice((one for one in statements if one.retracted is None and wanted(one)), STATEMENTS):
        groups.add((one.recorded, one.statement.subject))
        if len(groups) > ENTRIES:
            break
        found.append(one)
    return found[::-1]


class _Words:
    """The words of the newest statements of a register: a feed of names reads only the statements that have its words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._size = 0
        """Entries of the log that were read."""
        self._erased = 0
        """Statements of these entries that were erased since."""
        self._ids: list[str] = []
        self._places: dict[str, list[int]] = {}
        """Word -> places in `_ids`, in the order of the log."""

    def statements(self, store: Store, names: Iterable[set[str]]) -> Iterator[Recorded]:
        """The statements that have all words of one of these names, from the newest back."""
        with self._lock:
            self._read(store)
            places: set[int] = set()
            for words in names:
                lists = sorted((self._places.get(word, []) for word in words), key=len)
                places |= set(lists[0]).intersection(*lists[1:])
            ids = [self._ids[at] for at in nlargest(STATEMENTS, places)]
        for id in ids:
            if isinstance(one := store.statement(id), Recorded):
                yield one

    def _read(self, store: Store) -> None:
        """Take what is new in the log; everything anew after an erasure, and when old statements are too many."""
        size = store.size()
        erased = store.erased_since(size)  # before the words are read: an erasure meanwhile is seen the next time
        if store.erased_since(self._size) != self._erased or len(self._ids) > 2 * NEWEST:
            self._size, self._ids, self._places = 0, [], {}
        if size == self._size:
            return
        new = list(takewhile(lambda one: one.recorded >= self._size, store.iter_newest()))
        for one in reversed(new):
            if one.recorded < size:  # what came meanwhile is read the next time
                for word in _words(one.statement.value):
                    self._places.setdefault(word, []).append(len(self._ids))
                self._ids.append(one.id)
        self._size, self._erased = size, erased


_WORDS: WeakKeyDictionary[Site, _Words] = WeakKeyDictionary()


def _named(site: Site, names: Iterable[set[str]]) -> list[Recorded]:
    return newest(_WORDS.setdefault(site, _Words()).statements(site.store, names))


def _response(body: bytes, *, typed: bool = False) -> HttpResponse:
    response = HttpResponse(body, content_type="application/atom+xml; charset=utf-8")
    if typed:
        response["Cache-Control"] = headers.NEVER_KEPT[1]
    else:
        response[headers.PREPARED] = "1"
    return response


def _site(request: HttpRequest) -> tuple[Site, Links]:
    if request.method not in ("GET", "HEAD"):
        raise Failure(405, allow="GET, HEAD")
    links = Links(request.path_info[1:], static=bool(request.META.get("sousveil.static")))
    return request.META["sousveil.site"], links


def spoken(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose texts are in the reader's language."""

    @wraps(view)
    def inside(request: HttpRequest, **more: str) -> HttpResponse:
        with language_of(request.META.get("sousveil.language", "en")):
            return view(request, **more)

    return inside


def everything(request: HttpRequest) -> HttpResponse:
    """All that is new."""
    site, links = _site(request)
    return _response(atom(site, links, "all", _("Everything new"), newest(site.store.iter_newest()), ""))


def of_entity(request: HttpRequest, id: str) -> HttpResponse:
    """All that is new about one entity, records that name it among it."""
    site, links = _site(request)
    canonical = site.store.canonical(id)
    members = site.store.members(canonical) or [canonical]
    own = site.store.statements_of(members)
    if not own:
        raise Failure(404, field="id")
    pointing = {one.statement.subject for one in site.store.statements_to(members)[-STATEMENTS:]}
    said = sorted((*own, *site.store.statements_of(sorted(pointing))), key=lambda one: one.recorded, reverse=True)
    try:
        reader = Reader(site.store)
        reader.load([canonical])
        caption = reader.ref(canonical).caption
    except Missing:
        caption = id
    return _response(atom(site, links, f"entity:{canonical}", caption, newest(said), f"entities/{canonical}"))


def of_type(request: HttpRequest, name: str) -> HttpResponse:
    """All that is new of one record type."""
    site, links = _site(request)
    kind = registry.find(name)
    if kind is None:
        raise Failure(404, "There is no such record type.", field="type")
    found = newest(site.store.iter_newest((name,)))
    return _response(atom(site, links, f"type:{name}", told(kind.plural), found, "feeds"))


def of_procedure(request: HttpRequest, name: str) -> HttpResponse:
    """All that is new of one demand of the letter."""
    site, links = _site(request)
    procedure = procedures.all_procedures().get(name)
    if procedure is None:
        raise Failure(404, "There is no such procedure.", field="procedure")
    board = board_of(site)
    mine = {one.id for one in records(board, procedure, procedure.types)}
    said = site.store.iter_newest(procedure.types)
    found = newest(said, lambda one: board.reader.canonical(one.statement.subject) in mine)
    return _response(atom(site, links, f"procedure:{name}", told(procedure.title), found, f"procedures/{name}"))


def of_corrections(request: HttpRequest) -> HttpResponse:
    """The newest corrections, retractions, erasures and judgements that changed."""
    site, links = _site(request)
    found, _count = changes(site, Part.model_validate({"limit": ENTRIES}))
    updated = found[0].recorded_at if found else site.store.entry(0).recorded_at
    parts = _opening(site, links, "corrections", _("Corrections"), updated, "corrections")
    for one in found:
        about = one.about.caption if one.about else _("The content is gone.")
        lines = [told(one.label), " → ".join(each for each in (told(one.old), told(one.new)) if each), told(one.why)]
        lines += [f"{one.by}, {told(one.requested)}" if one.requested else one.by]
        parts.append(
            f"<entry><id>urn:sousveil:{_text(site.origin)}:correction:{one.index}:{one.id}</id>"
            f"<title>{_text(f'{told(one.kind_words)}: {about}')}</title><updated>{_text(one.recorded_at)}</updated>"
            f'<link rel="alternate" type="text/html" href={_attribute(links.to("log", "entries", one.index))}/>'
            f'<content type="text">{_text(chr(10).join(each for each in lines if each))}</content></entry>'
        )
    return _response(("\n".join(parts) + "\n</feed>\n").encode())


def _words(text: str) -> set[str]:
    """The words of a text as they are compared: without case, accents and punctuation."""
    return {word for word, _ in tokens(text[: limits.TEXT_MAX])}


def of_name(request: HttpRequest) -> HttpResponse:
    """All that is new in which a name stands: a subscription to one's own name, without giving an address."""
    site, links = _site(request)
    if set(request.GET) - {"q"}:
        raise Failure(400, "There is no such field.", field=next(iter(set(request.GET) - {"q"})))
    name = request.GET.get("q", "").strip()
    if not name or len(name) > limits.TEXT_MAX:
        raise Failure(400, "A name is needed.", field="q", hint=f"At most {limits.TEXT_MAX} letters.")
    wanted = _words(name)
    if not wanted:
        raise Failure(400, "This name has no letter and no digit.", field="q")
    found = _named(site, [wanted])
    return _response(atom(site, links, "name", f"“{name}”", found, "feeds"), typed=True)


def of_names(request: HttpRequest) -> HttpResponse:
    """All that is new in which one of several names stands: a list of names, of a watch or of suppliers."""
    site, links = _site(request)
    if others := set(request.GET) - {"name"}:
        raise Failure(400, "There is no such field.", field=next(iter(others)))
    lines = [line for one in request.GET.getlist("name") for line in one.splitlines()]
    names = list(dict.fromkeys(name for line in lines if (name := " ".join(line.split()))))
    if not names or len(names) > limits.NAMES_MAX or any(len(one) > limits.TEXT_MAX for one in names):
        hint = f"Write 1 to {limits.NAMES_MAX} names, each of at most {limits.TEXT_MAX} letters."
        raise Failure(400, "A list of names is needed.", field="name", hint=hint)
    wanted = [_words(one) for one in names]
    if not all(wanted):
        raise Failure(400, "A name has no letter and no digit.", field="name")
    found = _named(site, wanted)
    title = ngettext("%(count)s name", "%(count)s names", len(names)) % {"count": len(names)}
    return _response(atom(site, links, "names", title, found, "feeds"), typed=True)


def feed_routes() -> list[URLPattern]:
    """The addresses of the feeds."""
    return [
        path("feed.atom", spoken(everything)),
        path("corrections.atom", spoken(of_corrections)),
        path("feeds/name.atom", spoken(of_name)),
        path("feeds/names.atom", spoken(of_names)),
        re_path(r"^feeds/type/(?P<name>[A-Za-z]{1,40})\.atom$", spoken(of_type)),
        re_path(r"^feeds/procedure/(?P<name>[a-z0-9-]{1,60})\.atom$", spoken(of_procedure)),
        re_path(rf"^entities/(?P<id>{ID})/feed\.atom$", spoken(of_entity)),
    ]
