"""Somebody who publishes through the forms of a served register: fills in, signs with ssh-keygen, hands in. All over HTTP."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 60.0
Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Page:
    """An answer."""

    status: int
    text: str
    headers: Mapping[str, str]

    def hidden(self, name: str) -> str:
        """The value of a hidden field, as the last form of the page carries it."""
        found = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)">', self.text)
        assert found, self.text
        return html.unescape(found[-1])


GLASMOTH = "Glasmoth Systems Ltd"
RECORDS = (
    ("e-liability", "ownership", {"asset": GLASMOTH, "owner": "Fernhill Holding SA", "startDate": "2019-07"}),
    ("e-liability", "agent", {"agent": "Ostrel Trading FZE", "client": GLASMOTH}),
    ("d-registration", "sale", {"supplier": GLASMOTH, "recipient": "Ministry of the Interior of Averna", "destination": "xb",
                                "product": "Lampyre", "startDate": "2021-07-01"}),
    ("d-registration", "sale", {"supplier": GLASMOTH, "recipient": "State Protection Service of Sarvia", "destination": "xc",
                                "product": "Lampyre", "startDate": "2021-11"}),
)  # fmt: skip
"""What Glasmoth of the example register has not published itself of the parts of its registration: procedure, form, values."""


@dataclass(frozen=True)
class Published:
    """What became of a form."""

    subject: str
    index: int


class Clerk:
    """Publishes at one address with the keys in one folder."""

    def __init__(self, address: str, keys: Path, folder: Path) -> None:
        self.address, self.keys, self.folder = address, keys, folder

    def get(self, path: str) -> Page:
        """A page."""
        return self._open(urllib.request.Request(self.address + path))

    def json(self, path: str) -> Any:
        """The data of a page as JSON."""
        got = self.get("/api/v1" + path)
        assert got.status == 200, got.text
        return json.loads(got.text)["data"]

    def decide(self, question: Mapping[str, Any]) -> Any:
        """The answer to a question, as JSON."""
        request = urllib.request.Request(f"{self.address}/api/v1/decisions", data=json.dumps(question).encode())
        request.add_header("Content-Type", "application/json")
        got = self._open(request)
        assert got.status == 200, got.text
        return json.loads(got.text)

    def fill(self, procedure: str, form: str, values: Values) -> Page:
        """Send a filled-in form."""
        return self.post(f"/procedures/{procedure}/{form}", values)

    def post(self, path: str, values: Values) -> Page:
        """Send a form to a page."""
        pairs = [(name, one) for name, many in values.items() for one in ([many] if isinstance(many, str) else many)]
        body = urllib.parse.urlencode(pairs).encode()
        return self._open(urllib.request.Request(self.address + path, data=body))

    def sign(self, payload: bytes, key: str) -> bytes:
        """The signature that ssh-keygen makes, with the command that the page shows."""
        file = self.folder / f"{uuid.uuid4().hex}.json"
        file.write_bytes(payload)
        command = [
            "ssh-keygen",
            "-Y",
            "sign",
            "-n",
            "sousveil-publication",
            "-f",
            str(self.keys / f"{key}.key"),
            str(file),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
        return file.with_name(file.name + ".sig").read_bytes()

    def hand_in(self, payload: str, contents: str, signature: bytes) -> Page:
        """Hand a signed publication in, as the second form of the page does."""
        limit = uuid.uuid4().hex
        parts = [
            ("do", b"submit"),
            ("payload", payload.encode()),
            ("contents", contents.encode()),
            ("signature", signature),
        ]
        body = b"".join(
            f'--{limit}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"
            for name, data in parts
        )
        request = urllib.request.Request(f"{self.address}/hand-in", data=body + f"--{limit}--\r\n".encode())
        request.add_header("Content-Type", f"multipart/form-data; boundary={limit}")
        return self._open(request)

    def publish(self, procedure: str, form: str, values: Values, *, key: str) -> Published:
        """Fill in, sign, hand in; the whole way must end well."""
        ready = self.fill(procedure, form, values)
        assert ready.status == 200, re.sub(r"<[^>]+>", " ", ready.text)
        payload, contents = ready.hidden("payload"), ready.hidden("contents")
        done = self.hand_in(payload, contents, self.sign(base64.b64decode(payload), key))
        assert done.status == 201, re.sub(r"<[^>]+>", " ", done.text)
        index = re.search(r"log entry|as entry (\d+)", done.text)
        assert index is not None
        return Published(self.subject(done), int(index[1]))

    def subject(self, done: Page) -> str:
        """The id of the record that the page of a hand-in leads to, under its id or its name."""
        link = re.search(r'href="(?:\.\./)*((?:entities|company|product|body)/[0-9a-z-]+)"', done.text)
        assert link is not None
        [id] = re.findall(r'json" href="(?:\.\./)*api/v1/entities/([^"]+)"', self.get(f"/{link[1]}").text)
        return str(id)

    def file_glasmoth(self) -> None:
        """Glasmoth publishes its own records of each part that it has not published."""
        more = {
            "publisher": GLASMOTH,
            "source": "https://glasmoth.example/x",
            "standing": "confirmed",
            "valid_until": "",
            "record": "",
        }
        for procedure, form, values in RECORDS:
            self.publish(procedure, form, {**values, **{f"statement.{n}": v for n, v in more.items()}}, key="glasmoth")

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as got:
                return Page(got.status, got.read().decode(), dict(got.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, error.read().decode(), dict(error.headers))


OWNERS = {
    "glasmoth": "Glasmoth Systems Ltd",
    "sandpiper": "Sandpiper Instruments AB",
    "rookery": "Rookery Watch (invented)",
    "brackwater-council": "Brackwater City Council",
}
"""Key -> its owner, of those who say something in tests of whose word counts."""


def put(clerk: Clerk, procedure: str, form: str, key: str, standing: str, onto: str = "", **values: Any) -> str:
    """Publish a form of the example register in the name of a key's owner; `onto` a record that is there, or as a new one. Gives its id."""
    said = {
        "statement.publisher": OWNERS[key],
        "statement.source": f"https://gazette.example/{form}",
        "statement.standing": standing,
        "statement.valid_until": "",
        "statement.record": onto,
    }
    return clerk.publish(procedure, form, {**values, **said}, key=key).subject
