"""One connection's subscriptions: a sans-I/O machine fed with command texts, answering with effects.

    receive(text, now_us)  ->  [Send, Join, SendSnapshot, ...]   carry them out in order, nothing in between

Rules (SEMANTICS G2, G3, G6):
- A sid names one channel of one connection; sids count from 1 and are never used again. Subscribing again
  to a held channel adds markets to the same sid (K9).
- Every sid has one seq, shared by its markets and by its own `ok` and `unsubscribed` acks.
- A refused command changes nothing and never ends the connection. With several channels in one subscribe,
  a bad channel is refused and the others stand; the same goes for unknown market ids among known ones.

What a channel takes is in channels.py, which markets a command names in selection.py. Knows no book, no account and no
socket: what a snapshot says and who may see what is the gateway's part.
"""

from wire.ws import messages
from wire.ws.channels import CHANNELS, Channel, Selector, Subscription, names_of
from wire.ws.command_rate import COMMANDS_PER_SECOND, CommandRate
from wire.ws.commands import (
    SubscribeParams,
    UnsubscribeParams,
    UpdateParams,
    decode_envelope,
    decode_params,
)
from wire.ws.effects import Effect, Join, Leave, Send, SendSnapshot, SendTicker
from wire.ws.errors import CommandError, ErrorCode
from wire.ws.selection import Markets, Selection, check_subscribe, select, select_for

MARKET_LIMIT = 500_000
"""Market subscriptions of one connection, over all its channels (SEMANTICS G1)."""


class Session:
    """The server side of one connection's subscriptions."""

    def __init__(
        self, markets: Markets, market_limit: int = MARKET_LIMIT, commands_per_second: int = COMMANDS_PER_SECOND
    ) -> None:
        self.subscriptions: dict[int, Subscription] = {}
        self._by_channel: dict[str, Subscription] = {}
        self._markets = markets
        self._market_limit = market_limit
        self._last_sid = 0
        self._rate = CommandRate(commands_per_second)

    def receive(self, text: bytes | str, now_us: int) -> list[Effect]:
        """Take one command. `now_us` is any clock in microseconds that does not go back. Never raises."""
        command_id = 0
        try:
            envelope = decode_envelope(text)
            command_id = envelope.id
            if not self._rate.admits(now_us):
                raise CommandError(ErrorCode.TOO_MANY_REQUESTS)
            params = decode_params(envelope)
            if isinstance(params, SubscribeParams):
                return self._subscribe(command_id, params)
            if isinstance(params, UnsubscribeParams):
                return self._unsubscribe(command_id, params)
            if isinstance(params, UpdateParams):
                return self._update(command_id, params)
            return [Send(messages.listed(command_id, self._entries()))]
        except CommandError as refusal:
            return [_refuse(command_id, refusal)]

    def overflow(self) -> list[Effect]:
        """The connection does not read: every subscription ends with code 25 (SEMANTICS G3)."""
        effects: list[Effect] = []
        for subscription in list(self.subscriptions.values()):
            seq = subscription.next_seq() if subscription.channel.sequenced else 0
            effects.append(self._end(subscription))
            effects.append(Send(messages.error(0, ErrorCode.BUFFER_OVERFLOW, sid=subscription.sid, seq=seq)))
        return effects

    def close(self) -> list[Effect]:
        """The connection is gone."""
        return [self._end(subscription) for subscription in list(self.subscriptions.values())]

    # --- subscribe ----------------------------------------------------------------------------------

    def _subscribe(self, command_id: int, params: SubscribeParams) -> list[Effect]:
        if not params.channels:
            raise CommandError(ErrorCode.CHANNELS_REQUIRED)
        selection = select(self._markets, params)
        acks: list[Effect] = []
        rest: list[Effect] = []
        unknown: tuple[str, ...] = ()
        for name in dict.fromkeys(params.channels):
            try:
                channel = CHANNELS.get(name)
                if channel is None:
                    raise CommandError(ErrorCode.UNKNOWN_CHANNEL)
                check_subscribe(channel, params, selection)
                subscription, effects = self._open(channel, params, selection)
            except CommandError as refusal:
                acks.append(_refuse(command_id, refusal))
                continue
            acks.append(Send(messages.subscribed(command_id, name, subscription.sid)))
            rest += effects
            if subscription.markets is not None:
                unknown = selection.unknown
        if unknown:
            acks.append(_refuse(command_id, CommandError(ErrorCode.INVALID_PARAMETER, unknown)))
        return acks + rest

    def _open(
        self, channel: Channel, params: SubscribeParams, selection: Selection
    ) -> tuple[Subscription, list[Effect]]:
        """The channel's subscription, new or held, with the selection added, and what follows its ack.

        A held one keeps the switches it was opened with: a book cannot change its prices in mid-stream.
        """
        held = self._by_channel.get(channel.name)
        takes_markets = channel.selector in (Selector.MARKETS, Selector.MARKETS_REQUIRED)
        wanted = selection.tickers if takes_markets and selection.named else None
        new = self._missing(held, wanted or ())
        names = self._with_names(held, names_of(channel, params))
        effects: list[Effect] = []
        if held is None:
            held = self._start(channel, params, selection, filtered=wanted is not None)
            if wanted is None:
                effects.append(Join(held, None))
        elif wanted is None and held.markets is not None:
            effects += [Leave(held, tuple(held.markets)), Join(held, None)]
            held.markets = None
        held.names = names
        effects += self._add_markets(held, new, bool(params.send_initial_snapshot))
        if wanted is None and params.send_initial_snapshot and channel.name == "ticker":
            effects.append(SendTicker(held, None))
        return held, effects

    def _start(
        self, channel: Channel, params: SubscribeParams, selection: Selection, *, filtered: bool
    ) -> Subscription:
        self._last_sid += 1
        subscription = Subscription(
            self._last_sid,
            channel,
            {} if filtered else None,
            use_yes_price=bool(params.use_yes_price),
            skip_ticker_ack=bool(params.skip_ticker_ack),
            by_id=selection.by_id,
        )
        self.subscriptions[subscription.sid] = subscription
        self._by_channel[channel.name] = subscription
        return subscription

    def _missing(self, held: Subscription | None, tickers: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these the subscription does not have yet. Raises CommandError 26 when they are too many."""
        if held is not None:
            if held.markets is None:
                return ()
            tickers = tuple(ticker for ticker in tickers if ticker not in held.markets)
        count = sum(len(subscription.markets or ()) for subscription in self.subscriptions.values())
        if count + len(tickers) > self._market_limit:
            raise CommandError(ErrorCode.MARKET_LIMIT)
        return tickers

    def _add_markets(self, subscription: Subscription, new: tuple[str, ...], initial: bool) -> list[Effect]:
        """Add what `_missing` found, with what the channel sends first (SEMANTICS G6)."""
        if not new or subscription.markets is None:
            return []
        subscription.markets.update(dict.fromkeys(new))
        effects: list[Effect] = [Join(subscription, new)]
        if subscription.channel.selector is Selector.MARKETS_REQUIRED:
            effects += [SendSnapshot(subscription, ticker, subscription.next_seq()) for ticker in new]
        elif subscription.channel.name == "ticker" and initial:
            effects += [SendTicker(subscription, ticker) for ticker in new]
        return effects

    def _with_names(self, held: Subscription | None, names: tuple[str, ...]) -> dict[str, None]:
        """An index feed's names and these. Raises CommandError 26 when they are too many."""
        together = {**(held.names if held is not None else {}), **dict.fromkeys(names)}
        if len(together) > self._market_limit:
            raise CommandError(ErrorCode.MARKET_LIMIT)
        return together

    # --- unsubscribe --------------------------------------------------------------------------------

    def _unsubscribe(self, command_id: int, params: UnsubscribeParams) -> list[Effect]:
        if not params.sids:
            raise CommandError(ErrorCode.SIDS_REQUIRED)
        effects: list[Effect] = []
        for sid in params.sids:
            subscription = self.subscriptions.get(sid)
            if subscription is None:
                effects.append(_refuse(command_id, CommandError(ErrorCode.UNKNOWN_SID)))
                continue
            effects.append(self._end(subscription))
            effects.append(Send(messages.unsubscribed(command_id, sid, subscription.next_seq())))
        return effects

    def _end(self, subscription: Subscription) -> Leave:
        del self.subscriptions[subscription.sid]
        del self._by_channel[subscription.channel.name]
        return Leave(subscription, None)

    # --- update -------------------------------------------------------------------------------------

    def _update(self, command_id: int, params: UpdateParams) -> list[Effect]:
        subscription = self._one_subscription(params)
        if not params.action:
            raise CommandError(ErrorCode.ACTION_REQUIRED)
        match subscription.channel.selector, params.action:
            case (Selector.MARKETS_REQUIRED, "get_snapshot"):
                return self._get_snapshot(command_id, subscription, params)
            case (Selector.MARKETS | Selector.MARKETS_REQUIRED, "add_markets"):
                return self._add(command_id, subscription, params)
            case (Selector.MARKETS | Selector.MARKETS_REQUIRED, "delete_markets"):
                return self._delete(command_id, subscription, params)
            case (Selector.INDICES, "subscribe_indices" | "unsubscribe_indices"):
                return self._change_names(
                    command_id, subscription, "index_ids", params.index_ids, params.action, ErrorCode.INDEX_IDS_REQUIRED
                )
            case (Selector.UNDERLYINGS, "subscribe_underlyings" | "unsubscribe_underlyings"):
                return self._change_names(
                    command_id,
                    subscription,
                    "underlying_tickers",
                    params.underlying_tickers,
                    params.action,
                    ErrorCode.UNDERLYING_TICKERS_REQUIRED,
                )
            case (Selector.INDICES, "indexlist"):
                return [self._available(command_id, subscription, "indexlist", "index_ids")]
            case (Selector.UNDERLYINGS, "underlying_list"):
                return [self._available(command_id, subscription, "underlying_list", "underlying_tickers")]
        raise CommandError(ErrorCode.UNSUPPORTED_ACTION)

    def _one_subscription(self, params: UpdateParams) -> Subscription:
        """`sid` or a list `sids` of one, not both (SEMANTICS G2)."""
        sids = params.sids or ()
        if (params.sid is not None) + len(sids) != 1:
            raise CommandError(ErrorCode.EXACTLY_ONE_SID)
        subscription = self.subscriptions.get(sids[0] if params.sid is None else params.sid)
        if subscription is None:
            raise CommandError(ErrorCode.UNKNOWN_SID)
        return subscription

    def _get_snapshot(self, command_id: int, subscription: Subscription, params: UpdateParams) -> list[Effect]:
        """Books of any markets, subscribed or not; named by `market_tickers` only (changelog 2026-04-20)."""
        if not params.market_tickers:
            raise CommandError(ErrorCode.MARKET_TICKER_REQUIRED)
        return [
            SendSnapshot(subscription, ticker, subscription.next_seq(), command_id)
            for ticker in select(self._markets, params).tickers
        ]

    def _add(self, command_id: int, subscription: Subscription, params: UpdateParams) -> list[Effect]:
        selection = select_for(subscription.channel, self._markets, params)
        if not selection.tickers:
            raise CommandError(ErrorCode.INVALID_PARAMETER, selection.unknown)
        new = self._missing(subscription, selection.tickers)
        # The ack takes the first number, the snapshots those behind it; its list is the one after the change.
        seq = subscription.next_seq()
        effects = self._add_markets(subscription, new, bool(params.send_initial_snapshot))
        subscription.by_id = subscription.by_id or selection.by_id
        acks = [self._updated(command_id, subscription, seq)]
        if selection.unknown:
            acks.append(_refuse(command_id, CommandError(ErrorCode.INVALID_PARAMETER, selection.unknown)))
        return [*acks, *effects]

    def _delete(self, command_id: int, subscription: Subscription, params: UpdateParams) -> list[Effect]:
        """Markets that are not there are no error; from a subscription to everything nothing can be deleted."""
        selection = select_for(subscription.channel, self._markets, params)
        effects: list[Effect] = []
        if subscription.markets is not None:
            gone = tuple(ticker for ticker in selection.tickers if ticker in subscription.markets)
            for ticker in gone:
                del subscription.markets[ticker]
            effects = [Leave(subscription, gone)] if gone else []
        return [*effects, self._updated(command_id, subscription, subscription.next_seq())]

    def _updated(self, command_id: int, subscription: Subscription, seq: int) -> Send:
        lists: dict[str, list[str]] = {}
        if not subscription.skip_ticker_ack:
            lists["market_tickers"] = list(subscription.markets or ())
            if subscription.by_id:
                lists["market_ids"] = [self._markets.id_of(ticker) for ticker in subscription.markets or ()]
        return Send(messages.updated(command_id, subscription.sid, seq, lists))

    def _change_names(
        self,
        command_id: int,
        subscription: Subscription,
        key: str,
        given: tuple[str, ...] | None,
        action: str,
        missing: ErrorCode,
    ) -> list[Effect]:
        """Index feeds: "all" is a mode beside the explicit names and leaves them as they are."""
        if not given:
            raise CommandError(missing)
        if action.startswith("subscribe"):
            subscription.names = self._with_names(subscription, given)
        else:
            for name in given:
                subscription.names.pop(name, None)
        names = ["all"] if "all" in subscription.names else list(subscription.names)
        return [Send(messages.updated(command_id, subscription.sid, subscription.next_seq(), {key: names}))]

    def _available(self, command_id: int, subscription: Subscription, suffix: str, key: str) -> Send:
        """The venue has no index feeds to offer, so the list is empty."""
        kind = f"{subscription.channel.name}_{suffix}"
        return Send(messages.available(kind, command_id, subscription.sid, subscription.next_seq(), key, []))

    def _entries(self) -> list[messages.SubscriptionEntry]:
        return [messages.SubscriptionEntry(held.channel.name, held.sid) for held in self.subscriptions.values()]


def _refuse(command_id: int, refusal: CommandError) -> Send:
    return Send(messages.error(command_id, refusal.code, refusal.tickers))
