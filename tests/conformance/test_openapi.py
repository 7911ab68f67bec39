"""Our /openapi.json against the facts of the contract: each operation, parameter and field is there, or openly absent.

What an answer may leave out is the contract's to say: a field it requires is required here as well.
"""

import json
from functools import cache
from pathlib import Path

import httpx
import pytest

from exchange.gateways.rest.absent import ABSENT, RETIRED_V1
from tests.unit.exchange.private_venue import API, PrivateVenue

CONTRACT = json.loads((Path(__file__).parent / "contract" / "rest.json").read_text())
SCHEMAS = CONTRACT["schemas"]
OPERATIONS = {operation["operationId"]: operation for operation in CONTRACT["operations"]}
NOT_SIMULATED = {operation_id: (method, path) for method, path, operation_id in ABSENT}
SERVED = [operation for name, operation in OPERATIONS.items() if name not in NOT_SIMULATED]

WIDER = {
    ("GetMarketOrderbook", "depth", "minimum"): "0 and anything below is the whole book (SEMANTICS B2)",
}
"""(operation, parameter, bound) -> why we take more than the contract says."""

NEVER_SENT = frozenset(
    (
        "body.block_trade_proposals[]",
        "body.filters_by_sports",
        "body.incentive_programs[]",
        "body.live_data",
        "body.live_datas[]",
        "body.milestone",
        "body.milestones[]",
        "body.multivariate_contract",
        "body.multivariate_contracts[]",
        "body.pbp",
        "body.quote",
        "body.quotes[]",
        "body.rfq",
        "body.rfq_batch",
        "body.rfq_batches[]",
        "body.rfqs[]",
        "body.structured_target",
        "body.structured_targets[]",
    )
)
"""Paths in answers whose fields are not described: there are none of these at this venue."""


@cache
def venue(api_v1=False):
    return PrivateVenue(api_v1=api_v1)


async def call(method, path, api_v1=False):
    transport = httpx.ASGITransport(app=venue(api_v1).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
        return await client.request(method, path)


async def document(api_v1=False):
    return (await call("GET", "/openapi.json", api_v1)).json()


def operations(whole):
    return {
        described["operationId"]: (method.upper(), path.removeprefix(API), described)
        for path, methods in whole["paths"].items()
        if path.startswith(API)
        for method, described in methods.items()
    }


def by_name(operation):
    return operation["operationId"]


# --- operations -----------------------------------------------------------------------------------------


async def test_every_operation_of_the_contract_is_served_or_openly_absent():
    here = {name: (method, path) for name, (method, path, _) in operations(await document()).items()}
    assert here | NOT_SIMULATED == {name: (each["method"], each["path"]) for name, each in OPERATIONS.items()}
    assert here.keys().isdisjoint(NOT_SIMULATED)


@pytest.mark.parametrize("operation", [OPERATIONS[name] for name in NOT_SIMULATED], ids=by_name)
async def test_an_absent_operation_answers_501_and_names_itself(operation):
    path = operation["path"].replace("{", "").replace("}", "")
    answer = await call(operation["method"], API + path)
    assert answer.status_code == 501
    assert operation["operationId"] in answer.json()["error"]["details"]


@pytest.mark.parametrize(("method", "path"), RETIRED_V1)
async def test_a_retired_operation_answers_410(method, path):
    answer = await call(method, API + path.replace("{order_id}", "any"))
    assert answer.status_code == 410
    assert answer.json()["error"]["code"] == "deprecated_v1_order_endpoint"


async def test_the_v1_switch_adds_the_retired_operations_and_nothing_else():
    before, after = operations(await document()), operations(await document(api_v1=True))
    added = {(method, path) for name, (method, path, _) in after.items() if name not in before}
    assert added == set(RETIRED_V1)


# --- parameters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", SERVED, ids=by_name)
async def test_every_parameter_of_the_contract_is_taken(operation):
    _, _, described = operations(await document())[operation["operationId"]]
    here = {(each["in"], each["name"]): each["required"] for each in described.get("parameters", [])}
    wanted = {
        (each["in"], each["name"]): each["required"] for each in operation["parameters"] if each["in"] != "header"
    }
    assert here == wanted


@pytest.mark.parametrize("operation", SERVED, ids=by_name)
async def test_a_parameter_has_the_bounds_of_the_contract(operation):
    _, _, described = operations(await document())[operation["operationId"]]
    here = {each["name"]: each["schema"] for each in described.get("parameters", [])}
    for each in operation["parameters"]:
        if each["in"] != "query":
            continue
        wanted = resolved(each["schema"], SCHEMAS, "ref")
        ours = here[each["name"]]
        for bound in ("minimum", "maximum", "default"):
            if bound in wanted:
                wider = (operation["operationId"], each["name"], bound) in WIDER
                assert wider or ours.get(bound) == wanted[bound], (each["name"], bound)
        if "enum" in wanted:
            assert set(ours["enum"]) == set(wanted["enum"]), each["name"]


# --- bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [each for each in SERVED if each["request"]], ids=by_name)
async def test_a_request_takes_every_field_of_the_contract_and_demands_no_other(operation):
    whole = await document()
    _, _, described = operations(whole)[operation["operationId"]]
    ours = described["requestBody"]["content"]["application/json"]["schema"]
    missing = list(differences(operation["request"], ours, whole["components"]["schemas"], "body", request=True))
    assert missing == []


@pytest.mark.parametrize("operation", SERVED, ids=by_name)
async def test_an_answer_has_every_field_the_contract_requires(operation):
    whole = await document()
    _, _, described = operations(whole)[operation["operationId"]]
    (status,) = [status for status in operation["responses"] if status.startswith("2")]
    assert status in described["responses"]
    wanted = operation["responses"][status]
    if wanted is not None:
        ours = described["responses"][status]["content"]["application/json"]["schema"]
        assert list(differences(wanted, ours, whole["components"]["schemas"], "body")) == []


async def test_what_is_said_of_a_body_is_not_indented_like_its_source():
    schemas = (await document())["components"]["schemas"]
    said = [line for schema in schemas.values() for line in schema.get("description", "").splitlines()]
    assert len(said) > 1
    assert [line for line in said if line.startswith(" ")] == []


def differences(wanted, ours, components, at, request=False, seen=()):
    """Where our schema lacks a field of the contract, or its being required (for a request: its being optional)."""
    if wanted.get("ref") in seen or at in NEVER_SENT:
        return
    seen = (*seen, wanted["ref"]) if "ref" in wanted else seen
    wanted, ours = resolved(wanted, SCHEMAS, "ref"), resolved(ours, components, "$ref")
    if "properties" in wanted:
        required, here = set(wanted.get("required", ())), ours.get("properties", {})
        stricter, looser = set(ours.get("required", ())) - required, required - set(ours.get("required", ()))
        for name, schema in wanted["properties"].items():
            if name not in here:
                if request or name in required:
                    yield f"{at}.{name} is not there"
                continue
            if name in (stricter if request else looser):
                yield f"{at}.{name} is required by one of the two only"
            yield from differences(schema, here[name], components, f"{at}.{name}", request, seen)
    elif wanted.get("type") == "array":
        items = ours.get("items") or next(iter(ours.get("prefixItems", ())), None)
        if items is None:
            yield f"{at} is not a list"
        else:
            yield from differences(wanted["items"], items, components, f"{at}[]", request, seen)


def resolved(schema, components, ref):
    """The schema behind references, a lone allOf, and "or null"."""
    while True:
        options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or ()
        real = [option for option in options if option.get("type") != "null"]
        if ref in schema:
            schema = components[schema[ref].rpartition("/")[2]]
        elif len(real) == 1:
            schema = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")} | real[0]
        else:
            return schema
