"""In another language too: what others add to a record, and why something does not count, as sentences of the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sousveil.register.model import Standing
from sousveil.register.store import Store
from tests.decisions.procedures.port import NOTICE, id_of, port, tell
from tests.decisions.procedures.test_checks import decision, vote
from tests.web.test_languages import foreign
from tests.web.untranslated import Content, left

TOLD: dict[str, Any] = {"standing": Standing.REPORTED}
CONTRACT: dict[str, Any] = {"title": "Phones, three years", "buyer": "@police", "supplier": "@vendor", "stage": "signed",
                            "startDate": "2025-01-01", "endDate": "2035-01-01"}  # fmt: skip
HELD: dict[str, Any] = {
    "record": "@contract",
    "body": "@police",
    "what": "Annex 3",
    "legalGround": "Section 9",
    "endDate": "2026-01-01",
}
ASKED: dict[str, Any] = {"name": "Request 7", "body": "@police", "requester": "@ngo", "question": "How many?", "askedOn": "2025-01-01",
                         "status": "asked"}  # fmt: skip
INQUIRY: dict[str, Any] = {
    "name": "Inquiry 4",
    "body": "@office",
    "about": "@vendor",
    "status": "open",
    "startDate": "2025-01-01",
}
BODY: dict[str, Any] = {"name": "Watch over Hollow", "bodyKind": "vendor", "country": "xa", "oversees": "@vendor",
                        "establishedOn": "2024-01-01", "mandate": "Sees all."}  # fmt: skip
PAGES = ("/boards", "/disclosures", "/investigations", "/oversight", "/licences/review", "/moratorium", "/overdue", "/states/xa",
         "/procedures/h-boards", "/procedures/f-contracts", "/procedures/b-investigations", "/procedures/g-oversight",
         "/procedures/l-encryption")  # fmt: skip


def fill(folder: Path) -> Content:
    with port(folder, ("police", [NOTICE])) as register:
        tell(register, "ngo", vote())
        about = {"about": "@proposal", "body": "@board", "date": "2025-03-01", "reason": "So."}
        for key, outcome in (("told", "rejected"), ("said", "approved")):
            tell(
                register,
                "paper",
                (key, "OversightDecision", {**about, "name": f"Word {key}", "outcome": outcome}),
                **TOLD,
            )
        tell(
            register, "police", ("own", "OversightDecision", decision()[2] | {"outcome": "approved", "body": "@board"})
        )
        tell(
            register, "ngo", ("heard", "Hearing", {"acquisition": "@proposal", "body": "@board", "date": "2025-02-25"})
        )
        tell(
            register,
            "paper",
            ("heard-2", "Hearing", {"acquisition": "@proposal", "body": "@board", "date": "2025-02-26"}),
            **TOLD,
        )
        comment = {
            "acquisition": "@proposal",
            "position": "against",
            "capacity": "expert",
            "comment": "We oppose.",
            "date": "2025-02-01",
        }
        tell(register, "ngo", ("comment", "PublicComment", comment))
        tell(register, "vendor", ("comment", "PublicComment", {**comment, "position": "for"}), **TOLD)
        tell(register, "police", ("contract", "Contract", CONTRACT), ("held", "Redaction", HELD))
        more = {
            "title": "Other",
            "stage": "ended",
            "amount": "EUR 1",
            "endDate": "2025-02-01",
            "withheld": "All",
            "method": "open",
        }
        tell(
            register, "vendor", ("contract", "Contract", {**more, "ocid": "ocds-1", "startDate": "2020-01-01"}), **TOLD
        )
        tell(register, "vendor", ("held", "Redaction", {**HELD, "what": "Annex 9", "endDate": "2040-01-01"}), **TOLD)
        tell(register, "paper", ("held-2", "Redaction", {**HELD, "what": "Annex 4"}), **TOLD)
        tell(register, "ngo", ("asked", "InformationRequest", ASKED))
        tell(
            register,
            "vendor",
            ("asked", "InformationRequest", {**ASKED, "status": "refused", "refusedOn": "2025-02-01"}),
            **TOLD,
        )
        tell(register, "office", ("inquiry", "Investigation", INQUIRY))
        tell(
            register,
            "vendor",
            (
                "inquiry",
                "Investigation",
                {**INQUIRY, "status": "closed", "findings": "Nothing.", "quality": "impartial"},
            ),
            **TOLD,
        )
        tell(register, "ngo", ("watch", "OversightBody", BODY))
        seat = {"organization": "@watch", "member": "@school", "constituency": "academia", "startDate": "2024-01-01"}
        tell(register, "vendor", ("seat-w", "Membership", seat), **TOLD)
        tell(
            register,
            "vendor",
            ("met", "Meeting", {"body": "@watch", "date": "2025-01-01", "agenda": "All is well."}),
            **TOLD,
        )
        opinion = {"body": "@watch", "about": "@product", "outcome": "opinion", "date": "2025-01-01", "reason": "Fine."}
        tell(register, "vendor", ("opinion", "OversightDecision", {**opinion, "name": "Opinion 1"}), **TOLD)
        law = {
            "title": "Doors Act",
            "jurisdiction": "xa",
            "topic": "encryption",
            "status": "in-force",
            "inForceFrom": "2020-01-01",
        }
        tell(register, "paper", ("law", "Law", {**law, "effect": "weakens-encryption"}), **TOLD)
        store: Store = register.store
        return Content(store, ("Port (invented)", "Phones"))


def test_what_others_add_and_why_it_does_not_count_is_told_in_the_reader_s_language(
    tmp_path: Path, locale: Path
) -> None:
    names = fill(tmp_path / "register")
    found = foreign(tmp_path / "register", locale, "en-xa", *PAGES, f"/boards/{id_of('proposal')}")
    assert {address: texts for address, page in found.items() if (texts := left(page, names))} == {}
    assert len(found) == len(PAGES) + 1
    for address in ("/disclosures", "/investigations", "/oversight"):
        assert "áćć" in found[address].lower(), address
