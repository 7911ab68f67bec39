"""Settings that come from the environment: read once at the start, told by --help, and wrong ones named clearly."""

import sys
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

_Settings = TypeVar("_Settings", bound=BaseSettings)


def load_settings(model: type[_Settings], name: str, arguments: Sequence[str] = ()) -> _Settings:
    """The settings of the process `name`, which takes no arguments but --help.

    Ends the process: 0 after --help, 2 for any other argument, 1 when a setting is wrong.
    """
    if {"-h", "--help"} & set(arguments):
        sys.stdout.write(settings_help(model, name))
        raise SystemExit(0)
    if arguments:
        sys.stderr.write(f"{name} takes no arguments, its settings come from the environment; --help lists them\n")
        raise SystemExit(2)
    try:
        return model()
    except ValidationError as error:
        faults = "".join(f"\n  {_told(model, fault)}" for fault in error.errors())
        raise SystemExit(f"{name}: a setting is wrong{faults}") from None


def settings_help(model: type[BaseSettings], name: str) -> str:
    """Every setting with its default and what it means, as --help prints it."""
    lines = [f"usage: python -m {name}", "", "Settings, from the environment or from a file .env here:", ""]
    for field, info in model.model_fields.items():
        default = info.get_default(call_default_factory=True)
        lines.append(f"  {' or '.join(variables(model, field, info))}={default}")
        if info.description:
            lines += [f"      {line}" for line in info.description.strip().splitlines()]
    return "\n".join(lines) + "\n"


def variables(model: type[BaseSettings], field: str, info: FieldInfo) -> list[str]:
    """The names a setting has in the environment, the one that counts first."""
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice).upper() for choice in alias.choices]
    if alias is not None:
        return [str(alias).upper()]
    return [f"{model.model_config.get('env_prefix', '')}{field}".upper()]


def _told(model: type[BaseSettings], fault: Any) -> str:
    field = str(fault["loc"][0]) if fault["loc"] else ""
    info = model.model_fields.get(field)
    named = variables(model, field, info)[0] if info is not None else field.upper()
    return f"{named}: {fault['msg']} (it is {fault['input']!r})"
