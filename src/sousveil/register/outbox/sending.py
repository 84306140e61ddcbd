"""One try at a delivery: by SMTP, or as a POST to a webhook."""

from __future__ import annotations

import http.client
import smtplib
import socket
import ssl
import threading
import time
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from sousveil.errors import SousveilError, Usage
from sousveil.kinds import visible
from sousveil.register.outbox import addresses, settings, signing
from sousveil.register.outbox.addresses import NotThere, Target
from sousveil.register.outbox.model import MailBody, WebhookBody

if TYPE_CHECKING:
    from sousveil.register.register import Register

ANSWER_MAX = 64 << 10
"""Bytes of a webhook's answer that are read at most."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Later(SousveilError):
    """It failed this time and may work later."""


class Never(SousveilError):
    """It was refused for good."""


def send_mail(register: Register, id: str, made_at: str, body: MailBody) -> str:
    """Hand the mail to the server of `[mail]`; gives its answer. Raises Later, Never."""
    how = register.config.mail
    if how is None:
        raise Later("No mail server is set.", hint="Fill in [mail] in register.toml.")
    if how.tls == "none" and how.host not in LOOPBACK:
        raise Later("Mail leaves this machine only over TLS.", hint="Set tls in [mail] to starttls or implicit.")
    message = _message(register.origin, how.from_, id, made_at, body)
    try:
        with _server(how) as server:
            if how.user is not None:
                server.login(how.user, settings.password(register.paths.keys) or "")
            server.send_message(message, from_addr=how.from_, to_addrs=[body.to])
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refused(code, text) from None
    except smtplib.SMTPAuthenticationError as error:
        raise Later(f"The mail server refused us: {error.smtp_code}.", hint="Look at user and password.") from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Later(f"The mail server did not answer as it should: {_kind(error)}.") from None
    except Usage as error:
        raise Later(str(error)) from None
    return "250"


def _server(how: settings.MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if how.tls == "implicit":
        return smtplib.SMTP_SSL(how.host, how.port, timeout=how.seconds, context=context)
    server = smtplib.SMTP(how.host, how.port, timeout=how.seconds)
    if how.tls == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _message(origin: str, sender: str, id: str, made_at: str, body: MailBody) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, body.to, body.subject
    message["Date"] = format_datetime(datetime.fromisoformat(made_at))
    message["Message-ID"] = f"<{id}@{origin.partition('/')[0]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.text)
    for one in body.enclosures:
        major, _, minor = one.media_type.partition("/")
        message.add_attachment(one.data, maintype=major, subtype=minor, filename=one.name)
    return message


def _refused(code: int, text: bytes | str) -> SousveilError:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kind = Never if 500 <= code < 600 else Later
    return kind(f"The mail server said {code}: {visible(said, 150)}.")


def call_webhook(register: Register, id: str, body: WebhookBody) -> str:
    """POST the body to its address; gives the answer's status. Raises Later, Never. No redirect is followed."""
    how = register.config.webhooks
    try:
        goal = addresses.target(body.url, loopback=how.loopback)
        address = addresses.resolve(goal, loopback=how.loopback)
    except NotThere as error:
        raise Later(error.message) from None
    except Usage as error:
        raise Never(error.message) from None
    data, at = body.body.encode(), int(time.time())
    lines = {
        "Host": goal.authority,
        "Content-Type": "application/json",
        "User-Agent": "sousveil",
        "Connection": "close",
        signing.DELIVERY: id,
        signing.SIGNATURE: signing.signed(signing.webhook_key(register.paths), id, at, data),
    }
    status = _post(goal, address, lines, data, how.seconds)
    if 200 <= status < 300:
        return f"HTTP {status}"
    if 300 <= status < 400:
        raise Never(f"The webhook answered with a redirection ({status}), which is not followed.")
    if status in (408, 425, 429) or status >= 500:
        raise Later(f"The webhook answered HTTP {status}.")
    raise Never(f"The webhook answered HTTP {status}.")


def _post(goal: Target, address: str, lines: dict[str, str], data: bytes, seconds: float) -> int:
    """One exchange with exactly this address, cut off after `seconds` whatever the other side does."""
    end = time.monotonic() + seconds
    try:
        with socket.create_connection((address, goal.port), timeout=seconds) as plain:
            over = threading.Timer(max(0.0, end - time.monotonic()), _cut, (plain,))
            over.daemon = True
            over.start()
            try:
                status = _exchange(goal, plain, lines, data)
            finally:
                over.cancel()
        if time.monotonic() >= end:  # what was cut off can look like an answer that ended
            raise TimeoutError
        return status
    except (OSError, http.client.HTTPException, ValueError) as error:
        kind = "it took too long" if time.monotonic() >= end else _kind(error)
        raise Later(f"The webhook did not answer as it should: {kind}.") from None


def _exchange(goal: Target, plain: socket.socket, lines: dict[str, str], data: bytes) -> int:
    # Wrapping detaches the first socket object; the timer then has nothing to cut, so it is duplicated underneath.
    wire = plain.dup()
    try:
        if goal.secure:
            wire = ssl.create_default_context().wrap_socket(wire, server_hostname=goal.host)
        connection = http.client.HTTPConnection(goal.host, goal.port)
        connection.sock = wire
        connection.putrequest("POST", goal.path, skip_host=True, skip_accept_encoding=True)
        for name, value in lines.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        answer.read(ANSWER_MAX)
        answer.close()
        return answer.status
    finally:
        wire.close()


def _cut(plain: socket.socket) -> None:
    try:
        plain.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _kind(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or type(error).__name__})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
