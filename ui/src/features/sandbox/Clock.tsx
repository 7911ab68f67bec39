import { useState, type ReactNode } from "react";
import type { ClockState } from "../../api/sandbox";
import { Segmented } from "../../components/Segmented";
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
const SPEEDS = ["1", "2", "10", "60", "600"].map((value) => ({ value, label: `×${value}` }));

const words = (clock: ClockState | undefined): string =>
  clock === undefined ? "not known" : clock.mode === "scaled" ? `×${clock.speed}` : clock.mode === "frozen" ? "frozen" : "real time";

/** The venue's clock: let it stand, step it, run it fast, put it somewhere. */
export function Clock(): ReactNode {
  const act = useAct();
  const now = useVenueNow(250);
  const { data: clock, error } = useClockState();
  const [to, setTo] = useState("");
  const frozen = clock?.mode === "frozen";
  return (
    <Card title="Clock" act={act} actions={<span className="pill" data-tone={clock ? (clock.mode === "real" ? "yes" : "warn") : undefined}>{words(clock)}</span>}>
      <div className="flex items-center">
        <span className="text-2xl font-semibold" data-testid="venue-time">
          {clockTime(now)}
        </span>
        <span className="mr-auto ml-2 text-mute">{dayAndTime(now).replace(/ \d\d:\d\d$/, "")}</span>
        <Button act={act} path="clock" content={{ action: frozen ? "resume" : "freeze" }} tone="btn-strong w-24">
          {frozen ? "Let it run" : "Freeze"}
        </Button>
      </div>
      <Fault error={error} what="clock to move" />
      <div className="grid grid-cols-5 gap-1">
        {STEPS.map(([label, by_ms]) => (
          <Button key={label} act={act} path="clock" content={{ action: "advance", by_ms }}>
            {`+${label}`}
          </Button>
        ))}
      </div>
      <Segmented
        label="Speed of the clock"
        className="w-full"
        value={frozen ? "" : String(clock?.speed ?? "")}
        options={SPEEDS}
        onChange={(speed) => act.run("POST", "clock", { action: "speed", speed: Number(speed) })}
      />
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
