import type { ReactNode } from "react";

export function MarketLink({ ticker }: { ticker: string }): ReactNode {
  return (
    <a className="text-accent hover:underline" href={`#/market/${encodeURIComponent(ticker)}`}>
      {ticker}
    </a>
  );
}

/** bid = buys YES, ask = sells YES or buys NO: the venue does not tell these two apart (SEMANTICS B1). */
export function SideText({ bookSide }: { bookSide: "bid" | "ask" }): ReactNode {
  return bookSide === "bid" ? <span className="text-yes">Bid YES</span> : <span className="text-no">Ask YES</span>;
}
