/** The address after #: which screen, and of what. */

import { useSyncExternalStore } from "react";

export type Route =
  | { screen: "markets" }
  | { screen: "market"; ticker: string }
  | { screen: "portfolio" }
  | { screen: "sandbox" }
  | { screen: "system" };

const subscribe = (changed: () => void): (() => void) => {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
};

export function parse(hash: string): Route {
  const [, screen = "", rest = ""] = /^#\/(\w*)\/?(.*)$/.exec(hash) ?? [];
  if (screen === "market" && rest) return { screen, ticker: decodeURIComponent(rest) };
  if (screen === "portfolio" || screen === "sandbox" || screen === "system") return { screen };
  return { screen: "markets" };
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => location.hash));
}

export const go = (address: string): void => {
  location.hash = address;
};
