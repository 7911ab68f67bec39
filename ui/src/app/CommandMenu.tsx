import { Command } from "cmdk";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { cancelEverything, useMarkets } from "../state/queries";
import { switchAccount, useHouse } from "../state/house";
import { HOTKEYS, keyOf, useSettings, type HotkeyName } from "../state/settings";
import { go } from "./router";

const SHOWN = 50;
const ITEM = "flex cursor-pointer items-center justify-between rounded-md px-2 py-1.5 data-[selected=true]:bg-accent-soft";

/** Everything by name: screens, markets, accounts, colours, keys. The browser's own dialog holds the focus. */
export default function CommandMenu({ onClose }: { onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [keyFor, setKeyFor] = useState<HotkeyName | null>(null);
  const { accounts, account } = useHouse();
  const { data: markets } = useMarkets("");
  const { keys, change } = useSettings();
  useEffect(() => dialog.current?.showModal(), []);
  const close = (act: () => void) => (): void => {
    onClose();
    act();
  };
  const words = typed.toLowerCase();
  const hits = (markets ?? []).filter((one) => `${one.ticker} ${one.title} ${one.yes_sub_title}`.toLowerCase().includes(words)).slice(0, SHOWN);
  return (
    <dialog
      ref={dialog}
      aria-label="Command menu"
      className="mx-auto mt-[12vh] w-[36rem] rounded-xl border border-line bg-panel p-2 text-ink shadow-2xl backdrop:bg-black/40"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={(event) => {
        if (keyFor === null || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
        event.preventDefault();
        event.stopPropagation();
        if (event.key !== "Escape") change({ keys: { ...keys, [keyFor]: pressed(event) } });
        setKeyFor(null);
      }}
    >
      <Command label="Command menu" loop>
        <Command.Input className="input mb-2 w-full" placeholder="Market, screen, account…" value={typed} onValueChange={setTyped} />
        <Command.List className="max-h-[50vh] overflow-auto" aria-label="Commands">
          <Command.Empty className="p-3 text-mute">Nothing is called that</Command.Empty>
          <Command.Group heading="Screens">
            {["Markets", "Portfolio", "Sandbox", "System"].map((name) => (
              <Command.Item key={name} className={ITEM} onSelect={close(() => go(`/${name.toLowerCase()}`))}>
                {name}
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Markets">
            {hits.map((one) => (
              <Command.Item key={one.ticker} value={`${one.ticker} ${one.title} ${one.yes_sub_title}`} className={ITEM} onSelect={close(() => go(`/market/${encodeURIComponent(one.ticker)}`))}>
                <span className="truncate">{one.yes_sub_title || one.title}</span>
                <span className="text-[11px] text-mute">{one.ticker}</span>
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Trade as">
            {accounts
              .filter((entry) => entry.name !== account)
              .map((entry) => (
                <Command.Item key={entry.name} value={`trade as ${entry.name}`} className={ITEM} onSelect={close(() => switchAccount(entry.name))}>
                  {entry.name}
                </Command.Item>
              ))}
          </Command.Group>
          <Command.Group heading="Do">
            <Command.Item className={ITEM} onSelect={close(() => void cancelEverything().catch(() => undefined))}>
              Cancel all orders
            </Command.Item>
            {(["light", "dark", "system"] as const).map((theme) => (
              <Command.Item key={theme} className={ITEM} value={`colours ${theme}`} onSelect={close(() => change({ theme }))}>
                Colours: {theme}
              </Command.Item>
            ))}
            <Command.Item className={ITEM} onSelect={close(() => change({ flash: !useSettings.getState().flash }))}>
              Flash changed levels: on or off
            </Command.Item>
          </Command.Group>
          <Command.Group heading="Keys: choose one to change it">
            {(Object.keys(HOTKEYS) as HotkeyName[]).map((name) => (
              <Command.Item key={name} className={ITEM} value={`key ${HOTKEYS[name][1]}`} onSelect={() => setKeyFor(name)}>
                {HOTKEYS[name][1]}
                <kbd className="text-[11px] text-mute">{keyFor === name ? "press a key…" : keyOf(name, keys)}</kbd>
              </Command.Item>
            ))}
          </Command.Group>
        </Command.List>
      </Command>
    </dialog>
  );
}

function pressed(event: { key: string; ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; altKey: boolean }): string {
  const parts = [event.ctrlKey || event.metaKey ? "mod" : "", event.altKey ? "alt" : "", event.shiftKey ? "shift" : "", event.key === "/" ? "slash" : event.key.toLowerCase()];
  return parts.filter(Boolean).join("+");
}
