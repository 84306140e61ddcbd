"""What may not enter: unmarked persons, other data sets, circles of ownership, answers that fit nothing, what stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.ledger import dsse
from sousveil.register import entries as log
from sousveil.register import publication, publication_rules
from sousveil.register.admission import Published, is_id
from sousveil.register.codes import (
    EraseBy,
    EraseGround,
    PublicInterest,
    RetractReason,
    RevokeReason,
    Role,
    Verdict,
    Waived,
)
from sousveil.register.export.exporting import export
from sousveil.register.export.terms import Terms
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.gates import Arrival
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.publication import File, Submission
from sousveil.register.refusal import Refused
from sousveil.register.store.writing import utc_now
from tests.register import maker
from tests.register.maker import Made, held, private, published, said
from tests.register.test_publication import submission

pytestmark = pytest.mark.full("postgresql")

PAPER = "The Invented Paper"
BOSS = [said(maker.BOSS, "Person", "name", "Mara Invented", person=True)]
TERMS: dict[str, Any] = {"title": "T", "publisher": "P", "licence": "CC0 1.0"}
WAIVED: dict[str, Any] = {"ground": PublicInterest.OFFICE, "waived": Waived.ALREADY_PUBLIC}
POST = entity_id("invented", "post")


def mine(subject: str, type: str, property: str, value: str, **more: Any) -> Statement:
    """A statement in the paper's own name."""
    return said(subject, type, property, value, **{"publisher": PAPER, **more})


def refusal(made: Made, *statements: Statement, by: str = "paper", **changes: Any) -> tuple[str, str]:
    """Hands it in as it is, past all that prepares; nothing of it may stay."""
    before = (made.register.store.size(), len(made.register.held()))
    with pytest.raises(Refused) as error:
        made.register.submit(submission(*statements, by=by, **changes))
    assert (made.register.store.size(), len(made.register.held())) == before
    return error.value.field, error.value.code


def taken(made: Made, *statements: Statement, by: str = "paper") -> Published:
    return published(made.register.submit(submission(*statements, by=by)))


def release(made: Made, id: str) -> None:
    for name in ("anna", "bela"):
        made.register.review(id, private(name), **WAIVED)


# Persons


LINKS = [
    mine(POST, "Ownership", "owner", maker.BOSS),
    mine(maker.BOSS, "LegalEntity", "summary", "Owns a yacht."),
]


@pytest.mark.parametrize("link", LINKS, ids=["value", "subject"])
def test_a_person_who_is_held_is_not_named_unmarked(made: Made, link: Statement) -> None:
    taken(made, link)  # nobody knows yet that it is a person
    other = entity_id("invented", "other boss")
    link = msgspec.structs.replace(
        link, **{name: other for name in ("subject", "value") if getattr(link, name) == maker.BOSS}
    )
    waits = held(made.register.publish([msgspec.structs.replace(BOSS[0], subject=other)], private("paper")))
    assert refusal(made, link) == ("statements[0].person", "names_person")
    marked = msgspec.structs.replace(link, person=True)
    assert held(made.register.submit(submission(marked))).reasons == ("person",)
    made.register.review(waits.id, private("anna"), Verdict.REFUSE)
    assert held(made.register.submit(submission(marked))).reasons == ("person",)


@pytest.mark.parametrize("link", LINKS, ids=["value", "subject"])
def test_a_person_of_the_register_is_not_named_unmarked(made: Made, link: Statement) -> None:
    release(made, held(made.register.publish(BOSS, private("paper"))).id)
    assert made.register.store.type_of([maker.BOSS]) == {maker.BOSS: "Person"}
    assert refusal(made, link) == ("statements[0].person", "names_person")


def test_a_person_of_the_same_publication_or_batch_is_not_named_unmarked(made: Made) -> None:
    assert refusal(made, LINKS[0], *BOSS) == ("statements[0].person", "names_person")
    first, second = made.register.submit_many([submission(*BOSS), submission(LINKS[0])])
    held(first)
    assert isinstance(second, Refused) and second.code == "names_person"


def test_local_publishing_marks_the_persons_whom_it_knows(made: Made) -> None:
    many = [LINKS[0], *(mine(maker.STATE, "PublicBody", "alias", f"Body {n}", person=True) for n in range(300)), *BOSS]
    prepared = made.register.prepare(many, private("paper"))
    assert len(prepared) == 3  # the first record, and one of 300 statements in two
    waits = held(made.register.publish(many, private("paper")))
    assert (waits.reasons, len(waits.ids)) == (("person",), 3)


def test_a_refused_person_is_forgotten(made: Made) -> None:
    waits = held(made.register.publish(BOSS, private("paper")))
    made.register.review(waits.id, private("anna"), Verdict.REFUSE)
    assert taken(made, LINKS[0])


def test_nobody_makes_a_known_company_a_person_by_holding_it(made: Made) -> None:
    person = said(maker.ACME, "Person", "name", "Acme", person=True, publisher=maker.ACME)
    held(made.register.publish([person], private("acme")))
    assert taken(made, mine(maker.ACME, "Company", "summary", "A company still."))


# Data sets, media types, owners


@pytest.mark.parametrize(
    ("by", "name", "good"),
    [
        ("paper", "us-csl-spyware", False),
        ("loader", "us-csl-spyware", True),
        ("loader", "direct", True),
        ("loader", "../../etc", False),
        ("loader", "us-csl-spyware2", False),
    ],
)
def test_data_sets_are_direct_or_an_intake(made: Made, by: str, name: str, good: bool) -> None:
    names = publication_rules.publishers(name, maker.KEYS[by][0]) or (maker.KEYS[by][0],)
    one = mine(maker.STATE, "PublicBody", "name", "Ministry", dataset=name, publisher=next(iter(names)))
    made_so = submission(one, by=by, dataset=name)
    if good:
        published(made.register.submit(made_so))
    else:
        assert refusal(made, one, by=by, dataset=name) == ("dataset", "bad_dataset")


@pytest.mark.parametrize("name", ["../up", "combined", "A", "a b", ".a"])
def test_a_name_that_is_no_data_sets_gets_no_file(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(publication_rules, "datasets", lambda: {name})  # as an older register took it
    monkeypatch.setattr(publication_rules, "publishers", lambda dataset, owner: {owner})
    one = said(maker.STATE, "PublicBody", "name", "Ministry", dataset=name, publisher="Intake")
    published(made.register.submit(submission(one, by="loader", dataset=name)))
    done = export(made.register.store, "jsonl", tmp_path / "a" / "out", terms={name: Terms(**TERMS, dataset=name)})
    assert done.left_out == {name: "its name is not the name of a data set, and no file can have it"}
    assert [one.dataset for one in done.files] == ["direct"]
    assert [one.name for one in (tmp_path / "a").iterdir()] == ["out"]


def test_a_snapshot_names_a_data_set(made: Made) -> None:
    with pytest.raises(Refused) as error:
        made.register.snapshot("../x", source="s", sha256="ab" * 32, date="2026-01-01", rows=0, counts={})
    assert (error.value.field, error.value.code) == ("dataset", "bad_dataset")


@pytest.mark.parametrize(
    ("media_type", "good"),
    [
        ("application/vnd.ms-excel", True),
        ("image/svg+xml", True),
        ("text/html\r\nX: y", False),
        ("text", False),
        ("Text/HTML", False),
        ("text/html; charset=utf-8", False),
        ("a/" + "b" * 98, True),
        ("a/" + "b" * 99, False),
    ],
)
def test_media_types(made: Made, media_type: str, good: bool) -> None:
    one = mine(maker.STATE, "PublicBody", "name", "Ministry")
    data = b'<svg xmlns="http://www.w3.org/2000/svg"/>' if "svg" in media_type else b"x"
    files = (File(data=data, media_type=media_type),)
    if good:
        published(made.register.submit(submission(one, files=files)))
    else:
        assert refusal(made, one, files=files) == ("attachments[0].media_type", "bad_media_type")


@pytest.mark.parametrize("owner", ["A\nB", "A\x1b[2J", "A\u202eB", "\u200b", "x" * 385, " A", "\u3164"])
def test_owners_of_keys_are_written_as_names_are(made: Made, owner: str) -> None:
    operator = made.register.paths.key(OPERATOR_KEY)
    add = log.KeyAdd(key=maker.public("new"), owner=owner, role=Role.PUBLISHER, made="2026-11-01T12:00:00Z")
    proof = log.DomainProof(
        key=maker.public("acme"),
        domain="acme.example",
        sha256="ab" * 32,
        size=1,
        checked="2026-11-01",
        by=owner,
        made="2026-11-01T12:00:00Z",
    )
    for payload, field in ((add, "owner"), (proof, "by")):
        with pytest.raises(Refused) as error:
            made.register.submit(Submission(envelope=publication.sign(log.encode(payload), operator)))
        assert (error.value.field, error.value.code) == (field, f"bad_{field}")


# Answers


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": maker.HOLDING},
        {"type": "LegalEntity"},
        {"property": "alias"},
    ],
    ids=["subject", "type", "property"],
)
def test_a_correction_is_of_the_same_thing(made: Made, changes: dict[str, Any]) -> None:
    good = mine(maker.ACME, "Company", "name", "Acme Ltd", supersedes=made.world.ids[0], stance=Stance.CORRECTS)
    assert refusal(made, msgspec.structs.replace(good, **changes)) == ("statements[0].supersedes", "other_statement")
    assert taken(made, good)


@pytest.mark.parametrize("stance", [Stance.DENIES, Stance.ASSERTS])
def test_an_answer_has_the_same_subject(made: Made, stance: Stance) -> None:
    answer = said(
        maker.HOLDING,
        "Company",
        "reply",
        "It is not so.",
        publisher=maker.ACME,
        supersedes=made.world.ids[0],
        stance=stance,
    )
    assert refusal(made, answer, by="acme") == ("statements[0].supersedes", "other_statement")
    assert taken(made, msgspec.structs.replace(answer, subject=maker.ACME), by="acme")


# Ownership and ranges


def owns(name: str, owner: str, asset: str, **more: Any) -> list[Statement]:
    record = entity_id("invented", "link", name)
    return [mine(record, "Ownership", "owner", owner, **more), mine(record, "Ownership", "asset", asset, **more)]


def test_nobody_owns_itself(made: Made) -> None:
    itself = owns("itself", maker.ACME, maker.ACME)
    assert refusal(made, *itself) == ("statements[0].value", "owns_itself")
    assert taken(made, itself[0])
    assert refusal(made, itself[1]) == ("statements[0].value", "owns_itself")


def test_a_circle_is_refused_within_a_publication_and_within_what_a_publisher_said(made: Made) -> None:
    third = entity_id("invented", "third")
    circle = [*owns("a", maker.ACME, third), *owns("b", third, maker.HOLDING)]
    assert refusal(made, *circle) == ("statements[0].value", "ownership_circle")
    assert taken(made, *circle[:2])
    assert refusal(made, *circle[2:]) == ("statements[0].value", "ownership_circle")
    first, second = made.register.submit_many(
        [submission(*owns("c", maker.HOLDING, maker.STATE)), submission(*owns("d", maker.STATE, maker.HOLDING))]
    )
    published(first)
    assert isinstance(second, Refused) and second.code == "ownership_circle"
    # Others are not kept from saying what they know.
    theirs = [msgspec.structs.replace(one, publisher=maker.ACME) for one in circle[2:]]
    assert taken(made, *theirs, by="acme")


def test_what_has_ended_or_was_taken_back_makes_no_circle(made: Made) -> None:
    back = owns("back", maker.ACME, maker.HOLDING)
    assert taken(made, *owns("past", maker.ACME, maker.HOLDING, valid_until="2012"))
    dated = owns("dated", maker.ACME, maker.HOLDING)
    assert taken(made, *dated, mine(dated[0].subject, "Ownership", "endDate", "2012"))
    assert refusal(made, *back)[1] == "ownership_circle"
    made.register.retract(made.world.ids[4:6], private("paper"), RetractReason.WRONG)
    assert taken(made, *back)


def test_a_correction_may_open_a_circle(made: Made) -> None:
    first = taken(made, *owns("a", maker.HOLDING, maker.STATE))
    other = entity_id("invented", "other")
    moved = msgspec.structs.replace(owns("a", maker.HOLDING, other)[1], stance=Stance.CORRECTS, supersedes=first.ids[1])
    assert taken(made, moved, *owns("b", maker.STATE, maker.HOLDING))


@pytest.mark.parametrize(
    ("property", "value", "good"),
    [
        ("percentage", "0", True),
        ("percentage", "100", True),
        ("percentage", "100.01", False),
        ("percentage", "-1", False),
        ("percentageAtLeast", "101", False),
        ("percentageBelow", "1000", False),
    ],
)
def test_percentages(made: Made, property: str, value: str, good: bool) -> None:
    one = mine(maker.OWNERSHIP, "Ownership", property, value)
    if good:
        assert taken(made, one)
    else:
        assert refusal(made, one) == (f"statements[0].Ownership.{property}", "bad_value")


def test_a_value_is_of_a_type_that_the_property_leads_to(made: Made) -> None:
    record = entity_id("invented", "link", "x")
    product = mine(record, "Ownership", "asset", maker.PRODUCT)
    assert refusal(made, product) == ("statements[0].value", "wrong_type")
    letter = entity_id("invented", "letter")
    here = [mine(letter, "Document", "title", "A letter"), mine(record, "Ownership", "owner", letter)]
    assert refusal(made, *here) == ("statements[1].value", "wrong_type")
    assert taken(made, mine(record, "Ownership", "owner", entity_id("invented", "not known yet")))
    general = [
        mine(letter, "LegalEntity", "name", "Somebody"),
        mine(maker.PRODUCT, "SurveillanceProduct", "vendor", letter),
    ]
    assert taken(made, *general)


# Files


def test_a_refused_publication_leaves_no_file(made: Made) -> None:
    folder = made.register.folder / "attachments"
    gone, kept = File(data=b"leaves nothing"), File(data=b"stays")
    good = mine(maker.STATE, "PublicBody", "name", "Ministry")
    bad = submission(mine(maker.ACME, "Company", "name", "A", supersedes="ab" * 32), files=(gone,))
    first, second = made.register.submit_many([bad, submission(good, files=(kept,))])
    assert isinstance(first, Refused) and first.code == "unknown_statement"
    published(second)
    assert [one.name for one in folder.iterdir()] == [kept.named().sha256]


def test_a_batch_that_fails_leaves_no_file(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made.register.folder / "attachments"
    good = submission(mine(maker.STATE, "PublicBody", "name", "Ministry"), files=(File(data=b"x"),))
    size = made.register.store.size()

    def fail(self: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("sousveil.register.store.writing.Appending.finish", fail)
        with pytest.raises(OSError, match="the disk is full"):
            made.register.submit(good)
    assert (list(folder.iterdir()), made.register.store.size()) == ([], size)
    assert published(made.register.submit(good)).index == size
    assert len(list(folder.iterdir())) == 1


# What stands


def test_what_stands_is_not_said_again(made: Made) -> None:
    one = mine(maker.STATE, "PublicBody", "name", "Ministry")
    first = taken(made, one)
    with pytest.raises(Refused, match=f"Statement 0 stands already, at index {first.index} of the log") as error:
        made.register.submit(submission(one))
    assert (error.value.field, error.value.code) == ("statements[0]", "stands_already")
    assert refusal(made, mine(maker.STATE, "PublicBody", "alias", "M"), one) == ("statements[1]", "stands_already")
    two = mine(maker.STATE, "PublicBody", "alias", "Twice")
    assert refusal(made, two, two) == ("statements[1]", "stands_already")
    made.register.retract(first.ids, private("paper"), RetractReason.WRONG)
    again = taken(made, one)
    made.register.erase(again.ids, EraseGround.MISTAKE, EraseBy.PUBLISHER)
    third = taken(made, one)
    correction = msgspec.structs.replace(one, value="Ministry of X", stance=Stance.CORRECTS, supersedes=third.ids[0])
    taken(made, correction)
    assert taken(made, one)


def test_another_owner_may_say_the_same_and_so_may_a_new_key_after_a_theft(made: Made) -> None:
    register = made.register
    one = said(maker.STATE, "PublicBody", "name", "Ministry", source="s", publisher="Intake")
    theirs = submission(one, by="loader")
    published(register.submit(theirs))
    register.key_add(maker.public("other-loader"), "Another intake", Role.LOADER)
    again = msgspec.structs.replace(one, publisher="Another intake")
    payload, contents = publication.make([again], publisher="Another intake", dataset="direct", example=True)
    other = Submission(envelope=publication.sign(payload, private("other-loader")), contents=contents)
    published(register.submit(other))
    register.key_add(maker.public("loader-2"), "Intake", Role.LOADER, holder=private("loader"))
    register.key_revoke(maker.public("loader"), RevokeReason.COMPROMISED, compromised_since=1)
    payload, contents = publication.make([one], publisher="Intake", dataset="direct", example=True)
    published(register.submit(Submission(envelope=publication.sign(payload, private("loader-2")), contents=contents)))


# Names and ids


@pytest.mark.parametrize("name", ["\u200b", "\u2060\u200b", "\u180e", "\u3164", "--", "…", "\u200b*\u200b"])
def test_a_name_has_a_letter_or_a_digit(made: Made, name: str) -> None:
    assert refusal(made, mine(maker.STATE, "PublicBody", "name", name))[0] == "statements[0].PublicBody.name"
    assert refusal(made, mine(maker.STATE, "PublicBody", "country", "il", source=name))[0] == "statements[0].source"


@pytest.mark.parametrize("id", ["sv-", "sv-A", "sv-a/../b", "sv-é", "sv-" + "a" * 62, "acme", "sv--"])
def test_an_id_is_sv_and_letters_and_digits(made: Made, id: str) -> None:
    assert refusal(made, mine(id, "PublicBody", "name", "Ministry")) == ("statements[0].subject", "bad_subject")
    link = mine(maker.PRODUCT, "SurveillanceProduct", "vendor", id)
    assert refusal(made, link) == ("statements[0].SurveillanceProduct.vendor", "bad_value")


# Words about persons


@pytest.mark.parametrize(
    ("property", "value", "code"),
    [
        ("summary", "She was a victim of the spyware.", "no_consent"),
        ("name", "Nadia Invented, wife of Omar", "no_consent"),
        ("alias", "Wife of Target", "no_consent"),
        ("note", "A software engineer of the firm.", "employee"),
        ("description", "Works as a receptionist", "employee"),
        ("name", "ida invented, receptionist", "employee"),
        ("name", "Ida Driver", ""),
        ("name", "Noor Child", ""),
        ("summary", "Chief engineer and director", ""),
        ("summary", "Signed the licence.", ""),
    ],
)
def test_words_about_a_person_are_read_wherever_they_stand(made: Made, property: str, value: str, code: str) -> None:
    one = mine(maker.BOSS, "Person", property, value, person=True)
    if code:
        assert refusal(made, one) == ("statements[0].value", code)
    else:
        assert held(made.register.submit(submission(one)))


def test_labels_of_claims_about_persons_are_read(made: Made) -> None:
    register = made.register
    claim = entity_id("invented", "claim")
    about = mine(claim, "Claim", "entity", maker.BOSS, person=True)
    label = mine(claim, "Claim", "label", "Victims of spyware")
    assert refusal(made, about, msgspec.structs.replace(label, person=True)) == ("statements[1].value", "no_consent")
    waits = held(register.submit(submission(*BOSS, about)))
    assert refusal(made, label) == ("statements[0].value", "no_consent")
    release(made, waits.id)
    assert refusal(made, label) == ("statements[0].value", "no_consent")
    register.consent(maker.BOSS, given="2026-01-01", evidence_sha256="ab" * 32)
    assert taken(made, label)
    company = entity_id("invented", "claim about a company")
    assert taken(
        made,
        mine(company, "Claim", "entity", maker.ACME),
        mine(company, "Claim", "label", "Employer of engineers and of a contractor"),
    )


def test_an_allegation_that_is_released_is_not_checked_against_what_stands(made: Made) -> None:
    one = mine(maker.ACME, "Company", "alias", "Night Works", standing=Standing.ALLEGED)
    waits = [held(made.register.submit(submission(one))).id for _ in range(2)]
    for id in waits:
        release(made, id)
    assert [state.state for state in made.register.held()] == ["published", "published"]


@pytest.mark.parametrize("id", ["abc", "A" * 64, "g" * 64, ""])
def test_what_is_no_id_stops_nobody_else(made: Made, id: str) -> None:
    """A signed retraction or erasure of something that is no id is refused by itself, with a line for the operator."""
    size = made.register.store.size()
    reason, now = RetractReason.WRONG, "2026-01-01T00:00:00Z"
    erase = log.Erase(ids=(id,), ground=EraseGround.MISTAKE, by=EraseBy.OPERATOR, backups_by="2026-02-01", made=now)
    first, second, third = made.register.submit_many(
        [
            Submission(
                envelope=publication.sign(log.encode(log.Retract(ids=(id,), reason=reason, made=now)), private("paper"))
            ),
            submission(mine(entity_id("invented", "next"), "Company", "name", "Next Ltd")),
            Submission(envelope=publication.sign(log.encode(erase), made.register.paths.key(OPERATOR_KEY))),
        ]
    )
    assert isinstance(second, Published) and (second.index, made.register.store.size()) == (size, size + 1)
    for one in (first, third):
        assert isinstance(one, Refused) and (one.field, one.code) == ("ids[0]", "bad_id")
    lines = [line for _, code, line in made.register.store.operator_lines() if code == "bad_id"]
    assert lines == ["refused: ids[0]: This is not the id of a statement."] * 2
    assert [one.stage for one in made.register.audit.read(limit=1)] == ["failed"]


ABSENT = ("Somebody", "The Operator", "The operator.", maker.ACME, PAPER, "the invented paper", "Acme Interception Ltd")
"""An id, names that have keys, names of entities that have, and names that nobody has: none is the operator's to speak for."""


@pytest.mark.parametrize("by", ["operator", "loader", "paper", "acme"])
@pytest.mark.parametrize("name", ABSENT)
def test_no_key_lends_words_to_another_name(made: Made, by: str, name: str) -> None:
    owner, key = ("The operator", OPERATOR_KEY) if by == "operator" else (maker.KEYS[by][0], private(by))
    one = said(maker.STATE, "Company", "summary", "Sells to anybody.", publisher=name)
    size = made.register.store.size()
    if name == owner:
        published(made.register.publish([one], key))
        return
    with pytest.raises(Refused) as error:
        made.register.publish([one], key)
    assert (error.value.field, error.value.code) == ("statements[0].publisher", "not_the_owner")
    assert error.value.message == f"Statement 0: The key of {owner} speaks in its own name, not in that of {name}."
    assert made.register.store.size() == size


@pytest.mark.parametrize("name", [*ABSENT, "Intake"])
def test_a_data_set_is_said_by_whoever_publishes_it(made: Made, name: str) -> None:
    """Its publisher may have a key here: what its list says is taken over as it printed it, and nothing else is."""
    (lists,) = publication_rules.publishers("us-csl-spyware", "Intake")
    assert lists == "US International Trade Administration, Consolidated Screening List"
    made.register.key_add(maker.public("itself"), lists, Role.PUBLISHER)
    one = said(maker.ACME, "Company", "alias", "Acme", publisher=lists, dataset="us-csl-spyware")
    published(made.register.publish([one], private("loader")))
    for other in (
        msgspec.structs.replace(one, value="Acme Two", publisher=name),
        msgspec.structs.replace(one, value="Acme Two", dataset="direct"),
    ):
        with pytest.raises(Refused) as error:
            made.register.publish([other], private("loader"))
        assert (error.value.field, error.value.code) == ("statements[0].publisher", "not_the_owner")


def test_a_key_for_another_id_of_the_same_is_none_of_the_operators_to_add(made: Made) -> None:
    row = entity_id("invented", "row of a list")
    maker.tell(made.register, [said(row, "Company", "name", "Acme of the list", publisher="Somebody")])
    told = {"left": row, "right": maker.ACME, "verdict": "same", "reason": "One.", "evidence": maker.SOURCE}
    for by in ("paper", "loader"):
        owner, id = maker.KEYS[by][0], entity_id("judgement", by)
        words = [said(id, "Judgement", name, value, publisher=owner) for name, value in told.items()]
        published(made.register.publish(words, private(by)))
    with pytest.raises(Refused) as error:
        made.register.key_add(maker.public("mine"), row, Role.PUBLISHER)
    assert (error.value.field, error.value.code) == ("owner", "owner_has_key")
    assert error.value.hint == f"Register the key for {maker.ACME}."


# Entries that are no publications

MADE = "2026-11-01T12:00:00Z"


def signed(payload: log.Entry, by: str) -> Submission:
    """An entry that a key signs; the operator's key is the register's own, and the test's where it has none."""
    return Submission(envelope=publication.sign(log.encode(payload), private(by)))


def operator_entry(made: Made, payload: log.Entry) -> Submission:
    return Submission(envelope=publication.sign(log.encode(payload), made.register.paths.key(OPERATOR_KEY)))


def code_of(made: Made, submitted: Submission) -> tuple[str, str]:
    """Field and code of a refusal, after which the log is as long as before."""
    size = made.register.store.size()
    with pytest.raises(Refused) as error:
        made.register.submit(submitted)
    assert made.register.store.size() == size
    return error.value.field, error.value.code


def retraction(*ids: str) -> log.Retract:
    return log.Retract(ids=ids, reason=RetractReason.WRONG, made=MADE)


def erasure(*ids: str) -> log.Erase:
    return log.Erase(ids=ids, ground=EraseGround.MISTAKE, by=EraseBy.OPERATOR, backups_by="2027-02-01", made=MADE)


def test_an_entry_without_statements_carries_neither_contents_nor_files(made: Made) -> None:
    good = signed(retraction(made.world.ids[0]), "paper")
    contents = submission(mine(maker.STATE, "PublicBody", "name", "Ministry")).contents
    for changed in (
        msgspec.structs.replace(good, contents=contents),
        msgspec.structs.replace(good, attachments=(File(data=b"x"),)),
    ):
        assert code_of(made, changed) == ("contents", "contents_unasked")
    assert published(made.register.submit(good)).ids == (made.world.ids[0],)


def test_a_review_enters_with_its_publication_alone(made: Made) -> None:
    waits = held(made.register.publish(BOSS, private("paper")))
    review = log.Review(publication=waits.id, verdict=Verdict.PUBLISH, made=MADE, **WAIVED)
    (outcome,) = made.register.submit_many([signed(review, "anna")])
    assert isinstance(outcome, Refused) and (outcome.field, outcome.code) == ("kind", "review_alone")


def test_an_entry_is_taken_once_within_a_batch(made: Made) -> None:
    vouch = signed(log.Voucher(key=maker.public("acme"), made=MADE), "clinic")
    first, second = made.register.submit_many([vouch, vouch])
    published(first)
    assert isinstance(second, Refused) and (second.field, second.code) == ("payload", "replay")
    assert second.hint == "The receipt of the first submission stands."


def test_a_publisher_retracts_its_own_statements_and_names_some(made: Made) -> None:
    assert code_of(made, signed(retraction(made.world.ids[0]), "acme")) == ("ids[0]", "not_the_owner")
    assert code_of(made, signed(retraction(made.world.ids[0], "ab" * 32), "paper")) == ("ids[1]", "unknown_statement")
    assert code_of(made, signed(retraction(), "paper")) == ("ids", "empty")
    assert code_of(made, operator_entry(made, erasure())) == ("ids", "empty")


def test_what_a_batch_erases_cannot_be_retracted_within_it(made: Made) -> None:
    id = made.world.ids[0]
    first, second = made.register.submit_many([operator_entry(made, erasure(id)), signed(retraction(id), "paper")])
    assert published(first).ids == (id,)
    assert isinstance(second, Refused) and (second.field, second.code) == ("ids[0]", "unknown_statement")


@pytest.mark.parametrize(
    ("domain", "good"),
    [
        ("ministry.example", True),
        ("localhost", False),
        ("192.0.2.1", False),
        ("[2001:db8::1]", False),
        ("::ffff:192.0.2.1", False),
        ("https://ministry.example", False),
        ("Ministry.example", False),
        ("ministry.example.", False),
        ("", False),
    ],
)
def test_the_domain_of_a_key_is_one_that_serves_a_file(made: Made, domain: str, good: bool) -> None:
    add = log.KeyAdd(key=maker.public("new"), owner="A ministry", role=Role.PUBLISHER, domain=domain, made=MADE)
    if good:
        published(made.register.submit(operator_entry(made, add)))
    else:
        assert code_of(made, operator_entry(made, add)) == ("domain", "bad_domain")


def test_the_day_on_which_a_domain_was_read_is_not_still_to_come(made: Made) -> None:
    proof = log.DomainProof(
        key=maker.public("acme"),
        domain="acme.example",
        sha256="ab" * 32,
        size=1,
        checked="2999-01-01",
        by="The operator",
        made=MADE,
    )
    assert code_of(made, operator_entry(made, proof)) == ("checked", "bad_date")
    published(made.register.submit(operator_entry(made, msgspec.structs.replace(proof, checked="2026-11-01"))))


def test_the_name_of_an_owner_has_up_to_384_characters(made: Made) -> None:
    add = log.KeyAdd(key=maker.public("new"), owner="x" * 385, role=Role.PUBLISHER, made=MADE)
    assert code_of(made, operator_entry(made, add)) == ("owner", "bad_owner")
    published(made.register.submit(operator_entry(made, msgspec.structs.replace(add, owner="x" * 384))))


@pytest.mark.parametrize(
    ("text", "good"),
    [("0123456789abcdef" * 4, True), ("0" * 63, False), ("0" * 65, False), ("A" * 64, False), ("g" * 64, False)],
)
def test_the_id_of_a_statement_is_64_hex_digits(text: str, good: bool) -> None:
    assert is_id(text) is good


def test_a_statement_enters_the_log_once_whatever_carries_it(made: Made) -> None:
    """The same salt and content under another payload, in a later batch and in the same."""
    for name in ("Ministry", "Agency"):
        good = submission(mine(maker.STATE, "PublicBody", "alias", name))
        payload = log.decode(dsse.decode(good.envelope).payload)
        file = File(data=name.encode())
        again = msgspec.structs.replace(
            signed(msgspec.structs.replace(payload, attachments=(file.named(),)), "paper"),
            contents=good.contents,
            attachments=(file,),
        )
        if name == "Ministry":
            published(made.register.submit(good))
            assert code_of(made, again) == ("statements[0].id", "replay")
        else:
            first, second = made.register.submit_many([good, again])
            published(first)
            assert isinstance(second, Refused) and (second.field, second.code) == ("statements[0].id", "replay")


def test_reviews_stand_in_the_log_before_what_they_release(made: Made) -> None:
    size = made.register.store.size()
    release(made, held(made.register.publish(BOSS, private("paper"))).id)
    store = made.register.store
    kinds = [log.kind_of(store.payload(entry)) for entry in store.entries() if entry.index >= size]
    assert kinds == ["review", "review", "statements"]


def test_the_gate_sees_what_a_batch_has_let_in(made: Made) -> None:
    seen: list[tuple[dict[str, str], int, str]] = []

    class Looking(maker.OpenGate):
        """Records what the register knows of a subject when a publication about it arrives."""

        def __call__(self, arrival: Arrival, /) -> None:
            seen.append((arrival.look().type_of([subject]), arrival.index, arrival.day))

    subject, size, days = entity_id("invented", "office"), made.register.store.size(), {utc_now()[:10]}
    made.register.sequencer.gate = Looking()
    made.register.submit_many([submission(mine(subject, "PublicBody", name, "Office")) for name in ("name", "alias")])
    assert [(known, index) for known, index, _ in seen] == [({}, size), ({subject: "PublicBody"}, size + 1)]
    assert {day for _, _, day in seen} <= days | {utc_now()[:10]}


def test_an_owner_with_a_key_signs_for_a_further_one(made: Made) -> None:
    add = made.register.key_add(maker.public("acme-2"), maker.ACME, Role.PUBLISHER, holder=private("acme"))
    assert add.index == made.register.store.size() - 1
    one = said(maker.ACME, "Company", "alias", "Acme", publisher=maker.ACME)
    published(made.register.publish([one], private("acme-2")))
