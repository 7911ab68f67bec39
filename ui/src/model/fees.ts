/** What a fill costs (SEMANTICS A3): rate x multiplier x C x P x (1 - P), rounded up to $0.0001. All integers. */

import { DOLLAR, NO_MONEY, type Count, type Money, type Price } from "./units";

/** Taker rate and multiplier, each in 1e-4, multiplied: 1e-8. */
export type FeeFactor = bigint & { readonly unit?: "FeeFactor" };

const TAKER_RATE = 700n;
const RAW_PER_STEP = 10n ** 14n;
const FEE_STEP = 100n;

/** `multiplier` is a JSON number with at most four decimals. */
export const takerFactor = (multiplier: number): FeeFactor => TAKER_RATE * BigInt(Math.round(multiplier * 10_000));

export function takerFee(factor: FeeFactor, price: Price, count: Count): Money {
  if (factor === 0n) return NO_MONEY;
  const raw = factor * BigInt(count) * BigInt(price) * BigInt(DOLLAR - price);
  return (((raw + RAW_PER_STEP - 1n) / RAW_PER_STEP) * FEE_STEP) as Money;
}
