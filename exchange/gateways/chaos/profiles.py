"""Rules that belong together, by the name of what they imitate. The figures are ours: no recording shows Kalshi's."""

from collections.abc import Mapping

from exchange.gateways.chaos.rules import Rule

ORDER_MUTATIONS = "*Order*V2"
"""Create, amend, decrease and cancel, alone and in batches, by their operationIds."""

PROFILES: Mapping[str, tuple[Rule, ...]] = {
    # A laptop far from its router: everything arrives, some of it late, in pieces, or over a new connection.
    "flaky-wifi": (
        Rule(channel="rest", fault="latency", ms=80, sigma=0.8),
        Rule(channel="rest", fault="disconnect", probability=0.01),
        Rule(channel="rest", fault="timeout-after", probability=0.005, ms=5_000),
        Rule(channel="ws", fault="latency", probability=0.2, ms=60, sigma=0.8),
        Rule(channel="ws", fault="partial", probability=0.05),
        Rule(channel="ws", fault="stall", probability=0.001, ms=3_000),
        Rule(channel="ws", fault="disconnect", probability=0.001),
        Rule(channel="fix", fault="latency", probability=0.2, ms=60, sigma=0.8),
        Rule(channel="fix", fault="disconnect", probability=0.001),
    ),
    # News has broken: the venue is up and overwhelmed, reads lag, answers are lost behind what was done.
    "exchange-under-stress": (
        Rule(channel="rest", fault="latency", ms=250, sigma=1.0),
        Rule(channel="rest", fault="rate-limit", probability=0.05),
        Rule(channel="rest", fault="error-before", probability=0.03, status=503),
        Rule(channel="rest", fault="error-after", probability=0.02, status=504, operation=ORDER_MUTATIONS),
        Rule(channel="rest", fault="stale-read", probability=0.5, ms=750),
        Rule(channel="rest", fault="fill-before-cancel", probability=0.1, operation="CancelOrderV2"),
        Rule(channel="ws", fault="latency", probability=0.5, ms=150, sigma=1.0),
        Rule(channel="ws", fault="gap", probability=0.002, size=5),
        Rule(channel="ws", fault="duplicate", probability=0.002),
        Rule(channel="fix", fault="latency", probability=0.5, ms=150, sigma=1.0),
        Rule(channel="fix", fault="gap", probability=0.005),
    ),
    # The moment the doors close for the weekly maintenance. The pause itself: `mock-kalshi pause trading`.
    "thursday-maintenance": (
        Rule(channel="rest", fault="error-before", status=503, operation=ORDER_MUTATIONS, duration_ms=60_000),
        Rule(channel="rest", fault="error-before", status=502, probability=0.2, duration_ms=60_000),
        Rule(channel="ws", fault="disconnect", probability=0.05, duration_ms=60_000),
        Rule(channel="fix", fault="logout", duration_ms=60_000),
    ),
}
