"""What apps listen to: the resolver tables of the package manager (dumpsys package)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.kinds import BundleId, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Listens(Record):
    """One component of an app that answers to an action, a scheme or a type."""

    package: BundleId
    component: Label
    action: Label
    """Such as android.provider.Telephony.SMS_RECEIVED, or a scheme."""
    table: Label
    """`Activity`, `Receiver`, `Service` or `Provider`."""
    list: Label
    """The list in the table, such as Non-Data Actions or Schemes."""


_TABLE = lazy_pattern(r"(Activity|Receiver|Service|Provider) Resolver Table:")
_LIST = lazy_pattern(r"  ([A-Z][\w\- ]{2,40}):\Z")
_ACTION = lazy_pattern(r"      (\S.{0,300}):\Z")
_COMPONENT = lazy_pattern(r"        [0-9a-f]+ ([A-Za-z][\w.]{0,254})/([\w.$]{1,254})")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The rows of the four tables."""
    table = listed = action = ""
    for number, line in text.lines():
        if line[:1] not in ("", " "):
            heading = _TABLE.match(line)
            table, listed, action = heading[1] if heading else "", "", ""
        elif not table:
            continue
        elif name := _LIST.match(line):
            listed, action = name[1], ""
        elif name := _ACTION.match(line):
            action = name[1]
        elif (found := _COMPONENT.match(line)) and action:
            component = f"{found[1]}/{found[2]}"
            values = {"package": found[1], "component": component, "action": action, "table": table, "list": listed}
            yield Row(values, line=number)


ARTEFACT = Artefact(
    name="android.receivers",
    title="What apps listen to",
    needs={"main": (At.section("package"),)},
    record=Listens,
    role=Role.INSTALLED,
    read=section_rows(parse),
    seen=(Seen(versions="Android 10", basis="seen on a real phone", verified=True),),
    means="The name of a published app shows that it is installed. Listening to messages or calls alone is no sign of spyware.",
)
