"""Every form of the pages, filled in by chance: fields missing, doubled, huge, odd, and bodies that are no forms."""

from __future__ import annotations

import random
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urljoin, urlsplit

from tests.attack.field import Field, Result, Tally
from tests.complaints import places
from tests.web.staff.people import PROPOSAL

PAGES = (
    "/",
    "/search",
    "/screening",
    "/decide",
    "/entities",
    "/map",
    "/states",
    "/publish",
    "/procedures",
    "/overdue",
    "/remedy",
)
STAFF = {
    "paula": ("drafts/", "drafts/{draft}/", "forms/", "security/"),
    "rita": ("held/", "held/{held}/", "audit/"),
    "bela": ("proposals/",),
    "olga": ("keys/", "erasures/", "outbox/", "accounts/"),
}
KEPT = ("/logout", "/disable", "/drop", "/security/totp/deactivate", "/reauthenticate")
"""What would end the session or the account that goes on asking."""
SEED = 29


class _Forms(HTMLParser):
    """Forms of a page: where each is sent, how, and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, str, dict[str, str]]] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.add(given.get("href", ""))
        if tag == "form":
            kind = given.get("enctype", "application/x-www-form-urlencoded")
            self.forms.append((given.get("method", "get").upper(), given.get("action", ""), kind, {}))
        elif self.forms and tag in ("input", "select", "textarea", "button") and given.get("name"):
            self.forms[-1][3].setdefault(given["name"], given.get("value", ""))


def _read(text: str) -> _Forms:
    parser = _Forms()
    parser.feed(text)
    return parser


def fuzzed(field: Field) -> Result:
    """No form of a page, of the staff or of the complaints ever answers with a failure of ours."""
    tally = Tally("forms filled in by chance", "sizes, numbers and names of fields are limited before they are read")
    chance = random.Random(SEED)
    count, step = field.number(3, 25), field.number(3, 1)
    pages = list(PAGES)
    for index in ("/publish", "/procedures"):
        links = _read(field.send("GET", index).text).links
        pages += sorted({urlsplit(urljoin(index, one)).path for one in links if one.lstrip("/").startswith(index[1:])})
    for path in sorted(set(pages))[::step]:
        for form in _read(field.send("GET", path).text).forms:
            _send(tally, field, "", path, form, chance, count)
    ids = {"draft": field.staff.draft("paula"), "held": field.staff.held, "proposal": PROPOSAL}
    for name, paths in STAFF.items():
        for path in [f"/staff/{one.format(**ids)}" for one in paths][::step]:
            for form in _read(field.staff[name].get(path).text).forms:
                _send(tally, field, name, path, form, chance, count)
    _complaints(tally, field, chance, count)
    return tally.result()


def _send(
    tally: Tally,
    field: Field,
    who: str,
    path: str,
    form: tuple[str, str, str, dict[str, str]],
    chance: random.Random,
    count: int,
) -> None:
    method, action, _, fields = form
    goal = urljoin(path, action) if action else path
    if any(one in goal for one in KEPT) or goal.startswith("http"):
        return
    more = {"Cookie": field.staff[who].cookie, "Origin": field.door} if who else {}
    for kind, body in _bodies(fields, chance, count):
        if method == "GET":
            page = field.send("GET", goal.partition("?")[0] + "?" + quote(body[:3_500], safe="=&%+"))
        else:
            page = field.send("POST", goal, body, Content_Type=kind, **more)
        tally.check(0 < page.status < 500, f"{who} {method} {goal}: {page.status} for {kind} {body[:120]!r}")


def _bodies(fields: dict[str, str], chance: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Bodies of a form, one worse than the other."""
    plain = "application/x-www-form-urlencoded"
    keep = {name: value for name, value in fields.items() if name == "csrfmiddlewaretoken"}
    for _ in range(count):
        pairs = [(name, _value(chance, value)) for name, value in fields.items() if name not in keep]
        chance.shuffle(pairs)
        pairs = pairs[: chance.randint(0, len(pairs))] + [("csrfmiddlewaretoken", one) for one in keep.values()]
        if pairs and chance.random() < 0.5:
            pairs += [(chance.choice(pairs)[0], _value(chance, "")) for _ in range(chance.choice((1, 3, 50)))]
        if chance.random() < 0.3:
            pairs.append((_value(chance, "x")[:200], "x"))
        yield plain, urlencode(pairs, errors="surrogatepass").encode()
    kind, body = places.form(**dict.fromkeys(fields, "x"), **keep) if not keep else places.form(**{**fields, **keep})
    yield kind, body
    yield kind, body[: len(body) // 2]
    yield kind, body.replace(b"form-data", b"\xff\x00")
    yield kind.replace("boundary=", "boundary=" + "x" * 300), body
    yield "multipart/form-data", body
    yield "multipart/form-data; boundary=", body
    yield plain, b"&" * 5_000
    yield plain, b"%" * 999
    yield plain, "&".join(f"a{n}=1" for n in range(3_000)).encode()
    yield plain + "; charset=utf-7", b"+ADw-script+AD4-=1"
    yield "application/json", b'{"a":' * 500
    yield "", b"\x00\xff" * 100


ODD = (
    *(
        "",
        " ",
        "\x00",
        "é",
        "\u202e",
        "\ud800",
        "-1",
        "1e999",
        "NaN",
        "9" * 400,
        "0x0",
        "2021-02-30",
        "..",
        "sv-",
        "'\"`;--",
    ),
    *(
        "<script>alert(1)</script>",
        "{{7*7}}",
        "%s%n",
        "../../keys/operator",
        "=1+1",
        "a" * 20_000,
        "\n" * 2_000,
        "[]",
        "null",
    ),
)


def _value(chance: random.Random, given: str) -> str:
    if chance.random() < 0.3:
        return given
    if chance.random() < 0.2:
        return "".join(chr(chance.choice((chance.randrange(0x20, 0x7F), chance.randrange(0x3000)))) for _ in range(40))
    return chance.choice(ODD)


def _complaints(tally: Tally, field: Field, chance: random.Random, count: int) -> None:
    """The form of the complaints' server, and the one for a receipt."""
    place = places.made(field.place("fuzzed") / "c")
    with places.served(place) as server:
        fields = {
            "/": {"text": "", "files": ""},
            "/receipt": {"receipt": ""},
            "/receipt/write": {"receipt": "", "text": ""},
        }
        for path, names in fields.items():
            for kind, body in _bodies(names, chance, max(1, count // 2)):
                head = {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
                status, _, _ = server.ask("POST", path, body, head)
                tally.check(status < 500 or status == 503, f"complaints {path}: {status} for {kind} {body[:120]!r}")
