from xml.etree import ElementTree as ET

import pytest

from wire.fix.dictionary import MESSAGES
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary


@pytest.fixture(params=[transport_dictionary, application_dictionary], ids=["transport", "application"])
def root(request) -> ET.Element:
    return ET.fromstring(request.param())


def test_every_field_that_is_named_is_listed_once(root):
    listed = [field.get("name") for field in root.iterfind("fields/field")]
    assert len(listed) == len(set(listed))
    named = {e.get("name") for part in ("header", "trailer", "messages") for e in root.find(part).iter("field")}
    named |= {group.get("name") for group in root.iter("group")}
    assert named == set(listed)


def test_no_message_names_a_field_twice(root):
    for message in root.iterfind("messages/message"):
        names = [e.get("name") for e in message if e.tag in ("field", "group")]
        assert len(names) == len(set(names)), message.get("name")


def test_the_two_files_have_every_message_between_them():
    roots = [ET.fromstring(text) for text in (transport_dictionary(), application_dictionary())]
    printed = [message.get("msgtype") for root in roots for message in root.iterfind("messages/message")]
    assert sorted(printed) == sorted(MESSAGES)


def test_the_transport_knows_the_types_of_application_messages():
    root = ET.fromstring(transport_dictionary())
    field = next(field for field in root.iterfind("fields/field") if field.get("number") == "35")
    assert {value.get("enum") for value in field.iterfind("value")} == set(MESSAGES)


def test_a_group_of_a_group_is_inside_it():
    root = ET.fromstring(application_dictionary())
    report = next(m for m in root.iterfind("messages/message") if m.get("msgtype") == "UMS")
    party = next(group for group in report.iterfind("group") if group.get("name") == "NoMarketSettlementPartyIDs")
    assert [group.get("name") for group in party.iterfind("group")] == ["NoCollateralAmountChanges", "NoMiscFees"]


def test_types_are_types_quickfix_has(root):
    known = "AMT BOOLEAN CHAR CURRENCY DATA EXCHANGE INT LENGTH LOCALMKTDATE MULTIPLEVALUESTRING NUMINGROUP PRICE QTY"
    known += " SEQNUM STRING UTCDATEONLY UTCTIMEONLY UTCTIMESTAMP"
    assert {field.get("type") for field in root.iterfind("fields/field")} <= set(known.split())
