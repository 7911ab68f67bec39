"""Does a message keep to the dictionary? The first rule it breaks, as a Fault; and its repeating groups, read.

Knows the dictionary only: who may send what on which session and in which order is the session's business. The
common message, in a layout that was judged before, has its values judged and nothing else.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from wire.fix.dictionary import FIELDS, HEADER, MESSAGES, TRAILER, Field, Group, Member
from wire.fix.fault import Fault, Reason, session_fault
from wire.fix.message import Check, Layout, Message, Needed, learn_layout
from wire.fix.tags import BusinessRejectReason, MsgType
from wire.fix.timestamps import parse_timestamp

Entry = dict[str, "str | list[Entry]"]
"""One entry of a repeating group: tag -> value, and count tag -> entries of a group inside it."""

_HEADER_TAGS: Final = frozenset(member.tag for member in HEADER)
_TRAILER_TAGS: Final = frozenset(member.tag for member in TRAILER)

_CHECKED_BY_SESSION: Final = frozenset({"8", "9", "10", "34", "35", "49", "52", "56"})
"""The codec framed by 8 9 10 35, the session judges 34 49 52 56 before it asks about the rest."""

_PATTERNS: Final[dict[str, str]] = {
    "INT": r"-?\d{1,18}",
    "SEQNUM": r"\d{1,18}",
    "LENGTH": r"\d{1,18}",
    "NUMINGROUP": r"\d{1,6}",
    "QTY": r"-?(\d{1,15}(\.\d*)?|\.\d+)",
    "PRICE": r"-?(\d{1,15}(\.\d*)?|\.\d+)",
    "AMT": r"-?(\d{1,15}(\.\d*)?|\.\d+)",
    "CHAR": r"[ -~]",
    "BOOLEAN": r"[YN]",
    "UTCDATEONLY": r"\d{8}",
    "LOCALMKTDATE": r"\d{8}",
    "UTCTIMEONLY": r"\d\d:\d\d:\d\d(\.\d{1,12})?",
    "CURRENCY": r"[A-Z]{3}",
    "UUID": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}


def _check_of(field: Field) -> Check | None:
    """The check of a field's values; None for text, of which only emptiness is wrong."""
    pattern = _PATTERNS.get(field.kind)
    if pattern is None and field.kind != "UTCTIMESTAMP" and not field.values and field.most is None:
        return None
    is_shaped: Callable[[str], object] | None = re.compile(pattern, re.ASCII).fullmatch if pattern else None
    if field.kind == "UTCTIMESTAMP":

        def is_shaped(value: str) -> object:
            return parse_timestamp(value) is not None or None

    known = frozenset() if field.is_open else frozenset(value for value, _ in field.values)
    is_number = field.kind == "INT"
    is_list = field.kind == "MULTIPLEVALUESTRING"
    least, most = field.least, field.most

    def check(value: str) -> int | None:
        if known and value in known:
            return None
        if is_shaped is not None and not is_shaped(value):
            return Reason.INCORRECT_DATA_FORMAT
        if known and not (is_list and known.issuperset(value.split(" "))):
            return Reason.VALUE_INCORRECT
        size = int(value) if is_number else len(value)
        if (least is not None and size < least) or (most is not None and size > most):
            return Reason.VALUE_INCORRECT
        return None

    return check


_CHECKS: Final[dict[str, Check | None]] = {tag: _check_of(field) for tag, field in FIELDS.items()}

_REMEMBERED: Final = 1024
_REMEMBERED_LENGTH: Final = 24
"""How many values of one tag are remembered as good, and how long they are at most."""

_NEW_EACH_TIME: Final = frozenset({"STRING", "UUID", "UTCTIMESTAMP"})
"""Kinds of fields whose values are not remembered."""

_NEEDED: Final[dict[str, Needed]] = {
    tag: (check, None if FIELDS[tag].kind in _NEW_EACH_TIME else {})
    for tag, check in _CHECKS.items()
    if check is not None
}
"""What values of a tag need, and which have it."""


class _Rules:
    """What `find_fault` looks up for one message type, worked out once."""

    __slots__ = ("allowed", "checks", "group_tags", "groups", "required")

    def __init__(self, members: tuple[Member, ...]) -> None:
        self.required = frozenset(member.tag for member in members if member.required)
        self.groups = {member.tag: member.group for member in members if member.group}
        self.group_tags = frozenset(self.groups)
        tags = {member.tag for member in members} | _HEADER_TAGS | _TRAILER_TAGS
        self.allowed = frozenset(tags)
        self.checks = {tag: check for tag in tags - _CHECKED_BY_SESSION if (check := _CHECKS[tag]) is not None}


_RULES: Final = {msg_type: _Rules(spec.members) for msg_type, spec in MESSAGES.items()}


def find_fault(message: Message) -> Fault | None:
    """The first rule of the dictionary a message breaks. Its MsgType must be one of MESSAGES.

    Order: tags that are no tags or not this message's, repeated tags and groups, values, required tags, the order
    of header and trailer, tags required by circumstance.
    """
    layout = message.layout
    if layout is not None and message.ascii:
        # Its structure was judged when the layout was learned.
        return _find_value_fault(message, layout) or _circumstance(message)
    rules = _RULES[message.msg_type]
    fields = message.fields
    if len(fields) != message.count or not rules.group_tags.isdisjoint(fields):
        fault = _find_group_fault(message, rules)
        if fault is None:
            fault = _find_field_fault(message, rules, _outside_groups(message, rules))
        return fault or _circumstance(message)
    if not fields.keys() <= rules.allowed:
        return _tag_fault(next(tag for tag in fields if tag not in rules.allowed))
    fault = _find_field_fault(message, rules, fields.items())
    if fault is not None:
        return fault
    learn_layout(message, [_NEEDED[tag] if tag in rules.checks else None for tag in fields])
    return _circumstance(message)


def _find_value_fault(message: Message, layout: Layout) -> Fault | None:
    """What is wrong with a value that has not been seen to be good before."""
    values = message.values
    if message.unjudged is None or values is None:
        return None
    for place in message.unjudged:
        check, tag, value = layout.checks[place], layout.tags[place], values[place]
        assert check is not None, "what needs no check is not judged"
        reason = check(value)
        if reason is not None:
            return session_fault(reason, tag)
        known = layout.known[place]
        if known is not None and len(known) < _REMEMBERED and len(value) <= _REMEMBERED_LENGTH:
            known[f"{tag}={value}"] = value
    return None


def _find_field_fault(message: Message, rules: _Rules, body: Iterable[tuple[str, str]]) -> Fault | None:
    checks = rules.checks
    for tag, value in body:
        if not value:
            return session_fault(Reason.TAG_WITHOUT_VALUE, tag)
        check = checks.get(tag)
        if check is not None:
            reason = check(value)
            if reason is not None:
                return session_fault(reason, tag)
    if not message.ascii:
        for tag, value in message.pairs:
            if not value.isascii() and FIELDS[tag].kind != "DATA":
                return session_fault(Reason.INCORRECT_DATA_FORMAT, tag)
    if not rules.required <= message.fields.keys():
        missing = next(m.tag for m in MESSAGES[message.msg_type].members if m.required and m.tag not in message.fields)
        return session_fault(Reason.REQUIRED_TAG_MISSING, missing)
    return _order_fault(message)


def _order_fault(message: Message) -> Fault | None:
    """Header fields before body fields before trailer fields; within each any order will do (FIX: 14g, 15)."""
    pairs = message.pairs
    place = 3
    while pairs[place][0] in _HEADER_TAGS:
        place += 1
    for tag, _ in pairs[place:]:
        if tag in _HEADER_TAGS:
            return session_fault(Reason.TAG_OUT_OF_ORDER, tag)
    ending = len(pairs) - 1
    while pairs[ending][0] in _TRAILER_TAGS:
        ending -= 1
    for tag, _ in pairs[place : ending + 1]:
        if tag in _TRAILER_TAGS:
            return session_fault(Reason.TAG_OUT_OF_ORDER, tag)
    return None


def _tag_fault(tag: str) -> Fault:
    """What is wrong with a tag that is not the message's: no number, unknown, or of other messages."""
    if not (tag.isascii() and tag.isdigit() and len(tag) < 10) or tag[0] == "0":
        return session_fault(Reason.INVALID_TAG_NUMBER, tag)
    if tag not in FIELDS:
        return session_fault(Reason.UNDEFINED_TAG, tag)
    return session_fault(Reason.TAG_NOT_DEFINED_FOR_MESSAGE, tag)


# --- repeating groups ---------------------------------------------------------------------------------


def _find_group_fault(message: Message, rules: _Rules) -> Fault | None:
    """Walk the fields in order: every tag once, but in groups; every group with as many entries as it counts."""
    seen: set[str] = set()
    pairs = message.pairs
    at = 0
    while at < len(pairs):
        tag, value = pairs[at]
        if tag not in rules.allowed:
            # A member of a group that has no group around it is a tag of nothing here.
            return _tag_fault(tag)
        if tag in seen:
            return session_fault(Reason.TAG_APPEARS_MORE_THAN_ONCE, tag)
        seen.add(tag)
        group = rules.groups.get(tag)
        if group is None:
            at += 1
            continue
        if not value:
            return session_fault(Reason.TAG_WITHOUT_VALUE, tag)
        result = _read_group(pairs, at, group)
        if isinstance(result, Fault):
            return result
        _, at = result
    return None


def _outside_groups(message: Message, rules: _Rules) -> list[tuple[str, str]]:
    """The fields that are in no group; the groups' own have been judged."""
    found: list[tuple[str, str]] = []
    pairs = message.pairs
    at = 0
    while at < len(pairs):
        tag, value = pairs[at]
        found.append((tag, value))
        group = rules.groups.get(tag)
        result = None if group is None else _read_group(pairs, at, group)
        at = result[1] if isinstance(result, tuple) else at + 1
    return found


def _read_group(pairs: list[list[str]], at: int, group: Group) -> tuple[list[Entry], int] | Fault:
    """The entries behind the count at `at` and where they end, or the rule they break.

    An entry begins again at the tag the first one began with; inside an entry the order is free.
    """
    count_tag, count = pairs[at]
    if not (count.isascii() and count.isdigit() and len(count) < 7):
        return session_fault(Reason.INCORRECT_DATA_FORMAT, count_tag)
    at += 1
    entries: list[Entry] = []
    inner = {member.tag: member.group for member in group.members}
    start = pairs[at][0]
    if start in group.tags and start not in group.starts and int(count):
        return session_fault(Reason.GROUP_FIELDS_OUT_OF_ORDER, start)
    while at < len(pairs) and pairs[at][0] in group.tags:
        tag, value = pairs[at]
        if tag == start:
            if len(entries) == int(count):
                break
            entries.append({})
        entry = entries[-1]
        if tag in entry:
            return session_fault(Reason.TAG_APPEARS_MORE_THAN_ONCE, tag)
        if not value:
            return session_fault(Reason.TAG_WITHOUT_VALUE, tag)
        check = _CHECKS[tag]
        reason = check(value) if check else None
        if reason is not None:
            return session_fault(reason, tag)
        nested = inner[tag]
        if nested is None:
            entry[tag] = value
            at += 1
            continue
        result = _read_group(pairs, at, nested)
        if isinstance(result, Fault):
            return result
        entry[tag], at = result
    if len(entries) != int(count):
        return session_fault(Reason.GROUP_COUNT_INCORRECT, count_tag)
    for member in group.members:
        if member.required and any(member.tag not in entry for entry in entries):
            return session_fault(Reason.REQUIRED_TAG_MISSING, member.tag)
    return entries, at


def read_group(message: Message, count_tag: str) -> list[Entry]:
    """The entries of a group of the message's body; none when it is not there. The message must be valid."""
    at = next((place for place, pair in enumerate(message.pairs) if pair[0] == count_tag), None)
    if at is None:
        return []
    group = _RULES[message.msg_type].groups[count_tag]
    result = _read_group(message.pairs, at, group)
    assert not isinstance(result, Fault)
    return result[0]


# --- tags required by circumstance ----------------------------------------------------------------------


def _missing(fields: Mapping[str, str], *tags: str) -> str:
    """The first of the tags that is not there, "" if all are."""
    return next((tag for tag in tags if tag not in fields), "")


def _missing_of_new_order(message: Message) -> str:
    if message.get("59") == "6":
        return _missing(message.fields, "126")
    return ""


def _missing_of_market_data_request(message: Message) -> str:
    """A snapshot or a subscription of no market at all would never be answered."""
    return "146" if message["263"] in "01" and not read_group(message, "146") else ""


def _missing_of_order_group_request(message: Message) -> str:
    """FIX/order-groups, fields by action: create wants a limit, update both, the rest the id."""
    needed = {"1": ("20132",), "5": ("20130", "20132")}
    return _missing(message.fields, *needed.get(message["20131"], ("20130",)))


def _missing_of_quote_request(message: Message) -> str:
    entries = read_group(message, "146")
    if len(entries) != 1 or ("38" not in entries[0] and "152" not in entries[0]):
        return "38"
    if "20180" in message.fields:
        return _missing(message.fields, "20181")
    return _missing(entries[0], "55")  # type: ignore[arg-type]  # only its keys are looked at


def _missing_of_quote(message: Message) -> str:
    return "" if "132" in message.fields or "133" in message.fields else "132"


def _missing_of_rfq_cancel(message: Message) -> str:
    return "" if "131" in message.fields or "21023" in message.fields else "131"


def _missing_of_parties(message: Message) -> str:
    """PartyRole goes with PartyID everywhere but in the RFQ that makers are shown."""
    return "452" if "448" in message.fields and "452" not in message.fields else ""


_CIRCUMSTANCES: Final[dict[str, Callable[[Message], str]]] = {
    MsgType.NEW_ORDER_SINGLE: _missing_of_new_order,
    MsgType.MARKET_DATA_REQUEST: _missing_of_market_data_request,
    MsgType.ORDER_GROUP_REQUEST: _missing_of_order_group_request,
    MsgType.QUOTE_REQUEST: _missing_of_quote_request,
    MsgType.QUOTE: _missing_of_quote,
    MsgType.RFQ_CANCEL: _missing_of_rfq_cancel,
}


def _circumstance(message: Message) -> Fault | None:
    """Tags marked C on the message pages: 35=j with 380=5."""
    find = _CIRCUMSTANCES.get(message.msg_type)
    tag = find(message) if find else ""
    if not tag and message.get("448") is not None and message.msg_type != MsgType.QUOTE_REQUEST:
        tag = _missing_of_parties(message)
    if not tag:
        return None
    text = f"Conditionally required field missing: {FIELDS[tag].name} ({tag})"
    return Fault(BusinessRejectReason.CONDITIONALLY_REQUIRED_FIELD_MISSING, tag, text, is_business=True)
