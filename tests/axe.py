"""What axe-core finds on a page that a browser shows."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

CONFORMANCE = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Any, rules: Sequence[str] = CONFORMANCE) -> list[list[str]]:
    """Rule, first place and what is wrong there, of each violation; without `rules`, of those that axe takes by itself.
    Nothing else leaves the browser: what axe says of all that is right takes longer than its search."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8") + "\n0")
    found: list[list[str]] = page.evaluate(
        "async rules => (await axe.run(document, rules.length ? {runOnly: rules} : {})).violations"
        ".map(v => [v.id, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary])",
        list(rules),
    )
    return found
