"""The channels of the WebSocket and what a subscription to each selects by (SEMANTICS G6, G7).

| channels                                        | markets    | update actions                          |
|-------------------------------------------------|------------|-----------------------------------------|
| orderbook_delta                                 | required   | add_markets delete_markets get_snapshot |
| ticker (also by market_id)                      | optional   | add_markets delete_markets              |
| trade fill market_positions user_orders         | optional   | add_markets delete_markets              |
| lifecycle, communications, order_group_updates  | ignored    | none                                    |
| cfbenchmarks_value, cfbenchmarks_value_5hz      | index ids  | subscribe_ unsubscribe_indices indexlist |
| pyth_value                                      | underlyings| ..._underlyings underlying_list         |
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from wire.ws.commands import SubscribeParams
from wire.ws.errors import CommandError, ErrorCode


class Selector(Enum):
    """What a subscription to a channel selects by."""

    MARKETS_REQUIRED = auto()
    MARKETS = auto()
    NOTHING = auto()
    INDICES = auto()
    UNDERLYINGS = auto()


class Channel(NamedTuple):
    """`sequenced` says whether its messages carry `seq`; acks always do (SEMANTICS G3)."""

    name: str
    selector: Selector
    sequenced: bool
    takes_ids: bool = False


CHANNELS = {
    channel.name: channel
    for channel in (
        Channel("orderbook_delta", Selector.MARKETS_REQUIRED, sequenced=True),
        Channel("ticker", Selector.MARKETS, sequenced=False, takes_ids=True),
        Channel("trade", Selector.MARKETS, sequenced=True),
        Channel("fill", Selector.MARKETS, sequenced=False),
        Channel("market_positions", Selector.MARKETS, sequenced=False),
        Channel("user_orders", Selector.MARKETS, sequenced=False),
        Channel("market_lifecycle_v2", Selector.NOTHING, sequenced=True),
        Channel("multivariate_market_lifecycle", Selector.NOTHING, sequenced=True),
        Channel("communications", Selector.NOTHING, sequenced=True),
        Channel("order_group_updates", Selector.NOTHING, sequenced=True),
        Channel("cfbenchmarks_value", Selector.INDICES, sequenced=True),
        Channel("cfbenchmarks_value_5hz", Selector.INDICES, sequenced=True),
        Channel("pyth_value", Selector.UNDERLYINGS, sequenced=True),
    )
}


@dataclass(slots=True, eq=False)
class Subscription:
    """One sid. `markets` None = all of them; `names` are index ids or underlyings, with "all" for all-mode."""

    sid: int
    channel: Channel
    markets: dict[str, None] | None
    use_yes_price: bool = False
    skip_ticker_ack: bool = False
    by_id: bool = False
    seq: int = 0
    names: dict[str, None] = field(default_factory=dict)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


def check_fanout(params: SubscribeParams) -> None:
    """`user_filter` and sharding exist on the communications channel only."""
    factor, key = params.shard_factor, params.shard_key
    if params.user_filter not in (None, "", "self"):
        raise CommandError(ErrorCode.INVALID_PARAMETER)
    if factor is None:
        if key is not None:
            raise CommandError(ErrorCode.SHARD_FACTOR_REQUIRED)
        return
    if factor <= 0:
        raise CommandError(ErrorCode.SHARD_FACTOR_NOT_POSITIVE)
    if factor > 100:
        raise CommandError(ErrorCode.SHARD_FACTOR_TOO_LARGE)
    if key is not None and not 0 <= key < factor:
        raise CommandError(ErrorCode.SHARD_KEY_OUT_OF_RANGE)


def names_of(channel: Channel, params: SubscribeParams) -> tuple[str, ...]:
    """What a subscribe seeds an index feed with."""
    if channel.selector is Selector.INDICES:
        return params.index_ids or ()
    return params.underlying_tickers or () if channel.selector is Selector.UNDERLYINGS else ()
