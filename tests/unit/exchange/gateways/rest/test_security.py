"""Callers and bodies of REST routes: recordings orders__numeric_field_types, SEMANTICS F4, F5, K15."""

import json
from pathlib import Path

import pytest

from exchange.gateways.errors import ApiError
from exchange.gateways.rest.security import check_content_type, decode_body
from tests.unit.exchange.private_venue import PrivateVenue
from wire.rest.api_keys import GenerateApiKeyRequest
from wire.rest.orders import BatchCreateOrdersV2Request, CreateOrderV2Request, DecreaseOrderV2Request

RECORDINGS = Path(__file__).parents[6] / "shared" / "kalshi" / "recordings"

ORDER = {
    "ticker": "KXTEST-26-A",
    "side": "bid",
    "count": "1.00",
    "price": "0.5600",
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}


def fault(kind, body: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        decode_body(kind, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert caught.value.status == 400
    return caught.value


def test_number_for_a_string_is_the_recorded_body():
    path = RECORDINGS / "orders__numeric_field_types.json"
    if not path.exists():
        pytest.skip("the recordings are not beside this checkout")
    error = fault(CreateOrderV2Request, ORDER | {"count": 1, "price": 0.01})
    assert json.loads(error.body()) == json.loads(path.read_text())


@pytest.mark.parametrize(
    ("kind", "body", "details"),
    [
        (
            CreateOrderV2Request,
            ORDER | {"post_only": "yes"},
            "json: cannot unmarshal string into Go struct field CreateOrderV2Request.post_only of type bool",
        ),
        (
            CreateOrderV2Request,
            ORDER | {"subaccount": 1.5},
            "json: cannot unmarshal number into Go struct field CreateOrderV2Request.subaccount of type int64",
        ),
        (
            CreateOrderV2Request,
            ORDER | {"expiration_time": 10**30},
            "json: cannot unmarshal number into Go struct field CreateOrderV2Request.expiration_time of type int64",
        ),
        (
            BatchCreateOrdersV2Request,
            {"orders": [ORDER, ORDER | {"price": 1}]},
            "json: cannot unmarshal number into Go struct field BatchCreateOrdersV2Request.orders.price of type string",
        ),
        (
            CreateOrderV2Request,
            [],
            "json: cannot unmarshal array into Go value of type CreateOrderV2Request",
        ),
        (CreateOrderV2Request, b"", "EOF"),
        (CreateOrderV2Request, b'{"ticker": "a"', "unexpected EOF"),
        (CreateOrderV2Request, b"<html>", "invalid character '<' looking for beginning of value"),
        (CreateOrderV2Request, b'{"x":' + b"[" * 100_000, "json: exceeded max depth"),
    ],
)
def test_undecodable_body_is_flat_in_the_words_of_go(kind, body, details):
    error = fault(kind, body)
    assert error.code == "bad_request"
    assert error.shape == "flat"
    assert error.details == details


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (
            {key: value for key, value in ORDER.items() if key != "ticker"},
            "Key: 'CreateOrderV2Request.Ticker' Error:Field validation for 'Ticker' failed on the 'required' tag",
        ),
        (
            ORDER | {"side": "yes"},
            "Key: 'CreateOrderV2Request.Side' Error:Field validation for 'Side' failed on the 'oneof' tag",
        ),
        (
            ORDER | {"price": None},
            "Key: 'CreateOrderV2Request.Price' Error:Field validation for 'Price' failed on the 'required' tag",
        ),
    ],
)
def test_body_that_breaks_a_rule_is_invalid_parameters(body, details):
    error = fault(CreateOrderV2Request, body)
    assert (error.code, error.details, error.shape) == ("invalid_parameters", details, "nested")


def test_rule_broken_inside_a_list_names_the_entry():
    error = fault(BatchCreateOrdersV2Request, {"orders": [ORDER, ORDER | {"side": "x"}]})
    assert error.details is not None
    assert "'BatchCreateOrdersV2Request.Orders[1].Side'" in error.details


def test_unknown_scope_is_invalid_parameters():
    assert fault(GenerateApiKeyRequest, {"name": "a", "scopes": ["all"]}).code == "invalid_parameters"


def test_null_counts_as_absent_where_a_field_is_optional():
    body = decode_body(CreateOrderV2Request, json.dumps(ORDER | {"subaccount": None, "post_only": None}).encode())
    assert (body.subaccount, body.post_only) == (None, None)


def test_unknown_fields_are_ignored():
    assert decode_body(DecreaseOrderV2Request, b'{"reduce_by": "1", "color": "red"}').reduce_by == "1"


@pytest.mark.parametrize("given", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_content_types_pass(given):
    check_content_type(given)


@pytest.mark.parametrize("given", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types_are_the_flat_400(given):
    with pytest.raises(ApiError) as caught:
        check_content_type(given)
    assert (caught.value.code, caught.value.shape) == ("invalid_content_type", "flat")


async def test_signature_covers_the_path_without_the_query():
    venue = PrivateVenue()
    assert (await venue.call("GET", "/portfolio/orders?limit=5")).status_code == 200


async def test_unsigned_request_is_401():
    assert (await PrivateVenue().call("GET", "/portfolio/orders", headers={})).status_code == 401


async def test_refusal_is_kept_with_the_query_that_was_signed():
    venue = PrivateVenue()
    path = "/trade-api/v2/portfolio/orders?limit=5"
    headers = venue.headers(venue.first, "GET", path.replace("?", "%3F"))
    headers["KALSHI-ACCESS-SIGNATURE"] = "YWJj"
    assert (await venue.call("GET", "/portfolio/orders?limit=5", headers=headers)).status_code == 401
    assert venue.authenticator.refusals[-1].attempt.query == "limit=5"


async def test_empty_bucket_is_429_with_the_bare_string():
    venue = PrivateVenue()
    venue.limiter.set_tier(1, "basic")
    answers = [await venue.call("GET", "/portfolio/fills") for _ in range(41)]
    assert [answer.status_code for answer in answers] == [200] * 40 + [429]
    assert answers[-1].json() == {"error": "too many requests"}
    assert "retry-after" not in answers[-1].headers


async def test_key_without_the_scope_is_403():
    venue = PrivateVenue()
    key = venue.add_key(1, scopes=frozenset({"read"}))
    answer = await venue.call("POST", "/portfolio/order_groups/create", {"contracts_limit": 5}, key=key)
    assert answer.status_code == 403


async def test_body_beyond_the_limit_is_413():
    venue = PrivateVenue(max_body_bytes=100)
    answer = await venue.call("POST", "/portfolio/order_groups/create", {"contracts_limit": 5, "x": "y" * 100})
    assert answer.status_code == 413
