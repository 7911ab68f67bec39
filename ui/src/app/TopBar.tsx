import { type ReactNode } from "react";
import { formatMoney, money } from "../model/units";
import { clockTime } from "../model/moments";
import { useVenueNow } from "../state/clock";
import { switchAccount, useHouse } from "../state/house";
import { useClockState, useFunds } from "../state/queries";
import { useSettings } from "../state/settings";
import type { Route } from "./router";
import { TruthPill } from "./Truth";

const SCREENS = [
  ["markets", "Markets"],
  ["portfolio", "Portfolio"],
  ["sandbox", "Sandbox"],
  ["system", "System"],
] as const;

/** Where one is, as whom, with how much, and whether it is true. */
export function TopBar({ route, onMenu }: { route: Route; onMenu: () => void }): ReactNode {
  const { accounts, account } = useHouse();
  const { data: funds } = useFunds();
  const { data: clock } = useClockState();
  const { theme, change } = useSettings();
  const now = useVenueNow(500);
  const here = route.screen === "market" ? "markets" : route.screen;
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-b border-line bg-panel px-3">
      <a href="#/markets" className="mr-2 text-[15px] font-semibold">
        mock-kalshi
      </a>
      <nav aria-label="Screens" className="flex gap-1">
        {SCREENS.map(([screen, label]) => (
          <a
            key={screen}
            href={`#/${screen}`}
            aria-current={here === screen ? "page" : undefined}
            className="rounded-md px-2.5 py-1 text-mute hover:text-ink aria-[current]:bg-raised aria-[current]:font-semibold aria-[current]:text-ink"
          >
            {label}
          </a>
        ))}
      </nav>
      <button type="button" className="btn btn-quiet ml-2 border-line!" onClick={onMenu}>
        Go to… <kbd className="text-[11px]">Ctrl K</kbd>
      </button>
      <span className="ml-auto" />
      <TruthPill />
      <span className="text-mute" title="The venue's clock" data-testid="clock">
        {clockTime(now)}
        {clock && clock.mode !== "real" ? ` ${clock.mode === "frozen" ? "frozen" : `×${clock.speed}`}` : ""}
      </span>
      <span className="min-w-20 text-right font-medium" data-testid="balance">
        {funds ? formatMoney(money(funds.balance.balance_dollars)) : "…"}
      </span>
      <select className="input" aria-label="Account" value={account} onChange={(event) => switchAccount(event.target.value)}>
        {accounts.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select className="input" aria-label="Colours" value={theme} onChange={(event) => change({ theme: event.target.value as typeof theme })}>
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </div>
  );
}
