"""The error bodies of the REST API: four shapes that coexist on the real wire (SEMANTICS F4).

| shape  | body                                               | when                                     |
|--------|----------------------------------------------------|------------------------------------------|
| nested | {"error": {"code", "message", "details"?}}         | auth, engine and business errors         |
| flat   | {"code", "message", "details"}                     | a body that cannot be decoded            |
| params | {"msg": "Parameter validation failed for ..."}     | query-parameter validation               |
| bare   | {"error": "too many requests"}                     | 429                                      |
"""

from typing import Literal

import msgspec

Shape = Literal["nested", "flat", "params", "bare"]


class ApiError(Exception):
    """An answer other than success, ready to be sent. `message` defaults to the code in words."""

    def __init__(
        self, status: int, code: str, message: str | None = None, details: str | None = None, shape: Shape = "nested"
    ) -> None:
        super().__init__(f"{status} {code}: {details or message or ''}")
        self.status = status
        self.code = code
        self.message = code.replace("_", " ") if message is None else message
        self.details = details
        self.shape = shape

    def inner(self) -> dict[str, str]:
        """The object with code and message, as it also stands in a batch entry's `error`."""
        body = {"code": self.code, "message": self.message}
        if self.details is not None:
            body["details"] = self.details
        return body

    def body(self) -> bytes:
        """The JSON body in this error's shape."""
        content: object = self.inner()
        if self.shape == "nested":
            content = {"error": content}
        elif self.shape == "params":
            content = {"msg": self.message}
        elif self.shape == "bare":
            content = {"error": self.message}
        return msgspec.json.encode(content)


def undecodable(details: str) -> ApiError:
    """A body that does not decode into its request schema: 400 flat (recording orders__numeric_field_types)."""
    return ApiError(400, "bad_request", details=details, shape="flat")


def wrong_content_type() -> ApiError:
    """A POST or PUT that does not say its body is JSON, body or not (SEMANTICS F4)."""
    return ApiError(400, "invalid_content_type", details="Content-Type must be application/json", shape="flat")


def invalid_parameter(operation: str, field: str, tag: str) -> ApiError:
    """A query parameter that breaks a rule of the contract, in the words of the recorded validator.

    `operation` is the operationId, `field` the Go field name, `tag` the rule (lte, gte, min, oneof, required).
    """
    name = f"{operation}Params.{field}"
    rule = f"Key: '{name}' Error:Field validation for '{field}' failed on the '{tag}' tag"
    return ApiError(400, "invalid_parameters", f"Parameter validation failed for {operation}: {rule}", shape="params")


def too_many_requests() -> ApiError:
    """429 with the bare string, no Retry-After (SEMANTICS F5)."""
    return ApiError(429, "too_many_requests", "too many requests", shape="bare")


def unavailable() -> ApiError:
    """503: the venue takes no commands now; nothing was applied."""
    return ApiError(503, "service_unavailable")


def not_found() -> ApiError:
    """404 for an id or ticker that names nothing the caller may see."""
    return ApiError(404, "not_found")


def not_implemented(operation: str) -> ApiError:
    """501: the contract has this operation and the simulator does not, yet (docs/COMPATIBILITY.md)."""
    return ApiError(501, "not_implemented", details=f"{operation} is not simulated yet; see docs/COMPATIBILITY.md")
