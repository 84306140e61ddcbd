"""The invented register, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sousveil.register.register import Register
from tests.register.views import maker


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Everything of the maker, with steady ids and times."""
    with maker.steady(pytest.MonkeyPatch()):
        made = maker.make(tmp_path_factory.mktemp("register") / "invented")
    with made:
        yield made
