/** Three books of one market at the same moment: the venue's, the feed's as folded here, the rebuilder's from the log. */

import type { VenueClient } from "../../api/client";
import { asVenueError } from "../../api/errors";
import { getBook } from "../../api/markets";
import { json } from "../../api/sandbox";
import type { BookView } from "../../feed/store";
import { difference, type Book } from "../../model/book";
import { complement, count, price, type Count, type Price } from "../../model/units";

export type Verdict = { name: string; state: "same" | "differs" | "unknown"; words: string; levels: number };

const TRIES = 8;

type Rows = readonly (readonly string[])[];
const side = (rows: Rows): Map<Price, Count> => new Map(rows.map(([at = "", size = ""]) => [price(at), count(size)]));
export const bookOf = (rows: { yes_dollars: Rows; no_dollars: Rows }): Book => ({ yes: side(rows.yes_dollars), no: side(rows.no_dollars) });

const levels = (book: Book): number => book.yes.size + book.no.size;
const copy = (book: Book): Book => ({ yes: new Map(book.yes), no: new Map(book.no) });

/**
 * The feed is compared with the venue only when nothing changed while REST answered: then both are the same moment.
 * `feed` is asked before and after.
 */
export async function compare(venue: VenueClient, ticker: string, feed: () => BookView | null, rebuilder: string): Promise<Verdict[]> {
  let shown: Book | null = null;
  let real: Book | null = null;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = feed();
    shown = before && before.ticker === ticker && before.state === "live" ? copy(before.book) : null;
    real = bookOf(await getBook(venue, ticker));
    if (shown && difference(shown, real) === null) break;
    // What is still on its way gets a frame or two to arrive before the next look.
    await new Promise((done) => setTimeout(done, 60));
  }
  if (real === null) return [];
  const verdicts: Verdict[] = [{ name: "Venue (REST)", state: "same", words: "what the others are held against", levels: levels(real) }];
  verdicts.push(shown ? verdict("Feed (WebSocket)", shown, real) : { name: "Feed (WebSocket)", state: "unknown", words: "no live book of this market", levels: 0 });
  verdicts.push(await rebuilt(rebuilder, ticker, venue));
  return verdicts;
}

function verdict(name: string, book: Book, real: Book): Verdict {
  const differs = difference(book, real);
  return { name, state: differs === null ? "same" : "differs", words: differs === null ? "every level is the same" : `${differs} at the venue`, levels: levels(book) };
}

/** The rebuilder shows both sides in YES prices. */
interface Rebuilt {
  as_of_seq: number;
  bids: { price: string; count: string }[];
  asks: { price: string; count: string }[];
}

async function rebuilt(rebuilder: string, ticker: string, venue: VenueClient): Promise<Verdict> {
  const name = "Rebuilder (log)";
  if (!rebuilder) return { name, state: "unknown", words: "not running", levels: 0 };
  let last: Verdict = { name, state: "unknown", words: "no answer", levels: 0 };
  for (let attempt = 0; attempt < TRIES && last.state !== "same"; attempt += 1) {
    try {
      const answer = await json<Rebuilt>(`${rebuilder}/books/${encodeURIComponent(ticker)}`);
      const book: Book = {
        yes: new Map(answer.bids.map((level) => [price(level.price), count(level.count)])),
        no: new Map(answer.asks.map((level) => [complement(price(level.price)), count(level.count)])),
      };
      last = verdict(name, book, bookOf(await getBook(venue, ticker)));
      if (last.state === "differs") last = { ...last, words: `${last.words}; it has read the log up to seq ${answer.as_of_seq}` };
    } catch (error) {
      return { name, state: "unknown", words: asVenueError(error).message, levels: 0 };
    }
    if (last.state !== "same") await new Promise((done) => setTimeout(done, 60));
  }
  return last;
}
