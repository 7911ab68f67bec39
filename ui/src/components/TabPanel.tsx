import { Tabs } from "radix-ui";
import type { ReactNode } from "react";

export interface Tab {
  id: string;
  label: ReactNode;
  content: ReactNode;
}

interface Props {
  label: string;
  tabs: readonly Tab[];
  value: string;
  onChange: (id: string) => void;
  className?: string;
}

/** Several contents in one panel, one at a time. */
export function TabPanel({ label, tabs, value, onChange, className = "" }: Props): ReactNode {
  const shown = tabs.some((tab) => tab.id === value) ? value : (tabs[0]?.id ?? "");
  return (
    <Tabs.Root className={`panel ${className}`} value={shown} onValueChange={onChange}>
      <Tabs.List className="panel-head gap-1" aria-label={label}>
        {tabs.map((tab) => (
          <Tabs.Trigger
            key={tab.id}
            value={tab.id}
            className="rounded-md px-2.5 py-1 text-mute data-[state=active]:bg-raised data-[state=active]:font-semibold data-[state=active]:text-ink"
          >
            {tab.label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {tabs.map((tab) => (
        <Tabs.Content key={tab.id} value={tab.id} className="min-h-0 flex-1 overflow-auto">
          {tab.content}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
