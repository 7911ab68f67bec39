import type { KeyboardEvent, PointerEvent, ReactNode } from "react";

interface Props {
  label: string;
  /** The part behind it, in percent of both. */
  value: number;
  onChange: (value: number) => void;
}

const [LEAST, MOST, STEP] = [15, 70, 2];
const within = (value: number): number => Math.round(Math.min(MOST, Math.max(LEAST, value)));

/** The border between two parts, to be dragged or moved with the arrow keys; where it is put it stays. */
export function Divider({ label, value, onChange }: Props): ReactNode {
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) onChange(within(((box.bottom - event.clientY) / box.height) * 100));
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "ArrowUp") onChange(within(value + STEP));
    else if (event.key === "ArrowDown") onChange(within(value - STEP));
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuenow={value}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      className="h-1.5 shrink-0 cursor-row-resize touch-none rounded hover:bg-line"
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={keys}
    />
  );
}
