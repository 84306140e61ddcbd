"""Serve the pages: one process, no access log, no error log, and the purge once a day.

Where the installation lies is handed to the worker process through its environment, never through a file.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
from pathlib import Path

from sousveil.complaints import hardening, separation
from sousveil.complaints.app import App
from sousveil.complaints.desk import Desk
from sousveil.complaints.folder import Folder
from sousveil.complaints.purge import purge
from sousveil.complaints.receiving import Receiving
from sousveil.complaints.store import today
from sousveil.errors import Missing, Usage

_FOLDER = "SOUSVEIL_COMPLAINTS_SERVED"
_TLS = "SOUSVEIL_COMPLAINTS_TLS"
LOOK_SECONDS = 600.0


def check(folder: Folder, *, one_user: bool) -> list[str]:
    """Everything that must hold before a page is shown; gives what `one_user` excuses. Raises Usage, Missing, Malformed."""
    config = folder.config()
    separation.check_folder(folder.root)
    folder.check_private()
    separation.check_hosts(config.hosts, config.registers)
    excused = separation.check_user(folder.root, config.registers, one_user=one_user)
    Desk(folder)
    return excused


def front(host: str) -> str:
    """A sentence about what stands before the server."""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    if near:
        return "Only this machine reaches it. Put an onion service with proof of work in front of it."
    return "It is reached directly: no proof of work slows a flood. Put an onion service in front of it."


def serve(folder: Folder, host: str, port: int, *, certificate: Path | None = None, key: Path | None = None) -> None:
    """Serve until the process is told to stop. Raises Usage before anything listens. `check` has been called."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    if (certificate is None) != (key is None):
        raise Usage("A certificate and its key belong together.", hint="Give both --certificate and --certificate-key.")
    for one in (certificate, key):
        if one is not None and not one.is_file():
            raise Missing(f"There is no file {one.name}.")
    _check_address(host, port)
    os.environ[_FOLDER] = str(folder.root)
    os.environ[_TLS] = "1" if certificate else ""
    hardening.harden()
    Granian(
        "sousveil.complaints.serving:make_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        workers=1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=1 << 16),
        log_enabled=False,
        log_access=False,
        ssl_cert=certificate,
        ssl_key=key,
        respawn_failed_workers=True,
    ).serve()


def _check_address(host: str, port: int) -> None:
    if not 1 <= port <= 65_535:
        raise Usage(f"{port} is no port.", hint="A port is a number between 1 and 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except (OSError, UnicodeError):
        raise Usage("Nothing can listen at this address and port.", hint="For this machine alone: 127.0.0.1.") from None


def make_app() -> Receiving:
    """The application of the worker process."""
    hardening.harden()
    desk = Desk(Folder(Path(os.environ[_FOLDER])))
    threading.Thread(target=_purge_daily, args=(desk,), name="complaints-purge", daemon=True).start()
    return Receiving(App(desk, tls=bool(os.environ[_TLS])))


def _purge_daily(desk: Desk, stop: threading.Event | None = None) -> None:
    """At the start and after each midnight, UTC."""
    stop, done = stop or threading.Event(), ""
    while True:
        if done != (day := today()):
            with contextlib.suppress(Exception):
                purge(desk.store, desk.config.retention_days)
                done = day
        if stop.wait(LOOK_SECONDS):
            return
