"""A publication: counts that add up and lead back to rows, names only with consent, an embargo, and what the register takes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.cases.folder import encrypted_for
from sousveil.cli_vault import new_folder
from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage
from sousveil.investigation import people
from sousveil.investigation.case_times import read_outcome
from sousveil.investigation.ftm import EXPORT_TYPE, export
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.people import Category, Scope, Stage
from sousveil.investigation.publication import (
    PUBLICATION_TYPE,
    SEVERAL,
    Terms,
    aggregate_bundle,
    publish,
    read_ledger,
    set_embargo,
    trace,
)
from sousveil.investigation.releases import opened, read_aggregates
from sousveil.investigation.vault import Vault
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey
from sousveil.register.types.codelists import TARGET_CATEGORIES, TARGET_STAGES
from sousveil.register.types.countries import country_code
from tests import forked
from tests.investigation.drawn import Holder, holders, leaks, numbers
from tests.register.export import followthemoney

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NAME = "Somebody Who Agreed"
TERMS = Terms(title="The invented list", publisher="newsroom", source="https://newsroom.example/list", least=3)


class Investigation:
    """An open vault with a list: 12 British numbers of A, 5 of B, 2 of both, 7 French of A, 1 French without a client."""

    def __init__(self, folder: Path) -> None:
        (folder / "keys").mkdir()
        self.folder = folder
        self.holders: list[Holder] = holders(folder / "keys", 3)
        self.signers = [PrivateKey.new(), PrivateKey.new()]
        self.british, self.french = numbers(19), numbers(8, "FR")
        rows = [
            *((value, "A") for value in self.british[:12]),
            *((value, "B") for value in self.british[12:17]),
            *((value, client) for value in self.british[17:] for client in "AB"),
            *((value, "A") for value in self.french[:7]),
            (self.french[7], ""),
            ("not a number", "A"),
        ]
        (folder / "clear").mkdir()
        listed = "".join(f"{value},2019-05-03 14:22Z,{client}\n" for value, client in rows)
        (folder / "clear" / "list.csv").write_text("number,selected at,client\n" + listed)
        Vault.create(folder / "vault", [one.recipient for one in self.holders], now=NOW)
        self.manager = Vault.open(folder / "vault", *([one.identity] for one in self.holders[:2]))
        self.vault = self.manager.__enter__()
        import_list(self.vault, folder / "clear" / "list.csv", Settings(source="handed over"), now=NOW)

    def reopen(self) -> Vault:
        self.manager.__exit__(None, None, None)
        self.manager = Vault.open(self.folder / "vault", *([one.identity] for one in self.holders[1:]))
        return self.manager.__enter__()

    def person(self, number: str, category: Category = Category.JOURNALIST, name: str = NAME) -> str:
        """The id of a person whom two identified."""
        id = people.identify(self.vault, name=name, numbers=[number], by="Anna", basis="a letter", now=NOW).id
        people.confirm(self.vault, id, by="Ben", basis="a call", now=NOW)
        people.change(self.vault, id, category=category, informed=NOW.date(), now=NOW)
        return id

    def consent(self, id: str, scope: Scope = Scope.NAMED, days: int = 10) -> None:
        people.give_consent(self.vault, id, scope=scope, until=NOW.date() + timedelta(days=days), now=NOW)

    def publish(self, now: datetime = NOW, names_country: Any = country_code, **terms: Any) -> dict[str, bytes]:
        made = {name: getattr(TERMS, name) for name in TERMS.__struct_fields__} | terms
        return publish(self.vault, Terms(**made), self.signers, now=now, names_country=names_country)


@pytest.fixture
def made(tmp_path: Path) -> Investigation:
    return Investigation(tmp_path)


def cells(files: dict[str, bytes]) -> dict[tuple[str, str | None, str | None], int | None]:
    return {(c["table"], c["row"], c["column"]): c["count"] for c in json.loads(files["counts.json"])["cells"]}


def statements(files: dict[str, bytes], name: str = "statements.jsonl") -> dict[str, dict[str, str]]:
    """Subject -> its values by property, with the type."""
    found: dict[str, dict[str, str]] = {}
    for line in files[name].splitlines():
        one = json.loads(line)
        found.setdefault(one["subject"], {"type": one["type"]})[one["property"]] = one["value"]
    return found


def test_the_codes_are_those_of_the_register() -> None:
    assert [str(one) for one in Category] == list(TARGET_CATEGORIES)
    assert [str(one) for one in Stage] == list(TARGET_STAGES)


def test_numbers_are_counted_once_and_small_counts_are_not_shown(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    shown = cells(made.publish())
    numbers = {key[1:]: value for key, value in shown.items() if key[0] == "numbers"}
    # Two numbers of several clients, one without a client: both are below 3, and so is nothing that could give them away.
    assert numbers[None, None] == 27 and numbers["GB", None] == 19 and numbers["FR", None] == 8
    true = {("GB", "A"): 12, ("GB", "?1"): 5, ("GB", SEVERAL): 2, ("FR", "A"): 7, ("FR", ""): 1}
    assert {cell for cell in true if numbers[cell] is None} >= {("GB", SEVERAL), ("FR", "")}
    assert all(numbers[cell] in (None, value) for cell, value in true.items())
    assert numbers[None, SEVERAL] is None and numbers[None, ""] is None and numbers[None, "A"] in (19, None)


def test_a_label_that_looks_like_a_place_is_no_place(made: Investigation, tmp_path: Path) -> None:
    rows = "".join(f"{value},{('+', '?1')[place % 2]}\n" for place, value in enumerate(numbers(20, "MX")))
    (tmp_path / "more.csv").write_text("number,client\n" + rows)
    import_list(made.vault, tmp_path / "more.csv", Settings(), now=NOW)
    set_embargo(made.vault, NOW, now=NOW)
    shown = cells(made.publish())
    assert shown["numbers", "MX", "(+)"] == shown["numbers", "MX", "(?1)"] == 10
    assert shown["numbers", None, SEVERAL] is None and ("numbers", "MX", SEVERAL) not in shown


def test_each_public_number_leads_to_a_signed_statement_and_to_its_rows(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    files = made.publish()
    known = {key.public.id: key.public for key in made.signers}
    manifest = json.loads(opened(files["publication.dsse"], PUBLICATION_TYPE, known))
    assert manifest["files"] == {
        name: hashlib.sha256(files[name]).hexdigest() for name in ("counts.json", "statements.jsonl")
    }
    with pytest.raises(BadSignature):
        opened(files["publication.dsse"], PUBLICATION_TYPE, dict(list(known.items())[:1]))
    records = statements(files)
    for cell in json.loads(files["counts.json"])["cells"]:
        if cell["count"] is None:
            assert cell["record"] is None
            continue
        assert records[cell["record"]]["value"] == str(cell["count"])
        count, rows = trace(made.vault, cell["record"])
        assert count is not None
        found = {row.e164 for _, row in rows}
        assert (count.value, len(found)) == (cell["count"], cell["count"])
        assert all(cell["row"] in (None, row.country) for _, row in rows)
        assert cell["column"] in (None, SEVERAL) or {row.client for _, row in rows} == {cell["column"]}
    whole = next(c["record"] for c in json.loads(files["counts.json"])["cells"] if c["row"] == c["column"] == None)  # noqa: E711
    assert [row.line for _, row in trace(made.vault, whole)[1]] == list(range(2, 31))  # 27 numbers, two of them twice
    with pytest.raises(Usage, match="did not publish"):
        trace(made.vault, "sv-0")
    assert leaks([made.folder / "vault"], files.values(), [*made.british, *made.french]) == []
    assert leaks([made.folder / "clear"], [], made.british[:1])


def test_nothing_leaves_before_the_embargo_nor_with_a_clock_set_back(made: Investigation) -> None:
    with pytest.raises(Usage, match="no embargo"):
        made.publish()
    until = NOW + timedelta(days=3)
    set_embargo(made.vault, until, now=NOW)
    history = len(made.vault.history)
    for when in (NOW, until - timedelta(seconds=1)):
        with pytest.raises(Usage, match="embargo ends on 2026-12-03 12:00:00"):
            made.publish(when)
    with pytest.raises(SousveilError, match="clock"):
        made.publish(NOW - timedelta(hours=1))
    with pytest.raises(Usage, match="two different holders"):
        publish(made.vault, TERMS, made.signers[:1], now=until, names_country=country_code)
    assert len(made.vault.history) == history and not read_ledger(made.vault).publications
    assert made.publish(until)["statements.jsonl"]
    assert made.vault.history[-1].what == "publication"
    with pytest.raises(SousveilError, match="clock"):
        made.publish(until - timedelta(hours=1))
    assert len(read_ledger(made.reopen()).publications) == 1


@pytest.mark.parametrize("least", [0, 2, 1001])
def test_the_minimum_has_a_minimum(made: Investigation, least: int) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    with pytest.raises(Usage, match="3 to 1000"):
        made.publish(least=least)


def test_a_list_below_the_minimum_is_not_published(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    with pytest.raises(Usage, match="No count reaches the minimum of 28"):
        made.publish(least=28)
    assert cells(made.publish(least=27))["numbers", None, None] == 27


def test_a_second_publication_does_not_show_a_few_by_its_difference(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    made.publish()
    made.publish()  # the same numbers again say nothing new
    more = numbers(3, "FR")
    for place, count in enumerate((2, 3)):
        file = made.folder / "clear" / f"more{place}.csv"
        file.write_text("number,client\n" + "".join(f"{value},A\n" for value in more[:count]))
        import_list(made.vault, file, Settings(), now=NOW)
        if count == 2:
            with pytest.raises(Usage, match="fewer than 3"):
                made.publish()
    assert cells(made.publish())["numbers", None, None] == 30


def test_aggregates_leave_before_the_embargo_and_count_as_a_publication(made: Investigation) -> None:
    known = {key.public.id: key.public for key in made.signers}

    def aggregates(least: int = 3) -> dict[tuple[str, str | None, str | None], int | None]:
        data, shown = aggregate_bundle(
            made.vault, made.signers, recipient="exchange", least=least, now=NOW, names_country=country_code
        )
        read = read_aggregates(data, known, "exchange")
        assert shown == sum(cell.count is not None for cell in read.cells) and read.made == NOW
        assert leaks([], [data], [*made.british, *made.french]) == []
        with pytest.raises(Malformed):
            read_aggregates(data, known, "another exchange")
        with pytest.raises(BadSignature):
            read_aggregates(data, dict(list(known.items())[:1]), "exchange")
        return {(cell.table, cell.row, cell.column): cell.count for cell in read.cells}

    with pytest.raises(Usage, match="3 to 1000"):
        aggregates(2)
    first = aggregates()
    assert made.vault.history[-1].what == "aggregates"
    hidden = {cell for cell, count in first.items() if count is None}
    assert {("numbers", "GB", SEVERAL), ("numbers", "FR", ""), ("numbers", None, "")} <= hidden
    assert not any("B" in cell for cell in first) and ("numbers", None, "?1") in hidden
    set_embargo(made.vault, NOW, now=NOW)
    with pytest.raises(Usage, match="had the minimum 3"):
        made.publish(least=4)
    assert cells(made.publish()) == first
    more = numbers(4, "FR")
    for place, count in enumerate((2, 4)):
        file = made.folder / "clear" / f"more{place}.csv"
        file.write_text("number,client\n" + "".join(f"{value},\n" for value in more[:count]))
        import_list(made.vault, file, Settings(), now=NOW)
        if count == 2:
            for leave in (made.publish, aggregates):
                with pytest.raises(Usage, match="fewer than 3"):
                    leave()
    later = cells(
        made.publish()
    )  # five numbers without a client now: shown, they would give away the others of the first day
    assert later["numbers", None, None] == 31 and all(later[cell] is None for cell in hidden)


def test_aggregates_need_two_signatures_and_labels_without_numbers(made: Investigation) -> None:
    with pytest.raises(Usage, match="two different holders"):
        aggregate_bundle(made.vault, made.signers[:1] * 2, recipient="e", now=NOW, names_country=country_code)
    import_label(made, "+44_20_7946_0958")
    with pytest.raises(Usage, match="label has digits"):
        aggregate_bundle(made.vault, made.signers, recipient="e", now=NOW, names_country=country_code)
    assert not read_ledger(made.vault).publications


@pytest.mark.parametrize("label", ["operator 07700 900", "+44_20_7946_0958", "+44·7700·900·123", "1a2b3c4d5"])
def test_a_label_with_a_number_is_not_published(made: Investigation, label: str) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    import_label(made, label)
    with pytest.raises(Usage, match="label has digits"):
        made.publish()


@pytest.mark.parametrize("label", ["Morocco", "MA", "service of morocco (2)", "United Arab Emirates"])
def test_a_label_that_names_a_country_is_published_only_if_the_holders_ask_for_it(
    made: Investigation, label: str
) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    import_label(made, label)
    with pytest.raises(Usage, match="names a country"):
        made.publish()
    figures = statements(made.publish(names_country=lambda word: None)).values()
    indicator = f"Phone numbers that the list gives to the label '{label}' alone"
    assert [one["value"] for one in figures if one.get("indicator") == indicator] == [
        "30",
        "30",
    ]  # with the sum over countries


def test_a_label_without_a_shown_count_stays_secret(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    stray = ["jana@newsroom.example", "Jana Costa"]
    rows = "".join(f"{value},{label}\n" for value, label in zip(numbers(2), stray, strict=True))
    (made.folder / "clear" / "stray.csv").write_text("number,client\n" + rows)
    import_list(made.vault, made.folder / "clear" / "stray.csv", Settings(), now=NOW)
    files = made.publish()
    assert not [name for name, data in files.items() for label in stray if label.encode() in data]
    shown = cells(files)
    assert {cell[1:]: value for cell, value in shown.items() if str(cell[2]).startswith("?")} == {
        (row, place): None
        for row in (None, "GB")
        for place in ("?1", "?2", "?3")  # B, too, has no shown count
    }
    assert ("numbers", "GB", "A") in shown and ("numbers", "GB", SEVERAL) in shown


def import_label(made: Investigation, label: str) -> None:
    rows = "".join(f'{value},"{label}"\n' for value in numbers(30, "IT"))
    (made.folder / "clear" / "odd.csv").write_text("number,client\n" + rows)
    import_list(made.vault, made.folder / "clear" / "odd.csv", Settings(), now=NOW)


def test_another_minimum_is_refused_and_what_was_suppressed_stays_so(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    first = cells(made.publish(least=5))
    with pytest.raises(Usage, match="had the minimum 5"):
        made.publish(least=3)
    suppressed = {cell for cell, value in first.items() if value is None}
    assert ("numbers", "GB", SEVERAL) in suppressed
    rows = "".join(f"{value},{client}\n" for value in numbers(20) for client in "AB")
    (made.folder / "clear" / "more.csv").write_text("number,client\n" + rows)
    import_list(made.vault, made.folder / "clear" / "more.csv", Settings(), now=NOW)
    second = cells(made.publish(least=5))
    assert {cell for cell in suppressed if second.get(cell) is not None} == set()
    assert second["numbers", None, None] == 47


def test_a_failed_write_leaves_its_entry_and_records_nothing_as_sent(made: Investigation) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    made.consent(made.person(made.british[0]))
    before = len(made.vault.history)

    def full(files: dict[str, bytes]) -> None:
        assert {"counts.json", "publication.dsse"} < set(files) or {"export.dsse"} < set(files)
        assert made.vault.history[-1].what == ("publication" if "counts.json" in files else "export")
        raise Usage("The disk is full.")

    with pytest.raises(Usage, match="full"):
        publish(made.vault, TERMS, made.signers, now=NOW, names_country=country_code, before=full)
    with pytest.raises(Usage, match="full"):
        export(made.vault, made.signers, recipient="aleph", now=NOW, before=full)
    assert [look.what for look in made.vault.history[before:]] == ["publication", "export"]
    assert not read_ledger(made.vault).publications and not people.load(made.vault).sent


def test_a_new_folder_appears_whole_and_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / ".out.part").mkdir()
    (tmp_path / ".out.part" / "of somebody else").write_text("x")
    with pytest.raises(Usage, match="full"), new_folder(tmp_path / "out") as part:
        (part / "file").write_text("x")
        raise Usage("The disk is full.")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.part"]
    with new_folder(tmp_path / "out") as part:
        (part / "file").write_text("x")
        assert not (tmp_path / "out").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["file"]
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    with pytest.raises(Usage, match="could not be written"), new_folder(tmp_path / "out") as part:
        (part / "file").write_text("another")
    assert (tmp_path / "out" / "file").read_text() == "x"
    assert (tmp_path / ".out.part" / "of somebody else").exists()


def case_of(folder: Path, verdict: str, reached: str | None, threat: str | None) -> Path:
    folder.mkdir()
    (folder / "findings.json").write_text(json.dumps({"verdict": verdict, "reached": reached, "class": threat}))
    return folder


def test_a_case_shows_the_stage_and_a_later_stage_stays(made: Investigation, tmp_path: Path) -> None:
    id = made.person(made.british[0])
    cases = [
        case_of(tmp_path / "none", "no_known_traces", None, None),
        case_of(tmp_path / "watchware", "traces_found", "execution", "stalkerware"),
        case_of(tmp_path / "lead", "suspicious", "execution", "mercenary"),
    ]
    for case in cases:
        with pytest.raises(Usage, match="no traces of mercenary"):
            people.change(made.vault, id, examined=read_outcome(case), now=NOW)
    assert people.load(made.vault).find(id).stage is Stage.SELECTED
    for name, reached, stage in (
        ("link", "contact", Stage.TARGETED),
        ("ran", "execution", Stage.INFECTED),
        ("file", "presence", Stage.INFECTED),
    ):
        case = case_of(tmp_path / name, "traces_found", reached, "mercenary")
        assert people.change(made.vault, id, examined=read_outcome(case), now=NOW).stage is stage
    hashes = [
        hashlib.sha256((tmp_path / name / "findings.json").read_bytes()).hexdigest() for name in ("link", "ran", "file")
    ]
    assert list(people.load(made.vault).find(id).cases) == hashes
    for wrong in ("", hashes[1][:3], "0" * 64):
        with pytest.raises(Usage, match="No single case"):
            people.change(made.vault, id, withdrawn=wrong, now=NOW)
    assert people.change(made.vault, id, withdrawn=hashes[1][:12], now=NOW).stage is Stage.TARGETED
    assert people.change(made.vault, id, withdrawn=hashes[0], now=NOW).stage is Stage.TARGETED
    assert people.change(made.vault, id, withdrawn=hashes[2], now=NOW).stage is Stage.SELECTED
    with pytest.raises(Missing):
        read_outcome(tmp_path / "nowhere")
    (tmp_path / "ran" / "findings.json").write_text("[" * 100_000)
    with pytest.raises(Malformed):
        read_outcome(tmp_path / "ran")


def test_an_encrypted_case_needs_its_identity(tmp_path: Path) -> None:
    case = case_of(tmp_path / "case", "traces_found", "execution", "mercenary")
    content, key = (case / "findings.json").read_bytes(), holders(tmp_path, 1)[0]
    (case / "findings.json.age").write_bytes(encrypted_for([key.recipient], content))
    (case / "findings.json").unlink()
    with pytest.raises(Locked) as raised:
        read_outcome(case)
    assert raised.value.hint == "Name the age identity that opens the case: --case-identity FILE."
    outcome = read_outcome(case, key.file)
    assert (outcome.sha256, outcome.reached) == (hashlib.sha256(content).hexdigest(), "execution")


def test_a_case_is_parsed_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, decode, here = case_of(tmp_path / "case", "traces_found", "execution", "mercenary"), msgspec.json.decode, []

    def noting(data: bytes, **given: Any) -> Any:
        here.append(data)
        return decode(data, **given)

    monkeypatch.setattr(msgspec.json, "decode", noting)
    assert (read_outcome(case).verdict, here) == ("traces_found", [])


def test_people_are_counted_by_category_and_stage_and_named_only_with_consent(
    made: Investigation, tmp_path: Path
) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    ids = [made.person(number, name=f"{NAME} {place}") for place, number in enumerate(made.british[:8])]
    case = case_of(tmp_path / "case", "traces_found", "execution", "mercenary")
    for id in ids[:4]:
        people.change(made.vault, id, examined=read_outcome(case), now=NOW)
    unsure = people.identify(made.vault, name="X", numbers=[made.french[0]], by="Anna", basis="a letter", now=NOW).id
    people.change(made.vault, unsure, category=Category.JUDGE, now=NOW)
    made.consent(ids[0])
    made.consent(ids[1], Scope.UNNAMED)
    made.consent(ids[2], days=1)
    uninformed = made.person(made.british[9])
    made.consent(uninformed)
    people.change(made.vault, uninformed, informed=NOW.date() + timedelta(days=5), now=NOW)
    later = NOW + timedelta(days=2)
    files = made.publish(later)
    shown = {key[1:]: value for key, value in cells(files).items() if key[0] == "people"}
    assert shown == {
        (None, None): 8,
        ("GB", None): 8,
        (None, "journalist/infected"): 3,
        (None, "journalist/selected"): 5,
        ("GB", "journalist/infected"): 3,
        ("GB", "journalist/selected"): 5,
    }
    incidents = [record for record in statements(files).values() if record["type"] == "AbuseIncident"]
    assert [(one["stage"], one["targets"], one["targetCategory"], one["targetCountry"]) for one in incidents] == [
        ("infected", "3", "journalist", "gb"),
        ("selected", "5", "journalist", "gb"),
    ]
    assert NAME.encode() not in files["statements.jsonl"] + files["counts.json"]
    named = statements(files, "named.jsonl")
    assert [record["name"] for record in named.values() if record["type"] == "Person"] == [f"{NAME} 0"]
    (person,) = (subject for subject, record in named.items() if record["type"] == "Person")
    (incident,) = (record for record in named.values() if record["type"] == "AbuseIncident")
    assert (incident["involved"], incident["stage"]) == (person, "infected")
    assert read_ledger(made.vault).publications[-1].named == {person: ids[0]}
    counted = next(
        c["record"] for c in json.loads(files["counts.json"])["cells"] if c["column"] == "journalist/infected"
    )
    assert {row.e164 for _, row in trace(made.vault, counted)[1]} == set(made.british[1:4])
    for subject in named:  # the person, and the incident
        count, rows = trace(made.vault, subject)
        assert count is None and [row.e164 for _, row in rows] == made.british[:1]
    figures = [record.get("indicator", "") for record in statements(files).values()]
    assert "People on the list whom two people identified, without those who are named" in figures
    recalled = people.withdraw(made.vault, ids[0], now=later)
    assert [(one.kind, one.id, one.recipient) for one in recalled] == [("publication", person, "newsroom")]
    assert {row.e164 for _, row in trace(made.vault, counted)[1]} == set(made.british[1:4])
    assert trace(made.vault, person) == (None, [])
    assert "named.jsonl" not in made.publish(later)


def test_an_export_has_people_who_agreed_and_their_lists(made: Investigation) -> None:
    with pytest.raises(Usage, match="Nobody"):
        export(made.vault, made.signers, recipient="aleph", now=NOW)
    for number, scope in ((made.british[17], Scope.NAMED), (made.british[1], Scope.UNNAMED)):
        made.consent(made.person(number), scope)
    files = export(made.vault, made.signers, recipient="aleph", now=NOW)
    known = {key.public.id: key.public for key in made.signers}
    manifest = json.loads(opened(files["export.dsse"], EXPORT_TYPE, known))
    assert manifest["sha256"] == hashlib.sha256(files["entities.ftm.json"]).hexdigest()
    person, document, link = map(json.loads, files["entities.ftm.json"].splitlines())
    assert person["properties"] == {"name": [NAME], "country": ["gb"], "topics": ["role.journo"]}
    assert document["properties"] == {"title": ["A leaked list of phone numbers"]}
    (listed,) = made.vault.index.imports
    by_hash = "sv-" + hashlib.sha256("\x1f".join(("investigation", "list", listed.sha256)).encode()).hexdigest()[:24]
    assert not {listed.sha256, by_hash, listed.source} & set(json.dumps([person, document, link]).split('"'))
    titled = export(made.vault, made.signers, recipient="aleph", now=NOW, list_title="The invented list")
    assert b'"title":["The invented list"]' in titled["entities.ftm.json"]
    assert link["properties"] == {
        "document": [document["id"]],
        "entity": [person["id"]],
        "role": ["number on the list"],
        "date": ["2019-05-03"],
    }
    assert [one["schema"] for one in (person, document, link)] == ["Person", "Document", "Documentation"]
    assert leaks([], files.values(), made.british) == []
    for recalled in people.withdraw(made.vault, _owner(made), now=NOW):
        assert (recalled.kind, recalled.id, recalled.recipient) == ("export", person["id"], "aleph")


def _owner(made: Investigation) -> str:
    known = people.load(made.vault)
    return next(id for id, one in known.persons.items() if set(one.numbers) & set(known.sent[0].numbers))


@pytest.mark.ftm
def test_the_package_takes_an_export(made: Investigation) -> None:
    for category, number in zip(Category, made.british, strict=False):
        made.consent(made.person(number, category))
    lines = export(made.vault, made.signers, recipient="aleph", now=NOW)["entities.ftm.json"]
    assert followthemoney.check(lines) == (18 * 2 + 1, [])


def test_a_closed_vault_seals_nothing_under_its_cleared_key(made: Investigation) -> None:
    vault = made.vault
    made.manager.__exit__(None, None, None)
    with pytest.raises(SousveilError, match="closed"):
        vault.write_sealed("people-0", b"x")
    with pytest.raises(SousveilError, match="closed"):
        vault.read_sealed("index")


def test_the_register_takes_what_is_published(made: Investigation, tmp_path: Path) -> None:
    set_embargo(made.vault, NOW, now=NOW)
    ids = [made.person(number) for number in made.british[:6]]
    for id in ids[:3]:
        case = case_of(tmp_path / id, "traces_found", "execution", "mercenary")
        people.change(made.vault, id, examined=read_outcome(case), now=NOW)
    made.consent(ids[0])
    files = made.publish()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    def ran(code: int, *words: str) -> str:
        done = forked.run(
            ["register", *words], folder=tmp_path, environment={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        )
        assert done.returncode == code, done.stdout.decode() + done.stderr.decode()
        return done.stdout.decode() + done.stderr.decode()

    at = ["--register", "register"]
    ran(0, "init", "register")
    public = ran(0, "key", "new", "signing").split()[-1]
    ran(0, "key", "add", public, "--owner", "newsroom", *at)
    count = len(files["statements.jsonl"].splitlines())
    assert f"{count} statements" in ran(0, "publish", "statements.jsonl", "--key", "signing", *at)
    assert "without a live consent" in ran(2, "publish", "named.jsonl", "--key", "signing", *at)
    (person,) = read_ledger(made.vault).publications[0].named
    (tmp_path / "paper").write_text("a signed consent")
    ran(0, "consent", person, "--given", "2026-11-30", "--evidence", "paper", *at)
    assert "Held for review, because it names a natural person" in ran(
        0, "publish", "named.jsonl", "--key", "signing", *at
    )
