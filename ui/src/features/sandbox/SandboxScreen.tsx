import type { ReactNode } from "react";
import type { AuthFailure } from "../../api/sandbox";
import { DataTable } from "../../components/DataTable";
import { Panel } from "../../components/Panel";
import { clockTime } from "../../model/moments";
import { useSandbox } from "../../state/queries";
import { Chaos } from "./Chaos";
import { Clock } from "./Clock";
import { Exchange, Fund } from "./Exchange";
import { Agents, Snapshots } from "./Keeping";
import { MarketControl } from "./MarketControl";
import { TapePlayer } from "./TapePlayer";

/** What only a simulator can do. */
export function SandboxScreen(): ReactNode {
  return (
    <div className="h-full overflow-auto p-1.5" data-screen="sandbox">
      <h1 className="sr-only">Sandbox</h1>
      <div className="grid grid-cols-3 items-start gap-1.5">
        <div className="col-span-3 min-w-0">
          <TapePlayer />
        </div>
        <Column>
          <Clock />
          <Exchange />
        </Column>
        <Column>
          <MarketControl />
          <Fund />
          <Agents />
        </Column>
        <Column>
          <Snapshots />
          <Chaos />
        </Column>
        <Panel title="Refused signatures, newest first" className="col-span-3 max-h-96">
          <Refusals />
        </Panel>
      </div>
    </div>
  );
}

const Column = ({ children }: { children: ReactNode }): ReactNode => <div className="flex flex-col gap-1.5">{children}</div>;

function Refusals(): ReactNode {
  const { data } = useSandbox<AuthFailure[]>("auth-failures");
  return (
    <DataTable
      label="Refused signatures"
      rows={[...(data ?? [])].reverse()}
      rowKey={(row) => `${row.at_ms}${row.path}${row.key_id ?? ""}`}
      empty={data ? "Every signature so far was good" : "Loading"}
      columns={[
        { name: "Time", cell: (row) => clockTime(row.at_ms) },
        { name: "Request", cell: (row) => `${row.method} ${row.path}` },
        { name: "Key", cell: (row) => row.key_id ?? "none" },
        { name: "What is wrong", cell: (row) => <span className="whitespace-normal">{row.explanation}</span> },
        { name: "Should have been signed", cell: (row) => <code className="text-[12px]">{row.should_have_signed}</code> },
      ]}
    />
  );
}
