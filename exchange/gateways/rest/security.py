"""How a REST route gets its caller and its body: signature, token bucket, scope; then strict JSON.

Knows headers and Go's decoder. Refuses to know what the route does with them.
"""

import re
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from starlette.requests import Request as HttpRequest

from exchange.gateways.auth import ApiKey, require
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, too_many_requests, undecodable, wrong_content_type
from exchange.gateways.rate_limit import DEFAULT_COST, READ
from exchange.gateways.rest.params import go_name
from wire.accounts import user_uuid

Body = TypeVar("Body", bound=msgspec.Struct)


def caller(
    context: VenueContext, request: HttpRequest, scope: str = "read", cost: int = DEFAULT_COST, bucket: str = READ
) -> ApiKey:
    """The key behind a request, its tokens drawn, its scope checked: 401, 429 or 403 otherwise."""
    headers = request.headers
    key = context.authenticator.authenticate(
        headers.get("kalshi-access-key"),
        headers.get("kalshi-access-signature"),
        headers.get("kalshi-access-timestamp"),
        request.method,
        request.scope["raw_path"].decode("latin-1").partition("?")[0],
        request.url.query,
        headers.get("host", ""),
        headers.get("authorization"),
    )
    draw(context, key, bucket, cost)
    require(key, scope)
    return key


def draw(context: VenueContext, key: ApiKey, bucket: str, cost: int) -> None:
    """Take tokens of the key's member; 429 when there are not that many."""
    if not context.limiter.take(key.member, bucket, cost, context.limits_us()):
        raise too_many_requests()


def check_shard(context: VenueContext, member: int, exchange_index: int | None) -> None:
    """400 when a request is pinned to a shard the member has no account on (SEMANTICS B4)."""
    if exchange_index is not None and exchange_index not in (-1, context.settings.shard):
        raise ApiError(400, "user_not_found", details=f"user_not_found: {user_uuid(member)}")


async def read_body(context: VenueContext, request: HttpRequest, kind: type[Body], *, optional: bool = False) -> Body:
    """The request's JSON body as a struct. 400 when it says it is something else, or does not decode.

    With `optional`, no body at all is `{}`; the content type must be right even then (SEMANTICS K15).
    """
    check_content_type(request.headers.get("content-type"))
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > context.settings.max_body_bytes:
            raise too_large()
    return decode_body(kind, bytes(data) or (b"{}" if optional else b""))


def check_content_type(given: str | None) -> None:
    """400 unless it is application/json; parameters after it do not matter (SEMANTICS F4)."""
    if given is None or given.partition(";")[0].strip().lower() != "application/json":
        raise wrong_content_type()


def too_large() -> ApiError:
    """413: no request of the contract is that long."""
    return ApiError(413, "request_too_large", shape="flat")


def decode_body(kind: type[Body], data: bytes) -> Body:
    """JSON bytes as a struct; the 400 of Go's decoder or validator otherwise."""
    try:
        return cast(Body, _decoder(kind).decode(data))
    except msgspec.ValidationError as fault:
        raise decode_error(kind.__name__, str(fault)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise undecodable(_syntax_fault(data)) from None
    except RecursionError:
        raise undecodable("json: exceeded max depth") from None


@cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


# --- msgspec's words into Go's ----------------------------------------------------------------------

_FAULT = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_TYPES = re.compile(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_GO_VALUES = {"str": "string", "int": "number", "float": "number"}
_GO_TYPES = {"str": "string", "int": "int64", "bool": "bool", "array": "slice"}


def decode_error(schema: str, fault: str) -> ApiError:
    """A msgspec.ValidationError's text as the answer of the real decoder or validator.

    A value of the wrong JSON type: 400 flat in Go's words (recording orders__numeric_field_types). A required
    field that is absent or null, or a word that is not in its enum: 400 invalid_parameters in the words of the
    validator, as for query parameters (markets__limit_over_max); not recorded for bodies.
    """
    whole = _FAULT.fullmatch(fault)
    assert whole is not None, "the pattern matches any text"
    what, steps = whole["what"], _steps(whole["path"] or "$")
    missing = _MISSING.fullmatch(what)
    if missing is not None:
        return _invalid_field(schema, [*steps, missing["name"]], "required")
    types = _TYPES.fullmatch(what)
    if types is None:
        if what.startswith("Invalid enum value"):
            return _invalid_field(schema, steps, "oneof")
        # What is left are msgspec's bounds of an integer.
        return undecodable(_wrong_type(schema, steps, "number", "int64"))
    want = types["want"].partition(" |")[0]
    if types["got"] == "null":
        return _invalid_field(schema, steps, "required")
    return undecodable(
        _wrong_type(schema, steps, _GO_VALUES.get(types["got"], types["got"]), _GO_TYPES.get(want, schema))
    )


def _steps(path: str) -> list[str]:
    """`$.orders[0].count` -> ["orders[0]", "count"]."""
    return path.removeprefix("$.").split(".") if path != "$" else []


def _wrong_type(schema: str, steps: list[str], value: str, go_type: str) -> str:
    if not steps:
        return f"json: cannot unmarshal {value} into Go value of type {schema}"
    field = ".".join(step.partition("[")[0] for step in steps)
    return f"json: cannot unmarshal {value} into Go struct field {schema}.{field} of type {go_type}"


def _invalid_field(schema: str, steps: list[str], tag: str) -> ApiError:
    parts = [step.partition("[") for step in steps]
    names = [go_name(name) + bracket + index for name, bracket, index in parts]
    field = names[-1] if names else schema
    key = ".".join([schema, *names])
    rule = f"Key: '{key}' Error:Field validation for '{field}' failed on the '{tag}' tag"
    return ApiError(400, "invalid_parameters", details=rule)


def _syntax_fault(data: bytes) -> str:
    """What Go's decoder says of bytes that are not JSON: near enough, position aside."""
    text = data.strip(b" \t\r\n")
    if not text:
        return "EOF"
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as fault:
        if "truncated" in str(fault):
            return "unexpected EOF"
    except UnicodeDecodeError:
        return "invalid UTF-8 in string"
    if text[:1] not in b'{["-0123456789tfn':
        return f"invalid character {chr(text[0])!r} looking for beginning of value"
    return "invalid character in JSON"
