"""The example of settings says what the processes read."""

from scripts.env_example import PAGE, render


def test_the_example_is_what_the_settings_say():
    assert PAGE.read_text() == render(), "run `python scripts/env_example.py`"
