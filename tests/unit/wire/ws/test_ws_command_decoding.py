"""Texts to commands: which fault of shape is answered by which code."""

import pytest

from wire.ws.commands import SubscribeParams, decode_envelope, decode_params, ids_named, tickers_named
from wire.ws.errors import CommandError


def code_of(text: str) -> int:
    with pytest.raises(CommandError) as refusal:
        decode_params(decode_envelope(text))
    return refusal.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 1),
        ("[1]", 1),
        ('{"id":-1,"cmd":"subscribe","params":{}}', 1),
        ('{"id":9223372036854775808,"cmd":"subscribe","params":{}}', 1),
        ('{"id":1,"cmd":5}', 1),
        ('{"id":1}', 5),
        ('{"id":1,"cmd":"SUBSCRIBE","params":{}}', 5),
        ('{"id":1,"cmd":"subscribe"}', 2),
        ('{"id":1,"cmd":"unsubscribe","params": null }', 2),
        ('{"id":1,"cmd":"subscribe","params":{"channels":[1]}}', 11),
        ('{"id":1,"cmd":"unsubscribe","params":{"sids":["1"]}}', 11),
        ('{"id":1,"cmd":"update_subscription","params":{"sid":1.5}}', 11),
    ],
)
def test_fault_and_its_code(text, code):
    assert code_of(text) == code


def test_unknown_params_are_ignored():
    params = decode_params(decode_envelope('{"id":1,"cmd":"subscribe","params":{"channels":["trade"],"x":[{}]}}'))
    assert params == SubscribeParams(channels=("trade",))


def test_null_is_the_same_as_absent():
    text = '{"id":1,"cmd":"subscribe","params":{"channels":["trade"],"market_ticker":null,"use_yes_price":null}}'
    assert decode_params(decode_envelope(text)) == SubscribeParams(channels=("trade",))


def test_a_market_named_twice_counts_once():
    assert tickers_named(SubscribeParams(market_tickers=("A", "B", "A"))) == ("A", "B")


def test_tickers_and_ids_exclude_each_other():
    with pytest.raises(CommandError):
        ids_named(SubscribeParams(market_tickers=("A",), market_ids=("i",)))
