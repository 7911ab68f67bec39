import { useState } from "react";
import { asVenueError, type VenueError } from "../../api/errors";
import { sandboxDo } from "../../state/queries";

export interface Act {
  /** `onDone` is called when it went well. */
  run: (method: string, path: string, content?: object, onDone?: () => void) => void;
  pending: boolean;
  error: VenueError | null;
  /** What the last one came to, when it went well. */
  done: string;
}

/** One thing done to the sandbox at a time, and the venue's own words when it was refused. */
export function useAct(): Act {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<VenueError | null>(null);
  const [done, setDone] = useState("");
  const run: Act["run"] = (method, path, content, onDone) => {
    setPending(true);
    setDone("");
    setError(null);
    sandboxDo(method, path, content)
      .then(() => {
        setDone("Done");
        onDone?.();
      })
      .catch((fault: unknown) => setError(asVenueError(fault)))
      .finally(() => setPending(false));
  };
  return { run, pending, error, done };
}
