"""Our tables against the published dictionary, tag by tag; where they differ the message pages win (K32)."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from wire.fix import tags
from wire.fix.dictionary import FIELDS, HEADER, MESSAGES, TRAILER, Member
from wire.fix.profiles import PROFILES, SessionKind

PUBLISHED = Path(__file__).resolve().parents[4].parent / "shared" / "kalshi" / "kalshi-fix-dictionary.xml"

NOT_USED = {"48"}
"""SecurityID is listed but in no message."""

OUR_KIND = {"526": "UUID", "20130": "UUID", "21009": "AMT"}


@pytest.fixture(scope="module")
def published() -> ET.Element:
    if not PUBLISHED.exists():
        pytest.skip("the published dictionary is not here")
    return ET.parse(PUBLISHED).getroot()


def all_tags(members: tuple[Member, ...]) -> set[str]:
    inner = [all_tags(member.group.members) for member in members if member.group]
    return {member.tag for member in members}.union(*inner)


def number_of(root: ET.Element) -> dict[str, str]:
    return {field.get("name", ""): field.get("number", "") for field in root.iterfind("fields/field")}


def test_every_published_field_is_known_by_name_and_type(published):
    for field in published.iterfind("fields/field"):
        tag = field.get("number", "")
        if tag in NOT_USED:
            continue
        assert FIELDS[tag].name == field.get("name")
        assert OUR_KIND.get(tag, field.get("type")) == FIELDS[tag].kind


def test_every_published_value_may_stand(published):
    for field in published.iterfind("fields/field"):
        tag = field.get("number", "")
        if tag in NOT_USED | {"35"}:
            continue
        values = {value.get("enum") for value in field.iterfind("value")}
        assert values <= {value for value, _ in FIELDS[tag].values}, tag


def test_every_published_message_has_its_published_fields(published):
    numbers = number_of(published)
    for message in published.iterfind("messages/message"):
        spec = MESSAGES[message.get("msgtype", "")]
        assert spec.name == message.get("name")
        assert spec.is_admin == (message.get("msgcat") == "admin")
        named = {numbers[element.get("name", "")] for element in message.iter() if element.tag in ("field", "group")}
        assert named <= all_tags(spec.members), spec.msg_type


def test_what_is_published_as_required_is_required(published):
    numbers = number_of(published)
    for message in published.iterfind("messages/message"):
        spec = MESSAGES[message.get("msgtype", "")]
        required = {numbers[e.get("name", "")] for e in message if e.get("required") == "Y"}
        assert required <= {member.tag for member in spec.members if member.required}, spec.msg_type


@pytest.mark.parametrize("msg_type", ["V", "W", "X", "Y", "e", "f"])
def test_market_data_is_there_though_not_published(msg_type):
    spec = MESSAGES[msg_type]
    assert spec.from_client | spec.from_venue == {SessionKind.MD}


@pytest.mark.parametrize(
    ("msg_type", "tag"),
    [("8", "30"), ("8", "21030"), ("8", "21031"), ("D", "100"), ("D", "21023"), ("A", "21027"), ("Z", "21023")],
)
def test_late_tags_are_there(msg_type, tag):
    assert tag in all_tags(MESSAGES[msg_type].members)


def test_every_constant_names_its_field():
    for name, tag in vars(tags).items():
        if name.isupper():
            assert name.replace("_", "") == FIELDS[tag].name.upper(), name


def test_every_msg_type_constant_names_its_message():
    for name, msg_type in vars(tags.MsgType).items():
        if name.isupper():
            assert name.replace("_", "") == MESSAGES[msg_type].name.upper()


def test_every_member_is_a_field():
    for spec in MESSAGES.values():
        assert all_tags(spec.members) <= FIELDS.keys()
    assert all_tags(HEADER + TRAILER) <= FIELDS.keys()


def test_only_rt_and_pt_resend_and_only_nr_and_rt_listen():
    assert {profile.kind for profile in PROFILES.values() if profile.resends} == {SessionKind.RT, SessionKind.PT}
    assert {profile.kind for profile in PROFILES.values() if profile.may_listen} == {SessionKind.NR, SessionKind.RT}


def test_the_ports_are_kalshis():
    ports = {profile.kind.name: profile.port for profile in PROFILES.values()}
    assert ports == {"NR": 8228, "DC": 8229, "RT": 8230, "PT": 8231, "RFQ": 8232, "MD": 8233}
