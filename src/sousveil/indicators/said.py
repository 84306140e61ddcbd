"""What somebody says of an indicator, as plain values that stand once in a file however many indicators share them."""

from __future__ import annotations

from sousveil.indicators.model import Attribution, Platform, ThreatClass

Says = tuple[str | None, int, str | None, str | None, str | None, str | None, str | None, str | None, int]
"""family, class, publisher, report, published, licence, ceiling, note, platform."""
_CLASSES = (None, *ThreatClass)
_PLATFORMS = (None, *Platform)


def says_of(by: Attribution) -> Says:
    """What many attributions of a set have in common."""
    threat, platform = _CLASSES.index(by.threat_class), _PLATFORMS.index(by.platform)
    return (by.family, threat, by.publisher, by.report, by.published, by.licence, by.ceiling, by.note, platform)


def attribution(
    set_name: str, says: Says, *, stix_id: str | None, valid_from: int | None, valid_until: int | None
) -> Attribution:
    """The attribution that says this. Raises IndexError for a class or platform that does not exist."""
    family, threat, publisher, report, published, licence, ceiling, note, platform = says
    return Attribution(
        set_name=set_name,
        family=family,
        threat_class=_CLASSES[threat],
        publisher=publisher,
        report=report,
        published=published,
        licence=licence,
        stix_id=stix_id,
        valid_from=valid_from,
        valid_until=valid_until,
        ceiling=ceiling,
        note=note,
        platform=_PLATFORMS[platform],
    )
