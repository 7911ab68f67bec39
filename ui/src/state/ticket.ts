/** The one ticket of this window: the book fills it, keys drive it, the form shows it. Text fields hold what was typed. */

import { create } from "zustand";
import type { Outcome } from "../model/book";
import type { Action, Ticket, TimeInForce } from "../model/ticket";
import { parseCount, parsePriceInput, priceInput, type Price } from "../model/units";

export interface TicketState {
  action: Action;
  outcome: Outcome;
  priceText: string;
  countText: string;
  timeInForce: TimeInForce;
  postOnly: boolean;
  reduceOnly: boolean;
  cancelOnPause: boolean;
  /** Minutes from now, empty for none. */
  expiresText: string;
  /** Raised when a key wants to send what is in it. */
  wanted: number;
  change: (changed: Partial<Omit<TicketState, "change" | "clickLevel">>) => void;
  /** A level of the book was clicked: its price, and the action that trades against it. */
  clickLevel: (outcome: Outcome, price: Price, action: Action) => void;
}

export const useTicket = create<TicketState>()((set) => ({
  action: "buy",
  outcome: "yes",
  priceText: "",
  countText: "10",
  timeInForce: "good_till_canceled",
  postOnly: false,
  reduceOnly: false,
  cancelOnPause: false,
  expiresText: "",
  wanted: 0,
  change: (changed) => set(changed),
  clickLevel: (outcome, price, action) => set({ outcome, action, priceText: priceInput(price) }),
}));

export const ticketOf = (state: TicketState): Ticket => ({
  action: state.action,
  outcome: state.outcome,
  price: parsePriceInput(state.priceText),
  count: parseCount(state.countText),
  timeInForce: state.timeInForce,
  postOnly: state.postOnly,
  reduceOnly: state.reduceOnly,
  cancelOnPause: state.cancelOnPause,
});
