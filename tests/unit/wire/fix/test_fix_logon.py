import pytest

from tests.sessions.fix.script import KEY, START_US, Script, log_on_line
from wire.fix.logon import HOUR_US, Logon
from wire.fix.session_events import LoggedOn


def log_on(kind: str, extra: str = "141=Y") -> Logon:
    script = Script(kind)
    script.receive(script.build(log_on_line(extra)))
    (event,) = script.events
    assert isinstance(event, LoggedOn)
    return event.logon


def test_flags_are_off_when_they_are_not_given():
    logon = log_on("KalshiNR")
    flags = {name: value for name, value in ((f, getattr(logon, f)) for f in logon.__struct_fields__) if value is True}
    assert flags == {"resets": True}
    assert logon.retention_us == 24 * HOUR_US
    assert logon.heartbeat_us == 30_000_000


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        (8013, "cancel_orders_on_disconnect"),
        (20127, "receive_settlement_reports"),
        (21005, "use_dollars"),
        (21006, "cancel_order_on_pause"),
        (21007, "enable_ioc_cancel_report"),
        (21008, "preserve_original_order_qty"),
        (21011, "skip_pending_exec_reports"),
        (21012, "use_expired_ord_status"),
        (21026, "always_emit_new_before_trade"),
        (21027, "split_collateral_return"),
    ],
)
def test_each_flag_is_read(tag, name):
    assert getattr(log_on("KalshiRT", f"141=Y|{tag}=Y"), name) is True
    assert getattr(log_on("KalshiRT", f"141=Y|{tag}=N"), name) is False


def test_a_listener_is_let_in():
    assert log_on("KalshiNR", "141=Y|20126=Y|21011=Y").listener_session
    assert log_on("KalshiRT", "141=Y|20126=Y|21011=Y|8013=N").listener_session


def test_settlement_reports_come_by_themselves_on_pt_only():
    assert log_on("KalshiPT").receive_settlement_reports
    assert not log_on("KalshiPT", "141=Y|20127=N").receive_settlement_reports
    assert not log_on("KalshiRT").receive_settlement_reports
    assert not log_on("KalshiNR", "141=Y|20127=Y").receive_settlement_reports


def test_retention_is_in_hours_up_to_72():
    assert log_on("KalshiRT", "141=Y|20200=72").retention_us == 72 * HOUR_US


def test_the_text_to_be_signed_is_the_documented_one():
    script = Script("KalshiNR")
    script.receive(script.build(log_on_line("141=Y")))
    # 2026-05-28T20:26:40Z is the script's time.
    assert START_US == 1_780_000_000_000_000
    assert script.port.texts == ["\x01".join(("20260528-20:26:40.000", "A", "1", KEY, "KalshiNR"))]
