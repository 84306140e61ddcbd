"""Every sentence in which the register says how firmly something stands. One place, so that one test can read them all.

Texts are English in the code and pass through `translate`, which the web part sets for the length of a request
(`speaking`); `xgettext -k_ -k_n:1,2` finds them. No word here is ever firmer than the code it stands for: an unknown code
gives the weakest words.
"""

from __future__ import annotations

from sousveil.register.views.words.firmness import (
    CLIENT_STAGES,
    INCIDENT_STAGES,
    STANDINGS,
    STATES,
    client,
    client_short,
    client_stage,
    grouped,
    happened,
    incident,
    stage,
    stance,
    standing,
    standing_meaning,
    state,
    strongest,
    verdict,
    weakest,
)
from sousveil.register.views.words.language import _, _n, plain, speaking
from sousveil.register.views.words.spans import MONTHS, date, dates, dates_short, since, times, years
from sousveil.register.views.words.telling import (
    blocked,
    called,
    clients_of_letter,
    copy_yields,
    delisted,
    endorsement,
    entry_change,
    entry_loaded,
    entry_new,
    experts_held,
    listed,
    marks,
    more,
    most_use_one,
    named,
    nobody_known,
    on_file_answered,
    on_file_direct,
    on_file_listed,
    on_file_named,
    on_file_note,
    on_file_noted,
    on_file_reference,
    on_file_restricted,
    on_file_sanctions,
    on_file_shares,
    on_file_signed,
    on_file_source,
    on_list,
    out_of_date,
    owned,
    presence_of_letter,
    told_type,
    unknown_country,
    unknown_owner,
    without_name,
)

__all__ = [
    "CLIENT_STAGES", "INCIDENT_STAGES", "MONTHS", "STANDINGS", "STATES", "_", "_n", "blocked", "called", "client", "client_short",
    "client_stage", "clients_of_letter", "copy_yields", "date", "dates", "dates_short", "delisted", "endorsement",
    "entry_change", "entry_loaded", "entry_new", "experts_held", "grouped", "happened", "incident", "listed", "marks", "more",
    "most_use_one", "named",
    "nobody_known", "on_file_answered", "on_file_direct", "on_file_listed", "on_file_named", "on_file_note", "on_file_noted",
    "on_file_reference",
    "on_file_restricted", "on_file_sanctions", "on_file_shares", "on_file_signed", "on_file_source", "on_list", "out_of_date", "owned",
    "plain", "presence_of_letter", "since", "speaking",
    "stage", "stance", "standing", "standing_meaning", "state", "strongest",
    "times", "told_type", "unknown_country", "unknown_owner", "verdict", "weakest", "without_name", "years",
]  # fmt: skip
