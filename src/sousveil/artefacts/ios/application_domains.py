"""Apps that left files in the backup, also such as are no longer installed.

Each app, plug-in and app group has a domain of its own in Manifest.db. A domain without an installed app of that name
belongs to the system, or to an app that was removed.
"""

from __future__ import annotations

from sousveil.acquisition.mbfile import read_mbfile
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import SousveilError
from sousveil.kinds import BundleId, Flag, Integer, Label, Role, UnixTime
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class ApplicationDomain(Record):
    """One app, plug-in or app group of which the backup holds files."""

    bundle: BundleId
    """The domain without its first word; for groups without `group.` as well, which need not be an app's identifier."""
    domain: Label
    kind: Label
    """`app`, `group`, `plugin`."""
    files: Integer | None
    """Rows of the manifest."""
    installed: Flag | None
    """1: the acquisition lists an app of exactly this name; 0: it lists apps, but not this one; None: it lists no
    apps."""
    created: UnixTime | None
    """Of the container's folder: about when the app was installed."""
    modified: UnixTime | None
    status_changed: UnixTime | None


_KINDS = (("AppDomainGroup-", "group"), ("AppDomainPlugin-", "plugin"), ("AppDomain-", "app"))


def _named(domain: object) -> tuple[str | None, str | None]:
    if isinstance(domain, str):
        for prefix, kind in _KINDS:
            if domain.startswith(prefix):
                name = domain[len(prefix) :]
                return (name.removeprefix("group.") if kind == "group" else name), kind
    return None, None


def derive(work: dict[str, Column], context: Context) -> None:
    """Names out of the domain, and times out of the record of its folder."""
    names = [_named(domain) for domain in work["_domain"]]
    installed = frozenset(context.device.installed)
    work["bundle"], work["kind"] = [n for n, _ in names], [k for _, k in names]
    work["installed"] = [int(n in installed) if installed and k == "app" else None for n, k in names]
    times: list[tuple[int | None, int | None, int | None]] = []
    for blob in work["_file"]:
        try:
            info = read_mbfile(blob) if isinstance(blob, bytes) else None
        except SousveilError:
            info = None
        times.append((info.created, info.modified, info.changed) if info is not None else (None, None, None))
    for place, name in enumerate(("created", "modified", "status_changed")):
        work[name] = [row[place] for row in times]
    if not context.full:
        for name in set(ApplicationDomain.__annotations__) - context.wanted:
            work.pop(name, None)


ARTEFACT = Artefact(
    name="ios.application_domains",
    title="Apps that left files in the backup",
    needs={"main": (At.info("Manifest.db"),)},
    acquisitions=("ios-backup",),
    record=ApplicationDomain,
    role=Role.INSTALLED,
    read=sqlite(
        Layout(
            name="Manifest.db",
            source="Files",
            columns={"domain": "Files.domain", "files": "count(Files.fileID)"},
            inputs={"_domain": "Files.domain", "_file": "max(CASE WHEN Files.relativePath = '' THEN Files.file END)"},
            where="Files.domain >= 'AppDomain' AND Files.domain < 'AppDomaio' GROUP BY Files.domain",
            selective=True,
            derive=derive,
        ),
        rowid=False,
    ),
    events=(Event(at="created", says="folder of an app created", shows="bundle"),),
    seen=(
        Seen(
            versions="iOS 10 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="A published app identifier here shows that the app was on the phone, perhaps earlier: files can stay"
    " after an app is removed. Identifiers can be copied by other makers.",
)
