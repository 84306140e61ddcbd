"""Many people ask one server at once, by names and by ids: each gets the answer that a server gives which was asked nothing else."""

from __future__ import annotations

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sousveil.register.model import entity_id
from tests.decisions.procedures.clerk import Clerk
from tests.web.serving import served

BY_NAME = {
    "product": ("Lampyre",),
    "supplier": ("Glasmoth Systems Ltd", "Quietwater Analytics AG"),
    "end_user": ("Ministry of the Interior of Averna", "Brackwater City Council"),
}
BY_ID = {
    "product": ("lampyre",),
    "supplier": ("glasmoth", "quietwater"),
    "end_user": ("averna-interior", "brackwater"),
}
ASKING = 3
"""Two are answered at once, and one waits in the lane of questions."""


def question(draw: random.Random, number: int) -> dict[str, Any]:
    """Those of one round are about the same day, so that one world answers them."""
    found: dict[str, Any] = {
        "action": draw.choice(("sale", "use", "transfer", "acquire", "marketing")),
        "country": draw.choice(("xa", "xb", "xc", "xd")),
        "as_of": f"2026-05-{1 + number // ASKING:02}",
    }
    for role in BY_NAME:
        named = number % 2
        said = draw.choice(BY_NAME[role] if named else BY_ID[role])
        found[role] = said if named else entity_id("example", said)
    return found


def test_everybody_gets_the_answer_of_a_server_that_was_asked_nothing_else(invented: Path, tmp_path: Path) -> None:
    draw = random.Random(5)
    asked = [question(draw, number) for number in range(20 * ASKING)]
    folder = Path(shutil.copytree(invented, tmp_path / "register"))
    keys = folder / "example-keys"
    with served(folder) as address:
        clerk = Clerk(address, keys, tmp_path)
        with ThreadPoolExecutor(ASKING) as pool:
            at_once = list(pool.map(clerk.decide, asked))
    with served(folder) as address:
        clerk = Clerk(address, keys, tmp_path)
        alone = [clerk.decide(one) for one in reversed(asked)][::-1]
    assert at_once == alone
