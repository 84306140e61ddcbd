"""The sets that come with the program: rebuilt, reviewed, and their compact form."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from scripts.build_bundled import build
from sousveil.errors import Malformed
from sousveil.indicators.bundled import MAGIC, bundled_bytes, bundled_sets, pack, payload, unpack
from sousveil.indicators.canonical import resolve
from sousveil.indicators.index import merge
from sousveil.indicators.load import load_bytes
from sousveil.indicators.loaders._common import review
from sousveil.indicators.model import Attribution, IndicatorSet, Platform, ThreatClass
from sousveil.indicators.model import IndicatorKind as K


@pytest.fixture(scope="module")
def sets() -> dict[str, IndicatorSet]:
    return {one.name: one for one in bundled_sets()}


def find(sets: dict[str, IndicatorSet], name: str, kind: K, value: str) -> Attribution:
    (attribution,) = next(one for one in sets[name].indicators if one.key == (kind.value, value)).attributions
    return attribution


def test_rebuilding_gives_the_same_bytes(shared_data: Path) -> None:
    made = build(shared_data / "indicators")
    assert payload(made) == zlib.decompress(bundled_bytes()[len(MAGIC) :])
    assert unpack(pack(made)) == made


def test_counts_and_classes(sets: dict[str, IndicatorSet]) -> None:
    assert sum(len(one.indicators) for one in sets.values()) == 11_755
    assert max(one.newest or "" for one in sets.values()) == "2026-09-05"
    assert all(one.bundled and one.publisher and one.licence for one in sets.values())
    classes = {
        name: {said.threat_class for i in one.indicators for said in i.attributions} for name, one in sets.items()
    }
    assert classes["citizenlab-cellebrite-2026"] == {ThreatClass.EXTRACTION_TOOL}
    assert classes["echap-stalkerware"] == {ThreatClass.STALKERWARE}
    assert classes["echap-watchware"] == {ThreatClass.WATCHWARE}
    assert classes["amnesty-pegasus-2021"] == {ThreatClass.MERCENARY}
    assert classes["btmob-2026"] == {None}
    assert sum(found == {ThreatClass.MERCENARY} for found in classes.values()) == 21


def test_the_update_of_2026(sets: dict[str, IndicatorSet]) -> None:
    """What review leaves out or limits, and for which phones each set is."""
    values = {(one.name, i.value) for one in sets.values() for i in one.indicators}
    hermit = {value for name, value in values if name == "rcs-hermit-addresses-2022"}
    assert hermit == {
        "2.228.150.86",
        "2.229.68.182",
        "45.148.30.122",
        "85.159.27.61",
        "93.39.197.234",
        "93.57.84.78",
    }
    assert not any("ef2e1c47166fe0c5" in value for _, value in values), "the hash of a server's icon"
    assert {i.kind for i in sets["btmob-2026"].indicators} == {K.DOMAIN}
    for address in ("142.251.183.138", "104.21.64.137"):
        assert not any(value == address for _, value in values)
    graphite = find(sets, "citizenlab-graphite-2025", K.DOMAIN, "summerartcamp.net")
    assert (graphite.ceiling, graphite.threat_class) == ("lead", ThreatClass.MERCENARY)
    assert find(sets, "morpheus-2026", K.APP_ID, "com.android.core").ceiling == "lead"
    certificate = "c37ab64896d44ffe831f6309e5f665413f47b42f6341d1efa81b23ba5d6545ad"
    assert find(sets, "assistenza-clienti-2026", K.CERT_SHA256, certificate).platform is Platform.ANDROID


def test_an_app_of_an_android_list_is_no_app_of_an_iphone(sets: dict[str, IndicatorSet]) -> None:
    assert find(sets, "echap-stalkerware", K.APP_ID, "com.guest").platform is Platform.ANDROID
    everywhere, iphone = merge(list(sets.values())), merge(list(sets.values()), Platform.IOS)
    assert ("app:id", "com.guest") in {one.key for one in everywhere}
    kept = {one.key for one in iphone}
    assert ("app:id", "com.guest") not in kept
    assert not any(kind in ("android-property:name", "app:cert.sha1") for kind, _ in kept)
    assert ("domain-name:value", "srv.servicemnt.com") in kept, "a link to it may have been sent to an iPhone"
    assert ("file:path", "/private/var/tmp/stop") in kept
    assert all(
        said.platform is not Platform.ANDROID for one in iphone if one.kind is K.APP_ID for said in one.attributions
    )


def test_values_are_canonical(sets: dict[str, IndicatorSet]) -> None:
    for one in sets.values():
        for indicator in one.indicators:
            if indicator.pattern == "equals":
                assert resolve(indicator.kind, indicator.value) == (indicator.kind, indicator.value, "equals")


def test_reviewed_ceilings(sets: dict[str, IndicatorSet]) -> None:
    pegasus, graphite = "amnesty-pegasus-2021", "citizenlab-graphite-2025"
    assert find(sets, pegasus, K.PROCESS, "Diagnosticd").ceiling == "lead"
    assert find(sets, pegasus, K.PROCESS, "bh").ceiling is None
    assert find(sets, "darksword-2026", K.FILE_NAME, "pe_main.js").ceiling == "lead"
    assert find(sets, "rcs-hermit-2022", K.DOMAIN, "fintur-a111a.appspot.com").ceiling == "lead"
    address = find(sets, graphite, K.IPV4, "46.183.184.91")
    assert (address.valid_until, address.published) == (1_744_502_400_000_000, "2025-06-12")
    assert find(sets, "coruna-2026", K.URL, "fgr1w2gnsdvsb.xyz/x").report is not None


def test_the_review_applies_to_any_set() -> None:
    (one,) = load_bytes(b"process:name=payload\nfile:name=com.apple.CrashReporter.plist\n", "x.txt", "x")
    assert [indicator.attributions[0].ceiling for indicator in one.indicators] == ["lead", "weak"]


def test_the_review_is_sound() -> None:
    assert len(review()) > 30
    for (kind, value), (ceiling, reason) in review().items():
        assert resolve(K(kind), value)[:2] == (K(kind), value)
        assert ceiling in ("lead", "weak") and len(reason) > 20


@pytest.mark.parametrize("cut", [0, 10, len(MAGIC), len(MAGIC) + 10, -1])
def test_damage(cut: int) -> None:
    data = pack(load_bytes(b"evil.example\n", "x.txt", "x"))
    with pytest.raises(Malformed):
        unpack(data[:cut])
    with pytest.raises(Malformed):
        unpack(MAGIC + zlib.compress(b"\x93\x01\x02\x03"))
