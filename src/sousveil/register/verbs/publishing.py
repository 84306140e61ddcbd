"""Publishing: what lies in a file or folder becomes signed statements, here or for a register that is kept elsewhere."""

from __future__ import annotations

import argparse
import mimetypes
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.register.admission import Held, Published
from sousveil.register.model import Statement
from sousveil.register.publication import ATTACHMENT_MAX, File, read_submission
from sousveil.register.register import Register
from sousveil.register.verbs import outside
from sousveil.register.verbs.acting import read

if TYPE_CHECKING:
    from sousveil.register.exchange.model import OnFile

OK = 0
_STATEMENTS = msgspec.json.Decoder(list[Statement])
_STATEMENT = msgspec.json.Decoder(Statement)
_FIELDS = {one.name: one for one in msgspec.structs.fields(Statement)}


def statements_in(path: Path, data: bytes) -> list[Statement]:
    """Statements as a JSON array or as JSON lines: each an array of the fields in their order, or an object that names them.

    Raises Malformed that names the line.
    """
    if data.lstrip()[:2] in (b"[[", b"[ ", b"[\n"):
        try:
            return _STATEMENTS.decode(data)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Malformed(f"The statements in {path.name} cannot be read: {_named(str(error))}.") from None
    made = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            made.append(_named_fields(line) if line.lstrip()[:1] == b"{" else _STATEMENT.decode(line))
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise Malformed(
                f"{path.name}, line {number}: {_named(str(error))}.",
                hint="A line is a JSON array, or an object with these names: "
                + ", ".join(Statement.__struct_fields__)
                + ".",
            ) from None
    return made


def is_statements(data: bytes) -> bool:
    """Whether a file of JSON objects holds statements, and no submission that was signed elsewhere."""
    if data.lstrip()[:1] != b"{":
        return True
    try:
        first = msgspec.json.decode(data.lstrip().splitlines()[0])
    except (msgspec.DecodeError, RecursionError, ValueError):
        return (
            b'"envelope"' not in data
        )  # over several lines: no statements either, and reading them names what is wrong
    return isinstance(first, dict) and "envelope" not in first


def _named_fields(line: bytes) -> Statement:
    """A statement out of an object. Raises what msgspec raises."""
    told = msgspec.json.decode(line, type=dict[str, Any])
    if unknown := sorted(told.keys() - _FIELDS.keys()):
        raise msgspec.ValidationError(f"There is no field “{visible(unknown[0], 60)}”")
    missing = [name for name, one in _FIELDS.items() if one.required and name not in told]
    if missing:
        raise msgspec.ValidationError(f"{missing[0]} is missing")
    whole = [told.get(name, None if one.default is msgspec.NODEFAULT else one.default) for name, one in _FIELDS.items()]
    return msgspec.convert(whole, Statement)


def _named(error: str) -> str:
    """The decoder's words, with the field's name where they give its place."""
    fields = Statement.__struct_fields__
    place = re.search(r"\$(?:\[\.\.\.\])?\[(\d+)\]", error)
    if place is None or int(place[1]) >= len(fields):
        return error
    return f"{fields[int(place[1])]}: {error.partition(' - at ')[0]}"


def outcome(outcome: Published | Held, receipt: Path | None) -> int:
    """Say what became of a publication; the receipt is printed, or written where it was asked for."""
    if isinstance(outcome, Held) and not outcome.ids:
        print(*(visible(one, 1_000) for one in outcome.reasons))  # where what was reviewed stands
        return OK
    if isinstance(outcome, Held):
        why = {
            "person": "it names a natural person",
            "alleged": "it is only alleged",
            "asked": "its publisher asks for review",
        }
        print(
            "Held for review, because "
            + " and ".join(why[one] for one in outcome.reasons)
            + ". Nothing of it is public."
        )
        for id in outcome.ids:
            print(f"  {id}")
        print("Two reviewers must agree first, with `sousveil register review ID`; there is no receipt until then.")
        return OK
    count = len(outcome.ids)
    what = f"Published at index {outcome.index}: {count:,} statement{'' if count == 1 else 's'}."
    print(what if count else f"Logged at index {outcome.index}.", file=sys.stderr)
    print(outcome.cosigned, file=sys.stderr)
    text = outcome.receipt or ""
    if receipt is None:
        print(text, end="")
        return OK
    try:
        receipt.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"The receipt cannot be written to {receipt} ({error.strerror}); here it is:", file=sys.stderr)
        print(text, end="")
    else:
        print(f"The receipt is in {receipt}. Keep it: it proves that the publication is in the log.", file=sys.stderr)
    return OK


def publish(args: argparse.Namespace) -> int:
    """Sign and submit statements, a signed submission, a package, or a case."""
    check_signed(args)
    with Register.open(args.register, gate=args.gate) as register:
        if args.file.is_dir() and args.signature:
            signatures = [read(one, 1 << 16) for one in args.signature]
            signed = outside.submission(args.file, signatures, register.store.keyring())
            return outcome(register.submit(signed), args.receipt)
        if args.file.is_dir():
            check_case(args)
            private, owner = _signer(register, args)
            return outcome(register.publish(case_statements(args, owner), private), args.receipt)
        data = read(args.file)
        if is_package(data):
            from sousveil.register.exchange.known import Known

            check_package(args)
            private, owner = _signer(register, args)
            try:
                made, files = package_statements(args, data, owner, Known(register.store))
            except SousveilError as error:  # where in the package, and nothing of what stands there
                register.store.tell_operator("bad_package", f"refused: {error.message.partition(': ')[0]}")
                raise
            return outcome(register.publish(made, private, attachments=files), args.receipt)
        if not is_statements(data):
            if args.key is not None:
                raise Usage("This submission is signed already.", hint="Leave --key out.")
            return outcome(register.submit(read_submission(data)), args.receipt)
        if args.key is None and args.prepare is None:
            raise Usage("Statements are signed when they are published.", hint="Say --key FILE, or --prepare DIR.")
        files = attached(args)
        made = statements_in(args.file, data)
        if args.prepare is not None:
            owner = args.owner or (made[0].publisher if made else "")
            file = outside.prepare(args.prepare, made, owner=owner, example=register.example, attachments=files)
            print(f"Sign this file: {outside.SIGN} {file}")
            print(f"Then hand it in: sousveil register publish {args.prepare} --signature {file}.sig")
            return OK
        return outcome(register.publish(made, PrivateKey.load(args.key), attachments=files), args.receipt)


def check_signed(args: argparse.Namespace) -> None:
    """Raises Usage for a publication that was prepared and comes without its signature."""
    if args.file.is_dir() and (args.file / outside.PAYLOAD).is_file() and not args.signature:
        raise Usage(
            "This was prepared and is not signed yet.",
            hint=f"Sign it: {outside.SIGN} {args.file / outside.PAYLOAD}, then add --signature FILE.",
        )


def attached(args: argparse.Namespace) -> list[File]:
    """The files that are to be published with the statements."""
    return [
        File(data=read(one, ATTACHMENT_MAX), media_type=mimetypes.guess_type(one.name)[0] or "application/octet-stream")
        for one in args.attach
    ]


def _signer(register: Register, args: argparse.Namespace) -> tuple[PrivateKey, str]:
    """The private key that was named, and whose it is here."""
    private = PrivateKey.load(args.key)
    return private, register.key_state(private.public.id).owner


def check_case(args: argparse.Namespace) -> None:
    """Raises Usage that says what else must be told of a case."""
    if args.key is None or args.country is None or args.source is None:
        raise Usage(
            "A case is published by its verdict, family, publisher of the indicators, kind of trace, month and country only.",
            hint="Say --key FILE, --country CC and --source TEXT (how the examination may be cited; no name of a person).",
        )


def check_package(args: argparse.Namespace) -> None:
    """Raises Usage that says what else must be told of a package."""
    if args.key is None or args.source is None:
        raise Usage(
            "A package of contracts or owners is signed when it is published, and cites where it comes from.",
            hint="Say --key FILE and --source TEXT (its address, or the citation of the document).",
        )


def is_package(data: bytes) -> bool:
    """OCDS or BODS: an object with releases or records, or an array of objects."""
    head = data.lstrip()[:1]
    if head == b"[":
        return data.lstrip()[1:].lstrip()[:1] == b"{"
    return head == b"{" and b'"envelope"' not in data[:1000] and (b'"releases"' in data or b'"records"' in data)


def package_statements(
    args: argparse.Namespace, data: bytes, owner: str, known: OnFile
) -> tuple[list[Statement], list[File]]:
    """Statements of an OCDS or BODS package, and the package itself as an attachment. `known`: who is on file where it is handed in."""
    from sousveil.register.exchange.model import Said
    from sousveil.register.exchange.reading import read_package

    package = read_package(data, Said(source=args.source, publisher=owner, known=known))
    for warning in package.warnings:
        print(f"sousveil: {visible(warning, 2000)}", file=sys.stderr)
    if package.withheld:
        count = len(package.withheld)
        print(f"sousveil: personal details were taken out of the kept package in {count:,} places.", file=sys.stderr)
    made = package.statements
    if any(one.person for one in made):
        # The package names the person too, so none of it may be public before the review.
        made = [msgspec.structs.replace(one, person=True) for one in made]
    return list(made), [File(data=package.data, media_type="application/json")]


def case_statements(args: argparse.Namespace, owner: str) -> list[Statement]:
    """The public fields of a case's finding. Raises Usage where there is none."""
    from sousveil.register.finding import statements

    made = statements(args.file, country=args.country, publisher=owner, source=args.source)
    if not made:
        raise Usage("This case holds no finding that rests on a published indicator; there is nothing to publish.")
    return list(made)
