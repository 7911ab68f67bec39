"""Commands from a route to the sequencer and their outcomes back."""

from collections.abc import Callable, Sequence
from typing import ParamSpec

from exchange.core.commands import AnyCommand
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, unavailable
from exchange.gateways.rejects import api_error
from exchange.ports import Receipt, Unavailable
from wire.engine_events import OrderRejected

Arguments = ParamSpec("Arguments")


async def submit(context: VenueContext, command: AnyCommand) -> Receipt:
    """The receipt of a command that was applied. Raises the ApiError of a refusal, 503 when closed for writes."""
    try:
        receipt = await context.sink.submit(command)
    except Unavailable:
        raise unavailable() from None
    match receipt.events:
        case (OrderRejected() as refusal,):
            raise api_error(refusal.reason, refusal.detail)
    return receipt


def attempt(
    make: Callable[Arguments, AnyCommand], *arguments: Arguments.args, **named: Arguments.kwargs
) -> AnyCommand | ApiError:
    """A batch entry's command, or the error that stands in its place."""
    try:
        return make(*arguments, **named)
    except ApiError as error:
        return error


def commands_of(attempts: Sequence[AnyCommand | ApiError]) -> list[AnyCommand]:
    """What of a batch can be submitted."""
    return [made for made in attempts if not isinstance(made, ApiError)]


def outcomes_of(attempts: Sequence[AnyCommand | ApiError], receipts: Sequence[Receipt]) -> list[Receipt | ApiError]:
    """Receipts in the order of `attempts`, with what could not even be a command left as its error."""
    following = iter(receipts)
    return [made if isinstance(made, ApiError) else next(following) for made in attempts]


async def submit_each(context: VenueContext, attempts: Sequence[AnyCommand | ApiError]) -> list[Receipt | ApiError]:
    """The outcomes of a batch, submitted together. Raises 503 when closed for writes."""
    try:
        return outcomes_of(attempts, await context.sink.submit_all(commands_of(attempts)))
    except Unavailable:
        raise unavailable() from None


def receipt_of(outcome: Receipt | ApiError) -> Receipt:
    """One of the outcomes of a batch; the error in its place is raised."""
    if isinstance(outcome, ApiError):
        raise outcome
    return outcome
