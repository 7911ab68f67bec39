"""What watches over the venue: its health, its figures, and what both say of a Kafka that is not as it should be."""

import asyncio
import socket

import httpx

from eventlog.kafka import KafkaLog
from tests.kafka import kafka_bootstrap  # noqa: F401  # a fixture
from tests.live import live
from tests.log_records import entries
from wire.event_log import TOPIC


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def health_when(url, condition):
    """The body of /health once it is so."""
    async with asyncio.timeout(60), httpx.AsyncClient(timeout=20) as http:
        while True:
            body = (await http.get(url + "/health")).json()
            if condition(body):
                return body
            await asyncio.sleep(0.02)


async def test_a_venue_is_live_and_ready_and_shows_its_figures(tmp_path):
    async with live(tmp_path) as venue, httpx.AsyncClient(base_url=venue.url, timeout=20) as http:
        for path in ("/health", "/health/live", "/health/ready"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["status"]) == (200, "ok")
            assert answer.json()["publisher"] is None
        figures = (await http.get("/metrics")).text
    assert f"venue_seq {venue.venue.views.seq}.0" in figures
    assert "venue_ready 1.0" in figures
    assert "publisher" not in figures


async def test_a_kafka_that_is_away_is_shown_and_trading_goes_on(tmp_path):
    kafka = f"127.0.0.1:{free_port()}"
    async with live(tmp_path, kafka=kafka) as venue, httpx.AsyncClient(base_url=venue.url, timeout=20) as http:
        body = await health_when(venue.url, lambda body: body["publisher"]["trouble"])
        assert body["status"] == "ok"
        assert body["publisher"] | {"trouble": ""} == {
            "bootstrap": kafka,
            "published_seq": 0,
            "lag": body["seq"],
            "outages": 1,
            "stopped": False,
            "trouble": "",
        }
        figures = (await http.get("/metrics")).text
        for line in ("venue_publisher_in_trouble 1.0", "venue_publisher_outages_total 1.0"):
            assert line in figures
        answer = await venue.trader(1).order("bid", "0.1000", "1.00")
        assert answer.status_code == 201


async def test_the_log_of_another_venue_in_kafka_stops_publishing_and_nothing_else(
    tmp_path,
    kafka_bootstrap,  # noqa: F811
    monkeypatch,
):
    topic = f"{TOPIC}-{tmp_path.name}"
    monkeypatch.setattr("eventlog.kafka.KafkaLog", lambda bootstrap, shard: KafkaLog(bootstrap, shard, topic))
    other = KafkaLog(kafka_bootstrap, topic=topic)
    await other.create_topic()
    await other.append(entries(1, 5))
    await other.close()
    async with live(tmp_path, kafka=kafka_bootstrap) as venue, httpx.AsyncClient(base_url=venue.url) as http:
        body = await health_when(venue.url, lambda body: body["publisher"]["stopped"])
        assert "another venue" in body["publisher"]["trouble"]
        assert "venue_publisher_stopped 1.0" in (await http.get("/metrics")).text
        answer = await venue.trader(1).order("bid", "0.1000", "1.00")
        assert answer.status_code == 201
        assert (await http.get("/health/ready")).status_code == 200
