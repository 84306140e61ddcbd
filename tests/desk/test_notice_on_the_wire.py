"""Notices to a webhook, against a real server: where it redirects, and where it turns out to be on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.desk import notices
from sousveil.errors import Usage
from sousveil.register import outbox
from sousveil.register.outbox.settings import WebhookSettings
from sousveil.register.register import Register
from tests.desk.offices import EXCHANGE, HOLDING, office, ssh_signature
from tests.register.outbox.conftest import Hook

DAY = "2026-11-25"
GUARDS = {notices.GUARD: notices.hold_reason}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    server.start()
    yield server
    server.stop()


def allow(register: Register, loopback: bool) -> None:
    register.config = msgspec.structs.replace(register.config, webhooks=WebhookSettings(loopback=loopback))


def sent(register: Register, folder: Path, url: str) -> notices.Seen:
    id = notices.draft(register, regulator=EXCHANGE, company=HOLDING, webhook=url, day=DAY).id
    data = (register.folder / "notices" / id / "notice.json").read_bytes()
    for name in ("anna", "bela"):
        notices.approve(register, id, ssh_signature(folder, name, data, "sousveil-notice"))
    return notices.send(register, id, day=DAY)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(register: Register, hook: Hook, tmp_path: Path, status: int) -> None:
    allow(register, loopback=True)
    hook.status, hook.location = status, f"http://127.0.0.1:{hook.port}/elsewhere"
    seen = sent(register, tmp_path, f"http://127.0.0.1:{hook.port}/filings")
    outbox.deliver(register, guards=GUARDS)
    told = outbox.state(register, seen.state.deliveries[0])
    assert (told.state, told.error) == (
        "dead",
        f"The webhook answered with a redirection ({status}), which is not followed.",
    )
    assert [call.path for call in hook.calls] == ["/filings"]


def test_without_leave_for_this_machine_nothing_is_called_though_it_waits(
    register: Register, hook: Hook, tmp_path: Path
) -> None:
    """The permission ended between sending and delivering: the address is judged again when it is called."""
    allow(register, loopback=True)
    seen = sent(register, tmp_path, f"http://127.0.0.1:{hook.port}/filings")
    allow(register, loopback=False)
    outbox.deliver(register, guards=GUARDS)
    told = outbox.state(register, seen.state.deliveries[0])
    assert told.state != "sent" and told.error
    assert hook.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:8443/x",
        "https://192.168.1.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.7]/x",
        "https://2130706433/x",
    ],
)
def test_what_names_this_machine_or_its_network_is_not_even_drafted(
    register: Register, tmp_path: Path, url: str
) -> None:
    with pytest.raises(Usage):
        sent(register, tmp_path, url)
    assert not (register.folder / "notices").exists()
