import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Who may import whom: model <- feed, api <- state <- features <- app; components know model only. */
const FOLDERS = ["api", "app", "components", "features", "feed", "state"];
const ZONES = {
  model: { folders: [], packages: ["react", "react-*", "zustand", "@tanstack/*"] },
  feed: { folders: [], packages: ["react", "react-*", "@tanstack/*"] },
  api: { folders: [], packages: ["react", "react-*", "zustand", "@tanstack/*"] },
  components: { folders: [], packages: [] },
  state: { folders: ["api", "feed"], packages: [] },
  features: { folders: ["api", "components", "feed", "state"], packages: [] },
  app: { folders: ["api", "components", "features", "feed", "state"], packages: [] },
};
const SCREENS = ["markets", "market", "portfolio", "sandbox", "system"];

const zone = ([name, allowed]) => ({
  files: [`src/${name}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          ...FOLDERS.filter((folder) => folder !== name && !allowed.folders.includes(folder)).map((folder) => ({
            group: [`../${folder}/*`, `../../${folder}/*`],
            message: `${name} may not import ${folder}`,
          })),
          ...allowed.packages.map((group) => ({ group: [group], message: `${name} knows no ${group}` })),
        ],
      },
    ],
  },
});

/** A screen never looks into another screen; what both need lies further down. */
const screen = (name) => ({
  files: [`src/features/${name}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          { group: ["../../app/*"], message: "features may not import app" },
          ...SCREENS.filter((other) => other !== name).map((other) => ({
            group: [`../${other}/*`],
            message: "features are blind to one another",
          })),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  { files: ["scripts/*.mjs", "*.js"], languageOptions: { globals: { console: "readonly", process: "readonly" } } },
  ...Object.entries(ZONES).map(zone),
  ...SCREENS.map(screen),
);
