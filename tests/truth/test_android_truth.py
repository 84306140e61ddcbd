"""The truth table of Android, through the pipeline of `sousveil check`: every trace is found, and nothing that looks alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from phonegen.android import Android, androidqf, containers
from phonegen.android import model as m
from phonegen.android.background import populate
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.findings.model import Strength
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.truth import android_table as table
from tests.truth.examine import Trial, examine
from tests.truth.model import _published

QUICK = (14,)
"""Versions that every run looks at; the others belong to the full tier."""


def versions(quick: tuple[int, ...] = QUICK) -> list[Any]:
    """Every version, those beyond the quick ones for the full tier."""
    return [v if v in quick else pytest.param(v, marks=pytest.mark.full) for v in table.VERSIONS]


@dataclass
class Tools:
    """What all phones share."""

    pool: Pool
    index: Index
    sets: list[IndicatorSet]

    def look(self, path: Path, password: bytes | None = None) -> Examined:
        """What the check makes of an acquisition."""
        return examine(self.pool, path, self.index, self.sets, password=password)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """Two workers and every indicator: the bundled sets and the test's own."""
    sets = load_paths(table.write_set(tmp_path_factory.mktemp("sets")), bundled=True, added=False)
    with Pool(2) as pool:
        yield Tools(pool, Index.build(sets), sets)


def android(version: int, seed: int = 7) -> Android:
    """A phone of that version with ordinary content."""
    return populate(Android(version, seed=seed, date=table.DATE), apps=6, scale=0.5)


def planted(phone: Android, look: Callable[[str, int], str] | None = None) -> list[tuple[table.Trace, str]]:
    """Plants every trace of the phone's version, each with a value of its own; or what only looks like it."""
    pools = {kind: iter(values[phone.android * 11 % len(values) :] + values) for kind, values in table.pools().items()}
    made: list[tuple[table.Trace, str]] = []
    for number, trace in enumerate(table.TRACES):
        if trace.first <= phone.android <= trace.last:
            value = next(pools[trace.kind])
            trace.put(phone, look(value, number) if look else value)
            made.append((trace, value))
    return made


def seen(examined: Examined) -> set[tuple[str, str]]:
    """(artefact, indicator) of every finding that rests on an indicator."""
    return {(f.artefact, f.indicator.value) for f in examined.case.findings if f.indicator is not None}


def missed(examined: Examined, wanted: list[tuple[str, str, str]]) -> list[str]:
    """Traces that were not found in their artefact: (name, artefact, indicator)."""
    found = seen(examined)
    return [f"{name}: {value} in {artefact}" for name, artefact, value in wanted if (artefact, value) not in found]


def beyond_posture(examined: Examined) -> list[tuple[str, str, str]]:
    """Findings that are more than weak, or that name an indicator."""
    return [
        (f.artefact, f.rule, f.indicator.value if f.indicator else "")
        for f in examined.case.findings
        if f.indicator is not None or f.strength not in (Strength.WEAK,)
    ]


def look_alike(shift: int) -> Callable[[str, int], str]:
    """The nth way to look like a value; a way that leads to another published value is left out."""
    known = {value for values in table.pools().values() for value in values}
    known |= {one.value for published in bundled_sets() for one in published.indicators}

    def look(value: str, number: int) -> str:
        ways = table.LOOK_ALIKES[(number + shift) % len(table.LOOK_ALIKES) :] + table.LOOK_ALIKES
        return next(made for way in ways if (made := way(value)) not in known)

    return look


ACQUISITIONS = 3
"""Acquisitions with every planted trace, and as many with near misses, of which the error rates are measured."""


def trials(folder: Path) -> Iterator[Trial]:
    """Reports of each version, and acquisitions, of which the error rates are measured."""
    for version in table.VERSIONS:
        phone, form = android(version), table.FORM_OF[version]
        made = [(trace.artefact, value) for trace, value in planted(phone)]
        yield Trial(containers.write(phone, form, folder / f"p{version}"), made)
        phone = android(version)
        near = len(planted(phone, look_alike(version)))
        yield Trial(containers.write(phone, form, folder / f"n{version}"), near=near)
    for number in range(ACQUISITIONS):
        acquisition, wanted = collected(android(13, seed=9 + number))
        path = androidqf.write_archive(acquisition, folder / f"a{number}")
        yield Trial(path, [(artefact, value) for _, artefact, value in wanted])
        acquisition, wanted = collected(android(13, seed=20 + number), look_alike(number))
        yield Trial(androidqf.write_archive(acquisition, folder / f"b{number}"), near=len(wanted))


@pytest.mark.parametrize("version", versions())
def test_every_planted_trace_of_a_bug_report_is_found(version: int, tools: Tools, tmp_path: Path) -> None:
    phone = android(version)
    made = planted(phone)
    examined = tools.look(containers.write(phone, table.FORM_OF[version], tmp_path))
    assert missed(examined, [(trace.name, trace.artefact, value) for trace, value in made]) == []
    values = {value for _, value in made}
    assert {value for _, value in seen(examined)} <= values
    assert len(made) >= 25


@pytest.mark.parametrize("version", versions())
def test_nothing_that_looks_alike_in_a_bug_report_is_found(version: int, tools: Tools, tmp_path: Path) -> None:
    phone = android(version)
    assert len(planted(phone, look_alike(version))) >= 25
    examined = tools.look(containers.write(phone, table.FORM_OF[version], tmp_path))
    assert beyond_posture(examined) == []


def collected(
    phone: Android, look: Callable[[str, int], str] | None = None
) -> tuple[androidqf.Acquisition, list[tuple[str, str, str]]]:
    """An acquisition with every trace among the collector's files."""
    pools = {kind: iter(values[::-1]) for kind, values in table.pools().items()}
    fields: dict[str, tuple[Any, ...]] = {}
    wanted: list[tuple[str, str, str]] = []
    for number, trace in enumerate(table.COLLECTED):
        value = next(pools[trace.kind])
        shown = look(value, number) if look else value
        trace.put(phone, shown)
        for name, more in trace.fields(shown).items():
            fields[name] = fields.get(name, ()) + more
        wanted.append((trace.name, trace.artefact, table.indicator(trace.kind, value)))
    return androidqf.Acquisition(phone=phone, host=m.AdbKey(owner="examiner@desk"), **fields), wanted


@pytest.mark.parametrize(
    "form", ["sealed", *(pytest.param(form, marks=pytest.mark.full) for form in ("archive", "folder"))]
)
def test_every_planted_trace_of_an_acquisition_is_found(form: str, tools: Tools, tmp_path: Path) -> None:
    acquisition, wanted = collected(android(13, seed=9))
    secret = None
    if form == "folder":
        acquisition.new = False
        path = androidqf.write_folder(acquisition, tmp_path)
    elif form == "sealed":
        identity = pyrage.x25519.Identity.generate()
        secret = str(identity).encode()
        path = androidqf.write_archive(acquisition, tmp_path, recipients=[identity.to_public()])
    else:
        path = androidqf.write_archive(acquisition, tmp_path)
    examined = tools.look(path, secret)
    assert missed(examined, wanted) == []
    assert {value for _, value in seen(examined)} <= {value for _, _, value in wanted}
    assert len(wanted) == 20


@pytest.mark.parametrize("shift", [0, *(pytest.param(n, marks=pytest.mark.full) for n in (1, 2))])
def test_nothing_that_looks_alike_in_an_acquisition_is_found(shift: int, tools: Tools, tmp_path: Path) -> None:
    acquisition, wanted = collected(android(13, seed=20 + shift), look_alike(shift))
    examined = tools.look(androidqf.write_archive(acquisition, tmp_path))
    assert beyond_posture(examined) == [] and len(wanted) == 20


@pytest.mark.full
@pytest.mark.parametrize("version", [10, 12, 13, 15])
def test_sections_of_an_acquisition_are_read_as_those_of_a_bug_report(
    version: int, tools: Tools, tmp_path: Path
) -> None:
    phone = android(version)
    made = planted(phone)
    examined = tools.look(androidqf.write_archive(androidqf.Acquisition(phone=phone), tmp_path))
    assert (
        missed(examined, [(trace.name, trace.artefact, value) for trace, value in made if trace.name not in ELSEWHERE])
        == []
    )


ELSEWHERE = {"running app", "running part of an app", "who asked for a restart"}
"""What an acquisition holds in files of its own."""


# ---------------------------------------------------------------- phones of ordinary people
def reader(phone: Android) -> None:
    """Somebody who reads about spyware: lists of hosts in logs, names in search words and statements of a news app."""
    hosts = _published("domain-name:value", "Pegasus")[:40]
    names = _published("app:id", "Cocospy")[:10]
    for number, host in enumerate(hosts):
        text = f"Opening article about {host} and {names[number % 10]}"
        phone.add(m.Log(when=table.WHEN + timedelta(seconds=number), tag="NewsReader", text=text))
    phone.add(
        m.Setting(namespace="system", name="last_search", value=f"what is {names[0]}"),
        m.Drop(when=table.WHEN, tag="data_app_wtf", process="example.news.reader", body=f"Failed to render {names[2]}"),
        m.DbOp(
            app="example.news.reader",
            path="/data/user/0/example.news.reader/databases/articles.db",
            sql=f"SELECT body FROM articles WHERE title LIKE '%{names[1]}%'",
            when=table.WHEN,
        ),
    )


def blocker(phone: Android) -> None:
    """A blocker of advertisements and trackers: a VPN app that logs which hosts it refused."""
    name = "example.shield.blocker"
    phone.add(
        m.App(name=name, when=table.LONG_AGO),
        m.Process(name=name, uid=10_400),
        m.Op(app=name, op="ACTIVATE_VPN", when=table.WHEN),
    )
    for number, host in enumerate(_published("domain-name:value", "Predator")[:40]):
        phone.add(
            m.Log(when=table.WHEN + timedelta(seconds=number), tag="Blocker", text=f"blocked {host} (list: spyware)")
        )


def guarded(phone: Android) -> None:
    """A child's phone: a control app that everybody can see, from the store, with every right."""
    name = "example.family.guard"
    phone.add(
        m.App(name=name, when=table.LONG_AGO),
        m.Accessibility(component=f"{name}/.Watch", label="Family Guard"),
        m.Admin(component=f"{name}/.Admin", policies=("force-lock", "wipe-data")),
        m.Listener(component=f"{name}/.Notices", changed=True),
        m.Op(app=name, op="FINE_LOCATION", when=table.WHEN),
        m.Battery(when=table.WHEN, token="+job", app=name, rest="/.Sync"),
    )


def developer(phone: Android) -> None:
    """A developer: computers that may connect, tests that were put on by hand and crash, the shell at work."""
    for number in range(3):
        phone.add(m.AdbKey(owner=f"dev{number}@laptop", when=table.WHEN + timedelta(hours=number)))
        name = f"example.build{number}.debug"
        phone.add(
            m.App(name=name, when=table.WHEN, installer=None, flags=("DEBUGGABLE", "TEST_ONLY")),
            m.Tombstone(when=table.WHEN, process=name, message="assertion failed"),
            m.Daily(app=name, when=table.DATE - timedelta(days=2)),
        )
    phone.add(
        m.Op(app="com.android.shell", op="REQUEST_INSTALL_PACKAGES", when=table.WHEN),
        m.Setting(namespace="global", name="development_settings_enabled", value="1"),
        m.Setting(namespace="global", name="verifier_verify_adb_installs", value="0"),
    )


PEOPLE = {"reader": reader, "blocker": blocker, "guarded": guarded, "developer": developer}
ALL_PEOPLE = [(who, version, form) for who in PEOPLE for version in (10, 14) for form in ("report", "acquisition")]


def of_person(who: str, version: int, form: str, folder: Path) -> tuple[Path, None]:
    """The report or acquisition of an ordinary person's phone; neither has a password."""
    phone = android(version, seed=31)
    PEOPLE[who](phone)
    if form == "report":
        return containers.write(phone, "zip", folder), None
    host = m.AdbKey(owner="examiner@desk", when=table.DATE + timedelta(hours=9))
    phone.add(host)
    acquisition = androidqf.Acquisition(phone=phone, host=host, roots=("/system/xbin/su",))
    return androidqf.write_archive(acquisition, folder), None


QUICK_PEOPLE = (("reader", 14, "report"), ("developer", 14, "acquisition"))


@pytest.mark.parametrize(
    ("who", "version", "form"),
    [each if each in QUICK_PEOPLE else pytest.param(*each, marks=pytest.mark.full) for each in ALL_PEOPLE],
)
def test_phones_of_ordinary_people_are_clean(who: str, version: int, form: str, tools: Tools, tmp_path: Path) -> None:
    assert beyond_posture(tools.look(*of_person(who, version, form, tmp_path))) == []


MOUNTED = (
    "/dev/fuse on {} type fuse (rw,nosuid)",
    "tmpfs {} tmpfs rw,seclabel 0 0",
    "31 24 0:9 / {} rw,relatime shared:3 - tmpfs none rw",
)


@pytest.mark.parametrize("form", ["report", "acquisition"])
def test_a_published_path_that_is_mounted_is_found_and_its_look_alikes_are_not(
    form: str, tools: Tools, tmp_path: Path
) -> None:
    def mounted(folder: str, paths: list[str]) -> Path:
        phone = android(13)
        lines = [line.format(path) for line, path in zip(MOUNTED, paths, strict=True)]
        if form == "acquisition":
            return androidqf.write_archive(androidqf.Acquisition(phone=phone, mounts=tuple(lines)), tmp_path / folder)
        phone.add(*(m.Mount(line=line, pid=number) for number, line in enumerate(lines, 1)))
        return containers.write(phone, "zip", tmp_path / folder)

    paths = table.OWN[table.F][:3]
    assert seen(tools.look(mounted("a", paths))) == {("android.mounts", path) for path in paths}
    near = [paths[0] + "x", "/mnt" + paths[1], paths[2].replace("/core", "/cores")]
    assert beyond_posture(tools.look(mounted("b", near))) == []
