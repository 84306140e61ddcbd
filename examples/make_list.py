#!/usr/bin/env python3
"""Make an invented leaked list, the phones of four people on it, and the keys of the people who examine it.

    python examples/make_list.py FOLDER

Every number lies in a range that its country reserves for fiction. The list and the phones are the same each time; keys are new.
Traces on the phones begin within two minutes of a selection, with values that Amnesty International published on 2021-07-18.
docs/guides/a-leaked-list-story.md uses the folder.
"""

from __future__ import annotations

import random
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pyrage

from phonegen import Phone
from phonegen.ios import datausage, sms
from sousveil.ledger.keys import PrivateKey

RANGES = (("+44207946", 4, 60), ("+33199", 6, 40), ("+120255501", 2, 30))
"""Beginning, further digits, and how many numbers: Ofcom's numbers for drama, ARCEP's for audiovisual works, 555-0100 to -0199."""
LURE, PROCESS = "https://stopsms.biz/q7Rk2", "roleaboutd"
BEGIN, END = datetime(2019, 1, 7, tzinfo=UTC), datetime(2021, 6, 25, tzinfo=UTC)
CLIENTS = ("Client Lime", "Client Slate")
PEOPLE = (
    ("Jana Costa", "journalist", True),
    ("Omar Dahl", "journalist", True),
    ("Petra Noor", "journalist", True),
    ("Luca Ferro", "journalist", True),
    ("Yusuf Lund", "lawyer", False),
    ("Tara Moss", "lawyer", False),
    ("Iris Bell", "lawyer", False),
)
"""Name, category, and whether the phone was attacked. Everybody is invented."""


def numbers(rng: random.Random) -> list[str]:
    """Different numbers of all ranges."""
    made = []
    for begin, digits, count in RANGES:
        below = 10_000 if digits == 6 else 1_000 if digits == 4 else 100  # +33 1 99 00 xx xx, +44 20 7946 0xxx
        made += [f"{begin}{value:0{digits}}" for value in rng.sample(range(below), count)]
    return made


def working_hour(rng: random.Random) -> datetime:
    """A moment of a working day, from 9 to 13 o'clock UTC."""
    while True:
        day = BEGIN + timedelta(days=rng.randrange((END - BEGIN).days))
        if day.weekday() < 5:
            return day + timedelta(hours=9, seconds=rng.randrange(4 * 3600))


def make_phone(folder: Path, seed: int, selected: list[datetime]) -> None:
    """A phone on which a message came after the first selection, and a process ran after the second."""
    rng = random.Random(seed)
    began = [when.timestamp() + rng.randint(30, 110) for when in selected]
    messages = [
        {"at": BEGIN.timestamp() + day * 86_400, "handle": "+12025550199", "text": "Are you at the office tomorrow?"}
        for day in range(0, (END - BEGIN).days, 5)  # a comparison ends where a phone has no record for a week
    ]
    messages.append({"at": began[0], "handle": "+12025550198", "service": "SMS", "text": f"Your parcel waits: {LURE}"})
    traffic = [
        {"process": "apsd", "first": BEGIN.timestamp(), "last": END.timestamp(), "wifi_in": 40_000, "wwan_in": 9_000},
        {"process": PROCESS, "first": began[1], "last": began[1] + 900, "wifi_in": 391_000, "wwan_in": 0},
    ]
    with Phone("14.6", "iPhone11,8", seed=seed, date=datetime(2021, 7, 10, tzinfo=UTC)) as phone:
        phone.database(sms, lambda db: sms.bulk(db, phone.major, messages))
        phone.database(datausage, lambda db: datausage.bulk(db, phone.major, traffic))
        phone.write(folder)


def make_keys(folder: Path) -> None:
    """Three holders, a recovery pair, two newsrooms of two people each; the public parts lie beside them."""
    folder.mkdir(parents=True)
    for name in ("holder1", "holder2", "holder3", "recovery1", "recovery2", "harbour", "northern"):
        identity = pyrage.x25519.Identity.generate()
        _private(folder / f"{name}.txt", f"{identity}\n")
        (folder / f"{name}.pub").write_text(f"{identity.to_public()}\n")
    for name in ("sign1", "sign2", "anna", "ben", "nora", "olaf"):
        key = PrivateKey.new()
        key.save(folder / name)
        (folder / f"{name}.hex").write_text(f"{key.public.raw.hex()}\n")
    for name in ("vault1", "vault2", "exchange1", "exchange2"):
        _private(folder / f"{name}.token", f"{secrets.token_hex(16)}\n")


def _private(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text)


def make(folder: Path) -> None:
    """Write everything into a new folder."""
    rng = random.Random("an invented list")
    listed = numbers(rng)
    own = dict(zip((name for name, _, _ in PEOPLE), listed, strict=False))
    selections = {number: [working_hour(rng) for _ in range(rng.choice((1, 1, 2, 3)))] for number in listed}
    make_keys(folder / "keys")
    for place, (name, _, attacked) in enumerate(PEOPLE, 1):
        if attacked:
            selections[own[name]] = sorted(working_hour(rng) for _ in range(2))
            make_phone(folder / "phones" / str(place), place, selections[own[name]])
    rows = sorted((when, number) for number, times in selections.items() for when in times)
    clients = {number: rng.choice(CLIENTS) for number in listed}
    with (folder / "list.csv").open("w", encoding="utf-8") as file:
        file.write("number,selected at,client\n")
        file.writelines(f"{number},{when:%Y-%m-%d %H:%M:%S}Z,{clients[number]}\n" for when, number in rows)
    people = [f"{own[name]}|{name}|{category}" for name, category, _ in PEOPLE]
    (folder / "people.txt").write_text("\n".join(people) + "\n", encoding="utf-8")
    book = [own["Jana Costa"], own["Tara Moss"], "+12025550199", "+442079460999", "+33199009999"]
    (folder / "contacts.vcf").write_text("".join(f"TEL:{number}\n" for number in book), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make(Path(sys.argv[1]))
