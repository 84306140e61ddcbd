"""Text members: installation, activation, containers, lockdown, remote services, associated domains, keychain, updates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

_UNINSTALLER = (
    "-[MIUninstaller _uninstallBundleWithIdentity:linkedToChildren:waitForDeletion:uninstallReason:temporaryReference:"
    "wasLastReference:error:]"
)
INSTALLATIONS = {
    "installing": "-[MIInstaller _installInstallable:containingSymlink:error:]: Installing <MIInstallableBundle ID={bundle}; "
    "Version={version}, ShortVersion={version}>",
    "installed": "-[MIInstaller performInstallationWithError:]: Install Successful for (Customer:{bundle}); Staging: 0.01s; "
    "Waiting: 0.00s; Preflight/Patch: 0.00s, Verifying: 0.03s; Overall: 0.25s",
    "placed": "-[MIInstaller performInstallationWithError:]: Install Successful for (Placeholder:{bundle}); Overall: 0.25s",
    "developer": "-[MIInstaller performInstallationWithError:]: Install Successful for (Developer:{bundle}); Overall: 0.25s",
    "failed": "-[MIInstaller performInstallationWithError:]: Install Failed for (Customer:{bundle}); Overall: 0.25s",
    "asked": "-[MIClientConnection _uninstallIdentities:withOptions:completion:]: Uninstall requested by installcoordinationd "
    "(pid 117 (501/501)) for identity [{bundle}/PersonalPersonaPlaceholderString] with options: {{\n    "
    "WaitForStorageDeletion = 0;\n}}",
    "uninstalling": _UNINSTALLER + ": Uninstalling identifier {bundle}",
    "linked": _UNINSTALLER + ": Uninstalling identifier {bundle}, plus linked apps: (null)",
    "destroyed": _UNINSTALLER + ": Destroying container {bundle} with persona (null) at "
    "/private/var/containers/Bundle/Application/{uuid}",
    "live": "-[MIContainer makeContainerLiveReplacingContainer:reason:waitForDeletion:withError:]: Made container live for "
    "{bundle} at /private/var/containers/Bundle/Application/{uuid}",
    "profile": "MIUninstallProfilesForAppIdentifier: Uninstalling profiles for TEAM123456.{bundle}",
    "other": "-[MIClientConnection _installURL:identity:targetingDomain:options:completion:]: {text}",
}
"""Event -> the message of the line."""
_FOLDERS = {
    "activation": "logs/MobileActivation/mobileactivationd.log.0",
    "containers": "logs/MobileContainerManager/containermanagerd.log.0",
}
_LINE = "-" * 80


def _long(phone: Sysdiagnose, when: datetime) -> str:
    """`Wed May 24 13:05:35 2023`: local time without a zone."""
    local = phone.local(when)
    return local.strftime(f"%a %b {local.day:2d} %H:%M:%S %Y")


def _installations(phone: Sysdiagnose) -> Iterator[tuple[str, str]]:
    logs: dict[int, list[str]] = {0: []}
    for event in sorted(phone.of(m.Installation), key=lambda event: event.when):
        facts = {"bundle": event.bundle, "version": event.version, "uuid": phone.uuid(event.bundle), "text": event.text}
        message = INSTALLATIONS[event.event].format(**facts)
        logs.setdefault(event.file, []).append(f"{_long(phone, event.when)} [176] <notice> (0x16bae7000) {message}\n")
    for number, lines in logs.items():
        yield f"logs/MobileInstallation/mobile_installation.log.{number}", "".join(lines)


def _daemons(phone: Sysdiagnose) -> Iterator[tuple[str, str]]:
    for log, path in _FOLDERS.items():
        lines = []
        for line in sorted((line for line in phone.of(m.LogLine) if line.log == log), key=lambda line: line.when):
            head = f"{_long(phone, line.when)} [83] <debug> (0x16afa3000) "
            if line.title:
                lines.append(f"{head}-[MobileActivationDaemon init]: {'_' * 20} {line.title} {'_' * 20}")
                lines += [f"{key}: {value}" for key, value in line.rows]
                lines.append(f"{head}-[MobileActivationDaemon init]: {'_' * 60}")
            else:
                lines.append(f"{head}-[MobileActivationDaemon handle]: {line.text}")
        if log != "containers" or phone.version < (18,):
            yield path, "".join(line + "\n" for line in lines)


def _lockdown(phone: Sysdiagnose) -> Iterator[tuple[str, str]]:
    logs: dict[str, list[str]] = {"logs/MobileLockdown/lockdownd.log": []}
    for line in sorted(phone.of(m.LockdownLine), key=lambda line: line.when):
        path = "logs/MobileLockdown/lockdownd.log" + (".1" if line.rotated else "")
        stamp = phone.local(line.when).strftime("%m/%d/%y %H:%M:%S.%f")
        logs.setdefault(path, []).append(f"{stamp} pid=69 {line.function}: {line.text}\n")
        logs[path] += [text + "\n" for text in line.more]
    for path, lines in logs.items():
        yield path, "".join(lines)


def remotectl(phone: Sysdiagnose) -> str:
    """remotectl_dumpstate.txt: a hierarchy by tabs."""
    facts = {
        "AppleInternal": "false",
        "BuildVersion": phone.build,
        "DeviceClass": "iPhone",
        "HWModel": "D17AP",
        "OSVersion": phone.ios,
        "ProductName": "iPhone OS",
        "ProductType": phone.model,
        "RegionInfo": "ZD/A",
        "SerialNumber": f"F{phone.seed:09d}",
        "UniqueDeviceID": f"00008110-{phone.seed:016X}",
    }
    lines = [
        "Local device",
        f"\tUUID: {phone.uuid('device')}",
        "\tMessaging Protocol Version: 3",
        "\tProduct Type: " + phone.model,
    ]
    lines += ["\tOS Build: " + f"{phone.ios} ({phone.build})", "\tProperties: {"]
    lines += [f"\t\t{key} => {value}" for key, value in facts.items()]
    lines += ["\t}", "\tServices:"]
    for service in phone.of(m.RemoteService):
        lines += [
            f"\t\t{service.name}",
            "\t\t\tVersion: 1",
            "\t\t\tProperties: {",
            "\t\t\t\tUsesRemoteXPC => true",
            "\t\t\t}",
        ]
    lines += ["\tLocal Services:", "\t\tcom.apple.example.local"]
    return "\n".join(lines) + "\n"


def swcutil(phone: Sysdiagnose) -> str:
    """swcutil_show.txt. From iOS 18.2 a phone with the 12-hour clock writes times with AM and PM."""

    def stamp(when: datetime) -> str:
        local = phone.local(when)
        return local.strftime("%Y-%m-%d %-I:%M:%S %p %z" if phone.version >= (18, 2) else "%Y-%m-%d %H:%M:%S %z")

    def title(name: str) -> str:
        return f" {name} ".center(80, "=")

    lines = ["Shared web credentials", f"OS Version: {phone.ios}", "", title("DATABASE"), ""]
    blocks = []
    for row in phone.of(m.AssociatedDomain):
        facts = {
            "Service": row.service,
            "App ID": f"TEAM123456.{row.app}",
            "App Version": "1.0",
            "App PI": "<LSPersistentIdentifier 0x115e1a390> { v = 0, t = 0x8, u = 0xc98, db = "
            + phone.uuid("db")
            + ", {length = 8, bytes = 0x980c000000000000} }",
            "Domain": row.domain,
            "User Approval": "unspecified",
            "Site/Fmwk Approval": row.approval,
            "Flags": "",
            "Last Checked": stamp(row.when),
            "Next Check": stamp(phone.date),
        }
        blocks.append("\n".join(f"{key + ':':<22}{value}" for key, value in facts.items()))
    lines.append(f"\n{_LINE}\n".join(blocks))
    lines += ["", title("NETWORK"), "(empty)", title("SETTINGS")]
    lines += [
        "{ s = applinks, a = com.apple.AppStore, d = (null) }: {",
        '    "com.apple.LaunchServices.enabled" = 1;',
        "}",
    ]
    lines += [title("MEMORY USAGE"), "swcd: 1 MB", ""]
    return "\n".join(lines)


def security(phone: Sysdiagnose) -> str:
    """security-sysdiagnose.txt."""

    def stamp(when: datetime) -> str:
        return when.strftime("%Y-%m-%d %H:%M:%S +0000")

    lines = ["ccstatus: In Circle (0)", "Account user is available", "Engine state:"]
    lines += ["LocalKeychain {EC: d:0} [0] clean", ""]
    views: dict[str, list[m.KeychainItem]] = {"HomeKit": [], "Unlock": []}
    for item in phone.of(m.KeychainItem):
        views.setdefault(item.view, []).append(item)
    for view, items in views.items():
        lines.append(f"{view} keychain state:")
        for number, item in enumerate(items):
            when = stamp(item.when)
            lines.append(
                f"genp{number}: acct={{length = 4, bytes = 0x00}},agrp={item.group},cdat={when},desc={item.label},"
                f"mdat={when},musr={{ }},sync=1,tomb=0"
            )
        lines.append("")
    lines.append("Analytics sysdiagnose")
    clients: dict[str, list[m.TrustEvent]] = {"sos": []}
    for event in phone.of(m.TrustEvent):
        clients.setdefault(event.client, []).append(event)
    for client, events in clients.items():
        lines.append(f"Client: {client}")
        if not events:
            lines.append("No data")
        for event in events:
            lines.append(f"{stamp(event.when)} {event.result}: {event.name} - Attributes: {{{event.attributes}, more :")
            lines.append("   (1) }")
    lines += ["All keys and values", "lastSuccess: 1", "All values in analytics", "count: 1"]
    return "\n".join(lines) + "\n"


def transparency(phone: Sysdiagnose) -> str:
    """transparency.log; from iOS 26.5 the devices stand at the top."""
    devices = {
        phone.uuid(device.serial): {
            "name": device.name,
            "model": device.model,
            "serial": device.serial,
            "osVersion": device.os_version,
        }
        for device in phone.of(m.TransparencyDevice)
    }
    state: dict[str, object] = {"accountFirstSeen": "2023-01-05T10:00:00Z", "state": "Ready"}
    whole: dict[str, object] = {
        "registration": [{"app": "IDS", "registeredAt": "2023-01-05T10:00:01Z"}],
        "stateMachine": state,
    }
    (whole if phone.version >= (26, 5) else state)["devices"] = devices
    return json.dumps(whole, indent=1)


def updates(phone: Sysdiagnose) -> str:
    """A log of system updates."""
    return "".join(
        f"{phone.local(line.when).strftime('%Y-%m-%d %H:%M:%S%z')} softwareupdated[88]: {line.text}\n"
        for line in phone.of(m.UpdateLine)
    )


def progress(phone: Sysdiagnose) -> str:
    """sysdiagnose.log."""
    lines = [m.Collector(when=phone.date, text=f"Beginning sysdiagnose archive {phone.folder}"), *phone.of(m.Collector)]
    return "".join(f"{phone.local(line.when).strftime('%Y-%m-%d %H:%M:%S.%f%z')} {line.text}\n" for line in lines)


def readme(phone: Sysdiagnose) -> str:
    """README.txt."""
    stamp = phone.local(phone.date).strftime("%Y-%m-%d %H:%M:%S %z")
    return f"sysdiagnose for iPhone OS {phone.ios} ({phone.build})\nCreated: {stamp}\nHardware model: {phone.model}\n"


def files(phone: Sysdiagnose) -> Iterator[tuple[str, str]]:
    """(path, text) of the text members."""
    yield from _installations(phone)
    yield from _daemons(phone)
    yield from _lockdown(phone)
    if phone.version >= (15,):
        yield "remotectl_dumpstate.txt", remotectl(phone)
    yield "swcutil_show.txt", swcutil(phone)
    yield "security-sysdiagnose.txt", security(phone)
    if phone.version >= (16,):
        yield "transparency.log", transparency(phone)
    if phone.version >= (18,):
        yield "logs/OTAUpdateLogs/softwareupdate.log", updates(phone)
    yield "sysdiagnose.log", progress(phone)
    yield "README.txt", readme(phone)
