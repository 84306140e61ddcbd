"""Selections against phones: exact probabilities, planted traces that are seen, shuffled lists that are not."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime
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
    working_time,
    write_case,
)
from tests.profiles import FULL

NOW = utc_now()
HOUR = 3_600


def utc_at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def phone(**times: list[int]) -> CaseTimes:
    """A phone with records of the whole time of the list."""
    full = {kind: tuple(sorted(times.get(kind, []))) for kind in KINDS}
    return CaseTimes(times=full, spans={kind: ((BEGIN, BEGIN + 700 * DAY),) for kind in full if full[kind]}, untimed=0)


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


@pytest.mark.parametrize(("shift", "outside"), [(-361, 1), (-360, 0), (DAY + 60, 0), (DAY + 61, 1)])
def test_the_border_of_the_records(shift: int, outside: int) -> None:
    case = phone(trace=[MONDAY])
    case.spans["trace"] = ((MONDAY, MONDAY + DAY),)
    made = compared([selection(number(1), MONDAY + shift)], [(number(1), case)])
    assert made.phones[0].comparisons[0].outside == outside


def test_of_two_events_equally_far_the_later_one_counts() -> None:
    made = compared([selection(number(1), MONDAY)], [(number(1), phone(trace=[MONDAY - 500, MONDAY + 500]))])
    assert made.phones[0].comparisons[0].delays == (500,)


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
        spans={"trace": ((MONDAY - DAY, MONDAY + 15 * DAY),)},
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
    assert made.whole[0].expected == pytest.approx(1.0)


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
        DatedEvent(number=number(8), day=day, kind="trial"),
    ]
    made = correlate_events(rows, events, days=7, seed=1, now=NOW)
    killing, trial = made.phones[0].comparisons
    assert (made.unit, killing.kind, killing.near, killing.delays) == ("day", "killing", 1, (7,))
    assert killing.probability == pytest.approx(3 / 11)  # the Mondays on the day, a week before and a week after
    assert trial.probability is None and (made.unlisted, made.clock_error, made.untimed) == (2, 0, 0)
    assert correlate_events(rows, events, days=6, seed=1, now=NOW).phones[0].comparisons[0].near == 0


def test_events_are_read_and_what_is_no_event_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("number,date,event\n+12025550123,2019-05-03,a  killing\n+12025550123,2019-06-01,arrest\n")
    assert [(one.day, one.kind) for one in read_events(path)] == [(18_019, "a killing"), (18_048, "arrest")]
    for text, says in (
        ("number,date\n", "lacks the column"),
        ("number,event\n", "lacks the column"),
        ("number,date,event\n", "no event, or more"),
        ("number,date,event\n+12025550123,x,y\n", "Line 2 .* no certain date"),
    ):
        path.write_text(text)
        with pytest.raises(Usage, match=says):
            read_events(path)
    path.write_text(f"number,date,event\n+12025550123,2019-05-03,{'long' * 20}\n")
    assert len(read_events(path)[0].kind) == 60
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
        "trace": ((MONDAY - DAY, MONDAY + 3),),
        "crash": ((MONDAY + 4, MONDAY + 5),),
        "message": ((MONDAY, MONDAY + DAY),),
        "start": ((MONDAY + 4, MONDAY + 5),),
    }
    assert case.untimed == 3
    other = read_case(write_case(tmp_path / "other", [("ios.sms", "date", MONDAY + 2 * DAY)]))
    both = together([case, other])
    assert both.times["message"] == (MONDAY, MONDAY + 2 * DAY) and both.spans["message"] == (
        (MONDAY, MONDAY + 2 * DAY),
    )
    assert both.times["trace"] == case.times["trace"] and both.untimed == 3


def test_the_records_end_where_a_week_has_none_and_impossible_times_do_not_count(tmp_path: Path) -> None:
    daily = [("ios.sms", "date", MONDAY + (100 + place) * DAY) for place in range(60)]
    late, future = ("ios.sms", "date", MONDAY + 167 * DAY), ("ios.sms", "date", MONDAY + 9_000 * DAY)
    findings = [finding(MONDAY), finding(978_307_200), finding(MONDAY + 160 * DAY), finding(MONDAY + 9_000 * DAY)]
    folder = write_case(tmp_path / "case", [("ios.sms", "date", MONDAY), *daily, late, future], findings)
    records = ((MONDAY, MONDAY), (MONDAY + 100 * DAY, MONDAY + 159 * DAY), (MONDAY + 167 * DAY, MONDAY + 167 * DAY))
    case = read_case(folder)
    assert case.spans["message"] == records and MONDAY + 9_000 * DAY not in case.times["message"]
    assert (case.times["trace"], case.untimed) == ((MONDAY, MONDAY + 160 * DAY), 2)
    (folder / "run.json").write_text(f'{{"ended": "{utc_at(MONDAY + 159 * DAY)}"}}')
    case = read_case(folder)
    assert case.spans["message"] == records[:2] and (case.times["trace"], case.untimed) == ((MONDAY,), 3)
    (folder / "run.json").write_text(f'{{"ended": "{utc_at(MONDAY + 160 * DAY)}"}}')
    assert read_case(folder).times["trace"] == (MONDAY, MONDAY + 160 * DAY)
    later = CaseTimes(
        times=dict.fromkeys(KINDS, ()), spans={"message": ((MONDAY + 160 * DAY, MONDAY + 170 * DAY),)}, untimed=0
    )
    far = CaseTimes(
        times=dict.fromkeys(KINDS, ()), spans={"message": ((MONDAY + 200 * DAY, MONDAY + 210 * DAY),)}, untimed=0
    )
    assert together([far, case, later]).spans["message"] == (
        (MONDAY, MONDAY),
        (MONDAY + 100 * DAY, MONDAY + 170 * DAY),
        (MONDAY + 200 * DAY, MONDAY + 210 * DAY),
    )


def test_one_old_message_makes_no_link_out_of_what_the_phone_still_has(tmp_path: Path) -> None:
    """Messages of 60 days; the number was selected in these days. Nothing links both, whether an older message is left or not."""
    low = {False: 0, True: 0}
    for seed in range(30):
        chance = random.Random(seed)
        begin = 600
        rows = [selection(number(place), working_time(chance, 0)) for place in range(2_000)]
        own: list[int] = []
        while len(own) < 8:
            moment = working_time(chance, 0)
            own += [moment] if moment >= BEGIN + (begin + 5) * DAY and moment < BEGIN + (begin + 55) * DAY else []
        rows += [selection(number(9_999), moment) for moment in own]
        recent = [BEGIN + begin * DAY + chance.randrange(60 * DAY) for _ in range(6_000)]
        for stray in low:
            times = [*recent, BEGIN - DAY] if stray else recent
            case = read_case(
                write_case(tmp_path / f"{seed}-{stray}", [("ios.sms", "date", moment) for moment in times])
            )
            probability = compared(rows, [(number(9_999), case)]).whole[2].probability
            low[stray] += probability is not None and probability <= 0.05
    assert low[True] == low[False] <= 2


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


def test_a_case_with_a_link_out_of_it_is_refused(tmp_path: Path) -> None:
    other = write_case(tmp_path / "other", [("ios.sms", "date", MONDAY)], [finding(MONDAY)])
    for name in ("timeline.parquet", "findings.json", "run.json"):
        (other / "run.json").write_text("{}")
        case = write_case(tmp_path / name, [])
        (case / name).unlink(missing_ok=True)
        (case / name).symlink_to(other / name)
        with pytest.raises(Malformed, match=f"{name} is a link to a file outside of the case"):
            read_case(case)
    linked = tmp_path / "linked"
    linked.symlink_to(other)  # the holders may link to a case
    assert read_case(linked).times["message"] == (MONDAY,)


def test_rows_and_kinds_of_events_of_a_timeline_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = write_case(tmp_path / "a [?] case", [("ios.sms", f"event {place}", MONDAY) for place in range(6)])
    monkeypatch.setattr(case_times, "ROWS_MOST", 5)
    with pytest.raises(LimitExceeded, match="more than 5 rows"):
        read_case(case)
    monkeypatch.setattr(case_times, "ROWS_MOST", 6)
    read_case(case)
    monkeypatch.setattr(case_times, "EVENTS_MOST", 5)
    with pytest.raises(LimitExceeded, match="more than 5 kinds of events"):
        read_case(case)


def test_every_row_of_cases_that_are_read_together_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_times, "EVENTS_MOST", 5)
    others = [("ios.sms", f"event {place}", MONDAY) for place in range(4)]
    cases = [write_case(tmp_path / f"{n}", [*others, ("ios.sms", "date", MONDAY + n)]) for n in range(3)]
    made = case_times._read_together(cases, None)
    assert [times.times["message"] for times in made.values()] == [(MONDAY,), (MONDAY + 1,), (MONDAY + 2,)]


def in_child(program: str, folders: list[Path]) -> list[str]:
    """Run `program` in a process of its own, with `phones` as its phones. Gives the lines that it prints."""
    begin = "import sys, os, time\nfrom pathlib import Path\nfrom sousveil.investigation import case_times\n"
    begin += "phones = [[Path(one)] for one in sys.argv[1:]]\n"
    begin += "def read():\n    try:\n        print(len(case_times.read_phones(phones)))\n"
    begin += "    except Exception as error:\n        print(type(error).__name__, error)\n"
    words = [sys.executable, "-c", begin + program, *map(str, folders)]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()


def test_the_reader_fails_with_the_name_of_the_case(tmp_path: Path) -> None:
    """Too much memory, too much processor time, an error that nobody listed, a name of a class that is no error."""
    cases = [write_case(tmp_path / f"case-{place}", [("ios.sms", "date", MONDAY)]) for place in range(2)]
    assert in_child("read()", cases) == ["2"]
    memory = """
inner = case_times._times_of
def large(case, *rest):
    return bytes(case_times.MEMORY_MOST) if case.folder.name == "case-1" else inner(case, *rest)
case_times._times_of = large
read()
"""
    (line,) = in_child(memory, cases)
    assert line.startswith("LimitExceeded Case case-1: The case takes more than 4 GiB of memory. Leave this case out.")
    processor = """
def endless(*_):
    while True: pass
case_times._times_of, case_times.PROCESSOR_MOST, case_times.PROCESSOR_EACH = endless, 1, 0
read()
"""
    (line,) = in_child(processor, cases)
    assert line.startswith(
        "SousveilError The process that reads the cases ended early. It read these cases: case-0, case-1."
    )
    outside = f"""
def steal(*_):
    raise case_times.SousveilError(repr(Path({str(tmp_path / "key")!r}).read_text()))
case_times._read_together = steal
read()
"""
    (tmp_path / "key").write_text("secret")
    (line,) = in_child(outside, cases)  # the process reaches nothing but the cases
    assert line.startswith("SousveilError The case cannot be read (PermissionError).")
    hostile = """
def sent(*_):
    raise case_times.SousveilError("x\\x1b[2J")
case_times._read_together = sent
names = ("os", "annotations", "Exception", "SousveilError", "Malformed", "__doc__")
for name in names:
    print(type(case_times._error(case_times._Answer(error=name, message="x"))).__name__)
read()
"""
    lines = in_child(hostile, cases)
    assert lines[:-1] == ["SousveilError"] * 4 + ["Malformed", "SousveilError"]
    assert lines[-1].startswith("SousveilError x") and "\x1b" not in lines[-1]


def test_a_means_of_confinement_that_lacks_is_named(tmp_path: Path) -> None:
    program = """
class Confined:
    missing = ("no Landlock\\x1b",)
case_times.confine = lambda *_: Confined
said = []
case_times.read_phones(phones, unconfined=said.append)
print(len(said), said[0][:11], "\\x1b" in said[0])
"""
    case = write_case(tmp_path / "case", [("ios.sms", "date", MONDAY)])
    assert in_child(program, [case]) == ["1 no Landlock False"]


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
