import { useState, type ReactNode } from "react";
import { formatFixed, parsePriceInput } from "../../model/units";
import { useMarkets } from "../../state/queries";
import { Button, Card } from "./Card";
import { useAct } from "./useAct";

/** One market's life in one's own hands: pause, close, and say how it came out. */
export function MarketControl(): ReactNode {
  const act = useAct();
  const { data: markets } = useMarkets("");
  const [chosen, setChosen] = useState("");
  const [value, setValue] = useState("50");
  const ticker = chosen || (markets?.[0]?.ticker ?? "");
  const market = markets?.find((one) => one.ticker === ticker);
  const path = `markets/${encodeURIComponent(ticker)}`;
  const parsed = parsePriceInput(value);
  return (
    <Card title="Market" act={act} actions={<span className="pill">{market?.status ?? "–"}</span>}>
      <select className="input w-full" aria-label="Market" value={ticker} onChange={(event) => setChosen(event.target.value)}>
        {(markets ?? []).map((one) => (
          <option key={one.ticker}>{one.ticker}</option>
        ))}
      </select>
      <div className="grid grid-cols-3 gap-1">
        <Button act={act} path={`${path}/pause`}>
          Pause
        </Button>
        <Button act={act} path={`${path}/resume`}>
          Resume
        </Button>
        <Button act={act} path={`${path}/close`}>
          Close now
        </Button>
      </div>
      <div className="flex items-center gap-1">
        <span className="mr-1 text-mute">Settle</span>
        <Button act={act} path={`${path}/settle`} content={{ result: "yes" }} tone="btn-yes flex-1">
          YES
        </Button>
        <Button act={act} path={`${path}/settle`} content={{ result: "no" }} tone="btn-no flex-1">
          NO
        </Button>
        <input className="input w-16 text-right" aria-label="Value of one YES in cents" inputMode="decimal" value={value} onChange={(event) => setValue(event.target.value)} />
        <button
          type="button"
          className="btn"
          disabled={act.pending || parsed === null}
          onClick={() => act.run("POST", `${path}/settle`, { value: formatFixed(parsed ?? 0, 4) })}
        >
          ¢ for YES
        </button>
      </div>
    </Card>
  );
}
