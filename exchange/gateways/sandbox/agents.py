"""`/sandbox/agents`: who trades here beside you, stopped and started again.

The venue knows them as clients only; whoever runs them beside it says how they are stopped.
"""

from collections.abc import Callable
from typing import Literal, Protocol

from fastapi import APIRouter
from pydantic import BaseModel

from exchange.gateways.errors import ApiError


class Agent(BaseModel):
    """A process of agents: `url` has its health and status."""

    name: str
    running: bool
    url: str = ""


class AgentList(BaseModel):
    agents: list[Agent]


class Agents(Protocol):
    """Who runs them."""

    def agents(self) -> dict[str, tuple[bool, str]]:
        """Name -> (whether it runs, where it answers)."""
        ...

    async def start_agent(self, name: str) -> None: ...

    async def stop_agent(self, name: str) -> None: ...


class NoAgents:
    """A venue that runs alone."""

    def agents(self) -> dict[str, tuple[bool, str]]:
        return {}

    async def start_agent(self, name: str) -> None:
        pass

    async def stop_agent(self, name: str) -> None:
        pass


def router(found: Callable[[], Agents]) -> APIRouter:
    """`found` is asked at each request: they begin behind the venue."""
    api = APIRouter(prefix="/sandbox/agents", tags=["sandbox"])

    def listed() -> AgentList:
        known = found().agents()
        return AgentList(agents=[Agent(name=name, running=runs, url=url) for name, (runs, url) in known.items()])

    @api.get("", operation_id="SandboxListAgents", summary="Who trades here beside you")
    async def agents() -> AgentList:
        return listed()

    @api.post("/{name}/{change}", operation_id="SandboxChangeAgent", summary="Stop them, or let them trade again")
    async def change(name: str, change: Literal["start", "stop"]) -> AgentList:
        if name not in found().agents():
            raise ApiError(404, "not_found", details=f"no agents are called {name!r}")
        await (found().start_agent(name) if change == "start" else found().stop_agent(name))
        return listed()

    return api
