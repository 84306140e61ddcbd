"""Pages in another language: nothing stays English but names and quotes, answers stay the same bytes, right-to-left pages fit."""

from __future__ import annotations

import json
import os
import shutil
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sousveil.register.store import Store
from sousveil.web import conf
from sousveil.web.retelling import Retelling, catalogue_of
from sousveil.web.site import Site
from tests import forked
from tests.web import foreign as foreign_pages
from tests.web.untranslated import Content, left

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "extract_texts.py"
ONE_DATABASE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True, scope="session")  # words are the same


def foreign(register: Path, locale: Path, language: str, *addresses: str) -> dict[str, str]:
    """Address -> page, made by a process that speaks this language. `addresses`: these alone."""
    words = (str(register), str(locale), language, *addresses)
    done = forked.run(words, environment=dict(os.environ), call=foreign_pages.main)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, str] = json.loads(done.stdout)
    return found


def content(folder: Path) -> Content:
    site = Site.open(folder)
    try:
        store: Store = site.store
        return Content(store)
    finally:
        site.register.close()


@ONE_DATABASE
def test_nothing_stays_english_and_answers_are_the_same_bytes(folder: Path, locale: Path) -> None:
    """Every page, and answers of three questions under all packs, in CLDR's accented pseudo-locale."""
    found = foreign(folder, locale, "en-xa")
    del found["css"]
    feeds = json.loads(found.pop("feeds"))
    same = json.loads(found.pop("same"))
    assert len(same) == 6 and same[0::2] == same[1::2]
    assert all("⟦" not in one for one in same)
    names = content(folder)
    assert {address: texts for address, page in found.items() if (texts := left(page, names))} == {}
    assert len(found) > 45
    for page in found.values():
        assert '<html lang="en-xa" dir="ltr">' in page
    assert {address: texts for address, feed in feeds.items() if (texts := left(said_by(feed), names))} == {}
    assert len(feeds) == 5 and all('xml:lang="en-xa"' in feed for feed in feeds.values())
    assert all("⟦" in said_by(feed) for feed in feeds.values())


def said_by(feed: str) -> str:
    """The texts of a feed that people read, as a page."""
    atom = "{http://www.w3.org/2005/Atom}"
    tree = ElementTree.fromstring(feed.encode())
    texts = [one.text or "" for name in ("title", "subtitle", "content") for one in tree.iter(atom + name)]
    return "".join(f"<p>{escape(line)}</p>" for text in texts for line in text.splitlines())


@ONE_DATABASE
def test_that_check_finds_what_is_english(folder: Path) -> None:
    """A page in English has texts that are left, in each of the places where people read or hear them."""
    names = content(folder)
    assert left("<p>⟦áƀć⟧ Nobody knows</p>", names) == ["⟦áƀć⟧ Nobody knows"]
    assert left('<a title="Open it" aria-label="⟦áƀć⟧">Lampyre</a>', names) == ["Open it"]
    assert left("<p>Glasmoth Systems Ltd <code>plain</code><q>quoted</q> L21-a-1 https://a.example/x</p>", names) == []
    assert left("<svg><text>Kingdom of</text><text>Not a name</text></svg>", names) == ["Not a name"]


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@ONE_DATABASE
def test_right_to_left_pages_fit(folder: Path, locale: Path) -> None:
    """Every page in CLDR's right-to-left pseudo-locale, a third longer than English, on a phone and on a desktop."""
    playwright = pytest.importorskip("playwright.sync_api", reason="browser (no playwright)")
    found = foreign(folder, locale, "ar-xb")
    css = found.pop("css")
    del found["same"], found["feeds"]
    over: dict[str, Any] = {}
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(java_script_enabled=True)

        def answer(route: Any) -> None:
            address = route.request.url.removeprefix("http://register.example")
            style = address.endswith(".css")
            route.fulfill(
                body=css if style else found[address],
                content_type="text/css" if style else "text/html; charset=utf-8",
            )

        page.route("**/*", answer)
        for address, text in found.items():
            assert '<html lang="ar-xb" dir="rtl">' in text, address
            page.goto("http://register.example" + address)
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                start = page.evaluate("(e => e.getBoundingClientRect().right)(document.querySelector('h1'))")
                if wide > 0 or start < width * 0.8:
                    over[f"{address} at {width}"] = (wide, start)
        browser.close()
    assert over == {}


def test_no_style_knows_left_or_right() -> None:
    """Only logical properties, so that right-to-left pages mirror by themselves."""
    import re

    css = (ROOT / "src/sousveil/web/static/register.css").read_text("utf-8")
    css += (ROOT / "src/sousveil/web/pictures/pictures.css").read_text("utf-8")
    sided = re.compile(
        r"(?<![\w-])(?:margin|padding|border)-(?:left|right)\b|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:"
    )
    assert sided.findall(css) == []


def test_the_catalogue_is_what_the_code_says() -> None:
    words = [str(SCRIPT), "--check"]
    assert forked.run(words, environment=dict(os.environ), call=forked.script).returncode == 0


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("en-XA,en;q=0.5", "en-xa"),
        ("ar-XB", "ar-xb"),
        ("en-GB", "en"),
        ("de, ar-xb;q=0.3", "ar-xb"),
        ("ar-xb;q=0, de", "en"),
        ("", "en"),
    ],
)
def test_language_of_a_browser(locale: Path, accepted: str, chosen: str) -> None:
    offered = conf.languages(locale)
    assert offered == ("en", "ar-xb", "en-xa")
    assert conf.choose(accepted, offered) == chosen


CATALOGUE = {
    "A law of {state} in force{enforced} that provides: {missing}.": "Ein Gesetz: {missing} ({state}{enforced}).",
    "{need} On file, but it does not count: {why}.": "{need} Vorhanden, zählt nicht: {why}.",
    " and enforced": "und angewandt",
    "and enforced": "und angewandt",
    "duties of vendors": "Pflichten der Verkäufer",
    "duties of investors": "Pflichten der Anleger",
    "{name}: somebody reports the opposite": "{name}: jemand berichtet das Gegenteil",
    "Court": "Gericht",
    "Kind": "Art",
    "infected: an infection was proven": "befallen: ein Befall ist bewiesen",
    "August": "Augusto",
    "{a}: {b}": "never: no word stands fast",
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Court", "Gericht"),
        ("  Court ", "  Gericht "),
        ("Mill Court Ltd", "Mill Court Ltd"),
        ("Mirror: Mill", "Mirror: Mill"),
        (
            "A law of Calder in force and enforced that provides: duties of vendors, duties of investors.",
            "Ein Gesetz: Pflichten der Verkäufer, Pflichten der Anleger (Calder und angewandt).",
        ),
        (
            (
                "A law of Calder in force that provides: duties of vendors. On file, but it does not count: Act: somebody reports "
                "the opposite."
            ),
            "Ein Gesetz: Pflichten der Verkäufer (Calder). Vorhanden, zählt nicht: Act: jemand berichtet das Gegenteil.",
        ),
        ("Lens – kind: infected: an infection was proven", "Lens – Art: befallen: ein Befall ist bewiesen"),
        ("Request – answer due on: 1 August 2026", "Request – answer due on: 1 Augusto 2026"),
        ("August 2026", "Augusto 2026"),
        ("A law of Calder, nobody knows", "A law of Calder, nobody knows"),
    ],
)
def test_a_text_that_was_put_together_is_told(text: str, told: str) -> None:
    assert Retelling(CATALOGUE)(text) == told


def test_telling_is_not_made_slow() -> None:
    """Patterns are tried from left to right once: a text that nearly fits them all costs little."""
    import time

    text = ("A law of in force that provides: On file, but it does not count: " * 300)[:19_000]
    before = time.process_time()
    Retelling(CATALOGUE)(text)
    assert time.process_time() - before < 2


def test_compiled_catalogues_are_read_as_gettext_reads_them(locale: Path) -> None:
    import gettext

    file = locale / "en_XA" / "LC_MESSAGES" / "django.mo"
    with file.open("rb") as opened:
        known = gettext.GNUTranslations(opened)
    found = catalogue_of(file)
    assert len(found) > 3_000
    assert found["Sources and licences"] == "⟦Śóúŕćéś áńď ĺíćéńćéś ·⟧"
    plain = [text for text in found if known.gettext(text) != text]
    assert all(known.gettext(text) == found[text] for text in plain) and len(plain) > 3_000
