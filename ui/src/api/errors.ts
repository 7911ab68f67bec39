/** The venue's refusals as one type, whatever of its four body shapes they come in (SEMANTICS F4). */

export class VenueError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly details: string,
  ) {
    super(details ? `${inWords(code)}: ${details}` : inWords(code));
    this.name = "VenueError";
  }

  /** What a reader needs to look it up. */
  get reference(): string {
    return this.status ? `${this.code}, HTTP ${this.status}` : this.code;
  }
}

const WORDS: Record<string, string> = {
  insufficient_balance: "Not enough free money",
  invalid_price: "This market does not take that price",
  invalid_order_size: "This market does not take that size",
  invalid_order: "The order contradicts itself",
  market_closed: "The market is closed",
  market_inactive: "The market is paused",
  market_not_found: "There is no such market",
  trading_is_paused: "Trading is paused",
  exchange_is_paused: "The exchange is paused",
  order_already_exists: "This client order id was used before",
  fill_or_kill_insufficient_resting_volume: "Fill or kill: not enough to fill all of it",
  not_found: "Not there (any more)",
  not_implemented: "This venue cannot do that yet",
  too_many_requests: "Too many requests",
  service_unavailable: "The venue takes no commands now",
  unreachable: "The venue does not answer",
};

export const inWords = (code: string): string => {
  const plain = WORDS[code] ?? code.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function toVenueError(status: number, body: unknown): VenueError {
  const whole = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  if (typeof whole.error === "string") return new VenueError(status, whole.error.replaceAll(" ", "_"), "");
  const inner = typeof whole.error === "object" && whole.error !== null ? (whole.error as Record<string, unknown>) : whole;
  if (typeof whole.msg === "string") return new VenueError(status, "invalid_parameters", whole.msg);
  if (typeof inner.code !== "string") return new VenueError(status, `http_${status}`, text(whole.detail));
  const details = text(inner.details);
  const message = text(inner.message);
  const says = message && message !== inner.code && message !== inner.code.replaceAll("_", " ") ? message : "";
  return new VenueError(status, inner.code, [says, details].filter(Boolean).join(", "));
}

export const unreachable = (): VenueError => new VenueError(0, "unreachable", "");

export const asVenueError = (error: unknown): VenueError =>
  error instanceof VenueError ? error : new VenueError(0, "unexpected", String(error));
