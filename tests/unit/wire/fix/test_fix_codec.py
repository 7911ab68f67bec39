import random

import pytest
import simplefix
from hypothesis import given
from hypothesis import strategies as st

from wire.fix.codec import MAX_BODY_LENGTH, SOH, Framer, checksum, encode_fields, encode_group, encode_message
from wire.fix.garbled import Garbled
from wire.fix.message import parse

TIME = "20260601-12:00:00.000"

DATA_TAGS = {int(tag) for tag in (*simplefix.data.RAW_LEN_TAGS, *simplefix.data.RAW_DATA_TAGS)}
"""simplefix knows more data fields than Kalshi's FIX has."""

tags = st.integers(58, 57_000).filter(lambda tag: tag not in DATA_TAGS).map(str)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40)
bodies = st.lists(st.tuples(tags, values), max_size=20)


def order(cl_ord_id: str = "a") -> bytes:
    return encode_message("D", "me", "KalshiNR", 2, TIME, encode_fields([("11", cl_ord_id), ("55", "FED-1")]))


def simplefix_message(fields: list[tuple[str, str]]) -> bytes:
    message = simplefix.FixMessage()
    message.append_pair(8, "FIXT.1.1")
    for tag, value in fields:
        message.append_pair(tag, value)
    return message.encode()


@given(bodies)
def test_encoding_is_what_simplefix_writes(body):
    header = [("35", "D"), ("49", "me"), ("56", "KalshiNR"), ("34", "7"), ("52", TIME)]
    ours = encode_message("D", "me", "KalshiNR", 7, TIME, encode_fields(body))
    assert ours == simplefix_message(header + body)


@given(bodies)
def test_parsing_is_what_simplefix_reads(body):
    data = encode_message("D", "me", "KalshiNR", 7, TIME, encode_fields(body))
    parser = simplefix.FixParser()
    parser.append_buffer(data)
    expected = [[tag.decode(), value.decode()] for tag, value in parser.get_message().pairs]
    (frame,) = Framer().feed(data)
    assert [list(pair) for pair in parse(frame).pairs] == expected


@given(st.lists(bodies, min_size=1, max_size=4), st.data())
def test_any_split_of_the_stream_gives_the_same_messages(many, data):
    frames = [
        encode_message("D", "me", "KalshiNR", number, TIME, encode_fields(body)) for number, body in enumerate(many)
    ]
    stream = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer = Framer()
    found = [item for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) for item in framer.feed(stream[a:b])]
    assert found == frames
    assert framer.buffered == 0


@given(st.binary(max_size=3000))
def test_checksum_is_the_sum_of_the_bytes(data):
    assert checksum(data) == sum(data) % 256


@pytest.mark.parametrize("size", [255, 256, 257, 514, 515, 516, 1030, 70_000])
@pytest.mark.parametrize("byte", [0x7F, 0xFF])
def test_checksum_holds_at_the_bounds_of_adler32(size, byte):
    assert checksum(bytes([byte]) * size) == size * byte % 256


@given(st.binary(max_size=400))
def test_framing_swallows_any_noise_and_finds_the_message_behind_it(noise):
    framer = Framer()
    found = framer.feed(noise + order())
    found += framer.feed(order("b"))
    messages = [item for item in found if isinstance(item, bytes)]
    assert messages[-1] == order("b")


def test_a_field_may_hold_equals_signs():
    assert parse(order("x=y=="))["11"] == "x=y=="


def test_a_field_without_equals_is_a_tag_without_value():
    content = b"35=D\x0158\x0111=a\x01"
    head = b"8=FIXT.1.1\x019=%d\x01" % len(content) + content
    (frame,) = Framer().feed(head + b"10=%03d\x01" % checksum(head))
    message = parse(frame)
    assert message["58"] == ""
    assert message["11"] == "a"


def test_data_may_hold_soh():
    body = encode_fields([("95", "5"), ("96", f"a{SOH}b=c"), ("98", "0")])
    message = parse(encode_message("A", "me", "KalshiNR", 1, TIME, body))
    assert message["96"] == f"a{SOH}b=c"
    assert message["98"] == "0"


def test_data_whose_length_lies_ends_at_soh():
    body = encode_fields([("95", "99"), ("96", "abc"), ("98", "0")])
    message = parse(encode_message("A", "me", "KalshiNR", 1, TIME, body))
    assert message["96"] == "abc"
    assert message["98"] == "0"


def test_a_message_keeps_repeated_tags_in_order():
    body = encode_group("146", [[("55", "A")], [("55", "B")]])
    message = parse(encode_message("V", "me", "KalshiMD", 1, TIME, body))
    assert [value for tag, value in message.pairs if tag == "55"] == ["A", "B"]


def test_an_empty_group_writes_nothing():
    assert encode_group("146", []) == b""


def test_a_wrong_checksum_is_garbled():
    assert Framer().feed(order()[:-4] + b"000\x01") == [Garbled("CheckSum is wrong")]


def test_a_body_length_that_is_too_short_is_garbled():
    data = order().replace(b"9=67", b"9=66")
    assert Framer().feed(data) == [Garbled("BodyLength does not lead to the CheckSum")]


def test_a_body_length_that_is_too_long_costs_only_its_message():
    size = order().split(b"\x01")[1]
    data = order().replace(size, b"9=500")
    framer = Framer()
    assert framer.feed(data) == []
    assert framer.feed(order("b")) == [Garbled("BodyLength too long"), order("b")]


def test_a_huge_body_length_is_not_waited_for():
    framer = Framer()
    assert framer.feed(b"8=FIXT.1.1\x019=9999999\x0135=D\x01") == [Garbled("BodyLength too large")]
    assert framer.buffered == 0


def test_another_begin_string_is_framed_too():
    data = order().replace(b"FIXT.1.1", b"FIX.4.2.")
    data = data[:-7] + b"10=%03d\x01" % checksum(data[:-7])
    (frame,) = Framer().feed(data)
    assert parse(frame)["8"] == "FIX.4.2."


def test_a_third_field_that_is_not_msg_type_is_garbled():
    content = b"49=me\x0135=D\x01"
    head = b"8=FIXT.1.1\x019=%d\x01" % len(content) + content
    assert Framer().feed(head + b"10=%03d\x01" % checksum(head)) == [Garbled("MsgType is not the third field")]


def test_noise_is_not_kept():
    framer = Framer()
    rng = random.Random(1)
    for _ in range(50):
        framer.feed(rng.randbytes(10_000))
        assert framer.buffered < MAX_BODY_LENGTH
    assert framer.feed(order())[-1] == order()


def test_a_message_sent_again_carries_its_first_sending_time():
    message = parse(encode_message("8", "KalshiRT", "me", 3, TIME, b"", duplicate_of="20260601-11:59:00.000"))
    assert (message["43"], message["122"], message["52"]) == ("Y", "20260601-11:59:00.000", TIME)


def test_text_that_is_not_latin_1_becomes_question_marks():
    assert encode_fields([("58", "zu spät → aus")]) == b"58=zu sp\xe4t ? aus\x01"
