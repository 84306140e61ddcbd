"""Over real HTTP: hand in, carry, open offline, answer, carry back, read, add, delete."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sousveil.cli import main
from tests.complaints.places import Place, made, served, words_of

PICTURE = b"\x89PNG not really \x00\xff" * 500


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return made(tmp_path / "complaints")


def key_file(path: Path, identity: str) -> Path:
    path.write_text(f"# a comment\n{identity}\n")
    return path


def test_there_and_back(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--complaints", str(place.folder.root)]
    with served(place) as server:
        status, _, body = server.post(
            "/", text="It began in spring.\r\nCanary-4711.", files=[('Ein "Bild".png', PICTURE), ("b.txt", b"second")]
        )
        assert status == 200
        receipt = words_of(body)
        assert len(receipt.split()) == 9

        status, _, before = server.post("/receipt", receipt=receipt.upper().replace(" ", ",\r\n 1. "))
        assert (status, b"There is no answer yet" in before) == (200, True)
        assert server.post("/receipt/write", receipt=receipt, text="One more thing.")[0] == 200

        carried = tmp_path / "stick"
        assert main(["complaints", "export", str(carried), *where]) == 0
        assert capsys.readouterr().out == f"2 new files in {carried}; 2 messages in all.\n"
        assert main(["complaints", "export", str(carried), *where]) == 0
        assert capsys.readouterr().out == f"0 new files in {carried}; 2 messages in all.\n"
        first, second = sorted(carried.iterdir())

        desk = tmp_path / "desk"
        key = key_file(tmp_path / "key", place.identities[1])
        assert main(["complaints", "open", str(first), str(second), "--identity", str(key), "--out", str(desk)]) == 0
        opened = [Path(line) for line in capsys.readouterr().out.splitlines()]
        assert [one.name for one in opened] == [first.stem, second.stem]
        assert (opened[0] / "message.txt").read_text() == "It began in spring.\nCanary-4711."
        assert (opened[0] / "file-01").read_bytes() == PICTURE
        assert json.loads((opened[0] / "about.json").read_bytes())["names"] == ["Ein %22Bild%22.png", "b.txt"]
        assert (opened[1] / "message.txt").read_text() == "One more thing."

        (tmp_path / "answer.txt").write_text("We believe you. <b>Next</b> step: ...\n")
        (tmp_path / "guide.pdf").write_bytes(b"%PDF invented")
        line = ["complaints", "reply", str(opened[0]), "--text", str(tmp_path / "answer.txt")]
        line += ["--attach", str(tmp_path / "guide.pdf"), "--out", str(tmp_path / "back")]
        assert main(line) == 0
        answer = capsys.readouterr().out.strip()
        assert main(["complaints", "import", answer, *where]) == 0
        assert capsys.readouterr().out == f"{Path(answer).name}: stored as message 3 of its thread.\n"
        assert main(["complaints", "import", answer, *where]) == 2
        assert "This answer is there already." in capsys.readouterr().err

        status, _, page = server.post("/receipt", receipt=receipt)
        assert status == 200 and len(page) == len(before)
        assert "We believe you. &lt;b&gt;Next&lt;/b&gt; step: ..." in page.decode()
        assert re.search(r"Download “guide.pdf”", page.decode())
        status, headers, file = server.post("/receipt/file", receipt=receipt, file="3-1")
        assert (status, file) == (200, b"%PDF invented")
        assert headers["content-disposition"] == 'attachment; filename="answer-3-file-1.pdf"'
        assert headers["content-type"] == "application/octet-stream"

        assert server.post("/receipt/delete", receipt=receipt)[0] == 422
        assert b"<h1>Deleted</h1>" in server.post("/receipt/delete", receipt=receipt, sure="yes")[2]
        status, _, gone = server.post("/receipt", receipt=receipt)
        assert (status, b"Nothing lies under this receipt" in gone, len(gone)) == (200, True, len(page))
        assert list(place.store.messages(incoming=True)) == []
    assert server.said.read_text().count("\n") == 1 + server.said.read_text().count("Not kept apart")
