"""Signed texts of SEMANTICS F1 and H2, and the keys of F2."""

import pytest

from wire.signing import (
    KeyFormatError,
    decode_signature,
    fix_logon_text,
    generate_key,
    key_type_of,
    parse_private_key,
    parse_public_key,
    private_pem,
    public_pem,
    request_text,
    sign,
    verify,
)

RSA = generate_key("rsa")
ED25519 = generate_key("ed25519")
TEXT = request_text("1781159348379", "GET", "/trade-api/v2/portfolio/balance")


def test_request_text_is_timestamp_method_and_path_with_nothing_between():
    assert request_text("1781159348379", "get", "/trade-api/v2/markets") == "1781159348379GET/trade-api/v2/markets"


def test_fix_logon_text_is_joined_by_soh_without_one_at_the_end():
    text = fix_logon_text("20261121-05:03:00.000", 1, "key", "KalshiNR")
    assert text == "20261121-05:03:00.000\x01A\x011\x01key\x01KalshiNR"


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_signature_of_the_text_verifies(key):
    signature = decode_signature(sign(key, TEXT))
    assert signature is not None
    assert verify(key.public_key(), signature, TEXT)


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_signature_of_another_text_does_not_verify(key):
    signature = decode_signature(sign(key, TEXT + "/"))
    assert signature is not None
    assert not verify(key.public_key(), signature, TEXT)


@pytest.mark.parametrize("text", ["", "not base64!", "YWJj\n", "YWJ", "äöü"])
def test_what_is_not_strict_base64_is_no_signature(text):
    assert not decode_signature(text)


@pytest.mark.parametrize(
    ("key", "header"), [(RSA, "-----BEGIN RSA PRIVATE KEY-----"), (ED25519, "-----BEGIN PRIVATE KEY-----")]
)
def test_private_pem_has_the_shape_of_its_kind(key, header):
    assert private_pem(key).startswith(header)


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_keys_survive_their_pem(key):
    again = parse_private_key(private_pem(key))
    assert public_pem(again) == public_pem(key)
    assert key_type_of(parse_public_key(public_pem(key))) == key_type_of(key)


@pytest.mark.parametrize("parse", [parse_public_key, parse_private_key])
def test_other_text_is_no_key(parse):
    with pytest.raises(KeyFormatError):
        parse("-----BEGIN NOTHING-----")
