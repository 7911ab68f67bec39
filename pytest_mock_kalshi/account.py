"""A member of the venue with money and a key, as a test holds it: ids, files, and clients that sign.

Signing is Kalshi's (SEMANTICS F1): RSA-PSS with SHA-256 and a salt of the digest's length over timestamp, method and
path without the query.
"""

import time
from base64 import b64encode
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

API = "/trade-api/v2"
SOCKET = "/trade-api/ws/v2"
TIMEOUT_SECONDS = 60
_PADDING = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


class KeyPair:
    """One RSA key for all accounts of a session: making one costs more than everything else of a fixture."""

    def __init__(self, folder: Path) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        self.pem = self._key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain).decode()
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public_pem = self._key.public_key().public_bytes(pem, spki).decode()
        self.path = folder / "key.pem"
        self.path.touch(mode=0o600)
        self.path.write_text(self.pem)

    def sign(self, text: str) -> str:
        return b64encode(self._key.sign(text.encode(), _PADDING, hashes.SHA256())).decode()


class _Signed(httpx.Auth):
    def __init__(self, account: "Account") -> None:
        self._account = account

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        path = request.url.raw_path.decode().partition("?")[0]
        request.headers.update(self._account.headers(request.method, path))
        yield request


class Account:
    """`key_id` with `pem` (the text) or `pem_path` (a file with it) is what any Kalshi client asks for."""

    def __init__(self, root_url: str, name: str, member: int, key_id: str, key: KeyPair) -> None:
        self.name = name
        self.member = member
        self.key_id = key_id
        self.pem = key.pem
        self.pem_path = key.path
        self.base_url = root_url + API
        self._key = key
        self._client: httpx.Client | None = None

    @property
    def client(self) -> httpx.Client:
        """Signs every request; paths are relative to /trade-api/v2. Closed when the test ends."""
        if self._client is None:
            self._client = httpx.Client(
                base_url=self.base_url, auth=_Signed(self), timeout=TIMEOUT_SECONDS, trust_env=False
            )
        return self._client

    def async_client(self) -> httpx.AsyncClient:
        """The same for `async with`: it belongs to the loop that opens it."""
        return httpx.AsyncClient(base_url=self.base_url, auth=_Signed(self), timeout=TIMEOUT_SECONDS, trust_env=False)

    def headers(self, method: str, path: str) -> dict[str, str]:
        """The three headers of a request; `path` from the host root, without the query."""
        stamp = str(time.time_ns() // 1_000_000)
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-SIGNATURE": self._key.sign(f"{stamp}{method.upper()}{path}"),
            "KALSHI-ACCESS-TIMESTAMP": stamp,
        }

    def ws_headers(self) -> dict[str, str]:
        """What a WebSocket handshake sends."""
        return self.headers("GET", SOCKET)

    def order(self, ticker: str, side: str, price: str, count: str, **fields: Any) -> dict[str, Any]:
        """Place an order and return the answer. Raises httpx.HTTPStatusError when it is refused."""
        body = {
            "ticker": ticker,
            "side": side,
            "price": price,
            "count": count,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        } | fields
        return self._answer(self.client.post("/portfolio/events/orders", json=body))

    def balance(self) -> dict[str, Any]:
        return self._answer(self.client.get("/portfolio/balance"))

    def positions(self) -> list[dict[str, Any]]:
        return list(self._answer(self.client.get("/portfolio/positions"))["market_positions"])

    def fills(self) -> list[dict[str, Any]]:
        """The newest first, all of them."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._answer(self.client.get("/portfolio/fills", params={"limit": 200, "cursor": cursor}))
            found += page["fills"]
            cursor = page.get("cursor") or ""
            if not cursor:
                return found

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    @staticmethod
    def _answer(response: httpx.Response) -> dict[str, Any]:
        if response.is_error:
            asked = f"{response.request.method} {response.request.url.path}"
            said = f"{asked}: {response.status_code} {response.text}"
            raise httpx.HTTPStatusError(said, request=response.request, response=response)
        body: dict[str, Any] = response.json()
        return body
