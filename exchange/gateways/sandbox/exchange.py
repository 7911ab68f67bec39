"""`/sandbox/exchange`: pause and resume trading, or the whole exchange (SEMANTICS B11)."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exchange.core.commands import Pause, Resume
from exchange.gateways.context import VenueContext
from exchange.gateways.submit import submit
from wire.enums import PauseScope


class Scope(BaseModel):
    """trading: reads and cancels go on. exchange: nothing does."""

    model_config = ConfigDict(extra="forbid")

    scope: Literal["trading", "exchange"] = "trading"


class ExchangeState(BaseModel):
    trading_active: bool
    exchange_active: bool


def router(context: VenueContext) -> APIRouter:
    api = APIRouter(prefix="/sandbox/exchange", tags=["sandbox"])

    def state() -> ExchangeState:
        trading, exchange = (context.views.catalogue.pause(scope).active for scope in PauseScope)
        return ExchangeState(trading_active=not (trading or exchange), exchange_active=not exchange)

    @api.post("/pause", operation_id="SandboxPause", summary="Pause trading or the exchange until resumed")
    async def pause(wanted: Scope) -> ExchangeState:
        await submit(context, Pause(PauseScope(wanted.scope)))
        return state()

    @api.post("/resume", operation_id="SandboxResume", summary="End a pause")
    async def resume(wanted: Scope) -> ExchangeState:
        await submit(context, Resume(PauseScope(wanted.scope)))
        return state()

    return api
