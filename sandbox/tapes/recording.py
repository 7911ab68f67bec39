"""Recorded tapes: files of raw WebSocket messages of one market.

Knows the lines of a tape (`{"recv_ms": ..., "event": <message>}` in `.ndjson` or `.ndjson.gz`), what in them
counts, and which recorded decrease was a trade. Refuses to know what is done with them.
"""

import gzip
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from wire.enums import BookSide
from wire.units import PAYOUT, UnitError, parse_count, parse_price

LOOKAHEAD = 256
"""A trade's delta stands at most 29 messages before it in the recordings at hand; this leaves room."""

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of a message; the snapshot of a full book has a tenth of it. A small archive can hold a line without end."""

_LAST_MS = 253_402_300_799_999
"""The end of the year 9999."""

_Ms = Annotated[int, msgspec.Meta(ge=0, le=_LAST_MS)]


class TapeError(Exception):
    """A tape that cannot be played, and where."""


class LevelKey(NamedTuple):
    """A level of the book: the side of the resting orders and their YES price."""

    side: BookSide
    price: int


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The whole book: from here on everything before is forgotten."""

    ts_ms: int
    levels: dict[LevelKey, int]


class Delta(msgspec.Struct, frozen=True, gc=False):
    """One level changed by a signed Count."""

    ts_ms: int
    key: LevelKey
    count: int


class Print(msgspec.Struct, frozen=True, gc=False):
    """A trade message; `key` is the level it took `count` from."""

    ts_ms: int
    key: LevelKey
    count: int


TapeMessage = Snapshot | Delta | Print


class Step(NamedTuple):
    """A message, and whether the change of the book it makes was a trade."""

    message: TapeMessage
    traded: bool


@dataclass(frozen=True, slots=True)
class Tape:
    """One market's recording: its files in order of time."""

    ticker: str
    files: tuple[Path, ...]

    def messages(self) -> Iterator[TapeMessage]:
        """Every message, in the order it was recorded. Raises TapeError at a line that is not one."""
        for path in self.files:
            for number, message in _lines(path):
                if message.event.msg.market_ticker != self.ticker:
                    raise TapeError(f"{path}:{number}: is about {message.event.msg.market_ticker}, not {self.ticker}")
                try:
                    yield _message(message)
                except (UnitError, TypeError, IndexError) as error:
                    raise TapeError(f"{path}:{number}: {error}") from None

    def steps(self) -> Iterator[Step]:
        """Every message, with which decreases were trades."""
        return paired(self.messages())

    def extent(self) -> tuple[int, int]:
        """(how many messages there are, when the last one was received in ms). Raises TapeError."""
        count, last = 0, b""
        for path in self.files:
            for line in _open(path):
                count, last = count + 1, line
        try:
            return count, _decoder.decode(last).recv_ms
        except NOT_JSON as error:
            raise TapeError(f"{self.files[-1]}: the last line: {error}") from None

    def start_ms(self) -> int:
        """When the first message was received. Raises TapeError for an empty tape."""
        for path in self.files:
            for _, message in _lines(path):
                return message.recv_ms
        raise TapeError(f"{self.ticker}: the tape is empty")


def find(path: Path) -> list[Tape]:
    """The tapes in a file, in a folder of files, or in the folders below it. Raises TapeError when there is none."""
    if not path.exists():
        raise TapeError(f"{path}: no such file or folder")
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    by_ticker: dict[str, list[Path]] = {}
    for file in files:
        if is_recording(file) and (ticker := ticker_in(file)):
            by_ticker.setdefault(ticker, []).append(file)
    if not by_ticker:
        raise TapeError(f"{path}: no .ndjson or .ndjson.gz with a recorded message")
    return [tape_of(ticker, found) for ticker, found in by_ticker.items()]


def is_recording(path: Path) -> bool:
    """Whether it is a file with the name of one. A pipe or a device would be read without end."""
    return path.name.endswith((".ndjson", ".ndjson.gz")) and path.is_file()


def ticker_in(path: Path) -> str:
    """Whose recording a file is, by its first message; "" when it has none. Raises TapeError."""
    return next((message.event.msg.market_ticker for _, message in _lines(path)), "")


def tape_of(ticker: str, files: Iterable[Path]) -> Tape:
    """The tape that a market's files make."""
    return Tape(ticker, tuple(sorted(files, key=lambda file: file.name)))


def fold(book: dict[LevelKey, int], message: TapeMessage) -> None:
    """Carry a message into a recorded book, level -> Count; a level of nothing is not in it."""
    if isinstance(message, Snapshot):
        book.clear()
        book.update((key, count) for key, count in message.levels.items() if count)
    elif isinstance(message, Delta):
        count = book.get(message.key, 0) + message.count
        if count > 0:
            book[message.key] = count
        else:
            book.pop(message.key, None)


def paired(messages: Iterable[TapeMessage], window: int = LOOKAHEAD) -> Iterator[Step]:
    """Each message with whether it took a traded count off the book.

    A trade message belongs to the one delta of the same ts_ms, level and size, which mostly stands before it
    and sometimes after: so messages are looked at `window` ahead.
    """
    ahead: deque[TapeMessage] = deque()
    prints: Counter[tuple[int, LevelKey, int]] = Counter()

    def release() -> Step:
        message = ahead.popleft()
        if isinstance(message, Delta) and message.count < 0:
            name = (message.ts_ms, message.key, -message.count)
            if prints[name] > 0:
                prints[name] -= 1
                return Step(message, True)
        return Step(message, False)

    for message in messages:
        ahead.append(message)
        if isinstance(message, Print):
            prints[message.ts_ms, message.key, message.count] += 1
        if len(ahead) > window:
            yield release()
    while ahead:
        yield release()


# --- lines ------------------------------------------------------------------------------------------


class _Body(msgspec.Struct):
    """The fields that count of the three kinds of message."""

    market_ticker: str
    ts_ms: _Ms = 0
    yes_dollars_fp: list[tuple[str, str]] = []
    no_dollars_fp: list[tuple[str, str]] = []
    side: str = ""
    price_dollars: str = ""
    delta_fp: str = ""
    yes_price_dollars: str = ""
    count_fp: str = ""
    taker_book_side: str = ""


class _Event(msgspec.Struct):
    type: str
    msg: _Body


class _Line(msgspec.Struct):
    recv_ms: _Ms
    event: _Event


_decoder = msgspec.json.Decoder(_Line)

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises; the last one when it nests without end."""


def _open(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            while line := file.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise TapeError(f"{path}: has a line of more than {LONGEST_LINE:,} bytes")
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise TapeError(f"{path}: {error}") from None


def _lines(path: Path) -> Iterator[tuple[int, _Line]]:
    for number, line in enumerate(_open(path), 1):
        try:
            yield number, _decoder.decode(line)
        except NOT_JSON as error:
            raise TapeError(f"{path}:{number}: {error}") from None


def _message(line: _Line) -> TapeMessage:
    body = line.event.msg
    match line.event.type:
        case "orderbook_delta":
            return Delta(body.ts_ms, _key(body.side, parse_price(body.price_dollars)), parse_count(body.delta_fp))
        case "trade":
            # A taker who bids takes from the orders for NO, and the other way round.
            side = BookSide.ASK if body.taker_book_side == "bid" else BookSide.BID
            level = LevelKey(side, _key("yes", parse_price(body.yes_price_dollars)).price)
            return Print(body.ts_ms, level, parse_count(body.count_fp))
        case "orderbook_snapshot":
            sides = (("yes", body.yes_dollars_fp), ("no", body.no_dollars_fp))
            levels: dict[LevelKey, int] = {}
            for outcome, rows in sides:
                for price, count in rows:
                    levels[_key(outcome, parse_price(price))] = parse_count(count)
            return Snapshot(line.recv_ms, levels)
        case other:
            raise UnitError(f"a tape has no {other!r} messages")


def _key(side: str, leg: int) -> LevelKey:
    """A level as the feed names it: NO prices are NO-leg. Raises UnitError."""
    if not 0 <= leg <= PAYOUT:
        raise UnitError(f"{leg} is no price")
    return LevelKey(BookSide.BID, leg) if side == "yes" else LevelKey(BookSide.ASK, PAYOUT - leg)
