"""Bytes to FIX messages and back: framing of a stream, splitting into fields, checksum, encoding.

Knows tag=value syntax and nothing of what tags mean; repeating groups are the dictionary's
(wire/fix/validation.py). Text is latin-1 inside, one character a byte, so whatever came in can be echoed.

Garbled input (FIXT 1.1, "garbled message": BeginString, BodyLength, MsgType not the first three fields in
this order, a BodyLength that does not lead to the CheckSum, a CheckSum that is wrong) is dropped without an
answer and without counting its number; reading goes on at the next `8=FIX`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from zlib import adler32

from mypy_extensions import mypyc_attr

from wire.fix.garbled import Garbled

BEGIN_STRING: Final = "FIXT.1.1"
SOH: Final = "\x01"

MAX_BODY_LENGTH: Final = 1_048_576
"""No message is longer: 10,000 symbols of a MarketDataRequest fit, 100 letters each. Bounds what one connection can
make us keep."""

_MARK: Final = b"8=FIX"
_HEAD: Final = re.compile(rb"8=(FIX[^\x01]{0,12})\x019=(\d{1,7})\x01")
_USUAL_HEAD: Final = b"8=FIXT.1.1\x019="
_LENGTH_DIGITS: Final = 7
_ZERO: Final = 0x30
_NINE: Final = 0x39
_EQUALS: Final = 0x3D
_HEAD_MAX: Final = 32
"""Bytes within which a head is complete: 2 + 15 + 1 + 2 + 7 + 1, and some."""

_TRAILER: Final = 7
"""`10=ddd` and SOH."""

_HEAD_START: Final = re.compile(rb"8(=(F(I(X[^\x01]{0,12}(\x01(9(=\d{0,7})?)?)?)?)?)?)?")
"""A head of which more may come."""

_NEXT_MESSAGE: Final = re.compile(rb"\x0110=\d{3}\x018=FIX")
_NEXT_MESSAGE_LENGTH: Final = 13
"""The end of one message and the start of another: nothing a body can hold."""

_DATA_AFTER_LENGTH: Final = {"95": "96", "93": "89"}
"""Length fields and the data fields that follow them; only these data may hold SOH."""

_SAFE_SUM: Final = 256
_SAFE_ASCII_SUM: Final = 515
"""How many bytes adler32's low half can add up before it wraps at 65,521: 255 x 256 and 127 x 515 stay below."""

_adler32: Final = adler32
"""For the compiled path: what a module imports is found by its name each time, this is not."""


class Wanted:
    """Tags that a reader asks of a message together. Made once, not for each message: layouts know them by identity."""

    __slots__ = ("tags",)

    def __init__(self, *tags: str) -> None:
        self.tags = tags


@mypyc_attr(acyclic=True)
class Message:
    """One received message.

    `fields` are its fields by tag, the last of a repeated tag wins; `count` is how many there are with repetitions.
    `pairs` are all of them in order, from BeginString to CheckSum, as [tag, value]. `ascii` is False when some value
    is not plain ASCII. Of a message in a layout that is known, `values` are its values in that order, without those
    that the framer has judged (8 9 35 10), and `unjudged` the places of those that need a check and have not passed it
    before.
    """

    __slots__ = ("_fields", "_pairs", "_text", "ascii", "begin_string", "layout", "msg_type", "unjudged", "values")

    def __init__(
        self,
        text: str,
        begin_string: str,
        msg_type: str,
        layout: "Layout | None" = None,
        values: list[str] | None = None,
        unjudged: list[int] | None = None,
        pairs: list[list[str]] | None = None,
    ) -> None:
        self.begin_string = begin_string
        self.msg_type = msg_type
        self.ascii = text.isascii()
        self.layout = layout
        """The layout it came in, when that is known: no tag twice, no value empty."""
        self.values = values
        self.unjudged = unjudged
        self._text = text
        self._pairs = pairs
        self._fields: dict[str, str] | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Made when somebody asks: most messages are done with what was picked."""
        if self._fields is None:
            self._fields = self._read() if self._pairs is None else dict(self._pairs)
        return self._fields

    def _read(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        for item in self._text[:-1].split(SOH):
            equals = item.find("=")
            if equals < 0:
                fields[item] = ""
            else:
                fields[item[:equals]] = item[equals + 1 :]
        return fields

    @property
    def pairs(self) -> list[list[str]]:
        """Split again when somebody asks."""
        if self._pairs is None:
            items = self._text[:-1].split(SOH)
            self._pairs = [[tag, value] for tag, _, value in (item.partition("=") for item in items)]
        return self._pairs

    @property
    def count(self) -> int:
        return len(self.pairs)

    def pick(self, wanted: Wanted) -> list[str | None]:
        """The values of these tags, in their order; None for one that is not there."""
        layout, values = self.layout, self.values
        if layout is None or values is None:
            fields = self.fields
            return [fields.get(tag) for tag in wanted.tags]
        return [values[place] if place >= 0 else None for place in layout.places_of(wanted)]

    def __getitem__(self, tag: str) -> str:
        value = self.get(tag)
        if value is None:
            raise KeyError(tag)
        return value

    def get(self, tag: str) -> str | None:
        if self.layout is None or self.values is None:
            return self.fields.get(tag)
        place = self.layout.places.get(tag)
        if place is None:
            return None
        return self.values[place] or self.fields[tag]

    def flag(self, tag: str) -> bool:
        """Whether a Boolean field is there and Y."""
        return self.get(tag) == "Y"

    def __repr__(self) -> str:
        return f"Message({'|'.join('='.join(pair) for pair in self.pairs)})"


def checksum(data: bytes) -> int:
    """The sum of all bytes modulo 256. adler32 does the adding in C: its low half is the sum plus 1, modulo 65,521."""
    size = len(data)
    if size <= _SAFE_SUM or (size <= _SAFE_ASCII_SUM and data.isascii()):
        return (_adler32(data) - 1) & 0xFF
    step = _SAFE_ASCII_SUM if data.isascii() else _SAFE_SUM
    return sum((_adler32(data[at : at + step]) & 0xFFFF) - 1 for at in range(0, size, step)) & 0xFF


class Framer:
    """Cuts a byte stream into messages, across any split of the bytes."""

    __slots__ = ("_rest", "_searched")

    def __init__(self) -> None:
        self._rest = b""
        self._searched = 0

    @property
    def buffered(self) -> int:
        """Bytes kept for later."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        """Take bytes; the whole messages they complete, each checked, and a Garbled for each stretch dropped."""
        buffer = self._rest + data if self._rest else data
        found: list[bytes | Garbled] = []
        searched, self._searched = self._searched, 0
        at, size = 0, len(buffer)
        while at < size:
            fault: str | None
            body, length = _body_of(buffer, at)
            if not body:
                if size - at < _HEAD_MAX and _HEAD_START.fullmatch(buffer, at):
                    break
                fault = "no BeginString and BodyLength where a message should start"
            else:
                end = body + length + _TRAILER
                if end - body > MAX_BODY_LENGTH:
                    fault = "BodyLength too large"
                elif end <= size:
                    fault = _fault(buffer, at, body, end)
                    if fault is None:
                        found.append(buffer[at:end])
                        at, searched = end, 0
                        continue
                elif _NEXT_MESSAGE.search(buffer, max(body - 1, searched)):
                    fault = "BodyLength too long"
                else:
                    # What has been searched need not be searched again when the next bytes come.
                    self._searched = max(0, size - at - _NEXT_MESSAGE_LENGTH)
                    break
            if not (found and isinstance(found[-1], Garbled)):
                found.append(Garbled(fault))
            at, searched = _next_mark(buffer, at + 1), 0
        self._rest = buffer[at:]
        return found


def _body_of(buffer: bytes, at: int) -> tuple[int, int]:
    """Where the body of the message starts whose head is at `at`, and its BodyLength; (0, 0) when there is no head."""
    place = at + len(_USUAL_HEAD)
    if buffer[at:place] == _USUAL_HEAD:
        # Byte by byte: a number of three digits is read before a search has begun.
        end, length = min(place + _LENGTH_DIGITS, len(buffer) - 1), 0
        while place < end and _ZERO <= buffer[place] <= _NINE:
            length = 10 * length + buffer[place] - _ZERO
            place += 1
        if place < len(buffer) and buffer[place] == 1 and buffer[place - 1] != _EQUALS:
            return place + 1, length
        return 0, 0
    head = _HEAD.match(buffer, at)
    return (0, 0) if head is None else (head.end(), int(head[2]))


def _next_mark(buffer: bytes, at: int) -> int:
    """Where the next message may start: a mark, or the start of one at the very end."""
    mark = buffer.find(_MARK, at)
    if mark >= 0:
        return mark
    size = len(buffer)
    return next((size - n for n in range(len(_MARK) - 1, 0, -1) if buffer.endswith(_MARK[:n]) and size - n >= at), size)


_CHECK_SUMS: Final = tuple(b"10=%03d\x01" % value for value in range(256))


def _fault(buffer: bytes, start: int, body: int, end: int) -> str | None:
    """What is wrong with a frame whose head was right; None if nothing."""
    trailer = end - _TRAILER
    if buffer[trailer:end] == _CHECK_SUMS[checksum(buffer[start:trailer])] and buffer[trailer - 1] == 1:
        return None if buffer[body : body + 3] == b"35=" else "MsgType is not the third field"
    if buffer[trailer - 1] != 1 or buffer[trailer : trailer + 3] != b"10=" or buffer[end - 1] != 1:
        return "BodyLength does not lead to the CheckSum"
    return "CheckSum is wrong"


Check = Callable[[str], int | None]
"""Judges a value: None when it may stand, else the SessionRejectReason."""

Known = dict[str, str]
"""Items (`tag=value`) of one tag that are good, and their values: prices, sizes and sides come again and again."""

Needed = tuple[Check, Known | None]
"""The check that values of a tag need, and what has passed it; None for a tag whose values are new each time."""


class Layout:
    """A sequence of tags that messages of one type come in, and the checks that their values need (validation.py).

    Most fields of a message are those of the one before it; only what differs is looked at.
    """

    __slots__ = ("_before", "_picked", "_starts", "_values", "checks", "known", "places", "tags")

    def __init__(self, tags: list[str], needed: Sequence[Needed | None]) -> None:
        self.tags = tags
        self.checks = [None if need is None else need[0] for need in needed]
        """Of each place; None where any value may stand, or the session judges it."""
        self.known = [None if need is None else need[1] for need in needed]
        self.places = {tag: place for place, tag in enumerate(tags)}
        self._picked: dict[Wanted, list[int]] = {}
        self._starts = [f"{tag}=" for tag in tags]
        self._before = [SOH] * len(tags)
        """The last message's items that were good, or need not be; before there was one, what no item can be."""
        self._values = [""] * len(tags)

    def read(self, text: str, begin_string: str, msg_type: str, items: list[str]) -> Message | None:
        """A message that was cut at every SOH; None when it has other tags, or an empty value."""
        count = len(self.tags)
        if len(items) != count + 1 or items[count]:
            return None
        before, last = self._before, self._values
        unjudged: list[int] | None = None
        fresh: list[str] = []
        # The framer has judged what stands before and behind.
        for place in range(3, count - 1):
            item = items[place]
            if item == before[place]:
                continue
            known = self.known[place]
            value = None if known is None else known.get(item)
            if value is None:
                start = self._starts[place]
                if len(item) == len(start) or not item.startswith(start):
                    return None
                value = item[len(start) :]
                if self.checks[place] is not None:
                    if unjudged is None:
                        unjudged = []
                    unjudged.append(place)
                    fresh.append(value)
                    continue
            before[place], last[place] = item, value
        values = last.copy()
        if unjudged is not None:
            for number, place in enumerate(unjudged):
                values[place] = fresh[number]
        return Message(text, begin_string, msg_type, self, values, unjudged)

    def places_of(self, wanted: Wanted) -> list[int]:
        """Where these tags stand; -1 for one that messages of this layout do not have."""
        picked = self._picked.get(wanted)
        if picked is None:
            picked = self._picked[wanted] = [self.places.get(tag, -1) for tag in wanted.tags]
        return picked


_LAYOUTS: dict[str, list[Layout]] = {}
"""Known layouts by MsgType: a client's messages of one type look alike."""

_MAX_LAYOUTS: Final = 8
"""Layouts of one type that are known; who shuffles his tags is read and judged field by field."""


def learn_layout(message: Message, needed: Sequence[Needed | None]) -> None:
    """Have messages with these tags in this order read and judged faster from now on. This one keeps to the dictionary:
    every tag is one and is there once, no value is empty; and there are no data fields, which may hold SOH.
    """
    layouts = _LAYOUTS.setdefault(message.msg_type, [])
    if message.layout is None and len(layouts) < _MAX_LAYOUTS and _DATA_AFTER_LENGTH.keys().isdisjoint(message.fields):
        tags = list(message.fields)
        # What came together with the first of its kind was read before that was known.
        if all(layout.tags != tags for layout in layouts):
            layouts.append(Layout(tags, needed))


def parse(frame: bytes) -> Message:
    """Split a frame into fields. A field without `=` counts as a tag without a value."""
    text = frame.decode("latin-1")
    items = text.split(SOH)
    begin_string, msg_type = items[0][2:], items[2][3:]
    layouts = _LAYOUTS.get(msg_type)
    if layouts is not None:
        for layout in layouts:
            known = layout.read(text, begin_string, msg_type, items)
            if known is not None:
                return known
    holds_data = "\x0195=" in text or "\x0193=" in text
    return Message(text, begin_string, msg_type, pairs=_split_around_data(text) if holds_data else None)


def _split_around_data(text: str) -> list[list[str]]:
    """Fields of a message with data fields: those are read by their length, if it ends where a field may end."""
    pairs: list[list[str]] = []
    at, size = 0, len(text)
    data_tag, data_size = "", 0
    while at < size:
        equals = text.find("=", at)
        soh = text.find(SOH, at)
        if equals < 0 or equals > soh:
            pairs.append([text[at:soh], ""])
            at = soh + 1
            continue
        tag = text[at:equals]
        if tag == data_tag and text[equals + 1 + data_size : equals + 2 + data_size] == SOH:
            soh = equals + 1 + data_size
        value = text[equals + 1 : soh]
        pairs.append([tag, value])
        data_tag = _DATA_AFTER_LENGTH.get(tag, "")
        data_size = int(value) if data_tag and value.isascii() and value.isdigit() and len(value) < 7 else 0
        at = soh + 1
    return pairs


def encode_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Body fields as bytes, each ended by SOH. No value may hold SOH; what is not latin-1 becomes `?`."""
    return "".join([f"{tag}={value}\x01" for tag, value in fields]).encode("latin-1", "replace")


def encode_group(count_tag: str, entries: Sequence[Iterable[tuple[str, str]]]) -> bytes:
    """A repeating group: its count, then the fields of each entry; nothing for no entries."""
    if not entries:
        return b""
    return b"%b=%d\x01" % (count_tag.encode(), len(entries)) + b"".join([encode_fields(entry) for entry in entries])


def frame_message(content: bytes) -> bytes:
    """Put BeginString and BodyLength before, CheckSum behind `content`, which runs from `35=` to the last SOH."""
    return frame_parts("", content)


def frame_parts(header: str, body: bytes) -> bytes:
    """A whole message of what runs from `35=` to the last SOH: its header, in latin-1, and its body."""
    content = f"8=FIXT.1.1\x019={len(header) + len(body)}\x01{header}".encode("latin-1") + body
    return content + _CHECK_SUMS[checksum(content)]


class Heads:
    """The headers of what one side of a session sends: the same each time but for number and time."""

    __slots__ = ("_comp_ids", "_starts")

    def __init__(self, sender: str, target: str) -> None:
        self._comp_ids = f"49={sender}\x0156={target}"
        self._starts: dict[str, str] = {}

    def message(self, msg_type: str, seq_num: int, sending_time: str, body: bytes) -> bytes:
        """A whole message; `sending_time` is the whole field."""
        start = self._starts.get(msg_type)
        if start is None:
            start = self._starts[msg_type] = f"35={msg_type}\x01{self._comp_ids}\x0134="
        return frame_parts(f"{start}{seq_num}\x01{sending_time}", body)


def encode_message(
    msg_type: str, sender: str, target: str, seq_num: int, sending_time: str, body: bytes = b"", duplicate_of: str = ""
) -> bytes:
    """A whole message. `duplicate_of` is the first SendingTime of a message sent again (43=Y, 122)."""
    again = f"43=Y\x01122={duplicate_of}\x01" if duplicate_of else ""
    return frame_parts(
        f"35={msg_type}\x0149={sender}\x0156={target}\x0134={seq_num}\x01{again}52={sending_time}\x01", body
    )
