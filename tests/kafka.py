"""The broker of a test run: a given one, or one started for it and stopped behind it."""

import os
from collections.abc import Iterator

import pytest

from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker


def skip_or_fail(why: str) -> None:
    """Without a server a test is skipped; where everything must run, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a Kafka that answers."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    try:
        seconds = broker.start()
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    print(f"Kafka started in {seconds:.1f} s")
    yield broker.bootstrap
    broker.stop()
