"""Links in many texts at once are the links that the careful way finds in each."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.cases import sightings
from sousveil.records import Texts
from tests.profiles import examples

WORDS = [
    "http://",
    "https://",
    "HTTPS://",
    "xhttp://",
    "a+b://",
    "://",
    "evil.example",
    "e.example/",
    "u:p@",
    "10.0.0.1",
]
SIGNS = [
    " ",
    "\n",
    ",",
    ")",
    "é",
    "%",
    "_",
    "?",
    "#",
    "\\",
    ":80",
    "'",
    '"',
    "<",
    "[2001:db8::1]",
    "a" * 70,
    "\x85",
    "x",
]
PIECES = st.sampled_from([*WORDS, *SIGNS])


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.lists(PIECES, max_size=8).map("".join), min_size=1, max_size=12))
def test_the_quick_way_is_the_careful_one(texts: list[str]) -> None:
    hosts, rows = sightings._in_joined(Texts(joined="\x1f".join(texts).encode()))
    found = sorted(
        (row, host if isinstance(host, str) else host.decode()) for row, host in zip(rows, hosts, strict=True)
    )
    assert found == sorted((row, host) for row, text in enumerate(texts) for host in sightings._hosts_of(text))


def test_hosts_of_a_text() -> None:
    text = "see http://b.example/secret, (https://c.example). ftp://u:p@D.example:21/ x://y 1http://no HTTP://[::1]/ http:///"

    assert sightings._hosts_of(text)[:3] == ["b.example", "c.example).", "D.example"]
    assert sightings._hosts_of(None) == sightings._hosts_of("none") == []
