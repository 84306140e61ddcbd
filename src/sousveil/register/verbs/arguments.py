"""What each verb of `sousveil register` takes on the command line. Imports nothing of ours: help must come at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

STAFF_ROLES = ("publisher", "reviewer", "board-member", "case-handler", "operator")
FORMS = ("ftm", "ocds", "bods", "csv", "jsonl", "site")


def add_verbs(
    register: argparse.ArgumentParser, parser_class: type[argparse.ArgumentParser], count: Callable[[str], int]
) -> None:
    """Add the verbs to the parser of `register`; `count` reads a number from 1 on."""
    does = register.add_subparsers(dest="does", metavar="VERB", required=True, parser_class=parser_class)

    def verb(name: str, help_: str, epilog: str | None = None) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = does.add_parser(name, help=help_, epilog=epilog)
        sub.add_argument(
            "--register",
            type=Path,
            metavar="DIR",
            help="the register's folder (else SOUSVEIL_REGISTER, else a folder in your data directory)",
        )
        return sub

    init = verb("init", "make a new, empty register")
    init.add_argument("dir", nargs="?", type=Path, metavar="DIR", help="the new folder")
    init.add_argument("--title", default="Register of surveillance technology", help="shown on every page")
    init.add_argument("--origin", metavar="NAME", help="the log's name, for instance register.example.org/log")
    init.add_argument("--example", action="store_true", help="a register of invented things, marked so on every page")
    init.add_argument(
        "--with-core",
        action="store_true",
        help="with the core data: makers and sellers, acts of States, published incidents",
    )
    init.add_argument("--database", metavar="postgresql://...", help="keep it in PostgreSQL instead of SQLite")
    init.add_argument(
        "--owner", metavar="NAME", help="who runs it: an organisation or a pseudonym (default: the title)"
    )
    init.add_argument(
        "--contact",
        default="",
        metavar="TEXT",
        help="how readers reach you: an e-mail or web address, shown on the pages",
    )
    init.add_argument("--policy", type=Path, metavar="FILE", help="which witnesses are asked, and how many must cosign")

    imprint = verb("imprint", "who is responsible for the pages, and where replies go; without options: what is set")
    imprint.add_argument("--publisher", metavar="NAME", help="who is responsible for the pages in law")
    imprint.add_argument("--publisher-address", metavar="TEXT", help="the publisher's postal or legal address")
    imprint.add_argument("--contact", metavar="TEXT", help="how readers reach you: an e-mail or web address")
    imprint.add_argument("--reply-address", metavar="ADDRESS", help="where replies go: an e-mail or web address")
    imprint.add_argument(
        "--handling-days", type=count, metavar="N", help="you answer a reply within so many days (at first 14)"
    )
    imprint.add_argument("--address", metavar="URL", help="web address of the pages")
    imprint.add_argument("--staff-address", metavar="URL", help="web address of the staff's pages")

    load = verb("load", "load one source; running it again adds only what changed")
    load.add_argument("source", metavar="SOURCE", nargs="?", help="named like its folder; without it: what there is")
    load.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the folder with the source's files")
    load.add_argument("--persons", action="store_true", help="keep natural persons of reference lists for screening")
    load.add_argument(
        "--non-commercial", action="store_true", help="also load a source whose licence forbids commercial use"
    )

    key = verb("key", "keys of publishers and reviewers")
    acts = key.add_subparsers(
        dest="act", metavar="new|add|rotate|revoke|vouch|prove|list", required=True, parser_class=parser_class
    )
    new = acts.add_parser("new", help="make a key pair in a private file; nothing is registered yet")
    new.add_argument("file", type=Path, metavar="FILE", help="the new private key file")
    add = acts.add_parser("add", help="register a public key by an entry in the log")
    add.add_argument("public", metavar="FILE|HEX", help="the public key: a file, 64 hex digits, or an ssh-ed25519 line")
    add.add_argument(
        "--owner",
        required=True,
        metavar="NAME",
        help="whose key it is: the id of an entity, for which it then speaks, or a name",
    )
    add.add_argument(
        "--role", default="publisher", help="what it may sign", choices=["publisher", "reviewer", "voucher", "loader"]
    )
    add.add_argument("--domain", metavar="DOMAIN", help="the owner's official domain, to be proved later")
    add.add_argument(
        "--holder",
        type=Path,
        metavar="KEYFILE",
        help="a private key that the owner has here already; without it a further key of somebody waits for vouchers",
    )
    rotate = acts.add_parser("rotate", help="replace a key by a new one of the same owner; both sign")
    rotate.add_argument("old", type=Path, metavar="OLD", help="the private key so far")
    rotate.add_argument("new", type=Path, metavar="NEW", help="the new private key")
    _address(rotate, "replace it in the register at this address, kept by somebody else")
    revoke = acts.add_parser("revoke", help="end a key by an entry in the log")
    revoke.add_argument("key", metavar="KEY", help="its id, or its 64 hex digits")
    revoke.add_argument("--reason", metavar="CODE", help="replaced, lost, compromised or ceased")
    revoke.add_argument(
        "--compromised-since", type=int, metavar="INDEX", help="facts from this log index on are doubtful"
    )
    revoke.add_argument("--by", type=Path, metavar="KEYFILE", help="the key itself (default: the register's operator)")
    _elsewhere(revoke)
    vouch = acts.add_parser("vouch", help="log that a voucher has checked whose key this is")
    vouch.add_argument("key", metavar="KEY", help="its id, or its 64 hex digits")
    vouch.add_argument("--by", type=Path, metavar="KEYFILE", help="the voucher's private key")
    _elsewhere(vouch)
    prove = acts.add_parser("prove", help="log the proof that the owner controls its official domain")
    prove.add_argument("key", metavar="KEY", help="its id, or its 64 hex digits")
    prove.add_argument("--domain", required=True, metavar="DOMAIN", help="the owner's official domain")
    prove.add_argument("--checked", required=True, metavar="DATE", help="day on which the file was fetched")
    prove.add_argument("--by", required=True, metavar="NAME", help="who fetched it: an organisation or a pseudonym")
    prove.add_argument(
        "--file", type=Path, required=True, metavar="FILE", help="the file as it was read from the domain"
    )
    acts.add_parser("list", help="the keys, and how each stands")
    for act in acts.choices.values():
        act.add_argument(
            "--register", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="the register's folder"
        )

    publish = verb("publish", "sign and submit; gives back a receipt")
    publish.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="statements (JSON lines), a signed submission, an OCDS or BODS package, or a case folder",
    )
    publish.add_argument(
        "--key", type=Path, metavar="K", help="the private key that signs (not for a signed submission)"
    )
    publish.add_argument("--country", metavar="CC", help="with a case folder: the country to publish, and nothing else")
    publish.add_argument("--source", metavar="TEXT", help="with a case folder or a package: how it may be cited")
    publish.add_argument(
        "--attach", type=Path, action="append", default=[], metavar="FILE", help="a file to publish with the statements"
    )
    publish.add_argument(
        "--owner", metavar="NAME", help="with --prepare or --to: owner of the key that signs, its id or name"
    )
    _elsewhere(publish)
    publish.add_argument(
        "--signature",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="with a prepared folder: its SSH signature; once more for each who confirms it, the publisher's first",
    )
    publish.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt here instead of printing it")

    review = verb("review", "statements held before publication")
    review.add_argument("id", nargs="?", metavar="ID", help="without it: what is held, and why")
    review.add_argument("--key", type=Path, metavar="K", help="the reviewer's private key")
    review.add_argument("--ground", metavar="CODE", help="the public interest in publishing")
    review.add_argument(
        "--notice", metavar="DATE", help="day on which the subject was told; the time to reply runs from it"
    )
    review.add_argument("--reply-until", metavar="DATE", help="last day for the subject's reply")
    review.add_argument("--waive-notice", metavar="CODE", help="why telling the subject would endanger somebody")
    review.add_argument("--refuse", action="store_true", help="do not publish; the submission is deleted")
    _elsewhere(review)

    consent = verb("consent", "a living person's consent to be named; kept in private, never in the log")
    consent.add_argument("person", metavar="ID", help="the person's entity id, sv-...")
    consent.add_argument("--given", metavar="DATE", help="day on which it was given")
    consent.add_argument("--evidence", type=Path, metavar="FILE", help="the signed paper; only its hash is kept")
    consent.add_argument("--withdraw", action="store_true", help="end it: everything that names the person is erased")

    retract = verb("retract", "take back statements (only their first publisher)")
    retract.add_argument("ids", nargs="+", metavar="ID", help="ids of the statements, 64 hex digits each")
    retract.add_argument("--key", type=Path, metavar="K", help="the private key that signs")
    retract.add_argument("--reason", required=True, metavar="CODE", help="why, such as wrong or source_withdrew")
    _elsewhere(retract)

    erase = verb("erase", "delete the content of statements; the log keeps only that it was erased")
    erase.add_argument("ids", nargs="+", metavar="ID", help="ids of the statements, 64 hex digits each")
    erase.add_argument("--ground", required=True, metavar="CODE", help="why, such as court_order or safety")
    erase.add_argument(
        "--by", required=True, metavar="CODE", help="who asked: subject, court, authority, publisher or operator"
    )

    verify = verb(
        "verify",
        "check the whole: log, proofs, signatures, rules; anyone, offline",
        "Exit codes: 0 all holds (erased content is said), 1 something differs (the first difference is named), 2 could not run.",
    )
    verify.add_argument("target", nargs="?", metavar="DIR|URL", help="a register's folder, its log, or a mirror")
    verify.add_argument(
        "--receipt", type=Path, metavar="FILE", help="check this receipt too (one that cannot be read: exit code 2)"
    )
    verify.add_argument("--policy", type=Path, metavar="FILE", help="the log's key and the witnesses that you trust")
    verify.add_argument("--no-go", action="store_true", help="leave out the second check by a program in Go")
    verify.add_argument("--json", action="store_true", help="as JSON")

    verb("repair", "bring entries of log/ into a database that lacks them, and compute its tree of the log again")

    backup = verb(
        "backup",
        "write a backup while the register serves; the private keys are not in it",
        "Exit codes: 0 written and verified, 1 written, but `verify` finds a difference in the register, 2 could not run.",
    )
    backup.add_argument("backup", type=Path, metavar="DEST", help="the new folder of the backup, outside the register")
    backup.add_argument("--database", metavar="postgresql://...", help="instead of the one in register.toml")
    backup.add_argument("--keys", type=Path, metavar="FILE", help="write the private keys here, encrypted with age")
    backup.add_argument(
        "--keys-to", action="append", default=[], metavar="AGE1", help="an age recipient who opens them; once for each"
    )

    restore = does.add_parser(
        "restore",
        help="make a register out of a backup, verify it, and ask its witnesses",
        epilog="Exit codes: 0 restored, 1 restored, but it signs nothing (the reason is named), 2 could not run; nothing was made.",
    )
    restore.add_argument("backup", type=Path, metavar="BACKUP", help="the folder of the backup")
    restore.add_argument("folder", type=Path, metavar="FOLDER", help="the new folder of the register")
    restore.add_argument("--database", metavar="postgresql://...", help="an empty database, instead of SQLite")
    restore.add_argument("--keys", type=Path, metavar="FILE", help="the encrypted private keys")
    restore.add_argument("--identity", type=Path, metavar="FILE", help="the age identity that opens them")
    restore.add_argument(
        "--mirror",
        metavar="DIR|URL",
        help="add the entries that this mirror has and the backup lacks, with their erasures",
    )

    audit = verb(
        "audit",
        "check the audit log: who of the staff did what",
        "Exit codes: 0 all holds, 1 something was changed or removed (it is named), 2 could not run.",
    )
    audit.add_argument("--known", type=Path, metavar="FILE", help="a checkpoint that you kept: it must be continued")
    audit.add_argument("--vkey", metavar="KEY", help="the key that signs, where you kept it")
    audit.add_argument("--show", type=count, metavar="N", help="print the newest acts too")

    staff = verb("staff", "accounts of the staff")
    staff_acts = staff.add_subparsers(
        dest="act", metavar="invite|list|disable", required=True, parser_class=parser_class
    )
    invite = staff_acts.add_parser("invite", help="a new account; prints a link that works once")
    invite.add_argument("pseudonym", metavar="PSEUDONYM", help="small letters, digits and dashes; no name of a person")
    invite.add_argument(
        "--role", default="publisher", help="what it may do", choices=STAFF_ROLES, metavar="|".join(STAFF_ROLES)
    )
    invite.add_argument(
        "--owner", default="", metavar="NAME", help="whose key it works for, as the log names the owner: an id or name"
    )
    invite.add_argument("--seat", default="", metavar="ID", help="board members: the record of their seat")
    invite.add_argument(
        "--again", action="store_true", help="a new link for an account that lost what it signs in with"
    )
    staff_acts.add_parser("list", help="the accounts")
    disable = staff_acts.add_parser("disable", help="end an account and its sessions")
    disable.add_argument("pseudonym", metavar="PSEUDONYM", help="which")
    for staff_act in staff_acts.choices.values():
        staff_act.add_argument(
            "--register", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="the register's folder"
        )

    witness = verb("witness", "run a witness: cosigns a log only when it has grown without a rewrite")
    witness.add_argument("state", type=Path, metavar="STATE", help="the witness's folder")
    witness.add_argument("--host", default="127.0.0.1", help="where it listens")
    witness.add_argument("--port", type=int, default=0, help="0: a free one")
    witness.add_argument("--name", metavar="NAME", help="the witness's name, when the folder is new")
    witness.add_argument(
        "--log", action="append", default=[], metavar="VKEY", help="a log to cosign, when the folder is new"
    )

    monitor = verb(
        "monitor",
        "follow a register and say what is wrong with its growth",
        "Exit codes: 0 it only grew, 1 there is something to look at (each is named, with what to do), 2 could not run.",
    )
    monitor.add_argument("target", nargs="?", metavar="DIR|URL", help="a register's folder, its log, or a mirror")
    monitor.add_argument("--state", type=Path, metavar="DIR", help="its memory (default: monitor-state in this folder)")
    monitor.add_argument("--policy", type=Path, metavar="FILE", help="the log's key and the witnesses that you trust")
    monitor.add_argument(
        "--watch", action="append", default=[], metavar="NAME", help="tell entries under this publisher's name"
    )
    monitor.add_argument("--every", type=count, metavar="SECONDS", help="go on, and look again after so many seconds")

    mirror = verb(
        "mirror",
        "keep a copy of a register's public files, and delete there what it erases",
        "Exit codes as for verify.",
    )
    mirror.add_argument("target", metavar="DIR|URL", help="a register's folder, its log, or another mirror")
    mirror.add_argument("--to", type=Path, required=True, metavar="DIR", help="the mirror's folder")
    mirror.add_argument("--policy", type=Path, metavar="FILE", help="the log's key and the witnesses that you trust")
    mirror.add_argument("--every", type=count, metavar="SECONDS", help="go on, and look again after so many seconds")

    search = verb("search", "search by word")
    search.add_argument("text", metavar="TEXT", help="words, in any script")
    search.add_argument("--type", metavar="TYPE", help="only records of this type, such as Company")
    search.add_argument("--country", metavar="CC", help="only of this country, two letters")
    search.add_argument("--limit", type=count, default=20, metavar="N", help="how many to show")
    search.add_argument("--json", action="store_true", help="as JSON")

    screen = verb(
        "screen",
        "screen a name, or the names of a CSV (columns name, country, kind; only name is required)",
        "Exit codes: 0 nothing hit, 1 something hit, 2 could not run, or a line was not screened. No hit is no permission.",
    )
    screen.add_argument("names", metavar="NAME|FILE.csv", help="a name, or a file of names")
    screen.add_argument("--json", action="store_true", help="as JSON")

    bidders = verb(
        "bidders",
        "a list of bidders in, a signed screening record out; or check a record",
        "Exit codes: 0 made, or it holds; 1 the record does not hold (any more); 2 could not run. No record is a clearance.",
    )
    bidders.add_argument("file", type=Path, metavar="LIST.csv|RECORD", help="the bidders (as for screen), or a record")
    bidders.add_argument("--check", action="store_true", help="the file is a record: does it hold today?")
    bidders.add_argument("--csv", action="store_true", help="with --check: print the record as a table")
    bidders.add_argument("--authority", metavar="ID|NAME", help="the public body that asks; nobody asks for another")
    bidders.add_argument("--signature", type=Path, metavar="FILE", help="its SSH signature over the list")
    bidders.add_argument("--tender", metavar="TEXT", help="number or name of the tender")
    bidders.add_argument("--out", type=Path, metavar="FILE", help="where the signed record is written")

    watch = verb(
        "watch",
        "listed companies and owners, what they plan, and whether regulators were told",
        "Exit codes: 0 nothing is due, 1 somebody must be told or has not acknowledged in time, 2 could not run.",
    )
    watch.add_argument("--as-of", metavar="DATE", help="as of this day, YYYY-MM-DD (default: today)")
    watch.add_argument("--json", action="store_true", help="as JSON")

    notice = verb(
        "notice", "notices to stock exchanges and financial regulators; none leaves before two people signed it"
    )
    steps = notice.add_subparsers(
        dest="act", metavar="draft|show|approve|send|acknowledge|list", required=True, parser_class=parser_class
    )
    draft = steps.add_parser("draft", help="write a notice out of what is on file; nothing leaves")
    draft.add_argument("--regulator", required=True, metavar="ID", help="whom to tell, sv-...")
    draft.add_argument("--company", required=True, metavar="ID", help="the listed company or owner, sv-...")
    draft.add_argument("--event", metavar="ID", help="the planned listing, offering, merger or takeover, sv-...")
    draft.add_argument("--mail", metavar="ADDRESS", help="where it is mailed")
    draft.add_argument("--webhook", metavar="URL", help="where it is delivered by program")
    show = steps.add_parser("show", help="print the letter")
    approve = steps.add_parser("approve", help="hand in a reviewer's SSH signature over notice.json")
    approve.add_argument("signature", type=Path, metavar="FILE", help="notice.json.sig")
    send = steps.add_parser("send", help="hand it to the outbox; that it was sent is published once it has arrived")
    acknowledged = steps.add_parser("acknowledge", help="publish that the regulator acknowledged it")
    acknowledged.add_argument("--on", required=True, metavar="DATE", help="day of the acknowledgement")
    acknowledged.add_argument("--answer", metavar="TEXT", help="what it answered")
    steps.add_parser("list", help="all notices, and how each stands")
    for act in (show, approve, send, acknowledged):
        act.add_argument("id", metavar="NOTICE", help="its 16 hex digits")
    for act in steps.choices.values():
        act.add_argument(
            "--register", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="the register's folder"
        )

    pairs = verb("pairs", "records that may be one, for people to judge")
    pairs.add_argument("--dataset", metavar="SOURCE", help="only pairs with a record of this source")
    pairs.add_argument("--limit", type=count, default=50, metavar="N", help="how many to show")
    _address(pairs, "show the pairs of the register at this address, kept by somebody else")

    judge = verb("judge", "say whether two records are one; signed, and logged")
    judge.add_argument("one", metavar="ONE", help="a record's id")
    judge.add_argument("other", metavar="OTHER", help="the other record's id")
    judge.add_argument(
        "verdict", choices=["same", "different", "unsure"], metavar="same|different|unsure", help="your word"
    )
    judge.add_argument("--reason", required=True, metavar="TEXT", help="why")
    judge.add_argument("--evidence", metavar="TEXT", help="an address, or the id of a statement")
    judge.add_argument("--key", type=Path, metavar="K", help="the private key that signs")
    judge.add_argument("--owner", metavar="NAME", help="with --to: owner of the key that signs, its id or name")
    judge.add_argument("--person", action="store_true", help="with --to: one of the two is a natural person")
    _elsewhere(judge)

    export = verb("export", "write the register out")
    export.add_argument("form", choices=FORMS, metavar="|".join(FORMS), help="the form")
    export.add_argument("--out", type=Path, metavar="DIR", help="default: export-<form> in this folder")
    export.add_argument("--since", type=int, metavar="INDEX", help="only what changed since this log index")
    export.add_argument(
        "--non-commercial", action="store_true", help="also the sets whose licence forbids commercial use"
    )


def _elsewhere(verb: argparse.ArgumentParser) -> None:
    """Add what an act on a register that is kept elsewhere takes."""
    _address(verb, "hand it in to the register at this address, kept by somebody else")
    verb.add_argument("--prepare", type=Path, metavar="DIR", help="do not sign: write what is to be signed into DIR")


def _address(verb: argparse.ArgumentParser, help_: str) -> None:
    """Add the address of a register that is kept elsewhere."""
    verb.add_argument("--to", metavar="URL", help=help_)
    verb.add_argument("--policy", type=Path, metavar="FILE", help="with --to: the log's key and witnesses you trust")
