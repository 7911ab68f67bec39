"""FIX from bytes to bytes without a socket, the same at every run: `python -m tests.fix_run FOLDER MESSAGES`.

Connections of one venue under a clock that stands still are fed orders, cancels, replaces, groups, resends and mutated
messages from a seed, and what they write is kept in FOLDER/told, beside the venue's journal. Imports the venue first:
FIX runs as machine code where there is some, and MOCK_KALSHI_CORE says whether there has to be.
"""

import asyncio
import os
import random
import sys
import uuid
from pathlib import Path
from typing import Any

from exchange.adapters.clock import VenueClock
from exchange.app import Venue, VenueOptions
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import GatewaySettings
from exchange.gateways.fix import hub
from exchange.gateways.fix.connection import Connection
from exchange.ports import ClockMode, ClockSetting
from tests.live import TICKER, basic_scenario
from tests.sessions.fix.mutation import LINES, mutate
from wire import signing
from wire.fix import session
from wire.fix.codec import encode_fields, encode_message
from wire.fix.profiles import SessionKind
from wire.fix.timestamps import format_timestamp

NOW_US = 1_780_000_000_000_000
KINDS = (SessionKind.NR, SessionKind.RT, SessionKind.MD)
"""Not DC: its reports are read by a thread, and come when that is done."""
MEMBERS = 4
MESSAGES_A_CONNECTION = 60


class Line:
    """A transport that keeps what is written."""

    def __init__(self, told: list[bytes]) -> None:
        self.told = told
        self.is_over = False

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.is_over = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_over

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Client:
    """One key's way to one kind of session, connected again whenever the session has ended."""

    def __init__(self, venue: Venue, member: int, kind: SessionKind, key: Any, told: list[bytes]) -> None:
        self.venue, self.member, self.kind, self.key, self.told = venue, member, kind, key, told
        self.key_id = f"key-{member}-{kind.name}"
        venue.keys.add(ApiKey(self.key_id, member, self.key_id, public_key_pem=signing.public_pem(key)))
        self.line: Line | None = None
        self.placed = 0

    def talk(self, rng: random.Random) -> None:
        now = format_timestamp(self.venue.clock.now_us())
        if self.line is None or self.line.is_over or self.sent > MESSAGES_A_CONNECTION:
            self.connect(now, rng)
        kind, fields = self.draw(rng)
        data = encode_message(kind, self.key_id, self.kind.value, self.number, now, encode_fields(fields))
        self.number += 1
        self.sent += 1
        self.connection.data_received(mutate(data, rng) if rng.random() < 0.15 else data)

    def connect(self, now: str, rng: random.Random) -> None:
        if self.line is not None:
            self.line.is_over = True
            self.connection.connection_lost(None)
        self.told.append(b"\n--- %b\n" % self.key_id.encode())
        self.line = Line(self.told)
        self.connection = Connection(self.venue._fix.acceptor.shared, self.kind)
        self.connection.connection_made(self.line)
        signature = signing.sign(self.key, signing.fix_logon_text(now, 1, self.key_id, self.kind.value))
        fields = [("98", "0"), ("108", "30"), ("95", str(len(signature))), ("96", signature), ("141", "Y")]
        fields += [("1137", "9"), *((tag, "Y") for tag in ("8013", "21005", "21011", "21026") if rng.random() < 0.5)]
        self.uses_dollars = ("21005", "Y") in fields
        self.connection.data_received(encode_message("A", self.key_id, self.kind.value, 1, now, encode_fields(fields)))
        self.number, self.sent = 2, 0

    def draw(self, rng: random.Random) -> tuple[str, list[tuple[str, str]]]:
        name = f"{self.key_id}-{self.placed}"
        cents = rng.randint(40, 60)
        order = [("38", str(rng.randint(1, 9))), ("40", "2"), ("44", f"0.{cents}" if self.uses_dollars else str(cents))]
        order += [("54", rng.choice("12")), ("55", TICKER)]
        draw = rng.random()
        if draw < 0.5:
            self.placed += 1
            return "D", [("11", name + "+"), *order, ("59", rng.choice("0134"))]
        past = f"{self.key_id}-{rng.randrange(self.placed + 1)}+"
        if draw < 0.6:
            return "F", [("11", f"{name}c{self.sent}"), ("41", past), *order[3:]]
        if draw < 0.7:
            return "G", [("11", f"{name}g{self.sent}"), ("41", past), *order]
        kind, _, body = rng.choice(LINES).removeprefix("35=").partition("|")
        pairs = (field.partition("=") for field in body.split("|") if field)
        return kind, [(tag, value) for tag, _, value in pairs]


async def run(folder: Path, count: int) -> None:
    rng = random.Random(7)
    uuid.uuid4 = lambda: uuid.UUID(int=7)  # type: ignore[method-assign,assignment]  # the name of a mass cancel
    clock = VenueClock(ClockSetting(ClockMode.FROZEN, NOW_US))
    settings = GatewaySettings(connections_in_venue_time=True)
    venue = Venue(VenueOptions(folder / "state", port=0, fix=dict.fromkeys(KINDS, 0), gateways=settings), clock)
    await venue.start(basic_scenario(MEMBERS, NOW_US))
    serving = asyncio.create_task(venue.serve())
    key = signing.generate_key("rsa")
    told: list[bytes] = []
    clients = [Client(venue, member, kind, key, told) for member in range(1, MEMBERS + 1) for kind in KINDS]
    for number in range(count):
        if number % 20 == 0:
            clock.advance(1_000)
        rng.choice(clients[:6] if rng.random() < 0.7 else clients).talk(rng)
        if rng.random() < 0.5:
            for _ in range(3):
                await asyncio.sleep(0)
    await venue.sequencer.drain()
    for _ in range(5):
        await asyncio.sleep(0)
    (folder / "told").write_bytes(b"".join(told))
    await venue.stop()
    await serving


if __name__ == "__main__":
    is_plain = os.environ["MOCK_KALSHI_CORE"] == "plain"
    for module in (hub, session):
        assert module.__file__.endswith(".py") == is_plain, module.__file__
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
