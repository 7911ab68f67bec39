"""What history keeps: the tables, and the revision of their shape.

Knows columns and indexes. How a database comes to have them is schema.py's business, who fills them writer.py's.

| table                 | a row is                                         | written                                 |
|-----------------------|--------------------------------------------------|-----------------------------------------|
| orders                | an order that ended                              | once                                    |
| trades                | a match: the public print and both fills         | once                                    |
| settlements           | one account's position paid out                  | once                                    |
| ledger                | cash that moved outside trading (BalanceChanged) | once                                    |
| candlesticks          | a market's minute in which something changed     | once no later record can fall into it   |
| series, events, markets | what is listed, as it is now                   | again whenever it changed               |
| checkpoint            | the seq up to which all of this is whole         | with every batch, in its transaction    |
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table

from exchange.projections.portfolio_records import SettlementRecord

HEAD = "0001"
"""The revision of the tables below (migrations/versions); a test holds the two against each other."""

schema = MetaData()


def _integer(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **options)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, String, nullable=False, **options)


def _place() -> tuple[Column[int], Column[int]]:
    """(seq, place) names an event of the log."""
    return _integer("seq", primary_key=True, autoincrement=False), Column(
        "place", Integer, primary_key=True, autoincrement=False
    )


orders = Table(
    "orders",
    schema,
    # The fields of OrderRecord, in its order.
    _integer("order_id", primary_key=True, autoincrement=False),
    _integer("account"),
    _text("ticker"),
    _text("client_order_id"),
    _text("side"),
    _integer("price"),
    _integer("initial_count"),
    _integer("remaining_count"),
    _text("time_in_force"),
    _text("self_trade_prevention"),
    Column("post_only", Boolean, nullable=False),
    Column("reduce_only", Boolean, nullable=False),
    Column("cancel_order_on_pause", Boolean, nullable=False),
    _integer("expiration_us"),
    _integer("order_group"),
    _integer("created_us"),
    _integer("updated_us"),
    _integer("queue_seq"),
    _integer("fill_count"),
    _integer("taker_fill_cost"),
    _integer("maker_fill_cost"),
    _integer("taker_fees"),
    _integer("maker_fees"),
    _text("status"),
    _text("last_update_reason"),
    # And what finds it.
    _integer("member"),
    _integer("ended_seq"),
    Index("orders_of_member", "member", "order_id"),
)
ORDER_FIELDS = tuple(orders.columns.keys()[:-2])
"""All but what finds it."""

trades = Table(
    "trades",
    schema,
    *_place(),
    _integer("ts_us"),
    _text("ticker"),
    _integer("price"),
    _integer("count"),
    _text("taker_side"),
    _integer("maker_order_id"),
    _integer("maker_account"),
    _integer("maker_member"),
    _integer("maker_fee"),
    _integer("taker_order_id"),
    _integer("taker_account"),
    _integer("taker_member"),
    _integer("taker_fee"),
    Index("trades_of_market", "ticker", "seq", "place"),
    Index("trades_of_maker", "maker_member", "seq", "place"),
    Index("trades_of_taker", "taker_member", "seq", "place"),
)
"""One row a trade: the public print and both fills. A member's fills are its rows, seen from its side."""

settlements = Table(
    "settlements",
    schema,
    # The fields of SettlementRecord, in its order.
    *_place(),
    _integer("ts_us"),
    _integer("account"),
    _text("ticker"),
    _text("event_ticker"),
    _text("result"),
    _integer("value"),
    _integer("position"),
    _integer("cost"),
    _integer("payout"),
    _integer("fee"),
    # And what finds it.
    _integer("member"),
    Index("settlements_of_member", "member", "seq", "place"),
)
SETTLEMENT_FIELDS = SettlementRecord.__struct_fields__

ledger = Table(
    "ledger",
    schema,
    *_place(),
    _integer("ts_us"),
    _integer("account"),
    _integer("member"),
    _text("cause"),
    _integer("amount"),
    _integer("cash"),
    _text("reference"),
    _integer("counter_account"),
    Index("ledger_of_member", "member", "seq", "place"),
)
"""Signed Money and the balance behind it. What trading moves stands in trades, what settling moves in settlements."""

candlesticks = Table(
    "candlesticks",
    schema,
    _text("ticker", primary_key=True),
    # The fields of wire.candles.Bar, in its order.
    _integer("end", primary_key=True, autoincrement=False),
    _integer("bid_open"),
    _integer("bid_high"),
    _integer("bid_low"),
    _integer("bid_close"),
    _integer("ask_open"),
    _integer("ask_high"),
    _integer("ask_low"),
    _integer("ask_close"),
    _integer("previous"),
    _integer("open"),
    _integer("high"),
    _integer("low"),
    _integer("close"),
    _integer("volume"),
    _integer("turnover"),
    _integer("open_interest"),
    _integer("total_volume"),
    Index("candlesticks_by_end", "end"),
)
"""Minutes; longer periods are merges of them. `open` to `close` are -1 in a minute without a trade."""

series = Table(
    "series",
    schema,
    _text("ticker", primary_key=True),
    _text("fee_type"),
    _integer("fee_multiplier"),
    _text("details"),
    _integer("created_us"),
    _integer("updated_us"),
)

events = Table(
    "events",
    schema,
    _text("ticker", primary_key=True),
    _text("series_ticker"),
    Column("mutually_exclusive", Boolean, nullable=False),
    _text("collateral_return_type"),
    _text("details"),
    _integer("created_us"),
    _integer("updated_us"),
)

markets = Table(
    "markets",
    schema,
    _text("ticker", primary_key=True),
    _text("event_ticker"),
    _text("series_ticker"),
    _text("status"),
    _text("result"),
    _integer("value"),
    _text("expiration_value"),
    _integer("created_us"),
    _integer("updated_us"),
    _integer("open_us"),
    _integer("close_us"),
    _integer("determined_us"),
    _integer("settle_us"),
    _integer("settled_us"),
    _text("price_level_structure"),
    _text("details"),
    Index("markets_of_event", "event_ticker"),
)
"""`details` is what describes it, as a JSON object; `result` is empty and times are 0 for what has not happened."""

checkpoint = Table(
    "checkpoint",
    schema,
    Column("place", Integer, primary_key=True, autoincrement=False),
    _integer("seq"),
    _text("life"),
    _integer("candles_until"),
)
"""One row, whose place is 0: everything up to `seq` of the log called `life` is in the tables, and every minute that
ended by `candles_until` (Unix seconds).
"""

version = Table("alembic_version", schema, Column("version_num", String(32), primary_key=True, nullable=False))
"""alembic's own table, so that a fresh database needs no alembic to be given it."""
