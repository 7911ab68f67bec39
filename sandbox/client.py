"""One request to the venue, signed the way any Kalshi client signs (SEMANTICS F1).

On the standard library's HTTP client: a command that is typed a hundred times a day must start at once.
"""

import http.client
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from wire.signing import parse_private_key, request_text, sign

API_ROOT = "/trade-api/v2"
TIMEOUT_SECONDS = 60


class Unreachable(Exception):
    """The venue did not answer."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request's headers and the text they sign."""

    text: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def is_error(self) -> bool:
        return self.status >= 400

    def json(self) -> object:
        """The decoded body. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.body)


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


def send(
    root_url: str, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
) -> Answer:
    """Send a request and read the answer. A POST or PUT always says it is JSON (SEMANTICS F4). Raises Unreachable."""
    headers = dict(headers or {})
    if body is None and method in ("POST", "PUT"):
        body = "{}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    place = urlsplit(root_url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body=None if body is None else body.encode(), headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.reason, response.getheaders(), response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{root_url}: {error}") from error
    finally:
        connection.close()


def download(root_url: str, path: str, file: Path) -> int:
    """Stream an answer into a file; its length in bytes. Raises Unreachable, also for an error, and OSError."""
    place = urlsplit(root_url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise Unreachable(f"{root_url}{path} answered {response.status}: {response.read(300)!r}")
        with file.open("wb") as target:
            shutil.copyfileobj(response, target)
            return target.tell()
    except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
        raise Unreachable(f"{root_url}: {error}") from error
    finally:
        connection.close()
