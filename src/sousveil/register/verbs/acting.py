"""The verbs that change a register: init, imprint, load, key, review, consent, retract, erase, repair. Each gives an exit code."""

from __future__ import annotations

import argparse
import hashlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.register import codes, publication
from sousveil.register import entries as log
from sousveil.register.admission import Published
from sousveil.register.folder import CONFIG, IMPRINT, OPERATOR_KEY, Config, Folder
from sousveil.register.folder import find as find_folder
from sousveil.register.model import from_content
from sousveil.register.owners import KeyState
from sousveil.register.publication import unpack
from sousveil.register.register import Register
from sousveil.register.store.writing import utc_now

OK = 0
FILE_MAX = 256 << 20
_Code = TypeVar("_Code", bound=StrEnum)


def code(kind: type[_Code], text: str, option: str) -> _Code:
    """One of the register's fixed codes. Raises Usage that lists them."""
    try:
        return kind(text)
    except ValueError:
        raise Usage(f"{option} takes no {visible(text)!r}.", hint="It takes: " + ", ".join(kind) + ".") from None


def read(path: Path, most: int = FILE_MAX) -> bytes:
    """A file's bytes. Raises Missing, Usage."""
    check_readable(path)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Usage(f"{visible(str(path))} has more than {most >> 20} MiB.", hint="Publish it in parts.")
    return data


def private(path: Path | None) -> PrivateKey:
    """The private key in a file. Raises Usage where none is named."""
    if path is None:
        raise Usage(
            "No private key is named to sign this.",
            hint="Say --key FILE (for a voucher --by FILE), or --prepare DIR to sign it elsewhere.",
        )
    return PrivateKey.load(path)


def check_readable(path: Path) -> None:
    """Raises Missing, Usage for a file that cannot be opened."""
    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise Missing(f"There is no file {visible(str(path))}.", hint="Look at the name.") from None
    except OSError as error:
        raise Usage(f"{visible(str(path))} cannot be read: {error.strerror}.") from None


def init(args: argparse.Namespace) -> int:
    """Make a register."""
    folder = args.dir or args.register
    if args.with_core and args.example:
        raise Usage(
            "The core data is real, and everything in an example register is invented.",
            hint="Leave out one of the two.",
        )
    policy = read(args.policy, 1 << 20) if args.policy else None
    with Register.init(
        folder,
        title=args.title,
        origin=args.origin or "register.example/log",
        example=args.example,
        owner=args.owner,
        database=args.database,
        policy=policy,
        contact=args.contact,
    ) as register:
        print(f"A new register was made in {register.folder}.")
        print(f"Its log is called {register.origin}; whoever verifies it needs this key:")
        print(f"  {register.vkey}")
        print(
            f"Keep a copy of {register.paths.keys} in another place: whoever has these keys can speak as the register."
        )
        print(
            "Before anybody else can read it, say who is responsible and where replies go: sousveil register imprint."
        )
        if args.with_core:
            from sousveil.register.load import load as load_source

            done = load_source(register, "core")
            print(
                f"It holds the core data: {done.added:,} statements, each with its source, signed with the operator's key."
            )
        if not args.origin:
            print("Its name is an example. A register for others to trust is named after a domain of yours: --origin.")
    return OK


def imprint(args: argparse.Namespace) -> int:
    """Set who is responsible for the pages and where replies go; print it."""
    paths = Folder(find_folder(args.register))
    config = paths.config()
    names = (*IMPRINT, "handling_days", "address", "staff_address")
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    if given:
        try:
            config = msgspec.convert(msgspec.to_builtins(config) | given, Config)
        except msgspec.ValidationError as error:
            raise Usage(f"This cannot be set: {error}.", hint="At most 365 days.") from None
        config.check_imprint()
        config.check_addresses()
        paths.write_config(config)
    for name in names:
        print(f"{name} = {visible(str(getattr(config, name)), 300)}")
    if given:
        print(f"Written to {paths.root / CONFIG}. A server that runs shows it after its next start.")
    return OK


def load(args: argparse.Namespace) -> int:
    """Load a source, or list what there is."""
    from sousveil.register.intake import find, intakes
    from sousveil.register.load import load as load_source

    if args.source is None:
        for one in intakes().values():
            dataset = one.dataset
            off = " (off by default: --non-commercial)" if dataset.non_commercial else ""
            print(f"{dataset.name:28} {dataset.class_:13} {dataset.licence:16} {dataset.title}{off}")
        print(
            "To load one: sousveil register load SOURCE PATH, where PATH is the folder with its files.", file=sys.stderr
        )
        return OK
    find(args.source)
    last = ""

    def progress(done: int, total: int, what: str) -> None:
        nonlocal last
        line = f"{what}: {done:,} of {total:,}" if total else what
        if line != last and sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        last = line

    with Register.open(args.register) as register:
        done = load_source(
            register,
            args.source,
            args.path,
            progress=progress,
            persons=args.persons,
            non_commercial=args.non_commercial,
        )
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    for warning in done.warnings:
        print(f"sousveil: {visible(warning, 2000)}", file=sys.stderr)
    print(f"{done.dataset}: {done.rows:,} rows read.")
    print(
        f"  added {done.added:,}, changed {done.changed:,}, unchanged {done.unchanged:,}, taken back {done.retracted:,}"
    )
    if done.held:
        print(f"  held for review {done.held:,} (they name a person, or are only alleged): sousveil register review")
    if done.withheld:
        print(f"  not handed in again, because they were erased or refused before: {done.withheld:,}")
    for kind, count in done.left_out.items():
        print(f"  left out: {count:,} {kind.replace('_', ' ')}")
    return OK


def public_key(text: str) -> str:
    """64 hex digits out of a file, an `ssh-ed25519` line or the digits themselves."""
    from sousveil.ledger.keys import PublicKey
    from sousveil.ledger.sshsig import parse_public_key

    if len(text) != 64 and Path(text).is_file():
        text = read(Path(text), 1 << 16).decode("utf-8", "replace").strip()
    try:
        key = parse_public_key(text) if text.startswith("ssh-") else PublicKey(bytes.fromhex(text))
    except ValueError:
        if text.startswith("-----BEGIN"):
            raise Malformed(
                "This is a private key, and the register needs the public one.",
                hint="`key new` printed its 64 hex digits; `ssh-keygen -y -f FILE` prints it as an ssh-ed25519 line.",
            ) from None
        raise Malformed(
            "This is no public key.", hint="Give 64 hex digits, an `ssh-ed25519 ...` line, or a file with one of them."
        ) from None
    return key.raw.hex()


def _told(key: KeyState) -> str:
    state = "revoked" if key.revoked_index is not None else "valid"
    if key.compromised_since is not None:
        state += f", doubtful from index {key.compromised_since} on"
    if key.unproven and key.proven_index is None:
        state += ", signs nothing until two organisations vouch for it"
        state += f" and {key.domain} names it" if key.domain else ""
    verified = "owner verified" if key.verified else f"owner not verified ({len(key.vouchers)} of 2 vouchers)"
    return f"{key.key_id}  {key.role:9} {visible(key.owner, 100)}  since index {key.from_index}, {state}, {verified}"


def key(args: argparse.Namespace) -> int:
    """Keys: new, add, revoke, vouch, prove, list."""
    if args.act == "new":
        made = PrivateKey.new()
        made.save(args.file)
        print(f"The private key is in {args.file}; keep it where nobody else can read it. The public key:")
        print(made.public.raw.hex())
        return OK
    if args.act == "list":
        with Register.read(args.register) as register:
            states = register.store.keys()
            for one in states:
                print(_told(one))
        return OK
    with Register.open(args.register) as register:
        if args.act == "add":
            public = public_key(args.public)
            holder = PrivateKey.load(args.holder) if args.holder is not None else None
            role = code(codes.Role, args.role, "--role")
            done = register.key_add(public, args.owner, role, domain=args.domain, holder=holder)
            print(f"Registered: {_told(register.key_state(public))}")
        elif args.act == "rotate":
            done = _rotated(register, PrivateKey.load(args.old), PrivateKey.load(args.new))
        elif args.act == "revoke":
            by = PrivateKey.load(args.by) if args.by is not None else OPERATOR_KEY
            done = register.key_revoke(args.key, revoke_reason(args), compromised_since=args.compromised_since, by=by)
        elif args.act == "vouch":
            done = register.vouch(args.key, private(args.by))
        else:
            done = register.prove_domain(
                args.key, args.domain, read(args.file, 1 << 20), checked=args.checked, fetched_by=args.by
            )
    print(f"Logged at index {done.index}. {done.cosigned}")
    return OK


def revoke_reason(args: argparse.Namespace) -> codes.RevokeReason:
    """Why a key ends: as said, else by whether it was compromised."""
    reason = args.reason or ("compromised" if args.compromised_since is not None else "ceased")
    return code(codes.RevokeReason, reason, "--reason")


def _rotated(register: Register, old: PrivateKey, new: PrivateKey) -> Published:
    """Replace a key; where the register itself signs with the old one, the new one takes its place in the folder."""
    done = register.key_rotate(old, new)
    for name in ("operator", "loader"):
        path = register.paths.key_file(name)
        if path.exists() and PrivateKey.load(path).public.id == old.public.id:
            kept = path.with_name(f"{name}.{old.public.id[:8]}")
            path.replace(kept)
            new.save(path)
            print(f"The register now signs with the new key as its {name}; the old one is kept in {kept}.")
    return done


def review(args: argparse.Namespace) -> int:
    """List what is held, or give a reviewer's word on one."""
    with Register.open(args.register, gate=args.gate) as register:
        if args.id is None:
            waiting = [one for one in register.held() if one.state in ("waiting", "notice")]
            for one in waiting:
                due = f", publishable after {one.due}" if one.due else ""
                by = ", ".join(one.reviewers) or "nobody yet"
                print(
                    f"{one.id}  {one.state}{due}  from {visible(one.owner, 100)}: {', '.join(one.reasons)}; agreed by {by}"
                )
            if not waiting:
                print("Nothing is held.")
            return OK
        if args.key is None:
            return _show_held(register, args.id)
        key, payload = private(args.key), review_of(args)
        done = register.submit_review(publication.sign(log.encode(payload), key))
    print(done.words)
    return OK


def review_of(args: argparse.Namespace) -> log.Review:
    """A reviewer's word, to be signed. Raises Usage."""
    return log.Review(
        publication=args.id,
        verdict=codes.Verdict.REFUSE if args.refuse else codes.Verdict.PUBLISH,
        ground=code(codes.PublicInterest, args.ground, "--ground") if args.ground else None,
        notice=args.notice,
        reply_until=args.reply_until,
        waived=code(codes.Waived, args.waive_notice, "--waive-notice") if args.waive_notice else None,
        made=utc_now(),
    )


def _show_held(register: Register, id: str) -> int:
    """What a reviewer is asked to release."""
    held = register.store.held_one(id)
    data = register.store.held_submission(held.id)
    print(f"{held.id}  {held.state}  from {visible(held.owner, 100)}: {', '.join(held.reasons)}")
    if data is None:
        print("It is closed, and its content was deleted here.")
        return OK
    submission = unpack(data)
    for _, content in submission.contents:
        one = from_content(content)
        names = " (names a natural person)" if one.person else ""
        print(f"  {one.subject}  {one.type}.{one.property}: {visible(one.value, 2000)}{names}")
        print(
            f"      {one.standing}, {one.stance}; source: {visible(one.source, 500)}; says {visible(one.publisher, 100)}"
        )
    for file in submission.attachments:
        print(f"  a file of {len(file.data):,} bytes ({visible(file.media_type, 100)}), SHA-256 {file.named().sha256}")
    print(
        "To sign: sousveil register review ID --key FILE --ground CODE (--notice DATE --reply-until DATE | --waive-notice CODE)"
    )
    return OK


def consent(args: argparse.Namespace) -> int:
    """Record or end a person's consent to be named."""
    with Register.open(args.register) as register:
        if args.withdraw:
            given, before = register.store.consents(args.person), register.store.withdrawn(args.person)
            others = [one for one in register.store.members(args.person) if one != args.person]
            done = register.withdraw_consent(args.person)
            ended = "The consent is ended." if given else "No consent of this person was on file."
            if before and not given:
                ended = f"The consent was ended already on {before}."
            if done is None:
                print(f"{ended} Nothing public names the person.")
            else:
                print(f"{ended} Everything that named the person is erased (index {done.index}).")
            if others:
                print(
                    f"Pages show this id as one with {', '.join(others)}: what stands under these is still public. "
                    "Do the same for each that is the person."
                )
            return OK
        if args.given is None or args.evidence is None:
            raise Usage("A consent has a day and a paper.", hint="Say --given DATE and --evidence FILE, or --withdraw.")
        sha256 = hashlib.sha256(read(args.evidence)).hexdigest()
        register.consent(args.person, given=args.given, evidence_sha256=sha256)
    print("The consent is recorded in private; the log does not hold it.")
    return OK


def retract(args: argparse.Namespace) -> int:
    """Take statements back."""
    with Register.open(args.register) as register:
        reason = code(codes.RetractReason, args.reason, "--reason")
        done = register.retract(args.ids, private(args.key), reason)
    print(f"Taken back at index {done.index}; they stay readable and are marked. {done.cosigned}")
    return OK


def erase(args: argparse.Namespace) -> int:
    """Delete contents."""
    with Register.open(args.register) as register:
        ground = code(codes.EraseGround, args.ground, "--ground")
        done = register.erase(args.ids, ground, code(codes.EraseBy, args.by, "--by"))
        days = register.config.backup_days
    print(
        f"Erased at index {done.index}: content and salt are deleted here; backups must be without them in {days} days."
    )
    return OK


def repair(args: argparse.Namespace) -> int:
    """Compute the tree of the log again."""
    size = Register.repair(args.register)
    print(f"The tree of the log was computed again from {size:,} entries, and the newest checkpoint agrees with it.")
    return OK
