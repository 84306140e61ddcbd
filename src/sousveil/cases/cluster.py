"""Inputs that the workers of a Dask cluster examine: the only module that knows Dask.

A task is a `fleet.Job`: where an input lies and what to do with it. It holds no evidence, no password and no key. A worker
hands it to a process that it starts itself, and that process reads in confined processes as everywhere."""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import distributed

from sousveil.cases.fleet import Done, Given, Job, Processes, clear, examine_all, failed
from sousveil.cases.settings import Settings
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t, use
from sousveil.version import __version__

dask: Any = distributed  # whose functions have no types
WAIT = 10
"""Seconds for the scheduler to answer, and for a first worker."""
WATCH = 5.0
"""Seconds between two looks at whether a worker is left."""
SILENCE = 60.0
"""Seconds after which a scheduler that does not answer counts as lost."""
CERTIFICATES = {"tls_ca_file": "ca.pem", "tls_client_cert": "cert.pem", "tls_client_key": "key.pem"}


def run_on(
    address: str, certificates: Path | None, settings: Settings, inputs: Sequence[Given], known: Collection[str] = ()
) -> Generator[Done]:
    """`fleet.examine_all` on the workers of the scheduler at this address. Raises Usage for an address, a cluster or a worker
    that cannot be used, before anything is sent."""
    with _connected(address, certificates) as client:
        workers = _refuse_unequal(client, address)
        clear(settings)
        executor = _Waiting(client.get_executor(pure=False, workers=sorted(workers)))
        with _watched(client, executor, workers):
            yield from examine_all(settings, inputs, executor, examine_job, known)


class _Waiting(Executor):
    """The executor of Dask, whose inputs can be given up here: where the client lost its scheduler, Dask may leave them waiting."""

    def __init__(self, executor: Executor) -> None:
        self._executor, self._submitted, self._lost = executor, list[Future[Any]](), False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Raises RuntimeError once the cluster is lost."""
        if self._lost:
            raise RuntimeError("the cluster is lost")
        self._submitted.append(self._executor.submit(fn, *args, **kwargs))
        return self._submitted[-1]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As the executor of Dask."""
        self._executor.shutdown(wait)

    def give_up(self) -> None:
        """Ends every input that waits."""
        self._lost = True
        for one in list(self._submitted):
            with suppress(InvalidStateError):  # it has ended
                one.set_exception(RuntimeError("the cluster is lost"))


@contextmanager
def _watched(client: Any, executor: _Waiting, workers: Collection[str]) -> Iterator[None]:
    """Give up what is not finished when the last of these workers is gone or the scheduler is silent: Dask would wait without end."""
    over = threading.Event()

    def watch() -> None:
        answered = time.monotonic()
        while not over.wait(WATCH) and time.monotonic() - answered < SILENCE:
            with suppress(Exception):  # a scheduler that is gone mostly ends the inputs by itself, and at once
                left = client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=SILENCE)["workers"]
                if not left.keys() & workers:
                    break
                answered = time.monotonic()
        if not over.is_set():
            executor.give_up()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(WATCH)


def examine_job(job: Job) -> Done:
    """Examine an input on a worker. Never raises: Dask would log the task."""
    try:
        with use(job.language):
            if job.version != __version__:  # a worker that came after the others were asked
                return failed(job, t("error.cluster.late", version=__version__, ours=job.version))
            with suppress(ValueError):  # outside a worker
                worker = dask.get_worker()
                if not _is_protected(worker.address, worker.scheduler.address):
                    return failed(job, t("error.cluster.plain", address=worker.address))
            return _processes().examine(job)
    except BaseException:  # noqa: BLE001 - see above
        return failed(job, t("error.check.internal_error"))


@cache
def _processes() -> Processes:
    """The processes of this worker, one for each of its threads."""
    return Processes()


@contextmanager
def _connected(address: str, certificates: Path | None) -> Iterator[Any]:
    security = _security(address, certificates)
    logs = [logging.getLogger(name) for name in ("asyncio", "tornado", *logging.root.manager.loggerDict)]
    logs = [
        log for log in logs if log.name.partition(".")[0] in ("asyncio", "tornado", "distributed") and not log.disabled
    ]
    for log in logs:
        log.disabled = True  # the rows state what matters
    try:
        client = _answer(address, partial(dask.Client, address, security=security, timeout=WAIT, set_as_default=False))
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=5)
    finally:
        for log in logs:
            log.disabled = False


def _answer(address: str, call: Callable[[], Any]) -> Any:
    """What a call to a scheduler gives. Raises Usage where it fails or takes too long: Dask itself may wait without end."""
    answer = Future[Any]()

    def ask() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised below
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(2 * WAIT)
    except (OSError, ValueError, RuntimeError) as error:
        reason = visible(str(error), 300) or t("error.cluster.silent")
        raise Usage(
            t("error.cluster.unreachable", address=visible(address, 200), reason=reason), hint=t("error.cluster.start")
        ) from None


def _security(address: str, certificates: Path | None) -> Any:
    """How to encrypt; None for not at all. Raises Usage for an address without encryption that leaves this computer."""
    parts = urlsplit(address)
    try:
        usable = parts.scheme in ("tls", "tcp") and parts.hostname and parts.port and "@" not in address
    except ValueError:
        usable = False
    if not usable:
        raise Usage(t("error.cluster.address", address=visible(address, 200)), hint=t("error.cluster.write"))
    if parts.scheme == "tcp":
        if not _is_loopback(address):
            raise Usage(t("error.cluster.plain", address=visible(address, 200)), hint=t("error.cluster.write"))
        return None
    files = {} if certificates is None else {key: certificates / name for key, name in CERTIFICATES.items()}
    for file in files.values():
        try:
            file.open("rb").close()
        except OSError as error:
            raise Usage(
                t("error.cluster.certificate", file=visible(str(file)), reason=error.strerror),
                hint=t("error.cluster.certificates"),
            ) from None
    security = dask.Security(require_encryption=True, **{key: str(file) for key, file in files.items()})
    if not (security.tls_ca_file and security.tls_client_cert):
        raise Usage(t("error.cluster.no_certificates"), hint=t("error.cluster.certificates"))
    return security


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_protected(worker: str, scheduler: str) -> bool:
    """Whether what a worker at this address sends and receives is encrypted, or stays on this computer."""
    return worker.startswith("tls://") if scheduler.startswith("tls://") else _is_loopback(worker)


def _refuse_unequal(client: Any, address: str) -> frozenset[str]:
    """The addresses of the workers, which alone get inputs: one that comes later is not checked. Raises Usage where there is
    no worker, where one lies beyond a connection that is not encrypted, or where one has other versions. Dask asks for the
    versions itself: nothing of this program is sent."""

    def ask() -> Any:
        with suppress(TimeoutError):
            client.wait_for_workers(1, timeout=WAIT)
        return client.get_versions(packages=["sousveil"])

    answers = _answer(address, ask)
    if not answers["workers"]:
        raise Usage(t("error.cluster.no_worker", address=visible(address, 200)), hint=t("error.cluster.start"))
    ours = _versions(answers["client"])
    for worker, answer in answers["workers"].items():
        shown = visible(worker, 200)
        if not _is_protected(worker, address):
            raise Usage(t("error.cluster.plain", address=shown), hint=t("error.cluster.write"))
        theirs = _versions(answer)
        if differing := [name for name in ours if theirs[name] != ours[name]]:
            name = differing[0]
            raise Usage(
                t("error.cluster.version", worker=shown, name=name, version=theirs[name], ours=ours[name]),
                hint=t("error.cluster.same"),
            )
    return frozenset(answers["workers"])


def _versions(answer: Any) -> dict[str, str]:
    """The versions that must be equal, out of what a computer answered."""
    named = {name: str(answer["packages"].get(name)) for name in ("sousveil", "python", "distributed")}
    named["python"] = ".".join(named["python"].split(".")[:2])
    return {name: visible(version, 40) for name, version in named.items()}


__all__ = ["examine_job", "run_on"]
