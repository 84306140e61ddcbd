"""What stands in the operator's log as a program wrote it, and what the page says of it: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.register import outbox
from sousveil.register.register import Register
from sousveil.web.site import Site
from sousveil.web.staff.operator_lines import addressed, told
from tests.register.maker import said

ID = "sv-" + "0" * 24
ABOVE = "It stands under “Given up” above, until it is tried again or dropped."
LINES = {
    ("delivery_dropped", "mail 90b57a4695221891cd195bd46f6b"): (
        "A mail that could not be delivered was dropped by an operator. Its address and content are deleted.",
        "There is nothing more to do. Whoever should have had it has to be told in another way.",
    ),
    ("delivery_dead", "webhook 90b57a4695221891cd195bd46f6b: the address answered 404"): (
        "A call of a webhook could not be delivered, and is not tried any more. The address answered 404.",
        ABOVE,
    ),
    ("delivery_held_back", "mail 90b57a4695221891cd195bd46f6b (notice/1): a review was taken back"): (
        "A mail was not sent, because it may not leave as things stand now. A review was taken back.",
        "It stands under “Given up” above. Put right what is said here and try it again, or drop it.",
    ),
    ("rejudge", f"licences to judge anew since entry 4: {ID}; see licences/review"): (
        "New entries bear on licences that are in use: Grey Wire Ltd.",
        "Their State decides anew. They stand on the page “Licences to review”; nothing is decided here.",
    ),
    ("web_failed", "RuntimeError at pages.py:7"): (
        "A page could not be shown because of a fault in the program (RuntimeError at pages.py:7).",
        (
            "Where somebody was handing something in, it may have been taken or not: what the log shows was taken, anything else has to be "
            "handed in again. If this line comes again, tell whoever maintains the program, with this line."
        ),
    ),
    ("watch", f"{ID}: a planned event, and no regulator was told"): (
        "The watch on companies found: Grey Wire Ltd: a planned event, and no regulator was told.",
        "The page “Watch” shows what is due and who is to be told.",
    ),
    ("no_ground", "refused: ground: A review names the ground of public interest."): (
        "Something that was handed in was not taken: A review names the ground of public interest.",
        "Whoever handed it in was told the same. There is nothing to do unless they ask, or unless it comes again and again.",
    ),
    ("clock_behind", "the clock says 2026-01-01T00:00:00Z, and the last entry came in at 2026-02-01T00:00:00Z"): (
        "This machine's clock is behind: the clock says 2026-01-01T00:00:00Z, and the last entry came in at 2026-02-01T00:00:00Z.",
        "Set the clock of this machine. Until it has passed that time, new entries carry the time of the last one.",
    ),
    ("witness_silent", "north.example: no answer"): (
        "The witness north.example did not sign the newest state of the log. No answer.",
        "Ask whoever runs this witness. It is said here once, until the witness answers again; the log goes on without it.",
    ),
    (
        "two_histories",
        (
            "north.example: The key of this log has signed a checkpoint over 7 entries that is not part of this log: the "
            "witness north.example "
            "showed it, and it is kept in /r/evidence/1.checkpoint. There are two histories, and nothing more is signed."
        ),
    ): (
        (
            "The key of this log has signed a checkpoint over 7 entries that is not part of this log: the witness "
            "north.example showed it, and "
            "it is kept in /r/evidence/1.checkpoint. There are two histories, and nothing more is signed."
        ),
        (
            "Either an old state of this log was put back, or somebody was shown another log than others. Keep the file "
            "that is named here, "
            "publish nothing until that is clear, and say so in public."
        ),
    ),
    ("delivery_dead", "mail 90b57a4695221891cd195bd46f6b: mx.example.net refused it"): (
        "A mail could not be delivered, and is not tried any more. mx.example.net refused it.",
        ABOVE,
    ),
    ("unheard_of", "x"): ("X.", "Nothing is known here about such a line; ask whoever maintains the program."),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lines") / "register"
    with Register.init(
        folder, title="L", origin="lines.example/log", example=True, owner="The operator", gate=gate
    ) as register:
        register.publish([said(ID, "Company", "name", "Grey Wire Ltd", publisher="The operator")], receipt=False)
    opened = Site.open(folder)
    yield opened
    opened.register.close()


@pytest.mark.parametrize("written", LINES)
def test_a_line_says_what_happened_and_what_to_do(site: Site, written: tuple[str, str]) -> None:
    (line,) = told(site, [("2026-11-27T10:00:00Z", *written)])
    assert (line.says, line.do) == LINES[written]
    assert line.detail == f"{written[0]}: {written[1]}"


def test_what_the_outbox_writes_is_read(tmp_path: Path) -> None:
    with Register.init(
        tmp_path / "r",
        title="L",
        origin="lines.example/log",
        example=True,
        owner="The operator",
        contact="a@b.example",
        gate=gate,
    ) as register:
        dead = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
        register.store.db.execute("UPDATE outbox SET kind = 'mail.dead' WHERE id = ?", (dead,))
        outbox.drop(register, dead)
        lines = register.store.operator_lines()
    opened = Site.open(tmp_path / "r")
    (line,) = told(opened, lines)
    opened.register.close()
    assert (line.says, line.do) == LINES["delivery_dropped", "mail 90b57a4695221891cd195bd46f6b"]
    assert addressed("mail", "a@example.net") == "A mail to a@example.net"
    assert addressed("webhook", "https://x.example") == "A call of a webhook to https://x.example"
