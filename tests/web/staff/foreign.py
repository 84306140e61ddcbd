"""The staff's pages in a pseudo-locale: a process of its own, since a process has one set of languages.

python -m tests.web.staff.foreign REGISTER LOCALE LANGUAGE   # prints {role and address: text of the page}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

SEEN = {
    "paula": (
        "",
        "drafts/",
        "drafts/{draft}/",
        "drafts/{form}/",
        "drafts/{draft}/delete",
        "forms/",
        "forms/h-boards__law/",
        "security/",
    ),
    "rita": ("", "drafts/", "held/", "held/{held}/", "audit/"),
    "bela": ("", "drafts/", "proposals/", "audit/"),
    "carl": ("", "logout/", "security/", "security/webauthn/"),
    "olga": (
        "",
        "keys/",
        "erasures/",
        "outbox/",
        "accounts/",
        "audit/",
        "accounts/rita/disable",
        "erasures/{erasure}/approve",
        "outbox/{dead}/drop",
        "held/",
    ),
}
"""Whose pages are looked at; the last one is refused."""
ADDRESS = "https://staff.example"
STRANGER = ("login/", "invitation/{secret}/")


def main(register: str, pseudo: str, language: str) -> None:
    """Entry point."""
    folder, locale = Path(register), Path(pseudo)
    from sousveil.web import conf

    conf.LOCALE = locale
    conf.configure(locale, staff=folder, address=ADDRESS)
    from sousveil.web.staff.database import prepare

    prepare(folder)
    from sousveil.register import outbox
    from sousveil.register.audit import open_audit
    from sousveil.web.outer import Outer
    from sousveil.web.site import Site
    from sousveil.web.staff.models import Account, Draft, invite
    from tests.web.client import ask
    from tests.web.staff.people import PEOPLE, PROPOSAL

    app = Outer(Site.open(folder), keep=False, staff=ADDRESS)
    secret = ""
    for name in SEEN:
        role, owner, seat = PEOPLE[name]
        secret = invite(name, role, owner=owner, seat=seat)
    with open_audit(folder).act("account.enrol", "olga", "operator"):
        pass
    paula = Account.objects.get(pseudonym="paula")
    kept = {"account": paula, "owner": paula.owner}
    draft = Draft.objects.create(**kept, kind="statements", title="Glasmoth", state="writing")
    form = Draft.objects.create(**kept, kind="form", title="Publish a law on boards", of="h-boards__law", text="{}")
    ids = "\n".join(("mistake", "operator", app.site.store.statements_of([PROPOSAL])[0].id))
    erasure = Draft.objects.create(**kept, kind="erase", title="Glasmoth", state="proposed", text=ids)
    held, dead = app.site.store.held()[0].id, outbox.dead(app.site.register)[0].id
    parts = {"draft": draft.pk, "form": form.pk, "held": held, "secret": secret, "erasure": erasure.pk, "dead": dead}
    found = {}
    for name, addresses in SEEN.items():
        cookie = _session(Account.objects.get(pseudonym=name))
        for address in addresses:
            page = ask(
                app,
                f"/staff/{address.format(**parts)}",
                accept_language=language,
                cookie=cookie,
            )
            found[f"{name} {address}"] = f"{page.status} {page.text}"
    for address in STRANGER:
        page = ask(app, f"/staff/{address.format(**parts)}", accept_language=language)
        found[f"stranger {address}"] = f"{page.status} {page.text}"
    json.dump(found, sys.stdout)


def _session(account: object) -> str:
    """The cookie of somebody who has signed in with a second factor."""
    from allauth.account.internal.flows.login import record_authentication
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    from sousveil.web.staff.models import Account
    from sousveil.web.staff.settings import COOKIE

    assert isinstance(account, Account)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    request = HttpRequest()
    request.session = session
    record_authentication(request, account, method="mfa", type="totp")
    session.save()
    return f"{COOKIE}={session.session_key}"


if __name__ == "__main__":
    main(*sys.argv[1:])
