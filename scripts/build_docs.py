#!/usr/bin/env python3
"""Make docs/reference out of the code, so that it cannot say anything else than the code does.

    python scripts/build_docs.py            write the pages
    python scripts/build_docs.py --check    write nothing; name pages that are stale and fail

The same code gives the same bytes: no clock, no machine, no terminal width goes in.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from sousveil.artefacts.model import discover
from sousveil.cases import observables, timeline
from sousveil.cases.folder import PERSONAL
from sousveil.cases.model import Outcome
from sousveil.cases.reference import anchor, markdown, md_place, md_table, roles_of, short_place, use_of
from sousveil.cli import build_parser
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.model import About, Clock, Form, Procedure
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Rule, discover_rules
from sousveil.findings.verdict import OLD_AFTER_DAYS, Verdict
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.strength import Row, table
from sousveil.kinds import Role
from sousveil.register.intake import intakes
from sousveil.register.types import reference as record_types
from sousveil.texts import t

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Made by scripts/build_docs.py out of the code. Change the code, then run the script. -->"
KEPT = {
    "api.md",
    "differences.md",
    "findings.schema.json",
    "provisions.md",
    "refusals.md",
    "rule-language.md",
    "rule-pack.schema.json",
}
"""Files of docs/reference that are written by hand, or made and held by a test."""


def page(title: str, *parts: str) -> str:
    """A page: title, note, paragraphs."""
    return "\n\n".join([f"# {title}", NOTE, *(part for part in parts if part)]) + "\n"


def bullets(items: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {item}" for item in items)


# ---------------------------------------------------------------- artefacts


def artefact_pages() -> dict[str, str]:
    """One page for each artefact, and their index."""
    made = {}
    rows = []
    for artefact in discover().values():
        title, _, rest = markdown(artefact).partition("\n\n")
        made[f"artefacts/{artefact.name}.md"] = f"{title}\n\n{NOTE}\n\n{rest}"
        only = "yes" if artefact.expected.encrypted_only else ""
        rows.append((f"[{artefact.name}]({artefact.name}.md)", artefact.title, md_place(short_place(artefact)), only))
    made["artefacts/README.md"] = page(
        "Artefacts: what is read",
        "`sousveil artefacts` prints this list, `sousveil artefacts NAME` one page. The raw pass looks at every "
        "byte of "
        "every other file as well: see [the raw pass](../../concepts/raw-pass.md).",
        md_table(("Artefact", "What it is", "Where it lies", "Only in encrypted backups"), rows),
    )
    return made


# ---------------------------------------------------------------- rules


def rule_part(rule: Rule) -> str:
    """What the rules page says about one rule."""
    reads = sorted({reads.artefact for reads in rule.reads.values()})
    known = discover()
    links = [f"[{name}](artefacts/{name}.md)" if name in known else f"`{name}`" for name in reads]
    lines = [
        f"**{rule.title}**",
        bullets(
            [
                f"strength: at most {rule.strength.value}",
                f"shows: {t('reached.' + rule.shows.value).lower()} (`{rule.shows.value}`)",
                f"reads: {', '.join(links)}",
                f"rests on: {rule.basis}",
                *([f"family: {rule.family}"] if rule.family else []),
            ]
        ),
        "What else could explain it:\n\n" + bullets(rule.innocent) if rule.innocent else "",
    ]
    return "\n\n".join([f"## {rule.name}", *(line for line in lines if line)])


def rules_page() -> str:
    """All rules."""
    rules = list(discover_rules().values())
    rows = [(f"[{r.name}](#{anchor(r.name)})", r.title, r.strength.value, r.shows.value) for r in rules]
    return page(
        "Rules: signs that need no published value",
        "A rule looks at rows of one or more artefacts and says what is odd about them. Its strength is a "
        "ceiling: a rule "
        "may say less, never more. See [strength](../concepts/strength.md).",
        md_table(("Rule", "What it looks for", "At most", "Shows"), rows),
        *(rule_part(rule) for rule in rules),
    )


# ---------------------------------------------------------------- indicators


def counts(one: IndicatorSet) -> str:
    """How many values of which kind."""
    by_kind: dict[str, int] = {}
    for indicator in one.indicators:
        by_kind[indicator.kind.value] = by_kind.get(indicator.kind.value, 0) + 1
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(by_kind.items(), key=lambda p: (-p[1], p[0])))


def indicators_page() -> str:
    """The bundled sets."""
    sets = bundled_sets()
    rows = [(s.name, s.publisher or "", s.licence or "", s.newest or "no date", f"{len(s.indicators):,}") for s in sets]
    parts = []
    for one in sets:
        said = [a for i in one.indicators for a in i.attributions]
        families = sorted({a.family for a in said if a.family})
        shown = ", ".join(families[:12]) + (f" and {len(families) - 12} more" if len(families) > 12 else "")
        facts = [
            f"families: {shown or 'none named'}",
            f"class: {', '.join(sorted({a.threat_class.value for a in said if a.threat_class})) or 'none'}",
            f"values: {counts(one)}",
            *([f"skipped: {len(one.skipped)} (`sousveil indicators show {one.name}` says why)"] if one.skipped else []),
        ]
        parts.append(f"## {one.name}\n\n{bullets(facts)}")
    total = sum(len(s.indicators) for s in sets)
    return page(
        "Indicators that come with the program",
        f"{len(sets)} sets, {total:,} values. They are facts out of published reports; the program adds nothing "
        f"to them but "
        "a reviewed limit of what each is worth ([strength](strength.md)). `sousveil indicators show NAME` "
        "prints one set "
        "with report, date and licence of each value.",
        md_table(("Set", "Publisher", "Licence", "Newest", "Values"), rows),
        *parts,
    )


# ---------------------------------------------------------------- strength


_GROUPS = (
    ("a domain, link or address", ("domain-name:value", "ipv4-addr:value", "ipv6-addr:value", "url:value")),
    ("an address", ("ipv4-addr:value", "ipv6-addr:value")),
    ("a hash", ("file:hashes.md5", "file:hashes.sha1", "file:hashes.sha256", "file:hashes.sha512")),
    ("a certificate", ("app:cert.md5", "app:cert.sha1", "app:cert.sha256")),
)


def kinds_in_words(kinds: frozenset[str]) -> str:
    """The kinds of a row, groups by one name."""
    left = set(kinds)
    words = []
    for name, members in _GROUPS:
        if left.issuperset(members):
            words.append(name)
            left -= set(members)
    return " or ".join([*words, *(f"`{kind}`" for kind in sorted(left))])


def criteria(row: Row) -> str:
    """When a row of the table fits, in words."""
    parts = [kinds_in_words(row.kinds)] if row.kinds else []
    for word, values in (
        ("value", sorted(row.values)),
        ("ends with", row.ends),
        ("host or a name below it", row.hosts),
        ("exactly the host", sorted(row.exact_hosts)),
        ("role", sorted(row.roles)),
        ("artefact", row.artefacts),
        ("class", sorted(row.classes)),
        ("agreement", sorted(row.how)),
        ("field", sorted(row.fields)),
        ("shape of the message", sorted(row.shapes)),
        ("sender", sorted(row.senders)),
        ("place", sorted(row.places)),
    ):
        if values:
            parts.append(f"{word} {', '.join(f'`{v}`' for v in values)}")
    if row.set != "*":
        parts.append(f"set or family `{row.set}`")
    if row.unpublished:
        parts.append("no publisher and no family named")
    if row.traffic is not None:
        parts.append("traffic counted" if row.traffic else "no traffic counted")
    if row.exempt:
        parts.append(f"except in {', '.join(f'`{v}`' for v in row.exempt)}")
    return "; ".join(parts) or "anything else"


def strength_page() -> str:
    """The reviewed table in words."""
    rules = table()
    rows = [(criteria(r), r.ceiling, r.shows, r.reason) for r in rules.rows]
    caps = [(criteria(r), r.ceiling, r.reason) for r in rules.caps]
    values = [(criteria(r), r.ceiling, r.reason) for r in rules.values]
    text = files("sousveil.indicators").joinpath("data/reviewed.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    hands, names = rules.ageing
    return page(
        "How much a match is worth",
        f"The whole reviewed table, as of {rules.reviewed}. The idea behind it: [strength](../concepts/strength.md). "
        "`sousveil explain CASE ID` shows which lines of it met for one finding.",
        "## First: the place and the kind\n\nThe first line that fits gives the ceiling and what a match shows; "
        "the most "
        "specific lines come first.",
        md_table(("When", "At most", "Shows", "Why"), rows),
        "## Then: caps\n\nEvery cap that fits lowers the strength further. None raises it.",
        md_table(("When", "At most", "Why"), caps),
        "## Then: single values\n\nPublished, but also genuine, shared or well known.",
        md_table(("When", "At most", "Why"), values),
        "## Values limited when the bundled sets were made",
        md_table(("Kind", "Value", "At most", "Why", "Source"), [r for r in lines if r[0] != "kind"]),
        f"## Names of programs\n\nA process name of fewer than {rules.names.characters} characters, or one that is a common "
        f"word (data/common_names.txt), is at most a {rules.names.ceiling}. A second, independent record of execution makes "
        "two such findings count. Artefacts of one line copy one record:",
        md_table(
            ("Record", "Artefacts"), [(name, ", ".join(f"`{g}`" for g in globs)) for name, globs in rules.execution]
        ),
        f"## Last: age\n\nDomains, links, addresses and accounts change hands. {hands.days} days after the "
        f"report, or after the date that the publisher gives as the end, they are at most a {hands.ceiling}. "
        f"A process name is at most a {names.ceiling} where the trace is more than {names.days} days newer than the "
        "newest report. Paths, profiles and hashes do not age. A start date never makes a match disappear.",
    )


# ---------------------------------------------------------------- the command line


HELP = {
    ("extract-key", "backup"): "the folder of the encrypted backup",
    ("extract-key", "keyfile"): "the file to write, readable only by you",
    (
        "extract-key",
        "password_file",
    ): "read the password from the first line of FILE (else the variable, else a prompt)",
    ("decrypt", "backup"): "the folder of the encrypted backup",
    ("decrypt", "dest"): "a new or empty folder",
    ("list", "json"): "as JSON",
    ("show", "json"): "as JSON",
    ("test", "json"): "as JSON",
    ("show", "name"): "a set, as `indicators list` names it",
    ("add", "file"): "STIX, MISP, YAML, CSV or plain text",
    ("update", "source"): "where the signed update lies",
    ("test", "values"): "a link, host, process name, path, hash, bundle id ...",
    ("artefacts", "name"): "such as `ios.sms`, or `sms`; without it the list of all",
    ("timeline", "case"): "the folder that `sousveil check` wrote",
    ("timeline", "csv"): "as CSV",
    ("timeline", "jsonl"): "one JSON object a line",
    ("timeline", "grep"): "only rows that hold TEXT",
    ("explain", "case"): "the folder that `sousveil check` wrote",
    ("explain", "id"): "the finding's id, or its beginning",
}
"""What the page says where the program itself has no help text."""


def usage(name: str, parser: argparse.ArgumentParser) -> str:
    """One line: the verb with its arguments."""
    words = [name]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction | argparse._VersionAction):
            continue
        meta = str(action.metavar or action.dest.upper())
        many = isinstance(action, argparse._AppendAction)
        if action.option_strings:
            value = "" if action.nargs == 0 else f" {meta}"
            words.append(f"[{action.option_strings[-1]}{value}]" + (" ..." if many else ""))
        else:
            words.append(
                f"[{meta}]" if action.nargs == "?" else f"{meta} [{meta} ...]" if action.nargs == "+" else meta
            )
    return " ".join(words)


def verb_parts(name: str, parser: argparse.ArgumentParser, about: str, level: int = 2) -> list[str]:
    """What the page says about a verb and those below it."""
    parts = [f"{'#' * level} {name}", about]
    below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        parts.append(f"```\n{usage(name, parser)}\n```")
    if parser.description and parser.description.casefold().rstrip(".") != about.casefold().rstrip("."):
        parts.append(parser.description)
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction | argparse._VersionAction):
            continue
        meta = str(action.metavar or action.dest.upper())
        option = ", ".join(action.option_strings) + ("" if action.nargs == 0 else f" {meta}")
        rows.append((f"`{option.strip()}`", action.help or HELP.get((name.split()[-1], action.dest), "")))
    if rows:
        parts.append(md_table(("Argument", "What it does"), rows))
    parts += [parser.epilog] if parser.epilog else []
    for action in below:
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for verb, one in action.choices.items():
            parts += verb_parts(f"{name} {verb}", one, sentence(helps.get(verb, "")), level + (name != "sousveil"))
    return parts


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


ENVIRONMENT = (
    ("SOUSVEIL_BACKUP_PASSWORD", "the password of the backup, where no password file or key file is named"),
    ("SOUSVEIL_SCRATCH", "the folder for copies of inputs in stores (default: `TMPDIR`, else `/var/tmp`)"),
    ("SOUSVEIL_SCRATCH_GIB", "the size in GiB of the largest input that is copied from a store (default: 256)"),
    ("SOUSVEIL_STORE_SILENCE", "the seconds that a store may take for 8 MiB (default: 60)"),
    ("SOUSVEIL_DATA", "the folder of added and updated indicators (default: where the system keeps such data)"),
    ("SOUSVEIL_REGISTER", "the register's folder, where `--register` is not given"),
    (
        "SOUSVEIL_SMTP_PASSWORD",
        "the password of the mail server that `register.toml` names, where it stands in no file",
    ),
    ("SOUSVEIL_COMPLAINTS", "the folder of complaints, where `--complaints` is not given"),
    (
        "SOUSVEIL_LANGUAGE",
        "the language of texts, before `LANGUAGE`, `LC_ALL`, `LC_MESSAGES` and `LANG`; after `--language`",
    ),
    ("SOUSVEIL_DEBUG", "set to anything: errors inside the program are shown in full"),
    ("SOUSVEIL_PAGE_READER", "`off`: SQLite alone reads every database"),
)
"""Variables that the program reads."""


def cli_page() -> str:
    """All verbs and options."""
    parser = build_parser()
    verbs = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    parts = []
    helps = {choice.dest: choice.help or "" for choice in verbs._choices_actions}
    for verb, one in verbs.choices.items():
        parts += verb_parts(f"sousveil {verb}", one, sentence(helps.get(verb, "")))
    return page(
        "The command line",
        parser.description or "",
        "Standard output is the answer or data; progress and remarks go to standard error. A password is never an "
        "argument. What the [exit codes](exit-codes.md) mean.",
        *parts,
        "## Variables",
        md_table(("Variable", "What it does"), [(f"`{n}`", text) for n, text in ENVIRONMENT]),
    )


# ---------------------------------------------------------------- small pages


def exit_codes_page() -> str:
    """Exit codes, verdicts, coverage outcomes."""
    codes = [
        ("0", "Nothing found, and everything that should be there was read."),
        (
            "1",
            "Traces found, something suspicious, or a threat notice on the phone. `indicators test`: a value matches.",
        ),
        ("2", "Could not run: wrong usage, wrong password, no backup, or an error inside the program."),
        (
            "3",
            "Nothing found, but something that exists could not be read or should have been there; or not examinable.",
        ),
        ("130", "Interrupted."),
    ]
    verdicts = [(f"`{v.value}`", t(f"verdict.{v.value}")) for v in Verdict]
    outcomes = [(f"`{o.value}`", t(f"outcome.{o.value}"), "yes" if o.complete else "no") for o in Outcome]
    return page(
        "Exit codes, verdicts and coverage",
        "## Exit codes",
        md_table(("Code", "Meaning"), codes),
        "Several inputs: 1 if any is 1, else 2, else 3, else 0.",
        "## Verdicts",
        md_table(("`verdict`", "Said as"), verdicts),
        "How it is reached: [the verdict](../concepts/verdict.md).",
        "## What a finding shows",
        md_table(("`shows`", "It shows"), [(f"`{s.value}`", t(f"reached_means.{s.value}")) for s in Shows]),
        "## How strong a finding is",
        md_table(("`strength`", "Means"), [(f"`{s.value}`", t(f"strength_means.{s.value}")) for s in Strength]),
        "## Coverage",
        md_table(("`outcome`", "Means", "Allows exit code 0"), outcomes),
    )


_FILES = {
    "findings.json": "verdict, findings with evidence, coverage, indicator sets; described by "
    "[findings.schema.json](findings.schema.json)",
    "explain.json": "why each finding is as strong as it is, for `sousveil explain`",
    "report.html": "the report: one page for the person, then the annex; no script, no live link, printable",
    "summary.txt": "twelve lines to paste into a ticket",
    "report.json": "what the report was made from; `sousveil judge` makes it again",
    "judgements.json": "what examiners decided about findings, with reason, name and time; `sousveil judge` writes it",
    "timeline.parquet": "what happened when: time, artefact, event, summary, source",
    "observables.parquet": "distinct hosts, addresses, process names, bundle ids, paths, hashes, with first and "
    "last sight",
    "manifest.json": "every file that was looked at, with size and SHA-256 as stored; device facts",
    "run.json": "clock, host, arguments, what confined the reading processes, and the seconds of each phase: opening, "
    "reading, looking (at every byte), judging, writing",
}


def case_folder_page() -> str:
    """The files of a case."""
    rows = [(f"`{name}`", _FILES[name], "yes" if holds else "no") for name, holds in PERSONAL.items()]
    rows.append(("`records/<artefact>.parquet`", "with `--full-records`: every row with every field", "yes"))
    return page(
        "The case folder",
        "`sousveil check` writes it at the end, whole or not at all; folder 0700, files 0600. With `--case-recipient` "
        "every file is written only as `.age`. The same input and indicators give the same "
        "bytes of `findings.json`, `manifest.json` and the tables (`.parquet`). `run.json` differs from run to run; `report.html`, "
        "`report.json` and `explain.json` say how many days old the newest indicator is, once it is over "
        f"{OLD_AFTER_DAYS}, and so differ from day to day.",
        md_table(("File", "Holds", "Personal data"), rows),
        "## Query the tables\n\nAny program that reads Parquet reads the tables. SQL takes the names of their columns without "
        "quotes. A column of `records/` is called as the field; `extra_<name>` is a column of the evidence for which there is no "
        "field, and `extra` keeps further ones as JSON. Characters that SQL does not take become `_`, and a reserved word "
        "comes behind `field_`: the file's metadata give the evidence's own names (`original_names`). Instants are microseconds in "
        "UTC. Each row group states how many values are null; and the least and greatest value, where both have at most 64 bytes.",
        md_table(
            ("Table", "Columns"),
            [(f"`{name}`", ", ".join(f"`{c}`" for c in columns)) for name, columns in _TABLES.items()],
        ),
    )


_TABLES = {"timeline": timeline.SCHEMA, "observables": observables.SCHEMA}


def kinds_page() -> str:
    """Kinds and roles."""
    from sousveil import kinds

    rows = []
    for name in dir(kinds):
        if isinstance(value := getattr(kinds, name), type):
            continue
        try:
            kind = kinds.kind_of(value)
        except TypeError:
            continue
        rows.append((f"`{name}`", use_of(kind), kind.about.value))
    roles = [(f"`{role.value}`", t(f"role.{role.value}")) for role in Role]
    used = [(f"`{a.name}`", roles_of(a)) for a in discover().values()]
    return page(
        "Kinds and roles",
        "A field is typed with a kind; because of its kind, and of nothing else, a value is matched, put into "
        "the timeline, "
        "listed as an observable, or kept out of what may be shared. A row's role says in which part of the "
        "phone's life "
        "it stands; it decides how much a match is worth.",
        "## Kinds",
        md_table(("Kind", "What is done with a value", "About"), rows),
        "## Roles",
        md_table(("Role", "The row is"), roles),
        "## Role of each artefact",
        md_table(("Artefact", "Role"), used),
    )


def record_types_page() -> str:
    """What the register holds, type by type."""
    return page("Record types", record_types.markdown())


def sources_page() -> str:
    """The sources that the register can load, and what is left out of each."""
    parts = []
    table = []
    for name, intake in intakes().items():
        one = intake.dataset
        kind = "context" if one.context else "layer" if one.layer else "example" if one.example else one.class_
        off = " Off by default: not for commercial use." if one.non_commercial else ""
        alike = " Share alike." if one.share_alike else ""
        table.append(
            (
                f"[{name}](#{name.replace('.', '')})",
                one.publisher,
                f"{one.licence}.{off}{alike}",
                f"{one.rows:,}" if one.rows else "as chosen",
                kind,
                one.not_used_for,
            )
        )
        facts = [
            f"Publisher: {one.publisher}",
            f"Publication: {one.source}",
            *([f"Copy: {one.copy}"] if one.copy else []),
            f"Licence: {one.licence}"
            + (
                " (not for commercial use: loaded and exported only with `--non-commercial`)"
                if one.non_commercial
                else ""
            ),
            f"Credit: {one.attribution}",
            f"Class: {one.class_}; snapshot of {one.snapshot}; {one.least:,} to {one.most:,} rows are taken",
            f"Covers: {one.coverage}",
            f"Never used for: {one.not_used_for}",
        ]
        rows = [
            (f"`{file}`", f"`{column}`", why)
            for file, columns in one.dropped.items()
            for column, why in columns.items()
        ]
        parts += [f"## {name}", one.title, bullets(facts)]
        parts += [md_table(("File", "Not read", "Why"), rows)] if rows else []
    return page(
        "Sources of the register",
        "`sousveil register load SOURCE PATH` takes one of these. A class `surveillance` becomes statements; a class "
        "`reference` serves screening only, and of it the log holds one entry for each snapshot. Pages show *context*; "
        "rules, deadlines and screening weights read nothing of it. Neither context nor a *layer* is on the map or in the numbers "
        "on the first page.",
        md_table(("Source", "Publisher", "Licence", "Rows", "Kind", "Never used for"), table),
        *parts,
    )


def facts_page() -> str:
    """The dictionary of facts."""
    from sousveil.decisions.facts.model import all_facts

    parts = []
    for polarity, title in (("blocks", "What blocks"), ("lifts", "What lifts"), ("scope", "What the deal is")):
        rows = [
            (f"`{one.name}`", one.of.value, one.asks.replace("{subject}", "it"), one.needs.replace("{subject}", "it"))
            for one in all_facts().values()
            if one.polarity.value == polarity
        ]
        parts += [f"## {title}", md_table(("Fact", "Of", "Asks", "Decided by"), rows)]
    return page(
        "Facts that rules ask about",
        "What it takes for a fact to be TRUE, and who may prove it, stands in [the evidence model](../concepts/evidence-model.md).",
        *parts,
    )


def packs_page() -> str:
    """All packs, rule by rule."""
    from sousveil.decisions import packs

    parts = []
    wording = {
        ("seen", ""): "read",
        ("secondary", ""): "quoted by others",
        ("ours", "seen"): "ours, of a text that was read",
        ("ours", "secondary"): "ours, of what others quote",
    }
    for name in packs.names():
        one = packs.pack(name)
        rows = [
            (
                f"`{rule.id}`",
                ", ".join(rule.actions),
                str(rule.effect) + (", then undecided" if rule.lifts_to else ""),
                rule.says,
                rule.lifted_by or "nothing" if rule.effect != "undecided" else rule.decides,
                f"{rule.citation.instrument}, {rule.citation.article}",
                wording[rule.citation.seen, rule.citation.of],
            )
            for rule in one.rules
        ]
        numbers = [
            (f"`{each}`", ", ".join(map(str, value)) if isinstance(value, list) else str(value))
            for each, value in one.parameters.items()
        ]
        parts += [
            f"## {one.name}",
            f"**{one.title}**, version {one.version}. {one.what} Binds: {one.binds} In force from {one.in_force.start}.",
            md_table(("Rule", "Actions", "Effect", "Says", "Lifted, or decided, by", "Text", "Wording"), rows),
            *([md_table(("Parameter", "Value"), numbers)] if numbers else []),
        ]
    return page(
        "Rule packs",
        "`letter-2021` always runs and is printed first; `--pack` adds others. The words are ours, the articles those of the text. A "
        "rule whose wording was not read can only add to what is undecided; one that is ours is a reading of the pack, which the text does "
        "not state in these words. A pack is no legal advice.",
        *parts,
    )


def procedure_pages() -> dict[str, str]:
    """One page for each demand of the letter as a procedure, and their index."""
    known = registry.all_procedures().values()
    made = {f"procedures/{procedure.name}.md": _procedure(procedure) for procedure in known}
    rows = [(each.letter, f"[{each.title}]({each.name}.md)", each.asks) for each in known]
    made["procedures/README.md"] = page(
        "Procedures",
        "Each procedure is one file under `src/sousveil/decisions/procedures/`. How cells and deadlines come of it: "
        "[the evidence model](../../concepts/evidence-model.md). How one is added: "
        "[add a procedure](../../guides/add-a-procedure.md).",
        md_table(("Demand", "Is called", "The letter asks"), rows),
    )
    return made


def _procedure(one: Procedure) -> str:
    feeds = f"feed `feeds/procedure/{one.name}.atom`, files `bulk/procedures/{one.name}.jsonl` and `.csv`."
    states = [
        (f"`{type}`", state.label, "yes" if state.closed else "") for type, many in one.states.items() for state in many
    ]
    clocks = [(clock.label, f"`{clock.type}`", _days(clock), clock.source) for clock in one.clocks]
    parts = [one.asks, f"Why: {one.reason}"]
    parts += [f"Pages `procedures/{one.name}`, {feeds}", *map(_form, one.forms)]
    parts += ["## States", md_table(("Record", "State", "Closed"), states)]
    parts += ["## Deadlines", md_table(("Owed", "On", "Days", "Where the number comes from"), clocks)]
    for gap in one.gaps:
        whose = "a State's page" if gap.about is About.STATE else "a company's page"
        needs = bullets(f"{need.label} (`{need.type}`)" for need in gap.needs)
        parts += [f"## On {whose}", f"“{gap.says}” Until all of this is shown:", needs]
    return page(f"({one.letter}) {one.title}", *parts)


def _form(form: Form) -> str:
    rows = [
        (
            f"`{field.property}`",
            field.of.label,
            field.help,
            "yes" if field.required else "",
        )
        for field in form.fields
    ]
    who = ", ".join(form.who)
    head = f"## {form.title}\n\n{form.what} Record type `{form.type}`; for {who}."
    return f"{head}\n\n{md_table(('Field', 'Is called', 'Help', 'Needed'), rows)}"


def _days(clock: Clock) -> str:
    own = f"the day in {' or '.join(f'`{name}`' for name in clock.due)}" if clock.due else ""
    counted = f"{clock.days} from {' or '.join(f'`{name}`' for name in clock.starts)}" if clock.starts else ""
    return ", else ".join(filter(None, (own, counted)))


def index_page(names: Iterable[str]) -> str:
    """The list of reference pages."""
    titles = {
        "artefacts/README.md": "Artefacts: what is read, where it lies, what it means",
        "rules.md": "Rules: signs that need no published value",
        "indicators.md": "The bundled sets: who says so, under which licence",
        "strength.md": "How much a match is worth: the whole table",
        "cli.md": "The command line",
        "exit-codes.md": "Exit codes, verdicts and coverage outcomes",
        "case-folder.md": "The files of a case",
        "kinds.md": "Kinds and roles",
        "record-types.md": "Record types of the register",
        "procedures/README.md": "Procedures: the demands of the letter, their forms, clocks and rules",
        "sources.md": "Sources of the register, their licences, and what is not taken over",
    }
    titles |= {"facts.md": "Facts that rules ask about", "packs.md": "Rule packs, rule by rule"}
    listed = [f"[{titles[name]}]({name})" for name in titles if name in set(names)]
    listed.append("[Differences from the reference tool, each with its reason](differences.md)")
    listed.append("[The API of the register](api.md)")
    listed.append("[JSON Schema of findings.json](findings.schema.json)")
    listed.append("[What may not be published](refusals.md)")
    listed.append("[Provisions without a rule](provisions.md)")
    listed.append("[The language of rule packs](rule-language.md), and its [JSON Schema](rule-pack.schema.json)")
    return page("Reference", "Made from the code; `make check` fails when a page is stale.", bullets(listed))


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page,
    "indicators.md": indicators_page,
    "strength.md": strength_page,
    "cli.md": cli_page,
    "exit-codes.md": exit_codes_page,
    "case-folder.md": case_folder_page,
    "kinds.md": kinds_page,
    "record-types.md": record_types_page,
    "sources.md": sources_page,
    "facts.md": facts_page,
    "packs.md": packs_page,
}


def build() -> dict[str, str]:
    """Every page by its path below docs/reference."""
    made = artefact_pages() | procedure_pages() | {name: make() for name, make in PAGES.items()}
    made["README.md"] = index_page(made)
    return dict(sorted(made.items()))


def stale(made: dict[str, str], root: Path = REFERENCE) -> list[str]:
    """Pages that are missing, different or no longer made."""
    there = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and str(p.relative_to(root)) not in KEPT}
    wrong = {name for name in there if name not in made}
    for name, text in made.items():
        path = root / name
        if not path.is_file() or path.read_text("utf-8") != text:
            wrong.add(name)
    return sorted(wrong)


def main(arguments: list[str]) -> int:
    """Write or check; 1 when a page is stale."""
    made = build()
    wrong = stale(made)
    if arguments == ["--check"]:
        for name in wrong:
            print(f"stale: docs/reference/{name}", file=sys.stderr)
        if wrong:
            print("Run scripts/build_docs.py and commit what it writes.", file=sys.stderr)
        return 1 if wrong else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for name in wrong:
        path = REFERENCE / name
        if name in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[name], "utf-8")
        else:
            path.unlink()
    print(f"{len(made)} pages, {len(wrong)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
