"""What web views noted, and shortcuts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phonegen.core import Phone
from phonegen.ios import shortcuts, webkit_observations, webkit_sessionlog
from sousveil.artefacts.ios import shortcuts as shortcuts_artefact
from sousveil.artefacts.ios import webkit_observations as observations_artefact
from sousveil.artefacts.ios import webkit_session_log as log_artefact
from sousveil.errors import Unsupported
from tests.artefacts.ios.reading import batches, extras, rows

BASE = 1_700_000_000_000_000


@pytest.mark.parametrize("ios", [14, 15, 17])
def test_observations(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.0")
    phone.database(
        webkit_observations,
        lambda db: webkit_observations.insert(
            db, ios, domain="w.example", at=1_700_000_000.5, under=["top.example"], redirects_to=["r.example"]
        ),
        domain="AppDomain-com.example.app",
    )
    found, errors = batches(observations_artefact.ARTEFACT, phone, tmp_path / "b")
    assert errors == []
    assert [(b.layout, b.count) for b in found] == [
        ("ObservedDomains", 3),
        ("TopFrameUniqueRedirectsTo", 1),
        ("TopFrameUniqueRedirectsFrom", 1),
        ("SubresourceUnderTopFrameDomains", 1),
    ]
    seen = {"last_seen": BASE + 500_000, "is_prevalent": 0}
    led = {
        "domain_id": 3,
        "registrable_domain": "r.example",
        "role": "redirected",
        "relation": "redirected from",
        "related_id": 1,
        "related_domain": "w.example",
    }
    assert [b.row(at) for b in found for at in range(b.count)] == [
        seen | {"domain_id": 1, "registrable_domain": "w.example", "had_user_interaction": 0, "role": "loaded"},
        seen
        | {
            "domain_id": 2,
            "registrable_domain": "top.example",
            "had_user_interaction": 1,
            "role": "visited",
            "most_recent_user_interaction_time": BASE + 500_000,
        },
        seen | {"domain_id": 3, "registrable_domain": "r.example", "had_user_interaction": 0, "role": "loaded"},
        led,
        led,
        {
            "domain_id": 1,
            "registrable_domain": "w.example",
            "role": "loaded",
            "relation": "part of",
            "related_id": 2,
            "related_domain": "top.example",
            "last_updated": BASE + 500_000,
        },
    ]
    assert ("mostRecentWebPushInteractionTime" in extras(found[0], 0)) is (ios >= 17)


def test_observations_unknown(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(
        (webkit_observations.DOMAIN, webkit_observations.RELATIVE), lambda db: db.execute("CREATE TABLE other (a)")
    )
    found, errors = batches(observations_artefact.ARTEFACT, phone, tmp_path / "b")
    assert found == [] and [type(error) for error in errors] == [Unsupported]


@pytest.mark.parametrize("as_dates", [False, True])
def test_session_log(tmp_path: Path, as_dates: bool) -> None:
    phone = Phone(ios="13.0")
    phone.plist(
        webkit_sessionlog,
        [
            {
                "origin": "o.example",
                "redirects_to": ["rt.example"],
                "redirects_from": ["rf.example"],
                "subframe_under": ["sf.example"],
                "subresource_under": ["su.example"],
                "at": 1_700_000_000.5,
                "as_dates": as_dates,
            },
            {"origin": "v.example", "interacted": True, "at": 1_700_000_000, "as_dates": as_dates},
            {"origin": "l.example", "at": 1_700_000_000, "as_dates": as_dates},
        ],
    )
    made = rows(log_artefact.ARTEFACT, phone, tmp_path / "b")
    assert made == [
        {
            "origin": "o.example",
            "role": "redirected",
            "redirect_source": '[{"count":1,"origin":"rf.example"}]',
            "redirect_destination": '[{"count":1,"origin":"rt.example"}]',
            "subframe_under_origin": '[{"count":1,"origin":"sf.example"}]',
            "subresource_under_origin": '[{"count":1,"origin":"su.example"}]',
            "user_interaction": 0,
            "last_seen": BASE + 500_000,
        },
        {
            "origin": "v.example",
            "role": "visited",
            "user_interaction": 1,
            "last_seen": BASE,
            "most_recent_interaction": BASE,
        },
        {"origin": "l.example", "role": "loaded", "user_interaction": 0, "last_seen": BASE},
    ]


def test_session_log_of_another_shape(tmp_path: Path) -> None:
    phone = Phone(ios="13.0")
    phone.add(
        webkit_sessionlog.DOMAIN,
        webkit_sessionlog.RELATIVE,
        b'<?xml version="1.0"?><plist version="1.0"><dict/></plist>',
    )
    found, errors = batches(log_artefact.ARTEFACT, phone, tmp_path / "b")
    assert found == [] and [type(error) for error in errors] == [Unsupported]


@pytest.mark.parametrize("ios", [12, 13, 15])
@pytest.mark.parametrize("wrapped", [False, True])
def test_shortcuts(tmp_path: Path, ios: int, wrapped: bool) -> None:
    phone = Phone(ios=f"{ios}.0")
    nested = [
        {
            "WFWorkflowActionIdentifier": "x",
            "WFWorkflowActionParameters": {"deep": [{"text": "go to https://n.example/q now"}]},
        }
    ]

    def fill(db) -> None:  # type: ignore[no-untyped-def]
        shortcuts.insert(
            db,
            ios,
            name="S",
            urls=["https://s.example/a"],
            actions=nested,
            at=1_700_000_000,
            wrapped=wrapped,
            trigger=True,
        )
        shortcuts.insert(db, ios, name="Broken", at=1_700_000_000, actions_blob=b"nope", actions=nested, urls=[])

    phone.database(shortcuts, fill)
    found, errors = batches(shortcuts_artefact.ARTEFACT, phone, tmp_path / "b")
    made = [batch.row(at) for batch in found for at in range(batch.count)]
    assert errors == [] and [batch.layout for batch in found] == ["actions by key"] + (
        ["automations"] if ios >= 13 else []
    )
    first, second = made[0], made[1]
    actions = json.loads(first.pop("actions"))
    assert [action["WFWorkflowActionIdentifier"] for action in actions] == [
        "x",
        "is.workflow.actions.url",
        "is.workflow.actions.openurl",
    ]
    runs = {"run_count": 0} if ios >= 13 else {}
    identity = first.pop("workflow_id")
    assert len(identity) == 36
    assert first == runs | {
        "shortcut_id": 1,
        "shortcut_name": "S",
        "created_date": BASE,
        "modified_date": BASE,
        "description": "3 actions",
        "parsed_actions": 3,
        "action_urls": "https://n.example/q\nhttps://s.example/a",
        "deleted": 0,
    }
    assert (
        "not a property list" in second["actions_problem"] and "actions" not in second and "action_urls" not in second
    )
    if ios >= 13:
        assert made[2] == {
            "shortcut_id": 1,
            "shortcut_name": "S",
            "trigger": 1,
            "trigger_enabled": 1,
            "trigger_asks": 0,
            "trigger_data": '{"bundleIdentifiers":["com.example.app"],"onOpen":true}',
        }


def test_shortcuts_without_key(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(
        shortcuts,
        lambda db: shortcuts.insert(db, 16, urls=["https://s.example/"]),
        delete=lambda db: db.execute("ALTER TABLE ZSHORTCUT DROP COLUMN ZACTIONS"),
    )
    found, errors = batches(shortcuts_artefact.ARTEFACT, phone, tmp_path / "b")
    assert (
        errors == []
        and found[0].layout == "actions by shortcut"
        and found[0].row(0)["action_urls"] == "https://s.example/"
    )
