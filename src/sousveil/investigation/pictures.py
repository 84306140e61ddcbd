"""Pictures of a comparison and of working hours: SVG without script, style attributes or anything from elsewhere.

Each is 360 units wide, so that a telephone shows its texts at their size. A title and a description say in words what it shows.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence

from sousveil.investigation.correlation import Comparison, Correlation, Phone
from sousveil.kinds import visible
from sousveil.texts import messages, t

WIDTH, MARGIN, LINE = 360, 12, 20
MARKS_MOST = 400
"""Occasions drawn one by one in one strip."""
SHEET = """
svg.inv { display: block; max-width: 100%; height: auto; font-family: system-ui, "DejaVu Sans", sans-serif; background: #fff; }
svg.inv text { fill: #1a1a1a; font-size: 14px; }
svg.inv .soft { fill: #595959; font-size: 13px; }
svg.inv .strong { font-weight: 600; }
svg.inv .axis { stroke: #8a929a; stroke-width: 1; }
svg.inv .zero { stroke: #1a1a1a; stroke-width: 1.5; }
svg.inv .window { fill: #dbe8f5; }
svg.inv .near { fill: #0b4f8a; fill-opacity: .8; }
svg.inv .far { fill: #fff; stroke: #595959; stroke-width: 1.3; }
@media (prefers-color-scheme: dark) {
  svg.inv { background: #14171a; }
  svg.inv text { fill: #f0f2f4; }
  svg.inv .soft { fill: #b4bcc4; }
  svg.inv .zero { stroke: #f0f2f4; }
  svg.inv .window { fill: #22384d; }
  svg.inv .near { fill: #8cc4ff; }
  svg.inv .far { fill: #14171a; stroke: #b4bcc4; }
}
@media (forced-colors: active) {
  svg.inv { background: Canvas; }
  svg.inv text, svg.inv .soft, svg.inv .near { fill: CanvasText; }
  svg.inv .axis, svg.inv .zero { stroke: CanvasText; }
  svg.inv .window { fill: none; stroke: CanvasText; stroke-dasharray: 4 3; }
  svg.inv .far { fill: Canvas; stroke: CanvasText; }
}
"""
_TICKS = {
    "second": ((60, "minute"), (3_600, "hour"), (86_400, "day"), (2_592_000, "month")),
    "day": ((7, "week"), (30, "month"), (365, "year")),
}


def name_of_kind(kind: str) -> str:
    """The name of a kind of events; a kind that the holders named keeps its words."""
    id = f"investigation.kind_of_event.{kind}"
    return t(id) if id in messages() else visible(kind, 60)


def figure(number: float) -> str:
    """A probability or a mean number, short."""
    return f"{number:.2g}"


def duration(value: float | None, unit: str) -> str:
    """Seconds or days with their unit; `-` for none."""
    if value is None:
        return "-"
    return t(f"investigation.duration.{unit}", n=f"{value:,.0f}")


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{kind}>{html.escape(visible(words))}</text>'


def _picture(name: str, height: float, title: str, description: str, body: str) -> str:
    """A whole picture. `name` makes its ids unique on a page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="inv" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"><title id="{name}-title">'
        f'{html.escape(visible(title))}</title><desc id="{name}-desc">{html.escape(visible(description, 2_000))}</desc>'
        f"<style>{SHEET}</style>{body}</svg>"
    )


def _wrapped(words: str, letters: int = 46) -> Iterator[str]:
    """A text in lines of about the width of a picture."""
    line = ""
    for word in visible(words, 600).split():
        if line and len(line) + len(word) + 1 > letters:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def _place(value: float, unit: str) -> float:
    """Where a delay stands: 0 in the middle, then finer near it and coarser further away, the same on both sides."""
    most, scale = _TICKS[unit][-1][0], _TICKS[unit][0][0] / 3
    share = math.asinh(min(abs(value), most) / scale) / math.asinh(most / scale)
    return WIDTH / 2 + math.copysign(share, value) * (WIDTH / 2 - 2 * MARGIN)


def _strip(y: float, comparison: Comparison, made: Correlation) -> str:
    """The axis of one kind with a mark for each occasion: filled where an event followed within the limit."""
    low, high = (
        (-made.clock_error, made.within + made.clock_error) if made.unit == "second" else (-made.within, made.within)
    )
    left, right, middle = _place(low, made.unit), _place(high, made.unit), WIDTH / 2
    out = [
        f'<rect class="window" x="{left:.1f}" y="{y:.0f}" width="{right - left:.1f}" height="40"/>',
        f'<line class="axis" x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y + 40:.0f}" y2="{y + 40:.0f}"/>',
        f'<line class="zero" x1="{middle:.0f}" x2="{middle:.0f}" y1="{y:.0f}" y2="{y + 45:.0f}"/>',
    ]
    stacked: dict[int, int] = {}
    for delay in sorted(comparison.delays, key=abs)[:MARKS_MOST]:
        x = _place(delay, made.unit)
        level = stacked[round(x / 6)] = stacked.get(round(x / 6), 0) + 1
        style = "near" if low <= delay <= high else "far"
        out.append(f'<circle class="{style}" cx="{x:.1f}" cy="{y + 40 - min(level * 7 - 2, 38):.0f}" r="3.5"/>')
    return "".join(out)


def _axis(y: float, unit: str) -> str:
    """The words below the strips."""
    out = [_text(WIDTH / 2, y, t("investigation.axis.selection"), "soft", "middle")]
    for tick, name in _TICKS[unit][1:]:
        for sign, mark in ((-1, "−"), (1, "+")):
            out.append(
                _text(_place(sign * tick, unit), y, t(f"investigation.axis.{name}", sign=mark), "soft", "middle")
            )
    return "".join(out)


def _sentence(comparison: Comparison) -> str:
    """What one comparison shows."""
    if comparison.probability is None or comparison.corrected is None:
        return t("investigation.picture.nothing", kind=name_of_kind(comparison.kind))
    return t(
        "investigation.picture.near",
        kind=name_of_kind(comparison.kind),
        near=comparison.near,
        n=comparison.selections,
        expected=figure(comparison.expected),
        probability=figure(comparison.corrected),
    )


def _strips(name: str, title: str, comparisons: Sequence[Comparison], made: Correlation) -> str:
    body, y = [], 24.0
    for line in _wrapped(title):
        body.append(_text(MARGIN, y, line, "strong"))
        y += LINE
    for comparison in comparisons:
        y += 8
        for line in _wrapped(_sentence(comparison)):
            body.append(_text(MARGIN, y, line))
            y += LINE
        if comparison.delays:
            body.append(_strip(y - 10, comparison, made))
            body.append(_axis(y + 50, made.unit))
            y += 66
    for line in _wrapped(t("investigation.picture.legend")):
        y += 18
        body.append(_text(MARGIN, y, line, "soft"))
    description = " ".join([*map(_sentence, comparisons), t("investigation.limit.selected")])
    return _picture(name, y + 14, title, description, "".join(body))


def picture_of_phone(phone: Phone, made: Correlation) -> str:
    """One phone: a strip for each kind of event."""
    title = t(f"investigation.picture.phone_{made.unit}", label=phone.label)
    return _strips(f"{made.unit}-{phone.label}", title, phone.comparisons, made)


def picture_of_all(made: Correlation) -> str:
    """All phones: a strip for each kind of event."""
    return _strips(
        f"{made.unit}-all", t(f"investigation.picture.all_{made.unit}", n=len(made.phones)), made.whole, made
    )


def picture_of_hours(name: str, title: str, hours: Sequence[int]) -> str:
    """Selections by hour of the day in UTC: 24 columns."""
    most, top, base = max(*hours, 1), 40, 120
    body = [_text(MARGIN, 24, title, "strong")]
    step = (WIDTH - 2 * MARGIN) / 24
    for hour, count in enumerate(hours):
        height = (base - top) * count / most
        x = MARGIN + hour * step
        body.append(
            f'<rect class="near" x="{x:.1f}" y="{base - height:.1f}" width="{step - 2:.1f}" height="{height:.1f}"/>'
        )
        if hour % 6 == 0:
            body.append(_text(x, base + 18, f"{hour:02}:00", "soft"))
    body.append(f'<line class="axis" x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{base}" y2="{base}"/>')
    description = t(
        "investigation.picture.hours", counts=", ".join(f"{hour:02}:00 {n}" for hour, n in enumerate(hours) if n)
    )
    return _picture(name, base + 32, title, description, "".join(body))


__all__ = ["duration", "figure", "name_of_kind", "picture_of_all", "picture_of_hours", "picture_of_phone"]
