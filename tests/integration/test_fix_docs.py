"""docs/fix.md is true: its QuickFIX file logs on, its simplefix program places an order."""

import asyncio
import os
import re
import sys
import threading
from pathlib import Path

import pytest

from exchange.adapters.tls import TlsFiles
from sandbox.certificate import kept_certificate
from tests.fix_client import FREE_PORTS
from tests.live import TICKER, live, rsa_key
from wire import signing
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

PAGE = (Path(__file__).parents[2] / "docs" / "fix.md").read_text()
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


@pytest.mark.parametrize("tls", [False, True])
async def test_the_quickfix_file_logs_on(tmp_path, monkeypatch, tls):
    fix = pytest.importorskip("quickfix", reason="QuickFIX for Python is not installed")
    if tls and not hasattr(fix, "SSLSocketInitiator"):
        pytest.skip("this QuickFIX was built without OpenSSL")
    (config,) = (block for block in blocks("ini") if "# quickfix.cfg" in block)
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "spec"
    spec.mkdir()
    (spec / "FIXT11.xml").write_text(transport_dictionary())
    (spec / "FIX50SP2.xml").write_text(application_dictionary())

    class Application(fix.Application):
        def onCreate(self, session_id): ...  # noqa: N802
        def onLogout(self, session_id): ...  # noqa: N802
        def fromAdmin(self, message, session_id): ...  # noqa: N802
        def toApp(self, message, session_id): ...  # noqa: N802
        def fromApp(self, message, session_id): ...  # noqa: N802

        def onLogon(self, session_id):  # noqa: N802
            logged_on.set()

        def toAdmin(self, message, session_id):  # noqa: N802
            values = dict(field.split("=", 1) for field in message.toString().split("\x01") if field)
            if values["35"] == "A":
                text = signing.fix_logon_text(values["52"], int(values["34"]), values["49"], values["56"])
                signature = signing.sign(rsa_key(), text)
                message.setField(fix.IntField(95, len(signature)))
                message.setField(fix.StringField(96, signature))

    logged_on = threading.Event()

    def run(port, key_id):
        text = config.replace("YOUR-API-KEY-ID", key_id).replace("=8228", f"={port}")
        if tls:
            trusted = f"CERTIFICATE_AUTHORITIES_FILE={certificate}"
            assert trusted.split("=")[0] in PAGE
            text = text.replace("[SESSION]", f"{trusted}\n[SESSION]")
        Path("quickfix.cfg").write_text(text)
        settings = fix.SessionSettings("quickfix.cfg")
        application, store = Application(), fix.FileStoreFactory(settings)
        initiator = (fix.SSLSocketInitiator if tls else fix.SocketInitiator)(application, store, settings)
        initiator.start()
        try:
            return logged_on.wait(PATIENCE_SECONDS)
        finally:
            initiator.stop()

    certificate, key = kept_certificate(tmp_path / "tls", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=TlsFiles(certificate, key) if tls else None) as venue:
        port = venue.venue.fix_ports[SessionKind.NR]
        assert await asyncio.to_thread(run, port, venue.trader(1).key_id)
