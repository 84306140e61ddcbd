"""The verbs `extract-key` and `decrypt`.

The parent parses no evidence here either. The key is derived by a worker, and the parent writes the key file. A worker
may not write, so the files are written by a process of its own: the same limits as a worker but that on writing,
started for this one backup, gone afterwards. Everything is written into a hidden folder beside the destination, which
gets its name at the end: nothing half-written looks whole, and no decrypted file is left behind by an interruption.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from sousveil.acquisition.decrypt import Step
from sousveil.acquisition.find import find_backups
from sousveil.acquisition.keybag import write_key_file
from sousveil.cases.check import Secret, outside, transmissible, unlock
from sousveil.cases.confinement import environment
from sousveil.cases.decrypting import MAX_ANSWER, Answer, DecryptTask, Finished, answers, encode
from sousveil.cases.folder import refuse_existing
from sousveil.cases.pool import Pool, show_messages
from sousveil.cases.progress import Progress, amount
from sousveil.cases.run import InternalError, as_error, open_path
from sousveil.cases.tasks import Broken, Failed
from sousveil.errors import SousveilError, Usage
from sousveil.kinds import visible
from sousveil.texts import language, t

OK, INCOMPLETE = 0, 3
SHOWN_PROBLEMS = 10


def one_backup(path: Path) -> Path:
    """The only backup at a path. Raises Usage where there is none or there are several."""
    found = find_backups(path)
    if len(found) > 1:
        raise Usage(
            t("error.plaintext.contains_backups_command", path=visible(str(path)), found=len(found)),
            hint=t("error.common.name_folder_backup"),
        )
    transmissible(found[0])
    return found[0]


def extract_key(args: argparse.Namespace) -> int:
    """Write the key that the password stands for in this backup into a new file of mode 0600."""
    backup = one_backup(args.backup)
    outside(backup, args.keyfile, t("error.plaintext.key_file"))
    if os.path.lexists(args.keyfile):
        raise Usage(t("error.plaintext.exists_already_key", keyfile=visible(str(args.keyfile))))
    secret = Secret(argparse.Namespace(key_file=None, password_file=args.password_file))
    with Pool(1, require_sandbox=args.require_sandbox) as pool:
        if not open_path(pool, backup).encrypted:
            raise Usage(t("error.common.backup_encrypted_needs"))
        opened = open_path(pool, backup, password=secret.password())
    if opened.derived_key is None:
        raise InternalError(t("error.plaintext.backup_opened_without"))
    write_key_file(args.keyfile, opened.derived_key)
    print(t("error.plaintext.key_written", keyfile=visible(str(args.keyfile))))
    print(t("error.plaintext.anyone_file_backup"))
    print(t("error.plaintext.use_sousveil_check", keyfile=visible(str(args.keyfile))))
    return OK


@dataclass
class Outcome:
    """What came of decrypting."""

    files: int = 0
    written: int = 0
    problems: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)
    """The first problems: file and why."""

    def take(self, step: Step) -> None:
        """Count a file."""
        self.files, self.written = step.done, step.written
        if step.problem is not None:
            self.problems += 1
            if len(self.first) < SHOWN_PROBLEMS:
                self.first.append((step.where, step.problem))


def decrypt(args: argparse.Namespace) -> int:
    """Write the backup's files as plain files; 0, or 3 where some could not be had."""
    backup = one_backup(args.backup)
    outside(backup, args.dest, t("error.plaintext.destination"))
    _refuse(args.dest)
    secret = Secret(args)
    with Pool(1, require_sandbox=args.require_sandbox) as pool:
        opened = unlock(pool, backup, secret)
    target = args.dest.absolute()
    temporary = target.parent / f".sousveil-{secrets.token_hex(8)}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir(mode=0o700)
    except OSError as error:
        raise Usage(
            t("error.plaintext.folder_cannot_made", dest=visible(str(args.dest)), reason=error.strerror),
            hint=t("error.common.choose_another_place"),
        ) from error
    try:
        total = opened.files if not args.only else 0
        outcome = _write(
            DecryptTask(
                path=str(backup),
                dest=str(temporary),
                derived_key=opened.derived_key,
                only=tuple(args.only),
                language=language(),
                require_sandbox=args.require_sandbox,
            ),
            total,
        )
        if not outcome.files and not outcome.problems:
            raise Usage(
                t("error.plaintext.file_backup_matches"),
                hint=t("error.plaintext.only_takes_domain"),
            )
        _refuse(args.dest)
        if target.is_dir():
            target.rmdir()
        temporary.rename(target)
    except OSError as error:
        raise Usage(
            t("error.plaintext.folder_cannot_written", dest=visible(str(args.dest)), reason=error.strerror)
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _tell(args.dest, outcome)
    return INCOMPLETE if outcome.problems else OK


def _refuse(dest: Path) -> None:
    """Raise Usage where the destination is there and is not an empty folder."""
    try:
        refuse_existing(dest)
    except Usage as error:
        raise Usage(error.message, hint=t("error.common.name_new_folder")) from None


def _tell(dest: Path, outcome: Outcome) -> None:
    print(
        t(
            "decrypt.written",
            n=outcome.files,
            size=amount(outcome.written),
            dest=visible(str(dest)),
        )
    )
    if outcome.problems:
        print(t("decrypt.not_written", n=outcome.problems))
        for where, why in outcome.first:
            print(f"  {visible(where)}: {visible(why)}")
        if outcome.problems > len(outcome.first):
            print("  " + t("list.more", n=outcome.problems - len(outcome.first)))
    print(t("error.plaintext.files_contain_personal"))


def _write(task: DecryptTask, total: int) -> Outcome:
    """Have a process of its own write the files. Raises what it raised."""
    outcome, written, ended = Outcome(), 0, False
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", "from sousveil.cases.decrypting import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        close_fds=True,
        env=environment(),
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    threading.Thread(target=show_messages, args=(process.stderr,), daemon=True).start()
    try:
        with Progress(t("progress.decrypting"), files=total) as progress:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(encode(task))
                process.stdin.close()
            for answer in _frames(process.stdout):
                if isinstance(answer, Failed | Broken):
                    raise as_error(answer)
                if isinstance(answer, Finished):
                    outcome.files, ended = answer.files, True
                    break
                outcome.take(answer.step)
                progress.add(files=1, size=max(0, outcome.written - written))
                written = outcome.written
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with contextlib.suppress(OSError):
            process.stdin.close()
    if not ended:
        raise SousveilError(
            t("error.plaintext.process_wrote_files"),
            hint=t("error.plaintext.backup_may_made"),
        )
    return outcome


def _frames(source: IO[bytes]) -> Iterator[Answer]:
    """The answers out of the pipe. An answer that cannot be trusted ends them."""
    while len(head := source.read(4)) == 4:
        size = int.from_bytes(head, "big")
        if size > MAX_ANSWER:
            return
        try:
            yield answers.decode(source.read(size))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
