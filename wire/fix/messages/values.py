"""Prices, counts and money as FIX writes them (SEMANTICS A5, H2; FIX/subpenny-pricing).

Tags 6 31 44 132 133 are integer cents, or dollars with up to 4 decimals once the Logon asked UseDollars=Y.
Counts are decimals with at least 2 places, amounts are dollars. FIX lets a decimal have zeros in front and
behind, and start or end with its point: all of that is the same number.
"""

from typing import Final

from wire.units import PAYOUT, UnitError, format_count, format_fixed, parse_fixed

PRICES_IN_CENT: Final = 100
"""One cent as a Price."""


_TEXTS_KEPT: Final = 4096
"""How many texts of each kind are remembered."""

_DECIMALS: Final[tuple[dict[str, int], ...]] = tuple({} for _ in range(7))
"""What texts say, by the number of places that they were read with."""

_REMEMBERED_LENGTH: Final = 24
"""Longer spellings of a number are read anew each time: who sends them must not fill our memory."""


def parse_decimal(text: str, places: int) -> int | None:
    """A FIX decimal as an integer of 10**-places; None when it is finer, too large or no number.

    Prices and sizes repeat, so what was read lately is remembered.
    """
    known = _DECIMALS[places]
    number = known.get(text)
    if number is None:
        number = _read_decimal(text, places)
        if number is not None and len(text) <= _REMEMBERED_LENGTH:
            if len(known) >= _TEXTS_KEPT:
                known.clear()
            known[text] = number
    return number


def _read_decimal(text: str, places: int) -> int | None:
    if "." in text:
        text = text.rstrip("0").rstrip(".")
        text = "0" + text if text[:1] in ("", ".") else text
    try:
        return parse_fixed(text.replace("-.", "-0."), places)
    except UnitError:
        return None


def parse_price(text: str, *, use_dollars: bool) -> int | None:
    """A Price; None when it is not one. Without UseDollars only whole cents are."""
    if use_dollars:
        return parse_decimal(text, 4)
    cents = parse_decimal(text, 0)
    return None if cents is None else cents * PRICES_IN_CENT


_IN_DOLLARS: Final[list[str]] = [""] * (PAYOUT + 1)
_IN_CENTS: Final[list[str]] = [""] * (PAYOUT + 1)
"""How the prices between $0 and $1 are written, as far as somebody wanted to know."""


def format_price(price: int, *, use_dollars: bool) -> str:
    """A Price in dollars with 4 decimals, or in cents, with decimals only where a price is not whole cents."""
    texts = _IN_DOLLARS if use_dollars else _IN_CENTS
    if not 0 <= price <= PAYOUT:
        return _written_price(price, use_dollars)
    text = texts[price]
    if not text:
        text = texts[price] = _written_price(price, use_dollars)
    return text


def _written_price(price: int, use_dollars: bool) -> str:
    if use_dollars:
        return format_fixed(price, 4)
    cents, rest = divmod(price, PRICES_IN_CENT)
    return str(cents) if not rest else format_fixed(price, 2).rstrip("0")


def parse_quantity(text: str) -> int | None:
    """A Count; None when it is not one."""
    return parse_decimal(text, 2)


_HUNDREDTHS: Final = [f".{value:02d}" for value in range(100)]

_USUAL_COUNTS: Final = 1 << 14
_QUANTITIES: Final[list[str]] = [""] * _USUAL_COUNTS
"""How counts below that are written, as far as somebody wanted to know."""


def format_quantity(count: int) -> str:
    """A Count with 2 decimals."""
    if count < 0:
        return format_count(count)
    text = "" if count >= _USUAL_COUNTS else _QUANTITIES[count]
    if not text:
        text = f"{count // 100}{_HUNDREDTHS[count % 100]}"
        if count < _USUAL_COUNTS:
            _QUANTITIES[count] = text
    return text


def parse_amount(text: str) -> int | None:
    """Dollars as Money; None when they are finer than that."""
    return parse_decimal(text, 6)


_AMOUNTS: Final[dict[int, str]] = {}
"""What amounts are written as: fees and costs of orders of the usual sizes come again and again."""


def format_amount(money: int) -> str:
    """Money in dollars with 2 decimals, and more where it has them (FIX/market-settlement: `0.00`, `0.006`)."""
    text = _AMOUNTS.get(money)
    if text is None:
        text = format_fixed(money, 6)
        text = text[:-4] + text[-4:].rstrip("0")
        if len(_AMOUNTS) >= _TEXTS_KEPT:
            _AMOUNTS.clear()
        _AMOUNTS[money] = text
    return text


_EVENTS: Final = [f";{event}" for event in range(64)]


def format_exec_id(clock: int, event: int, shard: int = 0) -> str:
    """ExecID: `clock;event`, with the shard behind it when that is not 0 (SEMANTICS H5)."""
    if shard or event >= len(_EVENTS):
        return f"{clock};{event};{shard}" if shard else f"{clock};{event}"
    return f"{clock}{_EVENTS[event]}"


PENDING_EXEC_ID: Final = "-1;-1"
"""The ExecID of every PENDING report."""


def parse_exec_id(text: str) -> tuple[int, int, int] | None:
    """(clock, event, shard) of an ExecID; None when it is not one, or a pending report's."""
    parts = text.split(";")
    if len(parts) not in (2, 3) or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
        return None
    clock, event, shard = [*map(int, parts), 0][:3]
    return clock, event, shard


def yes_no(value: bool) -> str:
    """A FIX Boolean."""
    return "Y" if value else "N"
