"""The session's door to its owner; what it does with messages is told by the scripts in tests/sessions/fix."""

import pytest

from tests.sessions.fix.script import KEY, START_US, Script, log_on_line
from wire.fix import tags
from wire.fix.codec import Framer, encode_fields, encode_message
from wire.fix.logon import Logon
from wire.fix.message import Message, parse
from wire.fix.outbound import RESENT_AT_ONCE
from wire.fix.profiles import PROFILES
from wire.fix.session import Session
from wire.fix.session_events import Closed, LoggedOn, Rejected, State
from wire.fix.store import MemoryStore, MessageStore
from wire.fix.timestamps import format_timestamp
from wire.signing import decode_signature, fix_logon_text, generate_key, sign, verify

ORDER = "35=D|11=a|38=10|40=2|44=55|54=1|55=FED-1"
SECOND = 1_000_000


def logged_on(kind: str = "KalshiRT") -> Script:
    script = Script(kind)
    script.run("IN")
    return script


@pytest.mark.parametrize("key_type", ["rsa", "ed25519"])
def test_a_real_signature_over_the_documented_text_lets_in(key_type):
    key = generate_key(key_type)

    class Verifier:
        def authenticate(self, key_id: str, signature: str, text: str) -> str:
            decoded = decode_signature(signature)
            return "" if decoded and verify(key.public_key(), decoded, text) else "bad signature"

        def claim(self, logon: Logon) -> MessageStore | str:
            return MemoryStore(keeps=False)

    def log_on(signed_seq_num: int) -> object:
        time = format_timestamp(START_US)
        signature = sign(key, fix_logon_text(time, signed_seq_num, KEY, "KalshiNR"))
        body = [("95", str(len(signature))), ("96", signature), ("98", "0"), ("108", "30"), ("141", "Y"), ("1137", "9")]
        session = Session(PROFILES, Verifier(), START_US)
        data = encode_message("A", KEY, "KalshiNR", 1, time, encode_fields(body))
        return session.receive(data, START_US)[0]

    assert isinstance(log_on(1), LoggedOn)
    assert log_on(2) == Closed("bad signature")


def test_a_logon_and_an_order_in_one_piece_come_as_two_events():
    script = Script("KalshiNR")
    data = script.build(log_on_line("141=Y")) + script.build(ORDER)
    events = script.session.receive(data, script.now_us)
    assert [type(event) for event in events] == [LoggedOn, Message]


def test_a_rejection_is_told_to_the_owner():
    script = logged_on()
    script.receive(script.build("35=D|11=a"))
    rejected = script.events[-1]
    assert isinstance(rejected, Rejected)
    assert (rejected.fault.reason, rejected.fault.tag, rejected.message["11"]) == (1, "38", "a")


def test_the_owner_rejects_an_order_for_its_business():
    script = logged_on()
    script.receive(script.build(ORDER))
    event = script.events[-1]
    assert isinstance(event, Message)
    reason = tags.BusinessRejectReason.RATE_LIMIT_EXCEEDED
    script.session.business_reject(event, reason, "too many requests", script.now_us, ref_id="a")
    script.collect([])
    script.handed.clear()
    script.run("E 35=j|45=2|372=D|379=a|380=8|58=too many requests")


def test_the_owner_rejects_a_malformed_field():
    script = logged_on()
    script.receive(script.build(ORDER))
    event = script.events[-1]
    assert isinstance(event, Message)
    script.session.reject(event, tags.SessionRejectReason.INCORRECT_DATA_FORMAT, "117", script.now_us)
    script.collect([])
    script.handed.clear()
    script.run("E 35=3|45=2|371=117|372=D|373=6")


def test_data_to_send_is_given_out_once():
    script = Script("KalshiNR")
    script.session.receive(script.build(log_on_line("141=Y")), script.now_us)
    assert script.session.data_to_send().startswith(b"8=FIXT.1.1\x01")
    assert script.session.data_to_send() == b""


def test_deadlines_follow_the_session():
    script = Script("KalshiRT")
    assert script.session.next_deadline_us == START_US + 10 * SECOND
    script.run("IN")
    assert script.session.next_deadline_us == START_US + 30 * SECOND
    script.session.log_out("", START_US + SECOND)
    assert script.session.next_deadline_us == START_US + 6 * SECOND
    script.session.lost()
    assert script.session.next_deadline_us is None


def test_on_deadline_before_its_time_does_nothing():
    script = logged_on()
    assert script.session.on_deadline(START_US + 29 * SECOND) == []
    assert script.session.data_to_send() == b""


def test_a_lost_connection_closes_once():
    script = logged_on()
    assert script.session.lost() == [Closed("connection lost")]
    assert script.session.lost() == []
    assert script.session.receive(script.build("35=0"), script.now_us) == []


def test_terminate_says_logout_and_closes():
    script = logged_on()
    script.collect(script.session.terminate("maintenance", script.now_us))
    script.run("E 35=5|58=maintenance\nX maintenance")
    assert script.session.state is State.CLOSED


def test_terminate_before_logon_says_nothing():
    script = Script("KalshiNR")
    script.collect(script.session.terminate("shutting down", script.now_us))
    script.run("N\nX shutting down")


def test_messages_of_a_closed_session_are_kept_where_they_can_be_resent():
    script = logged_on("KalshiRT")
    script.session.lost()
    assert script.session.send("8", b"11=a\x01", script.now_us) == 2
    assert script.session.data_to_send() == b""
    assert [message.seq_num for message in script.port.store.read(1, 9)] == [2]


def test_messages_leave_the_store_with_the_retention_window_while_the_session_lives():
    script = Script("KalshiRT")
    script.receive(script.build(log_on_line("141=Y|20200=1")))
    for _ in range(600):
        script.session.send("8", b"11=a\x01", START_US)
    for _ in range(600):
        script.session.send("8", b"11=a\x01", START_US + 3_601 * SECOND)
    assert script.port.store.first_kept == 602


def test_the_expected_number_is_in_the_store_after_every_message():
    script = logged_on()
    script.receive(script.build("35=0"))
    assert script.port.store.next_in == 3


def test_a_refused_logon_leaves_the_store_alone():
    script = Script("KalshiRT")
    script.port.store.append("8", b"11=a\x01", START_US)
    script.port.store.expect(5)
    script.receive(script.build(log_on_line("141=Y|96=bad")))
    assert (script.port.store.next_out, script.port.store.next_in) == (2, 5)


def test_a_reset_that_does_not_start_at_1_leaves_the_store_alone():
    script = Script("KalshiRT")
    script.port.store.append("8", b"11=a\x01", START_US)
    script.receive(script.build(log_on_line("141=Y|34=3")))
    assert [message.seq_num for message in script.port.store.read(1, 9)] == [1]


def test_a_long_resend_comes_in_pieces_and_what_is_new_behind_it():
    script = logged_on()
    session = script.session
    for number in range(1, 1_001):
        session.send("8", encode_fields([("11", f"n{number}")]), START_US)
    session.data_to_send()
    header = [("7", "2"), ("16", "0")]
    time = format_timestamp(START_US)
    session.receive(encode_message("2", KEY, "KalshiRT", 2, time, encode_fields(header)), START_US)
    session.send("8", encode_fields([("11", "new")]), START_US)
    pieces = []
    while session.has_more_to_send or not pieces:
        pieces.append([parse(frame) for frame in Framer().feed(session.data_to_send(START_US + SECOND))])
    told = [message["11"] for piece in pieces for message in piece]
    assert told == [f"n{number}" for number in range(1, 1_001)] + ["new"]
    assert len(pieces) > 3
    assert max(map(len, pieces)) <= RESENT_AT_ONCE + 1
    assert pieces[-1][0]["52"] == format_timestamp(START_US + SECOND)


def test_what_waits_behind_a_resend_comes_once_though_it_is_asked_for_again():
    script = logged_on()
    session = script.session
    for number in range(1, 601):
        session.send("8", encode_fields([("11", f"n{number}")]), START_US)
    session.data_to_send()
    time = format_timestamp(START_US)
    session.receive(encode_message("2", KEY, "KalshiRT", 2, time, encode_fields([("7", "2"), ("16", "0")])), START_US)
    data = session.data_to_send(START_US)
    session.send("8", encode_fields([("11", "new")]), START_US)
    session.receive(encode_message("2", KEY, "KalshiRT", 3, time, encode_fields([("7", "500"), ("16", "0")])), START_US)
    session.receive(encode_message("2", KEY, "KalshiRT", 4, time, encode_fields([("7", "602"), ("16", "0")])), START_US)
    while session.has_more_to_send:
        data += session.data_to_send(START_US)
    told = [(int(message["34"]), message.get("43")) for message in map(parse, Framer().feed(data))]
    assert told == [(n, "Y") for n in [*range(2, 602), *range(500, 602)]] + [(602, None)]


def test_a_session_that_ends_during_a_resend_still_says_logout():
    script = logged_on()
    session = script.session
    for number in range(1_000):
        session.send("8", encode_fields([("11", f"n{number}")]), START_US)
    session.data_to_send()
    body = encode_fields([("7", "2"), ("16", "0")])
    session.receive(encode_message("2", KEY, "KalshiRT", 2, format_timestamp(START_US), body), START_US)
    session.data_to_send()
    session.terminate("enough", START_US)
    assert not session.has_more_to_send
    assert parse(Framer().feed(session.data_to_send())[-1]).msg_type == "5"
