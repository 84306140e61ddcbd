"""Where a file of a backup lies on the phone, and where a place on the phone lies in a backup.

A backup names a file by a domain and a path in it. The domains stand for folders of the phone (Apple's list of backup
domains, as examiners' tools publish it). App containers have a random name on the phone, so their files have no known
path."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Protocol

ROOTS: dict[str, str] = {
    "BooksDomain": "/private/var/mobile/Media/Books",
    "CameraRollDomain": "/private/var/mobile",
    "DatabaseDomain": "/private/var/db",
    "HealthDomain": "/private/var/mobile/Library",
    "HomeDomain": "/private/var/mobile",
    "HomeKitDomain": "/private/var/mobile",
    "InstallDomain": "/private/var/installd",
    "KeyboardDomain": "/private/var/mobile",
    "KeychainDomain": "/private/var/Keychains",
    "ManagedPreferencesDomain": "/private/var/Managed Preferences",
    "MediaDomain": "/private/var/mobile",
    "MobileDeviceDomain": "/private/var/MobileDevice",
    "NetworkDomain": "/private/var/networkd",
    "ProtectedDomain": "/private/var/protected",
    "RootDomain": "/private/var/root",
    "SystemPreferencesDomain": "/private/var/preferences",
    "TonesDomain": "/private/var/mobile",
    "WirelessDomain": "/private/var/wireless",
}
"""Domains with a fixed folder."""
NAMED_ROOTS: dict[str, str] = {
    "SysContainerDomain-": "/private/var/containers/Data/System",
    "SysSharedContainerDomain-": "/private/var/containers/Shared/SystemGroup",
}
"""Domains whose folder is named by what follows the hyphen."""
CONTAINER_ROOTS: dict[str, str] = {
    "AppDomain-": "/private/var/mobile/Containers/Data/Application",
    "AppDomainGroup-": "/private/var/mobile/Containers/Shared/AppGroup",
    "AppDomainPlugin-": "/private/var/mobile/Containers/Data/PluginKitPlugin",
}
"""Domains whose folder has a random name (a UUID) on the phone."""
ANDROID_NAMES = (
    ("/data/user/0/", "/data/data/"),
    *(
        (other, "/storage/emulated/0/")
        for other in (
            "/sdcard/",
            "/mnt/sdcard/",
            "/storage/self/primary/",
            "/storage/emulated/legacy/",
            "/data/media/0/",
        )
    ),
)
"""Other names of folders of Android's first user, each with the name in which paths are compared."""
_TOP_LINKS = ("/var", "/tmp", "/etc")
"""Symbolic links in the phone's root, each into /private."""


class Where(Protocol):
    """A place on a phone, as an artefact declares it (`sousveil.artefacts.model.At`)."""

    @property
    def form(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def owner(self) -> str: ...
    def matches(self, domain: str, relative: str, phone_path: str | None, /) -> bool: ...


def phone_path(domain: str, relative: str) -> str | None:
    """The absolute path on the phone, or None where the domain's folder has no fixed name or the path leads out of
    it.
    """
    root = ROOTS.get(domain) or _named_root(domain)
    if root is None or relative.startswith("/") or "\0" in relative:
        return None
    if not relative:
        return root
    if ".." in relative and ".." in relative.split("/"):
        return None
    return f"{root}/{relative}"


def phone_paths(domains: Sequence[str], relatives: Sequence[str]) -> list[str | None]:
    """`phone_path` of each file, or its path in the domain where that is all that is known; None where it is empty."""
    text = "\n".join(relatives)
    if "\0" in text or ".." in text or "\n/" in text or text.startswith("/"):
        return [phone_path(domain, path) or path or None for domain, path in zip(domains, relatives, strict=True)]
    roots = {domain: ROOTS.get(domain) or _named_root(domain) for domain in set(domains)}
    return [
        f"{root}/{path}" if root and path else path or root
        for root, path in zip(map(roots.__getitem__, domains), relatives, strict=True)
    ]


def _named_root(domain: str) -> str | None:
    for prefix, root in NAMED_ROOTS.items():
        name = domain.removeprefix(prefix)
        if name != domain:
            return None if not name or "/" in name or name in (".", "..") else f"{root}/{name}"
    return None


def normal_path(text: str) -> str:
    """One spelling of a phone's path: `/private/var/...` whether it was written `/var/...`, `private/var/...`,
    `file:///var/...` or with the prefix that full file system dumps use (`filesystem2/...`). Double and trailing
    slashes and `.` go.

    A text that is no absolute path comes back as it is.
    """
    path = text.removeprefix("file://")
    bare = path.lstrip("/")
    for prefix in ("filesystem1/", "filesystem2/"):
        bare = bare.removeprefix(prefix)
    if not path.startswith("/") and bare == path and not path.startswith("private/"):
        return text
    path = posixpath.normpath("/" + bare.lstrip("/"))
    for link in _TOP_LINKS:
        if path == link or path.startswith(link + "/"):
            return "/private" + path
    return path


def android_path(path: str) -> str:
    """A path on an Android phone, with the name of its folder in which paths are compared."""
    return next((name + path[len(other) :] for other, name in ANDROID_NAMES if path.startswith(other)), path)


def container_suffix(path: str) -> str | None:
    """What follows the random container name in an app's absolute path, or None for other paths."""
    path = normal_path(path)
    for root in CONTAINER_ROOTS.values():
        rest = path.removeprefix(root + "/")
        if rest != path and "/" in rest:
            return rest.split("/", 1)[1]
    return None


def domain_places(at: Where) -> list[tuple[str, str]]:
    """Where a place may lie in a backup: (domain, path in it), each with `*` and `?` as wildcards where the place has
    them.

    A path of the phone may belong to several domains (`/private/var/mobile` is the folder of seven).
    """
    if at.form == "ios":
        return _places_of_path(normal_path(at.path))
    owner_prefix = {"app": "AppDomain-", "group": "AppDomainGroup-", "backup": ""}.get(at.form)
    if owner_prefix is not None:
        return [(owner_prefix + at.owner, at.path)]
    return [("", at.path)] if at.form == "info" else [("*", at.path)]


def _places_of_path(path: str) -> list[tuple[str, str]]:
    places = []
    for domain, root in ROOTS.items():
        if path.startswith(root + "/"):
            places.append((domain, path[len(root) + 1 :]))
    for prefix, root in NAMED_ROOTS.items():
        if path.startswith(root + "/"):
            name, _, rest = path[len(root) + 1 :].partition("/")
            places.append((prefix + name, rest))
    return places


def crosses_roots(path: str) -> bool:
    """Whether a pattern has a wildcard before the folder of some domain is named in full: then only `matches` can
    tell.
    """
    if not is_pattern(path):
        return False
    path = normal_path(path)
    literal = path[: min(path.index(c) for c in "*?[" if c in path)]
    return any(
        (root + "/").startswith(literal) for root in (*ROOTS.values(), *NAMED_ROOTS.values()) if root + "/" != literal
    )


def is_pattern(text: str) -> bool:
    """Whether a domain or path holds wildcards."""
    return any(c in text for c in "*?[")
