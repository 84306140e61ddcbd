"""The documents say what the code does, and every link in them leads somewhere."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import discover
from sousveil.cases import reference
from sousveil.cli import VERBS, build_parser, main
from sousveil.errors import Usage
from sousveil.findings.rules.model import Kept, discover_rules
from sousveil.indicators.bundled import bundled_sets
from sousveil.kinds import Role
from sousveil.records import Source
from sousveil.texts import messages
from tests import forked
from tests.attack.__main__ import ATTACKS, BROWSER, POSTGRES
from tests.truth import table
from tests.truth.model import Want

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "examples" / "README.md"])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _CODE.sub("", page.read_text("utf-8"))


def headings(page: Path) -> set[str]:
    """The fragments that a page offers."""
    return {reference.anchor(line.lstrip("#").strip()) for line in prose(page).splitlines() if line.startswith("#")}


def build_docs(tree: Path, *words: str) -> tuple[int, list[str]]:
    """Code and lines of the script that writes the reference of this tree."""
    script = str(tree / "scripts" / "build_docs.py")
    run = forked.run([script, *words], environment=dict(os.environ), call=forked.script)
    return run.returncode, run.stderr.decode().splitlines()


def test_the_reference_is_fresh() -> None:
    assert build_docs(ROOT, "--check") == (0, [])


def test_a_stale_page_is_named(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(DOCS / "reference", tree / "docs" / "reference")
    (tree / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "build_docs.py", tree / "scripts")
    page = tree / "docs" / "reference" / "cli.md"
    page.write_text(page.read_text("utf-8") + "more\n", "utf-8")
    (tree / "docs" / "reference" / "artefacts" / "ios.gone.md").write_text("old\n", "utf-8")
    code, lines = build_docs(tree, "--check")
    assert code == 1
    assert lines[:2] == [
        "stale: docs/reference/artefacts/ios.gone.md",
        "stale: docs/reference/cli.md",
    ]
    assert build_docs(tree)[0] == 0
    written, kept = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")}
        for root in (tree / "docs" / "reference", DOCS / "reference")
    )
    assert written == kept


def test_every_artefact_rule_verb_and_set_has_its_place() -> None:
    rules = (DOCS / "reference" / "rules.md").read_text("utf-8")
    cli = (DOCS / "reference" / "cli.md").read_text("utf-8")
    sets = (DOCS / "reference" / "indicators.md").read_text("utf-8")
    for name, artefact in discover().items():
        page = (DOCS / "reference" / "artefacts" / f"{name}.md").read_text("utf-8")
        assert all(f"`{field}`" in page for field in artefact.kinds), name
    for name, rule in discover_rules().items():
        assert f"## {name}\n" in rules and rule.title in rules, name
        assert rule.innocent and rule.basis, name
    assert all(f"## sousveil {verb}\n" in cli for verb in VERBS)
    assert all(f"## {one.name}\n" in sets for one in bundled_sets())


def test_every_artefact_says_what_a_reader_needs() -> None:
    for name, artefact in discover().items():
        assert artefact.means and artefact.seen and artefact.title, name
        assert reference.summary(artefact) and reference.row_of(artefact), name


SOURCES = re.compile(
    r"seen (?:in|on) (?:a )?real|reference tool|MVT|AndroidQF|Bugbane|App Manager|Apple|EC sysdiagnose framework|"
    r"European Commission|WebKit|libyal|Samsung|Android Open Source Project|Trace tool|published listings of the log daemon|"
    r"The Sleuth Kit|its makers published"
)
"""A real file, or a source by its name."""


def test_every_published_trace_is_a_source_or_says_why_none_shows_it() -> None:
    """Each cell names an artefact or a rule that is there, or says that the input cannot show the trace, or what is recalled."""
    known = {*discover(), *discover_rules(), "scan"}
    families = {said.family for one in bundled_sets() for entry in one.indicators for said in entry.attributions}
    text = (DOCS / "concepts" / "android-traces.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    for first, *cells in rows:
        for cell in cells if not first.startswith(("Published", "---")) else ():
            names = re.findall(r"`([^`]+)`", cell)
            assert set(names) <= known and (names or cell.startswith(("Not checkable", "Recalled"))), (first, cell)
    published = "NoviSpy ResidentBat Hermit Cellebrite Predator Helios Candiru EagleMsgSpy Graphite".split()
    assert all(name in families and name in text for name in published)
    assert not {"Chrysaor", "FinSpy"} & families  # the page says so
    assert len(rows) == 39


def test_every_page_of_an_artefact_names_a_real_file_or_a_source() -> None:
    for name, artefact in discover().items():
        page = (DOCS / "reference" / "artefacts" / f"{name}.md").read_text("utf-8")
        for seen in artefact.seen:
            unverified = f"Unverified, so a finding is a lead at most: {seen.basis}"
            assert f"| {seen.basis if seen.verified else unverified} |" in page, name
            if seen.verified:
                clauses = [part for part in seen.basis.split(";") if not re.search("recalled|guess|not seen", part)]
                assert SOURCES.search(";".join(clauses)), (name, seen.basis)
            else:
                assert re.search("recalled|not seen|test file of another tool", seen.basis), (name, seen.basis)


def test_places_that_are_no_sections_of_a_bug_report_have_words_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, where in (
        ("android.intrusion_lookups", "the logs of Intrusion Logging"),
        ("android.backup_files", "the files of apps in the adb backup"),
        ("ios.dump_files", "the list of all files"),
        ("android.adb", "section adb of the bug report"),
    ):
        assert main(["artefacts", name]) == 0
        assert f"\nLocation\n  {where}\n" in capsys.readouterr().out


def test_every_argument_is_explained() -> None:
    cli = (DOCS / "reference" / "cli.md").read_text("utf-8")
    assert not re.findall(r"^\| `[^|]+` \|\s*\|$", cli, re.MULTILINE)
    assert build_parser().prog in cli


def test_a_line_that_begins_with_check_is_read_as_by_the_whole_parser() -> None:
    line = ["check", "a", "b", "--no-scan", "--jobs", "3", "--indicators", "x.csv", "--since", "2021-07-18", "--json"]
    assert build_parser(only_check=True).parse_args(line) == build_parser().parse_args(line)
    texts = [
        next(action for action in parser._actions if action.choices).choices["check"].format_help()  # type: ignore[index]
        for parser in (build_parser(only_check=True), build_parser())
    ]
    assert texts[0] == texts[1]
    assert "--full-records" in texts[0]


def test_every_variable_is_explained() -> None:
    source = "".join(page.read_text("utf-8") for page in (ROOT / "src").rglob("*.py"))
    cli = (DOCS / "reference" / "cli.md").read_text("utf-8")
    # What one process of the program hands to another is nobody's to set.
    handed_on = {f"SOUSVEIL_SERVE_{name}" for name in ("REGISTER", "DATABASE", "PAGES", "STAFF", "LOCAL")}
    handed_on |= {"SOUSVEIL_COMPLAINTS_SERVED", "SOUSVEIL_COMPLAINTS_TLS"}
    named = set(re.findall(r"SOUSVEIL_[A-Z_]+", source)) - {"SOUSVEIL_TEST_INJECT"} - handed_on
    assert all(f"| `{name}` |" in cli for name in named), named


def test_roles_are_all_described() -> None:
    assert {f"role.{role.value}" for role in Role} <= set(messages())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_relative_to(ROOT), target
        assert there.exists(), f"{page.name} links to {target}"
        if fragment and there.suffix == ".md":
            assert fragment in headings(there), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_word_that_a_verdict_never_uses(page: Path) -> None:
    text = prose(page).replace("No result can prove that a phone is clean or infected.", "")
    if page.name in (
        "record-types.md",
        "read-the-register.md",
        "investigation.md",
    ):  # there it is a stage that a source claims, never a verdict of ours
        text = text.replace("infected", "")
    assert not re.search(r"\binfected\b|\bis clean\b|\byou are safe\b|\bvirus\b", text, re.IGNORECASE)
    assert not re.search(r"(?<!\w)/(?:home|root|work)/\w", page.read_text("utf-8"))


def test_every_page_is_listed() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    for folder in ("guides", "concepts"):
        assert all(f"({folder}/{page.name})" in index for page in (DOCS / folder).glob("*.md"))


def test_the_threat_model_names_real_tests() -> None:
    """Each row of a table with the column Test names tests or attacks that are there; the page has two pages."""
    text = (DOCS / "concepts" / "threat-model.md").read_text("utf-8")
    sources = "".join(page.read_text("utf-8") for page in (ROOT / "tests").rglob("*.py"))
    attacks = {attack.__name__ for attack in (*ATTACKS, *BROWSER, *POSTGRES)}
    known = attacks | set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    tables = [table for table in text.split("\n\n") if re.search(r"\| Test \|$", table, re.MULTILINE)]
    rows = [line.strip("| ").rpartition(" | ")[2] for table in tables for line in table.splitlines()[2:]]
    named = [re.findall(r"`(\w+)`", row) for row in rows]
    assert len(tables) == 3 and all(named)
    found = {name for names in named for name in names}
    assert (found - known, attacks - found) == (set(), set())
    assert len(text.splitlines()) <= 120


def test_decisions_are_few_short_and_listed() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert 1 <= len(pages) <= 20
    assert len({page.name[:4] for page in pages}) == len(pages), "two records have one number"
    for page in pages:
        text = page.read_text("utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        assert len(text.splitlines()) <= 40, page.name
        assert title.startswith(page.name[:4]) and f"[{title}]({page.name})" in listed
        parts = set(re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE))
        assert {"Status", "Context", "Decision", "Consequences"} <= parts, page.name
        assert re.search(r"^\*\*Status\.\*\* (Accepted|Superseded)\b", text, re.MULTILINE), page.name


def test_each_decision_that_is_named_is_a_record() -> None:
    records = {page.name[:4]: page.name for page in (DOCS / "decisions").glob("[0-9]*.md")}
    old_path = ROOT / "src" / "sousveil" / "decisions"  # names superseded records until each area has moved (0071)
    sources = (page for page in (ROOT / "src").rglob("*.py") if old_path not in page.parents)
    pages = [*DOCS.rglob("*.md"), *sources, ROOT / "CONTRIBUTING.md"]
    for page in pages:
        text = page.read_text("utf-8")
        for number, name in re.findall(r"decisions/(00\d\d)(-[a-z0-9-]+\.md)?", text):
            assert number in records and (not name or records[number] == number + name), (page, number + name)
        assert set(re.findall(r"\bdecision (00\d\d)\b", text)) <= set(records), page


def test_advice_in_guides_never_begins_with_changing_the_phone() -> None:
    first = prose(DOCS / "guides" / "read-the-result.md").split("## First", 1)[1].split("##", 1)[0]
    lines = [line for line in first.splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- Do not reset, update or delete anything")


def _blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / "guides" / page).read_text("utf-8"), re.DOTALL)


def test_the_guide_to_an_artefact_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artefact, phone, test = _blocks("add-an-artefact.md")
    (tmp_path / "guide_artefact.py").write_text(artefact, "utf-8")
    (tmp_path / "guide_phone.py").write_text(phone, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    here = {"sousveil.artefacts.ios.alarms": "guide_artefact"}
    for old, new in here.items():
        assert old in test
        test = test.replace(old, new)
    test = test.replace("from phonegen.ios import alarms", "import guide_phone as alarms")
    space: dict[str, Any] = {}
    exec(compile(test, "add-an-artefact.md", "exec"), space)
    space["test_an_alarm_is_read"](tmp_path)
    assert reference.markdown(space["ARTEFACT"]).startswith("# Alarms of the clock\n\n`ios.alarms`\n")
    (line,) = re.findall(r"^one\(.*\),$", (DOCS / "guides" / "add-an-artefact.md").read_text("utf-8"), re.MULTILINE)
    (planted,) = eval(line, vars(table))
    assert planted.wants == (Want(artefact="ios.alarms", strength="weak", shows="contact"),)


def test_the_guide_to_a_rule_is_true() -> None:
    (code,) = _blocks("add-a-rule.md")
    space: dict[str, Any] = {}
    exec(compile(code, "add-a-rule.md", "exec"), space)
    rule = space["RULE"]
    reads = rule.reads["grants"]
    assert set(reads.columns) <= set(discover()[reads.artefact].kinds)
    rows = {
        "service": ["kTCCServiceMicrophone", "kTCCServiceCamera", "kTCCServiceMicrophone"],
        "path": ["/usr/bin/x", "/usr/bin/y", None],
        "last_modified": [1, 2, 3],
    }
    assert list(reads.keep(rows)) == [0]
    kept = Kept(
        artefact=reads.artefact, source=Source(file="f"), row={name: column[0] for name, column in rows.items()}
    )
    (hit,) = rule.find({"grants": [kept]}, Device())
    assert (hit.says, hit.at) == ("A program that is no app may use the microphone.", 1)


# ---------------------------------------------------------------- the verb `artefacts`


def test_the_table_names_every_artefact(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artefacts"]) == 0
    out = capsys.readouterr().out
    assert [
        line.split()[0] for line in out.splitlines() if line.startswith(("android.", "ios.", "mvt.", "sysdiagnose."))
    ] == list(discover())


def test_one_artefact_is_told_completely(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artefacts", "sms"]) == 0
    out = capsys.readouterr().out
    artefact = discover()["ios.sms"]
    assert out.startswith("Messages (SMS and iMessage) (ios.sms)\n")
    assert "/private/var/mobile/Library/SMS/sms.db; in a backup HomeDomain/Library/SMS/sms.db" in " ".join(out.split())
    for name in artefact.kinds:
        assert re.search(rf"^  {name} ", out, re.MULTILINE), name
    assert " ".join(artefact.means.split()) in " ".join(out.split())
    for event in artefact.events:
        assert f"{event.at}: {event.says}" in out


@pytest.mark.parametrize(
    ("given", "near"), [("smss", "ios.sms"), ("ios.whatsap", "ios.whatsapp"), ("safari", "ios.safari_history")]
)
def test_an_unknown_artefact_brings_near_names(given: str, near: str) -> None:
    with pytest.raises(Usage) as caught:
        reference.find(given)
    assert caught.value.message == f"there is no artefact {given!r}."
    assert near in caught.value.hint


def test_nothing_near_points_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artefacts", "\x1b[31mxyzzy"]) == 2
    assert capsys.readouterr().err == (
        "sousveil: there is no artefact '\\x1b[31mxyzzy'.\n`sousveil artefacts` lists all of them.\n"
    )


def test_tables_survive_any_cell() -> None:
    table = reference.md_table(("a", "b"), [("x|y\nz", "<b> `<c>`")])
    assert table == "| a | b |\n| --- | --- |\n| x\\|y z | &lt;b> `<c>` |"
