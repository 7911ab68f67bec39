"""Scenario tables: one action a row, what must come of it behind the arrow, run on the real engine.

    ann bid 10 @ 0.56                 -> rests 10
    bob ask 4 @ 0.50 ioc as b1        -> fills 4 @ 0.56 from ann
    ann cancel 1                      -> canceled 6 member
    book                              -> empty | empty
    ann                               -> cash 97.76 held 0.00 position 4.00 cost 2.24

Orders are named by `as NAME`, or counted from 1. Members appear when first named, with $100 (`fund ann 5` adds
more). `market LABEL` chooses a price grid, `fees TYPE MULTIPLIER` the fees (none by default, so that money stays
round). Counts are contracts, prices dollars, times seconds.
"""

from exchange.core import commands as c
from exchange.core.checks import check_invariants
from exchange.core.engine import Engine
from wire.accounts import account_of
from wire.engine_events import (
    BalanceChanged,
    EngineEvent,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    OrderGroupChanged,
    OrderRejected,
    PauseChanged,
    PositionSettled,
    Trade,
)
from wire.enums import BookSide, FeeType, MarketResult, PauseScope, SelfTradePrevention, TimeInForce
from wire.units import DOLLAR, MICROS, parse_count, parse_money, parse_price

START_US = 1_780_000_000 * MICROS
TICKER = "KXTEST"
TIMES = {"ioc": TimeInForce.IMMEDIATE_OR_CANCEL, "fok": TimeInForce.FILL_OR_KILL}


class Table:
    """Runs rows and checks the invariants after each."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.seq = 0
        self.now_us = START_US
        self.accounts: dict[str, int] = {}
        self.orders: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.placed = 0
        self.grid = "linear_cent"
        self.fees = (FeeType.QUADRATIC, 0)
        self.close_us = START_US + 3_600 * MICROS
        self.opened = False

    def run(self, rows: str) -> "Table":
        """Raises AssertionError naming the first row that came out otherwise."""
        for number, row in enumerate(rows.strip().splitlines(), 1):
            action, _, expected = (part.strip() for part in row.partition("->"))
            if not action or action.startswith("#"):
                continue
            outcome = self.act(action.split())
            broken = check_invariants(self.engine.state)
            assert not broken, f"row {number}: {action}\n  {broken}"
            assert outcome == expected, f"row {number}: {action}\n  expected: {expected}\n  came out: {outcome}"
        return self

    def act(self, words: list[str]) -> str:
        """Carry out one row; what came of it."""
        first = words[0]
        if first == "market":
            self.grid = words[1]
            return ""
        if first == "fees":
            self.fees = (FeeType(words[1]), round(float(words[2]) * 10_000))
            return ""
        self._open()
        if first == "book":
            return self._book()
        if first == "time":
            self.now_us += int(float(words[1].lstrip("+")) * MICROS)
            return self._tell(self.apply(c.AdvanceTime()))
        if first == "venue":
            return self._tell(self._venue(words[1:]))
        if first == "fund":
            account = self._account(words[1])
            self.apply(c.Deposit(account, parse_money(words[2])))
            return ""
        return self._member(self._account(first), words[1:])

    def apply(self, command: c.Command) -> tuple[EngineEvent, ...]:
        """One command at the present time."""
        self.seq += 1
        return self.engine.apply(command, self.seq, self.now_us)

    # --- rows ---------------------------------------------------------------------------------------

    def _member(self, account: int, words: list[str]) -> str:
        if not words:
            return self._statement(account)
        verb, *rest = words
        if verb in ("bid", "ask"):
            return self._place(account, BookSide(verb), rest)
        if verb == "group":
            return self._group(account, rest)
        if verb == "cancel":
            command: c.AnyCommand = (
                c.CancelAllOrders(account >> 6) if rest[0] == "all" else c.CancelOrder(account, self._order(rest[0]))
            )
        elif verb == "decrease":
            amount = parse_count(rest[2])
            by, to = (amount, -1) if rest[1] == "by" else (-1, amount)
            command = c.DecreaseOrder(account, self._order(rest[0]), by, to)
        elif verb == "amend":
            options = dict(zip(rest[4::2], rest[5::2], strict=True))
            order = self.engine.state.orders.get(self._order(rest[0]))
            expires = options.get("expires", "keep")
            command = c.AmendOrder(
                account,
                self._order(rest[0]),
                TICKER,
                BookSide(options["side"]) if "side" in options else order.side if order else BookSide.BID,
                parse_price(rest[3]),
                parse_count(rest[1]),
                options.get("if", ""),
                options.get("id", ""),
                -1 if expires == "keep" else 0 if expires == "never" else self.now_us + int(expires) * MICROS,
            )
        else:
            raise AssertionError(f"unknown verb {verb}")
        return self._tell(self.apply(command))

    def _place(self, account: int, side: BookSide, words: list[str]) -> str:
        count, at, price, *flags = words
        assert at == "@", "write COUNT @ PRICE"
        options: dict[str, str] = {}
        bare: set[str] = set()
        pending = iter(flags)
        for flag in pending:
            if flag in ("as", "id", "group", "expires"):
                options[flag] = next(pending)
            else:
                bare.add(flag)
        time_in_force = next((TIMES[flag] for flag in bare & set(TIMES)), TimeInForce.GOOD_TILL_CANCELED)
        assert bare <= {*TIMES, "post", "reduce", "pause", "maker"}, f"unknown flags {bare}"
        events = self.apply(
            c.CreateOrder(
                account,
                TICKER,
                side,
                parse_price(price),
                parse_count(count),
                time_in_force,
                SelfTradePrevention.MAKER if "maker" in bare else SelfTradePrevention.TAKER_AT_CROSS,
                options.get("id", ""),
                "post" in bare,
                "reduce" in bare,
                "pause" in bare,
                self.now_us + int(float(options["expires"]) * MICROS) if "expires" in options else 0,
                self.groups[options["group"]] if "group" in options else 0,
            )
        )
        if isinstance(events[0], OrderAccepted):
            self.placed += 1
            self.orders[str(self.placed)] = self.seq
            self.orders[options.get("as", str(self.placed))] = self.seq
        return self._tell(events)

    def _group(self, account: int, words: list[str]) -> str:
        name, verb, *rest = words
        if verb == "create":
            events = self.apply(c.CreateOrderGroup(account, parse_count(rest[0])))
            self.groups[name] = self.seq
            return self._tell(events)
        known = self.groups[name]
        command: c.AnyCommand = {
            "reset": lambda: c.ResetOrderGroup(account, known),
            "trigger": lambda: c.TriggerOrderGroup(account, known),
            "delete": lambda: c.DeleteOrderGroup(account, known),
            "limit": lambda: c.UpdateOrderGroupLimit(account, known, parse_count(rest[0])),
        }[verb]()
        return self._tell(self.apply(command))

    def _venue(self, words: list[str]) -> tuple[EngineEvent, ...]:
        verb, *rest = words
        if verb == "determine":
            value = parse_money(rest[1]) if len(rest) > 1 else 0
            return self.apply(c.DetermineMarket(TICKER, MarketResult(rest[0]), value))
        if verb == "close":
            return self.apply(c.SetCloseTime(TICKER, self.now_us + int(rest[0]) * MICROS))
        if verb in ("pause", "resume") and rest:
            scope = PauseScope(rest[0])
            return self.apply(c.Pause(scope) if verb == "pause" else c.Resume(scope))
        if verb == "schedule":
            start_us, end_us = (self.now_us + int(seconds) * MICROS for seconds in rest)
            return self.apply(c.SchedulePause(PauseScope.TRADING, start_us, end_us))
        if verb == "grid":
            return self.apply(c.SetPriceGrid(TICKER, rest[0]))
        return self.apply(
            {
                "halt": c.HaltMarket(TICKER),
                "resume": c.ResumeMarket(TICKER),
                "dispute": c.DisputeMarket(TICKER),
                "settle": c.SettleMarket(TICKER),
            }[verb]
        )

    # --- telling ------------------------------------------------------------------------------------

    def _tell(self, events: tuple[EngineEvent, ...]) -> str:
        return ", ".join(filter(None, map(self._say, events)))

    def _say(self, event: EngineEvent) -> str:
        match event:
            case OrderRejected(reason=reason):
                return f"rejected {reason}"
            case OrderAccepted(resting_count=resting):
                return f"rests {_plain(resting)}" if resting else ""
            case OrderAmended(resting_count=resting, kept_queue_place=kept):
                return f"amended rests {_plain(resting)} {'in place' if kept else 'at the back'}"
            case OrderDecreased(remaining_count=remaining):
                return f"decreased to {_plain(remaining)}"
            case OrderCanceled(canceled_count=count, cause=cause):
                return f"canceled {_plain(count)} {cause}"
            case Trade():
                fees = f" fees {event.taker_fee / DOLLAR:g}/{event.maker_fee / DOLLAR:g}" if self.fees[1] else ""
                maker = self._name(event.maker_account)
                return f"fills {_plain(event.count)} @ {event.price / 10_000:g} from {maker}{fees}"
            case OrderGroupChanged(change=change):
                return f"group {change}"
            case MarketStatusChanged(old=old, new=new):
                return f"{old} to {new}"
            case PositionSettled(account=account, payout=payout, fee=fee):
                return f"pays {self._name(account)} {payout / DOLLAR:g}" + (f" keeps {fee / DOLLAR:g}" if fee else "")
            case PauseChanged(scope=scope, active=active):
                return f"{scope} {'paused' if active else 'resumed'}"
            case MarketDetermined(result=result):
                return f"result {result}"
            case MarketSettled() | BalanceChanged():
                return ""
        return type(event).__name__

    def _statement(self, account: int) -> str:
        purse = self.engine.state.accounts[account]
        position = purse.positions.get(TICKER)
        count, cost = (position.count, position.cost) if position else (0, 0)
        return f"cash {_money(purse.cash)} held {_money(purse.held)} position {_plain(count)} cost {_money(cost)}"

    def _book(self) -> str:
        book = self.engine.state.markets[TICKER].book
        sides = []
        for ladder, flip in ((book.yes, False), (book.no, True)):
            levels = [
                f"{(10_000 - level.leg if flip else level.leg) / 10_000:g} x "
                + "+".join(_plain(order.remaining) for order in level)
                for level in ladder.descending()
            ]
            sides.append(", ".join(levels) or "empty")
        return " | ".join(sides)

    # --- names --------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self.opened:
            return
        self.opened = True
        self.apply(c.CreateSeries("KXS", *self.fees, b"{}"))
        self.apply(c.CreateEvent("KXE", "KXS", False, "", b"{}"))
        self.apply(c.CreateMarket(TICKER, "KXE", START_US, self.close_us, 60 * MICROS, self.grid, (), b"{}"))

    def _account(self, name: str) -> int:
        """`ann` is a member, `ann.2` her subaccount 2."""
        if name not in self.accounts:
            base, _, subaccount = name.partition(".")
            if subaccount:
                primary = self._account(base)
                self.apply(c.CreateSubaccount(primary >> 6))
                self.accounts[name] = primary + int(subaccount)
            else:
                member = 1 + len({account >> 6 for account in self.accounts.values()})
                self.apply(c.CreateMember(member, name))
                self.accounts[name] = account_of(member)
            self.apply(c.Deposit(self.accounts[name], 100 * DOLLAR))
        return self.accounts[name]

    def _order(self, name: str) -> int:
        return self.orders.get(name, 1 << 40)

    def _name(self, account: int) -> str:
        return next(name for name, known in self.accounts.items() if known == account)


def run(rows: str) -> Table:
    """Run a table on a fresh engine."""
    return Table().run(rows)


def _plain(count: int) -> str:
    return f"{count / 100:g}"


def _money(money: int) -> str:
    return f"{money / DOLLAR:.6f}".rstrip("0").rstrip(".")
