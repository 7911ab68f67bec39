import { useEffect, useRef, type FormEvent, type ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import type { Market, Series } from "../../api/markets";
import { ErrorNote, OkNote } from "../../components/Notes";
import { Panel } from "../../components/Panel";
import { Segmented } from "../../components/Segmented";
import { Stepper } from "../../components/Stepper";
import { best } from "../../model/book";
import { nextPrice, type Grid } from "../../model/grid";
import { sideOf, yesPrice } from "../../model/ticket";
import { complement, CONTRACT, DOLLAR, formatCount, formatMoney, formatPrice, NO_COUNT, parseCount, priceInput, wireCount, wirePrice, type Count, type Price } from "../../model/units";
import { useVenueNow } from "../../state/clock";
import { useFeedEvery } from "../../state/house";
import { useCreateOrder } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { useTicket } from "../../state/ticket";
import { Placed } from "./Placed";
import { TicketOptions } from "./TicketOptions";
import { TicketSummary } from "./TicketSummary";
import { TICKET_MS, useTicketPreview } from "./useTicketPreview";

const PRESETS = [1, 10, 100, 1_000];

interface Props {
  market: Market;
  grid: Grid;
  series: Series | undefined;
}

/** An order in words, what it would do, and one button. What the venue answered stands below it. */
export function Ticket({ market, grid, series }: Props): ReactNode {
  const state = useTicket();
  const { unit } = useSettings();
  const { ticket, preview, reason, position, free } = useTicketPreview(market, grid, series);
  const now = useVenueNow(5_000);
  const create = useCreateOrder();
  const priced = useRef("");
  const book = useFeedEvery(TICKET_MS, (feed) => feed.book?.book);
  const bid = book ? best(book.yes) : null;
  const noBid = book ? best(book.no) : null;
  const ask = noBid === null ? null : complement(noBid);
  const quote = (outcome: "yes" | "no"): Price | null => {
    const buys = state.action === "buy";
    if (outcome === "yes") return buys ? ask : bid;
    return buys ? (bid === null ? null : complement(bid)) : noBid;
  };
  // A new market begins with its own price; after that only the person, or a click, changes it.
  const first = quote(state.outcome);
  useEffect(() => useTicket.getState().change({ priceText: "" }), [market.ticker]);
  useEffect(() => {
    if (first !== null && useTicket.getState().priceText === "" && priced.current !== market.ticker) {
      priced.current = market.ticker;
      useTicket.getState().change({ priceText: priceInput(first) });
    }
  }, [first, market.ticker]);
  const priceField = useRef<HTMLInputElement>(null);
  const countField = useRef<HTMLInputElement>(null);

  const send = (): void => {
    if (reason !== null || create.isPending || ticket.price === null || ticket.count === null) return;
    const minutes = Number(state.expiresText);
    create.mutate({
      ticker: market.ticker,
      side: sideOf(ticket),
      price: wirePrice(yesPrice(ticket.outcome, ticket.price)),
      count: wireCount(ticket.count),
      time_in_force: ticket.timeInForce,
      self_trade_prevention_type: "taker_at_cross",
      client_order_id: crypto.randomUUID(),
      ...(ticket.postOnly ? { post_only: true } : {}),
      ...(ticket.reduceOnly ? { reduce_only: true } : {}),
      ...(ticket.cancelOnPause ? { cancel_order_on_pause: true } : {}),
      ...(minutes > 0 && ticket.timeInForce === "good_till_canceled"
        ? { expiration_time: Math.floor(now / 1_000) + minutes * 60 }
        : {}),
    });
  };
  const sendNow = useRef(send);
  sendNow.current = send;
  useEffect(() => {
    if (state.wanted > 0) sendNow.current();
  }, [state.wanted]);

  const step = (direction: 1 | -1): void => {
    const from = ticket.price ?? quote(state.outcome) ?? ((DOLLAR / 2) as Price);
    state.change({ priceText: priceInput(ticket.price === null ? from : nextPrice(grid, from, direction)) });
  };
  const setCount = (value: Count): void => state.change({ countText: wireCount(value).replace(/\.00$/, "") });
  const most = (): void => {
    if (state.action === "sell" && position !== NO_COUNT) setCount(Math.abs(position) as Count);
    else if (free !== null && ticket.price) {
      const own = BigInt(state.action === "buy" ? ticket.price : complement(ticket.price));
      setCount((Number(free / (own * BigInt(CONTRACT))) * CONTRACT) as Count);
    }
  };
  const verb = state.action === "buy" ? "Buy" : "Sell";
  return (
    <Panel title="Ticket" actions={<Held position={position} />} className="shrink-0">
      <form
        className="flex flex-col gap-2 p-2.5"
        aria-label="Order ticket"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="flex gap-2">
          <Segmented
            label="Action"
            value={state.action}
            options={[
              { value: "buy", label: "Buy" },
              { value: "sell", label: "Sell" },
            ]}
            onChange={(action) => state.change({ action })}
          />
          <Segmented
            label="Outcome"
            className="flex-1"
            value={state.outcome}
            options={(["yes", "no"] as const).map((outcome) => {
              const quoted = quote(outcome);
              return {
                value: outcome,
                tone: outcome,
                label: `${outcome.toUpperCase()} ${quoted === null ? "–" : formatPrice(quoted, unit)}`,
              };
            })}
            onChange={(outcome) => {
              const quoted = quote(outcome);
              state.change({ outcome, ...(quoted === null ? {} : { priceText: priceInput(quoted) }) });
            }}
          />
        </div>
        <Stepper
          label="Price"
          suffix={unit === "cents" ? "¢" : "%"}
          value={state.priceText}
          onChange={(priceText) => state.change({ priceText })}
          onStep={step}
          inputRef={priceField}
          invalid={state.priceText !== "" && ticket.price === null}
        />
        <Stepper
          label="Count"
          value={state.countText}
          onChange={(countText) => state.change({ countText })}
          onStep={(direction) => setCount(Math.max(0, (parseCount(state.countText) ?? 0) + direction * CONTRACT) as Count)}
          inputRef={countField}
          invalid={state.countText !== "" && ticket.count === null}
        />
        <div className="flex gap-1 pl-16" role="group" aria-label="How many">
          {PRESETS.map((contracts) => (
            <button key={contracts} type="button" className="btn btn-small flex-1 px-0" onClick={() => setCount((contracts * CONTRACT) as Count)}>
              {formatCount((contracts * CONTRACT) as Count)}
            </button>
          ))}
          <button type="button" className="btn btn-small flex-1 px-0" onClick={most}>
            Max
          </button>
        </div>
        <TicketOptions />
        <TicketSummary ticket={ticket} seen={preview} unit={unit} />
        <button
          type="submit"
          className={`btn min-h-9 ${state.outcome === "yes" ? "btn-yes" : "btn-no"}`}
          disabled={reason !== null || create.isPending}
          aria-describedby="ticket-reason"
        >
          {create.isPending
            ? "Sent, waiting for the venue"
            : `${verb} ${ticket.count === null ? "" : formatCount(ticket.count)} ${state.outcome.toUpperCase()}${ticket.price === null ? "" : ` at ${formatPrice(ticket.price, unit)}`}`}
        </button>
        <p id="ticket-reason" className="min-h-[18px] text-center text-[12px] text-mute" data-testid="ticket-reason">
          {reason ?? (free === null ? "" : `${formatMoney(free)} free`)}
        </p>
        {create.error ? (
          <ErrorNote message={asVenueError(create.error).message} reference={asVenueError(create.error).reference} />
        ) : null}
        {create.data && !create.isPending ? (
          <OkNote>
            <Placed placed={create.data} unit={unit} outcome={state.outcome} />
          </OkNote>
        ) : null}
      </form>
    </Panel>
  );
}

function Held({ position }: { position: Count }): ReactNode {
  const close = useTicket((state) => state.change);
  if (position === NO_COUNT) return <span className="text-[12px] text-mute">no position</span>;
  const outcome = position > 0 ? "yes" : "no";
  const held = Math.abs(position) as Count;
  return (
    <>
      <span className="pill" data-tone={outcome} data-testid="held">
        {formatCount(held)} {outcome.toUpperCase()}
      </span>
      <button
        type="button"
        className="btn btn-small"
        onClick={() => close({ action: "sell", outcome, countText: wireCount(held).replace(/\.00$/, "") })}
      >
        Close
      </button>
    </>
  );
}
