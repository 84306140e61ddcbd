"""The API: exact JSON, the golden description, refusals that name the field, publications, erasure, feeds, bulk."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from sousveil.decisions.api import gate
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.ledger import dsse
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import EraseBy, EraseGround, RetractReason, Role
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.publication import write_submission
from sousveil.register.register import Register
from sousveil.register.static import Restored
from sousveil.register.verbs import outside
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from sousveil.web.staff.routing import answer
from tests.desk import offices
from tests.register.maker import answering, key_of, silence, tell
from tests.web.client import Got, ask
from tests.web.routes import pages

GOLDEN = Path(__file__).with_name("openapi.json")


def json_of(app: Outer, address: str) -> Any:
    got = ask(app, address)
    assert got.status == 200, got.text
    return got.json


def said(property: str, value: str, **more: Any) -> Statement:
    fields: dict[str, Any] = {
        "subject": entity_id("invented", "web"),
        "type": "Company",
        "source": "https://paper.example/1",
        "publisher": "Paper",
        "dataset": "direct",
        "standing": Standing.REPORTED,
        **more,
    }
    return Statement(property=property, value=value, **fields)


def test_every_page_is_json_with_the_same_frame(app: Outer) -> None:
    state = app.site.state()
    for address in pages(app):
        answer = json_of(app, "/api/v1/home" if address == "/" else f"/api/v1{address}")
        assert set(answer) == {"meta", "data"}, address
        assert answer["meta"] == {
            "title": "Example register (invented)",
            "origin": "register.example/log",
            "example": True,
            "notice": "Invented example: nothing here is true. "
            "No independent witness signed this log: the operator could still rewrite it.",
            "log_size": state.size,
            "snapshot": state.snapshot,
            "licences": ["as each publisher says"],
            "witnesses": 0,
            "next": answer["meta"]["next"] if address in ("/log", "/entities") else None,
        }, address


def test_description_is_the_golden_one(app: Outer) -> None:
    """A change that breaks readers must be made on purpose: SOUSVEIL_WRITE_GOLDEN=1 writes the file anew."""
    found = json_of(app, "/api/v1/openapi.json")
    if os.environ.get("SOUSVEIL_WRITE_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    assert found == json.loads(GOLDEN.read_text("utf-8"))
    assert len([one for path in found["paths"].values() for one in path]) >= 24


def test_cursor_walks_through_everything_once(app: Outer) -> None:
    seen: list[str] = []
    after = ""
    while True:
        answer = json_of(app, f"/api/v1/entities?limit=7{after and f'&after={after}'}")
        seen += [one["id"] for one in answer["data"]["refs"]]
        after = answer["meta"]["next"]
        if after is None:
            break
    store = app.site.store
    assert seen == sorted(set(seen))
    assert set(seen) == {store.canonical(id) for id in store.subjects(limit=10_000)}


def test_cursor_walks_through_what_is_overdue(app: Outer) -> None:
    """In steps of three, all of it and of each demand: every step once, in one order; the demands together are all."""
    day = "as_of=2031-01-01"
    whole = json_of(app, f"/api/v1/overdue?{day}&limit=500")["data"]
    assert whole["count"] == len(whole["duties"]) > 6
    parts = []
    for of in ("", *(f"&procedure={one}" for one in all_procedures())):
        seen, after, counts = [], "", set()
        while after is not None:
            answer = json_of(app, f"/api/v1/overdue?{day}&limit=3{of}{after and f'&after={after}'}")
            assert len(answer["data"]["duties"]) <= 3
            seen += answer["data"]["duties"]
            counts.add(answer["data"]["count"])
            after = answer["meta"]["next"]
        assert counts == {len(seen)}
        if of:
            assert seen == [one for one in whole["duties"] if f"&procedure={one['item']['procedure']}" == of]
            parts += seen
        else:
            assert seen == whole["duties"]
    assert len(parts) == whole["count"]


@pytest.mark.parametrize(
    ("address", "field", "status"),
    [
        ("/api/v1/overdue?procedure=nobody", "procedure", 404),
        ("/api/v1/disclosures?as_of=2021-02-31", "as_of", 400),
        ("/api/v1/overdue?as_of=2021-02-31", "as_of", 400),
        ("/api/v1/overdue?limit=501", "limit", 400),
        ("/api/v1/overdue?after=0", "after", 400),
        ("/api/v1/entities?limit=0", "limit", 400),
        ("/api/v1/entities?limit=abc", "limit", 400),
        ("/api/v1/entities?type=Nonsense", "type", 400),
        ("/api/v1/map?as_of=2021-13-01", "as_of", 400),
        ("/api/v1/timeline?known_at=-1", "known_at", 400),
        ("/api/v1/home?x=1", "x", 400),
        ("/api/v1/search?q=a&country=abc", "country", 400),
        ("/api/v1/log/entries/999999", "index", 404),
        (f"/api/v1/statements/{'0' * 64}", "id", 404),
        ("/bulk/jsonl/direct.jsonl?since=999999", "since", 400),
        ("/bulk/jsonl/direct.jsonl?since=x", "since", 400),
        ("/feeds/name.atom", "q", 400),
        ("/reconcile?queries=[", "queries", 400),
    ],
)
def test_bad_input_names_the_field(app: Outer, address: str, field: str, status: int) -> None:
    got = ask(app, address)
    assert got.status == status
    if address.startswith(("/api", "/reconcile")):
        assert got.json["error"]["field"] == field
        assert set(got.json["error"]) >= {"status", "code", "message", "hint"}
    else:
        assert f"<code>{field}</code>" in got.text


def test_entity_by_hand(folder: Path) -> None:
    """A published statement in the exact form in which programs read it."""
    with Register.open(folder, gate=gate) as register:
        done = tell(register, [said("name", "Hand Written Ltd", valid_from="2020", language="en")])[0]
        app = Outer(Site(register))
        answer = json_of(app, f"/api/v1/statements/{done.ids[0]}")["data"]
        day = register.store.entry(done.index).recorded_at[:10]  # type: ignore[union-attr]
    assert answer["recorded"] == done.index  # type: ignore[union-attr]
    assert answer["about"] == {
        "id": entity_id("invented", "web"),
        "caption": "Hand Written Ltd",
        "type": "Company",
        "type_label": "Company",
        "page": True,
    }
    assert answer["claim"] == {
        "id": done.ids[0],
        "subject": entity_id("invented", "web"),
        "property": "name",
        "value": "Hand Written Ltd",
        "display": "Hand Written Ltd",
        "entity": None,
        "link": None,
        "language": "en",
        "original": None,
        "source": "https://paper.example/1",
        "source_link": "https://paper.example/1",
        "source_sha256": None,
        "publisher": "Paper",
        "dataset": "direct",
        "standing": "reported",
        "standing_words": "reported",
        "stance": "asserts",
        "stance_words": "says",
        "valid_from": "2020",
        "valid_until": None,
        "dates_words": answer["claim"]["dates_words"],
        "holds": None,
        "asserted": None,
        "recorded": done.index,  # type: ignore[union-attr]
        "recorded_on": day,
        "published_after": None,
        "person": False,
        "doubtful": False,
        "retracted": None,
        "superseded_by": None,
        "marks": [],
        "notes": [],
        "answers": [],
        "stands": True,
    }


def post(app: Outer, address: str, value: Any, **headers: str) -> Got:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return ask(app, address, method="POST", body=body, **{"content_type": "application/json", **headers})


def test_publication_over_the_web(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        key = PrivateKey.new()
        register.key_add(key.public.raw.hex(), "Web Publisher", Role.PUBLISHER)
        submission = write_submission(
            register.prepare([said("name", "Sent Over The Web Ltd", publisher="Web Publisher")], key)[0]
        )
        app = Outer(Site(register))
        size = register.store.size()
        got = post(app, "/api/v1/publications", submission)
        assert got.status == 201, got.text
        assert got.json["index"] == size
        assert got.json["receipt"].startswith("c2sp.org/tlog-proof@v1\n")
        assert "could still rewrite" in got.json["witnesses"]
        assert got.headers["sousveil-log-size"] in (str(size), str(size + 1))
        again = post(app, "/api/v1/publications", submission)
        assert (again.status, again.json["error"]["code"]) == (409, "replay")
        changed = json.loads(submission)
        envelope = json.loads(base64.b64decode(changed["envelope"]))
        envelope["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
        changed["envelope"] = base64.b64encode(json.dumps(envelope, separators=(",", ":")).encode()).decode()
        forged = post(app, "/api/v1/publications", changed)
        assert (forged.status, forged.json["error"]["field"]) == (422, "signatures")
        without = json.loads(submission)
        without["contents"] = []
        assert post(app, "/api/v1/publications", without).status in (409, 422)
        assert post(app, "/api/v1/publications", b"{").status == 400
        assert post(app, "/api/v1/publications", submission, sec_fetch_site="cross-site").status == 403
        assert register.store.size() == size + 1


def test_limit_for_each_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted by all processes of a server together, over a minute; what a crash left half written is passed over."""
    from sousveil.web import limits
    from sousveil.web.failures import Failure

    now = 1000.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    processes = [limits.Turnstile(tmp_path / "counted") for _ in range(3)]
    for at in range(limits.PER_KEY):
        processes[at % 3].publication("a", 10)
    for one in processes:
        with pytest.raises(Failure) as caught:
            one.publication("a", 10)
        assert (caught.value.status, caught.value.retry_after) == (429, 60)
    processes[0].publication("b", limits.BYTES_PER_KEY - 1)
    with pytest.raises(Failure):
        processes[1].publication("b", 2)
    processes[1].publication("b", 1)
    now += 60.5
    with open(tmp_path / "counted" / "a", "ab") as file:
        file.write(b"cut")
    processes[2].publication("a", 10)
    assert (tmp_path / "counted" / "a").stat().st_size == 16
    now = 5.0  # the machine began anew
    for one in processes * (limits.PER_KEY // 3):
        one.publication("a", 10)
    with pytest.raises(Failure):
        processes[0].publication("a", 10)


def test_a_full_disk_takes_nothing_of_what_a_key_was_counted_for(tmp_path: Path) -> None:
    import resource

    from sousveil.web import limits

    turnstile = limits.Turnstile(tmp_path / "counted")
    for size in (10, 20):
        turnstile.publication("a", size)
    before = (tmp_path / "counted" / "a").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no byte can be written, as on a full disk
    try:
        with pytest.raises(OSError, match="too large"):
            turnstile.publication("a", 30)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ((tmp_path / "counted" / "a").read_bytes(), len(before)) == (before, 32)


def test_erasure_and_retraction_show_everywhere_at_once(folder: Path) -> None:
    """With the next look at the register, at most a second later, in pages, JSON, feeds, search, screening and files."""
    with Register.open(folder, gate=gate) as register:
        name = "Vanishing Example Ltd"
        done = tell(register, [said("name", name), said("summary", "Something that will be taken back")])[0]
        site = Site(register)
        app = Outer(site)
        subject = entity_id("invented", "web")
        addresses = [
            f"/entities/{subject}",
            f"/api/v1/entities/{subject}",
            f"/statements/{done.ids[0]}",
            "/entities?limit=200",
            "/",
            "/feed.atom",
            "/feeds/name.atom?q=Vanishing",
            "/search?q=Vanishing+Example",
            "/screening?name=Vanishing+Example+Ltd",
            "/bulk/jsonl/direct.jsonl",
        ]
        for address in addresses:
            if address != "/":
                assert name in ask(app, address).text, address
        register.retract([done.ids[1]], key_of(register, "Paper"), RetractReason.WRONG)
        site.state(now=True)
        assert "taken back" in ask(app, f"/statements/{done.ids[1]}").text
        assert ask(app, f"/api/v1/statements/{done.ids[1]}").json["data"]["claim"]["retracted"] is not None
        register.erase(list(done.ids), EraseGround.SAFETY, EraseBy.SUBJECT)
        site.state(now=True)
        for address in addresses:
            got = ask(app, address)
            assert name not in re.sub(r'value="[^"]*"|<h3>[^<]*</h3>|"q":"[^"]*"|<title>[^<]*</title>', "", got.text), (
                address
            )
        assert ask(app, f"/statements/{done.ids[0]}").text.count("This statement was erased.") == 1
        found = ask(app, f"/api/v1/statements/{done.ids[0]}").json["data"]
        assert (found["claim"], found["erased_ground"], found["erased_by"]) == (None, "safety", "subject")
        kept = [
            file for file in (folder / "prepared").rglob("*") if file.is_file() and name.encode() in file.read_bytes()
        ]
        assert kept == []


def test_feeds_are_atom(app: Outer) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    company = app.site.store.subjects(type="Company", limit=1)[0]
    for address in (
        "/feed.atom",
        "/feeds/type/Company.atom",
        f"/entities/{company}/feed.atom",
        "/feeds/name.atom?q=Glasmoth",
    ):
        got = ask(app, address)
        assert got.headers["content-type"] == "application/atom+xml; charset=utf-8"
        feed = ElementTree.fromstring(got.text)
        assert "invented example: nothing here is true" in str(feed.findtext(f"{atom}title"))
        entries = feed.findall(f"{atom}entry")
        assert entries, address
        ids = [one.findtext(f"{atom}id") for one in entries]
        assert len(ids) == len(set(ids))
        for one in entries:
            assert one.findtext(f"{atom}updated") and one.findtext(f"{atom}title")
        assert not [link for link in feed.iter(f"{atom}link") if link.get("href", "").startswith(("http", "/"))]


def test_bulk_files_and_changes(app: Outer) -> None:
    whole = ask(app, "/bulk/jsonl/direct.jsonl").text.splitlines()
    changes = [json.loads(line) for line in ask(app, "/bulk/jsonl/direct.jsonl?since=0").text.splitlines()]
    assert {json.loads(line)["id"] for line in whole} == {one["key"] for one in changes if one["op"] == "add"}
    size = app.site.store.size()
    assert ask(app, f"/bulk/jsonl/direct.jsonl?since={size}").body == b""
    assert ask(app, "/bulk/jsonl/..%2f..%2fregister.toml").status == 404
    assert ask(app, "/log/../register.toml").status == 404


def test_reconciliation(app: Outer) -> None:
    manifest = json_of(app, "/reconcile")
    assert manifest["versions"] == ["0.2"]
    assert manifest["view"] == {"url": "https://register.example/entities/{{id}}"}
    store = app.site.store
    company = next(
        one for one in store.iter_statements() if one.statement.type == "Company" and one.statement.property == "name"
    )
    queries = json.dumps(
        {"q0": {"query": company.statement.value, "limit": 3}, "q1": {"query": "Nobody Of This Name Zzyx"}}
    )
    from urllib.parse import quote

    answer = json_of(app, f"/reconcile?queries={quote(queries)}")
    assert answer["q0"]["result"][0]["id"] == company.statement.subject
    assert answer["q0"]["result"][0]["score"] >= 90
    assert answer["q1"] == {"result": []}
    body = f"queries={quote(queries)}".encode()
    posted = ask(
        app,
        "/reconcile",
        method="POST",
        body=body,
        content_type="application/x-www-form-urlencoded",
        sec_fetch_site="cross-site",
    )
    assert posted.json == answer
    assert posted.headers["access-control-allow-origin"] == "*"


def test_list_is_screened_and_forgotten(app: Outer) -> None:
    name = next(one for one in app.site.store.iter_statements() if one.statement.property == "name").statement.value
    csv = f"name,country,kind\n{name},,\nNobody Of This Name Zzyx,xx,company\n".encode()
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.csv"\r\n\r\n' + csv + b"\r\n--x--\r\n"
    got = ask(app, "/screening", method="POST", body=body, content_type="multipart/form-data; boundary=x")
    assert got.status == 200, got.text
    assert "2 screened, 1 with hits." in got.text
    assert got.headers["cache-control"] == "no-store"
    for bad, field in (
        (b"\xff\xfe", "file"),
        (b"a,b\n1,2\n", "name"),
        (b"name,country\nX," + b"y" * 81 + b"\n", "country"),
    ):
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.csv"\r\n\r\n' + bad + b"\r\n--x--\r\n"
        refused = ask(app, "/screening", method="POST", body=body, content_type="multipart/form-data; boundary=x")
        assert refused.status == 400
        assert f"<code>{field}</code>" in refused.text
    posted = post(app, "/api/v1/screening", {"names": [{"name": name}, {"name": "Nobody Of This Name Zzyx"}]})
    assert [len(one["hits"]) > 0 for one in posted.json["data"]["results"]] == [True, False]


def test_a_country_by_name_and_an_unknown_one(app: Outer) -> None:
    """A country may be written out; one that is not known is left out of the question, and that is said."""
    name = next(one for one in app.site.store.iter_statements() if one.statement.property == "name").statement.value
    left_out = "the country “Atlantis” is not known; screened without it"
    csv = f"name,country\n{name},Atlantis\nNobody Of This Name Zzyx,Israel\n".encode()
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.csv"\r\n\r\n' + csv + b"\r\n--x--\r\n"
    got = ask(app, "/screening", method="POST", body=body, content_type="multipart/form-data; boundary=x")
    assert (got.status, got.text.count(left_out)) == (200, 1)
    asked = [{"name": name, "country": "Atlantis"}, {"name": name, "country": "Israel"}]
    results = post(app, "/api/v1/screening", {"names": asked}).json["data"]["results"]
    assert [(one["query"].get("country"), one["warnings"]) for one in results] == [(None, [left_out]), ("il", [])]
    assert left_out in ask(app, "/screening?name=Glasmoth&country=Atlantis").text
    assert (
        ask(app, "/api/v1/screening?name=Glasmoth&country=Israel").json["data"]["results"][0]["query"]["country"]
        == "il"
    )


def test_a_hit_on_a_name_within_a_name(folder: Path) -> None:
    """Found by the command line and by the page alike; gone with the name it comes from, also where another name stays."""
    with Register.open(folder, gate=gate) as register:
        full = "ZQXF - Authority for Invented Things"
        done = tell(register, [said("name", full), said("alias", "Bureau of Brass Lanterns")])[0]
        site = Site(register)
        app = Outer(site)
        hit = ask(app, "/api/v1/screening?name=ZQXF").json["data"]["results"][0]["hits"][0]
        assert (hit["entity"], hit["name"]) == (entity_id("invented", "web"), "ZQXF")
        assert hit["about"] == ["occurs in what Paper published here; that alone is no accusation"]
        assert (
            "Recorded: occurs in what Paper published here; that alone is no accusation"
            in ask(app, "/screening?name=ZQXF").text
        )
        register.erase([done.ids[0]], EraseGround.SAFETY, EraseBy.SUBJECT)  # type: ignore[union-attr]
        site.state(now=True)
        assert ask(app, "/api/v1/screening?name=ZQXF").json["data"]["results"][0]["hits"] == []
        (hit,) = ask(app, "/api/v1/screening?name=Bureau+of+Brass+Lanterns").json["data"]["results"][0]["hits"]
        assert hit["name"] == "Bureau of Brass Lanterns"


def test_records_of_clients_say_how_firmly(app: Outer) -> None:
    """In a list of records, too: a potential client is called no more."""
    data = json_of(app, "/api/v1/entities?type=ClientClaim")["data"]
    assert data["refs"] and set(data["stages"]) == {one["id"] for one in data["refs"]}
    page = ask(app, "/entities?type=ClientClaim").text
    for words in data["stages"].values():
        assert words in page.replace("&#39;", "'")
    assert json_of(app, "/api/v1/entities?type=Company")["data"]["stages"] == {}


def test_spreadsheets_come_first(app: Outer) -> None:
    files = json_of(app, "/api/v1/bulk")["data"]["files"]
    assert [one["path"].split("/")[1] for one in files[:5]] == ["csv", "jsonl", "ftm", "ocds", "bods"]


def test_what_is_refused_before_the_register_sees_it_leaves_one_line_as_well(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        key = PrivateKey.new()
        register.key_add(key.public.raw.hex(), "Web Publisher", Role.PUBLISHER)
        app = Outer(Site(register))
        good = register.prepare([said("name", "Sent Over The Web Ltd", publisher="Web Publisher")], key)[0]
        forged = json.loads(write_submission(good))
        envelope = json.loads(base64.b64decode(forged["envelope"]))
        envelope["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
        forged["envelope"] = base64.b64encode(json.dumps(envelope, separators=(",", ":")).encode()).decode()
        empty = json.loads(write_submission(good)) | {"contents": []}
        post(app, "/api/v1/publications", forged)
        post(app, "/api/v1/publications", b"{")
        post(app, "/api/v1/publications", write_submission(good), content_length=str(99 << 20))
        post(app, "/api/v1/publications", empty)
        post(app, "/hand-in", b"do=submit", content_type="application/x-www-form-urlencoded")
        post(app, "/reconcile", b"{")
        told = [(code, line.split(":")[1].strip()) for _, code, line in register.store.operator_lines()]
        assert told == [
            ("bad_request", "payload"),
            ("contents_missing", "contents"),
            ("too_large", "body"),
            ("json", "body"),
            ("bad_signature", "signatures"),
        ]


def test_the_log_names_people_by_their_names(app: Outer) -> None:
    lines = [*json_of(app, "/api/v1/log")["data"]["entries"], json_of(app, "/api/v1/log/entries/42")["data"]["line"]]
    assert {one["publisher"] for one in lines if one["publisher"].startswith("sv-")}
    assert not [one for one in lines if one["publisher_name"].startswith("sv-")]
    for address in ("/log", "/log/entries/42", "/timeline", "/map", "/states", "/oversight", "/entities"):
        text = re.sub(r"<details.*?</details>|<[^>]+>", " ", ask(app, address).text, flags=re.S)
        assert not re.findall(r"sv-[0-9a-z]{20}", text), address


def test_browsing_begins_with_the_kinds(app: Outer) -> None:
    text = ask(app, "/entities").text
    assert '<a href="entities?type=Company">Companies</a> <span class="soft num">7</span>' in text
    assert "By kind" not in ask(app, "/entities?type=Company").text


def test_a_hit_names_who_published_it(app: Outer) -> None:
    [hit] = json_of(app, "/api/v1/screening?name=Fernhill+Holding")["data"]["results"][0]["hits"]
    assert hit["about"] == ["occurs in what Open Phones Collective published here; that alone is no accusation"]


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
def test_what_the_register_cannot_sign_is_no_fault_of_the_publisher(folder: Path, tmp_path: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        key = offices.key("web")
        register.key_add(key.public.raw.hex(), "Web Publisher", Role.PUBLISHER)
        good = register.prepare([said("name", "Sent Over The Web Ltd", publisher="Web Publisher")], key)[0]
        app = Outer(Site(register))
        silence(register)
        size = register.store.size()
        says = (
            "Nothing is wrong with what you handed in: the register signs nothing at the moment, because no witness confirms its log. "
            "Nothing of it was kept."
        )
        hint = "Send the same bytes again later; the signature stays good."
        got = post(app, "/api/v1/publications", write_submission(good))
        assert (got.status, got.headers["retry-after"]) == (503, "300")
        assert got.json["error"] == {
            "status": 503, "code": "stopped", "message": says, "field": "register", "hint": hint
        }  # fmt: skip
        payload = dsse.decode(good.envelope).payload
        signature = offices.ssh_signature(tmp_path, "web", payload, "sousveil-publication")
        parts = {
            "do": "submit",
            "payload": base64.b64encode(payload).decode(),
            "contents": base64.b64encode(outside.beside(good.contents)).decode(),
            "signature": signature.decode(),
        }
        form = {"content_type": "application/x-www-form-urlencoded"}
        page = post(app, "/hand-in", urlencode(parts).encode(), **form)
        assert (page.status, page.headers["retry-after"]) == (503, "300")
        assert all(words in page.text for words in (says, hint, "hand the same signature in again"))
        assert not any(words in page.text for words in ("policy file", "sign it anew", "For the operator"))
        told = answer(Restored("A database of another history.", hint="For the operator."))
        assert (told.status, told.retry_after, told.message) == (503, 300, says.partition(",")[0] + ".")
        assert told.hint == f"{hint} If it is in the register by then, the answer says so."
        assert register.store.size() == size
        answering(register)
        assert post(app, "/hand-in", urlencode(parts).encode(), **form).status == 201
        assert register.store.size() == size + 1
