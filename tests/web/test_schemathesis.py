"""Generated requests over the API's own description: never a 5xx, and answers have the form that the description gives.

SOUSVEIL_API_CASES sets the number of cases for each operation. `benchmarks/api_cases.py` runs 50,000 in all.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from sousveil.web.outer import Outer

CASES = int(os.environ.get("SOUSVEIL_API_CASES", "12"))

pytestmark = [pytest.mark.filterwarnings("ignore")]


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


def hammer(operation: Any, cases: int, number: int | None = None) -> Counter[int]:
    """Ask so many generated requests of one operation; the status codes. Raises where an answer is wrong.

    `number`: a seed; without it the same requests on every run.
    """
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    seen: Counter[int] = Counter()

    @settings(
        max_examples=cases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=number is None,
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        answer = case.call_and_validate(
            checks=[not_a_server_error, status_code_conformance, response_schema_conformance]
        )
        seen[answer.status_code] += 1

    (one if number is None else seed(number)(one))()
    return seen


def test_no_failure_of_ours(app: Outer) -> None:
    count = sum(hammer(operation, CASES).total() for operation in operations(app))
    assert count >= 20 * CASES / 2
