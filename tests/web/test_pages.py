"""What the pages say: key content of each, links that lead somewhere, the warning on every page."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.register.codes import RevokeReason, Role
from sousveil.register.model import Stance
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages
from sousveil.web.site import Site
from sousveil.web.static_site import export_site
from tests.profiles import FULL
from tests.register import maker
from tests.web.client import ask
from tests.web.routes import pages

INVENTED = "Invented example: nothing here is true."
COULD = "No independent witness signed this log: the operator could still rewrite this log."


def test_every_page_says_that_it_is_invented_and_who_could_rewrite(app: Outer) -> None:
    for address in [*pages(app), "/nothing-here", "/search?q=x&after=0"]:
        text = ask(app, address).text
        assert INVENTED in text, address
        assert COULD in text, address
        assert "As of " in text, address


def test_no_script_nothing_foreign_nothing_absolute(app: Outer) -> None:
    for address in pages(app):
        text = ask(app, address).text
        assert "<script" not in text and "<style" not in text and "<iframe" not in text, address
        assert not re.search(r"\son\w+=|\sstyle=", text), address
        for kind, target in re.findall(r'\s(href|src|action)="([^"]*)"', text):
            if target.startswith(("http://", "https://", "mailto:")):
                tag = re.search(r"<[^<>]*" + re.escape(f'{kind}="{target}"') + "[^<>]*>", text)
                assert tag is not None and 'rel="noreferrer nofollow"' in tag[0], (address, target)
            else:
                assert not target.startswith("/"), (address, target)


@pytest.mark.full("postgresql")
def test_every_link_inside_leads_somewhere(app: Outer) -> None:
    """From the first page, to everything that can be reached; a quick run opens 40 pages of each kind."""
    waiting, seen = ["/"], {"/"}
    opened: Counter[str] = Counter()
    while waiting:
        address = waiting.pop()
        got = ask(app, address)
        assert got.status == 200, address
        if not got.headers["content-type"].startswith("text/html"):
            continue
        for target in re.findall(r'href="([^"#]+)', got.text):
            target = unescape(target)
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            found = urljoin("http://x" + address, target).removeprefix("http://x")
            assert not found.startswith("http"), (address, target)
            kind = re.sub(r"=[^&]*|/(?:sv-|[0-9])[^/?]*", "*", found)
            if found not in seen and (FULL or opened[kind] < 40):
                opened[kind] += 1
                seen.add(found)
                waiting.append(found)
    routes = {re.sub(r"\{\w+\}", "", page.route).strip("/").split("/")[0] for page in all_pages()}
    assert {address.strip("/").split("/")[0].split("?")[0] for address in seen} >= routes


def test_the_reply_stands_beside_the_claim(app: Outer) -> None:
    store = app.site.store
    denial = next(one for one in store.iter_statements() if one.statement.stance == Stance.DENIES)
    denied = store.statement(str(denial.statement.supersedes))
    page = ask(app, f"/statements/{denied.id}")  # type: ignore[union-attr]
    assert page.text.count('<article class="claim') == 2
    assert 'class="said answered"' in page.text
    assert '<article class="claim answer' in page.text
    assert "Glasmoth Systems Ltd denies" in page.text  # by name, where the publisher is an entity


def test_the_reply_stands_at_the_screening_hit(app: Outer) -> None:
    page = ask(app, "/screening?name=Glasmoth")
    assert '<article class="claim answer' in page.text
    hit = ask(app, "/api/v1/screening?name=Glasmoth").json["data"]["results"][0]["hits"][0]
    assert [(one["stance"], one["stance_words"]) for one in hit["answers"]] == [("denies", "denies")]


def test_unknown_field_and_impossible_day_name_the_field(app: Outer) -> None:
    for address, field in (("/map?as_of=2021-02-30", ""), ("/map?asof=2021-01-01", "asof"), ("/log?limit=x", "limit")):
        page, data = ask(app, address), ask(app, f"/api/v1{address}")
        assert (page.status, data.status) == (400, 400), address
        if field:
            assert f"<code>{field}</code>" in page.text
            assert data.json["error"]["field"] == field


def test_hostile_text_is_text(app: Outer) -> None:
    got = ask(app, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27")
    assert got.status == 200
    assert "<script" not in got.text
    assert "&lt;script&gt;" in got.text


def test_language_and_direction(app: Outer) -> None:
    text = ask(app, "/about", accept_language="ar").text
    assert '<html lang="en" dir="ltr">' in text


@pytest.fixture(scope="module")
def copy(made_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "copy"
    site = Site.open(made_example)
    export_site(site, out)
    site.register.close()
    return out


@pytest.mark.full("postgresql")
def test_static_copy_holds_together(copy: Path) -> None:
    """Every relative link of every file leads to a file of the copy; every file of the log is there."""
    count = 0
    for file in copy.rglob("*.html"):
        text = file.read_text("utf-8")
        assert INVENTED in text
        for target in re.findall(r'(?:href|src|action)="([^"#]*)', text):
            target = unescape(target)
            if target and not target.startswith(("http://", "https://", "mailto:")):
                assert "?" not in target and not target.startswith("/"), (file, target)
                assert (file.parent / target).resolve().is_file(), (file, target)
                count += 1
    assert count > 1000
    assert (copy / "log" / "checkpoint").is_file()
    assert (copy / "log" / "tile" / "0").is_dir()
    assert (copy / "feed.atom").is_file()
    assert (copy / "bulk" / "jsonl" / "direct.jsonl").is_file()


def catalogue(pairs: dict[str, str]) -> bytes:
    """A compiled gettext catalogue (MO), without an outside tool."""
    import struct

    rows = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **pairs}.items())
    ids, texts = [key.encode() for key, _ in rows], [value.encode() for _, value in rows]
    at = 28 + 16 * len(rows)
    offsets = []
    for group in (ids, texts):
        for one in group:
            offsets.append(struct.pack("<II", len(one), at))
            at += len(one) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0)
    return head + b"".join(offsets) + b"".join(one + b"\0" for one in (*ids, *texts))


def test_another_language_right_to_left(made_example: Path, tmp_path: Path) -> None:
    """With a catalogue for Arabic the same pages are Arabic and mirrored; in a process of its own, since Django is set up once."""
    import subprocess
    import sys

    file = tmp_path / "ar" / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogue({"Skip to the content": "إلى المحتوى", "Check the log": "السجل", "reported": "منشور"}))
    code = f"""
import sys
from pathlib import Path
from sousveil.web import conf
conf.configure(Path({str(tmp_path)!r}))
conf.languages = lambda locale=None: ("en", "ar")
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.web.client import ask
app = Outer(Site.open(Path({str(made_example)!r})), keep=False)
page = ask(app, "/about", accept_language="ar-EG, en;q=0.5")
assert page.headers["vary"] == "Accept-Encoding, Accept-Language"
assert '<html lang="ar" dir="rtl">' in page.text
assert "إلى المحتوى" in page.text and "السجل" in page.text and "منشور" in page.text
plain = ask(app, "/about", accept_language="fr, en;q=0.5")
assert '<html lang="en" dir="ltr">' in plain.text and "السجل" not in plain.text
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={"PYTHONPATH": f"{root / 'src'}:{root}", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_map_names_lists_and_what_most_buyers_are(app: Outer) -> None:
    text = unescape(ask(app, "/map").text)
    for words in ("Companies on a government's list", "On a government's list", "companies on a government's list"):
        assert words in text, words
    view = ask(app, "/api/v1/map").json["data"]
    assert view["restricted"] == sum(one["restricted"] for one in view["countries"])


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("", "They do not say how to reach them."),
        ("desk@paper.example", '<a rel="noreferrer nofollow" href="mailto:desk@paper.example">desk@paper.example</a>'),
        (
            "https://paper.example/a?b=1&c",
            'href="https://paper.example/a?b=1&amp;c">https://paper.example/a?b=1&amp;c</a>',
        ),
        ("Signal: desk.01 <b>", "You reach them here: Signal: desk.01 &lt;b&gt;"),
        ("javascript:alert(1)", "You reach them here: javascript:alert(1)"),
    ],
)
def test_the_operator_can_be_reached(folder: Path, contact: str, shown: str) -> None:
    with Register.open(folder, gate=gate) as register:
        register.config = msgspec.structs.replace(register.config, contact=contact)
        app = Outer(Site(register))
        for page in ("about", "reply", "publish"):
            text = ask(app, f"/{page}").text
            assert shown in text and "Example register (invented)</strong>" in text, page
        told = ask(app, "/api/v1/reply").json["data"]["operator"]
        assert (told["name"], told["contact"]) == ("Example register (invented)", contact)


def test_a_contact_of_two_lines_is_refused(folder: Path) -> None:
    config = folder / "register.toml"
    config.write_text(config.read_text("utf-8").replace('"desk@register.example"', '"a\\nb"'), "utf-8")
    with pytest.raises(Refused) as error:
        Register.open(folder, gate=gate)
    assert (error.value.field, error.value.code) == ("contact", "bad_contact")


def test_whose_keys_sign_here(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        app = Outer(Site(register))
        found = {one["owner"]: one for one in ask(app, "/api/v1/log/keys").json["data"]["keys"]}
        office = found["Calder Export Office"]
        assert (office["verified"], [one["owner"] for one in office["vouchers"]]) == (
            True,
            ["University of Calder (invented)", "Press Union of Sarvia (invented)"],
        )
        assert found["Example register (invented)"]["words"] == "The register's own key."
        alone = "Not verified: that it is its owner's is the operator's word alone."
        courier = "The Sarvian Courier (invented)"
        assert found[courier]["words"] == alone
        assert found["Glasmoth Systems Ltd"]["verified"]
        publications = [one for one in register.store.entries(kinds=("statements",)) if one.publisher == courier]
        index, key = publications[0].index, publications[0].key_id
        entry = ask(app, f"/log/entries/{index}").text
        assert alone.replace("'", "&#39;") in entry and f'href="../../log/keys?key={key}#k-{key}"' in entry
        register.key_revoke(key, RevokeReason.COMPROMISED, compromised_since=index)
        app.site.state(now=True)
        text = ask(app, "/log/keys").text
        assert f"what it signed from log entry {index} on decides nothing" in text
        assert f'<details class="topic" id="k-{key}">' in text


def test_a_further_key_that_its_owner_did_not_sign_is_said_to_sign_nothing(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        made.register.key_add(maker.public("post"), "Night Post", Role.PUBLISHER)
        made.register.key_add(maker.public("post-2"), "Night Post", Role.PUBLISHER)
        page = ask(Outer(Site(made.register), keep=False), "/log/keys").text
        assert page.count("Signs nothing yet: its owner had a key before, which did not sign this one") == 1
