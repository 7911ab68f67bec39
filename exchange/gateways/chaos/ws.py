"""Faults of the WebSocket: what becomes of a message between the venue and a client.

Knows frames and the outside of messages (type, sid, seq, market). The venue's own side is left as it is: a message
that is lost has been sent, its number used, so that the client sees what a lossy line would show it. Answers to
commands are hit only by rules that name their type.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgspec

from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.pipe import Pipe
from exchange.gateways.chaos.rules import ActiveRule, Rule, Subject

CHANNELS = {
    "orderbook_snapshot": "orderbook_delta",
    "market_position": "market_positions",
    "user_order": "user_orders",
    "event_lifecycle": "market_lifecycle_v2",
}
"""The channel of the messages that are called otherwise."""

_ANSWERS = frozenset(("subscribed", "unsubscribed", "ok", "error"))
_DECODER = msgspec.json.Decoder()


def send_badly(chaos: Chaos, member: int, frames: Iterable[bytes], pipe: Pipe) -> None:
    """Send whole text frames, one message each, with the faults that hit them."""
    for frame in frames:
        message = _DECODER.decode(_payload(frame))
        sid, seq = message.get("sid", 0), message.get("seq", 0)
        if seq and pipe.losing.get(sid):
            pipe.losing[sid] -= 1
            continue
        subject = _subject(message, member)
        is_answer = message["type"] in _ANSWERS

        def concerns(
            rule: Rule, named: str = message["type"], answer: bool = is_answer, numbered: bool = bool(seq)
        ) -> bool:
            return (not answer or rule.operation == named) and (rule.fault != "gap" or numbered)

        _send(frame, sid, chaos.struck("ws", subject, only=concerns), pipe)


def _send(frame: bytes, sid: int, hit: list[ActiveRule], pipe: Pipe) -> None:
    delay_s = sum(rule.seconds for rule in hit if rule.rule.fault in ("latency", "stall"))
    for rule in hit:
        match rule.rule.fault:
            case "drop":
                return
            case "gap":
                pipe.losing[sid] = rule.size - 1
                return
            case "disconnect":
                pipe.hang_up()
                return
            case "duplicate":
                pipe.push(frame, delay_s)
                pipe.push(frame)
                return
            case "reorder":
                pipe.hold(frame, rule.seconds)
                return
            case "partial":
                pipe.push_pieces(_pieces(rule, frame), delay_s, rule.seconds)
                return
    pipe.push(frame, delay_s)


def _subject(message: dict[str, Any], member: int) -> Subject:
    kind = message["type"]
    content = message.get("msg")
    ticker = content.get("market_ticker") if isinstance(content, dict) else None
    return Subject((kind, CHANNELS.get(kind, kind)), (ticker,) if ticker else (), member)


def _payload(frame: bytes) -> bytes:
    """What stands behind the header of an unmasked frame (RFC 6455 section 5.2)."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def _pieces(rule: ActiveRule, frame: bytes) -> list[bytes]:
    """The message as fragments (RFC 6455 section 5.4), cut into writes that respect no border of a frame."""
    payload = _payload(frame)
    places = sorted(rule.random.randrange(len(payload)) for _ in range(rule.size - 1))
    borders = [0, *places, len(payload)]
    parts = [payload[start:end] for start, end in pairwise(borders)]
    last = len(parts) - 1
    stream = b"".join(_fragment(part, is_first=at == 0, is_last=at == last) for at, part in enumerate(parts))
    cuts = sorted(rule.random.randrange(1, len(stream)) for _ in range(rule.size))
    return [piece for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True) if (piece := stream[start:end])]


def _fragment(part: bytes, *, is_first: bool, is_last: bool) -> bytes:
    opcode = (0x80 if is_last else 0) | (0x01 if is_first else 0x00)
    size = len(part)
    if size < 126:
        return bytes((opcode, size)) + part
    if size < 65_536:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + part
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + part
