"""What a link that was taken back is called."""

from __future__ import annotations

from pathlib import Path

from sousveil.register.codes import RetractReason
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import FREE, rigged, sid
from tests.register.maker import private
from tests.web.client import ask


def test_a_link_that_was_taken_back_is_called_by_what_it_named(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("ostrel", type="Company", name="Ostrel Trading Ltd", country="xb")
        rig.say("acts", type="Representation", agent="@ostrel", client="@vireo")
        ids = [one.id for one in rig.register.store.statements_of([sid("acts")])]
        app = Outer(Site(rig.register))
        before = ask(app, f"/entities/{sid('acts')}").text
        rig.register.retract(ids, private(FREE), RetractReason.WRONG)
        after = ask(Outer(Site(rig.register)), f"/entities/{sid('acts')}").text
        heading = before.partition("<h1")[2].partition("</h1>")[0].partition(">")[2]
        assert heading.removeprefix("<bdi>").startswith("Representation: Ostrel Trading Ltd – ")
        assert after.partition("<h1")[2].partition("</h1>")[0].partition(">")[2] == heading
        assert "without a name" not in after
