"""Marks where personal data stands in the sources: after loading everything, none of them is found anywhere.

Walked, of a real and of an example register: every byte of the folder (database, log, contents, the index of both engines,
attachments), what the program said, and every export and site that the program can make.
"""

from __future__ import annotations

import base64
import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from sousveil.decisions.api import gate
from sousveil.register import load as loading
from sousveil.register.export import FORMS, export
from sousveil.register.intake import intakes
from sousveil.register.intake.registry import shipped
from sousveil.register.load import load
from sousveil.register.register import Register
from sousveil.register.search import Search
from tests.register import maker
from tests.register.intake import invented

ENGINES: tuple[Literal["tantivy", "fts5"], ...] = ("tantivy", "fts5")
HELD = {"person"}
"""A title that names a person waits for reviewers, in the private table of the database and nowhere else."""


def needles() -> dict[str, list[bytes]]:
    """Each mark in the forms in which it could be written."""
    found = {}
    for mark, value in invented.CANARIES.items():
        plain = value.encode()
        found[mark] = [plain, plain.lower(), value.replace(" ", "").encode(), value.replace(" ", "-").lower().encode()]
        found[mark].append(base64.b64encode(plain)[:-4])
        found[mark].append(value.encode("utf-16-le"))
    return found


def unpacked(data: bytes) -> Iterator[bytes]:
    """The bytes, and what is packed in them."""
    yield data
    for start in (b"\x1f\x8b", b"\x78\x9c"):
        at = data.find(start)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj(wbits=47).decompress(data[at:], 1 << 24)
            at = data.find(start, at + 1)


def leaks(root: Path) -> set[tuple[str, str]]:
    """(file, mark) for every mark that is found below a folder, in names and contents."""
    found = set()
    marks = needles()
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        texts = [name.encode(), name.encode().lower()]
        if path.is_file():
            data = path.read_bytes()
            texts += [part for one in unpacked(data) for part in (one, one.lower())]
        for mark, forms in marks.items():
            if any(form in text for form in forms for text in texts):
                found.add((name, mark))
    return found


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[Register], list[str]]]:
    """A real and an example register with every data set loaded, persons of reference lists switched on."""
    monkeypatch.setattr(loading, "find", invented.intake)
    said: list[str] = []
    real = Register.init(tmp_path / "real", title="Invented", origin="register.example/real", gate=gate)
    example = Register.init(
        tmp_path / "example", title="Invented", origin="register.example/example", example=True, gate=gate
    )
    with real, example:
        for name, intake in intakes().items():
            place = invented.make(name, tmp_path / "sources")
            register = example if intake.dataset.example else real
            done = load(
                register, name, place, progress=lambda *one: said.append(str(one)), persons=True, non_commercial=True
            )
            assert done.added > 0, name
            said.append(repr(done))
        said.extend(repr(one) for one in [*real.store.operator_lines(), *example.store.operator_lines()])
        yield [real, example], said


def test_every_folder_of_data_has_an_intake_and_an_invented_copy(shared_data: Path) -> None:
    folders = {one.name for one in (shared_data / "register").iterdir() if one.is_dir()}
    assert folders - invented.WITHOUT_INTAKE == set(shipped())
    assert set(intakes()) == set(invented.MAKERS)


def test_the_search_for_marks_finds_them(tmp_path: Path) -> None:
    for mark, value in invented.CANARIES.items():
        (tmp_path / mark).write_bytes(b"x" * 10 + zlib.compress(f"and {value} so".encode()))
    assert {(mark, mark) for mark in invented.CANARIES} == leaks(tmp_path)
    for name in invented.MAKERS:
        invented.make(name, tmp_path / "sources")
    planted = {mark for _, mark in leaks(tmp_path / "sources")}
    assert planted == set(invented.CANARIES)


def test_no_mark_anywhere_in_a_register(loaded: tuple[list[Register], list[str]], tmp_path: Path) -> None:
    registers, said = loaded
    for register in registers:
        for engine in ENGINES:
            with contextlib.closing(Search.open(register.folder / "search", engine=engine)) as index:
                index.refresh(register.store)
                assert index.query("").total > 2, (register.origin, engine)
                # The index packs what it keeps, so it is asked too. Words of a mark that stand alone are no mark.
                asked = {mark: index.query(value) for mark, value in invented.CANARIES.items()}
                assert {mark for mark, found in asked.items() if found.total and not found.tolerant} == set()
    found = leaks(tmp_path / "real") | leaks(tmp_path / "example")
    assert {(file, mark) for file, mark in found if mark not in HELD or not file.startswith("register.sqlite")} == set()
    text = "\n".join(said)
    assert [mark for mark, value in invented.CANARIES.items() if value.casefold() in text.casefold()] == []


def test_no_mark_in_what_is_public(loaded: tuple[list[Register], list[str]]) -> None:
    text = ""
    for register in loaded[0]:
        text += "\n".join(repr(one.statement) for one in register.store.iter_statements())
        text += "\n".join(repr(row) for row in register.store.reference_iter())
    assert len(text) > 50_000
    assert [mark for mark, value in invented.CANARIES.items() if value.casefold() in text.casefold()] == []


def test_no_mark_in_any_export(loaded: tuple[list[Register], list[str]], tmp_path: Path) -> None:
    for register in loaded[0]:
        for form in FORMS:
            out = tmp_path / "exports" / register.origin.rpartition("/")[2] / form
            made = export(register.store, form, out, non_commercial=True, attachments=lambda sha256: None)
            assert made.files
    assert leaks(tmp_path / "exports") == set()


def test_no_mark_in_the_pages(loaded: tuple[list[Register], list[str]], tmp_path: Path) -> None:
    from sousveil.web.site import Site
    from sousveil.web.static_site import export_site

    for register in loaded[0]:
        out = tmp_path / "site" / register.origin.rpartition("/")[2]
        maker.imprint(register.folder)
        register.config = register.paths.config()
        export_site(Site(register), out)
        assert len(list(out.rglob("*"))) > 50
    assert leaks(tmp_path / "site") == set()
