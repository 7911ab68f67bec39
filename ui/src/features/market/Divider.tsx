import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

interface Props {
  label: string;
  /** Which way the line runs: across, with a part above and one below, or upright between left and right. */
  runs: "across" | "upright";
  /** The part behind it (below, or to the right), in percent of the element it stands in. */
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
}

const STEP = 2;

/** The border between two parts, to be dragged or moved with the arrow keys; where it is put it stays. */
export function Divider({ label, runs, value, least, most, onChange }: Props): ReactNode {
  const upright = runs === "upright";
  const move = (wanted: number): void => onChange(Math.round(Math.min(most, Math.max(least, wanted))));
  const from = useRef({ at: 0, value });
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!box) return;
    const moved = upright ? (from.current.at - event.clientX) / box.width : (from.current.at - event.clientY) / box.height;
    move(from.current.value + moved * 100);
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key === (upright ? "ArrowLeft" : "ArrowUp")) move(value + STEP);
    else if (event.key === (upright ? "ArrowRight" : "ArrowDown")) move(value - STEP);
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={upright ? "vertical" : "horizontal"}
      aria-valuenow={value}
      aria-valuemin={least}
      aria-valuemax={most}
      className={`shrink-0 touch-none rounded hover:bg-line ${upright ? "w-1.5 cursor-col-resize" : "h-1.5 cursor-row-resize"}`}
      onPointerDown={(event) => {
        from.current = { at: upright ? event.clientX : event.clientY, value };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={drag}
      onKeyDown={keys}
    />
  );
}
