"""What the `indicators` verbs answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sousveil.errors import Unsupported, Usage
from sousveil.findings.matching import Matcher
from sousveil.indicators.index import Index
from sousveil.indicators.load import load_bytes, load_folder
from sousveil.indicators.lookup import Listed, add, listed, show
from sousveil.indicators.lookup import test_values as look_up
from sousveil.indicators.model import Choices, IndicatorKind, IndicatorSet
from sousveil.indicators.store import added_dir, remove

TEXT = b"evil.example\nprocess:name=bh\n/private/var/tmp/evil\n198.51.100.0/24\nandroid-property:name=sys.evil\nword\n"


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))


@pytest.fixture
def one() -> IndicatorSet:
    return load_bytes(TEXT, "mine.txt", "mine")[0]


def test_listed(one: IndicatorSet) -> None:
    assert listed([one]) == [
        Listed(
            name="mine",
            publisher=None,
            licence=None,
            commercial_use=None,
            count=5,
            skipped=1,
            context=0,
            newest=None,
            bundled=False,
            sha256=one.sha256,
        )
    ]


def test_show(one: IndicatorSet) -> None:
    shown = show([one], "mine")
    assert shown.families == (("", 5),)
    assert shown.kinds[0][1] == 1 and len(shown.kinds) == 5
    assert [skip.entry for skip in shown.skipped] == ["word"]
    with pytest.raises(Usage, match="mine"):
        show([one], "other")


def test_add(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(TEXT)
    assert [found.name for found in add(path)] == ["mine"]
    assert (added_dir() / "mine.txt").read_bytes() == TEXT
    assert [found.name for found in load_folder(added_dir())] == ["mine"]
    with pytest.raises(Usage, match="before"):
        add(path)
    with pytest.raises(Usage, match="already"):
        add(path, load_folder(added_dir()))
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    with pytest.raises(Unsupported):
        add(bad)
    assert [entry.name for entry in added_dir().iterdir()] == ["mine.txt"]


def test_what_was_decided_at_adding_is_kept(tmp_path: Path) -> None:
    """The kind that somebody stated counts for later checks too; what was removed does not."""
    path = tmp_path / "odd.txt"
    path.write_bytes(b"evil.example\n")
    (added,) = add(path, choices=Choices(kind=IndicatorKind.PROCESS))
    assert [i.key for i in added.indicators] == [("process:name", "evil.example")]
    assert [(one.name, one.indicators) for one in load_folder(added_dir())] == [("odd", added.indicators)]
    assert remove("odd") == "file" and load_folder(added_dir()) == []
    with pytest.raises(Usage, match="Nothing named odd was added or fetched"):
        remove("odd")
    with pytest.raises(Usage, match="Nothing named"):
        remove("../odd")


def test_names_below_a_domain_are_not_the_domain() -> None:
    """`LIKE '%.x.example'` asks for something before the dot."""
    pattern = {"type": "indicator", "id": "indicator--1", "pattern": "[domain-name:value LIKE '%.lure.example']"}
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [pattern]}
    index = Index.build(load_bytes(json.dumps(bundle).encode(), "set.stix2", "set"))
    tested = [
        "lure.example",
        "https://lure.example/a",
        "notlure.example",
        "a.lure.example",
        "see http://b.a.Lure.example/",
    ]
    found = look_up(tested, index.indicators, Matcher(index))
    assert [(match.value, match.how) for match in found] == [
        ("a.lure.example", "like"),
        ("see http://b.a.Lure.example/", "like"),
    ]


def test_test(one: IndicatorSet) -> None:
    index = Index.build([one])
    tested = [
        "https://a.evil[.]example/x",
        "bh",
        "/private/var/tmp/evil/x",
        "198.51.100.9",
        "sys.evil",
        "innocent.example",
    ]
    found = look_up(tested, index.indicators, Matcher(index))
    assert [(match.value, match.how, match.indicator.original) for match in found] == [
        ("https://a.evil[.]example/x", "subdomain", "evil.example"),
        ("bh", "equals", "bh"),
        ("/private/var/tmp/evil/x", "below", "/private/var/tmp/evil"),
        ("198.51.100.9", "cidr", "198.51.100.0/24"),
        ("sys.evil", "equals", "sys.evil"),
    ]
    with pytest.raises(Usage):
        look_up([""], index.indicators, Matcher(index))
