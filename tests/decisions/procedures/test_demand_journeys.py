"""The stories of docs/guides/demands, step by step in headless Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.api import gate
from sousveil.desk import bidders
from sousveil.ledger.keys import PrivateKey
from sousveil.register import review
from sousveil.register.codes import Role
from sousveil.register.register import Register
from tests.decisions.procedures.clerk import Clerk

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
playwright = pytest.importorskip("playwright.sync_api", reason="browser (no playwright)")

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "guides" / "demands"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
QUOTED = r"“([^”]+)”"
WAIT = 20_000
"""Milliseconds that one step may take."""


def steps(guide: Path) -> list[str]:
    """The numbered lines of a story."""
    return re.findall(r"^\d+\. (.+)$", guide.read_text("utf-8"), re.MULTILINE)


def test_there_is_a_story_for_each_letter() -> None:
    assert sorted(one.stem for one in GUIDES.glob("?.md")) == list("abcdefghijkl")
    assert all(steps(one) for one in GUIDES.glob("?.md"))


def test_the_list_of_stories_counts_their_steps() -> None:
    listed = re.findall(
        r"\]\(([a-l])\.md\): (\d+) steps, (\d+) signatures?$", (GUIDES / "README.md").read_text("utf-8"), re.MULTILINE
    )
    counted = [(one.stem, steps(one)) for one in sorted(GUIDES.glob("?.md"))]
    signed = [(stem, len(many), sum(step.startswith("Sign ") for step in many)) for stem, many in counted]
    assert [(stem, int(many), int(keys)) for stem, many, keys in listed] == signed


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize("letter", list("abcdefghijkl"))
def test_journey(browser: Any, clerk: Clerk, letter: str) -> None:
    context = browser.new_context(
        viewport={"width": 390 if letter in "aeim" else 1280, "height": 900}, java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(WAIT)
    outside: list[str] = []
    page.on(
        "request", lambda request: outside.append(request.url) if not request.url.startswith(clerk.address) else None
    )
    told = steps(GUIDES / f"{letter}.md")
    before = {path: page_of(page, clerk, path) for path, _ in effects(told)}
    page.goto(clerk.address)
    for one in told:
        take(page, clerk, one)
    assert outside == []
    assert [text for path, text in effects(told) if text not in before[path]], (
        "nothing new is read after the publication"
    )
    assert context.cookies() == []
    context.close()


def effects(told: list[str]) -> list[tuple[str, str]]:
    """What a story reads on a page that it opens after the first publication: address and text."""
    found, path, published = [], "", False
    for one in told:
        if opened := re.fullmatch(r"Open `([^`]+)`\.", one):
            path = opened[1]
        elif one.startswith(("Press", "Follow")):
            path, published = "", published or one in ("Press “Hand in”.", "Press “Screen”.")
        elif published and path and (read := re.fullmatch(rf"Read {QUOTED}\.", one)):
            found.append((path, read[1]))
    return found


def page_of(page: Any, clerk: Clerk, path: str) -> str:
    """What a page says now, in its folds too; nothing where there is none yet."""
    return " ".join(page.locator("main").text_content().split()) if opened(page, clerk, path).status == 200 else ""


def opened(page: Any, clerk: Clerk, path: str) -> Any:
    """The answer for an address, which may have a fragment: from the same page there would be none."""
    page.goto("about:blank")
    return page.goto(f"{clerk.address}/{path}")


def take(page: Any, clerk: Clerk, step: str) -> None:
    """One step of a story; a step that is not understood fails."""
    if found := re.fullmatch(r"Open `([^`]+)`\.", step):
        assert opened(page, clerk, found[1]).status == 200, step
    elif found := re.fullmatch(rf"Follow {QUOTED}\.", step):
        page.get_by_role("link", name=found[1], exact=True).first.click()
    elif found := re.fullmatch(rf"Unfold {QUOTED}\.", step):
        page.locator("summary").filter(has_text=found[1]).first.click()
    elif found := re.fullmatch(rf"Enter {QUOTED}: (.+)", step):
        field(page, found[1]).fill(found[2])
    elif found := re.fullmatch(rf"Choose {QUOTED}: (.+)", step):
        choice = field(page, found[1])
        options = [
            text
            for text in choice.locator("option").all_inner_texts()
            if text.split(": ")[0] == found[2].split(": ")[0]
        ]
        assert len(options) == 1, (step, choice.locator("option").all_inner_texts())
        choice.select_option(label=options[0])
    elif found := re.fullmatch(rf"Tick {QUOTED}: (.+)", step):
        group = page.get_by_role("group", name=re.compile(rf"^{re.escape(found[1])}( \(needed\))?$"))
        for name in found[2].split("; "):
            group.get_by_label(name, exact=True).check()
    elif found := re.fullmatch(r"Sign `payload\.json` with the key of `([a-z-]+)`\.", step):
        sign(page, clerk, found[1])
    elif found := re.fullmatch(r"Sign `payload\.json` with the keys of ((?:`[a-z-]+`(?:, | and )?)+)\.", step):
        sign(page, clerk, *re.findall(r"`([a-z-]+)`", found[1]))
    elif found := re.fullmatch(rf"Have the operator register a key of {QUOTED} as `([a-z-]+)`\.", step):
        register_key(clerk, found[1], found[2])
    elif found := re.fullmatch(r"Write `([a-z.]+)` with the lines: (.+)\.", step):
        (clerk.folder / found[1]).write_text(found[2].replace("; ", "\n") + "\n", encoding="utf-8")
    elif found := re.fullmatch(r"Sign `([a-z.]+)` for today and the tender (\S+) with the key of `([a-z-]+)`\.", step):
        file = clerk.folder / found[1]
        signature = ssh_sign(file, clerk.keys / f"{found[3]}.key", bidders.purpose(review.today(), found[2]))
        page.get_by_label(re.compile(r"^The list, CSV")).set_input_files(str(file))
        page.get_by_label(re.compile(r"^The signature: ")).fill(signature)
    elif found := re.fullmatch(rf"Download with {QUOTED} as `([a-z.]+)`\.", step):
        with page.expect_download() as started:
            page.get_by_role("button", name=found[1], exact=True).click()
        started.value.save_as(str(clerk.folder / found[2]))
    elif found := re.fullmatch(rf"Choose the file `([a-z.]+)` as {QUOTED}\.", step):
        field(page, found[2]).set_input_files(str(clerk.folder / found[1]))
    elif found := re.fullmatch(rf"Press {QUOTED}\.", step):
        page.get_by_role("button", name=found[1], exact=True).click()
    elif found := re.fullmatch(rf"Read {QUOTED}\.", step):
        assert found[1] in said(page), f"{step}\n{said(page)}"
    elif found := re.fullmatch(rf"Do not read {QUOTED}\.", step):
        assert found[1] not in said(page), step
    else:
        raise AssertionError(f"This step is not understood: {step}")


def register_key(clerk: Clerk, owner: str, name: str) -> None:
    """What an operator does at the register's machine: a key made, and registered for the entity of this name."""
    key = PrivateKey.new()
    key.save(clerk.keys / f"{name}.key")
    with Register.open(clerk.keys.parent, gate=gate) as register:
        [entity] = {
            register.store.canonical(one.statement.subject)
            for one in register.store.iter_statements()
            if one.statement.property == "name" and one.statement.value == owner
        }
        register.key_add(key.public.raw.hex(), entity, Role.PUBLISHER)


def ssh_sign(file: Path, key: Path, namespace: str) -> str:
    """The signature of a file by ssh-keygen."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return file.with_name(f"{file.name}.sig").read_text(encoding="utf-8")


def field(page: Any, label: str) -> Any:
    """The field that bears this label."""
    return page.get_by_label(re.compile(rf"^{re.escape(label)}( \(needed\))?$"))


def sign(page: Any, clerk: Clerk, *keys: str) -> None:
    """Download what is to be signed, sign it with ssh-keygen with each key, and choose the files of the signatures."""
    with page.expect_download() as started:
        page.get_by_role("button", name="Download payload.json").click()
    payload = Path(started.value.path()).read_bytes()
    files = [clerk.folder / f"payload.json.{key}.sig" for key in reversed(keys)]
    for file, key in zip(files, reversed(keys), strict=True):
        file.write_bytes(clerk.sign(payload, key))
    page.get_by_label("The file payload.json.sig").set_input_files([str(file) for file in files])


def said(page: Any) -> str:
    """The text of the page, spaces made one."""
    return " ".join(page.locator("main").inner_text().split())
