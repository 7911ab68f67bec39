"""docs/fix.md is true: its files for QuickFIX and QuickFIX/J log on, trust whom they should, and recover; its simplefix
program orders.
"""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from exchange.adapters.tls import TlsFiles
from sandbox.certificate import kept_certificate
from sandbox.jars import JarsUnavailable, fetch
from tests.fix_client import FREE_PORTS
from tests.fix_page import PAGE, blocks
from tests.kafka import skip_or_fail
from tests.live import TICKER, live, rsa_key
from wire import signing
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

ROOT = Path(__file__).parents[2]
JAVA = ROOT / "tests" / "quickfixj"
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


class QuickFix:
    """QuickFIX for Python with the page's files, in a process of its own (tests/quickfix_client.py)."""

    refusal = "SSL_connect failed"
    """What it logs when it does not trust the venue."""

    def __init__(self):
        fix = pytest.importorskip("quickfix", reason="QuickFIX for Python is not installed")
        if not hasattr(fix, "SSLSocketInitiator"):
            pytest.skip("this QuickFIX was built without OpenSSL")

    def config(self, folder, trusted):
        """[DEFAULT] and [SESSION] of the page."""
        (config,) = (block for block in blocks("ini") if "# quickfix.cfg" in block)
        default, session = config.split("[SESSION]")
        if trusted is not None:
            default += tls_lines("CertificationAuthoritiesFile").replace("<KALSHI_FIX_CA_PATH>", str(trusted))
        return default, session

    def command(self, folder):
        return [sys.executable, "-m", "tests.quickfix_client", folder / "client.cfg", folder / "key.pem"]


class QuickFixJ:
    """QuickFIX/J with the page's files, signing with the page's method (tests/quickfixj/Client.java)."""

    refusal = "SSLHandshakeException"

    def __init__(self):
        if shutil.which("javac") is None:
            skip_or_fail("no javac")
        try:
            self.jars = fetch(JAVA / "quickfixj_pom.xml")
        except JarsUnavailable as error:
            skip_or_fail(str(error))

    def config(self, folder, trusted):
        config = of_section("### QuickFIX/J", "ini")
        default, session = config.split("[SESSION]")
        if trusted is not None:
            (imported,) = re.findall(r"^    (keytool .*\\\n.*)$", PAGE, re.MULTILINE)
            environment = os.environ | {"KALSHI_FIX_CA_PATH": str(trusted)}
            subprocess.run(imported, shell=True, cwd=folder, env=environment, check=True, capture_output=True)
            default += tls_lines("SocketUseSSL=Y\nSocketTrustStore=").replace("=trust.p12", f"={folder}/trust.p12")
        return default, session

    def command(self, folder):
        (signing_method,) = (block for block in blocks("java") if "void toAdmin" in block)
        source = (JAVA / "Client.java").read_text().replace("// toAdmin", signing_method)
        (folder / "Client.java").write_text(source)
        return ["java", "-cp", f"{self.jars}/*", folder / "Client.java", folder / "client.cfg", folder / "key.pem"]


@pytest.fixture(params=[QuickFix, QuickFixJ])
def engine(request):
    return request.param()


def tls_lines(start):
    (lines,) = (block for block in blocks("ini") if block.startswith(start))
    return lines


def of_section(heading, kind):
    """The first block of this kind under a heading."""
    return re.search(rf"```{kind}\n(.*?)```", PAGE[PAGE.index(f"{heading}\n") :], re.DOTALL)[1]


@contextlib.asynccontextmanager
async def listening(engine, folder, ports, key_id, kind="NR", trusted=None):
    """Another FIX engine that logs on, in a process of its own."""
    (folder / "spec").mkdir()
    (folder / "spec" / "FIXT11.xml").write_text(transport_dictionary())
    (folder / "spec" / "FIX50SP2.xml").write_text(application_dictionary())
    (folder / "key.pem").write_bytes(rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    default, session = engine.config(folder, trusted)
    if kind != "NR":
        (session,) = (block.removeprefix("[SESSION]") for block in blocks("ini") if f"=Kalshi{kind}" in block)
    default = default.replace("=spec/", f"={folder}/spec/")
    default = default.replace("FileStorePath=store", f"FileStorePath={folder}/store\nFileLogPath={folder}/log")
    session = re.sub(r"=(YOUR|ANOTHER)-API-KEY-ID", f"={key_id}", session)
    session = re.sub(r"=82\d\d", f"={ports[SessionKind(f'Kalshi{kind}')]}", session)
    (folder / "client.cfg").write_text(f"{default}[SESSION]{session}")
    process = await asyncio.create_subprocess_exec(
        *engine.command(folder), cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
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
def certificate(tmp_path):
    return TlsFiles(*kept_certificate(tmp_path / "tls", "127.0.0.1"))


@pytest.mark.parametrize("tls", [False, True])
async def test_the_file_logs_on(tmp_path, engine, certificate, tls):
    trusted = certificate.certificate if tls else None
    async with (
        live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate if tls else None) as venue,
        listening(engine, tmp_path, venue.venue.fix_ports, venue.trader(1).key_id, trusted=trusted) as client,
    ):
        await heard(client, _35="A")


async def test_a_certificate_that_the_file_does_not_trust_is_refused(tmp_path, engine, certificate):
    another, _ = kept_certificate(tmp_path / "another", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate) as venue:
        key_id = venue.trader(1).key_id
        async with (
            listening(engine, tmp_path, venue.venue.fix_ports, key_id, trusted=another),
            asyncio.timeout(PATIENCE_SECONDS),
        ):
            while not any(engine.refusal in log.read_text() for log in (tmp_path / "log").glob("*.log")):
                assert key_id not in venue.venue._fix.acceptor.live, "it logged on"
                await asyncio.sleep(0.01)


async def test_in_tls_it_is_told_what_it_missed_when_its_connection_was_cut(tmp_path, engine, certificate):
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate) as venue:
        trader = venue.trader(1)
        line = Line(venue.venue.fix_ports[SessionKind.RT])
        door = await line.open()
        ports = {SessionKind.RT: line.port}
        async with listening(engine, tmp_path, ports, trader.key_id, "RT", certificate.certificate) as client:
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
