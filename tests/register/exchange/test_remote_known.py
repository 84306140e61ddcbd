"""A register elsewhere that is asked who is on file: several of a name join nobody, a merge is told, odd answers end it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger.source import Unreachable
from sousveil.register.exchange.known import Known
from sousveil.register.remote import ANSWER_MAX, Remote
from sousveil.register.remote_known import RemoteKnown
from tests.decisions.rig import Rig, rigged, sid
from tests.register.exchange.test_known import LEI, MINISTRY, VIREO
from tests.web.serving import served_here

LENS = "Vireo Lens"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        yield rig


def test_the_same_answers_as_of_the_store_itself(rig: Rig) -> None:
    rig.say("twin", type="Company", name=VIREO, alias="The Twin", country="xb", leiCode=LEI)
    rig.say("vireo", type="Company", leiCode=LEI)
    rig.say("deal", type="Contract", title="Reading", buyer="@ministry", supplier="@vireo")
    rig.say("gone", type="Company", name="Gone Ltd")
    rig.retract("gone", "watch")
    rig.say("moved", type="Company", name="Moved Ltd")
    judgement = {"left": sid("moved"), "right": sid("vireo"), "verdict": "same"}
    rig.say("one", type="Judgement", reason="Same number.", evidence="https://x.example/1", **judgement)
    here, one = Known(rig.register.store), rig.register.store.canonical(sid("vireo"))
    assert one == rig.register.store.canonical(sid("moved"))
    with served_here(rig.register.folder) as address:
        there = RemoteKnown(Remote(address))
        for known in (here, there):
            assert sorted(known.called(VIREO)) == sorted([one, sid("twin")]), "both are named, none is taken"
            assert sorted(known.numbered("leiCode", LEI)) == sorted([one, sid("twin")])
            assert known.called("The Twin") == [sid("twin")]
            assert (known.called("Vireo System"), known.called(LENS), known.called("Gone Ltd")) == ([], [], [])
            assert (known.called("!"), known.called("x" * 400), known.numbered("leiCode", "0" * 90)) == ([], [], [])
            assert [known.entity(sid(key)) for key in ("vireo", "moved", "gone", "never")] == [
                one,
                one,
                None,
                None,
            ]
            assert (known.entity("sv-x"), known.is_called("sv-x", VIREO)) == (None, False)
            assert [known.is_contract(sid(key)) for key in ("deal", "vireo", "gone", "never")] == [
                True,
                False,
                False,
                False,
            ]
            assert known.is_called(sid("ministry"), MINISTRY.upper()) and not known.is_called(sid("ministry"), VIREO)
        [merged] = {sid("moved"), sid("vireo")} - {one}
        assert there.taken == [
            f"{address} says that {merged} was judged to be one with {one}, and it was taken for true."
        ], "what cannot be checked here is told; a number that two bear was taken for nobody's"


def test_one_number_of_one_entity_is_told(rig: Rig) -> None:
    rig.say("vireo", type="Company", leiCode=LEI)
    with served_here(rig.register.folder) as address:
        there = RemoteKnown(Remote(address))
        assert there.numbered("leiCode", LEI) == [sid("vireo")]
        assert there.taken == [
            f"{address} says that the leiCode {LEI} is that of {VIREO} ({sid('vireo')}), and it was taken for true."
        ]


Answer = Callable[[str], tuple[int, bytes]]


@contextmanager
def odd(folder: Path, answer: Answer) -> Iterator[str]:
    """A server of the log's files that answers questions as it likes."""

    class Odd(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **more: object) -> None:
            super().__init__(*args, directory=str(folder), **more)  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path.startswith("/api/"):
                self._say(*answer(self.path))
            else:
                super().do_GET()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(*answer(self.path))

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(id: str, **values: str) -> bytes:
    """A page as a register gives it."""
    told = [{"name": name, "claims": [{"value": value, "stands": True}]} for name, value in values.items()]
    return json.dumps({"data": {"id": id, "type": "Company", "caption": "Any", "properties": told}}).encode()


def hits(*ids: str) -> bytes:
    return json.dumps({"data": {"results": [{"hits": [{"entity": one, "page": True} for one in ids]}]}}).encode()


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (lambda _: (500, b""), Malformed, "(status 500) that no register gives"),
        (lambda _: (200, b"[]"), Malformed, "(status 200) that no register gives"),
        (lambda _: (200, b"[" * 5_000), Malformed, "(status 200) that no register gives"),
        (lambda _: (200, page(sid("twin"))), Malformed, f"was asked for {sid('vireo')} and answered for {sid('twin')}"),
        (lambda _: (200, b" " * (ANSWER_MAX + 9)), LimitExceeded, "of more than 4,194,304 bytes"),
    ],
)
def test_an_odd_answer_ends_it_before_anything_is_signed(
    rig: Rig, answer: Answer, error: type[Exception], says: str
) -> None:
    with odd(rig.register.folder, answer) as address:
        there = RemoteKnown(Remote(address))
        with pytest.raises(error) as raised:
            there.entity(sid("vireo"))
        assert says in str(raised.value)
    with pytest.raises(Unreachable, match="Nothing was handed in"):
        there.entity(sid("never"))


def test_a_candidate_counts_only_where_its_page_says_so(rig: Rig) -> None:
    """What screening alone calls alike is nobody: the name has to stand on the page, letter by letter."""
    pages = {sid("vireo"): page(sid("vireo"), name="Vireo Systems"), sid("twin"): page(sid("twin"), name=VIREO)}

    def answer(path: str) -> tuple[int, bytes]:
        id = path.rpartition("/")[2]
        return (200, hits(*pages, "../../keys")) if id == "screening" else (200, pages[id])

    with odd(rig.register.folder, answer) as address:
        assert RemoteKnown(Remote(address)).called(VIREO) == [sid("twin")]
