"""Passkeys in headless Chromium with a virtual authenticator; the pages by keyboard, with axe, at 390 and 1280 px."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sousveil.register.audit import open_audit
from tests.axe import violations
from tests.profiles import sample, share
from tests.web.staff.people import COMPANY, Staff, run, staff_of
from tests.web.staff.visitor import Visitor
from tests.web.test_browser import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
playwright = pytest.importorskip("playwright.sync_api", reason="browser (no playwright)")


WHO = ("paula", "rita", "bela", "carl", "olga", "omar")


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """Everybody is signed in, and there are drafts."""
    with staff_of(tmp_path_factory.mktemp("passkeys") / "register", *WHO) as found:
        found.draft("paula", "What we sell", "x")
        found["olga"].get("/staff/erasures/")
        found["olga"].post("/staff/erasures/propose", ids="ab" * 32, ground="mistake", by="operator")
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page with a virtual authenticator that asks for a PIN."""
    context = browser.new_context()
    found = context.new_page()
    wire = context.new_cdp_session(found)
    wire.send("WebAuthn.enable")
    wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    found.problems = []
    found.on(
        "console", lambda one: found.problems.append((one.text, one.location["url"])) if one.type == "error" else None
    )
    found.asked = []
    found.on("request", lambda one: found.asked.append(one.url))
    yield found
    context.close()


def _local(staff: Staff) -> str:
    """Passkeys need a name; on this machine that is localhost."""
    return staff.address.replace("127.0.0.1", "localhost")


def test_a_passkey_takes_up_an_invitation_signs_in_and_is_joined_by_a_second(staff: Staff, page: Any) -> None:
    link = run(staff.folder, "staff", "invite", "pia", "--role", "publisher", "--owner", COMPANY).stdout.strip()
    page.goto(_local(staff) + link)
    page.get_by_role("button", name="Make a passkey").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/login/")
    page.get_by_role("button", name="Use a passkey").focus()
    with page.expect_request("**/webauthn/login/") as sent:
        page.keyboard.press("Enter")
    page.wait_for_url("**/staff/")
    captured, text = sent.value.all_headers(), sent.value.post_data
    assert page.get_by_role("heading", level=1).inner_text() == "What waits for you"
    for cookie in (captured["cookie"], captured["cookie"] + "x"):
        thief = Visitor(_local(staff), cookie=cookie)
        answer = thief.ask("POST", "/staff/security/webauthn/login/", dict(parse_qsl(text)))
        assert (answer.status, answer.location) in ((302, "/staff/login/"), (403, ""))
        assert thief.get("/staff/").location == "/staff/login/?next=/staff/", "an answer signs in once"
    assert "pia, publisher" in page.locator("header").inner_text()
    page.goto(_local(staff) + "/staff/security/webauthn/add/")
    page.wait_for_url("**/staff/security/webauthn/reauthenticate/**")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/staff/security/webauthn/add/")
    assert page.get_by_role("button", name="Make a passkey").is_visible()
    assert [one for one in page.problems if not one[1].endswith("/favicon.ico")] == []
    assert {url.split("/staff/")[0].split("/static/")[0] for url in page.asked} == {_local(staff)}
    assert [(one.account, one.act) for one in open_audit(staff.folder).read(limit=1)] == [("pia", "account.enrol")]
    page.goto(_local(staff) + "/staff/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/staff/login/")
    page.goto(_local(staff) + "/staff/drafts/")
    assert page.url.endswith("/staff/login/?next=/staff/drafts/")


def test_the_last_passkey_stays_and_the_last_but_one_goes_after_a_page_that_says_what_then_happens(
    staff: Staff, page: Any
) -> None:
    link = run(staff.folder, "staff", "invite", "petra", "--role", "publisher", "--owner", COMPANY).stdout.strip()
    page.goto(_local(staff) + link)
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url("**/staff/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/staff/")
    keys = _local(staff) + "/staff/security/webauthn/"
    page.goto(keys)
    page.get_by_role("link", name="Take away").click()
    page.wait_for_url("**/staff/security/webauthn/reauthenticate/**")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/remove/")
    main = page.get_by_role("main")
    assert "This is the last one that you can sign in with: it stays." in main.inner_text()
    assert main.get_by_role("button").all_inner_texts() == []
    found = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', page.request.get(_local(staff) + "/staff/logout/").text()
    )
    assert found is not None
    origin = {"Origin": _local(staff)}
    sent = page.request.post(page.url, form={"csrfmiddlewaretoken": found[1]}, headers=origin)
    assert (sent.status, "This is the last one that you can sign in with: it stays." in sent.text()) == (409, True)
    page.goto(keys)
    assert page.get_by_role("link", name="Take away").count() == 1


def test_a_passkey_of_another_does_not_sign_in_and_nothing_happens_when_it_is_refused(staff: Staff, page: Any) -> None:
    page.goto(_local(staff) + "/staff/login/")
    page.get_by_role("button", name="Use a passkey").click()  # the authenticator is empty
    page.get_by_text("The passkey was not used.").wait_for()
    assert page.url.endswith("/staff/login/")


def test_without_script_the_passkey_s_button_is_not_there_and_the_other_way_is(staff: Staff, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(staff.address + "/staff/login/")
    assert page.get_by_role("button").all_inner_texts() == ["Go on"]
    assert page.get_by_text("A passkey needs script on this one page.").is_visible()
    context.close()


def test_only_the_one_script_runs(staff: Staff, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(staff.address + "/staff/login/")
    ran = page.evaluate(
        """async () => {
          const add = (set) => new Promise((done) => {
            const one = document.createElement("script"); set(one);
            one.onload = () => done("ran"); one.onerror = () => done("refused"); document.body.append(one); });
          window.inline = 0;
          const inline = document.createElement("script");
          inline.textContent = "window.inline = 1"; document.body.append(inline);
          const other = await add((one) => one.src = "/static/register.css");
          return [other, await add((one) => one.src = "/staff/static/passkey.js"), window.inline];
        }"""
    )
    assert ran == ["refused", "ran", 0]
    context.close()


def _pages(staff: Staff) -> dict[str, list[str]]:
    common = [
        "",
        "security/",
        "security/webauthn/",
        "logout/",
        "reauthenticate/",
        "security/reauthenticate/",
        "password/",
    ]
    return {
        "paula": [*common, "drafts/", "drafts/1/", "drafts/1/delete"],
        "rita": [*common, "held/", f"held/{staff.held}/", "audit/"],
        "bela": [*common, "proposals/"],
        "carl": common,
        "omar": [
            *(*common, "keys/", "erasures/", "outbox/", "accounts/", "audit/"),
            *("accounts/paula/disable", "erasures/2/approve", f"outbox/{staff.dead}/drop"),
        ],
    }


WINDOWS = sample([(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], 2)


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_no_violation_and_nothing_too_wide(staff: Staff, browser: Any, width: int, scheme: str) -> None:
    found: dict[str, Any] = {}
    link = run(staff.folder, "staff", "invite", f"n{width}{scheme}", "--role", "case-handler").stdout.strip()
    for name, paths in {"nobody": ["login/", link.removeprefix("/staff/")], **_pages(staff)}.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        if name != "nobody":
            key, _, value = staff[name].cookie.partition("=")
            context.add_cookies([{"name": key, "value": value, "domain": "127.0.0.1", "path": "/staff/"}])
        page = context.new_page()
        for path in share(paths, WINDOWS.index((width, scheme)), len(WINDOWS)):
            answer = page.goto(f"{staff.address}/staff/{path}")
            assert answer.status == 200, (name, path)
            if wrong := violations(page, rules=()):
                found[f"{name} {path}"] = wrong
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found[f"{name} {path} wide"] = page.evaluate("document.documentElement.scrollWidth")
        context.close()
    assert found == {}
