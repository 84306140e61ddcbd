"""The stored literals: made once, checked when loaded, private."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.errors import Malformed, Missing
from sousveil.findings.scan_bytes import scan_whole
from sousveil.findings.scan_file import load_scan_index, store_scan_index
from sousveil.indicators.index import Index, engines
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet
from sousveil.indicators.model import IndicatorKind as K

SAID = (Attribution(set_name="t", family=None, threat_class=None, publisher="Lab"),)


def index_of(engine: str, *values: tuple[K, str]) -> Index:
    made = tuple(Indicator(kind=k, value=v, original=v, attributions=SAID) for k, v in values)
    return Index.build([IndicatorSet(name="t", sha256="0" * 64, indicators=made)], engine=engine)


@pytest.mark.parametrize("engine", engines())
def test_round_trip(tmp_path: Path, engine: str) -> None:
    index = index_of(engine, (K.DOMAIN, "evil-host.com"), (K.SHA1, "ab" * 20), (K.SHA256, "cd" * 32))
    path, sha256 = store_scan_index(index, tmp_path / "cache")
    assert path.stat().st_mode & 0o777 == 0o600
    again = store_scan_index(index, tmp_path / "cache")
    assert again == (path, sha256)
    loaded = load_scan_index(path, sha256)
    assert loaded.hashes == {"sha1": {"ab" * 20: [1]}, "sha256": {"cd" * 32: [2]}}
    assert [(f.position, f.offset) for f in scan_whole(loaded, b"x https://evil-host.com/")] == [(0, 10)]


def test_changed_file_is_refused(tmp_path: Path) -> None:
    index = index_of(engines()[0], (K.DOMAIN, "evil-host.com"))
    path, sha256 = store_scan_index(index, tmp_path)
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    with pytest.raises(Malformed, match="changed while"):
        load_scan_index(path, sha256)
    assert store_scan_index(index, tmp_path) == (path, sha256)  # made anew
    assert load_scan_index(path, sha256).lengths
    path.unlink()
    with pytest.raises(Missing):
        load_scan_index(path, sha256)


def test_unwritable_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path, sha256 = store_scan_index(index_of(engines()[0], (K.DOMAIN, "evil-host.com")), tmp_path / "file" / "x")
    assert load_scan_index(path, sha256).lengths


@pytest.mark.parametrize("engine", engines())
def test_nothing_to_look_for(tmp_path: Path, engine: str) -> None:
    path, sha256 = store_scan_index(index_of(engine, (K.PROCESS, "implantprocess")), tmp_path)
    assert scan_whole(load_scan_index(path, sha256), b"implantprocess evil.com") == []
