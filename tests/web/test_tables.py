"""Cells know the heading of their column, whatever stands in it."""

from __future__ import annotations

from sousveil.web.tables import labelled


def test_headings_go_into_the_cells() -> None:
    page = (
        '<p><table class="m"><thead><tr><th scope="col">Who</th><th scope="col" class="number"><a href="x">A &amp; "B"</a>'
        '<span class="unseen"> long</span></th></tr></thead><tbody>\n<tr><th scope="row">One</th><td class="number">1</td></tr>'
        "\n<tr><td>Two</td><td></td></tr></tbody></table></p>"
    )
    assert labelled(page) == (
        '<p><table role="table" class="m"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Who</th>'
        '<th role="columnheader" scope="col" class="number"><a href="x">A &amp; "B"</a><span class="unseen"> long</span></th></tr>'
        '</thead><tbody role="rowgroup">\n<tr role="row"><th role="rowheader" scope="row">One</th>'
        '<td role="cell" data-label="A &amp; &quot;B&quot;" class="number">1</td></tr>\n'
        '<tr role="row"><td role="cell" data-label="Who">Two</td><td role="cell" data-label="A &amp; &quot;B&quot;"></td></tr>'
        "</tbody></table></p>"
    )
    assert labelled("<p>No table</p>") == "<p>No table</p>"


def test_a_table_of_facts_keeps_its_caption_and_the_ids_of_its_rows() -> None:
    """Its cells say what they are: they need no heading on a phone, only their roles."""
    page = (
        '<table class="rows"><caption class="unseen">Lists</caption><thead><tr><th scope="col">What</th></tr></thead><tbody>'
        '<tr id="r-1"><td>One</td></tr></tbody></table>'
    )
    assert labelled(page) == (
        '<table role="table" class="rows"><caption class="unseen">Lists</caption><thead role="rowgroup"><tr role="row">'
        '<th role="columnheader" scope="col">What</th></tr></thead><tbody role="rowgroup"><tr role="row" id="r-1">'
        '<td role="cell">One</td></tr></tbody></table>'
    )
