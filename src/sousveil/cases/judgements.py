"""What an examiner decides about a finding, and the report with it.

`judgements.json` in the case folder holds every decision in the order of time; none is ever replaced. `report.json` holds
what the report was made from, so that it can be made again without the phone. findings.json is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from sousveil.cases.folder import CaseFiles, stored_hashes
from sousveil.cases.model import Case, Judgement, Word
from sousveil.cases.outputs import ordered, plain, to_json
from sousveil.cases.telling import Told
from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.texts import t

FORMAT = 1
"""Of judgements.json and of report.json."""
LONGEST = {"--because": 2000, "--by": 200}
"""Characters of a reason and of a name at most."""


_Form = TypeVar("_Form")


class _Judgements(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    judgements: tuple[Judgement, ...]


class _ReportSource(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    case: Case
    told: Told


def report_json(case: Case, told: Told) -> bytes:
    """report.json: everything that the report is made from."""
    source = _ReportSource(format=FORMAT, case=case, told=told)
    return to_json(plain(msgspec.to_builtins(source, builtin_types=(bytes,))))


def read_report(files: CaseFiles) -> tuple[Case, Told]:
    """What the report of a case was made from. Raises Missing, Locked and Malformed as `CaseFiles`."""
    source = _decoded(files.read("report.json"), _ReportSource, "report.json")
    return source.case, source.told


def read_judgements(files: CaseFiles) -> tuple[Judgement, ...]:
    """The decisions of a case, the earliest first; none where nobody has decided anything."""
    try:
        content = files.read("judgements.json")
    except Missing:
        return ()
    return _decoded(content, _Judgements, "judgements.json").judgements


def judge_finding(
    folder: Path,
    finding_id: str,
    word: Word,
    *,
    because: str,
    by: str,
    identity: Path | None = None,
    now: datetime | None = None,
) -> Judgement:
    """Record a decision about the finding whose id begins with `finding_id`, and make the report again.

    Raises Usage for an empty or too long reason or name and for an id that fits no finding or several; Missing, Locked
    and Malformed as `CaseFiles`. `now` is the time to record (default: the clock).
    """
    from sousveil.cases.report.html import report_html  # heavy

    because, by = _required("--because", because), _required("--by", by)
    files = CaseFiles(folder, identity)
    case, told = read_report(files)
    finding = matching_id([f.id for f in ordered(case.findings)], finding_id)
    time = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    judgement = Judgement(finding=finding, word=word, because=because, by=by, time=time)
    judgements = (*read_judgements(files), judgement)
    files.write("judgements.json", to_json(msgspec.to_builtins(_Judgements(format=FORMAT, judgements=judgements))))
    about = msgspec.structs.replace(told, judgements=judgements, hashes=stored_hashes(files.folder))
    files.write("report.html", report_html(case, about))
    return judgement


def matching_id(ids: Sequence[str], wanted: str) -> str:
    """The only id that begins with `wanted`; `F3` is the third of `ids` (in the order of findings.json). Raises Usage where
    there is none, or more than one."""
    wanted = wanted.strip()
    if wanted.startswith("F") and wanted[1:].isdecimal() and 1 <= int(wanted[1:]) <= len(ids) and len(wanted) < 8:
        return ids[int(wanted[1:]) - 1]
    wanted = wanted.lower()
    matching = sorted({one for one in ids if wanted and one.startswith(wanted)})
    if not matching:
        raise Usage(
            t("error.judgements.finding_case_id", wanted=visible(wanted, 40)),
            hint=t("error.judgements.use_number_report"),
        )
    if len(matching) > 1:
        raise Usage(
            t("error.judgements.findings_id_begins", matching=len(matching), wanted=visible(wanted, 40)),
            hint=t("error.judgements.give_more_digits"),
        )
    return matching[0]


def _required(option: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise Usage(t("error.judgements.empty", option=option), hint=t("error.judgements.decision_needs_reason"))
    if len(text) > LONGEST[option]:
        raise Usage(
            t("error.judgements.characters_most_allowed", option=option, length=len(text), longest=LONGEST[option]),
            hint=t("error.judgements.shorten"),
        )
    return text


def _decoded(content: bytes, form: type[_Form], name: str) -> _Form:
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(
            t("error.judgements.damaged_another_version", name=name), hint=t("error.common.run_check_again")
        ) from error
