"""Every rule that a test runs is run once more in the made-up language: no sentence of it may bypass the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from sousveil.acquisition.model import Device
from sousveil.findings.rules.model import Hit, Kept, Rule, discover_rules
from sousveil.texts import PSEUDO, use
from tests.test_texts import words_outside_the_catalogue


@pytest.fixture(autouse=True)
def every_sentence_from_the_catalogue() -> Iterator[None]:
    """Rules are frozen, so their `find` is exchanged beneath that, and put back at the end."""
    finders = {name: rule.find for name, rule in discover_rules().items()}

    def strict(rule: Rule) -> None:
        find = rule.find

        def both(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
            with use(PSEUDO):
                marked = list(find(kept, device))
            for hit in marked:
                for text in (hit.says, *hit.innocent):
                    assert words_outside_the_catalogue(text) == [], f"{rule.name}: {text}"
            return find(kept, device)

        object.__setattr__(rule, "find", both)

    for rule in discover_rules().values():
        strict(rule)
    yield
    for name, rule in discover_rules().items():
        object.__setattr__(rule, "find", finders[name])
