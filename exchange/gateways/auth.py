"""Who is asking: API keys, signed headers, scopes and single-subaccount keys (SEMANTICS F1, F2).

Knows keys and signatures. Refuses to know routes: a caller says which scope it needs. A refusal answers
exactly as Kalshi does; why it was refused is kept apart, in `Authenticator.refusals`, and never on the wire.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from exchange.gateways.auth_refusals import (
    BAD_SIGNATURE,
    MISSING_HEADER,
    STALE,
    UNKNOWN_KEY,
    Attempt,
    LogonRefusal,
    Refusal,
)
from exchange.gateways.errors import ApiError
from wire.accounts import MAX_SUBACCOUNT
from wire.ids import IdKind, format_id
from wire.signing import (
    PublicKey,
    decode_signature,
    generate_key,
    key_type_of,
    parse_public_key,
    private_pem,
    public_pem,
    request_text,
    verify,
)

FULL_ACCESS = frozenset({"read", "write"})

REFUSALS_KEPT = 200
"""How many refusals are remembered: enough for one debugging session, too few to be a leak."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key. `subaccount` not None restricts it to that one; `created_us` is Unix microseconds."""

    key_id: str
    member: int
    name: str
    scopes: frozenset[str] = FULL_ACCESS
    subaccount: int | None = None
    key_type: str = "rsa"
    public_key_pem: str = ""
    created_us: int = 0

    def allows(self, scope: str) -> bool:
        """Whether the key has this scope, or the parent of it: a child stands alone (SEMANTICS F2)."""
        return scope in self.scopes or scope.partition("::")[0] in self.scopes


class KeyStore(Protocol):
    """Where a KeyRing survives a restart. Knows bytes only."""

    def load(self) -> bytes | None:
        """What was saved last, None if nothing."""
        ...

    def save(self, data: bytes) -> None:
        """Replace it, durably. Raises OSError and changes nothing."""
        ...


class MemoryKeyStore:
    """A KeyStore that forgets at exit: tests and throw-away venues."""

    def __init__(self) -> None:
        self._data: bytes | None = None

    def load(self) -> bytes | None:
        return self._data

    def save(self, data: bytes) -> None:
        self._data = data


class _Ring(msgspec.Struct, frozen=True):
    """A KeyRing as it is stored. `issued` counts ids given out, so that a deleted one never comes back."""

    issued: int
    keys: list[ApiKey]


class KeyRing:
    """All API keys of the venue, saved at every change."""

    def __init__(self, store: KeyStore | None = None) -> None:
        self._store = store or MemoryKeyStore()
        data = self._store.load()
        ring = msgspec.json.decode(data, type=_Ring) if data else _Ring(0, [])
        self._issued = ring.issued
        self._keys = {key.key_id: key for key in ring.keys}

    def new_id(self) -> str:
        """An id never given out before."""
        self._issued += 1
        return format_id(IdKind.API_KEY, 0, self._issued)

    def add(self, key: ApiKey) -> None:
        """Store a key, in place of one with the same id. Raises OSError and changes nothing."""
        keys = {**self._keys, key.key_id: key}
        self._save(keys.values())
        self._keys = keys

    async def issue(self, member: int, name: str, created_us: int, public_key_pem: str = "") -> tuple[str, str]:
        """A key with every scope: (key id, private PEM), the latter empty when the public half is given.

        Raises OSError, and KeyFormatError when what is given is no public key.
        """
        private = ""
        if public_key_pem:
            key_type = key_type_of(parse_public_key(public_key_pem))
        else:
            made = await asyncio.to_thread(generate_key)
            key_type, public_key_pem, private = "rsa", public_pem(made), private_pem(made)
        key = ApiKey(
            self.new_id(), member, name, key_type=key_type, public_key_pem=public_key_pem, created_us=created_us
        )
        self.add(key)
        return key.key_id, private

    def remove(self, key_id: str) -> bool:
        """Forget a key; False when there is none. Raises OSError and changes nothing."""
        if key_id not in self._keys:
            return False
        keys = {known: key for known, key in self._keys.items() if known != key_id}
        self._save(keys.values())
        self._keys = keys
        return True

    def get(self, key_id: str) -> ApiKey | None:
        return self._keys.get(key_id)

    def of_member(self, member: int) -> list[ApiKey]:
        """A member's keys, oldest first."""
        return [key for key in self._keys.values() if key.member == member]

    def _save(self, keys: Iterable[ApiKey]) -> None:
        self._store.save(msgspec.json.encode(_Ring(self._issued, list(keys))))


class Authenticator:
    """Checks signed headers. `now_ms` is the venue's clock, `skew_ms` the tolerance both ways (SEMANTICS K11)."""

    def __init__(
        self,
        keys: KeyRing,
        now_ms: Callable[[], int],
        skew_ms: int = 15_000,
        token_holder: Callable[[str], ApiKey | None] = lambda token: None,
    ) -> None:
        """`token_holder` knows the browser tokens that stand for a key (browser.py); without it there are none."""
        self.refusals: deque[Refusal | LogonRefusal] = deque(maxlen=REFUSALS_KEPT)
        self._keys = keys
        self._now_ms = now_ms
        self._skew_ms = skew_ms
        self._token_holder = token_holder
        self._parsed: dict[str, tuple[str, PublicKey]] = {}

    def authenticate(
        self,
        key_id: str | None,
        signature: str | None,
        timestamp: str | None,
        method: str,
        path: str,
        query: str = "",
        host: str = "",
        token: str | None = None,
    ) -> ApiKey:
        """The key that signed the request; ApiError 401 with the recorded body otherwise.

        `path` is from the host root and without the query. `query` and `host` are never part of what is
        checked; with them a refusal can say that the client signed them by mistake. `token` counts only where no key
        is named.
        """
        public_key = None
        if not key_id and token is not None and (held := self._token_holder(token)) is not None:
            return held
        if not key_id or not signature or not timestamp:
            fault = MISSING_HEADER
        elif (key := self._keys.get(key_id)) is None:
            fault = UNKNOWN_KEY
        else:
            public_key = self._public_key(key)
            if not self._is_timely(timestamp):
                fault = STALE
            elif _is_signed(public_key, signature, request_text(timestamp, method, path)):
                return key
            else:
                fault = BAD_SIGNATURE
        attempt = Attempt(key_id, signature, timestamp, method, path, query, host)
        self.refusals.append(Refusal(self._now_ms(), attempt, fault, self._skew_ms, public_key))
        raise ApiError(401, fault.code, fault.message, fault.details)

    def claimed(self, key_id: str | None, token: str | None) -> ApiKey | None:
        """The key a request says it comes from, unchecked: good for who is to suffer, not for who may act."""
        if key_id is not None:
            return self._keys.get(key_id)
        return None if token is None else self._token_holder(token)

    def signed_by(self, key_id: str, signature: str, text: str) -> ApiKey | None:
        """The key if it signed the text of a FIX Logon (SEMANTICS H2)."""
        key = self._keys.get(key_id)
        public_key = None if key is None else self._public_key(key)
        if public_key is not None and _is_signed(public_key, signature, text):
            return key
        self.refusals.append(LogonRefusal(self._now_ms(), key_id, signature, text, public_key))
        return None

    def _is_timely(self, timestamp: str) -> bool:
        try:
            return abs(self._now_ms() - int(timestamp)) <= self._skew_ms
        except ValueError:
            return False

    def _public_key(self, key: ApiKey) -> PublicKey:
        """The parsed key; parsing costs more than verifying, so it is done once."""
        known = self._parsed.get(key.key_id)
        if known is not None and known[0] == key.public_key_pem:
            return known[1]
        parsed = parse_public_key(key.public_key_pem)
        self._parsed[key.key_id] = (key.public_key_pem, parsed)
        return parsed


def _is_signed(key: PublicKey, signature: str, text: str) -> bool:
    raw = decode_signature(signature)
    return raw is not None and verify(key, raw, text)


# --- what a key may do ------------------------------------------------------------------------------


def require(key: ApiKey, scope: str) -> None:
    """403 unless the key has the scope. Kalshi publishes no body for it (SEMANTICS K34)."""
    if not key.allows(scope):
        raise ApiError(403, "insufficient_scope", details=f"this API key does not have the scope {scope}")


def refuse_restricted(key: ApiKey) -> None:
    """403 for a key that is locked to one subaccount, at a door it may not use (SEMANTICS F2)."""
    if key.subaccount is not None:
        raise restricted()


def restricted() -> ApiError:
    """The documented refusal of a subaccount-restricted key (SEMANTICS F2)."""
    text = "this API key is restricted to a single sub-account and cannot access this endpoint"
    return ApiError(403, "forbidden", text)


def subaccount_filter(key: ApiKey, asked: int | None) -> int | None:
    """Which subaccount a list is about; None = all. A restricted key sees its own only (SEMANTICS C2, F2)."""
    if key.subaccount is None:
        if asked is not None and not 0 <= asked <= MAX_SUBACCOUNT:
            raise ApiError(400, "invalid_parameters", details=f"subaccount must be between 0 and {MAX_SUBACCOUNT}")
        return asked
    if asked is not None and asked != key.subaccount:
        raise restricted()
    return key.subaccount


def subaccount_or_primary(key: ApiKey, asked: int | None) -> int:
    """Which one subaccount a request acts on: the named one, a restricted key's own, else the primary."""
    return key.subaccount or 0 if asked is None else subaccount_filter(key, asked) or 0
