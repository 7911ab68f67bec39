"""The venue's process: started once a session, with a module path of its own, ended with the session however that ends.

The tests' folder may hold packages named like ours, and PYTHONPATH may point at it. The child gets neither: it looks
first where this package was found, and only behind everything of its own where the tests' process looks.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
"""Where we and the venue were installed: the venue's packages are beside this one."""

START_SECONDS = 120
STOP_SECONDS = 30

_BOOT = """
import json, os, signal, sys, threading
place = json.loads(os.environ.pop("MOCK_KALSHI_BOOT"))
sys.path.insert(0, place["first"])
sys.path += [folder for folder in place["last"] if folder not in sys.path]
def follow():
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=follow, daemon=True).start()
from sandbox.cli import main
main()
"""
"""When the other end of standard input is gone, so are the tests: then the venue ends as on SIGTERM."""


class VenueFailed(Exception):
    """The venue did not start, or is gone; the message has the end of its output."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the venue is started with: `arguments` are more options of `mock-kalshi up`."""

    scenario: Path
    seed: int = 0
    arguments: tuple[str, ...] = ()


class VenueProcess:
    """`start`, then `wait`, in the end `stop`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.root_url = ""
        self.started_ms = 0.0
        """From the call of `start` until the venue answered."""
        self._output = folder / "output.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._began = 0.0

    @property
    def journal(self) -> Path:
        return self.folder / "state" / "journal"

    def start(self) -> None:
        """Begin to start; once."""
        if self._child is not None:
            return
        self._began = time.perf_counter()
        arguments = ["up", "--port", "0", "--no-readers", "--no-fix", "--state", str(self.folder / "state")]
        arguments += ["--scenario", str(self.settings.scenario), "--seed", str(self.settings.seed)]
        # An empty entry is the folder the tests run in, whatever that is when the child looks.
        last = [str(Path(entry).absolute()) for entry in sys.path if entry]
        with self._output.open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603  # this Python, our own program
                [sys.executable, "-P", "-c", _BOOT, *arguments, *self.settings.arguments],
                cwd=self.folder,
                env=_environment() | {"MOCK_KALSHI_BOOT": json.dumps({"first": str(ROOT), "last": last})},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it answers. Raises VenueFailed."""
        self.start()
        if self.root_url:
            return
        deadline = time.monotonic() + START_SECONDS
        run = self.folder / "state" / "run.json"
        while time.monotonic() < deadline:
            self.check_alive()
            facts = _facts(run)
            if facts is not None:
                self.root_url = f"http://127.0.0.1:{facts['port']}"
                self.started_ms = (time.perf_counter() - self._began) * 1_000
                return
            time.sleep(0.005)
        raise VenueFailed(f"the venue did not start within {START_SECONDS} s:\n{self._said()}")

    def check_alive(self) -> None:
        """Raises VenueFailed."""
        if self._child is None or self._child.poll() is not None:
            code = None if self._child is None else self._child.returncode
            raise VenueFailed(f"the venue has ended with code {code}:\n{self._said()}")

    def stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None, "piped"
        child.stdin.close()
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _said(self) -> str:
        return self._output.read_text(errors="replace")[-3_000:].rstrip()


def _environment() -> dict[str, str]:
    """Ours without what would lead the child to other modules, another folder or another log."""
    gone = ("PYTHONPATH", "PYTHONSTARTUP", "MOCK_KALSHI_STATE", "KAFKA_BOOTSTRAP_SERVERS", "PYTHONWARNINGS")
    return {name: value for name, value in os.environ.items() if name not in gone and not name.startswith("COV_")}


def _facts(run: Path) -> dict[str, Any] | None:
    """What the venue wrote of itself when it was ready; it is replaced whole."""
    try:
        facts: dict[str, Any] = json.loads(run.read_bytes())
    except FileNotFoundError:
        return None
    return facts
