"""What a fill costs (SEMANTICS A3, A4).

Knows the quadratic formula, its rates, and the rounding with its rebate accumulator. All integers: a rate and
a multiplier are each in 1e-4, so their product, the factor, is in 1e-8.
"""

from typing import Final

from wire.enums import FeeType
from wire.units import CENT, PAYOUT

_TAKER_RATE: Final = 700
_MAKER_RATE: Final = {
    FeeType.QUADRATIC: 0,
    FeeType.QUADRATIC_WITH_MAKER_FEES: 175,
    FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES: 350,
    # "flat" follows a table that is published outside the contract; it is charged as quadratic (COMPATIBILITY).
    FeeType.FLAT: 0,
}

FEE_STEP: Final = 100
"""A trade fee is rounded up to $0.0001, in Money."""

_HALF: Final = 10**7
"""factor (1e-8) x count (1e-2) x price (1e-4) x price (1e-4) counts 1e-18 dollars; this many times this many make a
step.
"""


def fee_factors(fee_type: FeeType, multiplier: int) -> tuple[int, int]:
    """(taker, maker) factor of a fee type with a multiplier in 1e-4."""
    return _TAKER_RATE * multiplier, _MAKER_RATE[fee_type] * multiplier


def trade_fee(factor: int, price: int, count: int) -> int:
    """rate * multiplier * C * P * (1 - P), rounded up to $0.0001; Money."""
    if not factor:
        return 0
    # The count last, and by halves: compiled code makes objects of a product that may leave a machine word.
    each = price * (PAYOUT - price) * factor
    low = each % _HALF * count
    high = each // _HALF * count + (low + _HALF - 1) // _HALF
    return (high + _HALF - 1) // _HALF * FEE_STEP


def round_fill(revenue: int, fee: int, precision: int, accumulated: int) -> tuple[int, int]:
    """(net fee, accumulator after) of one fill; Money.

    `revenue` is the fill's balance change before fees, negative when paying; `precision` is what the member's
    balance is rounded down to; `accumulated` is the order's rounding so far. More than a cent of it is paid back
    with a whole cent, on the first fill whose own cost covers that cent: a net fee is never negative.
    """
    rounding = (revenue - fee) % precision
    accumulated += rounding
    net = fee + rounding
    if accumulated > CENT and net >= CENT:
        return net - CENT, accumulated - CENT
    return net, accumulated
