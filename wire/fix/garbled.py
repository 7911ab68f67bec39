"""What a stream can hold that is no message."""

import msgspec


class Garbled(msgspec.Struct, frozen=True, gc=False):
    """Something on the stream that was not a message; `reason` is for the log."""

    reason: str
