"""The tables of the register: one text for SQLite and PostgreSQL.

`{pk}`, `{blob}` and `{text}` stand for the dialect's types; texts compare byte by byte in both. What is derived from
the log (marks on statements, entities, clusters) can be rebuilt from it; held publications and consents cannot, and are
private.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

VERSION = 2

TYPES = {
    "sqlite": {"pk": "INTEGER PRIMARY KEY", "blob": "BLOB", "text": "TEXT"},
    "postgresql": {"pk": "BIGINT PRIMARY KEY", "blob": "BYTEA", "text": 'TEXT COLLATE "C"'},
}

TABLES = """
CREATE TABLE meta (name {text} PRIMARY KEY, value {text} NOT NULL);
CREATE TABLE tree (id {pk}, size BIGINT NOT NULL, peaks {blob} NOT NULL, root {blob} NOT NULL);
CREATE TABLE entries (
    idx {pk}, kind {text} NOT NULL, envelope {blob} NOT NULL, leaf {blob} NOT NULL, replay {blob} NOT NULL,
    signers {text} NOT NULL, publisher {text} NOT NULL, dataset {text} NOT NULL, recorded_at {text} NOT NULL
);
CREATE UNIQUE INDEX entries_replay ON entries (replay);
CREATE INDEX entries_kind ON entries (kind, idx);
CREATE TABLE statements (
    seq {pk}, id {blob} NOT NULL, entry BIGINT NOT NULL, ordinal BIGINT NOT NULL, subject {text} NOT NULL,
    type {text} NOT NULL, dataset {text} NOT NULL, target {text}, supersedes {blob}, person SMALLINT NOT NULL,
    salt {blob} NOT NULL, content {blob} NOT NULL, retracted BIGINT, superseded_by {blob}, superseded_at BIGINT
);
CREATE UNIQUE INDEX statements_id ON statements (id);
CREATE INDEX statements_subject ON statements (subject, seq);
CREATE INDEX statements_entry ON statements (entry, ordinal);
CREATE INDEX statements_target ON statements (target, seq) WHERE target IS NOT NULL;
CREATE INDEX statements_supersedes ON statements (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX statements_judgement ON statements (seq) WHERE type = 'Judgement';
CREATE INDEX statements_person ON statements (seq) WHERE person = 1;
CREATE TABLE erased (
    id {blob} PRIMARY KEY, entry BIGINT NOT NULL, ordinal BIGINT NOT NULL, idx BIGINT NOT NULL,
    ground {text} NOT NULL, asked_by {text} NOT NULL
);
CREATE INDEX erased_idx ON erased (idx);
CREATE TABLE entities (
    subject {text} NOT NULL, type {text} NOT NULL, dataset {text} NOT NULL, live BIGINT NOT NULL,
    PRIMARY KEY (subject, type, dataset)
);
CREATE INDEX entities_type ON entities (type, subject);
CREATE INDEX entities_dataset ON entities (dataset, subject);
CREATE TABLE clusters (id {text} PRIMARY KEY, canonical {text} NOT NULL);
CREATE INDEX clusters_canonical ON clusters (canonical);
CREATE TABLE snapshots (
    idx {pk}, dataset {text} NOT NULL, source {text} NOT NULL, sha256 {text} NOT NULL, date {text} NOT NULL,
    row_count BIGINT NOT NULL, counts {text} NOT NULL
);
CREATE INDEX snapshots_dataset ON snapshots (dataset, idx);
CREATE TABLE reference_rows (
    id {text} PRIMARY KEY, dataset {text} NOT NULL, hash {blob} NOT NULL, data {blob} NOT NULL
);
CREATE INDEX reference_dataset ON reference_rows (dataset, id);
CREATE TABLE attachments (sha256 {blob} NOT NULL, entry BIGINT NOT NULL, size BIGINT NOT NULL, media_type {text} NOT NULL,
    erased BIGINT, PRIMARY KEY (sha256, entry));
CREATE INDEX attachments_entry ON attachments (entry);
CREATE TABLE held (
    id {text} PRIMARY KEY, state {text} NOT NULL, received_at {text} NOT NULL, owner {text} NOT NULL,
    reasons {text} NOT NULL, submission {blob} NOT NULL, due {text}, closed_at {text}
);
CREATE TABLE reviews (
    held {text} NOT NULL, owner {text} NOT NULL, key_id {text} NOT NULL, envelope {blob} NOT NULL, at {text} NOT NULL,
    PRIMARY KEY (held, owner)
);
CREATE TABLE consents (
    id {text} PRIMARY KEY, person {text} NOT NULL, given {text} NOT NULL, evidence_sha256 {text} NOT NULL, withdrawn {text}
);
CREATE INDEX consents_person ON consents (person);
CREATE TABLE outbox (
    id {text} PRIMARY KEY, made_at {text} NOT NULL, kind {text} NOT NULL, body {text} NOT NULL, taken_at {text}, tries BIGINT NOT NULL
);
CREATE INDEX outbox_made ON outbox (kind, made_at);
CREATE TABLE operator_log (id {text} PRIMARY KEY, at {text} NOT NULL, code {text} NOT NULL, line {text} NOT NULL);
CREATE INDEX operator_log_at ON operator_log (at)
"""

SINCE_2 = """
CREATE TABLE retractions (id {blob} NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (id, entry));
CREATE INDEX retractions_entry ON retractions (entry);
CREATE TABLE restored (idx BIGINT NOT NULL, id {blob} NOT NULL, PRIMARY KEY (idx, id))
"""
"""Every statement that a retraction names; what an erased correction had replaced until then."""


def statements(dialect: str, *, since: int = 1) -> list[str]:
    """The statements that make the tables, or those alone that came with version `since`."""
    text = TABLES + ";" + SINCE_2 if since == 1 else SINCE_2
    return [one.strip() for one in text.format(**TYPES[dialect]).split(";") if one.strip()]


def columns() -> dict[str, list[str]]:
    """Returns the tables with the names of their columns."""
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in statements("sqlite"):
            empty.execute(statement)
        names = [row[0] for row in empty.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: [row[1] for row in empty.execute(f"PRAGMA table_info({name})")] for name in names}
