"""Phones of any size for benchmarks: x1 has 20,000 messages, 20,000 Safari visits, 20,000 WhatsApp messages and the
rest in proportion (AMOUNTS); a factor scales everything. Also one giant sms.db with a long WAL."""

from __future__ import annotations

import importlib
import importlib.util
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw

from phonegen.core import Phone, file_id
from phonegen.rows import AMOUNTS, SPAN, Maker, Rows, Shape
from phonegen.words import Words

APPS, PROFILES, FILES = 60, 2, 3_000

Plants = Mapping[str, Sequence[dict[str, Any]]]
"""Rows or entries to add at the end, by module of phonegen.ios, in that module's own row keys."""


def populate(phone: Phone, shape: Shape | None = None, plants: Plants | None = None) -> dict[str, int]:
    """Fills the phone; returns the number of rows (before redirects and plants) by module. Plants of a module without
    an amount of its own (say ``notes``) make a database or plist of those rows alone."""
    shape = shape or Shape()
    maker = Maker(phone, shape)
    plants = plants or {}
    unknown = {name for name in plants if importlib.util.find_spec(f"phonegen.ios.{name}") is None}
    if unknown:
        raise ValueError(f"no module phonegen.ios.{', '.join(sorted(unknown))}")
    made: dict[str, int] = {}
    names = [*AMOUNTS, *(name for name in plants if name not in AMOUNTS)]
    for name in names:
        count = shape.count(name) if name in AMOUNTS else 0
        if _module(phone, maker, name, count, plants.get(name, ())):
            made[name] = count
    _applications(phone, maker)
    share = shape.factor if shape.files is None else shape.files
    made["files"] = _files(phone, maker.rng("files"), max(1, round(FILES * share)))
    return made


def _module(phone: Phone, maker: Maker, name: str, count: int, extra: Sequence[dict[str, Any]]) -> bool:
    """One database or plist of the phone; False where this iOS version has none."""
    if importlib.util.find_spec(f"phonegen.ios.{name}") is None:
        return False
    module: Any = importlib.import_module(f"phonegen.ios.{name}")
    if phone.major < getattr(module, "VERSIONS", (0,))[0] or (name == "webkit_sessionlog" and phone.major >= 14):
        return False
    rng = maker.rng(name)
    rows: Rows = getattr(maker, name)(rng, Words(rng), count) if count else ()

    def every() -> Iterator[dict[str, Any]]:
        yield from rows
        yield from extra

    if hasattr(module, "schema"):
        phone.database(module, lambda db: module.bulk(db, phone.major, every()))
    else:
        phone.plist(module, list(every()))
    return True


def _applications(phone: Phone, maker: Maker) -> None:
    count = max(1, round(APPS * maker.shape.factor))
    for number in range(count):
        phone.install(f"com.example.app{number}", f"App {number}", version=f"{number % 9}.{number % 7}")
    if importlib.util.find_spec("phonegen.ios.configuration_profiles") is None:
        return
    module: Any = importlib.import_module("phonegen.ios.configuration_profiles")
    for number in range(PROFILES):
        identifier = f"com.example.profile{number}"
        entry = {
            "uuid": file_id("profile", identifier)[:32].upper(),
            "identifier": identifier,
            "name": f"Profile {number}",
            "payloads": ["com.apple.wifi.managed"],
        }
        phone.add(module.DOMAIN, module.relative(identifier), module.build(phone.major, [entry]))


def _files(phone: Phone, rng: random.Random, count: int) -> int:
    """Small pictures and attachments, 256 to 2,256 bytes each."""
    noise = rng.randbytes(1 << 20)
    for number in range(count):
        start = int(rng.random() * (len(noise) - 8192))
        data = b"\xff\xd8\xff\xe0" + number.to_bytes(4, "big") + noise[start : start + 256 + int(rng.random() * 2000)]
        modified = phone.date - timedelta(seconds=int(rng.random() * SPAN))
        if number % 3:
            place = f"Media/DCIM/{100 + number // 1000}APPLE/IMG_{number:06d}.JPG"
            phone.add("CameraRollDomain", place, data, modified=modified)
        else:
            place = f"Library/SMS/Attachments/{number % 256:02x}/{number % 16:02d}/{number:08X}/IMG_{number:06d}.jpeg"
            phone.add("MediaDomain", place, data, modified=modified)
    return count


def link_plants(links: Sequence[str], at: int = 1_740_000_000) -> dict[str, list[dict[str, Any]]]:
    """Each link once in: a message's text, a message's attributedBody only, WhatsApp, Safari, Chrome and Firefox
    history.

    at: Unix seconds of the first; the others follow a minute apart.
    """
    plants: dict[str, list[dict[str, Any]]] = {}
    for number, link in enumerate(links):
        moment = at + 60 * number
        text = f"Your parcel is waiting: {link}"
        sender = {"at": moment, "handle": "+15555550199"}
        plants.setdefault("sms", []).extend(
            ({**sender, "text": text}, {**sender, "at": moment + 20, "attributed": text})
        )
        plants.setdefault("whatsapp", []).append({"at": moment, "text": text})
        for name in ("safari_history", "chrome", "firefox"):
            plants.setdefault(name, []).append({"at": moment, "url": link, "title": "Parcel"})
    return plants


def make(
    out: Path,
    factor: float = 1.0,
    *,
    encrypted: bool = False,
    password: str = "correct horse",
    iterations: tuple[int, int] = (10_000_000, 10_000),
    ios: str = "17.5",
    seed: int = 1,
    redirects: float = 0.01,
    files: float | None = None,
    plants: Plants | None = None,
    scratch: Path | None = None,
) -> dict[str, int]:
    """Writes a scaled backup into the new or empty folder ``out``; returns the row counts."""
    with Phone(ios, seed=seed, encrypted=encrypted, password=password, iterations=iterations, scratch=scratch) as phone:
        made = populate(phone, Shape(factor, redirects=redirects, files=files), plants)
        phone.write(out)
    return made


def make_big(
    out: Path,
    gib: float = 4.0,
    *,
    wal_mb: int = 200,
    encrypted: bool = False,
    password: str = "correct horse",
    iterations: tuple[int, int] = (10_000_000, 10_000),
    ios: str = "17.5",
    seed: int = 1,
    plants: Plants | None = None,
    scratch: Path | None = None,
) -> dict[str, int]:
    """Writes a backup with one sms.db of about ``gib`` GiB, of which about ``wal_mb`` MB are in its WAL; in flat
    memory.

    Plants of ``sms`` are committed in the WAL alone. Returns the number of messages in ``main`` and ``wal``.
    """
    from phonegen.ios import sms

    with Phone(ios, seed=seed, encrypted=encrypted, password=password, iterations=iterations, scratch=scratch) as phone:
        maker = Maker(phone, Shape(links=0.15))
        size = round(gib * (1 << 30)) // _BIG_ROW
        extra = round(wal_mb * 1_000_000) // _BIG_ROW

        def fill(name: str, count: int, more: Sequence[dict[str, Any]]) -> Callable[[apsw.Connection], None]:
            def run(db: apsw.Connection) -> None:
                sms.bulk(db, phone.major, _big_rows(maker, maker.rng(name), count))
                sms.bulk(db, phone.major, more)

            return run

        planted = (plants or {}).get("sms", ())
        phone.database(sms, fill("big", size, ()), wal=fill("big wal", extra, planted))
        phone.write(out)
    return {"main": size, "wal": extra}


_BIG_ROW = 4_800


def _big_rows(maker: Maker, rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """Messages of which a third carry the archive of a link preview (12 KB), as long chats do."""
    noise = rng.randbytes(1 << 20)
    for number, row in enumerate(maker.sms(rng, Words(rng), count)):
        if number % 3 == 0:
            start = int(rng.random() * (len(noise) - 12_288))
            row["payload_data"] = noise[start : start + 12_288]
            row["balloon_bundle_id"] = "com.apple.messages.URLBalloonProvider"
        yield row
