"""Signatures that were refused, and why: worked out for the person who wrote the client when somebody looks.

Knows how clients get it wrong, on a request's headers and on a FIX Logon. None of it is ever on the wire.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from wire.signing import SOH, PublicKey, decode_signature, request_text, verify


@dataclass(frozen=True, slots=True)
class Fault:
    """One of the ways to be refused, with the body of its answer (recordings auth__*)."""

    code: str
    message: str
    details: str | None = None


MISSING_HEADER = Fault("signature_is_missing_from_headers", "signature is missing from headers")
UNKNOWN_KEY = Fault("authentication_error", "authentication_error", "NOT_FOUND")
STALE = Fault("header_timestamp_expired", "header timestamp expired")
BAD_SIGNATURE = Fault("authentication_error", "authentication_error", "INCORRECT_API_KEY_SIGNATURE")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a client sent, as it sent it."""

    key_id: str | None
    signature: str | None
    timestamp: str | None
    method: str
    path: str
    query: str = ""
    host: str = ""


@dataclass(frozen=True)
class Refusal:
    """A request that was turned away."""

    at_ms: int
    attempt: Attempt
    fault: Fault
    skew_ms: int
    _public_key: PublicKey | None = field(repr=False)

    @property
    def key_id(self) -> str | None:
        return self.attempt.key_id

    @property
    def method(self) -> str:
        return self.attempt.method

    @property
    def path(self) -> str:
        return self.attempt.path

    @property
    def expected_text(self) -> str:
        """The string that should have been signed."""
        return request_text(self.attempt.timestamp or "<timestamp in ms>", self.attempt.method, self.attempt.path)

    @cached_property
    def explanation(self) -> str:
        """What was wrong, in a sentence for the person who wrote the client."""
        if self.fault is MISSING_HEADER:
            return self._missing_headers()
        if self.fault is UNKNOWN_KEY:
            return f"there is no API key {self.attempt.key_id!r} at this venue"
        if self.fault is STALE:
            return self._stale_clock()
        return self._bad_signature()

    def _missing_headers(self) -> str:
        headers = {
            "KALSHI-ACCESS-KEY": self.attempt.key_id,
            "KALSHI-ACCESS-SIGNATURE": self.attempt.signature,
            "KALSHI-ACCESS-TIMESTAMP": self.attempt.timestamp,
        }
        return "missing " + ", ".join(name for name, value in headers.items() if not value)

    def _stale_clock(self) -> str:
        given = self.attempt.timestamp or ""
        try:
            stamp = int(given)
        except ValueError:
            return f"the timestamp {given!r} is not a whole number of milliseconds"
        if abs(self.at_ms - stamp * 1000) <= self.skew_ms:
            return "the timestamp is in seconds; it must be in milliseconds"
        if abs(self.at_ms - stamp // 1000) <= self.skew_ms:
            return "the timestamp is in microseconds; it must be in milliseconds"
        late = self.at_ms - stamp
        return (
            f"the timestamp is {abs(late)} ms {'behind' if late > 0 else 'ahead of'} the venue's clock; "
            f"{self.skew_ms} ms are allowed"
        )

    def _bad_signature(self) -> str:
        assert self._public_key is not None, "a signature is looked at with its key"
        return _explain(self._public_key, self.attempt.signature or "", self.expected_text, self._likely_texts())

    def _likely_texts(self) -> list[tuple[str, str]]:
        """Texts that clients sign by mistake, each with its name."""
        attempt = self.attempt
        timestamp, path = attempt.timestamp or "", attempt.path
        texts = [
            (request_text(timestamp, attempt.method, f"{path}?{attempt.query}"), "the query must not be signed"),
            (timestamp + attempt.method.lower() + path, "the method must be in upper case"),
            (timestamp + path + attempt.method, "the method goes before the path"),
            (request_text(timestamp[:-3], attempt.method, path), "the signed timestamp is in seconds"),
            (request_text(timestamp, attempt.method, path + "/"), "the path was signed with a slash at the end"),
            (request_text(timestamp, attempt.method, path.rstrip("/")), "the path was signed without its last slash"),
            (f"{timestamp} {attempt.method} {path}", "there must be no blanks between the parts"),
            (f"{timestamp}\n{attempt.method}\n{path}", "there must be no line ends between the parts"),
        ]
        texts += [
            (request_text(timestamp, attempt.method, path.removeprefix(prefix)), f"{prefix} is missing")
            for prefix in ("/trade-api/v2", "/trade-api")
        ]
        texts += [
            (request_text(timestamp, other, path), f"it is for {other}, the request is a {attempt.method}")
            for other in ("GET", "POST", "PUT", "DELETE", "PATCH")
        ]
        texts += [
            (request_text(timestamp, attempt.method, f"{scheme}{attempt.host}{path}"), "the host must not be signed")
            for scheme in ("", "http://", "https://", "ws://", "wss://")
        ]
        return texts


@dataclass(frozen=True)
class LogonRefusal:
    """A FIX Logon whose signature (96) is not the key's; `text` is what should have been signed (SEMANTICS H2)."""

    at_ms: int
    key_id: str
    signature: str
    text: str
    _public_key: PublicKey | None = field(repr=False)

    method = "FIX Logon"

    @property
    def path(self) -> str:
        """The session kind it was for."""
        return self.text.rpartition(SOH)[2]

    @property
    def expected_text(self) -> str:
        """The same, with its separators to be seen."""
        return self.text.replace(SOH, "<SOH>")

    @cached_property
    def explanation(self) -> str:
        """What was wrong, in a sentence for the person who wrote the client."""
        if self._public_key is None:
            return f"there is no API key {self.key_id!r} at this venue"
        return _explain(self._public_key, self.signature, self.text, self._likely_texts()).replace("\\x01", "<SOH>")

    def _likely_texts(self) -> Iterator[tuple[str, str]]:
        parts = self.text.split(SOH)
        sending_time, msg_type, seq_num, sender, target = parts
        between = "the parts are joined by SOH (0x01), one character"
        for separator in ("", "|", " ", "\n", ",", "^A", "\\x01", "<SOH>"):
            yield separator.join(parts), between
        yield self.text + SOH, "there is no SOH behind the last part"
        yield SOH.join((sending_time, msg_type, seq_num, target, sender)), "SenderCompID comes before TargetCompID"
        yield SOH.join((sending_time, seq_num, msg_type, sender, target)), "MsgType comes before MsgSeqNum"
        yield SOH.join((msg_type, seq_num, sender, target, sending_time)), "SendingTime comes first"
        to_the_second = sending_time.partition(".")[0]
        yield SOH.join((to_the_second, *parts[1:])), "SendingTime is signed as it is sent"
        tags = ("52", "35", "34", "49", "56")
        tagged = SOH.join([f"{tag}={part}" for tag, part in zip(tags, parts, strict=True)])
        for text in (tagged, tagged + SOH):
            yield text, "values are signed, without their tags"


def _explain(key: PublicKey, signature: str, right: str, likely: Iterable[tuple[str, str]]) -> str:
    """What was signed instead of the right text, or how."""
    raw = decode_signature(signature)
    if raw is None:
        return "the signature is not base64 (standard alphabet, with padding)"
    for text, mistake in likely:
        if text != right and verify(key, raw, text):
            return f"the signature is over {text!r}: {mistake}"
    if isinstance(key, rsa.RSAPublicKey):
        if len(raw) != key.key_size // 8:
            return f"the signature has {len(raw)} bytes, this key makes {key.key_size // 8}: another key signed"
        for scheme, mistake in _WRONG_SCHEMES:
            if _verifies(key, raw, right, scheme):
                return f"the text is right but the scheme is not: {mistake}"
    return "the signature is of another text, or by another private key than this key id's"


_SHA256 = hashes.SHA256()
_WRONG_SCHEMES: tuple[tuple[padding.AsymmetricPadding, str], ...] = (
    (padding.PKCS1v15(), "PKCS#1 v1.5 padding instead of PSS"),
    (padding.PSS(padding.MGF1(hashes.SHA1()), padding.PSS.AUTO), "MGF1 with SHA-1 instead of SHA-256"),  # noqa: S303
)


def _verifies(key: rsa.RSAPublicKey, signature: bytes, text: str, scheme: padding.AsymmetricPadding) -> bool:
    try:
        key.verify(signature, text.encode("utf-8", "surrogateescape"), scheme, _SHA256)
    except InvalidSignature:
        return False
    return True
