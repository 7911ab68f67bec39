"""What the fixture hands to a test: the venue from outside, through the same /sandbox endpoints everybody has."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from pytest_mock_kalshi.account import API, SOCKET, TIMEOUT_SECONDS, Account, KeyPair
from pytest_mock_kalshi.process import VenueFailed, VenueProcess


class SandboxRefused(Exception):
    """The venue does not do what it was told; the message says why."""


class Sandbox:
    """One session's connection to /sandbox."""

    def __init__(self, process: VenueProcess) -> None:
        self._process = process
        self._client = httpx.Client(base_url=f"{process.root_url}/sandbox", timeout=TIMEOUT_SECONDS, trust_env=False)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The decoded answer, None when it has no body. Raises SandboxRefused, VenueFailed."""
        try:
            # A POST always says that it is JSON, also when it says nothing else.
            answer = self._client.request(method, path, json={} if body is None and method == "POST" else body)
        except httpx.TransportError as error:
            self._process.check_alive()
            raise VenueFailed(f"{method} /sandbox{path}: {error!r}") from error
        if answer.is_error:
            raise SandboxRefused(f"{method} /sandbox{path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def close(self) -> None:
        self._client.close()


class Clock:
    """The venue's time. Each verb returns the time after it; what has become due by then has happened."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def now(self) -> datetime:
        return _moment(self._sandbox.ask("GET", "/clock"))

    @property
    def mode(self) -> str:
        """real, scaled or frozen."""
        return str(self._sandbox.ask("GET", "/clock")["mode"])

    def freeze(self) -> datetime:
        return self._move("freeze")

    def advance(self, by: timedelta | float | None = None, **parts: float) -> datetime:
        """`advance(90)` seconds, `advance(minutes=15)`, or a timedelta."""
        leap = by if isinstance(by, timedelta) else timedelta(seconds=by or 0, **parts)
        return self._move("advance", by_ms=round(leap / timedelta(milliseconds=1)))

    def set(self, to: datetime) -> datetime:
        """To a moment with a timezone, not before now."""
        return self._move("set", to=to.isoformat())

    def speed(self, times: int) -> datetime:
        """So many times as fast as the machine's clock."""
        return self._move("speed", speed=times)

    def resume(self) -> datetime:
        """At the machine's pace again, from where it is."""
        return self._move("resume")

    def _move(self, action: str, **fields: Any) -> datetime:
        return _moment(self._sandbox.ask("POST", "/clock", {"action": action, **fields}))


class Chaos:
    """Faults to order (docs/chaos.md). A rule has the fields of POST /sandbox/chaos; all are gone with the test."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add(self, fault: str, **rule: Any) -> Any:
        """For example `add("rate-limit", channel="rest", count=1)`."""
        return self._sandbox.ask("POST", "/chaos", {"fault": fault, **rule})

    def profile(self, name: str) -> Any:
        """The rules of a profile: `flaky-wifi` ..."""
        return self._sandbox.ask("POST", f"/chaos/profiles/{quote(name)}")

    def list(self) -> Any:
        """Each rule with how often it was met: `hits`."""
        return self._sandbox.ask("GET", "/chaos")["rules"]

    def clear(self) -> None:
        self._sandbox.ask("DELETE", "/chaos")


class Kalshi:
    """A venue of the test's own: nothing has happened in it but its scenario."""

    def __init__(self, process: VenueProcess, sandbox: Sandbox, key: KeyPair) -> None:
        self.root_url = process.root_url
        self.base_url = process.root_url + API
        self.ws_url = process.root_url.replace("http", "ws", 1) + SOCKET
        self.seed = process.settings.seed
        self.clock = Clock(sandbox)
        self.chaos = Chaos(sandbox)
        self.sandbox = sandbox.ask
        """`sandbox(method, path, body)`: any other endpoint of /sandbox."""
        self._key = key
        self._accounts: list[Account] = []
        self._markets = 0

    def account(self, balance: str | int = "1000.00", name: str | None = None) -> Account:
        """A new member with so many dollars and a key of its own id."""
        wanted = {"name": name, "balance": str(balance), "public_key_pem": self._key.public_pem}
        made = self.sandbox("POST", "/accounts", wanted)
        account = Account(self.root_url, made["account"], made["member"], made["key_id"], self._key)
        self._accounts.append(account)
        return account

    def market(self, ticker: str | None = None, **fields: Any) -> str:
        """A market that is open now, by its ticker. More fields: POST /sandbox/markets; `close_time` a datetime."""
        self._markets += 1
        close = fields.get("close_time")
        if isinstance(close, datetime):
            fields["close_time"] = close.isoformat()
        made = self.sandbox("POST", "/markets", {"ticker": ticker or f"KXTEST-26-M{self._markets}", **fields})
        return str(made["ticker"])

    def settle(self, ticker: str, result: str) -> dict[str, Any]:
        """yes, no, or what a YES contract pays in dollars ("0.37"); from whatever state it is in to paid out."""
        body = {"result": result} if result in ("yes", "no") else {"value": result}
        return dict(self.sandbox("POST", f"/markets/{quote(ticker)}/settle", body))

    def close(self, ticker: str) -> dict[str, Any]:
        """Close a market now."""
        return dict(self.sandbox("POST", f"/markets/{quote(ticker)}/close"))

    def fund(self, account: Account, amount: str | int) -> None:
        """More money, in dollars."""
        self.sandbox("POST", f"/accounts/{quote(account.name)}/fund", {"amount": str(amount)})

    def fills(self, account: Account | None = None) -> list[dict[str, Any]]:
        """The fills of an account, or of all that this test made; the newest of each first."""
        return [fill for one in ([account] if account else self._accounts) for fill in one.fills()]

    def state(self) -> dict[str, Any]:
        """Seq, state hash, invariants."""
        return dict(self.sandbox("GET", "/state"))

    def verify(self) -> dict[str, Any]:
        """Replay everything on another engine and compare. Raises AssertionError when anything differs."""
        found: dict[str, Any] = self.sandbox("GET", "/verify")
        assert found["ok"], f"the venue does not verify: {found}"
        return found

    def dispose(self) -> None:
        """The test is over."""
        for account in self._accounts:
            account.close()


def _moment(clock: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(clock["now_us"] / 1_000_000, UTC)
