"""What lies on the disk: never plain text; after the purge, and after a withdrawal, no ciphertext either.

The whole folder is searched byte by byte, and where the test may mount one, a file system image too: in it lies also what was
written before and given back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.complaints.carried import export, take_in
from sousveil.complaints.desk import Desk
from sousveil.complaints.offline import open_file, reply
from sousveil.complaints.parcel import Attached, Message
from sousveil.complaints.purge import purge
from tests.complaints.places import Place, made, served, words_of

CANARY = "Grüße-canary-7c1f0e52"
FORMS = (
    *(CANARY.encode(name) for name in ("utf-8", "utf-16-le", "latin-1")),
    b"canary-7c1f0e52",
    b"Y2FuYXJ5LTdjMWYwZTUy",
    b"canary-7c1f0e52".hex().encode(),
    b"ANSWER-CANARY-99",
)


@pytest.fixture
def image(tmp_path: Path) -> Iterator[tuple[Path, Path] | None]:
    """A mounted ext4 file system and its file; None where this user cannot mount."""
    file, mount = tmp_path / "image", tmp_path / "mount"
    mount.mkdir()
    file.write_bytes(b"")
    os.truncate(file, 96 << 20)
    if os.geteuid() != 0 or shutil.which("mke2fs") is None:
        yield None
        return
    subprocess.run(["mke2fs", "-q", "-t", "ext4", file], check=True)
    if subprocess.run(["mount", "-o", "loop", file, mount], capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield file, mount
    finally:
        subprocess.run(["umount", mount], check=True)


SECTOR, WINDOW = 512, 8


def windows(place: Place) -> set[bytes]:
    """Every 8 bytes in a row of every ciphertext: whichever sector of one lies on a disk, its bytes are among them."""
    with place.store.reading() as connection:
        bodies = [row[0] for row in connection.execute("SELECT body FROM message")]
    return {body[at : at + WINDOW] for body in bodies for at in range(400, len(body) - WINDOW)}


def sectors(data: bytes, pieces: set[bytes]) -> int:
    """Sectors of a disk that hold a ciphertext."""
    return sum(data[at : at + WINDOW] in pieces for at in range(100, len(data) - WINDOW, SECTOR))


def found(data: bytes) -> list[bytes]:
    """Forms of the plain text."""
    return [form for form in FORMS if form in data]


def read_all(root: Path) -> bytes:
    """All files, each from a new sector on."""
    files = [path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()]
    return b"".join(data.ljust(-(-len(data) // SECTOR) * SECTOR, b"\0") for data in files)


def filled(place: Place) -> tuple[Desk, list[str]]:
    """Complaints of several sizes, an answer, a further message; each with the canary in it."""
    desk = Desk(place.folder)
    bodies = (b"", CANARY.encode() * 100, bytes(40_000) + CANARY.encode(), CANARY.encode() * 5_000)
    receipts = [
        desk.hand_in(Message(text=f"{CANARY} {number}", files=(Attached(f"{CANARY}.txt", data),) if data else ()))
        for number, data in enumerate(bodies)
    ]
    desk.add(receipts[0], Message(text=f"more {CANARY}"))
    return desk, receipts


def test_folder_and_file_system_hold_nothing(image: tuple[Path, Path] | None, tmp_path: Path) -> None:
    root = image[1] if image else tmp_path
    place = made(root / "c" / "complaints")
    outside = tmp_path / "offline"
    desk, receipts = filled(place)
    export(place.store, outside / "carried")
    first = min((outside / "carried").iterdir())
    opened = open_file(first, [place.identities[0]], outside / "opened")
    (outside / "answer.txt").write_text("ANSWER-CANARY-99")
    take_in(place.store, reply(opened, outside / "answer.txt", [], outside / "back"))
    pieces = windows(place)

    def disk() -> bytes:
        subprocess.run(["sync", "-f", root], check=True)
        return image[0].read_bytes() if image else read_all(place.folder.root)

    before = disk()
    assert sectors(before, pieces) > len(pieces) / SECTOR * 0.9  # the search does find what is there
    assert found(before) == found(read_all(place.folder.root)) == []
    assert all(not any(word in before for word in (one.encode(), one.replace(" ", "").encode())) for one in receipts)

    desk.withdraw(receipts[3])
    assert purge(place.store, 1, day="2999-01-01") == 3
    after, folder = disk(), read_all(place.folder.root)
    assert (sectors(folder, pieces), found(folder)) == (0, [])
    assert (sectors(after, pieces), found(after)) == (0, [])
    assert desk.look(receipts[0]) is None


def test_what_stays_is_not_harmed_and_what_goes_is_gone(image: tuple[Path, Path] | None, tmp_path: Path) -> None:
    """Some run out, some stay; later those run out as well: nothing of them is left where the first file lay."""
    root = image[1] if image else tmp_path
    place = made(root / "c" / "complaints")
    desk, receipts = filled(place)
    with place.store.writing() as connection:
        connection.execute("UPDATE thread SET day = '2020-01-01' WHERE id IN (SELECT id FROM thread LIMIT 2)")
    early = windows(place)
    assert purge(place.store, 100) == 2
    assert sum(desk.look(one) is not None for one in receipts) == 2
    assert purge(place.store, 1, day="2999-01-01") == 2
    subprocess.run(["sync", "-f", root], check=True)
    data = image[0].read_bytes() if image else read_all(place.folder.root)
    assert sectors(data, early) == 0


def test_the_server_itself_writes_nothing_in_plain(image: tuple[Path, Path] | None, tmp_path: Path) -> None:
    """Over real HTTP, with a file as large as is taken and the process's own folder and temporary files on that disk."""
    root = image[1] if image else tmp_path
    place = made(root / "c" / "complaints")
    with served(place) as server:
        status, _, page = server.post(
            "/", text=CANARY, files=[(f"{CANARY}.bin", (CANARY.encode() + bytes(1000)) * 3000), ("b", CANARY.encode())]
        )
        assert status == 200
        assert server.post("/receipt", receipt=words_of(page))[0] == 200
        watched = [Path(f"/proc/{server.process.pid}/fd"), *Path("/proc").glob("[0-9]*/fd")]
        opened = {os.readlink(one) for folder in watched[:1] for one in folder.iterdir()}
        assert not any("(deleted)" in one and "/memfd" not in one for one in opened)
    subprocess.run(["sync", "-f", root], check=True)
    data = image[0].read_bytes() if image else b""
    assert found(data + read_all(tmp_path / "c" if not image else root / "c")) == []
    assert found(server.said.read_bytes()) == []
