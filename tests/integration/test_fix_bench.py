"""The benchmark's other FIX doors do what ours does with an order: they tell the same of it."""

import asyncio
import time
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path

import pytest

from exchange.gateways.auth import ApiKey
from loadtest.fix_ceiling import OurHouse
from loadtest.fix_client import orders
from loadtest.fix_house import House, scenario
from tests.fix_client import FREE_PORTS
from tests.live import live, rsa_key
from wire import signing
from wire.fix.codec import Framer, encode_fields, encode_message
from wire.fix.message import Message, parse
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary
from wire.fix.timestamps import format_timestamp

KEY_ID = "00000000-0009-4000-8000-000000000001"
NR = SessionKind.NR.value
ORDERS = 6
"""Four that rest and two that are filled."""
PATIENCE_SECONDS = 60
OF_ITS_OWN = {"8", "9", "10", "34", "52", "60", "17", "37", "880"}
"""Times, numbers, and ids, which are numbers of the log: each has them, and each its own."""


async def reports(port: int) -> list[Message]:
    """What comes back for the benchmark's orders, without pending reports."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    now = format_timestamp(time.time_ns() // 1_000)
    signature = signing.sign(rsa_key(), signing.fix_logon_text(now, 1, KEY_ID, NR))
    fields = [("98", "0"), ("108", "30"), ("95", str(len(signature))), ("96", signature), ("141", "Y")]
    logon = encode_message("A", KEY_ID, NR, 1, now, encode_fields([*fields, ("1137", "9"), ("21011", "Y")]))
    framer, received = Framer(), list[Message]()
    async with asyncio.timeout(PATIENCE_SECONDS):
        for sent, wanted in ((logon, 1), (b"".join(orders(KEY_ID, ORDERS, NR)), ORDERS + 1)):
            writer.write(sent)
            while len(received) < wanted:
                data = await reader.read(65_536)
                assert data, f"hung up behind {received}"
                received += [parse(item) for item in framer.feed(data) if isinstance(item, bytes)]
    writer.close()
    assert [message.msg_type for message in received] == ["A", *["8"] * ORDERS]
    return received[1:]


def told(message: Message) -> dict[str, Decimal | str]:
    """What a report says of the order; 1.00 is 1."""
    return {tag: plain(value) for tag, value in message.fields.items() if tag not in OF_ITS_OWN}


def plain(value: str) -> Decimal | str:
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


async def of_the_venue(folder: Path) -> list[Message]:
    async with live(folder, scenario(1), fix=FREE_PORTS) as running:
        running.venue.keys.add(ApiKey(KEY_ID, 1, "bench", public_key_pem=signing.public_pem(rsa_key())))
        return await reports(running.venue.fix_ports[SessionKind.NR])


async def of_quickfix(folder: Path) -> list[Message]:
    pytest.importorskip("quickfix", reason="QuickFIX for Python is not installed")
    from loadtest.fix_quickfix import Acceptor

    (folder / "FIXT11.xml").write_text(transport_dictionary())
    (folder / "FIX50SP2.xml").write_text(application_dictionary())
    acceptor = Acceptor(folder, NR, [KEY_ID], scenario(1), fsync=False)
    try:
        return await reports(acceptor.port)
    finally:
        await asyncio.to_thread(acceptor.stop)


async def of_the_house(folder: Path) -> list[Message]:
    house = House(folder / "journal", scenario(1))
    server = await asyncio.get_running_loop().create_server(partial(OurHouse, house, {KEY_ID: 1}), "127.0.0.1", 0)
    async with server:
        found = await reports(server.sockets[0].getsockname()[1])
    house.close()
    return found


@pytest.mark.parametrize("other", [of_quickfix, of_the_house])
async def test_an_order_is_answered_with_the_same_report_by_whoever_ours_is_compared_to(other, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.mkdir()
    expected, found = await of_the_venue(ours), await other(theirs)
    assert [report.get("150") for report in expected] == ["0", "0", "F"] * 2
    assert [told(report) for report in found] == [told(report) for report in expected]
    for mine, other_report in zip(expected, found, strict=True):
        assert mine.fields.keys() == other_report.fields.keys()
