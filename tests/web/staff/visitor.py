"""A visitor with a cookie jar and no script, over a real socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import http.client
import re
import struct
import time
import urllib.parse
from dataclasses import dataclass, field

PASSWORD = "a long word for tests 7"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """An answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        """The header's value; empty where it is not there."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    @property
    def location(self) -> str:
        """Where it sends on to."""
        return self.header("location")


@dataclass
class Visitor:
    """Somebody with a browser that has no script."""

    address: str
    cookie: str = ""
    token: str = ""
    secret: str = ""
    """Of the app for codes."""
    cookies: list[str] = field(default_factory=list)
    """All `Set-Cookie` lines that came."""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Page:
        """One request; no redirect is followed."""
        host = urllib.parse.urlsplit(self.address)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=60)
        sent = {"Host": host.netloc, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookie:
            sent["Cookie"] = self.cookie
        body = None
        if method == "POST":
            body = urllib.parse.urlencode(form or {}).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent.setdefault("Origin", self.address)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            page = Page(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()
        for name, value in page.headers:
            if name.lower() == "set-cookie":
                self.cookies.append(value)
                self.cookie = value.partition(";")[0]
        if found := _TOKEN.search(page.text):
            self.token = found[1]
        return page

    def get(self, path: str, **headers: str) -> Page:
        """Look at a page."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, **form: str) -> Page:
        """Send a form of the page looked at last."""
        return self.ask("POST", path, {"csrfmiddlewaretoken": self.token, **form})

    def enrol(self, link: str, password: str = PASSWORD) -> Page:
        """Take up an invitation with a password and codes."""
        page = self.get(link)
        found = re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', page.text)
        assert found is not None, page.text
        self.secret = found[1].replace(" ", "")
        return self.post(link, password1=password, password2=password, code=code_of(self.secret))

    def sign_in(self, pseudonym: str, password: str = PASSWORD) -> Page:
        """Password, then a fresh code."""
        self.get("/staff/login/")
        page = self.post("/staff/login/", login=pseudonym, password=password)
        if page.status != 302 or "authenticate" not in page.location:
            return page
        self.get("/staff/security/authenticate/")
        return self.post("/staff/security/authenticate/", code=code_of(self.secret))


def code_of(secret: str, at: float | None = None) -> str:
    """The code that an app shows (RFC 6238), taken early enough in its half minute to be still good on arrival."""
    now = time.time()
    if at is None and now % 30 > 27:
        time.sleep(30.2 - now % 30)
        now = time.time()
    counter = int((at if at is not None else now) // 30)
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def unescaped(text: str) -> str:
    """Text out of a page."""
    return html.unescape(text)
