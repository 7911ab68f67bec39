"""Money, prices and counts as integers.

Knows the three units every part of the house counts in and how Kalshi spells them on the wire
(SEMANTICS A1). Refuses to know floats: a value that is not a whole number of units is an error.

| type  | unit            | wire suffix  | wire form          |
|-------|-----------------|--------------|--------------------|
| Price | 1e-4 dollar     | `_dollars`   | "0.5600" (4 dp)    |
| Count | 1e-2 contract   | `_fp`        | "10.00"  (2 dp)    |
| Money | 1e-6 dollar     | `_dollars`   | "5.600000" or 4 dp |

`price * count` is exact Money: 1e-4 $ x 1e-2 contract = 1e-6 $.
"""

from typing import Final, NewType

Price = NewType("Price", int)
Count = NewType("Count", int)
Money = NewType("Money", int)

PAYOUT: Final = 10_000
"""What one winning contract pays, as a Price: $1. The YES and NO legs of one price add up to it."""

CONTRACT: Final = 100
"""One whole contract, as a Count."""

DOLLAR: Final = 1_000_000
"""One dollar, as Money."""

CENT: Final = 10_000
"""One cent, as Money."""

FEE_PRECISION_DIRECT: Final = 100
"""$0.0001 as Money: what the balance of a direct member is rounded to (SEMANTICS A4)."""

MICROS: Final = 1_000_000
"""Microseconds in a second: every `_us` time is Unix microseconds."""

LARGEST: Final = 2**62
"""No number of the wire is larger, and so none, nor its complement to a dollar, is more than the log can hold."""

MAX_COUNT: Final = 100_000_000_00
"""No order is larger than 100 million contracts: keeps every product far inside 64 bits."""


class UnitError(ValueError):
    """A wire string that is not a number of the unit it claims to be."""


class PrecisionError(UnitError):
    """More decimal places than the unit has; `places` is how many were given."""

    def __init__(self, text: str, places: int) -> None:
        super().__init__(f"{text!r} has {places} decimal places")
        self.places = places


def parse_fixed(text: str, places: int) -> int:
    """Read a plain decimal string ("12", "0.5", "-3.25") as an integer of 10**-places.

    Raises UnitError when it is not a plain decimal number, PrecisionError when it has more decimal
    places than `places` (trailing zeros count: Kalshi looks at the spelling, not at the value).
    """
    whole, point, fraction = text.partition(".")
    digits = whole[1:] if whole[:1] == "-" else whole
    if not (digits.isascii() and digits.isdigit()) or (point and not (fraction.isascii() and fraction.isdigit())):
        raise UnitError(f"{text!r} is not a decimal number")
    if len(fraction) > places:
        raise PrecisionError(text, len(fraction))
    if len(digits) > 15:
        raise UnitError(f"{text!r} is too large")
    value = int(digits + fraction.ljust(places, "0"))
    if value > LARGEST:
        raise UnitError(f"{text!r} is too large")
    return -value if whole[:1] == "-" else value


def format_fixed(value: int, places: int) -> str:
    """Write an integer of 10**-places as a decimal string with exactly `places` decimals."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}"


_PRICE_TEXT: Final = tuple(format_fixed(price, 4) for price in range(PAYOUT + 1))
_PRICE_OF: Final = {text: price for price, text in enumerate(_PRICE_TEXT)}


def parse_price(text: str) -> Price:
    """A `_dollars` price: 0 to 4 decimals accepted, "0.56" and "0.5600" are the same price."""
    known = _PRICE_OF.get(text)
    return Price(parse_fixed(text, 4) if known is None else known)


def format_price(price: int) -> str:
    """A Price between $0 and $1 with 4 decimals."""
    return _PRICE_TEXT[price]


def parse_count(text: str) -> Count:
    """A `_fp` count of contracts: 0 to 2 decimals accepted."""
    return Count(parse_fixed(text, 2))


def format_count(count: int) -> str:
    """A Count with exactly 2 decimals; negative for a NO position."""
    if count < 0:
        return "-" + format_count(-count)
    return "%d.%02d" % divmod(count, 100)


def parse_money(text: str) -> Money:
    """A `_dollars` amount with up to 6 decimals."""
    return Money(parse_fixed(text, 6))


def format_money(money: int) -> str:
    """Money with 6 decimals: fees, fill costs, every money field of a position (SEMANTICS A1)."""
    return format_fixed(money, 6)


def format_money4(money: int) -> str:
    """Money with 4 decimals, the rest dropped toward zero: balances and averages (SEMANTICS A1)."""
    units = abs(money) // 100
    return format_fixed(-units if money < 0 else units, 4)


def cents(money: int) -> int:
    """Whole cents, truncated: 98.0186 dollars are 9801 cents (recording auth__balance_ok)."""
    return money // CENT if money >= 0 else -(-money // CENT)


def whole_contracts(count: int) -> int:
    """Whole contracts, truncated."""
    return count // CONTRACT if count >= 0 else -(-count // CONTRACT)
