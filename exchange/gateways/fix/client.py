"""Who a session speaks for, and what its Logon asked about orders and reports.

For the compiled path, which every order takes: reading a field of a Struct costs it more than all of this (ADR 0005).
"""

from exchange.gateways.auth import ApiKey
from wire.fix.logon import Logon


class Client:
    """The client of one session; never changed, a Logon that resets makes another one."""

    __slots__ = (
        "always_emit_new_before_trade",
        "cancel_order_on_pause",
        "enable_ioc_cancel_report",
        "key",
        "key_id",
        "may_trade",
        "member",
        "preserve_original_order_qty",
        "skip_pending_exec_reports",
        "split_collateral_return",
        "subaccount",
        "use_dollars",
        "use_expired_ord_status",
    )

    def __init__(self, key: ApiKey, logon: Logon) -> None:
        self.key = key
        self.key_id: str = key.key_id
        self.member: int = key.member
        self.subaccount: int | None = key.subaccount
        """The only one that the key may speak for, None = all."""
        self.may_trade: bool = key.allows("write::trade")
        self.use_dollars: bool = logon.use_dollars
        self.cancel_order_on_pause: bool = logon.cancel_order_on_pause
        self.enable_ioc_cancel_report: bool = logon.enable_ioc_cancel_report
        self.preserve_original_order_qty: bool = logon.preserve_original_order_qty
        self.skip_pending_exec_reports: bool = logon.skip_pending_exec_reports
        self.use_expired_ord_status: bool = logon.use_expired_ord_status
        self.always_emit_new_before_trade: bool = logon.always_emit_new_before_trade
        self.split_collateral_return: bool = logon.split_collateral_return
