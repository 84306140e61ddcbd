"""Generated requests over the API's own description: never a 5xx, and answers have the form that the description gives.

SOUSVEIL_API_CASES sets the number of cases for each operation; 50,000 in all are run with 2,100 of them.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from sousveil.web.outer import Outer

CASES = int(os.environ.get("SOUSVEIL_API_CASES", "12"))

pytestmark = [pytest.mark.filterwarnings("ignore")]


def operations(app: Outer) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis

        def plain(environ: dict[str, Any], start: Any) -> Any:
            """Without compression, which this client does not undo."""
            return app({**environ, "HTTP_ACCEPT_ENCODING": ""}, start)

        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", plain)
        return [found.ok() for found in schema.get_all_operations()]


def test_no_failure_of_ours(app: Outer) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    count = 0
    for operation in operations(app):

        @settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            nonlocal count
            count += 1
            case.call_and_validate(checks=[not_a_server_error, status_code_conformance, response_schema_conformance])

        one()
    assert count >= 20 * CASES / 2
