"""Every control of the Sandbox screen, clicked beside a real venue; what it did is looked up over REST."""

import json
import time

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.screen import until
from tests.e2e.whole_house import CROWD, TIMES, browsing, card, open_house
from tests.live import API

expect.set_options(timeout=60_000)

TICKER = "KXTURNOUTMOCK-DEMO-HALF"
SCALAR = "KXTURNOUTMOCK-DEMO-ELECTION"
ACCOUNT = "alice"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One for all: each test takes it as the others may have left it."""
    with open_house(tmp_path_factory.mktemp("powers"), "quiet") as made:
        yield made


@pytest.fixture
async def page(house):
    async with browsing(house) as shown:
        yield await shown.open(ACCOUNT, "/sandbox")


async def becomes(what, look, wanted):
    """Poll the venue until it says so."""

    async def so():
        return await look() == wanted

    await until(f"{what} is {wanted!r}", so)


async def cash(house):
    return (await house.api("/portfolio/balance", ACCOUNT))["balance"]


async def test_the_clock_is_frozen_stepped_sped_up_set_and_let_go(house, page):
    clock = card(page, "Clock")

    async def mode():
        state = await house.sandbox("clock")
        return state["mode"], state["speed"]

    await clock.get_by_role("button", name="Freeze").click()
    await becomes("the clock", mode, ("frozen", 1))
    stood = (await house.sandbox("clock"))["now_us"]
    await clock.get_by_role("button", name="+1 min").click()
    await expect(clock).to_contain_text("Done")

    async def moved():
        return (await house.sandbox("clock"))["now_us"] - stood

    await becomes("the step", moved, 60_000_000)
    await clock.get_by_role("button", name="+1 h").click()
    await becomes("the second step", moved, 3_660_000_000)
    later = time.strftime("%Y-%m-%dT%H:%M", time.localtime(stood / 1e6 + 2 * 86_400))
    await clock.get_by_label("Set the clock to").fill(later)
    await clock.get_by_role("button", name="Set", exact=True).click()

    async def shown_minute():
        return time.strftime("%Y-%m-%dT%H:%M", time.localtime((await house.sandbox("clock"))["now_us"] / 1e6))

    await becomes("the clock", shown_minute, later)
    await clock.get_by_role("radio", name=f"{TIMES}60", exact=True).click()
    await becomes("the clock", mode, ("scaled", 60))
    await clock.get_by_role("button", name="Freeze").click()
    await becomes("the clock", mode, ("frozen", 60))
    await clock.get_by_role("button", name="Let it run").click()
    await becomes("the clock", mode, ("real", 1))
    await expect(clock.locator(".pill")).to_have_text("real time")


@pytest.mark.parametrize(("scope", "key"), [("Trading", "trading_active"), ("Exchange", "exchange_active")])
async def test_a_pause_is_made_and_ended(house, page, scope, key):
    row = card(page, "Exchange").locator("div").filter(has=page.get_by_text(scope, exact=True)).last

    async def active():
        # During a pause of the exchange the status is answered as always (SEMANTICS B11).
        async with httpx.AsyncClient(timeout=60) as client:
            return (await client.get(f"{house.root}{API}/exchange/status")).json()[key]

    await row.get_by_role("button", name="Pause").click()
    await becomes(key, active, False)
    await expect(row.locator(".pill")).to_have_text("paused")
    await row.get_by_role("button", name="Resume").click()
    await becomes(key, active, True)
    await expect(row.locator(".pill")).to_have_text("active")


async def test_a_market_is_paused_resumed_closed_and_settled(house, page):
    market = card(page, "Market")
    await market.get_by_label("Market").select_option(TICKER)

    async def status():
        return await house.status(TICKER)

    for button, wanted in (("Pause", "inactive"), ("Resume", "active"), ("Close now", "closed")):
        await market.get_by_role("button", name=button).click()
        await becomes(TICKER, status, wanted)
    await market.get_by_role("button", name="YES", exact=True).click()
    await becomes(TICKER, status, "finalized")
    assert (await house.api(f"/markets/{TICKER}"))["market"]["result"] == "yes"


async def test_a_market_is_settled_at_a_value(house, page):
    market = card(page, "Market")
    await market.get_by_label("Market").select_option(SCALAR)
    await market.get_by_label("Value of one YES in cents").fill("37")
    await market.get_by_role("button", name="¢ for YES").click()
    await becomes(SCALAR, lambda: house.status(SCALAR), "finalized")
    assert (await house.api(f"/markets/{SCALAR}"))["market"]["settlement_value_dollars"] == "0.3700"


async def test_an_account_is_paid_money(house, page):
    before = await cash(house)
    funds = card(page, "Fund an account")
    await funds.get_by_label("Account to fund").select_option(ACCOUNT)
    await funds.get_by_label("Dollars").fill("250.50")
    await funds.get_by_role("button", name="Pay in").click()
    await becomes("the balance", lambda: cash(house), before + 25_050)


async def test_a_moment_is_saved_gone_back_to_and_deleted(house, page):
    keeping = card(page, "Snapshots and reset")
    before = await cash(house)
    await keeping.get_by_label("Name of the snapshot").fill("rich")
    await keeping.get_by_role("button", name="Save").click()
    saved = keeping.locator("[data-snapshot=rich]")
    await expect(saved).to_be_visible()
    await house.ask("POST", f"/sandbox/accounts/{ACCOUNT}/fund", {"amount": "77"})
    await becomes("the balance", lambda: cash(house), before + 7_700)
    await saved.get_by_role("button", name="Load").click()
    await becomes("the balance", lambda: cash(house), before)
    await saved.get_by_role("button", name="Delete the snapshot rich").click()
    await expect(saved).to_have_count(0)
    assert (await house.sandbox("snapshots"))["snapshots"] == []


async def test_a_reset_is_asked_for_twice_and_forgets_everything(house, page):
    mine = "KXMINE-26-A"
    await house.ask("POST", "/sandbox/markets", {"ticker": mine})

    async def markets():
        return len((await house.api(f"/markets?tickers={mine}"))["markets"])

    keeping = card(page, "Snapshots and reset")
    await keeping.get_by_role("button", name="Reset the venue").click()
    assert await markets() == 1, "not before it is meant"
    await keeping.get_by_role("button", name="Really reset").click()
    await becomes("the number of my markets", markets, 0)
    await expect(keeping.get_by_role("button", name="Reset the venue")).to_be_visible()


async def test_a_fault_is_ordered_hits_and_is_removed(house, page):
    chaos = card(page, "Chaos rules")
    rule = {"channel": "rest", "operation": "GetMarkets", "ticker": "*", "fault": "error-before", "status": 503}
    await chaos.get_by_label("Rule", exact=True).fill(json.dumps(rule))
    await chaos.get_by_role("button", name="Add the rule").click()

    async def listed():
        return [one["rule"]["fault"] for one in (await house.sandbox("chaos"))["rules"]]

    await becomes("the rules", listed, ["error-before"])
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"{house.root}{API}/markets")).status_code == 503
    row = chaos.locator("[data-rule]")
    await expect(row.locator(".pill")).not_to_have_text("0 of 0 hit")
    await row.get_by_role("button", name="Remove the rule").click()
    await becomes("the rules", listed, [])
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"{house.root}{API}/markets")).status_code == 200


async def test_the_rules_of_a_profile_are_added_and_all_removed(house, page):
    chaos = card(page, "Chaos rules")
    await chaos.get_by_label("Add the rules of a profile").select_option("flaky-wifi")
    await expect(chaos.locator("[data-rule]").first).to_be_visible()
    assert (await house.sandbox("chaos"))["rules"]
    await chaos.get_by_role("button", name="Remove all").click()
    await expect(chaos.locator("[data-rule]")).to_have_count(0)
    assert (await house.sandbox("chaos"))["rules"] == []


async def test_a_rule_the_venue_does_not_know_is_refused_in_its_words(house, page):
    chaos = card(page, "Chaos rules")
    await chaos.get_by_label("Rule", exact=True).fill('{"channel": "rest", "fault": "gremlins"}')
    await chaos.get_by_role("button", name="Add the rule").click()
    await expect(chaos.get_by_role("alert")).to_contain_text("fault")
    await chaos.get_by_label("Rule", exact=True).fill('{"channel": ')
    await expect(chaos.get_by_role("button", name="Add the rule")).to_be_disabled()


async def test_a_refused_signature_is_explained(house, page):
    key = next(key for key in house.state.known_keys() if key.account == ACCOUNT)
    stamp = str(time.time_ns() // 1_000_000)
    headers = {
        "KALSHI-ACCESS-KEY": key.key_id,
        "KALSHI-ACCESS-SIGNATURE": "bm90IGEgc2lnbmF0dXJl",
        "KALSHI-ACCESS-TIMESTAMP": stamp,
    }
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(f"{house.root}{API}/portfolio/balance", headers=headers)
    assert answer.status_code == 401
    (told,) = [one for one in await house.sandbox("auth-failures") if one["key_id"] == key.key_id]
    row = page.get_by_role("table", name="Refused signatures").get_by_role("row").filter(has_text=key.key_id)
    await expect(row).to_contain_text(f"GET {API}/portfolio/balance")
    await expect(row).to_contain_text(f"{stamp}GET{API}/portfolio/balance")
    await expect(row).to_contain_text(told["explanation"])


async def test_the_crowd_is_stopped_and_started_again(house, page):
    agent = card(page, "Agents").locator(f"[data-agent={CROWD}]")

    async def runs():
        return [(one["name"], one["running"]) for one in (await house.sandbox("agents"))["agents"]]

    async def resting():
        return len((await house.api("/portfolio/orders?status=resting", "agent-maker"))["orders"])

    async def trades():
        return await resting() > 0

    await until("the crowd has orders", trades)
    await agent.get_by_role("button", name="Stop").click()
    await becomes("the crowd", runs, [(CROWD, False)])
    await becomes("its orders", resting, 0)
    await expect(agent.locator(".pill")).to_have_text("off")
    await agent.get_by_role("button", name="Start").click()
    await becomes("the crowd", runs, [(CROWD, True)])
    await until("the crowd has orders again", trades)
    await expect(agent.locator(".pill")).to_have_text("on")
