"""Many inputs of one check: what came of each, as a table, as JSON, and as a page beside the cases."""

from __future__ import annotations

import html
import os
import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import msgspec

from sousveil import display
from sousveil.cases.folder import disk_error, encrypted_for
from sousveil.cases.model import Case, Outcome
from sousveil.cases.outputs import case_json, to_json
from sousveil.findings.model import Shows, Strength
from sousveil.findings.verdict import Verdict
from sousveil.kinds import defang, visible
from sousveil.texts import language, t

RESULTS = {
    "traces_found": "many.traces_found",
    "suspicious": "many.needs_closer_look",
    "no_known_traces": "many.known_traces",
    "not_examinable": "many.could_examined",
}
"""The verdict in a table."""
SHOWN = 500
"""Rows of prevalence on the page; `--json` prints all."""
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1f24; }}
table {{ width: 100%; border-collapse: collapse; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .6rem; border-top: 1px solid #d6dbe1; overflow-wrap: anywhere; }}
.n {{ text-align: right; }}
</style>
</head>
<body>
<h1>{heading}</h1>
<p>{counts}</p>
<table>
<thead><tr><th>{columns[0]}</th><th>{columns[1]}</th><th class="n">{columns[2]}</th><th>{columns[3]}</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{shared}<p>{private}</p>
</body>
</html>
"""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one input."""

    path: str
    label: str = ""
    case_id: str | None = None
    """The first eight digits of the manifest's hash."""
    folder: str | None = None
    """Where the case was written."""
    exit_code: int
    packed: bytes = b""
    """The case, made small: a call may have thousands. See `of` and `case`."""
    verdict: Verdict | None = None
    """None where there is no case, or none that can be read."""
    findings: int = 0
    """How many findings can change the result."""
    error: str | None = None
    """Why there is no case."""
    earlier: bool = False
    """Whether an earlier call made the case; of an encrypted one the result is not known here."""

    def of(self, case: Case) -> Input:
        """This input with its case."""
        counted = sum(f.strength is not Strength.WEAK and f.shows is not Shows.POSTURE for f in case.findings)
        packed = zlib.compress(pickle.dumps(case), 1)
        return msgspec.structs.replace(self, packed=packed, verdict=case.verdict, findings=counted)

    @property
    def case(self) -> Case | None:
        """The case, read anew at each call; None where there is none, or none that can be read."""
        if not self.packed:
            return None
        case = pickle.loads(zlib.decompress(self.packed))  # packed by this program, never by a phone
        assert isinstance(case, Case)
        return case

    @property
    def result(self) -> str:
        """The result in a few words, or why there is none."""
        if self.verdict is None and self.earlier:
            return t("many.earlier")
        return t(RESULTS[self.verdict.value]) if self.verdict is not None else t("many.result", reason=self.error)


class Cases(Sequence[Case]):
    """The cases of a call, in the order of its inputs, each read when it is asked for."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._inputs = [one for one in inputs if one.packed and one.error is None]

    def __len__(self) -> int:
        return len(self._inputs)

    @overload
    def __getitem__(self, place: int) -> Case: ...
    @overload
    def __getitem__(self, place: slice) -> Cases: ...
    def __getitem__(self, place: int | slice) -> Case | Cases:
        if isinstance(place, slice):
            return Cases(self._inputs[place])
        case = self._inputs[place].case
        assert case is not None
        return case


class Prevalence(msgspec.Struct, frozen=True, kw_only=True):
    """On how many of the phones a finding is."""

    artefact: str
    rule: str
    value: str
    """The value of the indicator; "" where the rule needs none."""
    phones: int
    of: int
    """Phones of which the artefact was read."""


def prevalence(inputs: Sequence[Input]) -> list[Prevalence]:
    """Each finding that a phone of this call has, the rarest first; none where fewer than two phones were examined. Several
    copies of one phone count as one, by what names the phone."""
    read: dict[str, set[str]] = {}
    seen: dict[tuple[str, str, str], set[str]] = {}
    phones = set()
    for one in inputs:
        case = one.case
        if case is None or case.locked:
            continue
        phone = case.device.unique_id or one.path
        phones.add(phone)
        for line in case.coverage:
            if line.records or line.outcome is Outcome.READ:
                read.setdefault(line.artefact, set()).add(phone)
        for finding in case.findings:
            value = finding.indicator.value if finding.indicator is not None else ""
            seen.setdefault((finding.artefact, finding.rule, value), set()).add(phone)
    if len(phones) < 2:
        return []
    found = [
        Prevalence(artefact=artefact, rule=rule, value=value, phones=len(on), of=len(on | read.get(artefact, set())))
        for (artefact, rule, value), on in seen.items()
    ]
    return sorted(found, key=lambda one: (one.phones / one.of, one.artefact, one.rule, one.value))


def inputs_json(inputs: Sequence[Input]) -> bytes:
    """What `--json` prints for several inputs: one object each, failures too, and how many phones have each finding."""
    made: dict[str, Any] = {"cases": [_object(one) for one in inputs]}
    if shared := prevalence(inputs):
        made["prevalence"] = [msgspec.to_builtins(one) for one in shared]
    return to_json(made)


def input_json(one: Input) -> bytes:
    """What `--json` prints for a single input that could not be examined."""
    return to_json(_object(one))


def _object(one: Input) -> dict[str, Any]:
    stated = {
        "path": one.path,
        "label": one.label or None,
        "case_id": one.case_id,
        "folder": one.folder,
        "exit_code": one.exit_code,
        "error": one.error,
    }
    case = one.case
    return stated | (case_json(case) if case is not None else {})


def counts(inputs: Sequence[Input]) -> str:
    """How many inputs had which result."""
    failed = sum(one.verdict is None for one in inputs)
    by = [
        (t(id), sum(one.verdict is not None and one.verdict.value == key for one in inputs))
        for key, id in RESULTS.items()
    ]
    parts = [f"{text.lower()}: {count:,}" for text, count in [*by, (t("many.no_result"), failed)] if count]
    return t("many.counts", inputs=t("count.inputs", n=len(inputs)), results="; ".join(parts))


def table(inputs: Sequence[Input]) -> list[str]:
    """The lines of the summary at the end."""
    rows = [tuple(t(f"many.head.{number}") for number in range(1, 6))]
    for one in inputs:
        name = Path(one.folder).name if one.folder else one.case_id or "-"
        rows.append(
            (visible(name, 40), visible(one.result, 60), f"{one.findings:,}", str(one.exit_code), visible(one.path))
        )
    return [counts(inputs), "", *display.table(rows, right=(2, 3))]


def index_page(inputs: Sequence[Input], recipients: Sequence[str]) -> tuple[str, bytes]:
    """Name and content of the page that lies beside the cases, encrypted where they are."""
    content = encrypted_for(recipients, _page(inputs, linked=not recipients).encode())
    return "index.html.age" if recipients else "index.html", content


def write_index(folder: Path, inputs: Sequence[Input], recipients: Sequence[str]) -> Path:
    """Write index.html beside the cases, or `index.html.age`; another name where a file has it. Gives its path.
    Raises SousveilError where it cannot be written."""
    name, content = index_page(inputs, recipients)
    ending = name.removeprefix("index")
    number = 1
    while True:
        path = folder / (f"index{ending}" if number == 1 else f"index-{number}{ending}")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise disk_error(path.name, error) from error
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return path


def _page(inputs: Sequence[Input], *, linked: bool) -> str:
    labels = {one.label for one in inputs if one.label}
    shown = visible(", ".join(sorted(labels)), 200)
    return _PAGE.format(
        language=language().replace("_", "-"),
        title=html.escape(t("many.title")),
        heading=html.escape(t("many.titled", labels=shown) if labels else t("many.title")),
        counts=html.escape(counts(inputs)),
        columns=[html.escape(t(f"many.column.{number}")) for number in range(1, 5)],
        rows="\n".join(_row(one, linked=linked) for one in inputs),
        shared=_shared(inputs),
        private=html.escape(t("many.private")),
    )


def _shared(inputs: Sequence[Input]) -> str:
    """The section of prevalence; empty where fewer than two phones were examined."""
    found = prevalence(inputs)
    if not found:
        return ""
    columns = "".join(f"<th>{html.escape(t(f'many.shared_column.{number}'))}</th>" for number in range(1, 4))
    rows = "\n".join(
        f"<tr><td>{html.escape(visible(one.rule, 100))}</td><td>{html.escape(defang(one.value, 200))}</td>"
        f"<td>{html.escape(t('many.shared_of', phones=f'{one.phones:,}', of=f'{one.of:,}'))}</td></tr>"
        for one in found[:SHOWN]
    )
    return (
        f"<h2>{html.escape(t('many.shared'))}</h2>\n<p>{html.escape(t('many.shared_note'))}</p>\n"
        f"<table>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
    )


def _row(one: Input, *, linked: bool) -> str:
    case = html.escape(visible(one.case_id or t("many.none"), 20))
    if one.folder is not None:
        name = Path(one.folder).name
        shown = html.escape(visible(name, 60))
        case = f'<a href="{html.escape(name)}/report.html">{shown}</a>' if linked else shown
    return (
        f"<tr><td>{case}</td><td>{html.escape(visible(one.result, 300))}</td>"
        f'<td class="n">{one.findings:,}</td><td>{html.escape(visible(one.path))}</td></tr>'
    )
