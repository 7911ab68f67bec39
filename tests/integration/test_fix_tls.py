"""FIX in TLS: the certificate that `up` makes, the one it is given, and who is not let in."""

import asyncio
import shlex
import socket
import ssl
from pathlib import Path

import pytest

from exchange.adapters import tls
from exchange.adapters.tls import TlsFiles
from exchange.gateways.fix.turns import TURN_BYTES
from sandbox.certificate import kept_certificate
from sandbox.state_dir import StateDir
from tests.fix_client import FREE_PORTS, FixClient
from tests.integration.test_cli import Cli
from tests.live import TICKER, live
from wire.fix.profiles import SessionKind


def environment(cli):
    lines = cli("status", "-o", "env").stdout.splitlines()
    return {name: "".join(shlex.split(value)) for name, value in (line.split("=", 1) for line in lines)}


def shake_hands(host, port, trusted):
    context = ssl.create_default_context(cafile=trusted)
    with socket.create_connection((host, port), 30) as plain, context.wrap_socket(plain, server_hostname=host) as tls:
        return tls.version()


@pytest.fixture
def cli(tmp_path):
    command = Cli(tmp_path / "venue")
    yield command
    command("down")


def test_up_makes_a_certificate_that_clients_trust_and_keeps_it(cli):
    said = cli.up("--fix-tls")
    values = environment(cli)
    trusted = values["KALSHI_FIX_CA_PATH"]
    assert trusted in said
    for host in (values["KALSHI_FIX_HOST"], "localhost"):
        assert shake_hands(host, int(values["KALSHI_FIX_NR_PORT"]), trusted) in ("TLSv1.2", "TLSv1.3")
    first = Path(trusted).read_text()
    cli("down")
    cli.up("--fix-tls")
    assert Path(trusted).read_text() == first
    assert (StateDir(cli.state).tls / "key.pem").stat().st_mode & 0o777 == 0o600


def test_up_serves_a_given_certificate(cli, tmp_path):
    certificate, key = kept_certificate(tmp_path / "mine", "127.0.0.1")
    cli.up("--fix-cert", str(certificate), "--fix-key", str(key))
    values = environment(cli)
    assert values["KALSHI_FIX_CA_PATH"] == str(certificate)
    assert shake_hands("127.0.0.1", int(values["KALSHI_FIX_MD_PORT"]), str(certificate))


def test_a_certificate_without_its_key_is_refused(cli, tmp_path):
    certificate, _ = kept_certificate(tmp_path / "mine", "127.0.0.1")
    result = cli("up", "--fix-cert", str(certificate))
    assert result.returncode == 2
    assert "--fix-key" in result.stderr


def test_without_tls_no_certificate_is_named(cli):
    cli.up()
    assert "KALSHI_FIX_CA_PATH" not in environment(cli)


class Heard:
    """A log that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def info(self, event: str, reason: str) -> None:
        self.lines.append((event, reason))


async def test_a_session_in_tls_trades_and_plain_or_old_clients_do_not_get_in(tmp_path, monkeypatch):
    log = Heard()
    monkeypatch.setattr(tls, "_log", log)
    certificate, key = kept_certificate(tmp_path / "tls", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=TlsFiles(certificate, key)) as venue:
        trusting = ssl.create_default_context(cafile=str(certificate))
        fix = FixClient(venue.trader(1), "RT", tls=trusting)
        await fix.log_on(("21011", "Y"))
        fix.order("a")
        await fix.expect("8", _150="0", _11="a")
        port = venue.venue.fix_ports[SessionKind.NR]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"8=FIXT.1.1\x019=5\x0135=A\x0110=000\x01")
        async with asyncio.timeout(60):
            # An alert at most, and the end: nothing of FIX is said to who does not speak TLS.
            assert b"8=FIXT" not in await reader.read()
        writer.close()
        assert [event for event, _ in log.lines] == ["tls_handshake_failed"]
        old = ssl.create_default_context(cafile=str(certificate))
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=old)
        await fix.quiet()


async def test_a_key_is_free_when_its_session_has_ended_even_if_the_client_never_ends_tls(tmp_path):
    certificate, key = kept_certificate(tmp_path / "tls", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=TlsFiles(certificate, key)) as venue:
        trusting = ssl.create_default_context(cafile=str(certificate))
        first = FixClient(venue.trader(1), "NR", tls=trusting)
        port = venue.venue.fix_ports[SessionKind.NR]

        def in_and_out() -> ssl.SSLSocket:
            plain = socket.create_connection(("127.0.0.1", port), 60)
            tls = trusting.wrap_socket(plain, server_hostname="127.0.0.1")
            for sent, answer in ((first.signed_logon(), b"35=A"), (first.sealed("5"), b"35=5")):
                tls.sendall(sent)
                assert answer in tls.recv(65536)
            return tls

        # Nothing is read from it any more, and so the venue's goodbye in TLS is not answered.
        with await asyncio.to_thread(in_and_out):
            again = FixClient(first.trader, "NR", tls=trusting)
            await again.log_on()


async def test_what_a_client_sent_before_it_ended_tls_is_obeyed(tmp_path):
    certificate, key = kept_certificate(tmp_path / "tls", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=TlsFiles(certificate, key)) as venue:
        fix = FixClient(venue.trader(1), "NR", tls=ssl.create_default_context(cafile=str(certificate)))
        await fix.log_on()
        names = [f"o{number}" for number in range(TURN_BYTES // 150)]
        fields = (("38", 1), ("40", 2), ("44", 1), ("54", 1), ("55", TICKER), ("59", 1))
        burst = b"".join(fix.sealed("D", ("11", name), *fields) for name in names)
        assert len(burst) > TURN_BYTES, "more than is read at once"
        fix._writer.write(burst)
        await fix.close()
        async with asyncio.timeout(60):
            while fix.trader.key_id in venue.venue._fix.acceptor.live:
                await asyncio.sleep(0.01)
        resting = {order.client_order_id for order in venue.venue.views.orders.resting(1)}
        assert resting == set(names)
