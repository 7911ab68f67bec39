"""Sessions under mutated messages: nothing raised, nothing hoarded, nothing sent that is not well-formed FIX.

MOCK_KALSHI_FIX_FUZZ sets how many messages; 1000000 is the long run.
"""

import os
import random
import resource

import pytest

from tests.sessions.fix.mutation import LINES, mutate, pieces
from tests.sessions.fix.script import Script, log_on_line
from wire.fix.codec import MAX_BODY_LENGTH, Framer
from wire.fix.message import parse
from wire.fix.profiles import PROFILES
from wire.fix.validation import find_fault

COUNT = int(os.environ.get("MOCK_KALSHI_FIX_FUZZ", "20000"))


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
