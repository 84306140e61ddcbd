"""The staff's pages in another language: nothing stays English but names and quotes of the register."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sousveil.web.site import Site
from tests import forked
from tests.web.staff import foreign
from tests.web.staff.people import fill
from tests.web.untranslated import Content, left

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("paula", "peter", "rita", "rolf", "rosa", "bela", "carl", "olga", "omar", "People", "The Operator", "Review One",
         "Review Two", "Board Seat", "Other Paper", "a@example.net", "Glasmoth", "The Log")  # fmt: skip
"""Pseudonyms, and owners of keys."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, locale: Path) -> tuple[dict[str, str], Content]:
    """Whose page and address -> status and text, in CLDR's accented pseudo-locale; and the names that stand in the register."""
    folder = tmp_path_factory.mktemp("staff") / "register"
    fill(folder)
    words = (str(folder), str(locale), "en-xa")
    done = forked.run(words, environment=dict(os.environ), call=foreign.main)
    assert done.returncode == 0, done.stderr.decode()
    site = Site.open(folder)
    try:
        return json.loads(done.stdout), Content(site.store, NAMES)
    finally:
        site.register.close()


def test_every_page_is_seen_by_whom_it_is_for(pages: tuple[dict[str, str], Content]) -> None:
    found = {address: text[:3] for address, text in pages[0].items()}
    assert found == {address: "403" if address == "olga held/" else "200" for address in found}
    assert len(found) == 33


def test_nothing_of_the_staff_s_pages_stays_english(pages: tuple[dict[str, str], Content]) -> None:
    found, names = pages
    assert {address: texts for address, page in found.items() if (texts := left(page, names))} == {}
    assert all('lang="en-xa"' in page for page in found.values())
