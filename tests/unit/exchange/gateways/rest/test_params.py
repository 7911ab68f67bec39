"""Query parameters: what is read, what is refused, and in which words (SEMANTICS D2, F4)."""

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta
from starlette.datastructures import QueryParams

from exchange.gateways.errors import ApiError
from exchange.gateways.rest.params import Csv, Seconds, micros, parameters, read


class GetThingsParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=0, le=1000)] = 100
    page: Annotated[int, Meta(ge=1, le=9)] = 1
    min_ts: Seconds | None = None
    kind: Literal["a", "b"] | None = None
    interval: Literal[1, 60] = 1
    flag: bool | None = None
    names: Annotated[Csv, Meta(max_length=2)] = ()
    tags: Annotated[tuple[str, ...], Meta(max_length=2)] = ()
    text: Annotated[str, Meta(max_length=3)] = ""


class GetNeedyParams(msgspec.Struct, frozen=True, kw_only=True):
    start_ts: Seconds


def things(query: str) -> GetThingsParams:
    return read(GetThingsParams, QueryParams(query))


def message(query: str) -> str:
    with pytest.raises(ApiError) as refused:
        things(query)
    assert refused.value.status == 400
    return str(msgspec.json.decode(refused.value.body())["msg"])


def test_absent_parameters_have_their_defaults():
    assert things("") == GetThingsParams()


def test_unknown_parameters_are_ignored():
    assert things("nonsense=1") == GetThingsParams()


def test_of_one_that_is_given_twice_the_first_counts():
    assert things("limit=1&limit=2&text=a&text=b&names=a,b&names=c&tags=a&tags=b") == GetThingsParams(
        limit=1, text="a", names=("a", "b"), tags=("a", "b")
    )


def test_every_kind_is_read():
    asked = things("limit=5&min_ts=-7&kind=b&interval=60&flag=T&names=x,y&tags=p&tags=q&text=abc")
    assert (asked.limit, asked.min_ts, asked.kind, asked.interval, asked.flag) == (5, -7, "b", 60, True)
    assert (asked.names, asked.tags, asked.text) == (("x", "y"), ("p", "q"), "abc")


def test_over_the_maximum_is_refused_in_the_recorded_words():
    assert message("limit=1001") == (
        "Parameter validation failed for GetThings: Key: 'GetThingsParams.Limit' "
        "Error:Field validation for 'Limit' failed on the 'lte' tag"
    )


@pytest.mark.parametrize(
    ("query", "field", "tag"),
    [
        ("limit=-1", "Limit", "gte"),
        ("page=0", "Page", "min"),
        ("page=10", "Page", "max"),
        ("kind=c", "Kind", "oneof"),
        ("interval=2", "Interval", "oneof"),
        ("names=a,b,c", "Names", "max"),
        ("tags=a&tags=b&tags=c", "Tags", "max"),
        ("text=abcd", "Text", "max"),
    ],
)
def test_each_broken_rule_is_named_by_its_tag(query, field, tag):
    assert message(query).endswith(f"for '{field}' failed on the '{tag}' tag")


@pytest.mark.parametrize("query", ["limit=abc", "limit=", "limit=1.5", "limit=99999999999999999999", "flag=maybe"])
def test_value_of_another_type_is_refused(query):
    assert message(query).startswith("Invalid format for parameter")


def test_missing_required_parameter_is_refused():
    with pytest.raises(ApiError, match=r"StartTs.*required"):
        read(GetNeedyParams, QueryParams(""))


def test_empty_choice_counts_as_left_out():
    assert things("kind=&names=&text=") == GetThingsParams()


def test_times_stay_inside_sixty_two_bits():
    assert micros(5) == 5_000_000
    assert micros(2**63 - 1) == 2**62
    assert micros(None) is None


def test_schema_says_what_is_checked():
    schemas = {each.name: each.schema for each in parameters(GetThingsParams)}
    assert schemas["limit"] == {"type": "integer", "minimum": 0, "maximum": 1000, "default": 100}
    assert schemas["kind"] == {"type": "string", "enum": ["a", "b"]}
    assert schemas["names"] == {"type": "string"}
