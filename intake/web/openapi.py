"""The OpenAPI 3.1 document, made from the same table rows that route, so that it tells what happens."""

import re
from typing import Any

import msgspec
from aiohttp import web

from intake.errors import IntakeError, Internal, Malformed, NoPage, TooLarge, TooSlow, WrongMediaType, WrongMethod
from intake.web.keys import RELEASE
from intake.web.operations import Operation

_EVERYWHERE: tuple[type[IntakeError], ...] = (WrongMethod, NoPage, Internal)
_WITH_BODY: tuple[type[IntakeError], ...] = (Malformed, TooLarge, TooSlow, WrongMediaType)


def document(operations: tuple[Operation, ...], release: str) -> dict[str, Any]:
    """The whole document as plain data."""
    types = list({kind for row in operations for kind in (row.answer, row.body) if kind is not None})
    types.sort(key=str)
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for row in operations:
        plain = re.sub(r"\{(\w+):[^/]*\}", r"{\1}", row.path)
        paths.setdefault(plain, {})[row.method.lower()] = _operation(row, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Erstkontakt",
            "version": release,
            "description": "Bytes are base64 (standard alphabet, padded). Envelopes are described in crypto/FORMAT.md.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _ERROR},
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


_ERROR = {
    "type": "object",
    "description": "`error` is stable; `message` is one sentence in the language of Accept-Language (de or en).",
    "required": ["error", "message"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "retry_after": {"type": "integer"},
        "bits": {"type": "integer"},
        "hour": {"type": "integer"},
        "by": {"type": ["string", "null"]},
        "state": {"type": "string"},
        "why": {"type": "string"},
        "tries": {"type": "integer"},
        "ticket": {"type": "string"},
        "challenge": {"type": "string"},
        "relying_party": {"type": "string"},
        "passkeys": {"type": "array", "items": {"type": "string"}},
        "totp": {"type": "boolean"},
        "faults": {"type": "array", "items": {"type": "string"}},
        "slots": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
        "takes": {"type": ["string", "null"]},
        "directory": {"type": "string", "contentEncoding": "base64"},
    },
    "additionalProperties": False,
}


def _operation(row: Operation, schema_of: dict[type[Any], dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": row.run.__name__ if row.run.__name__ != "handle" else _name(row),
        "summary": row.summary,
        "responses": _answers(row, schema_of),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}
        for name, pattern in re.findall(r"\{(\w+):([^/]*)\}", row.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in row.query]
    if parameters:
        found["parameters"] = parameters
    if row.body is not None:
        found["requestBody"] = {
            "required": not row.body_optional,
            "content": {"application/json": {"schema": schema_of[row.body]}},
        }
    if row.session or row.guard is not None:
        found["security"] = [{"session": []}]
    return found


def _answers(row: Operation, schema_of: dict[type[Any], dict[str, Any]]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(row.status): {
            "description": "done",
            "content": {"application/json": {"schema": schema_of[row.answer]}},
        }
    }
    kinds = (*row.errors, *_EVERYWHERE, *(_WITH_BODY if row.body is not None or row.query else ()))
    for kind in sorted(set(kinds), key=lambda kind: (kind.status, kind.code)):
        answer = answers.setdefault(
            str(kind.status),
            {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
        )
        answer["description"] = ", ".join(filter(None, (answer["description"], kind.code)))
    return answers


def _name(row: Operation) -> str:
    words = re.sub(r"\{[^}]*\}+", "one", row.path.removeprefix("/api/"))
    return f"{row.method.lower()}_{re.sub(r'[^a-z]+', '_', words).strip('_')}"


def setup(app: web.Application, operations: tuple[Operation, ...]) -> None:
    """Serves the document at /api/openapi.json; it is made at the first request."""
    made: list[bytes] = []

    async def serve(request: web.Request) -> web.Response:
        if not made:
            made.append(msgspec.json.encode(document(operations, request.app[RELEASE])))
        return web.Response(body=made[0], content_type="application/json")

    app.router.add_get("/api/openapi.json", serve)
