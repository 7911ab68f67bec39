import pytest

from sandbox.client import Answer
from sandbox.commands.curl import full_path, is_unknown_key


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("/portfolio/balance", "/trade-api/v2/portfolio/balance"),
        ("markets?limit=1", "/trade-api/v2/markets?limit=1"),
        ("/trade-api/v2/markets", "/trade-api/v2/markets"),
        ("/sandbox/state", "/sandbox/state"),
    ],
)
def test_path_is_completed_unless_it_is_whole(typed, full):
    assert full_path(typed) == full


def test_only_an_unknown_key_lets_another_one_sign():
    body = b'{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}'
    assert is_unknown_key(Answer(401, "Unauthorized", [], body))
    assert not is_unknown_key(Answer(404, "Not Found", [], body))
    assert not is_unknown_key(Answer(401, "Unauthorized", [], body.replace(b"NOT_FOUND", b"INCORRECT")))
