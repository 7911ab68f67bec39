import { useState, type ReactNode } from "react";
import type { ChaosRule, ChaosRuleState } from "../../api/sandbox";
import { useSandbox } from "../../state/queries";
import { Button, Card, Fault } from "./Card";
import { useAct } from "./useAct";

interface Rules {
  rules: ChaosRuleState[];
  profiles: string[];
}

const EXAMPLE = '{"channel": "rest", "operation": "CreateOrderV2", "fault": "latency", "ms": 500, "probability": 0.1}';

/** Faults on demand. A rule is given as the venue takes it; what it does not know it refuses in words. */
export function Chaos(): ReactNode {
  const act = useAct();
  const { data, error } = useSandbox<Rules>("chaos", 2_000);
  const [rule, setRule] = useState(EXAMPLE);
  const parsed = parse(rule);
  return (
    <Card title="Chaos rules" act={act}>
      <textarea className="input min-h-16 w-full p-2 font-mono text-[12px]" aria-label="Rule" spellCheck={false} value={rule} onChange={(event) => setRule(event.target.value)} />
      <div className="flex gap-1">
        <button type="button" className="btn" disabled={!parsed || act.pending} onClick={() => parsed && act.run("POST", "chaos", parsed)}>
          Add the rule
        </button>
        <select
          className="input min-w-0 flex-1"
          aria-label="Add the rules of a profile"
          value=""
          disabled={act.pending || !data}
          onChange={(event) => act.run("POST", `chaos/profiles/${encodeURIComponent(event.target.value)}`)}
        >
          <option value="" disabled>
            or a profile…
          </option>
          {data?.profiles.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Button act={act} method="DELETE" path="chaos">
          Remove all
        </Button>
      </div>
      {parsed ? null : <p className="text-no">This is not JSON</p>}
      <Fault error={error} what="chaos rules" />
      {data?.rules.map((one) => (
        <div key={one.id} className="flex items-center gap-2" data-rule={one.id}>
          <span className="min-w-0 flex-1 truncate" title={JSON.stringify(one.rule)}>
            <span className="font-medium">{one.rule.fault}</span> <span className="text-mute">{about(one.rule)}</span>
          </span>
          <span className="pill" data-tone={one.over ? undefined : "warn"}>
            {one.hits} of {one.matched} hit{one.over ? ", over" : ""}
          </span>
          <Button act={act} method="DELETE" path={`chaos/${encodeURIComponent(one.id)}`} label={`Remove the rule ${one.id}`}>
            ×
          </Button>
        </div>
      ))}
    </Card>
  );
}

/** Which requests or messages a rule is about. */
function about({ channel, operation, ticker }: ChaosRule): string {
  return [channel, operation === "*" ? "everything" : operation, ticker === "*" ? "" : `in ${ticker}`].filter(Boolean).join(" · ");
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}
