"""A real Kafka on this machine without Docker: one KRaft node from the Apache jars, fetched through Maven once.

Knows processes, folders and ports. What is published there is eventlog's business. Needs `java` 17 or newer, and
`mvn` the first time. Where a broker exists already, KAFKA_BOOTSTRAP_SERVERS names it and nothing is started.
"""

import base64
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from sandbox.jars import JarsUnavailable, fetch
from sandbox.tether import Tether

POM = Path(__file__).with_name("kafka_pom.xml")
HEAP_MB = 512
START_SECONDS = 120.0
STOP_SECONDS = 30.0

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.segment.bytes=67108864
"""

_STARTED = "Kafka Server started"


class BrokerUnavailable(Exception):
    """No broker can be had here; the message says what is missing."""


def jars(cache: Path | None = None, on_progress: Callable[[int], None] | None = None) -> Path:
    """The folder with the broker's jars; see jars.fetch. Raises BrokerUnavailable."""
    try:
        return fetch(POM, cache, on_progress)
    except JarsUnavailable as error:
        raise BrokerUnavailable(str(error)) from None


class KafkaBroker:
    """One node whose data lives in `folder`. `start` returns when it answers; it can be killed and started again."""

    def __init__(self, folder: Path, port: int = 0, heap_mb: int = HEAP_MB, cache: Path | None = None) -> None:
        self._folder = folder
        self._heap_mb = heap_mb
        self._cache = cache
        self.port = port or _free_port()
        self._controller = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._tether: Tether | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process, None when it is not running."""
        return None if self._process is None else self._process.pid

    def start(self) -> float:
        """Start it on the data that are there; returns the seconds it took. Raises BrokerUnavailable."""
        java = shutil.which("java")
        if java is None:
            raise BrokerUnavailable("java 17 or newer is needed to run Kafka")
        if self._process is not None:
            self.stop()  # what died by itself is still to be cleared away
        begun = time.monotonic()
        classes = f"{jars(self._cache)}/*"
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = self._folder / "server.properties"
        data = self._folder / "data"
        properties.write_text(_PROPERTIES.format(port=self.port, controller=self._controller, data=data))
        if not (data / "meta.properties").exists():
            self._format(java, classes, properties)
        log = self._folder / "broker.log"
        heap = f"{self._heap_mb}m"
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # a fixed command
                [java, f"-Xms{heap}", f"-Xmx{heap}", "-cp", classes, "kafka.Kafka", str(properties)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tether = Tether(self._process.pid)
        self._wait_until_started(log)
        return time.monotonic() - begun

    def stop(self) -> None:
        """Ask it to end, and insist after STOP_SECONDS."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._ended()

    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it without a word, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._ended()

    def _ended(self) -> None:
        if self._tether is not None:
            self._tether.release()
        self._process, self._tether = None, None

    def _format(self, java: str, classes: str, properties: Path) -> None:
        # Never with a dash in front, which would be taken for an option.
        cluster = "M" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        command = ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(properties)]
        formatted = subprocess.run(  # noqa: S603  # a fixed command
            [java, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", classes, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if formatted.returncode:
            raise BrokerUnavailable(f"Kafka's storage cannot be formatted: {formatted.stderr[-2_000:]}")

    def _wait_until_started(self, log: Path) -> None:
        assert self._process is not None, "started"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if _STARTED in log.read_text(errors="replace"):
                return
            if self._process.poll() is not None:
                self._ended()
                raise BrokerUnavailable(f"Kafka ended at once: {log.read_text(errors='replace')[-2_000:]}")
            time.sleep(0.05)
        self.kill()
        raise BrokerUnavailable(f"Kafka did not start within {START_SECONDS:.0f} s; see {log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
