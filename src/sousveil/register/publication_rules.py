"""What a publication must hold before it is taken: whose data set it is, whose words, and the contents and files that were signed.

All of it can be known from the publication and the owner of its key; what the register's history says to it, `fitting.py` and
`admission.py` ask.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

from sousveil.errors import SousveilError
from sousveil.register import entries as log
from sousveil.register.codes import Role
from sousveil.register.model import SALT_BYTES, Commitment, Stance, Standing, Statement, from_content
from sousveil.register.owners import KeyState
from sousveil.register.publication import (
    ATTACHMENT_MAX,
    ATTACHMENTS_MAX,
    DIRECT,
    ENTITY_PREFIX,
    Submission,
)
from sousveil.register.refusal import Refused
from sousveil.register.store.model import NewStatement
from sousveil.register.types import property_of
from sousveil.register.types.checking import check
from sousveil.register.types.countries import INVENTED
from sousveil.register.types.model import Kind

MEDIA_TYPE_MAX = 100
_ENTITY = re.compile(r"sv-[0-9a-z]{1,61}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.ASCII)


def check_publication(
    payload: log.Statements, submission: Submission, owner: KeyState, *, example: bool
) -> list[tuple[NewStatement, Statement]]:
    """The statements of a publication, each checked against its commitment and the rules. Raises Refused."""
    if payload.example != example:
        raise Refused(
            "This publication is marked as an example, and this register is a real one."
            if payload.example
            else "This publication is not marked as an example, and everything in this register is invented.",
            field="example",
            code="example",
        )
    if payload.publisher != owner.owner:
        raise Refused(
            f"The key belongs to {owner.owner}, not to {payload.publisher[:100]}.",
            field="publisher",
            code="not_the_owner",
            hint="Where several sign, the signature of the publisher comes first.",
        )
    _check_dataset(payload.dataset, owner)
    if not payload.commitments:
        raise Refused("This publication holds no statement.", field="commitments", code="empty")
    if len(payload.commitments) > log.STATEMENTS_MAX:
        raise Refused(
            f"A publication holds at most {log.STATEMENTS_MAX:,} statements.", field="commitments", code="oversize"
        )
    if len(submission.contents) != len(payload.commitments):
        raise Refused(
            f"{len(payload.commitments)} statements are committed to and {len(submission.contents)} handed in.",
            field="contents",
            code="contents_missing",
        )
    _check_files(payload, submission)
    names = publishers(payload.dataset, owner.owner)
    found = []
    for at, (commitment, (salt, data)) in enumerate(zip(payload.commitments, submission.contents, strict=True)):
        try:
            found.append(_statement(payload, owner, names, commitment, salt, data))
        except Refused as refused:
            raise refused.in_statement(at) from None
    return found


def datasets() -> Collection[str]:
    """Names of the data sets for which there is an intake."""
    from sousveil.register.intake import intakes

    return intakes()


def publishers(dataset: str, owner: str) -> Collection[str]:
    """Whom the statements of a publication may name as their publisher.

    Nobody publishes for another, whatever its role: what is published directly is said by the owner of the key. What a data
    set holds is said by whoever publishes that data set, as its intake names them, now or formerly, or by those whom the data set
    quotes. Empty for an unknown one.
    """
    from sousveil.register.intake import intakes

    if dataset == DIRECT:
        return (owner,)
    one = intakes().get(dataset)
    return (one.dataset.publisher, *one.dataset.formerly, *one.dataset.quotes()) if one is not None else ()


def _check_dataset(name: str, owner: KeyState) -> None:
    if name == DIRECT:
        return
    if owner.role is Role.PUBLISHER:
        raise Refused(
            f"A publisher speaks for itself: its data set is `{DIRECT}`.",
            field="dataset",
            code="bad_dataset",
            hint="Published data sets are loaded with `sousveil register load`.",
        )
    if name not in datasets():
        raise Refused(
            f"There is no data set named “{name[:80]}”.",
            field="dataset",
            code="bad_dataset",
            hint=f"It is `{DIRECT}`, or the name of an intake.",
        )


def _statement(
    payload: log.Statements, owner: KeyState, names: Collection[str], commitment: Commitment, salt: bytes, data: bytes
) -> tuple[NewStatement, Statement]:
    if len(salt) != SALT_BYTES:
        raise Refused(f"A salt has {SALT_BYTES} bytes.", field="salt", code="bad_salt")
    if len(data) > log.CONTENT_MAX:
        raise Refused(f"A statement has at most {log.CONTENT_MAX:,} bytes.", field="content", code="oversize")
    digest = hashlib.sha256(salt + data)
    if digest.hexdigest() != commitment.id:
        raise Refused("Salt and content are not those that were signed.", field="id", code="commitment_differs")
    try:
        one = from_content(data)
        clean = check(one)
    except Refused:
        raise
    except SousveilError as error:
        raise Refused(error.message, field="content", code="bad_content", hint=error.hint) from None
    if clean is not one and clean != one:
        changed = next(name for name in one.__struct_fields__ if getattr(one, name) != getattr(clean, name))
        raise Refused(
            f"`{changed}` is not written in its clean form.",
            field=changed,
            code="not_clean",
            hint="Prepare the publication with `sousveil register publish`, which cleans before it signs.",
        )
    told = (commitment.type, commitment.standing, commitment.stance, commitment.person)
    if told != (one.type, one.standing, one.stance, one.person):
        raise Refused("The log would say something else than the statement.", field="commitment", code="leaf_differs")
    if one.dataset != payload.dataset:
        raise Refused("The statement belongs to another data set.", field="dataset", code="other_dataset")
    if not _ENTITY.fullmatch(one.subject):
        raise Refused(
            "An entity's id is sv- and letters a to z or digits, at most 64 characters.",
            field="subject",
            code="bad_subject",
        )
    if one.publisher not in names:
        raise Refused(
            f"The key of {owner.owner} speaks in its own name, not in that of {one.publisher[:100]}."
            if payload.dataset == DIRECT
            else f"What this data set holds is said by {next(iter(names), owner.owner)}, not by {one.publisher[:100]}.",
            field="publisher",
            code="not_the_owner",
            hint="Nobody publishes for another, the operator included: name in the source whom you quote.",
        )
    known = property_of(one.type, one.property)
    if not payload.example and known is not None and known.kind == Kind.COUNTRY and one.value in INVENTED:
        raise Refused(
            f"“{one.value}” is the code of an invented State, and this register is a real one.",
            field=f"{one.type}.{one.property}",
            code="invented_country",
            hint="Write the two-letter code of a real State, or its English name.",
        )
    return new_statement(digest.digest(), salt, data, one), one


def new_statement(id: bytes, salt: bytes, data: bytes, one: Statement) -> NewStatement:
    """Returns a statement on its way in, with what the database keeps beside its content."""
    return NewStatement(
        id=id,
        salt=salt,
        content=data,
        subject=one.subject,
        type=one.type,
        dataset=one.dataset,
        target=one.value if one.value.startswith(ENTITY_PREFIX) and _ENTITY.fullmatch(one.value) else None,
        supersedes=bytes.fromhex(one.supersedes) if one.supersedes else None,
        corrects=one.stance is Stance.CORRECTS,
        person=one.person,
    )


def _check_files(payload: log.Statements, submission: Submission) -> None:
    if len(payload.attachments) > ATTACHMENTS_MAX:
        raise Refused(f"At most {ATTACHMENTS_MAX} files are taken.", field="attachments", code="oversize")
    if len(payload.attachments) != len(submission.attachments):
        raise Refused("Not all files that were signed are handed in.", field="attachments", code="attachment_missing")
    for at, (named, file) in enumerate(zip(payload.attachments, submission.attachments, strict=True)):
        field = f"attachments[{at}]"
        if len(named.media_type) > MEDIA_TYPE_MAX or not _MEDIA_TYPE.fullmatch(named.media_type):
            raise Refused(
                "This is not a media type such as application/pdf.", field=f"{field}.media_type", code="bad_media_type"
            )
        if len(file.data) > ATTACHMENT_MAX:
            raise Refused(f"A file has at most {ATTACHMENT_MAX >> 20} MiB.", field=field, code="oversize")
        if hashlib.sha256(file.data).hexdigest() != named.sha256 or len(file.data) != named.size:
            raise Refused(
                "The file is not the one that was signed.", field=f"{field}.sha256", code="attachment_differs"
            )


def needs_review(payload: log.Statements) -> tuple[str, ...]:
    """Why a publication is held before it is public; empty where it is not."""
    person = alleged = False
    for one in payload.commitments:
        person |= one.person
        alleged |= one.standing is Standing.ALLEGED
    return ("person",) * person + ("alleged",) * alleged + ("asked",) * (payload.review is True)
