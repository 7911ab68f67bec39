import pytest

from wire.fix.codec import SOH, encode_message
from wire.fix.message import Message, parse
from wire.fix.validation import find_fault, read_group

ORDER = "11=a|38=10|40=2|44=55|54=1|55=FED-1"
GROUP_ID = "770e8400-e29b-41d4-a716-446655440002"


def message(msg_type: str, body: str) -> Message:
    text = body.replace("|", SOH) + SOH if body else ""
    return parse(encode_message(msg_type, "me", "KalshiRT", 2, "20260601-12:00:00.000", text.encode("latin-1")))


def fault(msg_type: str, body: str) -> tuple[int, str, bool] | None:
    found = find_fault(message(msg_type, body))
    return None if found is None else (found.reason, found.tag, found.is_business)


@pytest.mark.parametrize(
    ("msg_type", "body"),
    [
        ("D", ORDER),
        ("D", f"{ORDER}|59=6|126=20260601-13:00:00"),
        ("D", f"{ORDER}|453=1|448=me|452=24|79=3"),
        ("D", f"{ORDER}|60=20260601-12:00:00.000000"),
        ("G", "11=b|41=a|38=5|40=2|54=1|55=FED-1"),
        ("F", "11=b|41=a|54=1|55=FED-1|100=-1"),
        ("q", "11=c|530=6"),
        ("UOG", "20131=1|20132=5000"),
        ("UOG", f"20131=2|20130={GROUP_ID}"),
        ("UOG", f"20131=5|20130={GROUP_ID}|20132=2500"),
        ("V", "263=0|146=2|55=A|55=B"),
        ("V", "263=2"),
        ("V", "263=7|146=1|55=A"),
        ("R", "131=r|146=1|55=A|38=100"),
        ("R", "131=r|146=1|38=100|20180=P|20181=2|20182=E1|20183=M1|20184=yes|20182=E2|20183=M2|20184=no"),
        ("R", "131=r|146=1|38=100|21016=Y|453=1|448=s|452=24|20180=P|20181=1|20182=E|20183=M|20184=yes"),
        ("R", "131=r|146=1|55=A|38=1|79=0|21016=Y"),
        ("S", "117=q|131=r|55=A|132=75|133=25"),
        ("UE", "21023=x"),
        ("UA", "117=q|54=1"),
    ],
)
def test_documented_messages_pass(msg_type, body):
    assert fault(msg_type, body) is None
    assert fault(msg_type, body) is None, "and pass again once their shape is known"


@pytest.mark.parametrize(
    ("msg_type", "body", "reason", "tag"),
    [
        ("D", f"{ORDER}|x=1", 0, "x"),
        ("D", f"{ORDER}|-5=1", 0, "-5"),
        ("D", f"{ORDER}|=1", 0, ""),
        ("D", ORDER.replace("11=a|", ""), 1, "11"),
        ("D", f"{ORDER}|131=r", 2, "131"),
        ("D", f"{ORDER}|9999=1", 3, "9999"),
        ("D", f"{ORDER}|59=", 4, "59"),
        ("D", f"{ORDER}|59=2", 5, "59"),
        ("D", f"{ORDER}|18=6 7", 5, "18"),
        ("D", f"{ORDER}|100=-2", 5, "100"),
        ("D", ORDER.replace("11=a", "11=" + "a" * 65), 5, "11"),
        ("D", f"{ORDER}|526=none", 6, "526"),
        ("D", ORDER.replace("44=55", "44=5,5"), 6, "44"),
        ("D", ORDER.replace("44=55", "44=\u0665"), 6, "44"),
        ("D", f"{ORDER}|21006=yes", 6, "21006"),
        ("D", f"{ORDER}|79=x", 6, "79"),
        ("D", f"{ORDER}|38=11", 13, "38"),
        ("D", f"{ORDER}|97=Y", 14, "97"),
        ("D", f"{ORDER}|453=1|452=24|448=me", 15, "452"),
        ("D", f"{ORDER}|453=2|448=me|452=24", 16, "453"),
        ("D", f"{ORDER}|453=x|448=me|452=24", 6, "453"),
        ("D", f"{ORDER}|453=1|448=me|452=24|452=24", 13, "452"),
        ("D", f"{ORDER}|453=1|448=me|452=99", 5, "452"),
        ("D", f"{ORDER}|453=1|448=|452=24", 4, "448"),
        ("V", "263=1|146=|55=A", 4, "146"),
        ("V", "263=1|146=0|55=A", 2, "55"),
        ("UOG", "20131=1|20132=0", 5, "20132"),
        ("UOG", "20131=6|20132=1", 5, "20131"),
        ("R", "131=r|146=1|55=A|38=1|20181=1|20182=E|20184=yes", 1, "20183"),
    ],
)
def test_the_rule_that_is_broken_is_named(msg_type, body, reason, tag):
    body = body.encode("utf-8").decode("latin-1")
    assert fault(msg_type, body) == (reason, tag, False)


@pytest.mark.parametrize(
    ("msg_type", "body", "tag"),
    [
        ("D", f"{ORDER}|59=6", "126"),
        ("V", "263=1", "146"),
        ("V", "263=0|146=0", "146"),
        ("UOG", "20131=1", "20132"),
        ("UOG", "20131=2", "20130"),
        ("UOG", f"20131=5|20130={GROUP_ID}", "20132"),
        ("R", "131=r|146=1|55=A", "38"),
        ("R", "131=r|146=1|38=1", "55"),
        ("R", "131=r|146=1|38=1|20180=C", "20181"),
        ("S", "117=q|131=r|55=A", "132"),
        ("UE", "453=1|448=me|452=24", "131"),
    ],
)
def test_a_tag_that_circumstances_require_is_missing_for_business(msg_type, body, tag):
    assert fault(msg_type, body) == (5, tag, True)


def test_a_known_shape_still_has_its_values_judged():
    assert fault("D", ORDER) is None
    assert fault("D", ORDER.replace("54=1", "54=3")) == (5, "54", False)
    assert fault("D", ORDER.replace("55=FED-1", "55=")) == (4, "55", False)
    assert fault("D", ORDER.replace("11=a", "11=é")) == (6, "11", False)


def test_groups_read_as_entries():
    request = message("V", "263=1|146=2|55=A|55=B")
    assert read_group(request, "146") == [{"55": "A"}, {"55": "B"}]


def test_nested_groups_read_as_entries_of_entries():
    request = message("R", "131=r|146=1|55=A|38=1|453=1|448=me|452=24")
    assert read_group(request, "146") == [{"55": "A", "38": "1", "453": [{"448": "me", "452": "24"}]}]


def test_a_group_that_is_not_there_has_no_entries():
    assert read_group(message("V", "263=2"), "146") == []
