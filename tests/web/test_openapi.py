"""The OpenAPI 3.1 document is true: schemathesis sends what it describes, and what it forbids, to a real server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from intake.app import APIS
from intake.web.openapi import document
from tests.web.door import opened

OPERATIONS = tuple(row for door in APIS for row in door.OPERATIONS)  # what the application serves, whoever adds to it
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """(address, session of a member): the application in a thread with a loop of its own."""
    ready: dict[str, Any] = {}
    up, done = threading.Event(), threading.Event()

    async def serve(folder: Path) -> None:
        async with opened(folder, at_rest_key=bytes(range(32))) as door:
            ready["url"] = f"http://127.0.0.1:{door.port}"
            seeker = await door.arrives()
            _, ready["session"] = await door.advisor("mira", "hafen")
            ready["mailbox"] = seeker.keys.id.hex()
            up.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve(tmp_path_factory.mktemp("fuzz"))), daemon=True)
    thread.start()
    assert up.wait(20)
    try:
        yield ready["url"], ready["session"]
    finally:
        done.set()
        thread.join(20)


# 413 refuses as well: a body that is too large is not read to its end to find its other faults.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
SCHEMA = schemathesis.openapi.from_dict(document(OPERATIONS, "test"), config=CONFIG)


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)
def test_no_input_breaks_what_the_document_promises(case: Any, running: tuple[str, str]) -> None:
    url, session = running
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {session}"}
    if case.operation.path.endswith("/logout"):
        case.headers.pop("Authorization")
    case.call_and_validate(base_url=url, checks=CHECKS)


async def test_the_document_is_served_and_names_every_route(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        served = (await door.ask("GET", "/api/openapi.json")).json
        assert served["openapi"] == "3.1.0"
        routes = {
            (resource.canonical, route.method)
            for route in door.app.router.routes()
            if (resource := route.resource) is not None
            and resource.canonical.startswith("/api/")
            and route.method not in ("HEAD", "*")
        }
        listed = {(path, method.upper()) for path, methods in served["paths"].items() for method in methods}
        assert routes - listed == {("/api/openapi.json", "GET")}


def test_the_document_is_plain_json_and_closed() -> None:
    text = json.dumps(document(OPERATIONS, "test"))
    assert "Form" in text
    schemas = json.loads(text)["components"]["schemas"]
    forms = [name for name in schemas if name.endswith("Form")]
    assert len(forms) > 10
    for name in forms:
        assert schemas[name]["additionalProperties"] is False, name
