/** Light or dark, and its colours for what draws on a canvas. */

import { useMemo, useSyncExternalStore } from "react";
import { useSettings } from "./settings";

const NAMES = ["panel", "line", "ink", "mute", "yes", "no", "accent"] as const;
export type Colours = Record<(typeof NAMES)[number], string>;

const system = matchMedia("(prefers-color-scheme: dark)");
const subscribe = (changed: () => void): (() => void) => {
  system.addEventListener("change", changed);
  return () => system.removeEventListener("change", changed);
};

/** Also puts it on the document, before anything is measured in it. */
export function useTheme(): "light" | "dark" {
  const chosen = useSettings((state) => state.theme);
  const dark = useSyncExternalStore(subscribe, () => system.matches);
  const theme = chosen === "system" ? (dark ? "dark" : "light") : chosen;
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function useColours(): Colours {
  const theme = useTheme();
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours & {
      theme: typeof theme;
    };
  }, [theme]);
}
