"""What a browser does with hostile texts, and a passkey's answer that is sent again: in headless Chromium."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from sousveil.decisions.api import gate
from sousveil.errors import SousveilError
from sousveil.ledger.keys import PrivateKey
from sousveil.register import types
from sousveil.register.admission import Published
from sousveil.register.codes import Role
from sousveil.register.model import Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.types import Kind
from tests import forked
from tests.attack.acts import invited
from tests.attack.field import Field, Result, Tally
from tests.register.maker import private, said
from tests.web.staff.people import COMPANY, ENVIRONMENT, KEYS
from tests.web.staff.visitor import Visitor

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
MARKUP = (
    "owned <script>window.owned=1</script><img src=//evil.example/x onerror=window.owned=1><b id=owned>x</b>\"'>"
    "<svg onload=window.owned=1><style>*{background:url(//evil.example/c)}</style></title></textarea><iframe src=//evil.example>"
)
FORMULA = '=HYPERLINK("http://evil.example/","owned")'
TURNED = "owned \u202egro.live\u2066 \x1b]0;owned\x07\x1b[31m\u200f{{7*7}} {% include '/etc/passwd' %} ${7*7} %s"
LINKS = (
    "javascript:window.owned=1",
    "data:text/html,<script>window.owned=1</script>",
    "//evil.example/\"onclick='owned'",
)
WORST = {
    **dict.fromkeys(Kind, (MARKUP, FORMULA, TURNED)),
    Kind.URL: (*LINKS, "https://evil.example/?<script>window.owned=1</script>"),
}


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        opened = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


def hostile_texts(field: Field) -> Result:
    """Markup, formulas, marks of direction and links in every text of every record type; each page that shows them is opened."""
    tally = Tally(
        "hostile texts in every field", "escaped where they are shown; no script may run; cells are made text"
    )
    subjects, held = _publish(tally, field)
    paths = [f"/entities/{one}" for one in subjects]
    paths += ["/", "/entities?limit=200", "/log", "/search?q=owned", "/feed.atom", "/keys", "/corrections", "/sources"]
    paths += [f"/{route}?{urlencode({name: MARKUP})}" for route, name in (("search", "q"), ("screening", "name"))]
    paths += [f"/api/v1/entities/{subjects[0]}", f"/{quote(MARKUP, safe='')}", f"/reconcile/preview/{subjects[0]}"]
    with Register.open(field.folder, gate=gate) as register:
        size = register.store.size()
        statement_ids = [one.id for subject in subjects[:4] for one in register.store.statements_of([subject])]
    paths += [f"/log/entries/{index}" for index in range(size - field.number(1, 12), size)]
    paths += [f"/statements/{one}" for one in statement_ids[: field.number(1, 20)]]
    staff = [("paula", f"drafts/{field.staff.draft('paula', MARKUP[:120], MARKUP)}/"), ("paula", "drafts/")]
    staff += [("rita", f"held/{one}/") for one in held] + [("rita", "held/"), ("olga", "keys/"), ("olga", "audit/")]
    with chromium() as browser:
        reader = _Reader(browser, field)
        shown = sum(reader.look(tally, path) for path in paths)
        people = {who: _Reader(browser, field, who) for who in ("paula", "rita", "olga")}
        shown += sum(people[who].look(tally, f"/staff/{path}") for who, path in staff)
    tally.check(held or not field.full, "nothing is held, so no reviewer sees it")
    tally.check(shown > len(subjects), f"only {shown} pages show the markup, as text")
    _files(tally, field)
    return tally.result()


def _publish(tally: Tally, field: Field) -> tuple[list[str], list[str]]:
    """Says the worst of every property; gives the subjects that are public, and the publications that are held."""
    subjects, held = [], []
    concrete = [name for name, one in types.all_types().items() if not one.abstract]
    owner = private(KEYS[COMPANY][0])
    with Register.open(field.folder, gate=gate) as register:
        register.key_add(PrivateKey.new().public.raw.hex(), MARKUP[:200], Role.PUBLISHER)
        for name in concrete[:: field.number(11, 1)]:
            subject = entity_id("owned", name)
            statements = list(_statements(subject, name))
            taken = []
            for one in statements:
                tally.tried += 1  # refused, or shown below
                with suppress(SousveilError):
                    register.prepare([one], owner)
                    taken.append(one)
            for some in (taken, *([one] for one in taken)):
                try:
                    done = register.publish(some, owner, receipt=False)
                except SousveilError:
                    continue  # a rule of the type wants more of the record
                if isinstance(done, Published):
                    subjects.append(subject)
                else:
                    held.append(done.id)
                break
    return list(dict.fromkeys(subjects)), held[: field.number(2, 20)]


def _statements(subject: str, name: str) -> Iterator[Statement]:
    for one in types.properties(name).values():
        if one.codes or one.kind in (Kind.DATE, Kind.COUNTRY, Kind.NUMBER, Kind.MONEY):
            continue  # tests/attack/statements.py: such a value has a form, and nothing else is taken
        for value in WORST[Kind(one.kind)]:
            yield said(subject, name, one.name, value, publisher=COMPANY, source=f"{MARKUP} p. 1", original=FORMULA)


class _Reader:
    """A page of the browser, and what it did that no page may do."""

    def __init__(self, browser: Any, field: Field, who: str = "") -> None:
        self.field, self.wrong = field, list[str]()
        context = browser.new_context()
        if who:
            name, _, value = field.staff[who].cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/staff/"}])
        self.page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("console", self._console)

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append("a dialog")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.field.pages, self.field.door)):
            self.wrong.append(f"asked {request.url}")

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.wrong.append(message.text)

    def look(self, tally: Tally, path: str) -> bool:
        """Opens a page; nothing of it may run, ask, or become part of the page. Gives whether it shows the markup."""
        self.wrong.clear()
        status = self.page.goto(self.field.address_of(path) + path).status
        ran, parts, links, text = self.page.evaluate(
            "[window.owned, document.querySelectorAll('#owned, script, iframe, [onerror], [onload], [onclick]').length,"
            " [...document.querySelectorAll('a[href]')].filter((a) => !/^https?:|^mailto:/.test(a.href)).length,"
            " document.body ? document.body.innerText : '']"
        )
        if (ran, parts, links) != (None, 0, 0):
            self.wrong.append(f"in the page: {ran}, {parts} parts, {links} links")
        tally.check(not self.wrong and status < 500, f"{path[:80]}: {status} {self.wrong[:3]}")
        return "<b id=owned>" in text


def _files(tally: Tally, field: Field) -> None:
    """Tables for spreadsheets, and the static copy: no formula, no name that leads out of the folder."""
    page = field.send("GET", "/bulk/csv/direct.csv")
    for row in csv.reader(io.StringIO(page.text)):
        bad = [cell for cell in row if cell.lstrip().startswith(("=", "+", "@", "\t")) or cell.startswith("-=")]
        if bad:
            tally.check(False, f"a formula in a table: {bad[0][:60]}")
    tally.check(page.status == 200 and "owned" in page.text, f"the table of statements: {page.status}")
    copy = field.place("copy")
    copy.mkdir()
    words = ("register", "export", "site", "--out", str(copy / "site"), "--register", str(field.folder))
    done = forked.run(words, environment=ENVIRONMENT)
    tally.check(done.returncode == 0, f"the static copy: {done.stderr.decode()[-300:]}")
    names = [str(one.relative_to(copy)) for one in copy.rglob("*")]
    odd = [one for one in names if set(one) & set("<>\"'\\:*?|\x00\n") or not one.startswith("site")]
    tally.check(names and not odd, f"files of the static copy: {odd[:3]}")


def passkey_again(field: Field) -> Result:
    """The answer of a passkey, which signed somebody in, is sent again: by another browser, and after signing out."""
    tally = Tally("a passkey's answer a second time", "each answer belongs to one question of one session")
    local = field.door.replace("127.0.0.1", "localhost")  # a passkey needs a name
    link = invited(field.staff, "pia")
    with chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        sent: list[tuple[str, str]] = []
        page.on("request", lambda one: sent.append((one.url, one.post_data)) if one.method == "POST" else None)
        page.goto(local + link)
        page.get_by_role("button", name="Make a passkey").click()
        page.wait_for_url("**/staff/login/")
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url("**/staff/")
        tally.check("pia" in page.locator("header").inner_text(), "an honest sign-in, which must work")
        url, body = sent[-1]
        context.close()
    form = {name: values[0] for name, values in parse_qs(body).items() if name != "csrfmiddlewaretoken"}
    for number in range(3):
        thief = Visitor(local)
        thief.get("/staff/login/")
        page = thief.post(url.removeprefix(local), **form)
        inside = thief.get("/staff/").status
        tally.check(inside == 302 and page.status < 500, f"try {number}: {page.status}, then {inside}")
    return tally.result()
