"""Serve a register: granian in front, the outer application behind it, a few processes and threads.

The measured choice among granian's interfaces for prepared bytes is WSGI (docs/decisions). Where the register lies is handed
to the worker processes through their environment, never through a file.
"""

from __future__ import annotations

import errno
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sousveil import memory
from sousveil.errors import Usage
from sousveil.register.folder import loopback

REGISTER = "SOUSVEIL_SERVE_REGISTER"
DATABASE = "SOUSVEIL_SERVE_DATABASE"
PAGES = "SOUSVEIL_SERVE_PAGES"
"""Address of the pages, where `register.toml` does not say it."""
STAFF = "SOUSVEIL_SERVE_STAFF"
"""Address of the staff's pages, in the server of these alone."""
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
    staff: str | None = None,
) -> None:
    """Serve until the process is told to stop. Raises Missing or Usage before anything listens, and Usage if one of the two servers ends.

    `staff`: where the staff's pages listen (`ADDRESS:PORT`; empty: the next port of this machine), apart from the others in
    processes of their own; None: nowhere.
    """
    import granian  # noqa: F401 - where it is not installed, the extra is named before anything else

    from sousveil.register.folder import Folder
    from sousveil.register.register import Register

    if not 1 <= workers <= 64 or not 1 <= threads <= 64:
        raise Usage("Between 1 and 64 processes and threads can serve.")
    config = Folder(register).config()
    public = not loopback(host)
    if public or (config.address and not loopback(urlsplit(config.address).hostname or "")):
        Folder(register).need_imprint(config)
    check_address(host, port)
    Register.open_or_read(register, database=database).close()
    pages = f"http://{_written(host)}:{port}" if config.example and not config.address and not public else ""
    environment = {LOCAL: "1", REGISTER: str(register), DATABASE: database or "", PAGES: pages, STAFF: ""}
    if staff is None:
        return _listen(environment, host, port, workers, threads)
    staff_host, staff_port = _listener(staff or f"127.0.0.1:{port + 1}")
    check_address(staff_host, staff_port)
    if not config.staff_address and not loopback(staff_host):
        raise Usage(
            "Staff could not tell their pages from a copy, because register.toml does not say where they are.",
            hint="Run: sousveil register imprint --staff-address https://staff.example.org. Or let them listen at 127.0.0.1.",
        )
    address = config.staff_address or f"http://localhost:{staff_port}"
    from sousveil.web.staff.database import prepare

    prepare(register, address)
    print(f"The staff's pages are at {address}/staff/ and listen at {staff_host}, port {staff_port}.", file=sys.stderr)
    _both(
        {
            "the pages": (environment, host, port, workers, threads),
            "the staff's pages": (environment | {STAFF: address}, staff_host, staff_port, 1, threads),
        }
    )


def _listen(environment: dict[str, str], host: str, port: int, workers: int, threads: int) -> None:
    """One server."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    os.environ.update(environment)
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


def _beside(*told: Any) -> None:
    """One of two servers."""
    _end_with_parent()
    _listen(*told)


def _end_with_parent() -> None:
    """However the process ends that started this one, a killed one too: nothing goes on listening without it."""
    parent = multiprocessing.parent_process()

    def follow() -> None:
        parent.join()  # type: ignore[union-attr]
        os.kill(os.getpid(), signal.SIGTERM)

    if parent is not None:
        threading.Thread(target=follow, name="parent-watch", daemon=True).start()


def _both(servers: dict[str, tuple[Any, ...]]) -> None:
    """Both servers, each in a process of its own, until one ends. Raises Usage where it ended by itself."""
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=_beside, args=told, name=name) for name, told in servers.items()]
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        for one in running:
            if one.is_alive():
                one.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for one in running:
        one.start()
    if stopped.is_set():  # told while they were being started
        stop()
    over = multiprocessing.connection.wait([one.sentinel for one in running])
    first = next(one for one in running if one.sentinel in over)
    told = stopped.is_set()
    stop()
    for one in running:
        one.join()
    if not told:
        raise Usage(
            f"The server of {first.name} ended by itself, and the other with it.", hint="Look at its lines above."
        )


def _listener(text: str) -> tuple[str, int]:
    """Host and port of `ADDRESS:PORT`. Raises Usage."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise Usage(f"“{text[:80]}” is no address with a port.", hint="Write it as --staff 127.0.0.1:8001.")
    return host.strip("[]"), int(port)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


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
        return Usage(
            f"Port {port} is in use.", hint="End the other server, or take another port with --port or --staff."
        )
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
    site = Site.open(place.root, os.environ.get(DATABASE) or None)
    staff = os.environ.get(STAFF, "")
    outer = Outer(site, pages=os.environ.get(PAGES, ""), staff=staff)
    if not staff:
        outer.warm()
    outer.watch()
    _end_with_parent()
    memory.keep()
    return outer
