"""Runs a FIX session script: what the client sends, what must come back, with a hand-held clock.

One line, one step; `|` stands for SOH.

    LOGON fields    the client logs on: 98=0, 108=30, 1137=9, a good signature, and the fields; `!98` leaves one out
    IN              LOGON 141=Y and its answer
    I fields        the client sends a message. BeginString, BodyLength, MsgSeqNum, CompIDs, SendingTime, CheckSum are
                    filled in unless given or left out (`!34`); `52=+31` and `122=-5` are seconds from now
    R text          the client sends these bytes
    E fields        the next message from us: MsgType and body just so; 34, 43, 122, 58 are looked at where given
    K fields        the same, whoever it is addressed to
    A fields        the next message handed to the venue has these fields
    N               nothing has come from us and nothing been handed over
    S fields        the venue sends an application message
    L text          the venue logs the client out
    T seconds       time passes
    TAKEN           the key has a live connection already
    D               the connection breaks; the client connects again with the next thing it sends
    X [reason]      the session has ended, for a reason that contains this

At the end everything must have been expected, and the session be open unless X said otherwise.
"""

from collections import deque

from wire.fix.codec import SOH, Framer, checksum, encode_fields
from wire.fix.logon import Logon
from wire.fix.message import Message, parse
from wire.fix.profiles import PROFILES
from wire.fix.session import Session
from wire.fix.session_events import Closed, SessionEvent
from wire.fix.store import MemoryStore, MessageStore
from wire.fix.timestamps import format_timestamp

KEY = "5bd3a0de-7ac3-4b69-9c0b-2e4e0e9e5c55"
START_US = 1_780_000_000_000_000

HEADER = ("8", "9", "35", "34", "49", "52", "56")
AUTOMATIC = {"8", "9", "10", "34", "49", "52", "56", "43", "122", "58"}


class FakePort:
    """Knows one key, whose signature over anything is `good`, and remembers what it was asked."""

    def __init__(self, store: MessageStore) -> None:
        self.store = store
        self.is_taken = False
        self.texts: list[str] = []

    def authenticate(self, key_id: str, signature: str, text: str) -> str:
        self.texts.append(text)
        if key_id != KEY:
            return "unknown key"
        return "" if signature == "good" else "signature is wrong"

    def claim(self, logon: Logon) -> MessageStore | str:
        return "already exists" if self.is_taken else self.store


class Script:
    """The running script: one client, one venue, the bytes between them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.now_us = START_US
        self.port = FakePort(MemoryStore(keeps=PROFILES[kind].resends))
        self.seq_num = 1
        self.sent: deque[dict[str, str]] = deque()
        self.handed: deque[dict[str, str]] = deque()
        self.closed: Closed | None = None
        self.events: list[SessionEvent] = []
        self.connect()

    def connect(self) -> None:
        self.session = Session(PROFILES, self.port, self.now_us)
        self.framer = Framer()
        self.closed = None
        self.is_away = False

    def run(self, text: str) -> None:
        for number, line in enumerate(text.strip().splitlines(), 1):
            verb, _, rest = line.strip().partition(" ")
            try:
                self.step(verb, rest.strip())
            except AssertionError as error:
                raise AssertionError(f"line {number}: {line.strip()}\n{error}") from error
        assert not self.sent, f"not expected: {list(self.sent)}"
        assert not self.handed, f"not expected to be handed over: {list(self.handed)}"

    def step(self, verb: str, rest: str) -> None:  # noqa: C901  # one case a verb
        match verb:
            case "LOGON":
                self.receive(self.build(log_on_line(rest)))
            case "IN":
                self.receive(self.build(log_on_line("141=Y")))
                self.expect("35=A|34=1|98=0|108=30|141=Y|1137=9")
            case "I":
                self.receive(self.build(rest))
            case "R":
                self.receive(rest.replace("|", SOH).encode("latin-1"))
            case "E":
                self.expect(rest)
            case "K":
                self.expect(rest, answers_as_addressed=False)
            case "A":
                assert self.handed, "nothing was handed over"
                assert pairs_of(rest).items() <= self.handed.popleft().items()
            case "N":
                assert not self.sent
                assert not self.handed
            case "S":
                fields = [(tag, value) for tag, value in pairs_of(rest).items() if tag != "35"]
                self.session.send(pairs_of(rest)["35"], encode_fields(fields), self.now_us)
                self.collect([])
            case "L":
                self.session.log_out(rest, self.now_us)
                self.collect([])
            case "T":
                self.pass_time(int(rest) * 1_000_000)
            case "D":
                self.collect(self.session.lost())
                self.is_away = True
            case "TAKEN":
                self.port.is_taken = True
            case "X":
                assert self.closed is not None, "the session is open"
                assert rest in self.closed.reason, self.closed.reason
            case _:
                raise ValueError(verb)

    def pass_time(self, us: int) -> None:
        """Stop at every deadline on the way, as an event loop would."""
        end = self.now_us + us
        while (deadline := self.session.next_deadline_us) is not None and deadline <= end:
            self.now_us = deadline
            self.collect(self.session.on_deadline(deadline))
        self.now_us = end

    def receive(self, data: bytes) -> None:
        if self.is_away:
            self.connect()
        self.collect(self.session.receive(data, self.now_us))

    def collect(self, events: list[SessionEvent]) -> None:
        for event in events:
            self.events.append(event)
            if isinstance(event, Message):
                self.handed.append(event.fields)
            elif isinstance(event, Closed):
                self.closed = event
        for frame in self.framer.feed(self.session.data_to_send()):
            assert isinstance(frame, bytes), frame
            self.sent.append(parse(frame).fields)
        assert self.framer.buffered == 0

    def expect(self, text: str, *, answers_as_addressed: bool = True) -> None:
        assert self.sent, "nothing was sent"
        fields = self.sent.popleft()
        wanted = pairs_of(text)
        for tag, value in wanted.items():
            if value.startswith(("+", "-")) and tag in ("52", "122"):
                wanted[tag] = format_timestamp(self.now_us + int(value) * 1_000_000)
        looked_at = {tag: value for tag, value in fields.items() if tag in wanted or tag not in AUTOMATIC}
        assert looked_at == wanted, f"got {fields}"
        if answers_as_addressed:
            assert (fields["49"], fields["56"]) == (self.kind, KEY)

    def build(self, text: str) -> bytes:
        given: list[tuple[str, str]] = []
        absent: set[str] = set()
        for field in text.split("|"):
            tag, equals, value = field.partition("=")
            if field.startswith("!"):
                absent.add(field[1:])
            elif tag in ("52", "122") and value[:1] in ("+", "-"):
                given.append((tag, format_timestamp(self.now_us + int(value) * 1_000_000)))
            else:
                given.append((tag, value if equals else ""))
        named = dict(given)
        header = {"34": str(self.seq_num), "49": KEY, "52": format_timestamp(self.now_us), "56": self.kind}
        fields = [(tag, named.get(tag, header.get(tag, ""))) for tag in HEADER[2:] if tag not in absent]
        extra = [pair for pair in given if pair[0] not in (*HEADER, "10")]
        if "34" not in absent and named.get("34", str(self.seq_num)).isdigit():
            self.seq_num = int(named.get("34") or self.seq_num) + 1
        body = "".join(f"{tag}={value}{SOH}" for tag, value in fields + extra).encode("latin-1")
        length = int(named["9"]) if "9" in named and named["9"][0] not in "+-" else len(body) + int(named.get("9", "0"))
        head = f"8={named.get('8', 'FIXT.1.1')}{SOH}9={length}{SOH}".encode()
        return head + body + f"10={named.get('10') or format(checksum(head + body), '03d')}{SOH}".encode()


def log_on_line(extra: str) -> str:
    """A Logon with the usual fields; the extra ones win."""
    fields = {"98": "0", "108": "30", "96": "good", "1137": "9"}
    absent = []
    for field in filter(None, extra.split("|")):
        if field.startswith("!"):
            fields.pop(field[1:], None)
            absent.append(field)
        else:
            tag, _, value = field.partition("=")
            fields[tag] = value
    return "|".join(["35=A", *(f"{tag}={value}" for tag, value in fields.items()), *absent])


def pairs_of(text: str) -> dict[str, str]:
    return dict(field.split("=", 1) for field in text.split("|"))
