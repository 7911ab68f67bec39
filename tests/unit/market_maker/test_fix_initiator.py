"""The client's half of a FIX session, against messages written by hand and the venue's own half."""

import pytest

from market_maker.venue.credentials import Credentials
from market_maker.venue.fix_session import Initiator, SessionEnded
from wire import signing
from wire.fix.codec import Framer, encode_fields, encode_message
from wire.fix.message import parse
from wire.fix.timestamps import format_timestamp

NOW_US = 1_790_000_000_000_000
KEY = signing.generate_key("ed25519")


@pytest.fixture
def session():
    one = Initiator(Credentials("key", KEY), "KalshiNR", 10, [("8013", "Y")])
    one.log_on(NOW_US)
    return one


def from_venue(msg_type, number, *fields):
    return encode_message(msg_type, "KalshiNR", "key", number, format_timestamp(NOW_US), encode_fields(fields))


def sent(session):
    return [parse(item) for item in Framer().feed(session.data_to_send())]


def test_the_logon_is_signed_and_asks_what_it_was_told_to(session):
    (logon,) = sent(session)
    text = signing.fix_logon_text(logon["52"], 1, "key", "KalshiNR")
    assert signing.verify(KEY.public_key(), signing.decode_signature(logon["96"]), text)
    assert (logon["141"], logon["8013"], logon["108"]) == ("Y", "Y", "10")


def test_business_messages_come_out_and_a_test_request_is_answered(session):
    sent(session)
    found = session.receive(from_venue("A", 1) + from_venue("8", 2, ("11", "a")), NOW_US)
    assert [message.msg_type for message in found] == ["8"]
    assert session.is_logged_on
    assert session.receive(from_venue("1", 3, ("112", "hello")), NOW_US) == []
    (heartbeat,) = sent(session)
    assert (heartbeat.msg_type, heartbeat["112"]) == ("0", "hello")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (from_venue("8", 2, ("11", "a")), "expected MsgSeqNum 1, received 2"),
        (from_venue("5", 1, ("58", "already exists")), "logout: already exists"),
        (b"8=FIXT.1.1\x019=5\x01garbage-garbage-garbage\x01", "garbled"),
    ],
)
def test_a_gap_a_logout_and_garbled_bytes_end_it(session, data, why):
    with pytest.raises(SessionEnded, match=why):
        session.receive(data, NOW_US)


def test_silence_is_questioned_and_then_ends_it(session):
    sent(session)
    session.on_time(NOW_US + 5_000_000)
    assert sent(session) == []
    session.on_time(NOW_US + 12_000_000)
    assert [message.msg_type for message in sent(session)] == ["1"]
    with pytest.raises(SessionEnded, match="two heartbeat intervals"):
        session.on_time(NOW_US + 20_000_000)


def test_a_heartbeat_is_due_after_an_interval_without_a_word(session):
    sent(session)
    session.receive(from_venue("A", 1), NOW_US + 9_000_000)
    session.on_time(NOW_US + 10_000_000)
    assert [message.msg_type for message in sent(session)] == ["0"]
