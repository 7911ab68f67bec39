"""A walk over FIX with kalshi-sdk's own FIX client, as its users write it. Run by test_client_walks.py.

Only host, ports, key ids, PEM files and the trusted certificate are ours. What is expected follows from the rules:
a taker pays 0.07 * count * p * (1 - p), a maker nothing (SEMANTICS A3); flows are those of SEMANTICS H4 to H8.
"""

import asyncio
import os
import ssl
import sys
from decimal import Decimal

from kalshi import KalshiAuth
from kalshi.fix import (
    EventResendComplete,
    EventResendRequest,
    ExecutionReport,
    FixClient,
    FixConfig,
    FixOrderBook,
    MarketDataRequest,
    MarketSettlementReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderGroupRequest,
    OrderGroupResponse,
    OrderMassCancelReport,
    OrderMassCancelRequest,
    SecurityStatus,
    SecurityStatusRequest,
    SettlementReassembler,
    Side,
    TimeInForce,
    decode_app_message_strict,
)

TICKER = os.environ["TICKER"]
TRUST = ssl.create_default_context(cafile=os.environ["KALSHI_FIX_CA_PATH"])
PATIENCE_SECONDS = 30


class Walker:
    """One session of one key, and what came on it."""

    def __init__(self, kind, key, **options):
        self.inbox = asyncio.Queue()
        self.seen = []
        auth = KalshiAuth.from_key_path(os.environ[f"KALSHI_KEY_ID_{key}"], os.environ["KALSHI_PRIVATE_KEY_PATH"])
        config = FixConfig.prediction(
            host=os.environ["KALSHI_FIX_HOST"], port=int(os.environ[f"KALSHI_FIX_{kind}_PORT"]), **options
        )
        client = FixClient.from_auth(auth, config=config, ssl_context=TRUST)
        named = {"on_message": self.hear, "on_decode_error": self.fail}
        self.session = {
            "NR": client.order_entry,
            "RT": lambda **handlers: client.order_entry(retransmission=True, **handlers),
            "DC": client.drop_copy,
            "MD": client.market_data,
            "PT": client.post_trade,
        }[kind](**named)

    async def hear(self, raw):
        await self.inbox.put(decode_app_message_strict(raw))

    async def fail(self, raw, error):
        await self.inbox.put(error)

    async def send(self, message):
        await self.session.send(message)

    async def expect(self, kind, **fields):
        async with asyncio.timeout(PATIENCE_SECONDS):
            message = await self.inbox.get()
        assert isinstance(message, kind), message
        for name, value in fields.items():
            assert getattr(message, name) == value, (name, value, message)
        self.seen.append(message)
        return message


def order(name, side, price, count, **more):
    more.setdefault("time_in_force", TimeInForce.GTC)
    fields = {"cl_ord_id": name, "symbol": TICKER, "side": side, "price": Decimal(price), "order_qty": Decimal(count)}
    return NewOrderSingle(**fields, **more)


async def order_entry(ann, bob):
    await ann.send(order("a-1", Side.BUY_YES, 45, 10))
    resting = await ann.expect(ExecutionReport, exec_type="0", ord_status="0", leaves_qty=10, price=45)
    replace = OrderCancelReplaceRequest(
        cl_ord_id="a-2", orig_cl_ord_id="a-1", order_qty=Decimal(12), price=Decimal(46), side="1", symbol=TICKER
    )
    await ann.send(replace)
    await ann.expect(ExecutionReport, exec_type="5", cl_ord_id="a-2", orig_cl_ord_id="a-1", price=46, leaves_qty=12)
    await bob.send(order("b-1", Side.SELL_NO, 46, 5))
    for report in (
        await bob.expect(ExecutionReport, exec_type="F", ord_status="2", aggressor_indicator=True, last_px=46),
        await ann.expect(ExecutionReport, exec_type="F", ord_status="1", aggressor_indicator=False, last_qty=5),
    ):
        (change,) = report.collateral_amount_changes
        (fee,) = report.misc_fees
        # 0.07 * 5 * 0.46 * 0.54 = 0.08694 to the ten-thousandth above; bob buys NO at 0.54.
        paid = Decimal("0.0870") if report.aggressor_indicator else Decimal(0)
        assert fee.misc_fee_amt == paid, report
        leg = Decimal("0.54") if report.aggressor_indicator else Decimal("0.46")
        assert change.collateral_amount_change == -5 * leg - paid, report
    await ann.send(OrderCancelRequest(cl_ord_id="a-3", orig_cl_ord_id="a-2", side="1", symbol=TICKER))
    await ann.expect(ExecutionReport, exec_type="4", order_id=resting.order_id, cl_ord_id="a-3", cum_qty=5)
    await ann.send(OrderCancelRequest(cl_ord_id="a-4", orig_cl_ord_id="unknown", side="1", symbol=TICKER))
    await ann.expect(OrderCancelReject, cxl_rej_reason=1)
    for name in ("m-1", "m-2"):
        await ann.send(order(name, Side.BUY_YES, 30, 1))
        await ann.expect(ExecutionReport, exec_type="0")
    await ann.send(OrderMassCancelRequest(cl_ord_id="mass"))
    await ann.expect(OrderMassCancelReport)
    assert {(await ann.expect(ExecutionReport, exec_type="4")).cl_ord_id for _ in range(2)} == {"m-1", "m-2"}


async def order_groups(ann):
    await ann.send(OrderGroupRequest.create(10))
    group = (await ann.expect(OrderGroupResponse, order_group_contracts_limit=10)).order_group_id
    await ann.send(order("grouped", Side.BUY_YES, 44, 2, order_group_id=group))
    await ann.expect(ExecutionReport, exec_type="0")
    await ann.send(OrderGroupRequest.update(group, 20))
    await ann.expect(OrderGroupResponse, order_group_id=group, order_group_contracts_limit=20)
    await ann.send(OrderGroupRequest.trigger(group))
    await ann.expect(ExecutionReport, exec_type="4", text="ORDER_GROUP_CANCEL")
    await ann.expect(OrderGroupResponse, order_group_id=group)
    for request in (OrderGroupRequest.reset(group), OrderGroupRequest.delete(group)):
        await ann.send(request)
        await ann.expect(OrderGroupResponse, order_group_id=group)


async def drop_copy(copy, ann):
    told = [report for report in ann.seen if isinstance(report, ExecutionReport)]
    await copy.send(EventResendRequest(begin_exec_id=told[0].exec_id, end_exec_id=told[-1].exec_id))
    again = [await copy.expect(ExecutionReport) for _ in told]
    assert again == told
    await copy.expect(EventResendComplete, resend_event_count=len(told))


async def market_data(data, ann):
    """This client is older than MDEntryDate, MDEntryTime and the action New of Kalshi's market-data page.

    So of a group it reads the first entry, and a level that is new it leaves out: what it can follow is the best
    bid, and the size of a level it knows.
    """
    books = FixOrderBook()

    async def best_bid():
        async with asyncio.timeout(PATIENCE_SECONDS):
            books.apply(await data.inbox.get())
        best = books.get(TICKER).bids[0]
        return best.price, best.size

    await data.send(MarketDataRequest.subscribe([TICKER]))
    assert await best_bid() == (Decimal("0.40"), 50)
    await ann.send(order("md", Side.BUY_YES, 40, 3))
    assert await best_bid() == (Decimal("0.40"), 53)
    await ann.send(OrderCancelRequest(cl_ord_id="md-x", orig_cl_ord_id="md", side="1", symbol=TICKER))
    assert await best_bid() == (Decimal("0.40"), 50)
    await data.send(MarketDataRequest.unsubscribe_all())
    await data.send(SecurityStatusRequest.subscribe(TICKER))


async def settlement(post, creator, data, settle):
    # The venue reads a session's messages in order: once these two have answered, the status is subscribed.
    await data.send(MarketDataRequest.snapshot([TICKER]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await data.inbox.get()
    await settle()
    for walker in (post, creator):
        assembled = SettlementReassembler()
        report = assembled.add(await walker.expect(MarketSettlementReport, symbol=TICKER, market_result="yes"))
        assert report.settlement_price == 100
        (party,) = report.parties
        assert party.long_qty == 5
        assert [(change.collateral_amount_type) for change in party.collateral_amount_changes] == ["PAYOUT"]
        assert party.collateral_amount_changes[0].collateral_amount_change == 5
    await data.expect(SecurityStatus, security_trading_status=100)
    await data.expect(SecurityStatus, security_trading_status=101)


async def settle():
    """Ask the test to determine the market YES and settle it."""
    print("settle", flush=True)
    assert (await asyncio.to_thread(sys.stdin.readline)).strip() == "settled"


async def main():
    ann = Walker("NR", "ANN", skip_pending_exec_reports=True)
    bob = Walker("NR", "BOB", skip_pending_exec_reports=True)
    creator = Walker("RT", "RT", skip_pending_exec_reports=True, listener_session=True, receive_settlement_reports=True)
    copy, data, post = Walker("DC", "DC"), Walker("MD", "MD"), Walker("PT", "PT")
    async with ann.session, bob.session, copy.session, data.session, post.session:
        await order_entry(ann, bob)
        await order_groups(ann)
        await drop_copy(copy, ann)
        await market_data(data, ann)
        async with creator.session:
            await settlement(post, creator, data, settle)


asyncio.run(main())
print("walked")
