import { useState, type ReactNode } from "react";
import { useSandbox } from "../../state/queries";
import { Button, Card, Fault } from "./Card";
import { useAct, type Act } from "./useAct";

/** Entries of a list whose exact shape is the venue's: a name, and whatever else stands beside it. */
type Named = { name?: string; running?: boolean; status?: string } | string;

const nameOf = (entry: Named): string => (typeof entry === "string" ? entry : (entry.name ?? "?"));

/** The list in an answer: the answer itself, or what stands under a name in it. */
function listIn(answer: unknown): Named[] {
  if (Array.isArray(answer)) return answer as Named[];
  if (typeof answer !== "object" || answer === null) return [];
  const inside = Object.values(answer).find((value) => Array.isArray(value)) as Named[] | undefined;
  return inside ?? [];
}

/** Whole venues by name, and back to the beginning. */
export function Snapshots(): ReactNode {
  const act = useAct();
  const { data, error } = useSandbox<unknown>("snapshots", 5_000);
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
      {listIn(data).map((entry) => (
        <div key={nameOf(entry)} className="flex items-center">
          <span className="mr-auto">{nameOf(entry)}</span>
          <Button act={act} path={`snapshots/${encodeURIComponent(nameOf(entry))}/load`}>
            Load
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
      <Button act={act} path="reset" tone="btn-no">
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
  const { data, error } = useSandbox<unknown>("agents", 2_000);
  const agents = listIn(data);
  return (
    <Card title="Agents" act={act}>
      <Fault error={error} what="agents" />
      {!error && agents.length === 0 ? <p className="text-mute">No agent is configured</p> : null}
      {agents.map((agent) => {
        const name = nameOf(agent);
        const on = typeof agent === "object" && (agent.running === true || agent.status === "running");
        return (
          <div key={name} className="flex items-center gap-2">
            <span className="mr-auto">{name}</span>
            <span className="pill" data-tone={on ? "yes" : undefined}>
              {on ? "on" : "off"}
            </span>
            <Button act={act} path={`agents/${encodeURIComponent(name)}/${on ? "stop" : "start"}`}>
              {on ? "Stop" : "Start"}
            </Button>
          </div>
        );
      })}
    </Card>
  );
}

const EXAMPLE = '{"channel": "rest", "operation": "CreateOrderV2", "fault": "latency", "ms": 500, "probability": 0.1}';

/** Faults on demand. A rule is given as the venue takes it; what it does not know it refuses in words. */
export function Chaos(): ReactNode {
  const act = useAct();
  const { data, error } = useSandbox<unknown>("chaos", 5_000);
  const [rule, setRule] = useState(EXAMPLE);
  const parsed = parse(rule);
  return (
    <Card title="Chaos rules" act={act}>
      <textarea className="input min-h-16 w-full p-2 font-mono text-[12px]" aria-label="Rule" spellCheck={false} value={rule} onChange={(event) => setRule(event.target.value)} />
      <div className="flex gap-1">
        <button type="button" className="btn" disabled={!parsed || act.pending} onClick={() => parsed && act.run("POST", "chaos", parsed)}>
          Add the rule
        </button>
        <Button act={act} method="DELETE" path="chaos">
          Remove all
        </Button>
        {parsed ? null : <span className="self-center text-no">This is not JSON</span>}
      </div>
      <Fault error={error} what="chaos rules" />
      {listIn(data).map((one, index) => (
        <code key={index} className="block truncate text-[12px]">
          {JSON.stringify(one)}
        </code>
      ))}
    </Card>
  );
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}
