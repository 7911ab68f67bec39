"""The whole house as docker-compose.yml starts it, natively: against real Kafka, PostgreSQL and Redis."""

import signal
import time

import httpx
import pytest
from sqlalchemy import text

from exchange.adapters.history import Database
from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker
from sandbox.state_dir import StateDir
from tests.compose import OURS, Native
from tests.kafka import skip_or_fail
from tests.live import API, Signed
from tests.postgres import postgres_database, postgres_url
from tests.redis_server import RedisServer
from wire import signing

__all__ = ["postgres_database", "postgres_url"]

SECONDS = 120
TICKER = "KXHIGHMOCK-DEMO-T62"
PRICE = "0.0100"
"""So low that nobody crosses it."""


@pytest.fixture
def house(tmp_path, postgres_database):
    broker, redis = KafkaBroker(tmp_path / "kafka"), RedisServer(tmp_path)
    try:
        broker.start()
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    redis.start()
    servers = {
        "kafka:9092": broker.bootstrap,
        "postgresql://kalshi:development-only@postgres:5432/kalshi": postgres_database,
        "redis://redis:6379/0": redis.url,
    }
    native = Native(tmp_path, servers)
    try:
        for service in OURS:
            native.start(service)
        yield native
    finally:
        statuses = native.stop()
        redis.stop()
        broker.stop()
    # uvicorn hands SIGTERM on once it has stopped for it.
    assert set(statuses.values()) <= {0, -signal.SIGTERM}, statuses


def until(look, wanted):
    """Ask until the answer is the wanted one."""
    end = time.monotonic() + SECONDS
    while (found := look()) != wanted:
        assert time.monotonic() < end, f"{found} and not {wanted}"
        time.sleep(0.2)


def level(url, names):
    """The count at PRICE in a book of levels, whatever the reader calls its bids."""

    def look():
        answer = httpx.get(url, timeout=20)
        if answer.status_code != 200:
            return None
        bids = next(answer.json()[name] for name in names if name in answer.json())
        found = [row for row in bids if (row["price"] if isinstance(row, dict) else row[0]) == PRICE]
        return None if not found else (found[0]["count"] if isinstance(found[0], dict) else found[0][1])

    return look


async def rows(url, order_id):
    engine = Database(url).open()
    async with engine.connect() as connection:
        found = (
            await connection.execute(
                text("SELECT status, ticker, price FROM orders WHERE client_order_id = :id"), {"id": order_id}
            )
        ).all()
    await engine.dispose()
    return [tuple(row) for row in found]


async def test_an_order_by_rest_shows_up_in_the_books_of_both_readers_and_in_postgresql(house, postgres_database):
    state = StateDir(house.state("exchange"))
    key = next(key for key in state.known_keys() if not key.account.startswith("agent-"))
    signed = Signed(key.key_id, signing.parse_private_key(state.pem_path(key).read_text()))
    with httpx.Client(base_url=house.url("exchange") + API, auth=signed, timeout=30) as client:
        body = {
            "ticker": TICKER,
            "side": "bid",
            "price": PRICE,
            "count": "7777.00",
            "client_order_id": "through the house",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        placed = client.post("/portfolio/events/orders", json=body)
        assert placed.status_code == 201, placed.text
        rebuilt = level(f"{house.url('rebuilder')}/books/{TICKER}", ("bids",))
        served = level(f"{house.url('market-data')}/markets/{TICKER}/book", ("bids",))
        for look in (rebuilt, served):
            until(look, "7777.00")
        canceled = client.delete(f"/portfolio/events/orders/{placed.json()['order_id']}")
        assert canceled.status_code == 200, canceled.text
        for look in (rebuilt, served):
            until(look, None)
    health = f"{house.url('exchange')}/health"
    # The market maker goes on trading, so history is never quite at the end: it must pass where the order ended.
    ended = httpx.get(health).json()["seq"]
    until(lambda: httpx.get(health).json()["history"]["stored_seq"] >= ended, True)
    assert await rows(postgres_database, "through the house") == [("canceled", TICKER, 100)]
    assert httpx.get(f"{house.url('ui')}/config.json").json()["venue_url"] == house.url("exchange")
    until(lambda: httpx.get(f"{house.url('market-maker')}/health/live").status_code, 200)
    until(lambda: httpx.get(f"{house.url('rebuilder')}/verify", timeout=30).status_code, 200)
