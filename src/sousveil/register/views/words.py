"""Every sentence in which the register says how firmly something stands. One place, so that one test can read them all.

Texts are English in the code and pass through `translate`, which the web part sets for the length of a request
(`speaking`); `xgettext -k_ -k_n:1,2` finds them. No word here is ever firmer than the code it stands for: an unknown code
gives the weakest words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.model import Stance, Standing

_TRANSLATE: ContextVar[Callable[[str], str] | None] = ContextVar("translate", default=None)
_TRANSLATE_N: ContextVar[Callable[[str, str, int], str] | None] = ContextVar("translate_n", default=None)


@contextmanager
def speaking(translate: Callable[[str], str], translate_n: Callable[[str, str, int], str]) -> Iterator[None]:
    """Within, all words pass through these two (gettext and ngettext of some language)."""
    one, many = _TRANSLATE.set(translate), _TRANSLATE_N.set(translate_n)
    try:
        yield
    finally:
        _TRANSLATE.reset(one)
        _TRANSLATE_N.reset(many)


def _(text: str) -> str:
    translate = _TRANSLATE.get()
    return translate(text) if translate else text


def _n(one: str, many: str, count: int) -> str:
    translate = _TRANSLATE_N.get()
    return (translate(one, many, count) if translate else (one if count == 1 else many)).format(n=f"{count:,}")


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


def weakest(codes: list[str]) -> str:
    """The weakest of some standings; of none: alleged."""
    order = [str(one) for one in STANDINGS]
    known = [code if code in order else str(Standing.ALLEGED) for code in codes]
    return max(known, key=order.index, default=str(Standing.ALLEGED))


def strongest(codes: list[str]) -> str:
    """The strongest of some standings; of none: alleged."""
    order = [str(one) for one in STANDINGS]
    return min((code for code in codes if code in order), key=order.index, default=str(Standing.ALLEGED))


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
    return _("potential client, identified by {by}").format(by=by)


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


def verdict(code: str) -> str:
    """A judgement on identity."""
    match code:
        case "same":
            return _("judged to be the same")
        case "different":
            return _("judged to be different")
    return _("judged: not sure")


MONTHS = ("January February March April May June July August September October November December").split()


def date(text: str) -> str:
    """An EDTF date in words: "18 July 2021", "July 2021", "about 2019", "the 2010s"."""
    try:
        found = edtf.parse(text)
    except Malformed:
        return text
    if found.open:
        return _("ongoing")
    bare = text.rstrip("?~%")
    parts = bare[:10].split("-")
    if found.precision == "day":
        words = f"{int(parts[2])} {_(MONTHS[int(parts[1]) - 1])} {parts[0]}"
    elif found.precision == "month":
        words = f"{_(MONTHS[int(parts[1]) - 1])} {parts[0]}"
    elif found.precision == "season":
        season = (_("spring"), _("summer"), _("autumn"), _("winter"))[int(parts[1]) - 21]
        words = f"{season} {parts[0]}"
    elif found.precision == "decade":
        words = _("the {decade}0s").format(decade=bare[:3])
    elif found.precision == "century":
        words = _("between {first} and {last}").format(first=bare[:2] + "00", last=bare[:2] + "99")
    else:
        words = parts[0]
    if found.approximate:
        words = _("about {date}").format(date=words)
    return _("{date} (uncertain)").format(date=words) if found.uncertain else words


def dates(valid_from: str | None, valid_until: str | None) -> str:
    """From when until when, in words; "" where neither is known. An unknown end is said, and is not "ongoing"."""
    if not valid_from and not valid_until:
        return ""
    if valid_from and valid_from == valid_until:
        return date(valid_from)
    if valid_until == edtf.OPEN:
        return (
            _("since {start}, ongoing").format(start=date(valid_from)) if valid_from else _("ongoing, start not known")
        )
    if not valid_from or valid_from == edtf.OPEN:
        return _("until {end}, start not known").format(end=date(valid_until or ""))
    if not valid_until:
        return _("from {start}, end not known").format(start=date(valid_from))
    return _("from {start} until {end}").format(start=date(valid_from), end=date(valid_until))


def dates_short(valid_from: str | None, valid_until: str | None) -> str:
    """From when until when for a picture: years, "?" for what is not known, "now" for ongoing. "" where nothing is known."""
    if not valid_from and not valid_until:
        return ""
    first = _year(valid_from if valid_from != edtf.OPEN else None)
    last = _year(valid_until)
    return first if valid_from == valid_until else f"{first} – {last}"


def _year(text: str | None) -> str:
    if text is None:
        return "?"
    return _("now") if text == edtf.OPEN else text[:4]


def times(label: str, count: int) -> str:
    """A link that several records say."""
    return _("{link}, {n} times").format(link=label, n=f"{count:,}")


def years(short: list[str]) -> str:
    """The years of several dates of a picture: from the first to the last, "?" where one is not known."""
    known = sorted({part for one in short for part in one.split(" – ") if part[:4].isdigit()})
    if not known:
        return ""
    open_ = any("?" in one or not one for one in short)
    last = "?" if open_ else _("now") if any(_("now") in one for one in short) else known[-1]
    return known[0] if known[0] == last else f"{known[0]} – {last}"


def since(when: str) -> str:
    """The day of a restriction."""
    return _("since {start}").format(start=date(when))


def doubtful() -> str:
    """Mark of a claim whose key was compromised."""
    return _("Doubtful: the key that signed it had been compromised. It decides nothing.")


def retracted(index: int) -> str:
    """Mark of a claim that was taken back."""
    return _("Retracted by its publisher in log entry {index}.").format(index=f"{index:,}")


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


def on_file_answered(said: str, by: str) -> str:
    """That somebody denies or corrects what is on file."""
    return _("{said}; denied or corrected by {by}").format(said=said, by=by)


def on_list(programme: str, by: str) -> str:
    """A company on a government's list: which list, and whose. Never a stronger word."""
    if not programme:
        return _("on a list kept by {by}").format(by=by)
    return _("on the list “{programme}”, kept by {by}").format(programme=programme, by=by)


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
