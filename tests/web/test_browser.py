"""The pages in headless Chromium: accessibility (axe-core), no script, keyboard only, phone and desktop, light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.web.outer import Outer
from tests.axe import violations
from tests.profiles import sample, share
from tests.web.routes import pages, parts_of
from tests.web.serving import served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.parametrize("new_database", ["sqlite"], indirect=True, scope="session"),  # a browser sees no difference
]
playwright = pytest.importorskip("playwright.sync_api", reason="browser (no playwright)")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def address(made_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    copy = Path(shutil.copytree(made_example, tmp_path_factory.mktemp("browsed") / "register"))
    with served(copy) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


def addresses(app: Outer) -> list[str]:
    return [
        *pages(app),
        "/search?q=Glasmoth",
        "/screening?name=Glasmoth",
        "/nothing-here",
        "/map?country=xa",
        "/states?show=acts&sort=name",
        "/overdue?as_of=2031-01-01",
        "/remedy?host=xb&home=xa",
        "/company/glasmoth-systems-ltd?as_of=2024-01-01",
        f"/reconcile/preview/{parts_of(app)['id']}",
    ]


WINDOWS = sample([(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], 2)
"""On a quick run each page is opened in one of two windows, on a full run in all four."""


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_no_violation_and_nothing_too_wide(browser: Any, address: str, app: Outer, width: int, scheme: str) -> None:
    asked: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    found: dict[str, Any] = {}
    for path in share(addresses(app), WINDOWS.index((width, scheme)), len(WINDOWS)):
        page.goto(address + path)
        page.evaluate(
            "document.querySelectorAll('details').forEach(e => { e.open = true; })"
        )  # what is folded is not checked
        if wrong := violations(page):
            found[path] = wrong
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found[f"{path} too wide"] = over
    context.close()
    assert found == {}
    assert {url.split("/")[2] for url in asked} == {address.removeprefix("http://")}


def test_nothing_goes_sideways(browser: Any, address: str, app: Outer) -> None:
    """No page is wider than the window; on a phone no part of one but its filters has to be pushed sideways either."""
    context = browser.new_context()
    page = context.new_page()
    found: dict[str, Any] = {}
    for path in addresses(app):
        page.goto(address + path)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            inner = page.evaluate(
                "[...document.querySelectorAll('main *:not(.filters dd)')]"
                ".filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)"
                " && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 90))"
            )
            if over > 0 or (width == 360 and inner):
                found[f"{path} at {width}"] = (over, inner)
    context.close()
    assert found == {}


def test_a_table_is_a_list_on_a_phone(browser: Any, address: str) -> None:
    """Each cell with the heading of its column, in a row of its own; on a desktop it is a table."""
    context = browser.new_context(viewport={"width": 360, "height": 900})
    page = context.new_page()
    page.goto(address + "/log")
    row = page.locator(".scroll tbody tr").first
    assert row.locator("td").evaluate_all("all => all.map(e => e.dataset.label)") == ["Entry", "What", "By", "Recorded"]
    tops = row.locator("td").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))
    said = row.locator("td").nth(1).evaluate("e => getComputedStyle(e, '::before').content")
    assert said == '"What: "'
    assert page.get_by_role("cell").count() > 20
    page.set_viewport_size({"width": 1280, "height": 900})
    assert len(set(row.locator("td").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)"))) == 1
    context.close()


def test_a_long_link_breaks_within_its_sentence(browser: Any, address: str) -> None:
    """No link of the foot or of a list of facts is a box: what stands behind it goes on in the same line."""
    context = browser.new_context(viewport={"width": 375, "height": 900})
    page = context.new_page()
    for path in ("/", "/log/keys"):
        page.goto(address + path)
        shown = page.locator("footer p a, dl.facts dd a").evaluate_all(
            "all => [...new Set(all.map(e => getComputedStyle(e).display))]"
        )
        assert shown == ["inline"], path
    context.close()


def test_the_header_is_low_on_a_phone(browser: Any, address: str, app: Outer) -> None:
    """At most 110 px at 390 px, with its five groups reachable without a script."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path in ("/", "/states", f"/entities/{parts_of(app)['id']}", "/help", "/api"):
        page.goto(address + path)
        assert page.locator(".top").bounding_box()["height"] <= 110, path
        groups = page.locator(".groups a").evaluate_all("all => all.map(e => e.textContent)")
        assert groups == ["Look up", "States", "Check", "Get help", "About"]
    context.close()


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_longer_languages_fit_into_the_header(browser: Any, address: str, direction: str) -> None:
    """With words twice as long the page grows neither in width nor the header in height, and every group can be reached."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address + "/states")
    page.evaluate(
        "direction => { document.documentElement.dir = direction;"
        " document.querySelectorAll('.groups a, .top .name a').forEach(e => { e.firstChild.textContent += ' Überprüfungsstelle'; }); }",
        direction,
    )
    assert page.locator(".top").bounding_box()["height"] <= 110
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for group in page.locator(".groups a").all():
        group.scroll_into_view_if_needed()
        box = group.bounding_box()
        assert box["x"] > -1 and box["x"] + box["width"] < 391, group.text_content()
    context.close()


def test_the_page_of_a_company_is_folded(browser: Any, address: str, app: Outer) -> None:
    """Its facts are rows under topics of which at most two are open, in two screens of a desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/entities/{parts_of(app)['id']}")
    assert page.locator("details.topic[open]").count() <= 2 < page.locator("details.topic").count()
    assert page.locator("main").bounding_box()["height"] <= 1806
    context.close()


def test_journey_without_script(browser: Any, address: str) -> None:
    """From the first page by search to a claim, its log entry and its receipt, and back; no script, no cookie."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(address + "/")
    page.get_by_label("Search a company, product, State or case").fill("Glasmoth")
    page.get_by_role("button", name="Search").first.click()
    page.locator("main .hits a").first.click()
    assert page.locator("h1").inner_text()
    page.locator("#identity > summary").click()
    page.locator("#identity td a").first.click()
    page.locator("main a", has_text="log entry").last.click()
    assert page.locator("h1").inner_text().startswith("Log entry")
    with page.expect_download() as waiting:
        page.get_by_text("Download the receipt").click()
    assert Path(waiting.value.path()).read_text("utf-8").startswith("c2sp.org/tlog-proof@v1\n")
    page.get_by_role("link", name="Screen a list of names").click()
    page.get_by_label("Name", exact=True).fill("Glasmoth")
    page.get_by_role("button", name="Screen", exact=True).click()
    assert "1 screened, 1 with hits." in page.locator("main").inner_text()
    assert context.cookies() == []
    context.close()


def test_keyboard_alone(browser: Any, address: str) -> None:
    """Skip link first; every stop is visible and marked; search with Enter."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(address + "/")
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();"
            " return [e.tagName, s.outlineStyle, r.width > 0 && r.height > 0]; })()"
        )
        if seen[0] == "BODY":
            break
        assert seen[1] == "solid" and seen[2], seen
        if page.evaluate("document.activeElement.id") == "q":
            page.keyboard.type("Glasmoth")
            page.keyboard.press("Enter")
            break
    page.wait_for_url("**/search?q=Glasmoth")
    assert page.locator("main mark").count() > 0
    context.close()


def test_large_text_and_small_targets(browser: Any, address: str, app: Outer) -> None:
    """At 200 % text on a phone nothing runs out of the page (WCAG 1.4.4, 1.4.10)."""
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    for path in addresses(app):
        page.goto(address + path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path
    context.close()


def test_an_answer_is_folded_on_the_screen_and_printed_whole(browser: Any, address: str) -> None:
    """Asked by the form without a script; the folded rules open by themselves on paper."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(address + "/decide")
    asked = {
        "product": "Lampyre",
        "supplier": "Glasmoth Systems Ltd",
        "end_user": "Kingdom of Averna",
        "country_of": "xb",
    }
    for name, value in asked.items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="Check").click()
    assert page.locator("h1").inner_text() == "BLOCKED"
    folded = page.locator("details.pack details.rule .claim .value")
    assert folded.count() > 10
    assert not folded.first.is_visible()
    page.emulate_media(media="print")
    assert all(folded.nth(at).bounding_box()["height"] > 10 for at in range(folded.count()))
    page.emulate_media(media="screen")
    page.locator("#proof > summary").click()
    page.locator("details.pack > summary").first.click()
    page.locator("details.rule > summary").first.click()
    assert folded.first.is_visible()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_guided_form_from_its_first_error_to_the_file_to_sign(browser: Any, address: str, width: int) -> None:
    """Each page of the way has no violation and is not too wide; the summary of errors is in sight, and its links lead to the fields."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()

    def looked_at(title: str) -> None:
        assert title in page.title()
        assert violations(page) == [], title
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, title

    def go_on(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    page.goto(address + "/publish/incident")
    go_on("Continue")
    looked_at("Error: Report an incident, step 1 of 4")
    page.get_by_label("Name of your organization").fill("Open Phones Collective")
    go_on("Continue")
    looked_at("Report an incident, step 2 of 4")
    go_on("Continue")
    looked_at("Error: Report an incident, step 2 of 4")
    assert 0 <= page.locator("#problems").bounding_box()["y"] < 100
    page.get_by_role("link", name="Enter how many people are concerned").click()
    assert page.evaluate("document.activeElement.id") == "f-targets" or page.url.endswith("#f-targets")
    page.get_by_label("Targeted:").check()
    page.get_by_label("How many people?").fill("3")
    page.get_by_label("journalists and others who work in the media").check()
    go_on("Continue")
    page.get_by_label("Source", exact=False).first.fill("https://open-phones.example/report-7")
    page.get_by_label("Reported:").check()
    go_on("Continue")
    looked_at("Report an incident, step 4 of 4")
    assert "fewer than 5" in page.locator("main").inner_text()
    go_on("Prepare for signing")
    looked_at("Error: Report an incident, step 4 of 4")
    page.get_by_label("The people concerned agreed").check()
    go_on("Prepare for signing")
    looked_at("Ready to be signed")
    context.close()
