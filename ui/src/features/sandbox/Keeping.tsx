import { useState, type ReactNode } from "react";
import type { Agent, SavedState } from "../../api/sandbox";
import { clockTime, parseTime } from "../../model/moments";
import { useSandbox } from "../../state/queries";
import { Button, Card, Fault } from "./Card";
import { useAct, type Act } from "./useAct";

/** Whole venues by name, and back to the beginning. */
export function Snapshots(): ReactNode {
  const act = useAct();
  const { data, error } = useSandbox<{ snapshots: SavedState[] }>("snapshots", 5_000);
  const [name, setName] = useState("before");
  return (
    <Card title="Snapshots and reset" act={act}>
      <form
        className="flex gap-1"
        onSubmit={(event) => {
          event.preventDefault();
          act.run("POST", "snapshots", { name });
        }}
      >
        <input className="input min-w-0 flex-1" aria-label="Name of the snapshot" value={name} onChange={(event) => setName(event.target.value)} />
        <button type="submit" className="btn" disabled={!name || act.pending}>
          Save
        </button>
        <Reset act={act} />
      </form>
      <Fault error={error} what="snapshots" />
      {data?.snapshots.map((saved) => (
        <div key={saved.name} className="flex items-center gap-1" data-snapshot={saved.name}>
          <span className="truncate">{saved.name}</span>
          <span className="mr-auto ml-1 whitespace-nowrap text-mute">
            {clockTime(parseTime(saved.saved_at))} · seq {saved.seq}
          </span>
          <Button act={act} path={`snapshots/${encodeURIComponent(saved.name)}/load`}>
            Load
          </Button>
          <Button act={act} method="DELETE" path={`snapshots/${encodeURIComponent(saved.name)}`} label={`Delete the snapshot ${saved.name}`}>
            ×
          </Button>
        </div>
      ))}
    </Card>
  );
}

/** Everything that was done is gone after it, so it is asked for twice. */
function Reset({ act }: { act: Act }): ReactNode {
  const [sure, setSure] = useState(false);
  if (sure) {
    return (
      <Button act={act} path="reset" tone="btn-no" onDone={() => setSure(false)}>
        Really reset
      </Button>
    );
  }
  return (
    <button type="button" className="btn" onClick={() => setSure(true)}>
      Reset the venue
    </button>
  );
}

/** The market maker and the other agents, on and off. */
export function Agents(): ReactNode {
  const act = useAct();
  const { data, error } = useSandbox<{ agents: Agent[] }>("agents", 2_000);
  return (
    <Card title="Agents" act={act}>
      <Fault error={error} what="agents" />
      {data?.agents.length === 0 ? <p className="text-mute">Nobody trades here beside you; `mock-kalshi up --mix` brings a crowd</p> : null}
      {data?.agents.map(({ name, running }) => (
        <div key={name} className="flex items-center gap-2" data-agent={name}>
          <span className="mr-auto">{name}</span>
          <span className="pill" data-tone={running ? "yes" : undefined}>
            {running ? "on" : "off"}
          </span>
          <Button act={act} path={`agents/${encodeURIComponent(name)}/${running ? "stop" : "start"}`}>
            {running ? "Stop" : "Start"}
          </Button>
        </div>
      ))}
    </Card>
  );
}
