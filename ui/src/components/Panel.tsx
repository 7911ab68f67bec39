import type { ReactNode } from "react";

interface Props {
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Without it the content scrolls when it is too long. */
  fixed?: boolean;
}

/** A titled part of a screen. */
export function Panel({ title, actions, children, className = "", fixed = false }: Props): ReactNode {
  return (
    <section className={`panel ${className}`}>
      <div className="panel-head">
        <h2 className="mr-auto truncate">{title}</h2>
        {actions}
      </div>
      <div className={`min-h-0 flex-1 ${fixed ? "flex flex-col overflow-hidden" : "overflow-auto"}`}>{children}</div>
    </section>
  );
}

/** A word and what it is, one under the other. */
export function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div className="min-w-0">
      <div className="text-xs text-mute">{name}</div>
      <div className="truncate font-medium">{children}</div>
    </div>
  );
}

/** Instead of content: that there is none, and why. */
export function Nothing({ children }: { children: ReactNode }): ReactNode {
  return <p className="p-4 text-center text-mute">{children}</p>;
}
