"""docker-compose.yml as data, and its processes started natively: same commands, same environment, other addresses."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from sandbox.processes import free_port

ROOT = Path(__file__).parents[1]
OURS = ("exchange", "rebuilder", "market-data", "market-maker", "ui")
"""The services that run from our image, in the order they may be started."""
SECONDS = 120

_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")


def compose() -> dict[str, Any]:
    """The whole file, with anchors and merges resolved."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def resolved(text: str) -> str:
    """`${NAME:-default}` as it is without an .env file."""
    return _VARIABLE.sub(lambda found: found[2] or "", text)


class Native:
    """The house's processes on this machine, against servers of the test's own."""

    def __init__(self, folder: Path, servers: Mapping[str, str]) -> None:
        """`servers` replaces addresses of the file: "kafka:9092" -> "127.0.0.1:12345"."""
        self.ports = {service: free_port("127.0.0.1") for service in OURS}
        self._folder = folder
        self._servers = dict(servers)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def start(self, service: str) -> None:
        """Until it answers /health/live."""
        told = compose()["services"][service]
        environment = {name: self._here(service, resolved(str(text))) for name, text in told["environment"].items()}
        known = {name: text for name, text in os.environ.items() if name not in environment}
        programs = {"mock-kalshi": [sys.executable, "-m", "sandbox.cli"], "python": [sys.executable]}
        first, *rest = told["command"]
        command = [*programs[first], *(self._here(service, part) for part in rest)]
        log = self._folder / f"{service}.log"
        with log.open("ab") as output:
            self._running[service] = subprocess.Popen(
                command, env=known | environment, cwd=ROOT, stdout=output, stderr=output
            )
        end = time.monotonic() + SECONDS
        while True:
            try:
                if httpx.get(f"{self.url(service)}/health/live", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert self._running[service].poll() is None, f"{service} died:\n{log.read_text()[-3_000:]}"
            assert time.monotonic() < end, f"{service} does not answer:\n{log.read_text()[-3_000:]}"
            time.sleep(0.1)

    def stop(self) -> dict[str, int]:
        """SIGTERM to each, last started first; their exit statuses."""
        statuses = {}
        for service, process in reversed(self._running.items()):
            process.send_signal(signal.SIGTERM)
            try:
                statuses[service] = process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                statuses[service] = process.wait()
        return statuses

    def state(self, service: str) -> Path:
        """What stands behind /data of a service."""
        (volume,) = compose()["services"][service]["volumes"]
        return self._folder / volume.partition(":")[0]

    def _here(self, service: str, text: str) -> str:
        for there, here in self._servers.items():
            text = text.replace(there, here)
        if text == "8228":
            return "0"
        for other in OURS:
            (published, *_) = compose()["services"][other]["ports"]
            port = published.rpartition(":")[2]
            if text == port and other == service:
                return str(self.ports[other])
            text = text.replace(f"http://{other}:{port}", self.url(other))
            text = text.replace(f"http://127.0.0.1:{port}", self.url(other))
        if text.startswith("/data"):
            return text.replace("/data", str(self.state(service)), 1)
        return text.replace("0.0.0.0", "127.0.0.1")
