import { useMemo, useRef, useState, type ReactNode } from "react";
import { latest } from "./latest";
import { keyTo, tapeTime } from "./tapeTime";

interface Props {
  positionMs: number;
  durationMs: number;
  disabled: boolean;
  /** Go there; returns when the book is that of the position, or when it was refused. */
  onSeek: (positionMs: number) => Promise<void>;
}

/**
 * A slider over the whole tape. The book follows the hand: while one seek is under way the newest position waits.
 * Arrows step five seconds, Page Up and Down a minute, Home and End to the ends.
 */
export function Scrubber({ positionMs, durationMs, disabled, onSeek }: Props): ReactNode {
  const [held, setHeld] = useState<number | null>(null);
  const seek = useRef(onSeek);
  seek.current = onSeek;
  const go = useMemo(
    () =>
      latest<number>(async (to) => {
        await seek.current(to);
        // The hand has not moved on meanwhile: from here on the venue says where it is.
        setHeld((now) => (now === to ? null : now));
      }),
    [],
  );
  const move = (to: number): void => {
    setHeld(to);
    go(to);
  };
  const shown = Math.round(held ?? positionMs);
  return (
    <div className="flex min-w-0 flex-1 items-center gap-2">
      <span className="min-w-10 text-right font-medium" data-testid="tape-position">
        {tapeTime(shown)}
      </span>
      <input
        type="range"
        className="min-w-0 flex-1 accent-accent"
        aria-label="Position on the tape"
        aria-valuetext={`${tapeTime(shown)} of ${tapeTime(durationMs)}`}
        min={0}
        max={durationMs}
        step={1}
        value={shown}
        disabled={disabled}
        onChange={(event) => move(Number(event.target.value))}
        onKeyDown={(event) => {
          const to = event.ctrlKey || event.altKey || event.metaKey ? null : keyTo(event.key, shown, durationMs);
          if (to === null) return;
          event.preventDefault();
          move(to);
        }}
      />
      <span className="min-w-10 text-mute">{tapeTime(durationMs)}</span>
    </div>
  );
}
