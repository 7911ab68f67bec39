"""One signed request, the way any Kalshi client makes it (SEMANTICS F1)."""

import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from wire.signing import parse_private_key, request_text, sign

API_ROOT = "/trade-api/v2"


@dataclass(frozen=True, slots=True)
class Signed:
    """A request's headers and the text they sign."""

    text: str
    headers: dict[str, str]


def sign_request(key_id: str, pem: Path, method: str, path: str) -> Signed:
    """Sign `path` (from the host root, query left out of the signature). Raises OSError and KeyFormatError."""
    timestamp = str(time.time_ns() // 1_000_000)
    text = request_text(timestamp, method, path.partition("?")[0])
    headers = {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-SIGNATURE": sign(parse_private_key(pem.read_text()), text),
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
    }
    return Signed(text, headers)


def send(root_url: str, signed: Signed, method: str, path: str, body: str | None) -> httpx.Response:
    """Send it to the venue. A POST or PUT always says it is JSON: Kalshi insists (SEMANTICS F4)."""
    headers = dict(signed.headers)
    if body is None and method in ("POST", "PUT"):
        body = "{}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    # No proxy from the environment: the venue is on this machine.
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.request(method, root_url + path, content=body, headers=headers)
