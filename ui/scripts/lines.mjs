// No file of ours is longer than a reader's patience.
import { readFileSync, readdirSync } from "node:fs";

const LIMIT = 300;
const GENERATED = "schema.d.ts";

let long = 0;
for (const entry of readdirSync("src", { recursive: true })) {
  const path = `src/${entry}`;
  if (!/\.(tsx?|css)$/.test(path) || path.endsWith(GENERATED)) continue;
  const lines = readFileSync(path, "utf8").split("\n").length - 1;
  if (lines > LIMIT) {
    console.error(`${path}: ${lines} lines, ${LIMIT} are allowed`);
    long += 1;
  }
}
process.exit(long ? 1 : 0);
