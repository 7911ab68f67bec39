"""The table of error codes."""

from wire.ws.errors import ERROR_TEXTS, TERMINAL, ErrorCode


def test_every_code_has_its_text_and_no_retired_one_is_there():
    assert set(ERROR_TEXTS) == set(ErrorCode)
    assert {int(code) for code in ErrorCode} == set(range(1, 29)) - {6, 16, 17}


def test_channel_error_and_overflow_are_terminal():
    assert {int(code) for code in TERMINAL} == {10, 25}
