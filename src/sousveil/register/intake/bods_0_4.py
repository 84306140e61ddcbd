"""BODS 0.4: the standard's worked examples of beneficial ownership. Fictional: loaded only into an example register."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register.exchange.model import Said
from sousveil.register.exchange.reading import read_package
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement

FILES = "examples/*.json"
DATASET = Dataset(
    name="bods-0.4",
    title="Worked examples of the Beneficial Ownership Data Standard",
    publisher="Open Ownership",
    source="https://github.com/openownership/data-standard/tree/d97e79829b3bbdc759bc35c814b002c65ff75e95/examples",
    licence="GFDL 1.3",
    licence_url="https://www.gnu.org/licenses/fdl-1.3.html",
    attribution="Open Ownership, Beneficial Ownership Data Standard",
    share_alike=True,
    snapshot="2025-07-08",
    rows=119,
    class_="surveillance",
    coverage="119 fictional statements in 19 examples: joint, indirect, nominee, state and unknown owners. Nothing in it is real.",
    not_used_for="Anything about a real company or person.",
    files=(File(name=FILES, read=(), least=100, most=2_000),),
    example=True,
)


def read(source: Source) -> Iterator[Statement]:
    """The statements of each package, by the reader of the exchange format."""
    for file in source.names(FILES):
        name = file.rpartition("/")[2]
        said = Said(
            source=f"{DATASET.source}/{name}",
            publisher=DATASET.publisher,
            namespace=f"{DATASET.publisher}, example {name.removesuffix('.json')}",
            dataset=DATASET.name,
            standing=Standing.REPORTED,
        )
        values = source.json(file)
        source.count(FILES, len(values) if isinstance(values, list) else 1)
        package = read_package(source.bytes_of(file), said)
        for line in package.warnings:
            source.warn(f"{DATASET.name}: {file}: {line}")
        yield from package.statements


INTAKE = Intake(DATASET, read)
