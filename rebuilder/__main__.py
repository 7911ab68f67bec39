"""`python -m rebuilder`: follow the log, serve the books, leave a checkpoint behind."""

import asyncio
import gc
import sys
from contextlib import suppress

import httpx
import structlog
import uvicorn

from eventlog.sources import log_source
from eventlog.table import KafkaTable
from rebuilder.app import build
from rebuilder.checkpoint import Checkpoints
from rebuilder.follower import Follower
from rebuilder.settings import Settings
from rebuilder.stream import Stream
from rebuilder.tables import TableWriter
from rebuilder.verify import HttpVenue
from runtime.log import log_to_stderr
from runtime.settings import load_settings
from wire.tables import BOOKS_TOPIC, REGISTRY_TOPIC

_log = structlog.get_logger("rebuilder")


async def serve(settings: Settings) -> None:
    """Until SIGINT or SIGTERM, or until a follower fails."""
    # Records come and go by the thousand and hold no cycles: looking for some every 700 of them is a waste.
    gc.set_threshold(50_000, 20, 100)
    stream = Stream()
    followers = [
        Follower(
            log_source(settings.kafka_bootstrap_servers, settings.journal, shard),
            Checkpoints(settings.checkpoints / str(shard), settings.checkpoints_kept),
            shard,
            stream,
            settings.checkpoint_every,
        )
        for shard in range(settings.shards)
    ]
    async with httpx.AsyncClient(base_url=settings.venue_url, timeout=30) as client:
        app = build(followers, stream, HttpVenue(client), settings.allowed_origins.split(","))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                lifespan="off",
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=2,
            )
        )
        following = [asyncio.create_task(one.run()) for one in followers]
        following += [asyncio.create_task(one.run()) for one in _tables(settings, followers)]
        serving = asyncio.create_task(server.serve())
        await asyncio.wait((serving, *following), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        for task in following:
            task.cancel()
        ended = await asyncio.gather(*following, return_exceptions=True)
    for one in followers:
        one.checkpoint()
        await one.source.close()
    for failure in ended:
        if isinstance(failure, Exception):
            raise failure


def _tables(settings: Settings, followers: list[Follower]) -> list[TableWriter]:
    """Where there is a Kafka, newcomers find each market's newest book and listing in it."""
    if not (bootstrap := settings.kafka_bootstrap_servers):
        return []
    return [
        TableWriter(
            one, KafkaTable(bootstrap, BOOKS_TOPIC, one.shard), KafkaTable(bootstrap, REGISTRY_TOPIC, one.shard)
        )
        for one in followers
    ]


def main() -> None:
    settings = load_settings(Settings, "rebuilder", sys.argv[1:])
    log_to_stderr()
    _log.info("rebuilder_starts", **settings.model_dump(mode="json"))
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
