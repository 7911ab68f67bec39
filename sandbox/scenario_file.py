"""The shape of a scenario file, and how one is read (docs/scenarios.md).

Knows fields, types and defaults. What the values mean together is checked in scenario_checks.py; what they
become is in scenario.py. Numbers stay text until a unit reads them: no float is ever made of a price.
"""

import re
from pathlib import Path
from typing import Literal

import msgspec
import msgspec.inspect
import yaml

from wire.enums import FeeType, MarketResult, PauseScope


class ScenarioError(Exception):
    """What is wrong with a scenario, one line a fault: where, what, and what would be right."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__(f"{source}: " + "; ".join(faults))
        self.source = source
        self.faults = faults


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts: a field nobody knows is a spelling mistake."""


class Source(Part, frozen=True):
    """A settlement source as the API shows it."""

    name: str
    url: str = ""


class FeeChange(Part, frozen=True):
    """A change of fees at a time. Both fee fields left out clear an event's override."""

    at: str
    fee_type: FeeType | None = None
    fee_multiplier: str | None = None


class Band(Part, frozen=True):
    """One band of a price grid, in dollars."""

    start: str
    end: str
    step: str


class Outcome(Part, frozen=True):
    """What the venue announces by itself. `value` is what one YES pays; only a scalar result has it."""

    at: str
    result: MarketResult
    value: str | None = None
    expiration_value: str = ""


class Liquidity(Part, frozen=True):
    """Orders of the house on both sides: `levels` prices each, `step` apart, `count` contracts a level."""

    bid: str
    ask: str
    step: str
    count: str
    levels: int = 3


class Market(Part, frozen=True):
    ticker: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    close: str
    title: str = ""
    rules_secondary: str = ""
    market_type: Literal["binary", "scalar"] = "binary"
    open: str = "now"
    expected_expiration: str | None = None
    latest_expiration: str | None = None
    settlement_timer: str = "60s"
    price_level_structure: str = "linear_cent"
    price_ranges: list[Band] = []
    outcome: Outcome | None = None
    can_close_early: bool = True
    early_close_condition: str | None = None
    strike_type: (
        Literal["greater", "greater_or_equal", "less", "less_or_equal", "between", "functional", "custom", "structured"]
        | None
    ) = None
    floor_strike: str | None = None
    cap_strike: str | None = None
    custom_strike: dict[str, str] | None = None
    settlement_floor: str | None = None
    fee_waiver_until: str | None = None
    liquidity: Liquidity | None = None


class Event(Part, frozen=True):
    ticker: str
    title: str
    markets: list[Market]
    sub_title: str = ""
    collateral_return_type: Literal["", "MECNET", "DIRECNET"] = ""
    strike_date: str | None = None
    strike_period: str = ""
    settlement_sources: list[Source] = []
    fee_changes: list[FeeChange] = []

    @property
    def mutually_exclusive(self) -> bool:
        """At most one market resolves to yes: exactly the MECNET events (OAS:EventData)."""
        return self.collateral_return_type == "MECNET"


class Series(Part, frozen=True):
    ticker: str
    title: str
    category: str
    frequency: str
    events: list[Event]
    categories: list[str] = []
    tags: list[str] = []
    settlement_sources: list[Source] = []
    contract_url: str = ""
    contract_terms_url: str = ""
    additional_prohibitions: list[str] = []
    fee_type: FeeType = FeeType.QUADRATIC
    fee_multiplier: str = "1"
    fee_changes: list[FeeChange] = []


class Account(Part, frozen=True):
    """A member with money. `keys` API keys are made for it at the first start."""

    name: str
    member: int
    balance: str
    direct: bool = True
    subaccounts: list[str] = []
    """Balances of subaccounts 1, 2, ... in dollars."""
    keys: int = 1


class House(Part, frozen=True):
    """The member behind every `liquidity`."""

    member: int
    balance: str
    name: str = "house"


class PauseWindow(Part, frozen=True):
    scope: PauseScope
    start: str
    end: str


class Scenario(Part, frozen=True):
    name: str
    accounts: list[Account]
    series: list[Series]
    description: str = ""
    house: House | None = None
    pauses: list[PauseWindow] = []
    weekly_maintenance: bool = False
    """The trading pause of every Thursday (sandbox/maintenance.py)."""


class _Loader(yaml.SafeLoader):
    """YAML whose numbers with a point and whose dates stay text: 0.45 is a price, not a float."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith((":float", ":timestamp"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Scenario:
    """The scenario in a file, its shape checked. Raises ScenarioError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(str(path), [f"cannot be read: {error}"]) from None
    return parse(text, str(path))


def parse(text: str, source: str = "scenario") -> Scenario:
    """The scenario in a text, its shape checked. Raises ScenarioError."""
    try:
        # A SafeLoader with fewer types than the safe one.
        content = yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ScenarioError(source, [f"is not YAML: {error}"]) from None
    if not isinstance(content, dict):
        raise ScenarioError(source, ["must be a mapping with at least name, accounts and series"])
    try:
        return msgspec.convert(_numbers_as_text(content), Scenario, strict=True)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        place = where.strip("`").removeprefix("$").lstrip(".") or "the file"
        raise ScenarioError(source, [f"{place}: {what}{_advice(what, place, content)}"]) from None


def _advice(what: str, place: str, content: object) -> str:
    """What would be right, where msgspec only says what is wrong: the legal values, or the quotes YAML needs."""
    node: msgspec.inspect.Type = msgspec.inspect.type_info(Scenario)
    value = content
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", place):
        node = _inner(node, name)
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and index:
            value = value[int(index)]
    if isinstance(value, bool) and "got `bool`" in what:
        word = "yes" if value else "no"
        return f"; YAML reads {word} without quotes as {str(value).lower()}: put quotes around {word}"
    legal: list[object] = []
    for member in node.types if isinstance(node, msgspec.inspect.UnionType) else (node,):
        if isinstance(member, msgspec.inspect.EnumType):
            legal += [choice.value for choice in member.cls]
        elif isinstance(member, msgspec.inspect.LiteralType):
            legal += [choice or '""' for choice in member.values]
    return f"; one of {', '.join(map(str, legal))}" if legal and what.startswith("Invalid enum value") else ""


def _inner(node: msgspec.inspect.Type, name: str) -> msgspec.inspect.Type:
    """The type of a field, or of a list's entries when `name` is empty."""
    for member in node.types if isinstance(node, msgspec.inspect.UnionType) else (node,):
        if isinstance(member, msgspec.inspect.ListType) and not name:
            return member.item_type
        if isinstance(member, msgspec.inspect.StructType):
            return next((field.type for field in member.fields if field.encode_name == name), node)
    return node


_WHOLE_NUMBERS = {"member", "levels", "keys"}


def _numbers_as_text(value: object, key: str = "") -> object:
    """`count: 100` and `balance: 10000` may be written without quotes; amounts are text from here on."""
    if isinstance(value, dict):
        return {name: _numbers_as_text(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbers_as_text(inner, key) for inner in value]
    if type(value) is int and key not in _WHOLE_NUMBERS:
        return str(value)
    return value
