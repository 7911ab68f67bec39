"""GET /exchange/*: is the venue open, when is it, and how fresh is what it shows. Public."""

from fastapi import APIRouter
from msgspec.structs import replace
from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.rest.openapi import answer, operation
from wire.enums import PauseScope
from wire.rest.common import timestamp
from wire.rest.exchange import (
    DailySchedule,
    ExchangeIndexStatus,
    ExchangeStatus,
    GetExchangeScheduleResponse,
    GetUserDataTimestampResponse,
    MaintenanceWindow,
    Schedule,
    WeeklySchedule,
)

_ALL_DAY = (DailySchedule(open_time="00:00", close_time="23:59"),)
"""The venue never sleeps by itself; 23:59 because HH:MM has no later minute every client can read."""

_STANDARD_HOURS = WeeklySchedule(
    start_time="2021-01-01T00:00:00Z",
    end_time="2100-01-01T00:00:00Z",
    monday=_ALL_DAY,
    tuesday=_ALL_DAY,
    wednesday=_ALL_DAY,
    thursday=_ALL_DAY,
    friday=_ALL_DAY,
    saturday=_ALL_DAY,
    sunday=_ALL_DAY,
)


def router(context: VenueContext) -> APIRouter:
    routes = APIRouter()
    catalogue = context.views.catalogue

    @routes.get("/exchange/status", **operation("GetExchangeStatus", ExchangeStatus, tag="exchange"))
    async def get_exchange_status() -> Response:
        exchange, trading = catalogue.pause(PauseScope.EXCHANGE), catalogue.pause(PauseScope.TRADING)
        exchange_active = not exchange.active
        trading_active = exchange_active and not trading.active
        status = ExchangeStatus(
            exchange_active=exchange_active,
            trading_active=trading_active,
            intra_exchange_transfers_active=exchange_active,
            exchange_index_statuses=(
                ExchangeIndexStatus(
                    exchange_index=context.settings.shard,
                    description=f"Shard {context.settings.shard}",
                    exchange_active=exchange_active,
                    trading_active=trading_active,
                    intra_exchange_transfers_active=exchange_active,
                ),
            ),
        )
        resume_us = max((pause.resume_us for pause in (exchange, trading) if pause.active), default=0)
        if resume_us:
            status = replace(status, exchange_estimated_resume_time=timestamp(resume_us))
        return answer(status)

    @routes.get("/exchange/schedule", **operation("GetExchangeSchedule", GetExchangeScheduleResponse, tag="exchange"))
    async def get_exchange_schedule() -> Response:
        windows = tuple(
            MaintenanceWindow(start_datetime=timestamp(start_us), end_datetime=timestamp(end_us))
            for start_us, end_us in catalogue.maintenance_windows(context.clock.now_us())
        )
        return answer(
            GetExchangeScheduleResponse(Schedule(standard_hours=(_STANDARD_HOURS,), maintenance_windows=windows))
        )

    @routes.get(
        "/exchange/user_data_timestamp",
        **operation("GetUserDataTimestamp", GetUserDataTimestampResponse, tag="exchange"),
    )
    async def get_user_data_timestamp() -> Response:
        # Reads see every acknowledged write: the data is as fresh as the clock (SEMANTICS K31).
        return answer(GetUserDataTimestampResponse(timestamp(context.clock.now_us())))

    return routes
