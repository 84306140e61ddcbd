"""On which terms the data of each source may be passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

DIRECT = "direct"
"""The data set of publications that were handed in directly."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of one source. They lie beside its file as `terms.json`."""

    dataset: str
    title: str
    publisher: str
    licence: str
    licence_stated: bool = True
    licence_url: str = ""
    attribution: str = ""
    non_commercial: bool = False
    share_alike: bool = False
    class_: str = "surveillance"

    @property
    def combinable(self) -> bool:
        """Whether it may stand in one file with others: a stated licence without conditions on what stands beside it."""
        return bool(self.licence) and self.licence_stated and not self.non_commercial and not self.share_alike


def terms_of(datasets: Iterable[str], given: Mapping[str, Terms]) -> dict[str, Terms]:
    """The terms of these data sets: as given, else as their intake states; a source without any has no licence."""
    from sousveil.register.intake.registry import intakes

    found: dict[str, Terms] = {}
    known = intakes()
    for name in sorted(datasets):
        if name in given:
            found[name] = given[name]
        elif name in known:
            one = known[name].dataset
            found[name] = Terms(
                dataset=name,
                title=one.title,
                publisher=one.publisher,
                licence=one.licence,
                licence_stated=one.licence_stated,
                licence_url=one.licence_url,
                attribution=one.attribution,
                non_commercial=one.non_commercial,
                share_alike=one.share_alike,
                class_=one.class_,
            )
        else:
            title = "Publications handed in directly" if name == DIRECT else name
            found[name] = Terms(dataset=name, title=title, publisher="those who signed them", licence="")
    return found
