"""What was learned about a copy of a phone that limits every result: in sentences, and in coverage.

A worker names each limit by its id; the sentences stand here, because no text of a worker is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.acquisition.model import Device, Limit
from sousveil.artefacts.model import KNOWN_SYSTEMS
from sousveil.cases.model import LOCKED, Coverage, Outcome
from sousveil.errors import Locked, NoPassword, WrongKey, WrongPassword
from sousveil.kinds import visible
from sousveil.texts import t

_LOCKED = {NoPassword: "no_password", WrongPassword: "password", WrongKey: "key_file"}
_SYSTEM = ("system_older", "system_newer")
_RESULTS = ("second_hand", "results_unread")
KNOWN = {"ios": KNOWN_SYSTEMS, "android": (5, 16)}
"""First and last major version of each system that the artefacts are written for."""


def sentence(limit: Limit) -> str:
    """A limit in a sentence."""
    values = {name: visible(value, 500) for name, value in limit.values.items()}
    try:
        return t(f"limit.{limit.id}", **values)
    except (KeyError, ValueError, IndexError):
        return t("limit.unknown")


def locked_limit(error: Locked, source: str) -> Limit:
    """Why a backup was not opened. `source`: where the password came from."""
    reason = _LOCKED.get(type(error), "keys")
    values = {"password": {"source": source}, "keys": {"reason": error.message}}
    return Limit(id=f"{LOCKED}{reason}", values=values.get(reason, {}))


def system_limits(device: Device) -> tuple[Limit, ...]:
    """The limit of a phone whose system is older or newer than those that artefacts are written for."""
    oldest, newest = KNOWN.get(device.platform, KNOWN_SYSTEMS)
    if not device.version or oldest <= device.version[0] <= newest:
        return ()
    values = {"version": device.product_version or "", "oldest": str(oldest), "newest": str(newest)}
    return (Limit(id="system_older" if device.version[0] < oldest else "system_newer", values=values),)


def coverage_of(limits: Sequence[Limit]) -> tuple[Coverage, ...]:
    """The coverage lines of what was learned while opening: they forbid exit code 0."""
    lines = []
    for artefact, outcome, some in (
        ("backup", Outcome.FAILED, [limit for limit in limits if limit.id not in _SYSTEM + _RESULTS]),
        ("system", Outcome.UNSUPPORTED, [limit for limit in limits if limit.id in _SYSTEM]),
        ("results", Outcome.UNSUPPORTED, [limit for limit in limits if limit.id in _RESULTS]),
    ):
        if some:
            detail = " ".join(map(sentence, some))
            lines.append(Coverage(artefact=artefact, outcome=outcome, records=0, detail=detail))
    return tuple(lines)
