"""Our own /openapi.json against the venue: requests made from the document, right and wrong, signed, over a socket.

No answer may be a server error, and every answer must be one that the document describes: status, content type,
schema. Half of the requests name things that exist, so that not all of them end in 404.
"""

import asyncio
import itertools
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Self

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from exchange.core.commands import CreateSubaccount, Deposit
from tests.live import API, EVENT, SERIES, TICKER, LiveVenue, Trader, basic_scenario, live, signed_headers
from wire.accounts import account_of
from wire.units import DOLLAR

CASES = 5_000 if os.environ.get("CI") else 300
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SLOW = {"GenerateApiKey": 10}
"""Making an RSA key takes a tenth of a second: fewer of those."""


class Served:
    """A venue on a thread of its own, with something of everything in it."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._ready = threading.Event()
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="venue")
        self.failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30), "the venue started"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with live(self._state, [*basic_scenario(), Deposit(account_of(1), 10**6 * DOLLAR)]) as venue:
            await venue.do(CreateSubaccount(1))
            self.venue, self.trader = venue, venue.trader(1)
            self.known = await furnish(venue, self.trader)
            async with asyncio.timeout(10):
                self.document = (await venue.public.get(venue.url + "/openapi.json")).json()
            self._ready.set()
            await self._stop.wait()
            self.state = venue.venue.inspection.state()


async def furnish(venue: LiveVenue, ann: Trader) -> dict[str, Any]:
    """Orders, fills and a group; what they are called."""
    bob = venue.trader(2)
    placed = (await ann.order("bid", "0.4000", "50.00", client_order_id="resting")).json()
    await bob.order("ask", "0.4000", "5.00")
    group = (await ann.http.post("/portfolio/order_groups/create", json={"contracts_limit": 1_000})).json()
    return {
        "ticker": TICKER,
        "market_ticker": TICKER,
        "event_ticker": EVENT,
        "series_ticker": SERIES,
        "order_id": placed["order_id"],
        "order_group_id": group["order_group_id"],
        "tickers": TICKER,
        "market_tickers": TICKER,
    }


class Sign(requests.auth.AuthBase):
    """Signs what is about to be sent, whatever is in it."""

    def __init__(self, trader: Trader) -> None:
        self._trader = trader

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        path = prepared.path_url.partition("?")[0]
        assert prepared.method is not None, "a prepared request has one"
        prepared.headers.update(signed_headers(self._trader.key_id, self._trader.key, prepared.method, path))
        return prepared


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("venue")) as running:
        yield running
    assert running.state.invariants_broken == []
    assert running.state.degraded == ""


def with_real_names(case: schemathesis.Case, known: dict[str, Any]) -> None:
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: known[name] for name in part if name in known})


class Attack:
    """Cases of one operation after another, and what came of them."""

    def __init__(self, served: Served, session: requests.Session) -> None:
        self._served = served
        self._session = session
        self._auth = Sign(served.trader)
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []

    @property
    def answered(self) -> int:
        """Cases that were more than a rate limit."""
        return self.statuses.total() - self.statuses[429]

    def on(self, operation: Any, mode: GenerationMode, cases: int, seed: int) -> None:
        """So many cases; the smallest failing one is kept."""
        name = operation.definition.raw["operationId"]

        @hypothesis.seed(seed)
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        @hypothesis.settings(
            max_examples=min(cases, SLOW.get(name, cases)),
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
            print_blob=False,
        )
        def each(case: schemathesis.Case) -> None:
            self._try(case)

        try:
            each()
        except hypothesis.errors.Unsatisfiable:
            return  # nothing can be wrong with a request that takes nothing
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  # all are tried before the test fails
            self.failures.append(f"{name} ({mode.value}): {error}")

    def _try(self, case: schemathesis.Case) -> None:
        if self.statuses.total() % 2:
            with_real_names(case, self._served.known)
        response = case.call(
            base_url=self._served.venue.url, session=self._session, auth=self._auth, timeout=20, allow_redirects=False
        )
        self.statuses[response.status_code] += 1
        # That a head is longer than any is taken is nothing the document speaks of.
        if response.status_code not in (429, 431):
            case.validate_response(response, checks=CHECKS)


@pytest.mark.timeout(280)
def test_no_request_made_from_the_document_gets_an_answer_that_is_not_in_it(served):
    schema = schemathesis.openapi.from_dict(served.document)
    operations = [each.ok() for each in schema.get_all_operations()]
    operations = [each for each in operations if each.path.startswith(API)]
    with requests.Session() as session:
        attack = Attack(served, session)
        for seed in itertools.count(20261121):
            for operation, mode in itertools.product(operations, (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
                if seed == 20261121 or attack.answered < CASES:
                    attack.on(operation, mode, max(2, CASES // (2 * len(operations))), seed)
            if attack.answered >= CASES or attack.failures:
                break
    statuses = attack.statuses
    print(f"{statuses.total():,} cases over {len(operations)} operations: {dict(sorted(statuses.items()))}")
    assert attack.failures == [], "\n\n".join(attack.failures)
