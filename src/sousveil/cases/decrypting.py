"""The process that writes decrypted files, and what it is told and answers.

It is confined like a worker, but may write below the destination; it is started for one backup, and is gone
afterwards. See `plaintext`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import traceback

import msgspec

from sousveil.acquisition.decrypt import Step, decrypt_backup
from sousveil.cases.acquired import unlocked
from sousveil.cases.confinement import confine, unconfined
from sousveil.cases.tasks import Broken, Failed
from sousveil.cases.worker import limit
from sousveil.errors import SousveilError, Usage
from sousveil.texts import t, use


class DecryptTask(msgspec.Struct, frozen=True, kw_only=True):
    """What the writing process is told, on its standard input."""

    path: str
    dest: str
    derived_key: bytes | None
    only: tuple[str, ...]
    language: str
    require_sandbox: bool = False


class Stepped(msgspec.Struct, frozen=True, kw_only=True, tag="step"):
    """A file was written, or could not be."""

    step: Step


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag="finished"):
    """The last answer of a run that came to its end."""

    files: int


Answer = Stepped | Finished | Failed | Broken
encode = msgspec.msgpack.Encoder().encode
answers = msgspec.msgpack.Decoder(Answer)
tasks = msgspec.msgpack.Decoder(DecryptTask)
MAX_ANSWER = 1 << 20


def main() -> None:
    """Entry of the writing process: one task on standard input, answers on standard output."""
    task = tasks.decode(sys.stdin.buffer.read())
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    limit(largest=None)
    hashlib.sha256()  # see `worker.main`
    with use(task.language):
        confinement = confine([task.path], [task.dest])

    def send(answer: Answer) -> None:
        body = encode(answer)
        sink.write(len(body).to_bytes(4, "big") + body)
        sink.flush()

    def told(step: Step) -> None:
        problem = step.problem[:2000] if step.problem else None
        send(Stepped(step=msgspec.structs.replace(step, where=step.where[:4096], problem=problem)))

    with use(task.language), contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        try:
            if task.require_sandbox and not confinement.whole:
                raise Usage(unconfined(confinement))
            backup = unlocked(task.path, task.derived_key)
            send(Finished(files=decrypt_backup(backup, task.dest, task.only, told)))
        except SousveilError as error:
            send(Failed(error=type(error).__name__, message=error.message[:2000], hint=error.hint[:2000]))
        except (MemoryError, RecursionError):
            send(Failed(error="LimitExceeded", message=t("error.decrypting.reading_backup_needs")))
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - the border: an unforeseen error must reach the parent as one
            send(Broken(trace=traceback.format_exc()[-8000:]))
    os._exit(0)
