/**
 * Prices, counts and money as integers: Price 1e-4 $, Count 1e-2 contract, Money 1e-6 $ (SEMANTICS A1).
 * A price times a count is exact money. Text comes in and goes out here; nothing in between is a float.
 */

declare const unit: unique symbol;
export type Price = number & { readonly [unit]: "Price" };
export type Count = number & { readonly [unit]: "Count" };
export type Money = bigint & { readonly [unit]: "Money" };

/** A contract pays a dollar. */
export const DOLLAR = 10_000 as Price;
export const CONTRACT = 100 as Count;
export const NO_COUNT = 0 as Count;
export const NO_MONEY = 0n as Money;

export type PriceUnit = "cents" | "percent";

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** Decimal text as the digits of an integer of so many decimals; null when it is none, or finer than that. */
function digitsOf(text: string, decimals: number): string | null {
  const match = DECIMAL.exec(text.trim());
  if (!match) return null;
  const [, sign, whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return null;
  if (fraction.length > decimals && /[1-9]/.test(fraction.slice(decimals))) return null;
  return (sign === "-" ? "-" : "") + (whole || "0") + fraction.slice(0, decimals).padEnd(decimals, "0");
}

export function parseFixed(text: string, decimals: number): bigint | null {
  const digits = digitsOf(text, decimals);
  return digits === null ? null : BigInt(digits);
}

/** The same where it fits a number: a fast feed brings thousands a second, and a bigint for each is dear. */
function parseSmall(text: string, decimals: number): number | null {
  const digits = digitsOf(text, decimals);
  const value = digits === null ? NaN : Number(digits) + 0; // no negative zero
  return Number.isSafeInteger(value) ? value : null;
}

/** An integer of so many decimals as text, with exactly that many. */
export function formatFixed(value: bigint | number, decimals: number): string {
  const negative = value < 0;
  const digits = String(negative ? -value : value).padStart(decimals + 1, "0");
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return negative ? `-${text}` : text;
}

export const parsePrice = (text: string): Price | null => parseSmall(text, 4) as Price | null;
export const parseCount = (text: string): Count | null => parseSmall(text, 2) as Count | null;
export const parseMoney = (text: string): Money | null => parseFixed(text, 6) as Money | null;

/** A number off the wire, which the contract promises to be one. */
export function need<T>(value: T | null, text: string): T {
  if (value === null) throw new Error(`not a fixed-point number: ${text}`);
  return value;
}
export const price = (text: string): Price => need(parsePrice(text), text);
export const count = (text: string): Count => need(parseCount(text), text);
export const money = (text: string): Money => need(parseMoney(text), text);

export const wirePrice = (value: Price): string => formatFixed(value, 4);
export const wireCount = (value: Count): string => formatFixed(value, 2);

export const complement = (value: Price): Price => (DOLLAR - value) as Price;
export const sum = (a: Count, b: Count): Count => (a + b) as Count;
export const times = (p: Price, c: Count): Money => (BigInt(p) * BigInt(c)) as Money;
export const dollars = (amount: number): Money => (BigInt(amount) * 1_000_000n) as Money;

/** 5650 -> "56.5¢" or "56.5%": the same number, so nobody has to convert. */
export function formatPrice(value: Price, unitOf: PriceUnit = "cents"): string {
  const text = formatFixed(value, 2).replace(/\.?0+$/, "") || "0";
  return text + (unitOf === "cents" ? "¢" : "%");
}

/** What is typed into a price field: cents, without the sign. */
export const priceInput = (value: Price): string => formatFixed(value, 2).replace(/\.?0+$/, "") || "0";
export const parsePriceInput = (text: string): Price | null => parseSmall(text, 2) as Price | null;

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** 150000 -> "1,500"; cents of a contract only where there are some. */
export function formatCount(value: Count): string {
  const text = formatFixed(Math.abs(value), 2);
  const [whole = "0", fraction = "00"] = text.split(".");
  return (value < 0 ? "−" : "") + grouped(whole) + (fraction === "00" ? "" : `.${fraction}`);
}

/** Money to the cent, rounded toward zero, with a sign in front of the dollar; `exact` shows what is finer too. */
export function formatMoney(value: Money, options: { sign?: boolean; exact?: boolean } = {}): string {
  const negative = value < 0n;
  const text = formatFixed(negative ? -value : value, 6);
  const [whole = "0", fraction = ""] = text.split(".");
  const shown = options.exact ? fraction.replace(/0{1,4}$/, "") : fraction.slice(0, 2);
  const isZero = !/[1-9]/.test(whole + shown);
  const sign = negative && !isZero ? "−" : options.sign && !isZero ? "+" : "";
  return `${sign}$${grouped(whole)}.${shown}`;
}
