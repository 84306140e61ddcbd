"""Logs of Android's Intrusion Logging: events as lines of JSON, in the containers in which people keep them."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from phonegen.android.model import ms

NUMBERS = {"adb_shell_cmd": 210002, "app_process_start": 210005, "cert_authority_installed": 210029}
NUMBERS |= {"package_installed": 210041, "package_uninstalled": 210043, "adb_sync_send_file": 210004}
FORMS = ("text", "folder", "zip", "nested")
"""Names for `write`."""
HOSTS = ("news.example.org", "mail.example.net", "cdn.weather.example", "static.example.com", "time.example.org")
APPS = ("com.android.chrome", "org.example.mail", "com.google.android.gms", "org.example.weather")


def dns(
    host: str, when: datetime, *, app: str = APPS[0], addresses: Sequence[str] = ("/192.0.2.7",), id: int = 1
) -> str:
    """A look-up."""
    body = {"event_time": ms(when), "event_id": id, "hostname": host, "ip_addresses": list(addresses)}
    return line("dns_event", {**body, "ip_addresses_count": len(addresses), "package_name": app})


def connect(address: str, when: datetime, *, port: int = 443, app: str = APPS[0], id: int = 1) -> str:
    """A connection."""
    return line(
        "connect_event",
        {"event_time": ms(when), "event_id": id, "ip_address": address, "port": port, "package_name": app},
    )


def security(tag: str, when: datetime, *, numbers: bool = False, **values: Any) -> str:
    """A security event, with a name or with the number of its kind."""
    nanos = ms(when) * 1_000_000 + 417_003
    if numbers and tag in NUMBERS:
        return line("security_event", {"event_time": nanos, "tag": NUMBERS[tag], "data": list(values.values())})
    return line("security_event", {"event_time": nanos, tag: values})


def start(process: str, when: datetime, *, sha256: str = "ab" * 32, numbers: bool = False) -> str:
    """A start of a program."""
    values = {"process": process, "start_time": ms(when) - 40, "uid": 10_321, "pid": 4711, "seinfo": "default"}
    return security("app_process_start", when, numbers=numbers, **values, sha256=sha256)


def line(kind: str, value: Mapping[str, Any]) -> str:
    """An event as a line."""
    return json.dumps({kind: value}, ensure_ascii=False, separators=(",", ":"))


def ordinary(when: datetime, count: int, *, seed: int = 1) -> list[str]:
    """An ordinary hour: look-ups, connections, starts of apps, unlocking."""
    rng = random.Random(f"intrusion {seed}")
    made: list[str] = []
    for number in range(count):
        moment = when - timedelta(seconds=10 * number)
        host, app = rng.choice(HOSTS), rng.choice(APPS)
        made += [
            dns(host, moment, app=app, id=2 * number),
            connect(f"{host}/198.51.100.{number % 250}", moment, app=app, id=2 * number + 1),
            start(app, moment),
            security("keyguard_dismiss_auth_attempt", moment, success=True, method_strength=1),
            security("keyguard_secured", moment),
        ]
    return made


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 9, 1, 12, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def text(lines: Iterable[str]) -> bytes:
    """A log."""
    return "".join(f"{one}\n" for one in lines).encode()


def write(form: str, folder: Path, logs: Mapping[str, Sequence[str]]) -> Path:
    """Logs (file name -> lines) in one of `FORMS`; `nested` puts each into an archive of its own inside another."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: text(lines) for name, lines in logs.items()}
    if form == "text":
        path = folder / "log.txt"
        path.write_bytes(b"".join(files.values()))
        return path
    if form == "folder":
        root = folder / "Intrusion Logging"
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        return root
    path = folder / "Intrusion Logging.zip"
    if form == "nested":
        files = {f"{name.removesuffix('.txt')}.zip": packed({"log.txt": data}) for name, data in files.items()}
    path.write_bytes(packed(files))
    return path
