"""report.html in a real browser: nothing wider than a phone's screen, no live link, no script, nothing loaded."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from case_maker import case, finding, hostile_case, told

from sousveil.cases.model import Case
from sousveil.cases.report import report_html
from tests.profiles import sample

pytestmark = pytest.mark.browser

HASHES = tuple(
    (name, "5c" * 32)
    for name in "explain.json findings.json manifest.json observables.parquet records/ios.osanalytics_addaily.parquet "
    "report.json run.json summary.txt timeline.parquet".split()
)

# Shows the report in a frame of the width in question and writes down what the browser made of it.
_HARNESS = """<!doctype html><meta charset="utf-8"><body><pre id="out">not measured</pre>
<iframe style="width:{width}px;height:2000px;border:0" srcdoc="{report}"></iframe>
<script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  document.getElementById("out").textContent = JSON.stringify({{
    over: page.documentElement.scrollWidth - page.documentElement.clientWidth, scripts: page.scripts.length,
    live: [...page.links].filter(a => !a.getAttribute("href").startsWith("#")).length,
    loaded: performance.getEntriesByType("resource").length, heading: page.querySelector("h1").textContent.trim(),
  }});
}};
</script>"""


def measured(report: bytes, width: int, folder: Path) -> dict[str, object]:
    page = folder / f"page-{width}.html"
    page.write_text(_HARNESS.format(width=width, report=html.escape(report.decode(), quote=True)), "utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout.decode(), re.S)
    assert found is not None
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("which", ["ordinary", "hostile"])
def test_fits_and_is_dead(which: str, width: int, tmp_path: Path) -> None:
    one: Case = case(finding(1), finding(2)) if which == "ordinary" else hostile_case()
    report = report_html(
        one, told(one, "One plain sentence.", label="K", evidence="ab" * 32, hashes=HASHES, read=(24_020, 24_020))
    )
    assert measured(report, width, tmp_path) == {
        "over": 0,
        "live": 0,
        "scripts": 0,
        "loaded": 0,
        "heading": "One plain sentence",
    }


@pytest.mark.parametrize(
    ("width", "colours"), sample([(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], 2)
)
def test_everybody_can_read_it(width: int, colours: Literal["light", "dark"], tmp_path: Path) -> None:
    """No violation that axe knows, on a phone and on a desk, in both colours; and 27 findings take at most nine sheets."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright
    from test_terminal import FACTS, many

    made = many()
    (tmp_path / "report.html").write_bytes(report_html(made, told(made, hashes=HASHES, **FACTS)))
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=colours)
        page.goto((tmp_path / "report.html").as_uri())
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
        browser.close()
    assert 1 < sheets <= 9
