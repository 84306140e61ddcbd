"""Acts of a procedure: each is whole and its actor's own, and no board decides before notice and hearing.

Facts, procedures and pages judge whether an act counts. These checks refuse only what nobody should be able to publish.
"""

from __future__ import annotations

from sousveil.decisions import lookup, proposals
from sousveil.decisions.evidence.releases import TYPE as RELEASE
from sousveil.decisions.procedures.checks.publication import Publication, confirmed
from sousveil.decisions.procedures.j_lifting import RECORD_DAYS
from sousveil.register.codes import Role
from sousveil.register.types import is_a
from sousveil.register.views.reading import Record

ACTS = {
    "Countersignature": ("registration", "authority", "outcome"),
    "LicenceEvent": ("licence",),
    "LicenceReview": ("licence", "outcome", "authority"),
    "OversightDecision": (),
    "PublicComment": ("acquisition", "organization"),
    "PublicNotice": ("acquisition", "noticedOn", "days"),
    "Redaction": (),
    "Registration": ("company",),
    "RevocationOrder": (),
    "ScreeningRecord": ("authority", "logSize", "issuedOn", "expiresOn"),
    "Vote": ("body", "about", "seat", "choice"),
}
"""Record type of an act -> properties that have one value. What a type requires is published at once: half a vote cannot be checked."""
_KNOWN = "publish what you know as `reported`, with its source"
OWN: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "ClientRejection": ("vendor", ("vendor",), "A company confirms itself that it turned a client away", _KNOWN),
    "Countersignature": ("authority", (), "An authority countersigns with its own key", "have its State sign"),
    "LicenceReview": ("authority", ("outcome",), "Only the authority that decides, or its State, confirms its own review", _KNOWN),
    "Redaction": ("body", ("what",), "Who withholds something says so itself", _KNOWN),
    "Registration": ("company", (), "A company registers itself", "publish what you know of a company as statements about it"),
    "RevocationOrder": ("authority", ("status", "issued"), "An order is issued by the authority, or by its State",
                        f"publish it as a draft, or {_KNOWN}"),
    "ScreeningRecord": ("authority", (), "A screening record names who asked", "have the authority publish its own record"),
}  # fmt: skip
"""Record type -> the property that names whose own act it is; what is confirmed in such an act (none: whatever it states); that rule in
words; and what else its publisher can do."""


def _whole(publication: Publication) -> None:
    for record in publication.records(*ACTS):
        publication.whole(record, ACTS[record.type])


def _own(publication: Publication) -> None:
    """Nobody registers, countersigns, orders, reviews or withholds in another's name."""
    for record in publication.records(*OWN):
        property, act, rule, instead = OWN[record.type]
        company = property in ("company", "vendor")
        speaks = lookup.speaks_for if company else lookup.speaks_for_state  # a State does not act for its companies
        for id in lookup.entities(publication.reader, record, property) if not act or confirmed(record, *act) else ():
            if not speaks(publication.reader, publication.owner, id):
                says = f"{rule}, and this key belongs to {publication.owner}"
                hint = f"Sign with the actor's key, or {instead}."
                publication.refuse(record, property, f"not_the_{'company' if company else property}", says, hint)


def _amendments(publication: Publication) -> None:
    """An amendment (d) replaces an earlier registration of the same company."""
    reader = publication.reader
    for record in publication.records("Registration"):
        companies, earlier = (set(lookup.entities(reader, record, name)) for name in ("company", "amends"))
        if "amended" in lookup.texts(record, "status") and not earlier:
            says = "An amendment replaces an earlier registration, and this one names none"
            hint = "Name the registration that it replaces, or give the status `submitted`."
            publication.refuse(record, "amends", "amends_nothing", says, hint)
        for one in filter(None, map(reader.records.get, earlier)):
            if companies.isdisjoint(lookup.entities(reader, one, "company")):
                says = "The registration that it replaces is of another company"
                hint = "Name an earlier registration of the same company."
                publication.refuse(record, "amends", "another_company", says, hint)


# Community boards (h)


ALL_THE_SAME = "If it was decided so all the same, publish it as `reported`: it is then shown as a departure."


def _decisions(publication: Publication) -> None:
    """No board decides before the notice is over, the comments are closed and the hearing was held."""
    for record in publication.records("OversightDecision"):
        # What somebody only reports is shown, with the departure.
        if not any(confirmed(record, "outcome", one) for one in proposals.DECISIONS):
            continue
        day = lookup.day_of(record) or publication.day
        for case in publication.proposals(record, "about"):
            comments = case.words.first("commentsUntil")
            rows = (
                (case.noticed is None or not case.days, "about", "no_notice",
                 "The register has no public notice of this proposal with a number of days",
                 "Publish the notice first, name its number of days, and wait until they are over."),
                (lookup.before(day, case.until), "date", "notice_not_over",
                 f"The notice of {case.noticed} runs {case.days} days, until {case.until}; it cannot be decided on {day}",
                 "Wait until the days are over."),
                (lookup.before(day, case.hearing), "date", "before_hearing",
                 f"The hearing is on {case.hearing}; {day} lies before it", "Decide after the hearing."),
                (lookup.before(day, comments), "date", "comments_open",
                 f"Comments are open until {comments}, and this decision is of {day}", "Decide when they are closed."),
            )  # fmt: skip
            for wrong, property, code, says, hint in rows:
                if wrong:
                    publication.refuse(record, property, code, says, f"{hint} {ALL_THE_SAME}")


def _comments(publication: Publication) -> None:
    """Nobody comments in the name of another organization; the board, and the body that buys, hand in what they were sent."""
    for record in publication.records("PublicComment"):
        sides = [side for case in publication.proposals(record, "acquisition") for side in case.sides]
        for id in lookup.entities(publication.reader, record, "organization"):
            if not any(lookup.speaks_for(publication.reader, publication.owner, one) for one in (id, *sides)):
                says = f"The comment speaks for somebody else: this key belongs to {publication.owner}"
                hint = "Comment in your own name, or have the board hand in what it was sent."
                publication.refuse(record, "organization", "not_the_organization", says, hint)


NOTICE_MOST = 366
"""Days of notice at the most: a law that asks for more would keep a decision from counting for ever."""
NOTICE_DAYS = {"Acquisition": "noticeDays", "Law": "noticeDays", "PublicNotice": "days"}


def _days(publication: Publication) -> None:
    """A period of notice is a whole number of days: not none, and not more than a year."""
    for record in publication.records(*NOTICE_DAYS):
        for text in lookup.texts(record, NOTICE_DAYS[record.type]):
            if not 1 <= (lookup.number(text) or 0) <= NOTICE_MOST:
                says = f"“{text[:20]}” is no number of days of notice"
                hint = f"Name whole days, from 1 to {NOTICE_MOST}."
                publication.refuse(record, NOTICE_DAYS[record.type], "notice_days", says, hint)


# Screening records (j) and releases of ends


def _screenings(publication: Publication) -> None:
    """A screening record is made for who buys, never for a company, and holds for 30 days at the most."""
    reader = publication.reader
    for record in publication.records("ScreeningRecord"):
        for id in lookup.entities(reader, record, "authority"):
            known = reader.records.get(id)
            stated = (publication.mine(known).statements or known.statements) if known is not None else []
            if stated and all(is_a(one.statement.type, "Company") for one in stated):
                says = "A screening record is never made for a company"
                hint = "The authority that buys asks, and publishes the record with its own key."
                publication.refuse(record, "authority", "asked_by_bidder", says, hint)
        for issued in lookup.texts(record, "issuedOn"):
            last = lookup.later(issued, RECORD_DAYS)
            if any(lookup.before(last, one) for one in lookup.texts(record, "expiresOn")):
                says = f"A screening record of {issued} ends on {last}, {RECORD_DAYS} days after it was made"
                hint = "Publish the day that the record itself names, and ask for a new one when it is over."
                publication.refuse(record, "expiresOn", "too_long", says, hint)


REQUESTS_MAX = 10
"""Requests of one publisher for a release that may wait for reviewers at the same time."""
REVIEWS = 2
"""Reviewers who release an end."""


def _releases(publication: Publication) -> None:
    """Requests for a release are whole, and capped for each publisher."""
    requests = [
        one for one in publication.records(RELEASE) if one.stand("record", "statement")
    ]  # all others are reviews
    for one in requests:
        publication.whole(one, ("record", "statement"))
    if not requests:
        return
    reviewers = {one.owner for one in publication.arrival.ring.states() if one.role is Role.REVIEWER}
    new = {one.id for one in requests}
    earlier = (one for one in lookup.every(publication.reader, RELEASE) if one.id not in new)
    own = (one for one in earlier if publication.mine(one).stand("record"))
    waiting = len(new) + sum(not _decided(publication, one, reviewers) for one in own)
    if waiting > REQUESTS_MAX:
        says = f"{waiting} of your requests would wait for reviewers; {REQUESTS_MAX} may"
        hint = "Wait until reviewers have decided on some of them, or retract one."
        publication.refuse(requests[-1], "record", "too_many_requests", says, hint)


def _decided(publication: Publication, release: Record, reviewers: set[str]) -> bool:
    """Whether a reviewer refused a release, or enough of them answered."""
    signed = ((lookup.signer(publication.reader, one), one.statement.value) for one in release.stand("outcome"))
    answers = {(by, value) for by, value in signed if by in reviewers}
    return any(value == "refused" for _, value in answers) or len({by for by, _ in answers}) >= REVIEWS


CHECKS = (
    (frozenset(ACTS), _whole),
    (frozenset({"ScreeningRecord"}), _screenings),
    (frozenset(OWN), _own),
    (frozenset({"Registration"}), _amendments),
    (frozenset(NOTICE_DAYS), _days),
    (frozenset({"OversightDecision"}), _decisions),
    (frozenset({"PublicComment"}), _comments),
    (frozenset({RELEASE}), _releases),
)
