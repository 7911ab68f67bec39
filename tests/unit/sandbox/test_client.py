from sandbox.client import sign_request
from wire.signing import decode_signature, generate_key, private_pem, verify


def test_signed_text_leaves_the_query_out(tmp_path):
    key = generate_key("ed25519")
    pem = tmp_path / "key.pem"
    pem.write_text(private_pem(key))
    signed = sign_request("id-1", pem, "GET", "/trade-api/v2/markets?limit=5")
    assert signed.text == signed.headers["KALSHI-ACCESS-TIMESTAMP"] + "GET/trade-api/v2/markets"
    assert signed.headers["KALSHI-ACCESS-KEY"] == "id-1"
    assert verify(key.public_key(), decode_signature(signed.headers["KALSHI-ACCESS-SIGNATURE"]), signed.text)
