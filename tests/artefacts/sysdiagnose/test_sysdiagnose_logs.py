"""Logs of daemons: exact rows of lines as phones write them, real files where they are at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.artefacts.model import Event
from sousveil.artefacts.sysdiagnose import daemon_logs
from sousveil.readers.model import Outcome
from tests.artefacts.sysdiagnose.archive_reading import micros, read, rows_of

HEAD = "Mon Aug 11 14:09:16 2025 [8567] <notice> (0x17002b000) "
AT = micros("2025-08-11T14:09:16+02:00")
UNINSTALLER = (
    "-[MIUninstaller _uninstallBundleWithIdentity:linkedToChildren:waitForDeletion:uninstallReason:temporaryReference:"
    "wasLastReference:error:]: "
)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (
            (
                "-[MIInstaller _installInstallable:containingSymlink:error:]: Installing <MIInstallableBundle ID=com.example.a; "
                "Persona=P-1, Version=20.39.6, ShortVersion=20.39>"
            ),
            {"event": "install started", "bundle": "com.example.a", "version": "20.39.6"},
        ),
        (
            "-[MIInstaller performInstallationWithError:]: Install Successful for (Developer:com.example.a); Staging: 0.01s",
            {"event": "installed", "bundle": "com.example.a", "install_type": "Developer"},
        ),
        (
            "-[MIInstaller performInstallationWithError:]: Install successful for (Customer:com.example.a) [Distributor: x]; Y",
            {"event": "installed", "bundle": "com.example.a", "install_type": "Customer"},
        ),
        (
            "-[MIInstaller performInstallationWithError:]: Install Failed for (Customer:com.example.a)",
            {"event": "install failed", "bundle": "com.example.a", "install_type": "Customer"},
        ),
        (
            (
                '-[MIClientConnection _doInstallationForURL:identity:domain:options:completion:]: Install of "/private/var/S/R.app" '
                "type Developer (LSInstallType = (null), Domain: MIInstallationDomainDefault) requested by installcoordinationd (p)"
            ),
            {
                "event": "install requested",
                "path": "/private/var/S/R.app",
                "install_type": "Developer",
                "requester": "installcoordinationd",
            },
        ),
        (
            (
                "-[MIClientConnection _uninstallIdentities:withOptions:completion:]: Uninstall requested by appstored (pid 117 "
                "(501/501)) for identity [com.example.a/PersonalPersonaPlaceholderString] with options: {\n    W = 0;\n}"
            ),
            {"event": "removal requested", "bundle": "com.example.a", "requester": "appstored"},
        ),
        (UNINSTALLER + "Uninstalling identifier com.example.a", {"event": "removed", "bundle": "com.example.a"}),
        (
            UNINSTALLER + "Uninstalling identifier com.example.a, plus linked apps: (null)",
            {"event": "removed", "bundle": "com.example.a"},
        ),
        (
            UNINSTALLER + "Destroying container com.example.a with persona (null) at /private/var/containers/X",
            {"event": "container removed", "bundle": "com.example.a", "path": "/private/var/containers/X"},
        ),
        (
            "-[MIContainer m:]: Made container live for com.example.a at /private/var/containers/Bundle/Application/Z",
            {
                "event": "container made",
                "bundle": "com.example.a",
                "path": "/private/var/containers/Bundle/Application/Z",
            },
        ),
        (
            "-[MIInstaller x]: Uninstalling identifier com.example.a, Made container live for com.example.b at /c",
            {"event": "removed", "bundle": "com.example.a"},
        ),
        (
            "-[MIContainer m:]: Data container for com.example.a is now at /private/var/mobile/Containers/Data/Application/Y",
            {
                "event": "container made",
                "bundle": "com.example.a",
                "path": "/private/var/mobile/Containers/Data/Application/Y",
            },
        ),
        (
            "MIUninstallProfilesForAppIdentifier: Uninstalling profiles for ABCDE12345.com.example.a",
            {"event": "profile removed", "bundle": "com.example.a"},
        ),
        (
            "-[MIInstaller x]: Attempting Delta patch update of com.example.a from 1.2",
            {"event": "updated", "bundle": "com.example.a", "version": "1.2"},
        ),
    ],
)
def test_each_step_of_an_installation_is_a_row(message: str, wanted: dict[str, Any], tmp_path: Path) -> None:
    assert rows_of("sysdiagnose.installations", tmp_path, HEAD + message + "\n") == [{**wanted, "pid": 8567, "at": AT}]


def test_other_lines_of_the_installation_log_give_no_row(tmp_path: Path) -> None:
    lines = (
        "no head before the first message\n"
        f"{HEAD}-[MIClientConnection _installURL:]: Running installation as QOS_CLASS_USER_INITIATED\n"
        "    Uninstalling identifier com.example.inside.other.message\n"
    )
    assert rows_of("sysdiagnose.installations", tmp_path, lines) == []


def test_a_month_in_another_language_is_counted_and_its_row_kept_without_a_time(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("lun. août 11 14:09:16 2025 [1] <notice> (0x1) f: Uninstalling identifier com.example.a\n", "utf-8")
    rows, errors, parts = read("sysdiagnose.installations", path)
    assert rows == [{"event": "removed", "bundle": "com.example.a", "pid": 1}] and errors == []
    assert [(part.name, part.outcome, part.undecoded) for part in parts] == [("times", Outcome.UNSUPPORTED, 1)]


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("Mon Aug 11 14:09:59 2025", "2025-08-11T14:09:59+02:00"),
        ("Mon Aug 11 14:10:16 2025", "2025-08-11T14:10:16+02:00"),
        ("Mon Aug 11 14:09:17 2024", "2024-08-11T14:09:17+02:00"),
        ("Mon Aug 11 14:09:60 2025", None),
        ("Mon Aug 11 14:09:xx 2025", None),
        ("Mon Aug 11 14:09:16", None),
        ("2025-08-11 14:09:16.250", "2025-08-11T14:09:16.25+02:00"),
    ],
)
def test_a_time_after_another_is_read_whole(stamp: str, at: str | None, tmp_path: Path) -> None:
    """Also where only the seconds differ from the message before."""
    lines = [HEAD, HEAD.replace("Mon Aug 11 14:09:16 2025", stamp), HEAD]
    text = "".join(f"{line}{UNINSTALLER}Uninstalling identifier com.example.a\n" for line in lines)
    found = rows_of("sysdiagnose.installations", tmp_path, text)
    assert [row.get("at") for row in found] == [AT, at and micros(at), AT]


@pytest.mark.parametrize("day", ["Wednes", "W"])
def test_days_of_other_lengths_do_not_move_the_minutes_into_the_seconds(day: str, tmp_path: Path) -> None:
    heads = [HEAD.replace("Mon", day), HEAD.replace("Mon", day).replace("14:09", "14:11")]
    text = "".join(f"{head}{UNINSTALLER}Uninstalling identifier com.example.a\n" for head in heads)
    found = rows_of("sysdiagnose.installations", tmp_path, text)
    assert [row["at"] - AT for row in found] == [0, 120_000_000]


def test_times_without_a_zone_or_year_at_their_end_are_read(tmp_path: Path) -> None:
    text = "".join(
        f"2025-08-11 14:09:{second} [1] <notice> (0x1) f: Uninstalling identifier com.example.a\n"
        for second in (16, 16, 20)
    )
    assert [row["at"] - AT for row in rows_of("sysdiagnose.installations", tmp_path, text)] == [0, 0, 4_000_000]


def test_a_log_with_iso_times_is_read(tmp_path: Path) -> None:
    line = "2025-08-11 14:09:16.5 [1] <err> (0x1) f: Uninstalling identifier com.example.a\n"
    (row,) = rows_of("sysdiagnose.installations", tmp_path, line)
    assert row["at"] == AT + 500_000


def test_the_real_installation_log_names_its_containers(shared_data: Path) -> None:
    rows, errors, parts = read("sysdiagnose.installations", shared_data / "phones/ios-plaso/ios_sysdiag.log")
    made = [row for row in rows if row["event"] == "container made"]
    assert errors == [] and parts[0].undecoded == 0
    assert made[0] == {
        "event": "container made",
        "bundle": "com.apple.CoreCDPUI.localSecretPrompt",
        "path": "/private/var/mobile/Containers/Data/PluginKitPlugin/B327BDD9-BD0D-490A-9A31-D07E95DB23E1",
        "pid": 176,
        "at": micros("2021-08-11T05:51:02+02:00"),
    }


def test_a_block_of_the_activation_log_is_one_row(tmp_path: Path) -> None:
    head = "Wed May 24 13:05:35 2023 [83] <debug> (0x16afa3000) -[MobileActivationDaemon init]: "
    lines = [
        f"{head}____________________ Mobile Activation Startup ____________________",
        "build_version: 20F66",
        "hostname: iPhone",
        f"{head}{'_' * 60}",
        f"{head}Device erased",
    ]
    at = micros("2023-05-24T13:05:35+02:00")
    assert rows_of("sysdiagnose.activation", tmp_path, "\n".join(lines)) == [
        {
            "title": "Mobile Activation Startup",
            "facts": '{"build_version":"20F66","hostname":"iPhone"}',
            "level": "debug",
            "at": at,
        },
        {"message": "Device erased", "level": "debug", "at": at},
    ]


def test_a_message_about_containers_gives_a_row_for_each_app(tmp_path: Path) -> None:
    text = (
        "Created com.example.a.b for group.example.shared at /x/Info.plist; see com.apple.x.plist, a.db, a.app, a.log"
    )
    line = f"Wed May 24 13:05:35 2023 [83] <notice> (0x1) -[MCMContainer x]: {text}\n"
    rows = rows_of("sysdiagnose.containers", tmp_path, line)
    assert [row["bundle"] for row in rows] == ["com.example.a.b", "group.example.shared"]
    assert {(row["message"], row["level"], row["at"]) for row in rows} == {
        (text, "notice", micros("2023-05-24T13:05:35+02:00"))
    }


def test_what_the_timeline_and_the_pages_say_of_logs_of_daemons() -> None:
    activation, containers = daemon_logs.ARTEFACTS
    assert [
        (artefact.needs["main"][0].path, artefact.events, artefact.expected.ios, artefact.seen[0].verified)
        for artefact in (activation, containers)
    ] == [
        (
            "logs/MobileActivation/mobileactivationd.log.*",
            (Event(at="at", says="message of the activation daemon", shows="title"),),
            (None, None),
            True,
        ),
        (
            "logs/MobileContainerManager/containermanagerd.log.*",
            (Event(at="at", says="the system handled the container of an app", shows="bundle"),),
            (12, 17),
            True,
        ),
    ]


PAIR = """05/24/23 13:05:35.123456 pid=69 handle_pair: Pair message: {
    PairRecord =     {
        DeviceCertificate = [..]
        HostID = 9016926980658937761372207;
        ProtocolVersion = 2;
        SystemBUID = "30313996-42072961236303456";
    };
    Request = Pair;
}
05/24/23 13:05:36.000000 pid=69 handle_get_value: AMPDevicesAgent attempting to get [ProductVersion]
"""


def test_a_request_for_trust_is_one_row_with_its_numbers(tmp_path: Path) -> None:
    first, second = rows_of("sysdiagnose.lockdown", tmp_path, PAIR)
    assert first.pop("message") == "Pair message: {" + "\n".join(["", *PAIR.splitlines()[1:9]])
    assert first == {
        "function": "handle_pair",
        "pairing": 1,
        "host_id": "9016926980658937761372207",
        "system_buid": "30313996-42072961236303456",
        "pid": 69,
        "at": micros("2023-05-24T13:05:35.123456+02:00"),
    }
    assert second == {
        "function": "handle_get_value",
        "client": "AMPDevicesAgent",
        "message": "AMPDevicesAgent attempting to get [ProductVersion]",
        "pairing": 0,
        "pid": 69,
        "at": micros("2023-05-24T13:05:36+02:00"),
    }


def test_the_real_lockdown_log_is_read_whole(shared_data: Path) -> None:
    path = shared_data / "phones/ios-plaso/ios_lockdownd.log"
    rows, errors, _ = read("sysdiagnose.lockdown", path)
    heads = [line for line in path.read_text("utf-8", "replace").splitlines() if " pid=" in line[:40]]
    assert errors == [] and len(rows) == len(heads) > 100
    assert {row["pairing"] for row in rows} == {0}
    assert rows[3] == {
        "function": "handle_get_value",
        "client": "AMPDevicesAgent",
        "message": "AMPDevicesAgent attempting to get [IntegratedCircuitCardIdentity2]",
        "pairing": 0,
        "pid": 69,
        "at": micros("2021-10-13T07:57:42.867018+02:00"),
    }
