"""Screening: hits with reasons, list dates and ownership; tables of thousands; the listed spyware vendors."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.errors import Malformed
from sousveil.register.codes import RetractReason
from sousveil.register.model import Recorded, Stance, entity_id
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.score import THRESHOLD, Query
from sousveil.register.screening import Screener
from sousveil.register.screening_model import BadRow, Hit, Screened, Step
from sousveil.register.screening_table import read_table
from tests.register import maker
from tests.register.maker import private, published, said


def row(id: str, *names: str, **more: object) -> ReferenceRow:
    """A row of an invented list."""
    fields = {"dataset": "list", "type": "Company", "caption": names[0], "names": list(names), **more}
    return ReferenceRow(id=id, **fields)  # type: ignore[arg-type]


ROWS = [
    row("cytrox", "CYTROX AD", "SYTROX", countries=["mk"], identifiers={"registrationNumber": "MK-0042"}),
    row("circle", "Circle Internet Group, Inc.", countries=["us"]),
    row("person", "EXAMPLE, Ivan Petrovich", type="Person", person=True, years=["1970"]),
]


@pytest.fixture
def screener() -> Screener:
    """Over three rows."""
    return Screener.build(rows=ROWS, snapshots={"list": "2026-09-24"})


def test_a_hit_says_everything(screener: Screener) -> None:
    assert len(screener) == 3
    assert screener.screen(Query(name="Cytrox", country="mk", kind="company")) == (
        Hit(
            entity="cytrox",
            name="CYTROX AD",
            score=0.99,
            why=("the same name but for the legal form", "the country is the same"),
            snapshot="2026-09-24",
            dataset="list",
            type="Company",
            countries=("mk",),
            about=("in the reference list “list”; that says nothing about surveillance",),
            against=True,
        ),
    )
    assert [hit.entity for hit in screener.screen(Query(name="Circle"))] == ["circle"]
    assert screener.screen(Query(name="Circles")) == ()
    assert screener.screen(Query(name="Unheard Of")) == ()


def test_kind_years_and_numbers(screener: Screener) -> None:
    assert [hit.entity for hit in screener.screen(Query(name="Иван Петрович Экзампле", kind="person"))] == ["person"]
    assert screener.screen(Query(name="Ivan Petrovich Example", kind="company")) == ()
    near, far = Query(name="Ivan Petrovich Example", dates=("1971-02",)), Query(name="Ivan Example", dates=("1950",))
    assert screener.screen(near)[0].why[-1] == "the year is the same"
    assert screener.screen(far) == ()
    (hit,) = screener.screen(Query(name="Renamed Systems", identifiers={"registrationNumber": "mk-0042"}))
    assert (hit.entity, hit.score, hit.why[1]) == ("cytrox", 0.98, "the registrationNumber is equal")


def test_a_name_without_a_letter_is_refused(screener: Screener) -> None:
    with pytest.raises(Malformed, match="no letter and no digit"):
        screener.screen(Query(name=" …! "))


def test_ownership_is_walked_both_ways_and_circles_end(made: maker.Made) -> None:
    back, listed, sanctioned = "sv-" + "b" * 24, "sv-" + "c" * 24, "sv-" + "d" * 24
    published(
        made.register.publish(
            [
                said(listed, "Ownership", "owner", sanctioned),
                said(listed, "Ownership", "asset", maker.HOLDING),
                said(listed, "Ownership", "percentage", "51"),
            ],
            private("paper"),
        )
    )
    published(
        made.register.publish(
            [
                said(back, "Ownership", "owner", maker.ACME, publisher=maker.ACME),
                said(back, "Ownership", "asset", maker.HOLDING, publisher=maker.ACME),
            ],
            private("acme"),
        )
    )
    made.register.store.reference_put("list", [row(sanctioned, "Sanctioned Parent Ltd")])
    screener = Screener.from_store(made.register.store)
    (hit,) = screener.screen(Query(name="Acme Interception"))
    holding = Step(entity=maker.HOLDING, name="Grey Holding SA", link="owner of")
    parent = Step(entity=sanctioned, name="Sanctioned Parent Ltd", link="owner of", percentage="51", listed=True)
    owned = Step(entity=maker.HOLDING, name="Grey Holding SA", link="owned by")
    assert hit.path == ((holding,), (holding, parent), (owned,))
    assert (hit.entity, hit.snapshot, hit.dataset, hit.countries) == (maker.ACME, None, "direct", ("il",))
    assert [one.entity for one in screener.screen(Query(name="Nightjar", kind="product"))] == [maker.PRODUCT]


def test_retracted_names_are_not_found_and_replies_stand_beside(made: maker.Made) -> None:
    done = published(made.register.publish([said(maker.ACME, "Company", "alias", "Zeppelin Cyber")], private("paper")))
    assert Screener.from_store(made.register.store).screen(Query(name="Zeppelin Cyber"))
    published(
        made.register.publish(
            [
                said(
                    maker.ACME,
                    "Company",
                    "alias",
                    "We never bore this name.",
                    stance=Stance.DENIES,
                    supersedes=done.ids[0],
                    publisher=maker.ACME,
                )
            ],
            private("acme"),
        )
    )
    (hit,) = Screener.from_store(made.register.store).screen(Query(name="Zeppelin Cyber"))
    assert hit.replies == ("We never bore this name.",)
    made.register.retract([done.ids[0]], private("paper"), RetractReason.WRONG)
    assert Screener.from_store(made.register.store).screen(Query(name="Zeppelin Cyber")) == ()


def test_a_table_goes_on_past_bad_rows(screener: Screener, tmp_path: Path) -> None:
    table = tmp_path / "bidders.csv"
    table.write_bytes(
        b"\xef\xbb\xbfName,country,date,identifier:registrationNumber\r\n"
        b"Cytrox,MK,2017,\r\n"
        b",de,,\r\n"
        b"Somebody,Germany,,\r\n"
        b"Somebody,de,seventeen,\r\n"
        b"one,two,three,four,five\r\n"
        b"bad \xff bytes,,,\r\n"
        b"\r\n"
        b'"New\nName",,,MK0042\r\n'
    )
    told = list(screener.screen_table(table))
    assert told[1:6] == [
        BadRow(line=3, problem="no name"),
        Screened(query=Query(name="Somebody", country="de"), hits=(), line=4),
        BadRow(line=5, problem="the date does not begin with a year of four digits"),
        BadRow(line=6, problem="5 cells, but 4 columns"),
        BadRow(line=7, problem="not UTF-8"),
    ]
    first, last = told[0], told[-1]
    assert isinstance(first, Screened) and isinstance(last, Screened)
    assert (first.line, [hit.entity for hit in first.hits]) == (2, ["cytrox"])
    assert (last.line, last.query.identifiers, last.hits) == (9, {"registrationNumber": "MK0042"}, ())


def test_countries_by_name_and_unknown_ones(screener: Screener, tmp_path: Path) -> None:
    """A name is as good as a code; an unknown country is left out, said, and costs no hit."""
    table = tmp_path / "bidders.csv"
    table.write_text("name,country\nCytrox,North  Macedonia\nCytrox,MKD\nCytrox,Atlantis\nCytrox,\n", "utf-8")
    told = [one for one in screener.screen_table(table) if isinstance(one, Screened)]
    assert [(one.query.country, len(one.hits), one.warnings) for one in told] == [
        ("mk", 1, ()),
        ("mk", 1, ()),
        (None, 1, ("the country “Atlantis” is not known; screened without it",)),
        (None, 1, ()),
    ]


def test_a_hit_says_what_is_on_file(made: maker.Made) -> None:
    """A list's heading, a naming, an authority's list with its end, a signature, and who denies it; never an accusation."""
    eid = iter(f"sv-{letter * 24}" for letter in "abcdef")
    listed, named, ban, old, signed, gone = (next(eid) for _ in range(6))
    records = [
        (listed, "Claim", {"entity": maker.ACME, "claimKind": "listed-as", "label": "surveillance vendor", "publisher": "MISP"}),
        (named, "Claim", {"entity": maker.ACME, "claimKind": "named-in", "label": "named in documents",
                          "list": "WikiLeaks, Spy Files", "publisher": "WikiLeaks"}),
        (ban, "Sanction", {"entity": maker.ACME, "program": "Entity List", "authority": "US Department of Commerce"}),
        (old, "Sanction", {"entity": maker.ACME, "authority": "Board", "endDate": "2024-03"}),
        (signed, "LetterSignature", {"signatory": maker.HOLDING, "letter": "sv-" + "9" * 24}),
        (gone, "Claim", {"entity": maker.ACME, "claimKind": "listed-as", "label": "criminal", "publisher": "Nobody"}),
    ]  # fmt: skip
    done = published(
        made.register.publish(
            [said(id, type, name, value) for id, type, values in records for name, value in values.items()],
            private("paper"),
        )
    )
    made.register.retract(list(done.ids[-4:]), private("paper"), RetractReason.WRONG)
    published(
        made.register.publish(
            [said(listed, "Claim", "entity", maker.ACME, stance=Stance.DENIES, supersedes=done.ids[0], publisher=maker.ACME)],
            private("acme"),
        )
    )  # fmt: skip
    screener = Screener.from_store(made.register.store)
    (hit,) = screener.screen(Query(name="Acme Interception"))
    assert hit.about == (
        "listed as “surveillance vendor” by MISP; denied or corrected by Acme Interception Ltd",
        "named in documents: Spy Files, by WikiLeaks",
        "on a government's list: Entity List, by US Department of Commerce",
        "on a government's list: Board (until March 2024)",
    )
    (hit,) = screener.screen(Query(name="Grey Holding"))
    assert hit.about == ("signed a public letter; that says nothing against it",)
    (hit,) = screener.screen(Query(name="Nightjar", kind="product"))
    assert len(hit.about) == 1 and hit.about[0].endswith(" published here; that alone is no accusation")


def test_what_is_said_of_lists_and_sources() -> None:
    """Snapshots of every data set that the store knows; a share register and a sanctions list are told apart."""
    rows = [
        row("a", "Zebra Shares Inc", dataset="sec-company-tickers"),
        row("b", "Quagga Trading Ltd", dataset="us-ofac-sdn"),
        row("c", "Okapi Republic", dataset="political-regime"),
    ]
    screener = Screener.build(rows=rows, snapshots={"sec-company-tickers": "2025-08-24"})
    found = {one: screener.screen(Query(name=one))[0] for one in ("Zebra Shares", "Quagga Trading", "Okapi Republic")}
    assert [one.snapshot for one in found.values()] == ["2025-08-24", None, None]
    shares, sanctions, other = (one.about for one in found.values())
    assert "".join(shares) == (
        "in a list of companies with shares (“Companies listed in the United States”, by US Securities and Exchange "
        "Commission); that says nothing about surveillance"
    )
    assert "".join(sanctions) == (
        "in the sanctions list “US list of Specially Designated Nationals”, by US Treasury, Office of Foreign Assets "
        "Control; the list says why, and it need not be surveillance"
    )
    assert "".join(other) == (
        "in the reference list “Political regime by country and year”, by V-Dem, processed by Our World in Data; that "
        "says nothing about surveillance"
    )


def test_invented_states_are_countries_of_an_example_register_alone(screener: Screener, tmp_path: Path) -> None:
    """People write “XX” where they do not know the country; it must not lower a score."""
    table = tmp_path / "bidders.csv"
    table.write_text("name,country\nCytrox,XX\nCytrox,QQ\nCytrox,ZZ\nCytrox,mk\n", "utf-8")

    def countries(example: bool) -> list[tuple[str | None, float]]:
        rows = [one for one in screener.screen_table(table, example=example) if isinstance(one, Screened)]
        return [(one.query.country, one.hits[0].score) for one in rows]

    (*real, home), invented = countries(False), countries(True)
    assert real == [(None, home[1])] * 3
    assert [code for code, _ in invented] == ["xx", "qq", "zz", "mk"]
    assert all(score < home[1] for _, score in invented[:3])


def test_the_snapshot_of_a_source_of_statements(made: maker.Made) -> None:
    screener = Screener.build(
        made.register.store.iter_statements(),
        snapshots={"direct": "2026-01-02"},
        canonical=made.register.store.canonical,
    )
    assert screener.screen(Query(name="Acme Interception"))[0].snapshot == "2026-01-02"


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for text in ("", "company,country\n", "name,name\n"):
        (tmp_path / "no.csv").write_text(text)
        with pytest.raises(Malformed, match="no column “name”"):
            list(read_table(tmp_path / "no.csv"))


def test_thousands_of_rows(screener: Screener, tmp_path: Path) -> None:
    table = tmp_path / "many.csv"
    table.write_text("name\n" + "".join(f"Invented {number} Ltd\n" for number in range(4999)) + "Sytrox\n")
    told = list(screener.screen_table(table))
    assert len(told) == 5000
    hits = [one for one in told if isinstance(one, Screened) and one.hits]
    assert [(one.line, one.hits[0].entity) for one in hits] == [(5001, "cytrox")]


def _listed(shared_data: Path) -> list[dict[str, list[str]]]:
    data = json.loads((shared_data / "register" / "us-csl-spyware" / "csl-spyware.json").read_text("utf-8"))
    assert len(data) == 14
    return data  # type: ignore[no-any-return]


def _background(shared_data: Path) -> list[ReferenceRow]:
    """Ten thousand other companies, so that finding is not for want of choice."""
    path = shared_data / "register" / "sec-company-tickers" / "company_tickers_exchange.json"
    data = json.loads(path.read_text("utf-8"))["data"]
    return [row(f"sec-{at}", one[1]) for at, one in enumerate(data)]


def test_listed_vendors_are_found_with_their_aliases_withheld(shared_data: Path) -> None:
    """By name with one slip, without legal form, in other scripts; the aliases are not in the index."""
    listed = _listed(shared_data)
    rows = [row(str(one["id"]), str(one["name"])) for one in listed] + _background(shared_data)
    screener = Screener.build(rows=rows)
    chance = random.Random(14)
    variants = [("NSO Group Technologies Ltd", "NSO Group"), ("Intellexa", "Intellexa S.A."), ("Cytrox", "Cytrox AD")]
    variants += [
        ("Candiru Ltd.", "Candiru"),
        ("קנדירו", "Candiru"),
        ("Ιντελλέξα", "Intellexa S.A."),
        ("Цитрокс", "Cytrox AD"),
    ]
    variants += [
        ("JSC Positive Technologies", "Positive Technologies"),
        ("NSO", "NSO Group"),
        ("INTELLEXA LTD.", "Intellexa Limited"),
    ]
    variants += [
        ("Cytrox Holdings", "Cytrox Holdings Zrt"),
        ("Pozitiv Teknolodzhiz, AO", "Aktsionernoe Obshchestvo Pozitiv Teknolodzhiz"),
    ]
    for one in listed:
        name = str(one["name"])
        places = [at for at, letter in enumerate(name) if letter.isalpha() and at > 0]
        for _ in range(10):
            at = chance.choice(places)
            letter = chance.choice(string.ascii_lowercase.replace(name[at].lower(), ""))
            variants.append((name[:at] + letter + name[at + 1 :], name))
    missed = []
    for asked, name in variants:
        wanted = {str(one["id"]) for one in listed if str(one["name"]).casefold() == name.casefold()}
        hits = screener.screen(Query(name=asked))
        if not wanted & {hit.entity for hit in hits if hit.score >= THRESHOLD}:
            missed.append((asked, name))
    # A slip inside the three letters of NSO makes another word: that is the price of not taking NSA for NSO.
    assert [one for one in missed if one[1] != "NSO Group"] == []
    assert len(missed) <= 5


def test_no_listed_company_is_hit_by_ten_thousand_others(shared_data: Path) -> None:
    screener = Screener.build(
        rows=[row(str(one["id"]), str(one["name"]), *one["alt_names"]) for one in _listed(shared_data)]
    )
    hit = {
        one.caption: [hit.name for hit in screener.screen(Query(name=one.caption))] for one in _background(shared_data)
    }
    assert {name for name, hits in hit.items() if hits} == set()


def test_titles_of_papers_and_acts_are_not_screened(tmp_path: Path) -> None:
    with maker.made(tmp_path / "register") as made:
        paper, figure = entity_id("x", "paper"), entity_id("x", "figure")
        made.register.publish(
            [
                maker.said(paper, "Document", "title", "Brochure of Umbra Interception"),
                maker.said(figure, "Law", "title", "Umbra Interception Act"),
            ],
            maker.private("paper"),
        )
        screener = Screener.from_store(made.register.store)
        assert screener.screen(Query(name="Umbra Interception")) == ()
        assert [hit.name for hit in screener.screen(Query(name="Acme Interception"))] == ["Acme Interception Ltd"]
        assert [hit.type for hit in screener.screen(Query(name="Nightjar"))] == ["SurveillanceProduct"]


def test_a_hit_shows_the_notes_of_its_listings_and_of_its_own_record() -> None:
    listing, acme = entity_id("listing", "1"), maker.ACME
    told = [
        said(acme, "Company", "name", "Acme Brass Ltd"),
        said(acme, "Company", "note", "Founded: another report says 1992", publisher="Another Paper"),
        said(listing, "Sanction", "entity", acme),
        said(listing, "Sanction", "program", "Entity List"),
        said(listing, "Sanction", "authority", "Office of Commerce"),
        said(listing, "Sanction", "note", "under appeal since 2025"),
        said(listing, "Sanction", "note", "A stranger's word", publisher="A stranger"),
    ]
    recorded = [Recorded(id=f"{at:064x}", recorded=at, statement=one) for at, one in enumerate(told)]
    (hit,) = Screener.build(recorded).screen(Query(name="Acme Brass"))
    assert hit.about == (
        "on a government's list: Entity List, by Office of Commerce (note: under appeal since 2025)",
        "note by Another Paper: Founded: another report says 1992",
    )


def test_notes_stand_beside_the_hit_on_the_command_line_and_in_json(
    made: maker.Made, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = entity_id("listing", "1")
    values = {"entity": maker.ACME, "program": "Entity List", "note": "under appeal since 2025"}
    register = made.register
    register.publish([said(listing, "Sanction", name, value) for name, value in values.items()], private("paper"))
    where = str(register.folder)
    assert main(["register", "screen", "--register", where, "Acme Interception"]) == 1
    assert "(note: under appeal since 2025)" in " ".join(capsys.readouterr().out.split())
    main(["register", "screen", "--register", where, "Acme Interception", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert any(one.endswith("(note: under appeal since 2025)") for hit in found["hits"] for one in hit["about"])
