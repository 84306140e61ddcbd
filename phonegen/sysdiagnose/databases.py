"""SQLite members: the power log, permissions, the store's databases."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import apsw

from phonegen.ios import tcc
from phonegen.sqlite import Fill, build
from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

CLOCK_SHIFT = timedelta(seconds=373, milliseconds=466)
"""The power log's clock runs ahead of the calendar by so much, and its `system` offset takes it back."""
_MAC = 978_307_200


def usage_table(phone: Sysdiagnose) -> str:
    """The table of traffic; on iOS 26 with the suffix that newer tables have."""
    return "PLProcessNetworkAgent_EventInterval_UsageDiff" + ("_1_2" if phone.version >= (26,) else "")


def _power_schema(phone: Sysdiagnose) -> str:
    traffic = "'BundleName' TEXT, 'CellIn' INTEGER, 'CellOut' INTEGER, 'ProcessName' TEXT, 'WifiIn' INTEGER, 'WifiOut' INTEGER"
    tables = {
        "PLStorageOperator_EventForward_TimeOffset": "'baseband' REAL, 'kernel' REAL, 'system' REAL",
        usage_table(phone): traffic + ", 'timestampEnd' REAL",
        "PLProcessNetworkAgent_EventPoint_Connection": "'InterfaceName' TEXT, 'LocalAddress' TEXT, 'LocalPort' INTEGER, "
        "'ProcessName' TEXT, 'ProcessPID' INTEGER, 'RemoteAddress' TEXT, 'RemotePort' INTEGER",
        "PLXPCAgent_EventPoint_BackgroundTransfer": "'bundleID' TEXT, 'bytesReceived' INTEGER, 'bytesSent' INTEGER, "
        "'errorFailingURL' TEXT, 'interfaceName' TEXT",
        "PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval": "'timestampEnd' REAL",
        "PLApplicationAgent_EventNone_AllApps": "'AppBuildVersion' TEXT, 'AppBundleId' TEXT, 'AppBundleVersion' TEXT, "
        "'AppDeletedDate' INTEGER, 'AppExecutable' TEXT, 'AppName' TEXT, 'AppType' INTEGER",
        "PLApplicationAgent_EventForward_ApplicationDidUninstall": "'AppBundleId' TEXT, 'AppName' TEXT",
        "PLApplicationAgent_EventForward_Application": "'Identifier' TEXT, 'pid' INTEGER, 'State' INTEGER, 'Reason' INTEGER",
        "PLAccountingOperator_EventNone_Nodes": "'IsPermanent' INTEGER, 'Name' TEXT",
        "PLCameraAgent_EventForward_Camera": "'BundleId' TEXT, 'CameraType' INTEGER, 'State' INTEGER",
        "PLAudioAgent_EventPoint_AudioApp": "'ApplicationName' TEXT, 'AudioRoute' TEXT, 'Operation' TEXT, 'PID' INTEGER",
    }
    if phone.version >= (16,):
        tables["XX_1_2_Example"] = "'value' REAL"
    made = [
        f"CREATE TABLE '{name}' ('ID' INTEGER PRIMARY KEY AUTOINCREMENT, 'timestamp' REAL, {columns});"
        for name, columns in tables.items()
    ]
    made.append(
        "CREATE TABLE 'PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval_Dynamic' ('ID' INTEGER PRIMARY KEY "
        "AUTOINCREMENT, 'FK_ID' INTEGER, 'BundleID' TEXT, 'PID' INTEGER, 'ProcessName' TEXT, 'unit' TEXT, 'value' REAL);"
    )
    return "".join(made)


def _power_time(when: datetime) -> float:
    """A moment on the power log's own clock."""
    return round((when + CLOCK_SHIFT).timestamp(), 6)


def _fill_power(phone: Sysdiagnose) -> Fill:
    def fill(db: apsw.Connection) -> None:
        db.execute(_power_schema(phone))

        def put(table: str, when: datetime, **values: object) -> int:
            names = ", ".join(f"'{name}'" for name in ("timestamp", *values))
            marks = ", ".join("?" * (len(values) + 1))
            db.execute(f"INSERT INTO '{table}' ({names}) VALUES ({marks})", (_power_time(when), *values.values()))
            return int(db.last_insert_rowid())

        for days in (60, 0):
            shift = -CLOCK_SHIFT.total_seconds()
            put(
                "PLStorageOperator_EventForward_TimeOffset",
                phone.date - timedelta(days=days),
                baseband=0.04,
                kernel=-1571153284.1,
                system=shift,
            )
        for row in phone.of(m.Traffic):
            put(
                usage_table(phone),
                row.when,
                BundleName=row.bundle,
                CellIn=row.cell_in,
                CellOut=row.cell_out,
                ProcessName=row.name,
                WifiIn=row.wifi_in,
                WifiOut=row.wifi_out,
                timestampEnd=_power_time(row.when + timedelta(minutes=5)),
            )
        for made in phone.of(m.Connection):
            put(
                "PLProcessNetworkAgent_EventPoint_Connection",
                made.when,
                InterfaceName="en0",
                LocalAddress="10.0.0.2",
                LocalPort=50000,
                ProcessName=made.name,
                ProcessPID=77,
                RemoteAddress=made.address,
                RemotePort=made.port,
            )
        for sent in phone.of(m.Transfer):
            put(
                "PLXPCAgent_EventPoint_BackgroundTransfer",
                sent.when,
                bundleID=f"{sent.name}:[{phone.uuid(sent.name)}:1]",
                bytesReceived=sent.received,
                bytesSent=sent.sent,
                errorFailingURL=sent.url,
                interfaceName="en0",
            )
        for seen in phone.of(m.Monitored):
            key = put(
                "PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval",
                seen.when,
                timestampEnd=_power_time(seen.when + timedelta(minutes=5)),
            )
            db.execute(
                "INSERT INTO PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval_Dynamic "
                "(FK_ID, BundleID, PID, ProcessName, unit, value) VALUES (?, ?, ?, ?, 's', ?)",
                (key, seen.bundle, seen.pid, seen.name, seen.seconds),
            )
        for app in phone.of(m.PowerApp):
            put(
                "PLApplicationAgent_EventNone_AllApps",
                app.when,
                AppBuildVersion="1",
                AppBundleId=app.bundle,
                AppBundleVersion="1.0",
                AppDeletedDate=int(app.deleted.timestamp()) if app.deleted else 0,
                AppExecutable=app.executable,
                AppName=app.executable,
                AppType=3,
            )
        for gone in phone.of(m.PowerUninstall):
            put(
                "PLApplicationAgent_EventForward_ApplicationDidUninstall",
                gone.when,
                AppBundleId=gone.bundle,
                AppName="App",
            )
        for state in phone.of(m.PowerState):
            put(
                "PLApplicationAgent_EventForward_Application",
                state.when,
                Identifier=state.bundle,
                pid=state.pid,
                State=2,
                Reason=0,
            )
        for media in phone.of(m.PowerMedia):
            if media.what == "camera":
                put("PLCameraAgent_EventForward_Camera", media.when, BundleId=media.bundle, CameraType=2, State=1)
            else:
                put(
                    "PLAudioAgent_EventPoint_AudioApp",
                    media.when,
                    ApplicationName=media.bundle,
                    AudioRoute="Speaker",
                    Operation="Playing",
                    PID=99,
                )

    return fill


def _fill_permissions(phone: Sysdiagnose) -> Fill:
    rows = [
        {
            "service": row.service,
            "client": row.client,
            "client_type": int(row.client.startswith("/")),
            "at": int(row.when.timestamp()),
            "allowed": row.value == 2,
            **({"auth_value": row.value} if phone.version >= (14,) else {}),
        }
        for row in phone.of(m.Permission)
    ]
    major = phone.version[0]

    def fill(db: apsw.Connection) -> None:
        db.execute(tcc.schema(major))
        tcc.bulk(db, major, rows)

    return fill


def _fill_store(phone: Sysdiagnose) -> Fill:
    def fill(db: apsw.Connection) -> None:
        db.execute(
            "CREATE TABLE app_install (pid INTEGER PRIMARY KEY, bundle_id TEXT, bundle_version TEXT, timestamp REAL, "
            "account_identifier TEXT, phase INTEGER);"
            "CREATE TABLE current_apps (pid INTEGER PRIMARY KEY, bundle_id TEXT, bundle_version TEXT, install_date REAL);"
            "CREATE TABLE purchase_history_apps (pid INTEGER PRIMARY KEY, bundle_id TEXT, date_purchased REAL, "
            "account_identifier TEXT, long_title TEXT);"
        )
        for app in phone.of(m.StoreApp):
            when = app.when.timestamp() - _MAC
            db.execute(
                "INSERT INTO app_install (bundle_id, bundle_version, timestamp, account_identifier, phase) "
                "VALUES (?, ?, ?, ?, 40)",
                (app.bundle, app.version, when, app.account),
            )
            db.execute(
                "INSERT INTO current_apps (bundle_id, bundle_version, install_date) VALUES (?, ?, ?)",
                (app.bundle, app.version, when),
            )
            db.execute(
                "INSERT INTO purchase_history_apps (bundle_id, date_purchased, account_identifier, long_title) "
                "VALUES (?, ?, ?, 'App')",
                (app.bundle, when, app.account),
            )

    return fill


def _fill_downloads(phone: Sysdiagnose) -> Fill:
    def fill(db: apsw.Connection) -> None:
        db.execute(
            "CREATE TABLE download (pid INTEGER PRIMARY KEY, bundle_id TEXT, kind TEXT, timestamp REAL, account_id TEXT);"
            "CREATE TABLE asset (pid INTEGER PRIMARY KEY, download_id INTEGER, url TEXT, local_path TEXT, bytes_total INTEGER);"
        )
        for number, row in enumerate(phone.of(m.Download), 1):
            db.execute(
                "INSERT INTO download VALUES (?, ?, 'software', ?, 'owner@example.org')",
                (number, row.bundle, row.when.timestamp() - _MAC),
            )
            db.execute(
                "INSERT INTO asset VALUES (?, ?, ?, '/private/var/mobile/Media/Downloads/1.ipa', 4096)",
                (number, number, row.url),
            )

    return fill


def files(phone: Sysdiagnose) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the databases."""
    local = phone.local(phone.date - timedelta(hours=6))
    power = f"logs/powerlogs/powerlog_{local.strftime('%Y-%m-%d_%H-%M')}_{phone.uuid('power')[:8]}.PLSQL"
    store = "appstored.sqlitedb" if phone.version >= (13,) else "AppUpdates.sqlitedb"
    fills = {
        power: _fill_power(phone),
        "logs/Accessibility/TCC.db": _fill_permissions(phone),
        f"logs/appinstallation/{store}": _fill_store(phone),
        "logs/itunesstored/downloads.28.sqlitedb": _fill_downloads(phone),
    }
    with tempfile.TemporaryDirectory() as scratch:
        for path, fill in fills.items():
            made = Path(scratch) / "made.db"
            build(made, fill, seed=f"{phone.seed} {path}".encode())
            data = made.read_bytes()
            made.unlink()
            if path == power and phone.version >= (16,):
                yield path + ".gz", gzip.compress(data, 6, mtime=0)
            else:
                yield path, data
