"""docs/fix.md is true: its QuickFIX files log on, trust whom they should, and recover; its simplefix program orders."""

import asyncio
import contextlib
import os
import re
import sys
from pathlib import Path

import pytest

from exchange.adapters.tls import TlsFiles
from sandbox.certificate import kept_certificate
from tests.fix_client import FREE_PORTS
from tests.fix_page import blocks
from tests.live import TICKER, live, rsa_key
from wire import signing
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


@pytest.mark.parametrize("tls", [False, True])
async def test_the_simplefix_program_places_an_order(tmp_path, tls):
    pytest.importorskip("simplefix")
    (program,) = (block for block in blocks("python") if "import simplefix" in block)
    certificate, key = kept_certificate(tmp_path / "tls", "127.0.0.1")
    pem = tmp_path / "key.pem"
    pem.write_text(signing.private_pem(rsa_key()))
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=TlsFiles(certificate, key) if tls else None) as venue:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            program,
            env=os.environ
            | {
                "TICKER": TICKER,
                "KALSHI_KEY_ID": venue.trader(1).key_id,
                "KALSHI_PRIVATE_KEY_PATH": str(pem),
                "KALSHI_FIX_HOST": "127.0.0.1",
                "KALSHI_FIX_NR_PORT": str(venue.venue.fix_ports[SessionKind.NR]),
            }
            | ({"KALSHI_FIX_CA_PATH": str(certificate)} if tls else {}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        assert process.returncode == 0, output.decode()
        assert [order.client_order_id for order in venue.venue.views.orders.resting(1)] == ["mine-1"]


@contextlib.asynccontextmanager
async def listening(folder, ports, key_id, kind="NR", trusted=None):
    """QuickFIX for Python with the page's files, in a process of its own (tests/quickfix_client.py)."""
    (folder / "spec").mkdir()
    (folder / "spec" / "FIXT11.xml").write_text(transport_dictionary())
    (folder / "spec" / "FIX50SP2.xml").write_text(application_dictionary())
    (folder / "key.pem").write_text(signing.private_pem(rsa_key()))
    (config,) = (block for block in blocks("ini") if "# quickfix.cfg" in block)
    default, session = config.replace("=spec/", f"={folder}/spec/").split("[SESSION]")
    if kind != "NR":
        (session,) = (block.removeprefix("[SESSION]") for block in blocks("ini") if f"=Kalshi{kind}" in block)
    if trusted is not None:
        (lines,) = (block for block in blocks("ini") if block.startswith("CertificationAuthoritiesFile"))
        default += lines.replace("<KALSHI_FIX_CA_PATH>", str(trusted))
    default = default.replace("FileStorePath=store", f"FileStorePath={folder}/store\nFileLogPath={folder}/log")
    session = re.sub(r"=(YOUR|ANOTHER)-API-KEY-ID", f"={key_id}", session)
    session = re.sub(r"=82\d\d", f"={ports[SessionKind(f'Kalshi{kind}')]}", session)
    (folder / "quickfix.cfg").write_text(f"{default}[SESSION]{session}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.quickfix_client", folder / "quickfix.cfg", folder / "key.pem"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def heard(process, **fields):
    """The next message that has all these fields; tags with an underscore."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while line := await process.stdout.readline():
            message = dict(field.split("=", 1) for field in line.decode().strip().split("\x01") if "=" in field)
            if all(message.get(tag[1:]) == value for tag, value in fields.items()):
                return message
    raise AssertionError("QuickFIX ended")


@pytest.fixture
def quickfix():
    fix = pytest.importorskip("quickfix", reason="QuickFIX for Python is not installed")
    if not hasattr(fix, "SSLSocketInitiator"):
        pytest.skip("this QuickFIX was built without OpenSSL")
    return fix


@pytest.fixture
def certificate(tmp_path):
    return TlsFiles(*kept_certificate(tmp_path / "tls", "127.0.0.1"))


@pytest.mark.parametrize("tls", [False, True])
async def test_the_quickfix_file_logs_on(tmp_path, quickfix, certificate, tls):
    trusted = certificate.certificate if tls else None
    async with (
        live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate if tls else None) as venue,
        listening(tmp_path, venue.venue.fix_ports, venue.trader(1).key_id, trusted=trusted) as client,
    ):
        await heard(client, _35="A")


async def test_quickfix_refuses_a_certificate_that_the_file_does_not_trust(tmp_path, quickfix, certificate):
    another, _ = kept_certificate(tmp_path / "another", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate) as venue:
        key_id = venue.trader(1).key_id
        async with (
            listening(tmp_path, venue.venue.fix_ports, key_id, trusted=another),
            asyncio.timeout(PATIENCE_SECONDS),
        ):
            while not any("SSL_connect failed" in log.read_text() for log in (tmp_path / "log").glob("*.log")):
                assert key_id not in venue.venue._fix.acceptor.live, "it logged on"
                await asyncio.sleep(0.01)


async def test_quickfix_in_tls_is_told_what_it_missed_when_its_connection_was_cut(tmp_path, quickfix, certificate):
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate) as venue:
        trader = venue.trader(1)
        line = Line(venue.venue.fix_ports[SessionKind.RT])
        door = await line.open()
        ports = {SessionKind.RT: line.port}
        async with listening(tmp_path, ports, trader.key_id, "RT", certificate.certificate) as client:
            await heard(client, _35="A")
            await trader.order("bid", "0.4000", "1.00", client_order_id="before")
            assert "43" not in await heard(client, _11="before", _150="0")
            line.cut()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while trader.key_id in venue.venue._fix.acceptor.live:
                    await asyncio.sleep(0)
            await trader.order("bid", "0.4000", "1.00", client_order_id="away")
            line.mend()
            missed = await heard(client, _11="away", _150="0")
            assert missed["43"] == "Y"
            await trader.order("bid", "0.4000", "1.00", client_order_id="after")
            assert "43" not in await heard(client, _11="after", _150="0")
        door.close()
        line.cut()


class Line:
    """A TCP line to a port of the venue that can be cut and mended; its own port stays the same."""

    def __init__(self, port):
        self._to = port
        self._ends = []
        self._is_whole = True

    async def open(self):
        door = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = door.sockets[0].getsockname()[1]
        return door

    def mend(self):
        self._is_whole = True

    def cut(self):
        self._is_whole = False
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _connect(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends += [writer, far_writer]
        if self._is_whole:
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        else:
            self.cut()


async def _carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except ConnectionError:
        pass
    writer.close()
