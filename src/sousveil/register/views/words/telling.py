"""Sentences about entries, lists, owners, blocks and the letter."""

from __future__ import annotations

from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.words.language import _, _n
from sousveil.register.views.words.spans import date


def doubtful() -> str:
    """Mark of a claim whose key was compromised."""
    return _("Doubtful: the key that signed it had been compromised. It decides nothing.")


def retracted(index: int) -> str:
    """Mark of a claim that was taken back."""
    return _("Retracted by its publisher in log entry {index}.").format(index=f"{index:,}")


def marks(one: Recorded) -> list[str]:
    """What a reader has to know of a claim besides what it says."""
    return [
        *([retracted(one.retracted)] if one.retracted is not None else []),
        *([superseded()] if one.superseded_by is not None else []),
        *([doubtful()] if one.doubtful else []),
    ]


def superseded() -> str:
    """Mark of a claim that its publisher has corrected."""
    return _("Corrected by its publisher.")


def out_of_date() -> str:
    """Mark of a claim that did not hold on the day asked for."""
    return _("Did not hold on the day asked for.")


def listed(publisher: str, label: str) -> str:
    """A row of a list: what the list says, and who keeps it. Never a judgement of the register."""
    return _("Listed by {publisher} as: {label}").format(publisher=publisher, label=label)


def named(publisher: str, label: str) -> str:
    """A name in documents: being named says nothing on what somebody did."""
    return _("Named in documents published by {publisher}: {label}").format(publisher=publisher, label=label)


def called(publisher: str, label: str) -> str:
    """A name that somebody else gave to an actor."""
    return _("Called {label} by {publisher}").format(publisher=publisher, label=label)


def on_file_listed(label: str, by: str) -> str:
    """What is on file about a screening hit: a list's own heading."""
    return _("listed as “{label}” by {by}").format(label=label, by=by)


def on_file_named(collection: str, by: str, label: str = "") -> str:
    """What is on file about a screening hit: its name stands in documents. `label`: as what, in the words of the source."""
    if label:
        return _("named in documents as “{label}”: {collection}, by {by}").format(
            label=label, collection=collection, by=by
        )
    return _("named in documents: {collection}, by {by}").format(collection=collection, by=by)


def on_file_restricted(programme: str, by: str, until: str | None = None) -> str:
    """What is on file about a screening hit: an authority's list. `until`: an EDTF date on which that ended."""
    said = _("on a government's list: {programme}, by {by}") if by else _("on a government's list: {programme}")
    said = said.format(programme=programme, by=by)
    return said + (_(" (until {end})").format(end=date(until)) if until and until != edtf.OPEN else "")


def on_file_signed() -> str:
    """What is on file about a screening hit: it signed a letter, which is nothing against it."""
    return _("signed a public letter; that says nothing against it")


def on_file_reference(title: str, by: str) -> str:
    """What is on file about a screening hit: a row of a reference list."""
    if not by:
        return _("in the reference list “{title}”; that says nothing about surveillance").format(title=title)
    return _("in the reference list “{title}”, by {by}; that says nothing about surveillance").format(
        title=title, by=by
    )


def on_file_sanctions(title: str, by: str) -> str:
    """What is on file about a screening hit: a row of a sanctions list, which covers much besides surveillance."""
    return _("in the sanctions list “{title}”, by {by}; the list says why, and it need not be surveillance").format(
        title=title, by=by
    )


def on_file_shares(title: str, by: str) -> str:
    """What is on file about a screening hit: a row of a list of all companies with shares."""
    return _("in a list of companies with shares (“{title}”, by {by}); that says nothing about surveillance").format(
        title=title, by=by
    )


def on_file_source(title: str, by: str) -> str:
    """What is on file about a screening hit that no list names: the source in which it occurs."""
    return _("occurs in the source “{title}”, by {by}; that alone is no accusation").format(title=title, by=by)


def on_file_direct(by: str) -> str:
    """What is on file about a screening hit that no list names: a publication handed in directly."""
    return _("occurs in what {by} published here; that alone is no accusation").format(by=by)


def on_file_noted(said: str, note: str) -> str:
    """What is on file about a screening hit, with the note that qualifies it."""
    return _("{said} (note: {note})").format(said=said, note=note)


def on_file_note(note: str, by: str) -> str:
    """The note of an entity's own record."""
    return _("note by {by}: {note}").format(by=by, note=note)


def on_file_answered(said: str, by: str) -> str:
    """That somebody denies or corrects what is on file."""
    return _("{said}; denied or corrected by {by}").format(said=said, by=by)


def on_list(programme: str, by: str) -> str:
    """A company on a government's list: which list, and whose. Never a stronger word."""
    if not programme:
        return _("on a list kept by {by}").format(by=by)
    return _("on the list “{programme}”, kept by {by}").format(programme=programme, by=by)


def owned(who: str, link: str, whom: str, until: str | None = None) -> str:
    """One link of ownership: `who` is the `owner of`, or is `owned by`, `whom`; and when that ended, where it is on file."""
    says = (
        {"owner of": _("{who} (owner of {whom})"), "owned by": _("{who} (owned by {whom})")}
        if until is None
        else {
            "owner of": _("{who} (owner of {whom} until {end})"),
            "owned by": _("{who} (owned by {whom} until {end})"),
        }
    )
    return says[link].format(who=who, whom=whom, end=date(until) if until else "")


def unknown_country(printed: str) -> str:
    """Why a name was screened without its country."""
    return _("the country “{country}” is not known; screened without it").format(country=printed[:80])


def most_use_one(count: int, of: int, country: str, product: str) -> str:
    """What a large number of buyers of one country is: never more than that most are public bodies with one product."""
    return _(
        "{country}: {count} of the {of} buyers are public bodies that, by the source, use one product: {product}."
    ).format(country=country, count=f"{count:,}", of=f"{of:,}", product=product)


def unknown_owner() -> str:
    """Caption of an owner that a statement says is not known."""
    return _("Owner not known")


def nobody_known(identifier: str) -> str:
    """Caption of an id of which the register knows nothing."""
    return _("Unnamed ({id})").format(id=identifier[:10])


def without_name(label: str, identifier: str) -> str:
    """Caption of a record of which nothing is stated that would tell it apart."""
    return _("{type} without a name ({id})").format(type=label, id=identifier[3:11])


def told_type(label: str, *, alleged: bool) -> str:
    """First word of a caption that we made ourselves: what is only alleged says so at once."""
    return _("{type} (alleged)").format(type=label) if alleged else label


def more(count: int) -> str:
    """What a limit left out."""
    return _n("{n} more", "{n} more", count)


def entry_change(added: int, answered: int, corrected: int, retracted: int, publishers: list[str]) -> str:
    """What a log entry changed for an entity."""
    parts = [
        *([_n("{n} claim added", "{n} claims added", added)] if added else []),
        *([_n("{n} reply or denial added", "{n} replies or denials added", answered)] if answered else []),
        *([_n("{n} claim corrected", "{n} claims corrected", corrected)] if corrected else []),
        *([_n("{n} claim retracted", "{n} claims retracted", retracted)] if retracted else []),
    ]
    by = _(" by {publishers}").format(publishers=", ".join(publishers)) if publishers else ""
    return "; ".join(parts) + by


def entry_new(statements: int, publisher: str) -> str:
    """What a publication brought."""
    return _n("{n} claim published by", "{n} claims published by", statements) + f" {publisher}"


def entry_loaded(statements: int, title: str, by: str) -> str:
    """What a load of a published data set brought: the claims are those of its publisher, not of who loaded it."""
    return _n(
        "{n} claim loaded from “{{title}}”, by {{by}}", "{n} claims loaded from “{{title}}”, by {{by}}", statements
    ).format(title=title, by=by)


def blocked(kind: str, by: str) -> str:
    """A restriction that somebody else has ordered."""
    table = {
        "listed": (_("On a list of restrictions kept by {by}"), _("On a list of restrictions")),
        "revoked": (_("Licence revoked by {by}"), _("Licence revoked")),
        "suspended": (_("Licence suspended by {by}"), _("Licence suspended")),
        "refused": (_("Licence refused by {by}"), _("Licence refused")),
        "ended": (_("Use ended by {by}"), _("Use ended")),
        "stopped": (_("Use suspended by {by}"), _("Use suspended")),
        "rejected": (_("Rejected by {by}"), _("Rejected by a board")),
    }
    with_name, without = table.get(kind, (_("Restricted by {by}"), _("Restricted")))
    return with_name.format(by=by) if by else without


def endorsement() -> str:
    """The first sentence of the signatories' page."""
    return _("Who signed the letter has not endorsed this register.")


def copy_yields(have: int, printed: int) -> str:
    """How many of the signing organisations the copy gives."""
    return _("The copy of the letter that was read yields {have} of {printed} organisations.").format(
        have=have, printed=printed
    )


def delisted() -> str:
    """How a signatory comes off the page."""
    return _("A signatory is taken off this page on request.")


def experts_held(count: int) -> str:
    """Experts are natural persons."""
    return _n(
        "{n} expert signed as well; persons are named here only after review.",
        "{n} experts signed as well; persons are named here only after review.",
        count,
    )


def clients_of_letter(count: int, company: str, by: str) -> str:
    """The sentence over the countries of the Pegasus Project."""
    return _n(
        "{n} country with potential clients of {{company}}, identified by {{by}}. Potential means: not confirmed.",
        "{n} countries with potential clients of {{company}}, identified by {{by}}. Potential means: not confirmed.",
        count,
    ).format(company=company, by=by)


def presence_of_letter(count: int, company: str) -> str:
    """The sentence over the States that the letter names for a corporate presence."""
    return _n(
        "{n} State that the letter names for a corporate presence of {{company}}. It is not named as a client.",
        "{n} States that the letter names for a corporate presence of {{company}}. They are not named as clients.",
        count,
    ).format(company=company)
