"""Serve a register: granian in front, the outer application behind it, a few processes and threads.

The measured choice among granian's interfaces for prepared bytes is WSGI (docs/decisions). Where the register lies is handed
to the worker processes through their environment, never through a file.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from sousveil import memory
from sousveil.errors import Usage

REGISTER = "SOUSVEIL_SERVE_REGISTER"
DATABASE = "SOUSVEIL_SERVE_DATABASE"
STAFF = "SOUSVEIL_SERVE_STAFF"
LOCAL = "SOUSVEIL_SERVE_LOCAL"
"""Set where `serve` has looked for the imprint; where another program starts the application, that is done there."""
THREADS = 16
"""Threads of one process that make pages: more than all lanes of costly work hold (`limits.Lane`)."""


def serve(
    register: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    database: str | None = None,
    workers: int = 1,
    threads: int = THREADS,
    staff: bool = False,
) -> None:
    """Serve until the process is told to stop. Raises Missing, Usage before anything listens.

    `staff`: also what lies below `/staff/`.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    from sousveil.register.folder import Folder
    from sousveil.register.register import Register

    if not 1 <= workers <= 64 or not 1 <= threads <= 64:
        raise Usage("Between 1 and 64 processes and threads can serve.")
    config = Folder(register).config()
    os.environ[LOCAL] = "1"
    if not _loopback(host) or (config.address and not _loopback(urlsplit(config.address).hostname or "")):
        Folder(register).need_imprint(config)
    check_address(host, port)
    Register.open_or_read(register, database=database).close()
    os.environ[REGISTER] = str(register)
    if database is not None:
        os.environ[DATABASE] = database
    os.environ.pop(STAFF, None)
    if staff:
        from sousveil.web.staff.database import prepare

        prepare(register)
        os.environ[STAFF] = "1"
    Granian(
        "sousveil.web.serving:make_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backpressure=threads * 64,
        websockets=False,
        http1_settings=HTTP1Settings(max_buffer_size=1 << 16),
        log_enabled=True,
        log_access=False,
        respawn_failed_workers=True,
        process_name=None,
    ).serve()


def _loopback(host: str) -> bool:
    """Whether an address reaches no other machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(host: str, port: int) -> None:
    """Whether somebody else listens there already. Raises Usage.

    Granian shares its port (SO_REUSEPORT), so that two servers would both start and answer in turns; hence the address is
    taken once without that, and let go.
    """
    if not 1 <= port <= 65_535:
        raise Usage(f"{port} is no port.", hint="A port is a number between 1 and 65535.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise Usage(f"There is no address “{host[:80]}”.", hint="For this machine alone: 127.0.0.1.") from None
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that has just ended is no hindrance
            try:
                tried.bind(address)
            except OSError as error:
                raise _refused(host, port, error) from None


def _refused(host: str, port: int, error: OSError) -> Usage:
    if error.errno == errno.EADDRINUSE:
        return Usage(f"Port {port} is in use.", hint="End the other server, or take another port with --port.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Usage(f"Port {port} may not be used by this account.", hint="Ports from 1024 on are free to all.")
    return Usage(f"Nothing can listen at {host[:80]}, port {port}: {error.strerror}.")


def make_app() -> Callable[..., object]:
    """The application of one worker process."""
    from sousveil.register.folder import Folder
    from sousveil.web.outer import Outer
    from sousveil.web.site import Site

    place = Folder(Path(os.environ[REGISTER]))
    if LOCAL not in os.environ:
        place.need_imprint(place.config())
    site = Site.open(place.root, os.environ.get(DATABASE))
    outer = Outer(site, staff=STAFF in os.environ)
    outer.warm()
    outer.watch()
    memory.keep()
    return outer
