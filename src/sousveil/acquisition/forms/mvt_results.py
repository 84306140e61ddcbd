"""A folder, or a zip archive of it, with the results that MVT wrote."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.acquisition.mvt_results import looks_like
from sousveil.acquisition.zips import MAGIC


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.mvt_results import opened

    return opened(path)


FORM = Form(
    name="mvt",
    platform="ios",
    rank=45,
    folder=looks_like,
    head=lambda head: head.startswith(MAGIC),
    named=lambda name: False,
    open=_open,
)
