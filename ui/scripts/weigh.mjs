// What a browser loads to show a market, chart included, gzipped: it must stay small.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = "../sandbox/ui_dist";
const LIMIT_KB = 250;
const LATER = ["src/features/portfolio/", "src/features/sandbox/", "src/features/system/", "src/app/CommandMenu"];

const manifest = JSON.parse(readFileSync(`${DIST}/.vite/manifest.json`, "utf8"));
const seen = new Map();
const weigh = (file) => gzipSync(readFileSync(`${DIST}/${file}`), { level: 9 }).length;
const load = (key) => {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return;
  seen.set(key, [chunk.file, ...(chunk.css ?? [])]);
  for (const next of chunk.imports ?? []) load(next);
  for (const next of chunk.dynamicImports ?? []) if (!LATER.some((part) => next.startsWith(part))) load(next);
};
load("index.html");

const files = new Set([...seen.values()].flat());
const total = [...files].reduce((sum, file) => sum + weigh(file), 0) + weigh("index.html");
const everything = readdirSync(`${DIST}/assets`).reduce((sum, file) => sum + weigh(`assets/${file}`), 0);
for (const file of files) console.log(`${(weigh(file) / 1024).toFixed(1).padStart(8)} KB  ${file}`);
console.log(`first load ${(total / 1024).toFixed(1)} KB of ${LIMIT_KB} KB; every screen ${(everything / 1024).toFixed(1)} KB`);
if (total > LIMIT_KB * 1024) {
  console.error("the first load is too heavy");
  process.exit(1);
}
