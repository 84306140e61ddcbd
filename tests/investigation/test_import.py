"""Numbers, times and lists as they are met: what is certain becomes E.164, everything else is kept as written."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import phonenumbers
import pytest

from sousveil.errors import Usage
from sousveil.investigation.importing import Import, Selection, Settings, import_list, selections
from sousveil.investigation.listing import COLUMNS_MOST, LINE_MOST
from sousveil.investigation.numbers import Recovery, State, check_country, read_number
from sousveil.investigation.times import Certainty, Order, read_time, zone_named
from sousveil.investigation.vault import Vault, utc_now
from tests.investigation.drawn import CHANCE, holders, national, number, numbers

NOW = utc_now()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    people = holders(tmp_path, 2)
    Vault.create(tmp_path / "vault", [one.recipient for one in people], now=NOW)
    with Vault.open(tmp_path / "vault", [people[0].identity], [people[1].identity]) as vault:
        yield vault


def imported(vault: Vault, data: str | bytes, settings: Settings | None = None) -> tuple[Import, list[Selection]]:
    """The import of a list with this content, and its rows."""
    path = vault.folder.parent / f"list-{len(vault.index.imports)}.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    made = import_list(vault, path, settings or Settings(), now=NOW)
    return made, [row for item, batch in selections(vault) if item.id == made.id for row in batch]


@pytest.mark.parametrize("country", ["GB", "FR", "MX", "IN", "US", "HU", "MA", "IT", "DE"])
def test_a_number_is_e164_however_it_is_written(country: str) -> None:
    e164 = number(country)
    parsed = phonenumbers.parse(e164, None)
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    arabic = e164.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    forms = [e164, international, "00" + e164[1:], f'="{e164}"', f"'{e164}", f" {e164}\u200e ", f"tel:{e164}", arabic]
    for written in forms:
        read = read_number(written)
        assert (read.state, read.e164, read.country, read.recovery) == (State.VALID, e164, country, "")
    local = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert read_number(local, country).e164 == e164
    assert read_number(local).state is read_number(national(e164)).state is State.AMBIGUOUS


def test_a_spreadsheets_damage_is_undone_with_the_country_only() -> None:
    e164 = "+4477009" + f"{CHANCE.randrange(101, 999):05}"  # reserved for fiction: +44 7700 900000 to 900999
    digits, exponent = e164[1:], f"{e164[1]}.{e164[2:]}E+11"
    for written, recovery in [
        (digits, Recovery.PLUS),
        (digits[2:], Recovery.ZERO),
        (exponent, Recovery.EXPONENT),
        (exponent.replace(".", ",").replace("+", ""), Recovery.EXPONENT),
        (f"{digits}.0", Recovery.DECIMAL),
    ]:
        read = read_number(written, "GB")
        assert (read.e164, read.recovery) == (e164, recovery), written[-3:]
        without = read_number(written)
        assert (without.state, without.e164, without.recovery) == (State.AMBIGUOUS, "", "")
    assert read_number("0" + digits[2:], "GB").recovery is Recovery.NONE
    for lost in ("4.477E+11", "4.47700900E+11", "4E+11", "4.477009001234E+11"):
        assert read_number(lost, "GB").state is State.MALFORMED


def test_a_foreign_number_without_its_plus_is_recovered_in_a_column_of_a_country() -> None:
    french = number("FR")
    read = read_number(french[1:], "GB")
    assert (read.e164, read.country, read.recovery) == (french, "FR", Recovery.PLUS)


def test_digits_that_fit_two_countries_stay_ambiguous() -> None:
    both = []
    while len(both) < 3:  # a Danish number with its plus sign lost, or an American one
        digits = "45" + f"{CHANCE.randrange(10**8):08}"
        fits = [
            candidate
            for candidate in (phonenumbers.parse("+" + digits, None), phonenumbers.parse(digits, "US"))
            if phonenumbers.is_valid_number(candidate)
        ]
        if len(fits) == 2:
            both.append(digits)
    for digits in both:
        assert read_number(digits, "US").state is State.AMBIGUOUS
        assert read_number(f"({digits[:3]}) {digits[3:6]}-{digits[6:]}", "US").country == "US"
        assert read_number(digits, "DK").country == "DK"


def test_a_range_that_is_not_in_use_is_kept_as_doubtful() -> None:
    e164 = "+4477009" + f"{CHANCE.randrange(101, 999):05}"
    assert (read_number(e164).state, read_number(e164).e164) == (State.UNASSIGNED, e164)


@pytest.mark.parametrize("written", ["", "  ", "\u200e"])
def test_an_empty_cell_is_absent(written: str) -> None:
    assert read_number(written, "GB").state is State.ABSENT


@pytest.mark.parametrize(
    "written", ["unknown", "+", "+44", "12", "++44", "1-800-FLOWERS", "9" * 61, "0x44", "n/a", "#NUM!"]
)
def test_what_is_no_number_is_malformed(written: str) -> None:
    read = read_number(written, "GB")
    assert (read.state, read.e164, read.country) == (State.MALFORMED, "", "")


def test_two_numbers_in_a_cell_are_malformed() -> None:
    for mark in ("/", ";", " or ", ", "):
        assert read_number(f"{number()}{mark}{number()}").state is State.MALFORMED


def test_countries_are_checked() -> None:
    assert check_country(" gb ") == "GB"
    for code in ("", "XX", "GBR", "44"):
        with pytest.raises(Usage):
            check_country(code)


def seconds(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("written", "certainty", "moment"),
    [
        ("2019-05-03 14:22:10", Certainty.NO_ZONE, (2019, 5, 3, 14, 22, 10)),
        ("2019/5/3 14:22", Certainty.NO_ZONE, (2019, 5, 3, 14, 22)),
        ("2019-05-03T14:22:10Z", Certainty.ZONED, (2019, 5, 3, 14, 22, 10)),
        ("2019-05-03T14:22:10.5+0200", Certainty.ZONED, (2019, 5, 3, 12, 22, 10)),
        ("2019-05-03T14:22:10-03:30", Certainty.ZONED, (2019, 5, 3, 17, 52, 10)),
        ("25/12/2019 14:22", Certainty.NO_ZONE, (2019, 12, 25, 14, 22)),
        ("12/25/2019 2:22 PM", Certainty.NO_ZONE, (2019, 12, 25, 14, 22)),
        ("12/25/2019 12:22 a.m.", Certainty.NO_ZONE, (2019, 12, 25, 0, 22)),
        ("03.05.2019", Certainty.DAY, (2019, 5, 3)),
        ("05/05/2019", Certainty.DAY, (2019, 5, 5)),
        ("3 May 2019 14:22", Certainty.NO_ZONE, (2019, 5, 3, 14, 22)),
        ("03-May-2019", Certainty.DAY, (2019, 5, 3)),
        ("May 3, 2019 14:22:10", Certainty.NO_ZONE, (2019, 5, 3, 14, 22, 10)),
        ("20190503142210", Certainty.NO_ZONE, (2019, 5, 3, 14, 22, 10)),
        ("20190503", Certainty.DAY, (2019, 5, 3)),
        ("1556893330", Certainty.ZONED, (2019, 5, 3, 14, 22, 10)),
        ("1556893330123", Certainty.ZONED, (2019, 5, 3, 14, 22, 10)),
        ("43588.5", Certainty.NO_ZONE, (2019, 5, 3, 12)),
        ("43588", Certainty.DAY, (2019, 5, 3)),
        ("3/5/2019", Certainty.AMBIGUOUS, None),
        ("31/02/2019", Certainty.UNREADABLE, None),
        ("2019-13-01", Certainty.UNREADABLE, None),
        ("3/5/19", Certainty.UNREADABLE, None),
        ("1019-05-03", Certainty.UNREADABLE, None),
        ("0001-01-01 00:00+14:00", Certainty.UNREADABLE, None),
        ("9999-12-31 23:59-14:00", Certainty.UNREADABLE, None),
        ("2019050314", Certainty.UNREADABLE, None),
        ("14:22", Certainty.UNREADABLE, None),
        ("13/12/2019 14:22 PM", Certainty.UNREADABLE, None),
        ("yesterday", Certainty.UNREADABLE, None),
        ("9" * 61, Certainty.UNREADABLE, None),
        ("", Certainty.ABSENT, None),
    ],
)
def test_times_of_five_forms(written: str, certainty: Certainty, moment: tuple[int, ...] | None) -> None:
    read = read_time(written)
    assert (read.certainty, read.seconds) == (certainty, seconds(*moment) if moment else None)


def test_what_the_holders_know_makes_a_time_certain() -> None:
    paris = zone_named("Europe/Paris")
    assert read_time("3/5/2019 14:22", Order.DAY_FIRST, paris).seconds == seconds(2019, 5, 3, 12, 22)
    assert read_time("3/5/2019 14:22", Order.MONTH_FIRST, paris).seconds == seconds(2019, 3, 5, 13, 22)
    assert read_time("2019-05-03T14:22Z", zone=paris).seconds == seconds(2019, 5, 3, 14, 22)
    for year in ("0001", "9999"):
        assert read_time(f"{year}-01-01 00:00", zone=zone_named("Asia/Tokyo")).certainty is Certainty.UNREADABLE
        assert read_time(f"{year}-12-31 23:59", zone=zone_named("America/New_York")).certainty is Certainty.UNREADABLE
    for twice_or_never in ("2019-10-27 02:30", "2019-03-31 02:30"):
        assert read_time(twice_or_never, zone=paris).certainty is Certainty.AMBIGUOUS
    with pytest.raises(Usage):
        zone_named("Europe/Nowhere")


def test_every_row_is_kept_as_written_and_as_read(vault: Vault) -> None:
    one, two = numbers(2)
    data = f"Note;Phone;Selected at;Client;Note\na;{one};2019-05-03 14:22;Client A;x\nb;{two[1:]};3/5/2019;Client B;\n;;;;\n"
    made, rows = imported(vault, data + "c;none;;Client A;z\n", Settings(source="an envelope"))
    assert [(row.line, row.written, row.state, row.e164, row.client, row.others) for row in rows] == [
        (2, one, "valid", one, "Client A", ["a", "x"]),
        (3, two[1:], "ambiguous", "", "Client B", ["b", ""]),
        (5, "none", "malformed", "", "Client A", ["c", "z"]),
    ]
    assert [(row.written_time, row.certainty, row.seconds) for row in rows] == [
        ("2019-05-03 14:22", "no_zone", seconds(2019, 5, 3, 14, 22)),
        ("3/5/2019", "ambiguous", None),
        ("", "absent", None),
    ]
    assert made.columns == ("Note", "Note (2)") and made.source == "an envelope" and made.rows == 3
    assert made.counts == {
        "number.valid": 1,
        "number.ambiguous": 1,
        "number.malformed": 1,
        "time.no_zone": 1,
        "time.ambiguous": 1,
        "time.absent": 1,
        "file.blank": 1,
    }
    assert made.unread == ((3, "number.ambiguous"), (5, "number.malformed"))


def test_nothing_of_a_lists_file_is_kept_but_its_hash_and_size(vault: Vault) -> None:
    made, _ = imported(vault, f"number\n{number()}\n")
    fields = {"id", "imported", "source", "sha256", "size", "columns", "rows", "segments", "counts", "unread"}
    assert set(made.__struct_fields__) == fields and made.size == len(f"number\n{number()}\n")
    with pytest.raises(Usage, match="already"):
        import_list(vault, vault.folder.parent / "list-0.csv", Settings(), now=NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(vault: Vault, encoding: str, end: str) -> None:
    values = numbers(2)
    text = end.join(["number,client", f"{values[0]},Société", f"{values[1]},Société"]) + end
    made, rows = imported(vault, text.encode(encoding))
    assert [(row.e164, row.client) for row in rows] == [(value, "Société") for value in values]
    assert made.counts.get("file.other_encoding", 0) == (2 if encoding == "cp1252" else 0)


def test_a_file_of_two_encodings_is_read_line_by_line(vault: Vault) -> None:
    values = numbers(3)
    lines = [
        b"number,client",
        f"{values[0]},é".encode(),
        f"{values[1]},é".encode("cp1252"),
        values[2].encode() + b",\x81",
    ]
    made, rows = imported(vault, b"\n".join(lines))
    assert [row.client for row in rows] == ["é", "é", "\x81"]
    assert [row.e164 for row in rows] == values and made.counts["file.other_encoding"] == 2


def test_an_open_quotation_mark_swallows_no_rows(vault: Vault) -> None:
    values = numbers(200)
    lines = [f"{value},{chr(34) if place == 3 else ''}note" for place, value in enumerate(values)]
    made, rows = imported(vault, "number,note\n" + "\n".join(lines) + "\n")
    assert [row.e164 for row in rows] == values
    assert made.counts["file.unclosed"] == 1


@pytest.mark.parametrize(
    ("header", "row", "stray"),
    [
        ("number,client", "{value},A", '"{value},A'),
        ("client,number", "A,{value}", '"A,{value}'),
        ("number,note", "{value},A", '{value},"A'),
        ("number,note", "{value},A", '{value},"'),
        ("number,note", '{value},"a, b"', '{value},"A'),
    ],
)
@pytest.mark.parametrize("places", [(0, 40), (1, 2), (39, 41), (41,)])
def test_stray_quotation_marks_swallow_no_rows(
    vault: Vault, header: str, row: str, stray: str, places: tuple[int, ...]
) -> None:
    values = numbers(42)
    lines = [(stray if place in places else row).format(value=value) for place, value in enumerate(values)]
    made, rows = imported(vault, "\n".join([header, *lines]) + "\n")
    assert [row.e164 for row in rows] == values
    unclosed = len(places) if '"' in row and places != (1, 2) else 1
    assert made.counts["number.valid"] == made.rows == 42 and made.counts["file.unclosed"] == unclosed


def test_a_note_may_have_lines_and_a_number_may_not(vault: Vault) -> None:
    values = numbers(3)
    _, rows = imported(
        vault, f'number,note\n{values[0]},"first\nsecond, with more"\n"{values[1]},\n",x\n{values[2]},y\n'
    )
    assert [(row.line, row.e164) for row in rows if row.e164] == [(2, values[0]), (4, values[1]), (6, values[2])]
    assert rows[0].others == ["first\nsecond, with more"]


def test_a_list_without_a_header_line_shows_and_loses_no_row(vault: Vault) -> None:
    values = numbers(2)
    data = f"{values[0]},2019-05-03 14:22\n{values[1]},2019-05-04 14:22\n"
    for settings in (Settings(), Settings(columns={"number": "1"})):
        with pytest.raises(Usage, match=r"is no header.*: 1, 2") as raised:
            imported(vault, data, settings)
        assert values[0] not in str(raised.value) and "14:22" not in str(raised.value)
    with pytest.raises(Usage, match="Its columns: 1, 2"):
        imported(vault, data, Settings(headed=False))
    made, rows = imported(vault, data, Settings(headed=False, columns={"number": "1", "time": "2"}))
    assert [(row.line, row.e164, row.certainty) for row in rows] == [
        (1, values[0], "no_zone"),
        (2, values[1], "no_zone"),
    ]
    assert made.rows == 2 and made.columns == ()


def test_rows_with_other_cells_than_the_header_are_kept_and_believed_in_nothing(vault: Vault) -> None:
    value = number()
    made, rows = imported(vault, f"number,client\n{value},A,B\n{value},A,\n")
    assert [(row.state, row.e164, row.others) for row in rows] == [
        ("malformed", "", [value, "A", "B"]),
        ("valid", value, []),
    ]
    assert made.counts["file.cells"] == 1 and sum(n for id, n in made.counts.items() if id.startswith("number.")) == 2


def test_a_line_without_end_is_counted_and_not_imported(vault: Vault) -> None:
    value = number()
    made, rows = imported(vault, f"number,note\n{value},{'x' * (3 * LINE_MOST)}\n{value},y\n")
    assert [(row.line, row.others) for row in rows] == [(3, ["y"])]
    assert made.counts["file.long"] == 1 and made.unread == ((2, "long"),)


def test_wide_rows_end_a_segment_and_keep_their_cells_together(vault: Vault) -> None:
    values = numbers(40)
    wide = "," + ",".join(["ab"] * 40_000)
    made, rows = imported(vault, "number,client\n" + "".join(f"{value},A{wide}\n" for value in values))
    assert made.segments == 3  # 40 rows of 120,016 bytes, at most 2 MiB each
    assert [len(row.others) for row in rows] == [COLUMNS_MOST] * 40
    assert [",".join(row.others) for row in rows] == [f"{value},A{wide}" for value in values]


def test_long_cells_are_read_and_not_remembered() -> None:
    value = number()
    assert read_number(" " * 500 + value + "\u200e" * 500).e164 == value
    assert read_number(" " * 500).state is State.ABSENT
    tracemalloc.start()
    try:
        for place in range(100):
            assert read_number(f"{place}".rjust(100_000, "x")).state is State.MALFORMED
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_headers_that_could_be_two_columns_are_refused_until_a_person_chooses(vault: Vault) -> None:
    value = number()
    data = f"number,number,client\nx,{value},A\n"
    with pytest.raises(Usage, match="Several columns"):
        imported(vault, data)
    _, rows = imported(vault, data, Settings(columns={"number": "2"}))
    assert [(row.e164, row.others) for row in rows] == [(value, ["x"])]


def test_a_column_of_countries(vault: Vault) -> None:
    french, british = number("FR"), number("GB")
    data = f"phone,land\n{national(french)},fr\n{national(british)},GB\n{national(british)},Atlantis\n"
    made, rows = imported(vault, data, Settings(columns={"country": "land"}))
    assert [row.e164 for row in rows] == [french, british, ""]
    assert made.counts["file.country"] == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"number\n", b"a,b\n1,2\n", b"PK\x03\x04xxxx", b"age-encryption.org/v1\n", b"," * 600, b"\x00\x00"],
)
def test_what_is_no_list_is_an_error_and_changes_nothing(vault: Vault, data: bytes) -> None:
    with pytest.raises(Usage):
        imported(vault, data)
    assert vault.rows == 0 and [change.what for change in vault.history] == ["create"]


def test_a_folder_and_a_missing_file_are_no_lists(vault: Vault, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(Usage):
            import_list(vault, path, Settings(), now=NOW)


def test_unknown_columns_are_refused(vault: Vault) -> None:
    for name in ("nothing", "0", "3", "9999999999"):
        with pytest.raises(Usage):
            imported(vault, f"number,client\n{number()},A\n", Settings(columns={"client": name}))


def test_progress_is_told_by_rows_and_by_the_part_of_the_file(vault: Vault, tmp_path: Path) -> None:
    value, seen = number(), []
    (tmp_path / "long.csv").write_text("number\n" + f"{value}\n" * 20_000)
    import_list(vault, tmp_path / "long.csv", Settings(), now=NOW, progress=lambda *step: seen.append(step))
    assert [rows for rows, _ in seen] == [10_000, 20_000]
    assert [round(part, 2) for _, part in seen] == [0.5, 1.0]
