"""Sources and licences: whose data is here, on which terms, and what was left out of it."""

from __future__ import annotations

from sousveil.register.intake import registry
from sousveil.register.views.model import DroppedView, SourcesView, SourceView
from sousveil.register.views.reading import Reader, Store, genesis
from sousveil.register.views.words import _


def sources_view(store: Store, *, snapshots_of_log: bool = True) -> SourcesView:
    """All data sets that the program knows, those that are loaded first. Example sets only in an example register."""
    example = genesis(store)[1]
    counts = store.counts()
    states = {one.dataset: one for one in store.snapshots()} if snapshots_of_log else {}
    found = []
    for name, intake in registry.intakes().items():
        dataset = intake.dataset
        state = states.get(name)
        loaded = state is not None or name in counts.datasets
        if dataset.example and not example:
            continue
        marks = [
            *(
                [
                    _(
                        "Not for commercial use: loaded, and put into the combined files, only if the operator switches it on."
                    )
                ]
                if dataset.non_commercial
                else []
            ),
            *(
                [
                    _(
                        "Context: left out of the map and of the numbers on the first page; no rule and no deadline reads it."
                    )
                ]
                if dataset.context
                else []
            ),
            *([_("A layer: left out of the map and of the numbers on the first page.")] if dataset.layer else []),
            *([_("Share alike: what is made of it must carry the same terms.")] if dataset.share_alike else []),
            *(
                [_("Reference list: used for screening, not published row by row.")]
                if dataset.class_ == "reference"
                else []
            ),
            *([_("Invented: no real company, State or person.")] if dataset.example else []),
        ]
        found.append(
            SourceView(
                name=name,
                title=dataset.title,
                publisher=dataset.publisher,
                licence=dataset.licence,
                licence_url=dataset.licence_url or None,
                attribution=dataset.attribution,
                non_commercial=dataset.non_commercial,
                share_alike=dataset.share_alike,
                marks=marks,
                class_=dataset.class_,
                coverage=dataset.coverage,
                snapshot=state.date if state else dataset.snapshot if loaded else None,
                sha256=state.sha256 if state else None,
                rows=state.rows if state else None,
                counts=state.counts if state else {},
                statements=counts.datasets.get(name, 0),
                index=state.index if state else None,
                loaded=loaded,
                dropped=[
                    DroppedView(file=file, column=column, reason=reason)
                    for file, columns in dataset.dropped.items()
                    for column, reason in columns.items()
                ],
            )
        )
    found.sort(key=lambda one: (not one.loaded, one.class_ == "reference", one.title.casefold()))
    return SourcesView(frame=Reader(store).frame(), sources=found, direct=counts.datasets.get("direct", 0))
