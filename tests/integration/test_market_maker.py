"""The maker against a live venue, over REST and over FIX: it quotes, doubts, comes back, and leaves nothing behind."""

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager

import httpx
import pytest

from exchange.core import commands as c
from exchange.gateways.auth import ApiKey
from market_maker.bot import MarketMaker
from market_maker.clock import LiveClock
from market_maker.health import HealthServer
from market_maker.safety import Doubt
from market_maker.settings import MakerSettings
from market_maker.status import MakerReporter
from market_maker.venue.credentials import Credentials
from market_maker.venue.feed import Feed
from market_maker.venue.fix import FixVenue
from market_maker.venue.port import Uncertain
from market_maker.venue.rest import RestVenue
from tests.fix_client import FREE_PORTS
from tests.live import TICKER, live
from tests.maker_process import maker_process
from wire import signing
from wire.enums import BookSide
from wire.fix.profiles import SessionKind

PATIENCE_SECONDS = 60
CARRIERS = ("rest", "fix")


async def until(condition, what=""):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path / "venue", fix=FREE_PORTS) as running:
        key = signing.generate_key("ed25519")
        running.venue.keys.add(ApiKey("maker", 1, "maker", key_type="ed25519", public_key_pem=signing.public_pem(key)))
        running.maker_key = key
        pem = tmp_path / "maker.pem"
        pem.write_text(signing.private_pem(key))
        running.settings = {
            "venue_url": running.url,
            "key_id": "maker",
            "private_key_path": pem,
            "ticker": TICKER,
            "interval_ms": 50,
            "health_port": 0,
            "pause_s": 0,
            "fix_port": running.venue.fix_ports[SessionKind.NR],
        }
        yield running


def own(venue):
    """The maker's resting orders, as the engine has them: (side, price, remaining)."""
    orders = venue.venue.sequencer.engine.state.orders.values()
    mine = [order for order in orders if order.position.account.owner.member == 1]
    return [(order.side, order.price, order.remaining) for order in mine]


@asynccontextmanager
async def quoting(here, wait=True, feed="", rest=RestVenue, **changes):
    """A maker in this process, one that quotes already unless `wait` is False."""
    settings = MakerSettings(**(here.settings | changes))
    credentials = Credentials("maker", here.maker_key)
    carrier = (
        FixVenue(here.url, credentials, "127.0.0.1", settings.fix_port)
        if settings.venue == "fix"
        else rest(here.url, credentials)
    )
    clock = LiveClock(here.url)
    bot = MarketMaker(settings, carrier, Feed(feed or here.url, credentials, settings.stale_after_s, True), clock)
    running = asyncio.create_task(bot.run())
    try:
        if wait:
            await until(lambda: bot.is_ready or running.done())
        yield bot
    finally:
        bot.stop()
        await asyncio.wait({running})
        await clock.close()
    running.result()


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_oscillate_walks_with_the_settings_of_old(venue, carrier):
    seen = set()
    async with quoting(venue, venue=carrier):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(seen) < 4:
                book = sorted(own(venue))
                if len(book) == 2 and book[0][1] - book[1][1] == 1_000:
                    seen.add((book[1][1], book[0][1]))
                    assert {count for _, _, count in book} == {10_000}
                await asyncio.sleep(0.005)
    assert {bid for bid, _ in seen} <= set(range(3_300, 5_800, 100))
    assert own(venue) == []


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_fill_is_known_and_the_quote_is_filled_up_again(venue, carrier):
    settings = {"strategy": "ladder", "levels": 1, "spread": 4, "lean": 0, "quantity": 10}
    other = venue.trader(2)
    for side, price in (("bid", "0.4000"), ("ask", "0.6000")):
        await other.order(side, price, "10.00")
    async with quoting(venue, venue=carrier, **settings) as bot:
        best = max(price for side, price, _ in own(venue) if side is BookSide.BID)
        taken = await other.order("ask", f"0.{best}", "4.00", time_in_force="immediate_or_cancel")
        assert taken.json()["fill_count"] == "4.00"
        await until(lambda: bot.account.positions.get(TICKER) == 400)
        await until(lambda: sum(count for side, _, count in own(venue) if side is BookSide.BID) == 1_000)


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_lost_feed_takes_everything_down_and_then_it_begins_again(venue, carrier):
    async with quoting(venue, venue=carrier, pause_s=0.3) as bot:
        connects = bot.feed.connects
        bot.feed._socket.transport.abort()
        await until(lambda: bot.doubts)
        await until(lambda: bot.switch.pulls == 1 and not own(venue))
        await until(lambda: bot.is_ready and own(venue))
        assert bot.feed.connects > connects
        assert sum(bot.doubts.values()) == 1


class Cable:
    """A TCP connection in between that can go dead without a word."""

    def __init__(self, port):
        self.port = port
        self.dead = False
        self._tasks = set()
        self._writers = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _joined(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._tasks.add(asyncio.current_task())
        self._writers += [writer, far_writer]
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))

    async def _carry(self, reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if not self.dead:
                    writer.write(data)
        writer.close()


async def test_a_feed_that_goes_silent_is_a_doubt(venue):
    async with Cable(venue.venue.port) as cable, quoting(venue, feed=cable.url, stale_after_s=2.5) as bot:
        cable.dead = True
        await until(lambda: bot.doubts.get("STALE") == 1)
        await until(lambda: not own(venue))
        assert bot.state != "quoting"
        cable.dead = False
        await until(lambda: bot.is_ready and own(venue))


class Forgetful(RestVenue):
    """Loses the answer to the first order it places: the order rests, and nobody is told."""

    lost = 0

    async def create(self, order):
        answer = await super().create(order)
        if not self.lost:
            self.lost += 1
            raise Uncertain("no answer")
        return answer


async def test_an_order_whose_answer_is_lost_is_taken_down_and_not_sent_twice(venue):
    async with quoting(venue, rest=Forgetful) as bot:
        assert bot.doubts == {"UNCERTAIN": 1}
        await until(lambda: len(own(venue)) == 2)
        assert len({side for side, _, _ in own(venue)}) == 2


async def test_a_fix_session_that_ends_is_a_doubt(venue):
    async with quoting(venue, venue="fix") as bot:
        bot._venue._writer.transport.abort()
        await until(lambda: bot.doubts.get("UNCERTAIN", 0) >= 1)
        await until(lambda: bot.is_ready and own(venue))


async def test_a_gap_in_the_feed_is_a_doubt(venue):
    async with quoting(venue) as bot:
        bot.feed._reader.seq += 1
        await until(lambda: bot.doubts.get("GAP") == 1)
        await until(lambda: bot.is_ready)


async def test_a_message_that_cannot_be_read_is_a_doubt(venue):
    async with quoting(venue) as bot:
        take, bot.feed._take = bot.feed._take, lambda message: message["no such field"]
        await until(lambda: bot.doubts.get("GAP") == 1)
        bot.feed._take = take
        await until(lambda: bot.is_ready)


async def test_a_bug_in_the_feed_ends_the_maker_with_its_quotes_down(venue):
    async def broken():
        async with quoting(venue) as bot:
            bot.feed._take = lambda message: 1 // 0
            await until(lambda: bot._stop.is_set())

    with pytest.raises(ZeroDivisionError):
        await broken()
    assert own(venue) == []


async def test_a_burst_of_refusals_is_a_doubt(venue):
    # No money: every order is refused.
    async with quoting(venue, wait=False, quantity=1_000_000, position_limit=10_000_000, reject_limit=3) as bot:
        await until(lambda: bot.doubts.get(Doubt.REJECTS.name, 0) >= 1)
        assert bot.desk.refused["insufficient_balance"] >= 3
        assert own(venue) == []


async def test_too_many_fills_trip_the_group_and_the_maker_comes_back(venue):
    other = venue.trader(2)
    async with quoting(venue, group_limit=50, interval_ms=20, pause_s=0.2) as bot:
        (bid,) = [price for side, price, _ in own(venue) if side is BookSide.BID]
        await other.order("ask", "0.0100", "60.00", time_in_force="immediate_or_cancel")
        await until(lambda: bot.doubts.get("GROUP_TRIPPED") == 1)
        await until(lambda: bot.is_ready and own(venue))
        assert bid


async def test_a_market_that_closes_ends_quoting_there(venue):
    async with quoting(venue) as bot:
        await venue.do(c.SetCloseTime(TICKER, 1))
        await until(lambda: not bot.makers or all(maker.is_done for maker in bot.makers.values()))
        await until(lambda: own(venue) == [])


@pytest.mark.parametrize("old_orders", ["adopt", "cancel"])
async def test_orders_of_an_earlier_run_are_adopted_or_canceled(venue, old_orders):
    """Adopted, the same orders rest on; canceled, they go before new ones come."""
    trader = venue.trader(1)
    group = (await trader.http.post("/portfolio/order_groups/create", json={"contracts_limit": 100})).json()
    left = {"order_group_id": group["order_group_id"]}
    old = (await trader.order("bid", "0.2000", "10.00", client_order_id="mm-old-1", **left)).json()["order_id"]
    foreign = (await trader.order("bid", "0.1000", "10.00", client_order_id="by-hand")).json()["order_id"]
    async with quoting(venue, old_orders=old_orders) as bot:
        status = (await trader.http.get(f"/portfolio/orders/{old}")).json()["order"]["status"]
        assert status == {"adopt": "resting", "cancel": "canceled"}[old_orders]
        assert (bot.switch.group == group["order_group_id"]) == (old_orders == "adopt")
    assert (await trader.http.get(f"/portfolio/orders/{old}")).json()["order"]["status"] == "canceled"
    assert (await trader.http.get(f"/portfolio/orders/{foreign}")).json()["order"]["status"] == "resting"


async def test_health_and_status_say_what_it_does(venue):
    async with quoting(venue) as bot:
        health = HealthServer(MakerReporter(bot), "127.0.0.1", 0)
        await health.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{health.port}") as client:
            assert (await client.get("/health/live")).status_code == 200
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await client.get("/health/ready")).status_code != 200:
                    await asyncio.sleep(0.01)
            status = (await client.get("/status")).json()
            assert status["state"] == "quoting"
            (market,) = status["markets"]
            assert market["ticker"] == TICKER
            assert {quote["side"] for quote in market["quotes"]} == {"bid", "ask"}
            assert market["position"] == "0.00"
            metrics = (await client.get("/metrics")).text
            assert f'market_maker_position_contracts{{ticker="{TICKER}"}} 0.0' in metrics
            bot.state = "down"
            assert (await client.get("/health/ready")).status_code == 503
            bot.state = "quoting"
        await health.stop()


# --- as a process -----------------------------------------------------------------------------------


@asynccontextmanager
async def process(here, **changes):
    """`python -m market_maker`, and what its first line says. Killed at the end if it still lives."""
    values = {f"MARKET_MAKER_{name.upper()}": str(value) for name, value in (here.settings | changes).items()}
    async with maker_process(values) as child:
        yield child


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_kill_nine_leaves_no_quotes(venue, carrier):
    """REST: they expire. FIX: the venue cancels them when the connection ends."""
    async with process(venue, venue=carrier, interval_ms=1_000, quote_lifetime_s=4) as child:
        await until(lambda: len(own(venue)) == 2)
        child.kill()
        await child.wait()
        await until(lambda: own(venue) == [])
    if carrier == "rest":
        assert all(order.status == "canceled" for order in venue.venue.views.orders._orders.values())


async def test_sigterm_takes_the_quotes_down_before_it_ends(venue):
    async with process(venue, quote_lifetime_s=3_600) as child:
        said = json.loads(await child.stdout.readline())
        assert said["health_port"] > 0
        await until(lambda: len(own(venue)) == 2)
        child.terminate()
        assert await child.wait() == 0
        assert own(venue) == []
        assert venue.venue.sequencer.engine.state.groups == {}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ticker": "KXNONE"}, f"has no market KXNONE; open are {TICKER}"),
        ({"key_id": "nobody"}, "refuses this key"),
        ({"private_key_path": "/nowhere.pem"}, "MARKET_MAKER_PRIVATE_KEY_PATH: /nowhere.pem"),
        ({"spread": "wide"}, "MARKET_MAKER_SPREAD"),
        ({"price_max": "40"}, "price_min + spread must not be above price_max"),
        ({"strategy": "martingale"}, "MARKET_MAKER_STRATEGY"),
        ({"health_host": "192.0.2.1"}, "MARKET_MAKER_HEALTH_PORT: cannot listen at 192.0.2.1:0"),
    ],
)
async def test_a_wrong_setting_is_a_clear_error(venue, wrong, said):
    async with process(venue, **wrong) as child:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, errors = await child.communicate()
        assert child.returncode == 1
        assert said in errors.decode()
        assert "Traceback" not in errors.decode()
