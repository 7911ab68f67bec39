"""The order mutations as an ASGI application, in front of everything else that HTTP can ask."""

from starlette.types import ASGIApp, Receive, Scope, Send

from exchange.gateways.rest.hot import Answer, Call, Operation, failure
from exchange.gateways.rest.operations import Operations
from exchange.gateways.rest.order_mutations import OrderMutations


class OrderMutationsApp:
    """The order mutations as an ASGI application; every other request goes to `fallback`."""

    def __init__(self, mutations: OrderMutations, fallback: ASGIApp, operations: Operations | None = None) -> None:
        """`operations` names the operations of both."""
        self.mutations = mutations
        self.operations = operations or Operations()
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = None
        if scope["type"] == "http":
            operation = self.mutations.route(scope["method"], scope["path"])
        if operation is None:
            await self._fallback(scope, receive, send)
            return
        try:
            status, body = await self._carry_out(operation, scope, receive)
        except Exception as error:  # noqa: BLE001  # the process edge
            status, body = failure(error, scope["path"])
        headers = []
        if body:
            headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _carry_out(self, operation: Operation, scope: Scope, receive: Receive) -> Answer:
        context = self.mutations.context
        call = Call(
            context,
            scope["method"],
            scope["path"],
            scope["raw_path"].decode("latin-1").partition("?")[0],
            scope["query_string"].decode("latin-1"),
            scope["headers"],
        )
        call.data = await _whole_body(receive, context.settings.max_body_bytes)
        step = operation(call)
        return step.answer(await context.sink.submit_all(step.commands))


async def _whole_body(receive: Receive, limit: int) -> bytes | None:
    """None when it is longer than `limit`."""
    data = bytearray()
    more = True
    while more and len(data) <= limit:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(data) if len(data) <= limit else None
