"""Every way the engine can refuse has an answer at every door."""

import pytest

from exchange.gateways.rejects import ANSWERS, api_error
from wire.enums import RejectReason


@pytest.mark.parametrize("reason", RejectReason)
def test_every_reject_reason_has_an_answer(reason):
    assert reason in ANSWERS


@pytest.mark.parametrize("reason", RejectReason)
def test_every_answer_is_a_client_error(reason):
    assert 400 <= api_error(reason).status < 500


@pytest.mark.parametrize("reason", RejectReason)
def test_every_answer_has_a_fix_text_in_capitals(reason):
    assert ANSWERS[reason].fix_text.replace("_", "").isalpha()
    assert ANSWERS[reason].fix_text.isupper()
