"""What a member has in money: balance and the value of resting orders (SEMANTICS C1, K5)."""

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import refuse_restricted, subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.rate_limit import BALANCE
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.security import caller
from exchange.projections.holdings import PositionRecord
from wire.accounts import account_of
from wire.rest.portfolio import GetBalanceResponse, GetPortfolioRestingOrderTotalValueResponse, IndexedBalance
from wire.units import MICROS, PAYOUT, cents, format_money4


class GetBalanceParams(msgspec.Struct, frozen=True):
    subaccount: params.Subaccount | None = None
    exchange_index: params.ExchangeIndex | None = None


def add_routes(context: VenueContext, routes: APIRouter) -> None:
    """The operations under /portfolio."""

    @routes.get(
        "/balance",
        **operation("GetBalance", GetBalanceResponse, query=GetBalanceParams, errors=READ_ERRORS, tag="portfolio"),
    )
    async def get_balance(request: Request) -> Response:
        key = caller(context, request, "read::portfolio_balance", 1, BALANCE)
        query = params.read(GetBalanceParams, request.query_params)
        account = account_of(key.member, subaccount_or_primary(key, query.subaccount))
        money = context.views.portfolio.account(account)
        here = context.settings.shard
        is_here = money is not None and query.exchange_index in (None, here)
        cash = money.cash if money is not None and is_here else 0
        value = sum(_value(context, row) for row in context.views.portfolio.positions(account)) if is_here else 0
        whole = IndexedBalance(balance=format_money4(money.cash if money else 0), exchange_index=here)
        return answer(
            GetBalanceResponse(
                balance=cents(cash),
                balance_breakdown=[whole] if key.subaccount is None else None,
                balance_dollars=format_money4(cash),
                portfolio_value=cents(value),
                updated_ts=money.updated_us // MICROS if money else 0,
            )
        )

    @routes.get(
        "/summary/total_resting_order_value",
        **operation(
            "GetPortfolioRestingOrderTotalValue",
            GetPortfolioRestingOrderTotalValueResponse,
            errors=(401, 403, 429),
            tag="portfolio",
        ),
    )
    async def get_total_resting_order_value(request: Request) -> Response:
        key = caller(context, request)
        refuse_restricted(key)
        total = sum(order.resting_value for order in context.views.orders.resting(key.member))
        here = IndexedBalance(balance=format_money4(total), exchange_index=context.settings.shard)
        return answer(
            GetPortfolioRestingOrderTotalValueResponse(
                resting_order_value_breakdown=[here], total_resting_order_value=cents(total)
            )
        )


def _value(context: VenueContext, position: PositionRecord) -> int:
    """What a position would bring at the market's last trade: Money (SEMANTICS K5)."""
    if not position.position:
        return 0
    last = context.views.books.book(position.ticker).last_price
    return position.position * last if position.position > 0 else -position.position * (PAYOUT - last)
