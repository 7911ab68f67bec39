import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  base: "./",
  build: { outDir: "../sandbox/ui_dist", emptyOutDir: true, target: "es2022", manifest: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { port: 8080 },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
