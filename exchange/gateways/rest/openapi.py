"""Structs as answers: their bytes, and their schemas in the OpenAPI document behind /docs.

FastAPI builds its document from pydantic models; our bodies are msgspec Structs. So each route carries its
part of the document in its `openapi_extra`, made here from the very structs it reads and sends, and `install`
gathers the schemas they refer to. Knows no operation.
"""

import re
from inspect import cleandoc
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from exchange.gateways.rest import params

READ_ERRORS = (400, 401, 403, 429)
"""What a signed GET with a query may be refused with."""

_REF = "#/components/schemas/{name}"
_SCHEMAS = "x-schemas"
"""Where an operation carries the schemas it refers to until `install` moves them to the components."""

_ERRORS = {
    400: "the request breaks a rule of the contract",
    401: "the signature is missing or wrong",
    403: "the key may not do this",
    404: "nothing of that name",
    409: "the state of the exchange forbids it",
    410: "retired",
    429: "too many requests",
    501: "not simulated yet",
    503: "the venue takes no commands now",
}
_ERROR_SCHEMA = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {key: {"type": "string"} for key in ("code", "message", "details")},
            "required": ["code", "message"],
        }
    },
}


def answer(body: object, status: int = 200) -> Response:
    """A JSON answer whose body is a struct (or anything msgspec encodes)."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def operation(
    operation_id: str,
    response: Any = None,
    *,
    query: type[msgspec.Struct] | None = None,
    body: Any = None,
    status: int = 200,
    errors: tuple[int, ...] = (),
    tag: str = "",
    summary: str = "",
    path: str = "",
) -> dict[str, Any]:
    """Keyword arguments for `router.get(path, **operation(...))`: one operation of the contract, documented.

    `response` and `body` are struct types, `query` the struct of its parameters (params.py), `errors` the
    statuses it can refuse with. `path` is given by who does not name its parameters in the route's signature.
    """
    kinds = [kind for kind in (response, body) if kind is not None]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema_of = dict(zip(map(id, kinds), schemas, strict=True))
    extra: dict[str, Any] = {_SCHEMAS: components}
    given = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if query is not None:
        given += [
            {"name": each.name, "in": "query", "required": each.required, "schema": each.schema}
            for each in params.parameters(query)
        ]
    if given:
        extra["parameters"] = given
    if body is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema_of[id(body)]}}}
    success: dict[str, Any] = {"description": "Success"}
    if response is not None:
        success["content"] = {"application/json": {"schema": schema_of[id(response)]}}
    extra["responses"] = {str(status): success} | {
        str(code): {"description": _ERRORS[code], "content": {"application/json": {"schema": _ERROR_SCHEMA}}}
        for code in errors
    }
    return {
        "operation_id": operation_id,
        "summary": summary or operation_id,
        "tags": [tag] if tag else None,
        "status_code": status,
        "response_class": Response,
        "response_model": None,
        "openapi_extra": extra,
    }


def install(app: FastAPI) -> None:
    """Make the app's document carry the schemas its operations refer to. Call once, after all routers are in."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _document(app: FastAPI) -> dict[str, Any]:
    whole = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas: dict[str, Any] = whole.setdefault("components", {}).setdefault("schemas", {})
    for methods in whole["paths"].values():
        for described in methods.values():
            schemas.update(described.pop(_SCHEMAS, {}))
            described.get("responses", {}).pop("422", None)  # FastAPI's own validation never answers here
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for schema in schemas.values():
        if "description" in schema:
            # A docstring: indented like its source until Python 3.13, and Markdown shows what is indented as code.
            schema["description"] = cleandoc(schema["description"])
    return whole
