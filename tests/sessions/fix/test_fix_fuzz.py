"""Sessions under mutated messages: nothing raised, nothing hoarded, nothing sent that is not well-formed FIX.

MOCK_KALSHI_FIX_FUZZ sets how many messages; 1000000 is the long run.
"""

import os
import random
import resource

import pytest

from tests.sessions.fix.script import Script, log_on_line
from wire.fix.codec import MAX_BODY_LENGTH, SOH, Framer, checksum, parse
from wire.fix.profiles import PROFILES
from wire.fix.validation import find_fault

COUNT = int(os.environ.get("MOCK_KALSHI_FIX_FUZZ", "20000"))

LINES = [
    "35=0",
    "35=1|112=x",
    "35=2|7=1|16=0",
    "35=3|45=1",
    "35=4|123=Y|36=9",
    "35=4|36=9",
    "35=5",
    log_on_line("141=Y|95=4|34=1"),
    "35=D|11=a|38=10|40=2|44=55|54=1|55=FED-1|59=1|453=1|448=me|452=24|79=1",
    "35=F|11=b|41=a|54=1|55=FED-1",
    "35=G|11=b|41=a|38=5|40=2|44=50|54=1|55=FED-1",
    "35=q|11=c|530=6",
    "35=UOG|20131=1|20132=100",
    "35=V|263=1|146=2|55=FED-1|55=FED-2",
    "35=e|263=1|55=FED-1",
    "35=U1|21001=1;0|21002=9;0",
    "35=R|131=r|146=1|55=FED-1|38=10|453=1|448=me|452=24|20180=C|20181=1|20182=E|20183=M|20184=yes",
    "35=S|117=q|131=r|55=FED-1|132=40|133=50",
    "35=UA|117=q|54=1|38=1",
]


def reseal(data: bytes) -> bytes:
    """BodyLength and CheckSum made right again, so that a mutation gets past the framing."""
    body = data[data.find(b"\x0135=") + 1 : data.rfind(b"10=")]
    head = b"8=FIXT.1.1\x019=%d\x01" % len(body)
    return head + body + b"10=%03d\x01" % checksum(head + body)


def mutate(data: bytes, rng: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(mutated))
        match rng.randrange(7):
            case 0:
                mutated[place] ^= 1 << rng.randrange(8)
            case 1:
                del mutated[place : place + rng.randint(1, 4)]
            case 2:
                mutated[place:place] = rng.randbytes(rng.randint(1, 4))
            case 3 | 4:
                fields = bytes(mutated).split(SOH.encode())
                field = rng.choice(fields)
                fields.insert(rng.randrange(len(fields)), field)
                mutated = bytearray(SOH.encode().join(fields))
            case 5:
                fields = bytes(mutated).split(SOH.encode())
                rng.shuffle(fields)
                mutated = bytearray(SOH.encode().join(fields))
            case _:
                mutated[place : place + 1] = rng.choice([b"=", b"\x01", b"0", b"9=", b"8=FIX", b"95=3\x01"])
        if not mutated:
            return b"\x01"
    return bytes(mutated) if rng.random() < 0.4 else reseal(bytes(mutated))


def pieces(data: bytes, rng: random.Random) -> list[bytes]:
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(4)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", PROFILES)
def test_no_mutation_of_messages_breaks_a_session(kind: str):
    rng = random.Random(kind)
    script = Script(kind)
    script.step("IN", "")
    output = Framer()
    start_kb = 0
    for turn in range(COUNT // len(PROFILES)):
        if turn == 5_000:
            start_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        data = script.build(rng.choice(LINES))
        if rng.random() < 0.9:
            data = mutate(data, rng)
        script.now_us += rng.randrange(2_000_000)
        session = script.session
        for piece in pieces(data, rng):
            session.receive(piece, script.now_us)
        session.on_deadline(script.now_us)
        for frame in output.feed(session.data_to_send()):
            assert isinstance(frame, bytes)
            message = parse(frame)
            assert find_fault(message) is None, message
        assert output.buffered == 0
        assert session._framer.buffered < MAX_BODY_LENGTH + 100
        if session.is_closed or rng.random() < 0.02:
            script.connect()
            script.seq_num = 1
            if rng.random() < 0.9:
                script.session.receive(script.build(log_on_line("141=Y")), script.now_us)
        elif rng.random() < 0.3:
            script.seq_num = session._next_in
    if start_kb:
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start_kb < 30_000


def test_every_split_of_a_stream_gives_the_same_messages():
    script = Script("KalshiNR")
    stream = b"".join(script.build(line) for line in LINES[:3])
    whole = Framer().feed(stream)
    assert len(whole) == 3
    for cut in range(len(stream)):
        framer = Framer()
        assert framer.feed(stream[:cut]) + framer.feed(stream[cut:]) == whole
