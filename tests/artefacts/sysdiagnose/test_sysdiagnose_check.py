"""A sysdiagnose archive through the pipeline of `sousveil check`: what is found, how strong, and what the coverage says."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from archives import BASE, TOP, archive, sysdiagnose

from phonegen.sysdiagnose import Sysdiagnose, members, write
from phonegen.sysdiagnose import model as m
from sousveil.cases.model import Outcome
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.findings.model import Strength
from sousveil.findings.verdict import Verdict
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from tests.truth.examine import examine

STAGING = "/private/var/db/com.apple.xpc.roleaccountd.staging/"
IMAGE = "EBFB3E7F-4CA4-3656-8E9C-8CCF5995C34A"
EXTRA = "system_logs.logarchive/Extra/"


def shutdown(*paths: str) -> str:
    clients = "".join(f"\t\tremaining client pid: {n} ({path}/{IMAGE})\n" for n, path in enumerate(paths, 90))
    return f"After 1.26s, these clients are still here:\n{clients}SIGTERM: [1684900000] All buffers flushed\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as pool:
        yield pool


def look(pool: Pool, path: Path) -> Examined:
    sets = bundled_sets()
    return examine(pool, path, Index.build(sets), sets)


def found(examined: Examined) -> set[tuple[str, str, Strength]]:
    return {(finding.rule, finding.artefact, finding.strength) for finding in examined.case.findings}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (STAGING + "rolexd", {("indicator.process-name", Strength.STRONG), ("staged-program", Strength.LEAD)}),
        (STAGING + "bh", {("indicator.process-name", Strength.STRONG), ("staged-program", Strength.LEAD)}),
        (STAGING + "anyname", {("staged-program", Strength.LEAD)}),
        (STAGING + "exec/16777222.406.xpc/com.apple.MobileSoftwareUpdate.UpdateBrainService", set()),
        ("/private/var/db/com.apple.xpc.roleaccountd.staging", set()),
        ("/usr/libexec/rolexd", {("indicator.process-name", Strength.LEAD)}),
        ("/usr/libexec/rolexd2", set()),
        ("/usr/sbin/filecoordinationd", set()),
    ],
)
def test_a_client_of_a_shutdown_counts_by_its_folder_and_its_name(
    pool: Pool, tmp_path: Path, path: str, expected: set[tuple[str, Strength]]
) -> None:
    examined = look(pool, sysdiagnose(tmp_path, {EXTRA + "shutdown.log": shutdown(path)}))
    wanted = {(rule, "sysdiagnose.shutdown", strength) for rule, strength in expected}
    assert {one for one in found(examined) if one[1] != "scan"} == wanted


def test_the_raw_pass_and_the_manifest_meet_every_file(pool: Pool, tmp_path: Path) -> None:
    files = {"odd/unknown.bin": b"\0" * 2000 + b"http://free247downloads.com/x" + b"\0" * 50}
    examined = look(pool, sysdiagnose(tmp_path, dict(files)))
    (finding,) = examined.case.findings
    assert (finding.artefact, finding.source.file) == ("scan", f"/{TOP}/odd/unknown.bin")
    (line,) = [line for line in examined.case.coverage if line.artefact == "scan"]
    assert (line.outcome, line.records) == (Outcome.READ, 4)  # the archive, its two own files and this one


def test_a_log_that_iOS_overwrites_is_noted_and_is_no_finding(pool: Pool, tmp_path: Path) -> None:
    top = TOP.replace("20F66", "23B85")
    noted = look(pool, sysdiagnose(tmp_path, {EXTRA + "shutdown.log": shutdown("/usr/sbin/x")}, top=top))
    assert noted.case.findings == ()
    assert [note.says for note in noted.case.context] == [
        "This version of iOS keeps only the last shutdown. Programs that delayed earlier ones are not in the log."
    ]
    kept = look(pool, sysdiagnose(tmp_path / "b", {EXTRA + "shutdown.log": shutdown("/usr/sbin/x")}))
    assert kept.case.context == ()
    deleted = "2023-05-24 13:29:15-0700 logd[35]: Deleted legacy shutdown.log due to size 2097152\n"
    lost = look(pool, sysdiagnose(tmp_path / "c", {EXTRA + "logd.0.log": deleted}))
    assert [note.says for note in lost.case.context] == [
        "An update of iOS deleted the older shutdown log. Programs that delayed earlier shutdowns are not in it."
    ]


def test_a_power_log_that_is_cut_off_is_read_as_far_as_it_goes(pool: Pool, tmp_path: Path) -> None:
    phone = Sysdiagnose("14.8")
    for number in range(600):
        phone.add(m.Traffic(name=f"p{number:04}" + "x" * 90, when=phone.date - timedelta(seconds=number)))
    ((path, data),) = [(path, data) for path, data in members(phone).items() if path.lower().endswith(".plsql")]
    cut = len(data) // 4096 // 2 * 4096
    assert len(data) > 20 * 4096
    lines = {
        made: next(line for line in look(pool, source).case.coverage if line.artefact == "sysdiagnose.power_traffic")
        for made, source in (
            ("whole", sysdiagnose(tmp_path / "whole", {path: data})),
            ("cut", sysdiagnose(tmp_path / "cut", {path: data[:cut]})),
        )
    }
    assert (lines["whole"].outcome, lines["whole"].records) == (Outcome.READ, 600)
    assert lines["cut"].outcome is Outcome.FAILED and lines["cut"].records == 93
    assert f"the database is cut off: {cut:,} of {len(data):,} bytes are there." in lines["cut"].detail


@pytest.mark.parametrize(("folder", "strong"), [("/usr/libexec/", False), (STAGING, True)])
def test_one_program_in_two_logs_is_two_records_only_in_a_folder_of_spyware(
    pool: Pool, tmp_path: Path, folder: str, strong: bool
) -> None:
    phone = Sysdiagnose("17.5")
    phone.add(
        m.Process(name="rolexd", path=f"{folder}rolexd", uid=0),
        m.Shutdown(when=phone.date - timedelta(days=2), clients=((77, f"{folder}rolexd"),)),
    )
    examined = look(pool, write(phone, tmp_path))
    named = [f for f in examined.case.findings if f.rule == "indicator.process-name"]
    assert {f.artefact for f in named} >= {"sysdiagnose.ps", "sysdiagnose.shutdown"}
    assert {f.strength for f in named if f.artefact == "sysdiagnose.shutdown"} == {
        Strength.STRONG if strong else Strength.LEAD
    }
    assert examined.case.verdict is (Verdict.TRACES_FOUND if strong else Verdict.SUSPICIOUS)


def test_links_and_devices_are_named_and_never_followed(pool: Pool, tmp_path: Path) -> None:
    path = archive(tmp_path / f"{TOP}.tar.gz", dict(BASE))
    with tarfile.open(tmp_path / "more.tar.gz", "w:gz") as made, tarfile.open(path) as old:
        for member in old.getmembers():
            made.addfile(member, old.extractfile(member))
        for name, kind, target in (
            ("ps.txt", tarfile.SYMTYPE, "/etc/passwd"),
            ("ps_thread.txt", tarfile.LNKTYPE, "../../../etc/passwd"),
            ("spindump-nosymbols.txt", tarfile.CHRTYPE, ""),
            ("../../escape.txt", tarfile.REGTYPE, ""),
        ):
            info = tarfile.TarInfo(f"{TOP}/{name}")
            info.type, info.linkname = kind, target
            made.addfile(info)
    examined = look(pool, tmp_path / "more.tar.gz")
    lines = {line.artefact: line for line in examined.case.coverage}
    assert lines["sysdiagnose.ps"].outcome is Outcome.FAILED
    assert "it is a link; it is not followed." in lines["sysdiagnose.ps"].detail
    assert "it is a device, a pipe or a file of a special kind" in lines["sysdiagnose.spindump"].detail
    assert lines["scan"].outcome is Outcome.FAILED
    assert not list(tmp_path.parent.glob("escape.txt")) and sorted(p.name for p in tmp_path.iterdir()) == [
        "more.tar.gz",
        path.name,
    ]
