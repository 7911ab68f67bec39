/** Times in words. Everything is Unix milliseconds of the venue's clock unless it says otherwise. */

export const parseTime = (text: string): number => Date.parse(text);

export function clockTime(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function dayAndTime(ms: number): string {
  const at = new Date(ms);
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${day} ${clockTime(ms).slice(0, 5)}`;
}

/** 93_784_000 -> "1d 2h"; below an hour "4m 05s". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3_600),
    Math.floor((seconds % 3_600) / 60),
    seconds % 60,
  ];
  if (d) return `${d}d ${h}h`;
  if (h) return `${h}h ${String(m).padStart(2, "0")}m`;
  return m ? `${m}m ${String(s).padStart(2, "0")}s` : `${s}s`;
}

export function age(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}
