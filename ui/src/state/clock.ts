/** The venue's time: its own clock where it tells, this machine's otherwise. It may stand still or run fast. */

import { useEffect, useState } from "react";
import { useClockState } from "./queries";

export function useVenueNow(everyMs = 500): number {
  const { data, dataUpdatedAt } = useClockState();
  const [local, setLocal] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setLocal(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  if (!data) return local;
  const speed = data.mode === "frozen" ? 0 : data.mode === "scaled" ? data.speed : 1;
  return data.now_us / 1_000 + Math.max(0, local - dataUpdatedAt) * speed;
}
