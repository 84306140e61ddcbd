"""The reader: every column is read or dropped with a reason; what is broken, short or hostile is refused by name."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Usage
from sousveil.register.export.terms import terms_of
from sousveil.register.intake import Dataset, File, find, intakes
from sousveil.register.intake import source as reading
from sousveil.register.intake.saying import country, link, state_id, year
from sousveil.register.intake.source import Source
from tests.register.intake import invented

DATASET = Dataset(
    name="invented",
    title="Invented",
    publisher="Nobody",
    source="https://example.org/",
    licence="CC0",
    licence_url="https://example.org/",
    attribution="Nobody",
    snapshot="2026-01-01",
    class_="surveillance",
    coverage="Nothing.",
    not_used_for="Anything.",
    files=(
        File(
            name="a.csv",
            read=("name", "year"),
            optional=("year",),
            dropped={"home": "A home address."},
            least=2,
            most=3,
        ),
        File(name="b.json: values", read=("name",), optional=(), dropped={"mail": "A contact."}, part=True),
        File(name="*.md", read=("title",)),
    ),
)


def source(folder: Path, **files: str | bytes) -> Source:
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / name.replace("_", ".")).write_bytes(data)
    return Source(DATASET, folder)


def rows(folder: Path, text: str | bytes) -> list[dict[str, str]]:
    return list(source(folder, a_csv=text).table("a.csv"))


def test_columns_that_are_read_come_trimmed_and_no_others(tmp_path: Path) -> None:
    found = source(tmp_path, a_csv="\ufeffhome,name,year\nX, Ana\xa0,2001\nY,Bo,\n")
    assert list(found.table("a.csv")) == [{"name": "Ana", "year": "2001"}, {"name": "Bo", "year": ""}]
    assert (found.rows, found.counts(), found.warnings) == (2, {"a.csv": 2}, [])


def test_an_optional_column_may_be_missing(tmp_path: Path) -> None:
    assert rows(tmp_path, "name\nAna\nBo\n") == [{"name": "Ana"}, {"name": "Bo"}]


def test_a_new_column_is_not_read_and_said_once(tmp_path: Path) -> None:
    found = source(tmp_path, a_csv="name,secret\nAna,x\nBo,y\n")
    assert list(found.table("a.csv")) == [{"name": "Ana"}, {"name": "Bo"}]
    assert found.warnings == [
        "invented: a.csv has a new column “secret”; it is not read. Read it or name it in `dropped` with a reason."
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("year,home\n1,2\n", "a.csv: the column “name” is missing."),
        ("name,name\n1,2\n", "a.csv: the column “name” is there twice."),
        ("name,year\n1\n", "a.csv, line 2: 1 columns where there are 2."),
        ("name\n1\n", "a.csv has 1 rows; at least 2 were expected, so nothing was stored."),
        ("", "a.csv: the column “name” is missing."),
        ("name\n1\n2\n3\n4\n", "a.csv has more than 3 rows, so nothing was stored."),
        (b"name\n\xff\n", "a.csv is not UTF-8 from byte 5 on."),
        ('name\n"1\n', "a.csv, line 2: unexpected end of data."),
    ],
)
def test_a_broken_table_is_refused_by_name(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(Malformed) as refused:
        rows(tmp_path, text)
    assert refused.value.message == says


def test_windows_letters_in_utf8_are_mended(tmp_path: Path) -> None:
    assert rows(tmp_path, "name\nd\x92Analyse\nx\n")[0] == {"name": "d’Analyse"}


def test_a_missing_file_folder_or_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="is not a folder"):
        Source(DATASET, tmp_path / "none")
    (tmp_path / "elsewhere").write_text("name\nA\nB\n")
    (tmp_path / "a.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Missing, match=r"the file a\.csv is missing"):
        list(Source(DATASET, tmp_path).table("a.csv"))
    with pytest.raises(Missing, match=r"no file \*\.md"):
        Source(DATASET, tmp_path).names("*.md")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILE_MAX", 10)
    with pytest.raises(LimitExceeded, match=r"a\.csv is larger"):
        rows(tmp_path, "name\nAnastasia\nB\n")


def test_members_of_objects_are_accounted_for(tmp_path: Path) -> None:
    found = source(tmp_path)
    assert found.members("b.json: values", {"name": "A", "mail": "m"}) == {"name": "A"}
    with pytest.raises(Malformed, match="the member “name” is missing"):
        found.members("b.json: values", {"mail": "m"})
    with pytest.raises(Malformed, match="an object was expected"):
        found.members("b.json: values", ["name"])
    found.members("b.json: values", {"name": "A", "new": 1})
    assert len(found.warnings) == 1 and "“new”" in found.warnings[0]
    for wrong in ({"a": 1}, [1], "text"):
        with pytest.raises(Malformed, match="a list of texts was expected"):
            found.texts("b.json: values", wrong)
    with pytest.raises(Malformed, match="a text was expected"):
        found.one("b.json: values", 3)


@pytest.mark.parametrize("text", [b"{", b"[" * 100_000, b'{"a":\xff}', b""])
def test_what_is_not_json_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(Malformed, match=r"b\.json is not JSON"):
        source(tmp_path, b_json=text).json("b.json")


@pytest.mark.parametrize(
    "text",
    [
        "title: x\n",
        "---\ntitle: x\n",
        "---\na: &a [x]\ntitle: *a\n---\n",
        "---\ntitle: [\n---\n",
        "---\n- title\n---\n",
        "---\ntitle: !!python/object/apply:os.getcwd []\n---\n",
        "---\ntitle: " + "x" * 70_000 + "\n---\n",
        "---\n" + "[" * 5_000 + "\n---\n",
    ],
)
def test_hostile_front_matter_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Malformed):
        source(tmp_path, a_md=text).front_matter("a.md")


def test_front_matter_is_read_and_the_prose_is_not(tmp_path: Path) -> None:
    assert source(tmp_path, a_md="---\ntitle: x\n---\nA name.\n").front_matter("a.md") == {"title": "x"}


def test_the_digest_of_one_file_is_its_own_and_of_several_that_of_their_list(tmp_path: Path) -> None:
    found = source(tmp_path, a_csv="name\nA\nB\n", b_json="{}")
    found.text("a.csv")
    first = hashlib.sha256(b"name\nA\nB\n").hexdigest()
    assert found.digest() == found.sha256("a.csv") == first
    found.json("b.json")
    listed = f"{first}  a.csv\n{hashlib.sha256(b'{}').hexdigest()}  b.json\n"
    assert found.digest() == hashlib.sha256(listed.encode()).hexdigest()


# ---------------------------------------------------------------- what intakes share


def test_links_that_may_be_shown() -> None:
    assert link(" https://example.org/a?b=c ") == "https://example.org/a?b=c"
    for wrong in (
        "",
        "ftp://example.org/",
        "javascript:alert(1)",
        "https://example.org/a b",
        "https://user@example.org/",
        "https://example.org/?to=a.b@example.org",
        "https://www.linkedin.com/in/somebody",
        "https://twitter.com/somebody/status/1",
        "https://x.com/somebody",
    ):
        assert link(wrong) is None, wrong
    assert link("https://netflix.com/x") == "https://netflix.com/x"


def test_only_years_of_dates() -> None:
    assert year("17 Apr 1961") == ["1961"]
    assert year("1343 (Iranian Hijri calendar), 1964 or 1965") == ["1964", "1965"]
    assert year("17.4.") == []
    assert year("119610417") == []


def test_countries() -> None:
    assert (country("Georgia"), country("GE"), country("Nowhere"), country("")) == ("ge", "ge", None, None)
    assert state_id("ge") == state_id("ge") != state_id("gb")


# ---------------------------------------------------------------- the registry


def test_an_unknown_source_names_those_there_are() -> None:
    with pytest.raises(Usage) as refused:
        find("us-ofac")
    assert refused.value.message == "There is no source named “us-ofac”."
    assert "us-ofac-sdn" in refused.value.hint


def test_every_data_set_says_what_a_reader_needs() -> None:
    for name, intake in intakes().items():
        found = intake.dataset
        assert found.name == name and found.class_ in ("surveillance", "reference")
        for text in (found.title, found.publisher, found.source, found.licence, found.attribution, found.not_used_for):
            assert text, name
        assert found.licence_url.startswith("https://")
        assert found.coverage.endswith(".") and found.not_used_for.endswith(".") and 0 < found.least <= found.most
        assert all(reason.endswith(".") for columns in found.dropped.values() for reason in columns.values())
        for file in found.files:
            assert not set(file.read) & set(file.dropped), name
            assert set(file.optional) <= set(file.read), name


def test_terms() -> None:
    found = {name: one.dataset for name, one in intakes().items()}
    assert [name for name, one in found.items() if one.non_commercial] == [
        "eu-journal-sanctions",
        "gleif-legal-forms",
        "official-lists-2026",
        "spyware-victims-aggregate",
    ]
    assert [name for name, one in found.items() if one.share_alike] == [
        "bods-0.4",
        "finfisher-licences",
        "spyfiles",
        "spyware-events",
        "spyware-victims-aggregate",
        "surveillance-contract-events",
    ]
    together = terms_of(found, {})
    assert [name for name, one in together.items() if not one.combinable] == [
        "argus-facts",
        "bods-0.4",
        "citizenlab-reports",
        "eu-journal-sanctions",
        "finfisher-licences",
        "gleif-legal-forms",
        "official-lists-2026",
        "sii-2016",
        "spyfiles",
        "spyware-events",
        "spyware-victims-aggregate",
        "surveillance-contract-events",
        "un-treaty-complaints",
    ]
    assert [name for name, one in found.items() if one.context] == [
        "argus-facts",
        "citizenlab-reports",
        "finfisher-servers",
        "security-fairs",
        "spyware-victims-aggregate",
        "un-treaty-complaints",
    ]
    assert [name for name, one in found.items() if one.layer] == ["alpr-transparency"]
    assert [name for name, one in found.items() if one.example] == ["bods-0.4", "ocds-1.1"]
    assert [name for name, one in found.items() if one.class_ == "reference"] == [
        "country-codes",
        "eu-journal-sanctions",
        "gleif-legal-forms",
        "official-lists-2026",
        "political-regime",
        "sec-company-tickers",
        "us-consolidated-screening-list",
        "us-ofac-sdn",
    ]


# ---------------------------------------------------------------- damage to every format


@pytest.mark.parametrize("name", sorted(invented.MAKERS))
def test_truncated_copies_are_refused_and_never_crash(name: str, tmp_path: Path) -> None:
    folder = invented.make(name, tmp_path)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        whole = path.read_bytes()
        for cut in range(0, len(whole), max(1, len(whole) // 25)):
            path.write_bytes(whole[:cut])
            try:
                invented.read(name, folder)
            except SousveilError as error:
                assert error.message
        path.write_bytes(b"\x00" * 50)
        with pytest.raises(SousveilError):
            invented.read(name, folder)
        path.unlink()
        with pytest.raises(Missing):
            invented.read(name, folder)
        path.write_bytes(whole)


@pytest.mark.parametrize("name", [name for name in sorted(invented.MAKERS) if name not in ("bods-0.4", "ocds-1.1")])
def test_values_of_another_kind_are_refused(name: str, tmp_path: Path) -> None:
    folder = invented.make(name, tmp_path)
    for path in folder.glob("*.json"):
        whole = path.read_bytes()
        for wrong in (b"[]", b"{}", b"null", b"3", b"[[1]]", b'{"values": 3, "fields": 3, "data": 3}'):
            path.write_bytes(wrong)
            with pytest.raises(SousveilError):
                invented.read(name, folder)
        path.write_bytes(whole)


def test_an_intake_with_too_few_rows_says_so(tmp_path: Path) -> None:
    folder = invented.make("us-csl-spyware", tmp_path)
    found = find("us-csl-spyware")
    one = Source(found.dataset, folder)
    list(found.read(one))
    with pytest.raises(Malformed, match=r"csl-spyware\.json has 1 rows; at least 14 were expected"):
        one.finish()
    assert dataclasses.replace(found.dataset).least == 14
