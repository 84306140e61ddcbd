"""What the pictures share: safe text, its width, wrapping, elements. No script, no style attribute, nothing from elsewhere.

Looks come from the classes in `pictures.css`, so that one picture serves light, dark and forced colours; where a picture
must stand alone (a file of its own) the sheet goes into it (`standalone`).
"""

from __future__ import annotations

import html
import unicodedata
from functools import cache
from importlib.resources import files

from sousveil.kinds import visible

WIDE_LETTERS = "mwMW@%&—"
NARROW_LETTERS = "iljtfrI.,:;'|!()[] "


@cache
def sheet() -> str:
    """The style sheet of the pictures."""
    return (files("sousveil.web.pictures") / "pictures.css").read_text("utf-8")


def safe(text: str) -> str:
    """A text from a statement as it may stand in a picture: on one line, marks that turn or hide text made visible."""
    return html.escape(" ".join(visible(text).split()), quote=True)


def width_of(text: str, size: float) -> float:
    """About how wide a text is in a plain sans serif, in units of `size`: rather too much than too little."""
    total = 0.0
    for letter in text:
        if letter in NARROW_LETTERS:
            total += 0.36
        elif letter in WIDE_LETTERS:
            total += 0.95
        elif unicodedata.east_asian_width(letter) in "WF":
            total += 1.05
        elif letter.isupper() or letter.isdigit():
            total += 0.68
        elif not unicodedata.combining(letter):
            total += 0.58
    return total * size


def wrap(text: str, width: float, size: float, lines: int) -> list[str]:
    """The text in at most `lines` lines no wider than `width`; what does not fit ends in "…"."""
    words = " ".join(visible(text).split()).split(" ")
    out: list[str] = []
    line = ""
    while words:
        word = words.pop(0)
        joined = f"{line} {word}" if line else word
        if width_of(joined, size) <= width:
            line = joined
        elif line:
            out.append(line)
            line = ""
            words.insert(0, word)
        else:
            cut = _cut(word, width, size)
            out.append(cut)
            words.insert(0, word[len(cut) :])
        if len(out) == lines:
            rest = " ".join([*([line] if line else []), *words])
            if rest:
                out[-1] = _ellipsis(out[-1], width, size)
            return out
    return [*out, line] if line else out


def _cut(word: str, width: float, size: float) -> str:
    count = 1
    while count < len(word) and width_of(word[: count + 1], size) <= width:
        count += 1
    return word[:count]


def _ellipsis(line: str, width: float, size: float) -> str:
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def attributes(**values: str | float | None) -> str:
    """Attributes as text; `class_` is class, other underscores are hyphens; None is left out; numbers are rounded."""
    out = []
    for name, value in values.items():
        if value is None:
            continue
        name = name.rstrip("_").replace("_", "-")
        text = number(value) if isinstance(value, (int, float)) else html.escape(value, quote=True)
        out.append(f' {name}="{text}"')
    return "".join(out)


def number(value: float) -> str:
    """A number with at most one decimal."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def element(name: str, content: str | None = None, **values: str | float | None) -> str:
    """An element; without content it closes itself."""
    head = f"<{name}{attributes(**values)}"
    return f"{head}/>" if content is None else f"{head}>{content}</{name}>"


def text(x: float, y: float, words: str, class_: str, anchor: str | None = None) -> str:
    """One line of text."""
    return element("text", safe(words), x=x, y=y, class_=class_, text_anchor=anchor)


def lines(x: float, y: float, many: list[str], step: float, class_: str, anchor: str | None = None) -> str:
    """Lines of text below one another; y is the first base line."""
    return "".join(text(x, y + n * step, one, class_, anchor) for n, one in enumerate(many))


def link(target: str, content: str, title: str = "") -> str:
    """A link with what it says on hover; the target is an address of this site."""
    return element("a", (element("title", safe(title)) if title else "") + content, href=target)


def picture(
    name: str, form: str, width: float, height: float, title: str, desc: str, body: str, standalone: bool
) -> str:
    """The `svg` element. `name` makes its ids unique on a page; `form` (wide, narrow) says for which width it is.

    Left to right whatever the page's direction is: positions are computed that way. Texts find their own direction.
    """
    ids = f"svp-{name}-{form}"
    style = element("style", sheet()) if standalone else ""
    head = element("title", safe(title), id=f"{ids}-title") + element("desc", safe(desc), id=f"{ids}-desc")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="svp svp-{form}" role="group" direction="ltr"'
        f' aria-labelledby="{ids}-title" aria-describedby="{ids}-desc"'
        f' viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}">'
        f"{head}{style}{body}</svg>"
    )
