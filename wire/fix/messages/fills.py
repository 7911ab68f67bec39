"""What an execution report says of a fill, in integers (SEMANTICS H5, FIX/order-entry)."""

from mypy_extensions import mypyc_attr


@mypyc_attr(acyclic=True)
class FillDetails:
    """What a report with ExecType Trade adds. Amounts are Money, `position` is signed: +YES, -NO. Never changed.

    `collateral` are (CollateralAmountType, amount) pairs: BALANCE, PAYOUT. The two returns are parts of the BALANCE
    change, 0 leaves them out; give them only if the Logon asked SplitCollateralReturn.
    """

    __slots__ = (
        "collateral",
        "count",
        "fee",
        "is_aggressor",
        "position",
        "price",
        "ranged_market_return",
        "single_market_return",
        "trade_id",
    )

    def __init__(
        self,
        *,
        price: int,
        count: int,
        trade_id: str,
        is_aggressor: bool,
        position: int,
        fee: int,
        collateral: tuple[tuple[str, int], ...],
        single_market_return: int = 0,
        ranged_market_return: int = 0,
    ) -> None:
        self.price = price
        self.count = count
        self.trade_id = trade_id
        self.is_aggressor = is_aggressor
        self.position = position
        self.fee = fee
        self.collateral = collateral
        self.single_market_return = single_market_return
        self.ranged_market_return = ranged_market_return

    def without_single_market_return(self) -> "FillDetails":
        """The same with that part of the change not told."""
        return FillDetails(
            price=self.price,
            count=self.count,
            trade_id=self.trade_id,
            is_aggressor=self.is_aggressor,
            position=self.position,
            fee=self.fee,
            collateral=self.collateral,
            ranged_market_return=self.ranged_market_return,
        )
