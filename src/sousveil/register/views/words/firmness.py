"""How firmly something stands: standings, stages of clients and incidents, judgements. Never firmer than the code."""

from __future__ import annotations

from sousveil.register.model import Stance, Standing
from sousveil.register.views.words.language import _

STANDINGS = tuple(Standing)
"""Strongest first."""
CLIENT_STAGES = ("potential", "reported", "confirmed")
"""Weakest first."""
INCIDENT_STAGES = ("selected", "targeted", "infected")
"""Weakest first."""
STATES = ("current", "ended", "happened", "future", "unknown")


def standing(code: str) -> str:
    """A standing in words; an unknown one is the weakest."""
    match code:
        case Standing.CONFIRMED:
            return _("confirmed")
        case Standing.FORENSICALLY_ATTRIBUTED:
            return _("attributed by a forensic examination")
        case Standing.REPORTED:
            return _("reported")
    return _("alleged")


def standing_meaning(code: str) -> str:
    """What a standing means."""
    match code:
        case Standing.CONFIRMED:
            return _("An official record says so, or those concerned have said so themselves.")
        case Standing.FORENSICALLY_ATTRIBUTED:
            return _("An examination of devices or networks found traces, and its method is published.")
        case Standing.REPORTED:
            return _("A named source has published it. That does not make it proved.")
    return _("Somebody says so. It is not proved, and the other side may not have been heard.")


_PLACE = {str(one): place for place, one in enumerate(STANDINGS)}


def weakest(codes: list[str]) -> str:
    """The weakest of some standings; of none: alleged."""
    known = [code if code in _PLACE else str(Standing.ALLEGED) for code in codes]
    return max(known, key=_PLACE.__getitem__, default=str(Standing.ALLEGED))


def strongest(codes: list[str]) -> str:
    """The strongest of some standings; of none: alleged."""
    return min((code for code in codes if code in _PLACE), key=_PLACE.__getitem__, default=str(Standing.ALLEGED))


def stance(code: str) -> str:
    """What a statement does with its value."""
    match code:
        case Stance.DENIES:
            return _("denies")
        case Stance.CORRECTS:
            return _("says instead")
    return _("says")


def client_stage(value: str | None, code: str) -> str:
    """The stage of a client claim that may be shown: what the statement says, and never more than its standing carries.

    "confirmed" needs a statement that is confirmed or forensically attributed; one that is alleged gives "potential".
    """
    said = CLIENT_STAGES.index(value) if value in CLIENT_STAGES else 0
    carried = {Standing.CONFIRMED: 2, Standing.FORENSICALLY_ATTRIBUTED: 2, Standing.REPORTED: 1}.get(code, 0)  # type: ignore[call-overload]
    return CLIENT_STAGES[min(said, carried)]


def client(stage: str | None, by: str) -> str:
    """A client claim in words. An unknown stage is the lowest."""
    match stage:
        case "confirmed":
            return _("confirmed client, according to {by}").format(by=by)
        case "reported":
            return _("reported as a client by {by}").format(by=by)
    return _("potential client, according to {by}").format(by=by)


def client_short(stage: str | None) -> str:
    """A stage as a heading."""
    match stage:
        case "confirmed":
            return _("confirmed client")
        case "reported":
            return _("reported client")
    return _("potential client")


def incident(stage: str | None, code: str) -> str:
    """The stage of an incident in words, with its standing inside: the words never say more than the statement."""
    what = {"selected": 0, "targeted": 1, "infected": 2}.get(stage or "", -1)
    match code:
        case Standing.CONFIRMED:
            table = (_("selected as a potential target"), _("targeted"), _("infected"))
        case Standing.FORENSICALLY_ATTRIBUTED:
            table = (
                _("selected as a potential target, according to a forensic examination"),
                _("targeted, according to a forensic examination"),
                _("infected, according to a forensic examination"),
            )
        case Standing.REPORTED:
            table = (
                _("reported as selected, a potential target"),
                _("reported as targeted"),
                _("reported as infected"),
            )
        case _unknown:
            table = (
                _("alleged to have been selected, a potential target"),
                _("alleged to have been targeted"),
                _("alleged to have been infected"),
            )
    return table[what] if what >= 0 else _("how far it went is not stated")


def stage(property: str, type: str, value: str, code: str) -> str:
    """The words for a claim on a stage: of an incident, or of a client."""
    if type == "AbuseIncident" and property == "stage":
        return incident(value, code)
    return client_short(client_stage(value, code))


def state(code: str) -> str:
    """Whether something holds."""
    match code:
        case "current":
            return _("current")
        case "ended":
            return _("ended")
        case "happened":
            return happened()
        case "future":
            return _("not yet begun")
    return _("not known whether it still holds")


def happened() -> str:
    """State of something that happened once."""
    return _("happened")


def grouped(how: str) -> str:
    """What joined a record with the others of its page."""
    match how:
        case "proposed":
            return _("proposed by the core data; answers need two reviewers")
        case "rule":
            return _("joined by rule")
        case "judged":
            return _("joined by one reviewer")
        case "reviewed":
            return _("joined by reviewers")
    return ""


def verdict(code: str) -> str:
    """A judgement on identity."""
    match code:
        case "same":
            return _("judged to be the same")
        case "different":
            return _("judged to be different")
    return _("judged: not sure")
