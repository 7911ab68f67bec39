"""Orders over FIX (KalshiNR), everything else over REST (SEMANTICS H4, H5, H7).

One question at a time has one answer each: a request is done when the venue's message names it (ClOrdID, or the
reference of a reject). The logon asks CancelOrdersOnDisconnect: the venue takes every quote down when this
connection ends, however it ends, so orders need no expiry.
"""

import asyncio
import time
from contextlib import suppress

import structlog

from market_maker.quotes import ASK, OwnOrder
from market_maker.venue.credentials import Credentials
from market_maker.venue.fix_session import Initiator, SessionEnded
from market_maker.venue.port import Acknowledged, NewOrder, RateLimited, Refused, Uncertain
from market_maker.venue.rest import RestVenue
from wire.enums import TimeInForce
from wire.fix import tags
from wire.fix.message import Message
from wire.fix.messages.order_groups import GroupAction
from wire.fix.messages.values import format_price, format_quantity, parse_quantity
from wire.fix.tags import BusinessRejectReason, ExecType, MsgType, Side, TimeInForceValue
from wire.fix.timestamps import format_timestamp, parse_timestamp

TARGET = "KalshiNR"
HEARTBEAT_SECONDS = 10
"""Silence of two intervals ends the session, on both sides: so long quotes can outlive a cable that was pulled."""
ANSWER_SECONDS = 10.0

LOGON_FLAGS = (
    (tags.CANCEL_ORDERS_ON_DISCONNECT, "Y"),
    (tags.USE_DOLLARS, "Y"),
    (tags.ENABLE_IOC_CANCEL_REPORT, "Y"),
    (tags.SKIP_PENDING_EXEC_REPORTS, "Y"),
)

_TIMES_IN_FORCE = {
    TimeInForce.GOOD_TILL_CANCELED: TimeInForceValue.GOOD_TILL_CANCEL,
    TimeInForce.IMMEDIATE_OR_CANCEL: TimeInForceValue.IMMEDIATE_OR_CANCEL,
    TimeInForce.FILL_OR_KILL: TimeInForceValue.FILL_OR_KILL,
}

_log = structlog.get_logger("fix")


class FixVenue(RestVenue):
    """`root` is the REST address of the same venue, for books, lists and positions."""

    cancels_on_disconnect = True

    def __init__(self, root: str, credentials: Credentials, host: str, port: int, tls: bool = False) -> None:
        super().__init__(root, credentials)
        self._signer = credentials
        self._host = host
        self._port = port
        self._tls = tls
        self._session: Initiator | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._by_number: dict[int, str] = {}
        self._fleeting: set[str] = set()
        """Orders that may not rest: answered by their last report."""
        self._group_lock = asyncio.Lock()

    # --- connection -----------------------------------------------------------------------------------

    async def open(self) -> None:
        """Log on. Raises Uncertain when the venue cannot be reached or refuses."""
        await self._end_connection()
        self._session = Initiator(self._signer, TARGET, HEARTBEAT_SECONDS, LOGON_FLAGS)
        try:
            reader, self._writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls or None)
        except OSError as error:
            self._session = None
            raise Uncertain(f"FIX {self._host}:{self._port}: {error}") from error
        self._session.log_on(self._now_us())
        self._flush()
        logged_on: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting["logon"] = logged_on
        self._tasks = [
            asyncio.create_task(self._read(self._session, reader)),
            asyncio.create_task(self._keep_alive(self._session)),
        ]
        await self._answer("logon", logged_on)

    async def close(self) -> None:
        if self._session is not None:
            self._session.log_out(self._now_us())
            self._flush()
        await self._end_connection()
        await super().close()

    async def _end_connection(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
        self._session = self._writer = None

    async def _read(self, session: Initiator, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(65_536):
                messages = session.receive(data, self._now_us())
                self._flush()
                if session.is_logged_on and (logged_on := self._waiting.pop("logon", None)):
                    logged_on.set_result(Message("", "", "A"))
                for message in messages:
                    self._take(message)
            self._lost("the venue closed the connection")
        except (OSError, SessionEnded) as error:
            self._lost(str(error))

    async def _keep_alive(self, session: Initiator) -> None:
        try:
            while True:
                await asyncio.sleep(1)
                session.on_time(self._now_us())
                self._flush()
        except SessionEnded as error:
            self._lost(str(error))

    def _lost(self, why: str) -> None:
        _log.warning("fix_session_ended", why=why)
        self._session = None
        if self._writer is not None:
            self._writer.transport.abort()
        waiting, self._waiting = self._waiting, {}
        self._by_number.clear()
        for future in waiting.values():
            if not future.done():
                future.set_exception(Uncertain(f"FIX session ended: {why}"))

    # --- orders ---------------------------------------------------------------------------------------

    async def create(self, order: NewOrder) -> Acknowledged:
        fields = [
            (tags.CL_ORD_ID, order.client_order_id),
            (tags.ORDER_QTY, format_quantity(order.count)),
            (tags.ORD_TYPE, "2"),
            (tags.PRICE, format_price(order.price, use_dollars=True)),
            (tags.SIDE, _side(order.side)),
            (tags.SYMBOL, order.ticker),
        ]
        if order.expires_us:
            fields += [
                (tags.TIME_IN_FORCE, TimeInForceValue.GOOD_TILL_DATE),
                (tags.EXPIRE_TIME, format_timestamp(order.expires_us)),
            ]
        else:
            fields.append((tags.TIME_IN_FORCE, _TIMES_IN_FORCE[order.time_in_force]))
        if order.post_only:
            fields.append((tags.EXEC_INST, "6"))
        if order.group:
            fields.append((tags.SECONDARY_CL_ORD_ID, order.group))
        if order.time_in_force is not TimeInForce.GOOD_TILL_CANCELED:
            self._fleeting.add(order.client_order_id)
        try:
            report = await self._request(MsgType.NEW_ORDER_SINGLE, order.client_order_id, fields)
        finally:
            self._fleeting.discard(order.client_order_id)
        return _acknowledged(report, order.client_order_id)

    async def amend(self, order: OwnOrder, price: int, count: int, name: str, expires_us: int) -> Acknowledged:
        """The expiry stays: there is no tag for it on a replace."""
        fields = [
            (tags.CL_ORD_ID, name),
            (tags.ORIG_CL_ORD_ID, order.client_order_id),
            (tags.ORDER_ID, order.order_id),
            (tags.ORDER_QTY, format_quantity(order.filled + count)),
            (tags.ORD_TYPE, "2"),
            (tags.PRICE, format_price(price, use_dollars=True)),
            (tags.SIDE, _side(order.side)),
            (tags.SYMBOL, order.ticker),
        ]
        report = await self._request(MsgType.ORDER_CANCEL_REPLACE_REQUEST, name, fields)
        return _acknowledged(report, name)

    async def cancel(self, order: OwnOrder, name: str) -> int:
        fields = [
            (tags.CL_ORD_ID, name),
            (tags.ORIG_CL_ORD_ID, order.client_order_id),
            (tags.ORDER_ID, order.order_id),
            (tags.SIDE, _side(order.side)),
            (tags.SYMBOL, order.ticker),
        ]
        report = await self._request(MsgType.ORDER_CANCEL_REQUEST, name, fields)
        return parse_quantity(report[tags.CUM_QTY]) or 0

    # --- order groups ---------------------------------------------------------------------------------

    async def create_group(self, contracts: int) -> str:
        answer = await self._group(GroupAction.CREATE, (tags.ORDER_GROUP_CONTRACTS_LIMIT, str(contracts)))
        return answer[tags.ORDER_GROUP_ID]

    async def trigger_group(self, group: str) -> None:
        await self._group(GroupAction.TRIGGER, (tags.ORDER_GROUP_ID, group))

    async def reset_group(self, group: str) -> None:
        await self._group(GroupAction.RESET, (tags.ORDER_GROUP_ID, group))

    async def delete_group(self, group: str) -> None:
        await self._group(GroupAction.DELETE, (tags.ORDER_GROUP_ID, group))

    async def _group(self, action: GroupAction, field: tuple[str, str]) -> Message:
        # An answer names no request: one at a time.
        async with self._group_lock:
            return await self._request(MsgType.ORDER_GROUP_REQUEST, "group", [(tags.ORDER_GROUP_ACTION, action), field])

    # --- requests and answers -------------------------------------------------------------------------

    async def _request(self, msg_type: str, name: str, fields: list[tuple[str, str]]) -> Message:
        if self._session is None or not self._session.is_logged_on:
            raise Uncertain("there is no FIX session")
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[name] = answer
        number = self._session.send(msg_type, fields, self._now_us())
        self._by_number[number] = name
        self._flush()
        try:
            return await self._answer(name, answer)
        finally:
            self._by_number.pop(number, None)

    async def _answer(self, name: str, answer: "asyncio.Future[Message]") -> Message:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise Uncertain(f"FIX: no answer to {name}") from None
        finally:
            self._waiting.pop(name, None)

    def _take(self, message: Message) -> None:
        name = {
            MsgType.BUSINESS_MESSAGE_REJECT: message.get(tags.BUSINESS_REJECT_REF_ID) or "",
            MsgType.REJECT: self._by_number.get(int(message.get(tags.REF_SEQ_NUM) or 0), ""),
            MsgType.ORDER_GROUP_RESPONSE: "group",
        }.get(message.msg_type, message.get(tags.CL_ORD_ID) or "")
        if message.msg_type == MsgType.BUSINESS_MESSAGE_REJECT and name not in self._waiting:
            # A refused group request is referred to by the group, if by anything.
            name = "group" if message.get(tags.REF_MSG_TYPE) == MsgType.ORDER_GROUP_REQUEST else name
        answer = self._waiting.get(name)
        if answer is None or answer.done():
            return
        refusal = _refusal(message)
        if refusal is not None:
            answer.set_exception(refusal)
        elif name not in self._fleeting or message.get(tags.LEAVES_QTY) == "0.00":
            answer.set_result(message)

    def _now_us(self) -> int:
        return self._signer.now_ms() * 1_000 + time.time_ns() // 1_000 % 1_000

    def _flush(self) -> None:
        if self._session is not None and self._writer is not None and (data := self._session.data_to_send()):
            self._writer.write(data)


def _refusal(message: Message) -> Refused | None:
    text = (message.get(tags.TEXT) or "").lower()
    if message.msg_type == MsgType.BUSINESS_MESSAGE_REJECT:
        if message.get(tags.BUSINESS_REJECT_REASON) == str(BusinessRejectReason.RATE_LIMIT_EXCEEDED):
            return RateLimited()
        return Refused(text or "business_reject")
    if message.msg_type == MsgType.REJECT:
        return Refused("session_reject", text)
    if message.msg_type == MsgType.ORDER_CANCEL_REJECT:
        return Refused("not_found" if text == "order_not_found" else text)
    if message.msg_type == MsgType.EXECUTION_REPORT and message.get(tags.EXEC_TYPE) == ExecType.REJECTED:
        return Refused(text)
    if message.msg_type == MsgType.EXECUTION_REPORT and text == "post_only_cross":
        return Refused(text)
    return None


def _acknowledged(report: Message, client_order_id: str) -> Acknowledged:
    moment = parse_timestamp(report.get(tags.TRANSACT_TIME) or "") or 0
    return Acknowledged(
        order_id=report[tags.ORDER_ID],
        client_order_id=client_order_id,
        filled=parse_quantity(report[tags.CUM_QTY]) or 0,
        remaining=parse_quantity(report[tags.LEAVES_QTY]) or 0,
        ts_ms=moment // 1_000,
    )


def _side(side: object) -> str:
    return Side.SELL if side is ASK else Side.BUY
