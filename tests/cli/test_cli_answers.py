"""Exit codes, passwords, keys, wrong usage and what standard output holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import pytest
from cli_runner import LURE, PASSWORD, ROOT, Sousveil, small

SCHEMA = json.loads((ROOT / "docs/reference/findings.schema.json").read_text())
WRONG = (
    "sousveil: the password does not open this backup.\n"
    "Use the password that was set for encrypted backups in Finder, iTunes or the backup program. It is not the phone's "
    "unlock code or the Apple account's password.\n"
)


def password_file(sv: Sousveil, text: str = PASSWORD + "\n") -> Path:
    path = sv.home / "password"
    path.write_text(text)
    return path


def test_nothing_found_and_all_read_is_0(sv: Sousveil, complete: Path) -> None:
    ran = sv.check(complete, scan=True, options=["--json", "--no-files"], env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    case = json.loads(ran.out)
    gaps = [c for c in case["coverage"] if c["outcome"] not in ("READ", "ABSENT_EXPECTED")]
    assert gaps == []
    assert (ran.code, case["verdict"], case["findings"], case["context"]) == (0, "no_known_traces", [], [])
    assert case["device"]["encrypted"] is True
    left_out = sv.check(complete, options=["--json", "--no-files"], env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    assert left_out.code == 3, "a pass that was left out does not allow 0"


def test_nothing_found_but_not_all_read_is_3(sv: Sousveil, quiet: Path) -> None:
    ran = sv.check(quiet)
    assert ran.code == 3 and ran.err == ""
    assert "RESULT We found no known traces, but part of this backup was not checked." in ran.text
    assert ran.text.index("This backup is not encrypted, so much is missing.") < ran.text.index("READ ")


def test_a_trace_is_1(sv: Sousveil, lured: Path) -> None:
    ran = sv.check(lured, options=["--json", "--no-files"])
    case = json.loads(ran.out)
    (finding,) = case["findings"]
    assert (ran.code, ran.err, case["verdict"], case["reached"]) == (1, "", "suspicious", "contact")
    assert finding["indicator"] == {
        "kind": "domain-name:value",
        "value": LURE,
        "family": None,
        "publisher": None,
        "stix_id": None,
    }
    source = finding["source"]
    assert (finding["artefact"], finding["strength"], finding["at"]) == (
        "ios.sms",
        "lead",
        "2025-02-19T21:20:00.000000Z",
    )
    assert (source["file"], source["table"], source["row"]) == ("HomeDomain/Library/SMS/sms.db", "message", 1)
    jsonschema.validate(case, SCHEMA)


def test_the_terminal_defangs(sv: Sousveil, lured: Path) -> None:
    ran = sv.check(lured)
    assert ran.code == 1
    assert LURE not in ran.text and "lure-for-tests[.]example" in ran.text


@pytest.mark.parametrize(
    ("names", "code"),
    [(("quiet", "lured"), 1), (("quiet", "locked"), 2), (("locked", "lured"), 1), (("quiet",), 3), (("locked",), 2)],
)
def test_the_code_of_several(
    sv: Sousveil, tmp_path: Path, names: tuple[str, ...], code: int, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "backups"
    for name in names:
        shutil.copytree(request.getfixturevalue(name), folder / "deep" / name)
    ran = sv.check(folder)  # `locked` cannot be opened: no password and nobody to ask
    assert ran.code == code
    if "locked" in names:
        assert "this backup is encrypted and no password was given." in ran.err


def test_several_have_a_folder_each(sv: Sousveil, quiet: Path, lured: Path) -> None:
    out = sv.home / "cases"
    ran = sv.check(quiet, lured, options=["--out", out, "--json"])
    cases = json.loads(ran.out)
    jsonschema.validate(cases, SCHEMA)
    assert [case["verdict"] for case in cases["cases"]] == ["no_known_traces", "suspicious"]
    assert [(case["path"], case["error"], case["exit_code"]) for case in cases["cases"]] == [
        (str(quiet), None, 3),
        (str(lured), None, 1),
    ]
    assert {case["folder"] for case in cases["cases"]} == {str(path) for path in out.iterdir() if path.is_dir()}
    page = (out / "index.html").read_text()
    assert all(f'<a href="{path.name}/report.html">' in page for path in out.iterdir() if path.is_dir())
    assert (out / "index.html").stat().st_mode & 0o777 == 0o600
    (out / "index.html").unlink()
    assert (out / ".sousveil-inputs.jsonl").stat().st_mode & 0o777 == 0o600
    (out / ".sousveil-inputs.jsonl").unlink()
    made = sorted(path.name for path in out.iterdir())
    # The manifests of these two are the same bytes, so that the second folder needs another name.
    assert len(made) == 2 and made[1] in (made[0] + "-2", made[1]) and {name[:5] for name in made} == {"case-"}
    files = {json.loads((path / "findings.json").read_text())["verdict"] for path in out.iterdir()}
    assert files == {"no_known_traces", "suspicious"}
    assert {path.stat().st_mode & 0o777 for path in [out, *out.iterdir()]} == {0o700}


def test_the_default_folder_names_no_person(sv: Sousveil, lured: Path) -> None:
    import hashlib

    ran = sv.check(lured, options=())
    name = "case-" + hashlib.sha256((lured / "Manifest.db").read_bytes()).hexdigest()[:8]
    assert sorted(p.name for p in sv.home.iterdir() if p.is_dir()) == [name]
    assert f"FILES {name} (report.html, summary.txt). Personal data: keep private." in ran.text


def test_json_is_the_file(sv: Sousveil, lured: Path) -> None:
    ran = sv.check(lured, options=["--json", "--out", sv.home / "case"])
    assert ran.out == (sv.home / "case/findings.json").read_bytes()
    assert ran.err == ""


# Passwords and keys


def test_wrong_password(sv: Sousveil, locked: Path) -> None:
    ran = sv.check(locked, env={"SOUSVEIL_BACKUP_PASSWORD": "1234"})
    assert (ran.code, ran.err) == (2, WRONG)
    assert (
        "RESULT We could not check this backup: the password does not open it." in ran.text and "FILES" not in ran.text
    )


def test_no_password_and_nobody_to_ask(sv: Sousveil, locked: Path) -> None:
    ran = sv.check(locked)
    assert ran.code == 2 and "RESULT We could not check this backup: it needs a password." in ran.text
    assert ran.err == (
        "sousveil: this backup is encrypted and no password was given.\n"
        "Use --password-file, --key-file or SOUSVEIL_BACKUP_PASSWORD. It is the password set for backups in "
        "Finder or iTunes, not the phone's unlock code.\n"
    )


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
def test_password_file(sv: Sousveil, locked: Path, ending: str) -> None:
    ran = sv.check(locked, options=["--no-files", "--password-file", password_file(sv, PASSWORD + ending)])
    assert ran.code == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a named pipe")
def test_a_password_that_comes_through_a_pipe_serves_several_backups(
    sv: Sousveil, locked: Path, tmp_path: Path
) -> None:
    """As with `--password-file <(pass show backup)`: what is read once is gone."""
    other = small(tmp_path / "other", "nothing", seed=9, encrypted=True)
    pipe = sv.home / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(f"{PASSWORD}\n".encode(),))
    writer.start()
    ran = sv.check(locked, other, options=["--json", "--no-files", "--password-file", pipe])
    writer.join()
    assert (ran.code, ran.err) == (1, "")
    assert [case["verdict"] for case in json.loads(ran.out)["cases"]] == ["suspicious", "no_known_traces"]


@pytest.mark.parametrize(("text", "says"), [("", "is empty"), ("\n", "is empty"), (None, "cannot be read")])
def test_bad_password_file(sv: Sousveil, locked: Path, text: str | None, says: str) -> None:
    path = password_file(sv, text) if text is not None else sv.home / "none"
    ran = sv.check(locked, options=["--no-files", "--password-file", path])
    assert ran.code == 2 and says in ran.err


def test_key_file_round_trip(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    key = sv.home / "key"
    made = sv("extract-key", locked, key, "--password-file", password_file(sv))
    assert (made.code, made.err) == (0, "")
    assert len(key.read_bytes()) == 65 and key.stat().st_mode & 0o777 == 0o600
    assert PASSWORD.encode() not in made.out and key.read_bytes().strip() not in made.out
    by_key = sv.check(locked, options=["--json", "--no-files", "--key-file", key])
    by_password = sv.check(locked, options=["--json", "--no-files"], env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    assert (by_key.code, by_key.out) == (1, by_password.out)
    again = sv("extract-key", locked, key, "--password-file", password_file(sv))
    assert again.code == 2 and "exists already; a key file is never overwritten." in again.err
    other = small(tmp_path / "other", "x", seed=9, encrypted=True)
    wrong = sv.check(other, options=["--no-files", "--key-file", key])
    assert wrong.code == 2 and wrong.err.startswith("sousveil: the key file 'key' is the wrong one")


def test_key_file_that_is_none(sv: Sousveil, locked: Path) -> None:
    ran = sv.check(locked, options=["--no-files", "--key-file", password_file(sv)])
    assert ran.code == 2 and "is not a key file." in ran.err and PASSWORD not in ran.err


def test_no_key_out_of_a_plain_backup(sv: Sousveil, quiet: Path) -> None:
    ran = sv("extract-key", quiet, sv.home / "key")
    assert (ran.code, ran.err) == (2, "sousveil: this backup is not encrypted: it needs no key.\n")


def test_the_password_is_in_no_file(sv: Sousveil, locked: Path) -> None:
    out = sv.home / "case"
    assert sv.check(locked, options=["--out", out], env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD}).code == 1
    assert [p.name for p in out.iterdir() if PASSWORD.encode() in p.read_bytes()] == []


# Wrong usage


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["nothing"],
        ["check"],
        ["check", "x", "--password", "secret"],
        ["check", "x", "--since", "yesterday"],
        ["check", "x", "--since", "0001-01-01T00:00+05:00"],
        ["check", "x", "--until", "9999-12-31T23:00-05:00"],
        ["check", "x", "--password-file", "a", "--key-file", "b"],
        ["check", "x", "--out", "a", "--no-files"],
        ["check", "x", "--jobs", "many"],
        ["check", "x", "--jobs", "0"],
        ["check", "x", "--jobs", "-3"],
        ["check", "x", "--jobs=-3"],
        ["decrypt", "x"],
        ["extract-key", "x"],
        ["indicators"],
        ["indicators", "test"],
        ["indicators", "show"],
        ["timeline"],
        ["explain", "x"],
        ["check", "\x1b[31m", "\u202e", "--nope\x1b[0m"],
    ],
)
def test_wrong_usage_is_2(line: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    from cli_runner import safe

    from sousveil.cli import main

    try:
        code = main(line)
    except SystemExit as ended:
        code = int(str(ended.code))
    out, err = capfd.readouterr()
    assert code == 2 and out == "" and err and safe(err) and "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [
        ["check", "x", "--password", "sekrit"],
        ["check", "x", "--password=sekrit"],
        ["check", "-p", "sekrit", "x"],
        ["decrypt", "x", "y", "--password", "sekrit"],
        ["extract-key", "x", "y", "-p", "sekrit"],
    ],
)
def test_a_password_is_never_an_argument_and_never_shown(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """`--password` is no short form of `--password-file`."""
    from sousveil.cli import main

    with pytest.raises(SystemExit) as ended:
        main(words)
    err = capfd.readouterr().err
    assert ended.value.code == 2 and "do not give a password as an argument" in err and "sekrit" not in err


@pytest.mark.parametrize("words", [["check", "x", "--no-f"], ["check", "x", "--js"], ["timeline", "x", "--js"]])
def test_options_are_written_out(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    from sousveil.cli import main

    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2 and f"unrecognized arguments: {words[-1]}" in capfd.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "-3", "many", "1.5", "²", "9999999999"])
def test_a_number_of_jobs_begins_at_one(jobs: str, capfd: pytest.CaptureFixture[str]) -> None:
    from sousveil.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["check", "x", f"--jobs={jobs}"])
    said = f"sousveil check: argument --jobs: {jobs!r} is not a number of 1 or more\n"
    assert ended.value.code == 2 and capfd.readouterr().err == said + "Try: sousveil check --help\n"


def test_what_is_not_there(sv: Sousveil) -> None:
    for path, says in (
        (sv.home / "none", "does not exist."),
        (sv.iocs, "is a file of a kind that Sousveil does not read."),
        (sv.home, "is not an iPhone backup or Android bug report and contains none."),
    ):
        ran = sv.check(path)
        assert ran.code == 2 and ran.out == b"" and says in ran.err


def test_no_indicators_at_all(sv: Sousveil, quiet: Path) -> None:
    ran = sv("check", quiet, "--no-bundled", "--no-files")
    assert ran.code == 2 and ran.err.startswith("sousveil: there are no indicators to look for.")
    missing = sv("check", quiet, "--indicators", sv.home / "none", "--no-files")
    assert missing.code == 2 and "There is no file" in missing.err


def test_version_loads_nothing_heavy(sv: Sousveil) -> None:
    heavy = (
        "duckdb",
        "fsspec",
        "hyperscan",
        "django",
        "apsw",
        "cryptography",
        "jinja2",
        "yaml",
        "msgspec",
        "urllib.request",
    )
    code = (
        "import sys\nfrom sousveil.cli import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit as ended:\n    assert ended.code == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=sv.environment(), capture_output=True, text=True, check=True
    )
    version, loaded = done.stdout.splitlines()
    assert version.startswith("sousveil ") and loaded == "[]"


def test_progress_is_silent_without_a_terminal_and_never_on_standard_output(sv: Sousveil, lured: Path) -> None:
    """With a terminal for standard error, progress goes there; standard output stays data."""
    import pty

    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "sousveil.cli",
                "check",
                str(lured),
                "--json",
                "--no-files",
                "--no-scan",
                "--no-bundled",
                "--indicators",
                str(sv.iocs),
            ],
            env=sv.environment(),
            cwd=sv.home,
            stdout=subprocess.PIPE,
            stderr=theirs,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    finally:
        os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:
        pass
    os.close(ours)
    assert done.returncode == 1 and json.loads(done.stdout)["verdict"] == "suspicious"
    assert shown.endswith(b"\r\x1b[2K"), "the line is wiped at the end"


def test_a_reader_that_goes_away_is_no_error(sv: Sousveil, lured: Path) -> None:
    process = sv.start("check", lured, "--no-bundled", "--indicators", sv.iocs, "--no-scan", "--no-files")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(), err) == (1, b""), "what was found counts, whether somebody reads it or not"
    process.stderr.close()
