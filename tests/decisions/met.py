"""One record, or a few, for each fact that lifts: what somebody has to publish so that it is TRUE. All invented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sousveil.register.refusal import Refused
from tests.decisions.rig import FREE, Rig

Publish = Callable[[Rig, str, str], None]
SINCE, ON, UNTIL = "2022-01-01", "2024-01-15", ".."
PROFILE = (
    "foreseeable-law prior-authorisation suspicion-test strict-necessity time-limit supervision notice-or-remedy "
    "data-destruction accountability remedy-pathway"
).split()
STATES = {"xa": "calder", "xb": "averna"}


def law(topic: str, provides: list[str]) -> Publish:
    """A law of both States."""

    def publish(rig: Rig, by: str, standing: str) -> None:
        for code in STATES:
            rig.say(
                f"law-{topic}-{code}",
                type="Law",
                by=by,
                standing=standing,
                title=f"Act on {topic}",
                jurisdiction=code,
                status="in-force",
                topic=topic,
                provides=provides,
                enforced="yes",
                inForceFrom=SINCE,
                valid_until=UNTIL,
            )
            more = {"provides": "public-registry"} if "public-registry" in provides else {}
            rig.second(f"law-{topic}-{code}", type="Law", enforced="yes", **more, valid_until=UNTIL)

    return publish


def standard(rig: Rig, by: str, standing: str) -> None:
    for key in STATES.values():
        rig.say(
            f"standard-{key}",
            type="ProcurementStandard",
            by=by,
            standing=standing,
            state=f"@{key}",
            requires=["ungp-respect", "no-abusing-clients"],
            status="in-force",
            inForceFrom=SINCE,
            valid_until=UNTIL,
        )


def part(rig: Rig, by: str, standing: str) -> None:
    for key in STATES.values():
        rig.say(
            f"part-{key}",
            type="TreatyParticipation",
            by=by,
            standing=standing,
            state=f"@{key}",
            forum="Talks on impermissible targets (invented)",
            participation="participant",
            contribution="A draft list of people who are never targets.",
            startDate=SINCE,
            valid_until=UNTIL,
        )


def europol(rig: Rig, by: str, standing: str) -> None:
    for key in STATES.values():
        rig.say(
            f"europol-{key}",
            type="TreatyParticipation",
            by=by,
            standing=standing,
            state=f"@{key}",
            forum="Europol joint inquiries",
            participation="participant",
            startDate=SINCE,
        )


def halt_ended(rig: Rig, by: str, standing: str) -> None:
    """Each State ends it with its own key, and somebody (`by`) says that it did."""
    for key in STATES.values():
        rig.publisher(key)
        act: dict[str, Any] = {"state": f"@{key}", "measureKind": "lifted", "status": "in-force",
                               "covers": ["sale", "transfer", "use"], "startDate": ON}  # fmt: skip
        rig.say(f"lifted-{key}", type="MoratoriumMeasure", by=by, standing=standing, **act)
        if by != key:
            rig.say(f"lifted-{key}", type="MoratoriumMeasure", by=key, **act)


def diligence(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "report",
        type="DueDiligenceReport",
        by=by,
        standing=standing,
        title="Human rights report",
        company="@vireo",
        product="@lens",
        market="xb",
        endUser="@ministry",
        principle=[f"gp{number}" for number in range(16, 23)],
        severeFinding="Use against lawyers.",
        actionOnSevere="The module was taken out.",
        publishedAt=ON,
        expiresOn="2025-01-15",
    )


def filed(rig: Rig) -> None:
    """The company's own records of each part of a registration that it does not declare to be none."""
    words: list[tuple[str, dict[str, Any]]] = [
        ("vireo-control", {"type": "Ownership", "asset": "@vireo", "ownerUnspecified": "noBeneficialOwners"}),
        ("lens", {"type": "SurveillanceProduct", "name": "Vireo Lens", "vendor": "@vireo"}),
        ("vireo-report", {"type": "DueDiligenceReport", "title": "Human rights report", "company": "@vireo",
                          "identified": "Lawyers may be read.", "prevented": "A list of whom it does not read."}),
        ("vireo-sale", {"type": "Supply", "supplier": "@vireo", "recipient": "@ministry", "destination": "xb", "product": "@lens",
                        "startDate": ON}),
    ]  # fmt: skip
    for key, values in words:
        rig.say(key, by="vireo", **values)


def registration(rig: Rig, by: str, standing: str) -> None:
    """The company declares with its own key, and the registry of its home State countersigns with its own.

    Of anybody else but the registry (`by`) the countersignature is refused at the door.
    """
    for key in ("vireo", "registry"):
        rig.publisher(key)
    rig.say("registry", type="PublicBody", name="Register of Calder", country="xa", partOf="@calder", office="registry")
    filed(rig)
    rig.say(
        "registration",
        type="Registration",
        by="vireo",
        company="@vireo",
        authority="@registry",
        declares=["identity", "products", "due-diligence", "impacts", "sales"],
        declaresNone=["intermediaries", "rejections"],
        status="submitted",
    )
    sign: dict[str, str] = {
        "registration": "@registration",
        "authority": "@registry",
        "outcome": "confirmed",
        "date": ON,
    }
    if by == FREE:
        rig.say("countersigned", type="Countersignature", by="registry", standing=standing, **sign)
        return
    with pytest.raises(Refused, match="An authority countersigns with its own key"):
        rig.say("countersigned", type="Countersignature", by=by, standing=standing, **sign)


def registry(rig: Rig, by: str, standing: str) -> None:
    law("transparency", ["covers-companies", "public-registry"])(rig, by, standing)


def chain(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "chain",
        type="Ownership",
        by=by,
        standing=standing,
        asset="@vireo",
        ownerUnspecified="noBeneficialOwners",
        startDate=SINCE,
        valid_until=UNTIL,
    )


def contract(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "contract",
        type="Contract",
        by=by,
        standing=standing,
        title="Lens, three years",
        buyer="@ministry",
        supplier="@vireo",
        product="@lens",
        amount="EUR 100000",
        contractDate=ON,
    )


def oversight(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "body",
        type="OversightBody",
        by=by,
        standing=standing,
        name="Board over Vireo",
        oversees="@vireo",
        establishedOn=SINCE,
        quality=["independent", "multi-stakeholder", "human-rights-groups", "civil-society"],
    )
    rig.second("body", type="OversightBody", quality="independent")
    for key, side, rights in (
        ("rights-group", "civil-society", "yes"),
        ("lawyers", "affected-people", "no"),
        ("institute", "academia", "no"),
    ):
        rig.say(
            f"seat-{key}",
            type="Membership",
            by=by,
            standing=standing,
            member=f"@{key}",
            organization="@body",
            constituency=side,
            humanRights=rights,
            startDate=SINCE,
            valid_until=UNTIL,
        )


def approval(rig: Rig, by: str, standing: str) -> None:
    """The board gives notice with its own key; that it oversees the buyer, and what it decided, `by` says."""
    rig.publisher("council")
    rig.say(
        "council",
        type="OversightBody",
        by=by,
        standing=standing,
        name="Community board of Averna",
        country="xb",
        oversees="@ministry",
        power=["approve", "reject", "human-rights-test", "public-notice", "reporting"],
    )
    rig.say(
        "proposal",
        type="Acquisition",
        by=by,
        standing=standing,
        name="Lens for the ministry",
        body="@ministry",
        product="@lens",
        vendor="@vireo",
        board="@council",
        noticeDays="30",
        proposedOn="2023-10-01",
    )
    rig.say(
        "notice",
        type="PublicNotice",
        by="council",
        standing=standing,
        acquisition="@proposal",
        noticedOn="2023-11-01",
        days="30",
    )
    rig.say(
        "decision",
        type="OversightDecision",
        by=by,
        standing=standing,
        body="@council",
        about="@proposal",
        outcome="approved",
        date=ON,
        expiryDate="2026-01-15",
    )


def remedy(kind: str) -> Publish:
    """An open path of both States."""

    def publish(rig: Rig, by: str, standing: str) -> None:
        for code, state in STATES.items():
            more = {}
            if kind == "court":
                rig.say(f"court-{code}", type="PublicBody", name=f"Court of {code}", partOf=f"@{state}", office="court")
                more = {"body": f"@court-{code}"}
            rig.say(
                f"path-{kind}-{code}",
                type="RemedyPath",
                by=by,
                standing=standing,
                name=f"{kind} of {code}",
                country=code,
                pathKind=kind,
                status="open",
                practice="Nine cases, four with compensation.",
                casesHeard="9",
                **more,
                startDate=SINCE,
                valid_until=UNTIL,
            )
            practice = {"status": "open", "practice": "Four people were compensated.", "casesHeard": "9"}
            rig.second(f"path-{kind}-{code}", type="RemedyPath", **practice, valid_until=UNTIL)

    return publish


def told(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "exchange",
        type="PublicBody",
        name="Securities office of Calder",
        country="xa",
        partOf="@calder",
        office="regulator",
    )
    rig.say(
        "told",
        type="RegulatorNotice",
        by=by,
        standing=standing,
        regulator="@exchange",
        company="@vireo",
        harms="Intrusion into the phones of lawyers.",
        sentOn="2024-01-02",
        acknowledgedOn=ON,
    )


def reviewed(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "exchange-2",
        type="PublicBody",
        name="Market office of Calder",
        country="xa",
        partOf="@calder",
        office="regulator",
    )
    rig.say("listing", type="CorporateEvent", company="@vireo", eventKind="listing", plannedFor="2024-09-01")
    rig.say(
        "review",
        type="FilingReview",
        by=by,
        standing=standing,
        regulator="@exchange-2",
        company="@vireo",
        corporateEvent="@listing",
        filing="@prospectus",
        law="@law-securities-xa",
        outcome="complete",
        reviewedOn=ON,
    )


def encryption(rig: Rig, by: str, standing: str) -> None:
    rig.say("lens", type="SurveillanceProduct", by=by, standing=standing, worksBy="device-intrusion")


def licence(rig: Rig, by: str, standing: str) -> None:
    rig.say(
        "export-office",
        type="PublicBody",
        name="Export office of Calder",
        country="xa",
        partOf="@calder",
        office="licensing",
    )
    rig.say(
        "licence",
        type="ExportLicence",
        by=by,
        standing=standing,
        name="Licence 7",
        licensee="@vireo",
        issuer="@export-office",
        product="@lens",
        destination="xb",
        endUser="@ministry",
        licenceKind="export",
        status="granted",
        issueDate=ON,
        expiryDate="2025-01-15",
    )


def licence_review(rig: Rig, by: str, standing: str) -> None:
    """Needs `licence`. An office confirms only its own review, and is of the State that benefits: an inquiry lifts."""
    rig.say(
        "licence-review",
        type="Investigation",
        by=by,
        standing=standing,
        name="Inquiry into licence 7",
        about="@licence",
        findings="No case touches it.",
        startDate="2024-02-01",
    )


def official(kind: str) -> Publish:
    """A word of the end user as an authority."""

    def publish(rig: Rig, by: str, standing: str) -> None:
        rig.say(
            f"notice-{kind}",
            type="OfficialNotice",
            by=by,
            standing=standing,
            authority="@ministry",
            recipient="@vireo",
            product="@lens",
            noticeKind=kind,
            outcome="given",
            date=ON,
            expiresOn="2025-01-15",
        )

    return publish


def impact(rig: Rig, by: str, standing: str) -> None:
    """Needs `approval`."""
    values = {"title": "Impact of the Lens", "publishedAt": "2023-11-01"}
    rig.say("impact", type="Document", by=by, standing=standing, **values)
    rig.say("proposal", type="Acquisition", by=by, standing=standing, impactReport="@impact")


def use_report(rig: Rig, by: str, standing: str) -> None:
    """Needs `approval`."""
    rig.say(
        "use-report",
        type="UseReport",
        by=by,
        standing=standing,
        title="Use of the Lens",
        body="@ministry",
        about="@decision",
        publishedAt="2024-05-01",
    )


def of_office(kind: str, **more: str) -> Publish:
    """A word of the licensing office. Needs `licence`."""

    def publish(rig: Rig, by: str, standing: str) -> None:
        rig.say(
            f"office-{kind}",
            type="OfficialNotice",
            by=by,
            standing=standing,
            authority="@export-office",
            noticeKind=kind,
            date=ON,
            **more,
        )

    return publish


LIFTS: dict[str, tuple[str, Publish]] = {
    "state.safeguards_law": ("xb", law("safeguards", PROFILE)),
    "state.court_standard_law": ("xa", law("safeguards", PROFILE)),
    "state.due_diligence_law": (
        "xa",
        law(
            "due-diligence",
            ["covers-companies", "covers-investors", "covers-operations", "covers-supply-chain", "covers-end-use"],
        ),
    ),
    "state.liability_law": (
        "xa",
        law(
            "liability",
            [
                "covers-intermediaries",
                "covers-affiliates",
                "covers-holdings",
                "covers-private-equity",
                "liability",
                "home-state-remedy",
            ],
        ),
    ),
    "state.oversight_law": ("xa", law("oversight", ["independent-oversight"])),
    "state.board_law": (
        "xb",
        law("community-boards", ["board-approval", "human-rights-test", "public-notice", "reporting"]),
    ),
    "state.scrutiny_law": ("xa", law("securities", ["disclosure-scrutiny", "prior-review"])),
    "state.transparency_law": ("xa", registry),
    "state.registry_open": ("xb", registry),
    "state.procurement_standard": ("xb", standard),
    "state.takes_part": ("xa", part),
    "state.brings_in_europol": ("xb", europol),
    "state.halt_ended": ("xb", halt_ended),
    "state.judicial_path": ("xb", remedy("court")),
    "state.other_path": ("xa", remedy("ombudsman")),
    "vendor.due_diligence_shown": ("vireo", diligence),
    "vendor.registered": ("vireo", registration),
    "vendor.no_abusing_client": ("vireo", registration),
    "vendor.chain_known": ("vireo", chain),
    "vendor.oversight_established": ("vireo", oversight),
    "vendor.regulator_told": ("vireo", told),
    "vendor.filing_reviewed": ("vireo", reviewed),
    "product.encryption_kept": ("lens", encryption),
    "buyer.contract_disclosed": ("ministry", contract),
    "deal.board_approved": ("", approval),
    "deal.board_has_powers": ("", approval),
    "deal.impact_reported": ("", impact),
    "deal.use_reported": ("", use_report),
    "deal.authorised": ("", licence),
    "state.licence_report": ("xa", of_office("licence-report")),
    "state.media_law": (
        "xb",
        law(
            "media",
            [
                "foreseeable-law",
                "prior-authorisation",
                "public-interest",
                "listed-crimes",
                "strict-necessity",
                "supervision",
            ],
        ),
    ),
    "state.licences_reviewed": ("xa", licence_review),
    "deal.certified": ("", official("certification")),
    "deal.end_use_declared": ("", official("end-use-declaration")),
}
"""Fact -> the subject it is asked of, and what makes it TRUE. Order matters where one needs another."""


def meet(
    rig: Rig, by: str = FREE, standing: str = "confirmed", *, only: tuple[str, ...] = (), but: tuple[str, ...] = ()
) -> None:
    """Publish what lifts, each once."""
    done: list[Publish] = []
    for name, (_, publish) in LIFTS.items():
        if publish not in done and (not only or name in only) and name not in but:
            done.append(publish)
            if publish in (LIFTS["state.court_standard_law"][1],) and LIFTS["state.safeguards_law"][1] in done:
                continue
            publish(rig, by, standing)
