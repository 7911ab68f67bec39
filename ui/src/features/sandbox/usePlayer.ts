/** The tape player as the venue says it is, and its buttons. */

import { useEffect, useState } from "react";
import { asVenueError, type VenueError } from "../../api/errors";
import { json, type Tape } from "../../api/sandbox";
import { queries, useHouse } from "../../state/house";
import { useClockState, useSandbox } from "../../state/queries";
import { pace, positionNow } from "./tapeTime";

const EVERY_MS = 500;
const FRAME_MS = 100;
const KEY = ["sandbox", "tape"];

export interface Player {
  /** As the venue said last. */
  tape: Tape | undefined;
  /** Why that may not be so any more. */
  error: Error | null;
  positionMs: number;
  pending: boolean;
  refused: VenueError | null;
  /** Press a button; returns when the venue has done it or has refused. */
  press: (button: string, content?: object) => Promise<void>;
  eject: () => Promise<void>;
}

export function usePlayer(): Player {
  const { config } = useHouse();
  const { data: tape, error, dataUpdatedAt } = useSandbox<Tape>("tape", EVERY_MS);
  const { data: clock } = useClockState();
  const now = useNow(tape?.playing === true && !error);
  const [pending, setPending] = useState(false);
  const [refused, setRefused] = useState<VenueError | null>(null);
  const ask = async (method: string, path: string, content?: object): Promise<void> => {
    setPending(true);
    setRefused(null);
    try {
      const answer = await json<Tape>(`${config.venue_url}/sandbox/${path}`, method, content);
      // An answer on its way may be of before.
      await queries.cancelQueries({ queryKey: KEY });
      queries.setQueryData(KEY, answer);
    } catch (fault) {
      setRefused(asVenueError(fault));
      void queries.invalidateQueries({ queryKey: KEY });
    } finally {
      setPending(false);
    }
  };
  return {
    tape,
    error,
    positionMs: tape ? positionNow(tape, error ? 0 : now - dataUpdatedAt, pace(clock)) : 0,
    pending,
    refused,
    press: async (button, content) => {
      await ask("POST", `tape/${button}`, content);
      if (button === "load") void queries.invalidateQueries({ queryKey: ["markets"] });
    },
    eject: () => ask("DELETE", "tape"),
  };
}

/** This machine's time, looked at often while it is needed. */
function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), FRAME_MS);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
