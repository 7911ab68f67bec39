// A walk through the venue with kalshi-typescript, as its users write it. Run by test_client_walks.py with node.
//
// Only the host, the key ids and the PEM files are ours. What is expected follows from the rules: a taker pays
// 0.07 * count * p * (1 - p), a maker nothing (SEMANTICS A3); a trade prints at the resting price (B3).

const assert = require("node:assert/strict");
const axios = require("axios");
const kalshi = require("kalshi-typescript");

const ticker = process.env.TICKER;

function account(suffix) {
  const configuration = new kalshi.Configuration({
    basePath: process.env.KALSHI_API_BASE_URL,
    apiKey: process.env[`KALSHI_KEY_ID${suffix}`],
    privateKeyPath: process.env[`KALSHI_PRIVATE_KEY_PATH${suffix}`],
  });
  // Each API signs through the axios it is given, the global one by default: two accounts need more than one.
  const api = (kind) => new kind(configuration, undefined, axios.create());
  return {
    market: api(kalshi.MarketApi),
    orders: api(kalshi.OrdersApi),
    groups: api(kalshi.OrderGroupsApi),
    portfolio: api(kalshi.PortfolioApi),
  };
}

function order(side, price, count, more = {}) {
  return {
    ticker,
    side,
    price,
    count,
    time_in_force: "good_till_canceled",
    self_trade_prevention_type: "taker_at_cross",
    ...more,
  };
}

async function data(answer) {
  return (await answer).data;
}

async function refusal(answer) {
  try {
    await answer;
  } catch (error) {
    return [error.response.status, error.response.data.error.code];
  }
  throw new Error("was not refused");
}

async function walk(ann, bob) {
  const { markets } = await data(ann.market.getMarkets(undefined, undefined, "KXTEST-26"));
  assert.deepEqual(markets.map((market) => [market.ticker, market.yes_bid_dollars]), [[ticker, "0.4000"]]);
  const book = await data(ann.market.getMarketOrderbook(ticker));
  assert.deepEqual(book.orderbook_fp, { yes_dollars: [["0.4000", "50.00"]], no_dollars: [["0.4000", "50.00"]] });

  const first = await data(ann.orders.createOrderV2(order("bid", "0.45", "10", { client_order_id: "walk-1" })));
  const change = { ticker, side: "bid", price: "0.46", count: "12" };
  assert.equal((await data(ann.orders.amendOrderV2(first.order_id, change))).remaining_count, "12.00");
  const smaller = await data(ann.orders.decreaseOrderV2(first.order_id, { reduce_by: "2" }));
  assert.equal(smaller.remaining_count, "10.00");
  assert.equal((await data(ann.orders.getOrder(first.order_id))).order.yes_price_dollars, "0.4600");
  const again = order("bid", "0.45", "1", { client_order_id: "walk-1" });
  assert.deepEqual(await refusal(ann.orders.createOrderV2(again)), [409, "order_already_exists"]);
  assert.equal((await data(ann.orders.cancelOrderV2(first.order_id))).reduced_by, "10.00");
  assert.deepEqual(await refusal(ann.orders.cancelOrderV2(first.order_id)), [404, "not_found"]);

  const resting = await data(ann.orders.createOrderV2(order("bid", "0.50", "5")));
  const taken = await data(bob.orders.createOrderV2(order("ask", "0.48", "5")));
  assert.deepEqual([taken.fill_count, taken.average_fill_price], ["5.00", "0.5000"]);
  const { fills } = await data(ann.portfolio.getFills());
  assert.deepEqual(fills.map((fill) => [fill.order_id, fill.is_taker]), [[resting.order_id, false]]);
  const { market_positions: positions } = await data(bob.portfolio.getPositions());
  assert.deepEqual(positions.map((position) => position.position_fp), ["-5.00"]);
  assert.equal((await data(bob.portfolio.getBalance())).balance_dollars, "997.4125");

  const group = (await data(ann.groups.createOrderGroup({ contracts_limit: 10 }))).order_group_id;
  const grouped = await data(ann.orders.createOrderV2(order("bid", "0.44", "2", { order_group_id: group })));
  assert.deepEqual((await data(ann.groups.getOrderGroup(group))).orders, [grouped.order_id]);
  await ann.groups.updateOrderGroupLimit(group, { contracts_limit: 20 });
  await ann.groups.resetOrderGroup(group, undefined, undefined, {});
  await ann.groups.triggerOrderGroup(group, undefined, undefined, {});
  assert.equal((await data(ann.orders.getOrder(grouped.order_id))).order.status, "canceled");
  await ann.groups.deleteOrderGroup(group);
}

walk(account(""), account("_2")).then(
  () => console.log("walked"),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
