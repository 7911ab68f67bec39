/** What a person chose, kept by the browser: units, views, sizes, keys. */

import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { Outcome } from "../model/book";
import type { PriceUnit } from "../model/units";

export type Theme = "system" | "light" | "dark";
export type ChartKind = "line" | "candles" | "depth";
export type ChartRange = "6H" | "1D" | "1W" | "1M" | "ALL";
export type MarketStatus = "" | "unopened" | "open" | "paused" | "closed" | "settled";

/** What a key can do; each can be given another key in the settings. */
export const HOTKEYS = {
  buyYes: ["b", "Ticket: buy YES"],
  buyNo: ["n", "Ticket: buy NO"],
  sell: ["s", "Ticket: sell what is held"],
  count: ["c", "Go to the count"],
  price: ["p", "Go to the price"],
  submit: ["mod+enter", "Send the order"],
  cancelAll: ["shift+x", "Cancel all orders"],
  outcome: ["y", "Show the book of YES or NO"],
  search: ["slash", "Search markets"],
  menu: ["mod+k", "Command menu"],
} as const;
export type HotkeyName = keyof typeof HOTKEYS;

interface Settings {
  theme: Theme;
  unit: PriceUnit;
  outcome: Outcome;
  flash: boolean;
  chart: ChartKind;
  range: ChartRange;
  /** Market -> how coarse its book is shown, in Price. */
  groups: Record<string, number>;
  /** The lower part's share of the market screen, in percent. */
  railHeight: number;
  railTab: string;
  /** The book's share of the market screen's width, in percent. */
  bookWidth: number;
  portfolioTab: string;
  /** The list of markets: under their series or flat, and of which status. */
  tree: boolean;
  status: MarketStatus;
  keys: Partial<Record<HotkeyName, string>>;
  change: (changed: Partial<Omit<Settings, "change">>) => void;
}

export const useSettings = create<Settings>()(
  persist(
    (set) => ({
      theme: "system",
      unit: "cents",
      outcome: "yes",
      flash: true,
      chart: "line",
      range: "1D",
      groups: {},
      railHeight: 30,
      railTab: "orders",
      bookWidth: 30,
      portfolioTab: "positions",
      tree: true,
      status: "",
      keys: {},
      change: (changed) => set(changed),
    }),
    { name: "mock-kalshi-ui" },
  ),
);

export const keyOf = (name: HotkeyName, keys: Partial<Record<HotkeyName, string>>): string =>
  keys[name] ?? HOTKEYS[name][0];
