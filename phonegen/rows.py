"""What a scaled phone holds: the amounts at factor 1 and the rows of each module."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from phonegen.core import Phone
from phonegen.words import Words, phone_number

AMOUNTS: dict[str, int] = {
    "sms": 20_000,
    "safari_history": 20_000,
    "whatsapp": 20_000,
    "safari_browserstate": 50,
    "chrome": 2_000,
    "chrome_favicons": 500,
    "firefox": 2_000,
    "whatsapp_lid": 200,
    "whatsapp_contacts": 500,
    "calls": 2_000,
    "contacts": 1_000,
    "interactionc": 10_000,
    "datausage": 500,
    "tcc": 150,
    "calendar": 500,
    "shortcuts": 20,
    "webkit_observations": 1_000,
    "addaily": 200,
    "idstatuscache": 300,
    "locationd_clients": 200,
    "globalpreferences": 10,
    "profile_events": 5,
    "webkit_sessionlog": 300,
}
"""Rows at factor 1, by module of phonegen.ios."""
SPAN = 730 * 86_400
_SYSTEM = [
    "mDNSResponder",
    "apsd",
    "CommCenter",
    "identityservicesd",
    "imagent",
    "locationd",
    "nsurlsessiond",
    "trustd",
    "cloudd",
    "mediaserverd",
]
_SERVICES = [
    "kTCCServiceCamera",
    "kTCCServiceMicrophone",
    "kTCCServicePhotos",
    "kTCCServiceAddressBook",
    "kTCCServiceCalendar",
]

Rows = Iterable[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a scaled phone is mixed; shares are between 0 and 1."""

    factor: float = 1.0
    redirects: float = 0.01
    links: float = 0.15
    bodies: float = 0.5
    files: float | None = None

    def count(self, name: str) -> int:
        """Rows of this module."""
        return max(1, round(AMOUNTS[name] * self.factor))


class Maker:
    """Makes the rows of one phone: one method per module of phonegen.ios, named after it, in that module's row keys."""

    def __init__(self, phone: Phone, shape: Shape) -> None:
        self.phone = phone
        self.shape = shape
        self.end = int(phone.date.timestamp())
        self.people = max(10, min(5_000, round(200 * shape.factor**0.5)))

    def rng(self, name: str) -> random.Random:
        return random.Random(f"{self.phone.seed} {name}")

    def times(self, rng: random.Random, count: int) -> Iterator[float]:
        """Rising times over two years up to the backup, in Unix seconds with microseconds."""
        step = SPAN / count
        start = self.end - SPAN
        for number in range(count):
            yield round(start + (number + rng.random()) * step, 6)

    def message(self, words: Words, rng: random.Random) -> tuple[str, int, str | None]:
        """A text, where its link starts, and the link (None for most)."""
        text = words.sentence()
        if rng.random() >= self.shape.links:
            return text, 0, None
        link = words.link("http" if rng.random() < 0.1 else "https")
        return f"{text} {link}", len(text) + 1, link

    # one method per module, named after it: rows in that module's keys

    def sms(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            text, start, link = self.message(words, rng)
            mine = rng.random() < 0.4
            row: dict[str, Any] = {"at": at, "from_me": mine, "handle": phone_number(int(rng.random() * self.people))}
            row["service"] = "SMS" if rng.random() < 0.2 else "iMessage"
            if not mine:
                row["read_at"] = at + 60
            if rng.random() < self.shape.bodies:
                row["attributed"] = text
                if link is not None and rng.random() < 0.5:
                    row["links"] = ((start, len(link), link),)
            else:
                row["text"] = text
            if rng.random() < 0.02:
                row["attachments"] = (
                    {
                        "filename": f"~/Library/SMS/Attachments/0a/10/{int(at)}/IMG_{int(at) % 9999}.jpeg",
                        "total_bytes": int(rng.random() * 1e6),
                    },
                )
            yield row

    def safari_history(self, rng: random.Random, words: Words, count: int) -> Rows:
        made = 0
        for at in self.times(rng, count):
            if made >= count:
                return
            made += 1
            if rng.random() < self.shape.redirects:
                made += 1
                quick = 0.2 if rng.random() < 0.5 else 3.0
                yield {"url": words.link("http"), "at": at, "redirects": ((words.link(), quick),)}
            else:
                yield {"url": words.link(), "at": at, "title": words.sentence()}

    def whatsapp(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            text, _start, link = self.message(words, rng)
            number = int(rng.random() * self.people)
            row: dict[str, Any] = {"at": at, "text": text, "from_me": rng.random() < 0.4}
            if number % 5 == 0:
                row["chat"] = f"{120_000_000_000 + number}@g.us"
                row["member"] = f"{phone_number(int(rng.random() * self.people))[1:]}@s.whatsapp.net"
            else:
                row["chat"] = f"{phone_number(number)[1:]}@s.whatsapp.net"
            if link is not None and rng.random() < 0.5:
                row["data"] = ({"content1": link, "matched": link, "title": text[:30]},)
            elif rng.random() < 0.05:
                row["media"] = {"url": f"https://mmg.whatsapp.net/d/f/{int(at)}.enc", "local": f"Media/{int(at)}.jpg"}
            yield row

    def safari_browserstate(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            back = [words.link() for _ in range(rng.randint(1, 6))]
            yield {"url": back[-1], "title": words.sentence(), "at": at, "entries": back}

    def _visits(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            yield {"url": words.link(), "title": words.sentence(), "at": at}

    chrome = _visits

    def chrome_favicons(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            yield {"url": words.link(), "at": at, "image": b"\x89PNG\r\n\x1a\n" + rng.randbytes(200)}

    def firefox(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            url = words.link()
            icon = url.rpartition("/")[0] + "/favicon.ico" if rng.random() < 0.2 else None
            yield {"url": url, "title": words.sentence(), "at": at, "icon": icon}

    def whatsapp_lid(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {"lid": f"{90_000_000_000_000 + number}@lid", "number": phone_number(number)[1:], "created": at}

    def whatsapp_contacts(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            first, last = words.person()
            yield {
                "name": f"{first} {last}",
                "given": first,
                "family": last,
                "number": phone_number(number),
                "updated": at,
            }

    def calls(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            number = phone_number(int(rng.random() * self.people))
            yield {
                "at": at,
                "address": number,
                "duration": float(int(rng.random() * 900)),
                "outgoing": rng.random() < 0.5,
            }

    def contacts(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            first, last = words.person()
            mails = [f"{first}.{last}.{number}@{words.host()}".lower()]
            yield {"first": first, "last": last, "phones": [phone_number(number)], "emails": mails, "created": at}

    def interactionc(self, rng: random.Random, words: Words, count: int) -> Rows:
        bundles = ("com.apple.MobileSMS", "net.whatsapp.WhatsApp", "com.apple.mobilephone")
        for at in self.times(rng, count):
            number = phone_number(int(rng.random() * self.people))
            out = rng.random() < 0.5
            row: dict[str, Any] = {"at": at, "bundle": words.pick(bundles), "outgoing": out}
            if out:
                row["recipients"] = [number]
            else:
                row["sender"] = number
            yield row

    def datausage(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            system = number < len(_SYSTEM)
            bundle = None if system else f"com.example.app{number}"
            yield {
                "process": _SYSTEM[number] if system else f"app{number}",
                "bundle": bundle,
                "first": at,
                "last": at + 3600,
                "at": at + 3600,
                "wifi_in": int(rng.random() * 1e7),
                "wwan_in": int(rng.random() * 1e6),
            }

    def tcc(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {
                "service": _SERVICES[number % len(_SERVICES)],
                "client": f"com.example.app{number // len(_SERVICES)}",
                "allowed": rng.random() < 0.8,
                "at": int(at),
            }

    def calendar(self, rng: random.Random, words: Words, count: int) -> Rows:
        for at in self.times(rng, count):
            mail = f"person{int(rng.random() * 300)}@{words.host()}"
            yield {"summary": words.sentence(), "at": at, "end": at + 3600, "created": at - 86_400, "organizer": mail}

    def shortcuts(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {"name": f"Shortcut {number}", "at": at, "urls": [words.link()]}

    def webkit_observations(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            host = words.hosts[number % len(words.hosts)]
            yield {"domain": host if number < len(words.hosts) else f"n{number}.{host}", "at": at}

    def addaily(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {"process": f"app{number}", "at": int(at), "wifi_in": int(rng.random() * 1e7), "wwan_in": 10}

    def idstatuscache(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            user = f"tel:{phone_number(number)}" if number % 2 else f"mailto:person{number}@{words.host()}"
            yield {"user": user, "service": "com.apple.madrid", "at": int(at)}

    def locationd_clients(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {"bundle": f"com.example.app{number}", "at": int(at)}

    def globalpreferences(self, rng: random.Random, words: Words, count: int) -> Rows:
        yield {"key": "AppleLocale", "value": "en_US"}
        for number in range(count - 1):
            yield {"key": f"ExampleSetting{number}", "value": number}

    def profile_events(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {
                "profile": f"com.example.profile{number}",
                "at": int(at),
                "operation": "install",
                "process": "profiled",
            }

    def webkit_sessionlog(self, rng: random.Random, words: Words, count: int) -> Rows:
        for number, at in enumerate(self.times(rng, count)):
            yield {"origin": words.hosts[number % len(words.hosts)], "at": int(at), "redirects_to": [words.host()]}
