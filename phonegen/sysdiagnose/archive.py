"""The members of an archive, and the containers in which it arrives."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from phonegen.sysdiagnose import databases, logs, plist_files, reports, running, unified
from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

FORMS = ("tar.gz", "tgz", "tar", "folder", "zip")
"""Names for `write`. `zip` holds the tar.gz."""


def members(phone: Sysdiagnose) -> dict[str, bytes]:
    """Path below the top folder -> content, sorted as the phone's own archives are not."""
    texts: list[tuple[str, str]] = [
        ("ps.txt", running.ps(phone)),
        ("ps_thread.txt", running.ps_thread(phone)),
        ("taskinfo.txt", running.taskinfo(phone)),
        ("spindump-nosymbols.txt", running.spindump(phone)),
        *running.shutdown_logs(phone),
        (f"{running.EXTRA}/logd.0.log", running.logd(phone)),
        *running.statistics(phone),
        *logs.files(phone),
    ]
    made = {path: text.encode() for path, text in texts}
    sources: Iterable[Iterable[tuple[str, bytes]]] = (
        unified.files(phone),
        reports.files(phone),
        databases.files(phone),
        plist_files.files(phone),
        ((member.path, member.data) for member in phone.of(m.Member)),
    )
    for source in sources:
        made.update(source)
    return {path: data for path, data in sorted(made.items()) if path not in phone.without}


def tar(phone: Sysdiagnose) -> bytes:
    """The archive without compression, with its folders."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        folders: set[str] = set()
        for path, data in members(phone).items():
            whole = f"{phone.folder}/{path}"
            parts = whole.split("/")[:-1]
            for depth in range(1, len(parts) + 1):
                folder = "/".join(parts[:depth])
                if folder not in folders:
                    folders.add(folder)
                    archive.addfile(_info(phone, folder, tarfile.DIRTYPE, 0o755))
            info = _info(phone, whole, tarfile.REGTYPE, 0o644)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def _info(phone: Sysdiagnose, name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, mode, int(phone.date.timestamp())
    info.uid = info.gid = 501
    info.uname = info.gname = "mobile"
    return info


def write(phone: Sysdiagnose, folder: Path, form: str = "tar.gz") -> Path:
    """Writes the archive into a folder; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    if form == "folder":
        for path, data in members(phone).items():
            place = folder / phone.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return folder / phone.folder
    data = tar(phone)
    if form != "tar":
        data = gzip.compress(data, 6, mtime=0)
    if form == "zip":
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"{phone.folder}.tar.gz"), data)
        data = outer.getvalue()
    made = folder / f"{phone.folder}.{form}"
    made.write_bytes(data)
    return made
