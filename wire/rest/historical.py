"""What the historical tier alone answers (SEMANTICS D6); its lists have the bodies of the live ones."""

import msgspec

from wire.rest.common import Timestamp


class GetHistoricalCutoffResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What ended before each of these times is in /historical and no longer in the live lists."""

    market_positions_last_updated_ts: Timestamp
    market_settled_ts: Timestamp
    orders_updated_ts: Timestamp
    trades_created_ts: Timestamp
