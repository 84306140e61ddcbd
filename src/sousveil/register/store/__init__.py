"""The register's store: one set of tables and one text of SQL on SQLite and on PostgreSQL, without Django."""

from sousveil.register.store.model import (
    Change,
    Counts,
    Erased,
    HeldState,
    Job,
    LogEntry,
    NewEntry,
    NewStatement,
    SnapshotState,
    TreeState,
)
from sousveil.register.store.store import Store

__all__ = [
    "Change",
    "Counts",
    "Erased",
    "HeldState",
    "Job",
    "LogEntry",
    "NewEntry",
    "NewStatement",
    "SnapshotState",
    "Store",
    "TreeState",
]
