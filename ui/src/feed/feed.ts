/**
 * The venue's WebSocket for one window: connects, subscribes, folds, and puts what it knows into the store once a
 * frame. Knows channels and sids; what a message means to a book is bookFeed's business, what silence means is link's.
 */

import ReconnectingWebSocket from "partysocket/ws";
import { decode, type FillMessage, type Message } from "../model/wire";
import { BookFeed } from "./bookFeed";
import { Latency } from "./latency";
import { Link, PROBE_MS } from "./link";
import { createFeedStore, toTicker, toTrade, TRADES_KEPT, type FeedStore, type TradeView } from "./store";

const ASK_AGAIN_MS = 2_000;
const HIDDEN_FRAME_MS = 250;
const PRIVATE = ["user_orders", "fill", "market_positions", "order_group_updates"];

export interface FeedEvents {
  /** Something of the account changed: what is shown of it must be read again. */
  onPrivate: () => void;
  onFill: (fill: FillMessage["msg"]) => void;
  /** A market's life went on. */
  onLifecycle: (ticker: string | undefined) => void;
  /** A connection is up: what was read before it may be old. */
  onOpen: () => void;
}

export class Feed {
  readonly store: FeedStore = createFeedStore();
  readonly latency = new Latency();
  private readonly link = new Link();
  private readonly socket: ReconnectingWebSocket;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly queue: Message[] = [];
  private readonly traded: TradeView[] = [];
  private readonly wanted = new Map<number, string>();
  private book: BookFeed | null = null;
  private tradeSid = 0;
  private market: string | null = null;
  private commandId = 0;
  private probeId = 0;
  private askedAt = 0;
  private frame: (() => void) | null = null;

  /** `url` is asked for every connection and must not fail: a token that is refused is just another retry. */
  constructor(
    url: () => Promise<string>,
    private readonly events: FeedEvents,
  ) {
    this.socket = new ReconnectingWebSocket(url, [], {
      minReconnectionDelay: 200,
      maxReconnectionDelay: 2_000,
      reconnectionDelayGrowFactor: 1.5,
      connectionTimeout: 4_000,
      minUptime: 1_000,
    });
    this.link.opening(now());
    this.socket.addEventListener("open", () => this.opened());
    this.socket.addEventListener("close", () => this.closed());
    this.socket.addEventListener("message", (event) => this.arrived(String(event.data)));
    this.timer = setInterval(() => this.tick(), PROBE_MS / 2);
  }

  /** Which market's book and trades are wanted; null for none. */
  watch(ticker: string | null): void {
    if (ticker === this.market) return;
    const old = [this.book?.sid, this.tradeSid].filter((sid): sid is number => !!sid);
    if (old.length) this.send("unsubscribe", { sids: old });
    this.market = ticker;
    this.book = null;
    this.tradeSid = this.traded.length = 0;
    this.store.setState({ book: null, trades: [] });
    if (ticker !== null) this.subscribeMarket(ticker);
  }

  /** Connect anew: as another account. */
  restart(): void {
    this.socket.reconnect();
  }

  close(): void {
    clearInterval(this.timer);
    this.socket.close();
  }

  // --- the socket ---------------------------------------------------------------------------------

  private opened(): void {
    this.link.opened(now());
    this.wanted.clear();
    this.book?.lose();
    this.tradeSid = 0;
    this.send("subscribe", { channels: ["ticker"], send_initial_snapshot: true });
    this.send("subscribe", { channels: ["market_lifecycle_v2"] });
    this.send("subscribe", { channels: PRIVATE });
    if (this.market !== null) this.subscribeMarket(this.market);
    this.events.onOpen();
    this.schedule();
  }

  private closed(): void {
    this.link.closed(now());
    this.link.opening(now());
    this.queue.length = 0; // what was not shown yet belongs to a stream that has no end
    this.book?.lose();
    this.schedule();
  }

  private arrived(frame: string): void {
    const message = decode(frame);
    if (message === null) return;
    this.link.heard(now());
    if (message.type === "ok" && message.id === this.probeId) {
      this.link.answered(now());
      return;
    }
    if (message.type === "orderbook_delta" && message.msg.ts_ms) this.latency.arrived(message.msg.ts_ms, Date.now());
    this.queue.push(message);
    this.schedule();
  }

  private send(cmd: string, params: object): number {
    this.commandId += 1;
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ id: this.commandId, cmd, params }));
    }
    return this.commandId;
  }

  private subscribeMarket(ticker: string): void {
    const params = { channels: ["orderbook_delta", "trade"], market_ticker: ticker };
    this.wanted.set(this.send("subscribe", params), ticker);
  }

  private askForSnapshot(book: BookFeed): void {
    this.askedAt = now();
    this.send("update_subscription", { sids: [book.sid], action: "get_snapshot", market_tickers: [book.ticker] });
  }

  private tick(): void {
    if (this.link.probe(now())) this.probeId = this.send("list_subscriptions", {});
    const asks = this.book?.state === "resyncing" && this.socket.readyState === WebSocket.OPEN;
    if (asks && this.book && now() - this.askedAt > ASK_AGAIN_MS) this.askForSnapshot(this.book);
    this.publishLink();
  }

  // --- once a frame -------------------------------------------------------------------------------

  private schedule(): void {
    if (this.frame !== null) return;
    this.frame = () => {
      this.frame = null;
      this.drain();
    };
    if (document.hidden) setTimeout(this.frame, HIDDEN_FRAME_MS);
    else requestAnimationFrame(this.frame);
  }

  private drain(): void {
    const messages = this.queue.splice(0);
    for (const message of messages) this.fold(message);
    const state = this.store.getState();
    const traded = this.traded.splice(0).reverse();
    this.store.setState({
      ...(traded.length ? { trades: [...traded, ...state.trades].slice(0, TRADES_KEPT) } : {}),
      tickersVersion: state.tickersVersion + 1,
      messages: state.messages + messages.length,
      frames: state.frames + 1,
      ...(this.book && this.book.ticker === this.market ? { book: this.bookView(this.book) } : {}),
    });
    if (this.store.getState().link.kind !== this.link.status(now()).kind) this.publishLink();
    this.latency.shown(Date.now());
  }

  private bookView(book: BookFeed): NonNullable<ReturnType<FeedStore["getState"]>["book"]> {
    const open = this.socket.readyState === WebSocket.OPEN;
    return {
      ticker: book.ticker,
      state: open ? book.state : "resyncing",
      book: { yes: book.yes, no: book.no },
      flashes: book.takeFlashes(),
      counters: { ...book.counters },
      clock: book.clock,
      changedAtMs: book.changedAtMs,
      lastDelta: book.lastDelta,
    };
  }

  private publishLink(): void {
    this.store.setState({ link: this.link.status(now()) });
  }

  private fold(message: Message): void {
    switch (message.type) {
      case "subscribed":
        this.subscribed(message.id, message.msg.channel, message.msg.sid);
        return;
      case "ticker": {
        const { tickers } = this.store.getState();
        const ticker = message.msg.market_ticker;
        tickers.set(ticker, toTicker(message.msg, tickers.get(ticker), now()));
        return;
      }
      case "trade":
        if (message.sid === this.tradeSid) this.traded.push(toTrade(message.msg));
        return;
      case "fill":
        this.events.onFill(message.msg);
        this.events.onPrivate();
        return;
      case "user_order":
      case "market_position":
      case "order_group_updates":
        this.events.onPrivate();
        return;
      case "market_lifecycle_v2":
        this.events.onLifecycle(message.msg.market_ticker);
        return;
      case "error":
        this.refused(message.sid);
        return;
      default:
        if (this.book && "sid" in message && message.sid === this.book.sid) {
          if (this.book.receive(message) === "gap") this.askForSnapshot(this.book);
        }
    }
  }

  private subscribed(id: number | undefined, channel: string, sid: number): void {
    const ticker = id === undefined ? undefined : this.wanted.get(id);
    if (ticker === undefined) return;
    if (ticker !== this.market) {
      this.send("unsubscribe", { sids: [sid] });
    } else if (channel === "trade") {
      this.tradeSid = sid;
    } else {
      this.book = new BookFeed(ticker, sid);
    }
  }

  /** A subscription of the venue's ended (codes 10 and 25): begin it again. */
  private refused(sid: number | undefined): void {
    if (sid !== undefined && sid === this.book?.sid && this.market !== null) {
      this.book.lose();
      this.subscribeMarket(this.market);
    }
  }
}

const now = (): number => performance.now();
