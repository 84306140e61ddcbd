"""Bad publications: each is refused, the field is named, nothing of it is stored, the operator has a line."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.ledger import dsse, sshsig
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.codes import RevokeReason, Role
from sousveil.register.model import Attachment, Commitment, Stance, Standing, Statement, commit, content, new_salt
from sousveil.register.publication import File, Submission
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from tests.register import maker
from tests.register.maker import Made, private, published, said

NAME = said(maker.STATE, "PublicBody", "name", "Ministry of Invention")


def submission(
    *statements: Statement, by: str = "paper", files: tuple[File, ...] = (), **changes: object
) -> Submission:
    """What `Register.prepare` makes, but nothing is checked, and the payload may be changed."""
    contents = tuple((new_salt(), content(one)) for one in statements)
    payload = log.Statements(
        publisher=maker.KEYS[by][0],
        dataset="direct",
        example=True,
        commitments=tuple(
            Commitment(commit(salt, data), one.type, one.standing, one.stance, one.person)
            for one, (salt, data) in zip(statements, contents, strict=True)
        ),
        attachments=tuple(one.named() for one in files),
    )
    payload = msgspec.structs.replace(payload, **changes)
    return Submission(envelope=publication.sign(log.encode(payload), private(by)), contents=contents, attachments=files)


def changed(**fields: object) -> Submission:
    return submission(msgspec.structs.replace(NAME, **fields))


def other_envelope(change: Callable[[dsse.Envelope], dsse.Envelope]) -> Submission:
    good = submission(NAME)
    return msgspec.structs.replace(good, envelope=dsse.encode(change(dsse.decode(good.envelope))))


def signed_by(name: str) -> Submission:
    good = submission(NAME)
    payload = dsse.decode(good.envelope).payload
    return msgspec.structs.replace(good, envelope=publication.sign(payload, private(name)))


def flipped(envelope: dsse.Envelope) -> dsse.Envelope:
    one = envelope.signatures[0]
    wrong = msgspec.structs.replace(one, sig=bytes([one.sig[0] ^ 1]) + one.sig[1:])
    return msgspec.structs.replace(envelope, signatures=(wrong,))


def payload_changed(envelope: dsse.Envelope) -> dsse.Envelope:
    return msgspec.structs.replace(envelope, payload=envelope.payload.replace(b'"direct"', b'"others"'))


FILE = File(data=b"%PDF-1.7 a scan", media_type="application/pdf")
BAD: dict[str, tuple[Callable[[], Submission], str, str]] = {
    "no json": (lambda: Submission(envelope=b"{"), "envelope", "bad_envelope"),
    "no signature": (
        lambda: other_envelope(lambda one: msgspec.structs.replace(one, signatures=())),
        "envelope",
        "bad_envelope",
    ),
    "too long": (lambda: Submission(envelope=b" " * (log.ENVELOPE_MAX + 1)), "envelope", "oversize"),
    "wrong signature": (lambda: other_envelope(flipped), "signatures", "bad_signature"),
    "other payload": (lambda: other_envelope(payload_changed), "signatures", "bad_signature"),
    "other payload type": (
        lambda: other_envelope(lambda one: msgspec.structs.replace(one, payload_type="text/plain")),
        "payloadType",
        "bad_payload_type",
    ),
    "not one form": (
        lambda: other_envelope(
            lambda one: dsse.sign(log.PAYLOAD_TYPE, one.payload.replace(b",", b", ", 1), private("paper"))
        ),
        "payload",
        "bad_payload",
    ),
    "unknown kind": (
        lambda: other_envelope(
            lambda one: dsse.sign(
                log.PAYLOAD_TYPE, one.payload.replace(b"statements", b"sentiments", 1), private("paper")
            )
        ),
        "payload",
        "bad_payload",
    ),
    "unknown key": (lambda: signed_by("nobody"), "signatures", "unknown_key"),
    "a second signature of an unknown key": (
        lambda: other_envelope(
            lambda one: dsse.sign(log.PAYLOAD_TYPE, one.payload, private("paper"), private("nobody"))
        ),
        "signatures",
        "unknown_key",
    ),
    "wrong role": (lambda: signed_by("anna"), "signatures", "wrong_role"),
    "another's key": (lambda: signed_by("acme"), "publisher", "not_the_owner"),
    "no statements": (lambda: submission(), "commitments", "empty"),
    "not an example": (lambda: submission(NAME, example=False), "example", "example"),
    "no contents": (
        lambda: msgspec.structs.replace(submission(NAME), contents=()),
        "contents",
        "contents_missing",
    ),
    "other salt": (
        lambda: msgspec.structs.replace(submission(NAME), contents=((new_salt(), content(NAME)),)),
        "statements[0].id",
        "commitment_differs",
    ),
    "short salt": (
        lambda: msgspec.structs.replace(submission(NAME), contents=((b"salt", content(NAME)),)),
        "statements[0].salt",
        "bad_salt",
    ),
    "leaf says otherwise": (
        lambda: submission(NAME, commitments=(msgspec.structs.replace(_one(), standing=Standing.CONFIRMED),)),
        "statements[0].id",
        "commitment_differs",
    ),
    "no source": (lambda: changed(source=" "), "statements[0].source", "no_source"),
    "unknown type": (lambda: changed(type="Weapon"), "statements[0].type", "unknown_type"),
    "unknown property": (lambda: changed(property="shoeSize"), "statements[0].property", "unknown_property"),
    "no entity": (lambda: changed(subject="Acme"), "statements[0].subject", "bad_subject"),
    "impossible date": (lambda: changed(valid_from="2026-02-30"), "statements[0].valid_from", "bad_date"),
    "end before start": (
        lambda: changed(valid_from="2026", valid_until="2025"),
        "statements[0].valid_until",
        "end_before_start",
    ),
    "not clean": (lambda: changed(value="Ministry  of Invention"), "statements[0].value", "not_clean"),
    "other data set": (lambda: changed(dataset="misp"), "statements[0].dataset", "other_dataset"),
    "in another's name": (lambda: changed(publisher="A ministry"), "statements[0].publisher", "not_the_owner"),
    "answers nothing": (
        lambda: submission(msgspec.structs.replace(NAME, stance=Stance.DENIES, supersedes="ab" * 32)),
        "statements[0].supersedes",
        "unknown_statement",
    ),
    "huge value": (
        lambda: submission(said(maker.STATE, "PublicBody", "name", "x" * 70_000, publisher="The Invented Paper")),
        "statements[0].content",
        "oversize",
    ),
    "other file": (
        lambda: msgspec.structs.replace(submission(NAME, files=(FILE,)), attachments=(File(data=b"other"),)),
        "attachments[0].sha256",
        "attachment_differs",
    ),
    "no file": (
        lambda: msgspec.structs.replace(submission(NAME, files=(FILE,)), attachments=()),
        "attachments",
        "attachment_missing",
    ),
}


def _one() -> Commitment:
    return Commitment("ab" * 32, NAME.type, NAME.standing, NAME.stance, NAME.person)


@pytest.mark.parametrize("name", BAD)
def test_refused(made: Made, name: str) -> None:
    make, field, code = BAD[name]
    register = made.register
    before = _everything(made)
    with pytest.raises(Refused) as refused:
        register.submit(make())
    assert (refused.value.field, refused.value.code) == (field, code)
    assert _everything(made) == before
    (line,) = register.store.operator_lines()
    assert line[1:] == (code, f"refused: {field}: {refused.value.message}")


def _everything(made: Made) -> object:
    store = made.register.store
    tables = ("entries", "statements", "entities", "attachments", "held", "reviews", "outbox")
    files = sorted(str(one.relative_to(made.register.folder)) for one in made.register.folder.rglob("*"))
    return (
        store.size(),
        [store.db.number(f"SELECT count(*) FROM {table}") for table in tables],
        made.register.log.checkpoint(),
        [one for one in files if "sqlite" not in one],
    )


def test_a_replay_is_refused_also_in_another_envelope_and_in_one_batch(made: Made) -> None:
    register = made.register
    good = submission(NAME)
    again = msgspec.structs.replace(
        good, envelope=publication.sign(dsse.decode(good.envelope).payload, private("paper"), private("paper2"))
    )
    register.key_add(maker.public("paper2"), "The Invented Paper", Role.PUBLISHER, holder=private("paper"))
    first, second, third = register.submit_many([good, good, again])
    assert published(first).index == 10
    for refused in (second, third):
        assert isinstance(refused, Refused) and (refused.field, refused.code) == ("payload", "replay")
    copied = submission(NAME)
    copied = msgspec.structs.replace(
        copied,
        envelope=publication.sign(
            log.encode(
                msgspec.structs.replace(
                    log.decode(dsse.decode(good.envelope).payload),  # type: ignore[arg-type]
                    publisher=maker.ACME,
                )
            ),
            private("acme"),
        ),
        contents=good.contents,
    )
    with pytest.raises(Refused) as error:
        register.submit(copied)
    assert error.value.field == "statements[0].publisher"


def test_one_bad_publication_does_not_touch_the_others_of_its_batch(made: Made) -> None:
    bad = changed(valid_from="2026-13")
    first, refused, last = made.register.submit_many([submission(NAME), bad, changed(value="Another ministry")])
    assert (published(first).index, published(last).index) == (9, 10)
    assert isinstance(refused, Refused) and refused.field == "statements[0].valid_from"
    assert made.register.store.size() == 11


def test_a_revoked_key_is_refused_and_a_rotated_one_goes_on(made: Made) -> None:
    register = made.register
    waiting = submission(NAME)
    register.key_revoke(maker.public("paper"), RevokeReason.CEASED)
    with pytest.raises(Refused) as error:
        register.submit(waiting)
    assert (error.value.field, error.value.code) == ("signatures", "revoked_key")
    register.key_rotate(private("acme"), private("acme-2027"))
    denial = said(maker.ACME, "Company", "name", "Acme Interception Ltd", publisher=maker.ACME)
    with pytest.raises(Refused, match="revoked at entry"):
        register.publish([denial], private("acme"))
    assert published(register.publish([denial], private("acme-2027"))).ids


def test_only_the_first_publisher_corrects_and_retracts(made: Made) -> None:
    register, name = made.register, made.world.ids[0]
    correction = said(
        maker.ACME, "Company", "name", "Acme", stance=Stance.CORRECTS, supersedes=name, publisher=maker.ACME
    )
    with pytest.raises(Refused) as error:
        register.publish([correction], private("acme"))
    assert (error.value.field, error.value.code) == ("statements[0].supersedes", "not_the_owner")
    with pytest.raises(Refused) as error:
        register.retract([name], private("acme"), "wrong")
    assert (error.value.field, error.value.code) == ("ids[0]", "not_the_owner")
    with pytest.raises(Refused) as error:
        register.retract(["ab" * 32], private("paper"), "wrong")
    assert error.value.code == "unknown_statement"


def test_an_envelope_too_long_for_a_bundle_is_logged_by_its_digest(made: Made) -> None:
    register = made.register
    many = [said(maker.STATE, "PublicBody", "name", f"Name {n}") for n in range(600)]
    done = published(register.submit(submission(*many)))
    entry = register.store.entry(done.index)
    assert len(entry.envelope) > log.ENTRY_MAX
    leaf = register.log.entry(done.index, register.store.size())
    digest = log.digest_in(leaf)
    assert digest is not None and digest.size == len(entry.envelope)
    assert (register.folder / "log" / "envelopes" / digest.sha256).read_bytes() == entry.envelope


def test_files_lie_beside_the_log(made: Made) -> None:
    register = made.register
    done = published(register.publish([NAME], private("paper"), attachments=[FILE]))
    named = FILE.named()
    assert (register.folder / "attachments" / named.sha256).read_bytes() == FILE.data
    assert register.store.attachments_of(done.index) == [(named.sha256, 15, "application/pdf", False)]
    payload = register.store.payload(register.store.entry(done.index))
    assert isinstance(payload, log.Statements)
    assert payload.attachments == (Attachment(sha256=named.sha256, size=15, media_type="application/pdf"),)


def test_a_submission_travels_as_a_file(made: Made) -> None:
    (prepared,) = made.register.prepare([NAME], private("paper"), attachments=[FILE])
    carried = publication.read_submission(publication.write_submission(prepared))
    assert carried == prepared
    assert published(made.register.submit(carried)).receipt is not None


def test_envelopes_of_other_programs_are_brought_into_the_logged_form(made: Made) -> None:
    good = submission(NAME)
    outer = dsse.decode(good.envelope)
    spaced = msgspec.json.format(
        msgspec.json.encode(
            {
                "signatures": [
                    {"sig": base64.b64encode(outer.signatures[0].sig).decode(), "keyid": outer.signatures[0].keyid}
                ],
                "payloadType": outer.payload_type,
                "payload": base64.b64encode(outer.payload).decode(),
            }
        )
    )
    assert publication.normal(spaced) == good.envelope


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
def test_a_signature_of_ssh_keygen_is_taken(made: Made, tmp_path: Path) -> None:
    key = private("paper")
    key.save(tmp_path / "key")
    good = submission(NAME)
    payload = dsse.decode(good.envelope).payload
    (tmp_path / "payload").write_bytes(payload)
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", log.SSH_NAMESPACE, "-f", "key", "payload"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env={**os.environ, "HOME": str(tmp_path)})
    blob = sshsig.unarmor((tmp_path / "payload.sig").read_bytes())
    envelope = dsse.encode(
        dsse.Envelope(
            payload=payload,
            payload_type=log.PAYLOAD_TYPE,
            signatures=(dsse.Signature(keyid=key.public.id, sig=blob),),
        )
    )
    done = published(made.register.submit(msgspec.structs.replace(good, envelope=envelope)))
    assert made.register.store.entry(done.index).publisher == "The Invented Paper"


def test_statements_to_review_and_others_are_not_mixed(made: Made) -> None:
    with pytest.raises(Refused) as error:
        made.register.publish(
            [*(NAME for _ in range(publication.PER_ENTRY)), msgspec.structs.replace(NAME, standing=Standing.ALLEGED)],
            private("paper"),
        )
    assert error.value.code == "mixed"


@pytest.mark.parametrize("code", ["aa", "qm", "qz", "xe", "xz", "zz"])
def test_a_code_that_iso_leaves_to_its_users_is_an_invented_state_of_an_example_register(
    tmp_path: Path, code: str
) -> None:
    state = said(maker.STATE, "State", "country", code.upper())
    for example in (True, False):
        folder = tmp_path / str(example)
        with Register.init(
            folder, title="Two", origin="two.example/log", example=example, owner="Desk", gate=gate
        ) as register:
            register.key_add(maker.public("paper"), maker.KEYS["paper"][0], Role.PUBLISHER)
            if example:
                register.publish([state], private("paper"), receipt=False)
                assert [one.statement.value for one in register.store.iter_statements(since=0)] == [code]
                continue
            with pytest.raises(Refused) as refused:
                register.publish([state], private("paper"), receipt=False)
            assert refused.value.code == "invented_country"
            assert refused.value.hint == "Write the two-letter code of a real State, or its English name."
            assert register.store.statements_of([maker.STATE]) == []


@pytest.mark.parametrize("code", ["xk", "ql", "az", "xxx"])
def test_other_codes_are_those_of_real_states_or_refused(tmp_path: Path, code: str) -> None:
    state = said(maker.STATE, "State", "country", code)
    with Register.init(tmp_path / "r", title="Real", origin="real.example/log", owner="Desk", gate=gate) as register:
        register.key_add(maker.public("paper"), maker.KEYS["paper"][0], Role.PUBLISHER)
        if code in ("xk", "az"):
            register.publish([state], private("paper"), receipt=False)
            return
        with pytest.raises(Refused) as refused:
            register.publish([state], private("paper"), receipt=False)
        assert refused.value.message == f"Statement 0: State.country: “{code}” is not a country that we know."
