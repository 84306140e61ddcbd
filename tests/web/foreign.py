"""Every page in a pseudo-locale: a process of its own, since a process has one set of languages.

python -m tests.web.foreign REGISTER LOCALE LANGUAGE [ADDRESS ...]   # prints {address: text of the page}; of these alone
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import urlencode

QUESTIONS = (
    {"action": "sale", "product": "Lampyre", "supplier": "Glasmoth Systems Ltd", "end_user": "Nobody Known", "country": "xb"},
    {"action": "use", "product": "Lampyre", "supplier": "Glasmoth Systems Ltd", "end_user": "Kingdom of Averna", "country": "xb"},
    {"action": "list", "product": "Unheard of", "supplier": "Glasmoth", "end_user": "Nobody Known", "country": "xc"},
)  # fmt: skip


def main(register: str, pseudo: str, language: str, *alone: str) -> None:
    """Entry point."""
    folder, locale = Path(register), Path(pseudo)
    from sousveil.web import conf

    conf.LOCALE = locale
    conf.configure(locale)
    from sousveil.decisions import packs
    from sousveil.web.outer import Outer
    from sousveil.web.site import Site
    from tests.web.client import ask
    from tests.web.routes import everything, pages, parts_of

    app = Outer(Site.open(folder), keep=False)
    assert language in app.languages
    if alone:
        json.dump({one: ask(app, one, accept_language=language).text for one in alone}, sys.stdout)
        return
    addresses = [*pages(app), "/search?q=Glasmoth", "/screening?name=Glasmoth", "/nothing-here", "/map?as_of=yesterday"]
    addresses.append(f"/entities/{parts_of(app)['id']}/licences/xa")
    for question in QUESTIONS:
        body = urlencode(question | {"pack": list(packs.names()[1:])}, doseq=True).encode()
        kind = "application/x-www-form-urlencoded"
        sent = ask(app, "/decide", method="POST", body=body, content_type=kind)
        addresses.append(f"/{sent.headers['location']}")
    found = {address: ask(app, address, accept_language=language).text for address in addresses}
    same = [
        ask(app, f"{one}/answer.json", accept_language=tag).text for one in addresses[-3:] for tag in (language, "en")
    ]
    feeds = [one for one in everything(app) if one.endswith(".atom") or ".atom?" in one]
    found["feeds"] = json.dumps({one: ask(app, one, accept_language=language).text for one in feeds})
    found["css"] = ask(app, "/static/register.css").text
    found["same"] = json.dumps(same)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
