"""In headless Chromium at phone width and without script: write, note the receipt, be answered, read, delete; axe on each page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.complaints import carried, offline
from sousveil.complaints.limits import FIRST, RESERVE
from sousveil.complaints.store import today
from tests.axe import violations
from tests.complaints.places import Place, Served, made, served
from tests.profiles import sample

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
playwright = pytest.importorskip("playwright.sync_api", reason="browser (no playwright)")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 6


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Served, Place]]:
    place = made(tmp_path / "complaints")
    with served(place) as running:
        yield running, place


def press(page: Any, name: str) -> None:
    """Press a button, and wait until the page that it leads to is there with its style: before that it has no width."""
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name=name, exact=True).click()


def answered(place: Place, folder: Path) -> None:
    """A handler opens what lies there with their key, offline, and answers each."""
    carried.export(place.store, folder / "stick")
    (folder / "answer.txt").write_text(f"We read it. {LONG}\nWrite to nobody else yet.")
    (folder / "leaflet.pdf").write_bytes(b"%PDF-1.7 invented")
    for file in sorted((folder / "stick").glob("*-001.complaint")):
        opened = offline.open_file(file, [place.identities[1]], folder / "opened")
        made_answer = offline.reply(opened, folder / "answer.txt", [folder / "leaflet.pdf"], folder / "back")
        carried.take_in(place.store, made_answer)
        made_answer.unlink()


def test_journey_without_script_on_a_phone(browser: Any, server: tuple[Served, Place], tmp_path: Path) -> None:
    running, place = server
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://127.0.0.1:{running.port}/")
    assert page.locator("body").inner_text().split("\n")[0] in (
        "Skip to the content",
        "Do not write from the phone you fear is infected, and a printed receipt can betray you.",
    )
    page.get_by_label("What happened?").fill("It was the second phone.\nNobody knows.")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 not a photo")
    page.get_by_label("Files, if you have any").set_input_files(tmp_path / "photo.jpg")
    press(page, "Send, and get the receipt")
    words = page.locator("ol.receipt li").all_inner_texts()
    assert len(words) == 9

    page.get_by_role("link", name="I have a receipt").click()
    page.get_by_label("The nine words of your receipt").fill(" ".join([*words[:5], "wrongly", *words[6:]]))
    press(page, "Open")
    assert page.get_by_role("alert").inner_text().startswith("Word 6 is not a word of receipts.")
    page.get_by_label("The nine words of your receipt").fill(" ".join(words).upper())
    press(page, "Open")
    assert "There is no answer yet." in page.locator("main").inner_text()

    answered(place, tmp_path)
    opened = next((tmp_path / "opened").iterdir())
    assert (opened / "message.txt").read_text() == "It was the second phone.\nNobody knows."
    assert (opened / "file-01").read_bytes() == b"\xff\xd8 not a photo"

    page.get_by_role("link", name="I have a receipt").click()
    page.get_by_label("The nine words of your receipt").fill("\n".join(words))
    press(page, "Open")
    assert "Write to nobody else yet." in page.locator("main").inner_text()
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download “leaflet.pdf”").click()
    assert waiting.value.suggested_filename == "answer-2-file-1.pdf"
    assert Path(waiting.value.path()).read_bytes() == b"%PDF-1.7 invented"
    page.get_by_label("Your message").fill("Thank you.")
    press(page, "Send")
    assert page.locator("h1").inner_text() == "It has arrived"

    page.get_by_role("link", name="I have a receipt").click()
    page.get_by_label("The nine words of your receipt").fill(" ".join(words))
    press(page, "Open")
    page.get_by_label("Yes, delete what I wrote").check()
    press(page, "Delete")
    assert page.locator("h1").inner_text() == "Deleted"
    assert list(place.store.messages(incoming=True)) == []
    assert context.cookies() == []
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{running.port}"}
    context.close()


@pytest.mark.parametrize(
    ("width", "scheme"), sample([(width, scheme) for width in (320, 390, 1280) for scheme in ("light", "dark")], 2)
)
def test_no_violation_and_nothing_too_wide(
    browser: Any, server: tuple[Served, Place], tmp_path: Path, width: int, scheme: str
) -> None:
    running, place = server
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    found: dict[str, Any] = {}

    def look(name: str) -> None:
        for rule, *what in violations(page):
            found[f"{name} {rule}"] = what
        if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0:
            found[f"{name} too wide"] = width

    for path in ("", "receipt", "encrypt", "how", "nothing"):
        page.goto(f"http://127.0.0.1:{running.port}/{path}")
        look(path)
    page.goto(f"http://127.0.0.1:{running.port}/")
    page.get_by_label("What happened?").fill("x")
    press(page, "Send, and get the receipt")
    look("given")
    words = " ".join(page.locator("ol.receipt li").all_inner_texts())
    answered(place, tmp_path)
    for typed in ("one two", words):
        page.goto(f"http://127.0.0.1:{running.port}/receipt")
        page.get_by_label("The nine words of your receipt").fill(typed)
        press(page, "Open")
        look(f"answer to {typed[:3]}")
    page.get_by_label("Your message").fill("more")
    press(page, "Send")
    look("done")
    with place.store.writing() as connection:  # a flood took all that this day opens
        connection.executemany(
            "INSERT OR REPLACE INTO came VALUES (?, ?, ?)", [(today(), one, 1 << 40) for one in (FIRST, RESERVE)]
        )
    page.goto(f"http://127.0.0.1:{running.port}/")
    page.get_by_label("What happened?").fill("x")
    press(page, "Send, and get the receipt")
    assert page.locator("h1").inner_text() == "Too many messages arrive now."
    look("refused")
    context.close()
    assert found == {}


def test_keyboard_alone(browser: Any, server: tuple[Served, Place]) -> None:
    """Skip link first, every stop marked, sent with the keyboard."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server[0].port}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(30):
        page.keyboard.press("Tab")
        tag, outline = page.evaluate(
            "(() => { const e = document.activeElement; return [e.tagName, getComputedStyle(e).outlineStyle]; })()"
        )
        assert outline == "solid", tag
        if tag == "TEXTAREA":
            page.keyboard.type("by keyboard")
        if tag == "BUTTON":
            page.keyboard.press("Enter")
            break
    page.wait_for_selector("ol.receipt")
    assert page.locator("ol.receipt li").count() == 9
    context.close()
