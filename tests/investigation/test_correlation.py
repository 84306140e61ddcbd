"""Selections against phones: exact probabilities, planted traces that are seen, shuffled lists that are not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sousveil.artefacts.model import discover
from sousveil.errors import LimitExceeded, Malformed, Missing, Usage
from sousveil.investigation import case_times
from sousveil.investigation.case_times import EVENTS, KINDS, CaseTimes, read_case, read_case_numbers, together
from sousveil.investigation.correlation import Correlation, DatedEvent, correlate_events, correlate_phones, read_events
from sousveil.investigation.vault import utc_now
from tests.investigation.invented import (
    BEGIN,
    DAY,
    MONDAY,
    finding,
    invented_list,
    invented_phone,
    number,
    selection,
    shuffled,
    write_case,
)
from tests.profiles import FULL

NOW = utc_now()
HOUR = 3_600


def phone(**times: list[int]) -> CaseTimes:
    """A phone with records of the whole time of the list."""
    full = {kind: tuple(sorted(times.get(kind, []))) for kind in KINDS}
    return CaseTimes(times=full, spans={kind: (BEGIN, BEGIN + 700 * DAY) for kind in full if full[kind]}, untimed=0)


def compared(rows: list, phones: list[tuple[str, CaseTimes]], within: int = 300, clock_error: int = 60) -> Correlation:
    return correlate_phones(rows, phones, within=within, clock_error=clock_error, seed=1, now=NOW)


def mondays(count: int, client: str = "A") -> list:
    """Selections of other numbers on Mondays in the same hour."""
    return [selection(number(100 + week), MONDAY + week * 7 * DAY, client) for week in range(1, count + 1)]


def test_one_selection_before_one_trace_is_as_rare_as_its_stratum_is_large() -> None:
    rows = [selection(number(1), MONDAY), *mondays(19), *mondays(30, "B")]
    made = compared(rows, [(number(1), phone(trace=[MONDAY + 40]))])
    (single,) = made.phones
    trace = single.comparisons[0]
    assert (single.label, single.rows, trace.kind, trace.selections, trace.near) == ("1", 1, "trace", 1, 1)
    assert (trace.shortest, trace.median, trace.delays, trace.exact) == (40, 40.0, (40,), True)
    assert trace.probability == pytest.approx(1 / 20) and trace.expected == pytest.approx(1 / 20)
    assert [one.probability for one in single.comparisons[1:]] == [None, None, None]
    assert trace.corrected == trace.probability == made.whole[0].probability
    assert (made.rows, made.unusable, made.unlisted) == (50, 0, 0)


@pytest.mark.parametrize(
    ("shift", "near"),
    [(-61, 0), (-60, 1), (0, 1), (360, 1), (361, 0)],
    ids=["before", "clock", "same", "last", "after"],
)
def test_the_limit_with_the_clock_error(shift: int, near: int) -> None:
    made = compared([selection(number(1), MONDAY), *mondays(9)], [(number(1), phone(trace=[MONDAY + shift]))])
    assert (made.phones[0].comparisons[0].near, made.phones[0].comparisons[0].delays) == (near, (shift,))


def test_strata_are_client_weekday_and_hour() -> None:
    others = [
        selection(number(50), MONDAY + 7 * DAY + 59 * 60),  # the same hour of another Monday
        selection(number(51), MONDAY + 8 * DAY),  # a Tuesday
        selection(number(52), MONDAY + 7 * DAY + HOUR),  # the next hour
        selection(number(53), MONDAY + 7 * DAY, "B"),  # another client
    ]
    made = compared([selection(number(1), MONDAY), *others], [(number(1), phone(trace=[MONDAY + 1]))])
    assert made.whole[0].probability == pytest.approx(1 / 2)


def test_times_outside_of_the_records_are_not_compared() -> None:
    case = CaseTimes(
        times={"trace": (MONDAY + 30,), "crash": (), "message": (), "start": ()},
        spans={"trace": (MONDAY - DAY, MONDAY + 15 * DAY)},
        untimed=2,
    )
    early = selection(number(1), MONDAY - 20 * DAY)
    made = compared([early, selection(number(1), MONDAY), *mondays(9)], [(number(1), case)])
    trace = made.phones[0].comparisons[0]
    assert (trace.selections, trace.outside, made.untimed) == (1, 1, 2)
    assert trace.probability == pytest.approx(1 / 3)  # this Monday and two more lie within the records


def test_selections_that_one_event_could_follow_are_one_occasion() -> None:
    near = [MONDAY, MONDAY, MONDAY + 100, MONDAY + 420]
    rows = [*(selection(number(1), moment) for moment in near), *mondays(9)]
    made = compared(rows, [(number(1), phone(trace=[MONDAY + 110]))])
    assert (made.phones[0].rows, made.phones[0].comparisons[0].selections) == (4, 1)
    rows.append(selection(number(1), MONDAY + 421))
    assert compared(rows, [(number(1), phone(trace=[MONDAY + 110]))]).phones[0].comparisons[0].selections == 2


def test_rows_that_cannot_be_used_are_counted_and_unlisted_phones_too() -> None:
    rows = [
        selection(number(1), MONDAY, certainty="no_zone"),
        selection(number(1), None, certainty="absent"),
        selection("", MONDAY),
        *mondays(3),
    ]
    made = compared(rows, [(number(1), phone(trace=[MONDAY])), (number(9), phone(trace=[MONDAY]))])
    assert (made.rows, made.unusable, made.unlisted) == (6, 3, 1)
    assert [one.rows for one in made.phones] == [2, 0]
    assert all(test.probability is None for one in (*made.phones,) for test in one.comparisons)
    assert [test.probability for test in made.whole] == [None] * 4


def test_phones_that_share_a_stratum_are_counted_together() -> None:
    """Two phones, two times: both near by chance has the probability 1/2, not 1/4."""
    week = MONDAY + 7 * DAY
    rows = [selection(number(1), MONDAY), selection(number(2), week)]
    made = compared(rows, [(number(1), phone(trace=[MONDAY + 1])), (number(2), phone(trace=[week + 1]))])
    assert [one.comparisons[0].probability for one in made.phones] == pytest.approx([0.5, 0.5])
    assert made.whole[0].probability == pytest.approx(0.5) and made.whole[0].near == 2


def world(seed: int, planted: bool) -> tuple[list, list[tuple[str, CaseTimes]]]:
    """A list of 2,000 rows of 200 numbers, and 12 phones of it."""
    chance_of = random.Random(seed)
    rows = invented_list(chance_of, 200, 2_000)
    phones = []
    for place in range(12):
        own = [row.seconds for row in rows if row.e164 == number(place) and row.seconds is not None]
        phones.append((number(place), invented_phone(chance_of, own if planted else ())))
    return rows, phones


def test_planted_traces_are_seen_in_every_phone_and_in_the_kinds_that_were_planted() -> None:
    made = compared(*world(1, planted=True))
    assert [test.kind for test in made.whole if test.corrected is not None and test.corrected < 0.0025] == [
        "trace",
        "start",
    ]
    assert all(phone.comparisons[0].corrected < 0.001 for phone in made.phones)
    assert all(test.corrected > 0.2 for test in made.whole if test.kind in ("crash", "message"))


SHUFFLES = 200 if FULL else 30
FALSE_POSITIVES = {200: 5, 30: 1}


def test_shuffled_lists_are_not_seen() -> None:
    """The planted phones with lists whose times were shuffled: the rate of false alarms stays below its level of 5%."""
    rows, phones = world(2, planted=True)
    alarms = singles = tests = 0
    for seed in range(SHUFFLES):
        made = compared(shuffled(random.Random(seed), rows), phones)
        alarms += any(test.corrected is not None and test.corrected <= 0.05 for test in made.whole)
        for one in made.phones:
            known = [test.probability for test in one.comparisons if test.probability is not None]
            tests += len(known)
            singles += sum(probability <= 0.05 for probability in known)
    assert alarms == FALSE_POSITIVES[SHUFFLES]
    assert alarms <= 0.05 * SHUFFLES and singles <= 0.05 * tests


def test_dated_events_by_day() -> None:
    day = BEGIN // DAY + 6
    rows = [selection(number(1), MONDAY, certainty="day"), *mondays(9), selection(number(7), MONDAY + 70 * DAY + HOUR)]
    events = [
        DatedEvent(number=number(1), day=day + 7, kind="killing"),
        DatedEvent(number=number(9), day=day, kind="trial"),
    ]
    made = correlate_events(rows, events, days=7, seed=1, now=NOW)
    killing, trial = made.phones[0].comparisons
    assert (made.unit, killing.kind, killing.near, killing.delays) == ("day", "killing", 1, (7,))
    assert killing.probability == pytest.approx(3 / 11)  # the Mondays on the day, a week before and a week after
    assert trial.probability is None and made.unlisted == 1
    assert correlate_events(rows, events, days=6, seed=1, now=NOW).phones[0].comparisons[0].near == 0


def test_events_are_read_and_what_is_no_event_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("number,date,event\n+12025550123,2019-05-03,a  killing\n+12025550123,2019-06-01,arrest\n")
    assert [(one.day, one.kind) for one in read_events(path)] == [(18_019, "a killing"), (18_048, "arrest")]
    for text in ("number,date\n", "number,event\n", "number,date,event\n", "number,date,event\n+12025550123,x,y\n"):
        path.write_text(text)
        with pytest.raises(Usage):
            read_events(path)
    path.write_text("number,date,event\n" + "".join(f"+12025550123,2019-05-03,kind {n}\n" for n in range(21)))
    with pytest.raises(Usage, match="20 kinds"):
        read_events(path)


def test_the_events_of_the_table_exist() -> None:
    known = {(artefact.name, event.at) for artefact in discover().values() for event in artefact.events}
    assert [pair for pairs in EVENTS.values() for pair in pairs if pair not in known] == []
    local = {(a.name, e.at) for a in discover().values() for e in a.events if "time of the phone" in e.says}
    assert not local & {pair for pairs in EVENTS.values() for pair in pairs}


def test_a_case_gives_times_and_nothing_else(tmp_path: Path) -> None:
    rows = [
        ("ios.sms", "date", MONDAY + 0.75),
        ("ios.sms", "date", MONDAY),
        ("ios.sms", "date_read", MONDAY + DAY),  # widens the time of the records
        ("ios.sms", "date", 978_307_200),  # the default of a program
        ("sysdiagnose.crashes", "at", MONDAY + 5),
        ("sysdiagnose.crashes", "launched", MONDAY + 4),
        ("android.exit_info", "at", MONDAY + 9),  # a time of the phone's own clock
        ("ios.tcc", "last_modified", MONDAY - DAY),
    ]
    findings = [
        finding(MONDAY + 3),
        finding(MONDAY + 2, strength="lead", shows="contact"),
        finding(MONDAY, strength="weak"),
        finding(MONDAY, shows="posture"),
        finding(None),
        finding(BEGIN + 7 * DAY),  # midnight: known by the day
        finding(MONDAY, at_quality="suspect"),
    ]
    case = read_case(write_case(tmp_path / "case", rows, findings))
    assert case.times == {
        "trace": (MONDAY + 2, MONDAY + 3),
        "crash": (MONDAY + 5,),
        "message": (MONDAY,),
        "start": (MONDAY + 4,),
    }
    assert case.spans == {
        "trace": (MONDAY - DAY, MONDAY + 3),
        "crash": (MONDAY + 4, MONDAY + 5),
        "message": (MONDAY, MONDAY + DAY),
        "start": (MONDAY + 4, MONDAY + 5),
    }
    assert case.untimed == 3
    other = read_case(write_case(tmp_path / "other", [("ios.sms", "date", MONDAY + 2 * DAY)]))
    both = together([case, other])
    assert both.times["message"] == (MONDAY, MONDAY + 2 * DAY) and both.spans["message"] == (MONDAY, MONDAY + 2 * DAY)
    assert both.times["trace"] == case.times["trace"] and both.untimed == 3


def test_cases_are_read_together_and_the_error_names_the_bad_one(tmp_path: Path) -> None:
    folders = [
        write_case(tmp_path / where / f"case-{place}", [("ios.sms", "date", MONDAY + place)])
        for place, where in enumerate("aab")
    ]
    assert [read_case(folder).times["message"] for folder in folders] == [(MONDAY,), (MONDAY + 1,), (MONDAY + 2,)]
    (folders[1] / "timeline.parquet").write_bytes(b"PAR1 no table")
    with pytest.raises(Malformed, match="Case case-1: "):
        case_times._read_together(folders, None)
    write_case(tmp_path / "a" / "case-9", [])
    made = case_times._read_together([folders[0], tmp_path / "a" / "case-9", folders[2]], None)
    assert [times.times["message"] for times in made.values()] == [(MONDAY,), (), (MONDAY + 2,)]


def test_more_times_than_a_phone_records_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = write_case(tmp_path / "case", [("ios.sms", "date", MONDAY + place) for place in range(6)])
    monkeypatch.setattr(case_times, "TIMES_MOST", 6)
    assert len(read_case(case).times["message"]) == 6
    monkeypatch.setattr(case_times, "TIMES_MOST", 5)
    with pytest.raises(LimitExceeded, match="more than 5 times"):
        read_case(case)


def test_what_is_no_case_is_an_error(tmp_path: Path) -> None:
    case = write_case(tmp_path / "case", [])
    assert read_case(case).spans == {}
    (case / "timeline.parquet").write_bytes(b"PAR1 no table")
    with pytest.raises(Malformed):
        read_case(case)
    (case / "findings.json").write_text('{"findings": [{"at": "yesterday"}]}')
    with pytest.raises(Malformed):
        read_case(case)
    with pytest.raises(Missing):
        read_case(tmp_path / "nothing")


def test_cases_and_numbers(tmp_path: Path) -> None:
    path, folders = tmp_path / "cases.csv", [tmp_path / name for name in ("case-1", "case-2", "case-3")]
    path.write_text("case,number\ncase-2,+12025550123\nelsewhere/case-1,+12025550145\ncase-3,+12025550123\nother,x\n")
    assert read_case_numbers(path, folders) == {"+12025550123": [folders[1], folders[2]], "+12025550145": [folders[0]]}
    with pytest.raises(Usage, match="no number for the case case-4"):
        read_case_numbers(path, [*folders, tmp_path / "case-4"])
    with pytest.raises(Usage, match="have the name case-1"):
        read_case_numbers(path, [*folders, tmp_path / "more" / "case-1"])
    for text, words in (
        ("folder,number\n", "header case"),
        ("case,number\ncase-1,123\n", "Line 2"),
        ("case,number\ncase-1,+12025550123\ncase-1,+12025550145\n", "two numbers"),
    ):
        path.write_text(text)
        with pytest.raises(Usage, match=words) as raised:
            read_case_numbers(path, folders[:1])
        assert "2025550" not in str(raised.value)
