"""One command from a cold route to the sequencer and its outcome back."""

from exchange.core.commands import AnyCommand
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import unavailable
from exchange.gateways.rejects import api_error
from exchange.ports import Receipt, Unavailable
from wire.engine_events import OrderRejected


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
