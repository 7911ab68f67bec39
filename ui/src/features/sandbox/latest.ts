/**
 * One thing under way at a time, and of those that came meanwhile only the newest afterwards: a hand on a scrubber
 * names positions faster than a venue goes there.
 */
export function latest<T>(send: (value: T) => Promise<void>): (value: T) => void {
  let busy = false;
  let waiting: { value: T } | null = null;
  const next = async (value: T): Promise<void> => {
    busy = true;
    try {
      await send(value);
    } finally {
      busy = false;
      const after = waiting;
      waiting = null;
      if (after) void next(after.value);
    }
  };
  return (value) => {
    if (busy) waiting = { value };
    else void next(value);
  };
}
