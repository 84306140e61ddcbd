"""Corrections: everything that was corrected, retracted, erased, or judged otherwise than before, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sousveil.register import entries as log
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.identity import Verdict, judgements_of
from sousveil.register.model import Recorded, Stance
from sousveil.register.views import words
from sousveil.register.views.labels import property_label
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Reader
from sousveil.web.boards import called
from sousveil.web.columns import table
from sousveil.web.page import Answer, Page, Part
from sousveil.web.site import Site

KINDS = {
    "correction": "Corrected",
    "retraction": "Retracted",
    "erasure": "Erased",
    "judgement": "Judged otherwise",
}
"""Kind of a change -> words."""
REASONS = {
    RetractReason.WRONG: "It was wrong.",
    RetractReason.SOURCE_WITHDREW: "The source withdrew it.",
    RetractReason.DUPLICATE: "It was recorded twice.",
    RetractReason.NOT_OURS: "The publisher did not make this statement.",
    RetractReason.SOURCE_REMOVED: "A newer copy of the source does not have it.",
}
"""Why a publisher takes a statement back."""
GROUNDS = {
    EraseGround.CONSENT_WITHDRAWN: "The person no longer agrees to be named.",
    EraseGround.DATA_PROTECTION: "The law protects this person's data.",
    EraseGround.COURT_ORDER: "A court ordered it.",
    EraseGround.SAFETY: "It put somebody in danger.",
    EraseGround.UNLAWFUL: "The law forbids its publication.",
    EraseGround.MISTAKE: "It should never have been published.",
}
"""Ground of an erasure -> what it means: there is no other."""
REQUESTED = {
    EraseBy.SUBJECT: "at the request of the person or organization that it was about",
    EraseBy.COURT: "at the request of a court",
    EraseBy.AUTHORITY: "at the request of an authority",
    EraseBy.PUBLISHER: "at the request of its publisher",
    EraseBy.OPERATOR: "by the operator's own decision",
}
"""Who asked for an erasure."""


class LoggedChange(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that changed, or one pair that was judged otherwise."""

    index: int
    """The log entry that changed it."""
    recorded_at: str
    """UTC."""
    kind: str
    kind_words: str
    id: str
    """Of the statement that changed; of the new judgement."""
    about: Ref | None = None
    """None where the content was erased."""
    label: str = ""
    """What was stated: the property."""
    old: str = ""
    new: str = ""
    why: str = ""
    source: str = ""
    """The source of a correction, as given."""
    by: str
    """Who changed it."""
    requested: str = ""
    """Who asked for an erasure."""


class CorrectionsView(msgspec.Struct, frozen=True, kw_only=True):
    """What changed, newest first."""

    changes: list[LoggedChange]
    count: int
    """In all."""


_Key = tuple[int, str, str, str]
"""Log entry, kind, id, and for an erasure or retraction its code; for a judgement the verdict before."""


def changes(site: Site, asked: Part) -> tuple[list[LoggedChange], int]:
    """Returns a part of the changes, newest first, and how many there are."""
    keys = sorted(_keys(site), key=lambda one: -one[0])
    return _shown(site, asked.of(keys)), len(keys)


def _keys(site: Site) -> Iterator[_Key]:
    store = site.store
    for entry in store.entries(kinds=("retract", "erase")):
        payload = store.payload(entry)
        if isinstance(payload, log.Retract):
            yield from ((entry.index, "retraction", id, payload.reason) for id in payload.ids)
        elif isinstance(payload, log.Erase):
            yield from ((entry.index, "erasure", id, f"{payload.ground} {payload.by}") for id in payload.ids)
    for one in store.answering():
        if one.statement.stance is Stance.CORRECTS:
            yield one.recorded, "correction", one.id, ""
    before: dict[tuple[str, str], Verdict] = {}
    for judged in sorted(judgements_of(store.judgements()), key=lambda one: (one.recorded, one.id)):
        last = before.get(judged.pair)
        if last is not None and last is not judged.verdict:
            yield judged.recorded, "judgement", judged.id, last
        before[judged.pair] = judged.verdict


def _shown(site: Site, keys: Sequence[_Key]) -> list[LoggedChange]:
    store = site.store
    entries = {index: store.entry(index) for index in {one[0] for one in keys}}
    owners = called(site, {one.publisher for one in entries.values()})
    judged = (
        {one.id: one for one in judgements_of(store.judgements())} if any(k[1] == "judgement" for k in keys) else {}
    )
    stood: dict[str, Recorded] = {}
    for _, kind, id, _ in keys:
        if kind != "judgement" and isinstance(one := store.statement(id), Recorded):
            stood[id] = one
            if one.statement.supersedes and isinstance(before := store.statement(one.statement.supersedes), Recorded):
                stood[before.id] = before
    reader = Reader(store)
    reader.load([*(one.statement.subject for one in stood.values()), *(one.left for one in judged.values())])
    reader.load([one.right for one in judged.values()])
    claims = dict(zip(stood, reader.claims(list(stood.values())), strict=True))
    found = []
    for index, kind, id, code in keys:
        made = LoggedChange(
            index=index,
            recorded_at=entries[index].recorded_at,
            kind=kind,
            kind_words=KINDS[kind],
            id=id,
            by=owners[entries[index].publisher],
        )
        said = stood.get(id)
        if kind == "judgement":
            word = judged[id]
            made = msgspec.structs.replace(
                made,
                about=reader.ref(word.left),
                label=reader.ref(word.right).caption,
                old=words.verdict(code),
                new=words.verdict(word.verdict),
                why=word.reason,
            )
        elif kind == "erasure":
            ground, _, by = code.partition(" ")
            made = msgspec.structs.replace(made, why=GROUNDS[EraseGround(ground)], requested=REQUESTED[EraseBy(by)])
        elif said is not None:
            old = claims.get((said.statement.supersedes or "") if kind == "correction" else id)
            made = msgspec.structs.replace(
                made,
                about=reader.ref(said.statement.subject),
                label=property_label(said.statement.type, said.statement.property),
                old=old.display if old is not None else "",
                new=claims[id].display if kind == "correction" else "",
                why=REASONS[RetractReason(code)] if kind == "retraction" else "",
                source=said.statement.source if kind == "correction" else "",
            )
        found.append(made)
    return found


def view(site: Site, asked: Part) -> Answer:
    """A part of the changes."""
    shown, count = changes(site, asked)
    return Answer(data=CorrectionsView(changes=shown, count=count), next=asked.next(count))


PAGE = Page(
    name="corrections",
    route="corrections",
    title="Corrections",
    what="What was corrected, retracted, erased or judged otherwise: date, what changed, why, by whom; newest first.",
    view=view,
    result=CorrectionsView,
    template="corrections.html",
    table=table("changes", "recorded_at kind about label old new why source by requested index id"),
    asked=Part,
    order=65,
)
