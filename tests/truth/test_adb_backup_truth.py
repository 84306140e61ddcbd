"""Backups of adb through the pipeline of `sousveil check`: planted traces, what looks alike, ordinary phones."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phonegen.android import Android, adb_backup, androidqf
from phonegen.android.adb_backup import App
from phonegen.android.background import populate
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.findings.model import Strength
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.clean import corpus
from tests.truth import android_table
from tests.truth.android_table import CERT1, CERT256, KEPT, OWN, A, indicator
from tests.truth.examine import Trial, examine
from tests.truth.model import _published

WHEN = datetime(2022, 5, 13, 12, 0, 5, tzinfo=UTC)
HOST = "domain-name:value"
HOSTS = [host for family in ("Pegasus", "Predator", "NoviSpy") for host in _published(HOST, family)]
APPS = [app for family in ("Cocospy", "Hoverwatch", "TrackView") for app in _published("app:id", family) if "." in app]


@dataclass
class Tools:
    """What all backups share."""

    pool: Pool
    index: Index
    sets: list[IndicatorSet]

    def look(self, path: Path, password: bytes | None = None) -> Examined:
        """What the check makes of a backup."""
        return examine(self.pool, path, self.index, self.sets, password=password)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """Two workers, the bundled sets, and the set of Android's truth table: it knows certificates."""
    sets = load_paths(android_table.write_set(tmp_path_factory.mktemp("sets")), bundled=True, added=False)
    with Pool(2) as pool:
        yield Tools(pool, Index.build(sets), sets)


@dataclass(frozen=True)
class Trace:
    """A way to leave a trace: apps, or messages of either kind. `strength` of the finding at most."""

    name: str
    kind: str
    artefact: str
    put: Callable[[str, int], App | tuple[str, dict[str, object]]]
    strength: Strength = Strength.LEAD


def _sms(template: str, **rest: object) -> Callable[[str, int], tuple[str, dict[str, object]]]:
    def put(value: str, number: int) -> tuple[str, dict[str, object]]:
        moment = WHEN + timedelta(minutes=number)
        return "sms", adb_backup.sms(template.format(v=value), moment, address=f"+1555019{number:02}", **rest)

    return put


def _mms(template: str, *, box: int = 1, subject: str = "") -> Callable[[str, int], tuple[str, dict[str, object]]]:
    def put(value: str, number: int) -> tuple[str, dict[str, object]]:
        made = adb_backup.mms(template.format(v=value), WHEN + timedelta(minutes=number), box=box)
        return "mms", made | ({"sub": subject.format(v=value)} if subject else {})

    return put


def _app(**rest: object) -> Callable[[str, int], App]:
    return lambda value, _: App(name=value, **rest)  # type: ignore[arg-type]


def _signed(*signers: str, key_value: bool = False) -> Callable[[str, int], App]:
    def put(value: str, number: int) -> App:
        seeds = tuple(value if seed == "{}" else seed for seed in signers)
        return App(name=f"example.signed{number}.app", signers=seeds, key_value=key_value)

    return put


def _installer(value: str, number: int) -> App:
    return App(name=f"example.installed{number}.app", installer=value)


def history(*urls: str) -> bytes:
    """A browser's history with a visit of each page."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(
            """
            CREATE TABLE urls(id INTEGER PRIMARY KEY, url TEXT, title TEXT, visit_count INTEGER, typed_count INTEGER,
              last_visit_time INTEGER, hidden INTEGER);
            CREATE TABLE visits(id INTEGER PRIMARY KEY, url INTEGER, visit_time INTEGER, from_visit INTEGER,
              transition INTEGER, segment_id INTEGER, visit_duration INTEGER);
            CREATE TABLE keyword_search_terms(keyword_id INTEGER, url_id INTEGER, term TEXT, normalized_term TEXT);
            """
        )
        micros = (round(WHEN.timestamp()) + 11_644_473_600) * 1_000_000
        for number, url in enumerate(urls, 1):
            db.execute("INSERT INTO urls VALUES(?, ?, 'A page', 1, 0, ?, 0)", (number, url, micros))
            db.execute("INSERT INTO visits VALUES(?, ?, ?, 0, 0, 0, 0)", (number, number, micros))
        db.commit()
        return db.serialize()


def _history(app: str, folder: str, profile: str = "Default") -> Callable[[str, int], App]:
    return lambda value, _: App(name=app, files={f"r/{folder}/{profile}/History": history(f"https://{value}/page")})


def _file(path: str, template: str) -> Callable[[str, int], App]:
    return lambda value, number: App(name=f"example.notes{number}.app", files={path: template.format(v=value).encode()})


STRONG, LEAD, WEAK = Strength.STRONG, Strength.LEAD, Strength.WEAK
MESSAGES = "android.backup_messages"
TRACES: tuple[Trace, ...] = (
    Trace("link in a received message", HOST, MESSAGES, _sms("https://{v}/x"), STRONG),
    Trace("link with words before it", HOST, MESSAGES, _sms("Your parcel: https://{v}/track"), STRONG),
    Trace("link without a scheme", HOST, MESSAGES, _sms("Your parcel {v}/track"), STRONG),
    Trace("link below a name", HOST, MESSAGES, _sms("https://a.b.{v}/x"), STRONG),
    Trace("link in capitals", HOST, MESSAGES, _sms("HTTPS://{v}/X"), STRONG),
    Trace("link with a port", HOST, MESSAGES, _sms("http://{v}:8080/x"), STRONG),
    Trace("link in other scripts", HOST, MESSAGES, _sms("عاجل https://{v}/x"), STRONG),
    Trace(
        "link in a sentence", HOST, MESSAGES, _sms("We read that https://{v}/x was used by them and more words"), LEAD
    ),
    Trace("link in a sent message", HOST, MESSAGES, _sms("https://{v}/x", type=2), WEAK),
    Trace("link in a draft", HOST, MESSAGES, _sms("https://{v}/x", type=3), WEAK),
    Trace("link in a failed message", HOST, MESSAGES, _sms("https://{v}/x", type=5), WEAK),
    Trace("link in a queued message", HOST, MESSAGES, _sms("https://{v}/x", type=6), WEAK),
    Trace("link in an unknown box", HOST, MESSAGES, _sms("https://{v}/x", type=77), LEAD),
    Trace("link in an MMS", HOST, MESSAGES, _mms("https://{v}/x"), STRONG),
    Trace("link in the subject of an MMS", HOST, MESSAGES, _mms("look", subject="https://{v}/x"), STRONG),
    Trace("link in a sent MMS", HOST, MESSAGES, _mms("https://{v}/x", box=2), WEAK),
    Trace("app", A, "android.backup_apps", _app()),
    Trace("app without a certificate", A, "android.backup_apps", _app(signers=())),
    Trace("app with values alone", A, "android.backup_apps", _app(key_value=True)),
    Trace("app of an old phone", A, "android.backup_apps", _app(platform=21)),
    Trace("app that installed another", A, "android.backup_apps", _installer),
    *(
        Trace(f"{name} ({kind})", kind, "android.backup_apps", put, STRONG)
        for kind in (CERT256, CERT1)
        for name, put in {
            "certificate": _signed("{}"),
            "second certificate": _signed("plain", "{}"),
            "certificate of values": _signed("{}", key_value=True),
        }.items()
    ),
    Trace(
        "page of Samsung's browser",
        HOST,
        "android.chrome_history",
        _history("com.sec.android.app.sbrowser", "app_sbrowser"),
    ),
    Trace("page of Chrome", HOST, "android.chrome_history", _history("com.android.chrome", "app_chrome", "Profile 1")),
    Trace("host in a settings file", HOST, "scan", _file("sp/prefs.xml", '<string name="u">https://{v}/x</string>')),
    Trace("host in a file", HOST, "scan", _file("f/cache.txt", "GET https://{v}/x HTTP/1.1\n")),
)
NEAR: tuple[Callable[[str], str], ...] = (
    lambda v: v + "x",
    lambda v: "x" + v,
    lambda v: v[:-1] + ("3" if v[-1] != "3" else "4"),
    lambda v: v.replace(".", "-"),
    lambda v: v + ".example",
)


def planted(look: Callable[[str, int], str] = lambda value, _: value) -> tuple[list[App], list[tuple[Trace, str]]]:
    """(apps of a backup, every trace with its value)."""
    pools = {HOST: iter(HOSTS), A: iter(APPS), CERT256: iter(OWN[CERT256]), CERT1: iter(OWN[CERT1])}
    apps = [App(name=f"example.ordinary{n}.app", files={"f/a": b"ordinary"}) for n in range(20)]
    messages: dict[str, list[object]] = {"sms": [], "mms": []}
    messages["sms"] += [adb_backup.sms(f"Hello {n}, see https://news.example.org/{n}", WHEN) for n in range(20)]
    wanted = []
    for number, trace in enumerate(TRACES):
        value = next(pools[trace.kind])
        made = trace.put(look(value, number), number)
        if isinstance(made, App):
            apps.append(made)
        else:
            messages[made[0]].append(made[1])
        wanted.append((trace, indicator(trace.kind, value)))
    apps.append(adb_backup.messages(messages["sms"], messages["mms"]))
    apps.append(adb_backup.calls(*(adb_backup.call(f"+1555010{n}", WHEN) for n in range(9))))
    return apps, wanted


def write(folder: Path, form: str, apps: list[App]) -> tuple[Path, bytes | None]:
    """(path, password) of a backup in one of the ways in which it may arrive."""
    folder.mkdir(parents=True, exist_ok=True)
    password = "a word" if "sealed" in form else ""
    data = adb_backup.backup(*apps, version=4 if form == "bare" else 5, compressed=form != "bare", password=password)
    if form.endswith("androidqf"):
        phone = populate(Android(13), apps=2, scale=0.1)
        path = androidqf.write_archive(androidqf.Acquisition(phone=phone, beside={"backup.ab": data}), folder)
    else:
        path = folder / "backup.ab"
        path.write_bytes(data)
    return path, password.encode() or None


FORMS = ("sealed", "bare", "plain", "androidqf", "sealed androidqf")
BACKUPS = FORMS[:3]
"""Those that are backups by themselves."""


def look_alike(shift: int) -> Callable[[str, int], str]:
    """The nth way to look like a value; a way that leads to a published value is left out."""
    published = {one.value for bundled in bundled_sets() for one in bundled.indicators}
    published |= {value for values in OWN.values() for value in values}

    def look(value: str, number: int) -> str:
        turned = NEAR[(number + shift) % len(NEAR) :] + NEAR
        return next(made for way in turned if (made := way(value)) not in published)

    return look


def trials(folder: Path) -> Iterator[Trial]:
    """Backups in each form, of which the error rates are measured."""
    for form in BACKUPS:
        apps, wanted = planted()
        path, password = write(folder / form, form, apps)
        yield Trial(path, [(trace.artefact, value) for trace, value in wanted], password=password)
    for shift in range(len(NEAR)):
        apps, wanted = planted(look_alike(shift))
        path, password = write(folder / f"near {shift}", BACKUPS[shift % len(BACKUPS)], apps)
        yield Trial(path, near=len(wanted), password=password)


@pytest.mark.parametrize("form", [FORMS[0], *(pytest.param(form, marks=pytest.mark.full) for form in FORMS[1:])])
def test_every_planted_trace_is_found(form: str, tools: Tools, tmp_path: Path) -> None:
    apps, wanted = planted()
    path, password = write(tmp_path, form, apps)
    findings = [f for f in tools.look(path, password).case.findings if f.indicator is not None]
    found = {(f.artefact, f.indicator.value): f.strength for f in findings if f.indicator is not None}
    assert [t.name for t, value in wanted if (t.artefact, value) not in found] == []
    assert {value for _, value in found} <= {value for _, value in wanted}
    assert [
        (t.name, found[t.artefact, value]) for t, value in wanted if found[t.artefact, value] is not t.strength
    ] == []
    assert len(wanted) >= 30


@pytest.mark.parametrize("shift", [0, *(pytest.param(n, marks=pytest.mark.full) for n in (1, 2, 3, 4))])
def test_nothing_that_looks_alike_is_found(shift: int, tools: Tools, tmp_path: Path) -> None:
    apps, wanted = planted(look_alike(shift))
    assert len(wanted) >= 30
    path, password = write(tmp_path, "sealed", apps)
    assert [(f.artefact, f.rule, f.indicator) for f in tools.look(path, password).case.findings] == []


# ---------------------------------------------------------------- phones of ordinary people
def reader() -> list[App]:
    """Somebody who reads about spyware: visited articles and makers' sites, and sent the names of hosts on."""
    sent = [adb_backup.sms(f"Citizen Lab lists {host}", WHEN, type=2) for host in HOSTS[:20]]
    received = [adb_backup.sms(f"The report: {url}", WHEN) for url in corpus.ARTICLES]
    pages = history(*corpus.ARTICLES, *corpus.VENDORS, *(f"https://{site}/" for site in corpus.makers(20)))
    saved = {"f/report.html": corpus.article(), "f/pegasus.csv": corpus.table_of("Pegasus")}
    return [
        adb_backup.messages([*sent, *received]),
        App(name="com.android.chrome", files={"r/app_chrome/Default/History": pages}),
        App(name="example.news.reader", files=saved),
    ]


def blocker() -> list[App]:
    """A blocker of advertisements and trackers with its lists."""
    return [App(name="example.shield.blocker", files={"f/hosts.txt": corpus.hosts_list(), "db/log.txt": b"blocked 7"})]


def guarded() -> list[App]:
    """A child's phone: a control app from the store, and one that the parents wrote."""
    return [
        App(name="example.family.guard", files={"sp/prefs.xml": b'<boolean name="visible" value="true" />'}),
        App(name="example.family.own", installer="", signers=("parents",)),
    ]


PEOPLE = {"reader": reader, "blocker": blocker, "guarded": guarded}
ALL_PEOPLE = [(who, form) for who in PEOPLE for form in BACKUPS]


def of_person(who: str, form: str, folder: Path) -> tuple[Path, bytes | None]:
    """(path, password) of the backup of an ordinary person's phone."""
    apps = [App(name=f"example.ordinary{n}.app", files={"f/a": b"ordinary"}) for n in range(20)]
    return write(folder, form, [*apps, *PEOPLE[who](), adb_backup.calls(adb_backup.call("+15550100", WHEN))])


def recalled(stored: str) -> bool:
    """Whether no source confirms where the folder lies on the phone."""
    return stored.split("/")[2] in ("nb", "c", "ef")


@pytest.mark.parametrize("form", ["backup", "androidqf"])
def test_a_published_path_is_found_at_its_place_on_the_phone(form: str, tools: Tools, tmp_path: Path) -> None:
    data = adb_backup.backup(shared=dict.fromkeys(KEPT.values(), b"ordinary"))
    if form == "androidqf":
        phone = populate(Android(13), apps=2, scale=0.1)
        path = androidqf.write_archive(androidqf.Acquisition(phone=phone, beside={"backup.ab": data}), tmp_path)
    else:
        path = tmp_path / "backup.ab"
        path.write_bytes(data)
    inside = "backup.ab/" if form == "androidqf" else "/"
    assert sorted(
        (f.artefact, f.indicator.value, f.source.file, f.shows.value, f.strength)
        for f in tools.look(path).case.findings
        if f.indicator is not None
    ) == sorted(
        ("android.backup_files", value, inside + stored, "presence", LEAD if recalled(stored) else STRONG)
        for value, stored in KEPT.items()
    )


def test_a_path_that_only_looks_published_is_not_found(tools: Tools, tmp_path: Path) -> None:
    near = [
        "apps/example.kept0.app/f/app_x/core",
        "apps/example.kept1.app/d_f/core",
        "apps/example.kept1.app/a/core",
        "apps/example.kept1.app/k/core",
        "apps/example.kept1.app/f/x/core",
        "apps/example.kept1.app/f/y/../core",
        "apps/example.kept1.app2/f/core",
        "apps/example.kept2.app/db/core.db-x",
        "apps/example.kept6.app/f/core",
        "apps/example.kept7.app/d_ef/core",
        "other/apps/example.kept1.app/f/core",
        "shared/1/.kept9/core",
        "shared/0/x/.kept9/core",
    ]
    path = tmp_path / "backup.ab"
    path.write_bytes(adb_backup.backup(shared=dict.fromkeys(near, b"ordinary")))
    assert [(f.rule, f.says) for f in tools.look(path).case.findings] == []
