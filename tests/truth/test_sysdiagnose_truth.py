"""The truth table of sysdiagnose archives, through the pipeline of `sousveil check`: every trace is found, and no look-alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from phonegen.sysdiagnose import Sysdiagnose, write
from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.background import APPS, populate
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.findings.model import Strength
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.truth import own_set
from tests.truth import sysdiagnose_table as table
from tests.truth.examine import Trial, examine
from tests.truth.model import _published

QUICK = ("17.5", "26.5.2")
"""Versions that every run looks at; the others belong to the full tier."""


def versions(quick: tuple[str, ...] = QUICK) -> list[Any]:
    """Every version, those beyond the quick ones for the full tier."""
    return [v if v in quick else pytest.param(v, marks=pytest.mark.full) for v in table.VERSIONS]


@dataclass
class Tools:
    """What all phones share."""

    pool: Pool
    index: Index
    sets: list[IndicatorSet]

    def look(self, path: Path) -> Examined:
        """What the check makes of an archive."""
        return examine(self.pool, path, self.index, self.sets)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """Two workers and every indicator: the bundled sets and the test's own."""
    paths = own_set.write(tmp_path_factory.mktemp("sets"))
    sets = load_paths(paths, bundled=True, added=False)
    with Pool(2) as pool:
        yield Tools(pool, Index.build(sets), sets)


def phone_of(version: str, seed: int = 7) -> Sysdiagnose:
    """A phone of that version with ordinary content."""
    return populate(Sysdiagnose(version, seed=seed, date=table.DATE))


def planted(phone: Sysdiagnose, look: Callable[[str, str, int], str] | None = None) -> list[tuple[table.Trace, str]]:
    """Plants every trace of the phone's version, each with a value of its own; or what only looks like it."""
    turn = table.VERSIONS.index(phone.ios) * 5
    pools = {kind: iter([*values[turn:], *values[:turn]]) for kind, values in table.pools().items()}
    made: list[tuple[table.Trace, str]] = []
    for number, trace in enumerate(table.TRACES):
        if trace.first <= phone.version <= trace.last:
            value = next(pools[trace.kind])
            trace.put(phone, look(trace.kind, value, number) if look else value)
            made.append((trace, value))
    return made


def seen(examined: Examined) -> set[tuple[str, str]]:
    """(artefact, indicator) of every finding that rests on an indicator."""
    return {(f.artefact, f.indicator.value.lower()) for f in examined.case.findings if f.indicator is not None}


def missed(examined: Examined, made: list[tuple[table.Trace, str]]) -> list[str]:
    """Planted traces that were not found in their artefact."""
    found = seen(examined)
    return [f"{trace.name}: {value}" for trace, value in made if (trace.artefact, value.lower()) not in found]


def suspicious(examined: Examined) -> list[tuple[str, str, str]]:
    """Findings that are more than weak, or that name an indicator."""
    return [
        (f.artefact, f.rule, f.indicator.value if f.indicator else "")
        for f in examined.case.findings
        if f.indicator is not None or f.strength is not Strength.WEAK
    ]


def look_alike(shift: int) -> Callable[[str, str, int], str]:
    """The nth way to look like a value; a way that leads to another known value is left out."""
    known = {value.lower() for values in table.pools().values() for value in values}
    known |= {one.value.lower() for published in bundled_sets() for one in published.indicators}

    def look(kind: str, value: str, number: int) -> str:
        ways = table.LOOK_ALIKES[kind]
        turn = (number + shift) % len(ways)
        made = [way(value) for way in (*ways[turn:], *ways[:turn])]
        return next(text for text in made if text.lower() not in known or (text != value and text.isupper()))

    return look


def trials(folder: Path) -> Iterator[Trial]:
    """An archive of each version, of which the error rates are measured."""
    for number, version in enumerate(table.VERSIONS):
        phone, form = phone_of(version), table.FORM_OF.get(version, "tar.gz")
        made = [(trace.artefact, value) for trace, value in planted(phone)]
        yield Trial(write(phone, folder / f"p{number}", form), made)
        phone = phone_of(version)
        near = len(planted(phone, look_alike(number)))
        yield Trial(write(phone, folder / f"n{number}", form), near=near)


@pytest.mark.parametrize("version", versions())
def test_every_planted_trace_of_an_archive_is_found(version: str, tools: Tools, tmp_path: Path) -> None:
    phone = phone_of(version)
    made = planted(phone)
    examined = tools.look(write(phone, tmp_path, table.FORM_OF.get(version, "tar.gz")))
    assert missed(examined, made) == []
    assert {value for _, value in seen(examined)} - {value.lower() for _, value in made} == set()
    assert len(made) >= 55


@pytest.mark.parametrize("version", versions())
def test_nothing_that_looks_alike_in_an_archive_is_found(version: str, tools: Tools, tmp_path: Path) -> None:
    phone = phone_of(version)
    assert len(planted(phone, look_alike(table.VERSIONS.index(version)))) >= 55
    examined = tools.look(write(phone, tmp_path, table.FORM_OF.get(version, "tar.gz")))
    assert suspicious(examined) == []


# ---------------------------------------------------------------- phones of ordinary people
def reader(phone: Sysdiagnose) -> None:
    """Somebody who reads about spyware: names and hosts in texts that logs repeat, and an app of a news paper."""
    hosts, names = _published(table.D, "Pegasus")[:40], _published(table.P, "Pegasus")[:10]
    for number, host in enumerate(hosts):
        when = table.WHEN + timedelta(seconds=number)
        phone.add(m.LogLine(when=when, text=f"Article about {host} and the process {names[number % 10]} was shown"))
    phone.add(
        m.AssociatedDomain(domain="news.example.org", app="example.news.reader", when=table.WHEN),
        m.KnownNetwork(ssid=names[0], added=table.LONG_AGO, joined=table.WHEN),
        m.TransparencyDevice(name=f"Phone of {names[1]}", model="iPhone14,5", serial="F2"),
        m.UpdateLine(when=table.WHEN, text=f"news about {hosts[1]} hidden by {names[2]}"),
    )


def developer(phone: Sysdiagnose) -> None:
    """A developer: a mounted developer image, a trusted computer, apps that come and go and crash."""
    for name in ("com.apple.internal.dt.remote.debugproxy", "com.apple.instruments.dtservicehub"):
        phone.add(m.RemoteService(name=name))
    more = (
        "    PairRecord =     {",
        "        HostID = 90169269806589377613722071;",
        "    };",
        "    Request = Pair;",
        "}",
    )
    phone.add(m.LockdownLine(when=table.WHEN, function="handle_pair", text="Pair message: {", more=more))
    phone.add(m.Process(name="debugserver", path="/Developer/usr/bin/debugserver", uid=0))
    for number in range(3):
        bundle = f"example.build{number}.debug"
        phone.add(
            m.Installation(bundle=bundle, when=table.WHEN, event="developer"),
            m.Installation(bundle=bundle, when=table.WHEN + timedelta(minutes=9), event="uninstalling"),
            m.Crash(name=f"Build{number}", bundle=bundle, when=table.WHEN + timedelta(minutes=number)),
            m.Shutdown(
                when=table.LONG_AGO, clients=((77, "/private/var/db/com.apple.xpc.roleaccountd.staging/exec/1.xpc/a"),)
            ),
        )


def blocker(phone: Sysdiagnose) -> None:
    """A blocker of advertisements and trackers: a VPN, name servers, a profile, and much traffic."""
    bundle = "example.shield.blocker"
    phone.add(
        m.NetworkExtension(bundle=bundle),
        m.NetworkExtension(bundle="example.shield.dns", kind="dns", server="dns.example.org"),
        m.Profile(
            identifier="example.shield.profile", payloads=("com.apple.dnsSettings.managed",), when=table.LONG_AGO
        ),
        m.Traffic(name="Shield", bundle=bundle, when=table.WHEN, wifi_out=900_000_000),
        m.Permission(client=bundle, when=table.WHEN),
    )
    for number, host in enumerate(_published(table.D, "Predator")[:40]):
        phone.add(m.LogLine(when=table.WHEN + timedelta(seconds=number), text=f"blocked {host} (list: spyware)"))


PEOPLE = {"reader": reader, "developer": developer, "blocker": blocker}
ALL_PEOPLE = [(who, version) for who in PEOPLE for version in ("14.8", "17.5", "26.1", "26.5.2")]
QUICK_PEOPLE = (("reader", "26.5.2"), ("blocker", "26.5.2"))


def of_person(who: str, version: str, folder: Path) -> tuple[Path, None]:
    """The sysdiagnose of an ordinary person's phone; it has no password."""
    phone = phone_of(version, seed=31)
    PEOPLE[who](phone)
    return write(phone, folder), None


@pytest.mark.parametrize(
    ("who", "version"),
    [each if each in QUICK_PEOPLE else pytest.param(*each, marks=pytest.mark.full) for each in ALL_PEOPLE],
)
def test_phones_of_ordinary_people_are_clean(who: str, version: str, tools: Tools, tmp_path: Path) -> None:
    examined = tools.look(of_person(who, version, tmp_path)[0])
    assert [(f.artefact, f.rule, f.says) for f in examined.case.findings if f.strength is not Strength.WEAK] == []


def test_access_of_a_developer_s_computer_is_said_as_posture(tools: Tools, tmp_path: Path) -> None:
    phone = phone_of("17.5")
    developer(phone)
    blocker(phone)
    examined = tools.look(write(phone, tmp_path))
    said = [f.says for f in examined.case.findings if f.rule == "paired-computers"]
    assert sorted(said) == [
        "2 VPNs, filters or name servers of apps handle the phone's traffic.",
        "3 installations came from a developer's computer, not from the store.",
        "A computer asked this phone to trust it.",
        "The phone offers 2 services of a developer image to computers.",
    ]
    assert [f.says for f in examined.case.findings if f.rule == "profile-posture"] != []
    assert [f.rule for f in examined.case.findings if f.strength is not Strength.WEAK] == []


def test_the_numbers_of_an_extraction_tool_are_a_lead(tools: Tools, tmp_path: Path) -> None:
    phone = phone_of("26.5.2")
    more = ("        HostID = 9016926980658937761372207;", "    Request = Pair;", "}")
    phone.add(m.LockdownLine(when=table.WHEN, function="handle_pair", text="Pair message: {", more=more))
    examined = tools.look(write(phone, tmp_path))
    found = [(f.strength, f.family, f.at) for f in examined.case.findings if f.rule == "custody-tool"]
    assert found == [(Strength.LEAD, "Cellebrite", "2024-05-24T06:30:15.000000Z")]


def restarted(
    version: str, *, boots: int, shutdowns: tuple[int, ...] = (), panics: tuple[int, ...] = ()
) -> Sysdiagnose:
    """A phone that started once a day. `shutdowns` and `panics`: numbers of the starts before which one lies."""
    phone = populate(Sysdiagnose(version, seed=7, date=table.DATE), shutdowns=0)
    phone.entries[m.Boot] = [m.Boot(when=table.DATE - timedelta(days=boots - n)) for n in range(boots)]
    for n in shutdowns:
        phone.add(m.Shutdown(when=table.DATE - timedelta(days=boots - n, minutes=3)))
    for n in panics:
        phone.add(
            m.Inventory(when=table.DATE - timedelta(days=boots - n) + timedelta(minutes=2), names=("a",), kind=210)
        )
    return phone


@pytest.mark.parametrize("version", ["13.3.1", "17.5", "18.7"])
@pytest.mark.parametrize(
    ("boots", "shutdowns", "panics", "missing"),
    [(4, (), (), 3), (7, (4, 5, 6), (), 3), (8, (7,), (), 6), (6, (5,), (2,), 3)],
)
def test_a_shutdown_log_that_begins_after_known_restarts_is_a_lead(
    version: str,
    boots: int,
    shutdowns: tuple[int, ...],
    panics: tuple[int, ...],
    missing: int,
    tools: Tools,
    tmp_path: Path,
) -> None:
    case = tools.look(write(restarted(version, boots=boots, shutdowns=shutdowns, panics=panics), tmp_path)).case
    says = (
        f"The shutdown log begins after {missing} restarts that the records of the clock show. This version of iOS keeps such "
        "entries for months."
    )
    assert [(f.rule, f.strength, f.shows.value, f.says, len(f.evidence)) for f in case.findings] == [
        ("shutdown-log-emptied", Strength.LEAD, "posture", says, missing)
    ]
    assert case.verdict.value == "no_known_traces"


@pytest.mark.parametrize(
    ("version", "boots", "shutdowns", "panics"),
    [
        ("17.5", 3, (), ()),
        ("17.5", 7, (1, 5), ()),
        ("17.5", 7, (3,), ()),
        ("17.5", 5, (), (1, 2)),
        ("26.0", 7, (6,), ()),
        ("26.1", 7, (6,), ()),
        ("26.5.2", 7, (6,), ()),
    ],
)
def test_a_short_shutdown_log_of_other_builds_or_few_restarts_gives_nothing(
    version: str, boots: int, shutdowns: tuple[int, ...], panics: tuple[int, ...], tools: Tools, tmp_path: Path
) -> None:
    case = tools.look(write(restarted(version, boots=boots, shutdowns=shutdowns, panics=panics), tmp_path)).case
    assert [f.rule for f in case.findings] == []


def test_a_transfer_counts_as_traffic_in_either_direction(tools: Tools, tmp_path: Path) -> None:
    phone = phone_of("17.5")
    names = table.pools()[table.P][:3]
    for name, (received, sent) in zip(names, ((7, 0), (0, 7), (0, 0)), strict=True):
        phone.add(m.Transfer(name=name, when=table.WHEN, received=received, sent=sent))
    findings = [f for f in tools.look(write(phone, tmp_path)).case.findings if f.indicator is not None]
    strengths = {f.indicator.value.lower(): f.strength for f in findings if f.indicator is not None}
    assert [strengths[name.lower()] for name in names] == [Strength.STRONG, Strength.STRONG, Strength.LEAD]


@pytest.mark.full
def test_an_ordinary_phone_gives_nothing_at_all(tools: Tools, tmp_path: Path) -> None:
    examined = tools.look(write(phone_of("18.7"), tmp_path))
    assert [(f.rule, f.says) for f in examined.case.findings] == [] and len(APPS) == 3
