"""Tables that become lists on a phone: each cell knows the heading of its column, and rows keep their roles when laid out as blocks.

A style sheet can lay a table out as a list, but cannot name a cell's column, and browsers forget that it is a table once it is laid out
otherwise. Both are written into the page here, once for all templates.
"""

from __future__ import annotations

import re

_TABLE = re.compile(
    r"<table([^>]*)>(\s*<caption.*?</caption>)?\s*<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody>\s*</table>", re.S
)
_ROW = re.compile(r"<tr([^>]*)>(.*?)</tr>", re.S)
_CELL = re.compile(r"<(t[dh])\b([^>]*)>")
_HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.S)
_UNSEEN = re.compile(r'<span class="unseen">.*?</span>', re.S)
_TAG = re.compile(r"<[^>]*>")


def labelled(page: str) -> str:
    """The page, with headings in the cells of its tables."""
    return _TABLE.sub(_table, page) if "<table" in page else page


def _table(found: re.Match[str]) -> str:
    attributes, caption, head, body = found.groups()
    plain = ' class="rows' in attributes or ' class="matrix' in attributes  # their cells say what they are
    headings = [_TAG.sub("", _UNSEEN.sub("", one)).strip().replace('"', "&quot;") for one in _HEADING.findall(head)]
    head = head.replace("<tr>", '<tr role="row">').replace("<th ", '<th role="columnheader" ')

    def row(one: re.Match[str]) -> str:
        places = iter(headings)

        def cell(part: re.Match[str]) -> str:
            label = next(places, "")
            if part[1] == "th":
                return f'<th role="rowheader"{part[2]}>'
            named = "" if plain else f' data-label="{label}"'
            return f'<td role="cell"{named}{part[2]}>'

        return f'<tr role="row"{one[1]}>{_CELL.sub(cell, one[2])}</tr>'

    return (
        f'<table role="table"{attributes}>{caption or ""}<thead role="rowgroup">{head}</thead>'
        f'<tbody role="rowgroup">{_ROW.sub(row, body)}</tbody></table>'
    )
