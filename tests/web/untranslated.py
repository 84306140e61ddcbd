"""What of a page in a pseudo-locale is still English: neither translated, nor a name, nor a quote out of the register."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from sousveil.register.intake import registry
from sousveil.register.store import Store

_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[A-Za-z]{3,}")
_CODE = re.compile(
    r"https?://\S+|\b[\w.-]+/[\w./-]+|\bsv-[0-9a-f]+|\b[0-9a-f]{12,}…?|\b[A-Z]{2,}[A-Za-z]*-?[A-Z0-9.a-z-]*\d[A-Za-z0-9.-]*|\S+@\S+"
    r"|\b(?:UTC|NSO|MiB|KiB|ccops|CSV|JSON|SVG)\b|\b[\w*-]+\.(?:csv|jsonl?|md|zip|txt)(?:\.sig)?\b"
    r"|\b[a-z]+(?:[-_.][a-z0-9]+)+\b|\b[A-Z]{3} \d[\d,.]*"
)
"""Addresses, paths, ids, hashes, numbers of rules, names of files and codes, sums of money."""


SKIPPED = ("code", "pre", "q", "cite", "style", "script")
"""Code, quotes and names of laws stay as they are."""
INLINE = ("mark", "tspan")
"""A word goes on through these."""
NAMES = (
    *("Example Register Trust (invented)", "1 Lantern Row, Calder (invented)"),
    *("Example register (invented)", "Lampyre", "Glasmoth", "Nobody Known", "Unheard of"),
    *(
        "Reviewer 1 (invented)",
        "Reviewer 2 (invented)",
        "University of Calder (invented)",
        "Press Union of Sarvia (invented)",
    ),
)
"""Names that no statement holds: of the register, of who is responsible for it, of what is asked, of witnesses and reviewers."""


class _Reader(HTMLParser):
    """Texts for people: what is seen or read out, without what is marked as code, name or quote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        """Each with whether it is a line of a picture, where names are broken up."""
        self._line = False
        self._skipped = 0
        self._goes_on = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in SKIPPED:
            self._skipped += 1
        self._goes_on = tag in INLINE
        self.found += [
            (text, False) for name in ("title", "aria-label", "alt", "placeholder") if (text := given.get(name))
        ]
        self._line = tag == "text"

    def handle_endtag(self, tag: str) -> None:
        if tag in SKIPPED:
            self._skipped -= 1
        self._goes_on = tag in INLINE

    def handle_data(self, data: str) -> None:
        if self._skipped or not data.strip():
            return
        if self._goes_on and self.found:
            self.found[-1] = (self.found[-1][0] + data, self.found[-1][1])
        else:
            self.found.append((data, self._line))
        self._goes_on = False


class Content:
    """Names and quotes that stand in the register: they are shown as their publishers wrote them."""

    def __init__(self, store: Store, more: tuple[str, ...] = ()) -> None:
        texts = {*NAMES, *more}
        ids = store.subjects(limit=100_000)
        for at in range(0, len(ids), 500):
            for one in store.statements_of(ids[at : at + 500]):
                said = one.statement
                texts |= {said.value, said.original or "", said.source, said.publisher, said.dataset}
        for intake in registry.intakes().values():
            texts |= {intake.dataset.publisher, intake.dataset.licence, intake.dataset.attribution}
        long = sorted((text.strip() for text in texts if len(text.strip()) >= 3), key=len, reverse=True)
        self._all = "\n".join(long)
        self._each = re.compile("|".join(re.escape(text) for text in long))

    def without(self, text: str) -> str:
        """The text without names and quotes."""
        return self._each.sub(" ", text)

    def holds(self, part: str) -> bool:
        """Whether a name or quote has this part: a line of a picture, or what was cut off."""
        return part.strip(" :.,") in self._all


def left(page: str, content: Content) -> list[str]:
    """The texts of a page that are still English."""
    reader = _Reader()
    reader.feed(page)
    found: list[str] = []
    for text, cut in reader.found:
        before = None
        rest = " ".join(text.split())
        while before != rest:  # a translated text may stand in a translated text
            before, rest = rest, _MARKED.sub(" ", rest)
        if cut or rest.endswith("..."):
            rest = re.sub(r"⟦.*|.*⟧", " ", rest)
            rest = " ".join(part for part in re.split(r"\.\.\.|: | – |, |\(", rest) if not content.holds(part))
        either = (_CODE.sub(" ", content.without(rest)), content.without(_CODE.sub(" ", rest)))
        if all(_WORD.search(one) for one in either):
            found.append(text)
    return found
