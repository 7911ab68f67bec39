"""One received message: its fields, and how they are read.

Knows tag=value syntax and nothing of what tags mean; repeating groups are the dictionary's (wire/fix/validation.py).
Text is latin-1 inside, one character a byte, so whatever came in can be echoed. Most of what a client sends looks like
what it sent before: a layout is what is known of that.
"""

from collections.abc import Callable, Sequence
from typing import Final

from mypy_extensions import mypyc_attr

from wire.fix.codec import SOH

_DATA_AFTER_LENGTH: Final = {"95": "96", "93": "89"}
"""Length fields and the data fields that follow them; only these data may hold SOH."""


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
