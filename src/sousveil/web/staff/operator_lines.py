"""Lines of the operator's log as sentences: what happened, and what there is to do.

The log is written by programs, in one line with a code. Whoever reads it on the page knows neither.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from sousveil.kinds import visible
from sousveil.web.site import Site
from sousveil.web.staff.names import captions

KINDS = {"mail": "A mail", "webhook": "A call of a webhook"}
_DELIVERY = re.compile(
    r"(?P<kind>mail|webhook) (?P<id>[0-9a-f]{8,64})(?: \((?P<key>.*?)\))?(?:: (?P<why>.*))?", re.DOTALL
)
_REFUSED = re.compile(r"refused: (?:(?P<field>[^\s:]{0,200}): )?(?P<why>.*)", re.DOTALL)
_ADDRESS = re.compile(r"\S*[^\s.:][.:@/][^\s.:]")
"""A text that begins with a host name, an address or a path, which keeps its letters."""
_RECORD = re.compile(r"\bsv-[0-9a-f]{24}\b")
_JUDGE = re.compile(r"licences to judge anew since entry (?P<since>[0-9]+): (?P<ids>[^;]*); see licences/review")
WITNESSES = {
    "witness_silent": "Ask whoever runs this witness. It is said here once, until the witness answers again; the log goes on without it.",
    "witness_refuses": "Ask whoever runs this witness whether it knows the log's key. The log goes on without it.",
    "witness_ahead": "The witness has seen a longer log than is here: was an old backup put back? Publish nothing until that is clear.",
    "witness_other_history": "The witness has seen another log under this name. Publish nothing until that is clear, and say so in public.",
    "two_histories": "Either an old state of this log was put back, or somebody was shown another log than others. Keep the file that is "
    "named here, publish nothing until that is clear, and say so in public.",
}
"""Code of a line about a witness -> what there is to do."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    at: str
    says: str
    """What happened."""
    do: str
    """What there is to do."""
    detail: str
    """Code and line as they were written, for whoever looks for it in files."""


def addressed(kind: str, to: str) -> str:
    """A delivery by what it is and where it goes."""
    return f"A call of a webhook to {to}" if kind == "webhook" else f"A mail to {to}"


def told(site: Site, lines: Sequence[tuple[str, str, str]]) -> list[Told]:
    """Lines (time, code, text) in words; records are called by their names."""
    names = captions(site, [id for _, _, line in lines for id in _RECORD.findall(line)])
    found = []
    for at, code, line in lines:
        says, do = _words(code, _RECORD.sub(lambda one: names.get(one[0], one[0]), line.strip()))
        found.append(Told(at=at, says=says, do=do, detail=f"{code}: {visible(line)}"))
    return found


def _words(code: str, line: str) -> tuple[str, str]:
    if code.startswith("delivery_") and (found := _DELIVERY.fullmatch(line)):
        return _delivery(code, KINDS[found["kind"]], _sentence(found["why"] or ""))
    if code == "rejudge" and (found := _JUDGE.fullmatch(line)):
        return (
            f"New entries bear on licences that are in use: {found['ids'].strip()}.",
            "Their State decides anew. They stand on the page “Licences to review”; nothing is decided here.",
        )
    if code == "web_failed":
        return (
            f"A page could not be shown because of a fault in the program ({line}).",
            (
                "Where somebody was handing something in, it may have been taken or not: what the log shows was taken, "
                "anything else has to be "
                "handed in again. If this line comes again, tell whoever maintains the program, with this line."
            ),
        )
    if code == "watch":
        return (
            f"The watch on companies found: {_sentence(line)}",
            "The page “Watch” shows what is due and who is to be told.",
        )
    if found := _REFUSED.fullmatch(line):
        return (
            f"Something that was handed in was not taken: {_sentence(found['why'])}",
            "Whoever handed it in was told the same. There is nothing to do unless they ask, or unless it comes again and again.",
        )
    if code == "clock_behind":
        return (
            f"This machine's clock is behind: {line}.",
            "Set the clock of this machine. Until it has passed that time, new entries carry the time of the last one.",
        )
    if code in WITNESSES:
        return _of_witness(code, line), WITNESSES[code]
    return _sentence(line), "Nothing is known here about such a line; ask whoever maintains the program."


def _of_witness(code: str, line: str) -> str:
    name, apart, why = line.partition(": ")
    if code == "two_histories":  # whoever showed the other history may well have signed this one
        return _sentence(why if apart else line)
    if not apart:
        return f"A witness did not sign the newest state of the log. {_sentence(line)}"
    return f"The witness {visible(name)} did not sign the newest state of the log. {_sentence(why)}"


def _delivery(code: str, what: str, why: str) -> tuple[str, str]:
    if code == "delivery_dropped":
        return (
            f"{what} that could not be delivered was dropped by an operator. Its address and content are deleted.",
            "There is nothing more to do. Whoever should have had it has to be told in another way.",
        )
    if code == "delivery_held_back":
        return (
            f"{what} was not sent, because it may not leave as things stand now. {why}",
            "It stands under “Given up” above. Put right what is said here and try it again, or drop it.",
        )
    return (
        f"{what} could not be delivered, and is not tried any more. {why}",
        "It stands under “Given up” above, until it is tried again or dropped.",
    )


def _sentence(text: str) -> str:
    text = visible(text.strip())
    first = text if _ADDRESS.match(text) else text[:1].upper() + text[1:]
    return first + ("" if not text or text[-1] in ".!?" else ".")
