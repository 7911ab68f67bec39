import { useId, type ReactNode, type Ref } from "react";

interface Props {
  label: string;
  suffix?: string;
  value: string;
  onChange: (text: string) => void;
  onStep: (direction: 1 | -1) => void;
  inputRef?: Ref<HTMLInputElement>;
  invalid?: boolean;
}

/** A number field with a step down and up; the arrow keys step too. */
export function Stepper({ label, suffix, value, onChange, onStep, inputRef, invalid }: Props): ReactNode {
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="w-14 shrink-0 text-mute">
        {label}
      </label>
      <div className="flex min-w-0 flex-1 items-center gap-1">
        <button type="button" className="btn w-7 px-0" aria-label={`${label}: one step down`} onClick={() => onStep(-1)}>
          −
        </button>
        <div className="relative min-w-0 flex-1">
          <input
            id={id}
            ref={inputRef}
            className="input w-full text-center font-medium"
            inputMode="decimal"
            autoComplete="off"
            value={value}
            aria-invalid={invalid || undefined}
            onChange={(event) => onChange(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
              event.preventDefault();
              onStep(event.key === "ArrowUp" ? 1 : -1);
            }}
          />
          {suffix ? <span className="pointer-events-none absolute top-1.5 right-2 text-mute">{suffix}</span> : null}
        </div>
        <button type="button" className="btn w-7 px-0" aria-label={`${label}: one step up`} onClick={() => onStep(1)}>
          +
        </button>
      </div>
    </div>
  );
}
