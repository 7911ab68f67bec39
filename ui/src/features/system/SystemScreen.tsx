import { useEffect, useState, type ReactNode } from "react";
import { Fact, Panel } from "../../components/Panel";
import { age, clockTime } from "../../model/moments";
import { useFeedEvery, useHouse } from "../../state/house";
import { useMarkets } from "../../state/queries";
import { Books } from "./Books";
import { Hops } from "./Hops";
import { Processes } from "./Processes";

const FACTS_MS = 250;

/** Whether the machinery is well, how quick it is, and whether all books are the same. */
export function SystemScreen(): ReactNode {
  const { feed } = useHouse();
  const { data: markets } = useMarkets("");
  const [chosen, setChosen] = useState("");
  const ticker = chosen || (markets?.find((one) => one.status === "active")?.ticker ?? "");
  useEffect(() => {
    feed.watch(ticker || null);
    return () => feed.watch(null);
  }, [feed, ticker]);
  return (
    <div className="h-full overflow-auto p-1.5" data-screen="system">
      <h1 className="sr-only">System</h1>
      <div className="flex flex-col gap-1.5">
        <div className="grid grid-cols-[5fr_7fr] items-start gap-1.5">
          <div className="flex min-w-0 flex-col gap-1.5">
            <Panel title="Processes">
              <Processes />
            </Panel>
            <Panel
              title="Three books"
              actions={
                <select className="input max-w-60" aria-label="Market to compare" value={ticker} onChange={(event) => setChosen(event.target.value)}>
                  {(markets ?? []).map((one) => (
                    <option key={one.ticker}>{one.ticker}</option>
                  ))}
                </select>
              }
            >
              <Books ticker={ticker} />
            </Panel>
          </div>
          <Panel title="Latency, hop by hop">
            <Hops ticker={ticker} />
          </Panel>
        </div>
        <Panel title="Feed of this page">
          <FeedFacts />
        </Panel>
      </div>
    </div>
  );
}

function FeedFacts(): ReactNode {
  const { book, messages, frames, link } = useFeedEvery(FACTS_MS, (state) => state);
  const counters = book?.counters;
  const all = (counters?.deltas ?? 0) + (counters?.snapshots ?? 0);
  const delta = book?.lastDelta;
  return (
    <div className="grid grid-cols-[repeat(7,auto)_minmax(9rem,auto)] gap-4 p-3">
      <Fact name="Connection">{link.kind}</Fact>
      <Fact name="Last heard">{link.ageMs === null ? "never" : `${age(link.ageMs)} ago`}</Fact>
      <Fact name="Messages">{messages}</Fact>
      <Fact name="Messages a frame">{frames ? (messages / frames).toFixed(1) : "–"}</Fact>
      <Fact name="Snapshots">{counters?.snapshots ?? 0}</Fact>
      <Fact name="Deltas">
        {counters?.deltas ?? 0}
        {all ? ` (${((100 * (counters?.deltas ?? 0)) / all).toFixed(1)} %)` : ""}
      </Fact>
      <Fact name="Gaps">{counters?.gaps ?? 0}</Fact>
      <Fact name="Last delta">
        {delta ? `${delta.side} ${delta.price_dollars} ${delta.delta_fp}${delta.ts_ms ? `, ${clockTime(delta.ts_ms)}` : ""}` : "–"}
      </Fact>
    </div>
  );
}
