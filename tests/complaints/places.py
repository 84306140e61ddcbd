"""Installations for tests, their keys, and the real server in a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import os
import pwd
import secrets
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sousveil.complaints import folder, handlers, sealing
from sousveil.complaints.store import Store
from tests.ports import free_port

SOURCE = Path(__file__).resolve().parents[2] / "src"
HOST = "complaints.example"
NAMES = ("Office A", "Office B", "Vault")


@dataclass(frozen=True)
class Place:
    """An installation and its keys: two handlers and the recovery."""

    folder: folder.Folder
    identities: tuple[str, ...]
    recipients: tuple[str, ...]

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def everything(self) -> dict[str, bytes]:
        """All files of the folder."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.root.iterdir())}


def made(path: Path, **settings: object) -> Place:
    """A new installation."""
    pairs = [sealing.new_identity() for _ in NAMES]
    values: dict[str, object] = {"title": "Complaints of the example", "hosts": [HOST, "127.0.0.1"], **settings}
    place = folder.create(path, folder.Config(**values))  # type: ignore[arg-type]
    store = Store(place)
    store.create()
    handlers.add_all(store, [(name, pair[1], name == "Vault") for name, pair in zip(NAMES, pairs, strict=True)])
    return Place(place, tuple(one for one, _ in pairs), tuple(one for _, one in pairs))


def nobody() -> list[str]:
    """What runs a command as another user than root; empty where that cannot be or need not be."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    entry = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


def give_to_nobody(path: Path) -> None:
    """The folder and all in it belong to `nobody`."""
    entry = pwd.getpwnam("nobody")
    for one in (path, *path.rglob("*")):
        os.chown(one, entry.pw_uid, entry.pw_gid)


def command(*args: str | Path) -> list[str]:
    return [sys.executable, "-m", "sousveil.cli", "complaints", *map(str, args)]


def environment() -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if not name.startswith("SOUSVEIL_")}
    return {**found, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/"}


@dataclass
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    said: Path
    context: ssl.SSLContext | None = None

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.context is not None:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self.context)
        with contextlib.closing(connection):
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def post(self, path: str, **fields: str | bytes | list[tuple[str, bytes]]) -> tuple[int, dict[str, str], bytes]:
        """A form as a browser sends it."""
        content_type, body = form(**fields)
        return self.ask("POST", path, body, {"Content-Type": content_type, "Sec-Fetch-Site": "same-origin"})


def form(**fields: str | bytes | list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Media type and body of a form; a list is files with their names."""
    mark = secrets.token_hex(12)
    parts: list[bytes] = []
    for name, value in fields.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, list):
            for filename, data in value:
                quoted = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
                line = f'{head}; filename="{quoted}"\r\nContent-Type: application/octet-stream\r\n\r\n'
                parts.append(line.encode() + data + b"\r\n")
        else:
            parts.append(f"{head}\r\n\r\n".encode() + (value.encode() if isinstance(value, str) else value) + b"\r\n")
    return f"multipart/form-data; boundary={mark}", b"".join(parts) + f"--{mark}--\r\n".encode()


@contextlib.contextmanager
def served(
    place: Place,
    *,
    one_user: bool = True,
    as_nobody: bool = False,
    more: Sequence[str] = (),
    context: ssl.SSLContext | None = None,
) -> Iterator[Served]:
    """The real server over an installation."""
    port = free_port()
    said = place.folder.root.parent / f"said-{port}"
    line = command("serve", "--complaints", place.folder.root, "--port", str(port))
    line += [*(["--one-user"] if one_user else []), *more]
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*(nobody() if as_nobody else []), *line],
            env=environment(),
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd=place.folder.root,
        )
    running = Served(port, process, said, context)
    try:
        wait(running)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait(running: Served) -> None:
    """Until the style sheet comes."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if running.ask("GET", "/complaints.css")[0] == 200:
                return
        except OSError:
            if running.process.poll() is not None:
                raise RuntimeError(running.said.read_text()) from None
            time.sleep(0.05)
    raise RuntimeError("the server does not answer")


def words_of(body: bytes) -> str:
    """The receipt on the page."""
    import re

    return " ".join(re.findall(r"<li>([a-z]+)</li>", body.decode().split('<ol class="receipt">')[1].split("</ol>")[0]))
