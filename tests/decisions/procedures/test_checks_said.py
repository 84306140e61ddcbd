"""A refusal names properties as the forms do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.register.refusal import Refused
from tests.decisions.rig import rigged


def test_what_lies_before_its_beginning_is_said_with_labels(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig, pytest.raises(Refused) as refused:
        rig.say("request", type="InformationRequest", name="Request 1", body="@ministry", question="Which?", status="appealed",
                askedOn="2026-05-01", refusedOn="2026-06-01", appealedOn="2026-05-15")  # fmt: skip
    assert refused.value.code == "end_before_start"
    assert refused.value.message.endswith(": “Appealed on” (2026-05-15) would lie before “Refused on” (2026-06-01).")
