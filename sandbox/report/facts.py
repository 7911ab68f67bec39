"""A report card in words and plain figures: what the terminal, the page and JSON show alike."""

from dataclasses import dataclass
from typing import Any

from sandbox.report.card import HORIZONS_S, AccountCard, Card, median
from wire.units import CONTRACT, DOLLAR, format_count, format_fixed, format_money


@dataclass(frozen=True, slots=True)
class Checked:
    """What a replay of the same log said."""

    state_hash: str
    broken: tuple[str, ...]


HEADINGS = (
    "account",
    "maker",
    "taker",
    "fees",
    "realised",
    "unrealised",
    "profit",
    *(f"adverse {horizon} s" for horizon in HORIZONS_S),
    "orders",
    "rested, filled",
    "ahead",
    "first fill",
    "rejected",
)

LEGEND = (
    "Volumes in contracts, money in dollars. Profit is realised and unrealised less fees. Adverse selection is cents a "
    "contract that the middle moved against a maker's fills by then. Ahead and first fill are medians of the orders "
    "that rested: contracts before them at their price, and seconds until they traded."
)


def row(card: Card, one: AccountCard) -> tuple[str, ...]:
    """An account's figures under HEADINGS."""
    unrealized = one.unrealized(card.books)
    waited = median(one.waited_us)
    ahead = median(one.ahead)
    return (
        one.name,
        contracts(one.maker_count),
        contracts(one.taker_count),
        dollars(one.fees),
        dollars(one.realized),
        dollars(unrealized),
        dollars(one.realized + unrealized - one.fees),
        *(_cents(one.adverse_per_contract(horizon)) for horizon in HORIZONS_S),
        f"{one.orders:,}",
        f"{one.rested_and_filled:,} of {one.rested:,}",
        "" if ahead is None else contracts(ahead),
        "" if waited is None else f"{format_fixed(waited // 1_000, 3)} s",
        f"{one.rejects.total():,}",
    )


def contracts(count: int) -> str:
    """Whole contracts with thousands, hundredths only where there are any."""
    whole, part = divmod(count, CONTRACT)
    return f"{whole:,}" + (f".{part:02d}" if part else "")


def dollars(money: int) -> str:
    """To the cent, rounded half away from zero."""
    cents = (abs(money) + DOLLAR // 200) * 100 // DOLLAR
    sign = "-" if money < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


def _cents(price: int | None) -> str:
    return "" if price is None else format_fixed(price, 2)


def rejects(card: Card) -> list[tuple[str, int]]:
    """Reason and how often, over all accounts, the most frequent first."""
    total: dict[str, int] = {}
    for one in card.accounts.values():
        for reason, count in one.rejects.items():
            total[reason] = total.get(reason, 0) + count
    return sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))


def as_json(card: Card, checked: Checked) -> dict[str, Any]:
    """Exact: counts and money as the wire spells them."""
    return {
        "seq": card.seq,
        "from_us": card.first_us,
        "to_us": card.last_us,
        "trades": card.trades,
        "markets": card.markets,
        "state_hash": checked.state_hash,
        "invariants_broken": list(checked.broken),
        "rejects": dict(rejects(card)),
        "accounts": [_account(card, one) for one in card.traders()],
    }


def _account(card: Card, one: AccountCard) -> dict[str, Any]:
    unrealized = one.unrealized(card.books)
    return {
        "account": one.name,
        "maker_count": format_count(one.maker_count),
        "taker_count": format_count(one.taker_count),
        "maker_dollars": format_money(one.maker_value),
        "taker_dollars": format_money(one.taker_value),
        "fees_dollars": format_money(one.fees),
        "realized_dollars": format_money(one.realized),
        "unrealized_dollars": format_money(unrealized),
        "profit_dollars": format_money(one.realized + unrealized - one.fees),
        "cash_dollars": format_money(one.cash),
        "adverse_cents_per_contract": {
            f"{horizon}s": None if (price := one.adverse_per_contract(horizon)) is None else format_fixed(price, 2)
            for horizon in HORIZONS_S
        },
        "orders": one.orders,
        "orders_canceled": one.canceled,
        "orders_rested": one.rested,
        "orders_rested_and_filled": one.rested_and_filled,
        "median_contracts_ahead": None if (ahead := median(one.ahead)) is None else format_count(ahead),
        "median_us_to_first_fill": median(one.waited_us),
        "rejects": dict(one.rejects),
    }
