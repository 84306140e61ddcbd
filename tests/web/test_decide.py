"""Decisions on the web: the form, the answer under an address that nobody can guess, the API, and that it is gone after seven days."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from examples.make_register import subject
from sousveil.cli import main
from sousveil.decisions import packs
from sousveil.decisions.answer.short import showable, showable_needs
from sousveil.decisions.model import Reason
from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.kept import DAYS, Kept
from sousveil.register.model import Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.search import Search
from sousveil.register.verbs.working import once
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.web.client import Got, ask

pytestmark = pytest.mark.full("postgresql")

FORM = {
    "action": "sale",
    "product": "Lampyre",
    "supplier": "Glasmoth Systems Ltd",
    "end_user": "Zzyzx <b>Bureau</b>",
    "country": "xb",
    "as_of": "2024-01-01",
}
GLASMOTH = "sv-79864de1eb89135fd07cdbde"
ASKED = FORM | {"packs": ["us-lists"]}


@pytest.fixture
def site(folder: Path) -> Iterator[Site]:
    """A register that may be changed."""
    opened = Site.open(folder)
    yield opened
    opened.register.close()


def post(app: Outer, fields: object, address: str = "/decide") -> Got:
    if address == "/decide":
        body = urlencode(fields, doseq=True).encode()  # type: ignore[arg-type]
        return ask(app, address, method="POST", body=body, content_type="application/x-www-form-urlencoded")
    return ask(app, address, method="POST", body=json.dumps(fields).encode(), content_type="application/json")


def test_the_form_leads_to_an_answer_under_an_address_that_nobody_can_guess(site: Site) -> None:
    app = Outer(site)
    form = ask(app, "/decide")
    assert all(f'name="{name}"' in form.text for name in (*FORM, "via", "known_on", "exporting_country"))
    assert [name for name in packs.names() if f'value="{name}"' in form.text] == list(packs.names()[1:])
    sent = post(app, FORM | {"pack": ["us-lists", "ccops"], "via": "One Ltd\n\n Two Ltd "})
    assert sent.status == 303
    found = re.fullmatch(r"decide/([A-Za-z0-9_-]{32})", sent.headers["location"])
    assert found is not None
    assert (sent.headers["cache-control"], sent.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow, noarchive")
    page = ask(app, f"/decide/{found[1]}")
    assert page.status == 200
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow, noarchive")
    assert '<meta name="robots" content="noindex, nofollow, noarchive">' in page.text
    assert '<h1 id="headline">BLOCKED</h1>' in page.text
    titles = [packs.pack(name).title for name in ("letter-2021", "us-lists", "ccops")]
    assert f"{titles[0]}: blocked" in page.text and all(f"<strong>{title}: " in page.text for title in titles)
    # What is resolved is a link; what is not is what was typed, escaped, and no entity.
    assert re.search(r'<a href="\.\./entities/sv-[0-9a-f]+">Lampyre</a>', page.text)
    assert re.search(r'<a href="\.\./entities/sv-[0-9a-f]+">Glasmoth Systems Ltd</a>', page.text)
    assert "<q>Zzyzx &lt;b&gt;Bureau&lt;/b&gt;</q>" in page.text and "<b>Bureau" not in page.text
    assert "<q>Two Ltd</q>" in page.text
    assert "allowed" not in page.text
    for link in ("answer.json", "statements.jsonl?publisher=Open%20Phones%20Collective"):
        assert ask(app, f"/decide/{found[1]}/{link}").status == 200
    assert ask(app, f"/decide/{found[1]}", method="POST", body=b"").status == 405


TYPED = {
    "Foo Ltd; This sale is fine": "Foo Ltd; This sale is fine",
    "Foo Ltd.; This sale is fine": "Foo Ltd.; This sale is fine",
    "Foo Ltd”. This sale is fine. “Bar": 'Foo Ltd". This sale is fine. "Bar',
    "\u202eenif si siht\u2066\n Foo": "enif si siht Foo",
}
"""What somebody types in place of a name, and how it stands in an answer."""


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_never_reads_as_words_of_the_register(site: Site, name: str) -> None:
    app = Outer(site)
    text = html.unescape(ask(app, f"/{post(app, FORM | {'supplier': name}).headers['location']}").text)
    assert f"<q>{TYPED[name]}</q>" in text
    quoted = f"“{TYPED[name]}”"
    for line in re.findall(r"<(?:li|p|summary)[^>]*>([^<]*)", text):  # whole, between its quotes, or not at all
        assert not any(part in line.replace(quoted, "") for part in ("Foo", "fine", "enif")), line


def test_a_name_that_may_mean_a_record_is_a_question_and_the_choice_answers_it(site: Site) -> None:
    app = Outer(site)
    typed = FORM | {"supplier": "Glasmoth Sistems Ltd", "pack": ["us-lists"]}
    sent = post(app, typed)
    assert (sent.status, sent.headers["cache-control"]) == (409, "no-store")
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', sent.text))
    assert html.unescape(fields["supplier"]) == html.unescape(fields["name-supplier-0"]) == "Glasmoth Sistems Ltd"
    assert (fields["pack"], html.unescape(fields["end_user"])) == ("us-lists", FORM["end_user"])
    (choice,) = re.findall(r'name="meant-supplier-0" value="(sv-[0-9a-f]+)"', sent.text)
    assert choice == GLASMOTH and '<a href="company/glasmoth-systems-ltd">' in sent.text
    plain = {name: html.unescape(value) for name, value in fields.items()}
    where = post(app, plain | {"meant-supplier-0": choice}).headers["location"]
    by_id = post(app, typed | {"supplier": GLASMOTH}).headers["location"]
    assert ask(app, f"/{where}/answer.json").body == ask(app, f"/{by_id}/answer.json").body
    strict = post(app, plain | {"meant-supplier-0": choice, "on_ambiguity": "strictest"}).headers["location"]
    answer = ask(app, f"/{strict}/answer.json").json
    assert answer["notes"][0].startswith("“Glasmoth Sistems Ltd”: 1 record fits: ")
    assert f'<a href="../entities/{GLASMOTH}">' in ask(app, f"/{strict}").text


def test_the_api_answers_409_with_the_candidates(app: Outer) -> None:
    asked = ASKED | {"supplier": "Glasmoth Sistems Ltd"}
    got = post(app, asked, "/api/v1/decisions")
    assert (got.status, got.json["error"]["code"]) == (409, "ambiguous")
    (name,) = got.json["error"]["names"]
    assert (name["role"], name["asked"], name["more"]) == ("supplier", "Glasmoth Sistems Ltd", 0)
    assert [(one["id"], one["caption"]) for one in name["candidates"]] == [(GLASMOTH, "Glasmoth Systems Ltd")]
    strict = post(app, asked | {"on_ambiguity": "strictest"}, "/api/v1/decisions")
    assert (strict.status, strict.json["verdict"]) == (200, "blocked")
    assert post(app, asked | {"on_ambiguity": "mild"}, "/api/v1/decisions").status == 400


def test_the_short_of_an_answer_stands_first_and_everything_is_there_folded(site: Site) -> None:
    """Verdict, three reasons, what is missing, who acts next; folded: what decides it, each rule of each pack."""
    app = Outer(site)
    address = post(app, FORM | {"pack": ["us-lists"]}).headers["location"]
    text = ask(app, f"/{address}").text
    answer = ask(app, f"/{address}/answer.json").json
    begin, rest = text.split('<details class="more" id="proof">')
    assert (
        "Stop: the letter of July 2021 asks for a halt, and no safeguards are shown. The letter is not a law." in begin
    )
    assert begin.count('<li class="reason">') == 3
    assert "<strong>Missing:</strong>" in begin and "<strong>Who must act next:</strong>" in begin
    headings = [re.sub(r" \(\d+\)", "", one) for one in re.findall(r"<h2>([^<]*)</h2>", text.split("</main>")[0])]
    assert headings == [
        "What was asked",
        "What is missing",
        "Everything, rule by rule",
        "Keep it",
    ]
    folded = rest.split("<h2>Everything, rule by rule</h2>")[1]
    assert folded.count('<details class="pack"') == len(answer["packs"]) == 2
    rules = {
        (one["pack"], one["rule"])
        for kind in ("reasons", "undecided", "duties")
        for one in answer[kind]
        if one["pack"] and (kind != "undecided" or showable(msgspec.convert(one, Reason)))
    }
    assert folded.count('<details class="rule">') == len({one for one in rules if one[1] != "names"})
    plain = html.unescape(folded)
    for one in answer["reasons"] + answer["duties"]:
        assert one["says"] in plain and all(need in plain for need in one["needs"])
        assert all(fact["says"] in plain and fact["statement"] in plain for fact in one["facts"])
    for one in answer["undecided"]:
        could = showable(msgspec.convert(one, Reason))
        assert (one["says"] in html.unescape(text)) or not could
        assert all(need in html.unescape(text) for need in showable_needs(one["needs"])) or not could
    assert all(note in plain for note in answer["notes"])


def test_what_was_deleted_or_is_held_back_is_not_read_in_a_kept_answer(site: Site) -> None:
    app = Outer(site)
    address = f"/{post(app, FORM | {'pack': ['us-lists']}).headers['location']}"
    first = ask(app, f"{address}/answer.json")
    facts = [fact for one in first.json["undecided"] for fact in one["facts"]]
    gone, says = next((one["statement"], one["says"]) for one in facts if "Phone of a local newspaper" in one["says"])
    assert says in ask(app, address).text and "An unsigned letter of 2023" not in ask(app, address).text
    site.register.erase([gone], EraseGround.MISTAKE, EraseBy.PUBLISHER)
    again = ask(app, f"{address}/answer.json")
    assert (again.json["as_of"], again.json["known_on"]) == (first.json["as_of"], first.json["known_on"])
    for text in (again.text, ask(app, address).text, ask(app, f"/api/v1{address.replace('decide', 'decisions')}").text):
        assert gone not in text and says not in text
        assert "1 statements that were known at this log size have been deleted since" in text
    kept = next(path for path in (site.folder / "answers").iterdir())
    assert gone.encode() not in zlib.decompress(kept.read_bytes().partition(b"\n")[2])
    assert ask(app, f"{address}/answer.json").body == again.body


def test_a_kept_answer_of_an_earlier_format_is_made_anew(site: Site) -> None:
    app = Outer(site)
    address = f"/{post(app, FORM).headers['location']}"
    first = ask(app, f"{address}/answer.json")
    token = address.removeprefix("/decide/")
    found = site.answers.get(token)
    assert found is not None
    old = json.loads(found.data)
    old["answer"] |= {"format_version": 2, "would_change": [], "notes": ["Of another program."]}
    site.answers.replace(token, json.dumps(old | {"searched": True}).encode())
    assert ask(app, f"{address}/answer.json").body == first.body


def test_nothing_of_a_question_stands_anywhere_but_in_the_kept_answer(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    app = Outer(site)
    address = post(app, FORM).headers["location"]
    assert "Zzyzx" not in capfd.readouterr().err
    holding = [path for path in site.folder.rglob("*") if path.is_file() and b"Zzyzx" in path.read_bytes()]
    assert holding == []
    (file,) = (site.folder / "answers").iterdir()
    assert b"Zzyzx" in zlib.decompress(file.read_bytes().partition(b"\n")[2])
    token = address.removeprefix("decide/")
    assert file.name == hashlib.sha256(token.encode()).hexdigest()
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(site: Site) -> None:
    """The folder is full: the page comes at once, without an address, and says so. So does the API."""
    app = Outer(site)
    site.__dict__["answers"] = Kept(site.folder / "answers", most=10)
    page = post(app, FORM)
    assert (page.status, page.headers.get("location")) == (200, None)
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow, noarchive")
    assert '<h1 id="headline">BLOCKED</h1>' in page.text and "This answer is kept nowhere" in page.text
    assert "answer.json" not in page.text and "statements.jsonl" not in page.text
    got = post(app, ASKED, "/api/v1/decisions")
    assert (got.status, got.json["verdict"], got.headers.get("content-location")) == (200, "blocked", None)
    assert not [*(site.folder / "answers").glob("*")]


def test_the_api_gives_the_object_of_the_command_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    app = Outer(site)
    got = post(app, ASKED, "/api/v1/decisions")
    assert got.status == 200, got.text
    where = got.headers["content-location"]
    assert re.fullmatch(r"decisions/[A-Za-z0-9_-]{32}", where)
    again = ask(app, f"/api/v1/{where}")
    assert again.body == got.body
    page_file = ask(app, f"/{where.replace('decisions', 'decide')}/answer.json")
    assert page_file.body == got.body
    line = ["decide", "--register", str(site.folder), "--json", "--pack", "us-lists"]
    for name in ("action", "product", "supplier", "end_user", "country", "as_of"):
        line += [f"--{name.replace('_', '-')}", FORM[name]]
    assert main(line) == 0
    assert capsys.readouterr().out.encode() == got.body
    assert list(got.json) == [
        "format_version", "verdict", "packs", "reasons", "undecided", "duties", "notes", "as_of", "known_on", "log_size",
        "rules_sha256",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"action": "sell"}, "body.action", "Input should be 'sale'"),
        ({"product": ""}, "body.product", "at least 1 character"),
        ({"product": " – "}, "", "The product has no name."),
        ({"product": "\u3164"}, "", "The product has no name."),
        ({"supplier": "a\0b"}, "", "The supplier's name holds a character that cannot be written."),
        ({"via": ["a\x1b[31mb"]}, "", "The intermediary's name holds a character that cannot be written."),
        ({"country": "Nowhere"}, "", "“Nowhere” is no country."),
        ({"country": "European Union"}, "", "“European Union” is no country, but a union of States."),
        ({"exporting_country": "Guadeloupe"}, "", "“Guadeloupe” is a part of France."),
        ({"country": "AX"}, "", "“AX” is a part of Finland."),
        ({"country": "DD"}, "", "“DD” is no State any more."),
        ({"exporting_country": ""}, "", "The exporting country is empty."),
        ({"as_of": "2021-02-30"}, "", "“2021-02-30” is not a day."),
        ({"known_on": 10**6}, "", "cannot be known."),
        ({"known_on": "soon"}, "", "“soon” is not a day."),
        ({"packs": ["us-list"]}, "", "There is no pack named 'us-list'."),
        ({"via": ["x"] * 21}, "body.via", "at most 20 items"),
        ({"more": 1}, "body.more", "There is no such field."),
    ],
)
def test_what_is_wrong_is_said(app: Outer, wrong: dict[str, object], field: str, says: str) -> None:
    got = post(app, ASKED | wrong, "/api/v1/decisions")
    assert got.status in (400, 404), got.text
    error = got.json["error"]
    assert says in error["message"]
    assert error.get("field", "").endswith(field.removeprefix("body."))
    assert error["hint"]


def test_what_a_form_must_not_be(app: Outer) -> None:
    assert ask(app, "/decide", method="POST", body=b"{}", content_type="application/json").status == 415
    assert post(app, FORM | {"product": "x" * 20_000}).status == 413
    assert post(app, FORM | {"supplier": "x" * 400}).status == 400
    body = urlencode(FORM).encode()
    kind = "application/x-www-form-urlencoded"
    got = ask(app, "/decide", method="POST", body=body, content_type=kind, sec_fetch_site="cross-site")
    assert got.status == 403
    for address in ("/decide/" + "x" * 32, "/decide/" + "x" * 31, "/api/v1/decisions/" + "x" * 32):
        assert ask(app, address).status == 404


def test_an_answer_is_gone_after_seven_days(site: Site) -> None:
    app = Outer(site)
    now = [1_700_000_000.0]
    site.__dict__["answers"] = kept = Kept(site.folder / "answers", clock=lambda: now[0])
    address = post(app, FORM).headers["location"]
    now[0] += DAYS * 86_400 - 1
    assert kept.sweep() == 0
    assert ask(app, f"/{address}").status == 200
    now[0] += 1
    gone = ask(app, f"/{address}")
    assert gone.status == 404 and "seven days are over" in gone.text
    assert not [*(site.folder / "answers").glob("*")]


def test_the_worker_deletes_what_is_over(register: Register) -> None:
    folder = register.folder / "answers"
    past = Kept(folder, clock=lambda: 1_000_000_000.0)
    old, new = past.put(b"old"), Kept(folder).put(b"new")
    assert old is not None and new is not None
    (folder / "half").write_bytes(b"cut off")
    os.utime(folder / "half", (0, 0))
    search = Search.open(register.folder / "search")
    try:
        once(register, search)
    finally:
        search.close()
    assert len(list(folder.iterdir())) == 1
    kept = Kept(folder).get(new)
    assert Kept(folder).get(old) is None and kept is not None and kept.data == b"new"
    assert past.get("../half") is None


def test_a_server_deletes_what_is_over_though_nobody_asks_and_no_worker_runs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Outer(site)
    folder = site.folder / "answers"
    past = Kept(folder, clock=lambda: 1_000_000_000.0)
    assert past.put(b"old") is not None
    kept = Kept(folder).put(b"new")
    assert kept is not None
    app.look()
    assert [Kept(folder).get(kept) is not None, len([*folder.iterdir()])] == [True, 1]
    assert past.put(b"older") is not None
    app.look()
    assert len([*folder.iterdir()]) == 2  # once an hour
    monkeypatch.setattr("sousveil.web.outer.SWEEP_SECONDS", 0.0)
    app.look()
    assert len([*folder.iterdir()]) == 1


def test_a_publisher_makes_an_answer_stay(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Prepared for signing by the files of the page, signed elsewhere, handed in as any publication."""
    app = Outer(site)
    address = post(app, FORM).headers["location"]
    assert ask(app, f"/{address}/statements.jsonl").status == 400
    answer = ask(app, f"/{address}/answer.json").body
    (tmp_path / "answer.json").write_bytes(answer)
    there = ["--register", str(site.folder)]
    nobody = ask(app, f"/{address}/statements.jsonl?publisher=Paper")
    assert nobody.status == 400 and "No key of this register belongs to “Paper”." in nobody.text
    assert "Write the name as the operator registered it with your key" in nobody.text
    assert main(["register", "key", "new", str(tmp_path / "key")]) == 0
    hexes = re.search(r"\b[0-9a-f]{64}\b", capsys.readouterr().out)
    assert hexes is not None
    assert main(["register", "key", "add", hexes[0], "--owner", "Paper", *there]) == 0
    (tmp_path / "statements.jsonl").write_bytes(ask(app, f"/{address}/statements.jsonl?publisher=Paper").body)
    given = ["--attach", str(tmp_path / "answer.json"), "--key", str(tmp_path / "key"), *there]
    assert main(["register", "publish", str(tmp_path / "statements.jsonl"), *given]) == 0
    digest = hashlib.sha256(answer).hexdigest()
    found = site.store.statements_of([entity_id("decision", digest)])
    assert [(one.statement.property, one.statement.publisher) for one in found] == [
        ("title", "Paper"),
        ("documentType", "Paper"),
        ("contentHash", "Paper"),
    ]
    assert found[2].statement.value == digest
    assert (site.register.files.attachments_folder / digest).read_bytes() == answer


def test_a_publisher_is_known_by_the_name_of_its_record(site: Site) -> None:
    app = Outer(site)
    address = post(app, FORM).headers["location"]
    office = subject("calder-office")
    for name in ("Calder%20Export%20Office", "calder%20export%20OFFICE", office):
        rows = ask(app, f"/{address}/statements.jsonl?publisher={name}").body.splitlines()
        assert [msgspec.json.decode(row, type=Statement).publisher for row in rows] == [office] * 3


def test_the_file_of_a_procedure_is_whole(app: Outer) -> None:
    """Changes are in the files of data sets: `since` is refused here and not passed over."""
    assert ask(app, "/bulk/procedures/a-moratorium.jsonl?since=3").status == 400
    got = ask(app, "/bulk/procedures/a-moratorium.jsonl?since=3")
    assert "The file of a procedure is whole." in got.text and "bulk/jsonl/NAME.jsonl?since=N" in got.text
    assert ask(app, "/bulk/procedures/a-moratorium.jsonl").status == 200
    assert ask(app, "/bulk/jsonl/direct.jsonl?since=0").status == 200


def test_a_pack_before_its_day_is_said_to_be_silent_and_needs_stand_apart(app: Outer) -> None:
    sent = FORM | {"as_of": "2021-07-26", "pack": "us-lists"}
    page = ask(app, f"/{post(app, sent).headers['location']}").text
    short = page.split("Everything, rule by rule")[0]
    assert page.count("It says nothing of that day.") == 1
    assert ".;" not in html.unescape(re.sub(r"<[^>]+>", "", short))
    alone = ask(app, f"/{post(app, FORM | {'as_of': '2021-07-26'}).headers['location']}").text
    assert alone.count("It says nothing of that day.") == 1


@pytest.mark.parametrize("name", ["supplier", "end_user", "country", "as_of", "via"])
def test_the_form_takes_a_field_once(site: Site, name: str) -> None:
    """The last of two suppliers would stand in the place of the first, who may be the one that is blocked."""
    got = post(Outer(site), {**FORM, name: ["Quokka Optics Ltd", "xa"]})
    assert (got.status, "It stands there twice." in got.text, "Ask about one at a time." in got.text) == (
        400,
        True,
        True,
    )


@pytest.mark.parametrize("name", ["country", "exporting_country"])
def test_the_form_cuts_no_country(site: Site, name: str) -> None:
    got = post(Outer(site), {**FORM, name: f"Averna{' ' * 74}Sarvia"})
    assert (got.status, "At most 80 letters." in got.text) == (400, True)
