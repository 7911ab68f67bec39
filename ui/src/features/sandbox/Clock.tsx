import { useState, type ReactNode } from "react";
import { clockTime, dayAndTime } from "../../model/moments";
import { useVenueNow } from "../../state/clock";
import { useClockState } from "../../state/queries";
import { Button, Card, Fault } from "./Card";
import { useAct } from "./useAct";

const STEPS: [string, number][] = [
  ["1 s", 1_000],
  ["1 min", 60_000],
  ["10 min", 600_000],
  ["1 h", 3_600_000],
  ["1 d", 86_400_000],
];
const SPEEDS = [1, 2, 10, 60, 600];

/** The venue's clock: let it stand, step it, run it fast, put it somewhere. */
export function Clock(): ReactNode {
  const act = useAct();
  const now = useVenueNow(250);
  const { data: clock, error } = useClockState();
  const [to, setTo] = useState("");
  const frozen = clock?.mode === "frozen";
  return (
    <Card title="Clock" act={act} actions={<span className="pill" data-tone={clock ? (clock.mode === "real" ? "yes" : "warn") : undefined}>{clock?.mode ?? "real"}</span>}>
      <div className="text-2xl font-semibold">
        {clockTime(now)} <span className="text-[13px] font-normal text-mute">{dayAndTime(now)}</span>
      </div>
      <Fault error={error} what="clock to move" />
      <div className="flex flex-wrap gap-1">
        <Button act={act} path="clock" content={{ action: frozen ? "resume" : "freeze" }} tone="btn-strong">
          {frozen ? "Let it run" : "Freeze"}
        </Button>
        {STEPS.map(([label, by_ms]) => (
          <Button key={label} act={act} path="clock" content={{ action: "advance", by_ms }}>
            +{label}
          </Button>
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-1">
        <span className="mr-1 text-mute">Speed</span>
        {SPEEDS.map((speed) => (
          <Button key={speed} act={act} path="clock" content={{ action: "speed", speed }}>
            ×{speed}
          </Button>
        ))}
      </div>
      <form
        className="flex gap-1"
        onSubmit={(event) => {
          event.preventDefault();
          if (to) act.run("POST", "clock", { action: "set", to: new Date(to).toISOString() });
        }}
      >
        <input type="datetime-local" className="input flex-1" aria-label="Set the clock to" value={to} onChange={(event) => setTo(event.target.value)} />
        <button type="submit" className="btn" disabled={!to || act.pending}>
          Set
        </button>
      </form>
    </Card>
  );
}
