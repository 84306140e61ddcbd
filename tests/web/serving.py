"""A register served by the real server in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from sousveil.decisions.api import gate
from sousveil.register.register import Register
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests import forked
from tests.forked import SOURCE
from tests.ports import free_port

_CODE = """import sys
from pathlib import Path
from sousveil.web.serving import serve
serve(Path(sys.argv[1]), port=int(sys.argv[2]), workers=int(sys.argv[3]), staff=sys.argv[4] or None)"""


@contextmanager
def served(folder: Path, workers: int = 1) -> Iterator[str]:
    """The address of the served register."""
    with served_twice(folder, workers, staff=False) as (pages, _, _):
        yield pages


@contextmanager
def served_twice(
    folder: Path, workers: int = 1, *, staff: bool = True
) -> Iterator[tuple[str, str, subprocess.Popen[bytes]]]:
    """The addresses of the served register and of its staff's pages, and the process to which both servers belong."""
    port, staff_port = free_port(), free_port()
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    listens = f"127.0.0.1:{staff_port}"
    command = [sys.executable, "-c", _CODE, str(folder), str(port), str(workers), listens if staff else ""]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            for one in (address, *([f"http://{listens}"] if staff else [])):
                _wait(one, lambda: server.poll() is not None)
            yield address, f"http://{listens}", server
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(address: str, ended: Callable[[], bool]) -> None:
    end = time.monotonic() + 180  # a busy machine takes a minute to start a server
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/static/register.css", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if ended():
                raise RuntimeError("the server ended at once") from None
            time.sleep(0.03)
    raise RuntimeError("the server does not answer")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Writes nothing: a test reads answers."""


@contextmanager
def served_here(folder: Path) -> Iterator[str]:
    """The address of the register, served over HTTP by threads of this process.

    The application is the real one; only granian is not there. It starts in a tenth of the time, so tests of what pages say and
    take use it, and tests of the server use `served`.
    """
    Register.open_or_read(folder, gate=gate).close()
    outer = Outer(Site.open(folder))
    with make_server("127.0.0.1", 0, outer, server_class=_Server, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            outer.site.register.close()


def serve_apart(folder: str, port: str, staff_port: str) -> None:
    """Serves until the process is told to stop. Passwords are hashed with little work: a test that signs in tries no attack."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    from sousveil.web.staff.database import prepare

    ScryptPasswordHasher.work_factor, ScryptPasswordHasher.parallelism = 2, 1
    staff = f"http://localhost:{staff_port}"
    prepare(Path(folder), staff)
    Register.open_or_read(Path(folder), gate=gate).close()
    pages = f"http://127.0.0.1:{port}"
    _begin(Outer(Site.open(Path(folder)), pages=pages, staff=staff), int(staff_port))
    outer = Outer(Site.open(Path(folder)), pages=pages)
    outer.watch()
    _begin(outer, int(port)).join()


def _begin(outer: Outer, port: int) -> threading.Thread:
    server = make_server("127.0.0.1", port, outer, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True)
    thread.start()
    return thread


@contextmanager
def served_apart(folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of the register and of its staff's pages, served by a process of its own without granian; Django is set up once in
    a process."""
    port, staff_port = free_port(), free_port()
    with forked.running(serve_apart, (str(folder), str(port), str(staff_port))):
        address = f"http://127.0.0.1:{port}"
        _wait(address, lambda: False)
        yield address, f"http://127.0.0.1:{staff_port}"
