"""What comes out of a package: statements, and the package itself, kept beside them."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal, Protocol

import msgspec

from sousveil.register.model import Attachment, Standing, Statement

Form = Literal["ocds-release-package", "ocds-record-package", "bods"]


class OnFile(Protocol):
    """Who is on file, asked for a package: of a register here (`known.Known`), or of one elsewhere (`remote_known.RemoteKnown`)."""

    def entity(self, id: str) -> str | None:
        """The id to show of an entity that is on file; None where nothing of it stands."""

    def is_contract(self, id: str) -> bool:
        """Whether it is a contract that is on file."""

    def is_called(self, id: str, name: str) -> bool:
        """Whether an entity that is on file bears this name."""

    def numbered(self, property: str, value: str) -> list[str]:
        """Entities that are on file with this number."""

    def called(self, name: str) -> list[str]:
        """Entities that are on file under exactly this name."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Who handed a package in, and how its statements are marked."""

    source: str
    """Where the package was published, or the citation of the document."""
    publisher: str | None = None
    """Who says it; None: the publisher that the package names."""
    namespace: str | None = None
    """Within which a record's id is one entity's; None: all packages of this publisher."""
    known: OnFile | None = None
    """What is on file, for parties that are; None: not asked."""
    dataset: str = "direct"
    standing: Standing = Standing.REPORTED


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package that was read, checked and turned into statements."""

    form: Form
    publisher: str
    statements: list[Statement]
    """Checked. In the order of the package, without repetitions."""
    data: bytes
    """The package as it is kept: byte for byte, unless personal details had to go."""
    original_sha256: str
    """Hash of the bytes that were handed in."""
    withheld: list[str]
    """JSON paths of what was taken out of `data`: contacts, addresses and numbers of persons, birth dates beyond the year."""
    warnings: list[str]
    """What is odd and was kept."""

    @property
    def verbatim(self) -> bool:
        """Whether `data` is what was handed in, byte for byte."""
        return not self.withheld

    @property
    def attachment(self) -> Attachment:
        """What the log entry says of `data`."""
        return Attachment(sha256=sha256(self.data).hexdigest(), size=len(self.data), media_type="application/json")
