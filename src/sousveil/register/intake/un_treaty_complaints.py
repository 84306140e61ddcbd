"""United Nations treaties: which States let people complain to a UN committee, as of August 2022.

Only the five procedures are taken over by which a person can complain. That a State is a party is no path that is known to be open: the
record says so, and bids the reader look at the treaties' own page.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILE = "ratifications.csv"
_PAGE = "https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&chapter=4&mtdsg_no="
DATASET = Dataset(
    name="un-treaty-complaints",
    title="UN committees that hear complaints, by State",
    publisher="United Nations Treaty Collection (copy by World Politics Data Lab)",
    source="https://treaties.un.org/Pages/Treaties.aspx?id=4",
    copy="https://github.com/world-politics-datalab/humanrights-treaties-ratification-status/tree/fdb779e6a4a121c3024b4a72e72833a448a2b62d",
    licence="None stated: facts only",
    licence_stated=False,
    licence_url="https://treaties.un.org/",
    attribution="United Nations Treaty Collection; copy of August 2022 by World Politics Data Lab",
    context=True,
    snapshot="2022-08-25",
    rows=2895,
    class_="surveillance",
    coverage=(
        "Parties to five procedures by which a person can complain to a UN committee, as of August 2022, with the year and no day. "
        "Declarations under single articles of other treaties and regional courts are not in it."
    ),
    not_used_for="An open path to remedy: States have joined and left since. Check treaties.un.org.",
    files=(
        File(
            name=FILE,
            read=("iso2", "instrument", "status", "year", "check"),
            dropped={"state": "The code names the State.", "note": "Remarks of the copyist on names."},
            least=2_500,
            most=4_000,
        ),
    ),
)
PROCEDURES = {
    "ICCPR-OP1": ("Human Rights Committee", "IV-5"),
    "ICESCR-OP": ("Committee on Economic, Social and Cultural Rights", "IV-3-a"),
    "OP-CEDAW": ("Committee on the Elimination of Discrimination against Women", "IV-8-b"),
    "OP-CRC-IC": ("Committee on the Rights of the Child", "IV-11-d"),
    "OP-CRPD": ("Committee on the Rights of Persons with Disabilities", "IV-15-a"),
}
"""Instrument by which a person can complain -> committee, and number of its page at the Treaty Collection."""
STATUS = frozenset({"party", "signatory", "none", "denounced"})


def read(source: Source) -> Iterator[Statement]:
    """The committees, and a record for each State that is a party to a procedure."""
    rows = list(source.table(FILE))
    speaker = Speaker(DATASET, source.sha256(FILE), standing=Standing.REPORTED)
    for instrument, (committee, number) in PROCEDURES.items():
        body = entity_id(DATASET.name, "committee", instrument)
        yield speaker.say(body, "Organization", "name", committee, source=_PAGE + number)
    for row in rows:
        code = country(row["iso2"])
        if row["status"] not in STATUS or code is None:
            raise Malformed(
                f"{FILE}: “{row['iso2'][:8]}”, “{row['status'][:20]}” is no status of a State.",
                hint="Fetch the data set again; nothing of it was stored.",
            )
        if row["instrument"] not in PROCEDURES:
            source.leave_out("no_complaints")
        elif row["status"] != "party":
            source.leave_out("no_party")
        else:
            yield from _path(speaker, row, code)


def _path(speaker: Speaker, row: dict[str, str], code: str) -> Iterator[Statement]:
    instrument = row["instrument"]
    committee, number = PROCEDURES[instrument]
    yield from speaker.record(
        entity_id(DATASET.name, code, instrument),
        "RemedyPath",
        source=_PAGE + number,
        name=f"{committee}: complaints by individuals ({instrument})",
        pathKind="treaty-body",
        body=entity_id(DATASET.name, "committee", instrument),
        against="host",
        country=code,
        startDate=row["year"] or None,
        sourceUrl=_PAGE + number,
        howTo="As of August 2022 the State was a party. Check treaties.un.org before you complain.",
        note=f"Check: {row['check']}." if row["check"] else None,
    )


INTAKE = Intake(DATASET, read)
