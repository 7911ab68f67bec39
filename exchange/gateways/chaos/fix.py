"""Faults of FIX: what becomes of a message between the venue's session and a client.

Knows whole encoded messages. A dropped message stays in the session's store: a client that asks for it again gets it
(RT and PT), one that cannot sees a gap. A `gap` skips numbers of the venue's own, which a resend fills with a
SequenceReset. Admin messages (Logon, Heartbeat ...) are hit only by rules that name their MsgType.
"""

from typing import Protocol

from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.pipe import Pipe
from exchange.gateways.chaos.rules import ActiveRule, Rule, Subject
from wire.fix import tags
from wire.fix.codec import Framer
from wire.fix.dictionary import MESSAGES
from wire.fix.message import Message, parse


class Numbered(Protocol):
    """The session as far as a fault touches it."""

    def skip(self, count: int) -> None:
        """Leave out so many numbers."""
        ...

    def log_out(self, text: str, now_us: int) -> None:
        """Begin a Logout."""
        ...


def send_badly(chaos: Chaos, member: int, data: bytes, session: Numbered, pipe: Pipe, now_us: int) -> None:
    """Send whole messages with the faults that hit them."""
    for item in Framer().feed(data):
        assert isinstance(item, bytes), "our own messages are whole"
        message = parse(item)
        msg_type = message.msg_type
        is_admin = MESSAGES[msg_type].is_admin

        def concerns(rule: Rule, named: str = msg_type, admin: bool = is_admin) -> bool:
            return not admin or rule.operation == named

        hit = chaos.struck("fix", _subject(message, member), only=concerns)
        _send(item, hit, session, pipe, now_us)


def _send(data: bytes, hit: list[ActiveRule], session: Numbered, pipe: Pipe, now_us: int) -> None:
    delay_s = sum(rule.seconds for rule in hit if rule.rule.fault in ("latency", "stall"))
    for rule in hit:
        match rule.rule.fault:
            case "drop":
                return
            case "disconnect":
                pipe.hang_up()
                return
            case "gap":
                session.skip(rule.size)
            case "logout":
                session.log_out("chaos: logged out", now_us)
    pipe.push(data, delay_s)


def _subject(message: Message, member: int) -> Subject:
    ticker = message.get(tags.SYMBOL)
    return Subject((message.msg_type,), (ticker,) if ticker else (), member)
