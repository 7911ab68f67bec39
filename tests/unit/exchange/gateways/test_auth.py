"""Who may ask: recordings auth__*, SEMANTICS F1 and F2."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from exchange.gateways.auth import (
    ApiKey,
    Authenticator,
    KeyRing,
    MemoryKeyStore,
    refuse_restricted,
    require,
    subaccount_filter,
    subaccount_or_primary,
)
from exchange.gateways.errors import ApiError
from wire.signing import PrivateKey, fix_logon_text, generate_key, public_pem, request_text, sign

NOW_MS = 1_781_159_348_379
PATH = "/trade-api/v2/portfolio/balance"
RECORDINGS = Path(__file__).parents[5] / "shared" / "kalshi" / "recordings"

RSA = generate_key("rsa")
ED25519 = generate_key("ed25519")


def authenticator() -> Authenticator:
    keys = KeyRing()
    keys.add(ApiKey("rsa-key", 1, "rsa", public_key_pem=public_pem(RSA)))
    keys.add(ApiKey("ed-key", 2, "ed", key_type="ed25519", public_key_pem=public_pem(ED25519)))
    return Authenticator(keys, lambda: NOW_MS, 15_000)


def signed(text: str, key: PrivateKey = RSA) -> str:
    return sign(key, text)


def right(timestamp: int = NOW_MS) -> str:
    return signed(request_text(str(timestamp), "GET", PATH))


def refused(auth: Authenticator, *arguments: str | None, **more: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        auth.authenticate(*arguments, **more)
    assert caught.value.status == 401
    return caught.value


def recorded(name: str) -> object:
    path = RECORDINGS / f"{name}.json"
    if not path.exists():
        pytest.skip("the recordings are not beside this checkout")
    return json.loads(path.read_text())


@pytest.mark.parametrize(("key_id", "key"), [("rsa-key", RSA), ("ed-key", ED25519)])
def test_right_signature_names_its_key(key_id, key):
    signature = signed(request_text(str(NOW_MS), "GET", PATH), key)
    assert authenticator().authenticate(key_id, signature, str(NOW_MS), "GET", PATH).key_id == key_id


@pytest.mark.parametrize("salt", [padding.PSS.DIGEST_LENGTH, padding.PSS.MAX_LENGTH, 0])
def test_any_salt_length_is_taken(salt):
    assert isinstance(RSA, rsa.RSAPrivateKey)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    raw = RSA.sign(request_text(str(NOW_MS), "GET", PATH).encode(), scheme, hashes.SHA256())
    signature = base64.b64encode(raw).decode()
    assert authenticator().authenticate("rsa-key", signature, str(NOW_MS), "GET", PATH).member == 1


def test_bad_signature_is_the_recorded_401():
    error = refused(authenticator(), "rsa-key", signed("something else"), str(NOW_MS), "GET", PATH)
    assert json.loads(error.body()) == recorded("auth__bad_signature")


def test_unknown_key_is_the_recorded_401():
    error = refused(authenticator(), "nobody", right(), str(NOW_MS), "GET", PATH)
    assert json.loads(error.body()) == recorded("auth__unknown_key_id")


@pytest.mark.parametrize("missing", [0, 1, 2])
@pytest.mark.parametrize("given", [None, ""])
def test_missing_or_empty_header_is_the_recorded_401(missing, given):
    headers: list[str | None] = ["rsa-key", right(), str(NOW_MS)]
    headers[missing] = given
    error = refused(authenticator(), *headers, "GET", PATH)
    assert json.loads(error.body()) == recorded("auth__missing_signature_header")


@pytest.mark.parametrize("skew", [-30_000, -15_001, 15_001, 300_000])
def test_stale_or_early_clock_is_the_recorded_401(skew):
    error = refused(authenticator(), "rsa-key", right(NOW_MS + skew), str(NOW_MS + skew), "GET", PATH)
    assert json.loads(error.body()) == recorded("auth__skew_minus30s")


@pytest.mark.parametrize("skew", [-15_000, -5_000, 5_000, 15_000])
def test_clock_within_the_window_passes(skew):
    authenticator().authenticate("rsa-key", right(NOW_MS + skew), str(NOW_MS + skew), "GET", PATH)


@pytest.mark.parametrize("timestamp", ["now", "1781159348.379", "9" * 5000])
def test_timestamp_that_is_no_number_is_a_stale_clock(timestamp):
    assert refused(authenticator(), "rsa-key", right(), timestamp, "GET", PATH).code == "header_timestamp_expired"


# --- explanations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (request_text(str(NOW_MS), "GET", PATH + "?limit=5"), "query"),
        (request_text(str(NOW_MS), "GET", "venue.test:9090" + PATH), "host"),
        (request_text(str(NOW_MS), "GET", "http://venue.test:9090" + PATH), "host"),
        (request_text(str(NOW_MS), "POST", PATH), "POST"),
        (f"{NOW_MS}get{PATH}", "upper case"),
        (request_text(str(NOW_MS), "GET", "/portfolio/balance"), "/trade-api/v2 is missing"),
        (request_text(str(NOW_MS // 1000), "GET", PATH), "seconds"),
        ("another text", "by another private key"),
    ],
)
def test_explanation_names_the_mistake_in_the_text(text, words):
    auth = authenticator()
    refused(auth, "rsa-key", signed(text), str(NOW_MS), "GET", PATH, query="limit=5", host="venue.test:9090")
    assert words in auth.refusals[-1].explanation
    assert auth.refusals[-1].expected_text == request_text(str(NOW_MS), "GET", PATH)


def test_explanation_names_pkcs1_padding():
    assert isinstance(RSA, rsa.RSAPrivateKey)
    raw = RSA.sign(request_text(str(NOW_MS), "GET", PATH).encode(), padding.PKCS1v15(), hashes.SHA256())
    auth = authenticator()
    refused(auth, "rsa-key", base64.b64encode(raw).decode(), str(NOW_MS), "GET", PATH)
    assert "PKCS#1 v1.5" in auth.refusals[-1].explanation


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (("rsa-key", "%%%", str(NOW_MS)), "not base64"),
        (("rsa-key", "YWJj", str(NOW_MS)), "bytes"),
        (("rsa-key", "YWJj", str(NOW_MS // 1000)), "in seconds"),
        (("rsa-key", "YWJj", str(NOW_MS * 1000)), "in microseconds"),
        (("rsa-key", "YWJj", str(NOW_MS - 60_000)), "60000 ms behind"),
        (("rsa-key", "YWJj", "soon"), "not a whole number"),
        (("nobody", "YWJj", str(NOW_MS)), "no API key 'nobody'"),
        ((None, None, str(NOW_MS)), "KALSHI-ACCESS-KEY, KALSHI-ACCESS-SIGNATURE"),
    ],
)
def test_explanation_names_the_fault(headers, words):
    auth = authenticator()
    refused(auth, *headers, "GET", PATH)
    assert words in auth.refusals[-1].explanation


def test_refusals_are_bounded():
    auth = authenticator()
    for _ in range(1_000):
        refused(auth, None, None, None, "GET", PATH)
    assert len(auth.refusals) == auth.refusals.maxlen


# --- the key ring -----------------------------------------------------------------------------------


def test_keys_survive_a_restart():
    store = MemoryKeyStore()
    ring = KeyRing(store)
    key = ApiKey(ring.new_id(), 7, "bot", frozenset({"read"}), 3, "rsa", public_pem(RSA), 12)
    ring.add(key)
    assert KeyRing(store).get(key.key_id) == key


def test_removed_key_is_unknown_and_its_id_never_comes_back():
    store = MemoryKeyStore()
    ring = KeyRing(store)
    gone = ring.new_id()
    ring.add(ApiKey(gone, 1, "bot"))
    assert ring.remove(gone)
    assert not ring.remove(gone)
    assert KeyRing(store).get(gone) is None
    assert KeyRing(store).new_id() != gone


def test_members_keys_are_listed_oldest_first():
    ring = KeyRing()
    ring.add(ApiKey("b", 1, "one"))
    ring.add(ApiKey("x", 2, "other"))
    ring.add(ApiKey("a", 1, "two"))
    assert [key.key_id for key in ring.of_member(1)] == ["b", "a"]


class FullStore(MemoryKeyStore):
    def save(self, data: bytes) -> None:
        raise OSError("no space left")


def test_key_that_cannot_be_stored_does_not_exist():
    ring = KeyRing(FullStore())
    with pytest.raises(OSError, match="no space"):
        ring.add(ApiKey("a", 1, "one"))
    assert ring.get("a") is None


# --- scopes and subaccounts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "scope", "allowed"),
    [
        ({"read"}, "read", True),
        ({"read"}, "read::portfolio_balance", True),
        ({"read::portfolio_balance"}, "read", False),
        ({"read::portfolio_balance"}, "read::portfolio_balance", True),
        ({"read"}, "write::trade", False),
        ({"write::trade"}, "write::trade", True),
        ({"write::trade"}, "write::transfer", False),
        ({"read", "write"}, "write::transfer", True),
    ],
)
def test_scope_is_its_own_or_its_parents(scopes, scope, allowed):
    key = ApiKey("k", 1, "k", frozenset(scopes))
    if allowed:
        require(key, scope)
    else:
        with pytest.raises(ApiError) as caught:
            require(key, scope)
        assert caught.value.status == 403


def test_free_key_defaults_to_all_or_to_the_primary():
    key = ApiKey("k", 1, "k")
    assert subaccount_filter(key, None) is None
    assert subaccount_or_primary(key, None) == 0
    assert subaccount_or_primary(key, 5) == 5


@pytest.mark.parametrize("number", [-1, 64, 10**6])
def test_subaccount_out_of_range_is_400(number):
    with pytest.raises(ApiError) as caught:
        subaccount_or_primary(ApiKey("k", 1, "k"), number)
    assert caught.value.status == 400


def test_restricted_key_acts_on_its_own_subaccount():
    key = ApiKey("k", 1, "k", subaccount=3)
    assert subaccount_filter(key, None) == 3
    assert subaccount_or_primary(key, None) == 3
    assert subaccount_or_primary(key, 3) == 3


def test_restricted_key_naming_another_subaccount_is_403():
    with pytest.raises(ApiError) as caught:
        subaccount_filter(ApiKey("k", 1, "k", subaccount=3), 0)
    assert caught.value.status == 403


def test_restricted_key_is_kept_from_other_doors_in_the_documented_words():
    with pytest.raises(ApiError) as caught:
        refuse_restricted(ApiKey("k", 1, "k", subaccount=0))
    assert "restricted to a single sub-account" in caught.value.message


LOGON = ("20261121-12:00:00.123", 1, "rsa-key", "KalshiNR")


def test_a_logon_that_is_signed_is_the_keys():
    auth = authenticator()
    assert auth.signed_by("rsa-key", signed(fix_logon_text(*LOGON)), fix_logon_text(*LOGON)).member == 1
    assert not auth.refusals


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("20261121-12:00:00.123|A|1|rsa-key|KalshiNR", "joined by SOH"),
        ("20261121-12:00:00.123A1rsa-keyKalshiNR", "joined by SOH"),
        ("20261121-12:00:00.123\x01A\x011\x01rsa-key\x01KalshiNR\x01", "no SOH behind the last part"),
        ("20261121-12:00:00.123\x01A\x011\x01KalshiNR\x01rsa-key", "SenderCompID comes before TargetCompID"),
        ("20261121-12:00:00.123\x011\x01A\x01rsa-key\x01KalshiNR", "MsgType comes before MsgSeqNum"),
        ("A\x011\x01rsa-key\x01KalshiNR\x0120261121-12:00:00.123", "SendingTime comes first"),
        ("20261121-12:00:00\x01A\x011\x01rsa-key\x01KalshiNR", "as it is sent"),
        ("52=20261121-12:00:00.123\x0135=A\x0134=1\x0149=rsa-key\x0156=KalshiNR\x01", "without their tags"),
        ("something else", "another text, or by another private key"),
    ],
)
def test_why_a_logon_was_refused_is_explained(text, words):
    auth = authenticator()
    assert auth.signed_by("rsa-key", signed(text), fix_logon_text(*LOGON)) is None
    told = auth.refusals[-1]
    assert words in told.explanation
    assert "\x01" not in told.explanation + told.expected_text
    assert (told.key_id, told.method, told.path) == ("rsa-key", "FIX Logon", "KalshiNR")
    assert told.expected_text == "20261121-12:00:00.123<SOH>A<SOH>1<SOH>rsa-key<SOH>KalshiNR"


def test_a_logon_of_nobody_and_one_that_is_no_signature_are_told_apart():
    auth = authenticator()
    assert auth.signed_by("nobody", "AAAA", fix_logon_text(*LOGON)) is None
    assert "no API key 'nobody'" in auth.refusals[-1].explanation
    assert auth.signed_by("rsa-key", "?", fix_logon_text(*LOGON)) is None
    assert "not base64" in auth.refusals[-1].explanation
