import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";

interface Option<T extends string> {
  value: T;
  label: ReactNode;
  tone?: "yes" | "no";
}

interface Props<T extends string> {
  /** What is being chosen, for those who cannot see it. */
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  className?: string;
}

/** One of a few: always exactly one is on. */
export function Segmented<T extends string>({ label, value, options, onChange, className = "" }: Props<T>): ReactNode {
  return (
    <ToggleGroup.Root
      type="single"
      className={`seg ${className}`}
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        if (next) onChange(next as T);
      }}
    >
      {options.map((option) => (
        <ToggleGroup.Item key={option.value} value={option.value} data-tone={option.tone}>
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
