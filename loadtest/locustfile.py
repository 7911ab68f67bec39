"""The users of a load test: traders over REST, traders over FIX, readers of the WebSocket feed.

Runs inside Locust, on gevent, and so knows nothing of ours but how one signs. What they do is drawn from the profile;
how often is a constant throughput of each user, whatever the venue's answers take, as long as one answer comes before
the next order is due. Signatures of REST are made ahead, for five seconds each.
"""

import json
import math
import os
import random
import socket
import time
from collections import deque
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import simplefix
import websocket
from locust import FastHttpUser, User, constant_throughput, events, task
from locust.exception import StopUser

from wire import signing

SCENE = json.loads(Path(os.environ["LOADTEST_SCENE"]).read_text())
PROFILE = SCENE["profile"]
KEY = signing.parse_private_key(SCENE["private_key_pem"])
ORDERS = "/trade-api/v2/portfolio/events/orders"
SOCKET = "/trade-api/ws/v2"
SIGNED_FOR_SECONDS = 5
MIDDLE, TICK = 5_000, 100
FIX_TARGET = "KalshiNR"
_numbers = count()
_left = {kind: list(keys) for kind, keys in SCENE["keys"].items()}


@events.init.add_listener
def refuse_other_hosts(environment, **_):
    host = environment.host or ""
    if urlsplit(host).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SystemExit(f"refused: {host} is not on this machine")


class Draws:
    """What a trader does next, from the profile; every trader has a seed of its own."""

    def __init__(self, seed):
        self.pick = random.Random(seed)
        rates, self.orders = PROFILE["rates"], PROFILE["orders"]
        self.weights = (rates["additions"], rates["cancels"], rates["takers"])

    def action(self):
        return self.pick.choices(("add", "cancel", "take"), self.weights)[0]

    def addition(self):
        """(ticker, side, price, contracts): exponential distance from a middle that stands still."""
        away = 1 + int(self.pick.expovariate(1 / self.orders["distance_ticks"]))
        side = self.pick.choice(("bid", "ask"))
        price = MIDDLE + (-TICK if side == "bid" else TICK) * min(away, 45)
        return self.pick.choice(SCENE["tickers"]), side, price, self._size(self.orders["size"], 1.0)

    def taker(self):
        reach = 3 if self.pick.random() < self.orders["sweeps"] else 1
        side = self.pick.choice(("bid", "ask"))
        price = MIDDLE + (TICK if side == "bid" else -TICK) * reach
        size = self._size(self.orders["taker_size"], self.orders["taker_deviation"])
        return self.pick.choice(SCENE["tickers"]), side, price, size

    def _size(self, median, deviation):
        return min(max(1, round(self.pick.lognormvariate(math.log(median), deviation))), 5_000)


class RestTrader(FastHttpUser):
    fixed_count = len(SCENE["keys"]["rest"])
    wait_time = constant_throughput(PROFILE["users"]["actions_per_second"])
    abstract = not fixed_count

    def on_start(self):
        self.key_id = _left["rest"].pop()
        self.draws = Draws(self.key_id)
        self.resting = deque()
        self.signed = {}

    @task
    def act(self):
        action = self.draws.action()
        if action == "cancel" and self.resting:
            path = f"{ORDERS}/{self.resting.popleft()}"
            with self.client.delete(
                path, headers=self.sign("DELETE", path), name="cancel", catch_response=True
            ) as answer:
                if answer.status_code == 404:  # somebody has taken it meanwhile
                    answer.success()
            return
        ticker, side, price, size = self.draws.taker() if action == "take" else self.draws.addition()
        body = {
            "ticker": ticker,
            "side": side,
            "price": f"{price / 10_000:.4f}",
            "count": f"{size}.00",
            "time_in_force": "immediate_or_cancel" if action == "take" else "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        name = "take" if action == "take" else "create"
        with self.client.post(
            ORDERS, json=body, headers=self.sign("POST", ORDERS), name=name, catch_response=True
        ) as answer:
            if answer.status_code == 201 and name == "create":
                self.resting.append(answer.json()["order_id"])

    def sign(self, method, path):
        """Made once in five seconds for the path of orders; a cancel's path is its own."""
        now_ms = time.time_ns() // 1_000_000
        known = self.signed.get((method, path))
        if known is not None and now_ms < known[0]:
            return known[1]
        headers = signed_headers(self.key_id, method, path, now_ms)
        if path == ORDERS:
            self.signed[method, path] = (now_ms + SIGNED_FOR_SECONDS * 1_000, headers)
        return headers


class WebSocketReader(User):
    fixed_count = len(SCENE["keys"]["websocket"])
    abstract = not fixed_count

    def on_start(self):
        address = SCENE["root"].replace("http", "ws", 1) + SOCKET
        key_id = _left["websocket"].pop()
        headers = signed_headers(key_id, "GET", SOCKET, time.time_ns() // 1_000_000)
        began = time.perf_counter()
        self.socket = websocket.create_connection(address, header=headers, timeout=1)
        params = {"channels": ["orderbook_delta", "trade"], "market_tickers": SCENE["tickers"]}
        self.socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
        self.seen = {}
        report(self, "WS", "connect", (time.perf_counter() - began) * 1_000)

    @task
    def read(self):
        """How late a delta is by the machine's own clock; a number that is missing is a failure."""
        try:
            text = self.socket.recv()
        except websocket.WebSocketTimeoutException:
            return
        except (websocket.WebSocketException, OSError) as error:
            report(self, "WS", "read", 0, error=error)
            raise StopUser from None
        message = json.loads(text)
        sid, seq = message.get("sid"), message.get("seq")
        expected = self.seen.get(sid, 0) + 1
        gap = None
        if seq is not None:
            gap = LookupError(f"seq {seq} instead of {expected}") if seq != expected else None
            self.seen[sid] = seq
        if message["type"] in ("orderbook_delta", "trade"):
            late_ms = time.time() * 1_000 - message["msg"]["ts_ms"]
            report(self, "WS", message["type"], max(late_ms, 0), len(text), gap)

    def on_stop(self):
        self.socket.close()


class FixTrader(User):
    fixed_count = len(SCENE["keys"]["fix"])
    wait_time = constant_throughput(PROFILE["users"]["actions_per_second"])
    abstract = not fixed_count

    def on_start(self):
        self.key_id = _left["fix"].pop()
        self.draws = Draws(self.key_id)
        self.parser = simplefix.FixParser()
        self.sent = 0
        self.socket = socket.create_connection(("127.0.0.1", SCENE["fix_port"]), timeout=10)
        began = time.perf_counter()
        sending_time = now_text()
        signature = signing.sign(KEY, signing.fix_logon_text(sending_time, 1, self.key_id, FIX_TARGET))
        fields = [(98, 0), (108, 30), (95, len(signature)), (96, signature), (141, "Y"), (1137, 9), (21011, "Y")]
        self.send("A", fields, sending_time)
        answer = self.receive(lambda message: message.get(35) in (b"A", b"5"))
        refused = None if answer.get(35) == b"A" else ConnectionRefusedError(str(answer))
        report(self, "FIX", "logon", (time.perf_counter() - began) * 1_000, error=refused)
        if refused:
            raise StopUser

    @task
    def act(self):
        takes = self.draws.action() == "take"
        ticker, side, price, size = self.draws.taker() if takes else self.draws.addition()
        name = f"{self.key_id[-6:]}-{next(_numbers)}"
        fields = [(11, name), (38, size), (40, 2), (44, price // 100), (54, 1 if side == "bid" else 2), (55, ticker)]
        began = time.perf_counter()
        try:
            self.send("D", [*fields, (59, 3 if takes else 1)])
            answer = self.receive(
                lambda message: message.get(11) == name.encode() or message.get(35) in (b"3", b"j", b"5")
            )
        except OSError as error:
            report(self, "FIX", "order", 0, error=error)
            raise StopUser from None
        refused = None if answer.get(35) == b"8" and answer.get(150) != b"8" else ValueError(str(answer))
        report(self, "FIX", "take" if takes else "create", (time.perf_counter() - began) * 1_000, error=refused)

    def send(self, kind, fields, sending_time=None):
        self.sent += 1
        message = simplefix.FixMessage()
        header = [
            (8, "FIXT.1.1"),
            (35, kind),
            (34, self.sent),
            (49, self.key_id),
            (52, sending_time or now_text()),
            (56, FIX_TARGET),
        ]
        for tag, value in [*header, *fields]:
            message.append_pair(tag, value)
        self.socket.sendall(message.encode())

    def receive(self, wanted):
        """The next message that is wanted; a TestRequest is answered on the way."""
        while True:
            message = self.parser.get_message()
            if message is None:
                data = self.socket.recv(65_536)
                if not data:
                    raise ConnectionResetError("the acceptor hung up")
                self.parser.append_buffer(data)
            elif message.get(35) == b"1":
                self.send("0", [(112, message.get(112))])
            elif wanted(message):
                return message

    def on_stop(self):
        self.socket.close()


def signed_headers(key_id, method, path, now_ms):
    return {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-SIGNATURE": signing.sign(KEY, signing.request_text(str(now_ms), method, path)),
        "KALSHI-ACCESS-TIMESTAMP": str(now_ms),
    }


def now_text():
    """UTCTimestamp with milliseconds."""
    now_ns = time.time_ns()
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(now_ns // 10**9)) + f".{now_ns // 10**6 % 1000:03d}"


def report(user, kind, name, ms, length=0, error=None):
    user.environment.events.request.fire(
        request_type=kind, name=name, response_time=ms, response_length=length, exception=error, context={}
    )
