import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressedFiles } from "./scripts/compressed-files.ts";
import { controllerProfiles } from "./scripts/controller-profiles.ts";
import { pageOrder } from "./scripts/page-order.ts";
import { sourceMapsAside } from "./scripts/source-maps.ts";

const noEmulator = new URL("./src/xr/no-emulator.ts", import.meta.url).pathname;

/** What the first script runs with: it asks for the case while the rest is on its way. */
const EARLY =
  /src\/(boot|early-start|drawing-means|poster|protocol|protocol-checks|strings)\.ts|src\/design\/(theme|tokens|styles-ready)\.ts|src\/(session|words\/(?!german|french))|node_modules\/zustand\/esm\/vanilla/;
/** What the first picture is drawn with, beside three.js; none of React, panels or headset. */
const APP =
  /src\/(main|planning-app|probe|ui-state)\.ts|src\/(decode\/(?!decode-worker)|geometry|scene|tools|design\/\w+\.ts)|src\/xr\/(headset-door|xr-support)|meshoptimizer/;

export default defineConfig(({ command }) => ({
  // The server mounts the built client here; the page itself answers at / and /cases/<id>.
  base: "/static/",
  plugins: [react(), controllerProfiles(), pageOrder(), compressedFiles(), sourceMapsAside()],
  resolve: {
    dedupe: ["three", "react", "react-dom"],
    // Tests inject their own IWER, so the shipped bundle carries no emulator.
    alias: command === "build" ? { "@iwer/devui": noEmulator, "@iwer/sem": noEmulator, iwer: noEmulator } : {},
  },
  build: {
    target: "es2022",
    outDir: "../streaming/static",
    emptyOutDir: true,
    sourcemap: "hidden",
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Few files: each that is asked for costs a slow line its round trip.
          groups: [
            { name: "early", test: EARLY, priority: 3 },
            { name: "app", test: APP, priority: 2 },
            { name: "three", test: /node_modules\/three\// },
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": "http://127.0.0.1:8765",
      "/ws": { target: "ws://127.0.0.1:8765", ws: true },
    },
  },
  // Tests put back what they replace, so that they need not load every module anew for each file.
  test: { environment: "node", include: ["tests/**/*.test.ts"], pool: "threads", isolate: false },
}));
