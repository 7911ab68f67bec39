"""Where a reader finds the log: in Kafka when there is one, else in the venue's journal files."""

from pathlib import Path

from eventlog.files import JournalTail
from eventlog.kafka import KafkaLog
from wire.event_log import LogSource


def log_source(kafka_bootstrap: str, journal: Path, shard: int = 0) -> LogSource:
    """One shard's log. `journal` is the folder of shard 0; further shards have folders of their own in it."""
    if kafka_bootstrap:
        return KafkaLog(kafka_bootstrap, shard)
    return JournalTail(journal if shard == 0 else journal / str(shard), shard)
