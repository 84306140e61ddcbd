"""What a layout rests on limits the findings that rest on it, and coverage says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import sousveil
from phonegen import Phone
from phonegen.ios import configuration_profiles
from sousveil.artefacts.model import At, Seen, discover
from sousveil.findings.judge import finding_from_hit
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Hit, Kept, Rule
from sousveil.records import Source

PUBLISHED = "5c1e0a9c-6c7c-4a3a-9d62-0d8a5b4c7e11"
NOTE = "We could not check how this file is read against a real phone, so the program may misread it."
REASON = "at most lead: this layout was not seen in a real file and has no named source"


@pytest.mark.parametrize(
    ("domain", "relative", "strength", "unverified"),
    [
        (configuration_profiles.DOMAIN, "Library/ConfigurationProfiles/profile-1.stub", "strong", False),
        ("HomeDomain", "Library/ConfigurationProfiles/profile-1.stub", "lead", True),
        ("HomeDomain", "Library/UserConfigurationProfiles/profile-1.stub", "lead", True),
    ],
)
def test_a_published_profile_is_a_lead_in_the_recalled_folder(
    tmp_path: Path, domain: str, relative: str, strength: str, unverified: bool
) -> None:
    with Phone() as phone:
        phone.add(domain, relative, configuration_profiles.build(phone.major, [{"uuid": PUBLISHED}]))
        backup = phone.write(tmp_path / "backup")
    indicators = tmp_path / "profiles.csv"
    indicators.write_text(f"type,indicator,publisher\nconfiguration-profile:id,{PUBLISHED},Example Lab\n")
    case = sousveil.check(backup, indicators=[indicators], bundled=False, scan=False)
    found = [f for f in case.findings if f.indicator is not None]
    assert [(f.artefact, f.strength.value) for f in found] == [("ios.configuration_profiles", strength)]
    assert (REASON in found[0].reasons, found[0].innocent[:1] == (NOTE,)) == (unverified, unverified)
    line = next(c for c in case.coverage if c.artefact == "ios.configuration_profiles")
    assert (line.unverified, "unverified layout" in line.detail) == (unverified, unverified)


FIREFOX = "AppDomainGroup-group.org.mozilla.ios.Firefox/profile.profile"
SUPPORT = "Library/Application Support"


@pytest.mark.parametrize(
    ("artefact", "file", "table", "verified"),
    [
        ("calls", "HomeDomain/Library/CallHistoryDB/CallHistory.storedata", "ZCALLRECORD", True),
        ("calls", "WirelessDomain/Library/CallHistory/call_history.db", "call", False),
        ("firefox_history", f"{FIREFOX}/browser.db", "visits", True),
        ("firefox_history", f"{FIREFOX}/places.db", "moz_historyvisits", False),
        ("shortcuts", "HomeDomain/Library/Shortcuts/Shortcuts.sqlite", "ZSHORTCUT", True),
        ("shortcuts", "HomeDomain/Library/Shortcuts/Shortcuts.sqlite", "ZTRIGGER", False),
        (
            "chrome_favicons",
            f"AppDomain-com.google.chrome.ios/{SUPPORT}/Google/Chrome/x/Favicons",
            "icon_mapping",
            True,
        ),
        ("chrome_favicons", f"AppDomain-com.opera.OperaTouch/{SUPPORT}/x/Favicons", "icon_mapping", False),
        ("safari_tombstones", "HomeDomain/Library/Safari/History.db", "history_tombstones", True),
        ("role_account", "RootDomain/Library/Preferences/roleaccountd.plist", None, False),
        ("backup_info", "Info.plist", None, True),
    ],
)
def test_tables_and_places_say_which_rows(artefact: str, file: str, table: str | None, verified: bool) -> None:
    assert discover()["ios." + artefact].verified(Source(file=file, table=table)) is verified


def test_a_recalled_basis_is_never_declared_verified() -> None:
    """The first words of a basis say where the layout is from."""
    unsure = ("recalled", "not confirmed", "columns of other versions recalled")
    wrong = [
        (name, seen.basis)
        for name, artefact in discover().items()
        for seen in artefact.seen
        if seen.verified and (seen.basis.startswith(unsure) or "not seen" in seen.basis)
    ]
    assert wrong == []


def test_a_layout_of_the_info_file_is_named_by_its_place() -> None:
    seen = Seen(versions="any", basis="recalled", verified=False, places=(At.info("Info.plist"),))
    assert seen.names(Source(file="Info.plist")) and not seen.names(Source(file="HomeDomain/Info.plist"))


@pytest.mark.parametrize(
    ("artefacts", "strength"),
    [
        (("ios.sms", "ios.datausage"), Strength.STRONG),
        (("ios.sms", "ios.role_account"), Strength.LEAD),
        (("android.unknown",), Strength.LEAD),
    ],
)
def test_a_rule_is_as_weak_as_its_least_known_row(artefacts: tuple[str, ...], strength: Strength) -> None:
    rule = Rule(
        name="r",
        title="R",
        shows=Shows.PRESENCE,
        strength=Strength.STRONG,
        reads={},
        find=lambda kept, device: iter(()),
        innocent=("A fault.",),
        basis="measured",
    )
    rows = tuple(Kept(artefact=name, source=Source(file="HomeDomain/x"), row={}) for name in artefacts)
    found = finding_from_hit(rule, Hit(rows=rows, says="x"))
    assert found.strength is strength
    assert found.innocent == (("A fault.",) if strength is Strength.STRONG else (NOTE, "A fault."))
    weak = finding_from_hit(rule, Hit(rows=rows, says="x", strength=Strength.WEAK))
    assert weak.strength is Strength.WEAK
