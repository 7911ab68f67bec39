"""What a browser needs of the venue and no Kalshi client does: a token in place of a signature, and CORS.

A page cannot set the headers of a WebSocket and should not hold a private key, so on loopback it is given a token
that speaks for one account for a while (`Tokens`). It comes from another port, which to a browser is another
origin, so answers to it say that it may read them (`BrowserDoor`); a request without an Origin header passes as if
this module were not there. Knows no route.
"""

import secrets
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from exchange.gateways.auth import ApiKey
from exchange.gateways.errors import ApiError

LIFE_SECONDS = 3_600
"""A page asks anew with every connection, and when a token is refused."""

TOKENS_KEPT = 1_000
"""The oldest go first; a token costs nothing to replace."""

BEARER = "Bearer "
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


class Tokens:
    """Who holds which token. `now_s` is a clock that only moves on, whatever the venue's own clock does."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._held: dict[str, tuple[ApiKey, float]] = {}

    def issue(self, member: int, name: str) -> str:
        """A new token that may do everything the member may."""
        if len(self._held) >= TOKENS_KEPT:
            del self._held[next(iter(self._held))]
        token = secrets.token_urlsafe(32)
        key = ApiKey(f"browser session of {name}", member, name)
        self._held[token] = key, self._now_s() + LIFE_SECONDS
        return token

    def holder(self, token: str) -> ApiKey | None:
        """The key a token stands for; None when it was never issued here or its time is over."""
        key, ends = self._held.get(token.removeprefix(BEARER), (None, 0.0))
        return key if self._now_s() < ends else None


class BrowserDoor:
    """In front of the whole venue: answers to `origins` can be read by the pages of these origins.

    A page of any other site may not change the sandbox: a browser sends its form posts without asking, and says
    where they come from.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=("authorization", "content-type"),
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            origin = dict(scope["headers"]).get(b"origin")
            if origin is not None:
                if origin in self._origins:
                    await self._shared(scope, receive, send)
                    return
                if _changes_sandbox(scope) and not _is_local(origin):
                    await _refuse(send)
                    return
        await self._app(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _changes_sandbox(scope: Scope) -> bool:
    return scope["method"] not in _SAFE and scope["path"].startswith("/sandbox/")


def _is_local(origin: bytes) -> bool:
    try:
        return is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")
    except ValueError:
        return False


async def _refuse(send: Send) -> None:
    error = ApiError(403, "forbidden", details="pages of other sites may not change this venue")
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": error.body()})
