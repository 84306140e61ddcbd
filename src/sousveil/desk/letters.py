"""What a notice holds, and the letter that it is mailed as. Both are among the bytes that two people approve."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from sousveil.decisions.compiled import compile_world
from sousveil.desk import harms
from sousveil.desk.harms import LONGEST, Told
from sousveil.kinds import visible
from sousveil.register.register import Register
from sousveil.register.views import words

FORM = "sousveil-regulator-notice/3"
LETTER_MAX = 60_000
"""Letters of a mail. What does not fit stands in the enclosed file, and the letter says how much that is."""
FILE_MAX = 400_000
"""Bytes of a notice's file. What does not fit stands in the register, and the letter says how much that is."""
LINE_MAX = LONGEST + 1_000
ASKS = (
    "We inform you of the harms that named sources associate with this company or with companies that it owns, so that they "
    "can be weighed where its disclosures and applications are examined. This notice says what others have published and how "
    "firmly; it is no finding of ours, and every reply on file is enclosed. Please acknowledge it."
)
GONE = "- A statement that was approved does not stand in the register any more, or is changed; it is not shown."


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Through whom a company reaches a vendor."""

    vendor: str
    chain: tuple[str, ...]
    """Names, from the company down to the vendor."""
    statements: tuple[str, ...]
    """Ids of the statements of each holding."""
    sources: tuple[str, ...]


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bytes that are approved and sent, in this order of members; `filled` gives those that have a value here."""

    form: str = FORM
    says: str = ASKS
    register_title: str = ""
    origin: str
    address: str = ""
    """Of the register's pages, without a slash at the end; not there in a notice of an earlier form."""
    example: bool
    regulator: str
    regulator_name: str = ""
    company: str
    company_name: str = ""
    concerns: tuple[str, ...] = ()
    """Ids of the vendors whose harms are told: the company itself, or such that it owns."""
    concerns_names: tuple[str, ...] = ()
    holdings: tuple[Holding, ...] = ()
    """Of each vendor that is not the company itself: how it is reached."""
    event: str | None
    """Id of the planned corporate event."""
    event_name: str | None = None
    drafted_on: str
    acknowledge_days: int
    log_size: int
    root: str
    told: tuple[Told, ...] = ()
    left_out: int = 0
    """Statements that were left out for length; they stand in the register."""
    mail: str | None
    """Where it goes."""
    webhook: str | None
    subject: str = ""
    """Of the mail."""
    letter: str = ""
    """The mail's text, as it leaves."""


def subject(notice: Notice) -> str:
    """One line."""
    return visible(f"Notice about {notice.company_name}", 200)


def letter(notice: Notice, gone: Collection[str] = ()) -> str:
    """The text. `gone`: ids of statements and replies that are not shown (any more)."""
    lines = [
        f"To: {notice.regulator_name}",
        f"About: {notice.company_name}",
        *([f"Before: {notice.event_name}"] if notice.event_name else []),
        *(["INVENTED EXAMPLE: nothing in this notice is true."] if notice.example else []),
        "",
        notice.says,
        "",
        f"It concerns: {', '.join(notice.concerns_names)}.",
    ]
    for one in notice.holdings:
        lines += [
            f"Reached through ownership: {' > '.join(one.chain)}",
            f"  Source: {'; '.join(one.sources)}",
            *(f"  Number: {number}" for number in one.statements),
        ]
    lines.append("")
    used, more = sum(map(len, lines)), 0
    for told in notice.told:
        part = _lines(told, gone)
        used += sum(map(len, part)) + len(part)
        if used > LETTER_MAX:
            more += 1
        else:
            lines += part
    if more:
        lines += ["", f"{more:,} further statements stand in the enclosed file, for this letter would be too long."]
    if notice.left_out:
        lines += [
            "",
            f"{notice.left_out:,} further statements stand in the register, for this notice would be too long.",
        ]
    lines += [
        "",
        f"{notice.register_title} ({notice.origin}), log size {notice.log_size}, drafted on {notice.drafted_on}.",
        f"The register's web address: {notice.address}",
        "Two people have approved the enclosed file, this letter included. Each statement can be checked in the register by its number:",
        f"{notice.address}/statements/NUMBER",
    ]
    return "\n".join(visible(line, LINE_MAX) for line in lines) + "\n"


def _lines(told: Told, gone: Collection[str]) -> list[str]:
    if told.statement in gone:
        return [GONE]
    return [
        f"- {told.about}: {told.says}",
        f"  Source: {told.source} ({told.publisher}); it stands as {words.standing(told.standing)}.",
        f"  Number: {told.statement}",
        *(
            line
            for reply in told.replies
            if reply.statement not in gone
            for line in (
                f"  Reply of {reply.publisher}: {reply.says} ({reply.source})",
                f"  Number of the reply: {reply.statement}",
            )
        ),
    ]


def encoded(notice: Notice) -> bytes:
    """The file."""
    return msgspec.json.format(msgspec.json.encode(notice), indent=1)


def bounded(notice: Notice) -> Notice:
    """The notice with its letter, and with as many statements as its file bears; the others are counted."""
    full = msgspec.structs.replace(notice, told=(), subject="", letter="")
    room = FILE_MAX - LETTER_MAX * 2 - len(encoded(full))
    kept = 0
    for one in notice.told:
        room -= len(msgspec.json.format(msgspec.json.encode(one), indent=1)) + 400
        if room < 0:
            break
        kept += 1
    cut = msgspec.structs.replace(
        notice, told=notice.told[:kept], left_out=notice.left_out + len(notice.told) - kept, subject="", letter=""
    )
    return msgspec.structs.replace(cut, subject=subject(cut), letter=letter(cut))


# A notice read again: what it would say now, and what is otherwise than two people approved


def filled(register: Register, notice: Notice, day: str) -> Notice:
    """The notice as it would be drafted now, to the same people."""
    store = register.store
    world = compile_world(store, day)
    above = {one: harms.owners_above(world, one) for one in harms.vendors_of(world)}
    vendors = [one for one, owners in above.items() if one == notice.company or notice.company in owners]
    told, left_out = harms.told(store, vendors)
    between = {id for one in vendors if one != notice.company for id in above[one][notice.company].between}
    event = [notice.event] if notice.event else []
    captions = harms.names(store, [notice.regulator, notice.company, *vendors, *sorted(between), *event])
    holdings = []
    for one in vendors:
        if one != notice.company:
            held = above[one][notice.company]
            holdings.append(
                Holding(
                    vendor=one,
                    chain=tuple(captions[id] for id in (notice.company, *reversed(held.between), one)),
                    statements=tuple(said.id for said in held.proof),
                    sources=tuple(dict.fromkeys(said.statement.source for said in held.proof)),
                )
            )
    return bounded(
        msgspec.structs.replace(
            notice,
            form=FORM,
            says=ASKS,
            register_title=register.title,
            address=register.config.pages,
            regulator_name=captions[notice.regulator],
            company_name=captions[notice.company],
            concerns=tuple(vendors),
            concerns_names=tuple(captions[one] for one in vendors),
            holdings=tuple(holdings),
            event_name=captions[notice.event] if notice.event else None,
            told=told,
            left_out=left_out,
        )
    )


def changed(notice: Notice, now: Notice) -> Iterator[str]:
    """What is otherwise than it was approved, in words."""
    if notice == now:
        return
    before, after = ({one.statement: one for one in each.told} for each in (notice, now))
    lost, new = before.keys() - after.keys(), after.keys() - before.keys()
    if lost:
        yield f"{len(lost):,} statements do not stand any more, were erased, or are only alleged now"
    if new or notice.left_out != now.left_out:
        yield "there are other statements of harm on file"
    if any(before[id].replies != after[id].replies for id in before.keys() & after.keys()):
        yield "a reply was given, changed or taken back"
    if any(
        msgspec.structs.replace(before[id], replies=()) != msgspec.structs.replace(after[id], replies=())
        for id in before.keys() & after.keys()
    ):
        yield "statements read otherwise now"
    if (notice.concerns, notice.holdings) != (now.concerns, now.holdings):
        yield "who owns whom is on file otherwise"
    names = ("register_title", "regulator_name", "company_name", "concerns_names", "event_name")
    if any(getattr(notice, name) != getattr(now, name) for name in names):
        yield "a name is on file otherwise"
    if notice.address != now.address:
        yield "the register's web address is another now"
    again = bounded(notice)
    if (notice.form, notice.says, notice.subject, notice.letter) != (now.form, now.says, again.subject, again.letter):
        yield "the words of the letter are others now"


def gone(notice: Notice, now: Notice) -> frozenset[str]:
    """Statements and replies of a notice that would not be told now as they were."""
    after = {one.statement: one for one in now.told}
    found = set()
    for one in notice.told:
        other = after.get(one.statement)
        if other is None or other.says != one.says:
            found.add(one.statement)
        replies = {reply.statement: reply for reply in other.replies} if other is not None else {}
        found |= {reply.statement for reply in one.replies if replies.get(reply.statement) != reply}
    return frozenset(found)
