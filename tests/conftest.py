"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data beside the checkout (or named by SOUSVEIL_SHARED_DATA); the test is skipped without it."""
    folder = Path(os.environ.get("SOUSVEIL_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "indicators").is_dir():
        pytest.skip("shared data not there")
    return folder
