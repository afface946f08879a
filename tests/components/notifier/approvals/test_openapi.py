"""Approvals over HTTP, against their own OpenAPI description, by a program that invents requests."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.notifier.premises import Premises

pytestmark = pytest.mark.slow

# Checks of what we promise. Left out: that everything not described is refused (`negative_data_rejection`
# counts an unknown query parameter, which HTTP lets pass).
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
)


@pytest.fixture
def premises(short_path: Path) -> Iterator[Premises]:
    people = {"persons": {"ann": {}, "bob": {}}, "teams": {"ops": {"members": ["ann", "bob"]}}}
    made = Premises(short_path / "h", people=people)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_the_api_is_as_it_is_described(premises: Premises, short_path: Path) -> None:
    token = (premises.stellwerk.home.secrets / "notifier-http").read_text().strip()
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("st")),
            "run",
            f"http://127.0.0.1:{premises.http_port}/v1/openapi.json",
            f"--header=Authorization: Bearer {token}",
            f"--checks={','.join(CHECKS)}",
            "--phases=examples,coverage,fuzzing,stateful",
            "--max-examples=30",
            "--seed=1",
            "--no-color",
            "--suppress-health-check=all",
            "--generation-database=none",
        ],
        cwd=short_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    status, found = premises.request("GET", "/v1/approvals")
    assert status == 200
    assert found["approvals"]  # some of the requests were good ones
