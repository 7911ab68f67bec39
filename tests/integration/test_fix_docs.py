"""docs/fix.md is true: its QuickFIX files log on, trust whom they should, and recover; its simplefix program orders."""

import asyncio
import base64
import os
import queue
import re
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from exchange.adapters.tls import TlsFiles
from sandbox.certificate import kept_certificate
from tests.fix_client import FREE_PORTS
from tests.live import TICKER, live, rsa_key
from wire import signing
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

PAGE = (Path(__file__).parents[2] / "docs" / "fix.md").read_text()
TRUST = "CertificationAuthoritiesFile"
PATIENCE_SECONDS = 60


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


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
    """QuickFIX for Python with the page's files and the page's `toAdmin`; what it hears, in `heard`."""

    def __init__(self, fix, folder, ports, key_id, kind="NR", trusted=None):
        heard = self.heard = queue.Queue()
        names = {"quickfix": fix, "base64": base64, "hashes": hashes, "padding": padding}
        (signing_method,) = (block for block in blocks("python") if "def toAdmin" in block)
        exec(signing_method, names)

        class Application(fix.Application):
            key = rsa_key()
            toAdmin = names["toAdmin"]  # noqa: N815

            def onCreate(self, session_id):  # noqa: N802
                self.session_id = session_id

            def onLogon(self, session_id):  # noqa: N802
                heard.put({"35": "A"})

            def fromApp(self, message, session_id):  # noqa: N802
                heard.put(dict(field.split("=", 1) for field in message.toString().split("\x01") if field))

            def onLogout(self, session_id): ...  # noqa: N802
            def fromAdmin(self, message, session_id): ...  # noqa: N802
            def toApp(self, message, session_id): ...  # noqa: N802

        (folder / "spec").mkdir()
        (folder / "spec" / "FIXT11.xml").write_text(transport_dictionary())
        (folder / "spec" / "FIX50SP2.xml").write_text(application_dictionary())
        (config,) = (block for block in blocks("ini") if "# quickfix.cfg" in block)
        default, session = config.replace("=spec/", f"={folder}/spec/").split("[SESSION]")
        if kind != "NR":
            (session,) = (block.removeprefix("[SESSION]") for block in blocks("ini") if f"=Kalshi{kind}" in block)
        if trusted is not None:
            (lines,) = (block for block in blocks("ini") if block.startswith(TRUST))
            default += lines.replace("<KALSHI_FIX_CA_PATH>", str(trusted))
        default = default.replace("FileStorePath=store", f"FileStorePath={folder}/store\nFileLogPath={folder}/log")
        session = re.sub(r"=(YOUR|ANOTHER)-API-KEY-ID", f"={key_id}", session)
        session = re.sub(r"=82\d\d", f"={ports[SessionKind(f'Kalshi{kind}')]}", session)
        (folder / "quickfix.cfg").write_text(f"{default}[SESSION]{session}")
        settings = fix.SessionSettings(str(folder / "quickfix.cfg"))
        self._fix, self._application, self._log = fix, Application(), folder / "log"
        self._kept = (settings, fix.FileStoreFactory(settings), fix.FileLogFactory(settings))
        start = fix.SocketInitiator if trusted is None else fix.SSLSocketInitiator
        self.initiator = start(self._application, self._kept[1], settings, self._kept[2])

    async def hear(self, **fields):
        """What comes up to the message that has all these fields, that one included; tags with an underscore."""
        heard = []
        while not heard or any(heard[-1].get(tag[1:]) != value for tag, value in fields.items()):
            heard.append(await asyncio.to_thread(self.heard.get, timeout=PATIENCE_SECONDS))
        return heard

    def order(self, name):
        message = self._fix.Message()
        message.getHeader().setField(self._fix.StringField(35, "D"))
        for tag, value in ((11, name), (55, TICKER), (54, 1), (38, 1), (40, 2), (44, 40), (59, 1)):
            message.setField(self._fix.StringField(tag, str(value)))
        assert self._fix.Session.sendToTarget(message, self._application.session_id)

    def log(self):
        return "".join(path.read_text() for path in self._log.glob("*.log"))


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
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate if tls else None) as venue:
        trusted = certificate.certificate if tls else None
        client = QuickFix(quickfix, tmp_path, venue.venue.fix_ports, venue.trader(1).key_id, trusted=trusted)
        client.initiator.start()
        try:
            await client.hear(_35="A")
        finally:
            await asyncio.to_thread(client.initiator.stop)


async def test_quickfix_refuses_a_certificate_that_the_file_does_not_trust(tmp_path, quickfix, certificate):
    another, _ = kept_certificate(tmp_path / "another", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate) as venue:
        client = QuickFix(quickfix, tmp_path, venue.venue.fix_ports, venue.trader(1).key_id, trusted=another)
        client.initiator.start()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while "SSL_connect failed" not in client.log():
                    assert client.heard.empty(), "it logged on"
                    await asyncio.sleep(0.01)
        finally:
            await asyncio.to_thread(client.initiator.stop, True)


async def test_quickfix_in_tls_is_told_what_it_missed_when_its_connection_was_cut(tmp_path, quickfix, certificate):
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=certificate) as venue:
        trader = venue.trader(1)
        line = Line(venue.venue.fix_ports[SessionKind.RT])
        await line.mend()
        ports = {SessionKind.RT: line.port}
        client = QuickFix(quickfix, tmp_path, ports, trader.key_id, "RT", certificate.certificate)
        client.initiator.start()
        try:
            await client.hear(_35="A")
            client.order("before")
            await client.hear(_11="before", _150="0")
            line.cut()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while trader.key_id in venue.venue._fix.acceptor.live:
                    await asyncio.sleep(0)
            await trader.order("bid", "0.4000", "1.00", client_order_id="away")
            await line.mend()
            (*_, missed) = await client.hear(_11="away", _150="0")
            assert missed["43"] == "Y"
            client.order("after")
            (*_, fresh) = await client.hear(_11="after", _150="0")
            assert "43" not in fresh
        finally:
            line.cut()
            await asyncio.to_thread(client.initiator.stop, True)


class Line:
    """A TCP line to a port of the venue that can be cut and mended."""

    def __init__(self, port):
        self.port = 0
        self._to = port
        self._ends = []
        self._door = None

    async def mend(self):
        self._door = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._door.sockets[0].getsockname()[1]

    def cut(self):
        if self._door is not None:
            self._door.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _connect(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends += [writer, far_writer]
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))


async def _carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except ConnectionError:
        pass
    writer.close()
