"""Pages that explain: what this is, what the words mean, how to reply, publish, verify, subscribe."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from pydantic import Field

from sousveil.register import entries as log
from sousveil.register.folder import address_link
from sousveil.register.model import Standing
from sousveil.register.publication import DIRECT
from sousveil.register.types import registry
from sousveil.register.views import words
from sousveil.web import limits
from sousveil.web.guides import GUIDES, INCIDENT
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.pages.corrections import GROUNDS
from sousveil.web.sayers import refs_of
from sousveil.web.site import Site


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A word and what it means here."""

    code: str
    word: str
    meaning: str


class OperatorView(msgspec.Struct, frozen=True, kw_only=True):
    """Who keeps this register."""

    name: str
    """As the first entry of the log says."""
    contact: str
    """How the operator is reached; empty where the operator does not say."""
    link: str
    """The same as an address to follow; empty where it is none."""
    publisher: str
    """Who is responsible for the pages in law; empty where the operator does not say."""
    publisher_address: str
    reply_address: str
    """Where replies and reports of errors go; the contact where no other address is set."""
    handling_days: int
    """The operator answers within so many days."""


class AboutView(msgspec.Struct, frozen=True, kw_only=True):
    """What the register's words mean."""

    standings: list[Term]
    """Strongest first."""
    stances: list[Term]
    client_stages: list[Term]
    """Weakest first."""
    incident_stages: list[Term]
    """Weakest first."""
    types: list[Term]
    operator: OperatorView


class ReplyView(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody who is concerned replies, corrects, or has something erased."""

    ways: list[Term]
    grounds: list[Term]
    """The only grounds on which content is deleted."""
    operator: OperatorView
    write: str
    """A link to write to the operator: for e-mail with subject and the id of the claim filled in; empty where there is no address."""
    about: str
    """Id of the record or statement that the reply is about; empty where none was named."""
    caption: str
    """What that record is called; empty for a statement."""


class GuideRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guided form."""

    name: str
    title: str
    what: str


class PublishView(msgspec.Struct, frozen=True, kw_only=True):
    """How to publish, and the limits."""

    guides: list[GuideRow]
    answered: list[Term]
    """The worked example of a guided form: question and answer."""
    line: str
    """The worked example of a statement: a line of `statements.jsonl`."""

    payload_type: str
    ssh_namespace: str
    submission_bytes: int
    """Most bytes of one submission."""
    statements: int
    """Most statements of one publication."""
    per_key_and_minute: int
    origin: str
    example: bool
    operator: OperatorView


class VerifyView(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to check the log oneself."""

    origin: str
    verifier_key: str
    policy: str
    """The witness policy, as a file that the verifiers read; empty where there is none."""
    log_path: str
    """Where checkpoint and tiles lie, below the root of this site."""


class FeedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A feed."""

    path: str
    words: str


class FeedsView(msgspec.Struct, frozen=True, kw_only=True):
    """The Atom feeds."""

    feeds: list[FeedLine]
    names: int
    """Most names of one feed."""


def operator(site: Site) -> OperatorView:
    """Who keeps this register, and how they are reached."""
    config = site.config
    return OperatorView(
        name=site.operator,
        contact=config.contact,
        link=address_link(config.contact),
        publisher=config.publisher,
        publisher_address=config.publisher_address,
        reply_address=config.reply_address or config.contact,
        handling_days=config.handling_days,
    )


def _write(site: Site, address: str, about: str) -> str:
    """A link to write to this address; an e-mail names the claim and its page."""
    link = address_link(address)
    if not link.startswith("mailto:"):
        return link
    subject = words._("Reply or error report") + (f": {about}" if about else "")
    lines = [words._("What is wrong, and how do you know?"), "", ""]
    if about:
        page = f"{site.config.pages}/{'entities' if about.startswith('sv-') else 'statements'}/{about}"
        lines = [words._("Claim: {id}").format(id=about), page, "", *lines]
    return f"{link}?subject={quote(subject)}&body={quote(chr(13) + chr(10)).join(map(quote, lines))}"


def about(site: Site, asked: Asked) -> Answer:
    """The glossary."""
    by = "X"
    view = AboutView(
        standings=[
            Term(code=str(one), word=words.standing(one), meaning=words.standing_meaning(one)) for one in Standing
        ],
        stances=[
            Term(code="asserts", word="says", meaning="The source says that it is so."),
            Term(
                code="denies", word="denies", meaning="The source says that it is not so. Shown beside what it denies."
            ),
            Term(code="corrects", word="says instead", meaning="The source gives another value for what stood there."),
        ],
        client_stages=[
            Term(code=one, word=words.client_short(one), meaning=words.client(one, by)) for one in words.CLIENT_STAGES
        ],
        incident_stages=[
            Term(code=one, word=one, meaning=words.incident(one, Standing.CONFIRMED)) for one in words.INCIDENT_STAGES
        ],
        types=[
            Term(code=one.name, word=one.label, meaning=one.what)
            for one in sorted(registry.all_types().values(), key=lambda kind: kind.label)
            if not one.abstract
        ],
        operator=operator(site),
    )
    return Answer(data=view)


WAYS: tuple[tuple[str, str, str], ...] = (
    (
        "reply",
        "You want to publish a reply yourself",
        (
            "Publish a statement that denies the claim. Pages, data and screening hits show it beside the claim, at "
            "the same size. You need a key. The page Publish says how to get one. An organization with a key can also publish "
            "your reply for you."
        ),
    ),
    (
        "correct",
        "The source is wrong or has changed",
        (
            "Ask the publisher that the claim names to correct or retract it. Nobody else can. The old statement stays "
            "readable, with a mark."
        ),
    ),
    (
        "dispute",
        "Two entries are one company, or one entry is two",
        (
            "Tell us, or publish a judgement with your reason and evidence. A judgement that two records are different always "
            "stops a merger."
        ),
    ),
    (
        "erase",
        "It names you, endangers you, or is unlawful",
        (
            "Ask us to erase it. We delete the content from pages, search, feeds, files and backups, and tell the mirrors. The "
            "log keeps only a number and the ground."
        ),
    ),
    (
        "delist",
        "You signed the letter and do not want to be listed",
        "Ask us. We take your name off.",
    ),
)
"""Code, situation, what to do."""


class Concerning(Asked):
    """What somebody wants to reply to."""

    about: str | None = Field(
        None, pattern=r"^(sv-[0-9a-f]{24}|[0-9a-f]{64})$", description="The id of the record or statement."
    )


def reply(site: Site, asked: Concerning) -> Answer:
    """The ways to reply or contest."""
    about, caption, keeper = asked.about or "", "", operator(site)
    if about.startswith("sv-"):
        caption = refs_of(site, [about])[about].caption
    return Answer(
        data=ReplyView(
            ways=[Term(code=code, word=word, meaning=text) for code, word, text in WAYS],
            grounds=[Term(code=code, word="", meaning=text) for code, text in GROUNDS.items()],
            operator=keeper,
            write=_write(site, keeper.reply_address, about),
            about=about,
            caption=caption,
        )
    )


EXAMPLE = {
    "subject": "sv-0123456789abcdef01234567",
    "type": "Company",
    "property": "name",
    "value": "Vireo Systems Ltd",
    "source": "https://companies.calder.example/4711",
    "publisher": "Open Phones Collective",
    "dataset": DIRECT,
    "standing": str(Standing.CONFIRMED),
}
"""An invented statement, as a line of the file that is signed. A new record has an id of 24 random hex digits."""


def publish(site: Site, asked: Asked) -> Answer:
    """How to publish."""
    return Answer(
        data=PublishView(
            guides=[GuideRow(name=one.name, title=one.title, what=one.what) for one in GUIDES.values()],
            answered=[Term(code="", word=word, meaning=meaning) for word, meaning in INCIDENT.example],
            line=msgspec.json.encode(EXAMPLE).decode(),
            payload_type=log.PAYLOAD_TYPE,
            ssh_namespace=log.SSH_NAMESPACE,
            submission_bytes=limits.BODY_MAX,
            statements=log.STATEMENTS_MAX,
            per_key_and_minute=limits.PER_KEY,
            origin=site.origin,
            example=site.example,
            operator=operator(site),
        )
    )


def verify(site: Site, asked: Asked) -> Answer:
    """How to verify."""
    return Answer(
        data=VerifyView(
            origin=site.origin, verifier_key=site.verifier_key(), policy=site.policy_text(), log_path="log/"
        )
    )


def feeds(site: Site, asked: Asked) -> Answer:
    """The feeds."""
    counts = site.store.counts().entities
    lines = [FeedLine(path="feed.atom", words="Everything new"), FeedLine(path="corrections.atom", words="Corrections")]
    for name in sorted(counts):
        kind = registry.find(name)
        if kind is not None and counts[name]:
            lines.append(FeedLine(path=f"feeds/type/{name}.atom", words=kind.plural))
    return Answer(data=FeedsView(feeds=lines, names=limits.NAMES_MAX))


PAGES = (
    Page(name="about", route="about", title="About", what="What the words of this register mean.", view=about,
         result=AboutView, template="about.html", order=60),
    Page(name="reply", route="reply", title="Reply or contest", what="How somebody who is concerned replies, corrects or has "
         "something erased.", view=reply, result=ReplyView, template="reply.html", asked=Concerning, order=61),
    Page(name="publish", route="publish", title="Publish", what="How to publish, and the limits.", view=publish,
         result=PublishView, template="publish.html", order=62),
    Page(name="verify", route="verify", title="Verify the log yourself", what="What is needed to check the log.", view=verify,
         result=VerifyView, template="verify.html", order=63),
    Page(name="feeds", route="feeds", title="Feeds", what="The Atom feeds.", view=feeds, result=FeedsView,
         template="feeds.html", order=64),
)  # fmt: skip
