"""`python -m market_data`: serve the venue's market data. `python -m market_data record --help`: record a host's."""

import argparse
import asyncio
import gc
import socket
import sys
from contextlib import suppress

import structlog
import uvicorn
import uvloop

from market_data.app import build
from market_data.recorder.command import add_arguments, run_recorder
from market_data.server import Server
from market_data.settings import Settings
from market_data.socket import reader_protocol
from runtime.log import log_to_stderr
from runtime.settings import load_settings

_log = structlog.get_logger("market_data")


async def serve(settings: Settings, listening: socket.socket) -> None:
    """Until SIGINT or SIGTERM, or until a part fails."""
    # Records and messages come and go by the thousand and hold no cycles: looking for some is a waste.
    gc.set_threshold(50_000, 20, 100)
    server = Server(settings)
    http = uvicorn.Server(
        uvicorn.Config(
            build(server),
            http="httptools",
            ws=reader_protocol(server.door),
            lifespan="off",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=2,
        )
    )
    running = asyncio.create_task(server.run())
    serving = asyncio.create_task(http.serve([listening]))
    await asyncio.wait((running, serving), return_when=asyncio.FIRST_COMPLETED)
    http.should_exit = True
    await serving
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def main() -> None:
    if sys.argv[1:2] == ["record"]:
        parser = argparse.ArgumentParser(
            prog="python -m market_data record", description="Record a Kalshi-compatible host to tapes and Parquet."
        )
        add_arguments(parser)
        sys.exit(run_recorder(parser.parse_args(sys.argv[2:])))
    settings = load_settings(Settings, "market_data", sys.argv[1:])
    log_to_stderr()
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
    except OSError as error:
        sys.exit(f"market_data: cannot listen on {settings.host}:{settings.port}: {error}")
    host, port = listening.getsockname()[:2]
    _log.info("market_data_starts", url=f"http://{host}:{port}", **_shown(settings))
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(settings, listening))


def _shown(settings: Settings) -> dict[str, object]:
    """The settings as a log may have them: an address may carry a password."""
    shown = settings.model_dump(mode="json")
    shown["redis_url"] = settings.redis_url.rpartition("@")[2]
    return shown


if __name__ == "__main__":
    main()
