"""The desk's verbs of `sousveil register`: bidders, watch, notice. Each gives an exit code."""

from __future__ import annotations

import argparse
import shutil
import sys

import msgspec

from sousveil.answering import answer
from sousveil.decisions.api import gate
from sousveil.desk import bidders as screening
from sousveil.desk import notices
from sousveil.desk.notices import arrived_on
from sousveil.desk.records import Ended, ScreeningRecord, alike, left_out, tied
from sousveil.desk.watching import WatchedView, WatchView
from sousveil.desk.watching import watch as watched
from sousveil.display import wrapped
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.register import review
from sousveil.register.register import Register
from sousveil.register.verbs.acting import check_readable, read
from sousveil.register.views import words

OK, DUE = 0, 1
SIGNATURE_MAX = 1 << 14


def watch(args: argparse.Namespace) -> int:
    """Who is traded or plans something, and whether a regulator was told; 1 when something is due."""
    with Register.open(args.register) as register:
        found = watched(register.store, args.as_of or review.today())
    if args.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    else:
        _print_watch(found)
    return DUE if found.untold or found.late or found.unanswered else OK


EVENTS = {
    "untold": "no regulator has been told",
    "told": "a regulator was told before it",
    "late": "it has passed; no regulator was told before it",
    "told-late": "a regulator was told only after it",
    "withdrawn": "withdrawn",
}
ANSWERS = {
    "waiting": "waits for an answer",
    "acknowledged": "acknowledged",
    "unanswered": "NOT ACKNOWLEDGED within the days asked for",
    "own": "published by the company itself, or somebody tied to it: it tells no regulator",
    "elsewhere": "to nobody on file as a regulator; it counts for nothing",
}
COUNTS = (
    ("untold", "Planned events of which no regulator has been told"),
    ("late", "Events that have passed, and no regulator was told before"),
    ("told_late", "Events of which a regulator was told only afterwards"),
    ("unanswered", "Notices that were not acknowledged within the days asked for"),
)


def _say(text: str, indent: int = 0) -> None:
    """A line of the screen, folded to its width; what does not fit goes on a little further in."""
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)
    for line in wrapped(text, width, first=" " * indent, rest=" " * (indent + 4)):
        print(line)


def _print_watch(found: WatchView) -> None:
    _say(f"Companies and owners that are watched: {len(found.watched):,}, as of {words.date(found.day)}.")
    for name, what in COUNTS:
        _say(f"{what}: {getattr(found, name):,}", 2)
    for one in found.watched:
        _print_company(one)
    if found.untold or found.late:
        print()
        _say(
            "To tell a regulator: sousveil register notice draft --regulator ID --company ID --event ID. Nothing leaves by that."
        )


def _print_company(one: WatchedView) -> None:
    print()
    _say(f"{visible(one.company.caption, 200)}  {one.company.id}")
    for where in one.traded:
        _say(f"Traded: {visible(where, 200)}", 2)
    for vendor in one.vendors:
        if vendor.id != one.company.id:
            _say(f"Owns, directly or through others: {visible(vendor.caption, 200)}", 2)
    _say(f"Statements of harm on file, reported or firmer: {one.harms:,}", 2)
    for event in one.events:
        when = words.date(event.planned_for) if event.planned_for else "no day known"
        since = f", the notice was recorded {words.date(event.recorded_on)}" if event.recorded_on else ""
        _say(
            f"{event.kind.capitalize()}: {visible(event.ref.caption, 200)} ({when}): {EVENTS[event.state]}{since}  {event.ref.id}",
            2,
        )
    for notice in one.notices:
        who = visible(notice.regulator.caption, 200) if notice.regulator else "a regulator"
        sent = f"sent {words.date(notice.sent_on)}" if notice.sent_on else "day of sending not known"
        _say(f"Notice to {who}, {sent}: {ANSWERS[notice.state]}", 2)


def notice(args: argparse.Namespace) -> int:
    """Draft, approve, send, acknowledge or list notices to regulators."""
    with Register.open(args.register, gate=gate) as register:
        if args.act == "list":
            for one in notices.all_notices(register):
                _print_notice(one)
            return OK
        if args.act == "draft":
            seen = notices.draft(
                register,
                regulator=args.regulator,
                company=args.company,
                event=args.event,
                mail=args.mail,
                webhook=args.webhook,
            )
            path = register.folder / notices.FOLDER / seen.id / notices.FILE
            print(f"The draft is {visible(str(path))}. Nothing has left.", file=sys.stderr)
            print(f"Two people read it and sign exactly these bytes: {notices.SIGN}", file=sys.stderr)
        elif args.act == "show":
            seen = notices.look(register, args.id)
            sys.stdout.write(notices.as_text(seen))
        elif args.act == "approve":
            check_readable(args.signature)
            seen = notices.approve(register, args.id, read(args.signature, SIGNATURE_MAX))
        elif args.act == "send":
            seen = notices.send(register, args.id)
        elif args.act == "acknowledge":
            seen = notices.acknowledge(register, args.id, args.on, answer=args.answer)
        else:
            raise Usage(f"There is no act {args.act}.")
    if args.act != "show":
        _print_notice(seen)
    return OK


def _print_notice(one: notices.Seen) -> None:
    state = one.state.state
    if state == "draft" and one.changed:
        status = f"HELD BACK: {'; '.join(one.changed)}"
    elif state == "draft":
        status = f"draft, approved by {', '.join(visible(owner, 80) for owner in one.approved_by) or 'nobody yet'}"
    elif one.never_left:
        status = "NOT SENT"
    elif state == "leaving" and arrived_on(one.ways):
        status = "arrived; `sousveil worker` publishes it"
    elif state == "leaving":
        status = f"in the outbox since {one.state.leaving_on}, not sent yet"
    elif state == "sent":
        status = f"sent {one.state.sent_on}, {'NOT ACKNOWLEDGED within the days asked for' if one.unanswered else 'not acknowledged yet'}"
    else:
        status = f"acknowledged {one.state.acknowledged_on}"
    if one.never_left or any(way.why for way in one.ways):
        status += f" ({'; '.join(way.words for way in one.ways)})"
    about, to = visible(one.notice.company_name, 100), visible(one.notice.regulator_name, 100)
    _say(f"{one.id}  about {about} to {to}: {status}; {len(one.notice.told):,} statements")


ENDED = 1


def bidders(args: argparse.Namespace) -> int:
    """Make a screening record, or say whether one still holds."""
    check_readable(args.file)
    if args.check:
        return _check(args)
    for name in ("authority", "signature", "out"):
        if getattr(args, name) is None:
            raise Usage(f"--{name} is missing.", hint=f"The authority signs its list itself: {screening.SIGN}")
    check_readable(args.signature)
    if args.out.exists():
        raise Usage(f"{visible(str(args.out))} is there already.", hint="Name another file.")
    with Register.open(args.register) as register:
        data = screening.make(
            register,
            read(args.file, screening.MOST_BYTES + 1),
            authority=args.authority,
            signature=read(args.signature),
            tender=args.tender,
        )
        record, _ = screening.look(register, data)
    atomic.write_all(args.out.parent, {args.out.name: data}, mode=0o600)
    _print(record, None)
    print(f"The signed record is in {visible(str(args.out))}. Check it with --check.", file=sys.stderr)
    return OK


def _check(args: argparse.Namespace) -> int:
    with Register.open(args.register) as register:
        record, ended = screening.look(register, read(args.file))
    answer(lambda: sys.stdout.write(screening.as_csv(record)) if args.csv else _print(record, ended))
    return ENDED if ended else OK


def _print(record: ScreeningRecord, ended: Ended | None) -> None:
    """The record for people; what ended it first."""
    if ended is not None:
        print(f"This record does not hold: {ended.says}\n")
    print(
        f"Screening record of {visible(record.register_title, 200)}, made out to {visible(record.authority_name, 200)}."
    )
    print(f"Not a clearance. Day: {record.issued_on}. Ends on {record.expires_on}, or when a fact changes.")
    if record.tender:
        print(f"Tender: {visible(record.tender, 200)}")
    print(f"{record.bidders:,} bidders, {record.with_hits:,} with names alike on file; log size {record.log_size:,}.")
    for row in record.rows:
        if not row.hits:
            print(f"line {row.line}: {visible(row.name, 200)}: no name alike on file ({row.says})")
            continue
        print(f"line {row.line}: {visible(row.name, 200)}: {alike(row)} ({row.says})")
        if tied(row):
            print(f"  {visible(tied(row), 1000)}")
        if row.left_out:
            print(f"  {left_out(row)}")
        for hit in row.hits:
            print(f"  {hit.score:.2f}  {visible(hit.name, 200)}  {hit.entity}")
            if hit.could_be:
                print(f"        {visible(hit.could_be, 500)}")
            for about in hit.about:
                print(f"        on file: {visible(about, 500)}")
            for harm in hit.harms:
                print(f"        harm on file: {visible(harm, 1000)}")
            for path in hit.path:
                print(f"        ownership: {visible(path, 500)}")
            for reply in hit.replies:
                print(f"        reply: {visible(reply, 500)}")
    for one in record.not_screened:
        print(f"line {one.line}: not screened: {visible(one.problem, 200)} ({one.says})")
