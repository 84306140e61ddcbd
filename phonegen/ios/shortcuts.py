"""Shortcuts: HomeDomain Library/Shortcuts/Shortcuts.sqlite, a Core Data store.

Row keys: name, at (created), modified (Unix seconds), description, actions (list of dictionaries as in a shortcut file)
or urls (each becomes an "open URL" action pair), wrapped=True stores them under WFWorkflowActions, trigger=True adds
an automation row, actions_blob the raw bytes; or any ZSHORTCUT column by its own name.
Layout: names as publicly described; iOS 13 adds ZTRIGGER (automations), 15 sync and folder columns.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import (
    BASE_TIME,
    Batch,
    Table,
    check_ios,
    core_data,
    ddl,
    fixed_uuid,
    mac,
    note_maximum,
    raw_columns,
)

DOMAIN = "HomeDomain"
RELATIVE = "Library/Shortcuts/Shortcuts.sqlite"
VERSIONS: tuple[int, ...] = (12, 13, 15)

_ENTITIES = ("Collection", "Shortcut", "ShortcutActions", "ShortcutIcon", "Trigger")
_HEAD = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")


def url_actions(url: str) -> list[dict[str, Any]]:
    """The two actions of a shortcut that opens an address."""
    return [
        {
            "WFWorkflowActionIdentifier": "is.workflow.actions.url",
            "WFWorkflowActionParameters": {"WFURLActionURL": url, "UUID": fixed_uuid("action", url)},
        },
        {"WFWorkflowActionIdentifier": "is.workflow.actions.openurl", "WFWorkflowActionParameters": {}},
    ]


def _tables(ios: int) -> tuple[Table, ...]:
    shortcut = [
        *_HEAD,
        "ZACTIONCOUNT INTEGER",
        "ZHASSHORTCUTINPUTVARIABLES INTEGER",
        "ZTOMBSTONED INTEGER",
        "ZACTIONS INTEGER",
        "ZICON INTEGER",
        "ZCREATIONDATE TIMESTAMP",
        "ZMODIFICATIONDATE TIMESTAMP",
        "ZACTIONSDESCRIPTION VARCHAR",
        "ZASSOCIATEDAPPBUNDLEIDENTIFIER VARCHAR",
        "ZNAME VARCHAR",
        "ZSOURCE VARCHAR",
        "ZWORKFLOWID VARCHAR",
        "ZWORKFLOWSUBTITLE VARCHAR",
        "ZINPUTCLASSESDATA BLOB",
    ]
    if ios >= 13:
        shortcut += ["ZRUNEVENTSCOUNT INTEGER", "ZTRIGGERCOUNT INTEGER", "ZLASTRUNEVENTDATE TIMESTAMP"]
    if ios >= 15:
        shortcut += [
            "ZSYNCHASH INTEGER",
            "ZLASTSYNCEDHASH INTEGER",
            "ZHIDDENFROMLIBRARYANDSYNC INTEGER",
            "ZGALLERYIDENTIFIER VARCHAR",
            "ZPHRASE VARCHAR",
        ]
    tables = [
        Table("ZCOLLECTION", *_HEAD, "ZNAME VARCHAR", "ZIDENTIFIER VARCHAR", Z_ENT=1, Z_OPT=1),
        Table(
            "ZSHORTCUT",
            *shortcut,
            Z_ENT=2,
            Z_OPT=1,
            ZTOMBSTONED=0,
            ZHASSHORTCUTINPUTVARIABLES=0,
            ZRUNEVENTSCOUNT=0,
            ZTRIGGERCOUNT=0,
            ZSYNCHASH=0,
            ZHIDDENFROMLIBRARYANDSYNC=0,
        ),
        Table("ZSHORTCUTACTIONS", *_HEAD, "ZSHORTCUT INTEGER", "ZDATA BLOB", indexes=("ZSHORTCUT",), Z_ENT=3, Z_OPT=1),
        Table(
            "ZSHORTCUTICON",
            *_HEAD,
            "ZBACKGROUNDCOLORVALUE INTEGER",
            "ZGLYPHNUMBER INTEGER",
            "ZSHORTCUT INTEGER",
            Z_ENT=4,
            Z_OPT=1,
            ZBACKGROUNDCOLORVALUE=463140863,
            ZGLYPHNUMBER=59511,
        ),
    ]
    if ios >= 13:
        tables.append(
            Table(
                "ZTRIGGER",
                *_HEAD,
                "ZENABLED INTEGER",
                "ZSHOULDPROMPT INTEGER",
                "ZSHORTCUT INTEGER",
                "ZIDENTIFIER VARCHAR",
                "ZDATA BLOB",
                Z_ENT=5,
                Z_OPT=1,
                ZENABLED=1,
                ZSHOULDPROMPT=0,
            )
        )
    return tuple(tables)


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("shortcuts", _ENTITIES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many shortcuts in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        for row in rows:
            _add(batch, ios, row)
        batch.flush()
        for entity in ("Shortcut", "ShortcutActions", "ShortcutIcon"):
            note_maximum(db, entity, "Z" + entity.upper())


def _add(batch: Batch, ios: int, row: dict[str, Any]) -> None:
    key, action_key, icon = batch.key(row, "ZSHORTCUT"), batch.new_id("ZSHORTCUTACTIONS"), batch.new_id("ZSHORTCUTICON")
    actions = list(row.get("actions", ()))
    for url in row.get("urls", () if actions else ("https://example.com/",)):
        actions += url_actions(url)
    content: Any = {"WFWorkflowActions": actions} if row.get("wrapped") else actions
    blob = row.get("actions_blob", plistlib.dumps(content, fmt=plistlib.FMT_BINARY))
    at = row.get("at", BASE_TIME)
    values = {
        "Z_PK": key,
        "ZACTIONCOUNT": len(actions),
        "ZACTIONS": action_key,
        "ZICON": icon,
        "ZCREATIONDATE": mac(at),
        "ZMODIFICATIONDATE": mac(row.get("modified", at)),
        "ZACTIONSDESCRIPTION": row.get("description", f"{len(actions)} actions"),
        "ZWORKFLOWSUBTITLE": f"{len(actions)} actions",
        "ZNAME": row.get("name", "New Shortcut"),
        "ZWORKFLOWID": fixed_uuid("shortcut", key),
        **raw_columns(row),
    }
    if row.get("trigger") and ios >= 13:
        number = batch.new_id("ZTRIGGER")
        data = plistlib.dumps({"onOpen": True, "bundleIdentifiers": ["com.example.app"]}, fmt=plistlib.FMT_BINARY)
        batch.add(
            "ZTRIGGER", {"Z_PK": number, "ZSHORTCUT": key, "ZIDENTIFIER": fixed_uuid("trigger", number), "ZDATA": data}
        )
        values["ZTRIGGERCOUNT"] = 1
    batch.add("ZSHORTCUT", values)
    batch.add("ZSHORTCUTACTIONS", {"Z_PK": action_key, "ZSHORTCUT": key, "ZDATA": blob})
    batch.add("ZSHORTCUTICON", {"Z_PK": icon, "ZSHORTCUT": key})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one shortcut; see the module for the keys."""
    bulk(db, ios, [row])
