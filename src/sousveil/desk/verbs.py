"""The desk's verbs of `sousveil register`: bidders, watch, notice. Each gives an exit code."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Iterator

import msgspec

from sousveil.answering import answer
from sousveil.decisions.api import gate
from sousveil.desk import bidders as screening
from sousveil.desk import notices
from sousveil.desk.bidders import TIED, Ended, ScreeningRecord, alike
from sousveil.desk.watching import STATES, WatchView
from sousveil.desk.watching import watch as watch_on
from sousveil.display import wrapped
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.register import review
from sousveil.register.register import Register
from sousveil.register.verbs.acting import check_readable, read
from sousveil.register.views import words

OK, DUE, ENDED = 0, 1, 1
COUNTS = {
    "untold": "Planned events of which no regulator has been told",
    "late": "Events that have passed, and no regulator was told before",
    "notified_late": "Events of which a regulator was told only afterwards",
    "unanswered": "Notices that were not acknowledged within the days asked for",
}


def watch(args: argparse.Namespace) -> int:
    """Who is traded or plans something, and whether a regulator was told; 1 when something is due."""
    with Register.open(args.register) as register:
        view = watch_on(register.store, args.as_of or review.today())
    if args.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(view), indent=2).decode() + "\n")
    else:
        _print_folded(_watch_lines(view))
    return DUE if view.untold or view.late or view.unanswered else OK


def _print_folded(lines: Iterable[str]) -> None:
    """Lines of the screen, folded to its width; what does not fit is indented further."""
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)
    for text in lines:
        indent = " " * (len(text) - len(text.lstrip()))
        print("\n".join(wrapped(text.lstrip(), width, first=indent, rest=f"{indent}    ")))


def _watch_lines(view: WatchView) -> Iterator[str]:
    yield f"Companies and owners that are watched: {len(view.watched):,}, as of {words.date(view.day)}."
    for name, label in COUNTS.items():
        yield f"  {label}: {getattr(view, name):,}"
    for seen in view.watched:
        yield from ("", f"{visible(seen.company.caption, 200)}  {seen.company.id}")
        for where in seen.traded:
            yield f"  Traded: {visible(where, 200)}"
        for vendor in seen.vendors:
            if vendor.id != seen.company.id:
                yield f"  Owns, directly or through others: {visible(vendor.caption, 200)}"
        yield f"  Statements of harm on file, reported or firmer: {seen.harms:,}"
        for event in seen.events:
            when = words.date(event.planned_for) if event.planned_for else "no day known"
            since = f", the notice was recorded {words.date(event.recorded_on)}" if event.recorded_on else ""
            name = f"{event.kind.capitalize()}: {visible(event.ref.caption, 200)} ({when})"
            yield f"  {name}: {STATES[event.state]}{since}  {event.ref.id}"
        for notice in seen.notices:
            who = visible(notice.regulator.caption, 200) if notice.regulator else "a regulator"
            sent = f"sent {words.date(notice.sent_on)}" if notice.sent_on else "day of sending not known"
            yield f"  Notice to {who}, {sent}: {STATES[notice.state]}"
    if view.untold or view.late:
        command = "sousveil register notice draft --regulator ID --company ID --event ID"
        yield from ("", f"To tell a regulator: {command}. Nothing leaves by that.")


def notice(args: argparse.Namespace) -> int:
    """Draft, approve, send, acknowledge or list notices to regulators."""
    with Register.open(args.register, gate=gate) as register:
        if args.act == "show":
            sys.stdout.write(notices.as_text(notices.look(register, args.id)))
            return OK
        if args.act == "list":
            seen = notices.all_notices(register)
        elif args.act == "draft":
            given = {name: getattr(args, name) for name in ("regulator", "company", "event", "mail", "webhook")}
            seen = [notices.draft(register, **given)]
            path = visible(str(register.folder / notices.FOLDER / seen[0].id / notices.FILE))
            steps = f"Nothing has left. Two people read it and sign exactly these bytes: {notices.SIGN}"
            print(f"The draft is {path}. {steps}", file=sys.stderr)
        elif args.act == "approve":
            check_readable(args.signature)
            seen = [notices.approve(register, args.id, read(args.signature))]
        elif args.act == "send":
            seen = [notices.send(register, args.id)]
        else:
            seen = [notices.acknowledge(register, args.id, args.on, answer=args.answer)]
    _print_folded(map(_notice_line, seen))
    return OK


def _notice_line(seen: notices.Seen) -> str:
    state = seen.state.state
    if state == "draft" and seen.changed:
        status = f"HELD BACK: {'; '.join(seen.changed)}"
    elif state == "draft":
        status = f"draft, approved by {', '.join(visible(owner, 80) for owner in seen.approved_by) or 'nobody yet'}"
    elif seen.never_left:
        status = "NOT SENT"
    elif state == "leaving" and notices.arrived_on(seen.ways):
        status = "arrived; `sousveil worker` publishes it"
    elif state == "leaving":
        status = f"in the outbox since {seen.state.leaving_on}, not sent yet"
    elif state == "sent":
        answer = STATES["unanswered"] if seen.unanswered else "not acknowledged yet"
        status = f"sent {seen.state.sent_on}, {answer}"
    else:
        status = f"acknowledged {seen.state.acknowledged_on}"
    if seen.never_left or any(way.error for way in seen.ways):
        status += f" ({'; '.join(map(notices.way_words, seen.ways))})"
    about, to = visible(seen.notice.company_name, 100), visible(seen.notice.regulator_name, 100)
    return f"{seen.id}  about {about} to {to}: {status}; {len(seen.notice.harms):,} statements"


def bidders(args: argparse.Namespace) -> int:
    """Make a screening record, or say whether one still holds."""
    check_readable(args.file)
    if args.check:
        with Register.open(args.register) as register:
            record, ended = screening.look(register, read(args.file))
        answer(lambda: sys.stdout.write(screening.as_csv(record)) if args.csv else _print_record(record, ended))
        return ENDED if ended else OK
    for name in ("authority", "signature", "out"):
        if getattr(args, name) is None:
            raise Usage(f"--{name} is missing.", hint=f"The authority signs its list itself: {screening.SIGN}")
    check_readable(args.signature)
    if args.out.exists():
        raise Usage(f"{visible(str(args.out))} is there already.", hint="Name another file.")
    asked, signature = read(args.file, screening.MOST_BYTES + 1), read(args.signature)
    with Register.open(args.register) as register:
        data = screening.make(register, asked, authority=args.authority, signature=signature, tender=args.tender)
        record, _ = screening.look(register, data)
    atomic.write_all(args.out.parent, {args.out.name: data}, mode=0o600)
    _print_record(record, None)
    print(f"The signed record is in {visible(str(args.out))}. Check it with --check.", file=sys.stderr)
    return OK


def _print_record(record: ScreeningRecord, ended: Ended | None) -> None:
    """The record for people; what ended it first."""
    if ended is not None:
        print(f"This record does not hold: {ended.says}\n")
    made_out = f"made out to {visible(record.authority_name, 200)}"
    print(f"Screening record of {visible(record.register_title, 200)}, {made_out}.")
    print(f"Not a clearance. Day: {record.issued_on}. Ends on {record.expires_on}, or when a fact changes.")
    if record.tender:
        print(f"Tender: {visible(record.tender, 200)}")
    print(f"{record.bidders:,} bidders, {record.with_hits:,} with names alike on file; log size {record.log_size:,}.")
    for row in record.rows:
        print(f"line {row.line}: {visible(row.name, 200)}: {alike(row)} ({row.says})")
        if row.ties:
            print(f"  {TIED}: {visible('; '.join(row.ties), 1000)}")
        for hit in row.hits:
            print(f"  {hit.score:.2f}  {visible(hit.name, 200)}  {hit.entity}")
            parts = {"": filter(None, (hit.could_be,)), "on file: ": hit.about, "harm on file: ": hit.harms}
            for label, texts in {**parts, "ownership: ": hit.path, "reply: ": hit.replies}.items():
                for text in texts:
                    print(f"        {label}{visible(text, 1000)}")
    for bad in record.not_screened:
        print(f"line {bad.line}: not screened: {visible(bad.problem, 200)} ({bad.says})")
