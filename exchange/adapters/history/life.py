"""Which log a history belongs to: a name for the life of a venue, which a reset ends.

A database outlives the folder it is filled from, and may be away while the venue begins again. The rows of a life that
is over in this folder may go; those of a life this folder never had are somebody else's.
"""

import secrets

import msgspec

from exchange.adapters.whole_file import WholeFile

KEPT = 1_000
"""Past lives that are remembered."""


class _Lives(msgspec.Struct):
    now: str
    past: list[str]


class Lives:
    """The lives of the venue in one folder. Without a file there is one life without a name."""

    def __init__(self, file: WholeFile | None = None) -> None:
        self._file = file
        saved = None if file is None else file.load()
        self._lives = _Lives("", []) if saved is None else msgspec.json.decode(saved, type=_Lives)
        if file is not None and saved is None:
            self._begin([])

    @property
    def now(self) -> str:
        return self._lives.now

    def is_over(self, life: str) -> bool:
        """Whether it was lived in this folder, before a reset."""
        return life in self._lives.past

    def begin_again(self) -> None:
        """Raises OSError."""
        if self._file is not None:
            self._begin([*self._lives.past, self._lives.now][-KEPT:])

    def _begin(self, past: list[str]) -> None:
        assert self._file is not None, "a name is only given where it is remembered"
        self._lives = _Lives(secrets.token_hex(8), past)
        self._file.save(msgspec.json.encode(self._lives))
