"""Generated requests over the API's own description: never a 5xx, and answers have the form that the description gives.

SOUSVEIL_API_CASES sets the number of cases for each operation. `benchmarks/api_cases.py` runs 50,000 in all.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from sousveil.web.outer import Outer
from tests.web.hammering import hammer, known, labels, operations

CASES = int(os.environ.get("SOUSVEIL_API_CASES", "12"))
REFUSED = {"POST /api/v1/publications"}
"""What asks for a signature, which no generator makes: that its statements are read is all that can be seen here."""

pytestmark = [pytest.mark.filterwarnings("ignore")]


def test_every_operation_is_described(app: Outer) -> None:
    """A path that the description leaves out would never be asked."""
    from sousveil.web.api.build import api

    served = {
        (f"/api/v1{prefix}{path}", method, operation.include_in_schema)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert {(path, method) for path, method, shown in served if not shown} == {("/api/v1/openapi.json", "GET")}
    assert {f"{method} {path}" for path, method, shown in served if shown} == labels()


def test_no_failure_of_ours_and_each_operation_is_reached(app: Outer) -> None:
    there = known(app)
    assert {label for label in labels() if "{" in label} == set(there.places)
    assert all(there.places.values())
    seen: dict[str, Counter[int]] = {}
    for operation in operations(app):
        seen[operation.label] = hammer(operation, CASES, there=there)
    assert set(seen) == labels()
    assert {label for label, got in seen.items() if not got[200]} == REFUSED
    assert all(seen[label][422] for label in REFUSED)
    assert sum(got.total() for got in seen.values()) >= 20 * CASES / 2
