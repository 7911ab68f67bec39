"""What a state store promises, held against every adapter: memory, and a real Redis."""

import asyncio
import time
import uuid

import pytest

from market_data.redis_store import RedisStore
from market_data.store import Entry, MemoryStore, StoreUnavailable
from tests.redis_server import RedisServer, redis_url  # noqa: F401  # a fixture

LONG = 60_000
SHORT = 150
"""Milliseconds."""


@pytest.fixture(params=["memory", "redis"])
async def store(request):
    made = MemoryStore() if request.param == "memory" else RedisStore(request.getfixturevalue("redis_url"))
    yield made
    await made.close()


@pytest.fixture
def name():
    """Of a key nobody else has."""
    return f"test:{uuid.uuid4().hex}"


async def until_gone(store, key):
    async with asyncio.timeout(60):
        while await store.get([key]) != [None]:
            await asyncio.sleep(0.01)


async def test_values_come_in_the_order_of_their_keys(store, name):
    await store.put([Entry(f"{name}:a", b"1", LONG), Entry(f"{name}:b", b"\x00\xff", LONG)])
    assert await store.get([f"{name}:b", f"{name}:none", f"{name}:a"]) == [b"\x00\xff", None, b"1"]
    assert await store.get([]) == []


async def test_a_value_is_not_there_when_its_time_is_over(store, name):
    began = time.monotonic()
    await store.put([Entry(name, b"old", SHORT)])
    await until_gone(store, name)
    assert time.monotonic() - began >= SHORT / 1000 * 0.95
    assert await store.keys(name) == []


async def test_writing_again_gives_a_value_a_new_time(store, name):
    await store.put([Entry(name, b"old", SHORT)])
    await store.put([Entry(name, b"new", LONG)])
    await store.put([Entry(f"{name}:other", b"x", SHORT)])
    await until_gone(store, f"{name}:other")
    assert await store.get([name]) == [b"new"]


async def test_keys_are_found_by_their_beginning(store, name):
    await store.put([Entry(f"{name}:{letter}", b"x", LONG) for letter in "abc"])
    assert sorted(await store.keys(f"{name}:")) == [f"{name}:a", f"{name}:b", f"{name}:c"]


async def test_a_lease_is_one_owners_until_it_runs_out(store, name):
    assert await store.lead(name, "first", LONG) == "gained"
    assert await store.lead(name, "first", SHORT) == "kept"
    assert await store.lead(name, "second", LONG) == "other"
    await until_gone(store, name)
    assert await store.lead(name, "second", LONG) == "gained"
    assert await store.lead(name, "first", LONG) == "other"


async def test_who_is_subscribed_gets_every_message_in_order(store, name):
    async with store.subscribed(name) as messages:
        for number in range(100):
            await store.put((), name, b"%d" % number)
        async with asyncio.timeout(60):
            assert [await anext(messages) for _ in range(100)] == [b"%d" % number for number in range(100)]


async def test_whoever_sees_a_message_finds_what_was_stored_with_it(store, name):
    async with store.subscribed(name) as messages:
        for number in range(50):
            await store.put([Entry(f"{name}:value", b"%d" % number, LONG)], name, b"%d" % number)
            async with asyncio.timeout(60):
                assert await store.get([f"{name}:value"]) == [await anext(messages)]


async def test_messages_reach_every_subscriber_and_nobody_afterwards(store, name):
    async with store.subscribed(name) as first, store.subscribed(name) as second:
        await store.put((), name, b"both")
        async with asyncio.timeout(60):
            assert (await anext(first), await anext(second)) == (b"both", b"both")
    await store.put((), name, b"nobody")
    async with store.subscribed(name) as late:
        await store.put((), name, b"late")
        async with asyncio.timeout(60):
            assert await anext(late) == b"late"


async def test_a_redis_that_died_makes_every_call_raise_and_serves_again_when_it_is_back(tmp_path, name):
    server = RedisServer(tmp_path)
    server.start()
    store = RedisStore(server.url)
    try:
        await store.put([Entry(name, b"x", LONG)])
        async with store.subscribed(name) as messages:
            server.kill()
            with pytest.raises(StoreUnavailable):
                async with asyncio.timeout(60):
                    await anext(messages)
        for call in (
            store.get([name]),
            store.put([Entry(name, b"x", LONG)]),
            store.keys(name),
            store.lead(name, "a", 1),
        ):
            with pytest.raises(StoreUnavailable):
                await call
        with pytest.raises(StoreUnavailable):
            async with store.subscribed(name):
                pass
        server.start()
        assert await store.get([name]) == [None]
        assert await store.lead(name, "a", LONG) == "gained"
    finally:
        await store.close()
        server.stop()
