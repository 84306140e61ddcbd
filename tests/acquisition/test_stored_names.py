"""Names in a backup's folder: held as a set of them would be."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sousveil.acquisition.model import FileGroup, Member
from sousveil.acquisition.stored_names import StoredNames

USUAL = st.text("0123456789abcdef", min_size=40, max_size=40)
NEAR = USUAL.flatmap(
    lambda name: st.sampled_from(
        [name.upper(), name[:-1], name + "0", name[:-2] + "  ", "g" + name[1:], name[:38] + "00"]
    )
)
NAMES = st.one_of(USUAL, st.sampled_from(["0" * 40, "f" * 40, "00" * 19 + "0a"]), NEAR, st.text(max_size=42))


@given(st.lists(st.lists(NAMES, max_size=8), max_size=5), st.lists(NAMES | st.none() | st.integers(), max_size=12))
def test_names_are_held_as_in_a_set(folders: list[list[str]], asked: list[object]) -> None:
    every = {name for folder in folders for name in folder}
    names: list[object] = [*asked, *sorted(every)]
    held = StoredNames(folders)
    assert held.hold(names) == [name in every for name in names]
    for name in names:
        assert held.hold([name]) == [name in every]


def test_folders_of_two_letters_are_looked_into(tmp_path: Path) -> None:
    first, second, third = ("ab" + "0" * 38, "cd" + "1" * 38, "ef" + "2" * 38)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / first).write_bytes(b"")
    (tmp_path / "abc").mkdir()
    (tmp_path / "abc" / third).write_bytes(b"")
    (tmp_path / second).write_bytes(b"")
    (tmp_path / "Manifest.db").write_bytes(b"")
    (tmp_path / "cd").symlink_to(tmp_path / "abc")
    member = Member(suffix="", path=str(tmp_path / "Manifest.db"), size=None, key=None, problem=None)
    group = FileGroup(domain="", relative="Manifest.db", phone_path=None, members=(member,))
    names = StoredNames.beside(group)
    assert names is not None
    assert names.hold([first, second, third, "Manifest.db", None, 7]) == [True, True, False, False, False, False]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    member = Member(suffix="", path=str(tmp_path / "gone" / "Manifest.db"), size=None, key=None, problem=None)
    group = FileGroup(domain="", relative="Manifest.db", phone_path=None, members=(member,))
    assert StoredNames.beside(group) is None
