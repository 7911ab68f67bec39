"""`python -m market_data record`: what it takes, and how it ends."""

import argparse
import asyncio
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path

from market_data.recorder.session import Host, Recording, RecordingFailed, Rows
from wire.signing import KeyFormatError, parse_private_key

API_ROOT = "/trade-api/v2"
WS_PATH = "/trade-api/ws/v2"

_TICKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""A ticker names a folder here."""


class WrongArgument(Exception):
    """Why the recording cannot begin."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Defaults come from what `mock-kalshi status -o env` prints."""
    parser.add_argument("--tickers", required=True, help="markets to record, separated by commas")
    parser.add_argument("--out", type=Path, required=True, help="folder for events/, metadata/ and parquet/")
    parser.add_argument(
        "--api-url",
        default=os.environ.get("KALSHI_API_BASE_URL", "http://127.0.0.1:9090"),
        help="the host's REST address [KALSHI_API_BASE_URL, else http://127.0.0.1:9090]",
    )
    parser.add_argument(
        "--ws-url",
        default=os.environ.get("KALSHI_WS_URL", ""),
        help="its WebSocket address [KALSHI_WS_URL, else the REST address with ws]",
    )
    parser.add_argument("--key-id", default=os.environ.get("KALSHI_KEY_ID", ""), help="API key id [KALSHI_KEY_ID]")
    parser.add_argument(
        "--private-key",
        type=Path,
        default=os.environ.get("KALSHI_PRIVATE_KEY_PATH"),
        help="PEM file of its private key [KALSHI_PRIVATE_KEY_PATH]",
    )
    parser.add_argument("--seconds", type=float, help="stop after so long; without it, on Ctrl-C or SIGTERM")
    parser.add_argument("--no-parquet", action="store_true", help="tapes only")


def run_recorder(arguments: argparse.Namespace) -> int:
    """The exit status."""
    try:
        recording = _recording(arguments)
        asyncio.run(_record(recording, arguments.seconds))
    except (WrongArgument, RecordingFailed, OSError) as error:
        sys.stderr.write(f"market_data record: {error}\n")
        return 1
    sys.stderr.write(
        f"{recording.messages} messages, {recording.connections} connections, {recording.gaps} gaps: {arguments.out}\n"
    )
    return 0


def addresses(api_url: str, ws_url: str) -> tuple[str, str]:
    """(REST root, WebSocket address) from what was given: a bare host gets Kalshi's paths."""
    root, slash, _ = api_url.rstrip("/").partition("/trade-api")
    if not ws_url:
        ws_url = root.replace("http", "ws", 1)
    if "/trade-api" not in ws_url:
        ws_url = ws_url.rstrip("/") + WS_PATH
    return (api_url.rstrip("/") if slash else root + API_ROOT), ws_url


def _recording(arguments: argparse.Namespace) -> Recording:
    """Raises WrongArgument."""
    tickers = [ticker.strip() for ticker in arguments.tickers.split(",") if ticker.strip()]
    strangers = [ticker for ticker in tickers if not _TICKER.fullmatch(ticker)]
    if not tickers or strangers:
        raise WrongArgument(f"--tickers: {', '.join(strangers) or 'none given'}")
    if not arguments.key_id or arguments.private_key is None:
        raise WrongArgument("--key-id and --private-key are needed: the WebSocket is signed")
    try:
        key = parse_private_key(Path(arguments.private_key).read_text())
    except KeyFormatError as error:
        raise WrongArgument(f"{arguments.private_key}: {error}") from None
    return Recording(
        Host(*addresses(arguments.api_url, arguments.ws_url), arguments.key_id, key),
        tickers,
        arguments.out,
        None if arguments.no_parquet else _archive(arguments.out),
    )


def _archive(out: Path) -> Rows:
    """Parquet needs a package that is large; only a recorder has to have it. Raises WrongArgument."""
    try:
        from market_data.recorder.archive import Archive
    except ModuleNotFoundError:
        raise WrongArgument("Parquet needs `pip install mock-kalshi[market-data]`; or give --no-parquet") from None
    return Archive(out)


async def _record(recording: Recording, seconds: float | None) -> None:
    """Until the time is over or somebody stops us; both are a good end."""
    await recording.describe()
    running = asyncio.create_task(recording.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    timer = None if seconds is None else loop.call_later(seconds, running.cancel)
    with suppress(asyncio.CancelledError):
        await running
    if timer is not None:
        timer.cancel()
