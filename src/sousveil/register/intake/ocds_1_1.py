"""OCDS 1.1: the standard's worked example of one contracting process. Fictional: loaded only into an example register.

Of the nine files the record is read: it holds the six releases. The blank template and the versioned record say nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register.exchange.model import Said
from sousveil.register.exchange.reading import read_package
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement

FILE = "examples/ocds-213czf-000-00001.json"
DATASET = Dataset(
    name="ocds-1.1",
    title="Worked example of the Open Contracting Data Standard",
    publisher="Open Contracting Partnership",
    source="https://github.com/open-contracting/sample-data/blob/703affda90d0fb16a7cbfd0ee126ac77261d3d06/fictional-example/1.1/ocds-213czf-000-00001.json",
    licence="BSD-3-Clause",
    licence_url="https://opensource.org/license/bsd-3-clause",
    attribution="Open Contracting Partnership",
    snapshot="2026-07-27",
    rows=1,
    class_="surveillance",
    coverage="One fictional purchase from planning to performance. Nothing in it is real, and nothing is about surveillance.",
    not_used_for="Anything about a real buyer or supplier.",
    files=(File(name=FILE, read=(), least=1, most=1),),
    example=True,
)


def read(source: Source) -> Iterator[Statement]:
    """The statements of the record, by the reader of the exchange format."""
    said = Said(source=DATASET.source, publisher=DATASET.publisher, dataset=DATASET.name, standing=Standing.REPORTED)
    package = read_package(source.bytes_of(FILE), said)
    source.count(FILE)
    for line in package.warnings:
        source.warn(f"{DATASET.name}: {line}")
    yield from package.statements


INTAKE = Intake(DATASET, read)
