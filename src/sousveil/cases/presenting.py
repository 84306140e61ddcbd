"""What report, terminal and summary show of a case, worked out once: numbers, groups, gaps, counts and times.

A finding keeps its number (F1, F2 ...) everywhere: its place in the order of findings.json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache, wraps
from itertools import groupby
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from sousveil.artefacts.model import known_artefact
from sousveil.cases.limits import sentence
from sousveil.cases.model import Case, ContextNote, Coverage, Judgement, Outcome
from sousveil.cases.outputs import iso, ordered
from sousveil.cases.telling import Told, place, prose
from sousveil.data_files import read_toml
from sousveil.errors import Usage
from sousveil.findings.model import PHONE, Finding, Shows, Strength
from sousveil.findings.rules.model import discover_rules
from sousveil.findings.rules.short_links import KIND as SHORT_LINK
from sousveil.findings.verdict import OLD_AFTER_DAYS, Verdict, day_of, days_old
from sousveil.findings.words import GROUPS, template
from sousveil.indicators.model import Attribution, IndicatorKind
from sousveil.kinds import defang, visible
from sousveil.texts import about, data, messages, t, table

WHOLE = ("backup", "system", "results")
"""Lines of coverage about the whole copy of the phone; they come first among the gaps."""


P = ParamSpec("P")
R = TypeVar("R")


def about_its_phone(function: Callable[Concatenate[Case, P], R]) -> Callable[Concatenate[Case, P], R]:
    """A function of a case whose texts are about the phone of the case."""

    @wraps(function)
    def told_of(case: Case, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with about(case.device.acquisition, case.device.platform):
            return function(case, *args, **kwargs)

    return told_of


def zone_named(name: str) -> tzinfo:
    """A time zone by its IANA name, such as Europe/Budapest. Raises Usage for an unknown one."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError on some systems
        raise _no_zone(name) from error
    except KeyError as error:
        raise _no_zone(name) from error


def _no_zone(name: str) -> Usage:
    return Usage(
        t("error.presenting.time_zone_computer", name=visible(name, 60)), hint=t("error.presenting.use_name_such")
    )


NEVER_ENCRYPTED = ("dump", "file-list")
"""Forms of acquisition of which no report says whether they are encrypted."""


@cache
def _models() -> dict[str, str]:
    return read_toml("cases/data/models.toml")


class Row(msgspec.Struct, frozen=True):
    """One finding with its number, what an examiner decided, and whether the result rests on it."""

    number: int
    finding: Finding
    judgement: Judgement | None
    decides: bool

    @property
    def name(self) -> str:
        """Such as F1."""
        return f"F{self.number}"


class Group(msgspec.Struct, frozen=True):
    """All findings that show the same, in order."""

    shows: Shows
    rows: tuple[Row, ...]

    def of(self, strength: Strength) -> list[Row]:
        """The findings of one strength."""
        return [row for row in self.rows if row.finding.strength is strength]

    @property
    def confirmed(self) -> bool:
        """Whether at least one finding is strong, or the result rests on these findings."""
        return bool(self.of(Strength.STRONG)) or any(row.decides for row in self.rows)

    @property
    def heading(self) -> str:
        """The title, with the number of findings."""
        reached, count = t(f"reached.{self.shows.value}"), f"{len(self.rows):,}"
        needs = self.shows is not Shows.POSTURE and not self.confirmed and bool(self.of(Strength.LEAD))
        return t("report.needs_heading" if needs else "report.heading", reached=reached, n=count)

    @property
    def entries(self) -> list[list[Row]]:
        """Similar findings together, in order."""
        together: dict[tuple[object, ...], list[Row]] = {}
        for row in self.rows:
            together.setdefault(_similar(row.finding), []).append(row)
        return list(together.values())


class View:
    """A case as people see it."""

    def __init__(self, case: Case, told: Told) -> None:
        self.case, self.told = case, told
        self.zone = zone_named(told.timezone)
        last = {one.finding: one for one in told.judgements}
        deciding = set(told.deciding)
        self.rows = [
            Row(number, finding, last.get(finding.id), finding.id in deciding)
            for number, finding in enumerate(ordered(case.findings), 1)
        ]
        self.groups = [
            Group(shows, tuple(rows)) for shows, rows in groupby(self.rows, key=lambda row: row.finding.shows)
        ]
        self.gaps = sorted(
            (line for line in case.coverage if not line.outcome.complete), key=lambda line: line.artefact not in WHOLE
        )
        self.read = [line for line in case.coverage if line.outcome is Outcome.READ]
        absent = [line for line in case.coverage if line.outcome is Outcome.ABSENT_EXPECTED]
        self.expected = [line for line in absent if not line.guide]
        self.elsewhere = {
            guide: [line for line in absent if line.guide == guide]
            for guide in sorted({c.guide for c in absent} - {""})
        }
        """What only another acquisition may hold, by the guide to it."""
        self.locked = prose(sentence(case.locked), 600) if case.locked is not None else ""
        """Why the backup was not opened; "" where it was."""
        self.newest = max((s.newest for s in case.indicators if s.newest), default=None)
        self.count = sum(s.count for s in case.indicators)

    def guides(self) -> list[str]:
        """A sentence for each guide: what only another acquisition may hold, and the verb that shows how to make it."""
        return [
            t("coverage.elsewhere", titles=", ".join(title_of(line.artefact) for line in lines), guide=place(guide, 20))
            for guide, lines in self.elsewhere.items()
        ]

    # ------------------------------------------------------------ result
    @property
    def headline(self) -> str:
        """The result in one line."""
        return prose(self.told.headline, 300)

    @property
    def compared(self) -> str:
        """How many indicators took part and how new they are, in a sentence."""
        return prose(self.told.sentence_of_indicators, 600) if self.count else t("report.no_indicators")

    @property
    def means(self) -> str:
        """What the result means."""
        return self._result("means")

    @property
    def means_not(self) -> str:
        """What it does not mean."""
        return self._result("means_not")

    def _result(self, part: str) -> str:
        id, family = f"{self.told.result}.{part}", self.told.family
        if part == "means" and self.told.visited and f"{id}_visited" in messages():
            id = f"{id}_visited"
        if part == "means" and ".mercenary" in id and not self.told.named:
            id = "result.means_unnamed"
        return t(id, family=family)

    @property
    def old(self) -> int:
        """Days since the newest indicator, where a warning is due; else 0."""
        examined = self._local(self.told.examined)
        days = days_old(self.newest, examined.date() if examined else None)
        return days if days > OLD_AFTER_DAYS else 0

    @property
    def advice(self) -> list[tuple[list[str], str]]:
        """Steps for now, and the sentence for later, of each set of advice."""
        made = []
        for name in self.told.advice:
            count = len(table("words")["advice"][name]["now"])
            later = t(f"advice.{name}.later") if messages()[f"advice.{name}.later"] else ""
            made.append(([t(f"advice.{name}.now.{n}") for n in range(1, count + 1)], later))
        return made

    @property
    def tone(self) -> str:
        """The class of the page: shape and colour of the result."""
        if self.case.verdict is Verdict.NOT_EXAMINABLE:
            return "unread"
        if self.case.verdict is Verdict.NO_KNOWN_TRACES:
            return "partial" if self.gaps else "none"
        tone = (self.case.reached or Shows.PRESENCE).value
        return tone if self.case.verdict is Verdict.TRACES_FOUND else f"{tone} unsure"

    def counted(self, rows: Iterable[Row] | None = None) -> dict[Strength, int]:
        """How many findings have which strength."""
        rows = self.rows if rows is None else list(rows)
        return {strength: sum(row.finding.strength is strength for row in rows) for strength in Strength}

    @property
    def judged(self) -> dict[str, str]:
        """How many findings were judged, by word, and how many were not."""
        words = [row.judgement.word.value for row in self.rows if row.judgement is not None]
        return {
            "confirmed": f"{words.count('confirmed'):,}",
            "harmless": f"{words.count('harmless'):,}",
            "open": f"{len(self.rows) - len(words):,}",
        }

    # ------------------------------------------------------------ notes
    @property
    def notes(self) -> list[ContextNote]:
        """What stands directly under the result."""
        return [note for note in self.case.context if note.kind != SHORT_LINK]

    @property
    def short_links(self) -> list[ContextNote]:
        """Short links that nobody opened."""
        return [note for note in self.case.context if note.kind == SHORT_LINK]

    # ------------------------------------------------------------ facts
    @property
    def model(self) -> str:
        """The phone's name."""
        kind = self.case.device.product_type
        return place(_models().get(kind or "", kind or t("report.unknown")), 40)

    @property
    def version(self) -> str:
        """The version of its system."""
        return place(self.case.device.product_version or t("report.unknown"), 20)

    @property
    def phone(self) -> str:
        """The phone's name and its system, in a line; what the acquisition does not record is named."""
        device = self.case.device
        phone = self.model if device.product_type else t("report.no_model")
        system = t("report.system", version=self.version) if device.product_version else t("report.no_system")
        return t("report.phone_line", model=self.model, version=self.version, phone=phone, system=system)

    @property
    def backup_at(self) -> str | None:
        """When the backup was made, ISO 8601 in UTC."""
        return iso(self.case.device.last_backup)

    @property
    def state(self) -> str:
        """Encrypted or not, complete or not."""
        if self.case.device.platform != "ios" or self.case.device.acquisition in NEVER_ENCRYPTED:
            return t("report.gaps", n=len(self.gaps)) if self.gaps else t("report.complete")
        parts = [t("report.encrypted" if self.case.device.encrypted else "report.unencrypted")]
        if self.locked:
            return parts[0]
        parts.append(t("report.gaps", n=len(self.gaps)) if self.gaps else t("report.complete"))
        return ", ".join(parts)

    def day(self, moment: str | None) -> str:
        """The day of an instant in the zone of the report: 27 June 2021."""
        local = self._local(moment)
        return day_of(local.date().isoformat()) if local else t("report.unknown")

    def time(self, moment: str | None, *, seconds: bool = False) -> str:
        """Day and time of an instant in the zone of the report."""
        local = self._local(moment)
        if local is None:
            return t("report.unknown")
        return t(
            "date.time", day=day_of(local.date().isoformat()), time=local.strftime("%H:%M:%S" if seconds else "%H:%M")
        )

    def stamp(self, moment: str | None) -> str:
        """2021-06-27 20:04:39 in the zone of the report, for the terminal."""
        local = self._local(moment)
        return local.strftime("%Y-%m-%d %H:%M:%S") if local else t("terminal.no_time")

    def _local(self, moment: str | None) -> datetime | None:
        """The instant in the zone of the report; None where there is none or it is no time."""
        try:
            return datetime.fromisoformat((moment or "").replace("Z", "+00:00")).astimezone(self.zone)
        except (OverflowError, ValueError):
            return None

    def when(self, finding: Finding) -> str:
        """The time of a finding in words; what is not known about it is said."""
        if finding.at is None:
            return t("quality.none")
        if finding.at_quality == "day":
            return f"{day_of(finding.at)} ({t('quality.day')})"
        text = self.time(finding.at, seconds=True)
        note = f"quality.{finding.at_quality}"
        return f"{text} ({t(note)})" if note in messages() else text


def _role(finding: Finding) -> str:
    return str(finding.record.get("role") or "any")


def short(rows: Sequence[Row]) -> str:
    """What similar findings are in a few words, with the log of their phone where several phones' logs lie together."""
    phone = rows[0].finding.record.get(PHONE)
    return t("short.logs", what=_short(rows), place=visible(phone, 60)) if phone else _short(rows)


def _short(rows: Sequence[Row]) -> str:
    """Similar findings: one by its value, several by their number."""
    finding = rows[0].finding
    if finding.indicator is None or finding.indicator.kind not in set(IndicatorKind):
        rule = discover_rules().get(finding.rule)
        name = rule.title if rule else place(finding.rule, 80)
        if finding.shows is Shows.POSTURE and len({row.finding.says for row in rows}) == 1:
            # One rule knows many settings; its sentence names the one.
            name = finding.says.partition(". ")[0].rstrip(".")
        return t("short.rule.any", n=len(rows), value=data(visible(name[:1].lower() + name[1:], 80)))
    kind = IndicatorKind(finding.indicator.kind)
    value = (
        defang(finding.indicator.value, 60)
        if GROUPS[kind] in ("net", "account")
        else visible(finding.indicator.value, 60)
    )
    return t(template("short", GROUPS[kind], _role(finding)), n=len(rows), value=value)


def kind_of(finding: Finding) -> tuple[str, str, str]:
    """Findings of one kind can share a line: rule, role and the log of the phone."""
    return (finding.rule, _role(finding), str(finding.record.get(PHONE) or ""))


def why(finding: Finding) -> str:
    """Why a finding is as strong as it is: the reason that set its strength."""
    value = finding.strength.value
    text = _reason(finding, "reason.at_most")
    if not text and (rule := discover_rules().get(finding.rule)) is not None and rule.strength is finding.strength:
        text = data(rule.basis)
    text = text or _reason(finding, "reason.is")
    return prose(text[0].upper() + text[1:]).rstrip(".") + "." if text else t(f"strength_means.{value}")


def _reason(finding: Finding, id: str) -> str:
    """The first reason of a form that names the finding's strength; empty where there is none in this language."""
    before, after = t(id, ceiling=finding.strength.value, reason="\0").split("\0")
    for reason in finding.reasons:
        if reason.startswith(before) and reason.endswith(after) and len(reason) > len(before + after):
            return reason[len(before) : len(reason) - len(after)]
    return ""


def attribution_of(finding: Finding) -> Attribution | None:
    """Who published the value, as the finding counts it."""
    if finding.indicator is None:
        return None
    for one in finding.attributions:
        if (one.publisher, one.family) == (finding.indicator.publisher, finding.indicator.family):
            return one
    return next(iter(finding.attributions), None)


def published(one: Attribution) -> str:
    """Publisher, day and family of an indicator."""
    if not one.publisher:
        who = t("published.nobody", set=place(one.set_name, 60))
    elif one.published:
        who = t("published.by", publisher=place(one.publisher, 100), published=day_of(one.published))
    else:
        who = t("published.undated", publisher=place(one.publisher, 100))
    return t("published.family", who=who, family=place(one.family, 60)) if one.family else who


def _similar(finding: Finding) -> tuple[object, ...]:
    by = attribution_of(finding)
    return (
        finding.strength,
        *kind_of(finding),
        finding.innocent,
        finding.says if finding.shows is Shows.POSTURE else "",
        why(finding),
        (by.publisher, by.published) if by else None,
    )


def title_of(artefact: str) -> str:
    """What people call an artefact."""
    known = known_artefact(artefact)
    if known is not None:
        return data(known.title)
    return t(f"coverage.{artefact}") if f"coverage.{artefact}" in messages() else place(artefact, 60)


def outcome_of(line: Coverage) -> str:
    """What became of an artefact, in words."""
    partly = line.outcome in (Outcome.FAILED, Outcome.UNSUPPORTED) and line.records > 0
    return t("outcome.PARTLY" if partly else f"outcome.{line.outcome.value}")


__all__ = [
    "Group",
    "Row",
    "View",
    "attribution_of",
    "kind_of",
    "outcome_of",
    "published",
    "short",
    "title_of",
    "why",
    "zone_named",
]
