"""An invented register with one of everything that verifying must understand."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sousveil.ledger import dsse, sshsig
from sousveil.ledger.keys import PrivateKey
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.codes import EraseBy, EraseGround, PublicInterest, RetractReason, RevokeReason, Waived
from sousveil.register.model import Stance
from sousveil.register.publication import File, Submission
from tests.register import maker
from tests.register.maker import Made, held, private, published, said

FILE = File(data=b"%PDF-1.4 an invented contract", media_type="application/pdf")


def tell(made: Made) -> dict[str, str]:
    """Adds reviews, replies, corrections, retractions, an erasure, files, a long entry, an SSH signature, a revoked key.

    Gives the ids of some statements by name.
    """
    register, ids = made.register, made.world.ids
    named = {"erased": ids[1], "retracted": ids[2], "corrected": ids[0]}
    correction = said(
        maker.ACME, "Company", "name", "Acme Interception Limited", supersedes=ids[0], stance=Stance.CORRECTS
    )
    published(register.publish([correction], private("paper")))
    denial = said(maker.ACME, "Company", "country", "il", publisher=maker.ACME, supersedes=ids[1], stance=Stance.DENIES)
    published(register.publish([denial], private("acme")))
    published(
        register.publish([said(maker.STATE, "PublicBody", "name", "Ministry")], private("paper"), attachments=[FILE])
    )
    waiting = held(
        register.publish([said(maker.BOSS, "Person", "name", "Ida Invented", person=True)], private("paper"))
    )
    for reviewer in ("anna", "bela"):
        register.review(waiting.id, private(reviewer), ground=PublicInterest.OFFICE, waived=Waived.ALREADY_PUBLIC)
    many = [one for number in range(200) for one in maker.company(number)]
    payload, contents = publication.make(many, publisher="The Invented Paper", dataset="direct", example=True)
    published(register.submit(Submission(envelope=publication.sign(payload, private("paper")), contents=contents)))
    register.retract([ids[2]], private("paper"), RetractReason.WRONG)
    register.erase([ids[1]], EraseGround.CONSENT_WITHDRAWN, EraseBy.OPERATOR)
    register.key_revoke(maker.public("loader"), RevokeReason.COMPROMISED, compromised_since=3)
    return named


def ssh_submission(
    folder: Path, key: PrivateKey, payload: bytes, contents: tuple[tuple[bytes, bytes], ...]
) -> Submission:
    """A publication that ssh-keygen signed."""
    path = folder / "ssh-key"
    if not path.exists():
        key.save(path)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", log.SSH_NAMESPACE, "-f", str(path)]
    armored = subprocess.run(command, input=payload, capture_output=True, check=True).stdout
    signature = dsse.Signature(keyid=key.public.id, sig=sshsig.unarmor(armored))
    envelope = dsse.Envelope(payload=payload, payload_type=log.PAYLOAD_TYPE, signatures=(signature,))
    return Submission(envelope=dsse.encode(envelope), contents=contents)
