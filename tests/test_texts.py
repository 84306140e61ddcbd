"""The catalogue of texts: every id exists, a translation is used, and no sentence bypasses it."""

from __future__ import annotations

import ast
import gettext
import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import msgspec
import pytest

from sousveil import texts
from sousveil.acquisition.model import Device
from sousveil.artefacts.model import discover
from sousveil.cases import terminal
from sousveil.cases.categories import categories
from sousveil.cases.coverage import Reading, looked_at, why_absent
from sousveil.cases.gather import Gatherer
from sousveil.cases.model import Coverage, Outcome, PartReading
from sousveil.cases.report import report_html
from sousveil.cases.report.html import template
from sousveil.cases.run import overflow_lines, skip_line, with_suppressed
from sousveil.cases.summary import summary
from sousveil.cases.tasks import Broken, Failed
from sousveil.findings.matching import Matcher
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules import profile_posture, threat_notice
from sousveil.findings.rules.model import discover_rules
from sousveil.indicators.index import Index
from sousveil.indicators.strength import table
from sousveil.texts import CLOSE, OPEN, PSEUDO, about, messages, t, use
from tests import forked
from tests.cases.case_maker import case, finding, told

ROOT = Path(__file__).parents[1]
SOURCES = list(ROOT.glob("src/sousveil/**/*.py"))
TEMPLATES = list(ROOT.glob("src/sousveil/cases/report/templates/*.j2"))
FACTS = {"label": "K 17", "examiner": "N. Example", "examined": "2026-11-29T20:30:00+00:00", "case_id": "0123abcd"}


def test_every_id_that_is_used_exists() -> None:
    text = "".join(path.read_text("utf-8") for path in [*SOURCES, *TEMPLATES])
    used = set(re.findall(r"""\bt\(\s*f?["']([a-z_]+(?:\.[A-Za-z_0-9-]+)+)["']\s*[,)]""", text))
    assert len(used) > 700 and used - set(messages()) == set()


@pytest.mark.parametrize(
    ("form", "made", "limit"),
    [
        (
            "androidqf",
            "Acquisition made",
            (
                "An acquisition over adb contains no messages of other apps, no photos and no files of apps. "
                "It shows which apps and programs the phone knows and what they did lately."
            ),
        ),
        (
            "android-backup",
            "Adb backup made",
            "An adb backup contains only what apps allow. On Android 12 and later this is mostly messages and settings.",
        ),
        (
            "android-intrusion-logs",
            "Logs made",
            "These logs contain look-ups, connections and security events. Android records only some of them.",
        ),
    ],
)
def test_a_report_about_a_form_never_speaks_of_a_bug_report(form: str, made: str, limit: str) -> None:
    common = {id.partition(".")[2] for id in messages() if id.startswith("android.")}
    texts_of_form = {id: messages().get(f"{form}.{id}", messages()[f"android.{id}"]) for id in common}
    assert [id for id, text in texts_of_form.items() if "bug report" in str(text).lower()] == []
    with about(form, "android"):
        assert (t("report.made"), t("limits.memory")) == (made, limit)
        assert "bug report" not in t("coverage.other_acquisition")
        if form != "androidqf":
            assert f" {limit} " in t("result.no_known_traces.complete.means_not")


OF_ENCRYPTED = re.compile(r"password|key_file|keys|encrypt|report\.(?:try_again|read_nothing)")
"""Ids of texts about encryption: no dump and no list is encrypted."""


@pytest.mark.parametrize("system", ["ios", "android"])
@pytest.mark.parametrize("form", ["dump", "file-list"])
def test_no_text_about_a_dump_or_a_list_speaks_of_a_backup(form: str, system: str) -> None:
    own = [id for id in messages() if re.match(r"(?:advice|coverage|limits|report|result|summary|terminal)\.", id)]
    spoken = {
        id: messages()[next(name for name in (f"{form}.{id}", f"{system}.{id}", id) if name in messages())]
        for id in own
        if not OF_ENCRYPTED.search(id)
    }
    assert len(spoken) > 150
    assert [id for id, text in spoken.items() if "backup" in str(text).lower()] == []


def test_both_forms_of_a_text_take_the_same_parameters() -> None:
    for id, text in messages().items():
        if isinstance(text, tuple):
            one, many = ({name for _, name, _, _ in Formatter().parse(form) if name} for form in text)
            assert many <= one | {"n"} and "n" in many, id


WRONG_WORDS = re.compile(
    r"(?i)\b(?:stands?|told|whoever|on file|goes out|lets in|so that|nor|lies?|holds?|held|came in|not one|an error inside)\b"
)
"""Words that people misread or that the field has a noun or verb for."""


def odd_sentences(text: str) -> list[str]:
    """The sentences of a text with more than 20 words or with one of `WRONG_WORDS`."""
    found = re.split(r"(?<=[.!?:;])\s", text)
    return [one for one in found if len(re.findall(r"[\w{}<>/.’'-]+", one)) > 20 or WRONG_WORDS.search(one)]


def test_every_sentence_is_short_and_in_the_words_of_the_field() -> None:
    found = [form for text in messages().values() for form in ((text,) if isinstance(text, str) else text)]
    strength = table()
    found += [
        part for row in (*strength.rows, *strength.caps, *strength.values) for part in (row.reason, *row.innocent)
    ]
    found += [
        part for age in strength.ageing for part in (age.expired, age.unknown, age.old, age.untimed, *age.innocent)
    ]
    found += [part for rule in discover_rules().values() for part in (rule.title, *rule.innocent)]
    assert [one for text in found for one in odd_sentences(text)] == []


@pytest.mark.parametrize("text", ["What we told you stands on file.", "word " * 21 + "end."])
def test_an_odd_sentence_is_seen(text: str) -> None:
    assert odd_sentences("All is well. " + text) == [text]


def test_the_template_for_translators_is_fresh() -> None:
    words = [str(ROOT / "scripts/extract_messages.py"), "--check"]
    assert forked.run(words, environment=dict(os.environ), call=forked.script).returncode == 0


def test_a_translation_is_used_and_what_it_lacks_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    class German(gettext.NullTranslations):
        def pgettext(self, context: str, message: str) -> str:
            return "Was wir gefunden haben" if context == "report.found" else message

    monkeypatch.setattr(texts, "_catalogue", lambda language: German())
    with use("de"):
        made = case(finding())
        page = report_html(made, told(made)).decode()
    assert '<html lang="de" dir="ltr">' in page and "Was wir gefunden haben" in page and "What it means" in page
    assert t("report.found") == "What we found"


class Visible(HTMLParser):
    """Texts of a page outside elements that hold values."""

    VALUES = ("bdi", "code", "style")

    def __init__(self) -> None:
        super().__init__()
        self.values = 0
        self.open: list[bool] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "br"):
            return
        value = tag in self.VALUES or ("translate", "no") in attrs
        self.open.append(value)
        self.values += value

    def handle_endtag(self, tag: str) -> None:
        self.values -= self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.values:
            self.texts.append(data)


def unmarked(text: str) -> str:
    """What of a text stands outside the marks of the made-up language, however deep these are nested."""
    while (shorter := re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)) != text:
        text = shorter
    return text


def words_outside_the_catalogue(text: str) -> list[str]:
    """The words of a text that stand outside the marks of the made-up language."""
    return re.findall(r"[A-Za-z]{2,}", unmarked(text))


class Sentences(ast.NodeVisitor):
    """The texts of several words that functions of a module use outside `t(...)`. Docstrings, comparisons, errors and
    the names of artefacts are no sentences of a case."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def visit_Module(self, node: ast.Module) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.FunctionDef):
                for statement in part.body:
                    self.visit(statement)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        pass

    def visit_Raise(self, node: ast.Raise) -> None:
        pass

    def visit_Call(self, node: ast.Call) -> None:
        for part in node.args if ast.unparse(node.func) != "t" else []:
            self.visit(part)
        for keyword in node.keywords:
            if keyword.arg != "artefact":
                self.visit(keyword)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and re.search(r"[A-Za-z]{2,} |[ ][A-Za-z]{2,}", node.value):
            self.texts.append(node.value)


def sentences(source: str) -> list[str]:
    """The sentences of a module's functions that bypass the catalogue."""
    visitor = Sentences()
    visitor.visit(ast.parse(source))
    return visitor.texts


RULES = sorted(path for path in ROOT.glob("src/sousveil/findings/rules/*.py") if path.stem not in ("__init__", "model"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_sentence_of_a_rule_bypasses_the_catalogue(path: Path) -> None:
    source = path.read_text("utf-8")
    assert sentences(source) == []
    assert re.search(r"\bt\(", source), "a rule speaks through the catalogue"


@pytest.mark.parametrize("name", ["coverage", "limits", "run", "scanned"])
def test_no_detail_of_coverage_bypasses_the_catalogue(name: str) -> None:
    assert sentences((ROOT / f"src/sousveil/cases/{name}.py").read_text("utf-8")) == []


def readings() -> Iterator[Reading]:
    """What can become of an artefact; all names and reasons are numbers, so that every word is a sentence's."""
    artefact = discover()["ios.sms"]
    yield Reading(artefact, files=1, skipped=Counter({"1": 2}))
    yield Reading(artefact, files=2, layouts={"16", "17"})
    yield Reading(artefact, files=1)
    for count in (1, 7):
        failing = Reading(artefact, files=count, records=count)
        for number in range(count):
            failing.failed(f"{number}", Broken(trace="") if number else Failed(error="Malformed", message="5"))
        yield failing
    for outcome, undecoded in ((Outcome.ABSENT_EXPECTED, 0), (Outcome.UNSUPPORTED, 2)):
        parted = Reading(artefact, files=1)
        parted.add_parts([PartReading(name="1", outcome=outcome, records=1, undecoded=undecoded)])
        yield parted


def test_every_detail_of_coverage_comes_from_the_catalogue() -> None:
    phones = [Device(product_version=version, encrypted=sure) for version in ("9.1", "26.0") for sure in (True, False)]
    apps = frozenset(app for artefact in discover().values() for app in artefact.expected.app)
    phones += [msgspec.structs.replace(phone, installed=apps) for phone in phones]
    gatherer = Gatherer(Matcher(Index.build(())), {})
    gatherer.lost_rows["1", "2"], gatherer.lost_matches = 1, 2
    scanned = Coverage(artefact="scan", outcome=Outcome.READ, records=0, detail="")
    with use(PSEUDO):
        details = [why_absent(artefact, phone)[1] for artefact in discover().values() for phone in phones]
        details += [reading.line(phones[0]).detail for reading in readings()]
        details.append(Reading(discover()["ios.sms"]).line(phones[0], "5").detail)
        details += [looked_at(scanned).detail, looked_at(scanned, "5").detail]
        details += [line.detail for line in overflow_lines(gatherer)]
        details += [skip_line(name, None).detail for name in categories()]
        suppressed = msgspec.structs.replace(finding(), artefact="scan")
        details += [line.detail for line in with_suppressed([scanned], [suppressed])]
    assert all(OPEN in detail for detail in details)
    assert [detail for detail in details if words_outside_the_catalogue(detail)] == []
    pot = (ROOT / "src/sousveil/texts/messages.pot").read_text("utf-8")
    for text in [artefact.expected.optional for artefact in discover().values()] + [
        c.title for c in categories().values()
    ]:
        assert f'msgctxt "{texts.DATA}"\nmsgid "{text}"\n' in pot or not text


def test_every_meaning_and_maker_of_a_rule_has_a_text() -> None:
    needed = {f"rule.profile-posture.{meaning}" for meaning in profile_posture.MEANINGS.values()}
    needed |= {f"rule.threat-notice.{maker}" for maker in threat_notice.MAKERS}
    assert needed - set(messages()) == set()


def test_a_sentence_beside_the_catalogue_is_seen() -> None:
    source = (
        'def find():\n    """A docstring."""\n    yield Hit(rows=(), says=f"{n} odd rows", at=t("a.b", c="an aside"))\n'
    )
    assert sentences(source) == [" odd rows", "an aside"]


def test_no_sentence_of_the_report_bypasses_the_catalogue() -> None:
    template.cache_clear()
    with use(PSEUDO):
        weak = finding(3, strength=Strength.WEAK, shows=Shows.POSTURE, says=texts.data("Crash reporting is off."))
        made = case(finding(says=texts.data("A page was opened.")), finding(2, strength=Strength.LEAD, says=""), weak)
        page = report_html(made, told(made, texts.data("One sentence."), evidence="ab" * 32, **FACTS)).decode()
    reader = Visible()
    reader.feed(page)
    words = " ".join(unmarked(" ".join(reader.texts)).split())
    left = [word for word in re.findall(r"[A-Za-z]{2,}", words) if word not in ("SHA", "UTC")]
    assert left == [], left


def test_no_sentence_of_terminal_and_summary_bypasses_the_catalogue() -> None:
    with use(PSEUDO):
        made = msgspec.structs.replace(case(finding(says=texts.data("A page was opened."))), context=(), coverage=())
        about = told(made, texts.data("One sentence."), **FACTS)
        out = io.StringIO()
        terminal.render(made, about, out, width=100_000)
        rest = unmarked(re.sub(r"Access Now.*", "", out.getvalue()))
        short = unmarked(
            "".join(line + "\n" for line in summary(made, about).decode().splitlines() if line.endswith(CLOSE))
        )
    assert set(re.findall(r"[A-Za-z]{2,}", rest)) == set()
    assert not re.search(r"(?i)result|reached|findings|judgement|indicators:", short)
