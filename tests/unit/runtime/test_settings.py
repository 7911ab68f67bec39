"""Settings explain themselves: by --help, and when they are wrong."""

from typing import Annotated

import pytest
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings import load_settings, settings_help


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", use_attribute_docstrings=True)

    port: Annotated[int, Field(ge=0)] = 80
    """Where it listens."""
    stock: Annotated[str, Field(validation_alias=AliasChoices("SHOP_STOCK", "STOCK"))] = "shelf"
    """Where things are."""


def test_help_lists_each_setting_with_its_default_and_its_meaning(capsys):
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings, "shop", ["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said == settings_help(Settings, "shop")
    for line in ("SHOP_PORT=80", "Where it listens.", "SHOP_STOCK or STOCK=shelf", "Where things are."):
        assert line in said


def test_an_argument_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings, "shop", ["--port", "1"])
    assert ended.value.code == 2
    assert "--help" in capsys.readouterr().err


def test_a_wrong_setting_is_named_as_the_environment_names_it(monkeypatch):
    monkeypatch.setenv("SHOP_PORT", "eighty")
    with pytest.raises(SystemExit, match=r"(?s)a setting is wrong.*SHOP_PORT: .*integer.*'eighty'"):
        load_settings(Settings, "shop")


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("STOCK", "cellar")
    assert load_settings(Settings, "shop").stock == "cellar"
