"""An envelope with any JSON type in any place: `verify` names the entry, and a register to which it is handed in refuses it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.ledger import dsse
from sousveil.register import entries as log
from sousveil.register.verify import verify
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.profiles import sample
from tests.register import maker
from tests.register.attacks import forge
from tests.register.attacks.forge import LOG, MADE, signed
from tests.register.attacks.test_attacks import OPERATOR, POLICY, publish
from tests.web.client import ask

VALUES: list[Any] = [None, True, 7, -1.5, 2**70, "", "text/plain", "\ud800", [], ["a"], [[]], {}, {"a": 1}]
PLACES = [
    (),
    ("payload",),
    ("payloadType",),
    ("signatures",),
    ("signatures", 0),
    ("signatures", 0, "keyid"),
    ("signatures", 0, "sig"),
]


def changed(envelope: bytes, place: tuple[str | int, ...], value: Any) -> bytes:
    """The envelope with another value in this place."""
    whole: Any = json.loads(envelope)
    if not place:
        return json.dumps(value).encode()
    at = whole
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value
    return json.dumps(whole, separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def entries() -> tuple[list[bytes], bytes]:
    """A log's entries, the last a publication, and its file of contents."""
    genesis = log.Genesis(
        origin=forge.ORIGIN, title="Invented", example=True, key=OPERATOR.public.raw.hex(), owner="The operator",
        log=LOG.verifier.vkey(), made=MADE,
    )  # fmt: skip
    found = [signed(genesis, OPERATOR)]
    for name, (owner, role) in maker.KEYS.items():
        found.append(signed(log.KeyAdd(key=maker.public(name), owner=owner, role=role, made=MADE), OPERATOR))
    entry, contents = publish(0)
    rows = [[len(found), at, salt.hex(), data.decode()] for at, (salt, data) in enumerate(contents)]
    return [*found, entry], forge.lines(rows)


def difference(folder: Path, entries: list[bytes], contents: bytes, policy: Any = POLICY) -> str | None:
    """What `verify` says of a log with these entries, whose checkpoint the log's own key signed."""
    place = folder / "log"
    place.mkdir(exist_ok=True)
    forge.write(place, entries, contents)
    return verify(folder, policy=policy, go=False).difference


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_verify_names_the_entry(
    entries: tuple[list[bytes], bytes], tmp_path: Path, place: tuple[str | int, ...]
) -> None:
    found, contents = entries
    assert difference(tmp_path, found, contents) is None
    for index in sample([0, 1, len(found) - 1], 3):
        for value in VALUES:
            told = [*found[:index], changed(found[index], place, value), *found[index + 1 :]]
            for policy in (POLICY, None):
                assert str(difference(tmp_path, told, contents, policy)).startswith(f"Entry {index}: "), (index, value)


def test_verify_names_an_entry_of_another_payload_type_or_with_text_for_a_payload(
    entries: tuple[list[bytes], bytes], tmp_path: Path
) -> None:
    found, contents = entries
    payload, key = base64.b64decode(json.loads(found[-1])["payload"]), maker.private("paper")
    for kind in ("text/plain", "", "application/json"):
        told = dsse.encode(dsse.sign(kind, payload, key))
        says = f"Entry {len(found) - 1}: The payload type is not {log.PAYLOAD_TYPE}."
        assert difference(tmp_path, [*found[:-1], told], contents) == says
    for text in (b"text", b'"text"', b"7", b"[]", b"\xff", b""):
        told = dsse.encode(dsse.sign(log.PAYLOAD_TYPE, text, key))
        assert str(difference(tmp_path, [*found[:-1], told], contents)).startswith(
            f"Entry {len(found) - 1}: This entry cannot be read"
        )


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outer, dict[str, Any]]]:
    """The pages of a register, and a submission that it would take."""
    with maker.made(tmp_path_factory.mktemp("types") / "r") as made:
        app = Outer(Site(made.register), keep=False)
        envelope, contents = publish(1)
        pairs = [[base64.b64encode(one).decode() for one in pair] for pair in contents]
        yield app, {"envelope": base64.b64encode(envelope).decode(), "contents": pairs}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_handed_in_is_refused(register: tuple[Outer, dict[str, Any]], place: tuple[str | int, ...]) -> None:
    app, whole = register
    size = app.site.store.size()
    for value in VALUES:
        envelope = changed(base64.b64decode(whole["envelope"]), place, value)
        for body in (
            whole | {"envelope": base64.b64encode(envelope).decode()},
            changed(json.dumps(whole).encode(), place[:1] and ("envelope",), value),
        ):
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            got = ask(app, "/api/v1/publications", method="POST", body=sent, content_type="application/json")
            assert got.status in (400, 413, 422) and got.json["error"]["message"], (value, got.text)
    assert app.site.store.size() == size
