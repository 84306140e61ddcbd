"""WhatsApp's hidden identifiers and the numbers behind them: LID.sqlite."""

from __future__ import annotations

from sousveil.artefacts.ios.whatsapp import APPS, GROUP
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Handle, MacTime, Name, PhoneNumber, Role
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class Identity(Record):
    """One hidden identifier."""

    lid: Handle | None
    phone_number: PhoneNumber | None
    display_name: Name | None
    created: MacTime | None
    """When the phone learnt it."""


ARTEFACT = Artefact(
    name="ios.whatsapp_lids",
    title="WhatsApp hidden identifiers",
    needs={"main": (At.group(GROUP, "LID.sqlite"),)},
    record=Identity,
    role=Role.CONTACTED,
    read=sqlite(
        Layout(
            name="accounts",
            source="ZWAZACCOUNT",
            columns={"lid": "ZWAZACCOUNT.ZIDENTIFIER", "phone_number": "ZWAZACCOUNT.ZPHONENUMBER"},
            optional={"display_name": "ZWAZACCOUNT.ZDISPLAYNAME", "created": "ZWAZACCOUNT.ZCREATEDAT"},
            extra=("ZWAZACCOUNT",),
        ),
        Layout(
            name="pairs",
            source="ZWAPHONENUMBERLIDPAIR",
            columns={"lid": "ZWAPHONENUMBERLIDPAIR.ZLID", "phone_number": "ZWAPHONENUMBERLIDPAIR.ZPHONENUMBER"},
            optional={"created": "ZWAPHONENUMBERLIDPAIR.ZTIMESTAMP"},
            extra=("ZWAPHONENUMBERLIDPAIR",),
        ),
    ),
    events=(Event(at="created", says="WhatsApp learnt an account's hidden identifier"),),
    expected=Expected(app=APPS, optional="older versions of WhatsApp have no hidden identifiers"),
    seen=(
        Seen(versions="iOS 15 to 26", basis="layout from public readers of the two tables, recalled", verified=False),
    ),
    means="Which number stands behind an identifier. It shows no contact by itself.",
)
