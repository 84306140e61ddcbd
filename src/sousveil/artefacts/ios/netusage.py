"""Traffic of each program over mobile data and Wi-Fi, netusage.sqlite: only dumps of a file system have it."""

from __future__ import annotations

import msgspec

from sousveil.artefacts.ios.datausage import ARTEFACT as DATAUSAGE
from sousveil.artefacts.model import At, Expected, Seen

ARTEFACT = msgspec.structs.replace(
    DATAUSAGE,
    name="ios.netusage",
    title="Network traffic of each program",
    needs={
        "main": (
            At.ios("/private/var/networkd/netusage.sqlite"),
            At.ios("/private/var/networkd/db/netusage.sqlite"),
        )
    },
    expected=Expected(optional="not every tool copies the folder of the network services"),
    acquisitions=("dump",),
    seen=(Seen(versions="iOS 14", basis="seen on a real phone: published test image", verified=True),),
    means="A published program name shows that a program of that name ran and used the network. System updates remove rows, so "
    "an absent name does not show that the program never ran.",
)
