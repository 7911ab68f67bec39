import io

from rich.console import Console

from sandbox.commands.progress import TapeProgress
from sandbox.tapes.player import Progress


def console(terminal):
    return Console(file=io.StringIO(), force_terminal=terminal, width=80, soft_wrap=True, highlight=False)


def report(played, seconds, ended=False, speed=20):
    return Progress("KXTAPE", played, 1_000, seconds, speed, 1_000.0, ended)


def test_log_gets_a_line_at_the_start_one_per_tenth_and_one_at_the_end():
    facts, screen = console(False), console(False)
    say = TapeProgress(facts, screen)
    say(report(0, 0.0))
    for played in (30, 100, 130, 180, 250):
        say(report(played, 10.0))
    say(report(1_000, 50.0, ended=True))
    assert facts.file.getvalue().splitlines() == [
        "KXTAPE: playing 1,000 messages of 16m40s at speed 20, which takes 50s",
        "KXTAPE: 10%, 100 of 1,000 messages, 10/s, 40s left",
        "KXTAPE: 25%, 250 of 1,000 messages, 25/s, 40s left",
        "KXTAPE: played 1,000 of 1,000 messages, 20/s; the market ended as recorded",
    ]
    assert screen.file.getvalue() == ""


def test_terminal_overwrites_one_line_that_fits():
    facts, screen = console(True), console(True)
    say = TapeProgress(facts, screen)
    for played in (0, 30, 100):
        say(report(played, 10.0))
    lines = screen.file.getvalue().split("\r")
    assert "10%, 100 of 1,000 messages" in lines[-2]
    assert max(map(len, lines)) < 80


def test_time_left_at_full_speed_is_judged_by_the_pace_so_far():
    assert report(250, 10.0, speed=None).left_s == 30.0
    assert report(0, 0.0, speed=None).left_s == 0.0
