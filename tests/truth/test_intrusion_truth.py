"""Logs of Intrusion Logging through the pipeline of `sousveil check`: planted traces, what looks alike, ordinary phones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from phonegen.android import intrusion
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.findings.model import Strength
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.clean import corpus
from tests.truth.examine import Trial, examine
from tests.truth.model import _published

WHEN = datetime(2026, 9, 1, 12, 0, 5, 250_000, tzinfo=UTC)
HASH = "7f" * 31


@dataclass
class Tools:
    """What all logs share."""

    pool: Pool
    index: Index
    sets: list[IndicatorSet]

    def look(self, path: Path) -> Examined:
        """What the check makes of logs."""
        return examine(self.pool, path, self.index, self.sets)


def own_sets(folder: Path) -> list[Path]:
    """A list of the test's own for kinds that no bundled set has."""
    own = folder / "own.iocs"
    own.write_text("\n".join([*ADDRESSES, *HASHES]) + "\n")
    return [own]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """Two workers, the bundled sets, and the test's own."""
    sets = load_paths(own_sets(tmp_path_factory.mktemp("own")), bundled=True, added=False)
    with Pool(2) as pool:
        yield Tools(pool, Index.build(sets), sets)


ADDRESSES = [f"203.0.113.{n}" for n in range(10, 250, 10)]
HASHES = [f"{HASH}{16 * n:02x}" for n in range(10)]
HOSTS = [host for family in ("Pegasus", "Predator", "NoviSpy") for host in _published("domain-name:value", family)]
APPS = [app for family in ("Cocospy", "Hoverwatch", "TrackView") for app in _published("app:id", family) if "." in app]

Line = Callable[[str], str]
TRACES: tuple[tuple[str, str, str, Line], ...] = (
    *(
        (f"look-up {n}", "intrusion_lookups", "host", line)
        for n, line in enumerate(
            (
                lambda v: intrusion.dns(v, WHEN),
                lambda v: intrusion.dns(v.upper(), WHEN),
                lambda v: intrusion.dns(v + ".", WHEN),
                lambda v: intrusion.dns("a.b." + v, WHEN),
                lambda v: intrusion.dns(v, WHEN, app="org.example.app", addresses=()),
                lambda v: intrusion.dns(v, WHEN - timedelta(days=300)),
            )
            * 2
        )
    ),
    (
        "address of an answer",
        "intrusion_lookups",
        "address",
        lambda v: intrusion.dns("a.example", WHEN, addresses=["/" + v]),
    ),
    (
        "second address of an answer",
        "intrusion_lookups",
        "address",
        lambda v: intrusion.dns("a.example", WHEN, addresses=["/192.0.2.3", "b.example/" + v]),
    ),
    ("connection", "intrusion_connections", "address", lambda v: intrusion.connect("/" + v, WHEN)),
    ("connection with a name", "intrusion_connections", "address", lambda v: intrusion.connect("a.example/" + v, WHEN)),
    ("connection by name", "intrusion_connections", "host", lambda v: intrusion.connect(v + "/192.0.2.3", WHEN)),
    ("connection of an app", "intrusion_connections", "app", lambda v: intrusion.connect("/192.0.2.3", WHEN, app=v)),
    ("look-up of an app", "intrusion_lookups", "app", lambda v: intrusion.dns("a.example", WHEN, app=v)),
    ("start", "intrusion_starts", "app", lambda v: intrusion.start(v, WHEN)),
    ("start of a part", "intrusion_starts", "app", lambda v: intrusion.start(v + ":push", WHEN)),
    ("start by number", "intrusion_starts", "app", lambda v: intrusion.start(v, WHEN, numbers=True)),
    ("hash of a program", "intrusion_starts", "hash", lambda v: intrusion.start("org.example.x", WHEN, sha256=v)),
    (
        "hash by number",
        "intrusion_starts",
        "hash",
        lambda v: intrusion.start("org.example.x", WHEN, sha256=v, numbers=True),
    ),
    *(
        (f"{tag} {numbers}", "intrusion_events", "app", line)
        for numbers in (False, True)
        for tag, line in {
            tag: lambda v, tag=tag, numbers=numbers: intrusion.security(
                tag, WHEN, numbers=numbers, package_name=v, version_code=4, user_id=0
            )
            for tag in ("package_installed", "package_updated", "package_uninstalled")
        }.items()
    ),
    (
        "host in a command",
        "intrusion_events",
        "host",
        lambda v: intrusion.security("adb_shell_cmd", WHEN, command=f"am start -d https://{v}/x"),
    ),
    (
        "host in a command, by number",
        "intrusion_events",
        "host",
        lambda v: intrusion.security("adb_shell_cmd", WHEN, numbers=True, command=f"curl {v}"),
    ),
)
NEAR: tuple[Callable[[str], str], ...] = (
    lambda v: v + "x",
    lambda v: "x" + v,
    lambda v: v[:-1] + ("3" if v[-1] != "3" else "4"),
    lambda v: v.replace(".", "-"),
    lambda v: v + ".example",
)


def planted(look: Callable[[str, int], str] = lambda value, _: value) -> tuple[list[str], list[tuple[str, str, str]]]:
    """(lines, (name, artefact, value)) of every trace, each with a value of its own."""
    pools = {"host": iter(HOSTS), "address": iter(ADDRESSES), "app": iter(APPS), "hash": iter(HASHES)}
    lines, wanted = [], []
    for number, (name, artefact, kind, line) in enumerate(TRACES):
        value = next(pools[kind])
        lines.append(line(look(value, number)))
        wanted.append((name, "android." + artefact, value))
    return lines, wanted


def logs(lines: list[str]) -> dict[str, list[str]]:
    return {"a.txt": intrusion.ordinary(WHEN, 200) + lines, "b.txt": intrusion.ordinary(WHEN, 100, seed=2)}


FORMS = ("nested", "text", "folder", "zip")
SHIFTS = len(NEAR)


def look_alike(shift: int) -> Callable[[str, int], str]:
    """The nth way to look like a value; a way that leads to a published value is left out."""
    published = {one.value for bundled in bundled_sets() for one in bundled.indicators}

    def look(value: str, number: int) -> str:
        # What stands before a name after a dot is a name below it, so those ways stay without one.
        ways = NEAR if not value[0].isdigit() and len(value) < 64 else NEAR[:1] + NEAR[2:3]
        turned = ways[(number + shift) % len(ways) :] + ways
        return next(made for way in turned if (made := way(value)) not in published)

    return look


def trials(folder: Path) -> Iterator[Trial]:
    """Logs in each form, of which the error rates are measured."""
    for form in FORMS:
        lines, wanted = planted()
        path = intrusion.write(form, folder / form, logs(lines))
        yield Trial(path, [(artefact, value) for _, artefact, value in wanted])
    for shift in range(SHIFTS):
        lines, wanted = planted(look_alike(shift))
        path = intrusion.write(FORMS[shift % len(FORMS)], folder / f"near {shift}", logs(lines))
        yield Trial(path, near=len(wanted))


@pytest.mark.parametrize("form", [FORMS[0], *(pytest.param(form, marks=pytest.mark.full) for form in FORMS[1:])])
def test_every_planted_trace_is_found(form: str, tools: Tools, tmp_path: Path) -> None:
    lines, wanted = planted()
    findings = tools.look(intrusion.write(form, tmp_path, logs(lines))).case.findings
    found = {(f.artefact, f.indicator.value) for f in findings if f.indicator is not None}
    assert [name for name, artefact, value in wanted if (artefact, value) not in found] == []
    assert {value for _, value in found} <= {value for _, _, value in wanted}
    assert len(wanted) >= 30
    parsed = [f for f in findings if f.indicator is not None and f.artefact.startswith("android.")]
    assert {f.strength for f in parsed} <= {Strength.LEAD, Strength.WEAK}
    assert all(f.at is not None for f in parsed)


@pytest.mark.parametrize("shift", [0, *(pytest.param(n, marks=pytest.mark.full) for n in (1, 2, 3, 4))])
def test_nothing_that_looks_alike_is_found(shift: int, tools: Tools, tmp_path: Path) -> None:
    lines, wanted = planted(look_alike(shift))
    assert len(wanted) >= 30
    findings = tools.look(intrusion.write("zip", tmp_path, logs(lines))).case.findings
    assert [(f.artefact, f.indicator.value) for f in findings if f.indicator is not None] == []
    assert [f.rule for f in findings if f.strength is not Strength.WEAK] == []


# ---------------------------------------------------------------- phones of ordinary people
def visitor() -> list[str]:
    """Somebody who reads about spyware: a browser looks up newspapers, laboratories and the makers of such apps."""
    sites = [urlsplit(url).hostname or "" for url in (*corpus.ARTICLES, *corpus.VENDORS)]
    sites += corpus.makers(20)
    return [intrusion.dns(site, WHEN + timedelta(seconds=n)) for n, site in enumerate(sites)]


def blocker() -> list[str]:
    """A blocker of advertisements through which every look-up goes."""
    name = "example.shield.blocker"
    hosts = [f"ads{n}.tracker.example" for n in range(50)]
    return [
        intrusion.security("package_installed", WHEN, package_name=name, version_code=4, user_id=0),
        *(intrusion.dns(host, WHEN + timedelta(seconds=n), app=name) for n, host in enumerate(hosts)),
        *(intrusion.connect(f"/198.51.100.{n}", WHEN, app=name) for n in range(50)),
    ]


def developer() -> list[str]:
    """A developer with a computer: apps come and go over adb, and a certificate authority for tests."""
    made = [
        intrusion.security("adb_shell_interactive", WHEN),
        intrusion.security("cert_authority_installed", WHEN, success=1, subject="CN=Test proxy"),
    ]
    for number in range(5):
        name = f"example.build{number}.debug"
        made += [
            intrusion.security("adb_shell_cmd", WHEN, command=f"pm install /data/local/tmp/{name}.apk"),
            intrusion.security("adb_sync_send_file", WHEN, path=f"/data/local/tmp/{name}.apk"),
            intrusion.security("package_installed", WHEN, package_name=name, version_code=4, user_id=0),
            intrusion.start(name, WHEN, sha256="cd" * 32),
        ]
    return made


PEOPLE = {"visitor": visitor, "blocker": blocker, "developer": developer}
ALL_PEOPLE = [(who, form) for who in PEOPLE for form in FORMS]


def of_person(who: str, form: str, folder: Path) -> tuple[Path, None]:
    """The logs of an ordinary person's phone; they have no password."""
    return intrusion.write(form, folder, logs(PEOPLE[who]())), None


def test_the_logs_of_a_reader_about_spyware_are_leads_at_most(tools: Tools, tmp_path: Path) -> None:
    """A browser looks up the links of a report about spyware."""
    lines = [intrusion.dns(host, WHEN + timedelta(seconds=n)) for n, host in enumerate(HOSTS[:40])]
    findings = tools.look(intrusion.write("text", tmp_path, logs(lines))).case.findings
    assert {f.strength for f in findings} == {Strength.LEAD}


def test_debugging_and_certificate_authorities_are_told_and_raise_nothing(tools: Tools, tmp_path: Path) -> None:
    def authority(tag: str, subject: str, seconds: int, success: int = 1) -> str:
        return intrusion.security(tag, WHEN + timedelta(seconds=seconds), success=success, subject=subject)

    mine = [
        intrusion.security("adb_shell_interactive", WHEN),
        *(intrusion.security("adb_shell_cmd", WHEN + timedelta(seconds=n), command=f"echo {n}") for n in range(3)),
        intrusion.security("adb_sync_send_file", WHEN + timedelta(seconds=9), path="/sdcard/x"),
        authority("cert_authority_installed", "CN=Stays", 1),
        authority("cert_authority_installed", "CN=Gone", 2),
        authority("cert_authority_removed", "CN=Gone", 3),
        authority("cert_authority_installed", "CN=Back", 4),
        authority("cert_authority_removed", "CN=Back", 5),
        authority("cert_authority_installed", "CN=Back", 6),
        authority("cert_authority_installed", "CN=Failed", 7, success=0),
        authority("cert_authority_removed", "CN=Only removed", 8),
    ]
    other = [intrusion.security("adb_shell_cmd", WHEN, command="id")]
    path = intrusion.write("nested", tmp_path, {"Pixel 9.txt": mine, "Pixel 6.txt": other})
    examined = tools.look(path)
    assert sorted((f.rule, f.says) for f in examined.case.findings) == [
        ("android-certificate-authority", says)
        for says in (
            "A certificate authority was added to this phone and removed later: CN=Gone. The log is in Pixel 9.zip.",
            (
                "A certificate authority was added to this phone: CN=Back. Its owner can read encrypted traffic of apps that trust "
                "it. The log is in Pixel 9.zip."
            ),
            (
                "A certificate authority was added to this phone: CN=Stays. Its owner can read encrypted traffic of apps that trust "
                "it. The log is in Pixel 9.zip."
            ),
        )
    ] + [
        ("android-debugging-used", says)
        for says in (
            "A computer used debugging (adb) on this phone: 1 command. The log is in Pixel 6.zip.",
            (
                "A computer used debugging (adb) on this phone: 1 shell session, 3 commands and 1 file sent to the phone. The log "
                "is in Pixel 9.zip."
            ),
        )
    ]
    assert {f.strength for f in examined.case.findings} == {Strength.WEAK}


def test_two_phones_never_confirm_each_other(tools: Tools, tmp_path: Path) -> None:
    """Two look-ups of one family decide the result where one phone made both, and not where two phones made one each."""
    first, second = (intrusion.dns(host, WHEN + timedelta(days=2 * n)) for n, host in enumerate(HOSTS[:2]))
    one = tools.look(intrusion.write("nested", tmp_path / "one", {"Pixel 9.txt": [first, second]})).case
    two = tools.look(
        intrusion.write("nested", tmp_path / "two", {"Pixel 9.txt": [first], "Pixel 6.txt": [second]})
    ).case
    assert (one.verdict.value, two.verdict.value) == ("traces_found", "suspicious")
    assert one.context == ()
    assert [(note.kind, note.says) for note in two.context] == [
        (
            "posture",
            (
                "The logs come from 2 archives or folders: Pixel 6.zip and Pixel 9.zip. They may belong to different phones of one "
                "account. Each finding names its log."
            ),
        )
    ]


def test_one_host_on_two_phones_is_two_findings(tools: Tools, tmp_path: Path) -> None:
    host = HOSTS[0]
    inside = {
        name: intrusion.packed(
            {"log.txt": intrusion.text([intrusion.dns(host, WHEN)]), "raw.bin": f"https://{host}/x".encode()}
        )
        for name in ("Pixel 6.zip", "Pixel 9.zip")
    }
    path = tmp_path / "logs.zip"
    path.write_bytes(intrusion.packed(inside))
    findings = tools.look(path).case.findings
    assert sorted((f.artefact, f.record["phone"], len(f.evidence)) for f in findings) == [
        (artefact, phone, 1)
        for artefact in ("android.intrusion_lookups", "scan")
        for phone in ("Pixel 6.zip", "Pixel 9.zip")
    ]
    assert all(f.says.endswith(f" The log is in {f.record['phone']}.") for f in findings)
