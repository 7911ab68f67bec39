"""API-key bodies of the REST API (SEMANTICS F2)."""

from typing import Literal

from wire.rest.bodies import Int64, Request, Response

Scope = Literal[
    "read",
    "write",
    "read::block_trade_accept",
    "read::portfolio_balance",
    "write::trade",
    "write::transfer",
    "write::fcm_risk",
    "write::block_trade_accept",
]
"""OAS:ApiKeyScope."""

KeyType = Literal["rsa", "ed25519"]
"""OAS:ApiKeyType."""


class ApiKeyBody(Response, frozen=True, kw_only=True):
    """OAS:ApiKey; `subaccount` only on a restricted key."""

    api_key_id: str
    name: str
    scopes: list[str]
    subaccount: int | None = None


class GetApiKeysResponse(Response, frozen=True, kw_only=True):
    api_keys: list[ApiKeyBody]


class CreateApiKeyRequest(Request, frozen=True):
    """POST /api_keys: a key whose private half the member keeps."""

    name: str
    public_key: str
    scopes: list[Scope] | None = None
    subaccount: Int64 | None = None
    fcm_subtrader_id: str | None = None


class CreateApiKeyResponse(Response, frozen=True, kw_only=True):
    api_key_id: str


class GenerateApiKeyRequest(Request, frozen=True):
    """POST /api_keys/generate."""

    name: str
    key_type: KeyType | None = None
    scopes: list[Scope] | None = None
    subaccount: Int64 | None = None
    fcm_subtrader_id: str | None = None


class GenerateApiKeyResponse(Response, frozen=True, kw_only=True):
    """201; `private_key` is PEM and is shown this once."""

    api_key_id: str
    key_type: KeyType
    private_key: str
