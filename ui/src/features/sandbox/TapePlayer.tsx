import { useState, type ReactNode } from "react";
import type { Tape, TapeList } from "../../api/sandbox";
import { ErrorNote } from "../../components/Notes";
import { Panel } from "../../components/Panel";
import { Segmented } from "../../components/Segmented";
import { dayAndTime } from "../../model/moments";
import { useSandbox } from "../../state/queries";
import { Fault } from "./Card";
import { Scrubber } from "./Scrubber";
import { usePlayer, type Player } from "./usePlayer";

const SPEEDS = ["1", "5", "20", "60", "200"].map((value) => ({ value, label: `×${value}` }));

/** A recorded book in this venue: load it, play it, and take it to any of its moments. */
export function TapePlayer(): ReactNode {
  const player = usePlayer();
  const { tape, error, refused } = player;
  return (
    <Panel title="Tape player" actions={<State player={player} />}>
      <div className="flex flex-col gap-2 p-3" data-testid="tape-player">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Chooser player={player} />
          {tape?.loaded ? <About tape={tape} /> : null}
        </div>
        {tape?.loaded ? <Controls player={player} tape={tape} /> : null}
        <Fault error={error} what="tape player" />
        {refused ? <ErrorNote message={refused.message} reference={refused.reference} /> : null}
        {tape?.trouble ? <ErrorNote message={`It stopped: ${tape.trouble}`} /> : null}
      </div>
    </Panel>
  );
}

function State({ player: { tape, error } }: { player: Player }): ReactNode {
  if (error) return <span className="pill" data-tone="warn">not known</span>;
  if (!tape?.loaded) return <span className="pill">no tape</span>;
  return (
    <>
      {tape.in_step ? null : (
        <span className="pill" data-tone="warn" title="Somebody took of its orders, or the venue refused some; a seek puts them back">
          book differs from the tape
        </span>
      )}
      <span className="pill" data-tone={tape.playing ? "yes" : undefined}>
        {tape.playing ? `playing ×${tape.speed}` : "paused"}
      </span>
    </>
  );
}

/** Which tapes there are. A broken one says why, and cannot be loaded. */
function Chooser({ player }: { player: Player }): ReactNode {
  const { data, error } = useSandbox<TapeList>("tapes", 10_000);
  const [chosen, setChosen] = useState("");
  const tapes = data?.tapes ?? [];
  const name = chosen || (player.tape?.name ?? "") || (tapes.find((one) => !one.problem)?.name ?? "");
  const problem = tapes.find((one) => one.name === name)?.problem;
  if (error) return null; // the player's own answer says what is wrong
  return (
    <form
      className="flex min-w-0 items-center gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        void player.press("load", { name, speed: player.tape?.speed ?? 1 });
      }}
    >
      <select className="input w-72" aria-label="Tape" value={name} onChange={(event) => setChosen(event.target.value)}>
        {tapes.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}
            {one.problem ? " (broken)" : ""}
          </option>
        ))}
      </select>
      <button type="submit" className="btn" disabled={!name || Boolean(problem) || player.pending || player.error !== null}>
        Load
      </button>
      {problem ? <span className="truncate text-no">{problem}</span> : null}
      {player.tape?.loaded || problem || !data ? null : (
        <span className="ml-2 truncate text-mute">{data.folder ? `More recordings: put them into ${data.folder}` : "This venue has no tapes"}</span>
      )}
    </form>
  );
}

function About({ tape }: { tape: Tape }): ReactNode {
  return (
    <p className="min-w-0 flex-1 truncate text-mute">
      <span className="text-ink">{tape.title}</span> · recorded {dayAndTime(tape.recorded_ms)}
      {tape.result ? ` · came out ${tape.result.toUpperCase()}` : ""} ·{" "}
      {tape.markets.map((ticker) => (
        <a key={ticker} className="text-accent underline" href={`#/market/${ticker}`}>
          open its market
        </a>
      ))}
    </p>
  );
}

function Controls({ player, tape }: { player: Player; tape: Tape }): ReactNode {
  const away = player.error !== null;
  return (
    <div className="flex items-center gap-3">
      <button type="button" className="btn btn-strong w-20" disabled={player.pending || away} onClick={() => void player.press(tape.playing ? "pause" : "play")}>
        {tape.playing ? "Pause" : "Play"}
      </button>
      <Scrubber
        positionMs={player.positionMs}
        durationMs={tape.duration_ms}
        disabled={away}
        onSeek={(position_ms) => player.press("seek", { position_ms })}
      />
      <Segmented label="Speed of the tape" value={String(tape.speed)} options={SPEEDS} onChange={(speed) => void player.press("speed", { speed: Number(speed) })} />
      <button type="button" className="btn" disabled={player.pending || away} onClick={() => void player.eject()}>
        Eject
      </button>
    </div>
  );
}
