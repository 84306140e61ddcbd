"""On the handler's offline machine: open complaints, write answers. Nothing here talks to a server."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sousveil.complaints import carried, parcel, sealing
from sousveil.complaints.folder import CONFIG
from sousveil.complaints.store import new_id
from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic

ANSWER_TO = "answer-to.json"


class AnswerTo(msgspec.Struct, frozen=True, kw_only=True):
    """Kept beside an opened complaint: where an answer goes."""

    thread: str
    answers_to: str
    number: int = 0
    """Of the message; 0 in a folder of an earlier version."""


def new_key(path: Path) -> str:
    """Make a handler's key file for its owner alone; gives the recipient. Raises Usage where there is a file."""
    identity, recipient = sealing.new_identity()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Usage(
            f"There is a file {visible(path.name)} already.", hint="Name another; keys are not replaced."
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(f"# public key: {recipient}\n{identity}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    return recipient


def open_file(path: Path, identities: Sequence[str], out: Path) -> Path:
    """Open one carried complaint into a new folder below `out`; gives the folder. Raises Malformed, Locked, Usage.

    Files are written under plain names (`file-01`); `about.json` says how they were called. What was encrypted once more by
    its writer is opened too, where one of the keys fits.
    """
    if (out / CONFIG).exists() or (out.absolute().parent / CONFIG).exists():
        raise Usage("Plain text never goes into the server's folder.", hint="Do this on the handler's offline machine.")
    line, body = carried.parse(carried.read(path), "complaint-1")
    about, message = parcel.unpack(sealing.unseal(body, identities))
    if (about.thread, about.number, about.answers_to) != (line.thread, line.number, line.answers_to):
        raise Malformed(
            "The first line of this file says something else than what was encrypted.",
            hint="Somebody changed it. Do not answer; tell the operator.",
        )
    folder = out / f"{about.thread}-{about.number:03}"
    if folder.exists():
        raise Usage(f"{visible(folder.name)} has been opened already.", hint="Look into it, or name another --out.")
    files = {"message.txt": message.text.encode()}
    files |= _further(message, identities)
    files["about.json"] = msgspec.json.encode({"day": line.day, **msgspec.to_builtins(about)})
    files[ANSWER_TO] = msgspec.json.encode(
        AnswerTo(thread=about.thread, answers_to=about.answers_to, number=about.number)
    )
    folder.mkdir(mode=0o700, parents=True)
    for name, data in files.items():
        atomic.write(folder / name, data, mode=0o600)
    return folder


def _further(message: parcel.Message, identities: Sequence[str]) -> dict[str, bytes]:
    """The files, and what its writer had encrypted before sending."""
    found: dict[str, bytes] = {}
    for number, one in enumerate(message.files, 1):
        found[f"file-{number:02}"] = one.data
        if (inner := _inner(one.data, identities)) is not None:
            found[f"file-{number:02}.opened"] = inner
    if (inner := _inner(message.text.strip().encode(), identities)) is not None:
        found["message.opened.txt"] = inner
    return found


def _inner(data: bytes, identities: Sequence[str]) -> bytes | None:
    if not data.startswith((sealing.HEADER, sealing.ARMOR)):
        return None
    try:
        return sealing.unseal(data, identities)
    except SousveilError:
        return None


def reply(opened: Path, text: Path, attached: Sequence[Path], out: Path) -> Path:
    """Make an answer that only the receipt opens; gives its file in `out`. Raises Missing, Malformed, LimitExceeded."""
    try:
        to = msgspec.json.decode((opened / ANSWER_TO).read_bytes(), type=AnswerTo)
        message = parcel.Message(
            text=text.read_text(encoding="utf-8"),
            files=tuple(parcel.Attached(one.name, one.read_bytes()) for one in attached),
        ).checked()
    except FileNotFoundError as error:
        raise Missing(
            f"There is no {visible(str(error.filename))}.", hint="Name the folder that `open` made."
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Malformed("The folder or the text cannot be read.") from None
    if not message.text.strip():
        raise Usage("The answer is empty.")
    about = parcel.About(thread=to.thread, number=0, answers_to=to.answers_to)
    body = sealing.seal(parcel.pack(about, message), [sealing.check_recipient(to.answers_to)])
    line = carried.Line(
        sousveil="answer-1", id=new_id(), thread=to.thread, number=last_opened(to, last_numbers(opened))
    )
    path = out / f"{line.id}.answer"
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, carried.text_of(line, body), mode=0o600)
    return path


def last_numbers(opened: Path) -> dict[str, int]:
    """The number of the last message of each thread that lies opened beside this one."""
    found: dict[str, int] = {}
    for folder in opened.absolute().parent.iterdir():
        thread, _, number = folder.name.rpartition("-")
        if number.isascii() and number.isdigit() and len(number) < 10 and folder.is_dir():
            found[thread] = max(int(number), found.get(thread, 0))
    return found


def last_opened(to: AnswerTo, beside: Mapping[str, int]) -> int:
    """The number of the last message of the thread that is opened (`last_numbers`); 0 where the folder does not say its own."""
    return max(to.number, beside.get(to.thread, 0)) if to.number else 0
