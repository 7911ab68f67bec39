"""Orders of faults for tests: a rule's id, and its counters."""

from typing import Any

from tests.live import LiveVenue


async def order_fault(venue: LiveVenue, channel: str, fault: str, **fields: Any) -> str:
    """Put a rule to work; its id."""
    answer = await venue.public.post(f"{venue.url}/sandbox/chaos", json={"channel": channel, "fault": fault, **fields})
    assert answer.status_code == 201, answer.text
    rule_id: str = answer.json()["id"]
    return rule_id


async def rules(venue: LiveVenue) -> dict[str, dict[str, Any]]:
    """All rules by id."""
    answer = await venue.public.get(f"{venue.url}/sandbox/chaos")
    return {rule["id"]: rule for rule in answer.json()["rules"]}


async def hits(venue: LiveVenue, rule_id: str) -> int:
    found: int = (await rules(venue))[rule_id]["hits"]
    return found
