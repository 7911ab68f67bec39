import type { ReactNode } from "react";

/** Something went wrong, in the words of whoever refused. `reference` is for looking it up. */
export function ErrorNote({ message, reference }: { message: string; reference?: string }): ReactNode {
  return (
    <p role="alert" className="rounded-md bg-no-soft px-2 py-1 text-no">
      {message}
      {reference ? <span className="ml-1 text-xs">({reference})</span> : null}
    </p>
  );
}

/** Something is not to be had here; nothing is broken. */
export function AbsentNote({ message, reference }: { message: string; reference: string }): ReactNode {
  return (
    <p className="text-mute">
      {message} <span className="text-xs">({reference})</span>
    </p>
  );
}

/** What an action came to. */
export function OkNote({ children }: { children: ReactNode }): ReactNode {
  return <p className="rounded-md bg-yes-soft px-2 py-1 text-yes">{children}</p>;
}
