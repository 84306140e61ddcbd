#!/usr/bin/env python3
"""Make the word list of receipts (src/sousveil/complaints/words.txt) out of our own candidates.

    python scripts/build_complaint_words.py            write the list
    python scripts/build_complaint_words.py --check    write nothing; fail where it would differ

A word is kept when it has 4 to 8 letters a-z, holds none of the pieces in `refused.txt`, begins no other word, and is two
changes or more (a letter wrong, missing, too many, or two swapped) away from each word that was kept. Words that clash
with few others come first, so that as many as possible stay. Of what stays, exactly 2,048 are taken: 11 bits a word.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "scripts" / "complaint_words"
OUT = ROOT / "src" / "sousveil" / "complaints" / "words.txt"
COUNT = 2048
SHORTEST, LONGEST = 4, 8


def distance(one: str, other: str) -> int:
    """Changes from one word to the other; two neighbours swapped are one change."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            least = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]


def alike(one: str, other: str) -> bool:
    """Whether the two may be taken for each other: one change apart, or one begins the other."""
    if one.startswith(other) or other.startswith(one):
        return True
    return abs(len(one) - len(other)) < 2 and distance(one, other) < 2


def near(words: list[str]) -> list[list[str]]:
    """Groups in which all words stand that may be alike: those that are the same without one letter, or begin the same."""
    groups: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for at in range(len(word)):
            groups["-" + word[:at] + word[at + 1 :]].add(word)
        groups["-" + word].add(word)
        groups["^" + word[:SHORTEST]].add(word)
    return [sorted(group) for group in groups.values()]


def lines(name: str) -> list[str]:
    """The words of a file; what follows a `#` is for people."""
    text = (FOLDER / name).read_text("utf-8")
    return [word for line in text.splitlines() for word in line.partition("#")[0].split()]


def chosen() -> list[str]:
    """The list, in alphabetical order. Raises SystemExit when too few words stay."""
    refused = lines("refused.txt")
    words = sorted({word for word in lines("candidates.txt") if SHORTEST <= len(word) <= LONGEST and word.isascii()})
    words = [word for word in words if word.isalpha() and word.islower() and not any(bad in word for bad in refused)]
    clashes: dict[str, set[str]] = defaultdict(set)
    for group in near(words):
        for one, other in combinations(group, 2):
            if alike(one, other):
                clashes[one].add(other)
                clashes[other].add(one)
    kept: set[str] = set()
    for word in sorted(words, key=lambda word: (len(clashes[word]), abs(len(word) - 6), word)):
        if not clashes[word] & kept:
            kept.add(word)
    if len(kept) < COUNT:
        raise SystemExit(f"Only {len(kept)} words stay; {COUNT - len(kept)} more are needed.")
    return sorted(sorted(kept, key=lambda word: (len(clashes[word]), abs(len(word) - 6), word))[:COUNT])


def main() -> int:
    """Write or compare."""
    text = "".join(f"{word}\n" for word in chosen())
    if "--check" in sys.argv[1:]:
        if not OUT.is_file() or OUT.read_text("utf-8") != text:
            print(f"{OUT.relative_to(ROOT)} is not what the script makes.", file=sys.stderr)
            return 1
        return 0
    OUT.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
