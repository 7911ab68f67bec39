import { useState, type ReactNode } from "react";
import { parseFixed, formatFixed } from "../../model/units";
import { useHouse } from "../../state/house";
import { useStatus } from "../../state/queries";
import { Button, Card } from "./Card";
import { useAct } from "./useAct";

/** The two kinds of pause (SEMANTICS B11). */
export function Exchange(): ReactNode {
  const act = useAct();
  const { data: status } = useStatus();
  const rows = [
    ["trading", "Trading", status?.trading_active],
    ["exchange", "Exchange", status?.exchange_active],
  ] as const;
  return (
    <Card title="Exchange" act={act}>
      {rows.map(([scope, label, active]) => (
        <div key={scope} className="flex items-center gap-2">
          <span className="w-20">{label}</span>
          <span className="pill" data-tone={active === false ? "warn" : "yes"}>
            {active === false ? "paused" : "active"}
          </span>
          <span className="ml-auto" />
          <Button act={act} path={active === false ? "exchange/resume" : "exchange/pause"} content={{ scope }}>
            {active === false ? "Resume" : "Pause"}
            <span className="sr-only">{label.toLowerCase()}</span>
          </Button>
        </div>
      ))}
    </Card>
  );
}

/** Money out of nothing, for one account. */
export function Fund(): ReactNode {
  const act = useAct();
  const { accounts, account } = useHouse();
  const [name, setName] = useState(account);
  const [text, setText] = useState("1000");
  const amount = parseFixed(text, 4);
  return (
    <Card title="Fund an account" act={act}>
      <form
        className="flex gap-1"
        onSubmit={(event) => {
          event.preventDefault();
          if (amount !== null) act.run("POST", `accounts/${encodeURIComponent(name)}/fund`, { amount: formatFixed(amount, 4) });
        }}
      >
        <select className="input flex-1" aria-label="Account to fund" value={name} onChange={(event) => setName(event.target.value)}>
          {accounts.map((entry) => (
            <option key={entry.name}>{entry.name}</option>
          ))}
        </select>
        <input className="input w-28 text-right" aria-label="Dollars" inputMode="decimal" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit" className="btn" disabled={amount === null || amount <= 0n || act.pending}>
          Pay in
        </button>
      </form>
    </Card>
  );
}
