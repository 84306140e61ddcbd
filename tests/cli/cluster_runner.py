"""A Dask scheduler with workers, and an S3 server, as processes of this computer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.cli_runner import Sousveil
from tests.ports import free_port

KEY, SECRET = "canary-access-key", "canary-secret-key"


def wait(what: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def certificates(folder: Path) -> Path:
    """A folder with a certificate that signs itself."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(pem)
    kept = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *kept))
    return folder


class Cluster:
    """A scheduler and its workers; `logs` has what each wrote."""

    def __init__(self, sv: Sousveil, folder: Path, tls: Path | None = None) -> None:
        self.sv, self.folder, self.tls = sv, folder, tls
        self.processes: list[subprocess.Popen[bytes]] = []
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{free_port()}"
        folder.mkdir(exist_ok=True)
        self.scheduler = self._start("scheduler", ["--host", self.address])
        wait(lambda: "Scheduler at" in self.log("scheduler"))

    def _start(
        self, name: str, words: list[str], env: Mapping[str, str] = {}, before: list[str] | None = None
    ) -> subprocess.Popen[bytes]:
        kind = name.rstrip("0123456789")
        tls = [] if self.tls is None else [
            "--tls-ca-file", str(self.tls / "ca.pem"), "--tls-cert", str(self.tls / "cert.pem"),
            "--tls-key", str(self.tls / "key.pem"),
        ]  # fmt: skip
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *tls]
        command += ["--dashboard-address", "127.0.0.1:0", *words]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*(before or []), *command],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.sv.environment(**env),
            )  # fmt: skip
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @property
    def logs(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def worker(
        self, number: int, env: Mapping[str, str] = {}, before: list[str] | None = None, options: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a worker with a thread, and wait until the scheduler has it."""
        host = ["--host", "127.0.0.1"] if self.tls is None else ["--host", "tls://127.0.0.1"]
        words = [
            self.address,
            "--no-nanny",
            "--nthreads",
            "1",
            "--local-directory",
            str(self.folder),
            *(options or host),
        ]
        process = self._start(f"worker{number}", words, env, before)
        wait(lambda: "Registered to" in self.log(f"worker{number}"))
        return process

    @property
    def options(self) -> list[object]:
        return ["--on", self.address, *(["--certificates", self.tls] if self.tls else [])]

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@contextmanager
def cluster(sv: Sousveil, folder: Path, workers: int = 2, **options: Any) -> Iterator[Cluster]:
    made = Cluster(sv, folder, **options)
    try:
        for number in range(workers):
            made.worker(number)
        yield made
    finally:
        made.end()


_CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(id, t);
    if (!failed && id == CLOCK_REALTIME) t->tv_sec += SECONDS;
    return failed;
}
"""


def clock(folder: Path, seconds: int) -> dict[str, str]:
    """The environment of a process whose clock is so far ahead."""
    source, library = folder / f"clock{seconds}.c", folder / f"clock{seconds}.so"
    source.write_text(_CLOCK)
    command = ["cc", "-shared", "-fPIC", f"-DSECONDS=({seconds})", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return {"LD_PRELOAD": str(library)}


class Relay:
    """Hands connections on to a scheduler, and keeps the bytes that pass."""

    def __init__(self, address: str) -> None:
        self._port = int(address.rpartition(":")[2])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self.passed = bytearray()

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                there = socket.create_connection(("127.0.0.1", self._port))
                for source, sink in ((here, there), (there, here)):
                    threading.Thread(target=self._hand_on, args=(source, sink), daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                self.passed += data
                sink.sendall(data)
        for end in (source, sink):
            end.close()


class S3:
    """moto's server on loopback."""

    def __init__(self, folder: Path, env: Mapping[str, str] = {}) -> None:
        self.port = free_port()
        with (folder / "s3.log").open("wb") as log:
            command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
            settings = {**os.environ, **env}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=settings)
        wait(lambda: _listens(self.port))

    def environment(self, port: int | None = None) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
        }

    @property
    def system(self) -> Any:
        import s3fs

        return s3fs.S3FileSystem(
            key=KEY, secret=SECRET, endpoint_url=f"http://127.0.0.1:{self.port}", use_listings_cache=False
        )

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def arguments_of_all() -> str:
    """The argument list of every process that can be seen."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                found.append(Path("/proc", entry, "cmdline").read_text(errors="replace"))
            except OSError:
                continue
    return "\n".join(found)
