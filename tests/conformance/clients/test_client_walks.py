"""Published, unmodified clients trade here: each in its own interpreter, against a venue with real sockets.

Where a client's environment is missing its walk is skipped and says so; under CI=true it fails instead.
"""

import asyncio
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from exchange.adapters.tls import TlsFiles
from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from sandbox.certificate import kept_certificate
from tests.fix_client import FREE_PORTS
from tests.live import API, SOCKET, TICKER, live, rsa_key
from wire import signing
from wire.enums import MarketResult

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LONGEST_WALK_S = 60


async def test_kalshi_sdk_walks(tmp_path):
    python = python_of("MOCK_KALSHI_SDK_PYTHON", ".venv-sdk", "kalshi-sdk 22.4.0 needs a Python 3.12 of its own")
    await walk(tmp_path, python, "walk_kalshi_sdk.py")


async def test_kalshi_sdk_walks_over_fix(tmp_path):
    python = python_of("MOCK_KALSHI_SDK_PYTHON", ".venv-sdk", "kalshi-sdk 22.4.0 needs a Python 3.12 of its own")
    certificate, key = kept_certificate(tmp_path / "tls", "127.0.0.1")
    async with live(tmp_path / "venue", fix=FREE_PORTS, fix_tls=TlsFiles(certificate, key)) as venue:
        house = venue.trader(3)
        for side, price in (("bid", "0.40"), ("ask", "0.60")):
            assert (await house.order(side, price, "50")).status_code == 201
        members = {"ANN": 1, "BOB": 2, "DC": 1, "MD": 1, "PT": 1, "RT": 1}
        ports = {f"KALSHI_FIX_{kind.name}_PORT": str(port) for kind, port in venue.venue.fix_ports.items()}
        process = await asyncio.create_subprocess_exec(
            python,
            str(HERE / "walk_kalshi_sdk_fix.py"),
            env=os.environ
            | ports
            | {f"KALSHI_KEY_ID_{name}": venue.trader(member).key_id for name, member in members.items()}
            | {
                "TICKER": TICKER,
                "KALSHI_FIX_HOST": "127.0.0.1",
                "KALSHI_FIX_CA_PATH": str(certificate),
                "KALSHI_PRIVATE_KEY_PATH": str(key_file(tmp_path)),
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(LONGEST_WALK_S):
                said = await process.stdout.readline()
                if said == b"settle\n":
                    ended = c.DetermineMarket(TICKER, MarketResult.YES)
                    await venue.do(c.SetCloseTime(TICKER, 1), ended, c.SettleMarket(TICKER))
                    process.stdin.write(b"settled\n")
                rest, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, (said + rest).decode()
    assert rest.decode().endswith("walked\n")


async def test_pykalshi_walks(tmp_path):
    if find_spec("pykalshi") is None:
        missing("pykalshi is not installed")
    await walk(tmp_path, sys.executable, "walk_pykalshi.py")


async def test_kalshi_python_sync_walks_the_retired_api(tmp_path):
    python = python_of("MOCK_KALSHI_V1_PYTHON", ".venv-v1", "kalshi-python-sync 3.2.0 needs a Python of its own")
    await walk(tmp_path, python, "walk_kalshi_python_sync.py", gateways=GatewaySettings(api_v1=True))


@pytest.mark.parametrize("package", ["kalshi_python_sync", "kalshi_python_async"])
async def test_kalshis_own_python_clients_of_today_walk(tmp_path, package):
    why = "kalshi-python-sync and -async 3.34.0 need a Python 3.13 of their own"
    python = python_of("MOCK_KALSHI_OFFICIAL_PYTHON", ".venv-official", why)
    await walk(tmp_path, python, "walk_kalshi_python.py", variables={"KALSHI_CLIENT": package})


async def test_kalshi_typescript_walks(tmp_path):
    """Not even CI needs this one: node is no part of a bare machine."""
    node, modules = shutil.which("node"), ROOT / ".venv-ts" / "node_modules"
    if node is None or not (modules / "kalshi-typescript").is_dir():
        pytest.skip(f"node, or kalshi-typescript 3.30.0 in {modules}, is not there")
    await walk(tmp_path, node, "walk_kalshi_typescript.cjs", variables={"NODE_PATH": str(modules)})


async def walk(state, interpreter, script, variables=None, **options):
    """Run a client's script against a new venue with a bid of 50 at 0.40 and an ask of 50 at 0.60."""
    async with live(state, **options) as venue:
        ann, bob, house = (venue.trader(member) for member in (1, 2, 3))
        for side, price in (("bid", "0.40"), ("ask", "0.60")):
            assert (await house.order(side, price, "50")).status_code == 201
        pem = key_file(state)
        process = await asyncio.create_subprocess_exec(
            interpreter,
            str(HERE / script),
            env=os.environ
            | (variables or {})
            | {
                "TICKER": TICKER,
                "KALSHI_API_BASE_URL": venue.url + API,
                "KALSHI_WS_URL": f"ws://127.0.0.1:{venue.venue.port}{SOCKET}",
                "KALSHI_KEY_ID": ann.key_id,
                "KALSHI_PRIVATE_KEY_PATH": str(pem),
                "KALSHI_KEY_ID_2": bob.key_id,
                "KALSHI_PRIVATE_KEY_PATH_2": str(pem),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LONGEST_WALK_S)
        except TimeoutError:
            process.kill()
            output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert output.decode().endswith("walked\n")


def key_file(folder):
    pem = folder / "key.pem"
    pem.write_text(signing.private_pem(rsa_key()))
    return pem


def python_of(variable, folder, why):
    """The Python of a client's environment."""
    python = Path(os.environ.get(variable) or ROOT / folder / "bin" / "python")
    if not python.exists():
        missing(f"{why}: {python} is not there")
    return str(python)


def missing(reason):
    if os.environ.get("CI") == "true":
        pytest.fail(f"required under CI: {reason}")
    pytest.skip(reason)
