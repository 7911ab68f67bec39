/**
 * Whether what is on screen is true, from what the connection did and when. Pure: time is an argument, in local
 * milliseconds that only move on.
 *
 *   connecting ──open──► connected ◄──answer── trailing        (no answer to a probe for TRAILING_MS)
 *                            │ close                │ close
 *                            ▼                      ▼
 *                      reconnecting ──DOWN_MS without an open──► down
 */

export type LinkKind = "connecting" | "connected" | "trailing" | "reconnecting" | "down";

/** A probe goes out every so often; the venue answers each. */
export const PROBE_MS = 500;
export const TRAILING_MS = 1_200;
export const DOWN_MS = 10_000;

export interface LinkStatus {
  readonly kind: LinkKind;
  /** Since the venue was last heard, in milliseconds; null before it ever was. */
  readonly ageMs: number | null;
  /** From a probe to its answer. */
  readonly roundTripMs: number | null;
  readonly attempts: number;
}

export class Link {
  private open = false;
  private everOpen = false;
  private heardAt: number | null = null;
  private lostAt: number | null = null;
  private probedAt: number | null = null;
  private roundTripMs: number | null = null;
  private attempts = 0;

  opening(now: number): void {
    this.attempts += 1;
    this.lostAt ??= now;
  }

  opened(now: number): void {
    this.open = this.everOpen = true;
    this.heardAt = now;
    this.lostAt = this.probedAt = null;
    this.attempts = 0;
  }

  heard(now: number): void {
    this.heardAt = now;
  }

  closed(now: number): void {
    if (this.open) this.lostAt = now;
    this.open = false;
    this.probedAt = null;
  }

  /** True when a probe is due now; it counts as sent. */
  probe(now: number): boolean {
    if (!this.open || this.probedAt !== null) return false;
    this.probedAt = now;
    return true;
  }

  answered(now: number): void {
    if (this.probedAt !== null) this.roundTripMs = now - this.probedAt;
    this.probedAt = null;
    this.heardAt = now;
  }

  status(now: number): LinkStatus {
    return {
      kind: this.kind(now),
      ageMs: this.heardAt === null ? null : now - this.heardAt,
      roundTripMs: this.roundTripMs,
      attempts: this.attempts,
    };
  }

  private kind(now: number): LinkKind {
    if (this.open) {
      return this.probedAt !== null && now - this.probedAt > TRAILING_MS ? "trailing" : "connected";
    }
    if (this.lostAt !== null && now - this.lostAt > DOWN_MS) return "down";
    return this.everOpen ? "reconnecting" : "connecting";
  }
}
