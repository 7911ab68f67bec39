"""The publisher as a part of a running venue: begun, stopped, and asked how it is."""

from __future__ import annotations

import asyncio

import structlog

from eventlog.files import JournalTail
from exchange.adapters.journal import FileJournal, NoJournal
from exchange.gateways.health import PublisherHealth
from exchange.options import SHARD
from exchange.publisher import Publisher
from wire.event_log import LogError

_log = structlog.get_logger("publisher")


class Publishing:
    """Publishes a journal's records to Kafka, where one is named and there is a journal; otherwise nothing."""

    def __init__(self, servers: str, journal: FileJournal | NoJournal) -> None:
        self.publisher: Publisher | None = None
        self._servers = servers
        self._journal = journal
        self._running: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._servers and isinstance(self._journal, FileJournal):
            from eventlog.kafka import KafkaLog  # its client is loaded by those who publish

            target = KafkaLog(self._servers, SHARD)
            self.publisher = Publisher(JournalTail(self._journal.folder, SHARD), target, target.create_topic)
            self._running = asyncio.get_running_loop().create_task(self._publish(self.publisher))

    async def stop(self) -> None:
        """What is not published yet the next start will publish."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait((self._running,))
            self._running = None

    def health(self, seq: int) -> PublisherHealth | None:
        """How far it is behind `seq`; None where nothing is published."""
        if (publisher := self.publisher) is None:
            return None
        return PublisherHealth(
            self._servers,
            publisher.published_seq,
            max(0, seq - publisher.published_seq),
            publisher.outages,
            publisher.stopped,
            publisher.trouble,
        )

    async def _publish(self, publisher: Publisher) -> None:
        """A log that cannot be published on is told in health and figures; trading goes on without it."""
        try:
            await publisher.run()
        except LogError:
            return  # it has said so, and shows it
        except Exception as error:  # noqa: BLE001  # a process edge: a bug out there must not be one in here
            publisher.trouble, publisher.stopped = repr(error), True
            _log.error("publishing_stopped", exc_info=error)
