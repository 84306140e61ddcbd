"""The words of the phone verbs come from the catalogue: in a made-up language, no sentence stays English."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import ROOT, Ran, Sousveil

from sousveil import cli
from sousveil.indicators.bundled import bundled_sets
from sousveil.texts import BEGIN, CLOSE, END, OPEN, PSEUDO, available

PHONE = ROOT / "examples" / "phone"
PASSWORD = ["--password-file", str(ROOT / "examples" / "password.txt")]
MARKED = {"SOUSVEIL_LANGUAGE": PSEUDO, "COLUMNS": "1000"}
VERBS = ["check", "extract-key", "decrypt", "indicators", "artefacts", "guide", "timeline", "explain", "judge"]
INDICATOR_VERBS = ["list", "show", "add", "remove", "fetch", "update", "keys", "test"]
OWNERS = {text for one in bundled_sets() for text in (one.publisher, one.licence) if text}
NAMES = [
    *(re.escape(text) for text in sorted(OWNERS, key=len, reverse=True)),
    r"Access Now[^\n|]*|Amnesty International Security[^\n|]*|Forensic Methodology Report[^\n|]*",
    r"text=[^|]*|\S*[.=/]\S+|usage: |sousveil \w+|No such file or directory|[\w:-]+(?:, \w+-[\w-]+)+",
]
"""Names of publishers, and values of the example phone."""


def english(text: str) -> list[str]:
    """The sentences, or parts of them, that are not from the catalogue: two words of which the second is in small letters.
    The values inside of marked texts are looked at too."""

    def values(marked: re.Match[str]) -> str:
        return " | ".join(["", *re.findall(f"{BEGIN}([^{BEGIN}{END}]*){END}", marked[0]), ""])

    while (inner := re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", values, text)) != text:
        text = inner
    for name in NAMES:
        text = re.sub(name, "|", text)
    return re.findall(r"[A-Za-z][a-z]+,? [a-z]{2,}", text)


def visible_text(page: bytes) -> str:
    """The texts of a page."""
    text = re.sub(r"(?s)<style.*?</style>|<code.*?</code>", "", page.decode())
    return html.unescape(re.sub(r"<[^>]*>", "|", text))


def outputs(sv: Sousveil) -> Iterator[tuple[str, str]]:
    """What the example check shows, and its verbs afterwards."""
    ran = sv("check", PHONE, *PASSWORD, "--out", "case", env=MARKED)
    assert ran.code == 1 and OPEN in ran.out.decode()
    yield "terminal", ran.out.decode() + ran.err
    case = sv.home / "case"
    yield "summary.txt", (case / "summary.txt").read_text("utf-8")
    yield "report.html", visible_text((case / "report.html").read_bytes())
    several = sv("check", PHONE, "none", *PASSWORD, "--no-scan", "--out", "cases", "--full", env=MARKED)
    yield "--full", several.out.decode() + several.err
    yield "index.html", visible_text((sv.home / "cases" / "index.html").read_bytes())
    for words in (
        ("explain", case, "F1"),
        ("judge", case, "F1", "confirmed", "--because", "x", "--by", "N"),
        ("artefacts",),
        ("artefacts", "ios.sms"),
        ("guide",),
        ("guide", "ios"),
        ("guide", "android"),
        ("guide", "sysdiagnose"),
        ("indicators", "list"),
        ("indicators", "test", "stopsms.biz", "none.example"),
        ("indicators", "keys"),
    ):
        yield " ".join(map(str, words)), sv(*words, env=MARKED).out.decode()


def test_no_sentence_of_a_check_and_its_verbs_bypasses_the_catalogue(sv: Sousveil) -> None:
    left = {name: english(text) for name, text in outputs(sv)}
    assert {name: words for name, words in left.items() if words} == {}


@pytest.mark.parametrize("verb", [*VERBS, *(f"indicators {verb}" for verb in INDICATOR_VERBS)])
def test_no_help_bypasses_the_catalogue(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([*verb.split(), "--help", "--language", PSEUDO])
    usage, _, rest = capsys.readouterr().out.partition("\n\n")
    assert usage.startswith(f"{OPEN}usage: {CLOSE}sousveil {verb}")
    assert english(rest) == [] and "--help" in rest
    options = re.findall(r"(?m)^  (?!\w+ {2,}|-\S.* {2,})(\S.*)$", rest)
    assert [line for line in options if OPEN not in line and not re.match(r"-|\w+$|list\|", line)] == []


@pytest.mark.parametrize(
    "words",
    [
        ["check", "none"],
        ["check", "."],
        ["check", PHONE],
        ["check", PHONE, "--password-file", "none"],
        ["check", PHONE, *PASSWORD, "--timezone", "Nowhere"],
        ["check", "--jobs", "0", PHONE],
        ["check", "--password", "x", PHONE],
        ["check"],
        ["explain", "none", "F1"],
        ["decrypt", PHONE, "plain", "--key-file", "none"],
        ["indicators", "show", "none"],
        ["indicators", "add", "none"],
        ["indicators", "update"],
        ["artefacts", "smss"],
        ["guide", "symbian"],
        ["judge", "none", "F1", "harmless", "--because", "", "--by", "N"],
    ],
    ids=lambda words: " ".join(word if isinstance(word, str) else "PHONE" for word in words),
)
def test_no_error_bypasses_the_catalogue(sv: Sousveil, words: list[object]) -> None:
    ran: Ran = sv(*words, env=MARKED)
    assert ran.code == 2 and OPEN in ran.err
    assert english(ran.err) == []


def test_a_worker_words_its_reasons_in_the_language_of_the_run(sv: Sousveil, locked: Path) -> None:
    wrong = sv.home / "wrong"
    wrong.write_text("not it\n")
    ran = sv("check", locked, "--password-file", wrong, "--no-files", env=MARKED)
    assert f"{OPEN}the password does not open this backup.{CLOSE}" in ran.err


def test_the_language_is_of_the_option_then_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOUSVEIL_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert (available(), available("none"), available(PSEUDO)) == ("en", None, PSEUDO)
    monkeypatch.setenv("LC_MESSAGES", f"none:{PSEUDO}")
    assert (available(), available("en_GB.UTF-8")) == (PSEUDO, "en")
    monkeypatch.setenv("LANGUAGE", "C.UTF-8")
    assert available() == "en"
    monkeypatch.setenv("SOUSVEIL_LANGUAGE", PSEUDO)
    assert available() == PSEUDO


def test_a_language_without_a_catalogue_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", "x", "--language", "none"])
    assert (ended.value.code, capsys.readouterr().err) == (
        2,
        "sousveil: there is no translation for 'none'\nTry: sousveil --help\n",
    )


@pytest.mark.parametrize(
    "planted",
    [
        "A sentence that bypasses the catalogue.",
        f"{OPEN}The reason is {BEGIN}that the value is English{END}.{CLOSE}",
        f"{OPEN}outer {BEGIN}{OPEN}inner{CLOSE} and more{END}{CLOSE} words beside",
    ],
)
def test_a_planted_sentence_is_seen(planted: str) -> None:
    assert english(f"{OPEN}before{CLOSE}\n{planted}\n{OPEN}behind{CLOSE}") != []


# What no run of the example reaches: errors are looked for in the source.

SOURCES = [
    *(
        path
        for name in ("acquisition", "artefacts", "cases", "findings", "indicators", "readers")
        for path in sorted((ROOT / "src/sousveil" / name).rglob("*.py"))
    ),
    ROOT / "src/sousveil/cli.py",
    ROOT / "src/sousveil/cli_check.py",
    ROOT / "src/sousveil/cli_guide.py",
]
SHOWN = ("help", "hint", "description", "epilog", "reason", "message", "problem", "detail")
CALLS = (
    "print",
    "Progress",
    "Unsupported",
    "Malformed",
    "Locked",
    "NoPassword",
    "WrongPassword",
    "WrongKey",
    "Missing",
)
CALLS += ("LimitExceeded", "Usage", "SousveilError", "WriteFailed", "_log.warning", "_log.error", "_Refused")
INSIDE = {"injected by a test", "a worker answered for another artefact"}
"""Never shown: an internal error."""


def bypasses(source: str) -> list[str]:
    """The sentences that a module raises, prints, logs or hands over without the catalogue."""
    found: list[str] = []

    def words(node: ast.AST) -> None:
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("t", "data", "data_text"):
            return
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if re.search(r"[A-Za-z]{2,} +[a-z]{2,}", text) and text not in INSIDE:
            found.append(text)
        for part in ast.iter_child_nodes(node):
            words(part)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            for part in node.args if name in CALLS else []:
                words(part)
            for keyword in node.keywords:
                if keyword.arg in SHOWN and name not in ("t", "Broken"):
                    words(keyword.value)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src/sousveil").as_posix())
def test_no_error_in_the_source_bypasses_the_catalogue(path: Path) -> None:
    assert bypasses(path.read_text("utf-8")) == []


def test_a_planted_error_is_seen() -> None:
    source = 'raise Usage(f"the file {x} is odd.", hint="Name " + "another file.")\nFailed(message="it is too large")\n'
    assert (
        bypasses(source) == ["the file ", " is odd.", "another file.", "it is too large"] or len(bypasses(source)) > 2
    )
    assert bypasses('raise Usage(t("a.b", c="some words here"))') == []
