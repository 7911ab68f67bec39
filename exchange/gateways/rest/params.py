"""The query of a request, read into a struct of its parameters.

Each operation declares its query once, as a msgspec Struct named like the real validator's (`GetMarketsParams`);
reading it here answers every fault in the recorded words, and openapi.py documents the same struct. Knows the
query string and nothing of what the parameters mean.

| field type                            | parameter                                               | tags of its faults |
|---------------------------------------|---------------------------------------------------------|--------------------|
| `Annotated[int, Meta(ge=0, le=1000)]` | integer; a range from 0 is gte/lte, from 1 min/max      | gte lte min max    |
| `Seconds`                             | Unix seconds, an int64; `micros()` turns it into our us | gte lte            |
| `bool`                                | what Go's ParseBool takes: 1 t T TRUE true True ...     |                    |
| `Literal["a", "b"]`, `Literal[1, 60]` | one of these                                            | oneof              |
| `str`                                 | any text                                                | max                |
| `Csv`                                 | one parameter, values joined by commas                  | max                |
| `tuple[str, ...]`                     | repeated parameter (`tickers=A&tickers=B`)              | min max            |

`T | None = None` marks what may be left out with no default, a field without default what must be given. An
empty value counts as left out for text, lists and choices. Unknown parameters are ignored; of one that is given
twice the first counts, as where Go reads a query into a struct (not recorded).
"""

import re
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, cast

import msgspec
from msgspec import inspect
from starlette.datastructures import QueryParams

from exchange.gateways.errors import ApiError, invalid_parameter
from wire.units import MICROS

Seconds = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1, extra_json_schema={"format": "int64"})]
"""A Unix time of a query (SEMANTICS A1)."""

Csv = Annotated[tuple[str, ...], msgspec.Meta(extra={"csv": True})]
"""Comma-joined values in one parameter; a maximum is a second Meta around it."""

Subaccount = Annotated[int, msgspec.Meta(ge=0)]
ExchangeIndex = Annotated[int, msgspec.Meta(ge=0)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]
"""What several operations ask for alike."""

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)

Query = TypeVar("Query", bound=msgspec.Struct)

_FARTHEST_US = 2**62
"""Times beyond this are as good as for ever; keeps every comparison inside 64 bits for the history store."""


class Parameter(NamedTuple):
    """One declared query parameter. `kind` is the msgspec type without Metadata and None."""

    name: str
    kind: inspect.Type
    required: bool
    is_csv: bool
    schema: dict[str, Any]


def read(query: type[Query], given: QueryParams) -> Query:
    """A request's `query_params` as a `query` struct. Raises the 400 of the first fault, in field order."""
    operation = query.__name__.removesuffix("Params")
    values: dict[str, Any] = {}
    for parameter in parameters(query):
        texts = given.getlist(parameter.name)
        if not texts or (texts == [""] and not isinstance(parameter.kind, inspect.IntType | inspect.BoolType)):
            if parameter.required:
                raise invalid_parameter(operation, go_name(parameter.name), "required")
            continue
        values[parameter.name] = _value(operation, parameter, texts)
    return query(**values)


def micros(seconds: int | None) -> int | None:
    """A query's Unix seconds as Unix microseconds, kept inside 62 bits."""
    if seconds is None:
        return None
    return max(-_FARTHEST_US, min(_FARTHEST_US, seconds * MICROS))


def go_name(name: str) -> str:
    """The Go field of a parameter, as the validator names it: min_close_ts -> MinCloseTs."""
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def parameters(query: type[msgspec.Struct]) -> tuple[Parameter, ...]:
    """The declared parameters of a query struct, in order."""
    info = cast(inspect.StructType, inspect.type_info(query))
    declared = []
    for field in info.fields:
        kind, is_csv, extra = field.type, False, {}
        while isinstance(kind, inspect.Metadata | inspect.UnionType):
            if isinstance(kind, inspect.Metadata):
                is_csv = is_csv or bool((kind.extra or {}).get("csv"))
                extra.update(kind.extra_json_schema or {})
                kind = kind.type
            else:
                kind = next(member for member in kind.types if not isinstance(member, inspect.NoneType))
        schema = _schema(kind, is_csv) | extra
        if field.default is not msgspec.NODEFAULT and field.default not in (None, "", ()):
            schema["default"] = field.default
        declared.append(Parameter(field.name, kind, field.required, is_csv, schema))
    return tuple(declared)


def _value(operation: str, parameter: Parameter, texts: list[str]) -> Any:
    kind, text = parameter.kind, texts[0]
    field = go_name(parameter.name)
    if isinstance(kind, inspect.IntType):
        number = integer(parameter.name, text)
        lower, upper = ("min", "max") if kind.ge == 1 else ("gte", "lte")
        if kind.ge is not None and number < kind.ge:
            raise invalid_parameter(operation, field, lower)
        if kind.le is not None and number > kind.le:
            raise invalid_parameter(operation, field, upper)
        return number
    if isinstance(kind, inspect.BoolType):
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise _malformed(parameter.name, "ParseBool", text)
    if isinstance(kind, inspect.LiteralType):
        choice: str | int = integer(parameter.name, text) if isinstance(kind.values[0], int) else text
        if choice not in kind.values:
            raise invalid_parameter(operation, field, "oneof")
        return choice
    if isinstance(kind, inspect.VarTupleType):
        items = tuple(item for item in (text.split(",") if parameter.is_csv else texts) if item)
        if len(items) < (kind.min_length or 0):
            raise invalid_parameter(operation, field, "min")
        if kind.max_length is not None and len(items) > kind.max_length:
            raise invalid_parameter(operation, field, "max")
        for item in items:
            _check_length(operation, field, kind.item_type, item)
        return items
    if isinstance(kind, inspect.StrType):
        _check_length(operation, field, kind, text)
        return text
    raise AssertionError(f"{operation}: no query parameter can be a {kind}")


def _check_length(operation: str, field: str, kind: inspect.Type, text: str) -> None:
    if isinstance(kind, inspect.StrType) and kind.max_length is not None and len(text) > kind.max_length:
        raise invalid_parameter(operation, field, "max")


def integer(name: str, text: str) -> int:
    """A parameter's int64. Raises the 400 of Go's ParseInt for anything else."""
    if _INTEGER.fullmatch(text):
        number = int(text)
        if -(2**63) <= number < 2**63:
            return number
    raise _malformed(name, "ParseInt", text)


def _malformed(name: str, parser: str, text: str) -> ApiError:
    """A value that is not of its type at all; the params shape, in the words of Go's strconv (not recorded)."""
    reason = f'Invalid format for parameter {name}: strconv.{parser}: parsing "{text}": invalid syntax'
    return ApiError(400, "invalid_parameters", reason, shape="params")


def _schema(kind: inspect.Type, is_csv: bool) -> dict[str, Any]:
    if isinstance(kind, inspect.IntType):
        bounds = {} if kind.le == 2**63 - 1 else {"minimum": kind.ge, "maximum": kind.le}
        return {"type": "integer"} | {key: bound for key, bound in bounds.items() if bound is not None}
    if isinstance(kind, inspect.BoolType):
        return {"type": "boolean"}
    if isinstance(kind, inspect.LiteralType):
        return {"type": "integer" if isinstance(kind.values[0], int) else "string", "enum": list(kind.values)}
    if isinstance(kind, inspect.VarTupleType) and not is_csv:
        limits = {"minItems": kind.min_length, "maxItems": kind.max_length}
        items = {"type": "array", "items": {"type": "string"}}
        return items | {key: limit for key, limit in limits.items() if limit is not None}
    return {"type": "string"}
