"""Fee formula, rounding and the rebate accumulator, on the published vectors (SEMANTICS A3, A4)."""

import pytest

from exchange.core.fees import fee_factors, round_fill, trade_fee
from wire.enums import FeeType
from wire.units import CENT, DOLLAR, FEE_PRECISION_DIRECT

TAKER, _ = fee_factors(FeeType.QUADRATIC, 10_000)


def money(dollars: str) -> int:
    whole, fraction = dollars.split(".")
    return int(whole) * DOLLAR + int(fraction.ljust(6, "0"))


@pytest.mark.parametrize(
    ("price", "count", "fee"),
    [(5_200, 100, "0.0175"), (9_900, 100, "0.0007"), (3_301, 3, "0.0005")],
)
def test_the_taker_fee_is_rounded_up_to_a_hundredth_of_a_cent(price, count, fee):
    assert trade_fee(TAKER, price, count) == money(fee)


def test_the_fee_is_the_same_seen_from_either_leg():
    assert all(trade_fee(TAKER, price, 7) == trade_fee(TAKER, 10_000 - price, 7) for price in range(1, 10_000))


@pytest.mark.parametrize(
    ("fee_type", "taker", "maker"),
    [
        (FeeType.QUADRATIC, "1.75", "0.0"),
        (FeeType.QUADRATIC_WITH_MAKER_FEES, "1.75", "0.4375"),
        (FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES, "1.75", "0.875"),
    ],
)
def test_makers_pay_their_share_of_the_rate(fee_type, taker, maker):
    factors = fee_factors(fee_type, 10_000)
    assert tuple(trade_fee(factor, 5_000, 10_000) for factor in factors) == (money(taker), money(maker))


def test_the_multiplier_scales_the_fee_and_zero_waives_it():
    half, _ = fee_factors(FeeType.QUADRATIC, 5_000)
    none, _ = fee_factors(FeeType.QUADRATIC, 0)
    assert trade_fee(half, 5_000, 10_000) == money("0.875")
    assert trade_fee(none, 5_000, 10_000) == 0


@pytest.mark.parametrize(
    ("price", "count", "fee", "net"),
    [
        (550, 100, "0.0085", ["0.0150", "0.0050", "0.0150"]),
        (5_000, 30, "0.0041", ["0.0100", "0.0000", "0.0100"]),
        (3_301, 3, "0.0005", ["0.010097", "0.000097", "0.000097"]),
    ],
)
def test_three_fills_of_one_order_pay_the_published_net_fees(price, count, fee, net):
    accumulated, paid = 0, []
    for _ in range(3):
        each, accumulated = round_fill(-price * count, money(fee), CENT, accumulated)
        paid.append(each)
    assert paid == [money(each) for each in net]


def test_a_direct_member_is_rounded_to_a_hundredth_of_a_cent():
    net, accumulated = round_fill(-3_301 * 3, money("0.0005"), FEE_PRECISION_DIRECT, 0)
    assert (-3_301 * 3 - net) % FEE_PRECISION_DIRECT == 0
    assert 0 <= accumulated < FEE_PRECISION_DIRECT


@pytest.mark.parametrize("precision", [CENT, FEE_PRECISION_DIRECT])
@pytest.mark.parametrize("fee", ["0.0000", "0.0001", "0.0175"])
def test_a_net_fee_is_never_negative_and_the_balance_keeps_its_precision(precision, fee):
    accumulated = total = 0
    for count in (1, 3, 7, 99, 101, 333) * 50:
        revenue = -3_301 * count
        net, accumulated = round_fill(revenue, money(fee), precision, accumulated)
        total += net
        assert net >= 0
        assert (revenue - net) % min(precision, CENT) == 0
    assert accumulated >= 0
