"""Generated requests over the API's own description, and values that the register knows, so that each operation is reached.

Generated ids and names are none that the register knows: alone they would never come past "not found". Half of the requests
therefore take place, body or both from what is there.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from sousveil.web.guides import GUIDES
from sousveil.web.outer import Outer
from tests.web.client import ask

QUESTION: dict[str, Any] = {
    "action": "sale",
    "product": "Nightjar",
    "supplier": "Invented Interception Ltd",
    "end_user": "The police",
    "country": "xa",
}
MEASURE: dict[str, Any] = {
    "publisher": "Open Phones Collective",
    "source": "Gazette of Sarvia 2026/4",
    "standing": "confirmed",
    "values": {
        "summary": ["Decree 4"],
        "state": ["Sarvian Union"],
        "measureKind": ["moratorium"],
        "covers": ["sale", "use"],
        "status": ["announced"],
        "date": ["2026-09-01"],
    },
}
WORDS = 8
"""Words of a question that a generated one may replace, besides what it must have."""


@dataclass(frozen=True)
class Known:
    """What is there, by operation (`GET /api/v1/...`)."""

    places: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Path parameters that lead to something."""
    bodies: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = field(default_factory=dict)
    """Bodies that are understood, each with the path parameters of where it is."""


def labels() -> set[str]:
    """Every operation of the description. The application must have been made before."""
    from sousveil.web.api.build import description

    found = description()["paths"]
    return {f"{method.upper()} {path}" for path, methods in found.items() for method in methods}


def known(app: Outer) -> Known:
    """Values that the register knows: a record of each type, a statement, an entry, forms, countries, an answer."""
    db = app.site.register.store.db
    ids = [row[0] for row in db.query("SELECT min(subject) FROM entities WHERE live > 0 GROUP BY type ORDER BY type")]
    statements = [bytes(row[0]).hex() for row in db.query("SELECT id FROM statements ORDER BY seq LIMIT 20")]
    made: dict[str, list[dict[str, Any]]] = {
        "/statements/{id}": [{"id": id} for id in statements],
        "/log/entries/{index}": [{"index": index} for index in range(app.site.register.store.size())],
        "/states/{country}": [{"country": country} for country in ("xa", "xb", "xc")],
        "/entities/{id}": [{"id": id} for id in ids],
        "/boards/{proposal}": [{"proposal": one["ref"]["id"]} for one in read(app, "/boards")["proposals"]],
        "/boards/{proposal}/minutes": [{"proposal": one["ref"]["id"]} for one in read(app, "/boards")["proposals"]],
        "/procedures/{procedure}": [{"procedure": one["name"]} for one in read(app, "/procedures")["procedures"]],
    }
    made["/procedures/{procedure}/{form}"] = [
        {**one, "form": form["name"]}
        for one in made["/procedures/{procedure}"]
        for form in read(app, f"/procedures/{one['procedure']}")["forms"]
    ]
    made["/publish/{guide}"] = [{"guide": name} for name in GUIDES]
    answer = ask(app, "/api/v1/decisions", method="POST", body=json.dumps(QUESTION).encode(), content_type=JSON)
    assert answer.status == 200, answer.text
    made["/decisions/{token}"] = [{"token": answer.headers["content-location"].rpartition("/")[2]}]
    made["/entities/{id}/licences/{country}"] = [
        {**one, **state} for one in made["/entities/{id}"] for state in made["/states/{country}"]
    ]
    for ending in ("network", "timeline", "demands", "licences", "chains"):
        made[f"/entities/{{id}}/{ending}"] = made["/entities/{id}"]
    made["/log/entries/{index}/receipt"] = made["/log/entries/{index}"]
    places = {
        label: made[label.split(" ", 1)[1].removeprefix("/api/v1")]
        for label in labels()
        if label.endswith("}") or label.split(" ", 1)[1].removeprefix("/api/v1") in made
    }
    bodies = {
        "POST /api/v1/decisions": [({}, QUESTION)],
        "POST /api/v1/screening": [({}, {"names": [{"name": "Nightjar"}]})],
        "POST /api/v1/procedures/{procedure}/{form}": [({"procedure": "a-moratorium", "form": "measure"}, MEASURE)],
    }
    return Known(places=places, bodies=bodies)


JSON = "application/json"


def read(app: Outer, address: str) -> Any:
    """The data of an answer."""
    got = ask(app, f"/api/v1{address}")
    assert got.status == 200, got.text
    return got.json["data"]


def operations(app: Outer) -> list[Any]:
    """What the description offers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis

        def plain(environ: dict[str, Any], start: Any) -> Any:
            """Without compression, which this client does not undo."""
            return app({**environ, "HTTP_ACCEPT_ENCODING": ""}, start)

        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", plain)
        return [found.ok() for found in schema.get_all_operations()]


def hammer(operation: Any, cases: int, number: int | None = None, there: Known | None = None) -> Counter[int]:
    """Ask so many generated requests of one operation; the status codes. Raises where an answer is wrong.

    `number`: a seed; without it the same requests on every run. `there`: what some of them take their values from.
    """
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    places = there.places.get(operation.label, []) if there is not None else []
    bodies = there.bodies.get(operation.label, []) if there is not None else []
    choices = st.tuples(  # what a generator begins with, and comes back to, is what is known and nothing else
        st.sampled_from(places) if places else st.none(),
        st.sampled_from(bodies) if bodies else st.none(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
    seen: Counter[int] = Counter()

    @settings(
        max_examples=cases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=number is None,
    )
    @given(case=operation.as_strategy(), chosen=choices)
    def one(case: Any, chosen: tuple[dict[str, Any] | None, Any, bool, bool, bool]) -> None:
        place, understood, other_place, other_query, other_body = chosen
        if place is not None and not other_place:
            case.path_parameters = dict(place)
            if not other_query:
                case.query = {}
        if understood is not None and not (other_body and other_place):
            where, body = understood
            if where and not other_body:
                case.path_parameters = dict(where)
            mine = case.body if isinstance(case.body, dict) and other_body else {}
            case.body = {**{name: mine[name] for name in list(mine)[:WORDS]}, **body}
            case.media_type = JSON
        answer = case.call_and_validate(
            checks=[not_a_server_error, status_code_conformance, response_schema_conformance]
        )
        seen[answer.status_code] += 1

    (one if number is None else seed(number)(one))()
    return seen
