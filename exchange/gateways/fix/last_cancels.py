"""CancelOrdersOnDisconnect (8013): what rests goes with its connection, and so does what still comes to rest.

A key is armed with its logon and disarmed when the last of its orders is gone, in a file that survives the venue: what
could not be taken down before the venue ended is taken down when it starts again (exchange/fix_door.py).
"""

import asyncio
from functools import partial
from typing import Final

from exchange.gateways.fix.requests import Requests
from exchange.ports import Receipt

AGAIN_SECONDS: Final = 0.25
"""How long what has to go with its connection waits while the venue takes no commands or cancels nothing."""


class LastCancels:
    """One session's, once it is over."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._on_their_way = 0

    def begin(self) -> None:
        """The connection is gone."""
        for account, order_id in self._requests.hub.resting_of(self._requests.box.key):
            self.take(account, order_id)
        self._requests.when_idle = self._disarm_when_done
        self._disarm_when_done()

    def take(self, account: int, order_id: int) -> None:
        """Take an order along; a venue that cannot do it now does it as soon as it can, or when it starts again."""
        self._on_their_way += 1
        answer = partial(self._answered, account, order_id)
        if self._requests.context.views.catalogue.takes_nothing:
            answer(None)
        else:
            self._requests.submit_cancel(account, order_id, "", answer)

    def _answered(self, account: int, order_id: int, receipt: Receipt | None) -> None:
        if receipt is None:
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._again, account, order_id)
        else:
            self._on_their_way -= 1
            self._disarm_when_done()

    def _again(self, account: int, order_id: int) -> None:
        self._on_their_way -= 1
        if not self._requests.hub.is_over:
            self.take(account, order_id)

    def _disarm_when_done(self) -> None:
        hub, key = self._requests.hub, self._requests.box.key
        if not self._on_their_way and self._requests.are_answered and hub.is_away(key):
            hub.owners.disarm(key.key_id)
