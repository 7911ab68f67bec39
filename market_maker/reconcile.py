"""An account begun anew from what the venue lists, so that orders and positions are of one moment."""

from market_maker.account import Account
from market_maker.venue.port import Position, Uncertain, Venue

ATTEMPTS = 5


async def reconcile(venue: Venue, account: Account, since_ms: int = 0) -> dict[str, Position]:
    """The positions, once nothing has filled and nothing was heard while everything was listed. Raises VenueError.

    Orders created before `since_ms` of which the account knows nothing have had their fills (`Account.replace`).
    """
    for _ in range(ATTEMPTS):
        version = account.version
        before = await venue.resting()
        positions = await venue.positions()
        after = await venue.resting()
        if account.version == version and before == after:
            account.replace(after, {ticker: position.count for ticker, position in positions.items()}, (), since_ms)
            return positions
    raise Uncertain("own orders change faster than they can be listed")
