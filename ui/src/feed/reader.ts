/**
 * This page as one more reader of the market-data server: what it sends is not shown, its three stamps are counted
 * (docs/market_data.md). Where the server is away it is tried again, and nothing is counted.
 */

import ReconnectingWebSocket from "partysocket/ws";
import { Samples } from "./latency";

export class MarketDataReader {
  /** From the server's writing to the arrival here. */
  readonly arrival = new Samples();
  private readonly socket: ReconnectingWebSocket;

  constructor(url: string, ticker: string) {
    const address = `${url.replace(/^http/, "ws")}/ws?channels=book&tickers=${encodeURIComponent(ticker)}`;
    this.socket = new ReconnectingWebSocket(address, [], { minReconnectionDelay: 1_000, maxReconnectionDelay: 5_000 });
    this.socket.addEventListener("message", (event) => this.arrived(String(event.data), Date.now()));
  }

  close(): void {
    this.socket.close();
  }

  private arrived(frame: string, now: number): void {
    const message = JSON.parse(frame) as { type?: string; send_us?: number };
    if (message.type === "orderbook_delta" && message.send_us) this.arrival.add(now - message.send_us / 1_000);
  }
}
