"""The containers in which a bugreport arrives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from phonegen.android import dumpstate
from phonegen.android import model as m
from phonegen.android.model import Android
from phonegen.android.tombstone import encode

FORMS = ("zip", "zip_without_main", "text", "folder", "zip_in_zip", "xiaomi", "samsung", "zip_of_text")
"""Names for `write`."""


def text_name(phone: Android) -> str:
    """The text's name inside the container."""
    return f"bugreport-{phone.device}-{phone.build}-{phone.text(phone.date, '%Y-%m-%d-%H-%M-%S')}.txt"


def file_system(phone: Android) -> Iterator[tuple[str, bytes, datetime]]:
    """The members of `FS/`: path on the phone, content, time."""
    if phone.android >= 7:
        for number, stone in enumerate(phone.of(m.Tombstone)):
            body = "\n".join(dumpstate.tombstone(phone, stone)) + "\n"
            path = f"/data/tombstones/tombstone_{number:02d}"
            yield path, body.encode(), stone.when
            if stone.proto and phone.android >= 12:
                yield path + ".pb", encode(phone, stone), stone.when
    for number, one in enumerate(phone.of(m.Shutdown)):
        if phone.android >= 13:
            path = f"/data/system/shutdown-checkpoints/checkpoints-{m.ms(one.when) + number}"
            yield path, dumpstate.shutdown(phone, one).encode(), one.when
    by_pid: dict[int, list[str]] = {}
    for mount in phone.of(m.Mount):
        by_pid.setdefault(mount.pid, []).append(mount.line)
    for pid, rows in by_pid.items():
        yield f"/proc/{pid}/mountinfo", ("\n".join(rows) + "\n").encode(), phone.date
    for member in phone.of(m.Member):
        yield member.path, member.data, member.when or phone.date


def packed(phone: Android, members: Mapping[str, tuple[bytes, datetime]]) -> bytes:
    """A zip with the phone's wall clock as the members' times."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (data, when) in members.items():
            local = phone.local(when)
            stamp = (max(1980, local.year), local.month, local.day, local.hour, local.minute, local.second)
            info = zipfile.ZipInfo(name, date_time=stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return made.getvalue()


def members(phone: Android, text: bytes, *, main_entry: bool = True) -> dict[str, tuple[bytes, datetime]]:
    """The members of a bugreport's zip."""
    made: dict[str, tuple[bytes, datetime]] = {}
    if main_entry and phone.android >= 7:
        made["version.txt"] = (b"2.0", phone.date)
        made["main_entry.txt"] = (text_name(phone).encode(), phone.date)
    if phone.android >= 10:
        made["dumpstate_log.txt"] = (b"== dumpstate log, not the dumpstate\n", phone.date)
        made["dumpstate_board.bin"] = (bytes(64), phone.date)
        made["lshal-debug/android.hardware.audio.txt"] = (b"audio\n", phone.date)
    made[text_name(phone)] = (text, phone.date)
    if phone.android >= 7:
        made |= {"FS" + path: (data, when) for path, data, when in file_system(phone)}
    return made


def write(phone: Android, form: str, folder: Path, *, text: bytes | None = None) -> Path:
    """Writes the phone's bugreport in one of `FORMS` into ``folder``; returns the file or folder to check."""
    folder.mkdir(parents=True, exist_ok=True)
    body = dumpstate.text(phone) if text is None else text
    name = f"bugreport-{phone.device}-{phone.build}"
    if form == "text":
        path = folder / text_name(phone)
        path.write_bytes(body)
        return path
    made = members(phone, body, main_entry=form not in {"zip_without_main", "zip_of_text"})
    if form == "folder":
        for inner, (data, _when) in made.items():
            path = folder / name / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder / name
    if form == "samsung":
        made = {
            f"log/dumpState_SM-G991B_{phone.text(phone.date, '%Y%m%d_%H%M')}.log": (body, phone.date),
            **{f"log/FS{path}": (data, when) for path, data, when in file_system(phone)},
        }
    elif form == "zip_of_text":
        # Android 6: the Shell app packs the text alone.
        made = {text_name(phone): (body, phone.date)}
    archive = packed(phone, made)
    if form == "zip_in_zip":
        archive = packed(phone, {f"{name}.zip": (archive, phone.date)})
    elif form == "xiaomi":
        archive = packed(
            phone,
            {
                "app_log/com.miui.home.zip": (packed(phone, {"log.txt": (b"home\n", phone.date)}), phone.date),
                "data/anr/anr_2024-05-14": (b"----- pid 1 at 2024-05-14 -----\n", phone.date),
                "tcpdump/net.pcap": (bytes(24), phone.date),
                f"{name}-{phone.text(phone.date, '%Y-%m-%d-%H-%M-%S')}.zip": (archive, phone.date),
            },
        )
    path = folder / f"{name}.zip"
    path.write_bytes(archive)
    return path
