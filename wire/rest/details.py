"""The descriptive fields of a series, event or market, as the log carries them: text that the engine never reads."""

from typing import TypeVar

import msgspec

Details = TypeVar("Details", bound=msgspec.Struct)


def read_details(text: bytes, kind: type[Details]) -> Details:
    """What `text` says in the words of `kind`; nothing if it is not what it should be: a title stops nobody."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return kind()
