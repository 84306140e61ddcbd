"""`sousveil decide`: exit codes, the one JSON object, what a tired official reads, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.cli_decide import ACTIONS
from sousveil.decisions.api import gate
from sousveil.register.register import Register
from tests.decisions.rig import rigged, sid

LINE = ["--product", "Lampyre", "--supplier", "Glasmoth Systems Ltd"]
LINE += ["--end-user", "Ministry of the Interior of Averna", "--country", "xb"]


@pytest.fixture(scope="module")
def made(example_register: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example register; not to be changed."""
    return Path(shutil.copytree(example_register, tmp_path_factory.mktemp("decide") / "register"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register."""
    folder = tmp_path_factory.mktemp("decide") / "empty"
    Register.init(folder, title="Empty", origin="empty.example/log", example=True, gate=gate).close()
    return folder


def decide(folder: Path, *more: str, action: str = "sale") -> int:
    """Run the verb."""
    return main(["decide", "--register", str(folder), "--action", action, *LINE, *more])


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_blocked_by_a_also_in_an_empty_register(
    empty: Path, made: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (empty, made):
        assert decide(folder, "--json", action=action) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["verdict"] == "blocked"
        assert answer["packs"][0] == {"pack": "letter-2021", "verdict": "blocked"}
        assert any(one["rule"].startswith("L21-a-") and one["needs"] for one in answer["reasons"])


def test_exit_codes_say_the_verdict_only_when_asked(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert decide(made) == 0
    assert decide(made, "--exit-code") == 1
    assert decide(made, "--exit-code", "--as-of", "2021-07-26") == 4
    # Before the letter only the other pack speaks, of a name that nobody has.
    line = ["decide", "--register", str(made), "--action", "sale", "--product", "Qwzx", "--supplier", "Qwzx Ltd"]
    line += ["--end-user", "Nobody at all", "--country", "xb", "--as-of", "2021-12-01"]
    assert main([*line, "--exit-code"]) == 1
    capsys.readouterr()
    assert main([*line, "--json", "--pack", "us-lists"]) == 0
    packs = {one["pack"]: one["verdict"] for one in json.loads(capsys.readouterr().out)["packs"]}
    assert packs == {"letter-2021": "blocked", "us-lists": "insufficient_information"}


def test_intermediaries_and_packs_are_named_together_or_one_by_one(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for more in (
        ["--via", "Falcon Brokers", "Heron Trade", "--pack", "us-lists", "eu-2021-821"],
        ["--via", "Falcon Brokers", "--via", "Heron Trade", "--pack", "us-lists", "--pack", "eu-2021-821"],
    ):
        assert decide(made, "--json", *more) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    answer = json.loads(answers[0])
    assert {one["pack"] for one in answer["packs"]} == {"letter-2021", "us-lists", "eu-2021-821"}
    assert [one["needs"][0].partition(":")[0] for one in answer["undecided"][:2]] == [
        "Which intermediary “Falcon Brokers” is",
        "Which intermediary “Heron Trade” is",
    ]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--pack", "us-list"), "There is no pack named 'us-list'. There are: letter-2021, bg-2011,"),
        (("--as-of", "2021-7-1"), "“2021-7-1” is not a day. Write the day as 2021-07-18."),
        (("--as-of", ""), "--as-of is empty. Write a value, or leave it out."),
        (("--exporting-country", ""), "--exporting-country is empty."),
        (("--as-of", "2021-02-30"), "“2021-02-30” is not a day."),
        (("--known-on", ""), "“” is not a day."),
        (("--known-on", "-1"), "“-1” is not a day."),
        (("--pack", ""), "There is no pack named ''."),
        (("--known-on", "9999"), "and 9999 cannot be known."),
        (
            ("--known-on", "yesterday"),
            "“yesterday” is not a day. Write a day as 2021-07-18, or a number of entries of the log.",
        ),
        (("--exporting-country", "Nowhere"), "“Nowhere” is no exporting country."),
        (
            ("--exporting-country", "EU"),
            "“EU” is no exporting country, but a union of States. Write which of its States it is.",
        ),
        (("--via", "..."), "The intermediary has no name."),
        (("--register", "/nowhere/at/all"), "sousveil: "),
    ],
)
def test_what_it_refuses(made: Path, more: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert decide(made, *more, "--exit-code") == 2
    out, err = capsys.readouterr()
    assert says in err.replace("\n", " ")
    assert out == "" and "Traceback" not in err


@pytest.mark.parametrize("option", ["--supplier", "--end-user", "--country", "--as-of", "--known-on"])
def test_what_is_asked_once_is_not_asked_twice(made: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The last of two suppliers would stand in the place of the first, who may be the one that is blocked."""
    with pytest.raises(SystemExit) as left:
        decide(made, option, "2021", option, "2024")
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == "" and f"argument {option}: it stands there twice; ask about one at a time" in err


def test_known_on_takes_a_size_and_a_day(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(*more: str) -> dict[str, object]:
        assert decide(made, "--json", "--as-of", "2024-01-01", *more) == 0
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    whole, before, nothing = answer(), answer("--known-on", "1999-12-31"), answer("--known-on", "0")
    assert whole["known_on"] == whole["log_size"] == answer("--known-on", "2999-01-01")["known_on"]
    assert before == nothing
    assert (nothing["known_on"], nothing["log_size"]) == (0, whole["log_size"])
    assert answer("--known-on", str(whole["log_size"])) == whole


def test_the_same_question_gives_the_same_bytes(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "register"))
    seen = set()
    for folder, order in ((made, ("us-lists", "ccops")), (copy, ("ccops", "us-lists"))):
        packs = [word for name in order for word in ("--pack", name)]
        assert decide(folder, "--json", "--as-of", "2024-01-01", *packs) == 0
        seen.add(capsys.readouterr().out)
    assert len(seen) == 1


def test_what_a_person_reads(made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert decide(made, "--full", "--pack", "us-lists", "--as-of", "2024-01-01") == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[:4] == [
        "Invented example: nothing here is true.",
        "BLOCKED: Sale of “Lampyre” by “Glasmoth Systems Ltd” to “Ministry of the",
        "Interior of Averna” (Averna (invented)).",
        "A rule blocks it, or a condition that would lift a block is not proven.",
    ]
    first = out.index("Joint open letter of 27 July 2021 (letter-2021): blocked.")
    other = out.index("US Entity List and list of blocked persons (us-lists): ")
    assert first < other < out.index("Not decided:") < out.index("Steps that somebody owes")
    assert "Not proven: " in out and "Rule: Joint open letter" in out and "On file: " in out
    assert "allowed" not in out
    assert lines[-5:-2] == [
        "",
        "This is no permission and no legal advice: it says what rules and the register",
        "say, and what is not proven.",
    ]
    assert lines[-2] == "Fingerprint of the rules that were asked (SHA-256):" and len(lines[-1]) == 64
    assert [one for one in lines if len(one) > 80 and not one.strip().startswith("https://")] == []


def test_ten_lines_come_first(made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert decide(made, "--pack", "us-lists", "--as-of", "2024-01-01") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 10 and max(map(len, lines)) <= 80
    text = " ".join(one.strip() for one in lines)
    assert text.startswith("Invented example. Stop: the letter of July 2021 ") and "The letter is not a law." in text
    assert [one[:2] for one in lines if one[:1].isdigit()] == ["1.", "2.", "3."]
    assert "Missing: " in text and "Next: " in text and text.endswith("(--full shows everything)")


def test_a_name_of_several_records_is_a_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with rigged(tmp_path) as rig:
        rig.say("other", type="Company", name="Vireo Systems Ltd", country="xc")
        rig.say("row", type="Sanction", by="paper", standing="reported", entity="@other", program="SDN")
        folder = rig.register.folder
    asked = ["decide", "--register", str(folder), "--action", "sale", "--product", "Vireo Lens", "--country", "xb"]
    asked += ["--supplier", "Vireo Systems Ltd", "--end-user", sid("ministry")]
    assert main(asked) == 2
    err = capsys.readouterr().err
    assert "Which supplier is “Vireo Systems Ltd”?" in err
    assert err.index(sid("other")) < err.index(sid("vireo"))  # the one that a list names comes first
    assert main([*asked, "--json", "--on-ambiguity", "strictest"]) == 0
    strict = json.loads(capsys.readouterr().out)
    assert strict["format_version"] == 3
    assert strict["notes"][0] == (
        "“Vireo Systems Ltd”: 2 records fit; this answer is for the one with the most against it: "
        f"Vireo Systems Ltd ({sid('other')})."
    )
    asked[asked.index("Vireo Systems Ltd")] = sid("other")
    assert main([*asked, "--json"]) == 0
    assert {**strict, "notes": strict["notes"][1:]} == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_exit_code_is_the_verdict_also_where_nobody_reads_the_answer(made: Path, form: tuple[str, ...]) -> None:
    line = [
        str(Path(sys.executable).with_name("sousveil")),
        "decide",
        "--register",
        str(made),
        "--action",
        "sale",
        *LINE,
        *form,
    ]
    reads, writes = os.pipe()
    os.close(reads)  # as `| head -0` leaves it
    try:
        done = subprocess.run([*line, "--exit-code"], stdout=writes, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writes)
    assert (done.returncode, done.stderr) == (1, b"")
