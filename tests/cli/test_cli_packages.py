"""A malformed package: the command names the place, nothing is stored, and a line is left for the operator."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.register.register import Register
from tests.register import maker
from tests.register.maker import private

OCDS = """{"uri": "https://x.example/1", "version": "1.1", "publishedDate": "2024-01-01T00:00:00Z", "publisher": {"name": "X"},
 "releases": [{"ocid": 1, "id": "r", "date": "2024-01-01T00:00:00Z", "tag": ["contract"], "initiationType": "tender"}]}"""
BODS = (
    """[{"statementId": "x", "recordId": "y", "recordType": "relationship", "recordDetails": {"isComponent": false}}]"""
)


@pytest.mark.parametrize(("text", "place"), [(OCDS, "$.releases[0].ocid"), (BODS, "$[0]")], ids=["ocds", "bods"])
def test_a_malformed_package(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, place: str) -> None:
    folder, file, key = tmp_path / "register", tmp_path / "package.json", tmp_path / "key"
    with maker.made(folder) as made:
        size = made.register.store.size()
    file.write_text(text)
    private("paper").save(key)
    words = ["register", "publish", str(file), "--key", str(key), "--source", "https://x.example/1"]
    assert main([*words, "--register", str(folder)]) == 2
    assert capsys.readouterr().err.startswith(f"sousveil: {place}: ")
    with Register.open(folder, gate=gate) as register:
        assert register.store.size() == size
        assert list((folder / "attachments").iterdir()) == []
        assert [line[1:] for line in register.store.operator_lines()] == [("bad_package", f"refused: {place}")]
