"""Citizen Lab's scans for FinFisher servers in 2012 and 2013, and the States in which its researchers guess a customer.

A server in a country is often a relay. The guess is the researchers', from traces of networks and decoys.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_name

FILE = "servers.csv"
DATASET = Dataset(
    name="finfisher-servers",
    title="FinFisher servers seen by scans in 2012 and 2013",
    publisher="Citizen Lab",
    source="https://citizenlab.ca/2013/04/for-their-eyes-only-2/",
    copy="https://github.com/citizenlab/spyware-scan/blob/539a310811280855def2d51ff4baa80f748affed/ff/results/ff.csv",
    licence="BSD-3-Clause",
    licence_url="https://opensource.org/license/bsd-3-clause",
    attribution="Copyright (c) 2015 Bill Marczak, BSD-3-Clause",
    context=True,
    snapshot="2015-02-01",
    rows=55,
    class_="surveillance",
    coverage="55 servers by country and month, for 36 of which the researchers guess a State as customer. No network addresses.",
    not_used_for="Proof that a State is or was a customer, or that it ran a server in its territory.",
    files=(
        File(
            name=FILE,
            read=(
                "server_id",
                "server_country",
                "month_first_seen",
                "customer_guess",
                "customer_country",
                "network_kind",
            ),
            dropped={"fingerprints": "Numbers of the researchers' own tests."},
            least=40,
            most=500,
        ),
    ),
)
PRODUCT = entity_id(DATASET.name, "product")


def read(source: Source) -> Iterator[Statement]:
    """The product, an event for each server, and a guess for each State."""
    rows = list(source.table(FILE))
    speaker = Speaker(DATASET, source.sha256(FILE), standing=Standing.REPORTED)
    yield speaker.say(PRODUCT, "SurveillanceProduct", "name", "FinFisher")
    for row in rows:
        yield from _server(speaker, row)
    for code in dict.fromkeys(filter(None, (country(row["customer_country"]) for row in rows))):
        client, statements = speaker.state(code)
        yield from statements
        yield from speaker.record(
            entity_id(DATASET.name, "guess", code),
            "ClientClaim",
            client=client,
            product=PRODUCT,
            stage="potential",
            note="A guess of the researchers from servers that a scan saw. It is no proof.",
        )


def _server(speaker: Speaker, row: dict[str, str]) -> Iterator[Statement]:
    code = country(row["server_country"])
    place = country_name(code) if code else "a country that is not known"
    guess = row["customer_guess"]
    notes = [f"Kind of network: {row['network_kind']}. A server is often a relay."]
    if country(row["customer_country"]):
        notes.append(f"The researchers guess a customer in {country_name(row['customer_country'].lower())}.")
    elif guess:
        notes.append(f"The researchers guess that {guess} ran it.")
    yield from speaker.record(
        entity_id(DATASET.name, row["server_id"]),
        "Event",
        name=f"A scan saw a FinFisher server in {place}",
        category="scan of the internet",
        date=row["month_first_seen"] or None,
        country=code,
        involved=PRODUCT,
        recordId=row["server_id"],
        note=" ".join(notes),
    )


INTAKE = Intake(DATASET, read)
