"""What the database has of this venue, and the one who changes it: transactions, the checkpoint, the life it is of.

Knows whether the database is ours. Refuses to know when to write, and what to do when it is away: every method raises
what the database raises then (`troubles`), and after `lost` it must be connected to again.
"""

from exchange.adapters.history import store
from exchange.adapters.history.database import Database, prepare
from exchange.adapters.history.gathering import Gathered
from exchange.adapters.history.life import Lives
from exchange.adapters.history.store import Checkpoint
from exchange.ports import HistoryRefused


class Stored:
    """`connect` first, and again after `lost`; `close` at the end."""

    def __init__(self, database: Database, lives: Lives) -> None:
        self.troubles = database.troubles
        self.is_shared = database.is_shared
        self.is_connected = False
        self.checkpoint: Checkpoint | None = None
        """What the database is known to have; None until it has answered."""
        self._engine = database.open()
        self._lives = lives
        self._must_empty = False
        """What the database has is of a past that is over; a file of our own has no names for lives to tell it by."""

    @property
    def seq(self) -> int:
        """The seq up to which history is certainly whole; 0 while that is not known."""
        return 0 if self.checkpoint is None else self.checkpoint.seq

    async def connect(self) -> None:
        """Tables and checkpoint, as they are now. Raises HistoryRefused when what is there is not ours."""
        life = self._lives.now
        async with self._engine.begin() as connection:
            await prepare(connection)
            known = await store.load(connection)
            if known is None:
                known = await store.begin(connection, life)
            elif known.life != life and not self._lives.is_over(known.life):
                raise HistoryRefused(
                    "the database holds the history of another venue, or of this one before its folder was "
                    "deleted; empty it, or name another one"
                )
            elif known.life != life or self._must_empty:
                await store.cut_back(connection, known, Checkpoint(0, life))
                known = Checkpoint(0, life)
        self._must_empty = False
        self.checkpoint, self.is_connected = known, True

    async def write(self, batch: Gathered) -> None:
        """Store what was gathered behind the checkpoint. Raises HistoryRefused when somebody else writes there too."""
        assert self.checkpoint is not None, "connected"
        async with self._engine.begin() as connection:
            stored = await store.write(connection, batch, self.checkpoint)
        self.checkpoint = stored

    async def cut_back(self, seq: int, ts_us: int) -> None:
        """Take back everything behind `seq`, where the venue is, at its time `ts_us`; with 0 everything there is."""
        assert self.checkpoint is not None, "connected"
        old = self.checkpoint
        until = min(old.candles_until, ts_us // 60_000_000 * 60 - 60) if seq else 0
        new = Checkpoint(seq, self._lives.now, max(until, 0))
        async with self._engine.begin() as connection:
            await store.cut_back(connection, old, new)
        self.checkpoint = new

    async def retire(self, before_us: int) -> None:
        """Forget what ended, traded, was paid or moved before this time."""
        async with self._engine.begin() as connection:
            await store.retire(connection, before_us)

    def lost(self) -> None:
        """It does not answer, or did not: whether the last transaction took place is not known."""
        self.is_connected = False

    def begin_again(self) -> None:
        """A new life: nothing of what the database has is true. Raises OSError."""
        self._lives.begin_again()
        self.checkpoint, self.is_connected, self._must_empty = None, False, True

    async def close(self) -> None:
        await self._engine.dispose()
