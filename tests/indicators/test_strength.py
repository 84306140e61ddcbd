"""The strength table: every rule of the order, on single values."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, ThreatClass
from sousveil.indicators.strength import (
    RANKS,
    Row,
    Sight,
    execution_record,
    host_of,
    judge,
    judge_strength,
    table,
    weaker,
)
from sousveil.kinds import Role

K = IndicatorKind


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def said(**rest: object) -> Attribution:
    given: dict[str, object] = {
        "set_name": "pegasus",
        "family": "Pegasus",
        "threat_class": ThreatClass.MERCENARY,
        "publisher": "Amnesty International",
        "published": "2021-07-18",
    }
    return Attribution(**(given | rest))  # type: ignore[arg-type]


def fact(kind: IndicatorKind, value: str, *attributions: Attribution) -> Indicator:
    return Indicator(kind=kind, value=value, original=value, attributions=attributions or (said(),))


def sight(role: Role, artefact: str = "ios.sms", how: str = "equals", **rest: object) -> Sight:
    given: dict[str, object] = {"seen_at": at("2021-08-01"), "backup_at": at("2021-09-01")}
    return Sight(artefact=artefact, role=role, how=how, **(given | rest))  # type: ignore[arg-type]


DOMAIN = fact(K.DOMAIN, "lure.example")


@pytest.mark.parametrize(
    ("kind", "value", "role", "artefact", "strength", "shows"),
    [
        (K.DOMAIN, "lure.example", Role.RECEIVED, "ios.sms", "strong", "contact"),
        (K.URL, "https://lure.example/a", Role.RECEIVED, "ios.whatsapp", "strong", "contact"),
        (K.DOMAIN, "lure.example", Role.SENT, "ios.sms", "weak", "contact"),
        (K.DOMAIN, "lure.example", Role.WRITTEN, "ios.notes", "weak", "contact"),
        (K.DOMAIN, "lure.example", Role.WRITTEN, "ios.calendar", "weak", "contact"),
        (K.DOMAIN, "lure.example", Role.SEARCHED, "ios.safari_history", "weak", "contact"),
        (K.DOMAIN, "lure.example", Role.QUOTED, "ios.sms", "lead", "contact"),
        (K.DOMAIN, "lure.example", Role.VISITED, "ios.safari_history", "lead", "contact"),
        (K.DOMAIN, "lure.example", Role.REDIRECTED, "ios.safari_history", "strong", "contact"),
        (K.DOMAIN, "lure.example", Role.LOADED, "ios.webkit_resource_load", "strong", "contact"),
        (K.DOMAIN, "lure.example", Role.INSTALLED, "ios.manifest", "lead", "contact"),
        (K.DOMAIN, "lure.example", Role.INSTALLED, "ios.shortcuts", "lead", "presence"),
        (K.DOMAIN, "lure.example", Role.RAW, "scan", "lead", "contact"),
        (K.IPV4, "192.0.2.7", Role.RECEIVED, "ios.sms", "strong", "contact"),
        (K.EMAIL, "a@b.example", Role.CONTACTED, "ios.idstatuscache", "strong", "contact"),
        (K.EMAIL, "a@b.example", Role.RECEIVED, "ios.sms", "strong", "contact"),
        (K.EMAIL, "a@b.example", Role.WRITTEN, "ios.contacts", "weak", "contact"),
        (K.PROCESS, "roleaboutd", Role.RAN, "ios.datausage", "strong", "execution"),
        (K.PROCESS, "bh", Role.RAN, "ios.datausage", "lead", "execution"),
        (K.PROCESS, "roleaboutd", Role.RAN, "ios.osanalytics_addaily", "strong", "execution"),
        (K.PROCESS, "bh", Role.GRANTED, "ios.locationd", "lead", "presence"),
        (K.PROCESS, "bh", Role.GRANTED, "ios.tcc", "lead", "presence"),
        (K.PROCESS, "bh", Role.INSTALLED, "ios.manifest", "weak", "presence"),
        (K.PROCESS, "payload", Role.RAN, "ios.datausage", "lead", "execution"),
        (K.PROCESS, "Diagnosticd", Role.RAN, "ios.datausage", "lead", "execution"),
        (K.PROCESS, "subridged", Role.RAN, "ios.datausage", "lead", "execution"),
        (K.PROCESS, "BackupAgent", Role.RAN, "ios.datausage", "strong", "execution"),
        (K.PROCESS, "BackupAgent", Role.RAN, "ios.osanalytics_addaily", "strong", "execution"),
        (K.PROCESS, "BackupAgent", Role.GRANTED, "ios.tcc", "weak", "presence"),
        (K.PROCESS, "BackupAgent", Role.RAN, "sysdiagnose.power_traffic", "strong", "execution"),
        (K.PROCESS, "BackupAgent", Role.RAN, "sysdiagnose.ps", "weak", "execution"),
        *(
            (K.PROCESS, "roleaboutd", Role.RAN, f"sysdiagnose.{place}", "lead", "execution")
            for place in (
                "shutdown ps taskinfo spindump log_statistics log_images crashes crash_processes power_processes "
                "power_sensors"
            ).split()
        ),
        (K.PROCESS, "roleaboutd", Role.RAN, "sysdiagnose.power_traffic", "strong", "execution"),
        (K.FILE_PATH, "/private/var/tmp/hooker", Role.INSTALLED, "ios.manifest", "strong", "presence"),
        (K.FILE_PATH, "/private/var/tmp/hooker", Role.RAN, "ios.shutdown", "strong", "execution"),
        (K.FILE_PATH, "/private/var/tmp/hooker", Role.RECEIVED, "ios.sms_attachments", "lead", "contact"),
        (
            K.FILE_PATH,
            "/private/var/db/com.apple.xpc.roleaccountd.staging/",
            Role.RAN,
            "ios.shutdown",
            "lead",
            "execution",
        ),
        (
            K.FILE_PATH,
            "/a/Library/Preferences/com.apple.CrashReporter.plist",
            Role.INSTALLED,
            "ios.manifest",
            "weak",
            "presence",
        ),
        (K.FILE_NAME, "pe_main.js", Role.INSTALLED, "ios.manifest", "lead", "presence"),
        (K.FILE_NAME, "pe_main.js", Role.RECEIVED, "ios.sms_attachments", "weak", "presence"),
        (K.SHA256, "0" * 64, Role.INSTALLED, "scan", "strong", "presence"),
        (K.SHA256, "0" * 64, Role.RECEIVED, "ios.sms_attachments", "lead", "contact"),
        (K.APP_ID, "com.spy", Role.INSTALLED, "ios.applications", "lead", "presence"),
        (K.APP_ID, "com.spy", Role.RAN, "ios.datausage", "lead", "execution"),
        (K.CERT_SHA1, "0" * 40, Role.INSTALLED, "android.packages", "strong", "presence"),
        (K.PROFILE_ID, "76DAB334-7E17-475D-A5D6-0794EB5818A5", Role.INSTALLED, "ios.profiles", "strong", "presence"),
        (K.PROFILE_ID, "76DAB334-7E17-475D-A5D6-0794EB5818A5", Role.RAW, "scan", "lead", "presence"),
        (K.ANDROID_PROPERTY, "sys.brand.note", Role.INSTALLED, "android.properties", "strong", "presence"),
    ],
)
def test_ceiling_and_shows(
    kind: IndicatorKind, value: str, role: Role, artefact: str, strength: str, shows: str
) -> None:
    found, _ = judge(fact(kind, value), sight(role, artefact))
    assert (found.strength, found.shows) == (strength, shows), found.reasons


@pytest.mark.parametrize(
    ("how", "strength"),
    [
        ("equals", "strong"),
        ("subdomain", "strong"),
        ("prefix", "strong"),
        ("decoded", "strong"),
        ("nested", "strong"),
        ("truncated", "weak"),
        ("like", "lead"),
        ("matches", "lead"),
        ("cidr", "lead"),
        ("basename", "lead"),
    ],
)
def test_how(how: str, strength: str) -> None:
    assert judge(DOMAIN, sight(Role.RECEIVED, how=how))[0].strength == strength


def test_nested_in_a_page_that_was_loaded_is_a_lead() -> None:
    assert judge(DOMAIN, sight(Role.REDIRECTED, how="nested"))[0].strength == "lead"


def test_list_without_publisher_is_at_most_a_lead() -> None:
    plain = said(publisher=None, family=None, threat_class=None, set_name="mine.txt", published=None)
    found, _ = judge(fact(K.DOMAIN, "lure.example", plain), sight(Role.RECEIVED))
    assert found.strength == "lead"
    assert found.innocent[0] == "The list may contain values that are not related to spyware."


def test_a_set_that_names_a_family_and_no_publisher_is_at_most_a_lead() -> None:
    """Whatever the form of the file: anybody can write the name of a family into one."""
    found, _ = judge(fact(K.DOMAIN, "lure.example", said(publisher=None)), sight(Role.RECEIVED))
    assert found.strength == "lead"
    assert judge(fact(K.DOMAIN, "lure.example", said()), sight(Role.RECEIVED))[0].strength == "strong"


@pytest.mark.parametrize(
    ("seen", "strength"),
    [("2021-07-17", "strong"), ("2023-07-19", "strong"), ("2023-07-20", "lead"), ("2026-01-01", "lead")],
)
def test_two_years_after_the_report(seen: str, strength: str) -> None:
    found, _ = judge(DOMAIN, sight(Role.RECEIVED, seen_at=at(seen), backup_at=at("2026-02-01")))
    assert found.strength == strength
    assert any("may have changed hands" in r for r in found.reasons) == (strength == "lead")


def test_last_moment_of_the_last_day_still_counts() -> None:
    last = at("2023-07-20") - 1
    assert judge(DOMAIN, sight(Role.RECEIVED, seen_at=last))[0].strength == "strong"


def test_valid_until_and_valid_from() -> None:
    limited = fact(K.DOMAIN, "lure.example", said(valid_until=at("2021-07-30"), valid_from=at("2022-01-01")))
    after = judge(limited, sight(Role.RECEIVED, seen_at=at("2021-07-31")))[0]
    assert after.strength == "lead"
    assert "valid only until 2021-07-30" in after.reasons[-1]
    before = judge(limited, sight(Role.RECEIVED, seen_at=at("2021-07-30")))[0]
    assert before.strength == "strong"  # although valid_from lies later


def test_without_a_time_the_backup_is_the_latest_sight() -> None:
    early = judge(DOMAIN, sight(Role.LOADED, seen_at=None, backup_at=at("2022-01-01")))[0]
    late = judge(DOMAIN, sight(Role.LOADED, seen_at=None, backup_at=at("2025-01-01")))[0]
    never = judge(DOMAIN, sight(Role.LOADED, seen_at=None, backup_at=None))[0]
    assert (early.strength, late.strength, never.strength) == ("strong", "lead", "strong")
    assert "it has no time" in late.reasons[-1]
    assert never.reasons[-1].startswith("noted: it has no time")


@pytest.mark.parametrize("kind", [K.FILE_PATH, K.PROFILE_ID, K.SHA256, K.CERT_SHA256])
def test_what_does_not_age(kind: IndicatorKind) -> None:
    old = sight(Role.INSTALLED, "ios.datausage", seen_at=at("2026-01-01"), backup_at=at("2026-02-01"))
    assert judge(fact(kind, "bfrgbd", said(valid_until=at("2021-12-31"))), old)[0].strength == "strong"


def test_reviewed_ceiling_and_public_sites() -> None:
    reviewed = fact(K.DOMAIN, "maker.example", said(ceiling="lead", note="the maker's own site"))
    assert judge(reviewed, sight(Role.RECEIVED))[0].strength == "lead"
    assert "at most lead: the maker's own site" in judge(reviewed, sight(Role.RECEIVED))[0].reasons
    for role in (Role.VISITED, Role.LOADED, Role.REDIRECTED, Role.RAW):
        assert judge(reviewed, sight(role))[0].strength == "lead"
    weak = fact(K.DOMAIN, "maker.example", said(ceiling="weak", note="the maker's own site"))
    assert judge(weak, sight(Role.RECEIVED))[0].strength == "weak"
    assert judge(fact(K.DOMAIN, "www.nsogroup.com"), sight(Role.VISITED))[0].strength == "weak"
    assert judge(fact(K.URL, "https://appspot.com/x"), sight(Role.RECEIVED))[0].strength == "weak"
    assert judge(fact(K.DOMAIN, "one-customer.appspot.com"), sight(Role.RECEIVED))[0].strength == "strong"


def test_text_fields() -> None:
    assert judge(fact(K.IPV4, "192.0.2.7"), sight(Role.RECEIVED, field="text"))[0].strength == "lead"
    assert judge(fact(K.IPV4, "192.0.2.7"), sight(Role.RECEIVED, field="url"))[0].strength == "strong"
    assert judge(fact(K.EMAIL, "a@b.example"), sight(Role.RECEIVED, field="text"))[0].strength == "lead"
    assert judge(fact(K.EMAIL, "a@b.example"), sight(Role.RECEIVED, field="email"))[0].strength == "strong"


def test_process_without_traffic_is_a_lead() -> None:
    name = fact(K.PROCESS, "bfrgbd")
    assert judge(name, sight(Role.RAN, "ios.datausage", traffic=False))[0].strength == "lead"
    assert judge(name, sight(Role.RAN, "ios.datausage", traffic=True))[0].strength == "strong"


@pytest.mark.parametrize(
    ("name", "strength", "why"),
    [
        ("bh", "lead", "fewer than five characters"),
        ("fmld", "lead", "fewer than five characters"),
        ("fmldx", "strong", None),
        ("Tracker", "lead", "a common word"),
        ("helperd", "lead", "a common word"),
        ("helperx", "strong", None),
    ],
)
def test_short_and_common_names_need_an_independent_record(name: str, strength: str, why: str | None) -> None:
    found = judge(fact(K.PROCESS, name), sight(Role.RAN, "ios.datausage", traffic=True))[0]
    assert found.strength == strength
    assert [why in reason for reason in found.reasons[1:]] == ([True] if why else [])


@pytest.mark.parametrize(("last", "strength"), [("2025-07-18", "strong"), ("2025-07-19", "lead"), (None, "lead")])
def test_a_process_name_ages_after_four_years(last: str | None, strength: str) -> None:
    """The newest report counts: an older one beside it changes nothing."""
    name = fact(K.PROCESS, "roleaboutd", said(published="2019-01-01"), said(published="2021-07-18"))
    seen = sight(Role.RAN, "ios.datausage", seen_at=at(last) if last else None, backup_at=at("2026-01-01"))
    assert judge(name, seen)[0].strength == strength


@pytest.mark.parametrize("place", ["log_images", "crashes", "crash_processes"])
def test_a_folder_of_spyware_makes_a_name_strong(place: str) -> None:
    seen = sight(Role.RAN, f"sysdiagnose.{place}", place="staging")
    assert judge(fact(K.PROCESS, "roleaboutd"), seen)[0].strength == "strong"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (
            "associated_domains",
            "an installed app declares that it belongs to a published host; that shows no connection",
        ),
        ("profiles", "a configuration profile names a published host"),
        (
            "settings_events",
            "a record about an app or a setting names a published host; it does not show a connection",
        ),
        ("app_store", "a record about an app or a setting names a published host; it does not show a connection"),
    ],
)
def test_a_host_of_a_sysdiagnose_says_what_names_it(place: str, reason: str) -> None:
    found = judge(DOMAIN, sight(Role.INSTALLED, f"sysdiagnose.{place}"))[0]
    assert (found.strength, found.shows) == ("lead", "presence") and reason in found.reasons[0], found.reasons


def test_two_artefacts_of_one_record_are_no_two_records() -> None:
    for record, places in {
        "crashes": ("crashes", "crash_processes"),
        "power": ("power_processes", "power_traffic", "power_sensors"),
        "log": ("log_images", "log_statistics"),
        "processes": ("ps", "taskinfo", "spindump"),
        "shutdown": ("shutdown",),
    }.items():
        assert {execution_record(f"sysdiagnose.{place}") for place in places} == {record}
    assert execution_record("ios.datausage") == execution_record("ios.osanalytics_addaily") == "traffic"
    assert execution_record("ios.shutdown_log") == "shutdown" and execution_record("ios.other") == "ios.other"


def test_watchware_is_at_most_a_lead_and_stalkerware_needs_its_certificate() -> None:
    watch = said(threat_class=ThreatClass.WATCHWARE, family="Watch")
    stalk = said(threat_class=ThreatClass.STALKERWARE, family="Stalk")
    place = sight(Role.INSTALLED, "android.packages")
    assert judge(fact(K.CERT_SHA1, "0" * 40, watch), place)[0].strength == "lead"
    assert judge(fact(K.CERT_SHA1, "0" * 40, stalk), place)[0].strength == "strong"
    assert judge(fact(K.APP_ID, "com.spy", stalk), place)[0].strength == "lead"


@pytest.mark.parametrize(
    ("name", "strength"), [("novispy", "strong"), ("cellebrite", "strong"), ("residentbat", "lead"), ("other", "lead")]
)
def test_sets_with_rows_of_their_own(name: str, strength: str) -> None:
    place = sight(Role.INSTALLED, "android.packages")
    assert judge(fact(K.APP_ID, "com.x", said(set_name=name, family=None)), place)[0].strength == strength


def test_strongest_attribution_decides_in_any_order() -> None:
    plain = said(publisher=None, family=None, set_name="a.txt")
    both = [
        judge(fact(K.DOMAIN, "lure.example", *order), sight(Role.RECEIVED))
        for order in ((said(), plain), (plain, said()))
    ]
    assert both[0] == both[1]
    assert (both[0][0].strength, both[0][1].publisher) == ("strong", "Amnesty International")


def test_every_combination_has_one_most_specific_row() -> None:
    rules = table()
    places = (
        "ios.sms",
        "ios.manifest",
        "ios.shortcuts",
        "ios.tcc",
        "ios.locationd",
        "ios.profiles",
        "ios.datausage",
        "scan",
        "android.packages",
        "ios.applications",
        "sysdiagnose.associated_domains",
        "sysdiagnose.profiles",
        "sysdiagnose.crashes",
    )
    names = ("pegasus", "novispy", "cellebrite", "residentbat")
    attributed = [
        said(set_name=name, family=None, threat_class=threat) for name in names for threat in (None, *ThreatClass)
    ]
    for kind, role, place in product(K, Role, places):
        seen = sight(role, place)
        # Most rows are about another kind, role or place, whatever the set.
        near = [r for r in rules.rows if any(r.fits(given, kind.value, seen) for given in attributed)]
        for given in attributed:
            fitting = [r for r in near if r.fits(given, kind.value, seen)]
            best = [r for r in fitting if r.precision == fitting[0].precision]
            assert len({(r.ceiling, r.shows) for r in best}) == 1, (kind, role, place, [r.reason for r in best])


def test_caps_never_raise() -> None:
    for kind, role in product(K, Role):
        one = fact(kind, "bfrgbd")
        free = judge_strength(said(), one, sight(role))
        capped = judge_strength(said(ceiling="weak", note="x"), one, sight(role))
        assert capped.strength == weaker(free.strength, "weak") == "weak"


def test_every_row_names_its_source_and_reasons_are_never_empty() -> None:
    for row in table().rows:
        assert row.source and row.reason and row.ceiling in RANKS and row.shows in ("contact", "presence", "execution")
    for row in table().values:
        assert row.source and row.reason and row.innocent
    for row in table().caps:
        assert row.reason and row.innocent


@pytest.mark.parametrize(
    ("kind", "value", "host"),
    [
        (K.DOMAIN, "A.example.", "a.example"),
        (K.URL, "https://u@a.example:8443/x?y", "a.example"),
        (K.URL, "a.example/x", "a.example"),
        (K.URL, "http://[2001:db8::1]:80/x", "2001:db8::1"),
        (K.URL, "https://lure.example#x", "lure.example"),
        (K.PROCESS, "bh", ""),
    ],
)
def test_host_of(kind: IndicatorKind, value: str, host: str) -> None:
    assert host_of(kind, value) == host


def test_ties_go_to_the_graver_class_then_to_a_named_publisher_then_to_the_name() -> None:
    """A link that the owner wrote is weak whoever published it, so only the tie decides."""

    def decides(*attributions: Attribution) -> Attribution:
        orders = (attributions, attributions[::-1])
        found = [judge(fact(K.DOMAIN, "lure.example", *order), sight(Role.WRITTEN, "ios.notes")) for order in orders]
        assert {one.strength for one, _ in found} == {"weak"} and found[0][1] == found[1][1]
        return found[0][1]

    stalker = said(threat_class=ThreatClass.STALKERWARE, set_name="a")
    grave = said(set_name="z", publisher=None)
    assert decides(stalker, grave) == grave
    assert decides(said(threat_class=None, set_name="a"), stalker) == stalker
    assert decides(said(set_name="z"), said(set_name="a", publisher=None)).set_name == "z"
    assert decides(said(set_name="b"), said(set_name="a")).set_name == "a"
    assert decides(said(family="B"), said(family="A")).family == "A"


def test_a_report_of_a_month_ages_from_its_last_days() -> None:
    indicator = fact(K.DOMAIN, "lure.example", said(published="2021-07"))
    for day, strength in (("2023-07-28", "strong"), ("2023-07-30", "lead")):
        seen = sight(Role.RECEIVED, seen_at=at(day), backup_at=at("2026-02-01"))
        assert judge(indicator, seen)[0].strength == strength


def test_a_report_without_a_date_is_noted() -> None:
    undated = judge(fact(K.DOMAIN, "lure.example", said(published=None)), sight(Role.RECEIVED))[0]
    assert any(reason.startswith("noted: the report has no date") for reason in undated.reasons)
    dated = judge(DOMAIN, sight(Role.RECEIVED))[0]
    assert not any(reason.startswith("noted:") for reason in dated.reasons)


def test_a_short_name_that_did_not_run_has_no_such_reason() -> None:
    installed = judge(fact(K.PROCESS, "bh"), sight(Role.GRANTED, "ios.tcc"))[0]
    assert not any("fewer than five characters" in reason for reason in installed.reasons)
    path = judge(fact(K.FILE_PATH, "/x"), sight(Role.RAN, "ios.shutdown"))[0]
    assert path.strength == "strong"


def test_a_row_without_criteria_fits_everything_and_is_the_least_specific() -> None:
    plain = Row(ceiling="lead", reason="x")
    assert plain.fits(said(), K.DOMAIN.value, sight(Role.RECEIVED)) and plain.fits(
        said(publisher=None), K.SHA256.value, sight(Role.RAW, "scan")
    )
    assert plain.precision == (0,) * 7
    assert Row(ceiling="lead", reason="x", set="*spy*", artefacts=("ios.*",)).precision == (2, 1, 0, 1, 0, 0, 0)
