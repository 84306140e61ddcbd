"""The folder of a register: where things lie, and `register.toml`.

register.toml     title, origin, example, database, policy, address, staff_address, who is responsible (`IMPRINT`), [mail], [webhooks]
policy            which witnesses are asked, and how many must have cosigned (C2SP tlog-policy)
keys/             private keys, for their owner alone
register.sqlite   the database, unless register.toml names another
log/              the public log as static files: checkpoint, tile/, content/, envelopes/, suppression, times
attachments/      published files by SHA-256
search/, prepared/  derived, may be deleted at any time
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec

from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.note import Verifier
from sousveil.ledger.policy import Policy, only_log, parse_policy
from sousveil.register.outbox.settings import MailSettings, WebhookSettings
from sousveil.register.refusal import Refused

CONFIG = "register.toml"
DATABASE = "register.sqlite"
LOG_KEY = "log"
OPERATOR_KEY = "operator"
ENVIRONMENT = "SOUSVEIL_REGISTER"
BACKUP_DAYS = 30
IMPRINT = ("publisher", "publisher_address", "contact", "reply_address")
"""What readers must be told before pages leave this machine: settings of `register.toml`."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]*)*", re.ASCII)
_STAFF = re.compile(r"https?://([A-Za-z0-9.-]+|\[::1\])(:[0-9]{1,5})?", re.ASCII)
_MAIL = re.compile(r"[^\s@<>\":]{1,64}@[^\s@<>\"/?#]{1,250}")
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9._-]+)*", re.ASCII)


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `register.toml` says."""

    title: str
    origin: str
    """The log's name: a domain that the operator controls, with a path."""
    example: bool = False
    database: str = DATABASE
    """A file below the folder, or `postgresql://...`."""
    policy: str | None = None
    """A file below the folder."""
    contact: str = ""
    """How readers reach the operator: an e-mail address, a web or onion address, or any one line of text."""
    publisher: str = ""
    """Who is responsible for the pages in law: an organization, or the person whom the law asks for."""
    publisher_address: str = ""
    """The publisher's postal or legal address."""
    reply_address: str = ""
    """Where replies and reports of errors go: an e-mail or web address."""
    handling_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 14
    """The operator answers a reply or a report within so many days."""
    address: str = ""
    """Web address of the pages, as letters give it; empty: the log's name says it (`pages`)."""
    staff_address: str = ""
    """Web address of the staff's pages, behind a server with TLS or an onion service; empty: only this machine reaches them."""
    backup_days: int = BACKUP_DAYS
    """Backups hold erased content at most so many days longer."""
    witness_seconds: float = 5.0
    """How long an answer of a witness is waited for."""
    mail: MailSettings | None = None
    """The server that takes our mail; without it mail waits."""
    webhooks: WebhookSettings = WebhookSettings()

    @property
    def pages(self) -> str:
        """Where the pages are, without a slash at the end: the address that was set, else the log's name without its `/log`."""
        return self.address.rstrip("/") or f"https://{self.origin.removesuffix('/log')}"

    def check_imprint(self) -> None:
        """Raises Refused for a line of the imprint that is none, and for a reply address that nobody can write to."""
        for name in IMPRINT:
            check_line(getattr(self, name), name)
        if self.reply_address and not address_link(self.reply_address):
            raise Refused(
                "The reply address is neither an e-mail address nor a web address.",
                field="reply_address",
                code="bad_reply_address",
                hint="Write replies@register.example.org, or https://register.example.org/reply-form.",
            )

    def check_addresses(self) -> None:
        """Raises Usage for a web address that is none, and for one of the staff's pages that others could read on the way."""
        if self.address and not _ADDRESS.fullmatch(self.address):
            raise Usage(
                f"{CONFIG} gives an address of the pages that is none.",
                hint='Write it as address = "https://register.example.org".',
            )
        if self.staff_address and not (_STAFF.fullmatch(self.staff_address) and _private(self.staff_address)):
            raise Usage(
                f"{CONFIG} gives an address of the staff's pages that is none: it begins with https, or is an onion address.",
                hint='Write it as staff_address = "https://staff.example.org", without a slash at the end.',
            )

    def text(self) -> str:
        """The file."""
        lines = []
        tables = []
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, MailSettings | WebhookSettings):
                if value != WebhookSettings():
                    tables += [f"\n[{name}]\n", *(_line(*one) for one in msgspec.to_builtins(value).items())]
            else:
                lines.append(_line(name, value))
        return "".join([*lines, *tables])


PARTS = ("log", "attachments", "search", "prepared")
"""Folders of a register, beside that of the keys."""


class Folder:
    """Paths of one register."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def log(self) -> Path:
        """The static files."""
        return self.root / "log"

    @property
    def keys(self) -> Path:
        """Private keys."""
        return self.root / "keys"

    @property
    def attachments(self) -> Path:
        """Published files."""
        return self.root / "attachments"

    def key_file(self, name: str) -> Path:
        """Where the private key of this name lies. Raises Usage for a name that could be a path."""
        if not _NAME.fullmatch(name):
            raise Usage(f"{visible(name)!r} is no name of a key.", hint="Use small letters, digits, points and dashes.")
        return self.keys / name

    def key(self, name: str) -> PrivateKey:
        """A private key of the folder. Raises Missing, which never advises to make the log's or the operator's anew."""
        path = self.key_file(name)
        if name in (LOG_KEY, OPERATOR_KEY) and not path.exists():
            raise Missing(
                f"The register's own key {visible(str(path))} is not there.",
                hint="Where the register is kept, put the safe copy back; never make a new one, the log could not be trusted "
                "any more. A copy without keys can only be read: publish with --to ADDRESS.",
            )
        return PrivateKey.load(path)

    @property
    def may_sign(self) -> bool:
        """Whether this user can read the log's private key."""
        return os.access(self.key_file(LOG_KEY), os.R_OK)

    def new_key(self, name: str) -> PrivateKey:
        """Make a private key and keep it. Raises Usage where there is one of this name."""
        made = PrivateKey.new()
        path = self.key_file(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        made.save(path)
        return made

    def config(self) -> Config:
        """What `register.toml` says. Raises Missing, Malformed."""
        path = self.root / CONFIG
        try:
            config = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Config)
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(
                f"There is no register in {visible(str(self.root))}.", hint="Make one with `sousveil register init`."
            ) from None
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise Malformed(f"{CONFIG} cannot be read: {error}.", hint="Mend it by hand.") from None
        config.check_imprint()
        config.check_addresses()
        if config.webhooks.loopback and not config.example:
            raise Usage(
                f"{CONFIG} lets webhooks call this machine itself, which only a register of invented things may.",
                hint="Take `loopback` out of [webhooks].",
            )
        return config

    def contents(self) -> set[Path] | None:
        """What lies in the folder and in its parts; None where there is no folder."""
        if not self.root.is_dir():
            return None
        parts = [self.root, *(self.root / name for name in ("keys", *PARTS))]
        return {path for part in parts if part.is_dir() for path in part.iterdir()}

    def unmake(self, before: set[Path] | None) -> None:
        """Take away what a register that could not be made has left; what lay in the folder `before` stays as it was."""
        if before is None:
            shutil.rmtree(self.root, ignore_errors=True)
            return
        for path in sorted((self.contents() or set()) - before):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def need_imprint(self, config: Config) -> None:
        """Raises Usage that says what to write where, while readers elsewhere would not know who is responsible for the pages."""
        missing = [name for name in IMPRINT if not getattr(config, name).strip()]
        if missing:
            options = " ".join(f'--{name.replace("_", "-")} "..."' for name in missing)
            lines = ", ".join(f'{name} = "..."' for name in missing)
            raise Usage(
                "Readers could not see who is responsible for this register, so its pages stay on this machine. "
                f"Missing in {visible(str(self.root / CONFIG))}: {', '.join(missing)}.",
                hint=f"Run: sousveil register imprint --register {visible(str(self.root))} {options}. Or write into the file: {lines}.",
            )

    def write_config(self, config: Config) -> None:
        """Replace `register.toml`."""
        atomic.write(self.root / CONFIG, config.text().encode(), mode=0o600)

    def database(self, config: Config, other: str | None = None) -> str | Path:
        """Where the database is."""
        named = other or config.database
        return named if "://" in named else self.root / named

    def policy(self, config: Config) -> Policy | None:
        """The policy file, when one is named. Raises Missing, Malformed."""
        if config.policy is None:
            return None
        try:
            return parse_policy((self.root / config.policy).read_bytes())
        except FileNotFoundError:
            raise Missing(f"The policy file {visible(config.policy)} is not there.") from None

    def check_free(self, config: Config) -> None:
        """Raises Usage, Refused where a new register cannot be made, or would write over something."""
        check_origin(config.origin)
        config.check_imprint()
        if (self.root / CONFIG).exists():
            raise Usage(f"There is a register in {visible(str(self.root))} already.")
        wanted = [self.key_file(LOG_KEY), self.key_file(OPERATOR_KEY)]
        if config.policy is not None:
            wanted.append(self.root / config.policy)
        for path in (*wanted, *(one for one in (self.log, self.attachments) if one.is_dir() and any(one.iterdir()))):
            if os.path.lexists(path):
                raise Usage(
                    f"{visible(str(path))} is there already, and a new register would write over it. Nothing was changed.",
                    hint="Take another folder, or move it to another place first; a policy file is then named with --policy.",
                )

    def make(self, config: Config) -> None:
        """A new folder, which `check_free` has looked at. Raises Usage."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.keys.mkdir(mode=0o700, exist_ok=True)
            for name in PARTS:
                (self.root / name).mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            raise Usage(f"No register can be made in {visible(str(self.root))}: {error.strerror}.") from None
        self.write_config(config)


def _line(name: str, value: object) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
    return f"{name} = {text}\n"


def find(folder: str | Path | None = None) -> Path:
    """The folder that is meant: the one named, else SOUSVEIL_REGISTER, else one in the user's data directory."""
    if folder is not None:
        return Path(folder)
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "sousveil" / "register"


def default_policy(folder: Folder, config: Config, log: Verifier) -> Policy:
    """The policy in force: the file's, else that of the log's key alone."""
    return folder.policy(config) or only_log(log)


def loopback(host: str) -> bool:
    """Whether an address reaches no other machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _private(address: str) -> bool:
    """Whether this is a web address, and nobody on the way reads what is sent to it."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" or loopback(host) or host.endswith(".onion")


def check_line(text: str, field: str) -> None:
    """Raises Refused for what is no line of text."""
    if len(text) > 300 or visible(text, 300) != text:
        raise Refused(
            f"The setting {field} is one line of at most 300 letters.",
            field=field,
            code=f"bad_{field}",
            hint="Write one line, without control characters.",
        )


def address_link(text: str) -> str:
    """Returns an e-mail or web address as a link; empty for any other text."""
    if re.fullmatch(r"https?://[^\s<>\"]+", text):
        return text
    return f"mailto:{quote(text, safe='@')}" if _MAIL.fullmatch(text) else ""


def check_origin(origin: str) -> None:
    """Raises Refused for what cannot be the name of a log."""
    if len(origin) > 200 or not _ORIGIN.fullmatch(origin):
        raise Refused(
            f"{visible(origin)!r} cannot be the name of a log.",
            field="origin",
            code="bad_origin",
            hint="Use a domain that you control and a path, such as register.example.org/log.",
        )
