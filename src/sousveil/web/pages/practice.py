"""Our own practice on encryption: what this program does and does not do (letter, demand (l))."""

from __future__ import annotations

import msgspec

from sousveil.web.columns import table
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.pages.texts import Term
from sousveil.web.site import Site


class PracticeView(msgspec.Struct, frozen=True, kw_only=True):
    """What is done, and what is not done."""

    points: list[Term]
    limits: list[Term]


POINTS: tuple[tuple[str, str, str], ...] = (
    (
        "keys",
        "Your key stays with you",
        (
            "Publications are signed on your own machine, with our program or with ssh-keygen. No private key of a publisher, reviewer "
            "or reader ever reaches this server, and there is no master key that could sign for somebody."
        ),
    ),
    (
        "phones",
        "A phone's evidence stays encrypted",
        (
            "An encrypted backup is decrypted in memory only, with the password of its owner; nothing of it is written decrypted unless "
            "its owner asks. Results can be written for named recipients alone (age). No encryption is broken or guessed."
        ),
    ),
    (
        "complaints",
        "Complaints are encrypted before they are stored",
        (
            "Complaints go to a separate system on a separate server. They are encrypted at once to the named handlers "
            "and a recovery key that is kept offline; the server cannot read it again."
        ),
    ),
    (
        "readers",
        "Readers leave nothing",
        "No cookie, no script, nothing loaded from others, no search or address written down. The pages work over Tor.",
    ),
    (
        "log",
        "Open, known methods",
        (
            "Ed25519 signatures (RFC 8032), SHA-256 Merkle trees (RFC 6962), X25519 and ChaCha20-Poly1305 (age). No method of our own "
            "making, no weakened variant for export, no key escrow."
        ),
    ),
    (
        "orders",
        "Orders to weaken it",
        (
            "A law or order that weakens encryption is entered here like any other, with its State. Should this register receive one, its "
            "operator publishes that in the log, where that is lawful; nothing here is built so that it could comply in silence."
        ),
    ),
)
LIMITS: tuple[tuple[str, str, str], ...] = (
    (
        "transport",
        "The way to this server",
        (
            "The program itself speaks plain HTTP and listens on its own machine. Whoever runs it has to put TLS or an onion service "
            "before it; look at the address in your browser."
        ),
    ),
    (
        "server",
        "A server that was broken into",
        (
            "Somebody who controls the server while you write to it can read what you write. Encrypt it first, on your own machine; "
            "the complaint pages say how."
        ),
    ),
    (
        "public",
        "What is public is public",
        (
            "Statements, sources and replies are published in plain text. Encryption protects the ways to them and the people around "
            "them, not the register."
        ),
    ),
)


def view(site: Site, asked: Asked) -> Answer:
    """The page."""
    terms = [[Term(code=code, word=word, meaning=text) for code, word, text in part] for part in (POINTS, LIMITS)]
    return Answer(data=PracticeView(points=terms[0], limits=terms[1]))


PAGE = Page(
    name="practice",
    whole=True,
    route="practice",
    title="Our own practice on encryption",
    what="What this register does with encryption, and what it does not do.",
    view=view,
    result=PracticeView,
    template="practice.html",
    table=table("points limits", "name=word meaning"),
    order=65,
)
