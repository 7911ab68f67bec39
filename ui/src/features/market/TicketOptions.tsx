import type { ReactNode } from "react";
import type { TimeInForce } from "../../model/ticket";
import { useTicket } from "../../state/ticket";

const TIMES: [TimeInForce, string][] = [
  ["good_till_canceled", "Good till canceled"],
  ["immediate_or_cancel", "Immediate or cancel"],
  ["fill_or_kill", "Fill or kill"],
];
const FLAGS = [
  ["postOnly", "Post only"],
  ["reduceOnly", "Reduce only"],
  ["cancelOnPause", "Cancel on pause"],
] as const;

/** How long the order lives, and what it must not do. */
export function TicketOptions(): ReactNode {
  const state = useTicket();
  return (
    <>
      <div className="flex items-center gap-2">
        <label htmlFor="time-in-force" className="w-14 shrink-0 text-mute">
          Lives
        </label>
        <select
          id="time-in-force"
          className="input min-w-0 flex-1"
          value={state.timeInForce}
          onChange={(event) => state.change({ timeInForce: event.target.value as TimeInForce })}
        >
          {TIMES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="flex flex-wrap gap-x-3 gap-y-1 text-[12px]">
        {FLAGS.map(([name, label]) => (
          <label key={name} className="flex items-center gap-1">
            <input type="checkbox" checked={state[name]} onChange={(event) => state.change({ [name]: event.target.checked })} />
            {label}
          </label>
        ))}
        <label className="flex items-center gap-1 text-mute">
          Ends after
          <input
            className="input min-h-5! w-10 px-1! text-center"
            inputMode="numeric"
            placeholder="∞"
            disabled={state.timeInForce !== "good_till_canceled"}
            value={state.expiresText}
            onChange={(event) => state.change({ expiresText: event.target.value.replace(/\D/g, "") })}
          />
          min
        </label>
      </div>
    </>
  );
}
