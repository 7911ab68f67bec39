"""The tables of the first version.

A revision is a record of what was: it names its columns itself and never imports tables.py, which goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "candlesticks",
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("end", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bid_open", sa.BigInteger(), nullable=False),
        sa.Column("bid_high", sa.BigInteger(), nullable=False),
        sa.Column("bid_low", sa.BigInteger(), nullable=False),
        sa.Column("bid_close", sa.BigInteger(), nullable=False),
        sa.Column("ask_open", sa.BigInteger(), nullable=False),
        sa.Column("ask_high", sa.BigInteger(), nullable=False),
        sa.Column("ask_low", sa.BigInteger(), nullable=False),
        sa.Column("ask_close", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("turnover", sa.BigInteger(), nullable=False),
        sa.Column("open_interest", sa.BigInteger(), nullable=False),
        sa.Column("total_volume", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticker", "end"),
    )
    op.create_index("candlesticks_by_end", "candlesticks", ["end"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("life", sa.String(), nullable=False),
        sa.Column("candles_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_table(
        "events",
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("series_ticker", sa.String(), nullable=False),
        sa.Column("mutually_exclusive", sa.Boolean(), nullable=False),
        sa.Column("collateral_return_type", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ts_us", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("counter_account", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "place"),
    )
    op.create_index("ledger_of_member", "ledger", ["member", "seq", "place"], unique=False)
    op.create_table(
        "markets",
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("event_ticker", sa.String(), nullable=False),
        sa.Column("series_ticker", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("expiration_value", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("open_us", sa.BigInteger(), nullable=False),
        sa.Column("close_us", sa.BigInteger(), nullable=False),
        sa.Column("determined_us", sa.BigInteger(), nullable=False),
        sa.Column("settle_us", sa.BigInteger(), nullable=False),
        sa.Column("settled_us", sa.BigInteger(), nullable=False),
        sa.Column("price_level_structure", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )
    op.create_index("markets_of_event", "markets", ["event_ticker"], unique=False)
    op.create_table(
        "orders",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("client_order_id", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("initial_count", sa.BigInteger(), nullable=False),
        sa.Column("remaining_count", sa.BigInteger(), nullable=False),
        sa.Column("time_in_force", sa.String(), nullable=False),
        sa.Column("self_trade_prevention", sa.String(), nullable=False),
        sa.Column("post_only", sa.Boolean(), nullable=False),
        sa.Column("reduce_only", sa.Boolean(), nullable=False),
        sa.Column("cancel_order_on_pause", sa.Boolean(), nullable=False),
        sa.Column("expiration_us", sa.BigInteger(), nullable=False),
        sa.Column("order_group", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("queue_seq", sa.BigInteger(), nullable=False),
        sa.Column("fill_count", sa.BigInteger(), nullable=False),
        sa.Column("taker_fill_cost", sa.BigInteger(), nullable=False),
        sa.Column("maker_fill_cost", sa.BigInteger(), nullable=False),
        sa.Column("taker_fees", sa.BigInteger(), nullable=False),
        sa.Column("maker_fees", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("last_update_reason", sa.String(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("ended_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index("orders_of_member", "orders", ["member", "order_id"], unique=False)
    op.create_table(
        "series",
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("fee_type", sa.String(), nullable=False),
        sa.Column("fee_multiplier", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )
    op.create_table(
        "settlements",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ts_us", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("event_ticker", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "place"),
    )
    op.create_index("settlements_of_member", "settlements", ["member", "seq", "place"], unique=False)
    op.create_table(
        "trades",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ts_us", sa.BigInteger(), nullable=False),
        sa.Column("ticker", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("taker_side", sa.String(), nullable=False),
        sa.Column("maker_order_id", sa.BigInteger(), nullable=False),
        sa.Column("maker_account", sa.BigInteger(), nullable=False),
        sa.Column("maker_member", sa.BigInteger(), nullable=False),
        sa.Column("maker_fee", sa.BigInteger(), nullable=False),
        sa.Column("taker_order_id", sa.BigInteger(), nullable=False),
        sa.Column("taker_account", sa.BigInteger(), nullable=False),
        sa.Column("taker_member", sa.BigInteger(), nullable=False),
        sa.Column("taker_fee", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "place"),
    )
    op.create_index("trades_of_maker", "trades", ["maker_member", "seq", "place"], unique=False)
    op.create_index("trades_of_market", "trades", ["ticker", "seq", "place"], unique=False)
    op.create_index("trades_of_taker", "trades", ["taker_member", "seq", "place"], unique=False)
