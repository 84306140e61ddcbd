"""The form: may a sale, a transfer or a use go ahead? Answers stand under addresses of their own (`web/answers.py`)."""

from __future__ import annotations

from datetime import date

import msgspec

from sousveil.decisions.api import ACTION_WORDS, ALWAYS, Action, pack, pack_names
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


class PackShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that can be asked."""

    name: str
    title: str
    version: str
    what: str
    binds: str
    always: bool
    """It runs whether it is asked for or not."""
    rules: int
    from_: str = msgspec.field(name="from")
    until: str | None = None


class ActionShown(msgspec.Struct, frozen=True, kw_only=True):
    """An action that can be asked about."""

    code: str
    word: str


class DecideView(msgspec.Struct, frozen=True, kw_only=True):
    """What can be asked."""

    actions: list[ActionShown]
    packs: list[PackShown]
    """`letter-2021` first."""
    days_kept: int
    """Days for which an answer stays under its address."""


def decide_view() -> DecideView:
    """What can be asked."""
    from sousveil.register.kept import DAYS

    shown = [pack(name) for name in pack_names()]
    return DecideView(
        actions=[ActionShown(code=action, word=ACTION_WORDS[action]) for action in Action],
        packs=[
            PackShown(
                name=one.name,
                title=one.title,
                version=one.version,
                what=one.what,
                binds=one.binds,
                always=one.name == ALWAYS,
                rules=len(one.rules),
                from_=one.in_force.start.isoformat(),
                until=None if one.in_force.until == date.max else one.in_force.until.isoformat(),
            )
            for one in shown
        ],
        days_kept=DAYS,
    )


def view(site: Site, asked: Asked) -> Answer:
    """The form."""
    return Answer(data=decide_view(), extra={"kept": None})


PAGE = Page(
    name="decide",
    route="decide",
    title="Check a sale or use",
    what="What can be asked: actions and rule packs. Questions are asked with POST /api/v1/decisions.",
    view=view,
    result=DecideView,
    template="decide.html",
    order=46,
)
