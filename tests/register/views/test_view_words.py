"""No words are firmer than what they stand for: every value, the unknown ones too."""

from __future__ import annotations

import re

import pytest

from sousveil.register.model import Stance, Standing
from sousveil.register.types import find
from sousveil.register.views import words

STAGES = [*words.CLIENT_STAGES, None, "", "client", "CONFIRMED", "certain"]
CODES = [*(str(one) for one in Standing), "", "proved"]
RANK = {stage: rank for rank, stage in enumerate(words.CLIENT_STAGES)}


def test_the_stages_are_those_of_the_types() -> None:
    claim, incident = find("ClientClaim"), find("AbuseIncident")
    assert claim is not None and incident is not None
    stages = {one.name: tuple(one.codes) for one in (*claim.properties, *incident.properties) if one.codes}
    assert (stages["clientStage"], stages["stage"]) == (words.CLIENT_STAGES, words.INCIDENT_STAGES)


@pytest.mark.parametrize("value", STAGES)
@pytest.mark.parametrize("code", CODES)
def test_a_client_stage_is_never_raised(value: str | None, code: str) -> None:
    shown = words.client_stage(value, code)
    assert RANK[shown] <= RANK.get(value or "", 0)
    if code not in (Standing.CONFIRMED, Standing.FORENSICALLY_ATTRIBUTED):
        assert shown != "confirmed"
    if code not in (Standing.CONFIRMED, Standing.FORENSICALLY_ATTRIBUTED, Standing.REPORTED):
        assert shown == "potential"


@pytest.mark.parametrize("stage", STAGES)
def test_client_words_name_the_stage_and_no_higher_one(stage: str | None) -> None:
    for sentence in (words.client(stage, "Somebody"), words.client_short(stage)):
        found = [one for one in words.CLIENT_STAGES if one in sentence]
        assert found == [stage if stage in words.CLIENT_STAGES else "potential"], sentence
    assert "Somebody" in words.client(stage, "Somebody")


@pytest.mark.parametrize("stage", [*words.INCIDENT_STAGES, None, "", "killed"])
@pytest.mark.parametrize("code", CODES)
def test_incident_words_say_that_stage_alone(stage: str | None, code: str) -> None:
    sentence = words.incident(stage, code)
    found = [one for one in words.INCIDENT_STAGES if re.search(rf"\b{one}\b", sentence)]
    assert found == ([stage] if stage in words.INCIDENT_STAGES else []), sentence
    if found and code == Standing.REPORTED:
        assert sentence.startswith("reported as")
    if found and code not in list(Standing)[:3]:
        assert sentence.startswith("alleged")
    if found and code == Standing.FORENSICALLY_ATTRIBUTED:
        assert sentence.endswith("according to a forensic examination")


def test_standings_in_words() -> None:
    assert {code: words.standing(code) for code in CODES} == {
        "confirmed": "confirmed",
        "forensically_attributed": "attributed by a forensic examination",
        "reported": "reported",
        "alleged": "alleged",
        "": "alleged",
        "proved": "alleged",
    }
    assert len({words.standing_meaning(code) for code in Standing}) == 4
    assert words.weakest(["confirmed", "reported", "confirmed"]) == "reported"
    assert words.weakest(["confirmed", "sure"]) == "alleged" and words.weakest([]) == "alleged"
    assert words.strongest(["alleged", "reported"]) == "reported" and words.strongest([]) == "alleged"


def test_stances_states_verdicts() -> None:
    assert [words.stance(one) for one in [*Stance, "?"]] == ["says", "denies", "says instead", "says"]
    assert [words.state(one) for one in [*words.STATES, "?"]] == [
        "current",
        "ended",
        "happened",
        "not yet begun",
        "not known whether it still holds",
        "not known whether it still holds",
    ]
    assert [words.verdict(one) for one in ("same", "different", "unsure", "?")] == [
        "judged to be the same",
        "judged to be different",
        "judged: not sure",
        "judged: not sure",
    ]


@pytest.mark.parametrize(
    ("start", "end", "said", "short"),
    [
        (None, None, "", ""),
        ("2019", None, "from 2019, end unknown", "2019 – ?"),
        ("2019-03", "..", "since March 2019, ongoing", "2019 – now"),
        (None, "..", "ongoing, start not known", "? – now"),
        (None, "2021-06-30", "until 30 June 2021, start not known", "? – 2021"),
        ("2017~", "2021?", "from about 2017 until 2021 (uncertain)", "2017 – 2021"),
        ("2021-07", "2021-07", "July 2021", "2021"),
        ("201X", None, "from the 2010s, end unknown", "201X – ?"),
        ("2021-22", "2021-22", "summer 2021", "2021"),
        ("19XX", None, "from between 1900 and 1999, end unknown", "19XX – ?"),
        ("..", "2020", "until 2020, start not known", "? – 2020"),
    ],
)
def test_dates(start: str | None, end: str | None, said: str, short: str) -> None:
    assert (words.dates(start, end), words.dates_short(start, end)) == (said, short)


def test_labels_are_those_of_the_list() -> None:
    assert words.listed("MISP", "surveillance vendor") == "Listed by MISP as: surveillance vendor"
    assert words.named("Harbour files", "company") == "Named in documents published by Harbour files: company"


def test_signatories() -> None:
    assert words.endorsement() == "Who signed the letter has not endorsed this register."
    assert words.copy_yields(147, 156) == "The copy of the letter that was read yields 147 of 156 organisations."
    assert words.delisted() == "A signatory is taken off this page on request."
    assert words.experts_held(26) == "26 experts signed as well; persons are named here only after review."
    assert words.clients_of_letter(11, "NSO Group", "Forbidden Stories") == (
        "11 countries with potential clients of NSO Group, identified by Forbidden Stories. Potential means: not confirmed."
    )
    assert words.presence_of_letter(3, "NSO Group") == (
        "3 States that the letter names for a corporate presence of NSO Group. They are not named as clients."
    )


def test_every_text_passes_through_the_translator() -> None:
    with words.speaking(lambda text: f"<{text}>", lambda one, many, count: f"<{one if count == 1 else many}>"):
        assert words.standing("reported") == "<reported>"
        assert words.client("potential", "X") == "<potential client, according to X>"
        assert words.more(1234) == "<1,234 more>"
    assert words.standing("reported") == "reported"


def test_what_is_on_file_is_no_accusation() -> None:
    assert words.on_file_listed("surveillance vendor", "MISP") == "listed as “surveillance vendor” by MISP"
    assert words.on_file_named("Spy Files", "WikiLeaks") == "named in documents: Spy Files, by WikiLeaks"
    assert words.on_file_named("Letter", "X", "host") == "named in documents as “host”: Letter, by X"
    assert words.on_file_restricted("List", "Board", "2024-03") == (
        "on a government's list: List, by Board (until March 2024)"
    )
    assert words.on_file_restricted("List", "", "..") == "on a government's list: List"
    assert words.on_list("", "Board") == "on a list kept by Board"
    assert words.entry_loaded(1234, "Spy Files", "WikiLeaks") == "1,234 claims loaded from “Spy Files”, by WikiLeaks"
    assert words.entry_loaded(1, "Spy Files", "WikiLeaks") == "1 claim loaded from “Spy Files”, by WikiLeaks"
