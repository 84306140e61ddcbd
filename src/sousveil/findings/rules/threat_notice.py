"""Messages that read like a maker's warning of an attack by spyware or by a state: Apple, Google, Meta, WhatsApp.

They are no findings: they go into the context of the verdict, because such warnings are forged too. Looked for in
received
messages only; who forwards or quotes one has not been warned. The wordings are those that the press and Amnesty printed
(Apple 2021 to 2025, Google, WhatsApp 2019 and 2025); those in other languages than English are recalled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from sousveil.acquisition.model import Device
from sousveil.findings.literals import Literals
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule, joined
from sousveil.kinds import Role
from sousveil.texts import t

MAX_NOTICES = 50
"""Messages that are named one by one."""
APPLE_SENDERS = frozenset({"threat-notifications@email.apple.com", "threat-notifications@apple.com"})
"""Senders that Apple uses for these notices (recalled); a sender can be forged."""

_TOLD = (
    "you are being targeted by",
    "may be targeting your iphone",
    "spyware attack against your iphone",
    "remotely compromise the iphone associated with your apple",
)
_MERCENARY = (
    "mercenary spyware",
    "state-sponsored attackers",
    "logiciel espion mercenaire",
    "logiciels espions mercenaires",
    "attaquants parrainés par un état",
    "spyware mercenario",
    "aggressori sponsorizzati",
    "software espía mercenario",
    "atacantes patrocinados por",
    "spyware mercenário",
    "söldner-spyware",
    "söldnerspyware",
    "staatlich unterstützte angreifer",
    "наёмнического шпионского",
    "шпионского по наемников",
    "برامج التجسس المرتزقة",
    "傭兵型スパイウェア",
    "雇佣间谍软件",
)
_WORDINGS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    # Maker, then groups: of each group one must occur.
    ("Apple", (("apple",), ("spyware", "state-sponsored"), _TOLD)),
    (
        "Apple",
        (
            ("apple",),
            ("iphone",),
            tuple(w for w in _MERCENARY if w not in ("mercenary spyware", "state-sponsored attackers")),
        ),
    ),
    (
        "Google",
        (
            ("google",),
            ("government-backed attackers", "government-backed attack"),
            ("your account", "your password", "your gmail"),
        ),
    ),
    (
        "WhatsApp",
        (
            ("whatsapp",),
            ("spyware", "advanced cyber actor", "malicious message"),
            (
                "attacked your device",
                "malicious message may have been sent to you",
                "your device may have been",
                "you may have received a malicious file",
                "may have affected you",
                "compromise your device",
            ),
        ),
    ),
    (
        "Meta",
        (
            ("facebook", "instagram", "meta "),
            ("state-sponsored", "government-backed", "surveillance-for-hire", "sophisticated attacker"),
            ("your account", "you may have been targeted"),
        ),
    ),
)
MAKERS = frozenset(name for name, _ in _WORDINGS)
"""Whose warnings are known."""
_COMMON = (
    "spyware",
    "state-sponsored",
    "government-backed",
    "advanced cyber actor",
    "malicious message",
    "surveillance-for-hire",
    "sophisticated attacker",
)
_MARKS = (*_COMMON, *(word for word in _MERCENARY if not any(mark in word for mark in _COMMON)))
"""A text without any of these is no warning."""
_RECEIVED = Role.RECEIVED.value


@cache
def _marks() -> Literals:
    forms = {form for mark in _MARKS for form in (mark, mark.capitalize(), mark.title(), mark.upper())}
    return Literals(form.encode() for form in (*_MARKS, *sorted(f for f in forms if not f.isascii())))


@cache
def _senders() -> Literals:
    return Literals(sender.encode() for sender in APPLE_SENDERS)


def maker(text: str) -> str | None:
    """Whose warning a text reads like, or None."""
    plain = text.casefold().replace("\u2019", "'").replace("\u00a0", " ")
    for name, groups in _WORDINGS:
        if all(any(word in plain for word in group) for group in groups):
            return name
    return None


def _from_apple(sender: object) -> bool:
    return isinstance(sender, str) and sender.casefold().removeprefix("mailto:") in APPLE_SENDERS


def _keep(text_field: str, sender_field: str) -> Callable[[Columns], Iterable[int]]:
    def keep(columns: Columns) -> Iterable[int]:
        from_apple, marked = (
            _senders().any(joined(columns, sender_field)),
            _marks().any(joined(columns, text_field)),
        )
        if not from_apple and not marked:  # so it is with nearly every batch: then no row is looked at
            return []
        texts, senders, roles = columns[text_field], columns[sender_field], columns["role"]
        return [
            at
            for at, role in enumerate(roles)
            if role == _RECEIVED
            and ((from_apple and _from_apple(senders[at])) or (marked and texts[at] and maker(texts[at])))
        ]

    return keep


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    rows = [(row, "handle") for row in kept["sms"]] + [(row, "from_jid") for row in kept["whatsapp"]]
    seen: set[tuple[str, int | None]] = set()
    for row, sender in rows:
        place = (row.source.file, row.row.get("message_id") or row.source.row)
        if place in seen:  # a message with several data items has several rows
            continue
        seen.add(place)
        if len(seen) > MAX_NOTICES:
            return
        whose = maker(str(row.row.get("text") or "")) or "Apple"
        says = t("rule.threat-notice.says", maker=whose, place=t(f"rule.threat-notice.{whose}"))
        if _from_apple(row.row.get(sender)):
            says += " " + t("rule.threat-notice.sender")
        yield Hit(
            rows=(row,),
            at=row.row.get("date"),
            notice=True,
            kind="threat_notice",
            says=says,
        )


RULE = Rule(
    name="threat-notice",
    title="Message that reads like a maker's warning of an attack",
    shows=Shows.CONTACT,
    strength=Strength.WEAK,
    reads={
        "sms": Reads(artefact="ios.sms", columns=("text", "handle", "role", "date"), keep=_keep("text", "handle")),
        "whatsapp": Reads(
            artefact="ios.whatsapp",
            columns=("text", "from_jid", "role", "date", "message_id"),
            keep=_keep("text", "from_jid"),
        ),
    },
    find=_find,
    innocent=(
        "Somebody forged the warning to make the person open a link.",
        "Somebody passed on the text of a warning that another person got.",
    ),
    basis="Wording of Apple's notices as printed by Amnesty (2024-04) and the press (2024-04, 2025-05); WhatsApp's "
    "as printed in 2019 and 2025, recalled.",
)
