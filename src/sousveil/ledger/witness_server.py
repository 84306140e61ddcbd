"""A witness as a program of its own: `python -m sousveil.ledger.witness_server STATE --name example.org/w --log VKEY`.

STATE holds the witness's key (`witness.key`, made at the first start), the verifier keys of the logs it knows (`logs`, a
line each; `--log` adds one) and its memory. The first line of output is the address, the second the witness's verifier
key. POST add-checkpoint is the protocol of C2SP tlog-witness; GET / gives the verifier key.
"""

from __future__ import annotations

import argparse
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.ledger import atomic, note
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.witness import SIZE_TYPE, Refused, Witness, parse_request

PATH = "/add-checkpoint"
MAX_BODY = 1 << 17
TIMEOUT = 30.0
"""Seconds that a connection may be idle."""
_TEXT = "text/plain; charset=utf-8"


class Server(ThreadingHTTPServer):
    """A server for one witness."""

    daemon_threads = True
    witness: Witness

    def handle_error(self, request: object, client_address: object) -> None:
        """A line, and no traceback: mostly somebody who did not wait for the answer."""
        print(f"a request was not answered: {sys.exc_info()[1]!r}", file=sys.stderr, flush=True)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sousveil-witness", ""
    timeout = TIMEOUT

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(200, self.server.witness.signer.verifier.vkey() + "\n")
        else:
            self._answer(404, "There is nothing here.\n")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > MAX_BODY:
            self.close_connection = True
            self._answer(413, "The body is too large, or its length is not given.\n")
            return
        body = self.rfile.read(int(length))
        if self.path != PATH:
            self._answer(404, "There is nothing here.\n")
            return
        try:
            request = parse_request(body)
        except SousveilError as error:
            self._answer(400, error.message + "\n")
            return
        try:
            answer = self.server.witness.add_checkpoint(request.old_size, request.proof, request.checkpoint)
        except (SousveilError, OSError) as error:  # the memory is damaged or the disk is full: nothing is cosigned
            print(f"not cosigned: {error}", file=sys.stderr, flush=True)
            self._answer(500, "The witness cannot cosign now.\n")
            return
        if not isinstance(answer, Refused):
            self._answer(200, answer.line().decode())
        elif answer.size is not None:
            self._answer(answer.status, f"{answer.size}\n", SIZE_TYPE)
        else:
            self._answer(answer.status, answer.reason + "\n" + (f"\n{answer.proof.decode()}" if answer.proof else ""))

    def _answer(self, status: int, text: str, kind: str = _TEXT) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Who asks is not written down."""


def make_server(witness: Witness, host: str = "127.0.0.1", port: int = 0) -> Server:
    """A server that is bound and not yet running; port 0 takes a free one. Raises Usage."""
    if not 0 <= port <= 65_535:
        raise Usage(f"{port} is no port.", hint="A port is a number between 1 and 65535; 0 takes a free one.")
    try:
        server = Server((host, port), _Handler)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "it is no address"
        raise Usage(f"{host}:{port} cannot be listened at: {said}.", hint="Name another --host or --port.") from None
    server.witness = witness
    return server


def address(server: Server) -> str:
    """The address of the witness: `http://127.0.0.1:PORT`."""
    host, port = server.server_address[:2]
    name = host.decode() if isinstance(host, bytes | bytearray) else str(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def serve(witness: Witness, host: str = "127.0.0.1", port: int = 0) -> None:
    """Runs until SIGINT or SIGTERM; prints address and verifier key first. Raises Usage."""
    with make_server(witness, host, port) as server:
        vkey = witness.signer.verifier.vkey()
        print(address(server), vkey, sep="\n", flush=True)
        told = f"For the policy of whoever trusts this witness: witness NAME {vkey} {address(server)}"
        free = "" if port else "\nThe port was a free one and will be another next time; --port makes the address stay."
        print(f"{told}{free}", file=sys.stderr, flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


def open_witness(state: Path, name: str | None = None, logs: list[str] | None = None) -> Witness:
    """The witness whose folder this is; made where it is not there yet. Raises Usage, Malformed; then nothing was written."""
    key_file, name_file, log_file = state / "witness.key", state / "name", state / "logs"
    new = not name_file.exists()
    if new and name is None:
        raise Usage("A new witness needs a name.", hint="Say --name, for instance example.org/witness.")
    own = name or "" if new else name_file.read_text(encoding="utf-8").strip()
    if name not in (None, own):
        raise Usage(f"The witness in this folder is called {own}.", hint="Leave --name out, or name another folder.")
    known = log_file.read_text(encoding="utf-8").split() if log_file.exists() else []
    added = [one for one in logs or [] if one not in known]
    verifiers = [note.parse_vkey(one) for one in (*known, *added)]
    if len({one.name for one in verifiers}) != len(verifiers):
        raise Malformed("Two of the logs have one name.", hint=f"Look at {log_file}.")
    if not verifiers:
        raise Usage(
            "This witness knows no log.",
            hint="Say --log with the verifier key that the register's operator gave you; `register init` prints it.",
        )
    key = PrivateKey.load(key_file) if key_file.exists() else PrivateKey.new()
    signer = note.Signer(name=own, key=key, algorithm=note.COSIGNATURE)
    signer.verifier.vkey()  # a name that cannot be one is refused before anything is written
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not key_file.exists():
        key.save(key_file)
    if new:
        atomic.write(name_file, own.encode() + b"\n")
    if added:
        atomic.write(log_file, "".join(one + "\n" for one in (*known, *added)).encode())
    return Witness(state / "seen", signer, verifiers)


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sousveil.ledger.witness_server", description="Runs a witness.")
    parser.add_argument("state", type=Path, help="folder of key, logs and memory")
    parser.add_argument("--name", help="name of a new witness, for instance example.org/witness")
    parser.add_argument("--log", action="append", metavar="VKEY", help="verifier key of a log to cosign")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    args = parser.parse_args(arguments)
    try:
        serve(open_witness(args.state, args.name, args.log), args.host, args.port)
    except SousveilError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
