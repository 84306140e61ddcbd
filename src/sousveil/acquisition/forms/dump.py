"""A dump of a phone's file system: a folder, a zip or a tar archive (also compressed with gzip)."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.patterns import lazy_pattern

_FILE = lazy_pattern(
    r"(?i).*(?:dump|full|ffs|file.?system|files|extraction|ufed|graykey|prfs|userdata).*\.(?:zip|tar|tar\.gz|tgz)"
)
_TOP = frozenset({"private", "filesystem1", "filesystem2"})
_VAR = frozenset({"mobile", "wireless", "containers", "root", "db", "installd", "networkd", "preferences", "Keychains"})
_ANDROID = frozenset({"data", "system", "vendor", "product", "app", "misc", "user", "user_de", "local"})


def _folder(names: frozenset[str]) -> bool:
    """Whether folders of a phone's root, of /private/var or of /data are among the entries."""
    return (
        bool(names & _TOP)
        or ("var" in names and bool(names & {"System", "Applications", "Library", "private"}))
        or len(names & _VAR) > 1
        or len(names & _ANDROID) > 2
        or {"data", "system"} <= names
    )


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.dump import opened

    return opened(path)


def _deep(folder: Path) -> bool:
    from sousveil.acquisition.dump import is_dump_folder

    return is_dump_folder(str(folder))


FORM = Form(
    name="dump",
    platform="ios",
    rank=20,
    folder=_folder,
    head=lambda head: False,  # archives are claimed by forms that are met more often
    named=lambda name: _FILE.fullmatch(name) is not None,
    deep=_deep,
    open=_open,
)
