import type { ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import { AbsentNote, ErrorNote, OkNote } from "../../components/Notes";
import { Panel } from "../../components/Panel";
import type { Act } from "./useAct";

/** One power of the sandbox: its controls, and what the venue said to them. */
export function Card(props: { title: string; act?: Act; actions?: ReactNode; className?: string; children: ReactNode }): ReactNode {
  const { act } = props;
  return (
    <Panel title={props.title} actions={props.actions} className={props.className ?? ""}>
      <div className="flex flex-col gap-2 p-3">
        {props.children}
        {act?.error ? <ErrorNote message={act.error.message} reference={act.error.reference} /> : null}
        {act?.done ? <OkNote>{act.done}</OkNote> : null}
      </div>
    </Panel>
  );
}

/** Why a list of the sandbox is not there: this venue has no such power, or something is wrong. */
export function Fault({ error, what }: { error: Error | null; what: string }): ReactNode {
  if (!error) return null;
  const { status, message, reference } = asVenueError(error);
  const absent = status === 404 || status === 501;
  return absent ? <AbsentNote message={`This venue has no ${what}`} reference={reference} /> : <ErrorNote message={message} reference={reference} />;
}

interface Does {
  act: Act;
  method?: string;
  path: string;
  content?: object;
  children: ReactNode;
  tone?: string;
  /** What it does, where the sign on it does not say. */
  label?: string;
  onDone?: () => void;
}

export function Button(props: Does): ReactNode {
  return (
    <button
      type="button"
      className={`btn ${props.tone ?? ""}`}
      aria-label={props.label}
      disabled={props.act.pending}
      onClick={() => props.act.run(props.method ?? "POST", props.path, props.content, props.onDone)}
    >
      {props.children}
    </button>
  );
}
