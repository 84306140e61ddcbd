"""What the page of oversight bodies says is wrong with one, and what an answer says of it: nobody is named twice in a row."""

from __future__ import annotations

import html
import re

from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.oversight import oversight_view
from sousveil.web.outer import Outer
from tests.web.client import ask

BODY = "Harbour Oversight Body"
DAY = "2026-11-25"


def test_a_fault_on_the_page_names_the_body_once(app: Outer) -> None:
    view = oversight_view(app.site.register.store, today=DAY)
    [body] = [one for one in view.bodies if one.ref.caption == BODY]
    assert [one.says for one in body.reasons] == [
        "Tidewatch Advisers: paid by Glasmoth Systems Ltd, which is the vendor or of its group.",
        "Not all that is asked of the body is confirmed.",
        "Civil society holds 50% of its seats, of 2 sides; half, and three sides, are asked for.",
    ]
    page = html.unescape(re.sub(r"<[^>]+>", " ", ask(app, f"/oversight?as_of={DAY}").text))
    assert f"{BODY}: {BODY}" not in page
    assert "Not all that is asked of the body is confirmed." in page


def test_an_answer_names_a_record_that_speaks_of_itself_once(app: Outer) -> None:
    store = app.site.register.store
    [body] = [one for one in oversight_view(store, today=DAY).bodies if one.ref.caption == BODY]
    company = body.oversees[0].id
    world = compile_world(store, DAY, None)
    needs = world.value(all_facts()["vendor.oversight_established"], company, world.about(company)).needs
    assert f"On file, but it does not count: {BODY}: Tidewatch Advisers: paid by Glasmoth Systems Ltd, which" in needs
    assert needs.count(BODY) == 1
