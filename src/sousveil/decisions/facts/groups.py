"""Groups of companies that a text names: their data stand in the packs (`groups:`), the facts follow from the register.

A group is named by names; who belongs to it on a day is what ownership, succession and agency on file say. For each group
there are facts `vendor.in_group_NAME`, `vendor.tied_to_group_NAME`, `state.hosts_group_NAME`, `state.inquiry_into_group_NAME`.
`invented` names stand in for the group in registers where everything is invented.
"""

from __future__ import annotations

from functools import cache

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, charge, first_account, merge, values
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible,
    admissible_links,
    beneficiaries,
    independent,
    no_alleged,
    support,
)
from sousveil.decisions.evidence.affiliation import Reached, closure, share
from sousveil.decisions.evidence.dates import certainly_before, certainly_by
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day, certainly_called, of_state
from sousveil.decisions.facts.reading import about_state, blocks, ids_of, in_force, lifts, naming_of, narrowed
from sousveil.decisions.model import Deal, Truth, kept
from sousveil.decisions.parameters import raw_packs
from sousveil.decisions.snapshot.names import FIRM
from sousveil.errors import Malformed
from sousveil.register.model import Recorded
from sousveil.register.names import prepare, variants
from sousveil.register.types import is_a
from sousveil.register.types.codelists import UNSPECIFIED
from sousveil.register.views.records import Record

QUALITIES = ("impartial", "transparent")
"""What an inquiry has to be, besides independent."""


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group as a pack names it."""

    title: str
    names: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    """Names that stand for it in a register where everything is invented."""

    def called(self, world: Compiled) -> tuple[str, ...]:
        """Its names in a register."""
        return self.invented if world.base.example else self.names

    def joined(self, world: Compiled) -> frozenset[str]:
        """These names as they are compared."""
        return frozenset(prepare(one).joined for one in self.called(world))


@cache
def groups() -> dict[str, Group]:
    """All groups of all packs by name. Raises Malformed that names the pack."""
    found: dict[str, Group] = {}
    for pack, raw in raw_packs().items():
        for name, group in (raw.get("groups") or {}).items() if isinstance(raw, dict) else ():
            try:
                found[name] = msgspec.convert(group, Group)
            except msgspec.ValidationError as error:
                raise Malformed(
                    f"{pack}.yaml: groups: {name}: {error}.", hint="A group has title, names, states and invented."
                ) from None
    return found


@kept
def cores(world: Compiled, group: Group) -> dict[str, Charge]:
    """Entities that a pack names, each with what reports so: by a name that is theirs, now or before, or on a list's row."""
    names, joined, found = world.resolver.names("LegalEntity"), group.joined(world), dict[str, Charge]()
    for id in (one for name in group.called(world) for many in names.same(name) for one in many):
        record = world.record(id)
        claims = record.claims(*FIRM) if record is not None else []
        bearing = [one for one in claims if _bears(joined, one.statement.value, one.statement.original)]
        found[id] = merge((charge(world, bearing, ended=True), _rows(world, joined, id)))
    return found


def _bears(joined: frozenset[str], *texts: str | None) -> bool:
    return any(prepare(one).joined in joined for text in texts if text for one in variants(text))


def _rows(world: Compiled, joined: frozenset[str], id: str) -> Charge:
    """Rows of an entity in reference lists that bear one of the names: a published list is a report with a stored source."""
    rows = (row for row in world.base.rows_of(id) if is_a(row.type, "LegalEntity"))
    return Charge(tuple(row.id for row in rows if _bears(joined, row.caption, *row.names)))


def _along(core: Charge, one: Reached) -> Charge:
    """What says that somebody belongs to a group: that the core is it, and every link up to there."""
    if one.link is None or not core.counts:
        return core
    return Charge(one.proof, core.alleged or any(link.alleged for link in one.path))


def belongs(world: Compiled, vendor: str, group: Group) -> Charge:
    """Why an entity belongs to a group: it is named, controls one that is, or is controlled by one."""
    core = cores(world, group)
    return merge(_along(core[one.id], one) for one in world.graph.reach(vendor) if one.id in core and not one.tie)


def tied(world: Compiled, vendor: str, group: Group) -> Charge:
    """A tie that is not proven: an allegation, an owner or officer in common, any other link that did not certainly end."""
    core, graph = cores(world, group), world.graph
    found = merge(_along(core[one.id], one) for one in world.graph.reach(vendor) if one.id in core and one.tie)
    near = (one for one in core if one != vendor and (one in graph.ties(vendor) or vendor in graph.ties(one)))
    return found if found.counts else merge(core[one] for one in sorted(near))


def members(world: Compiled, group: Group) -> dict[str, Charge]:
    """Everybody who belongs to a group on the day, and why."""
    found: dict[str, Charge] = {}
    for id, named in cores(world, group).items():
        for one in world.graph.reach(id):
            why = _along(named, one)
            if not one.tie and why.counts:
                found[one.id] = merge((found[one.id], why)) if one.id in found else why
    return found


def _sure_members(world: Compiled, group: Group, who: Beneficiaries) -> frozenset[str]:
    """For lifting: those whose name a list or an admissible publisher gives, and those whom admissible links lead to."""
    joined = group.joined(world)

    def named(id: str) -> bool:
        record = world.record(id)
        names = [one for name in FIRM for one in admissible(world, record, name, who)] if record is not None else []
        given = any(_bears(joined, one.statement.value, one.statement.original) for one in names)
        return given or _rows(world, joined, id).counts

    reached = (one for id in cores(world, group) if named(id) for one in world.graph.reach(id) if not one.tie)
    return frozenset(one.id for one in reached if admissible_links(world, one.path, who))


def _declare(name: str, group: Group) -> None:
    title = group.title

    @blocks(
        f"vendor.in_group_{name}",
        asks=f"Does {{subject}} belong to {title}?",
        needs=f"Whether {{subject}} belongs to {title}: its owners and entities.",
    )
    def inside(world: Compiled, deal: Deal, vendor: str) -> Value | Charge:
        found = belongs(world, vendor, group)
        if found.counts or tied(world, vendor, group).counts or world.graph.cut(vendor):
            return found
        free = known(world, vendor, beneficiaries(deal, vendor))
        return Value(Truth.FALSE if free.holds else Truth.UNKNOWN, free.proof)

    @blocks(
        f"vendor.tied_to_group_{name}",
        asks=f"Is {{subject}} tied to {title} in a way that is not proven?",
        needs=f"Whether {{subject}} is tied to {title}.",
    )
    def near(world: Compiled, deal: Deal, vendor: str) -> Value | Charge:
        return Value(Truth.FALSE) if belongs(world, vendor, group).counts else tied(world, vendor, group)

    @blocks(
        f"state.hosts_group_{name}",
        asks=f"Is {title} present in {{subject}}?",
        needs=f"Whether {title} has an entity in {{subject}}.",
    )
    def hosts(world: Compiled, deal: Deal, code: str) -> Value | Charge:
        if code in group.states:
            return Value(
                Truth.TRUE, notes=("The joint open letter of 27 July 2021 names this State as an exporting State.",)
            )
        found = []
        for id, why in sorted(members(world, group).items()):
            record = world.record(id)
            stated = (*record.stand("country"), *record.stand("jurisdiction")) if record is not None else ()
            seat = charge(world, [one for one in stated if one.statement.value == code])
            if seat.counts:
                found.append(Charge(seat.proof, seat.alleged or why.alleged))
        return merge(found)

    @lifts(
        f"state.inquiry_into_group_{name}",
        asks=f"Has {{subject}} held an inquiry into {title} and told the public of its results?",
        needs=f"An independent, impartial and transparent inquiry of {{subject}} into the extent of unlawful targeting with products of "
        f"{title}, ended by a public statement on results and prevention.",
    )
    def inquiry(world: Compiled, deal: Deal, code: str) -> list[Support]:
        who = beneficiaries(deal, code)
        return [_stated(world, one, opened, who) for one, opened in inquiries(world, deal, code, group)]


def inquiries(world: Compiled, deal: Deal, code: str, group: Group) -> list[tuple[Record, Support]]:
    """The inquiries of a State into a group, each with what says that it is one of the kind that is owed."""
    who = beneficiaries(deal, code)
    inside = _sure_members(world, group, who)
    needed = {"about": inside, "quality": QUALITIES}
    into = (one for one in about_state(world, "Investigation", code) if inside & set(ids_of(world, one, "about")))
    return [(one, of_state(world, one, code, needed, who).also(independent(world, one, who))) for one in into]


def _stated(world: Compiled, record: Record, found: Support, who: Beneficiaries) -> Support:
    """The inquiry with its public statement, made by the day asked for and not before the inquiry began."""
    if not found.holds:
        return found
    began = act_day(world, record, who, "startDate")
    for statement in world.pointing(record.id, "PublicStatement.investigation"):
        needed: dict[str, Wanted] = {"investigation": record.id, "results": None, "prevention": None, "statedOn": None}
        announced = support(world, statement, needed, who)
        stated = act_day(world, statement, who, "statedOn")
        if announced.holds and certainly_by(world.as_of, stated) and not certainly_before(stated, began):
            return found.also(announced)
    return Support(why=(f"{world.caption(record.id)}: no public statement on it by {world.as_of}",))


for _name, _group in groups().items():
    _declare(_name, _group)


# Chains of ownership: known and disclosed, or with a hidden link.


NOT_UNKNOWN = frozenset({"noBeneficialOwners"})
HIDDEN = frozenset(UNSPECIFIED) - NOT_UNKNOWN
MAJORITY = 50.0
LAST = ("Person", "PublicBody")
"""With whom a chain of owners ends."""


@blocks("vendor.owner_hidden", asks="Is an owner of {subject} unknown or hidden?", needs="Who owns {subject}.")
def hidden(world: Compiled, deal: Deal, company: str) -> Charge:
    """Owners of a company, or of its owners, that are reported as unknown or as acting for somebody else."""
    found = []
    for id in (one.id for one in world.graph.owners(company)):
        if (there := world.record(id)) is not None:
            found.append(charge(world, _codes(there, "unspecified")))
        found += [_hidden(world, one, id) for one in world.pointing(id, "Ownership.asset")]
    return merge(found)


@kept
def _hidden(world: Compiled, record: Record, owned: str) -> Charge:
    """Who reports a nominee names for whom it acts; who reports an ownership first names the owner, or why nobody is named."""
    if not world.graph.live(record, ("asset",)):
        return Charge()
    first, reports = first_account(world, record), _codes(record, "ownerUnspecified")
    if not narrowed(world, record, "nomineeFor", "interest"):
        reports += [one for one in record.claims("interest") if one.statement.value == "nominee"]
    if not values(first, "owner", "ownerUnspecified"):
        reports += values(first, "asset")
    found, naming = charge(world, reports), charge(world, naming_of(world, record, "asset", owned))
    return Charge(found.proof, naming.alleged or found.alleged) if naming.counts else Charge()


def _codes(record: Record, name: str) -> list[Recorded]:
    return [one for one in record.claims(name) if one.statement.value in HIDDEN]


def known(world: Compiled, company: str, who: Beneficiaries) -> Support:
    """Owners of more than half, up to natural persons, States, or a statement that there is nobody above; all confirmed."""
    shown: dict[str, Support] = {}

    def above(id: str) -> list[str]:
        there = world.record(id)
        if there is not None and any(certainly_called(world, there, kind, who) for kind in LAST):
            return []  # nobody stands above a natural person or a part of a State
        shown[id], owners = _above(world, id, who)
        return owners

    closure([company], above)
    for id, found in shown.items():
        if not found.holds:
            missing = f"{world.caption(id)}: no confirmed owners of more than half are on file"
            return Support(why=found.why or (missing,))
    return Support(tuple(dict.fromkeys(id for found in shown.values() for id in found.proof)))


def _above(world: Compiled, id: str, who: Beneficiaries) -> tuple[Support, list[str]]:
    total, proof, owners, why = 0.0, list[str](), list[str](), list[str]()
    for record in world.pointing(id, "Ownership.asset"):
        if not in_force(world, record, "startDate", "endDate", who):
            continue
        nobody = support(world, record, {"asset": id, "ownerUnspecified": NOT_UNKNOWN}, who)
        if nobody.holds:
            return nobody, []
        found = support(world, record, {"asset": id, "owner": None, "percentage": None}, who)
        why += found.why
        if found.holds:
            stated = (one for one in world.graph.accounts(record) if values(one, "asset", "owner"))
            total += min(share([one], firm=False)[0] for one in stated)
            proof += found.proof
            owners += map(world.base.target, record.stand("owner"))
    if total > MAJORITY:
        return Support(tuple(proof)), owners
    return Support(why=tuple(why)), []


@lifts(
    "vendor.chain_known",
    asks="Is the chain of owners of {subject} disclosed and confirmed?",
    needs="Who owns {subject}, up to natural persons, confirmed by an independent publisher.",
)
def _known(world: Compiled, deal: Deal, company: str) -> tuple[list[Support], Charge]:
    return [known(world, company, beneficiaries(deal, company))], no_alleged(hidden(world, deal, company))
