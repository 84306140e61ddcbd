"""The tree against a plain RFC 6962, published vectors, and itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import Malformed, Usage
from sousveil.ledger import merkle
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import Range, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from tests.ledger.plain import Memory, naive_consistency, naive_inclusion, naive_root
from tests.profiles import examples

EXCEPTIONS = {
    "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json": "its two equal roots have 12 bytes: refused",
}
"""Vector -> our own answer, where it is another one than the vector's."""


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"entry %d" % number) for number in range(count)]


def _vectors(kind: str, shared: Path) -> list[tuple[str, dict[str, Any]]]:
    folder = shared / "vectors" / "merkle" / "testdata"
    return [
        (str(path.relative_to(folder)), json.loads(path.read_bytes()))
        for path in sorted((folder / kind).rglob("*.json"))
    ]


def _hashes(values: Sequence[str] | None) -> list[bytes]:
    return [base64.b64decode(value) for value in values or ()]


def _refused(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except (Malformed, Disagreement):
        return True
    return False


def test_published_inclusion_vectors(shared_data: Path) -> None:
    vectors = _vectors("inclusion", shared_data)
    differ = []
    for name, one in vectors:
        leaf, root = base64.b64decode(one["leafHash"] or ""), base64.b64decode(one["root"] or "")
        index, size = one["leafIdx"], one["treeSize"]
        if _refused(verify_inclusion, leaf, index, size, _hashes(one["proof"]), root) != one["wantErr"]:
            differ.append(name)
    assert (len(vectors), differ) == (98, [])


def test_published_consistency_vectors(shared_data: Path) -> None:
    vectors = _vectors("consistency", shared_data)
    differ = []
    for name, one in vectors:
        roots = base64.b64decode(one["root1"] or ""), base64.b64decode(one["root2"] or "")
        if _refused(verify_consistency, one["size1"], one["size2"], _hashes(one["proof"]), *roots) != one["wantErr"]:
            differ.append(name)
    assert (len(vectors), differ) == (98, sorted(EXCEPTIONS))


def test_size_zero_and_other_lengths_have_a_written_answer() -> None:
    tree = naive_root(leaves(3))
    verify_consistency(0, 3, [], merkle.EMPTY_ROOT, tree)
    verify_consistency(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    for refused in (
        (0, 3, [], tree, tree),  # what is said to be the root of nothing is not
        (0, 3, [tree], merkle.EMPTY_ROOT, tree),
        (0, 0, [], tree, tree),
        (3, 3, [], tree[:31], tree[:31]),
        (3, 3, [], b"", b""),
        (1, 3, [tree + b"\0"], tree, tree),
        (-1, 3, [], tree, tree),
        (1, 1 << 63, [], tree, tree),
        (3, 2, [], tree, tree),
    ):
        assert _refused(verify_consistency, *refused), refused
    assert _refused(verify_inclusion, tree, 0, 0, [], merkle.EMPTY_ROOT)
    assert _refused(verify_inclusion, b"", 0, 1, [], b"")


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.leaf_hash(b"") == sha256(b"\0").digest()
    assert merkle.node_hash(b"l" * 32, b"r" * 32) == sha256(b"\1" + b"l" * 32 + b"r" * 32).digest()
    assert Range().root() == merkle.EMPTY_ROOT == merkle.root(Memory([]), 0)


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, 255, 256, 257, 511, 512, 513, 700])
def test_roots_and_proofs_of_every_index_are_those_of_the_plain_tree(size: int) -> None:
    rows = leaves(size)
    memory, root = Memory(rows), naive_root(rows)
    growing = Range()
    for leaf in rows:
        growing.append(leaf)
    fast = Range()
    fast.extend(b"".join(rows))
    assert growing.root() == fast.root() == merkle.root(memory, size) == root
    for index in range(0, size, max(1, size // 40)):
        proof = inclusion_proof(memory, index, size)
        assert proof == naive_inclusion(index, rows)
        verify_inclusion(rows[index], index, size, proof, root)
    for old in range(1, size + 1, max(1, size // 40)):
        path = consistency_proof(memory, old, size)
        assert path == (naive_consistency(old, rows) if old < size else [])
        verify_consistency(old, size, path, naive_root(rows[:old]), root)


@given(st.integers(1, 600), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_nothing_else_verifies(size: int, data: st.DataObject) -> None:
    rows = leaves(size)
    memory, root = Memory(rows), naive_root(rows)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(memory, index, size)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert _refused(verify_inclusion, rows[other], index, size, proof, root)
        assert _refused(verify_inclusion, rows[index], other, size, proof, root)
    old = data.draw(st.integers(1, size))
    path, old_root = consistency_proof(memory, old, size), naive_root(rows[:old])
    for row, check in (
        (proof, lambda p: verify_inclusion(rows[index], index, size, p, root)),
        (path, lambda p: verify_consistency(old, size, p, old_root, root)),
    ):
        assert _refused(check, [*row, bytes(32)])
        if row:
            at, bit = data.draw(st.integers(0, len(row) - 1)), data.draw(st.integers(0, 255))
            flipped = bytearray(row[at])
            flipped[bit // 8] ^= 1 << bit % 8
            assert _refused(check, [*row[:at], bytes(flipped), *row[at + 1 :]])
            assert _refused(check, row[1:])
            assert _refused(check, row[:-1])
    if old < size:
        assert _refused(verify_consistency, old, size, path, bytes(32), root)
        assert _refused(verify_consistency, old, size, path, old_root, bytes(32))


def test_questions_without_an_answer() -> None:
    memory = Memory(leaves(3))
    for question in (
        lambda: inclusion_proof(memory, 3, 3),
        lambda: inclusion_proof(memory, -1, 3),
        lambda: consistency_proof(memory, 4, 3),
    ):
        with pytest.raises(Usage):
            question()
    with pytest.raises(Malformed):
        merkle.root(memory, 1 << 63)


def test_a_tile_of_another_length_is_refused() -> None:
    class Short:
        def tile(self, level: int, index: int, width: int) -> bytes:
            return bytes(31)

    with pytest.raises(Malformed, match="Tile 0 of level 0 has 31 bytes instead of 64"):
        merkle.root(Short(), 2)


def test_a_range_goes_on_where_it_was_kept() -> None:
    rows = leaves(300)
    first = Range()
    for leaf in rows[:131]:
        first.append(leaf)
    again = Range.restore(first.size, first.roots)
    again.extend(b"".join(rows[131:]))
    assert again.root() == naive_root(rows) and first.size == 131 and again.size == 300
    for size, roots in ((3, first.roots), (131, [*first.roots[:-1], b""]), (-1, [])):
        with pytest.raises(Malformed):
            Range.restore(size, roots)
    with pytest.raises(Usage):
        first.append_perfect(bytes(32), 8)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_one_size_has_one_root(size: int) -> None:
    root, other = naive_root(leaves(size)), naive_root(leaves(size + 1))
    verify_consistency(size, size, [], root, root)
    with pytest.raises(Disagreement, match=f"Two roots for {size} entries"):
        verify_consistency(size, size, [], root, other)
    with pytest.raises(Malformed, match="must be empty"):
        verify_consistency(size, size, [root], root, root)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 255, 256, 257, 600])
def test_a_range_is_read_back_from_the_tiles(size: int) -> None:
    rows = leaves(size)
    grown = Range()
    grown.extend(b"".join(rows))
    found = merkle.range_of(Memory(rows), size)
    assert (found.size, found.roots) == (size, grown.roots)


def test_a_perfect_subtree_stands_only_at_a_multiple_of_its_size() -> None:
    rows = leaves(8)
    tree = Range()
    for start in (0, 2, 4, 6):
        tree.append_perfect(naive_root(rows[start : start + 2]), 1)
        assert (tree.size, tree.root()) == (start + 2, naive_root(rows[: start + 2]))
    assert len(tree.roots) == 1
    tree.append(rows[0])
    with pytest.raises(Usage, match="height 1 cannot stand at leaf 9"):
        tree.append_perfect(bytes(32), 1)


def test_sizes_outside_of_a_log_are_refused() -> None:
    largest = (1 << 63) - 1
    assert Range.restore(largest, [bytes(32)] * 63).size == largest
    with pytest.raises(Malformed, match="-1 is not a number of entries"):
        consistency_proof(Memory(leaves(3)), -1, 3)
    with pytest.raises(Malformed, match="-1 is not a number of entries"):
        verify_inclusion(bytes(32), -1, 3, [], bytes(32))


def test_a_proof_that_ends_early_is_malformed() -> None:
    rows = leaves(7)
    path = consistency_proof(Memory(rows), 3, 7)
    with pytest.raises(Malformed, match="from 3 to 7 entries is too short"):
        verify_consistency(3, 7, path[:-1], naive_root(rows[:3]), naive_root(rows))


@pytest.mark.parametrize("read", [merkle.root, merkle.range_of])
@pytest.mark.parametrize("size", [-1, merkle.MAX_SIZE + 1])
def test_a_size_that_is_none_is_refused(read: Any, size: int) -> None:
    with pytest.raises(Malformed, match="is not a number of entries"):
        read(Memory([]), size)
