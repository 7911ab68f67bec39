"""Prints the dictionary as the XML that QuickFIX engines read.

FIXT sessions load two files: the transport's (header, trailer, admin messages: `TransportDataDictionary`) and the
application's (`AppDataDictionary`). Each lists the fields it uses, and nothing it does not: QuickFIX refuses a
field that is listed twice or named without being listed.
"""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from wire.fix.dictionary import FIELDS, HEADER, MESSAGES, TRAILER, Field, Member, MessageSpec

_KINDS = {"UUID": "STRING"}
"""Types of ours that QuickFIX does not know."""


def transport_dictionary() -> str:
    """FIXT.1.1: header, trailer and session messages."""
    return _document("FIXT", (1, 1, 0), HEADER, TRAILER, [spec for spec in MESSAGES.values() if spec.is_admin])


def application_dictionary() -> str:
    """FIX50SP2: every business message of Kalshi's."""
    return _document("FIX", (5, 0, 2), (), (), [spec for spec in MESSAGES.values() if not spec.is_admin])


def _document(
    kind: str,
    version: tuple[int, int, int],
    header: tuple[Member, ...],
    trailer: tuple[Member, ...],
    messages: list[MessageSpec],
) -> str:
    major, minor, servicepack = version
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<fix type="{kind}" major="{major}" minor="{minor}" servicepack="{servicepack}">',
        *_section("header", _members(header, "    ")),
        *_section("trailer", _members(trailer, "    ")),
        "  <messages>",
    ]
    for spec in messages:
        category = "admin" if spec.is_admin else "app"
        lines.append(f'    <message name="{spec.name}" msgtype="{spec.msg_type}" msgcat="{category}">')
        lines += _members(spec.members, "      ")
        lines.append("    </message>")
    lines += ["  </messages>", "  <components/>", "  <fields>"]
    used = _tags_of([*header, *trailer, *(member for spec in messages for member in spec.members)])
    for tag in sorted(used, key=int):
        lines += _field(FIELDS[tag])
    return "\n".join([*lines, "  </fields>", "</fix>", ""])


def _section(name: str, lines: list[str]) -> list[str]:
    return [f"  <{name}>", *lines, f"  </{name}>"] if lines else [f"  <{name}/>"]


def _members(members: Iterable[Member], indent: str) -> list[str]:
    """A tag that stands in a message and in one of its groups is printed in the group, where it belongs."""
    members = tuple(members)
    in_groups = _tags_of(member for group in members if group.group for member in group.group.members)
    lines = []
    for member in members:
        name, required = FIELDS[member.tag].name, "Y" if member.required else "N"
        if member.group is not None:
            lines.append(f'{indent}<group name="{name}" required="{required}">')
            lines += _members(member.group.members, indent + "  ")
            lines.append(f"{indent}</group>")
        elif member.tag not in in_groups:
            lines.append(f'{indent}<field name="{name}" required="{required}"/>')
    return lines


def _field(field: Field) -> list[str]:
    kind = _KINDS.get(field.kind, field.kind)
    values = field.values
    if field.tag == "35":
        # The transport's file judges the header of application messages too.
        values = tuple((spec.msg_type, _upper(spec.name)) for spec in MESSAGES.values())
    start = f'    <field number="{field.tag}" name="{field.name}" type="{kind}"'
    if not values or field.is_open:
        return [f"{start}/>"]
    lines = [f"{start}>"]
    lines += [f"      <value enum={quoteattr(value)} description={quoteattr(words)}/>" for value, words in values]
    return [*lines, "    </field>"]


def _tags_of(members: Iterable[Member]) -> set[str]:
    tags: set[str] = set()
    for member in members:
        tags.add(member.tag)
        if member.group is not None:
            tags |= _tags_of(member.group.members)
    return tags


def _upper(name: str) -> str:
    """NewOrderSingle -> NEW_ORDER_SINGLE."""
    return "".join(
        f"_{c}" if c.isupper() and i and not name[i - 1].isupper() else c for i, c in enumerate(name)
    ).upper()
