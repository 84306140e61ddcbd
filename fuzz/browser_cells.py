"""Throws bytes at the property lists inside cells of browser databases."""

from __future__ import annotations

import contextlib
import plistlib

from sousveil.artefacts.browsing import plist_text
from sousveil.artefacts.ios.safari_browserstate import entries
from sousveil.artefacts.ios.shortcuts import links_of
from sousveil.errors import SousveilError
from sousveil.readers.plist import load_plist, to_json


def seeds() -> list[bytes]:
    """Inputs to start from."""
    entry = {
        "SessionHistoryEntryData": b"1234",
        "SessionHistoryEntryTitle": "T",
        "SessionHistoryEntryURL": "https://a.example/",
        "SessionHistoryEntryOriginalURL": "http://b.example/",
    }
    session = {"SessionHistory": {"SessionHistoryEntries": [entry, entry], "SessionHistoryCurrentIndex": 1}}
    action = {"WFWorkflowActionIdentifier": "x", "WFWorkflowActionParameters": {"deep": [{"u": "https://a.example/"}]}}
    return [
        b"\0\0\0\2" + plistlib.dumps(session, fmt=plistlib.FMT_BINARY),
        plistlib.dumps(session, fmt=plistlib.FMT_XML),
        plistlib.dumps([action], fmt=plistlib.FMT_BINARY),
    ]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    plist_text(data)
    with contextlib.suppress(SousveilError):
        to_json(entries(data))
    links_of([load_plist(data)])
