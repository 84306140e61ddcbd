"""AndroidQF acquisitions: the folder of older versions, and the archive, encrypted or not, of August 2026 and later."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage

from phonegen.android import apk, containers, dumpstate, sealing, services, tombstone
from phonegen.android import model as m
from phonegen.android.model import Android, ms

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Package:
    """An APK of an acquisition: the app's name and what signs it. `data`: other bytes than the made ones."""

    app: str
    signers: Mapping[str, Sequence[str]]
    permissions: tuple[str, ...] = ()
    data: bytes | None = None
    listed: bool = True
    """False: the archive holds the file, packages.json does not name it."""

    def made(self) -> bytes:
        """The APK's bytes."""
        if self.data is not None:
            return self.data
        seeds = {name: tuple(self.signers.get(name, ())) for name in ("v1", "v2", "v3", "v31", "lineage")}
        return apk.build(
            self.app,
            v1=seeds["v1"],
            v2=seeds["v2"],
            v3=seeds["v3"],
            v31=seeds["v31"],
            lineage=seeds["lineage"],
            permissions=self.permissions,
        )


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A row of files.json. `mode`: Go's notation, octal, or empty. Times are epoch seconds."""

    path: str
    mode: str = "-rw-rw----"
    size: int = 4096
    when: datetime | None = None
    sha256: str = ""


@dataclass(kw_only=True)
class Acquisition:
    """What the collector found besides the phone's own entries. `new`: the form of August 2026 and later."""

    phone: Android
    new: bool = True
    packages: tuple[Package, ...] = ()
    files: tuple[Listed, ...] = ()
    roots: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    """Names of Magisk modules."""
    history: Mapping[str, bytes] | None = None
    """Browser package -> its History database."""
    init: Mapping[str, bytes] | None = None
    beside: Mapping[str, bytes] | None = None
    """More files by name: `backup.ab`, `intrusion_logs/log.txt`."""
    host: m.AdbKey | None = None
    """The key of the collecting computer."""
    bugreport: bool = False
    hashes: bool = True
    of_bugbane: bool = False
    """Four lists as protobuf messages, and the name that Bugbane gives to its export."""

    @property
    def uuid(self) -> str:
        """The acquisition's own name."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"androidqf {self.phone.seed} {self.phone.android} {self.new}"))

    def _package_rows(self) -> list[dict[str, Any]]:
        apks = {one.app: one for one in self.packages if one.listed}
        rows = []
        for app in self.phone.of(m.App):
            path = f"{app.path or '/data/app/' + app.name}/base.apk"
            entry: dict[str, Any] = {"path": path, "local_name": "", "md5": "", "sha1": "", "sha256": "", "sha512": ""}
            entry |= {"error": "", "verified_certificate": False, "certificate_error": "", "trusted_certificate": False}
            entry["certificate"] = dict.fromkeys(("Md5", "Sha1", "Sha256", "Issuer", "Subject"), "")
            if (package := apks.get(app.name)) is not None:
                data = package.made()
                entry["local_name"] = f"{app.name}.apk"
                entry |= {name: hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")}
                signer = next((seeds[0] for seeds in package.signers.values() if seeds), None)
                if signer is not None:
                    der = apk.certificate(signer)
                    entry["verified_certificate"] = True
                    entry["certificate"] = {
                        name.title(): hashlib.new(name, der).hexdigest() for name in ("md5", "sha1", "sha256")
                    } | {"Issuer": f"CN=Maker {signer}", "Subject": f"CN=Maker {signer}", "SerialNumber": 17}
            rows.append(
                {
                    "name": app.name,
                    "files": [entry],
                    "installer": app.installer or "null",
                    "uid": app.uid,
                    "disabled": app.enabled in {2, 3},
                    "system": app.system,
                    "third_party": not app.system,
                }
            )
        return rows

    def _process_rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for number, one in enumerate(self.phone.of(m.Process)):
            rows.append(
                {
                    "pid": number + 1,
                    "uid": 0,
                    "ppid": 1,
                    "pgroup": 0,
                    "psid": 0,
                    "filename": f"({one.name[:15]})",
                    "priority": 20,
                    "state": "S",
                    "user_time": 17,
                    "kernel_time": 4,
                    "path": "",
                    "context": one.label,
                    "previous_context": "u:r:init:s0",
                    "command_line": [one.name],
                    "env": ["PATH=/system/bin", f"HOME=/data/user/0/{one.name}"],
                    "cwd": "/",
                }
            )
        return rows

    def _file_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "path": one.path,
                "size": one.size,
                "mode": one.mode,
                "user_id": 1023,
                "user_name": "media_rw",
                "group_id": 1023,
                "group_name": "media_rw",
                "changed_time": ms(one.when) // 1000 if one.when else 0,
                "modified_time": ms(one.when) // 1000 if one.when else 0,
                "access_time": 0,
                "error": "",
                "context": "u:object_r:media_rw_data_file:s0",
                "sha1": "",
                "sha256": one.sha256,
                "sha512": "",
                "md5": "",
            }
            for one in self.files
        ]

    def members(self) -> dict[str, bytes]:
        """Name -> content of every file but hashes.csv."""
        phone = self.phone
        made: dict[str, bytes] = {}

        def text(name: str, rows: Any) -> None:
            made[name] = ("\n".join(rows) + "\n").encode()

        def data(name: str, value: Any) -> None:
            made[name] = json.dumps(value, ensure_ascii=False, indent=1).encode()

        data("packages.json", self._package_rows())
        data("files.json", self._file_rows())
        data("processes.json", self._process_rows())
        data("root_binaries.json", list(self.roots))
        data("mounts.json", [*self.mounts, *(one.line for one in phone.of(m.Mount))])
        text("getprop.txt", dumpstate.getprop(phone))
        for namespace in ("system", "secure", "global"):
            rows = [f"{one.name}={one.value}" for one in phone.of(m.Setting) if one.namespace == namespace]
            text(f"settings_{namespace}.txt", rows)
        text("services.txt", ("Found 2 services:", "0\tadb: [android.debug.IAdbManager]", "1\tpackage: []"))
        text("logcat.txt", dumpstate.log_rows(phone, "system"))
        text("logcat_old.txt", dumpstate.log_rows(phone, "event"))
        names = [name for name, _body, first in services.SERVICES if phone.android >= first]
        running = ["Currently running services:", *(f"  {name}" for name in names)]
        text("dumpsys.txt", [*running, *dumpstate.dumpsys(phone, priorities=False)])
        text("env.txt", ("PATH=/system/bin", "ANDROID_DATA=/data"))
        text("selinux.txt", ("Enforcing",))
        for path, content, _when in containers.file_system(phone):
            if path.startswith("/data/"):
                made["logs" + path] = content
        for one in self.packages:
            made[f"apks/{one.app}.apk"] = one.made()
        if self.bugreport:
            packed = containers.members(phone, dumpstate.text(phone))
            made["bugreport.zip"] = containers.packed(phone, packed)
        made |= self.beside or {}
        if self.new:
            self._later(made, data)
        started = phone.date
        acquisition: dict[str, Any] = {
            "uuid": self.uuid,
            "androidqf_version": "1.9.0" if self.new else "1.6.0",
            "storage_path": "" if self.new else f"/home/analyst/cases/{self.uuid}",
            "started": started.isoformat().replace("+00:00", ".123456789Z"),
            "completed": (started + timedelta(minutes=9)).isoformat().replace("+00:00", ".5Z")
            if self.new
            else "0001-01-01T00:00:00Z",
            "collector": {"ExePath": "/data/local/tmp/collector", "Installed": True, "Architecture": "arm64"},
            "tmp_dir": "/data/local/tmp/",
            "sdcard": "/sdcard/",
            "cpu": "arm64-v8a",
        }
        if self.new and self.host is not None:
            acquisition["adb_host_key"] = self.host.line
        data("acquisition.json", acquisition)
        made["command.log"] = b"INFO Started new acquisition\nINFO Collecting packages\n"
        return made

    def _later(self, made: dict[str, bytes], data: Any) -> None:
        """Files of August 2026 and later: manifests say what became of each part."""
        if self.host is not None:
            made["adb_host_key.pub"] = self.host.line.encode() + b"\n"
        data("apex/manifest.json", {"schema_version": SCHEMA, "status": "collected", "files": []})
        made["apex/apex-info-list.xml"] = b'<?xml version="1.0"?><apex-info-list/>\n'
        browsers = self.history or {}
        status = "collected" if browsers else "root_unavailable"
        data("browser_history/manifest.json", {"schema_version": SCHEMA, "status": status, "files": []})
        for name, content in browsers.items():
            made[f"browser_history/{name}/Default/History"] = content
        status = "collected" if self.modules else "root_unavailable"
        data(
            "magisk_modules/manifest.json", {"schema_version": SCHEMA, "status": status, "modules": list(self.modules)}
        )
        for number, name in enumerate(self.modules):
            text = (
                f"id={name}\nname={name.title()}\nversion=v1.2\nversionCode=12\nauthor=someone\ndescription=A module\n"
            )
            made[f"magisk_modules/{number:04d}/module.prop"] = text.encode()
        for name, content in (self.init or {}).items():
            made[f"init_scripts/{name}"] = content


def bugbane(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same acquisition as Bugbane exports it: four lists as protobuf messages, each behind its length."""
    made = dict(members)

    def put(name: str, rows: Iterable[bytes]) -> None:
        del made[name + ".json"]
        made[name + ".pb"] = b"".join(tombstone.length(row) + row for row in rows)

    put("files", map(_file_message, json.loads(members["files.json"])))
    put("packages", map(_package_message, json.loads(members["packages.json"])))
    for name in ("mounts", "root_binaries"):
        put(name, (tombstone.blob(1, line) for line in json.loads(members[name + ".json"])))
    return made


def _file_message(row: dict[str, Any]) -> bytes:
    texts = (
        tombstone.blob(1, row["path"]) + tombstone.real(2, float(row["modified_time"])) + tombstone.blob(3, row["mode"])
    )
    return (
        texts
        + tombstone.number(4, row["size"])
        + tombstone.blob(5, row["user_name"])
        + tombstone.blob(6, row["group_name"])
    )


def _package_message(row: dict[str, Any]) -> bytes:
    out = tombstone.blob(1, row["name"]) + tombstone.blob(2, row["installer"]) + tombstone.number(3, row["uid"])
    for number, name in ((4, "disabled"), (5, "system"), (6, "third_party")):
        out += tombstone.number(number, 1) if row[name] else b""
    for file in [] if row["system"] else row["files"]:
        numbered = ((1, "path"), (2, "local_name"), (3, "md5"), (4, "sha1"), (5, "sha256"), (6, "sha512"))
        inner = b"".join(tombstone.blob(number, file[name]) for number, name in numbered if file[name])
        certificate = ((1, "Md5"), (2, "Sha1"), (3, "Sha256"), (6, "Issuer"), (7, "Subject"))
        signed = b"".join(
            tombstone.blob(number, file["certificate"][name])
            for number, name in certificate
            if file["certificate"][name]
        )
        out += tombstone.blob(7, inner + (tombstone.blob(8, signed) if signed else b""))
    return out


def hash_rows(members: Mapping[str, bytes], prefix: str = "") -> bytes:
    """hashes.csv: no heading, path and lower-case SHA-256."""
    return "".join(f"{prefix}{name},{hashlib.sha256(data).hexdigest()}\n" for name, data in members.items()).encode()


def write_folder(acquisition: Acquisition, folder: Path) -> Path:
    """The older form. hashes.csv names paths of the analyst's computer, lists itself and a log that still grew, and leaves
    acquisition.json out."""
    made = acquisition.members()
    root = folder / acquisition.uuid
    for name, data in made.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    listed = {name: data for name, data in made.items() if name != "acquisition.json"}
    listed["command.log"] = made["command.log"][:20]
    listed["hashes.csv"] = b""
    if acquisition.hashes:
        (root / "hashes.csv").write_bytes(hash_rows(listed, f"/home/analyst/cases/{acquisition.uuid}/"))
    return root


def archive(acquisition: Acquisition, replaced: Mapping[str, bytes] | None = None) -> bytes:
    """The plain archive. `replaced`: members that were changed after their hashes were written down."""
    made = bugbane(acquisition.members()) if acquisition.of_bugbane else acquisition.members()
    out = io.BytesIO()
    stamp = acquisition.phone.date.astimezone(UTC)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        rows = hash_rows(made)
        for name, data in [*made.items(), *([("hashes.csv", rows)] if acquisition.hashes else [])]:
            info = zipfile.ZipInfo(name, stamp.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, (replaced or {}).get(name, data))
    return out.getvalue()


def write_archive(
    acquisition: Acquisition,
    folder: Path,
    *,
    recipients: Sequence[pyrage.x25519.Recipient] = (),
    password: str = "",
    replaced: Mapping[str, bytes] | None = None,
) -> Path:
    """`UUID.zip`, or `UUID.zip.age` for recipients or a password (Bugbane's export)."""
    folder.mkdir(parents=True, exist_ok=True)
    data = archive(acquisition, replaced)
    name = "acquisition.zip" if acquisition.of_bugbane else f"{acquisition.uuid}.zip"
    if recipients:
        data, name = pyrage.encrypt(data, list(recipients)), name + ".age"
    elif password:
        data, name = sealing.seal(data, password), name + ".age"
    path = folder / name
    path.write_bytes(data)
    return path
