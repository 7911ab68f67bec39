"""`/sandbox/chaos`: faults on demand (docs/chaos.md).

A rule says which requests or messages something goes wrong with, what, and when; the listing says how often it did.
Refused where others can reach the venue, unless it was started to allow it: faults hit everybody.
"""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Response
from pydantic import BaseModel

from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.profiles import PROFILES
from exchange.gateways.chaos.rules import ActiveRule, Rule
from exchange.gateways.errors import ApiError


class RuleState(BaseModel):
    """`matched` is how many it was about, `hits` how many of them it hit; `over`: it hits no more."""

    id: str
    rule: Rule
    matched: int
    hits: int
    over: bool


class RuleList(BaseModel):
    rules: list[RuleState]
    profiles: list[str]


def router(
    chaos: Chaos,
    members: Callable[[], Mapping[str, int]],
    opened: Callable[[ActiveRule], None],
) -> APIRouter:
    """`members` names the accounts; `opened` prepares what a new rule needs, before anything is hit."""
    api = APIRouter(prefix="/sandbox/chaos", tags=["sandbox"])

    def add(rules: tuple[Rule, ...]) -> list[RuleState]:
        owners = [_member(rule, members()) for rule in rules]
        made = [chaos.add(rule, member) for rule, member in zip(rules, owners, strict=True)]
        for rule in made:
            opened(rule)
        return [_state(rule) for rule in made]

    def listed() -> RuleList:
        return RuleList(rules=[_state(rule) for rule in chaos.listed()], profiles=list(PROFILES))

    @api.get("", operation_id="SandboxListChaos", summary="The rules, and how often each was hit")
    async def list_all() -> RuleList:
        return listed()

    @api.post("", operation_id="SandboxAddChaos", summary="A new rule, at work at once", status_code=201)
    async def add_one(rule: Rule) -> RuleState:
        return add((rule,))[0]

    @api.delete("", operation_id="SandboxRemoveAllChaos", summary="Remove all rules", status_code=204)
    async def remove_all() -> Response:
        for rule in chaos.listed():
            chaos.remove(rule.rule_id)
        return Response(status_code=204)

    @api.delete("/{rule_id}", operation_id="SandboxRemoveChaos", summary="Remove a rule", status_code=204)
    async def remove(rule_id: str) -> Response:
        if not chaos.remove(rule_id):
            raise ApiError(404, "not_found", details=f"no rule is called {rule_id!r}")
        return Response(status_code=204)

    @api.post(
        "/profiles/{name}", operation_id="SandboxChaosProfile", summary="Add the rules of a profile", status_code=201
    )
    async def profile(name: str) -> RuleList:
        if name not in PROFILES:
            raise ApiError(404, "not_found", details=f"no profile is called {name!r}; there are {', '.join(PROFILES)}")
        return RuleList(rules=add(PROFILES[name]), profiles=list(PROFILES))

    return api


def _member(rule: Rule, members: Mapping[str, int]) -> int:
    """Whom a rule's account names, 0 = everybody. Raises ApiError."""
    account = rule.account
    if account is None:
        return 0
    member = members.get(account) if isinstance(account, str) else account
    if member is None or member not in members.values():
        raise ApiError(404, "not_found", details=f"no account is called {account!r}")
    return member


def _state(rule: ActiveRule) -> RuleState:
    return RuleState(id=rule.rule_id, rule=rule.rule, matched=rule.matched, hits=rule.hits, over=rule.is_over)
