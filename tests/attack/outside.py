"""What a stranger reaches from outside: addresses that we call, paths that we serve, the Host header."""

from __future__ import annotations

import contextlib
import io
import itertools
import socket
import tarfile
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import msgspec

from sousveil.decisions.api import gate
from sousveil.errors import Usage
from sousveil.register import outbox
from sousveil.register.outbox.addresses import resolve, target
from sousveil.register.outbox.settings import WebhookSettings
from sousveil.register.publication import File
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from tests.attack.field import Field, Result, Tally
from tests.register import maker
from tests.register.outbox.conftest import Hook
from tests.register.outbox.test_addresses import NEVER, NO_ADDRESS
from tests.web.staff.people import OPERATOR

PUBLIC, LOOPBACK = "93.184.215.14", "127.0.0.1"


def called_addresses(field: Field) -> Result:
    """Addresses of webhooks that lead to this machine or its network: written out, resolved, rebound, redirected."""
    tally = Tally(
        "calls to inner addresses (SSRF)", "every address of a name must be public; the one looked at is called"
    )
    for text in NEVER:
        host = f"[{text}]" if ":" in text else text
        tally.check(_refused(lambda host=host: target(f"https://{host}/")), f"https://{host}/")
        with _names({"hook.example.org": [[text]]}):
            goal = target("https://hook.example.org/")
            tally.check(_refused(lambda goal=goal: resolve(goal)), f"a name that leads to {text}")
        with _names({"hook.example.org": [[PUBLIC, text]]}):
            tally.check(_refused(lambda goal=goal: resolve(goal)), f"a name that also leads to {text}")
    for url in NO_ADDRESS:
        tally.check(_refused(lambda url=url: target(url)), url)
    folder = field.place("webhooks")
    with Register.init(
        folder, title="W", origin="w.example/log", example=True, owner="Operator", gate=gate
    ) as register:
        for number, answers in enumerate(([[PUBLIC], [LOOPBACK]], [[PUBLIC], [LOOPBACK], [LOOPBACK]])):
            with _names({"rebound.example.org": answers}) as called:
                outbox.webhook(register, key=f"r/{number}", url="https://rebound.example.org/", event="e", data={})
                outbox.deliver(register)
            tally.check(called <= {PUBLIC}, f"a name that answers anew was called at {called}")
        tally.check(outbox.all_deliveries(register), "the deliveries are there")
    _redirected(tally, folder)
    return tally.result()


def _redirected(tally: Tally, folder: Path) -> None:
    """A receiver that sends on to another address of this machine."""
    with Register.open(folder, gate=gate) as register:
        config = msgspec.structs.replace(register.config, webhooks=WebhookSettings(loopback=True))
        register.paths.write_config(config)
    hook, secret = Hook(), Hook()
    hook.start()
    secret.start()
    try:
        with Register.open(folder, gate=gate) as register:
            for status in (301, 302, 303, 307, 308):
                hook.status, hook.location = status, f"http://127.0.0.1:{secret.port}/secret"
                outbox.webhook(register, key=f"s/{status}", url=f"http://127.0.0.1:{hook.port}/", event="e", data={})
                outbox.deliver(register)
                tally.check(secret.calls == [] and hook.calls, f"a redirection {status} was followed")
    finally:
        hook.stop()
        secret.stop()


def _refused(call: Any) -> bool:
    try:
        call()
    except Usage:
        return True
    return False


@contextlib.contextmanager
def _names(answers: dict[str, list[list[str]]]) -> Any:
    """A name server of the attacker's, which answers otherwise each time. Gives the addresses that were connected to."""
    left = {name: itertools.chain(some, itertools.repeat(some[-1])) for name, some in answers.items()}
    called: set[str] = set()

    def answer(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(left[host])]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        host = address[0] if address[0] not in left else answer(*address)[0][4][0]
        called.add(host)
        raise ConnectionRefusedError(111, "Connection refused")

    with (
        mock.patch("socket.getaddrinfo", answer),
        mock.patch("socket.create_connection", connect),
    ):
        yield called


UPWARD = ("..", "%2e%2e", "%2e.", "..%2f..", "%252e%252e", "..%5c", "..;", "%c0%ae%c0%ae", "....//", ".%00.", "x/../..")
BELOW = (
    *("/log/", "/log/tile/", "/log/tile/0/", "/log/content/", "/log/envelopes/", "/attachments/", "/bulk/jsonl/"),
    *("/static/", "/staff/static/", "/feeds/", "/api/v1/", "/tables/", "/pictures/", "/"),
)
WANTED = ("keys/operator", "register.toml", "register.sqlite", "staff.sqlite", "audit/log/checkpoint", "etc/passwd")


def paths(field: Field) -> Result:
    """Files beside the ones that are served, asked for by every spelling of the folder above."""
    tally = Tally("paths out of the folder (traversal)", "names of files are matched whole; no link is followed")
    inner = field.folder / "log" / "tile" / "linked"
    inner.symlink_to(field.folder / "keys" / "operator")
    (field.folder / "attachments").mkdir(exist_ok=True)
    beside = field.folder / "attachments" / ("0" * 64)
    beside.symlink_to(field.folder / "keys" / "operator")
    secret = (field.folder / "keys" / "operator").read_bytes()
    marks = (secret, b"SQLite format 3", b"root:x:0", b"origin =", secret.strip()[-20:])
    try:
        spelled = [
            f"{below}{'/'.join([up] * depth)}/{name}"
            for below in BELOW
            for up in UPWARD
            for depth in (1, 3, 6)[:: field.number(2, 1)]
            for name in WANTED[:: field.number(3, 1)]
        ]
        whole = [f"{below}{quote(str(field.folder / name), safe='')}" for below in BELOW for name in WANTED]
        for path in (
            *spelled,
            *whole,
            "/log/tile/linked",
            f"/attachments/{'0' * 64}",
            "//etc/passwd",
            "/log//etc/passwd",
        ):
            page = field.send("GET", path)
            safe = page.status in (301, 302, 400, 404, 405, 414) and not any(mark in page.body for mark in marks)
            tally.check(safe, f"{path}: {page.status}")
    finally:
        inner.unlink()
        beside.unlink()
    _members(tally, field)
    return tally.result()


def _members(tally: Tally, field: Field) -> None:
    """Archives whose members are named out of the folder, as files of a publication: refused, and written nowhere."""
    with Register.open(field.folder, gate=gate) as register:
        for number, name in enumerate(
            ("../../stray", "/stray", str(field.root / "stray"), "a/../../stray", "..\\stray")
        ):
            zipped, tarred = io.BytesIO(), io.BytesIO()
            with zipfile.ZipFile(zipped, "w") as archive:
                archive.writestr(name, b"stray")
            with tarfile.open(fileobj=tarred, mode="w") as archive:
                member = tarfile.TarInfo(name)
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(member)
            for data, kind in ((zipped, "application/zip"), (tarred, "application/x-tar")):
                file = File(data=data.getvalue(), media_type=kind)
                statements = maker.company(80_000 + number, publisher=OPERATOR)[:1]
                try:
                    register.publish(statements, maker.key_of(register, OPERATOR), attachments=[file], receipt=False)
                    refusal = "none"
                except Refused as error:
                    refusal = error.code
                tally.check(refusal == "bad_name", f"{name} in {kind}: {refusal}")
                stray = [one for one in field.root.rglob("*") if "stray" in one.name]
                tally.check(not stray, f"{name} in {kind}: {stray}")


def host_header(field: Field) -> Result:
    """A foreign name in the Host header, which no answer may repeat as its own address."""
    tally = Tally("a foreign Host header", "addresses come from the settings, never from the request")
    for path in ("/", "/reconcile", "/api/v1/openapi.json", "/feed.atom", "/search?q=a", "/entities", "/log"):
        for name in (
            "posing.example",
            "posing.example:80",
            "127.0.0.1.posing.example",
            "posing.example/a",
            "a@posing.example",
        ):
            page = field.send("GET", path, Host=name)
            safe = page.status in (200, 301, 400, 403, 421) and b"posing.example" not in page.body
            tally.check(safe and "posing.example" not in page.location, f"{path} for {name}: {page.status}")
    return tally.result()
