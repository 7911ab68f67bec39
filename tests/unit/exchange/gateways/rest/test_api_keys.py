"""API keys (SEMANTICS F2)."""

import pytest

from exchange.core import commands as c
from tests.unit.exchange.private_venue import PrivateVenue
from wire.signing import generate_key, parse_private_key, public_pem


@pytest.fixture
def venue():
    return PrivateVenue()


@pytest.mark.parametrize(
    ("key_type", "header"),
    [(None, "-----BEGIN RSA PRIVATE KEY-----"), ("ed25519", "-----BEGIN PRIVATE KEY-----")],
)
async def test_generated_key_signs_requests(venue, key_type, header):
    answer = await venue.call("POST", "/api_keys/generate", {"name": "bot", "key_type": key_type})
    assert answer.status_code == 201
    body = answer.json()
    assert body["private_key"].startswith(header)
    assert body["key_type"] == (key_type or "rsa")
    venue.private_keys[body["api_key_id"]] = parse_private_key(body["private_key"])
    assert (await venue.call("GET", "/portfolio/fills", key=body["api_key_id"])).status_code == 200


async def test_own_public_key_signs_requests(venue):
    private = generate_key("ed25519")
    answer = await venue.call("POST", "/api_keys", {"name": "bot", "public_key": public_pem(private)})
    assert answer.status_code == 201
    venue.private_keys[answer.json()["api_key_id"]] = private
    assert (await venue.call("GET", "/portfolio/fills", key=answer.json()["api_key_id"])).status_code == 200


async def test_own_public_key_needs_premier(venue):
    venue.limiter.set_tier(1, "expert")
    body = {"name": "bot", "public_key": public_pem(generate_key("ed25519"))}
    assert (await venue.call("POST", "/api_keys", body)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "a", "scopes": ["write"]}, 400),
        ({"name": "a", "scopes": ["everything"]}, 400),
        ({"name": "a", "key_type": "dsa"}, 400),
        ({"name": "a", "subaccount": 9}, 400),
        ({"name": "a", "subaccount": 64}, 400),
        ({"name": "a", "subaccount": -1}, 400),
        ({"name": "a", "fcm_subtrader_id": "x_1"}, 403),
        ({"name": 5}, 400),
    ],
)
async def test_bad_generate_is_refused(venue, body, status):
    assert (await venue.call("POST", "/api_keys/generate", body)).status_code == status


async def test_bad_public_key_is_400(venue):
    assert (await venue.call("POST", "/api_keys", {"name": "a", "public_key": "PEM"})).status_code == 400


async def test_keys_are_listed_with_scopes_and_restriction(venue):
    venue.do(c.CreateSubaccount(1))
    body = {"name": "bot", "key_type": "ed25519", "scopes": ["read", "write::trade"], "subaccount": 1}
    made = (await venue.call("POST", "/api_keys/generate", body)).json()["api_key_id"]
    first, second = (await venue.get("/api_keys"))["api_keys"]
    assert (first["api_key_id"], first["scopes"]) == (venue.first, ["read", "write"])
    assert "subaccount" not in first
    assert second == {"api_key_id": made, "name": "bot", "scopes": ["read", "write::trade"], "subaccount": 1}


async def test_deleted_key_is_unknown(venue):
    key = venue.add_key(1)
    assert (await venue.call("DELETE", f"/api_keys/{key}")).status_code == 204
    assert (await venue.call("GET", "/portfolio/fills", key=key)).json()["error"]["details"] == "NOT_FOUND"
    assert (await venue.call("DELETE", f"/api_keys/{key}")).status_code == 404


async def test_key_of_another_member_is_404(venue):
    assert (await venue.call("DELETE", f"/api_keys/{venue.second}")).status_code == 404


async def test_reading_key_makes_no_keys(venue):
    key = venue.add_key(1, scopes=frozenset({"read"}))
    assert (await venue.call("POST", "/api_keys/generate", {"name": "a"}, key=key)).status_code == 403


async def test_restricted_key_manages_no_keys(venue):
    key = venue.add_key(1, subaccount=0)
    assert (await venue.call("GET", "/api_keys", key=key)).status_code == 403
    assert (await venue.call("POST", "/api_keys/generate", {"name": "a"}, key=key)).status_code == 403
