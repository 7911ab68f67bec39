"""A venue for a load test: started for it on free ports, or one that runs already on this machine; never any other."""

import http.client
import ipaddress
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pytest_mock_kalshi.process import Settings, VenueProcess

SCENARIOS = Path(__file__).parents[1] / "sandbox" / "scenarios"
TIMEOUT_SECONDS = 120


class NotOurs(Exception):
    """The target is not on this machine."""


def check_loopback(url: str) -> str:
    """The URL without its path. Raises NotOurs: load is for a simulator of one's own, by address and not by name."""
    place = urlsplit(url)
    host = place.hostname or ""
    try:
        ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        ours = False
    if place.scheme != "http" or not ours:
        raise NotOurs(f"{url} is not on this machine: load tests run against http://127.0.0.1:PORT and nothing else")
    return f"{place.scheme}://{place.netloc}"


def ask(root_url: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request to /sandbox, decoded."""
    place = urlsplit(root_url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
    try:
        text = None if method == "GET" else json.dumps(body or {})
        connection.request(method, f"/sandbox{path}", text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise SystemExit(f"{method} /sandbox{path} answered {answer.status}: {data[:300]!r}")
    return json.loads(data)


@contextmanager
def own_venue(scenario: str, *arguments: str) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """(root URL, folder, what it wrote of itself) until the block ends."""
    with tempfile.TemporaryDirectory(prefix="mock-kalshi-load-") as name:
        folder = Path(name)
        process = VenueProcess(folder, Settings(SCENARIOS / f"{scenario}.yaml", 7, arguments))
        try:
            process.wait()
            yield process.root_url, folder, json.loads((folder / "state" / "run.json").read_bytes())
        finally:
            process.stop()
