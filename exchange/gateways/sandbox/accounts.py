"""`/sandbox/accounts`: a new account with money and a key, and more money for one that exists."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exchange.core.commands import CreateMember, Deposit
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.submit import submit
from wire.accounts import account_of
from wire.signing import KeyFormatError, parse_public_key
from wire.units import DOLLAR, UnitError, format_money4, parse_money

LONGEST_NAME = 64
MOST = 10**12 * DOLLAR
"""A trillion dollars: keeps every sum of money far inside 64 bits."""


class NewAccount(BaseModel):
    """`balance` in dollars; a name is made up when none is given.

    Whoever has a key pair already gives its `public_key_pem`; making a new one takes a tenth of a second.
    """

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    balance: str = "1000.00"
    public_key_pem: str | None = None


class CreatedAccount(BaseModel):
    """An account and its key. The private key is shown this once, and is empty when the public one was given."""

    account: str
    member: int
    balance: str
    key_id: str
    private_key_pem: str


class Funding(BaseModel):
    """`amount` in dollars, more than nothing."""

    model_config = ConfigDict(extra="forbid")

    amount: str


class Funded(BaseModel):
    account: str
    balance: str


def router(context: VenueContext, members: Callable[[], Mapping[str, int]]) -> APIRouter:
    """`members` names the accounts as they are now."""
    api = APIRouter(prefix="/sandbox/accounts", tags=["sandbox"])

    def balance(member: int) -> str:
        account = context.views.portfolio.account(account_of(member))
        return format_money4(account.cash if account is not None else 0)

    @api.post("", operation_id="SandboxCreateAccount", summary="A funded account with a key", status_code=201)
    async def create(wanted: NewAccount) -> CreatedAccount:
        amount = _money(wanted.balance, "balance")
        known = members()
        number = 1 + max(known.values(), default=0)
        name = wanted.name or f"account-{number}"
        if name in known:
            raise ApiError(409, "already_exists", details=f"there is an account {name!r}")
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise ApiError(400, "invalid_parameters", details=f"a name has at most {LONGEST_NAME} printable characters")
        given = _public_key(wanted.public_key_pem)
        await submit(context, CreateMember(number, name))
        if amount:
            await submit(context, Deposit(account_of(number), amount))
        key_id, pem = await context.keys.issue(number, name, context.clock.now_us(), given)
        return CreatedAccount(account=name, member=number, balance=balance(number), key_id=key_id, private_key_pem=pem)

    @api.post("/{name}/fund", operation_id="SandboxFund", summary="Give an account money")
    async def fund(name: str, wanted: Funding) -> Funded:
        member = members().get(name)
        if member is None:
            raise ApiError(404, "not_found", details=f"no account is called {name!r}")
        amount = _money(wanted.amount, "amount")
        if not amount:
            raise ApiError(400, "invalid_parameters", details="the amount is nothing")
        held = context.views.portfolio.account(account_of(member))
        if held is not None and held.cash + amount > MOST:
            raise ApiError(400, "invalid_parameters", details=f"an account has at most {format_money4(MOST)} dollars")
        await submit(context, Deposit(account_of(member), amount))
        return Funded(account=name, balance=balance(member))

    return api


def _public_key(pem: str | None) -> str:
    """The key as given, "" when none is. Raises ApiError."""
    if pem is None:
        return ""
    try:
        parse_public_key(pem)
    except KeyFormatError as error:
        raise ApiError(400, "invalid_parameters", details=f"public_key_pem: {error}") from None
    return pem


def _money(text: str, field: str) -> int:
    try:
        amount = parse_money(text)
        if 0 <= amount <= MOST:
            return amount
    except UnitError:
        pass
    raise ApiError(400, "invalid_parameters", details=f"{field}: {text!r} is no amount in dollars")
