import { lazy, Suspense, useState, type ReactNode } from "react";
import { MarketScreen } from "../features/market/MarketScreen";
import { MarketsScreen } from "../features/markets/MarketsScreen";
import { Nothing } from "../components/Panel";
import { useStart } from "../state/house";
import { useTheme } from "../state/theme";
import { Announcer } from "./Announcer";
import { Hotkeys } from "./Hotkeys";
import { useRail } from "./rail";
import { useRoute, type Route } from "./router";
import { TopBar } from "./TopBar";
import { Banner } from "./Truth";

const PortfolioScreen = lazy(() => import("../features/portfolio/PortfolioScreen").then((module) => ({ default: module.PortfolioScreen })));
const SandboxScreen = lazy(() => import("../features/sandbox/SandboxScreen").then((module) => ({ default: module.SandboxScreen })));
const SystemScreen = lazy(() => import("../features/system/SystemScreen").then((module) => ({ default: module.SystemScreen })));
const CommandMenu = lazy(() => import("./CommandMenu"));

export function App(): ReactNode {
  const start = useStart();
  useTheme();
  if (start.state === "starting") {
    return (
      <main className="grid h-full place-items-center">
        <p className="text-mute" role="status">
          Waiting for {start.waitingFor}
        </p>
      </main>
    );
  }
  // Another account is another house: nothing of the one before may stay on the screen.
  return <House key={start.house.account} />;
}

function House(): ReactNode {
  const route = useRoute();
  const [menu, setMenu] = useState(false);
  return (
    <div className="flex h-full min-w-[1180px] flex-col">
      <Hotkeys onMenu={() => setMenu(true)} />
      <TopBar route={route} onMenu={() => setMenu(true)} />
      <Banner />
      <main className="min-h-0 flex-1">
        <Suspense fallback={<Nothing>Loading</Nothing>}>
          <Screen route={route} />
        </Suspense>
      </main>
      <Announcer />
      {menu ? (
        <Suspense>
          <CommandMenu onClose={() => setMenu(false)} />
        </Suspense>
      ) : null}
    </div>
  );
}

function Screen({ route }: { route: Route }): ReactNode {
  switch (route.screen) {
    case "market":
      return <Market key={route.ticker} ticker={route.ticker} />;
    case "portfolio":
      return <PortfolioScreen />;
    case "sandbox":
      return <SandboxScreen />;
    case "system":
      return <SystemScreen />;
    default:
      return <MarketsScreen />;
  }
}

function Market({ ticker }: { ticker: string }): ReactNode {
  return <MarketScreen ticker={ticker} rail={useRail(ticker)} />;
}
