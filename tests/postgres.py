"""The PostgreSQL of a test run: a given one, or one started for it and stopped behind it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka import skip_or_fail

SECONDS = 60


class PostgresUnavailable(Exception):
    """There is no server program here, or it does not start; the message says why."""


def programs() -> Path:
    """The folder of initdb and postgres, newest version first."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not folders:
        raise PostgresUnavailable("no initdb; install postgresql")
    return folders[-1].parent


class PostgresServer:
    """A server in a folder of its own, on a free port of loopback, under a user that is not root."""

    def __init__(self) -> None:
        self._bin = programs()
        # Not in pytest's folders: another user must be able to enter.
        self.folder = Path(tempfile.mkdtemp(prefix="mock-kalshi-pg-", dir="/tmp"))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port: int = taken.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._as: list[str] = []
        if os.geteuid() == 0:
            self._as = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "venue", "--auth=trust", "-E", "UTF8", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql://venue@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Raises PostgresUnavailable when it does not answer in a minute."""
        options = ["-D", f"{self.folder}/data", "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as, str(self._bin / "postgres"), *options, "-c", "fsync=off"], stdout=log, stderr=log
            )
        end = time.monotonic() + SECONDS
        while True:
            ready = subprocess.run(
                [str(self._bin / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"], check=False
            )
            if ready.returncode == 0:
                return
            if time.monotonic() > end:
                raise PostgresUnavailable((self.folder / "log").read_text()[-2_000:])
            time.sleep(0.05)

    def kill(self) -> None:
        """As a crash would: every process of it at once."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGINT)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        # The server's own process id: what we started may be runuser around it.
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False)
        os.kill(pid, number)
        if number is signal.SIGKILL:
            for child in children.stdout.split():
                try:
                    os.kill(int(child), number)
                except ProcessLookupError:
                    continue
        self._process.wait(SECONDS)
        self._process = None
        if number is signal.SIGKILL:
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(self._bin / program), *arguments], capture_output=True, check=False, cwd=self.folder
        )
        if done.returncode:
            raise PostgresUnavailable(done.stderr.decode()[-2_000:])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server that answers, of a database from which others can be made."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    try:
        server = PostgresServer()
        server.start()
    except PostgresUnavailable as error:
        skip_or_fail(f"no PostgreSQL: {error}")
    yield server.url
    server.remove()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, to be killed and slowed."""
    try:
        server = PostgresServer()
        server.start()
    except PostgresUnavailable as error:
        skip_or_fail(f"no PostgreSQL: {error}")
    yield server
    server.remove()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    name = f"test_{uuid.uuid4().hex}"
    asyncio.run(_execute(postgres_url, f"CREATE DATABASE {name}"))
    yield postgres_url.rpartition("/")[0] + f"/{name}"
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, sql: str) -> None:
    import asyncpg  # only where there is a server

    server = await asyncpg.connect(url)
    await server.execute(sql)
    await server.close()
