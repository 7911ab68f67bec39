import { useHotkeys } from "react-hotkeys-hook";
import { cancelEverything } from "../state/queries";
import { keyOf, useSettings, type HotkeyName } from "../state/settings";
import { useTicket } from "../state/ticket";
import { go } from "./router";

const focus = (selector: string): void => {
  const field = document.querySelector<HTMLInputElement>(selector);
  field?.focus();
  field?.select();
};

/** What the keys do. Only the sending key works while something is being typed. */
export function Hotkeys({ onMenu }: { onMenu: () => void }): null {
  const keys = useSettings((state) => state.keys);
  const key = (name: HotkeyName): string => keyOf(name, keys);
  const ticket = useTicket.getState();
  const typing = { enableOnFormTags: true, preventDefault: true } as const;
  const calm = { preventDefault: true } as const;
  useHotkeys(key("menu"), onMenu, typing);
  useHotkeys(key("submit"), () => ticket.change({ wanted: useTicket.getState().wanted + 1 }), typing);
  useHotkeys(key("buyYes"), () => ticket.change({ action: "buy", outcome: "yes" }), calm);
  useHotkeys(key("buyNo"), () => ticket.change({ action: "buy", outcome: "no" }), calm);
  useHotkeys(key("sell"), () => ticket.change({ action: "sell" }), calm);
  useHotkeys(key("price"), () => focus('[aria-label="Order ticket"] input'), calm);
  useHotkeys(key("count"), () => focus('[aria-label="Order ticket"] div:nth-of-type(3) input'), calm);
  useHotkeys(key("cancelAll"), () => void cancelEverything().catch(() => undefined), calm);
  useHotkeys(key("outcome"), () => {
    const { outcome, change } = useSettings.getState();
    change({ outcome: outcome === "yes" ? "no" : "yes" });
  }, calm);
  useHotkeys(key("search"), () => {
    go("/markets");
    setTimeout(() => focus("#market-search"), 50);
  }, calm);
  return null;
}
